"""A breaker's way through its states, and that late results do not fool it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.circuit_breaker import BreakerRules, BreakerState, CircuitBreaker

RULES = BreakerRules(open_ns=100, failures_in_a_row=3, probes=2)


def call(breaker: CircuitBreaker, now_ns: int, ok: bool) -> bool:
    """One call whose result is known at once; False when it was refused."""
    ticket = breaker.admit(now_ns)
    if ticket is not None:
        breaker.record(now_ns, ticket, ok)
    return ticket is not None


def tripped(at_ns: int = 0) -> CircuitBreaker:
    breaker = CircuitBreaker(RULES)
    for _ in range(3):
        call(breaker, at_ns, ok=False)
    assert breaker.state(at_ns) is BreakerState.OPEN
    return breaker


def test_it_trips_on_a_run_of_failures_and_only_then() -> None:
    breaker = CircuitBreaker(RULES)
    for ok in (False, False, True, False, False):
        call(breaker, 0, ok)
    assert breaker.state(0) is BreakerState.CLOSED
    call(breaker, 0, ok=False)
    assert breaker.state(0) is BreakerState.OPEN
    assert breaker.trips == 1


def test_it_trips_on_the_share_of_failures_among_the_last_calls() -> None:
    rules = BreakerRules(open_ns=1, failures_in_a_row=None, failure_share=0.5, window_calls=4)
    breaker = CircuitBreaker(rules)
    for ok in (False, False, True, True, True, False):  # never more than 2 of 4
        call(breaker, 0, ok)
    assert breaker.state(0) is BreakerState.CLOSED
    for ok in (False, False):
        call(breaker, 0, ok)
    assert breaker.state(0) is BreakerState.OPEN


def test_open_it_refuses_for_its_time_and_then_lets_the_probes_through() -> None:
    breaker = tripped()
    assert breaker.admit(99) is None
    assert breaker.refused == 1
    assert breaker.state(100) is BreakerState.HALF_OPEN
    assert breaker.admit(100) is not None
    assert breaker.admit(100) is not None
    assert breaker.admit(100) is None


def test_it_closes_when_all_probes_succeed() -> None:
    breaker = tripped()
    call(breaker, 100, ok=True)
    assert breaker.state(100) is BreakerState.HALF_OPEN
    call(breaker, 101, ok=True)
    assert breaker.state(101) is BreakerState.CLOSED
    assert breaker.trips == 1


def test_it_opens_again_for_its_whole_time_when_a_probe_fails() -> None:
    breaker = tripped()
    call(breaker, 150, ok=False)
    assert breaker.state(249) is BreakerState.OPEN
    assert breaker.state(250) is BreakerState.HALF_OPEN
    assert breaker.trips == 2


def test_a_late_result_from_before_the_trip_does_not_close_it() -> None:
    breaker = CircuitBreaker(RULES)
    early = [breaker.admit(0), breaker.admit(0)]
    for _ in range(3):
        call(breaker, 10, ok=False)
    for ticket in early:
        assert ticket is not None
        breaker.record(115, ticket, True)
    assert breaker.state(115) is BreakerState.HALF_OPEN
    assert call(breaker, 116, ok=True)
    assert breaker.state(116) is BreakerState.HALF_OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures_in_a_row": None},
        {"failures_in_a_row": 0},
        {"probes": 0},
        {"failure_share": 0.5, "window_calls": 0},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, int | None]) -> None:
    with pytest.raises(ValueError, match=r"needs|at least"):
        BreakerRules(open_ns=1, **wrong)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=100))
def test_no_call_passes_within_its_time_after_a_trip(calls: list[tuple[int, bool]]) -> None:
    breaker = CircuitBreaker(RULES)
    now = 0
    opened_ns: int | None = None
    for gap_ns, ok in calls:
        now += gap_ns
        before = breaker.trips
        admitted = call(breaker, now, ok)
        if opened_ns is not None and now - opened_ns < 100:
            assert not admitted
        if breaker.trips > before:
            opened_ns = now


@given(st.lists(st.booleans(), max_size=60))
def test_a_dependency_that_works_half_of_the_time_in_turn_is_never_cut_off(oks: list[bool]) -> None:
    breaker = CircuitBreaker(BreakerRules(open_ns=100, failures_in_a_row=2))
    for tick, ok in enumerate(oks):
        assert call(breaker, tick, ok or tick % 2 == 0)
