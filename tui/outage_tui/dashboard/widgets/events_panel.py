"""Panel 7: Events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.events import draw_events
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class EventsPanel(Panel):
    """See the drawing, `renderables.events`."""

    PART = "events"
    KEY = 7
    TITLE = "Events"
    HELP = """
    What happened, in words, newest at the bottom. / filters by text or component; !word shows what
    does not match.
    """

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_events(scene, width, height, scroll)

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """One step for each event."""
        return len(scene.lines) - 1
