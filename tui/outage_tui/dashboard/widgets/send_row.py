"""The last row of a dialog: enter on it says what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from outage_tui.dashboard.renderables.player_form import draw_send
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.events import Blur, Focus

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line


class SendRow(Sheet, can_focus=True):
    """Says what it does, and whether that can be done."""

    DEFAULT_CSS = "SendRow { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "do it", show=False)]

    class Submitted(Message):
        """Enter was pressed, or it was clicked."""

    def __init__(self, does: str, ink: Ink) -> None:
        super().__init__(self._draw)
        self._does = does
        self._ink = ink
        self.ready = False

    def _draw(self, width: int, height: int) -> list[Line]:
        return draw_send(self._does, self._ink, width, focused=self.has_focus, ready=self.ready)

    def judge(self, *, ready: bool) -> None:
        """Whether it can be done."""
        self.ready = ready
        self.redraw()

    def action_submit(self) -> None:
        """Enter."""
        self.post_message(self.Submitted())

    def on_sheet_pointed(self, message: Sheet.Pointed) -> None:
        """A click is the same as enter on it."""
        message.stop()
        self.action_submit()

    def on_focus(self, event: Focus) -> None:
        """Draw it as the one that enter goes to."""
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """Draw it as one that enter does not go to."""
        self.redraw()
