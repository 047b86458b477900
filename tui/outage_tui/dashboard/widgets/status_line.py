"""The status line at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.status import draw_opening_status, draw_status
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Opening, Scene


class StatusLine(Drawing):
    """See the drawing, `renderables.status`."""

    DEFAULT_CSS = "StatusLine { position: absolute; background: $surface; }"

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_status(scene, width)

    def draw_opening(self, opening: Opening, width: int, height: int) -> list[Line]:
        """Which run this will be."""
        return draw_opening_status(opening, width)
