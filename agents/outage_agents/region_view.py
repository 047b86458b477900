"""The Region as the outside sees it: one frame, and one observation for the milestones.

Parts that do not play in a scenario show as quiet.
"""

from typing import TYPE_CHECKING, TypedDict

import attrs

from outage_agents.dns_view import dns_view
from outage_agents.dwfm import leases_view
from outage_agents.milestones import Milestones, Observation
from outage_agents.nlb import nlb_view
from outage_agents.views import (
    FINE_CURVE,
    CheckerView,
    Ec2View,
    ImpactView,
    LatencyCurve,
    LatencyView,
    LeasesView,
    MilestoneView,
    NetworkManagerView,
    NlbView,
    RegionView,
    ServiceView,
)
from outage_engine.clock import SECOND
from outage_engine.histogram import LatencyCounts, LatencyHistogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outage_agents.inputs import Inputs
    from outage_agents.region import Region

SLOW_NS = 60 * SECOND
"""Latency percentiles and milestones of a view are at most this old, virtual time."""
CURVE = (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99)

QUIET_LEASES = LeasesView(0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, "not played", None, ())
QUIET_EC2 = Ec2View(0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, "")
QUIET_NETWORK = NetworkManagerView(0.0, 0, 0.0, False)
QUIET_NLB = NlbView(True, 0, 0, 0.0, 1.0, 0.0, (), ())

QUIET_IMPACT = ImpactView(0.0, 0, 0, 0, 0)


class Panorama:
    """Makes frames of a region. What changes slowly is made anew only every so often."""

    def __init__(self, region: "Region", milestones: Milestones, inputs: "Inputs") -> None:
        self._region = region
        self._inputs = inputs
        self._milestones = milestones
        self._intervals: dict[str, LatencyCounts] = {}
        self._slow_until_ns = -1
        self._latency: tuple[LatencyView, ...] = ()
        self._milestone_views: tuple[MilestoneView, ...] = ()
        self._happened: dict[str, int] = {}
        self._interval_curves: dict[str, LatencyCurve] = {}
        self._run_curves: dict[str, tuple[tuple[float, ...], LatencyCurve]] = {}
        self._before: dict[str, LatencyCurve] = {}
        self._before_ns: int | None = None
        self._shown_latency: dict[
            str, tuple[int, LatencyCounts, LatencyCurve | None, LatencyView]
        ] = {}

    def close_interval(self) -> None:
        """Begin a new interval of every latency histogram; views show the one that ended."""
        telemetry = self._region.world.telemetry
        for name in telemetry.histogram_names():
            histogram = telemetry.histogram(name)
            self._intervals[name] = histogram.interval()
            self._interval_curves.pop(name, None)
            histogram.reset_interval()

    def remember_before(self) -> None:
        """The event begins: later latencies compare with what was measured until now.

        Only the first call counts.
        """
        if self._before_ns is not None:
            return
        self._before_ns = self._region.world.now
        telemetry = self._region.world.telemetry
        for name in telemetry.histogram_names():
            counts = telemetry.histogram(name).run()
            if counts.count:
                self._before[name] = _curve(counts)

    def intervals(self) -> "Mapping[str, LatencyCounts]":
        """The latencies of each operation in the interval that ended last."""
        return self._intervals

    def view(self) -> RegionView:
        """Everything at this moment."""
        region = self._region
        world, dns = region.world, region.dns
        ec2, nlb = region.ec2, region.nlb
        self._refresh_slow_parts(world.now)
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
            leases=(
                leases_view([shard.snapshot() for shard in ec2.shards], world.now)
                if ec2
                else QUIET_LEASES
            ),
            ec2=ec2.api.snapshot() if ec2 else QUIET_EC2,
            network_manager=ec2.network_manager.snapshot() if ec2 else QUIET_NETWORK,
            nlb=nlb_view(nlb.zones, region.nlb_demand_share()) if nlb else QUIET_NLB,
            latency=self._latency,
            milestones=self._milestone_views,
            checkers=tuple(
                CheckerView(law.name, law.held, law.first_violation_ns)
                for law in world.checkers.report()
            ),
            inputs=self._inputs.view(),
            **self._customers_parts(),
        )

    def _customers_parts(self) -> "_CustomersParts":
        region = self._region
        played = region.services
        if played is None:
            error_rate = region.dns.dynamodb.snapshot().error_rate
            return {"services": (), "impact": QUIET_IMPACT, "customer_error_rate": error_rate}
        return {
            "services": tuple([service.view() for service in played.services]),
            "impact": played.customers.impact_panel(played.services),
            "customer_error_rate": played.customers.snapshot().error_rate,
        }

    def _refresh_slow_parts(self, now_ns: int) -> None:
        if now_ns < self._slow_until_ns:
            return
        self._slow_until_ns = (now_ns // SLOW_NS + 1) * SLOW_NS
        happened = dict(self._milestones.happened())
        if happened != self._happened or not self._milestone_views:
            self._happened = happened
            self._milestone_views = self._milestones.views()
        telemetry = self._region.world.telemetry
        self._latency = tuple(
            self._latency_view(name, telemetry.histogram(name))
            for name in telemetry.histogram_names()
        )

    def _latency_view(self, name: str, histogram: LatencyHistogram) -> LatencyView:
        """One operation's latencies, the last interval's and the whole run's; milliseconds."""
        total, most_us = histogram.extent()
        recent = self._intervals.get(name) or histogram.run()
        before = self._before.get(name)
        shown = self._shown_latency.get(name)
        if shown is not None and shown[0] == total and shown[1] is recent and shown[2] is before:
            return shown[3]
        curve, whole = self._whole_run(name, histogram, total, most_us)
        interval = self._interval_curves.get(name) if name in self._intervals else whole
        if interval is None and recent.count:
            interval = self._interval_curves[name] = _curve(recent)
        p50, p90, p99, p999, p9999 = _percentiles(interval)
        view = LatencyView(
            operation=name,
            count=recent.count,
            total=total,
            p50_ms=p50,
            p90_ms=p90,
            p99_ms=p99,
            p999_ms=p999,
            p9999_ms=p9999,
            max_ms=recent.maximum_us / 1000,
            total_p50_ms=curve[1],
            total_p99_ms=curve[5],
            total_p9999_ms=curve[9],
            total_max_ms=most_us / 1000,
            curve_ms=curve,
            interval=interval,
            before=before,
            run=whole,
        )
        self._shown_latency[name] = total, recent, before, view
        return view

    def _whole_run(
        self, name: str, histogram: LatencyHistogram, total: int, most_us: int
    ) -> tuple[tuple[float, ...], LatencyCurve | None]:
        """Percentiles of the whole run, coarse and fine; up to one latency in ten is later."""
        known = self._run_curves.get(name)
        if known is not None:
            curve, whole = known
            if total <= whole.count * 1.1 and most_us / 1000 == whole.max_ms:
                return curve, whole
        run = histogram.run()
        if not run.count:
            return _milliseconds(run, CURVE), None
        every_ms = _milliseconds(run, (*CURVE, 50.0, *FINE_CURVE))
        curve, (p50_ms, *points_ms) = every_ms[: len(CURVE)], every_ms[len(CURVE) :]
        whole = LatencyCurve(run.count, p50_ms, run.maximum_us / 1000, tuple(points_ms))
        self._run_curves[name] = curve, whole
        return curve, whole


def _percentiles(curve: LatencyCurve | None) -> tuple[float, float, float, float, float]:
    """p50, p90, p99, p99.9 and p99.99 in milliseconds; 0 of nothing."""
    if curve is None:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    points_ms = curve.points_ms
    return curve.p50_ms, points_ms[6], points_ms[12], points_ms[18], points_ms[24]


def _curve(counts: LatencyCounts) -> LatencyCurve:
    p50_ms, *points_ms = _milliseconds(counts, (50.0, *FINE_CURVE))
    return LatencyCurve(counts.count, p50_ms, counts.maximum_us / 1000, tuple(points_ms))


def _milliseconds(counts: LatencyCounts, percents: tuple[float, ...]) -> tuple[float, ...]:
    """A place of the histogram may end above the largest value in it, which is known exactly."""
    most_us = counts.maximum_us
    return tuple(min(us, most_us) / 1000 for us in counts.percentiles(percents))


class _CustomersParts(TypedDict):
    services: tuple[ServiceView, ...]
    impact: ImpactView
    customer_error_rate: float


def observation(region: "Region") -> Observation:
    """What the milestones are judged by."""
    dns, ec2, nlb, played = region.dns, region.ec2, region.nlb, region.services
    telemetry = region.world.telemetry
    seen = Observation(
        t_ns=region.world.now,
        endpoint_addresses=dns.route53.answer_count,
        endpoint_since_ns=dns.route53.since_ns,
        customers_empty_share=dns.customers.snapshot().empty_share,
        replication_lag_s=dns.global_tables.snapshot().worst_lag_s,
    )
    if ec2:
        seen = attrs.evolve(
            seen,
            droplets=region.scenario.droplets,
            broken=int(telemetry.value("dwfm.broken")),
            state_checks_total=int(telemetry.value("dwfm.checks_total")),
            state_checks_failed_total=int(telemetry.value("dwfm.checks_failed_total")),
            launch_success_share=telemetry.value("ec2.success_share"),
            launches_through=ec2.api.snapshot().throttle,
            launches_throttled=telemetry.value("ec2.throttle_on") > 0,
            nm_wait_s=ec2.network_manager.wait_s,
        )
    if nlb:
        seen = attrs.evolve(
            seen,
            nlb_removals_total=int(telemetry.value("nlb.removals_total")),
            nlb_error_rate=telemetry.value("nlb.error_rate"),
        )
    if played:
        seen = attrs.evolve(
            seen,
            lambda_sqs_backlog_min=telemetry.value("lambda.sqs_backlog_min"),
            services=tuple(service.observe() for service in played.services),
        )
    return seen
