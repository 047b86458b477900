"""A series is bounded, and forgets no spike."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.series import CAPACITY, Series

numbers = st.floats(min_value=-1e9, max_value=1e9)


def filled(values: list[float], *, in_chunks_of: int = 1000) -> Series:
    series = Series()
    for start in range(0, len(values), in_chunks_of):
        chunk = np.array(values[start : start + in_chunks_of])
        series.extend(np.arange(start, start + chunk.size, dtype=np.int64) * 10, chunk)
    return series


def test_an_empty_series_has_no_samples_and_reads_as_0() -> None:
    series = Series()
    assert (len(series), series.count, series.exact) == (0, 0, True)
    assert (series.minimum, series.maximum, series.maximum_at_ns, series.last) == (0, 0, 0, 0)
    assert series.values.size == series.times_ns.size == series.minima.size == 0
    assert series.value_at(100) is None


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=60))
def test_every_sample_is_kept_while_there_are_few(values: list[float]) -> None:
    series = Series()
    for index, value in enumerate(values):
        series.append(index * 7, value)
    assert series.exact
    assert series.values.tolist() == series.minima.tolist() == series.maxima.tolist() == values
    assert series.times_ns.tolist() == [index * 7 for index in range(len(values))]


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=60))
def test_extremes_and_last_are_those_of_all_samples(values: list[float]) -> None:
    series = filled(values, in_chunks_of=7)
    assert series.maximum == max(values)
    assert series.maximum_at_ns == values.index(max(values)) * 10  # the first of equals
    assert series.minimum == min(values)
    assert series.minimum_at_ns == values.index(min(values)) * 10
    assert series.last == values[-1]


def test_a_series_is_exact_to_its_capacity_and_thins_with_the_next_sample() -> None:
    series = filled([float(index) for index in range(CAPACITY)])
    assert series.exact
    assert len(series) == CAPACITY
    series.append(CAPACITY * 10, -1.0)
    assert not series.exact
    assert len(series) == CAPACITY // 2 + 1
    assert series.values[-1] == series.last == -1.0


@settings(max_examples=20, deadline=None)
@given(
    st.integers(CAPACITY + 1, 6 * CAPACITY),
    st.integers(500, 3000),
    st.integers(0, 2**32),
)
def test_thinning_keeps_the_extremes_and_the_last_of_every_bucket(
    count: int, chunk: int, seed: int
) -> None:
    values = np.random.Generator(np.random.PCG64(seed)).random(count)
    series = filled(values.tolist(), in_chunks_of=chunk)
    assert len(series) <= CAPACITY
    stride = series.stride
    starts = np.arange(0, count, stride)
    ends = np.minimum(starts + stride, count) - 1
    assert series.minima.tolist() == np.minimum.reduceat(values, starts).tolist()
    assert series.maxima.tolist() == np.maximum.reduceat(values, starts).tolist()
    assert series.values.tolist() == values[ends].tolist()
    assert series.times_ns.tolist() == (ends * 10).tolist()
    assert (series.maximum, series.minimum) == (values.max(), values.min())
    assert series.maximum_at_ns == int(values.argmax()) * 10
    assert series.count == count


def test_a_spike_of_one_sample_survives_any_amount_of_thinning() -> None:
    values = [0.0] * (20 * CAPACITY)
    values[77_777] = 5.0
    series = filled(values, in_chunks_of=4096)
    assert series.stride == 32
    assert series.maxima.max() == 5.0
    assert (series.maximum, series.maximum_at_ns) == (5.0, 777_770)


def test_how_samples_arrive_makes_no_difference() -> None:
    values = [math.sin(index) for index in range(2 * CAPACITY + 333)]
    one, other = filled(values, in_chunks_of=7), filled(values, in_chunks_of=5000)
    assert one.values.tolist() == other.values.tolist()
    assert one.maxima.tolist() == other.maxima.tolist()
    assert one.times_ns.tolist() == other.times_ns.tolist()


def test_what_was_read_does_not_change_under_the_reader() -> None:
    series = filled([float(index) for index in range(CAPACITY)])
    before = series.values
    kept = before.copy()
    series.extend(np.array([10**9, 10**9 + 1]), np.array([-5.0, 5.0]))
    assert before.tolist() == kept.tolist()


def test_readers_cannot_write() -> None:
    series = filled([1.0, 2.0])
    for shown in (series.values, series.minima, series.maxima, series.times_ns):
        with pytest.raises(ValueError, match="read-only"):
            shown[0] = 9
    series.append(30, 3.0)
    assert series.values.tolist() == [1.0, 2.0, 3.0]


def test_value_at_is_the_newest_sample_that_is_not_later() -> None:
    series = filled([5.0, 6.0, 7.0])
    assert [series.value_at(at) for at in (-1, 0, 9, 10, 19, 20, 10**9)] == [
        None, 5.0, 5.0, 6.0, 6.0, 7.0, 7.0,
    ]  # fmt: skip


def test_two_samples_at_one_instant_are_both_kept() -> None:
    series = filled([1.0])
    series.append(0, 4.0)
    assert series.values.tolist() == [1.0, 4.0]
    assert series.value_at(0) == 4.0


def test_time_cannot_go_back() -> None:
    series = filled([1.0, 2.0])
    with pytest.raises(ValueError, match="back in time"):
        series.append(9, 3.0)
    with pytest.raises(ValueError, match="back in time"):
        series.extend(np.array([30, 20]), np.array([1.0, 2.0]))
    thinned = filled([0.0] * (CAPACITY + 1))
    with pytest.raises(ValueError, match="back in time"):
        thinned.append(CAPACITY * 10 - 1, 3.0)
    assert series.count == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_sample_that_is_no_number_is_refused_and_nothing_is_added(value: float) -> None:
    series = filled([1.0])
    with pytest.raises(ValueError, match="sample at 20 ns is"):
        series.extend(np.array([10, 20]), np.array([3.0, value]))
    assert (series.count, series.maximum) == (1, 1.0)


def test_times_and_values_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="as many times as values"):
        Series().extend(np.array([1, 2]), np.array([3.0]))


def test_nothing_to_add_is_no_error() -> None:
    series = Series()
    series.extend(np.empty(0, dtype=np.int64), np.empty(0))
    assert series.count == 0


def test_a_late_writer_is_asked_before_anything_is_read() -> None:
    waiting = [(10, 1.0), (20, 2.0)]

    def catch_up() -> None:
        while waiting:
            series.append(*waiting.pop(0))

    series = Series(before_read=catch_up)
    assert series.last == 2.0
    waiting.append((30, 9.0))
    assert (series.maximum, series.maximum_at_ns, len(series)) == (9.0, 30, 3)
