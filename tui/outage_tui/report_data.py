"""What a report is about: everything it needs of a recording, read once.

Nothing is executed again. When which thing failed is judged anew, on the series that were recorded,
by the rules that the run itself is judged by (`outage_agents.milestones`); what waits at a service
is no series, so a service whose errors are over and whose backlog is not counts as well here.

What an action cost is what customers lost while it was awaited. It was awaited since the line
of the narration that its effects answer: the record is restored, and that line follows from the
operators' order *and* from the line that told of the empty name. Of several the latest counts, so
that no price is too high. Where no effect says what it answers (recordings of format 1 never do),
nobody can tell. Prices overlap: two remedies may be awaited at the same time.
"""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from outage_agents.causes import Told
from outage_agents.milestones import Milestones, Observation, OutageWindow, ServiceObservation
from outage_agents.result import ActionResultAt
from outage_agents.scenario import REFERENCE, Scenario, shipped_names
from outage_agents.services import service_rows
from outage_agents.simulation import OBSERVE_S
from outage_agents.views import RegionView
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.playback import Failover, Marker, NarrationLine, Playback
from outage_engine.recording.reader import Recording
from outage_tui.command_text import command_of, source_of
from outage_tui.recorded_run import RecordedRun, read_run, view_at

LEVELS_MAX = 3
"""How far from an operator's order its effects are looked for."""
PARTS = {"NLB errors": "NLB"}
"""Components whose windows have another name than people would look for."""
BESIDE_MIN = 15
"""Losses are compared over this long before and after an action."""


@attrs.frozen(eq=False)
class Track:
    """A series without its gaps; arrays of equal length."""

    times_min: NDArray[np.float64]
    """Minutes after T0, increasing."""
    values: NDArray[np.float64]

    def at(self, t_min: float) -> float:
        """The value at a moment, between two samples in proportion. Needs a sample."""
        return float(np.interp(t_min, self.times_min, self.values))


@attrs.frozen
class Stretch:
    """A time between two actions, and what it cost."""

    start_min: float
    end_min: float
    lost: float
    """Customer-minutes."""


@attrs.frozen
class PricedAction:
    """An action, what was said of it, and what waiting for it cost."""

    action: ActionResultAt
    said: str
    """What the components answered; empty when that was not told."""
    awaited_min: float | None
    """Since when it was awaited, minutes after T0; None: cannot be told."""
    lost: float | None
    """Customer-minutes from then to the action."""
    lost_before: float | None
    """Customer-minutes a minute in the quarter of an hour before it; None: not recorded."""
    lost_after: float | None


@attrs.frozen(eq=False)
class ReportData:
    """One recorded run."""

    run: RecordedRun
    view: RegionView | None
    """The last one."""
    tracks: Mapping[str, Track]
    """Every series that has a number, by name."""
    narration: tuple[NarrationLine, ...]
    failovers: tuple[Failover, ...]
    markers: tuple[Marker, ...]
    windows: Mapping[str, tuple[OutageWindow, ...]]
    """Of the components, then of the services, by title."""
    titles: Mapping[str, str]
    """Services' names as people know them, by row."""
    actions: tuple[PricedAction, ...]
    stretches: tuple[Stretch, ...]
    """Between the actions that were done, in order of time; empty without a series of losses."""
    hour: Stretch | None
    """The most expensive hour."""
    command: str
    """What repeats the run."""

    @property
    def scenario(self) -> Scenario:
        """What was run."""
        return self.run.scenario

    @property
    def start_min(self) -> float:
        """The first moment, minutes after T0."""
        return self.scenario.t_min(0)

    @property
    def end_min(self) -> float:
        """The last moment."""
        return self.scenario.t_min(self.run.end_ns)


def read_data(recording: Recording) -> ReportData:
    """Read a recording. Raises RecordingError or BadUsage when it is no good."""
    playback, run = Playback(recording), _within(read_run(recording))
    scenario = run.scenario
    tracks = _tracks(playback, scenario)
    titles = {row.name: row.title for row in service_rows(scenario.services)}
    narration = tuple(playback.narration())
    lost = tracks.get("impact.customer_minutes")
    return ReportData(
        run=run,
        view=view_at(recording, playback, run.end_ns),
        tracks=tracks,
        narration=narration,
        failovers=tuple(playback.failovers()),
        markers=tuple(playback.markers()),
        windows=windows_of(playback, scenario, titles),
        titles=titles,
        actions=tuple(_priced(action, narration, lost, scenario) for action in run.actions),
        stretches=stretches_of(run, lost),
        hour=None if lost is None else dearest_hour(lost),
        command=command_of(scenario, _source(recording, scenario), run.end_ns),
    )


def _within(run: RecordedRun) -> RecordedRun:
    """The run without milestones at moments that it does not have: no program of ours tells any."""
    last_min = run.scenario.t_min(run.end_ns)
    happened = {
        name: at if at is not None and run.scenario.t_min(0) <= at <= last_min else None
        for name, at in run.milestones.items()
    }
    return attrs.evolve(run, milestones=happened)


def _source(recording: Recording, scenario: Scenario) -> str:
    """The shipped scenario it began with. A recording is not trusted to name files."""
    named = (source_of(recording.meta.get("command")), scenario.name)
    return next((name for name in named if name in shipped_names()), REFERENCE)


def _tracks(playback: Playback, scenario: Scenario) -> dict[str, Track]:
    tracks = {}
    for name in playback.metric_names():
        series = playback.series(name)
        known = np.isfinite(series.values)
        if known.any():
            times_min = (series.times_ns[known] - scenario.epoch_ns) / MINUTE
            tracks[name] = Track(times_min, series.values[known])
    return tracks


# -- what it cost ---------------------------------------------------------------------------------


def stretches_of(run: RecordedRun, lost: Track | None) -> tuple[Stretch, ...]:
    """The run cut at every action that was done."""
    if lost is None:
        return ()
    first, last = run.scenario.t_min(0), run.scenario.t_min(run.end_ns)
    done = {one.t_min for one in run.actions if one.result == "done" and first < one.t_min < last}
    cuts = [first, *sorted(done), last]
    return tuple(
        Stretch(start, end, max(0.0, lost.at(end) - lost.at(start)))
        for start, end in itertools.pairwise(cuts)
    )


def dearest_hour(lost: Track) -> Stretch:
    """The sixty minutes in which most was lost; the first of several."""
    starts = lost.times_min
    ends = np.minimum(starts + 60, starts[-1])
    each = np.interp(ends, lost.times_min, lost.values) - lost.values
    place = int(np.argmax(each))
    return Stretch(float(starts[place]), float(ends[place]), max(0.0, float(each[place])))


def _priced(
    action: ActionResultAt,
    narration: Sequence[NarrationLine],
    lost: Track | None,
    scenario: Scenario,
) -> PricedAction:
    t_ns = scenario.epoch_ns + round(action.t_min * MINUTE)
    near = [line for line in narration if abs(line.t_ns - t_ns) < SECOND]
    order = next((line for line in near if line.about == f"action.{action.id}"), None)
    answer = next((line for line in near if line.about == f"action.{action.id}.result"), None)
    said = "" if answer is None else answer.text.removeprefix(f"{action.id}: ")
    done = action.result == "done"
    since = awaited_since(narration, order.n) if done and order is not None else None
    since_min = None if since is None else scenario.t_min(since.t_ns)
    price = before = after = None
    if lost is not None and done:
        at = lost.at(action.t_min)
        price = None if since_min is None else max(0.0, at - lost.at(since_min))
        first_min, last_min = float(lost.times_min[0]), float(lost.times_min[-1])
        begin, end = action.t_min - BESIDE_MIN, action.t_min + BESIDE_MIN
        before = (at - lost.at(begin)) / BESIDE_MIN if begin >= first_min else None
        after = (lost.at(end) - at) / BESIDE_MIN if end <= last_min else None
    return PricedAction(action, said, since_min, price, before, after)


def awaited_since(lines: Sequence[Told], n: int) -> Told | None:
    """The latest line that the effects of order `n` answer; None: none is told of.

    Looks at the lines that follow directly from the order, then at those that follow from them.
    """
    order = next(line for line in lines if line.n == n)
    effects = {n}
    for _ in range(LEVELS_MAX):
        following = [line for line in lines if line.because and line.because[0] in effects]
        answered = {cause for line in following for cause in line.because[1:]}
        causes = [
            line
            for line in lines
            if line.n in answered
            and line.t_ns < order.t_ns
            and not line.about.startswith("action.")
            and line.level != "info"
        ]
        if causes:
            return max(causes, key=lambda line: (line.t_ns, line.n))
        effects = {line.n for line in following}
    return None


# -- when what failed -----------------------------------------------------------------------------


def windows_of(
    playback: Playback, scenario: Scenario, titles: Mapping[str, str]
) -> dict[str, tuple[OutageWindow, ...]]:
    """From when to when each thing failed; what was never measured is left out."""
    names = set(playback.metric_names())  # only ever asked for membership
    wanted = [name for name in titles if f"service.{name}.error_rate" in names]
    columns = {name: playback.series(name).values for name in playback.metric_names()}
    if not columns:
        return {}
    times_ns = next(playback.series(name).times_ns for name in columns)
    judge = Milestones(scenario)
    last_ns = -1
    for place in np.flatnonzero(times_ns % (OBSERVE_S * SECOND) == 0).tolist():
        t_ns = int(times_ns[place])
        if t_ns > last_ns:
            judge.observe(_observed(columns, wanted, place, t_ns))
            last_ns = t_ns
    services = judge.service_windows()
    parts = {PARTS.get(name, name): windows for name, windows in judge.windows().items()}
    return parts | {titles[name]: services[name] for name in wanted if name in services}


def _observed(
    columns: Mapping[str, NDArray[np.float64]], services: Sequence[str], place: int, t_ns: int
) -> Observation:
    def value(name: str, otherwise: float = 0.0) -> float:
        column = columns.get(name)
        found = otherwise if column is None else float(column[place])
        return found if abs(found) < 1e15 else otherwise  # not a number, or none of ours

    lambda_backlog_min = max(value("lambda.sqs_backlog_min"), value("lambda.async_backlog_min"))
    return Observation(
        t_ns=t_ns,
        endpoint_addresses=int(value("dns.answers", 1.0)),
        customers_empty_share=value("dns.customers_empty_share"),
        launch_success_share=value("ec2.success_share", 1.0),
        launches_throttled=value("ec2.throttle_on") > 0,
        nlb_removals_total=int(value("nlb.removals_total")),
        nlb_error_rate=value("nlb.error_rate"),
        services=tuple(
            ServiceObservation(
                name,
                value(f"service.{name}.error_rate"),
                nlb_error_rate=value(f"service.{name}.nlb_error_rate"),
                backlog_min=lambda_backlog_min if name == "lambda" else 0.0,
            )
            for name in services
        ),
    )


def recorded_data(path: Path) -> ReportData:
    """Read the recording in a file. Raises as `read_data` does."""
    with Recording(path) as recording:
        return read_data(recording)
