"""Retries: how often, how soon, and who says that it is enough.

A retry trades load for success: N retries against a failure probability f succeed with 1 - f^(N+1)
and cost (1 - f^(N+1)) / (1 - f) tries, which is N + 1 when nothing works at all. So besides the
number of tries there is a wait between them (`Backoff`) and a gate that looks at the whole client
(`RetryBudget`, `RetryBreaker`), so that retries stop being added when failure is general.

Backoff and its jitters: M. Brooker, "Exponential Backoff And Jitter" (2015). Gates: M. Brooker,
"Fixing retries with token buckets and circuit breakers" (2022); Beyer et al., *Site Reliability
Engineering* (2016), chapter 21, "Deciding to Retry".
"""

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from outage_engine.errors import AskTimedOut

if TYPE_CHECKING:
    import random

    from outage_engine.actor import Actor


class Jitter(Enum):
    """How a wait is spread at random. `w` is the exponential wait, b its base, p the last wait."""

    NONE = "none"
    """w itself."""
    FULL = "full"
    """Uniform from 0 to w."""
    EQUAL = "equal"
    """w/2 plus uniform from 0 to w/2."""
    DECORRELATED = "decorrelated"
    """Uniform from b to 3p, at most the cap."""


@attrs.frozen
class Backoff:
    """Wait before the n-th retry: `base_ns * factor^(n-1)`, at most `cap_ns`, jittered."""

    base_ns: int
    cap_ns: int
    factor: int = 2
    jitter: Jitter = Jitter.FULL

    def __attrs_post_init__(self) -> None:
        if self.base_ns < 0 or self.cap_ns < self.base_ns or self.factor < 1:
            raise ValueError("a backoff needs 0 <= base_ns <= cap_ns and a factor of at least 1")

    def delay_ns(self, retry: int, draw: "random.Random", last_ns: int = 0) -> int:
        """Nanoseconds to wait before retry number `retry` (from 1); `last_ns` was the last wait."""
        if self.jitter is Jitter.DECORRELATED:
            top_ns = max(self.base_ns, 3 * max(last_ns, self.base_ns))
            return min(self.cap_ns, self.base_ns + _part(draw, top_ns - self.base_ns))
        wait_ns = self._exponential_ns(retry)
        if self.jitter is Jitter.FULL:
            return _part(draw, wait_ns)
        if self.jitter is Jitter.EQUAL:
            return wait_ns - wait_ns // 2 + _part(draw, wait_ns // 2)
        return wait_ns

    def _exponential_ns(self, retry: int) -> int:
        wait_ns = self.base_ns
        for _ in range(retry - 1):
            if wait_ns >= self.cap_ns or self.factor == 1 or wait_ns == 0:
                break
            wait_ns *= self.factor
        return min(wait_ns, self.cap_ns)


AT_ONCE = Backoff(base_ns=0, cap_ns=0, jitter=Jitter.NONE)
"""No wait between tries."""


@attrs.frozen
class RetryPolicy:
    """How one request is tried: `tries_max` times in all, waiting by `backoff` in between."""

    tries_max: int = 1
    backoff: Backoff = AT_ONCE

    def __attrs_post_init__(self) -> None:
        if self.tries_max < 1:
            raise ValueError("a request is tried at least once")


class RetryGate(Protocol):
    """Decides for a whole client whether one more retry is sent."""

    def started(self) -> None:
        """A request began (its first try)."""

    def succeeded(self) -> None:
        """A request got its answer."""

    def failed(self) -> None:
        """A try failed."""

    def allows(self) -> bool:
        """Whether a retry may be sent now; if so it counts as sent."""


class RetryBudget:
    """A retry token bucket: a retry costs `cost`, requests or successes pay in.

    With `per_request` d (Brooker 2022; Finagle) retries are at most the share d of requests in the
    long run, so load is at most 1 + d times the offered one. With `per_success` the pay stops when
    nothing succeeds (what many client libraries do). `capacity` bounds a burst of retries. Kept in
    thousandths of a token.
    """

    __slots__ = ("_capacity", "_cost", "_level", "_per_request", "_per_success", "denied", "spent")

    def __init__(
        self,
        capacity: float,
        *,
        per_request: float = 0.0,
        per_success: float = 0.0,
        cost: float = 1.0,
    ) -> None:
        if min(capacity, per_request, per_success) < 0 or cost <= 0:
            raise ValueError(
                "a retry budget's capacity and pay cannot be negative, its cost is more"
            )
        self._capacity = self._level = round(capacity * 1000)
        self._per_request = round(per_request * 1000)
        self._per_success = round(per_success * 1000)
        self._cost = round(cost * 1000)
        self.spent = 0
        """Retries allowed."""
        self.denied = 0

    @property
    def level(self) -> float:
        """Tokens there now."""
        return self._level / 1000

    def started(self) -> None:
        """A request began."""
        self._level = min(self._capacity, self._level + self._per_request)

    def succeeded(self) -> None:
        """A request got its answer."""
        self._level = min(self._capacity, self._level + self._per_success)

    def failed(self) -> None:
        """Costs nothing: only a retry does."""

    def allows(self) -> bool:
        """Take the cost of a retry out, if it is there."""
        if self._level < self._cost:
            self.denied += 1
            return False
        self._level -= self._cost
        self.spent += 1
        return True


class RetryBreaker:
    """Allows retries only while at most `share_max` of the last `window` tries failed.

    All or nothing: below the share clients retry as their policy says, above it not at all.
    """

    __slots__ = ("_failures", "_results", "_share_max", "_window", "denied", "spent")

    def __init__(self, share_max: float, *, window: int = 1000) -> None:
        if not 0 <= share_max <= 1 or window < 1:
            raise ValueError("a retry breaker needs a share from 0 to 1 and a window of at least 1")
        self._share_max = share_max
        self._window = window
        self._results: deque[bool] = deque()
        self._failures = 0
        self.spent = 0
        """Retries allowed."""
        self.denied = 0

    def started(self) -> None:
        """Says nothing about failure."""

    def succeeded(self) -> None:
        """A request got its answer."""
        self._note(failed=False)

    def failed(self) -> None:
        """A try failed."""
        self._note(failed=True)

    def allows(self) -> bool:
        """Whether the share of failures is low enough."""
        if self._failures > self._share_max * len(self._results):
            self.denied += 1
            return False
        self.spent += 1
        return True

    def _note(self, *, failed: bool) -> None:
        self._results.append(failed)
        self._failures += failed
        if len(self._results) > self._window:
            self._failures -= self._results.popleft()


async def ask_with_retries(
    actor: "Actor",
    to: str,
    message: object,
    *,
    timeout_ns: int,
    policy: RetryPolicy,
    draw: "random.Random",
    gate: RetryGate | None = None,
) -> Any:
    """Ask as an actor, again after each time-out, by `policy` and `gate`.

    Returns the answer; raises AskTimedOut when the last try had none. `timeout_ns` is for each try.
    """
    if gate is not None:
        gate.started()
    last_ns = 0
    for tried in range(1, policy.tries_max + 1):
        try:
            answer = await actor.ask(to, message, timeout_ns)
        except AskTimedOut:
            if gate is not None:
                gate.failed()
            if tried == policy.tries_max or (gate is not None and not gate.allows()):
                raise
        else:
            if gate is not None:
                gate.succeeded()
            return answer
        last_ns = policy.backoff.delay_ns(tried, draw, last_ns)
        if last_ns:
            await actor.sleep(last_ns)
    raise AssertionError("a retry policy has at least one try")


def _part(draw: "random.Random", of_ns: int) -> int:
    """A uniform part of `of_ns`, both ends included."""
    return round(draw.random() * of_ns)
