"""Section [nm] of a scenario: propagation of network state."""

import attrs

from outage_agents.parameters.field import param


@attrs.frozen
class NetworkManagerParameters:
    """Capacity follows from normal launches: they are a share of it."""

    normal_load: float = param(
        0.6,
        "share",
        "calibration.md, Network Manager (assumed): inflow of normal launches",
        minimum=0.01,
        maximum=0.99,
    )
    items_per_launch: float = param(
        2.0, "items", "assumed: the new instance, and the one it replaces", minimum=0.1, maximum=100
    )
    owed_items: float = param(
        2.0,
        "items",
        "assumed: owed for each termination while no state could change",
        minimum=0.0,
        maximum=100.0,
    )
    owed_ramp_s: float = param(
        2418.0, "s", "calibration.md, Network Manager (assumed)", minimum=1.0, maximum=1e6
    )
    owed_gain: float = param(
        0.6625,
        "capacity",
        "assumed: owed work taken in when one ramp time has passed",
        minimum=0.0,
        maximum=100.0,
    )
    owed_most: float = param(
        1.06, "capacity", "assumed: owed work is taken in no faster", minimum=0.0, maximum=100.0
    )
    paced_load: float = param(
        0.9,
        "share",
        "assumed: once load was reduced by hand, owed work only fills capacity up to this",
        minimum=0.0,
        maximum=0.99,
    )
    normal_wait_s: float = param(
        5.0, "s", "milestones.md, nm_propagation_normal", minimum=0.0, maximum=3600.0
    )
    normal_after_s: float = param(
        300.0, "s", "milestones.md, nm_propagation_normal", minimum=0.0, maximum=86400.0
    )
    owed_small_s: float = param(
        600.0, "s", "assumed: so much owed work is no reason to wait", minimum=0.0, maximum=86400.0
    )
    propagate_s: float = param(
        1.5, "s", "assumed: propagation without waiting", minimum=0.001, maximum=3600.0
    )
