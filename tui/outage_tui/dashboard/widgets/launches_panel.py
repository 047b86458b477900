"""Panel 3: EC2, Network Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.launches import draw_launches
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class LaunchesPanel(Panel):
    """See the drawing, `renderables.launches`."""

    PART = "launches"
    KEY = 3
    TITLE = "EC2, Network Manager"
    HELP = """
    Launches of instances a second by their result, now and over the run. Insufficient capacity: no
    droplet with a lease. Request limit exceeded: throttled. `limit` says what holds them back. An
    instance that runs has no connectivity until the Network Manager has propagated its network
    state; its waiting time grows while more comes in than it can do (inflow over 100 %).
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_launches(scene, width, height, scroll)
