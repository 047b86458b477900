"""Panel 5: Latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.latency import BEFORE, NOTHING, RUN, Behind, draw_latency
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outage_agents.views import LatencyCurve
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class LatencyPanel(Panel):
    """See the drawing, `renderables.latency`."""

    PART = "latency"
    KEY = 5
    TITLE = "Latency"
    HELP = """
    Percentiles of each operation in the last ten minutes, and below them the curve of one: the
    further to the right, the rarer and slower the calls, up to one of ten thousand. Down and up
    choose the operation. `c` lays another curve behind it: before the event, the whole run, the
    other run of a comparison, none. `x before` says how many times longer than before the event the
    slowest of a hundred calls takes now.
    """

    def __init__(self) -> None:
        super().__init__()
        self._choices: list[Behind] = [NOTHING, Behind(BEFORE), Behind(RUN)]
        self._behind = 0

    def lay_next_behind(self) -> str:
        """Nothing, before the event, whole run, and what else was offered; then from the beginning.

        Gives back its name; empty for nothing.
        """
        self._behind = (self._behind + 1) % len(self._choices)
        if self._scene is not None:
            self.paint(self._scene)
        return self._choices[self._behind].name

    def lay_behind(self, name: str, curves: Mapping[str, LatencyCurve]) -> None:
        """Lay another recording's curves (by operation) behind, and offer them from now on.

        Curves of the same name are replaced; without curves the offer is withdrawn.
        """
        self._choices = [choice for choice in self._choices if choice.name != name]
        self._behind = 0
        if curves:
            self._choices.append(Behind(name, dict(curves)))
            self._behind = len(self._choices) - 1
        if self._scene is not None:
            self.paint(self._scene)

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        return draw_latency(scene, width, height, scroll, self._choices[self._behind])

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """One step for each operation."""
        return len(scene.view.latency) - 1
