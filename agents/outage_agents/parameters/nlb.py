"""Section [nlb] of a scenario."""

import attrs

from outage_agents.parameters.field import param


@attrs.frozen
class NlbParameters:
    """Network Load Balancer: nodes, their health checks, and automatic AZ DNS failover."""

    failover_enabled: bool = param(
        True, "", "post-event summary, NLB: automatic AZ DNS failover was on until 09:36"
    )
    """Take unhealthy nodes and zones out of DNS automatically."""
    velocity_limit: float = param(
        0.0,
        "",
        "post-event summary, remedies: no limit existed; 0 = none",
        minimum=0.0,
        maximum=6.0,
    )
    """Capacity that may be out of DNS at once: from 1, zones; below 1, a share of all nodes."""
    flap_source: str = param(
        "checkers",
        "",
        "two readings of the sources; the post-event summary fits `checkers` best",
        choices=("checkers", "targets"),
    )
    """Which new hosts lack network state: the checkers' own, or the targets."""
    nodes_per_zone: int = param(1000, "count", "assumed", minimum=7, maximum=1_000_000)
    checkers_per_zone: int = param(7, "count", "assumed", minimum=1, maximum=64)
    new_hosts_az1: float = param(1.4, "", "assumed", minimum=0.0, maximum=10.0)
    """Weight of new hosts in zone 1: how fast its fleet takes new instances into service."""
    new_hosts_az2: float = param(1.0, "", "assumed", minimum=0.0, maximum=10.0)
    new_hosts_az3: float = param(0.6, "", "assumed", minimum=0.0, maximum=10.0)
    new_hosts_az4: float = param(0.0, "", "assumed", minimum=0.0, maximum=10.0)
    new_hosts_az5: float = param(0.0, "", "assumed", minimum=0.0, maximum=10.0)
    new_hosts_az6: float = param(0.0, "", "assumed", minimum=0.0, maximum=10.0)
    host_life_s: float = param(
        16_400.0, "s", "assumed: at weight 1 each host is replaced once in this time", minimum=1.0
    )
    propagation_s: float = param(
        328.0,
        "s",
        "assumed: a new host enters service this long before its state is there, uncongested",
        minimum=0.0,
    )
    interval_s: float = param(
        10.0, "s", "public NLB documentation: 5-300 s; the value is assumed", minimum=1.0
    )
    good_check_s: float = param(0.02, "s", "assumed", minimum=0.001, maximum=10.0)
    """Time of its worker that a check takes when it is answered."""
    check_timeout_s: float = param(3.0, "s", "assumed", minimum=0.01, maximum=120.0)
    """Time of its worker that a check takes when it is not."""
    unhealthy_after: int = param(2, "count", "public NLB documentation", minimum=1, maximum=10)
    healthy_after: int = param(
        2, "count", "assumed; public documentation gives 3 or 5 for targets", minimum=1, maximum=10
    )
    result_validity_s: float = param(30.0, "s", "assumed", minimum=1.0)
    """A result older than this counts as unknown."""
    trip_share: float = param(0.3, "share", "assumed", minimum=0.0, maximum=1.0)
    """A zone leaves DNS when more of its nodes are unhealthy or unknown."""
    return_share: float = param(0.24, "share", "assumed", minimum=0.0, maximum=1.0)
    out_least_s: float = param(60.0, "s", "assumed", minimum=0.0)
    """A zone stays out at least this long."""
    decision_window_s: float = param(120.0, "s", "assumed", minimum=0.0)
    """The share that decides is the mean over this time."""
    dns_ttl_s: float = param(60.0, "s", "public NLB documentation: DNS TTL 60 s", minimum=0.0)
    background_failure: float = param(0.00002, "share", "assumed", minimum=0.0, maximum=0.5)
    """Share of checks that fail in normal operation."""

    def new_hosts(self, zone: int) -> float:
        """Weight of new hosts in zone 1..6."""
        weights = (
            self.new_hosts_az1,
            self.new_hosts_az2,
            self.new_hosts_az3,
            self.new_hosts_az4,
            self.new_hosts_az5,
            self.new_hosts_az6,
        )
        return weights[zone - 1]
