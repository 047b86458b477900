"""The event heap: the one order that explains everything.

Messages, timers, spawns, kills, restarts, faults and operators' actions are all entries of this
heap. Entries fire in the order of (time, priority, sequence); the sequence is the order of
scheduling, so ties are first come, first served. That is a promise.
"""

import heapq
from typing import Any

URGENT = 0
"""Before everything else of the same instant: faults, kills."""
NORMAL = 1
"""Messages, timers, callbacks."""
LATE = 2
"""After everything else of the same instant: samplers, checkers."""


class Event:
    """An entry of the heap. What it does when it fires is up to `kind`; see `world`."""

    __slots__ = ("at", "cancelled", "kind", "owner", "payload")

    def __init__(self, at: int, kind: int, owner: Any, payload: Any) -> None:
        self.at = at
        self.kind = kind
        self.owner = owner
        self.payload = payload
        self.cancelled = False

    def cancel(self) -> None:
        """Never fire; harmless after it has fired."""
        self.cancelled = True


class EventHeap:
    """Entries by (time, priority, sequence)."""

    __slots__ = ("entries", "sequence")

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, int, Event]] = []
        self.sequence = 0

    def push(self, event: Event, priority: int = NORMAL) -> Event:
        """Add an entry; it fires after all earlier ones of the same time and priority."""
        self.sequence = sequence = self.sequence + 1
        heapq.heappush(self.entries, (event.at, priority, sequence, event))
        return event

    def next_at(self) -> int | None:
        """Time of the next entry that will fire; None when none is left."""
        entries = self.entries
        while entries and entries[0][3].cancelled:
            heapq.heappop(entries)
        return entries[0][0] if entries else None

    def __len__(self) -> int:
        return len(self.entries)
