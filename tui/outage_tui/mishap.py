"""The outer edge: whatever goes wrong becomes one line for a person and an exit status.

This is the only place with a broad `except`: what nobody expected is written to a log file with its
traceback, and the person gets the reason and the path of that log.
"""

import os
import signal
import sys
import tempfile
import traceback
from types import FrameType

import click

from outage_engine.errors import OutageError, RecordingError

DONE, FAILED, USAGE, DIVERGED = 0, 1, 2, 3


class BadUsage(Exception):
    """Usage, scenario or recording that cannot be used; one problem a line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived; unwinds like Ctrl-C so that recordings are closed."""

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number


def _terminate(signal_number: int, _: FrameType | None) -> None:
    raise Terminated(signal_number)


def guarded(commands: click.Command) -> None:
    """Run the command line; exits the process."""
    signal.signal(signal.SIGTERM, _terminate)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _terminate)
    sys.exit(_status(commands))


def _status(commands: click.Command) -> int:
    try:
        commands.main(standalone_mode=False)
        return DONE
    except SystemExit as over:
        return over.code if isinstance(over.code, int) else FAILED
    except click.exceptions.Exit as over:
        return over.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except Terminated as over:
        return 128 + over.signal_number
    except BrokenPipeError:
        # The reader of our output left (`| head`); say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    except Exception as error:
        say(f"unexpected {type(error).__name__}: {error} (log: {write_log()})")
        return FAILED


def say(text: str) -> None:
    """Tell the person at the terminal; standard output carries only what was asked for."""
    print(text, file=sys.stderr, flush=True)


def write_log() -> str:
    """Write the traceback of the present exception to a file; its path."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="outage-tui-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            traceback.print_exc(file=log)
            return log.name
    except OSError as error:
        return f"none, {error.strerror}"
