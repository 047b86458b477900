"""The plots of a report: which series, which milestones on them, and what they show in words."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs
import numpy as np

from outage_agents.timeline import reference_milestones, reference_windows
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import PARTS, ReportData, Track
from outage_tui.report_document import Bar, Bars, Chart, Curve, Mark, Moments, Table
from outage_tui.report_story import dearest, most_of
from outage_tui.text_table import clock_of

COLUMNS: Final = 460
"""A curve is drawn in so many columns: from each the least and the most."""
LABELS_MAX: Final = 8
_STEPS_MIN: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)


@attrs.frozen
class _Plot:
    """What a plot shows."""

    id: str
    title: str
    series: tuple[tuple[str, str], ...]
    """Name of a series, and of its curve."""
    milestones: tuple[str, ...]
    shown: Callable[[float], str]
    whole: bool = False
    """Values are whole numbers."""
    unit: float = 1.0
    """What one of the values shown is in the series' own unit."""
    per_minute: bool = False
    """The series is a count; its increase each minute is drawn."""
    shaded: bool = False
    """The most expensive stretch is marked."""


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min"


_PLOTS: Final = (
    _Plot(
        "broken-leases",
        "Servers without a lease",
        (("dwfm.broken", "broken leases"),),
        ("dwfm_state_checks_fail", "dns_restored", "dwfm_throttle_and_restart", "dwfm_all_leased"),
        wording.count,
        whole=True,
    ),
    _Plot(
        "error-rate",
        "Customers' requests that fail",
        (("customers.error_rate", "share of requests"),),
        (
            "dns_record_empty",
            "rpz_override_applied",
            "dns_restored",
            "dwfm_all_leased",
            "second_wave_begins",
            "nlb_failover_disabled",
            "ec2_normal",
        ),
        wording.percent,
        shaded=True,
    ),
    _Plot(
        "customer-minutes",
        "Customer-minutes lost, each minute",
        (("impact.customer_minutes", "customer-minutes"),),
        ("dns_record_empty", "dns_restored", "nlb_failover_disabled", "event_over"),
        wording.count,
        per_minute=True,
        shaded=True,
    ),
    _Plot(
        "launches",
        "Launches, each minute",
        (("ec2.launched_total", "started"), ("ec2.refused_total", "refused")),
        ("dns_record_empty", "dwfm_all_leased", "ec2_throttles_relax_begin", "ec2_normal"),
        wording.count,
        per_minute=True,
    ),
    _Plot(
        "network-wait",
        "How long network state waits",
        (("nm.wait_s", "wait"),),
        ("dwfm_all_leased", "nm_latency_rises", "nm_propagation_normal"),
        _minutes,
        unit=60.0,
    ),
    _Plot(
        "zones-out",
        "Load balancers' zones out of DNS",
        (("nlb.zones_out", "zones out"),),
        ("nlb_errors_begin", "second_wave_begins", "nlb_failover_disabled", "nlb_failover_enabled"),
        wording.count,
        whole=True,
    ),
)


def numbers() -> dict[str, str]:
    """The number of each milestone in the table of milestones."""
    return {event.id: str(place) for place, event in enumerate(reference_milestones(), 1)}


def charts(data: ReportData) -> tuple[Chart, ...]:
    """Every plot for which the run has a series."""
    return tuple(chart for plot in _PLOTS for chart in _chart(plot, data))


def _chart(plot: _Plot, data: ReportData) -> Iterator[Chart]:
    tracks = [
        (title, Track(data.tracks[name].times_min, data.tracks[name].values / plot.unit))
        for name, title in plot.series
        if name in data.tracks
    ]
    if plot.per_minute:
        tracks = [(title, each_minute(track)) for title, track in tracks]
    tracks = [(title, track) for title, track in tracks if len(track.values) > 1]
    if not tracks or data.end_min <= data.start_min:
        return
    worst = dearest(data) if plot.shaded else None
    marks = tuple(_marks(plot, data))
    yield Chart(
        id=plot.id,
        title=plot.title,
        text=_words(plot, tracks, data),
        curves=tuple(curve_of(title, track) for title, track in tracks),
        marks=marks,
        start_min=data.start_min,
        end_min=data.end_min,
        ticks=ticks(data),
        top=round_top(max(most_of(track)[0] for _, track in tracks), whole=plot.whole),
        shown=plot.shown,
        values=_values(plot, tracks, data),
        shaded=None if worst is None else (worst.start_min, worst.end_min),
    )


def each_minute(track: Track) -> Track:
    """The increase of a count in each minute, at the end of that minute."""
    if len(track.values) < 2:
        return track
    ends = np.arange(math.ceil(track.times_min[0]) + 1, track.times_min[-1] + 1e-9)
    if len(ends) > 100_000:  # none of ours is that long
        ends = ends[:100_000]
    found = np.interp(ends, track.times_min, track.values)
    before = np.interp(ends - 1, track.times_min, track.values)
    return Track(ends, np.maximum(found - before, 0.0))


def curve_of(title: str, track: Track) -> Curve:
    """The least and the most of each column, in the order they came."""
    count = len(track.values)
    if count <= 2 * COLUMNS:
        places = list(range(count))
    else:
        places = []
        edges = [count * column // COLUMNS for column in range(COLUMNS + 1)]
        for begin, end in itertools.pairwise(edges):
            part = track.values[begin:end]
            places += sorted({begin + int(part.argmin()), begin + int(part.argmax())})
    return Curve(
        title, tuple(track.times_min[places].tolist()), tuple(track.values[places].tolist())
    )


def _marks(plot: _Plot, data: ReportData) -> Iterator[Mark]:
    number = numbers()
    for event in reference_milestones():
        if event.id in plot.milestones:
            here = data.run.milestones.get(event.id)
            name = wording.milestone_name(event.id)
            yield Mark(number[event.id], name, here, event.t_min)


def _words(plot: _Plot, tracks: Sequence[tuple[str, Track]], data: ReportData) -> str:
    said = []
    for title, track in tracks:
        most, when = most_of(track)
        last = plot.shown(float(track.values[-1]))
        if most <= 0:
            said.append(f"{title}: {plot.shown(0.0)} throughout")
            continue
        clock = clock_of(data.scenario, when)
        said.append(f"{title}: at most {plot.shown(most)}, at {clock}; {last} at the end")
    return f"{'. '.join(said)}."


def _values(plot: _Plot, tracks: Sequence[tuple[str, Track]], data: ReportData) -> Table:
    rows = []
    for t_min, label in ticks(data, 20):
        known = [
            plot.shown(track.at(t_min))
            if track.times_min[0] - 1 <= t_min <= track.times_min[-1] + 1
            else ""
            for _, track in tracks
        ]
        rows.append((label, *known))
    head = ("time", *(title for title, _ in tracks))
    caption = f"{plot.title}, in figures"
    return Table(caption, head, tuple(rows), tuple(range(1, len(head))), folded=True)


def round_top(most: float, *, whole: bool) -> float:
    """A round number not below the largest value, of which the half is round too."""
    if most <= 0:
        return 2.0 if whole else 1.0
    scale = 10.0 ** math.floor(math.log10(most))
    for step in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0):
        top = step * scale
        if top >= most and not (whole and top % 2):
            return top
    return most


def ticks(data: ReportData, most: int = LABELS_MAX) -> Moments:
    """Round moments of the scenario's clock, at most so many."""
    return ticks_between(data, data.start_min, data.end_min, most)


def ticks_between(
    data: ReportData, start_min: float, end_min: float, most: int = LABELS_MAX
) -> Moments:
    """The same for a part of the run, minutes after T0."""
    span = end_min - start_min
    step = next((step for step in _STEPS_MIN if span / step <= most), 1440)
    if span / step > 100:
        return ((start_min, clock_of(data.scenario, start_min)),)
    hours, minutes, seconds = (int(part) for part in data.scenario.clock(0).split(":"))
    begin = hours * 60 + minutes + seconds / 60 + start_min - data.scenario.t_min(0)
    first = -(-begin // step) * step
    found = []
    while first <= begin + span + 1e-9:
        t_min = start_min + first - begin
        found.append((t_min, clock_of(data.scenario, t_min)))
        first += step
    return tuple(found)


# -- from when to when each thing failed ----------------------------------------------------------


def failing(data: ReportData) -> Bars | None:
    """One row for each component and service that failed, and when it really did."""
    published: dict[str, list[tuple[float, float]]] = {}
    for window in reference_windows():
        name = data.titles.get(window.name) or PARTS.get(window.name, window.name)
        end = data.end_min if window.end_t_min is None else window.end_t_min
        published.setdefault(name, []).append((window.start_t_min, end))
    bars = []
    rows = []
    for name, windows in data.windows.items():
        spans = [
            (
                data.scenario.t_min(one.start_ns),
                data.end_min if one.end_ns is None else data.scenario.t_min(one.end_ns),
            )
            for one in windows
        ]
        if not spans:
            continue
        real = published.get(name, [])
        bars.append(Bar(name, tuple(spans), tuple(real)))
        length = sum(end - start for start, end in spans)
        words = [_span(data, *span) for span in spans], [_span(data, *span) for span in real]
        shown = wording.duration(length * 60)
        rows.append((name, ", ".join(words[0]), shown, ", ".join(words[1]) or "not published"))
    if not bars or data.end_min <= data.start_min:
        return None
    longest = max(bars, key=lambda bar: sum(end - start for start, end in bar.here))
    return Bars(
        id="when-it-failed",
        title="From when to when each thing failed",
        text=f"{len(bars)} failed; the longest was {longest.name}. Wide bars: this run; thin ones"
        " beneath: the published times, where there are any.",
        bars=tuple(bars),
        start_min=data.start_min,
        end_min=data.end_min,
        ticks=ticks(data),
        values=Table(
            "Times of failure: errors of 1 % or more for five minutes",
            ("what", "failed", "in all", "really"),
            tuple(rows),
            folded=True,
        ),
    )


def _span(data: ReportData, start: float, end: float) -> str:
    until = "the end" if end >= data.end_min else clock_of(data.scenario, end)
    return f"{clock_of(data.scenario, start)} to {until}"
