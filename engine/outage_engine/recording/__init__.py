"""Recordings of a run: what is written, how it is read back, and how it is verified.

`sink` is what the kernel gives its events to, recorded or not. `writer` puts a run into one
file, `reader` opens such a file as the untrusted input it is, `playback` seeks in it without
running anything, `verification` runs the scenario again and compares. `format_1` and
`format_2` hold what each version of the file looks like, and nothing else does.

May import: the rest of the engine. Knows no actor, no panel and no word of the incident.
"""
