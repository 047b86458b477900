"""Signals that end an application as its own key for leaving does."""

import asyncio
import signal
import sys
from collections.abc import Callable


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Have `leave` called with the exit status when the program is told to end."""
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        try:
            loop.add_signal_handler(number, leave, 128 + number)
        except (ValueError, RuntimeError):  # not the main thread: its owner handles signals
            return
