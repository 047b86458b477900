"""Numbers and times read like the write-ups."""

import pytest

from outage_agents.views import ServiceView
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.staged import region
from outage_tui.dashboard.travel import moment_of, next_pace

CLOCK = Clock("2025-10-19T23:00:00-07:00", 2880.0)
MINUTE = wording.MINUTE_NS


def test_virtual_time_reads_as_pdt_and_counts_from_t0() -> None:
    assert CLOCK.hms(0) == "23:00:00"
    assert CLOCK.hms(48 * MINUTE) == "23:48:00"
    assert CLOCK.hm(205 * MINUTE) == "02:25"
    assert CLOCK.t_plus(48 * MINUTE) == "T+0m"
    assert CLOCK.t_plus(314 * MINUTE) == "T+266m"
    assert CLOCK.t_plus(18 * MINUTE) == "T-30m"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (812, "812"),
        (9_400, "9.4 k"),
        (610_234, "610 k"),
        (999_900, "1.0 M"),
        (3.3e7, "33 M"),
    ],
)
def test_counts_take_at_most_five_characters(value: float, words: str) -> None:
    assert wording.count(value) == words
    assert len(words) <= 5


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"),
        (0.0001, "0.1 %"),
        (0.004, "0.4 %"),
        (0.38, "38 %"),
        (0.9999, "99.9 %"),
        (1, "100 %"),
    ],
)
def test_nothing_and_everything_are_only_said_when_they_are_true(share: float, words: str) -> None:
    assert wording.percent(share) == words


def test_durations() -> None:
    assert wording.duration(45) == "45 s"
    assert wording.duration(9_780) == "2 h 43 min"
    assert wording.waiting(0.42) == "0.4 s"
    assert wording.waiting(9_300) == "2.6 h"


def test_an_error_says_its_direction() -> None:
    assert wording.early_or_late(-1.1) == "1 min early"
    assert wording.early_or_late(5) == "5 min late"
    assert wording.early_or_late(0.3) == "on time"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("23:48", 48), ("04:14", 314), ("T+266m", 314), ("t-48", 0), ("02:25:00", 205)],
)
def test_times_people_type_are_understood(text: str, minutes: int) -> None:
    assert moment_of(text, CLOCK) == minutes * MINUTE


@pytest.mark.parametrize("text", ["", "soon", "24:10", "12:60", "T266"])
def test_other_words_are_not_times(text: str) -> None:
    assert moment_of(text, CLOCK) is None


def test_the_ladder_of_paces_has_ends() -> None:
    assert next_pace(600.0, 1) == 1800.0
    assert next_pace(600.0, -1) == 300.0
    assert next_pace(0.0, 1) == 0.0
    assert next_pace(0.0, -1) == 3600.0
    assert next_pace(1.0, -1) == 1.0
    assert next_pace(45.0, 1) == 60.0


@pytest.mark.parametrize("service", region("normal").services, ids=lambda view: view.name)
def test_a_short_name_takes_at_most_twelve_characters(service: ServiceView) -> None:
    assert 0 < len(wording.service(service.name)) <= 12


def test_laws_read_as_sentences() -> None:
    assert wording.law("dns.endpoint_is_never_empty") == "DNS endpoint is never empty"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zone_gap_s", "zone gap, seconds"),
        ("every_min", "every, minutes"),
        ("max_outstanding_share", "max outstanding share"),
        ("target", "target"),
        ("s", "s"),
    ],
)
def test_a_value_is_asked_for_in_words(name: str, words: str) -> None:
    assert wording.name_in_words(name) == words
