"""Section [lambda] of a scenario."""

import attrs

from outage_agents.parameters.field import param


@attrs.frozen
class LambdaParameters:
    """Lambda's event sources: pollers, backlogs, and the throttle that saves synchronous calls."""

    pollers_die_min: float = param(
        3.0, "min", "assumed: pollers give up after this long without DynamoDB", minimum=0.0
    )
    sqs_share: float = param(0.25, "share", "assumed", minimum=0.0, maximum=1.0)
    """Share of invocations that come from SQS pollers."""
    async_share: float = param(0.15, "share", "assumed", minimum=0.0, maximum=1.0)
    """Share of invocations that are asynchronous or from other event sources."""
    sqs_drain: float = param(
        4.6, "", "calibration: restored 04:40, drained 06:00; times the inflow", minimum=1.0
    )
    async_drain: float = param(
        2.07, "", "calibration: relaxed 11:27, drained 14:15; times the inflow", minimum=1.0
    )
    late_weight: float = param(
        0.2, "", "assumed: how much of a failed call a late event counts", minimum=0.0, maximum=1.0
    )
