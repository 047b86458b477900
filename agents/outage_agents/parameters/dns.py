"""Section [dns] of a scenario: Planner, Enactors, Route 53, resolvers, DynamoDB and its clients."""

import attrs

from outage_agents.parameters.field import param

_RACE = "calibration.md, DNS race"
_PES = "AWS post-event summary (message/101925), DynamoDB"


@attrs.frozen
class DnsGuards:
    """Protections that people proposed afterwards; all were off."""

    recheck_each_write: bool = param(
        False, "", "mechanisms.md, guards: each write is conditional on a newer generation"
    )
    spare_active_plan: bool = param(
        False, "", "mechanisms.md, guards: clean-up spares what an endpoint points to"
    )
    spare_rollback: bool = param(
        False, "", "mechanisms.md, guards: clean-up spares what a rollback alias points to"
    )
    repair_missing_target: bool = param(
        False, "", "mechanisms.md, guards: an Enactor may replace an alias without a target"
    )
    never_publish_empty: bool = param(
        False, "", "mechanisms.md, guards: the last answer is served while there is none"
    )


@attrs.frozen
class DnsParameters:
    """Parameters of this section."""

    planner_period_s: float = param(60.0, "s", f"assumed ({_RACE})", minimum=1.0, maximum=86_400.0)
    planner_phase_s: float = param(
        30.0, "s", "assumed: when in the run the first plan is made", minimum=0.0, maximum=86_400.0
    )
    endpoints: int = param(300, "count", f"assumed ({_RACE})", minimum=1, maximum=100_000)
    load_balancers: int = param(
        200, "count", f"assumed: 'hundreds' ({_PES})", minimum=1, maximum=10_000
    )
    balancer_incident_rate_h: float = param(
        2.0, "1/h", "assumed: load balancers losing capacity", minimum=0.0, maximum=3600.0
    )
    poll_s: float = param(1.0, "s", f"assumed ({_RACE})", minimum=0.01, maximum=3600.0)
    pass_s: float = param(30.0, "s", f"assumed ({_RACE})", minimum=0.01, maximum=86_400.0)
    pass_cv: float = param(
        0.165,
        "ratio",
        f"assumed: an endpoint's time has 0.2 ({_RACE}); this much is shared by a whole pass,"
        " which gives the race rates of the same section",
        minimum=0.0,
        maximum=2.0,
    )
    batch_s: float = param(
        0.02, "s", "assumed: from reading the lock to sending the batch", minimum=0.0, maximum=60.0
    )
    clean_up_s: float = param(
        1.0,
        "s",
        "assumed: collecting the old plans before the first is deleted",
        minimum=0.0,
        maximum=600.0,
    )
    backoff_first_s: float = param(0.1, "s", "assumed", minimum=0.001, maximum=60.0)
    backoff_most_s: float = param(5.0, "s", "assumed", minimum=0.001, maximum=600.0)
    keep_generations: int = param(10, "plans", f"assumed ({_RACE})", minimum=1, maximum=100_000)
    slow_factor: float = param(
        1.0,
        "ratio",
        "assumed: how much slower enactor-1 is; cause never published",
        minimum=1.0,
        maximum=10_000.0,
    )
    staged: bool = param(
        True,
        "",
        "assumed: enactor-1 is held and released on an event, for its delay has no known cause",
    )
    staged_delay_s: float = param(
        705.0,
        "s",
        "assumed: how long enactor-1 is held, to about 23:48; longer than clean-up keeps plans",
        minimum=0.0,
        maximum=86_400.0,
    )
    deleted_plan: str = param(
        "recreated",
        "",
        "mechanisms.md, DNS Enactor (alias trees); 'refused' is the other reading",
        choices=("recreated", "refused"),
    )
    positive_ttl_s: float = param(
        5.0, "s", "mechanisms.md: commonly seen, unconfirmed", minimum=1.0, maximum=86_400.0
    )
    soa_minimum_s: float = param(
        86_400.0, "s", "Route 53's default SOA", minimum=0.0, maximum=604_800.0
    )
    negative_ttl_s: float = param(
        900.0,
        "s",
        "Route 53's default TTL of the SOA record (RFC 2308: the smaller of the two)",
        minimum=0.0,
        maximum=86_400.0,
    )
    ec2_negative_ttl_s: float = param(
        5.0,
        "s",
        "assumed: DWFM was back at 02:25, so it kept no negative answer",
        minimum=0.0,
        maximum=86_400.0,
    )
    resolvers: int = param(
        1000, "count", "assumed: in each population", minimum=1, maximum=1_000_000
    )
    connection_life_s: float = param(
        60.0, "s", "assumed: mean life of a connection to DynamoDB", minimum=1.0, maximum=86_400.0
    )
    call_ms: float = param(
        4.0, "ms", "assumed: median of a DynamoDB call", minimum=0.01, maximum=10_000.0
    )
    replicas: int = param(
        5, "count", "assumed: other Regions of a global table", minimum=1, maximum=40
    )
    replica_lookup_s: float = param(
        30.0, "s", "assumed (calibration.md, DNS caches)", minimum=1.0, maximum=3600.0
    )
    replay_rate: float = param(
        25.0,
        "ratio",
        "assumed (calibration.md, DNS caches): replay relative to changes",
        minimum=1.01,
        maximum=10_000.0,
    )
    guard: DnsGuards = attrs.field(factory=DnsGuards)
