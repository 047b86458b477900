"""The Region: the cast list, and who knows whom.

`build` puts every actor on the stage, in the order in which the parts build on each other: DNS and
DynamoDB; EC2 (DWFM, launches, network state); NLB; the services and their customers; the operators.
A scenario may leave out the later parts; those that play never notice.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents import scenario_schema as schema
from outage_agents.customers import Customers
from outage_agents.daily_load import nlb_demand_share
from outage_agents.dns_enactor import DnsEnactor
from outage_agents.dns_planner import DnsPlanner
from outage_agents.dns_staging import DnsStaging
from outage_agents.dwfm import DwfmShard, build_shards
from outage_agents.dynamodb import Dynamodb
from outage_agents.ec2_api import Ec2Api
from outage_agents.global_tables import GlobalTables
from outage_agents.health_check import HealthCheckNode
from outage_agents.impact import Impact, total_impact, watch_impact
from outage_agents.load_balancers import LoadBalancers
from outage_agents.network_manager import NetworkManager
from outage_agents.nlb import NlbZone, network_state_subscribers, nlb_cast, watch_nlb
from outage_agents.operators import ActionDone, Operators
from outage_agents.resolvers import Resolvers, lower_negative_ttl_s
from outage_agents.route53 import Route53
from outage_agents.scenario import toml_value
from outage_agents.service import ServiceActor
from outage_agents.services import (
    launch_subscribers,
    service_cast,
    service_rows,
    zone_subscribers,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.changes import ParameterChange
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
            "resolver-customers", scenario, negative_s, "dns.customers_empty_share", advised=True
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


def _resolvers(
    name: str,
    scenario: "Scenario",
    negative_ttl_s: float,
    gauge: str,
    *,
    advised: bool = False,
) -> Resolvers:
    return Resolvers(
        name,
        count=scenario.dns.resolvers,
        route53="route53",
        positive_ttl_s=scenario.dns.positive_ttl_s,
        negative_ttl_s=negative_ttl_s,
        gauge=gauge,
        load_balancers="load-balancers",
        advised=advised,
    )


@attrs.frozen
class Ec2Cast:
    """Leases on the droplets, launches, and network state."""

    shards: tuple[DwfmShard, ...]
    api: Ec2Api
    network_manager: NetworkManager


def ec2_cast(scenario: "Scenario", world: "World") -> Ec2Cast:
    """24 DWFM shards, the EC2 API and the Network Manager."""
    cast = Ec2Cast(
        shards=tuple(build_shards(scenario.dwfm, scenario.droplets)),
        api=Ec2Api(
            "ec2-api",
            scenario.ec2,
            droplets=scenario.droplets,
            subscribers=_if_played(scenario, "services", launch_subscribers(scenario.services)),
        ),
        network_manager=NetworkManager(
            "network-manager",
            scenario.nm,
            normal_launches_per_s=scenario.ec2.demand_per_s(scenario.droplets),
            subscribers=_if_played(scenario, "nlb", network_state_subscribers(scenario.nlb)),
        ),
    )
    for shard in cast.shards:
        world.add(shard)
    world.add(cast.api)
    world.add(cast.network_manager)
    return cast


@attrs.frozen
class NlbCast:
    """Load balancers of every zone, and those who check their health."""

    zones: tuple[NlbZone, ...]
    checkers: tuple[HealthCheckNode, ...]


def nlb_stage(scenario: "Scenario", world: "World") -> NlbCast:
    """Six zone controllers with seven health-check nodes each."""
    subscribers = _if_played(scenario, "services", zone_subscribers(scenario.services))
    cast = NlbCast(*nlb_cast(scenario.nlb, subscribers))
    for zone in cast.zones:
        world.add(zone)
    for checker in cast.checkers:
        world.add(checker)
    watch_nlb(world, cast.zones, scenario.load_, epoch_s=scenario.epoch_s)
    return cast


@attrs.frozen
class ServicesCast:
    """Everything built on the rest, and everybody who uses it."""

    services: tuple[ServiceActor, ...]
    customers: Customers


def services_stage(scenario: "Scenario", world: "World") -> ServicesCast:
    """Each dependent service, and the customers of all."""
    cast = ServicesCast(
        services=service_cast(
            scenario.services, scenario.lambda_, scenario.load_, epoch_s=scenario.epoch_s
        ),
        customers=Customers(
            scenario.services,
            scenario.load_,
            service_rows(scenario.services),
            epoch_s=scenario.epoch_s,
        ),
    )
    for service in cast.services:
        world.add(service)
    world.add(cast.customers)
    tallies = (cast.customers.tally, *(service.tally for service in cast.services))
    watch_impact(world.telemetry, tallies)
    return cast


def _if_played(scenario: "Scenario", stage: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Subscribers that take part in this scenario."""
    return names if stage in scenario.stages else ()


class Region:
    """The whole cast of one run, to look at; actors never see it."""

    def __init__(self, scenario: "Scenario", world: "World") -> None:
        self.scenario = scenario
        self.parameters = scenario
        """The scenario with its parameters as they are by now."""
        self.world = world
        stages = scenario.stages
        self.dns = dns_cast(scenario, world)
        self.ec2 = ec2_cast(scenario, world) if "ec2" in stages else None
        self.nlb = nlb_stage(scenario, world) if "nlb" in stages else None
        self.services = services_stage(scenario, world) if "services" in stages else None
        names = tuple(actor.name for actor in world.actors())
        self.operators = Operators(names)
        world.add(self.operators)

    def change(self, change: "ParameterChange") -> None:
        """Give a changed parameter to everybody who reads it."""
        was = schema.value_at(self.parameters, tuple(change.path.split(".")))
        self.parameters = parameters = self.parameters.changed(change)
        self.world.narrate(
            "scenario",
            f"{change.path} is {change.value} from now on; it was {toml_value(was)}",
            about=f"change.{change.path}",
        )
        if change.path.startswith("dns."):
            self.dns.planner.configure(parameters.dns)
            self.dns.route53.configure(parameters.dns)
            for enactor in self.dns.enactors:
                enactor.configure(parameters.dns)
        elif change.path.startswith("dwfm.") and self.ec2:
            for shard in self.ec2.shards:
                shard.configure(parameters.dwfm)
        elif change.path.startswith("nlb.") and self.nlb:
            for zone in self.nlb.zones:
                zone.configure(parameters.nlb)
            for checker in self.nlb.checkers:
                checker.configure(parameters.nlb)

    def actions(self) -> "Sequence[ActionDone]":
        """What operators did so far, and what came of it."""
        return self.operators.log

    def impact(self) -> Impact:
        """What customers lost so far."""
        if self.services is None:
            return total_impact((), 0.0)
        return self.services.customers.impact(self.services.services)

    def nlb_demand_share(self) -> float:
        """Demand on NLB now, relative to the capacity of all its zones."""
        return nlb_demand_share(self.scenario.load_, self.scenario.t_min(self.world.now))


def build(scenario: "Scenario", world: "World") -> Region:
    """Put the scenario's cast into the world."""
    return Region(scenario, world)
