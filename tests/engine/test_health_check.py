"""Consecutive thresholds, stale results, and the same rule on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.health_check import (
    Health,
    HealthChecker,
    HealthProber,
    HealthRules,
    HealthTable,
)
from outage_engine.world import World


def changes(rules: HealthRules, results: str) -> list[int]:
    """At which results (`.` passed, `x` failed) the target went out or came in."""
    checker = HealthChecker(rules)
    return [at for at, result in enumerate(results) if checker.record(at, result == ".")]


def test_out_after_failures_in_a_row_in_after_passes_in_a_row() -> None:
    assert changes(HealthRules(out_after=3, in_after=2), "xx.xxx.x..xx.xxx") == [5, 9, 15]


def test_a_threshold_of_one_follows_every_result() -> None:
    assert changes(HealthRules(out_after=1, in_after=1), ".x.xx.") == [1, 2, 3, 5]


def test_results_from_before_a_change_do_not_count_towards_the_next() -> None:
    assert changes(HealthRules(out_after=2, in_after=3), "xx..x...") == [1, 7]


def test_an_old_result_makes_health_unknown_and_a_new_one_known_again() -> None:
    checker = HealthChecker(HealthRules(stale_ns=30))
    checker.record(100, passed=True)
    assert checker.state(130) is Health.HEALTHY
    assert checker.state(131) is Health.UNKNOWN
    assert checker.healthy
    checker.record(140, passed=False)
    checker.record(150, passed=False)
    assert checker.state(150) is Health.UNHEALTHY


def test_a_prober_checks_at_its_interval_until_stopped_and_tells_of_changes() -> None:
    world = World(1)
    results = iter("..xx..")
    told: list[tuple[int, bool]] = []
    prober = HealthProber(
        world,
        HealthChecker(HealthRules()),
        lambda: next(results) == ".",
        interval_ns=10,
        first_after_ns=3,
        on_change=lambda healthy: told.append((world.now, healthy)),
    )
    world.call_at(54, prober.stop)
    world.simulate(None)
    assert told == [(33, False), (53, True)]
    assert prober.checks == 6


@pytest.mark.parametrize("wrong", [{"out_after": 0}, {"in_after": 0}, {"stale_ns": -1}])
def test_thresholds_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least|negative"):
        HealthRules(**wrong)


@given(
    rounds=st.lists(st.lists(st.none() | st.booleans(), min_size=5, max_size=5), max_size=40),
    out_after=st.integers(1, 3),
    in_after=st.integers(1, 3),
)
def test_a_table_does_what_as_many_checkers_do(
    rounds: list[list[bool | None]], out_after: int, in_after: int
) -> None:
    rules = HealthRules(out_after, in_after, stale_ns=2)
    checkers = [HealthChecker(rules) for _ in range(5)]
    table = HealthTable(5, rules)
    for now, results in enumerate(rounds):
        checked = [number for number, result in enumerate(results) if result is not None]
        passed = [bool(results[number]) for number in checked]
        moved = table.record(
            now, np.array(checked, dtype=np.int64), np.array(passed, dtype=np.bool_)
        )
        expected = [n for n, ok in zip(checked, passed, strict=True) if checkers[n].record(now, ok)]
        assert moved.tolist() == expected
        states = [checker.state(now) for checker in checkers]
        order = (Health.HEALTHY, Health.UNHEALTHY, Health.UNKNOWN)
        assert table.counts(now) == tuple(states.count(health) for health in order)
        assert table.healthy.tolist() == [checker.healthy for checker in checkers]
    assert table.changes == sum(checker.changes for checker in checkers)


@given(results=st.lists(st.booleans(), max_size=80), threshold=st.integers(1, 4))
def test_a_change_needs_a_whole_run_of_results_against(results: list[bool], threshold: int) -> None:
    checker = HealthChecker(HealthRules(threshold, threshold))
    for at, passed in enumerate(results):
        if checker.record(at, passed):
            assert at + 1 >= threshold
            assert all(result == passed for result in results[at + 1 - threshold : at + 1])
            assert checker.healthy == passed
