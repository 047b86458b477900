"""What the run measures of itself is sampled whole, in order, and cannot be mistaken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.series import CAPACITY
from outage_engine.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable

TEN_SECONDS = 10_000_000_000


def test_a_counter_counts_what_its_owners_add() -> None:
    telemetry = Telemetry()
    counter = telemetry.counter("ec2.launched_total")
    counter.add()
    counter.add(41)
    telemetry.counter("ec2.launched_total").add(8)
    assert counter.total == 50
    assert telemetry.value("ec2.launched_total") == 50


def test_a_counter_cannot_go_down() -> None:
    counter = Telemetry().counter("ec2.launched_total")
    with pytest.raises(ValueError, match=r"'ec2.launched_total' cannot go down by 2"):
        counter.add(-2)
    assert counter.total == 0


def test_a_gauge_is_what_it_was_last_set_to() -> None:
    telemetry = Telemetry()
    gauge = telemetry.gauge("nm.wait_s")
    gauge.set(12)
    gauge.set(3.5)
    assert gauge.value == telemetry.value("nm.wait_s") == 3.5
    assert telemetry.gauge("nm.wait_s") is gauge


def test_a_pulled_gauge_is_asked_of_its_owner_each_time() -> None:
    telemetry = Telemetry()
    queue = [1, 2, 3]
    telemetry.gauge_from("dwfm.queue", lambda: len(queue))
    assert telemetry.value("dwfm.queue") == 3
    queue.pop()
    telemetry.sample(0)
    assert telemetry.series("dwfm.queue").last == 2


def test_a_restarted_owner_may_register_its_gauge_again() -> None:
    telemetry = Telemetry()
    telemetry.gauge_from("dwfm.queue", lambda: 1)
    telemetry.sample(0)
    telemetry.gauge_from("dwfm.queue", lambda: 2)
    telemetry.sample(TEN_SECONDS)
    assert telemetry.series("dwfm.queue").values.tolist() == [1, 2]
    assert telemetry.names() == ["dwfm.queue"]


def test_each_name_has_one_histogram() -> None:
    telemetry = Telemetry()
    telemetry.histogram("dns.apply").record_ns(5_000)
    assert telemetry.histogram("dns.apply").count == 1
    telemetry.histogram("dwfm.establish")
    assert telemetry.histogram_names() == ["dns.apply", "dwfm.establish"]


def test_names_and_vector_are_in_order_of_registration() -> None:
    telemetry = Telemetry()
    telemetry.gauge("z.last").set(1.5)
    telemetry.counter("a.first_total").add(7)
    telemetry.gauge_from("m.middle", lambda: 3)
    assert telemetry.names() == ["z.last", "a.first_total", "m.middle"]
    assert telemetry.vector() == (1.5, 7.0, 3.0)
    assert all(type(value) is float for value in telemetry.vector())


def test_names_given_out_are_a_copy() -> None:
    telemetry = Telemetry()
    telemetry.gauge("a.b")
    telemetry.names().clear()
    assert telemetry.names() == ["a.b"]


def test_sampling_keeps_every_value_with_its_time() -> None:
    telemetry = Telemetry()
    broken, races = telemetry.gauge("dwfm.broken"), telemetry.counter("dns.races_total")
    for tick, level in enumerate([0, 980_000, 120_000, 120_000]):
        broken.set(level)
        races.add(tick)
        telemetry.sample(tick * TEN_SECONDS)
    series = telemetry.series("dwfm.broken")
    assert series.times_ns.tolist() == [0, TEN_SECONDS, 2 * TEN_SECONDS, 3 * TEN_SECONDS]
    assert series.values.tolist() == [0, 980_000, 120_000, 120_000]
    assert (series.maximum, series.maximum_at_ns) == (980_000, TEN_SECONDS)
    assert telemetry.series("dns.races_total").values.tolist() == [0, 1, 3, 6]


def test_a_series_that_is_held_sees_later_samples() -> None:
    telemetry = Telemetry()
    gauge = telemetry.gauge("a.b")
    series = telemetry.series("a.b")
    assert series.count == 0
    gauge.set(4)
    telemetry.sample(1)
    assert (series.count, series.last) == (1, 4.0)


def test_a_name_that_comes_late_starts_with_its_first_sample() -> None:
    telemetry = Telemetry()
    telemetry.gauge("a.early").set(1)
    telemetry.sample(10)
    telemetry.gauge("a.late").set(2)
    telemetry.sample(20)
    assert telemetry.series("a.early").times_ns.tolist() == [10, 20]
    assert telemetry.series("a.late").times_ns.tolist() == [20]
    assert telemetry.series("a.late").values.tolist() == [2]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.integers(-100, 100), min_size=3, max_size=3), max_size=700))
def test_samples_are_the_same_however_many_wait(rows: list[list[int]]) -> None:
    telemetry = Telemetry()
    gauges = [telemetry.gauge(f"g.n{place}") for place in range(3)]
    for now_ns, row in enumerate(rows):
        for gauge, value in zip(gauges, row, strict=True):
            gauge.set(value)
        telemetry.sample(now_ns)
    for place, gauge in enumerate(gauges):
        expected = [row[place] for row in rows]
        assert telemetry.series(gauge.name).values.tolist() == expected


def test_a_long_run_is_bounded_and_keeps_its_spike() -> None:
    telemetry = Telemetry()
    gauge = telemetry.gauge("dwfm.broken")
    for tick in range(3 * CAPACITY):
        gauge.set(1_000_000.0 if tick == 12_345 else 5.0)
        telemetry.sample(tick)
    series = telemetry.series("dwfm.broken")
    assert (len(series), series.count) == (3 * CAPACITY // 4, 3 * CAPACITY)
    assert (series.maximum, series.maximum_at_ns) == (1_000_000.0, 12_345)
    assert series.maxima.max() == 1_000_000.0


def test_sampling_without_names_is_no_error() -> None:
    telemetry = Telemetry()
    telemetry.sample(0)
    telemetry.sample(5)
    telemetry.gauge("a.b")
    telemetry.sample(6)
    assert telemetry.series("a.b").count == 1


# --- refusals


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused_by_name_and_time(value: float) -> None:
    telemetry = Telemetry()
    telemetry.gauge("a.fine").set(1)
    telemetry.gauge("nm.wait_s").set(value)
    with pytest.raises(ValueError, match=r"gauge 'nm.wait_s' is -?(nan|inf) at 30 ns"):
        telemetry.sample(30)
    telemetry.gauge("nm.wait_s").set(0)
    telemetry.sample(30)
    assert telemetry.series("a.fine").count == 1


def test_large_values_that_only_overflow_together_are_fine() -> None:
    telemetry = Telemetry()
    telemetry.gauge("a.one").set(1.7e308)
    telemetry.gauge("a.two").set(1.7e308)
    telemetry.sample(0)
    assert telemetry.series("a.two").last == 1.7e308


def test_samples_cannot_go_back_in_time() -> None:
    telemetry = Telemetry()
    telemetry.sample(20)
    telemetry.sample(20)
    with pytest.raises(ValueError, match="sample at 19 ns, but one was taken at 20 ns"):
        telemetry.sample(19)


@pytest.mark.parametrize("name", ["", "broken", "Dwfm.broken", "dwfm.", ".x", "a b.c", "a..b"])
@pytest.mark.parametrize(
    "register",
    [
        lambda telemetry, name: telemetry.counter(f"{name}_total" if name else name),
        lambda telemetry, name: telemetry.gauge(name),
        lambda telemetry, name: telemetry.gauge_from(name, lambda: 0),
        lambda telemetry, name: telemetry.histogram(name),
    ],
)
def test_a_name_is_dotted_and_lower_case(
    name: str, register: Callable[[Telemetry, str], object]
) -> None:
    if name == "dwfm.":
        name = "dwfm..x"  # with "_total" behind, a trailing dot would be no fault
    telemetry = Telemetry()
    with pytest.raises(ValueError, match=r"not a dotted name|must end in"):
        register(telemetry, name)
    assert telemetry.names() == telemetry.histogram_names() == []


def test_the_name_of_a_counter_ends_in_total() -> None:
    with pytest.raises(ValueError, match="must end in '_total'"):
        Telemetry().counter("ec2.launched")


def test_one_name_means_one_thing() -> None:
    telemetry = Telemetry()
    telemetry.counter("a.counted_total")
    telemetry.gauge("a.set")
    telemetry.gauge_from("a.pulled_total", lambda: 0)
    for again in (
        lambda: telemetry.gauge("a.counted_total"),
        lambda: telemetry.gauge_from("a.counted_total", lambda: 0),
        lambda: telemetry.counter("a.set"),
        lambda: telemetry.gauge_from("a.set", lambda: 0),
        lambda: telemetry.gauge("a.pulled_total"),
        lambda: telemetry.counter("a.pulled_total"),
    ):
        with pytest.raises(ValueError, match="already"):
            again()
    assert telemetry.names() == ["a.counted_total", "a.set", "a.pulled_total"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    telemetry = Telemetry()
    with pytest.raises(KeyError, match="there are: none"):
        telemetry.value("a.b")
    telemetry.gauge("dwfm.queue")
    with pytest.raises(KeyError, match=r"'dwfm.quee'; there are: dwfm.queue"):
        telemetry.series("dwfm.quee")


def test_a_sample_returns_what_the_vector_says() -> None:
    telemetry = Telemetry()
    telemetry.counter("dns.races_total").add(3)
    telemetry.gauge_from("nm.wait_s", lambda: 1.5)
    assert telemetry.sample(0) == telemetry.vector() == (3.0, 1.5)
    assert telemetry.series("nm.wait_s").last == 1.5
