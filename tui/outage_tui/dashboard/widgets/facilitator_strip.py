"""An unframed part of a facilitator's terminal: head, big state, what to watch, tabs, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.events import Click, Resize

    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.line import Line


class FacilitatorStrip(Rows):
    """Shows what its drawing makes of the newest moment."""

    DEFAULT_CSS = """
    FacilitatorStrip { position: absolute; }
    FacilitatorStrip#head, FacilitatorStrip#foot { background: $surface; }
    """

    class Clicked(Message):
        """Somewhere on a row."""

        def __init__(self, part: str, x: int) -> None:
            super().__init__()
            self.part = part
            self.x = x

    def __init__(self, part: str, drawing: Callable[[Station, int, int], list[Line]]) -> None:
        super().__init__(id=part)
        self._drawing = drawing
        self._station: Station | None = None

    def paint(self, station: Station) -> None:
        """Show a moment."""
        self._station = station
        width, height = self.size
        if self.display and width > 0:
            lines = self._drawing(station, width, height)[:height]
            self.show(lines, ellipsis=station.ink.glyphs.ellipsis)

    def on_resize(self, event: Resize) -> None:
        """Draw again for the new size."""
        if self._station is not None and event.size.width > 0:
            self.paint(self._station)

    def on_click(self, event: Click) -> None:
        """Tell where."""
        self.post_message(self.Clicked(self.id or "", event.x))
