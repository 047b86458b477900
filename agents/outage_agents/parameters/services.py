"""Section [services] of a scenario."""

import attrs

from outage_agents.parameters.field import param

_CUSTOMERS = "assumed; no source counts customers"
_LOAD = "assumed: load of the service's NLB zones relative to NLB's demand as a whole"


@attrs.frozen
class ServicesParameters:
    """The dependent services: how they tick, recover and how many customers each has."""

    tick_s: float = param(30.0, "s", "assumed", minimum=1.0, maximum=600.0)
    """How often a service looks at its dependencies."""
    zone_return_min: float = param(
        22.0,
        "min",
        "assumed: returned NLB zones are used again after NLB has been quiet for this long",
        minimum=0.0,
    )
    requests_per_customer_min: float = param(2.0, "1/min", "assumed", minimum=0.0)
    load_lambda: float = param(1.10, "", _LOAD, minimum=0.0, maximum=3.0)
    load_connect: float = param(1.10, "", _LOAD, minimum=0.0, maximum=3.0)
    load_sts: float = param(0.771, "", _LOAD, minimum=0.0, maximum=3.0)
    load_others: float = param(0.95, "", _LOAD, minimum=0.0, maximum=3.0)
    sts_patience_s: float = param(
        240.0, "s", "assumed: callers of STS try again for this long", minimum=0.0
    )
    sign_in_patience_s: float = param(
        480.0, "s", "assumed: people try to sign in for this long", minimum=0.0
    )
    spare_share: float = param(
        0.5, "share", "assumed: capacity beyond normal demand, to serve retries", minimum=0.01
    )
    container_backlog_min: float = param(
        60.0, "min", "assumed: most launches that wait, in minutes of normal demand", minimum=0.0
    )
    container_drain: float = param(
        2.0, "", "assumed: waiting launches done, in minutes of normal demand a minute", minimum=0.1
    )
    connect_delay_min: float = param(
        30.0, "min", "assumed: Connect fails when Lambda's events are later than this", minimum=0.0
    )
    redshift_clusters: int = param(20_000, "count", "assumed", minimum=1)
    redshift_fails_per_min: float = param(
        15.0, "1/min", "assumed: clusters that want a host replaced, while launches fail", minimum=0
    )
    redshift_replaces_per_min: float = param(
        7.3, "1/min", "assumed; the last cluster was back at 04:05 of the next day", minimum=0
    )
    customers_dynamodb: int = param(300_000, "customers", _CUSTOMERS, minimum=0)
    customers_lambda: int = param(180_000, "customers", _CUSTOMERS, minimum=0)
    customers_ecs: int = param(60_000, "customers", _CUSTOMERS, minimum=0)
    customers_eks: int = param(40_000, "customers", _CUSTOMERS, minimum=0)
    customers_fargate: int = param(50_000, "customers", _CUSTOMERS, minimum=0)
    customers_connect: int = param(15_000, "customers", _CUSTOMERS, minimum=0)
    customers_sts: int = param(250_000, "customers", _CUSTOMERS, minimum=0)
    customers_iam: int = param(200_000, "customers", _CUSTOMERS, minimum=0)
    customers_redshift: int = param(20_000, "customers", _CUSTOMERS, minimum=0)
    customers_support: int = param(10_000, "customers", _CUSTOMERS, minimum=0)
    customers_sqs: int = param(150_000, "customers", _CUSTOMERS, minimum=0)
    customers_kinesis: int = param(30_000, "customers", _CUSTOMERS, minimum=0)
    customers_eventbridge: int = param(60_000, "customers", _CUSTOMERS, minimum=0)
    customers_cloudtrail: int = param(80_000, "customers", _CUSTOMERS, minimum=0)
    customers_cloudwatch: int = param(200_000, "customers", _CUSTOMERS, minimum=0)
    customers_glue: int = param(20_000, "customers", _CUSTOMERS, minimum=0)
    customers_rds: int = param(120_000, "customers", _CUSTOMERS, minimum=0)
    customers_elasticache: int = param(40_000, "customers", _CUSTOMERS, minimum=0)
    customers_ecr: int = param(60_000, "customers", _CUSTOMERS, minimum=0)
    customers_secrets_manager: int = param(60_000, "customers", _CUSTOMERS, minimum=0)
    customers_organizations: int = param(50_000, "customers", _CUSTOMERS, minimum=0)
    customers_cognito: int = param(40_000, "customers", _CUSTOMERS, minimum=0)
    customers_others: int = param(200_000, "customers", _CUSTOMERS, minimum=0)
