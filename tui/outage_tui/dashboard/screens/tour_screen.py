"""The guided tour: the dashboard of a replay above, a card that explains it below.

At each stop the replay halts. Enter plays on to the next stop, once more enter goes there at once.
All keys of the dashboard work as ever: a stop is a place to look around from.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import attrs
from textual.binding import Binding, BindingType

from outage_tui.dashboard.app import OutageApp, run_dashboard
from outage_tui.dashboard.renderables.ink import MONO
from outage_tui.dashboard.renderables.tour_card import Card, draw_card
from outage_tui.dashboard.screens.main_screen import MainScreen
from outage_tui.dashboard.widgets.tour_card import TourCard
from outage_tui.link_messages import Pace, Pause, Resume, Seek

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.scene import Scene
    from outage_tui.dashboard.source import Source
    from outage_tui.tour import FoundStop

TRAVEL_S: Final = 6.0
"""Wall seconds from one stop to the next, however far it is."""
PACE_MIN: Final = 0.05
ALONE_BELOW: Final = (120, 30)
"""Where the dashboard has less than these columns or rows, a stop shows its panel alone."""
FOOT_FROM: Final = 8
"""From so many rows on, the dashboard has a line of keys."""


def run_tour(
    source: Source,
    stops: Sequence[FoundStop],
    total: int,
    *,
    ascii_only: bool = False,
    theme: str = "",
) -> int:
    """Lead through the stops until the viewer leaves; gives back the exit status."""
    screen = partial(TourScreen, source, stops, total)
    return run_dashboard(source, ascii_only=ascii_only, theme=theme, main_screen=screen)


class TourScreen(MainScreen):
    """Knows the stops, where the tour is, and whether it is on its way."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "to the next stop", show=False, priority=True, id="tour.on"),
        Binding("backspace", "go_back", "to the stop before", show=False, id="tour.back"),
        Binding("t", "fold", "the tour's text away, or back", show=False, id="tour.text"),
    ]

    def __init__(
        self, source: Source, stops: Sequence[FoundStop], total: int, *, ascii_only: bool
    ) -> None:
        """`total`: how many stops the tour has, also those that did not happen in this run."""
        super().__init__(ascii_only=ascii_only)
        self._source = source
        self._stops = stops
        self._total = total
        self._at = 0
        self._travelling = False
        self._folded = False
        self._seen: Scene | None = None
        self._tour_card = TourCard(self._card())

    def compose(self) -> ComposeResult:
        """The dashboard and the card."""
        yield from super().compose()
        yield self._tour_card

    def on_mount(self) -> None:
        """Begin at the first stop."""
        super().on_mount()
        self._arrive()

    @property
    def room(self) -> tuple[int, int]:
        """What the card leaves. Where rows are few it covers the line of keys, for it has keys."""
        width, height = self.app.size
        left = max(0, height - self._card_height())
        has_keys = left >= FOOT_FROM and height < ALONE_BELOW[1]
        return width, left + has_keys

    def _card_height(self) -> int:
        width, height = self.app.size
        return min(len(draw_card(self._card(), width, MONO)), height // 2)

    def _arrange(self) -> None:
        super()._arrange()
        width, height = self.app.size
        card, rows = self._tour_card, self._card_height()
        card.display = rows > 0
        card.styles.offset = (0, height - rows)
        card.styles.width = width
        card.styles.height = rows

    def paint(self, scene: Scene) -> None:
        """Show a moment; halt where a stop is reached."""
        super().paint(scene)
        self._seen = scene
        if self._travelling and scene.status.t_ns >= self._stops[self._at].t_ns:
            self._travelling = False
            self.call_later(self._arrive)

    # Keys ----------------------------------------------------------------------------------------

    def action_go_on(self) -> None:
        """On to the next stop; at once, when it is already under way."""
        if self._travelling:
            self._arrive()
        elif self._at + 1 < len(self._stops):
            self._at += 1
            self._travel()

    def action_go_back(self) -> None:
        """Back to this stop when on the way from it, else to the one before."""
        if self._at > 0:
            self._at -= 1
        self._arrive()

    def action_fold(self) -> None:
        """Give the card's room to the dashboard, or take it back."""
        self._folded = not self._folded
        self._renew()

    # On the way ----------------------------------------------------------------------------------

    def _travel(self) -> None:
        self._travelling = True
        now_ns = 0 if self._seen is None else self._seen.status.t_ns
        ahead_s = (self._stops[self._at].t_ns - now_ns) / 1e9
        if ahead_s <= 0:  # the viewer has looked further ahead
            self._arrive()
            return
        self._source.send(Pace(multiplier=max(PACE_MIN, float(f"{ahead_s / TRAVEL_S:.3g}"))))
        self._source.send(Resume())
        self._renew()
        self._tick()

    def _arrive(self) -> None:
        self._travelling = False
        stop = self._stops[self._at]
        self._source.send(Pause())
        self._source.send(Pace(auto=True))
        self._source.send(Seek(stop.t_ns))
        width, height = self.room
        columns_min, rows_min = ALONE_BELOW
        small = width < columns_min or height < rows_min
        self._maximised = small and stop.stop.panel != "timeline"
        self._renew()
        self.show_part(stop.stop.panel)
        self._tick()

    def _renew(self) -> None:
        self._tour_card.tell(self._card())
        self._arrange()

    def _tick(self) -> None:
        assert isinstance(self.app, OutageApp)
        self.app.tick()

    def _card(self) -> Card:
        found = self._stops[self._at]
        stop = found.stop
        card = Card(
            found.number, self._total, stop.title, stop.text, stop.closer, stop.source,
            travelling=self._travelling, folded=self._folded,
        )  # fmt: skip
        last = self._at == len(self._stops) - 1
        return attrs.evolve(card, first=self._at == 0, last=last)
