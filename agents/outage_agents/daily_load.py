"""The day's curve: how much is asked of the Region, by the hour.

No source publishes demand. *Assumed*: a flat night, a rise between 05:00 and 10:00 of a weekday, a
flat day (calibration set, load). Times are minutes after 23:48, the moment of the DNS failure in
the reference timeline.
"""

from outage_agents.parameters.load import LoadParameters


def risen_share(load: LoadParameters, t_min: float) -> float:
    """How much of the morning's rise has happened, 0..1."""
    span_min = load.rise_ends_min - load.rise_begins_min
    if span_min <= 0.0:
        return 0.0 if t_min < load.rise_begins_min else 1.0
    return min(1.0, max(0.0, (t_min - load.rise_begins_min) / span_min))


def nlb_demand_share(load: LoadParameters, t_min: float) -> float:
    """Demand on NLB relative to the capacity of all its zones."""
    night, day = load.nlb_demand_night, load.nlb_demand_day
    return night + (day - night) * risen_share(load, t_min)


def active_share(load: LoadParameters, t_min: float) -> float:
    """Share of customers who are at work."""
    return load.activity_night + (1.0 - load.activity_night) * risen_share(load, t_min)
