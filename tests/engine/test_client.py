"""A client's patience, tries and books."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.circuit_breaker import BreakerRules, BreakerState, CircuitBreaker
from outage_engine.client import Attempt, Client, ClientView, PoissonArrivals, Request
from outage_engine.clock import SECOND
from outage_engine.draws import in_blocks
from outage_engine.retry import Backoff, Jitter, RetryBudget, RetryPolicy
from outage_engine.samplers import Exponential
from outage_engine.station import Discipline, Station, serve_attempts
from outage_engine.world import World


class Server:
    """Answers attempts as a list says: after a delay and how; None is silence."""

    def __init__(self, world: World, *replies: tuple[int, bool] | None) -> None:
        self.world = world
        self.replies = list(replies)
        self.came: list[int] = []

    def __call__(self, attempt: Attempt) -> None:
        self.came.append(self.world.now)
        reply = self.replies.pop(0) if self.replies else None
        if reply is not None:
            self.world.call_after(reply[0], attempt.answer, reply[1])


def books_balance(view: ClientView) -> bool:
    outstanding = view.sent - view.answered_ok - view.answered_failed - view.timed_out
    return (
        view.requests == view.succeeded + view.failed + view.under_way
        and view.succeeded == view.answered_ok
        and 0 <= outstanding <= view.under_way
        and view.sent + view.short_circuited <= view.requests + view.retried
    )


def test_an_answer_in_time_is_a_success() -> None:
    world = World(1)
    client = Client(world, Server(world, (7, True)), timeout_ns=10)
    ended: list[Request] = []
    world.call_at(3, client.request, ended.append)
    world.simulate(None)
    view = client.snapshot()
    assert [(request.ok, request.tries) for request in ended] == [(True, 1)]
    assert (view.succeeded, view.latency_ns_total, view.timed_out) == (1, 7, 0)


def test_an_answer_at_the_very_end_of_the_time_out_is_too_late() -> None:
    world = World(1)
    client = Client(world, Server(world, (10, True)), timeout_ns=10)
    world.call_at(0, client.request)
    world.simulate(None)
    assert (client.snapshot().failed, client.snapshot().late) == (1, 1)


def test_a_late_answer_is_ignored_even_while_a_retry_is_under_way() -> None:
    world = World(1)
    server = Server(world, (15, True), None)
    client = Client(world, server, timeout_ns=10, policy=RetryPolicy(tries_max=2))
    world.call_at(0, client.request)
    world.simulate(None)
    view = client.snapshot()
    assert server.came == [0, 10]
    assert (view.succeeded, view.failed, view.late, view.timed_out) == (0, 1, 1, 2)


def test_a_failure_is_tried_again_after_its_backoff() -> None:
    world = World(1)
    server = Server(world, (1, False), (1, False), (1, True))
    policy = RetryPolicy(3, Backoff(100, 1_000, jitter=Jitter.NONE))
    client = Client(world, server, timeout_ns=10, policy=policy)
    world.call_at(0, client.request)
    world.simulate(None)
    assert server.came == [0, 101, 302]
    assert client.snapshot().succeeded == 1
    assert client.snapshot().latency_ns_total == 303


def test_the_network_takes_its_time_each_way_and_counts_against_the_time_out() -> None:
    world = World(1)
    server = Server(world, (4, True), (4, True))
    client = Client(world, server, timeout_ns=10, network=lambda: 3)
    world.call_at(0, client.request)
    world.simulate(None)
    assert server.came == [3]
    assert (client.snapshot().late, client.snapshot().timed_out) == (1, 1)


def test_a_client_without_a_time_out_waits_for_ever() -> None:
    world = World(1)
    client = Client(world, Server(world, None))
    world.call_at(0, client.request)
    world.simulate(10**15)
    assert client.snapshot().under_way == 1


def test_a_target_that_refuses_on_the_spot_can_be_tried_very_often() -> None:
    world = World(1)
    client = Client(world, lambda attempt: attempt.answer(False), policy=RetryPolicy(5_000))
    world.call_at(0, client.request)
    world.simulate(None)
    assert client.snapshot().sent == 5_000
    assert client.snapshot().failed == 1


def test_an_open_breaker_fails_requests_without_sending_them() -> None:
    world = World(1)
    breaker = CircuitBreaker(BreakerRules(open_ns=100, failures_in_a_row=2))
    server = Server(world, (1, False), (1, False), (1, True))
    client = Client(world, server, timeout_ns=10, breaker=breaker)
    for at_ns in (0, 5, 20, 50, 110):
        world.call_at(at_ns, client.request)
    world.simulate(None)
    view = client.snapshot()
    assert server.came == [0, 5, 110]
    assert (view.short_circuited, view.failed, view.succeeded) == (2, 4, 1)
    assert breaker.state(world.now) is BreakerState.CLOSED


def test_time_outs_trip_a_breaker_too() -> None:
    world = World(1)
    breaker = CircuitBreaker(BreakerRules(open_ns=10**9, failures_in_a_row=2))
    client = Client(world, Server(world), timeout_ns=10, breaker=breaker)
    for at_ns in (0, 20, 40):
        world.call_at(at_ns, client.request)
    world.simulate(10**6)
    assert client.snapshot().sent == 2
    assert client.snapshot().short_circuited == 1


def test_an_empty_budget_denies_the_retry() -> None:
    world = World(1)
    budget = RetryBudget(1)
    client = Client(world, Server(world), timeout_ns=10, policy=RetryPolicy(9), gate=budget)
    world.call_at(0, client.request)
    world.simulate(None)
    view = client.snapshot()
    assert (view.sent, view.retried, view.denied, view.failed) == (2, 1, 1, 1)
    assert (budget.spent, budget.denied) == (1, 1)


@pytest.mark.parametrize(("answers_drops", "failed_at_ns"), [(True, 0), (False, 50)])
def test_refused_work_is_answered_unless_the_server_is_silent(
    answers_drops: bool, failed_at_ns: int
) -> None:
    world = World(1)
    station = Station(world, lambda: 10, capacity=0)
    target = serve_attempts(station, answers_drops=answers_drops)
    ended: list[int] = []
    client = Client(world, target, timeout_ns=50)
    world.call_at(0, client.request, lambda _: ended.append(world.now))
    world.simulate(None)
    assert ended == [failed_at_ns]


def test_stale_attempts_are_known_by_the_clients_deadline() -> None:
    world = World(1)
    station = Station(world, lambda: 10, discipline=Discipline.DROP_STALE)
    client = Client(world, serve_attempts(station), timeout_ns=15)
    for _ in range(3):
        world.call_at(0, client.request)
    world.simulate(None)
    assert station.snapshot().served == 2
    assert station.snapshot().stale == 1
    assert client.succeeded == 1


def test_poisson_arrivals_have_the_mean_and_the_spread_of_poisson() -> None:
    world = World(1)
    counts: list[int] = []
    gaps = in_blocks(Exponential(SECOND), world.random.array("gaps"))
    arrivals = PoissonArrivals(world, 20, lambda: None, gaps)
    for second in range(1, 2_001):
        world.call_at(second * SECOND, lambda: counts.append(arrivals.arrived))
    world.simulate(2_000 * SECOND)
    per_second = [after - before for before, after in zip([0, *counts], counts, strict=False)]
    mean = sum(per_second) / 2_000
    variance = sum((count - mean) ** 2 for count in per_second) / 1_999
    assert mean == pytest.approx(20, rel=0.015)
    assert variance / mean == pytest.approx(1, rel=0.1)


def test_a_change_of_rate_takes_effect_at_once() -> None:
    world = World(1)
    times: list[int] = []
    arrivals = PoissonArrivals(world, 0, lambda: times.append(world.now), lambda: SECOND)
    world.call_at(5 * SECOND, arrivals.set_rate, 2)
    world.call_at(6 * SECOND + 1, arrivals.set_rate, 4)
    world.call_at(7 * SECOND, arrivals.stop)
    world.simulate(100 * SECOND)
    half, quarter = SECOND // 2, SECOND // 4
    first = [5 * SECOND + half, 6 * SECOND]
    assert times == first + [6 * SECOND + 1 + quarter * k for k in (1, 2, 3)]
    assert arrivals.rate_per_s == 0


def test_a_negative_rate_or_time_out_is_refused() -> None:
    world = World(1)
    with pytest.raises(ValueError, match="negative"):
        PoissonArrivals(world, -1, lambda: None, lambda: 1)
    with pytest.raises(ValueError, match="negative"):
        Client(world, lambda _: None, timeout_ns=-1)


replies = st.none() | st.tuples(st.integers(0, 30), st.booleans())


@settings(max_examples=100, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 40), max_size=25),
    answers=st.lists(replies, max_size=60),
    tries_max=st.integers(1, 4),
    budget=st.none() | st.integers(0, 5),
    breaks=st.booleans(),
    network_ns=st.none() | st.integers(0, 5),
    until_ns=st.integers(0, 600),
)
def test_the_books_balance_whatever_the_server_does(
    gaps: list[int],
    answers: list[tuple[int, bool] | None],
    tries_max: int,
    budget: int | None,
    breaks: bool,
    network_ns: int | None,
    until_ns: int,
) -> None:
    world = World(1)
    rules = BreakerRules(open_ns=50, failures_in_a_row=3)
    client = Client(
        world,
        Server(world, *answers),
        timeout_ns=20,
        policy=RetryPolicy(tries_max, Backoff(4, 30)),
        network=None if network_ns is None else lambda: network_ns,
        gate=None if budget is None else RetryBudget(budget, per_success=0.5),
        breaker=CircuitBreaker(rules) if breaks else None,
    )
    at_ns = 0
    ended: list[Request] = []
    for gap_ns in gaps:
        at_ns += gap_ns
        world.call_at(at_ns, client.request, ended.append)
    looks: list[ClientView] = []
    world.call_at(until_ns, lambda: looks.append(client.snapshot()))
    world.simulate(10_000)
    final = client.snapshot()
    assert books_balance(looks[0])
    assert books_balance(final)
    assert final.under_way == 0
    assert final.requests == len(ended) == len(gaps)
    assert final.sent + final.short_circuited == final.requests + final.retried
    assert all(request.tries <= tries_max for request in ended)
