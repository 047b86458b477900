"""`outage-tui export`: a recording in the formats that other programs read.

- `csv`: the metrics, one row a sample, one column a metric; an empty cell where it had no number.
- `jsonl`: what happened, one JSON object a line, in the order of virtual time: narration, actions,
  milestones, DNS changes, failovers, markers.
- `hlog`: latencies as an HdrHistogram log, version 1.3 (HdrHistogram's `HistogramLogWriter`): one
  line an interval and operation, tagged with the operation. Values are microseconds, so
  HistogramLogProcessor wants `-outputValueUnitRatio 1000` to print milliseconds.
- `openmetrics`: the metrics as OpenMetrics 1.0 text with virtual timestamps, as
  `promtool tsdb create-blocks-from openmetrics` takes it.

Recordings are untrusted: whatever is wrong with one ends in a RecordingError.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import msgspec

from outage_agents.simulation import INTERVAL_S
from outage_agents.when import WhenError, format_iso, iso_seconds, t_min
from outage_engine.clock import SECOND
from outage_engine.histogram import LatencyCounts
from outage_engine.recording.playback import (
    DnsChange,
    Failover,
    Marker,
    NarrationLine,
    Playback,
    RecordedAction,
    RecordedMilestone,
)
from outage_engine.recording.reader import Recording
from outage_tui.mishap import DONE
from outage_tui.output import write_out
from outage_tui.progress_bar import ProgressBar

Tell = Callable[[float], None]
"""Hears which share of the work is done."""


def export(path: Path, format_name: str, out: Path | None) -> int:
    """Write `path` in a format of `FORMATS`. Raises RecordingError or BadUsage."""
    with Recording(path) as recording, ProgressBar("export") as bar:
        pieces = FORMATS[format_name](Playback(recording), _calendar_of(recording), bar)
        write_out(pieces, out)
    return DONE


@attrs.frozen
class _Calendar:
    """Virtual time as people and other programs know it."""

    start: str
    """ISO time of virtual time 0."""
    epoch_s: int

    @property
    def start_unix_s(self) -> int:
        """Seconds since 1970 at virtual time 0."""
        return iso_seconds(self.start)[0]

    def at(self, t_ns: int) -> str:
        """ISO time, to the second."""
        return format_iso(t_ns, self.start)

    def t_min(self, t_ns: int) -> float:
        """Minutes after T0."""
        return round(t_min(t_ns, self.epoch_s), 6)

    def unix(self, t_ns: int) -> str:
        """Seconds since 1970, to the millisecond."""
        whole_s, part_ns = divmod(t_ns, SECOND)
        return f"{self.start_unix_s + whole_s}.{part_ns // 1_000_000:03}"


def _calendar_of(recording: Recording) -> _Calendar:
    start, epoch_s = recording.meta.get("start"), recording.meta.get("epoch_s")
    try:
        iso_seconds(start)
        return _Calendar(start, int(epoch_s))
    except (WhenError, ValueError) as error:
        raise recording.damaged("it does not say when it starts") from error


# -- metrics


def _csv(playback: Playback, calendar: _Calendar, tell: Tell) -> Iterator[str]:
    names = playback.metric_names()
    all_series = [playback.series(name) for name in names]
    yield _csv_row(["at", "t_min", "t_s", *names])
    times = all_series[0].times_ns.tolist() if all_series else []
    columns = [series.values.tolist() for series in all_series]
    for place, t_ns in enumerate(times):
        tell(place / len(times))
        numbers = [_number(column[place]) for column in columns]
        moment = [calendar.at(t_ns), _number(calendar.t_min(t_ns)), _number(t_ns / SECOND)]
        yield _csv_row([*moment, *numbers])


def _csv_row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _number(value: float) -> str:
    """A value as text that reads back as the same number; nothing for no number."""
    if math.isnan(value):
        return ""
    return str(int(value)) if value == value // 1 and abs(value) < 2**53 else repr(value)


def _openmetrics(playback: Playback, calendar: _Calendar, tell: Tell) -> Iterator[str]:
    taken: set[str] = set()
    names = playback.metric_names()
    for place, name in enumerate(names):
        tell(place / len(names))
        series = playback.series(name)
        kind = "counter" if name.endswith("_total") else "gauge"
        family = _family(name.removesuffix("_total"), taken)
        yield f"# TYPE {family} {kind}\n"
        sample = f"{family}_total" if kind == "counter" else family
        for t_ns, value in zip(series.times_ns.tolist(), series.values.tolist(), strict=True):
            if not math.isnan(value):
                yield f"{sample} {_number(value)} {calendar.unix(t_ns)}\n"
    yield "# EOF\n"


def _family(name: str, taken: set[str]) -> str:
    """A name that OpenMetrics allows and no other metric has."""
    plain = family = "outage_" + re.sub(r"[^a-zA-Z0-9_]", "_", name)
    count = 1
    while family in taken:
        count += 1
        family = f"{plain}_{count}"
    taken.add(family)
    return family


# -- what happened

_Told = NarrationLine | RecordedAction | RecordedMilestone | DnsChange | Failover | Marker


def _jsonl(playback: Playback, calendar: _Calendar, tell: Tell) -> Iterator[str]:
    told: list[tuple[str, _Told]] = [
        *(("narration", line) for line in playback.narration()),
        *(("action", action) for action in playback.actions()),
        *(("milestone", milestone) for milestone in playback.milestones()),
        *(("dns_change", change) for change in playback.dns_changes()),
        *(("failover", failover) for failover in playback.failovers()),
        *(("marker", marker) for marker in playback.markers()),
    ]
    for place, (event, thing) in enumerate(sorted(told, key=lambda pair: pair[1].t_ns)):
        tell(place / len(told))
        known = attrs.asdict(thing)
        t_ns = known.pop("t_ns")
        if event == "action":
            known["arguments"] = _arguments(known["arguments"])
        moment = {"event": event, "at": calendar.at(t_ns), "t_min": calendar.t_min(t_ns)}
        yield msgspec.json.encode(moment | {"t_ns": t_ns} | known).decode() + "\n"


def _arguments(text: str) -> object:
    """An action's arguments, which are JSON in a recording of ours."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text


# -- latencies


def _hlog(playback: Playback, calendar: _Calendar, tell: Tell) -> Iterator[str]:
    start_s = calendar.start_unix_s
    yield "#[outage-tui: latencies in microseconds, one line an interval and operation]\n"
    yield "#[Histogram log format version 1.3]\n"
    yield f"#[StartTime: {start_s}.000 (seconds since epoch), {calendar.at(0)}]\n"
    yield f"#[BaseTime: {start_s}.000 (seconds since epoch)]\n"
    yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
    listed = [kept for name in playback.operations() for kept in playback.histograms(name)]
    for place, kept in enumerate(sorted(listed, key=lambda kept: kept.t_ns)):
        tell(place / len(listed))
        counts = LatencyCounts.decode(kept.body)
        length_s = min(INTERVAL_S, kept.t_ns / SECOND)
        begins_s = kept.t_ns / SECOND - length_s
        tag = re.sub(r"[^A-Za-z0-9_.-]", "_", kept.operation)
        yield (
            f"Tag={tag},{begins_s:.3f},{length_s:.3f},{counts.maximum_us / 1000:.3f},"
            f"{kept.body.decode()}\n"
        )


FORMATS: dict[str, Callable[[Playback, _Calendar, Tell], Iterator[str]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "hlog": _hlog,
    "openmetrics": _openmetrics,
}
"""How each format is written."""
