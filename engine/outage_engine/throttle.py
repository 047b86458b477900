"""Throttles: what says no, on purpose, before work is accepted.

Three kinds, by what they look at:

- `RateThrottle` lets a rate through (a token bucket).
- `QueueSizeThrottle` looks at how much is waiting and shuts at a limit. With a lower reopening mark
  it has hysteresis, so it does not chatter at the limit.
- `AdaptiveThrottle` sits with the *client* and looks at how often the server says yes: it lets
  through a multiple `k` of what was accepted lately and refuses the rest itself, at random
  (Beyer et al., *Site Reliability Engineering*, 2016, chapter 21, "Client-side throttling").

Each counts what it admitted and refused. None owns a timer; time is passed in.
"""

from collections import deque
from typing import TYPE_CHECKING

from outage_engine.token_bucket import TokenBucket

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class RateThrottle:
    """Admits at most `rate_per_s`, with bursts of up to `burst`; refuses the rest at once."""

    __slots__ = ("_bucket", "admitted", "refused")

    def __init__(self, rate_per_s: float, burst: float, *, now_ns: int = 0) -> None:
        self._bucket = TokenBucket(rate_per_s, burst, now_ns=now_ns)
        self.admitted = 0
        self.refused = 0

    def admits(self, now_ns: int, cost: float = 1) -> bool:
        """Whether something of this cost may pass now; if so it has passed."""
        if self._bucket.try_take(now_ns, cost):
            self.admitted += 1
            return True
        self.refused += 1
        return False

    @property
    def rate_per_s(self) -> float:
        """What is let through in the long run, a second."""
        return self._bucket.rate_per_s

    def set_rate(self, now_ns: int, rate_per_s: float) -> None:
        """Tighten or relax from `now_ns` on."""
        self._bucket.set_rate(now_ns, rate_per_s)


class QueueSizeThrottle:
    """Shuts when `depth()` reaches `limit`, opens again when it has come down to `reopen_at`.

    `reopen_at` is `limit - 1` unless given: no hysteresis, and then the depth never exceeds the
    limit by what was admitted here. `limit` None admits everything. ValueError when the marks are
    not 0 <= reopen_at < limit.
    """

    __slots__ = ("_depth", "_limit", "_reopen_at", "_shut", "admitted", "refused")

    def __init__(
        self, depth: "Callable[[], int]", limit: int | None, *, reopen_at: int | None = None
    ) -> None:
        self._depth = depth
        self._shut = False
        self.admitted = 0
        self.refused = 0
        self.set_limit(limit, reopen_at=reopen_at)

    def admits(self) -> bool:
        """Whether one more may join the queue now."""
        if self._limit is None:
            self.admitted += 1
            return True
        depth = self._depth()
        self._shut = depth > self._reopen_at if self._shut else depth >= self._limit
        if self._shut:
            self.refused += 1
            return False
        self.admitted += 1
        return True

    @property
    def limit(self) -> int | None:
        """The depth at which it shuts; None when it never does."""
        return self._limit

    def set_limit(self, limit: int | None, *, reopen_at: int | None = None) -> None:
        """Change the marks; one that is shut stays so until the new lower mark is reached."""
        if limit is None:
            self._shut = False
            reopen_at = 0
        else:
            reopen_at = max(limit - 1, 0) if reopen_at is None else reopen_at
            if limit < 0 or reopen_at < 0 or (limit and reopen_at >= limit):
                raise ValueError(f"a queue throttle needs 0 <= reopen_at < limit, not {limit=}")
        self._limit = limit
        self._reopen_at = reopen_at


class AdaptiveThrottle:
    """A client's own brake: refuses with probability max(0, (requests - k accepts)/(requests + 1)).

    Both are counted over the last `window_ns`, in `buckets` steps. With k = 2, a server that
    accepts nothing soon sees next to no requests, and one that accepts more than half is never held
    back.
    """

    __slots__ = ("_bucket_ns", "_buckets", "_draw", "_k", "_steps", "admitted", "refused")

    def __init__(
        self, draw: "random.Random", *, k: float = 2.0, window_ns: int, buckets: int = 10
    ) -> None:
        if k <= 0 or buckets < 1 or window_ns < buckets:
            raise ValueError(
                "an adaptive throttle needs k > 0 and a window of at least 1 ns a bucket"
            )
        self._draw = draw
        self._k = k
        self._bucket_ns = window_ns // buckets
        self._buckets = buckets
        self._steps: deque[list[int]] = deque()  # [step, requests, accepts], oldest first
        self.admitted = 0
        self.refused = 0

    def admits(self, now_ns: int) -> bool:
        """Whether to send this request at all; counts it as a request either way."""
        requests, accepts = self._recent(now_ns)
        excess = requests - self._k * accepts
        step = self._current(now_ns)
        step[1] += 1
        if excess > 0 and self._draw.random() < excess / (requests + 1):
            self.refused += 1
            return False
        self.admitted += 1
        return True

    def accepted(self, now_ns: int) -> None:
        """The server took one."""
        self._current(now_ns)[2] += 1

    def _recent(self, now_ns: int) -> tuple[int, int]:
        oldest = now_ns // self._bucket_ns - self._buckets
        while self._steps and self._steps[0][0] <= oldest:
            self._steps.popleft()
        return sum(step[1] for step in self._steps), sum(step[2] for step in self._steps)

    def _current(self, now_ns: int) -> list[int]:
        step = now_ns // self._bucket_ns
        if not self._steps or self._steps[-1][0] != step:
            self._steps.append([step, 0, 0])
        return self._steps[-1]
