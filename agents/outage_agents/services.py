"""The dependent services, a row each: the list of who depends on what.

Which services failed, when, and through what: post-event summary (its sections on Lambda,
ECS/EKS/Fargate, Connect, STS, IAM, Redshift and other services) and the health dashboard. About 140
services were affected in all; those without a published window of their own are one row, `others`.

Resolvers are inferred: STS, IAM and SQS recovered with the override on the internal network's
resolvers (01:15), so they use those. Redshift's API and Lambda recovered with the record (02:25):
resolvers of EC2. Support Center and what customers run recovered as their caches expired (02:40).
All weights are *assumed*. Two rows say more than a row can: Lambda (``lambda_service.py``) and
Redshift (``redshift.py``).
"""

from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.lambda_service import LambdaService
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.redshift import RedshiftClusters, RedshiftService
from outage_agents.service import ClientMaker, Reliance, ServiceActor, ServiceRow

CUSTOMERS = "resolver-customers"
INTERNAL = "resolver-internal"
EC2 = "resolver-ec2"
SERVICES_IN_ALL = 140
"""About as many were affected (post-event reports: 140 to 142)."""


def service_rows(p: ServicesParameters) -> tuple[ServiceRow, ...]:
    """Every row, in the order in which it is shown."""
    named = (*_compute(p), *_identity(p), *_data(p), *_events(p))
    others = ServiceRow(
        "others",
        "Other services",
        p.customers_others,
        resolver=CUSTOMERS,
        dynamodb=0.4,
        launches=0.05,
        nlb_load=p.load_others,
        relies_on=(Reliance("sts", 0.3),),
        stands_for=SERVICES_IN_ALL - len(named) - 1,
    )
    return (*named, others)


def _compute(p: ServicesParameters) -> tuple[ServiceRow, ...]:
    return (
        ServiceRow(
            "lambda",
            "Lambda",
            p.customers_lambda,
            resolver=EC2,
            dynamodb=0.9,
            connection_life_s=180.0,
            launches=0.04,
            nlb_load=p.load_lambda,
        ),
        ServiceRow("ecs", "ECS", p.customers_ecs, launches=0.5, owes_launches=True),
        ServiceRow("eks", "EKS", p.customers_eks, launches=0.4, owes_launches=True),
        ServiceRow("fargate", "Fargate", p.customers_fargate, launches=0.8, owes_launches=True),
        ServiceRow(
            "connect",
            "Connect",
            p.customers_connect,
            nlb_load=p.load_connect,
            late_events=0.5,
        ),
    )


def _identity(p: ServicesParameters) -> tuple[ServiceRow, ...]:
    return (
        ServiceRow(
            "sts",
            "STS",
            p.customers_sts,
            resolver=INTERNAL,
            connection_life_s=240.0,
            resolver_tries=2,
            nlb_load=p.load_sts,
            patience_s=p.sts_patience_s,
        ),
        ServiceRow(
            "iam",
            "IAM and console sign-in",
            p.customers_iam,
            resolver=INTERNAL,
            connection_life_s=240.0,
            resolver_tries=2,
            patience_s=p.sign_in_patience_s,
        ),
        ServiceRow(
            "organizations",
            "Organizations",
            p.customers_organizations,
            relies_on=(Reliance("iam", 0.8),),
        ),
        ServiceRow(
            "cognito",
            "Cognito",
            p.customers_cognito,
            resolver=CUSTOMERS,
            dynamodb=0.5,
            relies_on=(Reliance("sts", 0.6),),
        ),
        ServiceRow(
            "secrets-manager",
            "Secrets Manager",
            p.customers_secrets_manager,
            resolver=INTERNAL,
            dynamodb=0.6,
        ),
        ServiceRow(
            "support",
            "Support Center",
            p.customers_support,
            resolver=CUSTOMERS,
            dynamodb=0.9,
            connection_life_s=30.0,
        ),
    )


def _data(p: ServicesParameters) -> tuple[ServiceRow, ...]:
    return (
        ServiceRow(
            "redshift",
            "Redshift API",
            p.customers_redshift,
            resolver=EC2,
            dynamodb=0.8,
            connection_life_s=60.0,
            resolver_tries=3,
            relies_on=(Reliance("iam", 0.3),),
        ),
        ServiceRow("redshift-clusters", "Redshift clusters", p.customers_redshift, launches=1.0),
        ServiceRow("rds", "RDS", p.customers_rds, resolver=EC2, dynamodb=0.1, launches=0.15),
        ServiceRow("elasticache", "ElastiCache", p.customers_elasticache, launches=0.15),
        ServiceRow("glue", "Glue", p.customers_glue, resolver=EC2, dynamodb=0.4, launches=0.2),
        ServiceRow("ecr", "ECR", p.customers_ecr, resolver=EC2, dynamodb=0.5),
    )


def _events(p: ServicesParameters) -> tuple[ServiceRow, ...]:
    return (
        ServiceRow("sqs", "SQS", p.customers_sqs, resolver=INTERNAL, dynamodb=0.3),
        ServiceRow("kinesis", "Kinesis", p.customers_kinesis, resolver=CUSTOMERS, dynamodb=0.5),
        ServiceRow(
            "eventbridge",
            "EventBridge",
            p.customers_eventbridge,
            resolver=EC2,
            dynamodb=0.2,
            relies_on=(Reliance("lambda", 0.5),),
        ),
        ServiceRow("cloudtrail", "CloudTrail", p.customers_cloudtrail, resolver=EC2, dynamodb=0.3),
        ServiceRow(
            "cloudwatch",
            "CloudWatch",
            p.customers_cloudwatch,
            resolver=EC2,
            dynamodb=0.2,
            nlb_load=p.load_others,
        ),
    )


def service_cast(
    parameters: ServicesParameters,
    lambda_: LambdaParameters,
    load: LoadParameters,
    *,
    epoch_s: float,
    listeners: tuple[str, ...] = ("customers",),
    client: ClientMaker = DynamodbClient,
) -> tuple[ServiceActor, ...]:
    """Every service, not yet in a world. `listeners` hear the ServiceHealth of all of them."""
    rows = service_rows(parameters)
    return tuple(
        _service(
            row,
            parameters,
            lambda_,
            load,
            epoch_s=epoch_s,
            dependents=(*_dependents(rows, row.name), *listeners),
            client=client,
            delay_listeners=tuple(f"service-{r.name}" for r in rows if r.late_events > 0.0),
        )
        for row in rows
    )


def _service(
    row: ServiceRow,
    parameters: ServicesParameters,
    lambda_: LambdaParameters,
    load: LoadParameters,
    *,
    epoch_s: float,
    dependents: tuple[str, ...],
    client: ClientMaker,
    delay_listeners: tuple[str, ...],
) -> ServiceActor:
    if row.name == "lambda":
        return LambdaService(
            row,
            parameters,
            lambda_,
            load,
            epoch_s=epoch_s,
            dependents=dependents,
            delay_listeners=delay_listeners,
            client=client,
        )
    kind: type[ServiceActor] = ServiceActor
    if row.name == "redshift":
        kind = RedshiftService
    elif row.name == "redshift-clusters":
        kind = RedshiftClusters
    return kind(row, parameters, load, epoch_s=epoch_s, dependents=dependents, client=client)


def launch_subscribers(parameters: ServicesParameters) -> tuple[str, ...]:
    """Addresses of the services that depend on EC2 launches: they want LaunchHealth."""
    return tuple(f"service-{r.name}" for r in service_rows(parameters) if r.launches > 0.0)


def zone_subscribers(parameters: ServicesParameters) -> tuple[str, ...]:
    """Addresses of the services behind NLB: they want ZoneCapacity."""
    return tuple(f"service-{r.name}" for r in service_rows(parameters) if r.nlb_load > 0.0)


def _dependents(rows: tuple[ServiceRow, ...], name: str) -> tuple[str, ...]:
    return tuple(
        f"service-{row.name}"
        for row in rows
        if any(reliance.service == name for reliance in row.relies_on)
    )
