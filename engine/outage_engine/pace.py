"""Pace: when the next event may run, never which.

A pace is a multiple of wall time, or the maximum; it can be changed, paused and stepped while the
run goes on. Wall time is Trio's clock, and nothing of it reaches the simulation.
"""

import trio

from outage_engine.clock import SECOND

PACED_SLICE_EVENTS = 32
"""A paced run looks up after so many events at most, also when it is behind: a new pace, chosen for
what has just happened, then takes hold before the next thing happens."""
LATE_S = 0.5
"""A run that has been behind its pace for so long goes on from where it is: time in which the
machine was busy with something else is not made up for in a rush that nobody can follow."""
LONGEST_NAP_S = 0.05
"""A paced run looks up at least this often, so that a new pace takes hold at once."""


class Pace:
    """The pace of one run."""

    def __init__(self, multiplier: float | None = None) -> None:
        """`multiplier` virtual seconds for each second of wall time; None: as fast as possible."""
        self._multiplier = multiplier
        self._paused = False
        self._steps = 0
        self._anchor: tuple[float, int] | None = None
        self._in_time_at = 0.0
        self._changed = trio.Event()

    @property
    def multiplier(self) -> float | None:
        """Virtual seconds per wall second; None at maximum."""
        return self._multiplier

    @property
    def paused(self) -> bool:
        """Nothing runs except single steps."""
        return self._paused

    def change(self, multiplier: float | None) -> None:
        """Take another pace from now on."""
        if multiplier is not None and not multiplier > 0:
            raise ValueError(f"a pace is more than 0, not {multiplier}")
        self._multiplier = multiplier
        self._stir()

    def pause(self) -> None:
        """Stop before the next event."""
        self._paused = True
        self._stir()

    def resume(self) -> None:
        """Go on at the pace that was."""
        self._paused = False
        self._steps = 0
        self._stir()

    def step(self, events: int = 1) -> None:
        """While paused: let so many events happen."""
        self._steps += events
        self._stir()

    def budget(self, slice_events: int) -> int:
        """How many events may run in the next slice."""
        if not self._paused:
            return slice_events if self._multiplier is None else PACED_SLICE_EVENTS
        steps, self._steps = self._steps, 0
        return steps

    def horizon(self, now_ns: int, until_ns: int) -> int:
        """Latest virtual time that may run now."""
        if self._multiplier is None or self._paused:
            return until_ns
        clock = trio.current_time()
        if self._anchor is None or clock - self._in_time_at > LATE_S:
            self._anchor = (clock, now_ns)
            self._in_time_at = clock
        wall, virtual = self._anchor
        reached = virtual + round((clock - wall) * self._multiplier * SECOND)
        return min(until_ns, reached)

    async def wait(self, next_ns: int, now_ns: int) -> None:
        """Sleep until the event at `next_ns` may be due, or the pace changes."""
        if self._paused:
            if not self._steps:
                await self._changed.wait()
                self._changed = trio.Event()
            return
        if self._multiplier is None or self._anchor is None:
            return
        self._in_time_at = trio.current_time()
        wall, virtual = self._anchor
        due = wall + (next_ns - virtual) / (self._multiplier * SECOND)
        nap = min(LONGEST_NAP_S, due - trio.current_time())
        if nap > 0:
            with trio.move_on_after(nap):
                await self._changed.wait()
            if self._changed.is_set():
                self._changed = trio.Event()

    def _stir(self) -> None:
        self._anchor = None
        self._changed.set()
