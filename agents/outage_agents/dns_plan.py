"""DNS plans, and the endpoints they are for.

A plan says, for every endpoint, which load balancers serve it and with what weights. One plan of
the Region covers all endpoints, because they share capacity; plans are numbered by generation and
never changed (AWS post-event summary, DynamoDB). The regional endpoint gets a fifth of the load
balancers, every other endpoint a few of the rest: how capacity is really shared is *assumed*.

Endpoints: the public regional name, FIPS, dual-stack (IPv6) and account-specific names. Their
number is a parameter; the real zone holds hundreds of thousands of records.
"""

import attrs

REGIONAL = "dynamodb.us-east-1.amazonaws.com"
"""The name that nearly all customers use, and the one that broke."""

_NAMED = (
    REGIONAL,
    "dynamodb-fips.us-east-1.amazonaws.com",
    "dynamodb.us-east-1.api.aws",
    "dynamodb-fips.us-east-1.api.aws",
)
_FIRST_ACCOUNT = 100_000_000_000
_ACCOUNT_STEP = 7_919_000_003
_BALANCERS_OF_AN_ENDPOINT = 4


@attrs.frozen
class Plan:
    """One generation of the Region's DNS plan."""

    generation: int
    """Number of the plan, from 1."""
    weights: tuple[int, ...]
    """Weight of each load balancer, 0 (take it out) to 255."""


@attrs.frozen
class Tree:
    """What a plan says of one endpoint: weighted aliases to load balancers."""

    balancers: tuple[int, ...]
    """Numbers of the load balancers, from 0."""
    weights: tuple[int, ...]
    """Their weights, above 0, in the same order."""


def tree_of(plan: Plan, place: int) -> Tree:
    """The part of a plan for the endpoint at this place of the list (0: the regional one)."""
    count = len(plan.weights)
    regional = max(1, count // 5)
    if place == 0:
        wanted = list(range(regional))
    else:
        shared = max(1, count - regional)
        first = (place - 1) * _BALANCERS_OF_AN_ENDPOINT
        few = min(_BALANCERS_OF_AN_ENDPOINT, shared)
        wanted = [(regional + (first + k) % shared) % count for k in range(few)]
    kept = [balancer for balancer in wanted if plan.weights[balancer] > 0] or wanted
    return Tree(tuple(kept), tuple(max(1, plan.weights[balancer]) for balancer in kept))


def endpoint_names(count: int) -> tuple[str, ...]:
    """The names of the zone's endpoints; the regional one comes first."""
    accounts = range(max(0, count - len(_NAMED)))
    named = _NAMED[:count]
    return named + tuple(f"{_account(k)}.ddb.us-east-1.amazonaws.com" for k in accounts)


def tree_name(generation: int, endpoint: str) -> str:
    """The name of a plan's record tree for an endpoint."""
    return f"plan-{generation}.{endpoint}"


def balancer_addresses(count: int) -> tuple[str, ...]:
    """The address of each load balancer, from the range that is reserved for benchmarks."""
    return tuple(f"198.18.{k // 250}.{k % 250 + 1}" for k in range(count))


def _account(k: int) -> str:
    return str(_FIRST_ACCOUNT + k * _ACCOUNT_STEP % 900_000_000_000)
