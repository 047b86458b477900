"""What the outside may see of the Region: frozen views, one for each panel.

They are the frames of the dashboard and of a recording. Times are virtual nanoseconds since the
start of the run; None means "does not apply". Shares run from 0 to 1.

Some 150 of them are made for each frame, a thousand frames a night: as structs they cost an eighth
of what frozen attrs classes do, and half when they are written.
"""

import msgspec

SIXTHS = (1.0, 0.681292069, 0.464158883, 0.316227766, 0.215443469, 0.146779927)
"""10**(-k/6) for k = 0..5."""
FINE_CURVE = (
    *(100.0 - share * tenth for tenth in (100.0, 10.0, 1.0, 0.1) for share in SIXTHS),
    99.99,
)
"""Percentiles of a `LatencyCurve`: six to each tenth of what lies beyond."""


class EnactorView(msgspec.Struct, frozen=True):
    """One DNS Enactor in its pass over the endpoints."""

    name: str
    zone: str
    state: str
    """waiting, applying, held, blocked, cleaning, stopped."""
    generation: int
    """Plan generation it applies, or applied last; 0 before the first."""
    position: int
    """Endpoints done in this pass."""
    endpoints: int
    retries: int
    """Batches refused or failed in this pass."""
    age_s: float
    """Seconds since it took the plan."""
    note: str
    """One clause a person can read: what it is about to do, or why it is stuck."""
    deletes_below: int = 0
    """Its clean-up deletes, or will delete, every plan of a lower generation than this; 0: none is
    ahead."""


class DnsView(msgspec.Struct, frozen=True):
    """The regional endpoint in Route 53, and who serves what of it."""

    endpoint: str
    state: str
    """ok, stale, empty."""
    since_ns: int
    answers: tuple[str, ...]
    """Addresses of the authoritative answer (at most eight shown)."""
    answer_count: int
    target: str
    """Name of the plan tree the endpoint points to."""
    target_generation: int
    target_exists: bool
    rollback_generation: int
    rollback_exists: bool
    newest_generation: int
    """Newest plan the Planner has made."""
    lock_holder: str
    lock_epoch: int
    automation: str
    """running, stopped."""
    override: bool
    """RPZ override active on the internal resolvers."""
    customers_empty_share: float
    """Share of customers' resolvers that hold the empty answer."""
    internal_empty_share: float
    replication_lag_s: float
    """Largest lag of a global-table replica."""
    stale_overwrites: int
    races: int
    broken_endpoints: int
    """Endpoints of the zone without an answer, the regional one included."""
    enactors: tuple[EnactorView, ...]
    negative_ttl_s: float = 0.0
    """How long a resolver may keep the empty answer."""
    soa_minimum_s: float = 0.0
    customers_empty_left_s: float = 0.0
    """How much longer a customer's resolver keeps its empty answer (median of those that do)."""
    internal_empty_left_s: float = 0.0
    customers_answers: tuple[str, ...] = ()
    """What a customer's resolver gives that holds no empty answer."""
    internal_answers: tuple[str, ...] = ()
    """The same of an internal one; the forced addresses while there are some."""
    broken_names: tuple[str, ...] = ()
    """Endpoints whose alias points to nothing, the first of them."""


class ZoneLeasesView(msgspec.Struct, frozen=True):
    """Leases of one Availability Zone (four DWFM shards)."""

    zone: int
    droplets: int
    broken: int
    queue: int
    """Attempts waiting."""
    in_flight: int
    """Establishments outstanding, not yet past their deadline."""
    established_per_s: float
    late_per_s: float
    """Work finished after its deadline, each second."""
    wait_s: float
    """Time a new attempt would wait."""
    verdict: str = ""
    """As for all zones together; empty in recordings from before it was kept."""
    done_ns: int | None = None
    renewed_per_s: float = 0.0
    """State checks in time, each second."""
    useful_units_s: float = 0.0
    """Work finished in time, each second; an establishment counts its cost in renewals."""
    capacity_units_s: float = 0.0
    load: float = 0.0
    """Work that asks for service, relative to what can be done."""


class LeasesView(msgspec.Struct, frozen=True):
    """DWFM, per zone and in total."""

    droplets: int
    broken: int
    queue: int
    in_flight: int
    established_total: int
    established_per_s: float
    late_per_s: float
    capacity_units_s: float
    throttle_share: float
    """At most this share of a shard's droplets outstanding; 0: no throttle."""
    verdict: str
    """stable, losing leases, draining, metastable."""
    done_ns: int | None
    """When a draining fleet will be done, extrapolated; None: not, or not by itself."""
    zones: tuple[ZoneLeasesView, ...]
    lost_per_s: float = 0.0
    """Leases that run out or break, each second."""
    renewed_per_s: float = 0.0
    useful_units_s: float = 0.0
    load: float = 0.0
    wait_s: float = 0.0
    """Time a new attempt would wait in the slowest zone."""
    deadline_s: float = 0.0
    """An establishment that takes longer is late."""
    shards: int = 0
    shards_cut_off: int = 0
    """Shards that DynamoDB does not answer."""


class Ec2View(msgspec.Struct, frozen=True):
    """Launches by result, each second, and what limits them."""

    demand_per_s: float
    launched_per_s: float
    insufficient_capacity_per_s: float
    request_limit_per_s: float
    failed_per_s: float
    launched_total: int
    refused_total: int
    without_network: int
    """Instances that run but have no connectivity yet."""
    throttle: str
    """What limits launches now, in words; empty when nothing does."""


class NetworkManagerView(msgspec.Struct, frozen=True):
    """Propagation of network state."""

    wait_s: float
    backlog: int
    inflow_share: float
    """Inflow relative to capacity."""
    reduced: bool
    """Load reduced by hand."""


class ZoneNlbView(msgspec.Struct, frozen=True):
    """One zone's NLB nodes."""

    zone: int
    state: str
    """in, out, fail-open."""
    since_ns: int
    nodes: int
    nodes_in_dns: int
    unhealthy_share: float
    unknown_share: float
    lateness_s: float
    """Age of the oldest check result beyond its interval, typical node."""
    utilisation: float
    """Load of the zone's checkers relative to what they can do."""
    flaps_per_min: float


class NlbView(msgspec.Struct, frozen=True):
    """All zones, and what is left."""

    failover: bool
    """Automatic AZ DNS failover is on."""
    zones_out: int
    removals_total: int
    removals_per_min: float
    capacity_share: float
    """Capacity in DNS relative to all."""
    demand_share: float
    """Demand relative to all capacity."""
    failovers: tuple[str, ...]
    """Last failovers, newest first, as text."""
    zones: tuple[ZoneNlbView, ...]
    failover_times_ns: tuple[int, ...] = ()
    """When each of `failovers` was."""
    error_share: float = 0.0
    """Connections that fail: too little capacity, broken by a removal, or without a network."""


class LatencyCurve(msgspec.Struct, frozen=True):
    """The latencies of one operation over some time; milliseconds."""

    count: int
    p50_ms: float
    max_ms: float
    points_ms: tuple[float, ...]
    """Not exceeded by a share of 1 - 10**(-k/6) of all, k = 0..24: the smallest latency first, p90,
    p99 and p99.9 at every sixth place, p99.99 last."""


class LatencyView(msgspec.Struct, frozen=True):
    """One operation's latency; milliseconds."""

    operation: str
    count: int
    """In the interval."""
    total: int
    """In the whole run."""
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    p9999_ms: float
    max_ms: float
    total_p50_ms: float
    total_p99_ms: float
    total_p9999_ms: float
    total_max_ms: float
    curve_ms: tuple[float, ...]
    """Whole run at the percentiles 0, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99."""
    interval: LatencyCurve | None = None
    """The interval that ended last; None when nothing was measured in it."""
    before: LatencyCurve | None = None
    """From the start of the run to T0, the moment of the event; None before it."""
    run: LatencyCurve | None = None


class ServiceView(msgspec.Struct, frozen=True):
    """One service."""

    name: str
    state: str
    """ok, degraded, down."""
    error_rate: float
    since_ns: int | None
    """Since when it is not ok; None when it is."""
    through: str
    """The dependency through which it fails; empty when ok."""
    down_ns: int | None = None
    """When it was down last in this spell of errors; None when it was not, or is ok."""
    stands_for: int = 1
    """How many services the row stands for."""


class MilestoneView(msgspec.Struct, frozen=True):
    """One milestone of the reference timeline, and when it happened here."""

    id: str
    kind: str
    t_min: float | None
    reference_min: float
    staged: bool = False
    """Its beginning was arranged: what caused it has never been published."""


class CheckerView(msgspec.Struct, frozen=True):
    """One law that is watched."""

    name: str
    held: bool
    first_violation_ns: int | None


class ImpactView(msgspec.Struct, frozen=True):
    """What customers felt."""

    customer_minutes: float
    failed: int
    refused: int
    services_down: int
    services: int
    peak_services_down_share: float = 0.0
    """Largest share of all services that were down at the same time so far."""
    by_service: tuple[tuple[str, int], ...] = ()
    """Customer-minutes lost so far, by name of the service, DynamoDB first."""


class ActionView(msgspec.Struct, frozen=True):
    """One action of the operators: ahead, under way, or over."""

    name: str
    """Which of its kind: `dwfm.throttle#2` is the second throttle of the run."""
    id: str
    title: str
    args: str
    """As people read them: `zones=all, zone_gap_s=338`."""
    state: str
    """ahead, begun (it takes effect later), under way (orders go out), over; unheard: its moment
    has passed and nobody on the call has heard of it, or answered."""
    start_ns: int
    """It is begun then, or takes effect at once."""
    effect_ns: int
    end_ns: int
    """The last of its orders goes out."""
    progress: float
    """Share (0..1) of the time from start to end that has passed."""
    result: str
    """`done`, `not needed`, `called off`, `refused: why`; empty while unknown."""
    detail: str
    """What the components said."""


class FaultView(msgspec.Struct, frozen=True):
    """One fault put into the run from outside."""

    n: int
    """Place in the run's list of faults; `EndFault` names it by this."""
    kind: str
    target: str
    args: str
    begin_ns: int
    end_ns: int | None
    """None: not before the end of the run."""
    state: str
    """ahead, active, over."""


class ChangeView(msgspec.Struct, frozen=True):
    """One parameter that changes during the run."""

    path: str
    value: str
    at_ns: int
    done: bool


class InputsView(msgspec.Struct, frozen=True):
    """Everything that changes the run from outside; each list in order of time."""

    actions: tuple[ActionView, ...] = ()
    faults: tuple[FaultView, ...] = ()
    changes: tuple[ChangeView, ...] = ()


class RegionView(msgspec.Struct, frozen=True):
    """Everything at one moment: a frame."""

    t_ns: int
    events: int
    messages: int
    digest: str
    dns: DnsView
    leases: LeasesView
    ec2: Ec2View
    network_manager: NetworkManagerView
    nlb: NlbView
    latency: tuple[LatencyView, ...]
    services: tuple[ServiceView, ...]
    milestones: tuple[MilestoneView, ...]
    checkers: tuple[CheckerView, ...]
    impact: ImpactView
    customer_error_rate: float
    inputs: InputsView = InputsView()


class NarrationView(msgspec.Struct, frozen=True):
    """One line of the narration."""

    n: int
    """Number, from 1, without gaps."""
    t_ns: int
    component: str
    level: str
    """info, warning, error."""
    text: str
    about: str = ""
    """Its topic; see `causes.py`."""
    because: tuple[int, ...] = ()
    """Numbers of the earlier lines that it follows from, the most direct first."""
    via: tuple[str, ...] = ()
    """What brought each of them to the component: type and sender of a message; empty: its own
    state."""
