"""The automatic pace: slow around what matters, fast through quiet hours.

A first viewing of the 16 hours takes about five minutes. What matters is known beforehand: the
moments of the reference timeline, and those of the operators' script.
"""

from typing import TYPE_CHECKING

from outage_agents.timeline import reference_timeline
from outage_engine.clock import MINUTE, SECOND

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario

SLOW = 60.0
"""Virtual seconds a second around a moment that matters."""
FAST = 330.0
"""Virtual seconds a second otherwise."""
CLOSE = 4.0
"""Around T0: the race of the Enactors is over within seconds, and is to be watched."""
CLOSE_NS = 12 * SECOND
BEFORE_NS = 1 * MINUTE
AFTER_NS = 2 * MINUTE


class AutoPace:
    """Chooses a pace for each moment of a run."""

    def __init__(self, scenario: "Scenario") -> None:
        moments = [
            scenario.epoch_ns + round(event.t_min * MINUTE)
            for event in reference_timeline()
            if event.kind in ("emergent", "action")
        ]
        moments += [action.at_ns for action in scenario.script]
        self._moments = sorted(set(moments))
        self._epoch_ns = scenario.epoch_ns

    def pace(self, t_ns: int) -> float:
        """Virtual seconds a second at virtual time `t_ns`."""
        if abs(t_ns - self._epoch_ns) <= CLOSE_NS:
            return CLOSE
        near = any(at - BEFORE_NS <= t_ns <= at + AFTER_NS for at in self._moments)
        return SLOW if near else FAST
