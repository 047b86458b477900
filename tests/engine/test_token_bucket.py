"""A token bucket conforms exactly: never more than the burst plus what dripped in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.clock import SECOND
from outage_engine.token_bucket import TokenBucket


def test_a_full_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(2, burst=3)
    taken = [at for at in range(0, 3 * SECOND, SECOND // 10) if bucket.try_take(at)]
    assert taken == [0, *(SECOND // 10 * k for k in (1, 2, 5, 10, 15, 20, 25))]


def test_a_refused_taker_takes_nothing() -> None:
    bucket = TokenBucket(1, burst=5)
    assert not bucket.try_take(0, 6)
    assert bucket.level(0) == 5


def test_the_wait_is_exactly_as_long_as_needed() -> None:
    bucket = TokenBucket(3, burst=1)
    assert bucket.try_take(0)
    wait_ns = bucket.wait_ns(0)
    assert wait_ns == 333_333_334
    assert not bucket.try_take(wait_ns - 1)
    assert bucket.try_take(wait_ns)


@pytest.mark.parametrize(("rate", "tokens"), [(0, 1), (5, 4)])
def test_some_things_never_come(rate: float, tokens: float) -> None:
    assert TokenBucket(rate, burst=3, level=0).wait_ns(0, tokens) is None


def test_a_change_of_rate_leaves_the_level() -> None:
    bucket = TokenBucket(1, burst=10, level=0)
    bucket.set_rate(2 * SECOND, 3)
    assert bucket.level(2 * SECOND) == 2
    assert bucket.level(3 * SECOND) == 5
    assert bucket.rate_per_s == 3


def test_a_smaller_burst_runs_over_and_a_pour_is_bounded_by_it() -> None:
    bucket = TokenBucket(1, burst=10)
    bucket.set_burst(0, 4)
    assert bucket.level(0) == bucket.burst == 4
    assert bucket.try_take(0, 3)
    bucket.put(0, 100)
    assert bucket.level(0) == 4


def test_time_does_not_run_backwards() -> None:
    bucket = TokenBucket(1, burst=1)
    bucket.level(10)
    with pytest.raises(ValueError, match="before its last refill"):
        bucket.try_take(9)


@pytest.mark.parametrize("wrong", [{"rate_per_s": -1, "burst": 1}, {"rate_per_s": 1, "burst": -1}])
def test_negative_sizes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="negative"):
        TokenBucket(**wrong)  # type: ignore[arg-type]


askers = st.lists(st.tuples(st.integers(0, 2 * SECOND), st.integers(1, 5)), max_size=60)


@given(askers=askers, rate=st.integers(0, 50), burst=st.integers(0, 8))
def test_what_passes_in_any_stretch_conforms(
    askers: list[tuple[int, int]], rate: int, burst: int
) -> None:
    bucket = TokenBucket(rate, burst)
    now = 0
    passed: list[tuple[int, int]] = []
    for gap_ns, tokens in askers:
        now += gap_ns
        if bucket.try_take(now, tokens):
            passed.append((now, tokens))
    for first in range(len(passed)):
        total = 0
        for at_ns, tokens in passed[first:]:
            total += tokens
            # In whole numbers: total <= burst + rate * t.
            assert total * SECOND <= burst * SECOND + rate * (at_ns - passed[first][0])


@given(askers=askers, rate=st.floats(0, 1e6), burst=st.floats(0, 1e6))
def test_looking_often_changes_nothing(
    askers: list[tuple[int, int]], rate: float, burst: float
) -> None:
    watched, alone = TokenBucket(rate, burst, level=0), TokenBucket(rate, burst, level=0)
    now = 0
    for gap_ns, _ in askers:
        now += gap_ns
        watched.level(now)
    assert watched.level(now) == alone.level(now)


@given(askers=askers, rate=st.integers(1, 50))
def test_greedy_takers_get_the_whole_rate(askers: list[tuple[int, int]], rate: int) -> None:
    bucket = TokenBucket(rate, burst=1)
    now = taken = 0
    for _ in range(100):
        wait_ns = bucket.wait_ns(now)
        assert wait_ns is not None
        now += wait_ns
        assert bucket.try_take(now)
        taken += 1
    assert (taken - 1) * SECOND <= rate * now <= (taken - 1) * SECOND + taken * rate
