"""Asks before something that cannot be taken back: what it does, and what is lost or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.screens.help_screen import HelpSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.ink import Ink


class FacilitatorConfirmScreen(Dialog[bool]):
    """Gives back True for enter or y, False or None otherwise."""

    DEFAULT_CSS = """
    FacilitatorConfirmScreen > #dialog { max-width: 76; }
    FacilitatorConfirmScreen HelpSheet { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "agree", "do it", show=False),
        Binding("escape,n,q", "leave", "leave", show=False),
    ]

    def __init__(self, title: str, paragraphs: Sequence[str], ink: Ink) -> None:
        """The first paragraph stands out."""
        super().__init__(ink)
        self._title = title
        self._paragraphs = tuple(paragraphs)

    def compose(self) -> ComposeResult:
        """What would be done."""
        with Vertical(id="dialog") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "enter does it, esc leaves"
            yield HelpSheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        lines: list[Line] = []
        for place, text in enumerate(self._paragraphs):
            style = self.ink.strong if place == 0 else self.ink.plain
            lines += [*([Line()] if lines else []), *wrapped(text, style, width)]
        return lines

    def action_agree(self) -> None:
        """Enter."""
        self.dismiss(True)
