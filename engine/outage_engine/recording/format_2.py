"""What version 2 of a recording looks like: version 1, and why each line of narration was told.

Two columns came to the table `narration`. `because` holds the numbers of the earlier lines that a
line follows from, the most direct first, as a JSON array; `via` holds what brought each of them
(type and sender of a message, or empty text for the teller's own state), as an array of the same
length. Everything else is as in version 1, bounds and meta keys included. The table `scenario` may
have more rows than one: the last one is the run.
"""

from outage_engine.recording import format_1

VERSION = 2
"""In the file's header (`user_version`)."""

CAUSES_MAX = 64
"""Causes of one line that are read; a line has a handful."""

_NARRATION = """CREATE TABLE narration (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    component TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    about TEXT NOT NULL,
    because TEXT NOT NULL,
    via TEXT NOT NULL
)"""

SCHEMA: tuple[tuple[str, str, str], ...] = tuple(
    (kind, name, _NARRATION if name == "narration" else sql) for kind, name, sql in format_1.SCHEMA
)
"""Type, name and DDL of everything in the file, in this order."""
