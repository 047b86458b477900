"""Health checks by consecutive thresholds, as load balancers do them.

A target goes out after `out_after` failed checks in a row and comes back in after `in_after` passed
ones in a row; anything in between leaves it where it is. So strict alternation of pass and failure
never trips a threshold of two. A result older than `stale_ns` says nothing any more: the target's
health is then *unknown*, whatever it was, and what to do about that is up to who asks.

With checks that fail independently with probability q (p = 1 - q) and thresholds of 2, a target
is in for (1 + q)/q^2 checks on average and out for (1 + p)/p^2, so the share of time it is out is
`(1 + p)/p^2 / ((1 + q)/q^2 + (1 + p)/p^2)`: 2.1 % at q = 0.1, one half at q = 0.5. Flapping is a
property of the rule, not of the targets.

`HealthChecker` is one target, `HealthTable` the same rule for many at once on arrays, and
`HealthProber` runs the checks of one target on the event heap.
"""

from enum import Enum
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from outage_engine.heap import Event
    from outage_engine.world import World


class Health(Enum):
    """What is known of a target."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@attrs.frozen
class HealthRules:
    """Thresholds. ValueError when one of them is below 1."""

    out_after: int = 2
    """Failures in a row that take a target out."""
    in_after: int = 2
    """Passes in a row that bring it back."""
    stale_ns: int | None = None
    """A result older than this counts as unknown; None: results never age."""

    def __attrs_post_init__(self) -> None:
        if self.out_after < 1 or self.in_after < 1:
            raise ValueError("health thresholds are at least 1 check")
        if self.stale_ns is not None and self.stale_ns < 0:
            raise ValueError("stale_ns cannot be negative")


class HealthChecker:
    """The health of one target: healthy at first, unless `healthy` is off, as of `now_ns`."""

    __slots__ = ("_against", "_checked_ns", "_healthy", "_rules", "changes")

    def __init__(self, rules: HealthRules, *, healthy: bool = True, now_ns: int = 0) -> None:
        self._rules = rules
        self._healthy = healthy
        self._against = 0  # results in a row that speak against the present state
        self._checked_ns = now_ns
        self.changes = 0
        """Times it went out or came in."""

    def record(self, now_ns: int, passed: bool) -> bool:
        """Note a result that is known at `now_ns`; True when the target went out or came in."""
        self._checked_ns = now_ns
        if passed == self._healthy:
            self._against = 0
            return False
        self._against += 1
        rules = self._rules
        if self._against < (rules.out_after if self._healthy else rules.in_after):
            return False
        self._healthy = not self._healthy
        self._against = 0
        self.changes += 1
        return True

    @property
    def healthy(self) -> bool:
        """In or out by the results so far, however old they are."""
        return self._healthy

    def state(self, now_ns: int) -> Health:
        """What is known at `now_ns`."""
        stale_ns = self._rules.stale_ns
        if stale_ns is not None and now_ns - self._checked_ns > stale_ns:
            return Health.UNKNOWN
        return Health.HEALTHY if self._healthy else Health.UNHEALTHY


class HealthTable:
    """`HealthChecker` for `size` targets at once, by number from 0, on arrays."""

    __slots__ = ("_against", "_checked_ns", "_healthy", "_rules", "changes")

    def __init__(self, size: int, rules: HealthRules, *, now_ns: int = 0) -> None:
        self._rules = rules
        self._healthy = np.ones(size, dtype=np.bool_)
        self._against = np.zeros(size, dtype=np.int64)
        self._checked_ns = np.full(size, now_ns, dtype=np.int64)
        self.changes = 0
        """Times any of them went out or came in."""

    def record(
        self, now_ns: int, targets: "NDArray[np.int64]", passed: "NDArray[np.bool_]"
    ) -> "NDArray[np.int64]":
        """Note results of some targets, each at most once; the numbers of those that changed."""
        rules = self._rules
        healthy = self._healthy[targets]
        against = np.where(passed == healthy, 0, self._against[targets] + 1)
        changed = against >= np.where(healthy, rules.out_after, rules.in_after)
        self._against[targets] = np.where(changed, 0, against)
        self._healthy[targets] = healthy ^ changed
        self._checked_ns[targets] = now_ns
        moved: NDArray[np.int64] = targets[changed]
        self.changes += len(moved)
        return moved

    @property
    def healthy(self) -> "NDArray[np.bool_]":
        """In or out by the results so far; a copy."""
        return self._healthy.copy()

    def unknown(self, now_ns: int) -> "NDArray[np.bool_]":
        """Whose last result is too old at `now_ns`."""
        if self._rules.stale_ns is None:
            return np.zeros(len(self._healthy), dtype=np.bool_)
        old: NDArray[np.bool_] = now_ns - self._checked_ns > self._rules.stale_ns
        return old

    def counts(self, now_ns: int) -> tuple[int, int, int]:
        """How many are healthy, unhealthy and unknown at `now_ns`."""
        unknown = self.unknown(now_ns)
        healthy = int(np.count_nonzero(self._healthy & ~unknown))
        unsure = int(np.count_nonzero(unknown))
        return healthy, len(unknown) - healthy - unsure, unsure


class HealthProber:
    """Checks one target every `interval_ns`, the first time after `first_after_ns`.

    `probe` is one check: True when it passed. `on_change` is told the new state, True for in.
    """

    def __init__(
        self,
        world: "World",
        checker: HealthChecker,
        probe: "Callable[[], bool]",
        *,
        interval_ns: int,
        first_after_ns: int = 0,
        on_change: "Callable[[bool], None] | None" = None,
    ) -> None:
        if interval_ns < 1:
            raise ValueError("a target is checked every 1 ns or more")
        self._world = world
        self._checker = checker
        self._probe = probe
        self._interval_ns = interval_ns
        self._on_change = on_change
        self.checks = 0
        self._next: Event = world.call_after(first_after_ns, self._check)

    def stop(self) -> None:
        """Check no more; what is known grows old."""
        self._next.cancel()

    def _check(self) -> None:
        self._next = self._world.call_after(self._interval_ns, self._check)
        self.checks += 1
        changed = self._checker.record(self._world.now, self._probe())
        if changed and self._on_change is not None:
            self._on_change(self._checker.healthy)
