"""Chooses from a list that can be searched: the command palette, and what is chosen elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from outage_tui.dashboard.renderables.choices import (
    BESIDE_WIDTH_MIN,
    Choice,
    draw_choices,
    first_shown,
    matching,
)
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line


class ChooseScreen(Dialog[Choice | None]):
    """Gives back the row that was chosen. Typing searches; up and down move; enter chooses."""

    DEFAULT_CSS = """
    ChooseScreen > #dialog { height: 80%; }
    ChooseScreen.low > #dialog { height: 100%; width: 100%; }
    ChooseScreen Sheet { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "leave", "leave", show=False),
        Binding("down,ctrl+n", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "down by ten", show=False),
        Binding("pageup", "move(-10)", "up by ten", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], ink: Ink) -> None:
        super().__init__(ink)
        self._title = title
        self._all = tuple(choices)
        self._found = list(choices)
        self._cursor = 0

    def compose(self) -> ComposeResult:
        """What is looked for, above the list."""
        with Vertical(id="dialog") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "type to search, enter chooses, esc leaves"
            yield Input(placeholder="type to search", compact=True)
            yield Sheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        return draw_choices(self._found, self._cursor, self.ink, width, height)

    def update_choices(self, choices: Sequence[Choice]) -> None:
        """Other rows, or the same ones with other notes; the cursor stays where it is."""
        at = self._found[self._cursor].id if self._found else ""
        self._all = tuple(choices)
        self._found = matching(self._all, self.query_one(Input).value)
        ids = [choice.id for choice in self._found]
        self._cursor = ids.index(at) if at in ids else 0
        self.query_one(Sheet).redraw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search."""
        self._found = matching(self._all, event.value)
        self._cursor = 0
        self.query_one(Sheet).redraw()

    def on_input_submitted(self) -> None:
        """Choose the row under the cursor."""
        if self._found:
            self.dismiss(self._found[self._cursor])

    def action_move(self, steps: int) -> None:
        """The cursor, no further than the list goes."""
        self._cursor = max(0, min(len(self._found) - 1, self._cursor + steps))
        self.query_one(Sheet).redraw()

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel moves the cursor."""
        self.action_move(message.steps)

    def on_sheet_pointed(self, message: Sheet.Pointed) -> None:
        """A click moves the cursor to a row; another on the same row chooses it."""
        place = self._row_at(message.line)
        if place is None:
            return
        if place == self._cursor:
            self.on_input_submitted()
        else:
            self.action_move(place - self._cursor)

    def _row_at(self, line: int) -> int | None:
        """Which row a line of the drawing shows; None for what is known about one."""
        width, height = self.query_one(Sheet).size
        drawn = self._draw(width, height)
        rows = len(drawn)
        if width < BESIDE_WIDTH_MIN:
            rule = self.ink.glyphs.rail * width
            rows = next((n for n, shown in enumerate(drawn) if shown.text == rule), rows)
        place = line + first_shown(len(self._found), self._cursor, rows)
        return place if line < rows and place < len(self._found) else None
