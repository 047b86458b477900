"""Chooses from a seat's menu: actions by what they touch, what waits for approval, what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from outage_tui.dashboard.player_forms.menu import Row, found_rows
from outage_tui.dashboard.renderables.player_menu import draw_menu, highest, row_at
from outage_tui.dashboard.screens.player_dialog import PlayerDialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.player_forms.menu import Menu
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line


class PlayerMenuScreen(PlayerDialog[str | None]):
    """Gives back the id of the row that was chosen. Typing searches, or digits choose."""

    DEFAULT_CSS = """
    PlayerMenuScreen > #dialog { height: 90%; max-height: 46; }
    PlayerMenuScreen.low > #dialog { height: 100%; width: 100%; }
    PlayerMenuScreen Sheet { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
        Binding("down,ctrl+n", "move(1)", "down", show=False),
        Binding("up,ctrl+p", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "down by ten", show=False),
        Binding("pageup", "move(-10)", "up by ten", show=False),
        Binding("enter", "choose", "choose", show=False),
        *(Binding(str(n), f"take({n - 1})", f"row {n}", show=False) for n in range(1, 10)),
    ]

    def __init__(
        self,
        menu: Menu,
        ink: Ink,
        *,
        make: Callable[[SeatView], Menu] | None = None,
        at: str = "",
    ) -> None:
        """`make` makes it anew from a later view. `at` is the row under the cursor at first;
        without it the first."""
        super().__init__(ink)
        self._make = make
        self._menu = menu
        self._found: list[Row] = list(self._menu.rows)
        ids = [row.id for row in self._found]
        self._cursor = ids.index(at) if at in ids else 0
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """What is looked for, above the list."""
        with Vertical(id="dialog"):
            if self._menu.searched:
                yield Input(placeholder="type to search", compact=True)
            yield Sheet(self._draw)

    def _fit(self) -> None:
        """No higher than all of its rows, and what is known of any, take."""
        super()._fit()
        width, height = self.app.size
        whole = width if self.has_class("low") else min(width * 9 // 10, 130)
        edges = 3 if self._menu.searched else 2
        lines = highest(self._menu.rows, self.ink, whole - 4) + edges
        self.query_one("#dialog").styles.height = min(lines, height, 46)
        self.entitle(self._menu.title, self._menu.keys)

    @property
    def _grouped(self) -> bool:
        return not self._wanted.strip()

    def _draw(self, width: int, height: int) -> list[Line]:
        rows = self._found
        if not self._menu.searched:
            rows = [attrs.evolve(row, number=n) for n, row in enumerate(rows, 1)]
        return draw_menu(rows, self._cursor, self.ink, width, height, grouped=self._grouped)

    def see(self, view: SeatView) -> None:
        """Other rows, or other notes; the cursor stays on its row."""
        if self._make is None:
            return
        at = self._found[self._cursor].id if self._found else ""
        self._menu = self._make(view)
        self._found = found_rows(self._menu.rows, self._wanted)
        ids = [row.id for row in self._found]
        self._cursor = ids.index(at) if at in ids else max(0, min(self._cursor, len(ids) - 1))
        self._fit()
        self.query_one(Sheet).redraw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search."""
        if event.value != self._wanted:
            self._wanted = event.value
            self._found = found_rows(self._menu.rows, self._wanted)
            self._cursor = 0
            self.query_one(Sheet).redraw()

    def on_input_submitted(self) -> None:
        """Choose the row under the cursor."""
        self.action_choose()

    def action_choose(self) -> None:
        """The row under the cursor."""
        self.action_take(self._cursor)

    def action_take(self, place: int) -> None:
        """A row by its place."""
        if 0 <= place < len(self._found):
            self.dismiss(self._found[place].id)

    def action_move(self, steps: int) -> None:
        """The cursor, no further than the list goes."""
        self._cursor = max(0, min(len(self._found) - 1, self._cursor + steps))
        self.query_one(Sheet).redraw()

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel moves the cursor."""
        self.action_move(message.steps)

    def on_sheet_pointed(self, message: Sheet.Pointed) -> None:
        """A click moves the cursor to a row; another on the same row chooses it."""
        width, height = self.query_one(Sheet).size
        place = row_at(
            self._found, self._cursor, self.ink, width, height, message.line, grouped=self._grouped
        )
        if place is None:
            return
        if place == self._cursor:
            self.on_input_submitted()
        else:
            self.action_move(place - self._cursor)
