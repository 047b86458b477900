"""Leases: a claim that ends by itself unless it is renewed.

The holder of a lease renews it from time to time; an attempt may fail. A lease is good for
`validity_ns` after the last successful renewal, the last instant included, so with renewals every R
and a validity of m * R it is lost at the m-th failure in a row (Gray and Cheriton 1989).

Every grant carries a number greater than the last one: a *fencing token*. Whoever acts in the name
of a lease shows it, and what arrives with an old one is refused.
"""

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_engine.heap import Event
    from outage_engine.world import World


class Lease:
    """The claim itself, as its grantor keeps it; owns no timer."""

    __slots__ = ("_expires_ns", "_holder", "_token", "validity_ns")

    def __init__(self, validity_ns: int) -> None:
        if validity_ns < 0:
            raise ValueError("a lease's validity cannot be negative")
        self.validity_ns = validity_ns
        self._holder: str | None = None
        self._expires_ns = -1
        self._token = 0

    def grant(self, now_ns: int, holder: str) -> int | None:
        """Give the lease to `holder` and return its token; None when somebody else holds it."""
        if self.holder(now_ns) not in (None, holder):
            return None
        self._holder = holder
        self._expires_ns = now_ns + self.validity_ns
        self._token += 1
        return self._token

    def renew(self, now_ns: int, token: int) -> bool:
        """Extend the lease that `token` stands for; False when it has run out or is another's."""
        if token != self._token or self.holder(now_ns) is None:
            return False
        self._expires_ns = now_ns + self.validity_ns
        return True

    def release(self, token: int) -> None:
        """Give it up early; an old token does nothing."""
        if token == self._token:
            self._holder = None

    def honours(self, now_ns: int, token: int) -> bool:
        """Whether something done with `token` at `now_ns` is covered by the lease."""
        return token == self._token and self.holder(now_ns) is not None

    def holder(self, now_ns: int) -> str | None:
        """Who holds it at `now_ns`; None when nobody does."""
        return self._holder if now_ns <= self._expires_ns else None


@attrs.frozen
class LeaseKeeperView:
    """What a keeper has done so far."""

    held: bool
    checks: int
    """Attempts to renew or to regain."""
    failures: int
    losses: int
    held_ns_total: int
    """Time held in all, up to the last change."""


class LeaseKeeper:
    """A holder that renews every `renew_every_ns` and says when its lease is lost or regained.

    `attempt` is one renewal: True when it succeeded. While the lease is lost, each attempt tries to
    regain it. The first attempt is `first_after_ns` from now (one period, if not given); the lease
    counts as renewed now. `on_change` is told True when it is regained and False when it is lost.
    """

    def __init__(
        self,
        world: "World",
        attempt: "Callable[[], bool]",
        *,
        renew_every_ns: int,
        validity_ns: int,
        first_after_ns: int | None = None,
        on_change: "Callable[[bool], None] | None" = None,
    ) -> None:
        if renew_every_ns < 1 or validity_ns < 0:
            raise ValueError("a lease is renewed every 1 ns or more and valid for 0 ns or more")
        self._world = world
        self._attempt = attempt
        self._renew_every_ns = renew_every_ns
        self._validity_ns = validity_ns
        self._on_change = on_change
        self._held = True
        self._held_since_ns = self._renewed_ns = world.now
        self._checks = self._failures = self._losses = self._held_ns = 0
        first_ns = renew_every_ns if first_after_ns is None else first_after_ns
        self._next: Event = world.call_after(first_ns, self._check)
        self._expiry: Event = world.call_after(validity_ns + 1, self._look_at_expiry)

    @property
    def held(self) -> bool:
        """Whether the lease is held now."""
        return self._held

    def stop(self) -> None:
        """Renew no more; the lease runs out in its time."""
        self._next.cancel()

    def snapshot(self) -> LeaseKeeperView:
        """Counts so far."""
        return LeaseKeeperView(
            held=self._held,
            checks=self._checks,
            failures=self._failures,
            losses=self._losses,
            held_ns_total=self._held_ns,
        )

    def _check(self) -> None:
        self._next = self._world.call_after(self._renew_every_ns, self._check)
        self._checks += 1
        if not self._attempt():
            self._failures += 1
            if self._held and self._world.now - self._renewed_ns >= self._validity_ns:
                self._lose()
            return
        self._renewed_ns = self._world.now
        if not self._held:
            self._held = True
            self._expiry = self._world.call_after(self._validity_ns + 1, self._look_at_expiry)
            self._held_since_ns = self._world.now
            if self._on_change is not None:
                self._on_change(True)

    def _look_at_expiry(self) -> None:
        """One timer for each lease, not for each renewal: it finds out here that it was renewed."""
        runs_out_ns = self._renewed_ns + self._validity_ns
        if self._world.now > runs_out_ns:
            self._lose()
        else:
            self._expiry = self._world.call_at(runs_out_ns + 1, self._look_at_expiry)

    def _lose(self) -> None:
        self._expiry.cancel()
        self._held = False
        self._losses += 1
        self._held_ns += self._world.now - self._held_since_ns
        if self._on_change is not None:
            self._on_change(False)
