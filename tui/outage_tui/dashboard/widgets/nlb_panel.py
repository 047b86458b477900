"""Panel 4: NLB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.nlb import draw_nlb
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class NlbPanel(Panel):
    """See the drawing, `renderables.nlb`."""

    PART = "nlb"
    KEY = 4
    TITLE = "NLB"
    HELP = """
    Load balancer nodes that are in DNS, of all and of each zone; the mark on the bar is how many
    the demand needs. unhealthy: checks fail; unknown: the last check is too old to be believed;
    late: how late the checks come; checkers' load: their work against what they can do. A zone with
    too many of both is taken out as a whole while automatic failover is on. Flapping nodes leave
    and come back although nothing is wrong with them; each time their connections break.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_nlb(scene, width, height, scroll)
