"""What is shown to each seat: made once for all who see the same, and again only when it changed.

A director changes at samples and by what is said, so between two of them a seat's view is the same
and only the clocks go on. The facilitator's costs more (it holds the score so far) and comes less
often.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents.drills.ghosts import ghosts_of
from outage_agents.drills.seat_view import ObjectiveStanding
from outage_tui.drill import score_lines
from outage_tui.drill_link import FacilitatorState, SeatState, pack_view

if TYPE_CHECKING:
    import msgspec

    from outage_agents.drills.rehearsal import Stage
    from outage_agents.drills.score import ObjectiveResult
    from outage_agents.drills.seat_view import SeatView
    from outage_tui.drill_link import Present, Tempo

SCORE_EVERY_S = 3.0
"""Wall seconds between two scores for the facilitator."""


class SeatStates:
    """The states of one stage."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage
        self._views: dict[str, tuple[object, SeatView, msgspec.Raw]] = {}
        self._score: tuple[tuple[str, ...], tuple[ObjectiveStanding, ...]] = ((), ())
        self._scored: tuple[object, float] | None = None

    def view(self, seat: str) -> "SeatView":
        """What a seat sees now."""
        return self._view(seat)[1]

    def seat_state(
        self, seat: str, t_ns: int, tempo: "Tempo", present: "tuple[Present, ...]"
    ) -> SeatState:
        """The state of a seat at the moment the play stands at; the run may be ahead when it is
        over."""
        return SeatState(t_ns, self._view(seat)[2], tempo, present)

    def facilitator_state(
        self,
        t_ns: int,
        tempo: "Tempo",
        present: "tuple[Present, ...]",
        wall_s: float,
        recording: str | None,
        branches: tuple[str, ...],
    ) -> FacilitatorState:
        """The same for the facilitator, the truth beside it."""
        self._count(wall_s)
        lines, objectives = self._score
        view = attrs.evolve(
            self._stage.director.facilitator_view(), score=lines, objectives=objectives
        )
        return FacilitatorState(t_ns, pack_view(view), tempo, present, recording, branches)

    def _view(self, seat: str) -> "tuple[object, SeatView, msgspec.Raw]":
        key = self._key()
        known = self._views.get(seat)
        if known is None or known[0] != key:
            view = self._stage.director.view_of(seat)
            known = self._views[seat] = (key, view, pack_view(view))
        return known

    def _key(self) -> tuple[object, ...]:
        director = self._stage.director
        return (self._stage.truth.end_ns, len(director.journal), director.frozen, director.over)

    def _count(self, wall_s: float) -> None:
        """Take the score anew when something happened, not too often."""
        key = self._key()
        if self._scored is not None:
            scored, at_s = self._scored
            waits = wall_s - at_s < SCORE_EVERY_S and not self._stage.director.over
            if scored == key or waits:
                return
        self._scored = (key, wall_s)
        over = bool(self._stage.director.over)
        seed = self._stage.simulation.scenario.seed
        score = self._stage.score(ghosts_of(self._stage.drill.id, seed))
        objectives = tuple(
            ObjectiveStanding(one.id, one.title, one.panel, _standing(one, over), one.after_s)
            for one in score.objectives
        )
        self._score = (tuple(score_lines(self._stage.drill, score)), objectives)


def _standing(result: "ObjectiveResult", over: bool) -> str:
    """Of one that is not met it is open whether it will be, unless it is known when it was missed,
    or the drill is over."""
    if result.met:
        return "met"
    return "open" if result.after_s is None and not over else "missed"
