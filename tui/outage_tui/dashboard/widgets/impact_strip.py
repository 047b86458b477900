"""What is broken now, under the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.impact import draw_impact
from outage_tui.dashboard.renderables.status import draw_opening
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Opening, Scene


class ImpactStrip(Drawing):
    """See the drawing, `renderables.impact`."""

    DEFAULT_CSS = "ImpactStrip { position: absolute; }"

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_impact(scene, width, height)

    def draw_opening(self, opening: Opening, width: int, height: int) -> list[Line]:
        """That the simulator starts."""
        return draw_opening(opening, width, height)
