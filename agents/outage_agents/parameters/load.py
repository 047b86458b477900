"""Section [load] of a scenario."""

import attrs

from outage_agents.parameters.field import param


@attrs.frozen
class LoadParameters:
    """What customers ask, over the day, and the unrelated packet-loss event."""

    nlb_demand_night: float = param(0.55, "share", "assumed", minimum=0.0, maximum=2.0)
    """Demand on NLB relative to the capacity of all its zones, before the morning's rise."""
    nlb_demand_day: float = param(0.70, "share", "assumed", minimum=0.0, maximum=2.0)
    rise_begins_min: float = param(312.0, "min", "assumed: 05:00, minutes after 23:48")
    rise_ends_min: float = param(612.0, "min", "assumed: 10:00, minutes after 23:48")
    activity_night: float = param(0.55, "share", "assumed", minimum=0.0, maximum=1.0)
    """Share of customers who work during the night."""
    packet_loss: bool = param(
        True, "", "an insider's account: packet loss in one zone's border network, unrelated"
    )
    """The coincident event that misled the triage."""
    packet_loss_zone: int = param(1, "", "an insider's account", minimum=1, maximum=6)
    packet_loss_share: float = param(0.08, "share", "assumed", minimum=0.0, maximum=1.0)
    """Share of the packets through that zone's border that are lost."""
    packet_loss_starts_s: float = param(
        -10.0, "s", "an insider's account: seconds before the first alert; from 23:48"
    )
    packet_loss_lasts_min: float = param(75.0, "min", "assumed", minimum=0.0)
