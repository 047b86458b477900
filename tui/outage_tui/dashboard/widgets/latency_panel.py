"""Panel 5: Latency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables.latency import BEFORE, NOTHING, RUN, Behind, draw_latency
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from outage_agents.views import LatencyCurve
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene

    CurvesAt = Callable[[int], Mapping[str, LatencyCurve]]
    """A recording's curves by operation, at a moment of the run shown."""

_OWN: Final = 3
"""Choices that need no other recording."""


def no_curves(_: int) -> Mapping[str, LatencyCurve]:
    """There is no other recording."""
    return {}


class LatencyPanel(Panel):
    """See the drawing, `renderables.latency`."""

    PART = "latency"
    KEY = 5
    TITLE = "Latency"
    HELP = """
    Percentiles of each operation in the last ten minutes, and below them the curve of one: the
    further to the right, the rarer and slower the calls, up to one of ten thousand. Down and up
    choose the operation. `c` lays another curve behind it: before the event, the whole run, the
    recording that was chosen with `C`, none. `x before` says how many times longer than before the
    event the slowest of a hundred calls takes now.
    """

    def __init__(self) -> None:
        super().__init__()
        self._choices: list[Behind] = [NOTHING, Behind(BEFORE), Behind(RUN)]
        self._behind = 0
        self._other: CurvesAt = no_curves

    def lay_next_behind(self) -> str:
        """Nothing, before the event, whole run, and what else was offered; then from the beginning.

        Gives back its name; empty for nothing.
        """
        self._behind = (self._behind + 1) % len(self._choices)
        if self._scene is not None:
            self.paint(self._scene)
        return self._choices[self._behind].name

    def lay_behind(self, name: str, curves_at: CurvesAt) -> None:
        """Lay another recording's curves behind, and offer them from now on instead of those of
        any recording before."""
        self._choices[_OWN:] = [Behind(name)]
        self._behind = _OWN
        self._other = curves_at
        if self._scene is not None:
            self.paint(self._scene)

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        behind = self._choices[self._behind]
        if self._behind == _OWN:
            behind = attrs.evolve(behind, curves=self._other(scene.view.t_ns))
        return draw_latency(scene, width, height, scroll, behind)

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """One step for each operation."""
        return len(scene.view.latency) - 1
