"""A stand-in for a run: six moments of an outage with plausible, made-up numbers.

For tests of the dashboard, its pictures, and work on its look without a simulator. Nothing here is
a result of the simulation and the command line never shows it as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
from msgspec.structs import replace

from outage_agents.views import (
    CheckerView,
    DnsView,
    Ec2View,
    EnactorView,
    ImpactView,
    LatencyCurve,
    LatencyView,
    LeasesView,
    MilestoneView,
    NarrationView,
    NetworkManagerView,
    NlbView,
    RegionView,
    ServiceView,
    ZoneLeasesView,
    ZoneNlbView,
)
from outage_tui.dashboard.source import History, Marker, Status, Update
from outage_tui.link_messages import Applied, Hello, Mark, Pace, Pause, Resume, Seek, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.link_messages import Command

Moment = Literal["normal", "race", "empty", "collapsed", "flapping", "recovered"]
MINUTE_NS = 60_000_000_000
EPOCH_MIN = 48.0

HELLO = Hello(
    scenario="us-east-1-2025-10-20",
    title="us-east-1, 19-20 October 2025",
    seed=1,
    start="2025-10-19T23:00:00-07:00",
    epoch_s=EPOCH_MIN * 60,
    duration_s=58_200.0,
    droplets=1_000_000,
    recording="recordings/staged.otrec",
)

_T_MIN: dict[Moment, float] = {
    "normal": -20.0,
    "race": -0.4,
    "empty": 47.0,
    "collapsed": 222.0,
    "flapping": 455.0,
    "recovered": 893.0,
}

_MILESTONES: tuple[tuple[str, str, float, float], ...] = (
    ("dns_record_empty", "emergent", 0.0, 0.0),
    ("dwfm_state_checks_fail", "emergent", 0.4, 0.0),
    ("rpz_override_applied", "action", 87.0, 87.0),
    ("sts_first_wave_over", "emergent", 88.6, 91.0),
    ("iam_sign_in_recovered", "emergent", 96.0, 97.0),
    ("dns_restored", "action", 157.0, 157.0),
    ("global_tables_caught_up", "emergent", 163.5, 164.0),
    ("dynamodb_recovered", "emergent", 172.0, 172.0),
    ("dwfm_throttle_and_restart", "action", 266.0, 266.0),
    ("lambda_pollers_restored", "action", 292.0, 292.0),
    ("dwfm_all_leased", "emergent", 338.9, 340.0),
    ("nlb_errors_begin", "emergent", 343.0, 342.0),
    ("lambda_sqs_backlog_done", "emergent", 372.4, 372.0),
    ("nm_latency_rises", "emergent", 392.1, 393.0),
    ("second_wave_begins", "emergent", 441.0, 436.0),
    ("nlb_failover_disabled", "action", 588.0, 588.0),
    ("sts_second_wave_over", "emergent", 606.0, 611.0),
    ("nm_propagation_normal", "emergent", 649.0, 648.0),
    ("ec2_throttles_relax_begin", "action", 695.0, 695.0),
    ("ec2_normal", "emergent", 843.0, 842.0),
    ("nlb_failover_enabled", "action", 861.0, 861.0),
    ("lambda_normal", "emergent", 868.0, 867.0),
    ("event_over", "emergent", 872.0, 872.0),
)

_SERVICES = (
    "Lambda", "STS", "IAM", "Console sign-in", "SQS", "Kinesis", "ECS", "EKS", "Fargate",
    "Connect", "Redshift", "Support Center", "EventBridge", "CloudTrail", "CloudWatch", "Glue",
    "RDS", "ElastiCache", "ECR", "Secrets Manager", "Organizations", "Cognito", "Step Functions",
    "API Gateway",
)  # fmt: skip

_NARRATION: tuple[tuple[float, str, str, str], ...] = (
    (-48.0, "operators", "info", "The run begins; plans are applied every minute."),
    (-30.0, "enactor-3", "info", "Takes plan 3012 for a pass over 300 endpoints."),
    (-29.0, "enactor-3", "warning", "Held before it reads the regional lock (staged)."),
    (-1.2, "enactor-2", "info", "Applied plan 3041 to 300 endpoints; begins its clean-up."),
    (-0.5, "enactor-3", "warning", "Flips the regional endpoint to plan 3012: a stale overwrite."),
    (0.0, "route53", "error", "Plan 3012 was deleted in use: the regional name is empty."),
    (0.4, "dwfm-az1-1", "error", "State checks fail: DynamoDB cannot be reached."),
    (3.0, "service-lambda", "error", "More than 1% of calls fail, through DynamoDB."),
    (50.0, "operators", "info", "dig shows the empty answer: DNS is identified as the source."),
    (87.0, "operators", "info", "RPZ override applied on the internal resolvers."),
    (157.0, "operators", "info", "The endpoint points at the rollback tree; answers are back."),
    (158.0, "dwfm-az3-2", "warning", "607 k leases to establish at once; work runs late."),
    (171.0, "dwfm-az3-2", "error", "All work done is late: congestive collapse."),
    (266.0, "operators", "info", "Throttle at 0.6% outstanding; hosts of az1 restart."),
    (340.0, "ec2-api", "info", "All droplets leased; launches succeed, many are throttled."),
    (402.0, "nlb-az2", "warning", "Checks come 41 s late; the zone fails over out of DNS."),
    (436.0, "service-connect", "error", "Second wave: errors through NLB."),
    (588.0, "operators", "info", "Automatic failover switched off; all healthy capacity returns."),
    (872.0, "operators", "info", "Every service is normal."),
)  # fmt: skip


def region(moment: Moment) -> RegionView:
    """The whole Region at one of the six moments."""
    t_min = _T_MIN[moment]
    services = _services(moment)
    down = sum(service.state == "down" for service in services)
    return RegionView(
        t_ns=int((EPOCH_MIN + t_min) * MINUTE_NS),
        events=int(4000 * (48 + t_min)),
        messages=int(2900 * (48 + t_min)),
        digest=f"{abs(hash_of(moment)):016x}",
        dns=_dns(moment),
        leases=_leases(moment),
        ec2=_ec2(moment),
        network_manager=_network_manager(moment),
        nlb=_nlb(moment),
        latency=_latency(moment),
        services=services,
        milestones=tuple(
            MilestoneView(id=name, kind=kind, t_min=at if at <= t_min else None, reference_min=real)
            for name, kind, at, real in _MILESTONES
        ),
        checkers=(
            CheckerView(
                name="a plan in use is never deleted",
                held=moment != "empty",
                first_violation_ns=None,
            ),
        ),
        impact=ImpactView(
            customer_minutes=max(0.0, t_min) * 910,
            failed=int(max(0.0, t_min) * 61_000),
            refused=int(max(0.0, t_min) * 4_000),
            services_down=down,
            services=len(services),
        ),
        customer_error_rate=down / len(services) * 0.6,
    )


def hash_of(moment: Moment) -> int:
    """A stand-in for a digest, the same in every process."""
    return int.from_bytes(moment.encode().ljust(8, b"#")[:8], "big")


_CAUSES: dict[int, tuple[str, tuple[int, ...], tuple[str, ...]]] = {
    3: ("dns.enactor-3.held", (), ()),
    5: ("dns.stale_overwrite", (3,), ("Proceed from dns-staging",)),
    6: ("dns.empty", (5,), ("ChangeBatch from enactor-3",)),
    7: ("dwfm.az1-1.checks_fail", (6,), ("Answer from resolver-ec2",)),
    8: ("service.lambda.down", (6,), ("Answer from resolver-ec2",)),
    9: ("action.dns.inspect.result", (), ()),
    10: ("action.dns.rpz_override", (), ()),
    11: ("action.dns.restore_from_rollback", (), ()),
    12: ("dwfm.az3-2.answers", (11,), ("Answer from resolver-ec2",)),
    13: ("dwfm.az3-2.collapse", (12, 7), ("", "")),
    14: ("action.dwfm.throttle", (), ()),
    15: ("launches.resumed", (14,), ("LeaseReport from dwfm-az1-1",)),
    16: ("nlb.az2.out", (15,), ("NetworkState from network-manager",)),
    17: ("service.connect.down", (16,), ("ZoneCapacity from nlb-az2",)),
    18: ("action.nlb.disable_failover", (), ()),
    19: ("customers.over", (18,), ("",)),
}
"""Topic, causes and what brought them, of the lines that have some."""


def narration(moment: Moment) -> tuple[NarrationView, ...]:
    """What had been told by then."""
    return tuple(
        NarrationView(
            n, int((EPOCH_MIN + t_min) * MINUTE_NS), who, level, text, *_CAUSES.get(n, ())
        )
        for n, (t_min, who, level, text) in enumerate(_NARRATION, start=1)
        if t_min <= _T_MIN[moment]
    )


def _enactors(moment: Moment) -> tuple[EnactorView, ...]:
    first = EnactorView(
        name="enactor-1", zone="az1", state="applying", generation=3041, position=171,
        endpoints=300, retries=0, age_s=17.0, note="walks on; nothing in its way",
    )  # fmt: skip
    second = replace(
        first,
        name="enactor-2",
        zone="az2",
        state="waiting",
        position=300,
        note="looks again in 1 s",
    )
    third = replace(
        first, name="enactor-3", zone="az3", state="held", generation=3012, position=141,
        age_s=1740.0, retries=4, note="held before the regional lock since 23:19 (staged)",
    )  # fmt: skip
    if moment == "normal":
        return (first, second, replace(second, name="enactor-3", zone="az3"))
    if moment == "race":
        cleaning = replace(
            second,
            state="cleaning",
            note="deletes the plans older than 3031",
            deletes_below=3031,
        )
        flipped = replace(
            third, state="applying", note="has just flipped the regional endpoint to plan 3012"
        )
        return (first, cleaning, flipped)
    if moment == "empty":
        return tuple(
            replace(
                first, name=f"enactor-{n}", zone=f"az{n}", state="blocked", generation=3089,
                position=141, retries=96 + n, age_s=30.0,
                note="its batch fails: the endpoint's current target is gone",
            )
            for n in (1, 2, 3)
        )  # fmt: skip
    note = "stopped by the operators"
    return tuple(
        replace(second, name=f"enactor-{n}", zone=f"az{n}", state="stopped", note=note)
        for n in (1, 2, 3)
    )


def _dns(moment: Moment) -> DnsView:
    good = DnsView(
        endpoint="dynamodb.us-east-1.amazonaws.com", state="ok", since_ns=0,
        answers=("3.218.180.11", "3.218.181.70", "52.94.0.116", "52.119.229.4"), answer_count=214,
        target="plan-3041.ddb", target_generation=3041, target_exists=True,
        rollback_generation=3040, rollback_exists=True, newest_generation=3041,
        lock_holder="", lock_epoch=0, automation="running", override=False,
        customers_empty_share=0.0, internal_empty_share=0.0, replication_lag_s=0.4,
        stale_overwrites=0, races=0, broken_endpoints=0, enactors=_enactors(moment),
    )  # fmt: skip
    if moment == "normal":
        return good
    if moment == "race":
        return replace(
            good, state="stale", since_ns=int(47.5 * MINUTE_NS), target="plan-3012.ddb",
            target_generation=3012, rollback_generation=3041, lock_holder="enactor-3",
            lock_epoch=2849, stale_overwrites=1, races=1,
        )  # fmt: skip
    if moment == "empty":
        return replace(
            good, state="empty", since_ns=48 * MINUTE_NS, answers=(), answer_count=0,
            target="plan-3012.ddb", target_generation=3012, target_exists=False,
            rollback_generation=3041, newest_generation=3089, lock_holder="enactor-1",
            lock_epoch=5697, customers_empty_share=1.0, internal_empty_share=1.0,
            replication_lag_s=2820.0, stale_overwrites=1, races=1, broken_endpoints=1,
            broken_names=("dynamodb.us-east-1.amazonaws.com",), negative_ttl_s=900.0,
            soa_minimum_s=86_400.0, internal_answers=("3.218.180.11",),
            customers_empty_left_s=431.0, internal_empty_left_s=612.0,
        )  # fmt: skip
    return replace(
        good, since_ns=205 * MINUTE_NS, automation="stopped", override=moment == "collapsed",
        stale_overwrites=1, races=1, newest_generation=3205,
    )  # fmt: skip


def _leases(moment: Moment) -> LeasesView:
    broken = {"normal": 83, "race": 79, "empty": 41_200, "collapsed": 947_000}.get(moment, 92)
    collapsed = moment == "collapsed"
    zones = tuple(
        ZoneLeasesView(
            zone=n, droplets=166_667, broken=broken * (92 + 3 * n) // 615 + (0 if n < 6 else 3),
            queue=5_420_000 + 31_000 * n if collapsed else 14 + n,
            in_flight=3 if not collapsed else 41_200 + 90 * n,
            established_per_s=0.0 if collapsed else 0.2, late_per_s=70.4 if collapsed else 0.0,
            wait_s=5_900.0 if collapsed else 0.4,
            verdict={"empty": "losing leases", "collapsed": "metastable"}.get(moment, "stable"),
            renewed_per_s=0.0 if collapsed or moment == "empty" else 553.0,
            useful_units_s=0.0 if collapsed or moment == "empty" else 555.0,
            capacity_units_s=926.0, load=14.2 if collapsed else 0.6,
        )
        for n in range(1, 7)
    )  # fmt: skip
    verdict = {"empty": "losing leases", "collapsed": "metastable"}.get(moment, "stable")
    return LeasesView(
        droplets=1_000_000, broken=broken, queue=sum(zone.queue for zone in zones),
        in_flight=sum(zone.in_flight for zone in zones), established_total=4_412,
        established_per_s=sum(zone.established_per_s for zone in zones),
        late_per_s=sum(zone.late_per_s for zone in zones), capacity_units_s=5_556.0,
        throttle_share=0.0, verdict=verdict, done_ns=None, zones=zones,
        lost_per_s=70.0 if moment == "empty" else 0.2,
        renewed_per_s=sum(zone.renewed_per_s for zone in zones),
        useful_units_s=sum(zone.useful_units_s for zone in zones),
        load=14.2 if collapsed else 0.6, wait_s=max(zone.wait_s for zone in zones),
        deadline_s=120.0, shards=24, shards_cut_off=24 if moment == "empty" else 0,
    )  # fmt: skip


def _ec2(moment: Moment) -> Ec2View:
    view = Ec2View(
        demand_per_s=24.0, launched_per_s=23.9, insufficient_capacity_per_s=0.1,
        request_limit_per_s=0.0, failed_per_s=0.0, launched_total=61_000, refused_total=12,
        without_network=3, throttle="",
    )  # fmt: skip
    if moment == "empty":
        return replace(view, launched_per_s=0.0, failed_per_s=24.0)
    if moment == "collapsed":
        return replace(view, launched_per_s=1.2, insufficient_capacity_per_s=22.8)
    if moment == "flapping":
        return replace(
            view, launched_per_s=11.3, request_limit_per_s=12.7, without_network=9_400,
            insufficient_capacity_per_s=0.0, throttle="launch throttle at 50 %",
        )  # fmt: skip
    return view


def _network_manager(moment: Moment) -> NetworkManagerView:
    if moment == "flapping":
        return NetworkManagerView(wait_s=2_310.0, backlog=841_000, inflow_share=1.6, reduced=False)
    return NetworkManagerView(wait_s=0.6, backlog=12, inflow_share=0.41, reduced=False)


def _nlb(moment: Moment) -> NlbView:
    flapping = moment == "flapping"
    out = (2, 4) if flapping else ()
    zones = tuple(
        ZoneNlbView(
            zone=n, state="out" if n in out else "in",
            since_ns=int((EPOCH_MIN + 400 + n) * MINUTE_NS) if flapping else 0, nodes=1000,
            nodes_in_dns=0 if n in out else (870 if flapping else 1000),
            unhealthy_share=0.13 if flapping else 0.0, unknown_share=0.28 if n in out else 0.0,
            lateness_s=41.0 if n in out else (6.0 if flapping else 0.0),
            utilisation=1.4 if n in out else (0.8 if flapping else 0.31),
            flaps_per_min=14.0 if flapping else 0.0,
        )
        for n in range(1, 7)
    )  # fmt: skip
    return NlbView(
        failover=moment != "recovered", zones_out=len(out), removals_total=4_120 if flapping else 0,
        removals_per_min=66.0 if flapping else 0.0, capacity_share=0.58 if flapping else 1.0,
        demand_share=0.63, zones=zones,
        failovers=("az4 out, 31 % unhealthy or unknown", "az2 out, checks 41 s late")
        if flapping else (),
        failover_times_ns=tuple(int((EPOCH_MIN + m) * MINUTE_NS) for m in (451, 414))
        if flapping else (),
        error_share=0.08 if flapping else 0.0,
    )  # fmt: skip


def _latency(moment: Moment) -> tuple[LatencyView, ...]:
    stretch = {"collapsed": 60.0, "flapping": 8.0, "empty": 3.0}.get(moment, 1.0)
    views = []
    for operation, base in (
        ("dns.apply", 95.0), ("dynamodb.call", 3.1), ("dwfm.establish", 420.0),
        ("ec2.launch", 2_900.0), ("nm.propagation", 640.0), ("nlb.check", 20.0),
    ):  # fmt: skip
        slow = base * stretch
        views.append(
            LatencyView(
                operation=operation, count=2_400, total=881_000, p50_ms=slow, p90_ms=slow * 1.8,
                p99_ms=slow * 4.1, p999_ms=slow * 7.7, p9999_ms=slow * 11.0, max_ms=slow * 13.0,
                total_p50_ms=base, total_p99_ms=slow * 4, total_p9999_ms=slow * 11,
                total_max_ms=slow * 13,
                curve_ms=tuple(
                    base * factor for factor in (0.3, 1, 1.3, 1.8, 2.4, 4.1, 5.5, 7.7, 9.2, 11)
                ),
                interval=_curve(slow),
                before=None if moment in ("normal", "race") else _curve(base),
                run=_curve((base + slow) / 2),
            )
        )  # fmt: skip
    return tuple(views)


def _curve(p50_ms: float) -> LatencyCurve:
    points_ms = tuple(p50_ms * (0.3 + 0.7 * k / 2 + (k / 9) ** 2.3) for k in range(25))
    return LatencyCurve(2_400, p50_ms, points_ms[-1] * 1.2, points_ms)


def _services(moment: Moment) -> tuple[ServiceView, ...]:
    broken: dict[str, tuple[float, float, str]] = {}
    if moment == "empty":
        broken = {name: (0.81, 2.0 + n / 2, "DynamoDB") for n, name in enumerate(_SERVICES[:17])}
    elif moment == "collapsed":
        names = ("ECS", "EKS", "Fargate", "Redshift", "Glue")
        broken = {name: (0.97, 3.0, "EC2 launches") for name in names}
        broken["Lambda"] = (0.07, 3.0, "SQS pollers")
        broken["Connect"] = (0.22, 32.0, "Lambda")
    elif moment == "flapping":
        broken = {
            "Lambda": (0.34, 441.0, "NLB"), "Connect": (0.28, 443.0, "NLB"),
            "ECS": (0.44, -3.0, "EC2 launches"), "EKS": (0.41, -3.0, "EC2 launches"),
            "Fargate": (0.44, -3.0, "EC2 launches"), "STS": (0.03, 452.0, "NLB"),
        }  # fmt: skip
    return tuple(_service(name, broken.get(name)) for name in _SERVICES)


def _service(name: str, failing: tuple[float, float, str] | None) -> ServiceView:
    if failing is None:
        return ServiceView(name=name, state="ok", error_rate=0.0, since_ns=None, through="")
    error_rate, since_min, through = failing
    return ServiceView(
        name=name,
        state="down" if error_rate > 0.1 else "degraded",
        error_rate=error_rate,
        since_ns=int((EPOCH_MIN + since_min) * MINUTE_NS),
        through=through,
    )


class StagedSource:
    """A source that shows what it is told to, and remembers what it was asked for."""

    def __init__(self, moment: Moment = "normal", *, seekable: bool = False) -> None:
        self.sent: list[Command] = []
        """Commands received, oldest first."""
        self.closed = False
        self.hello = HELLO
        self.seekable = seekable
        self.status = Status(pace=600.0, speed=597.0, recording_bytes=12_400_000)
        self._moment: Moment = moment
        self._view: RegionView | None = None
        self._lines: tuple[NarrationView, ...] = ()
        self._markers: list[Marker] = []
        self._applied: list[Applied] = []
        self.stage(moment)

    def stage(self, moment: Moment) -> None:
        """Show another moment from the next poll on."""
        self._moment = moment
        self._view = region(moment)
        self._lines = narration(moment)
        self.status = attrs.evolve(self.status, t_ns=self._view.t_ns)

    def poll(self) -> Update:
        """Everything once, then only what changed."""
        view, self._view = self._view, None
        lines, self._lines = self._lines, ()
        applied, self._applied = tuple(self._applied), []
        return Update(
            status=self.status, view=view, lines=lines, rewound=view is not None, applied=applied
        )

    def announce(self, news: Callable[[], None]) -> None:
        """Nothing happens here between two polls."""

    def series_names(self) -> tuple[str, ...]:
        """The two."""
        return ("dwfm.broken", "nm.wait_s")

    def history(self, name: str) -> History:
        """Two series, drawn by hand up to the moment shown."""
        now_min = int(_T_MIN[self._moment])
        minutes = range(-48, now_min + 1, 2)
        times = [int((EPOCH_MIN + m) * MINUTE_NS) for m in minutes]
        if name == "dwfm.broken":
            return History(times, [_broken_at(m) for m in minutes])
        if name == "nm.wait_s":
            return History(times, [max(0.0, min(m - 393, 648 - m)) * 40 for m in minutes])
        if name == "ec2.launched_total":
            return History(times, [24.0 * 60 * (m + 48 if m < 0 else 48) for m in minutes])
        return History()

    def overview(self, name: str) -> History:
        """The same: nothing later is known."""
        return self.history(name)

    def markers(self) -> tuple[Marker, ...]:
        """What `Mark` was sent."""
        return tuple(self._markers)

    def milestones(self) -> tuple[MilestoneView, ...]:
        """All of them when seekable, as a recording knows them."""
        return region("recovered").milestones if self.seekable else ()

    def send(self, command: Command) -> None:
        """Remember the command, and act a little as a host would."""
        self.sent.append(command)
        status = self.status
        match command:
            case Pace(multiplier=multiplier, auto=auto):
                self.status = attrs.evolve(status, pace=multiplier, auto=auto)
            case Pause():
                self.status = attrs.evolve(status, halted=True)
            case Resume():
                self.status = attrs.evolve(status, halted=False)
            case Mark(name=name):
                self._markers.append(Marker(status.t_ns, name))
            case Seek(t_ns=t_ns):
                self._view = replace(region(self._moment), t_ns=t_ns)
                self.status = attrs.evolve(status, t_ns=t_ns)
            case Step():
                self._view = replace(region(self._moment), t_ns=status.t_ns)
            case _:
                return

    def close(self) -> None:
        """Remember that the dashboard left."""
        self.closed = True


def _broken_at(minute: int) -> float:
    if minute < 30:
        return 85.0
    if minute < 157:
        return min(610_000.0, 85.0 + (minute - 30) * 4_800)
    if minute < 270:
        return min(970_000.0, 610_000.0 + (minute - 157) * 9_000)
    return max(90.0, 970_000.0 - (minute - 270) * 14_000)
