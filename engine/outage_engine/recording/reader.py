"""Opens a recording as what it is: a file somebody sent.

SQLite reads it, read-only and without trusting it: the header is checked before SQLite sees the
file, the schema must be ours word for word, nothing but SELECT is authorised, values are bounded,
a statement may take so many steps and no more, and no query returns more bytes than the file
holds. Every value is checked for its type, every blob has a bound when it is inflated, and
whatever goes wrong below becomes a `BadRecording` (see SQLite's "Defense Against The Dark Arts").

A recording that was not closed lacks the closing keys of its meta table: it is *unfinished*, and
good up to its last commit. With a `-wal` beside it, it is copied, with that, into a private folder
and recovered there; the files themselves are never changed. A closed one says its own size and is
refused when it has another.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs
import msgspec

from outage_engine.recording import format_1, format_2, format_3
from outage_engine.recording.errors import BadRecording, NewerRecording
from outage_engine.recording.packing import PackingError, unpack
from outage_engine.recording.sink import CHAIN_START, DIGEST_SIZE, EventChunk, chain

_Value = TypeVar("_Value", int, str, bytes)

_STEPS_AT_ONCE = 100_000
"""SQLite's virtual machine asks whether to go on after this many instructions."""
_STEPS_MAX = 200
"""... and is told to stop after this many times: seconds, where an honest query takes a tenth."""

_SCENARIOS = "SELECT text FROM scenario ORDER BY n"

_SHELVES_SIZE_MAX = 16 << 20
"""Bytes of inflated shelves that are kept; all frames of the reference run take twelve million."""

_GONE = "get another copy of it"
_RERUN = "get another copy, or record the run again"


@attrs.frozen
class RecordingMeta:
    """What a recording says about itself."""

    format: int
    finished: bool
    """False: the run was killed, or is still going on; good up to the last commit."""
    digest: str
    """Digest of the last chunk, hex."""
    events: int
    """How many events its chunks hold, notes counted."""
    virtual_ns: int
    """Virtual time at the end, ns; of an unfinished one, of its last event."""
    summary: str
    """What the run ended with, as text; empty while unfinished."""
    scenario: str
    """The scenario the run had become by its end, with every input that was given to it."""
    first_scenario: str
    """The scenario with which the run began."""
    entries: tuple[tuple[str, str], ...]
    """Everything else the run wrote down about itself, by key."""

    def get(self, key: str, default: str = "") -> str:
        """Return the entry with this key."""
        return next((value for name, value in self.entries if name == key), default)


class Recording:
    """An open recording. Use it in a `with`, or `close` it."""

    def __init__(self, path: Path) -> None:
        """Open the recording in `path`. Raises BadRecording when it is not one, or damaged."""
        self.path = path
        self._shelves: dict[tuple[str, int], bytes] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: sqlite3.Connection | None = None
        with self.faults(), self._closed_on_error():
            self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and of any private copy."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # -- events ------------------------------------------------------------------------------

    @property
    def chunk_count(self) -> int:
        """How many chunks of events it holds."""
        return self._chunk_count

    def chunk(self, index: int) -> EventChunk:
        """Return a chunk as it is in the file: its digest may not belong to its body."""
        query = (
            "SELECT first_event, events, first_ns, last_ns, digest, shelf, start, size"
            " FROM chunks WHERE n = ?"
        )
        for row in self.rows(query, index):
            body = self._from_shelf("chunk_shelves", row, 5, format_1.CHUNK_SIZE_MAX)
            digest = self.cell(row, 4, bytes)
            if len(digest) != DIGEST_SIZE:
                raise self.damaged(f"chunk {index} has a digest of {len(digest)} bytes")
            return EventChunk(
                index=index,
                first_event=self.cell(row, 0, int),
                events=self.cell(row, 1, int),
                first_ns=self.cell(row, 2, int),
                last_ns=self.cell(row, 3, int),
                body=body,
                digest=digest,
            )
        raise self.damaged(f"chunk {index} is missing")

    def chunks(self) -> Iterator[EventChunk]:
        """Yield every chunk in order, each checked against the chain of digests."""
        before, events = CHAIN_START, 0
        for index in range(self._chunk_count):
            chunk = self.chunk(index)
            if chunk.digest != chain(before, chunk.body) or chunk.first_event != events:
                raise self.damaged(f"chunk {index} does not follow from the one before")
            before, events = chunk.digest, events + chunk.events
            yield chunk

    def events(self, chunk: EventChunk) -> list[tuple[Any, ...]]:
        """Return the events of a chunk, each `(time_ns, kind, actor, ...)`."""
        with self.faults():
            return decode_events(chunk)

    def journal(self) -> Iterator[str]:
        """Yield the entries of a drill's journal in order, as JSON; none without a drill."""
        if self.meta.format < format_3.VERSION:
            return
        for row in self.rows("SELECT body FROM journal ORDER BY n"):
            body = self.cell(row, 0, str)
            if len(body) > format_3.ENTRY_SIZE_MAX:
                raise self.damaged(f"an entry of its journal has {len(body)} bytes")
            yield body

    # -- what the other readers are made of -----------------------------------------------------

    def rows(self, query: str, *values: int | str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a SELECT. Cells are whatever the file holds: take them by `cell`."""
        assert self._file is not None, "the recording is closed"
        with self.faults():
            self._steps = 0
            cursor = self._file.execute(query, values)
            held = self._size
            for row in cursor:
                # Each byte is in the file once, so a query that brings more runs in circles.
                held -= sum(len(cell) if isinstance(cell, (str, bytes)) else 1 for cell in row)
                if held < 0:
                    raise self.damaged("a table holds more than the file can")
                yield row

    def cell(self, row: tuple[Any, ...], column: int, kind: type[_Value]) -> _Value:
        """Return one cell, which must be of this kind."""
        value = row[column]
        if type(value) is not kind:
            raise self.damaged(f"a {type(value).__name__} is where a {kind.__name__} should be")
        return value

    def line(self, row: tuple[Any, ...], column: int) -> str:
        """Return a text cell as one line that is safe on a terminal."""
        return printable(self.cell(row, column, str))

    def frame_body(self, row: tuple[Any, ...], column: int) -> bytes:
        """Return the frame that lies where the row says (shelf, start and size from `column`)."""
        return self._from_shelf("frame_shelves", row, column, format_1.FRAME_SIZE_MAX)

    def damaged(self, problem: str) -> BadRecording:
        """Return the error that says what is damaged."""
        # SQLite quotes what it cannot read.
        return BadRecording(self.path, f"is damaged: {printable(problem[:_PROBLEM_MAX])}", _RERUN)

    def _from_shelf(self, table: str, row: tuple[Any, ...], column: int, size_max: int) -> bytes:
        shelf = self.cell(row, column, int)
        start, size = self.cell(row, column + 1, int), self.cell(row, column + 2, int)
        body = self._shelf_body(table, shelf)
        if not (start >= 0 and 0 <= size <= size_max and start + size <= len(body)):
            raise self.damaged("an index points outside what it indexes")
        return body[start : start + size]

    def _shelf_body(self, table: str, shelf: int) -> bytes:
        """Return a shelf, inflated. Those used last are kept: neighbours are usually next, and
        who looks back and forth comes again."""
        kept = self._shelves.pop((table, shelf), None)
        if kept is not None:
            self._shelves[table, shelf] = kept
            return kept
        for row in self.rows(f"SELECT body FROM {table} WHERE shelf = ?", shelf):
            try:
                body = unpack(self.cell(row, 0, bytes), format_1.SHELF_SIZE_MAX)
            except PackingError as error:
                raise self.damaged(f"a blob cannot be inflated ({error})") from error
            self._shelves[table, shelf] = body
            while sum(map(len, self._shelves.values())) > _SHELVES_SIZE_MAX:
                del self._shelves[next(iter(self._shelves))]
            return body
        raise self.damaged("an index points to what is not there")

    # -- opening -----------------------------------------------------------------------------

    def _open(self) -> None:
        header = _header(self.path)
        wal = self.path.with_name(self.path.name + "-wal")
        source = self.path
        if header.write_ahead and wal.is_file() and wal.stat().st_size:
            source = self._recovered(wal)
        self._size = source.stat().st_size
        self._version = header.version
        self._file = self._connect(source, "mode=ro&immutable=1")
        self._file.set_authorizer(_only_select)
        self._check_schema()
        self._chunk_count = self._last("SELECT n FROM chunks ORDER BY n DESC LIMIT 1", -1) + 1
        self.meta = self._read_meta()
        """What the recording says about itself."""

    def _connect(self, path: Path, how: str) -> sqlite3.Connection:
        """Connect to a file without trusting it."""
        uri = f"{path.absolute().as_uri()}?{how}"
        file = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, format_1.CELL_SIZE_MAX)
            file.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            self._steps = 0
            file.set_progress_handler(self._step, _STEPS_AT_ONCE)
            file.execute("PRAGMA trusted_schema = OFF")
            file.execute("PRAGMA cell_size_check = ON")
            file.execute("PRAGMA mmap_size = 0")
        except BaseException:
            file.close()
            raise
        return file

    def _step(self) -> bool:
        """Count the work of a statement; True stops it."""
        self._steps += 1
        return self._steps > _STEPS_MAX

    def _recovered(self, wal: Path) -> Path:
        """Copy a recording that was not closed, with its -wal, and merge the two there."""
        self._folder = tempfile.TemporaryDirectory(prefix="recording-")
        copy = Path(self._folder.name, "copy.otrec")
        for _ in range(_COPY_ATTEMPTS):
            before = _state(self.path), _state(wal)
            shutil.copyfile(self.path, copy)
            shutil.copyfile(wal, copy.with_name("copy.otrec-wal"))
            if before == (_state(self.path), _state(wal)):
                break
        else:
            advice = "wait until the run is over"
            raise BadRecording(self.path, "is being written too fast to be read", advice)
        file = self._connect(copy, "mode=rw")
        try:
            file.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            file.close()
        return copy

    def _check_schema(self) -> None:
        query = "SELECT type, name, sql FROM sqlite_schema ORDER BY rowid"
        if tuple(self.rows(query)) != _SCHEMAS[self._version]:
            problem = f"does not have the tables of format {self._version}"
            raise BadRecording(self.path, problem, _GONE)

    def _read_meta(self) -> RecordingMeta:
        entries = {
            self.cell(row, 0, str): self.cell(row, 1, str)
            for row in self.rows("SELECT key, value FROM meta")
        }
        closing = {key: entries.pop(key) for key in format_1.CLOSING_KEYS if key in entries}
        scenario = [self.cell(row, 0, str) for row in self.rows(_SCENARIOS)]
        if not scenario:
            raise self.damaged("it has no scenario")
        if closing:
            self._check_closing(closing)
        last = self.chunk(self._chunk_count - 1) if self._chunk_count else None
        events = last.first_event + last.events if last else 0
        digest = last.digest.hex() if last else CHAIN_START.hex()
        if last:
            self._check_end(last)
        if closing and (closing["digest"], closing["events"]) != (digest, str(events)):
            raise self.damaged("its last events are not those it says it ends with")
        return RecordingMeta(
            format=self._version,
            finished=bool(closing),
            digest=digest,
            events=events,
            virtual_ns=int(closing["virtual_ns"]) if closing else last.last_ns if last else 0,
            summary=closing.get("summary", ""),
            scenario=scenario[-1],
            first_scenario=scenario[0],
            entries=tuple(entries.items()),
        )

    def _check_closing(self, closing: dict[str, str]) -> None:
        """Check what a closed recording says about its own end."""
        missing = [key for key in format_1.CLOSING_KEYS if key not in closing]
        if missing:
            raise self.damaged(f"closed without {', '.join(missing)}")
        numbers = [closing[key] for key in ("events", "virtual_ns", "size_bytes")]
        if not all(number.isascii() and number.isdigit() for number in numbers):
            raise self.damaged("a number in its meta table is none")
        if int(closing["size_bytes"]) != self._size:
            size = int(closing["size_bytes"])
            raise self.damaged(f"it has {self._size} bytes and had {size} when it was closed")

    def _check_end(self, last: EventChunk) -> None:
        """Check the moment it ends at: whoever runs it again runs until then."""
        times = [event[0] for event in self.events(last)[-1:] if event]
        if times != [last.last_ns]:
            raise self.damaged("its last event is not at the time it says")

    def _last(self, query: str, default: int) -> int:
        return next((self.cell(row, 0, int) for row in self.rows(query)), default)

    # -- faults ------------------------------------------------------------------------------

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn whatever a damaged file can cause into a BadRecording."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if str(error) == "interrupted":
                raise self.damaged("reading it takes too long") from error
            raise self.damaged(str(error)) from error
        except (sqlite3.Error, msgspec.MsgspecError, PackingError) as error:
            raise self.damaged(str(error)) from error
        except OSError as error:
            problem = f"cannot be read ({error.strerror or error})"
            raise BadRecording(self.path, problem, "check its name and permissions") from error
        except (ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise self.damaged(str(error) or type(error).__name__) from error

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def decode_events(chunk: EventChunk) -> list[tuple[Any, ...]]:
    """Return the events of a chunk. Raises ValueError when its body is not that many events."""
    if not 0 <= chunk.events <= len(chunk.body):
        raise ValueError(f"{chunk.events} events cannot be in {len(chunk.body)} bytes")
    # Events lie one behind the other; with the head of an array before them they are one value.
    head = b"\xdd" + chunk.events.to_bytes(4, "big")
    return msgspec.msgpack.decode(head + chunk.body, type=list[tuple[Any, ...]])


def printable(text: str) -> str:
    """Return `text` with everything that could drive a terminal replaced."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


_PROBLEM_MAX = 200
_SCHEMAS = {
    format_1.VERSION: format_1.SCHEMA,
    format_2.VERSION: format_2.SCHEMA,
    format_3.VERSION: format_3.SCHEMA,
}
"""Tables of every format that can be read."""
_COPY_ATTEMPTS = 5
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)


def _only_select(action: int, *_: str | None) -> int:
    """Authorise reading tables, and nothing else."""
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _state(path: Path) -> tuple[int, int]:
    """What changes when somebody writes to a file."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@attrs.frozen
class _Header:
    """The part of SQLite's file header (file format, section 1.3) that is read by hand."""

    version: int
    write_ahead: bool


_HEADER_SIZE = 100


def _header(path: Path) -> _Header:
    """Check that the file is a recording of a version we know, before SQLite opens it."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadRecording(path, "is no file but a pipe or a device", "name a file")
    with path.open("rb") as file:
        head = file.read(_HEADER_SIZE)
    size = path.stat().st_size
    if len(head) < _HEADER_SIZE or not head.startswith(b"SQLite format 3\0"):
        raise BadRecording(path, "is not a recording", "name a file that `run` has recorded")
    if int.from_bytes(head[68:72], "big") != format_1.APPLICATION_ID:
        raise BadRecording(
            path, "is a database, but not a recording", "name a file that `run` has recorded"
        )
    version = int.from_bytes(head[60:64], "big")
    if version > format_3.VERSION:
        problem = f"has format {version}, and this program reads up to {format_3.VERSION}"
        raise NewerRecording(path, problem, "open it with a newer version of this program")
    if version < 1:
        raise BadRecording(path, f"has format {version}, which never was", _GONE)
    if size > format_1.FILE_SIZE_MAX:
        raise BadRecording(path, f"is larger than any recording ({size} bytes)", _GONE)
    return _Header(version, write_ahead=head[18] == 2 or head[19] == 2)
