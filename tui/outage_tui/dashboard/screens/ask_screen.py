"""Asks for one line: a filter, a time, a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from outage_tui.dashboard.screens.overlay import Overlay

if TYPE_CHECKING:
    from textual.app import ComposeResult


class AskScreen(Overlay[str | None]):
    """Gives back what was typed; None when it was left with escape."""

    DEFAULT_CSS = """
    AskScreen { align: center bottom; background: $background 20%; }
    AskScreen:ansi { background: transparent; }
    AskScreen > Vertical {
        height: auto; width: 100%; max-width: 90; background: $surface; padding: 0 1;
    }
    AskScreen Static { text-style: bold; }
    AskScreen Input { border: none; height: 1; padding: 0; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", id="ask.leave")]

    def __init__(self, question: str, answer: str = "") -> None:
        super().__init__()
        self._question = question
        self._answer = answer

    def compose(self) -> ComposeResult:
        """The question above the line."""
        with Vertical():
            yield Static(self._question, markup=False)
            yield Input(self._answer, compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss(None)
