"""What the values of a dialog mean, and what can be taken instead of typing: a click takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.events import Click


class MeaningSheet(Sheet):
    """Tells which of its lines was clicked."""

    class Clicked(Message):
        """What stood in the line that was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    def on_click(self, event: Click) -> None:
        """Tell which line."""
        event.prevent_default()
        self.post_message(self.Clicked(event.y))
