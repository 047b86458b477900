"""The card of the guided tour, below the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.tour_card import Card, draw_card
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class TourCard(Drawing):
    """See the drawing, `renderables.tour_card`."""

    DEFAULT_CSS = "TourCard { position: absolute; background: $surface; }"

    def __init__(self, card: Card) -> None:
        super().__init__("tour")
        self._card = card

    @property
    def card(self) -> Card:
        """What it says."""
        return self._card

    def tell(self, card: Card) -> None:
        """Say something else."""
        self._card = card
        if self._scene is not None:
            self.paint(self._scene)

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_card(self._card, width, scene.ink)
