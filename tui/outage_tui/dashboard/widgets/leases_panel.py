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
    minutes, which needs DynamoDB. Without a lease nothing can be launched there. Work is counted in
    units: a renewal is one, establishing a lease anew is many. `in time` counts attempts that end
    before their deadline, `late` those that end after it and are made again.

    The verdict is read off the queues: STABLE. LOSING LEASES: DynamoDB does not answer. DRAINING:
    attempts end in time, and when the last will; a zone with a `backlog` must work off old attempts
    first. METASTABLE: more asks for service than can be done and all of it is late, so it will not
    end by itself, although what caused it is repaired.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_leases(scene, width, height, scroll)
