"""Throttles: what they let through, and when they open again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.clock import SECOND
from outage_engine.station import Station
from outage_engine.throttle import AdaptiveThrottle, QueueSizeThrottle, RateThrottle
from outage_engine.world import World


def test_a_rate_throttle_lets_its_rate_through_and_counts_the_rest() -> None:
    throttle = RateThrottle(10, burst=5)
    for at_ns in range(0, 100 * SECOND, SECOND // 100):
        throttle.admits(at_ns)
    assert throttle.admitted == 5 + 999
    assert throttle.refused == 10_000 - throttle.admitted


def test_a_relaxed_rate_throttle_lets_more_through() -> None:
    throttle = RateThrottle(0, burst=1)
    assert throttle.admits(0)
    assert not throttle.admits(10 * SECOND)
    throttle.set_rate(10 * SECOND, 1)
    assert throttle.rate_per_s == 1
    assert throttle.admits(11 * SECOND)


def test_a_queue_throttle_keeps_the_queue_at_its_limit() -> None:
    world = World(1)
    station = Station(world, lambda: 10)
    throttle = QueueSizeThrottle(lambda: station.waiting, 3)
    deepest = 0

    def come() -> None:
        nonlocal deepest
        if throttle.admits():
            station.arrive()
        deepest = max(deepest, station.waiting)

    for at_ns in range(200):
        world.call_at(at_ns, come)
    world.simulate(None)
    assert deepest == 3
    assert throttle.admitted == station.snapshot().served
    assert throttle.admitted + throttle.refused == 200


def test_a_queue_throttle_with_a_lower_mark_stays_shut_until_then() -> None:
    depth = 0
    throttle = QueueSizeThrottle(lambda: depth, 10, reopen_at=4)
    answers = []
    for depth in (9, 10, 9, 5, 4, 9, 10, 3):  # noqa: B007 - the throttle reads it
        answers.append(throttle.admits())
    assert answers == [True, False, False, False, True, True, False, True]


def test_a_queue_throttle_without_a_limit_admits_everything() -> None:
    throttle = QueueSizeThrottle(lambda: 10**9, 5)
    assert not throttle.admits()
    throttle.set_limit(None)
    assert throttle.limit is None
    assert throttle.admits()


@pytest.mark.parametrize(("limit", "reopen_at"), [(5, 5), (5, -1), (-1, None)])
def test_marks_that_make_no_sense_are_refused(limit: int, reopen_at: int | None) -> None:
    with pytest.raises(ValueError, match="reopen_at < limit"):
        QueueSizeThrottle(lambda: 0, limit, reopen_at=reopen_at)


@given(depths=st.lists(st.integers(0, 12), max_size=60), limit=st.integers(1, 10))
def test_a_queue_throttle_never_admits_at_or_above_its_limit(depths: list[int], limit: int) -> None:
    depth = 0
    throttle = QueueSizeThrottle(lambda: depth, limit, reopen_at=limit // 2)
    for depth in depths:
        if throttle.admits():
            assert depth < limit
        else:
            assert depth > limit // 2


def test_an_adaptive_throttle_stops_nearly_everything_to_a_dead_server() -> None:
    throttle = AdaptiveThrottle(random.Random(1), window_ns=10 * SECOND)
    for at_ns in range(0, 10 * SECOND, SECOND // 100):
        throttle.admits(at_ns)
    # The chance to pass is 1 / (requests + 1): about ln 1000 in a window of 1000.
    assert throttle.admitted < 25


def test_an_adaptive_throttle_forgets_what_is_older_than_its_window() -> None:
    throttle = AdaptiveThrottle(random.Random(1), window_ns=10 * SECOND)
    for _ in range(1000):
        throttle.admits(0)
    refused = throttle.refused
    assert throttle.admits(11 * SECOND)
    assert throttle.refused == refused


def test_an_adaptive_throttle_needs_a_window() -> None:
    with pytest.raises(ValueError, match="window"):
        AdaptiveThrottle(random.Random(1), window_ns=0)
