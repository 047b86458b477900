"""An application that fails in a sentence: the traceback goes to a file, not to the person."""

from __future__ import annotations

import sys
from typing import Generic, TypeVar

from rich.text import Text
from textual.app import App

Answer = TypeVar("Answer")


class PlainFailure(App[Answer], Generic[Answer]):
    """What every screen of the program is run by."""

    def _fatal_error(self) -> None:
        """Textual's last word before it restores the terminal."""
        from outage_tui.mishap import write_log

        error = sys.exception()
        what = f"{type(error).__name__}: {error}" if error is not None else "error"
        self._exit_renderables.append(Text(f"unexpected {what} (log: {write_log()})"))
        self._close_messages_no_wait()
