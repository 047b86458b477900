"""The Region: the cast list, and who knows whom.

`build` puts every actor on the stage, in the order in which the parts build on each other: DNS and
DynamoDB; EC2 (DWFM, launches, network state); NLB; the services and their customers; the operators.
A scenario may leave out the later parts; those that play never notice.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents.dns_enactor import DnsEnactor
from outage_agents.dns_planner import DnsPlanner
from outage_agents.dns_staging import DnsStaging
from outage_agents.dynamodb import Dynamodb
from outage_agents.global_tables import GlobalTables
from outage_agents.impact import Impact, total_impact
from outage_agents.load_balancers import LoadBalancers
from outage_agents.operators import ActionDone, Operators
from outage_agents.resolvers import Resolvers, lower_negative_ttl_s
from outage_agents.route53 import Route53

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.scenario import Scenario
    from outage_engine.world import World

ENACTORS = ("enactor-1", "enactor-2", "enactor-3")
LAGGARD = ENACTORS[0]


@attrs.frozen
class DnsCast:
    """Names into addresses: who makes them, who serves them, who asks."""

    load_balancers: LoadBalancers
    planner: DnsPlanner
    enactors: tuple[DnsEnactor, ...]
    route53: Route53
    customers: Resolvers
    internal: Resolvers
    ec2: Resolvers
    dynamodb: Dynamodb
    global_tables: GlobalTables


def dns_cast(scenario: "Scenario", world: "World") -> DnsCast:
    """Planner, three Enactors, Route 53, the resolvers, DynamoDB and its global tables."""
    dns = scenario.dns
    negative_s = lower_negative_ttl_s(dns.negative_ttl_s, dns.soa_minimum_s)
    load_balancers = LoadBalancers(
        "load-balancers", count=dns.load_balancers, incident_rate_h=dns.balancer_incident_rate_h
    )
    staging = "dns-staging" if dns.staged else ""
    cast = DnsCast(
        load_balancers=load_balancers,
        planner=DnsPlanner("planner", dns, load_balancers=load_balancers.name),
        route53=Route53("route53", dns),
        enactors=tuple(
            DnsEnactor(
                name,
                dns,
                zone=f"az{number}",
                planner="planner",
                route53="route53",
                slow_factor=dns.slow_factor if name == LAGGARD else 1.0,
                staging=staging,
                laggard=name == LAGGARD and dns.staged,
            )
            for number, name in enumerate(ENACTORS, start=1)
        ),
        customers=_resolvers(
            "resolver-customers", scenario, negative_s, "dns.customers_empty_share"
        ),
        internal=_resolvers("resolver-internal", scenario, negative_s, "dns.internal_empty_share"),
        ec2=_resolvers("resolver-ec2", scenario, dns.ec2_negative_ttl_s, ""),
        dynamodb=Dynamodb("dynamodb", dns, resolver="resolver-customers"),
        global_tables=GlobalTables(
            "global-tables",
            replicas=dns.replicas,
            look_up_s=dns.replica_lookup_s,
            replay_rate=dns.replay_rate,
            route53="route53",
        ),
    )
    if staging:
        world.add(
            DnsStaging(
                staging,
                dns,
                laggard=LAGGARD,
                others=ENACTORS[1:],
                epoch_ns=scenario.epoch_ns,
            )
        )
    for actor in (cast.load_balancers, cast.planner, cast.route53, *cast.enactors):
        world.add(actor)
    for other in (cast.customers, cast.internal, cast.ec2, cast.dynamodb, cast.global_tables):
        world.add(other)
    return cast


def _resolvers(name: str, scenario: "Scenario", negative_ttl_s: float, gauge: str) -> Resolvers:
    return Resolvers(
        name,
        count=scenario.dns.resolvers,
        route53="route53",
        positive_ttl_s=scenario.dns.positive_ttl_s,
        negative_ttl_s=negative_ttl_s,
        gauge=gauge,
    )


class Region:
    """The whole cast of one run, to look at; actors never see it."""

    def __init__(self, scenario: "Scenario", world: "World") -> None:
        self.scenario = scenario
        self.world = world
        self.dns = dns_cast(scenario, world)
        names = tuple(actor.name for actor in world.actors())
        self.operators = Operators(scenario.script, names)
        world.add(self.operators)

    def actions(self) -> "Sequence[ActionDone]":
        """What operators did so far, and what came of it."""
        return self.operators.log

    def impact(self) -> Impact:
        """What customers lost so far."""
        return total_impact((), 0.0)


def build(scenario: "Scenario", world: "World") -> Region:
    """Put the scenario's cast into the world."""
    return Region(scenario, world)
