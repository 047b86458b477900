"""What is true in a run: samples, what came of actions, milestones.

A drill's host holds it; no seat does. The simulation hands over each sample as it takes it, and a
recording holds the same numbers, so both give the same truth and with it the same score.
"""

from bisect import bisect_right
from collections.abc import Sequence

import attrs


@attrs.frozen
class ActionOutcome:
    """What came of an action."""

    t_ns: int
    """Moment of its effect."""
    id: str
    result: str
    """`done`, `not needed`, `called off`, `refused: why`."""


@attrs.frozen
class Truth:
    """One moment of it."""

    t_ns: int
    places: "dict[str, int]" = attrs.field(repr=False, eq=False)
    numbers: tuple[float, ...] = attrs.field(repr=False)

    def value(self, name: str) -> float | None:
        """A metric; None when nobody measures it (yet)."""
        place = self.places.get(name)
        return None if place is None or place >= len(self.numbers) else self.numbers[place]


class TruthLog:
    """All of it so far."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._moments: list[int] = []
        self._rows: list[tuple[float, ...]] = []
        self._outcomes: list[ActionOutcome] = []
        self._milestones: list[tuple[str, int]] = []

    def sample(self, t_ns: int, names: Sequence[str], numbers: Sequence[float]) -> None:
        """One more sample; names may be added at the end, never changed."""
        for place in range(len(self._places), len(names)):
            self._places[names[place]] = place
        self._moments.append(t_ns)
        self._rows.append(tuple(numbers))

    def outcome(self, t_ns: int, action_id: str, result: str) -> None:
        """What came of an action is known."""
        self._outcomes.append(ActionOutcome(t_ns, action_id, result))

    def milestone(self, milestone_id: str, t_ns: int) -> None:
        """A milestone has happened, and when."""
        self._milestones.append((milestone_id, t_ns))

    @property
    def milestones(self) -> tuple[tuple[str, int], ...]:
        """Milestones that happened, each with its moment, in the order found."""
        return tuple(self._milestones)

    @property
    def outcomes(self) -> tuple[ActionOutcome, ...]:
        """What came of actions, in the order in which it was known."""
        return tuple(self._outcomes)

    @property
    def end_ns(self) -> int:
        """Moment of the last sample; 0 before the first."""
        return self._moments[-1] if self._moments else 0

    def at(self, t_ns: int) -> Truth | None:
        """The last sample at or before a moment; None before the first."""
        place = bisect_right(self._moments, t_ns) - 1
        if place < 0:
            return None
        return Truth(self._moments[place], self._places, self._rows[place])

    def between(self, first_ns: int, last_ns: int) -> "list[Truth]":
        """Every sample from one moment to another, both included."""
        low = bisect_right(self._moments, first_ns - 1)
        high = bisect_right(self._moments, last_ns)
        return [Truth(self._moments[i], self._places, self._rows[i]) for i in range(low, high)]
