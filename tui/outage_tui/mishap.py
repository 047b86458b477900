"""The outer edge: whatever goes wrong becomes one line for a person and an exit status.

This is the only place with a broad `except`: what nobody expected is written to a log file with its
traceback, and the person gets the reason and the path of that log.
"""

import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from outage_engine.errors import OutageError, RecordingError

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")

DONE, FAILED, USAGE, DIVERGED = 0, 1, 2, 3


class BadUsage(Exception):
    """Usage, scenario or recording that cannot be used; one problem a line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Terminated(BaseException):
    """A signal told the program to stop; unwinds like Ctrl-C so that recordings are closed."""

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number


def _terminate(signal_number: int, _: FrameType | None) -> None:
    raise Terminated(signal_number)


def guarded(commands: click.Command) -> None:
    """Run the command line; exits the process."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows fewer letters than we do
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(exit_status(commands))


def _carried_out(commands: click.Command, arguments: Sequence[str] | None) -> int:
    try:
        commands.main(arguments, prog_name="outage-tui", standalone_mode=False)
        status = DONE
    except SystemExit as over:
        status = over.code if isinstance(over.code, int) else FAILED
    except click.exceptions.Exit as over:
        status = over.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()
    return status


def exit_status(commands: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run the command line (that of the process, unless given) and say how the process ends."""
    try:
        return _carried_out(commands, arguments)
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except Terminated as over:
        return 128 + over.signal_number
    except BrokenPipeError:
        # The reader of our output left (`| head`): that is its right, and no reason to complain.
        _drop_output()
        return FAILED
    except BadUsage as error:
        say(str(error))
        return USAGE
    except RecordingError as error:
        say(str(error))
        return USAGE
    except OutageError as error:
        say(f"{error} (log: {write_log()})")
        return FAILED
    except OSError as error:
        _drop_output()
        say(f"{_what_failed(error)} (log: {write_log()})")
        return FAILED
    except Exception as error:
        say(f"unexpected {type(error).__name__}: {error} (log: {write_log()})")
        return FAILED


def _what_failed(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else f"cannot go on: {reason}"


def _drop_output() -> None:
    """Let go of what is still to be printed: trying again at exit would fail again."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Tell the person at the terminal; standard output carries only what was asked for.

    A message may quote a file from somewhere else: what would steer the terminal is spelled out.
    """
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text with control characters, line feeds apart, as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def write_log() -> str:
    """Write the traceback of the present exception to a file; its path."""
    import tempfile  # both only when something went wrong: `--help` is to answer at once
    import traceback

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="outage-tui-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            traceback.print_exc(file=log)
            return log.name
    except OSError as error:
        return f"none, {error.strerror}"
