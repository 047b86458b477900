"""A framed part of a facilitator's terminal, in which a row can be chosen where it is a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from rich.style import Style
from textual.message import Message

from outage_tui.dashboard.renderables.facilitator_station import Drawn
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize

    from outage_tui.dashboard.renderables.facilitator_station import Station

_CONTAINED: Final = Style(bold=True)


@attrs.frozen
class PanelKind:
    """What a panel is called, what it draws, and what can be chosen in it."""

    part: str
    title: str
    help: str
    """What it shows and how to read it; ids in braces stand for keys."""
    draw: Callable[[Station, int, int, int], Drawn]
    """From the moment, the place of the chosen row, width and height."""
    ids: Callable[[Station], Sequence[int | str]] | None = None
    """What can be chosen, by name, in the order drawn; None: nothing can."""
    first: Callable[[Station], int] | None = None
    """Place that is chosen while nobody chose one; None: none is."""
    follows: bool = False
    """Shows its end while nothing is chosen."""


class FacilitatorPanel(Rows, can_focus=True):
    """Keeps the last moment, so that a new size or another choice can be drawn at once."""

    DEFAULT_CSS = """
    FacilitatorPanel {
        position: absolute;
        border: round $foreground 25%;
        border-title-color: $foreground;
        border-title-style: bold;
        background: $background;
    }
    FacilitatorPanel:focus { border: heavy $accent; border-title-color: $accent; }
    FacilitatorPanel.ascii { border: ascii $foreground 40%; }
    FacilitatorPanel.ascii:focus { border: ascii $accent; border-title-style: bold reverse; }
    """

    class Opened(Message):
        """A chosen row was clicked once more."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, kind: PanelKind, number: int) -> None:
        super().__init__(id=kind.part)
        self.kind = kind
        self.border_title = f"{number} {kind.title}"
        self._station: Station | None = None
        self._chosen: int | str | None = None
        self._top = 0
        self._items: tuple[int, ...] = ()

    def paint(self, station: Station) -> None:
        """Show a moment. Does nothing but remember it while the panel is hidden."""
        self._station = station
        if self.display and self.size.width > 0:
            self._redraw()

    def on_resize(self, event: Resize) -> None:
        """Draw again for the new size."""
        if event.size.width > 0:
            self._redraw()

    # What is chosen ------------------------------------------------------------------------------

    @property
    def place(self) -> int:
        """Place of the chosen row; -1: none."""
        station, kind = self._station, self.kind
        if station is None or kind.ids is None:
            return -1
        ids = list(kind.ids(station))
        if self._chosen in ids:
            return ids.index(self._chosen)
        return kind.first(station) if kind.first is not None and ids else -1

    @property
    def has_choice(self) -> bool:
        """Somebody chose a row here."""
        return self._chosen is not None

    def choose_none(self) -> bool:
        """Forget the choice; False when there was none."""
        had, self._chosen = self._chosen is not None, None
        self._renew()
        return had

    def move(self, steps: int) -> None:
        """The next row, no further than the list goes; a panel without a list scrolls."""
        station, kind = self._station, self.kind
        if station is None:
            return
        if kind.ids is None:
            self._top = max(0, self._top + steps)
        else:
            ids = list(kind.ids(station))
            at = self.place if self.place >= 0 else (len(ids) if steps < 0 else -1)
            if ids:
                self._chosen = ids[max(0, min(len(ids) - 1, at + steps))]
        self._renew()

    def on_click(self, event: Click) -> None:
        """Choose the row under the pointer; once more opens it."""
        line = self._top + event.y - self.gutter.top
        station, kind = self._station, self.kind
        if station is None or kind.ids is None or not 0 <= line < len(self._items):
            return
        place, ids = self._items[line], list(kind.ids(station))
        if not 0 <= place < len(ids):
            return
        if self._chosen == ids[place]:
            self.post_message(self.Opened(kind.part))
        self._chosen = ids[place]
        self._renew()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.move(-1)

    # Drawing -------------------------------------------------------------------------------------

    def _renew(self) -> None:
        if self._station is not None:
            self.paint(self._station)

    def _redraw(self) -> None:
        station = self._station
        if station is None:
            return
        width, height = self.size
        place = self.place
        drawn = self._contained(station, place, width, height)
        self._items = drawn.items
        self._top = self._first_line(drawn, place, height)
        self.show(drawn.lines, self._top, ellipsis=station.ink.glyphs.ellipsis)

    def _first_line(self, drawn: Drawn, place: int, height: int) -> int:
        last = max(0, len(drawn.lines) - height)
        rows = [at for at, item in enumerate(drawn.items) if item == place] if place >= 0 else []
        if rows:
            return min(max(self._top, rows[-1] - height + 1, 0), rows[0], last)
        return last if self.kind.follows else min(self._top, last)

    def _contained(self, station: Station, place: int, width: int, height: int) -> Drawn:
        try:
            return self.kind.draw(station, place, width, height)
        # A drawing that fails must cost its own frame, never the terminal or the other panels.
        except Exception as error:
            words = f"this panel failed: {type(error).__name__}: {error}"
            room = max(1, width)
            pieces = [words[at : at + room] for at in range(0, min(len(words), 4 * room), room)]
            return Drawn([Line(piece, _CONTAINED) for piece in pieces])
