"""`outage-tui recordings`: what is in the folder of recordings, and making room in it.

Only files that are recordings are ever deleted: their names end in `.otrec`, they are no links, and
their header says so. The golden ones of a checkout stay, and so does one that a run is writing.
"""

import time
from pathlib import Path

import attrs
import click

from outage_agents.when import WhenError, format_clock
from outage_engine.errors import RecordingError
from outage_engine.recording import format_1
from outage_engine.recording.reader import Recording, printable
from outage_tui.mishap import DONE, FAILED, say
from outage_tui.output import is_terminal, write_json
from outage_tui.recordings_folder import SUFFIX, beside, recordings_folder

GOLDEN = "golden-"
"""Recordings that the project's own checks need begin with this."""
_HEADER_SIZE = 72
_DEAD_MAN_SWITCH = 128
"""Byte of a `-shm` file that each connection in write-ahead mode locks (SQLite's walformat)."""


@attrs.frozen
class Shelved:
    """One recording of the folder."""

    path: Path
    size_bytes: int
    modified_s: float
    """Wall time of the last change, seconds since 1970."""
    scenario: str
    seed: int | None
    virtual_s: float
    events: int
    digest: str
    finished: bool
    problem: str | None
    """Why it cannot be read; None when it can."""
    parent: str = ""
    """Of a fork: the file it was forked from; empty when it is none."""
    parent_at_ns: int = 0
    """Of a fork: the moment at which it goes its own way."""
    parent_at: str = ""
    """The same, as the scenario's clock shows it."""


def list_recordings(*, as_json: bool, folder: Path | None = None) -> int:
    """Print what is in the folder, the newest first."""
    place = recordings_folder() if folder is None else folder
    found = shelved(place)
    if as_json:
        write_json([_document(one) for one in found])
        return DONE
    if not found:
        say(f"no recordings in {place}")
    for depth, one in tree(found):
        print(f"{'   ' * (depth - 1)}{'└─ ' if depth else ''}{_line(one)}")
    return DONE


def tree(found: list[Shelved]) -> list[tuple[int, Shelved]]:
    """Recordings with how deep each is among forks: a fork comes below what it was forked from.

    One whose parent is not there any more, or that claims to be its own ancestor, stands by itself.
    """
    names = {one.path.name for one in found}
    below: dict[str, list[Shelved]] = {}
    for one in found:
        known = one.parent in names and one.parent != one.path.name
        below.setdefault(one.parent if known else "", []).append(one)
    placed: list[tuple[int, Shelved]] = []

    def place(name: str, depth: int) -> None:
        for one in below.pop(name, []):
            placed.append((depth, one))
            place(one.path.name, depth + 1)

    place("", 0)
    while below:  # forks of each other: somebody has changed what they say
        first = next(iter(below))
        place(first, 0)
    return placed


def prune_recordings(keep: int, *, yes: bool, folder: Path | None = None) -> int:
    """Delete all but the newest `keep` recordings, once the person has said yes."""
    place = recordings_folder() if folder is None else folder
    doomed = [one for one in shelved(place) if not one.path.name.startswith(GOLDEN)][keep:]
    busy = [one for one in doomed if _being_written(one.path)]
    doomed = [one for one in doomed if one not in busy]
    for one in busy:
        say(f"{one.path}: kept, a run is writing it")
    if not doomed:
        print(f"nothing to delete in {place}")
        return DONE
    total_mb = sum(one.size_bytes for one in doomed) / 2**20
    for one in doomed:
        print(f"{'delete' if yes else 'would delete'} {_line(one)}")
    if not yes:
        if not is_terminal():
            say(f"{len(doomed)} recordings, {total_mb:.1f} MiB; nothing deleted: give --yes")
            return DONE
        if not click.confirm(f"Delete these {len(doomed)} recordings, {total_mb:.1f} MiB?"):
            return DONE
    return _delete([one.path for one in doomed])


def shelved(folder: Path) -> list[Shelved]:
    """The recordings of a folder, the newest first."""
    if not folder.is_dir():
        return []
    paths = [path for path in folder.glob(f"*{SUFFIX}") if _is_recording(path)]
    found = [_look(path) for path in paths]
    return sorted(found, key=lambda one: (-one.modified_s, one.path.name))


def _is_recording(path: Path) -> bool:
    """Whether a file says in its header that it is a recording, whatever its state."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_SIZE)
    except OSError:
        return False
    own = format_1.APPLICATION_ID.to_bytes(4, "big")
    return head.startswith(b"SQLite format 3\0") and head[68:72] == own


def _look(path: Path) -> Shelved:
    size = sum(part.stat().st_size for part in [path, *beside(path)] if part.exists())
    modified_s = max(part.stat().st_mtime for part in [path, *beside(path)] if part.exists())
    try:
        with Recording(path) as recording:
            meta = recording.meta
            seed = meta.get("seed")
            return Shelved(
                path=path,
                size_bytes=size,
                modified_s=modified_s,
                scenario=printable(meta.get("scenario_name")),
                seed=int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 20 else None,
                virtual_s=meta.virtual_ns / 1e9,
                events=meta.events,
                digest=meta.digest,
                finished=meta.finished,
                problem=None,
                parent=printable(meta.get("parent")),
                parent_at_ns=_number(meta.get("parent_at_ns")),
                parent_at=_clock(_number(meta.get("parent_at_ns")), meta.get("start")),
            )
    except RecordingError as error:
        problem = str(error).removeprefix(f"{path}: ")
        return Shelved(path, size, modified_s, "", None, 0.0, 0, "", False, problem)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _clock(t_ns: int, start: str) -> str:
    try:
        return format_clock(t_ns, start)
    except WhenError:
        return ""


def _being_written(path: Path) -> bool:
    """Whether some process has the recording open: it then holds a lock on its `-shm`."""
    shared = path.with_name(path.name + "-shm")
    try:
        import fcntl

        with shared.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _DEAD_MAN_SWITCH)
    except FileNotFoundError:
        return False
    except (ImportError, OSError):
        return True
    return False


def _delete(paths: list[Path]) -> int:
    status = DONE
    for path in paths:
        for part in [path, *beside(path)]:
            try:
                part.unlink(missing_ok=True)
            except OSError as error:
                say(f"{part}: cannot be deleted ({error.strerror})")
                status = FAILED
                break  # what lies beside a recording is part of it as long as it is there
    return status


def _line(one: Shelved) -> str:
    size = f"{one.size_bytes / 2**20:8.1f} MiB"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.modified_s))
    if one.problem is not None:
        return f"{one.path}  {size}  {when}  cannot be read: {one.problem}"
    state = "" if one.finished else "  unfinished"
    run = f"{one.scenario}, seed {one.seed}, {one.virtual_s / 3600:.1f} h"
    fork = f"  fork of {one.parent} at {one.parent_at}" if one.parent else ""
    return f"{one.path}  {size}  {when}  {run}{state}{fork}"


def _document(one: Shelved) -> dict[str, object]:
    known = attrs.asdict(one)
    return known | {"path": str(one.path), "modified_s": round(one.modified_s, 3)}
