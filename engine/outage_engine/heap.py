"""The event heap: the one order that explains everything.

Messages, timers, spawns, kills, restarts, faults and operators' actions are all entries of this
heap. Entries fire in the order of (time, priority, sequence); the sequence is the order of
scheduling, so ties are first come, first served. That is a promise.

An entry is a plain tuple `(at_ns, order, kind, owner, payload)`, because most are made, fire once
and are forgotten; what each kind does is in `world`. `order` holds priority and sequence in one
number, is never used twice, and so is also the name of a timer: an actor knows the one it waits
for, and every other entry with its name on it has lost its meaning.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

INPUT = 0
"""Before everything else of the same instant: what changes a run from outside. So an input that is
added while the run is under way fires where it would have, had it been there from the start."""
URGENT = 1
"""Before everything of the run's own: kills, pauses."""
NORMAL = 2
"""Messages, timers, callbacks."""
LATE = 3
"""After everything else of the same instant: samplers, checkers."""

_PRIORITY_BITS = 48
"""Below these bits is the sequence: 2.8e14 entries a run."""

Entry = tuple[int, int, int, Any, Any]


class Event:
    """A callback in the heap; it can be cancelled."""

    __slots__ = ("args", "at", "callback", "cancelled")

    def __init__(self, at: int, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.at = at
        self.callback = callback
        self.args = args
        self.cancelled = False

    def cancel(self) -> None:
        """Never fire; harmless after it has fired."""
        self.cancelled = True


class EventHeap:
    """Entries by (time, priority, sequence)."""

    __slots__ = ("entries", "next_order")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.next_order: Callable[[], int] = count(NORMAL << _PRIORITY_BITS).__next__
        """Place of the next entry of NORMAL priority among those of its instant."""

    def push(self, at: int, kind: int, owner: Any, payload: Any, priority: int = NORMAL) -> int:
        """Add an entry, after all earlier ones of the same time and priority; its order."""
        order = self.next_order() + ((priority - NORMAL) << _PRIORITY_BITS)
        heapq.heappush(self.entries, (at, order, kind, owner, payload))
        return order

    def __len__(self) -> int:
        return len(self.entries)
