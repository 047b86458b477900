"""Puts a run into a recording while it happens.

The file is in SQLite's write-ahead mode while it grows, so a run that is killed leaves everything
that was committed: `-wal` beside the file is part of it. Commits go by counts (the engine has no
wall clock): each `COMMIT_EVERY_CHUNKS` chunks and each full shelf of frames; whoever paces the run
calls `flush` besides. Nothing is synced to the disk before `close`: a killed program loses nothing
by that, a power cut may lose the end of the run.

A recording must never harm the run it records. Whatever goes wrong with the file, the writer
turns itself off, keeps the reason in `failure`, says so once, and takes calls as before.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import msgspec

from outage_engine.recording import format_1, format_2, format_3
from outage_engine.recording.errors import BadRecording
from outage_engine.recording.packing import Packer
from outage_engine.recording.sink import CHAIN_START, EventChunk

COMMIT_EVERY_CHUNKS = 32
"""About 16,000 events, a third of a second at maximum pace."""

_Row = tuple[int | str | bytes, ...]


def _say_nothing(reason: str) -> None:
    """Take the reason of a failure and keep it to ourselves."""


class RecordingWriter:
    """Writes one recording; the `EventSink` of the run it records."""

    def __init__(
        self,
        path: Path,
        *,
        meta: Mapping[str, str],
        scenario: str,
        on_failure: Callable[[str], None] = _say_nothing,
        journal: bool = False,
    ) -> None:
        """Make the file, with what is known before the run.

        `meta` is any text by which people or programs tell runs apart (seed, version, command);
        the keys of `format_1.CLOSING_KEYS` are taken. `on_failure` is called once, with the
        reason, if the recording has to stop. With `journal` there is a table for the journal of a
        drill.

        Raises BadRecording when the file exists, or cannot be made where it should be.
        """
        taken = [key for key in meta if key in format_1.CLOSING_KEYS]
        if taken:
            raise ValueError(f"meta keys set by close() itself: {', '.join(taken)}")
        self.path = path
        self.failure: str | None = None
        """Why recording stopped before the run did; None while all is well."""
        self._on_failure = on_failure
        self._digest = CHAIN_START
        self._events = 0
        self._metrics = 0
        self._samples: list[_Row] = []
        self._uncommitted_chunks = 0
        self._encode = msgspec.json.Encoder().encode
        packer = Packer()
        self._chunks = _Shelf("chunk_shelves", format_1.CHUNKS_PER_SHELF, packer, _CHUNK_ROW)
        self._frames = _Shelf("frame_shelves", format_1.FRAMES_PER_SHELF, packer, _FRAME_ROW)
        self._file: sqlite3.Connection | None = _create(path, meta, scenario, journal)

    def chunk(self, chunk: EventChunk) -> None:
        """Take the next chunk of events."""
        if self._file is None:
            return
        row = (chunk.first_event, chunk.events, chunk.first_ns, chunk.last_ns, chunk.digest)
        if len(chunk.body) > format_1.CHUNK_SIZE_MAX:
            self._fail(f"a chunk of {len(chunk.body)} bytes is larger than the format allows")
            return
        self._chunks.put(chunk.index, row, chunk.body)
        self._digest = chunk.digest
        self._events = chunk.first_event + chunk.events
        self._uncommitted_chunks += 1
        if self._chunks.full:
            self._guard(self._chunks.write_and_clear)
        if self._uncommitted_chunks >= COMMIT_EVERY_CHUNKS:
            self._write_samples()
            self._guard(_commit)
            self._uncommitted_chunks = 0

    def frame(self, t_ns: int, body: bytes) -> None:
        """Keep `body`, a view of everything at virtual time `t_ns`.

        Of two for the same time the later one counts.
        """
        if self._file is None:
            return
        if len(body) > format_1.FRAME_SIZE_MAX:
            self._fail(f"a frame of {len(body)} bytes is larger than the format allows")
            return
        self._frames.put(t_ns, (), body)
        if self._frames.full:
            self._guard(self._frames.write_and_clear)
            self._write_samples()
            self._guard(_commit)

    def scenario(self, text: str) -> None:
        """Keep what the run has become: the last scenario counts. It is on its way to the disk,
        with everything before it, when this returns."""
        self._insert("INSERT INTO scenario VALUES (NULL, ?)", (text,))
        self.flush()

    def note(self, key: str, value: str) -> None:
        """Keep one more entry about the run, or another value of one; committed with what follows.

        Raises ValueError for a key that `close` sets itself.
        """
        if key in format_1.CLOSING_KEYS:
            raise ValueError(f"{key} is set by close() itself")
        self._insert("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def declare_metrics(self, names: Sequence[str]) -> None:
        """Name the numbers that `metrics` brings, in their order. More may be added at the end."""
        rows = list(enumerate(names))[self._metrics :]
        self._metrics = max(self._metrics, len(names))
        self._insert_all("INSERT INTO metric_names VALUES (?, ?)", rows)

    def metrics(self, t_ns: int, values: Sequence[float]) -> None:
        """Keep the value of every declared metric at virtual time `t_ns`."""
        if len(values) != self._metrics:
            raise ValueError(f"{len(values)} values for {self._metrics} declared metrics")
        numbers = self._encode(list(map(float, values)))
        # Most are whole: without the point and the nought they take half the space.
        text = numbers.replace(b".0,", b",").replace(b".0]", b"]").decode()
        self._samples.append((t_ns, text))
        if len(self._samples) >= _SAMPLES_TOGETHER:
            self._write_samples()

    def narration(
        self,
        n: int,
        t_ns: int,
        component: str,
        level: str,
        text: str,
        about: str = "",
        because: Sequence[int] = (),
        via: Sequence[str] = (),
    ) -> None:
        """Keep line `n` of the narration (numbered from 1, without gaps).

        `because`: numbers of the earlier lines it follows from; `via`: what brought each of them.
        """
        causes, brought = self._encode(because).decode(), self._encode(via).decode()
        row = (n, t_ns, component, level, text, about, causes, brought)
        self._insert("INSERT INTO narration VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def action(self, t_ns: int, id: str, arguments: str, result: str, by: str) -> None:
        """Keep an action that took effect at `t_ns`: its arguments as JSON text, who asked."""
        row = (t_ns, id, arguments, result, by)
        self._insert("INSERT INTO actions VALUES (NULL, ?, ?, ?, ?, ?)", row)

    def milestone(self, t_ns: int, id: str, kind: str) -> None:
        """Keep the moment a milestone happened."""
        self._insert("INSERT INTO milestones VALUES (NULL, ?, ?, ?)", (t_ns, id, kind))

    def dns_change(self, t_ns: int, name: str, before: str, after: str, actor: str) -> None:
        """Keep a change of what `name` resolves to, and the actor that made it."""
        row = (t_ns, name, before, after, actor)
        self._insert("INSERT INTO dns_changes VALUES (NULL, ?, ?, ?, ?, ?)", row)

    def failover(self, t_ns: int, place: str, change: str, cause: str) -> None:
        """Keep that `place` went out of service or came back (`change`), and why."""
        row = (t_ns, place, change, cause)
        self._insert("INSERT INTO failovers VALUES (NULL, ?, ?, ?, ?)", row)

    def histogram(self, t_ns: int, operation: str, body: bytes) -> None:
        """Keep the encoded histogram of one operation over the interval that ends at `t_ns`."""
        row = (t_ns, operation, body)
        self._insert("INSERT INTO histograms VALUES (NULL, ?, ?, ?)", row)

    def marker(self, t_ns: int, name: str) -> None:
        """Keep a moment that a person marked."""
        self._insert("INSERT INTO markers VALUES (NULL, ?, ?)", (t_ns, name))

    def journal(self, t_ns: int, seat: str, kind: str, body: str) -> None:
        """Keep one entry of a drill's journal, `body` as JSON; the recording must have one."""
        row = (t_ns, seat, kind, body)
        self._insert("INSERT INTO journal VALUES (NULL, ?, ?, ?, ?)", row)

    def _write_samples(self) -> None:
        rows, self._samples = self._samples, []
        self._insert_all("INSERT OR REPLACE INTO metric_samples VALUES (?, ?)", rows)

    def flush(self) -> None:
        """Commit everything taken so far. For whoever paces the run; about once a second."""
        self._write_samples()
        self._guard(self._chunks.write)
        self._guard(self._frames.write)
        self._guard(_commit)
        self._uncommitted_chunks = 0

    def close(self, *, digest: bytes, events: int, virtual_ns: int, summary: str) -> None:
        """Finish the recording and make it one plain file. Call it when the run is over.

        `digest` and `events` are the run's, notes counted as events; `virtual_ns` is the time at
        its end, `summary` any text that sums it up.

        Raises ValueError when the chunks do not add up to that: the last one is still to come.
        """
        if self._file is not None and (digest, events) != (self._digest, self._events):
            raise ValueError(f"the run has {events} events, its chunks {self._events}")
        self._write_samples()
        self._guard(self._chunks.write)
        self._guard(self._frames.write)
        closing = {
            "finished": "1",
            "digest": digest.hex(),
            "events": str(events),
            "virtual_ns": str(virtual_ns),
            "summary": summary,
        }
        self._guard(lambda file: _finish(file, closing))
        self._let_go()

    def abandon(self) -> None:
        """Commit what there is and let go of the file; the recording stays unfinished."""
        self.flush()
        self._let_go()

    def _let_go(self) -> None:
        self._guard(sqlite3.Connection.close)
        self._file = None

    def _insert(self, statement: str, row: _Row) -> None:
        self._guard(lambda file: file.execute(statement, row))

    def _insert_all(self, statement: str, rows: Iterable[_Row]) -> None:
        self._guard(lambda file: file.executemany(statement, rows))

    def _guard(self, write: Callable[[sqlite3.Connection], object]) -> None:
        """Write, unless recording has stopped; stop it if that fails."""
        if self._file is None:
            return
        try:
            write(self._file)
        except (sqlite3.Error, OSError) as error:
            self._fail(str(error))

    def _fail(self, reason: str) -> None:
        """Turn the recording off for good and say why, once."""
        assert self._file is not None
        try:
            self._file.close()
        except sqlite3.Error as error:
            reason = f"{reason}, then {error}"
        self._file = None
        self.failure = reason
        self._on_failure(reason)


_SAMPLES_TOGETHER = 60
_CHUNK_ROW = "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FRAME_ROW = "INSERT OR REPLACE INTO frames VALUES (?, ?, ?, ?)"


class _Shelf:
    """Consecutive bodies that are compressed together, and their index rows."""

    def __init__(self, table: str, places: int, packer: Packer, index: str) -> None:
        self._places = places
        self._packer = packer
        self._index = index
        self._replace = f"INSERT OR REPLACE INTO {table} VALUES (?, ?)"
        self._shelf = 0
        self._bodies: list[bytes] = []
        self._size = 0
        self._rows: list[_Row] = []

    @property
    def full(self) -> bool:
        """Whether it must be written before it takes more."""
        room = format_1.SHELF_SIZE_MAX - max(format_1.CHUNK_SIZE_MAX, format_1.FRAME_SIZE_MAX)
        return len(self._bodies) >= self._places or self._size > room

    def put(self, key: int, row: _Row, body: bytes) -> None:
        """Add a body, whose index row is `key`, then `row`, then where it lies."""
        if not self._bodies:
            self._shelf = key
        self._rows.append((key, *row, self._shelf, self._size, len(body)))
        self._bodies.append(body)
        self._size += len(body)

    def write(self, file: sqlite3.Connection) -> None:
        """Write what is new; a shelf with room is kept and written again when it has more."""
        if not self._rows:
            return
        blob = self._packer.pack(b"".join(self._bodies))
        file.execute(self._replace, (self._shelf, blob))
        file.executemany(self._index, self._rows)
        self._rows.clear()

    def write_and_clear(self, file: sqlite3.Connection) -> None:
        """Write what is new and begin the next shelf."""
        self.write(file)
        self._bodies.clear()
        self._size = 0


def _create(
    path: Path, meta: Mapping[str, str], scenario: str, journal: bool
) -> sqlite3.Connection:
    """Make the file, its tables and its first rows; leave it open in a transaction."""
    try:
        path.open("xb").close()
    except FileExistsError as error:
        raise BadRecording(path, "exists already", "name a file that does not") from error
    except OSError as error:
        raise BadRecording(
            path, f"cannot be made ({error.strerror})", "name a file in a folder you can write to"
        ) from error
    try:
        return _begin(path, meta, scenario, format_3 if journal else format_2)
    except (sqlite3.Error, OSError) as error:
        path.unlink(missing_ok=True)
        advice = "free some space or name a file on another disk"
        raise BadRecording(path, f"cannot be written ({error})", advice) from error


def _begin(
    path: Path, meta: Mapping[str, str], scenario: str, layout: ModuleType
) -> sqlite3.Connection:
    # The run may be built in one thread and run in another, never in two at a time.
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    file.execute(f"PRAGMA page_size = {format_1.PAGE_SIZE}")
    file.execute("PRAGMA synchronous = OFF")
    file.execute("BEGIN")
    # The tables are in the file before write-ahead mode begins: without its -wal it is still
    # a recording, and says what it is.
    file.execute(f"PRAGMA application_id = {format_1.APPLICATION_ID}")
    file.execute(f"PRAGMA user_version = {layout.VERSION}")
    for _, _, ddl in layout.SCHEMA:
        file.execute(ddl)
    file.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
    file.execute("INSERT INTO scenario VALUES (1, ?)", (scenario,))
    file.execute("COMMIT")
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = NORMAL")
    file.execute("BEGIN")
    return file


def _commit(file: sqlite3.Connection) -> None:
    file.execute("COMMIT")
    file.execute("BEGIN")


def _finish(file: sqlite3.Connection, closing: Mapping[str, str]) -> None:
    """Commit the closing keys with the size the file will have, and leave write-ahead mode."""
    file.executemany("INSERT INTO meta VALUES (?, ?)", sorted(closing.items()))
    size = "0" * format_1.SIZE_DIGITS
    file.execute("INSERT INTO meta VALUES ('size_bytes', ?)", (size,))
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    size = str(pages * format_1.PAGE_SIZE).zfill(format_1.SIZE_DIGITS)
    file.execute("UPDATE meta SET value = ? WHERE key = 'size_bytes'", (size,))
    file.execute("COMMIT")
    file.execute("PRAGMA journal_mode = DELETE")
