"""Section [dwfm] of a scenario: droplets' leases, and the workers that keep them.

No source publishes these numbers. They are one set of several that give the published times.
"""

import attrs

from outage_agents.parameters.field import param

CALIBRATION = "calibration.md, DWFM leases (assumed: no source publishes it)"


@attrs.frozen
class DwfmParameters:
    """How leases are kept, and what a shard can do."""

    zones: int = param(6, "count", "us-east-1 has six zones", minimum=1, maximum=6)
    shards_per_zone: int = param(4, "count", CALIBRATION, minimum=1, maximum=64)
    slot_s: float = param(10.0, "s", "assumed: bookkeeping interval", minimum=0.1, maximum=60.0)
    state_check_s: float = param(300.0, "s", CALIBRATION, minimum=10.0, maximum=3600.0)
    normal_load: float = param(0.6, "share", CALIBRATION, minimum=0.01, maximum=0.99)
    capacity_factor: float = param(1.0, "", "what-if switch", minimum=0.01, maximum=1000.0)
    establish_cost: float = param(10.0, "renewals", CALIBRATION, minimum=0.1, maximum=1000.0)
    failed_cost: float = param(0.2, "renewals", CALIBRATION, minimum=0.001, maximum=10.0)
    renewal_deadline_s: float = param(30.0, "s", CALIBRATION, minimum=0.1, maximum=3600.0)
    establish_deadline_s: float = param(120.0, "s", CALIBRATION, minimum=1.0, maximum=86400.0)
    backoff_s: float = param(
        0.0, "s", "what-if switch: 0 retries at the deadline", minimum=0.0, maximum=3600.0
    )
    queue_discipline: str = param(
        "fifo", "", "what-if switch", choices=("fifo", "lifo", "drop-stale")
    )
    max_outstanding: float = param(
        0.0, "share", "what-if switch: 0 is no cap", minimum=0.0, maximum=1.0
    )
    validity_min_min: float = param(30.0, "min", CALIBRATION, minimum=1.0, maximum=100000.0)
    validity_max_min: float = param(240.0, "min", CALIBRATION, minimum=1.0, maximum=100000.0)
    breakage_days: float = param(70.0, "days", CALIBRATION, minimum=0.001, maximum=1e9)
    repair_s: float = param(600.0, "s", CALIBRATION, minimum=0.0, maximum=86400.0)
    restart_s: float = param(
        30.0,
        "s",
        "assumed: hosts that are restarted serve nothing for so long",
        minimum=0.0,
        maximum=3600.0,
    )
    dynamodb_share_min: float = param(
        0.5,
        "share",
        "assumed: a shard works while more than this share of its connections do",
        minimum=0.0,
        maximum=0.99,
    )
