"""Latency counts are HdrHistogram's, only faster; its own package is the judge."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.histogram import (
    COUNTS_LENGTH,
    HIGHEST_NS,
    HIGHEST_US,
    LOWEST_NS,
    HistogramFormatError,
    LatencyCounts,
    LatencyHistogram,
    highest_us,
    index_of,
    indices_of,
    lowest_us,
    lowest_us_of,
)

MICROSECOND = 1_000
PERCENTS = (0, 1, 25, 50, 75, 90, 99, 99.9, 99.99, 100)

values_us = st.one_of(
    st.integers(1, HIGHEST_US),
    st.integers(1, 5_000),
    # Around the powers of two, where the width of places changes.
    st.builds(lambda bit, step: max(1, min((1 << bit) + step, HIGHEST_US)),
              st.integers(0, 36), st.integers(-2, 2)),
)  # fmt: skip
recordings = st.lists(st.tuples(values_us, st.integers(0, 5)), max_size=40)


def judge(recorded: list[tuple[int, int]]) -> Any:
    """The package's own histogram of the same values."""
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    for value_us, count in recorded:
        if count:
            assert histogram.record_value(value_us, count)
    return histogram


def ours(recorded: list[tuple[int, int]]) -> LatencyHistogram:
    histogram = LatencyHistogram()
    for value_us, count in recorded:
        assert histogram.record_count(value_us * MICROSECOND, count)
    return histogram


def same_counts(found: LatencyCounts, expected: Any) -> bool:
    return np.array_equal(found.counts(), np.frombuffer(expected.counts, dtype=np.uint64))


# --- the layout


@settings(deadline=None)
@given(values_us)
def test_a_value_has_the_place_the_package_gives_it(value_us: int) -> None:
    expected = HISTOGRAM.get_counts_array_index(value_us)
    assert index_of(value_us) == expected
    assert indices_of(np.array([value_us])).tolist() == [expected]


@settings(deadline=None)
@given(values_us)
def test_a_place_has_the_edges_the_package_gives_it(value_us: int) -> None:
    index = index_of(value_us)
    assert lowest_us(index) == HISTOGRAM.get_lowest_equivalent_value(value_us)
    assert highest_us(index) == HISTOGRAM.get_highest_equivalent_value(value_us)
    assert lowest_us_of(np.array([index])).tolist() == [lowest_us(index)]


@settings(deadline=None)
@given(values_us)
def test_no_value_is_reported_more_than_one_in_1024_away(value_us: int) -> None:
    reported = highest_us(index_of(value_us))
    assert value_us <= reported <= value_us * (1 + 1 / 1024)


HISTOGRAM = HdrHistogram(1, HIGHEST_US, 3)


# --- counting


@settings(deadline=None, max_examples=60)
@given(recordings)
def test_counts_and_encoding_equal_the_packages(recorded: list[tuple[int, int]]) -> None:
    expected, found = judge(recorded), ours(recorded)
    assert found.count == expected.get_total_count()
    assert same_counts(found.run(), expected)
    assert found.run().encode() == expected.encode()


@settings(deadline=None, max_examples=60)
@given(recordings)
def test_the_extent_is_known_before_the_latencies_are_counted_in(
    recorded: list[tuple[int, int]],
) -> None:
    found = ours(recorded)
    count, maximum_us = found.extent()
    assert (count, maximum_us) == (found.count, found.maximum_us) == found.extent()


@settings(deadline=None, max_examples=25)
@given(recordings)
def test_percentiles_equal_the_packages(recorded: list[tuple[int, int]]) -> None:
    expected = judge(recorded).get_percentile_to_value_dict(list(PERCENTS))
    wanted = tuple(expected.get(percent, 0) for percent in PERCENTS)
    assert ours(recorded).percentiles(PERCENTS) == wanted


@settings(deadline=None)
@given(recordings)
def test_extremes_and_mean_are_exact(recorded: list[tuple[int, int]]) -> None:
    found = ours(recorded)
    flat = [value_us for value_us, count in recorded for _ in range(count)]
    assert found.minimum_us == min(flat, default=0)
    assert found.maximum_us == max(flat, default=0)
    assert found.mean_us == (sum(flat) / len(flat) if flat else 0.0)


@settings(deadline=None)
@given(st.lists(values_us, max_size=50))
def test_recording_many_is_recording_each(values: list[int]) -> None:
    one_by_one, together = LatencyHistogram(), LatencyHistogram()
    for value_us in values:
        one_by_one.record_ns(value_us * MICROSECOND)
    assert together.record_many(np.array(values, dtype=np.int64) * MICROSECOND) == 0
    assert np.array_equal(together.run().counts(), one_by_one.run().counts())
    assert together.mean_us == one_by_one.mean_us


def test_more_than_waits_at_once_is_all_counted() -> None:
    rng = random.Random(1)
    recorded = [(rng.randrange(1, 10**7), rng.randrange(1, 4)) for _ in range(10_000)]
    found = ours(recorded)
    assert found.count == sum(count for _, count in recorded)
    assert same_counts(found.run(), judge(recorded))


def test_huge_counts_of_long_latencies_do_not_overflow_the_mean() -> None:
    histogram = LatencyHistogram()
    histogram.record_count(HIGHEST_NS, 10**12)
    histogram.record_count(HIGHEST_NS, 10**12)
    assert histogram.mean_us == HIGHEST_US
    assert histogram.count == 2 * 10**12


@pytest.mark.parametrize(
    ("value_ns", "kept_us"),
    [(1_000, 1), (1_499, 1), (1_500, 2), (2_499, 2), (HIGHEST_NS, HIGHEST_US)],
)
def test_nanoseconds_are_rounded_to_the_nearest_microsecond(value_ns: int, kept_us: int) -> None:
    one, many = LatencyHistogram(), LatencyHistogram()
    one.record_ns(value_ns)
    many.record_many(np.array([value_ns]))
    assert one.maximum_us == many.maximum_us == kept_us


# --- refusals


@pytest.mark.parametrize("value_ns", [-1, 0, LOWEST_NS - 1, HIGHEST_NS + 1, 10**30])
def test_a_latency_out_of_range_is_refused_and_counted(value_ns: int) -> None:
    histogram = LatencyHistogram()
    assert histogram.record_ns(5_000)
    assert not histogram.record_ns(value_ns)
    assert not histogram.record_count(value_ns, 3)
    assert (histogram.count, histogram.refused) == (1, 4)
    assert histogram.percentiles((100,)) == (5,)


def test_of_many_only_those_out_of_range_are_refused() -> None:
    histogram = LatencyHistogram()
    values_ns = np.array([-5, 0, 999, 1_000, HIGHEST_NS, HIGHEST_NS + 1, 2**63 - 1])
    assert histogram.record_many(values_ns) == 5
    assert (histogram.count, histogram.refused) == (2, 5)
    assert histogram.record_many(np.empty(0, dtype=np.int64)) == 0


def test_latencies_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match="integer nanoseconds"):
        LatencyHistogram().record_many(np.array([1.5e6]))


def test_a_negative_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="a count is 0 or more"):
        LatencyHistogram().record_count(5_000, -1)


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan")])
def test_a_percentile_out_of_range_is_an_error(percent: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 100"):
        LatencyHistogram().percentiles((50, percent))


# --- reading


def test_an_empty_histogram_reads_as_0() -> None:
    histogram = LatencyHistogram()
    assert histogram.percentiles((0, 50, 100)) == (0, 0, 0)
    assert (histogram.minimum_us, histogram.maximum_us, histogram.mean_us) == (0, 0, 0.0)


def test_an_interval_starts_empty_and_the_run_goes_on() -> None:
    histogram = LatencyHistogram()
    histogram.record_count(10_000, 5)
    histogram.reset_interval()
    assert (histogram.interval().count, histogram.run().count) == (0, 5)
    histogram.record_count(90_000, 2)
    assert histogram.interval().percentiles((0, 50, 100)) == (90, 90, 90)
    assert (histogram.interval().count, histogram.interval().minimum_us) == (2, 90)
    assert histogram.percentiles((0, 50, 100)) == (10, 10, 90)
    assert (histogram.count, histogram.minimum_us, histogram.maximum_us) == (7, 10, 90)


def test_what_waits_belongs_to_the_interval_in_which_it_was_recorded() -> None:
    histogram = LatencyHistogram()
    histogram.record_ns(10_000)
    before = histogram.interval()
    histogram.reset_interval()
    histogram.record_ns(20_000)
    assert (before.maximum_us, histogram.interval().maximum_us) == (10, 20)


def test_occupied_places_hold_all_that_was_counted() -> None:
    histogram = ours([(5, 2), (3_000_001, 4)])
    places_us, counts = histogram.run().occupied()
    assert counts.tolist() == [2, 4]
    assert places_us.tolist() == [5, HISTOGRAM.get_lowest_equivalent_value(3_000_001)]


def test_readers_of_the_counts_cannot_write() -> None:
    histogram = ours([(5, 2)])
    with pytest.raises(ValueError, match="read-only"):
        histogram.run().counts()[5] = 0
    assert ours([(5, 2)]).count == 2


# --- exchange


@settings(deadline=None, max_examples=30)
@given(recordings)
def test_what_is_encoded_decodes_to_the_same_counts(recorded: list[tuple[int, int]]) -> None:
    sent = ours(recorded).run()
    for encoded in (sent.encode(), sent.encode().decode()):
        received = LatencyCounts.decode(encoded)
        assert np.array_equal(received.counts(), sent.counts())
        assert received.count == sent.count
        assert received.percentiles(PERCENTS) == sent.percentiles(PERCENTS)
        assert received.mean_us == pytest.approx(sent.mean_us, rel=1e-3)


def test_an_exported_histogram_is_a_whole_one_of_the_package() -> None:
    exported = ours([(7, 3), (90_000, 1)]).run().to_hdr()
    assert exported.get_total_count() == 4
    assert exported.get_min_value() == 7
    assert exported.get_max_value() == HISTOGRAM.get_highest_equivalent_value(90_000)
    assert exported.get_value_at_percentile(50) == 7
    assert len(exported.counts) == COUNTS_LENGTH


def test_an_exported_histogram_is_a_copy() -> None:
    histogram = ours([(7, 3)])
    exported = histogram.run().to_hdr()
    exported.record_value(9)
    assert histogram.count == 3
    assert histogram.run().counts()[9] == 0


def test_a_histogram_of_another_layout_is_refused() -> None:
    for other in (HdrHistogram(1, 3_600_000, 3), HdrHistogram(1, HIGHEST_US, 2)):
        with pytest.raises(HistogramFormatError, match="is needed"):
            LatencyCounts.from_hdr(other)
        with pytest.raises(HistogramFormatError, match="is needed"):
            LatencyCounts.decode(other.encode())


def wrapped(compressed: bytes, *, cookie: int = 0x1C849314) -> bytes:
    return base64.b64encode(struct.pack(">II", cookie, len(compressed)) + compressed)


def payload(body: bytes, *, cookie: int = 0x1C849313, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return struct.pack(">IIIIQQd", cookie, size, 0, 3, 1, HIGHEST_US, 1.0) + body


def test_a_payload_built_by_hand_is_accepted_so_that_the_refusals_mean_something() -> None:
    assert LatencyCounts.decode(wrapped(zlib.compress(payload(b"\x09\x02")))).count == 1


@pytest.mark.parametrize(
    "encoded",
    [
        "no base64!",
        "ü",
        base64.b64encode(b"tiny"),
        wrapped(b"not zlib"),
        wrapped(zlib.compress(payload(b"\x09\x02")), cookie=0x1C849301),
        wrapped(zlib.compress(payload(b"\x09\x02")))[:-8],
        wrapped(zlib.compress(payload(b"\x09\x02"))[:-3]),
        wrapped(zlib.compress(payload(b"\x09\x02")) + b"more"),
        wrapped(zlib.compress(b"short")),
        wrapped(zlib.compress(payload(b"\x09\x02", cookie=0x1C849301))),
        wrapped(zlib.compress(payload(b"\x09\x02", length=99))),
        wrapped(zlib.compress(b"\0" * 2_000_000)),
    ],
)
def test_damaged_or_hostile_input_is_refused(encoded: bytes | str) -> None:
    with pytest.raises(HistogramFormatError, match=r"histogram"):
        LatencyCounts.decode(encoded)


def test_counts_beyond_any_run_are_refused() -> None:
    exported = ours([(7, 3)]).run().to_hdr()
    exported.counts[7] = 2**63 + 1
    with pytest.raises(HistogramFormatError, match="at one place"):
        LatencyCounts.from_hdr(exported)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_whatever_the_counts_say_decoding_ends_or_refuses(body: bytes) -> None:
    try:
        decoded = LatencyCounts.decode(wrapped(zlib.compress(payload(body))))
    except HistogramFormatError:
        return
    assert decoded.count >= 0
