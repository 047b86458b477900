"""The dashboard: a client of a running host, or of a recording.

Lives here: `app` (the application and its timer), `screens`, `widgets` (one a file, on Textual's
line API), `renderables` (pure functions from views and a size to lines of text), `source` (where
frames come from), `live` (a host process as a source), `picture` (a screenshot without a
terminal). May import the agents' views and Textual; nothing imports it but the command line, and
that late, because Textual is slow to import.
"""
