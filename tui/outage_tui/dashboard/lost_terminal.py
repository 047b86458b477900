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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outage_tui.dashboard.source import Source


def end_with_terminal(source: Source, descriptor: int = 0) -> None:
    """From now on, the end of the terminal behind `descriptor` is the end of this process."""
    if sys.platform == "win32" or not os.isatty(descriptor):
        return
    hang_up = select.poll()
    hang_up.register(descriptor, 0)  # errors and hang-ups are always told, input is not
    threading.Thread(
        target=_end, args=(hang_up, source), name="end of the terminal", daemon=True
    ).start()


def _end(hang_up: select.poll, source: Source) -> None:
    hang_up.poll()
    try:
        source.close()
    finally:
        os._exit(128 + signal.SIGHUP)
