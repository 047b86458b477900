"""The plots of a drill: what failed during the play, and what it cost beside its ghosts.

A ghost is known by its total only, so it is a line across the plot: the curve ends above or below
it. Every play is counted to the same moment, the latest end of the drill; after the play was over
the run went on alone, and that part is shaded.
"""

from collections.abc import Callable, Iterator

import attrs
import numpy as np

from outage_agents.drills.score import LOST, Ghost
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import Track
from outage_tui.report_document import (
    Block,
    Chart,
    Level,
    Paragraph,
    Section,
    Table,
)
from outage_tui.report_drill_data import ERRORS, DrillData
from outage_tui.report_drill_story import dearest_wait
from outage_tui.report_drill_words import capitalised
from outage_tui.report_plots import curve_of, each_minute, round_top, ticks_between
from outage_tui.report_story import most_of
from outage_tui.text_table import clock_of, shown_count


@attrs.frozen
class _Plot:
    """What a plot shows."""

    id: str
    title: str
    curve: str
    shown: Callable[[float], str]


_ERRORS = _Plot(
    "drill-errors", "Customers' requests that fail", "share of requests", wording.percent
)
_EACH_MINUTE = _Plot(
    "drill-losses-each-minute",
    "Customer-minutes lost, each minute",
    "customer-minutes",
    wording.count,
)
_LOSSES = _Plot(
    "drill-losses", "Customer-minutes lost since the team took over", "this play", wording.count
)


def plots(data: DrillData) -> Section:
    """Errors and losses over the play, held against the ghosts."""
    charts = tuple(_charts(data))
    blocks: tuple[Block, ...] = (Paragraph(" ".join(_words(data))), *charts, _table(data))
    return Section("drill-plots", "The play beside its ghosts", blocks)


def _words(data: DrillData) -> Iterator[str]:
    yield (
        "Ghosts are other courses of the same drill: nothing done, as in history, the best play"
        " known. They are what a play is held against, and no grade."
    )
    seeds = max((ghost.seeds for ghost in data.score.outcome.ghosts), default=0)
    if seeds > 1:
        yield (
            f"Each was run with up to {seeds} seeds: the line is their mean, the band around it"
            " what chance makes of the same course."
        )
    measure = data.drill.measure
    if measure is not None:
        yield (
            f"This drill is about {data.shown(measure.title)}, added up; customer-minutes stand"
            " beside it, and may say something else."
        )
    missing = [one.id for one in data.score.outcome.ghosts if one.customer_minutes is None]
    if missing:
        yield f"Not known for this drill, and so not drawn: {', '.join(missing)}."
    worst = dearest_wait(data.score.prices)
    if worst is not None:
        yield "Shaded in the plots of errors and of each minute is the most expensive wait."
    if _until_ns(data) > data.end_ns:
        yield (
            f"The play was over at {data.clock(data.end_ns)}; the run went on alone until"
            f" {data.clock(_until_ns(data))}, so that every play is counted to the same moment"
            " (shaded in the plots of sums)."
        )


def _until_ns(data: DrillData) -> int:
    return data.past.last_ns


def _charts(data: DrillData) -> Iterator[Chart]:
    rate, lost = data.run.tracks.get(ERRORS), data.run.tracks.get(LOST)
    t_min = data.run.scenario.t_min
    worst = dearest_wait(data.score.prices)
    wait = None
    if worst is not None:
        wait = t_min(worst.since_ns), t_min(worst.t_ns)
    yield from _measured(data)
    if lost is not None:
        yield from _losses(_cut(lost, data), data)
    if rate is not None:
        yield from _chart(_ERRORS, _cut(rate, data), data, wait)
    if lost is not None:
        yield from _chart(_EACH_MINUTE, _cut(each_minute(lost), data), data, wait)


def _measured(data: DrillData) -> Iterator[Chart]:
    """What the drill is about where that is not customer-minutes, added up."""
    measure = data.drill.measure
    found = None if measure is None else data.run.tracks.get(measure.metric)
    if measure is None or found is None:
        return
    play = _cut(found, data)
    apart = np.diff(play.times_min)
    total = Track(play.times_min, np.concatenate(([0.0], np.cumsum(play.values[:-1] * apart))))
    unit = data.shown(measure.unit)
    title = f"{capitalised(data.shown(measure.title))}, added up"
    plot = _Plot("drill-measured", title, unit, wording.count)
    levels = (
        Level(_named(one, one.measured), one.measured, one.measured_low, one.measured_high)
        for one in data.score.outcome.ghosts
        if one.measured is not None
    )
    yield from _chart(plot, total, data, _alone(data), tuple(levels))


def _losses(play: Track, data: DrillData) -> Iterator[Chart]:
    if len(play.values) < 2:
        return
    total = Track(play.times_min, np.maximum(play.values - play.values[0], 0.0))
    yield from _chart(_LOSSES, total, data, _alone(data), tuple(_levels(data)))


def _alone(data: DrillData) -> tuple[float, float] | None:
    """From when to when the run went on without the team."""
    alone = data.run.scenario.t_min(data.end_ns), data.run.scenario.t_min(_until_ns(data))
    return alone if alone[1] > alone[0] else None


def _named(ghost: Ghost, value: float) -> str:
    return f"{ghost.id}: {wording.count(value)}"


def _cut(track: Track, data: DrillData) -> Track:
    """A series since the team took over."""
    t_min = data.run.scenario.t_min
    first, last = t_min(data.begin_ns), t_min(_until_ns(data))
    inside = (track.times_min >= first) & (track.times_min <= last)
    return Track(track.times_min[inside], track.values[inside])


def _levels(data: DrillData) -> Iterator[Level]:
    for ghost in data.score.outcome.ghosts:
        if ghost.customer_minutes is not None:
            name = _named(ghost, ghost.customer_minutes)
            yield Level(name, ghost.customer_minutes, ghost.low, ghost.high)


def _chart(
    plot: _Plot,
    track: Track,
    data: DrillData,
    shaded: tuple[float, float] | None,
    levels: tuple[Level, ...] = (),
) -> Iterator[Chart]:
    if len(track.values) < 2:
        return
    start, end = float(track.times_min[0]), float(track.times_min[-1])
    most, when = most_of(track)
    clock = clock_of(data.run.scenario, when)
    last = plot.shown(float(track.values[-1]))
    held = "".join(f"; {level.name}" for level in levels)
    figures = tuple(
        (label, plot.shown(track.at(t_min)))
        for t_min, label in ticks_between(data.run, start, end, 20)
    )
    yield Chart(
        id=plot.id,
        title=plot.title,
        text=f"{plot.curve}: at most {plot.shown(most)}, at {clock}; {last} at the end{held}.",
        curves=(curve_of(plot.curve, track),),
        marks=(),
        start_min=start,
        end_min=end,
        ticks=ticks_between(data.run, start, end, 6),
        top=round_top(max((most, *(level.high or level.value for level in levels))), whole=False),
        shown=plot.shown,
        values=Table(f"{plot.title}, in figures", ("time", plot.curve), figures, (1,), folded=True),
        shaded=shaded,
        levels=levels,
    )


def _table(data: DrillData) -> Table:
    """The play and its ghosts in figures; what is not known says so."""
    outcome, measure = data.score.outcome, data.drill.measure
    head = ["course", "customer-minutes lost", "by chance from, to", "with the same luck"]
    rows = [["this play", shown_count(outcome.customer_minutes), "", ""]]
    for ghost in outcome.ghosts:
        name = f"{ghost.id} ({ghost.play})" if ghost.play else ghost.id
        if ghost.customer_minutes is None:
            rows.append([name, "not run", "", ""])
        else:
            spread = _spread(ghost.low, ghost.high) if ghost.seeds > 1 else "one seed"
            same = _count(ghost.same_luck)
            rows.append([name, shown_count(ghost.customer_minutes), spread, same])
    if measure is not None:
        head.append(f"{data.shown(measure.title)}, {data.shown(measure.unit)}")
        measured = [outcome.measured, *(ghost.measured for ghost in outcome.ghosts)]
        rows = [[*row, _count(value)] for row, value in zip(rows, measured, strict=True)]
    numeric = tuple(range(1, len(head)))
    if any(ghost.standing for ghost in outcome.ghosts):
        head.append("this play beside it")
        told = ["", *(ghost.standing for ghost in outcome.ghosts)]
        rows = [[*row, words] for row, words in zip(rows, told, strict=True)]
    cells = tuple(tuple(row) for row in rows)
    return Table("This play and its ghosts", tuple(head), cells, numeric)


def _spread(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{shown_count(low)} to {shown_count(high)}"


def _count(value: float | None) -> str:
    return "" if value is None else shown_count(value)
