"""The load balancers in front of DynamoDB, whose health and capacity the Planner watches.

There are hundreds in the Region, each with many instances (AWS post-event summary, DynamoDB).
Here they are one actor that answers the Planner with a capacity for each. *Assumed*: now and then
one loses some of its instances, and gets them back half an hour later.
"""

import attrs

from outage_engine.actor import Actor
from outage_engine.clock import HOUR, MINUTE

FULL = 100
"""Capacity of a load balancer with all its instances."""
_REPAIR_NS = 30 * MINUTE


@attrs.define
class AskCapacity:
    """The Planner asks for the capacity of every load balancer."""


@attrs.define
class Capacity:
    """Capacity of each load balancer, 0 (none) to 100 (all its instances)."""

    shares: tuple[int, ...]


@attrs.frozen
class LoadBalancersView:
    """The load balancers at one moment."""

    count: int
    impaired: int
    """Those with less than full capacity."""


class LoadBalancers(Actor):
    """All load balancers of the Region."""

    def __init__(self, name: str, *, count: int, incident_rate_h: float) -> None:
        super().__init__(name)
        self._shares = [FULL] * count
        self._impaired_until: dict[int, int] = {}
        self._incident_rate_h = incident_rate_h

    async def main(self) -> None:
        next_incident = self._next_incident_ns()
        while True:
            question = await self.receive_until(next_incident)
            self._repair()
            if question is None:
                self._lose_instances()
                next_incident = self._next_incident_ns()
            elif isinstance(question.message, AskCapacity):
                question.reply(Capacity(tuple(self._shares)))

    def snapshot(self) -> LoadBalancersView:
        """The load balancers now."""
        return LoadBalancersView(len(self._shares), len(self._impaired_until))

    def _next_incident_ns(self) -> int | None:
        """When the next one happens: uniform up to twice the mean gap."""
        if self._incident_rate_h <= 0:
            return None
        mean_ns = int(HOUR / self._incident_rate_h)
        return self.world.now + self.world.random.single(self.name).randrange(1, 2 * mean_ns + 2)

    def _lose_instances(self) -> None:
        draw = self.world.random.single(self.name)
        which = draw.randrange(len(self._shares))
        self._shares[which] = draw.randrange(FULL)
        self._impaired_until[which] = self.world.now + _REPAIR_NS

    def _repair(self) -> None:
        for which, until in list(self._impaired_until.items()):
            if until <= self.world.now:
                self._shares[which] = FULL
                del self._impaired_until[which]
