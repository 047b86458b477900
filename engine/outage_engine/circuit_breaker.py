"""Circuit breaker: a caller that stops calling what keeps failing.

Closed, it lets calls through and watches their results. It trips, to open, on a run of failures or
on the share of failures among the last calls; open, it refuses for a while; then it is half open
and lets a few probes through: if all of them succeed it closes, if one fails it opens again
(Nygard, *Release It!*, 2007, chapter 5).

Results come late. One that belongs to a call admitted before the last change of state says nothing
about the present and is ignored: hence the ticket that `admit` gives and `record` wants back. Every
ticket must be recorded in the end (a client's time-out does), or a half-open breaker waits for
ever.
"""

from collections import deque
from enum import Enum

import attrs


class BreakerState(Enum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@attrs.frozen
class BreakerRules:
    """When a breaker trips and how it comes back. ValueError when nothing could ever trip it."""

    open_ns: int
    """How long it refuses before it probes, nanoseconds."""
    failures_in_a_row: int | None = 5
    """Trips after this many consecutive failures; None: not on a run."""
    failure_share: float | None = None
    """Trips when more than this share of the last `window_calls` failed; None: not on a share."""
    window_calls: int = 20
    """Results the share is taken over; it does not trip on the share before there are so many."""
    probes: int = 1
    """Calls let through half open; all must succeed to close it."""

    def __attrs_post_init__(self) -> None:
        if self.failures_in_a_row is None and self.failure_share is None:
            raise ValueError("a circuit breaker needs failures_in_a_row or failure_share")
        if self.failures_in_a_row is not None and self.failures_in_a_row < 1:
            raise ValueError("failures_in_a_row is at least 1")
        if self.open_ns < 0 or self.window_calls < 1 or self.probes < 1:
            raise ValueError("open_ns is at least 0, window_calls and probes at least 1")


class CircuitBreaker:
    """One breaker, for one dependency of one caller."""

    __slots__ = ("_epoch", "_failures", "_in_a_row", "_opened_ns", "_passed", "_probing", "_recent",
                 "_rules", "_state", "refused", "trips")  # fmt: skip

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._epoch = 0
        self._opened_ns = 0
        self._in_a_row = self._failures = self._probing = self._passed = 0
        self._recent: deque[bool] = deque()
        self.trips = 0
        self.refused = 0
        self._enter(BreakerState.CLOSED)

    def admit(self, now_ns: int) -> int | None:
        """A ticket for one call, to be given back to `record`; None when the call is refused."""
        state = self.state(now_ns)
        if state is BreakerState.CLOSED:
            return self._epoch
        if state is BreakerState.HALF_OPEN and self._probing < self._rules.probes:
            self._probing += 1
            return self._epoch
        self.refused += 1
        return None

    def record(self, now_ns: int, ticket: int, ok: bool) -> None:
        """The result of the call that got `ticket`."""
        state = self.state(now_ns)
        if ticket != self._epoch:
            return
        if state is BreakerState.CLOSED:
            self._watch(now_ns, ok)
        elif not ok:
            self._trip(now_ns)
        else:
            self._passed += 1
            if self._passed >= self._rules.probes:
                self._enter(BreakerState.CLOSED)

    def state(self, now_ns: int) -> BreakerState:
        """Where it stands at `now_ns`; an open one turns half open by the passing of time."""
        waited_ns = now_ns - self._opened_ns
        if self._state is BreakerState.OPEN and waited_ns >= self._rules.open_ns:
            self._enter(BreakerState.HALF_OPEN)
        return self._state

    def _watch(self, now_ns: int, ok: bool) -> None:
        rules = self._rules
        self._in_a_row = 0 if ok else self._in_a_row + 1
        recent = self._recent
        recent.append(ok)
        self._failures += not ok
        if len(recent) > rules.window_calls:
            self._failures -= not recent.popleft()
        by_run = rules.failures_in_a_row is not None and self._in_a_row >= rules.failures_in_a_row
        by_share = (
            rules.failure_share is not None
            and len(recent) == rules.window_calls
            and self._failures > rules.failure_share * rules.window_calls
        )
        if by_run or by_share:
            self._trip(now_ns)

    def _trip(self, now_ns: int) -> None:
        self._opened_ns = now_ns
        self.trips += 1
        self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        self._state = state
        self._epoch += 1
        self._in_a_row = 0
        self._failures = 0
        self._recent.clear()
        self._probing = 0
        self._passed = 0
