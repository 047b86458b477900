"""A small DNS stage: the automation, Route 53, resolvers, DynamoDB, and operators with a script."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from outage_agents.dns_enactor import DnsEnactor
from outage_agents.dns_planner import DnsPlanner, PlannerView
from outage_agents.dns_staging import DnsStaging
from outage_agents.dns_view import dns_view
from outage_agents.dynamodb import Dynamodb, DynamodbView
from outage_agents.global_tables import GlobalTables, GlobalTablesView
from outage_agents.load_balancers import LoadBalancers
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.parameters.dns import DnsParameters
from outage_agents.resolvers import Resolvers, ResolversView, lower_negative_ttl_s
from outage_agents.route53 import Route53, Route53View
from outage_agents.views import DnsView, EnactorView
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND
from outage_engine.world import World

ENACTORS = ("enactor-1", "enactor-2", "enactor-3")
T0_MIN = 15.0
"""Minutes from the start of these runs to 23:48: enough for the plans that clean-up keeps."""


class ScriptedOperators(Actor):
    """Carries out (minute after 23:48, action, component) in order, and keeps the results."""

    def __init__(self, script: tuple[tuple[float, str, str], ...]) -> None:
        super().__init__("operators")
        self._script = script
        self.results: list[tuple[str, str, ActionResult]] = []

    async def main(self) -> None:
        for t_min, action, component in self._script:
            await self.sleep_until(round((T0_MIN + t_min) * MINUTE))
            result = await self.ask(component, ActionOrder(action), 60 * SECOND)
            self.results.append((action, component, result))


class DnsStage:
    """The DNS part of the Region, and what a test wants to know of it."""

    def __init__(
        self,
        seed: int,
        parameters: DnsParameters,
        script: tuple[tuple[float, str, str], ...],
        *,
        readers: bool,
    ) -> None:
        self.world = World(seed)
        self.parameters = parameters
        self.operators = ScriptedOperators(script)
        self._automation()
        if readers:
            self._readers()
        self.world.add(self.operators)

    def _automation(self) -> None:
        p, add = self.parameters, self.world.add
        add(
            LoadBalancers(
                "load-balancers",
                count=p.load_balancers,
                incident_rate_h=p.balancer_incident_rate_h,
            )
        )
        add(Route53("route53", p))
        add(DnsPlanner("planner", p, load_balancers="load-balancers"))
        staging = "dns-staging" if p.staged else ""
        if p.staged:
            epoch_ns = round(T0_MIN * MINUTE)
            add(DnsStaging(staging, p, laggard=ENACTORS[0], others=ENACTORS[1:], epoch_ns=epoch_ns))
        for k, name in enumerate(ENACTORS):
            add(
                DnsEnactor(
                    name,
                    p,
                    zone=f"use1-az{k + 1}",
                    planner="planner",
                    route53="route53",
                    slow_factor=p.slow_factor if k == 0 else 1.0,
                    staging=staging,
                    laggard=k == 0,
                )
            )

    def _readers(self) -> None:
        p, add = self.parameters, self.world.add
        negative_s = lower_negative_ttl_s(p.negative_ttl_s, p.soa_minimum_s)
        for name, ttl_s, gauge in (
            ("resolver-customers", negative_s, "dns.customers_empty_share"),
            ("resolver-internal", negative_s, "dns.internal_empty_share"),
            ("resolver-ec2", p.ec2_negative_ttl_s, ""),
        ):
            add(
                Resolvers(
                    name,
                    count=p.resolvers,
                    route53="route53",
                    positive_ttl_s=p.positive_ttl_s,
                    negative_ttl_s=ttl_s,
                    gauge=gauge,
                )
            )
        add(Dynamodb("dynamodb", p, resolver="resolver-customers"))
        add(
            GlobalTables(
                "global-tables",
                replicas=p.replicas,
                look_up_s=p.replica_lookup_s,
                replay_rate=p.replay_rate,
                route53="route53",
            )
        )

    def run(self, t_min: float) -> "DnsStage":
        """Run to so many minutes after 23:48, a sample every 10 s."""
        until_ns = round((T0_MIN + t_min) * MINUTE)
        for at_ns in range(0, until_ns + 1, 10 * SECOND):
            self.world.call_at(at_ns, self.world.telemetry.sample, at_ns)
        self.world.simulate(until_ns)
        return self

    # -- what a test asks ------------------------------------------------------------------------

    @property
    def route53(self) -> Route53View:
        view = self.world.actor("route53").snapshot()
        assert isinstance(view, Route53View)
        return view

    @property
    def enactors(self) -> tuple[EnactorView, ...]:
        views = tuple(self.world.actor(name).snapshot() for name in ENACTORS)
        assert all(isinstance(view, EnactorView) for view in views)
        return views  # type: ignore[return-value]

    @property
    def dynamodb(self) -> DynamodbView:
        view = self.world.actor("dynamodb").snapshot()
        assert isinstance(view, DynamodbView)
        return view

    def resolvers(self, name: str) -> ResolversView:
        view = self.world.actor(name).snapshot()
        assert isinstance(view, ResolversView)
        return view

    @property
    def view(self) -> DnsView:
        planner = self.world.actor("planner").snapshot()
        tables = self.world.actor("global-tables").snapshot()
        assert isinstance(planner, PlannerView)
        assert isinstance(tables, GlobalTablesView)
        return dns_view(
            self.route53,
            planner,
            self.enactors,
            self.resolvers("resolver-customers"),
            self.resolvers("resolver-internal"),
            tables,
        )

    def total(self, counter: str) -> int:
        return self.world.telemetry.counter(counter).total

    def t_min(self, series: str, holds: Callable[[float], bool], after: float = -T0_MIN) -> float:
        """First minute after 23:48 at which a sample of a series satisfies a condition."""
        points = self.world.telemetry.series(series)
        for t_ns, value in zip(points.times_ns, points.values, strict=True):
            at = int(t_ns) / MINUTE - T0_MIN
            if at >= after and holds(float(value)):
                return at
        raise AssertionError(f"{series} never did")

    def lines(self, *words: str) -> list[str]:
        """Narrated lines that contain all these words, in order."""
        texts = [line.text for line in self.world.narration.lines]
        return [text for text in texts if all(word in text for word in words)]

    def held(self, law: str) -> bool:
        return next(view.held for view in self.world.checkers.report() if view.name == law)


REPAIR = (
    (87.0, "dns.rpz_override", "resolver-internal"),
    *((147.0, "dns.stop_automation", name) for name in ENACTORS),
    (157.0, "dns.restore_from_rollback", "route53"),
)
"""What operators did: 01:15, 02:15 and 02:25."""


@pytest.fixture
def stage() -> Callable[..., DnsStage]:
    """Builds a stage with few endpoints; keywords are parameters of section [dns].

    Without `readers` there is only the automation: no resolvers, no clients.
    """

    def build(
        seed: int = 1,
        script: tuple[tuple[float, str, str], ...] = (),
        *,
        readers: bool = True,
        **parameters: Any,
    ) -> DnsStage:
        small = DnsParameters(endpoints=8, load_balancers=20, poll_s=5.0, resolvers=400)
        return DnsStage(seed, attrs.evolve(small, **parameters), script, readers=readers)

    return build
