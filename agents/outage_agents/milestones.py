"""When a milestone has happened in a run, and from when to when each thing failed.

Everything here is decided on telemetry alone: the Region hands in an `Observation` every few
virtual seconds (at least one a minute, best one at each full minute), and the conditions of the
reference timeline are evaluated on it. Nothing knows the hour at which something ought to happen.

Rules that hold throughout. A recovery counts only after its failure. Errors are judged by the
minute: a window opens with the first of five minutes in a row with 1 % errors or more, and closes
with the first of five in a row below that; so gaps shorter than five minutes do not split a window,
and spikes shorter than that open none. A milestone that says *all is normal* (`ec2_normal`,
`lambda_normal`, `event_over`) is withdrawn when its window opens again: normal is what stays so.

*Assumed*, where the published conditions leave room: a fleet counts as having lost its leases when
ten times as many are broken as may be when it is whole; NLB has errors in a minute in which three
healthy nodes leave DNS or 1 % of its traffic fails; STS's first wave is its first window that is
not NLB's doing, its second wave the last one that is.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

import attrs
import msgspec

from outage_agents.timeline import TimelineEvent, reference_milestones
from outage_agents.views import MilestoneView
from outage_agents.when import REFERENCE_EPOCH_S, t_min
from outage_engine.clock import MINUTE

ERRORS_SHARE = 0.01
"""Errors from this share on are a failure (conditions of the reference timeline)."""
HOLD_MIN = 5
"""Minutes for which a condition must hold (as above)."""
HOLD_NS = HOLD_MIN * MINUTE
NLB = "nlb"
"""The cause of a service's errors when it fails through load balancers."""

ACTION_MILESTONES: Mapping[str, str] = {
    "dns.rpz_override": "rpz_override_applied",
    "dns.restore_from_rollback": "dns_restored",
    "dwfm.throttle": "dwfm_throttle_and_restart",
    "dwfm.restart_hosts": "dwfm_throttle_and_restart",
    "lambda.restore_pollers": "lambda_pollers_restored",
    "nlb.disable_failover": "nlb_failover_disabled",
    "ec2.relax_throttle": "ec2_throttles_relax_begin",
    "nlb.enable_failover": "nlb_failover_enabled",
}
"""Which milestone an action is; one of several actions has happened when all are done."""


class ServiceObservation(msgspec.Struct, frozen=True):
    """One service at the moment of an observation."""

    name: str
    error_rate: float
    """Share of calls that fail."""
    through: str = ""
    """What it fails through; empty when it does not."""
    nlb_error_rate: float = 0.0
    """The part of `error_rate` that comes through NLB."""
    backlog_min: float = 0.0
    """Work that waits, in minutes of normal inflow."""


@attrs.frozen
class Observation:
    """What telemetry says at one moment. Counts run from the start; shares go from 0 to 1.

    A part of the Region that takes no part in the run keeps its default.
    """

    t_ns: int
    endpoint_addresses: int
    """Addresses of the authoritative regional name."""
    endpoint_since_ns: int | None = None
    """Since when the regional name is as it is; makes `dns_record_empty` exact."""
    customers_empty_share: float = 0.0
    """Share of customers' resolvers that hold the empty answer."""
    replication_lag_s: float = 0.0
    """Lag of the slowest global-table replica."""
    droplets: int = 0
    broken: int = 0
    """Droplets without a lease."""
    state_checks_total: int = 0
    state_checks_failed_total: int = 0
    launch_success_share: float = 1.0
    """Share of launches that started with connectivity."""
    launches_through: str = ""
    """The limit on launches in words, where one is in force."""
    launches_throttled: bool = False
    nm_wait_s: float = 0.0
    nlb_removals_total: int = 0
    """Healthy NLB nodes taken out of DNS."""
    nlb_error_rate: float = 0.0
    """Share of NLB's traffic that fails."""
    lambda_sqs_backlog_min: float = 0.0
    services: tuple[ServiceObservation, ...] = ()


@attrs.frozen
class OutageWindow:
    """From when to when something failed."""

    start_ns: int
    end_ns: int | None
    """None while it is open."""
    cause: str
    """What it failed through in its first five minutes."""


@attrs.frozen
class MilestoneRecord:
    """One milestone of the reference timeline, and when it happened in this run."""

    id: str
    kind: str
    t_ns: int | None
    reference_min: float
    tolerance_min: float | None
    staged: bool
    """Brought about by staging, not by chance."""
    epoch_s: int = REFERENCE_EPOCH_S

    @property
    def t_min(self) -> float | None:
        """Minutes after T0; None when it did not happen."""
        return None if self.t_ns is None else t_min(self.t_ns, self.epoch_s)

    @property
    def error_min(self) -> float | None:
        """How much later than the reference, minutes; None when it did not happen."""
        at = self.t_min
        return None if at is None else at - self.reference_min


class Staged(Protocol):
    """What must be known of a scenario to tell its milestones."""

    @property
    def epoch_s(self) -> int:
        """Seconds from the start of the run to T0."""

    @property
    def staged(self) -> bool:
        """The slow Enactor is staged."""


class Milestones:
    """Watches a run."""

    def __init__(self, scenario: "Staged") -> None:
        self._epoch_s = scenario.epoch_s
        self._staged = scenario.staged
        self._at: dict[str, int] = {}
        self._acted: dict[str, int] = {}
        self._failed: set[str] = set()  # only ever asked for membership
        self._minute: _Minute | None = None
        self._last: Observation | None = None
        self._nm_late = _Held()
        self._nm_normal = _Held()
        self._components = {name: _Spells() for name in ("DynamoDB", "EC2 launches", "NLB errors")}
        self._services: dict[str, _Spells] = {}
        self._second_wave: dict[str, _Spells] = {}

    def observe(self, seen: Observation) -> tuple[str, ...]:
        """Take in one observation; returns the milestones that are new.

        Observations come in order of time.
        """
        assert self._last is None or seen.t_ns >= self._last.t_ns, "observations go back in time"
        before = dict(self._at)
        self._watch_dns(seen)
        self._watch_leases(seen)
        self._watch_network(seen)
        self._watch_sqs(seen)
        self._gather(seen)
        self._last = seen
        return tuple(name for name in self._at if before.get(name) is None)

    def acted(self, action_id: str, result: str, t_ns: int) -> None:
        """Operators have acted; only what was really done counts, and only the first time."""
        milestone = ACTION_MILESTONES.get(action_id)
        if not milestone or result != "done":
            return
        self._acted.setdefault(action_id, t_ns)
        parts = [part for part, whole in ACTION_MILESTONES.items() if whole == milestone]
        if all(part in self._acted for part in parts):
            self._at.setdefault(milestone, max(self._acted[part] for part in parts))

    def told(self, milestone_id: str, t_ns: int) -> None:
        """In a drill a player says that people have learned something."""
        known = [event.id for event in reference_milestones() if event.kind == "knowledge"]
        assert milestone_id in known, f"{milestone_id} is none of {known}"
        self._at.setdefault(milestone_id, t_ns)

    def happened(self) -> dict[str, int]:
        """What has happened so far: milestone id to virtual time, in the order it was found."""
        return dict(self._at)

    @staticmethod
    def kind(milestone_id: str) -> str:
        """emergent, action or knowledge."""
        return next(event.kind for event in reference_milestones() if event.id == milestone_id)

    def records(self) -> tuple[MilestoneRecord, ...]:
        """Every milestone of the reference timeline, in its order."""
        return tuple(self._record(event) for event in reference_milestones())

    def views(self) -> tuple[MilestoneView, ...]:
        """The same for the dashboard."""
        return tuple(
            MilestoneView(
                record.id, record.kind, record.t_min, record.reference_min, staged=record.staged
            )
            for record in self.records()
        )

    def windows(self) -> dict[str, tuple[OutageWindow, ...]]:
        """Windows of DynamoDB, EC2 launches and NLB."""
        return {name: spells.windows() for name, spells in self._components.items()}

    def service_windows(self) -> dict[str, tuple[OutageWindow, ...]]:
        """Windows of every service that was observed, in the order of the observation."""
        return {name: spells.windows() for name, spells in self._services.items()}

    def _record(self, event: TimelineEvent) -> MilestoneRecord:
        return MilestoneRecord(
            id=event.id,
            kind=event.kind,
            t_ns=self._at.get(event.id),
            reference_min=event.t_min,
            tolerance_min=event.tolerance_min,
            staged=self._staged and event.id == "dns_record_empty",
            epoch_s=self._epoch_s,
        )

    # Conditions that hold or do not at each observation.

    def _watch_dns(self, seen: Observation) -> None:
        if seen.endpoint_addresses == 0:
            since = seen.t_ns if seen.endpoint_since_ns is None else seen.endpoint_since_ns
            self._at.setdefault("dns_record_empty", since)
        empty = seen.customers_empty_share >= ERRORS_SHARE
        self._recover("dynamodb_recovered", seen.t_ns, failed=empty, recovered=not empty)
        lagging = seen.replication_lag_s >= 10
        self._recover("global_tables_caught_up", seen.t_ns, failed=lagging, recovered=not lagging)

    def _watch_leases(self, seen: Observation) -> None:
        whole = max(5, 0.0002 * seen.droplets)
        self._recover(
            "dwfm_all_leased",
            seen.t_ns,
            failed=seen.broken > 10 * whole,
            recovered=seen.broken < whole,
        )

    def _watch_network(self, seen: Observation) -> None:
        late = self._nm_late.since(seen.t_ns, holds=seen.nm_wait_s > 120)
        if late is not None:
            self._at.setdefault("nm_latency_rises", late)
        normal = self._nm_normal.since(seen.t_ns, holds=seen.nm_wait_s < 5)
        if normal is not None and "nm_latency_rises" in self._at:
            self._at.setdefault("nm_propagation_normal", normal)

    def _watch_sqs(self, seen: Observation) -> None:
        waits = seen.lambda_sqs_backlog_min >= 1
        self._recover("lambda_sqs_backlog_done", seen.t_ns, failed=waits, recovered=not waits)

    def _recover(self, milestone: str, t_ns: int, *, failed: bool, recovered: bool) -> None:
        """A recovery counts only after its failure."""
        if failed:
            self._failed.add(milestone)
        elif recovered and milestone in self._failed:
            self._at.setdefault(milestone, t_ns)

    # Conditions on whole minutes. A minute reaches from just after its start to its end.

    def _gather(self, seen: Observation) -> None:
        number = (seen.t_ns - 1) // MINUTE
        if self._minute is not None and self._minute.number != number:
            self._close_minute()
        if self._minute is None:
            self._minute = _Minute(number)
        self._minute.add(seen, self._last)
        if seen.t_ns == (number + 1) * MINUTE:
            self._close_minute()

    def _close_minute(self) -> None:
        minute = self._minute
        self._minute = None
        if minute is None or minute.observations == 0:
            return
        start_ns = max(0, minute.number * MINUTE)
        if minute.checks > 0 and minute.checks_failed / minute.checks > 0.5:
            self._at.setdefault("dwfm_state_checks_fail", start_ns)
        if minute.removals >= 3:
            self._at.setdefault("nlb_errors_begin", start_ns)
        self._judge_components(minute, start_ns)
        self._judge_services(minute, start_ns)
        self._judge_recoveries()

    def _judge_components(self, minute: "_Minute", start_ns: int) -> None:
        empty = minute.mean(minute.empty_share) >= ERRORS_SHARE
        self._components["DynamoDB"].minute(start_ns, "DNS", failing=empty)
        refused = minute.throttled or minute.mean(minute.launch_failures) >= ERRORS_SHARE
        self._components["EC2 launches"].minute(start_ns, minute.launch_cause, failing=refused)
        nlb = minute.removals >= 3 or minute.mean(minute.nlb_errors) >= ERRORS_SHARE
        self._components["NLB errors"].minute(start_ns, "health checks", failing=nlb)

    def _judge_services(self, minute: "_Minute", start_ns: int) -> None:
        for name, sums in minute.services.items():
            failing = minute.mean(sums.errors) >= ERRORS_SHARE or minute.mean(sums.backlog_min) >= 1
            spells = self._services.setdefault(name, _Spells())
            spells.minute(start_ns, sums.through, failing=failing)
            if name in ("lambda", "connect"):
                wave = self._second_wave.setdefault(name, _Spells())
                through_nlb = minute.mean(sums.nlb_errors) >= ERRORS_SHARE
                wave.minute(start_ns, NLB, failing=through_nlb)

    def _judge_recoveries(self) -> None:
        starts = [w.start_ns for spells in self._second_wave.values() for w in spells.windows()[:1]]
        if starts:
            self._at.setdefault("second_wave_begins", min(starts))
        self._first_end("iam_sign_in_recovered", self._windows_of("iam"))
        sts = self._windows_of("sts")
        self._first_end("sts_first_wave_over", [w for w in sts if w.cause != NLB][:1])
        self._stays("sts_second_wave_over", [w for w in sts if w.cause == NLB])
        self._stays("ec2_normal", self._components["EC2 launches"].windows())
        self._stays("lambda_normal", self._windows_of("lambda"))
        everything = [w for spells in self._components.values() for w in spells.windows()]
        for name in self._services:
            if name != "redshift-clusters":
                everything.extend(self._windows_of(name))
        self._stays("event_over", everything if self._services else [])

    def _windows_of(self, service: str) -> tuple[OutageWindow, ...]:
        return self._services[service].windows() if service in self._services else ()

    def _first_end(
        self, milestone: str, windows: "tuple[OutageWindow, ...] | list[OutageWindow]"
    ) -> None:
        if windows and windows[0].end_ns is not None:
            self._at.setdefault(milestone, windows[0].end_ns)

    def _stays(
        self, milestone: str, windows: "tuple[OutageWindow, ...] | list[OutageWindow]"
    ) -> None:
        """The end of the last window when all are closed; withdrawn when one opens again."""
        ends = [window.end_ns for window in windows if window.end_ns is not None]
        if ends and len(ends) == len(windows):
            self._at[milestone] = max(ends)
        else:
            self._at.pop(milestone, None)


@attrs.define
class _Held:
    """Since when a condition has held, once it has done so for five minutes."""

    _since_ns: int | None = None

    def since(self, t_ns: int, *, holds: bool) -> int | None:
        if not holds:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = t_ns
        held = self._since_ns is not None and t_ns - self._since_ns >= HOLD_NS
        return self._since_ns if held else None


@attrs.define
class _Spells:
    """Windows of failure, from a verdict on each minute."""

    _closed: list[OutageWindow] = attrs.field(factory=list)
    _open: OutageWindow | None = None
    _streak_start_ns: int = 0
    _streak: int = 0
    _causes: list[str] = attrs.field(factory=list)

    def minute(self, start_ns: int, cause: str, *, failing: bool) -> None:
        """A minute was failing or not; five in a row against the present state change it."""
        if failing == (self._open is not None):
            self._streak = 0
            self._causes.clear()
            return
        if self._streak == 0:
            self._streak_start_ns = start_ns
        self._streak += 1
        self._causes.append(cause)
        if self._streak == HOLD_MIN:
            self._turn()

    def _turn(self) -> None:
        if self._open is None:
            cause = Counter(self._causes).most_common(1)[0][0]
            self._open = OutageWindow(self._streak_start_ns, None, cause)
        else:
            self._closed.append(attrs.evolve(self._open, end_ns=self._streak_start_ns))
            self._open = None
        self._streak = 0
        self._causes.clear()

    def windows(self) -> tuple[OutageWindow, ...]:
        return (*self._closed, self._open) if self._open else tuple(self._closed)


@attrs.define
class _ServiceSums:
    """One service within a minute."""

    errors: float = 0.0
    nlb_errors: float = 0.0
    backlog_min: float = 0.0
    through: str = ""
    _worst: float = -1.0

    def add(self, seen: ServiceObservation) -> None:
        self.errors += seen.error_rate
        self.nlb_errors += seen.nlb_error_rate
        self.backlog_min += seen.backlog_min
        if seen.through and seen.error_rate > self._worst:
            self._worst = seen.error_rate
            self.through = seen.through


@attrs.define
class _Minute:
    """The observations of one minute, added up."""

    number: int
    observations: int = 0
    empty_share: float = 0.0
    launch_failures: float = 0.0
    throttled: bool = False
    launch_cause: str = ""
    nlb_errors: float = 0.0
    checks: int = 0
    checks_failed: int = 0
    removals: int = 0
    services: dict[str, _ServiceSums] = attrs.field(factory=dict)

    def add(self, seen: Observation, last: Observation | None) -> None:
        self.observations += 1
        self.empty_share += seen.customers_empty_share
        self.launch_failures += 1 - seen.launch_success_share
        self.throttled = self.throttled or seen.launches_throttled
        self.launch_cause = self.launch_cause or _launches_fail_through(seen)
        self.nlb_errors += seen.nlb_error_rate
        if last is not None:
            self.checks += seen.state_checks_total - last.state_checks_total
            self.checks_failed += seen.state_checks_failed_total - last.state_checks_failed_total
            self.removals += seen.nlb_removals_total - last.nlb_removals_total
        for service in seen.services:
            self.services.setdefault(service.name, _ServiceSums()).add(service)

    def mean(self, total: float) -> float:
        """Mean over the minute's observations."""
        return total / self.observations


def _launches_fail_through(seen: Observation) -> str:
    """What keeps launches from starting with connectivity, the most basic fault first."""
    if seen.endpoint_addresses == 0:
        return "DynamoDB"
    if seen.broken >= ERRORS_SHARE * seen.droplets > 0:
        return "leases"
    return seen.launches_through or "network state"
