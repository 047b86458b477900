"""What version 1 of a recording looks like: its tables, its meta keys, its bounds.

A recording is one SQLite file. What people ask about a run is in plain tables; events and frames,
of which there are many, are packed: consecutive ones are put one behind the other and compressed
together (a *shelf*), and an index row says which shelf holds which, from where and how long.

The DDL below is compared with the file's word for word when one is opened, so a recording cannot
bring a trigger, a view or a generated column of its own. Every change to it is a new version, in
a module of its own.
"""

VERSION = 1
"""In the file's header (`user_version`)."""

APPLICATION_ID = 0x6F745243
"""In the file's header: a SQLite file without it is somebody else's."""

PAGE_SIZE = 4096

CHUNKS_PER_SHELF = 16
"""8,192 events: together they take a fifth less space than one by one."""

FRAMES_PER_SHELF = 32
"""The most frames that one seek has to inflate."""

CHUNK_SIZE_MAX = 4 << 20
"""Bytes of one chunk's body; a usual one has 20 thousand."""

FRAME_SIZE_MAX = 4 << 20
"""Bytes of one frame; a usual one has ten thousand."""

SHELF_SIZE_MAX = 8 << 20
"""Bytes on one shelf, inflated. It is closed early rather than let it grow past this."""

CELL_SIZE_MAX = 16 << 20
"""Bytes of any value in any table."""

FILE_SIZE_MAX = 1 << 30
"""Bytes of a file that is opened at all; the reference run takes twelve million."""

SERIES_CELLS_MAX = 8_000_000
"""Metrics times samples that are read; the reference run has 420 thousand."""

CLOSING_KEYS = ("finished", "digest", "events", "virtual_ns", "size_bytes", "summary")
"""Meta keys that the writer sets when it closes a recording; without them it is unfinished."""

SIZE_DIGITS = 20
"""`size_bytes` is written with this many digits, so that writing it cannot change the size."""

SCHEMA: tuple[tuple[str, str, str], ...] = (
    (
        "table",
        "meta",
        """CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID""",
    ),
    (
        "table",
        "scenario",
        """CREATE TABLE scenario (
    n INTEGER PRIMARY KEY,
    text TEXT NOT NULL
)""",
    ),
    (
        "table",
        "actions",
        """CREATE TABLE actions (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    id TEXT NOT NULL,
    arguments TEXT NOT NULL,
    result TEXT NOT NULL,
    by TEXT NOT NULL
)""",
    ),
    (
        "table",
        "milestones",
        """CREATE TABLE milestones (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL
)""",
    ),
    (
        "table",
        "metric_names",
        """CREATE TABLE metric_names (
    position INTEGER PRIMARY KEY,
    name TEXT NOT NULL
)""",
    ),
    (
        "table",
        "metric_samples",
        """CREATE TABLE metric_samples (
    t_ns INTEGER PRIMARY KEY,
    numbers TEXT NOT NULL
)""",
    ),
    (
        "view",
        "metrics",
        """CREATE VIEW metrics AS
SELECT t_ns, name, json_extract(numbers, '$[' || position || ']') AS value
FROM metric_names CROSS JOIN metric_samples""",
    ),
    (
        "table",
        "narration",
        """CREATE TABLE narration (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    component TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    about TEXT NOT NULL
)""",
    ),
    (
        "table",
        "dns_changes",
        """CREATE TABLE dns_changes (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    name TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    actor TEXT NOT NULL
)""",
    ),
    (
        "table",
        "failovers",
        """CREATE TABLE failovers (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    place TEXT NOT NULL,
    change TEXT NOT NULL,
    cause TEXT NOT NULL
)""",
    ),
    (
        "table",
        "histograms",
        """CREATE TABLE histograms (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    operation TEXT NOT NULL,
    body BLOB NOT NULL
)""",
    ),
    (
        "table",
        "markers",
        """CREATE TABLE markers (
    n INTEGER PRIMARY KEY,
    t_ns INTEGER NOT NULL,
    name TEXT NOT NULL
)""",
    ),
    (
        "table",
        "chunks",
        """CREATE TABLE chunks (
    n INTEGER PRIMARY KEY,
    first_event INTEGER NOT NULL,
    events INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    digest BLOB NOT NULL,
    shelf INTEGER NOT NULL,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL
)""",
    ),
    (
        "table",
        "chunk_shelves",
        """CREATE TABLE chunk_shelves (
    shelf INTEGER PRIMARY KEY,
    body BLOB NOT NULL
)""",
    ),
    (
        "table",
        "frames",
        """CREATE TABLE frames (
    t_ns INTEGER PRIMARY KEY,
    shelf INTEGER NOT NULL,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL
)""",
    ),
    (
        "table",
        "frame_shelves",
        """CREATE TABLE frame_shelves (
    shelf INTEGER PRIMARY KEY,
    body BLOB NOT NULL
)""",
    ),
)
"""Type, name and DDL of everything in the file, in this order."""
