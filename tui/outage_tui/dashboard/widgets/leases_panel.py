"""Panel 2: Leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.leases import draw_leases
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class LeasesPanel(Panel):
    """See the drawing, `renderables.leases`."""

    PART = "leases"
    KEY = 2
    TITLE = "Leases"
    HELP = """
    A droplet is a physical server; DWFM holds a lease on each and checks its state every few
    minutes, which needs DynamoDB. Without a lease nothing can be launched there. `in time` counts
    the leases established a second, `late` the work that was finished after its deadline and so
    has to be done again. METASTABLE: all the work is late, and it will not end by itself.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_leases(scene, width, height, scroll)
