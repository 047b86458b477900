"""Numbers and times in the words people read: `610 k`, `2 h 43 min`, `02:31:10`, `T+163m`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

import attrs

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS


@attrs.frozen
class Clock:
    """Turns virtual time into the Region's wall clock (PDT) and into T+."""

    start: str
    """ISO text of virtual time 0."""
    epoch_s: float
    """Seconds from the start to T0."""
    _start: datetime = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_start", datetime.fromisoformat(self.start))

    def at(self, t_ns: int) -> datetime:
        """The moment as a date and time."""
        return self._start + timedelta(seconds=t_ns // SECOND_NS)

    def hms(self, t_ns: int) -> str:
        """`02:31:10`."""
        return self.at(t_ns).strftime("%H:%M:%S")

    def hm(self, t_ns: int) -> str:
        """`02:31`."""
        return self.at(t_ns).strftime("%H:%M")

    def t_plus(self, t_ns: int) -> str:
        """`T+163m`, counted from T0; `T-48m` before it."""
        minutes = int((t_ns / SECOND_NS - self.epoch_s) // 60)
        return f"T{'+' if minutes >= 0 else '-'}{abs(minutes)}m"

    def of_minutes(self, t_min: float) -> int:
        """Virtual nanoseconds of a T+ in minutes."""
        return int((self.epoch_s + t_min * 60) * SECOND_NS)


def count(value: float) -> str:
    """At most five characters: `7`, `812`, `9.4 k`, `610 k`, `1.0 M`."""
    size = abs(value)
    if size < 1000:
        return f"{value:.0f}"
    for scale, unit in ((1e3, "k"), (1e6, "M"), (1e9, "G")):
        scaled = value / scale
        if abs(scaled) < 999.5:
            return f"{scaled:.1f} {unit}" if abs(scaled) < 9.95 else f"{scaled:.0f} {unit}"
    return f"{value / 1e12:.1f} T"


def rate(value: float) -> str:
    """A rate each second: `0`, `0.4`, `12.5`, `231`."""
    if value == 0:
        return "0"
    if abs(value) < 100:
        return f"{value:.1f}"
    return count(value)


def percent(share: float) -> str:
    """`0 %`, `0.4 %`, `38 %`; never 0 or 100 for something in between."""
    value = share * 100
    if 0 < value < 1:
        return f"{max(0.1, value):.1f} %"
    if 99 < value < 100:
        return f"{min(99.9, value):.1f} %"
    return f"{value:.0f} %"


def spaced(text: str) -> str:
    """A text that was told with `30%` as the panels write it: `30 %`."""
    return _PERCENT.sub(" %", text)


_PERCENT: Final = re.compile(r"(?<=\d)%")


def name_in_words(name: str) -> str:
    """`zone_gap_s` as a person reads it: `zone gap, seconds`."""
    *words, last = name.split("_")
    unit = _UNITS.get(last)
    return " ".join(words) + f", {unit}" if words and unit else name.replace("_", " ")


_UNITS: Final = {"s": "seconds", "ms": "milliseconds", "min": "minutes"}


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `2 h 43 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def waiting(seconds: float) -> str:
    """A waiting time, short: `0.4 s`, `38 s`, `12 min`, `2.6 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def milliseconds(value: float) -> str:
    """A latency: `0.41 ms`, `38 ms`, `1.2 s`, `3.4 min`."""
    if value < 10:
        return f"{value:.2f} ms"
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 100_000:
        return f"{value / 1000:.1f} s"
    return f"{value / 60_000:.1f} min"


def size(count_bytes: int) -> str:
    """`840 kB`, `12.4 MB`."""
    if count_bytes < 1_000_000:
        return f"{count_bytes / 1000:.0f} kB"
    return f"{count_bytes / 1e6:.1f} MB"


def pace(multiplier: float) -> str:
    """`x600`, or `max`."""
    return "max" if multiplier <= 0 else f"x{multiplier:g}"


def early_or_late(error_min: float) -> str:
    """How far a milestone is from the real one."""
    minutes = round(error_min)
    if minutes == 0:
        return "on time"
    return f"{abs(minutes)} min {'late' if minutes > 0 else 'early'}"


_WORDS: Final = {
    "dns": "DNS",
    "dwfm": "DWFM",
    "sts": "STS",
    "iam": "IAM",
    "nlb": "NLB",
    "nm": "NM",
    "ec2": "EC2",
    "rpz": "RPZ",
    "sqs": "SQS",
    "dynamodb": "DynamoDB",
    "lambda": "Lambda",
}


_SHORT: Final = {
    "IAM and console sign-in": "IAM sign-in",
    "Organizations": "Organizat'ns",
    "Other services": "Others",
    "Redshift clusters": "Redshift DBs",
    "Secrets Manager": "Secrets Mgr",
    "Support Center": "Support",
    "EC2 launches": "EC2",
    "Lambda events": "Lambda",
    "lambda": "Lambda",
    "sts": "STS",
}


def service(name: str) -> str:
    """A service's or a dependency's name in at most twelve characters."""
    short = _SHORT.get(name, name)
    return short if len(short) <= 12 else short.split()[0][:12]


_ROWS: Final = {"iam": "IAM", "lambda": "Lambda", "sts": "STS"}


def dependency(name: str) -> str:
    """What a service fails through, as people know it: rows of other services have short names."""
    return _ROWS.get(name, name)


def law(name: str) -> str:
    """`dns.endpoint_is_never_empty` as `DNS endpoint is never empty`."""
    return milestone_name(name.replace(".", "_"))


def milestone_name(milestone_id: str) -> str:
    """`dwfm_all_leased` as `DWFM all leased`."""
    return " ".join(_WORDS.get(word, word) for word in milestone_id.split("_"))


_MILESTONES_SHORT: Final = {
    "dns_record_empty": "DNS empty",
    "dwfm_state_checks_fail": "checks fail",
    "rpz_override_applied": "override",
    "sts_first_wave_over": "STS ok",
    "iam_sign_in_recovered": "sign-in ok",
    "dns_restored": "DNS back",
    "global_tables_caught_up": "replicas ok",
    "dynamodb_recovered": "DynamoDB ok",
    "dwfm_throttle_and_restart": "throttle, restart",
    "lambda_pollers_restored": "SQS pollers",
    "dwfm_all_leased": "all leased",
    "nlb_errors_begin": "NLB errors",
    "lambda_sqs_backlog_done": "SQS worked off",
    "nm_latency_rises": "network late",
    "second_wave_begins": "second wave",
    "nlb_failover_disabled": "failover off",
    "sts_second_wave_over": "STS ok again",
    "nm_propagation_normal": "network ok",
    "ec2_throttles_relax_begin": "limits relax",
    "ec2_normal": "EC2 normal",
    "nlb_failover_enabled": "failover on",
    "lambda_normal": "Lambda ok",
    "event_over": "over",
}


def milestone_short(milestone_id: str) -> str:
    """`dwfm_all_leased` as `all leased`: at most 17 characters, for the timeline."""
    return _MILESTONES_SHORT.get(milestone_id, milestone_name(milestone_id)[:17])
