"""Panel 5: Latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.latency import draw_latency
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class LatencyPanel(Panel):
    """See the drawing, `renderables.latency`."""

    PART = "latency"
    KEY = 5
    TITLE = "Latency"
    HELP = """
    Percentiles of each operation in the last interval, and below them the whole run's curve of one
    operation; bars grow with the logarithm of the latency. Down and up choose the operation.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_latency(scene, width, height, scroll)

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """One step for each operation."""
        return len(scene.view.latency) - 1
