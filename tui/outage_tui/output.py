"""Where a command puts what was asked for: standard output, or a file that did not exist."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from outage_tui.mishap import BadUsage


def is_terminal() -> bool:
    """Whether a person reads standard output and can answer on standard input.

    A terminal that calls itself dumb cannot place anything on a screen.
    """
    if os.environ.get("TERM") == "dumb":
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def write_json(document: object) -> None:
    """Write one JSON value and a line feed to standard output."""
    _write([msgspec.json.encode(document), b"\n"])


def write_out(text: str | Iterable[str], out: Path | None) -> None:
    """Write text, or its pieces, to `out`; to standard output when that is None.

    Raises BadUsage when `out` exists or cannot be made, and leaves nothing of a file that could
    not be finished.
    """
    pieces = (text,) if isinstance(text, str) else text
    if out is None:
        _write(piece.encode() for piece in pieces)
        return
    try:
        file = out.open("xb")
    except FileExistsError:
        raise BadUsage(f"-o {out}: exists already; name a file that does not") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadUsage(f"-o {out}: cannot be made ({reason})") from None
    try:
        with file:
            for piece in pieces:
                file.write(piece.encode())
    except BaseException as failure:
        out.unlink(missing_ok=True)
        if isinstance(failure, OSError) and failure.filename is None:
            failure.filename = str(out)  # a full disk does not say which file it was
        raise


def unused(path: Path) -> Path:
    """`path`, or the same with the first number behind its name under which no file exists."""
    free, count = path, 1
    while free.exists() or free.is_symlink():
        count += 1
        free = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return free


def _write(pieces: Iterable[bytes]) -> None:
    if sys.stdout is None:  # closed by whoever started the program
        return
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
