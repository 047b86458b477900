"""The Region as the outside sees it: one frame, and one observation for the milestones.

Parts that do not play in a scenario show as quiet.
"""

from typing import TYPE_CHECKING

from outage_agents.dns_view import dns_view
from outage_agents.milestones import Milestones, Observation
from outage_agents.views import (
    CheckerView,
    Ec2View,
    ImpactView,
    LatencyView,
    LeasesView,
    NetworkManagerView,
    NlbView,
    RegionView,
)

if TYPE_CHECKING:
    from outage_agents.region import Region

PERCENTILES = (50.0, 90.0, 99.0, 99.9, 99.99)
CURVE = (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99)

QUIET_LEASES = LeasesView(0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, "not played", None, ())
QUIET_EC2 = Ec2View(0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, "")
QUIET_NETWORK = NetworkManagerView(0.0, 0, 0.0, False)
QUIET_NLB = NlbView(True, 0, 0, 0.0, 1.0, 0.0, (), ())


def region_view(region: "Region", milestones: Milestones) -> RegionView:
    """Everything at this moment."""
    world = region.world
    dns = region.dns
    return RegionView(
        t_ns=world.now,
        events=world.events,
        messages=world.messages,
        digest=world.digest,
        dns=dns_view(
            dns.route53.snapshot(),
            dns.planner.snapshot(),
            tuple(enactor.snapshot() for enactor in dns.enactors),
            dns.customers.snapshot(),
            dns.internal.snapshot(),
            dns.global_tables.snapshot(),
        ),
        leases=QUIET_LEASES,
        ec2=QUIET_EC2,
        network_manager=QUIET_NETWORK,
        nlb=QUIET_NLB,
        latency=latency_views(region),
        services=(),
        milestones=milestones.views(),
        checkers=tuple(
            CheckerView(law.name, law.held, law.first_violation_ns)
            for law in world.checkers.report()
        ),
        impact=ImpactView(0.0, 0, 0, 0, 0),
        customer_error_rate=dns.dynamodb.snapshot().error_rate,
    )


def latency_views(region: "Region") -> tuple[LatencyView, ...]:
    """Every operation's latencies, the last interval's and the whole run's; milliseconds."""
    telemetry = region.world.telemetry
    views: list[LatencyView] = []
    for name in telemetry.histogram_names():
        histogram = telemetry.histogram(name)
        run, interval = histogram.run(), histogram.interval()
        p50, p90, p99, p999, p9999 = (us / 1000 for us in interval.percentiles(PERCENTILES))
        curve = tuple(us / 1000 for us in run.percentiles(CURVE))
        views.append(
            LatencyView(
                operation=name,
                count=interval.count,
                total=run.count,
                p50_ms=p50,
                p90_ms=p90,
                p99_ms=p99,
                p999_ms=p999,
                p9999_ms=p9999,
                max_ms=interval.maximum_us / 1000,
                total_p50_ms=curve[1],
                total_p99_ms=curve[5],
                total_p9999_ms=curve[9],
                total_max_ms=run.maximum_us / 1000,
                curve_ms=curve,
            )
        )
    return tuple(views)


def observation(region: "Region") -> Observation:
    """What the milestones are judged by."""
    dns = region.dns
    route53 = dns.route53.snapshot()
    return Observation(
        t_ns=region.world.now,
        endpoint_addresses=route53.answer_count,
        endpoint_since_ns=route53.since_ns,
        customers_empty_share=dns.customers.snapshot().empty_share,
        replication_lag_s=dns.global_tables.snapshot().worst_lag_s,
    )
