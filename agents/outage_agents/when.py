"""Moments of a run as people write them.

Three ways: `04:14` is the clock of the scenario (Pacific Daylight Time in the reference one), the
first such time at or after its start, so that 23:48 is the evening before; `T+266m` counts from T0,
the moment the incident begins (23:48); and an ISO time with an offset. Inside, a moment is always
virtual time, integer nanoseconds since the start of the run. The little civil-calendar arithmetic
that this needs is here, because the simulation may not import a wall clock.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from outage_agents.scenario_source import InputError, KeyPath, Source
from outage_engine.clock import SECOND

REFERENCE_START = "2025-10-19T23:00:00-07:00"
"""Start of the reference scenario."""
REFERENCE_EPOCH_S = 2880
"""Seconds from the start of the reference scenario to T0."""
DAY_S = 86_400


class WhenError(InputError):
    """A text names no moment of the run."""


class Window(Protocol):
    """What must be known of a scenario to read a time in it."""

    @property
    def start(self) -> str:
        """ISO time with offset at virtual time 0."""

    @property
    def epoch_s(self) -> int:
        """Seconds from the start to T0."""

    @property
    def duration_s(self) -> int:
        """Length of the run, seconds."""


class When:
    """Reads moments."""

    @staticmethod
    def parse(text: str, scenario: Window, *, within: bool = True) -> int:
        """Virtual time in nanoseconds of `04:14`, `T+266m` or an ISO time.

        With `within` a moment outside the run is an error. Raises `WhenError`.
        """
        at_ns = _moment_ns(text.strip(), scenario)
        if at_ns < 0:
            first = format_clock(0, scenario.start)
            raise WhenError([f"{text}: before the run begins, at {first}"])
        if within and at_ns > scenario.duration_s * SECOND:
            last = format_clock(scenario.duration_s * SECOND, scenario.start)
            raise WhenError([f"{text}: after the run ends, at {last}"])
        return at_ns


def moment_of(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str], window: Window
) -> int | None:
    """The moment of an entry, from `at` (a time) or `at_ns`; None, and a problem, without one."""
    if "at_ns" in item and "at" not in item:
        at_ns = item["at_ns"]
        if isinstance(at_ns, int) and not isinstance(at_ns, bool) and at_ns >= 0:
            return at_ns
        problems.append(source.problem((*path, "at_ns"), "must be nanoseconds, 0 or more"))
        return None
    at: Any = item.get("at", "")
    text = at if isinstance(at, str) else at.isoformat() if hasattr(at, "isoformat") else str(at)
    try:
        return When.parse(text, window, within=False)
    except WhenError as wrong:
        problems.extend(source.problem((*path, "at"), what) for what in wrong.problems)
        return None


def format_clock(t_ns: int, start: str = REFERENCE_START) -> str:
    """The scenario's clock at virtual time `t_ns`: `04:14:00`."""
    second, offset_s = iso_seconds(start)
    of_day = (second + offset_s + t_ns // SECOND) % DAY_S
    return f"{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"


def format_t(t_ns: int, epoch_s: int = REFERENCE_EPOCH_S) -> str:
    """Time from T0 in whole minutes, or with seconds where there are some: `T+266m`, `T-90s`."""
    from_epoch_s = t_ns // SECOND - epoch_s
    sign = "-" if from_epoch_s < 0 else "+"
    minutes, rest = divmod(abs(from_epoch_s), 60)
    if rest == 0:
        return f"T{sign}{minutes}m"
    return f"T{sign}{minutes}m{rest}s" if minutes else f"T{sign}{rest}s"


def format_exact(t_ns: int, epoch_s: int = REFERENCE_EPOCH_S) -> str:
    """A moment as options take it, to the nanosecond: `T+266m`, `T+266m12s`, `T+15972.5s`."""
    if t_ns % SECOND == 0:
        return format_t(t_ns, epoch_s)
    sign = "-" if t_ns < epoch_s * SECOND else "+"
    whole, part = divmod(abs(t_ns - epoch_s * SECOND), SECOND)
    return f"T{sign}{whole}.{part:09}".rstrip("0") + "s"


def format_iso(t_ns: int, start: str = REFERENCE_START) -> str:
    """ISO time with the scenario's offset, whole seconds."""
    second, offset_s = iso_seconds(start)
    local = second + offset_s + t_ns // SECOND
    year, month, day = civil_from_days(local // DAY_S)
    clock = format_clock(t_ns, start)
    sign = "-" if offset_s < 0 else "+"
    offset = f"{sign}{abs(offset_s) // 3600:02}:{abs(offset_s) // 60 % 60:02}"
    return f"{year:04}-{month:02}-{day:02}T{clock}{offset}"


def t_min(t_ns: int, epoch_s: int = REFERENCE_EPOCH_S) -> float:
    """Minutes after T0."""
    return (t_ns - epoch_s * SECOND) / (60 * SECOND)


_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?PDT)?")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SPAN = re.compile(r"(?:([0-9.]+)h)?(?:([0-9.]+)m(?:in)?)?(?:([0-9.]+)s)?")


def _moment_ns(text: str, scenario: Window) -> int:
    if text[:1] in ("T", "t") and text[1:2] in ("", "+", "-"):
        return scenario.epoch_s * SECOND + _span_ns(text)
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _clock_ns(text, clock, scenario)
    if _ISO.fullmatch(text):
        return _iso_ns(text) - _iso_ns(scenario.start)
    raise WhenError([f"{text or 'nothing'}: not a time; write 04:14, T+266m or an ISO time"])


def _clock_ns(text: str, clock: "re.Match[str]", scenario: Window) -> int:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise WhenError([f"{text}: no such time of day"])
    start_s, offset_s = iso_seconds(scenario.start)
    after_s = (hour * 3600 + minute * 60 + second - start_s - offset_s) % DAY_S
    return after_s * SECOND


def _span_ns(text: str) -> int:
    """The part after T: `+1h30m`, `-3m`, `+90s`, or nothing."""
    if len(text) == 1:
        return 0
    span = _SPAN.fullmatch(text[2:])
    if span is None or not text[2:]:
        raise WhenError([f"{text}: write hours, minutes, seconds, such as T+266m or T+1h30m"])
    total_ns = 0
    for amount, unit_s in zip(span.groups(), (3600, 60, 1), strict=True):
        total_ns += _amount_ns(text, amount, unit_s) if amount else 0
    return -total_ns if text[1] == "-" else total_ns


def _amount_ns(text: str, amount: str, unit_s: int) -> int:
    whole, point, part = amount.partition(".")
    if "." in part or not (whole or part) or len(amount) > 15:
        raise WhenError([f"{text}: {amount} is not a number"])
    part_ns = int(part) * unit_s * SECOND // 10 ** len(part) if point and part else 0
    return int(whole or 0) * unit_s * SECOND + part_ns


def iso_seconds(text: str) -> tuple[int, int]:
    """Seconds since 1970 (UTC) of an ISO time, and its offset in seconds. Raises `WhenError`."""
    iso = _ISO.fullmatch(text)
    if iso is None:
        raise WhenError([f"{text}: not an ISO time such as 2025-10-20T04:14:00-07:00"])
    if iso[8] is None:
        raise WhenError([f"{text}: has no offset; write it as 2025-10-20T04:14:00-07:00"])
    year, month, day, hour, minute = (int(iso[i]) for i in range(1, 6))
    second = int(iso[6] or 0)
    if not 1 <= month <= 12 or not 1 <= day <= _month_days(year, month):
        raise WhenError([f"{text}: no such day"])
    if hour > 23 or minute > 59 or second > 59:
        raise WhenError([f"{text}: no such time of day"])
    offset_s = _offset_s(text, iso[8])
    days = days_from_civil(year, month, day)
    return days * DAY_S + hour * 3600 + minute * 60 + second - offset_s, offset_s


def _iso_ns(text: str) -> int:
    iso = _ISO.fullmatch(text)
    assert iso is not None
    second, _ = iso_seconds(text)
    return second * SECOND + int((iso[7] or "").ljust(9, "0"))


def _offset_s(text: str, offset: str) -> int:
    if offset == "Z":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 15 or minutes > 59:
        raise WhenError([f"{text}: no such offset"])
    return (-1 if offset[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _month_days(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar.

    Years are counted from March, so that the leap day is the last of a year.
    """
    y = year - (month <= 2)
    era, of_era = divmod(y, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a count of days since 1970-01-01."""
    era, of_era = divmod(days + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day
