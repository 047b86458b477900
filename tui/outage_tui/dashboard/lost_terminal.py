"""The terminal is gone: its window was closed, the connection broke.

Nothing can be drawn or restored any more. Textual does not notice: its writer has died of an
input/output error, whoever writes next waits for it for ever, and its reader spins. So a thread
that costs nothing waits for the hang-up, lets the source close (a host then closes its recording
and ends), and ends the process without another word to a terminal that does not exist.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from typing import Protocol


class Closing(Protocol):
    """Something that a terminal shows, and that must be closed without it."""

    def close(self) -> None:
        """Nobody shows it any more."""


def end_with_terminal(source: Closing, descriptor: int = 0) -> None:
    """From now on, the end of the terminal behind `descriptor` is the end of this process."""
    if sys.platform == "win32" or not os.isatty(descriptor):
        return
    hang_up = select.poll()
    hang_up.register(descriptor, 0)  # errors and hang-ups are always told, input is not
    threading.Thread(
        target=_end, args=(hang_up, source), name="end of the terminal", daemon=True
    ).start()


def _end(hang_up: select.poll, source: Closing) -> None:
    hang_up.poll()
    try:
        source.close()
    finally:
        os._exit(128 + signal.SIGHUP)
