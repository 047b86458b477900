"""Moments as people write them."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.when import (
    When,
    WhenError,
    civil_from_days,
    days_from_civil,
    format_clock,
    format_iso,
    format_t,
    iso_seconds,
)
from outage_engine.clock import HOUR, MINUTE, SECOND


@attrs.frozen
class Night:
    """The window of the reference scenario."""

    start: str = "2025-10-19T23:00:00-07:00"
    epoch_s: int = 2880
    duration_s: int = 58_200


NIGHT = Night()
T0 = 48 * MINUTE


@pytest.mark.parametrize(
    ("text", "t_ns"),
    [
        ("23:00", 0),
        ("23:48", T0),
        ("04:14", T0 + 266 * MINUTE),
        ("4:14", T0 + 266 * MINUTE),
        ("04:14:30", T0 + 266 * MINUTE + 30 * SECOND),
        ("15:10", 58_200 * SECOND),
        ("T", T0),
        ("T+0m", T0),
        ("T+266m", T0 + 266 * MINUTE),
        ("T-3m", T0 - 3 * MINUTE),
        ("T+1h30m", T0 + 90 * MINUTE),
        ("T+90s", T0 + 90 * SECOND),
        ("T+1.5h", T0 + 90 * MINUTE),
        ("T+0.25s", T0 + SECOND // 4),
        ("2025-10-20T04:14:00-07:00", T0 + 266 * MINUTE),
        ("2025-10-20T11:14:00Z", T0 + 266 * MINUTE),
        ("2025-10-20 11:14+00:00", T0 + 266 * MINUTE),
        ("2025-10-20T11:14:00.5Z", T0 + 266 * MINUTE + SECOND // 2),
        (" 04:14 ", T0 + 266 * MINUTE),
    ],
)
def test_a_moment_can_be_written_in_three_ways(text: str, t_ns: int) -> None:
    assert When.parse(text, NIGHT) == t_ns


def test_before_midnight_means_the_evening_before() -> None:
    assert When.parse("23:48", NIGHT) < When.parse("00:11", NIGHT) < When.parse("14:20", NIGHT)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a time"),
        ("soon", "not a time"),
        ("24:00", "no such time of day"),
        ("04:60", "no such time of day"),
        ("T+266", "write hours, minutes, seconds"),
        ("T+", "write hours, minutes, seconds"),
        ("T+1.2.3h", "is not a number"),
        ("T+.m", "is not a number"),
        ("2025-10-20T04:14:00", "has no offset"),
        ("2025-02-29T04:14:00-07:00", "no such day"),
        ("2025-13-01T04:14:00-07:00", "no such day"),
        ("2025-10-20T25:14:00-07:00", "no such time of day"),
        ("2025-10-20T04:14:00-99:00", "no such offset"),
        ("T-49m", "before the run begins, at 23:00:00"),
        ("2025-10-19T22:00:00-07:00", "before the run begins"),
        ("22:59", "after the run ends, at 15:10:00"),
        ("T+100h", "after the run ends"),
    ],
)
def test_what_is_no_moment_of_the_run_is_told(text: str, says: str) -> None:
    with pytest.raises(WhenError, match=says):
        When.parse(text, NIGHT)


def test_a_script_may_reach_beyond_the_end_of_a_run() -> None:
    short = Night(duration_s=14_400)
    with pytest.raises(WhenError, match="after the run ends, at 03:00:00"):
        When.parse("04:14", short)
    assert When.parse("04:14", short, within=False) == T0 + 266 * MINUTE


def test_moments_are_shown_as_they_are_read() -> None:
    t_ns = T0 + 266 * MINUTE
    assert format_clock(t_ns) == "04:14:00"
    assert format_t(t_ns) == "T+266m"
    assert format_t(T0 - 3 * MINUTE) == "T-3m"
    assert format_t(T0 + 30 * SECOND) == "T+30s"
    assert format_t(T0 - 90 * SECOND) == "T-1m30s"
    assert format_t(T0) == "T+0m"
    assert format_iso(t_ns) == "2025-10-20T04:14:00-07:00"
    assert format_iso(HOUR, "2024-12-31T23:30:00Z") == "2025-01-01T00:30:00+00:00"


@given(st.integers(0, 58_200))
def test_every_second_of_the_run_reads_back_from_all_three_ways(second: int) -> None:
    t_ns = second * SECOND
    for text in (format_clock(t_ns), format_t(t_ns), format_iso(t_ns)):
        assert When.parse(text, NIGHT) == t_ns


@given(st.integers(-1_000_000, 5_000_000))
def test_days_and_dates_agree(days: int) -> None:
    assert days_from_civil(*civil_from_days(days)) == days


def test_known_dates_have_their_day_numbers() -> None:
    assert days_from_civil(1970, 1, 1) == 0
    assert days_from_civil(2000, 3, 1) == 11_017
    assert iso_seconds("2025-10-19T23:48:00-07:00") == (1_760_942_880, -25_200)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_told_error(text: str) -> None:
    problems: tuple[str, ...] = ()
    try:
        assert 0 <= When.parse(text, NIGHT) <= 58_200 * SECOND
    except WhenError as told:
        problems = told.problems
    assert all(problems)
