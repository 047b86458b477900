"""Panel 6: Services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.services import draw_services
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class ServicesPanel(Panel):
    """See the drawing, `renderables.services`."""

    PART = "services"
    KEY = 6
    TITLE = "Services"
    HELP = """
    Every dependent service, the worst first: its error rate, since when, and the dependency
    through which it fails. Down: more than a fifth of its calls fail; degraded: more than one of a
    hundred. A service that has just come up keeps its place for five minutes. Services without a
    row of their own share one.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_services(scene, width, height, scroll)

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """One step for each service."""
        return len(scene.view.services) - 1
