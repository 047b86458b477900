"""The DNS Planner: watches the load balancers and makes a new plan every minute.

The real one monitors the health and capacity of the load balancers and periodically makes a new
plan for each of the service's endpoints (AWS post-event summary, DynamoDB). Plans are numbered
and only ever added: deleting old ones from the zone is the Enactors' clean-up. It went on making
plans during the event. How often it makes one is not public; the period is *assumed*.
"""

import attrs
import msgspec

from outage_agents.dns_plan import Plan
from outage_agents.load_balancers import FULL, AskCapacity, Capacity
from outage_agents.parameters.dns import DnsParameters
from outage_engine.actor import Actor
from outage_engine.clock import SECOND, ns
from outage_engine.errors import AskTimedOut

FIRST_GENERATION = 1
"""The plan that is in place when the run starts."""
_PATIENCE_NS = 5 * SECOND


@attrs.define
class AskNewest:
    """An Enactor asks which plan is the newest."""


@attrs.define
class Newest:
    """The newest plan's generation."""

    generation: int


@attrs.define
class FetchPlan:
    """An Enactor asks for one plan."""

    generation: int


class PlannerView(msgspec.Struct, frozen=True):
    """The Planner at one moment."""

    newest_generation: int
    made_ns: int
    """When that plan was made; 0 for the one the run began with."""


def first_plan(load_balancers: int) -> Plan:
    """The plan in place before the run: every load balancer at full weight."""
    return Plan(FIRST_GENERATION, (FULL,) * load_balancers)


class DnsPlanner(Actor):
    """Makes plans; answers Enactors."""

    def __init__(self, name: str, parameters: DnsParameters, *, load_balancers: str) -> None:
        super().__init__(name)
        self._period_ns = ns(parameters.planner_period_s)
        self._phase_ns = ns(parameters.planner_phase_s)
        self._load_balancers = load_balancers
        first = first_plan(parameters.load_balancers)
        self._plans = {first.generation: first}
        self._newest = first
        self._made_ns = 0

    async def main(self) -> None:
        next_plan_ns = self.world.now + self._phase_ns
        while True:
            question = await self.receive_until(next_plan_ns)
            if question is None:
                await self._make_plan()
                next_plan_ns = self.tick_after(next_plan_ns, self._period_ns)
            elif isinstance(question.message, AskNewest):
                question.reply(Newest(self._newest.generation))
            elif isinstance(question.message, FetchPlan):
                question.reply(self._plans[question.message.generation])

    def configure(self, parameters: DnsParameters) -> None:
        """The period from the next plan on."""
        self._period_ns = ns(parameters.planner_period_s)

    def snapshot(self) -> PlannerView:
        """The Planner now."""
        return PlannerView(self._newest.generation, self._made_ns)

    async def _make_plan(self) -> None:
        try:
            capacity = await self.ask(self._load_balancers, AskCapacity(), _PATIENCE_NS)
        except AskTimedOut:
            self.narrate(
                "no word from the load balancers: no new plan",
                level="warning",
                about="dns.planner.unanswered",
            )
            return
        assert isinstance(capacity, Capacity)
        weights = capacity.shares
        if weights == self._newest.weights:
            weights = self._newest.weights
        self._newest = Plan(self._newest.generation + 1, weights)
        self._plans[self._newest.generation] = self._newest
        self._made_ns = self.world.now
