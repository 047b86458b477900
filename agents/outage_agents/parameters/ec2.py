"""Section [ec2] of a scenario: launches, and what limits them. All of it is assumed."""

import attrs

from outage_agents.parameters.field import param

DAY_S = 86_400.0


@attrs.frozen
class Ec2Parameters:
    """Demand is relative to the droplets, so that all shares are the same at any size."""

    launches_per_droplet_day: float = param(
        3.5, "1/day", "assumed: 40 launches a second in the whole Region", minimum=0.0, maximum=1e4
    )
    retry_s: float = param(
        300.0, "s", "assumed: who got no instance asks again", minimum=10.0, maximum=86400.0
    )
    give_up_s: float = param(
        1800.0, "s", "assumed: mean patience of who got no instance", minimum=10.0, maximum=1e6
    )
    request_limit: float = param(
        1.8, "normal demand", "assumed: the API's ordinary limit", minimum=0.01, maximum=1000.0
    )
    admission_ramp_s: float = param(
        2418.0, "s", "calibration.md, EC2 launches (assumed)", minimum=1.0, maximum=1e6
    )
    admission_gain: float = param(
        0.5625,
        "normal demand",
        "assumed: launches admitted when one ramp time has passed",
        minimum=0.001,
        maximum=1000.0,
    )
    connectivity_patience_s: float = param(
        120.0, "s", "assumed: a start slower than this counts as without network", minimum=1.0
    )
    start_s: float = param(
        8.0, "s", "assumed: from the request to a running instance", minimum=0.001, maximum=3600.0
    )
    replace_after_s: float = param(
        300.0,
        "s",
        "public EC2 Auto Scaling documentation: grace period of health checks, console default",
        minimum=1.0,
        maximum=86400.0,
    )
    replace_share: float = param(
        0.5,
        "share",
        "assumed: instances in groups that replace one without a network after that time",
        minimum=0.0,
        maximum=1.0,
    )

    def demand_per_s(self, droplets: int) -> float:
        """Launches asked for each second when nothing is wrong."""
        return self.launches_per_droplet_day * droplets / DAY_S
