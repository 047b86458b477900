"""Panel 1: DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.dns import draw_dns
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class DnsPanel(Panel):
    """See the drawing, `renderables.dns`."""

    PART = "dns"
    KEY = 1
    TITLE = "DNS"
    HELP = """
    The regional endpoint of DynamoDB in Route 53. It points to the record tree of one plan; plans
    are numbered by the Planner and applied by three Enactors, one a zone. An Enactor checks once,
    when it takes a plan, that it is newer; then it walks all endpoints, one batch each, and at the
    end deletes plans many generations old without asking whether one is in use. STALE means that
    an old plan replaced a newer one, EMPTY that the name exists and has no address.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_dns(scene, width, height, scroll)
