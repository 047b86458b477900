"""Retries against closed forms: what they buy, what they cost, what holds them back."""

import pytest

from outage_engine.client import Attempt, Client, ClientView, PoissonArrivals
from outage_engine.clock import SECOND, ns
from outage_engine.draws import in_blocks
from outage_engine.retry import RetryBreaker, RetryBudget, RetryGate, RetryPolicy
from outage_engine.samplers import Exponential
from outage_engine.throttle import AdaptiveThrottle, RateThrottle
from outage_engine.world import World


def try_against(
    failure: float, retries: int, requests: int, gate: RetryGate | None = None
) -> ClientView:
    """Requests to a server that fails each try independently with the same probability."""
    world = World(1)
    draw = world.random.single("server").random

    def server(attempt: Attempt) -> None:
        attempt.answer(draw() >= failure)

    client = Client(world, server, policy=RetryPolicy(retries + 1), gate=gate)
    gaps = in_blocks(Exponential(SECOND), world.random.array("arrivals"))
    PoissonArrivals(world, 100, client.request, gaps)
    world.simulate(ns(requests / 100))
    return client.snapshot()


@pytest.mark.parametrize("failure", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_buy_success_and_cost_load(failure: float, retries: int) -> None:
    # Few succeed at f = .9 without a retry: 2 % of .1 is two standard errors at 90,000 requests.
    view = try_against(failure, retries, 90_000 if failure == 0.9 and retries == 0 else 20_000)
    success = 1 - failure ** (retries + 1)
    assert view.succeeded / view.requests == pytest.approx(success, rel=0.02)
    assert view.sent / view.requests == pytest.approx(success / (1 - failure), rel=0.02)


def test_when_nothing_works_each_retry_is_one_more_load() -> None:
    view = try_against(1.0, 3, 5_000)
    assert view.succeeded == 0
    assert view.sent / view.requests == pytest.approx(4, rel=0.002)


@pytest.mark.parametrize("failure", [0.3, 1.0])
def test_a_budget_by_requests_caps_load_at_one_plus_its_share(failure: float) -> None:
    view = try_against(failure, 3, 20_000, RetryBudget(100, per_request=0.1))
    # What the bucket held at first is spent too.
    assert view.sent / view.requests == pytest.approx(1.1 + 100 / 20_000, rel=0.02)


def test_a_budget_does_not_hold_back_rare_failure() -> None:
    view = try_against(0.01, 3, 20_000, RetryBudget(100, per_request=0.1))
    assert view.denied == 0
    assert view.succeeded / view.requests > 0.999


def test_a_budget_by_success_is_spent_once_when_nothing_works() -> None:
    view = try_against(1.0, 3, 5_000, RetryBudget(100, per_success=0.1))
    assert view.retried == 100


def test_a_budget_by_success_pays_for_a_tenth_of_what_worked() -> None:
    # Load x satisfies x = 1 + 0.1 * (successes a request), and successes are x (1 - f).
    view = try_against(0.6, 3, 40_000, RetryBudget(10, per_success=0.1))
    assert view.sent / view.requests == pytest.approx(1 / (1 - 0.1 * 0.4), rel=0.02)


def test_a_retry_breaker_retries_fully_below_its_share_and_hardly_above() -> None:
    below = try_against(0.05, 3, 20_000, RetryBreaker(0.1))
    assert below.sent / below.requests == pytest.approx((1 - 0.05**4) / 0.95, rel=0.02)
    above = try_against(0.5, 3, 20_000, RetryBreaker(0.1))
    assert above.sent / above.requests == pytest.approx(1.0, rel=0.02)


def test_client_side_throttling_sends_twice_what_is_accepted() -> None:
    # 1000 requests/s at a backend that accepts 100/s: in the steady state requests sent are
    # k = 2 times the accepted ones.
    world = World(1)
    throttle = AdaptiveThrottle(world.random.single("throttle"), k=2.0, window_ns=10 * SECOND)
    backend = RateThrottle(100, burst=20)

    def request() -> None:
        world.call_after(SECOND // 1000, request)
        if throttle.admits(world.now) and backend.admits(world.now):
            throttle.accepted(world.now)

    request()
    world.simulate(20 * SECOND)
    assert throttle.admitted / backend.admitted == pytest.approx(2, rel=0.1)


def test_client_side_throttling_leaves_a_healthy_backend_alone() -> None:
    world = World(1)
    throttle = AdaptiveThrottle(world.random.single("throttle"), k=2.0, window_ns=10 * SECOND)
    backend = RateThrottle(100, burst=20)

    def request() -> None:
        world.call_after(SECOND // 150, request)  # two thirds of them are accepted: more than half
        if throttle.admits(world.now) and backend.admits(world.now):
            throttle.accepted(world.now)

    request()
    world.simulate(20 * SECOND)
    assert throttle.refused == 0
