"""What version 3 of a recording looks like: version 2, and the journal of a drill played on it.

The table `journal` holds its entries in order: virtual time, who, what kind, and the entry as
JSON. The engine does not know what is in them. Only a recording that has a journal is of this
version; any other run is still recorded as version 2.
"""

from outage_engine.recording import format_2

VERSION = 3
"""In the file's header (`user_version`)."""

ENTRY_SIZE_MAX = 64 << 10
"""Bytes of one entry that are read; a usual one has two hundred."""

_JOURNAL = """CREATE TABLE journal (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    seat TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
)"""

SCHEMA: tuple[tuple[str, str, str], ...] = (*format_2.SCHEMA, ("table", "journal", _JOURNAL))
"""Type, name and DDL of everything in the file, in this order."""
