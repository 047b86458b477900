"""`outage-tui compare`: two recorded runs side by side, and where they part.

Neither is executed again. Scenarios and seeds may differ; that is said first. Times are minutes
after T0 of each run's own scenario.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from outage_agents import scenario_schema as schema
from outage_agents.result import ActionResultAt, ImpactResult
from outage_agents.scenario import INPUTS, Scenario, toml_value
from outage_agents.timeline import reference_milestones
from outage_engine.clock import SECOND
from outage_engine.errors import RecordingError
from outage_engine.recording.comparison import Comparison, Parting
from outage_engine.recording.comparison import compare as compare_recordings
from outage_engine.recording.reader import Recording, printable
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import is_terminal, write_json, write_out
from outage_tui.recorded_run import RecordedRun, read_run
from outage_tui.text_table import clock_of, difference, shown_count, shown_share, text_table

_NAMES = ("name", "title", "description", "seed", *INPUTS)
"""Fields of a scenario that are no parameters, or are shown elsewhere."""
_NOWHERE = "-"


@attrs.frozen
class ComparedRun:
    """Which run it is."""

    recording: str
    scenario: str
    seed: int
    digest: str
    events: int
    finished: bool
    end_t_min: float


@attrs.frozen
class FirstDivergence:
    """Where the two part."""

    t_min: float
    """Minutes after T0, by the clock of the first."""
    event: int
    """Number of the event in the run, from 0."""
    actor: str
    a: str
    """What the first run did there."""
    b: str


@attrs.frozen
class ActionDifference:
    """An action that is in one run only, or differs in moment, arguments or result."""

    id: str
    a: ActionResultAt | None
    b: ActionResultAt | None


@attrs.frozen
class RunComparison:
    """Two runs side by side; every pair is (first, second)."""

    a: ComparedRun
    b: ComparedRun
    first_divergence: FirstDivergence | None
    """None: alike as far as both recordings go."""
    events_alike: int
    settings: dict[str, tuple[str, str]]
    """Parameters that differ, by path."""
    milestones: dict[str, tuple[float | None, float | None]]
    impact: tuple[ImpactResult | None, ImpactResult | None]
    actions: tuple[ActionDifference, ...]


def compare(first: Path, second: Path, *, as_json: bool) -> int:
    """Print how two recordings differ.

    A difference is no failure. Raises BadUsage or RecordingError when one is no good.
    """
    with open_pair((first, second)) as (one, other):
        runs = read_run(one), read_run(other)
        comparison = comparison_of(runs, compare_recordings(one, other))
    if as_json:
        write_json(attrs.asdict(comparison))
    else:
        write_out("\n".join(_text(comparison, runs[0].scenario, runs[1].scenario)) + "\n", None)
    return DONE


def watch_compared(first: Path, second: Path, *, ascii_only: bool, theme: str) -> int:
    """Show both on a screen, at any moment. Raises as `compare` does, and without a terminal."""
    from outage_tui.compared_runs import opened

    with opened(first, second) as runs:
        if not is_terminal():
            raise BadUsage("--watch needs a terminal; compare prints a text without it")
        from outage_tui.dashboard.compare_app import run_compare

        return run_compare(runs, ascii_only=ascii_only, theme=theme)


@contextmanager
def open_pair(paths: tuple[Path, Path]) -> Iterator[tuple[Recording, Recording]]:
    """Both recordings, open. Raises BadUsage that says what is wrong with either."""
    with ExitStack() as opened:
        recordings: list[Recording] = []
        problems: list[str] = []
        for path in paths:
            try:
                recordings.append(opened.enter_context(Recording(path)))
            except RecordingError as error:
                problems.append(str(error))
        if problems:
            raise BadUsage(*problems)
        yield recordings[0], recordings[1]


def comparison_of(
    runs: tuple[RecordedRun, RecordedRun], events: Comparison | None
) -> RunComparison:
    """Two runs side by side. `events`: how their events compare; None: not looked at."""
    first, second = runs
    parting = None if events is None else events.parting
    return RunComparison(
        a=_identity(first),
        b=_identity(second),
        first_divergence=None if parting is None else _divergence(parting, first.scenario),
        events_alike=0 if events is None else events.events_alike,
        settings=settings_apart(first.scenario, second.scenario),
        milestones={
            name: (at, second.milestones.get(name)) for name, at in first.milestones.items()
        },
        impact=(first.impact, second.impact),
        actions=actions_apart(first.actions, second.actions),
    )


def _divergence(parting: Parting, scenario: Scenario) -> FirstDivergence:
    return FirstDivergence(
        t_min=round(scenario.t_min(parting.t_ns), 3),
        event=parting.event,
        actor=parting.actor,
        a=parting.first,
        b=parting.second,
    )


def _identity(run: RecordedRun) -> ComparedRun:
    scenario = run.scenario
    return ComparedRun(
        recording=str(run.path),
        scenario=scenario.name,
        seed=scenario.seed,
        digest=run.digest,
        events=run.events,
        finished=run.finished,
        end_t_min=round(scenario.t_min(run.end_ns), 3),
    )


def settings_apart(first: Scenario, second: Scenario) -> dict[str, tuple[str, str]]:
    """Parameters in which two scenarios differ, with both values as TOML."""
    apart = {}
    for entry in schema.entries_of(Scenario):
        if entry.path[0] in _NAMES:
            continue
        one, other = (schema.value_at(scenario, entry.path) for scenario in (first, second))
        if one != other:
            apart[entry.name] = (toml_value(one), toml_value(other))
    return apart


def actions_apart(
    first: Sequence[ActionResultAt], second: Sequence[ActionResultAt]
) -> tuple[ActionDifference, ...]:
    """Actions that differ. The k-th of an id in one run is held against the k-th in the other."""
    ids = dict.fromkeys(action.id for action in (*first, *second))
    apart = []
    for action_id in ids:
        ones = [action for action in first if action.id == action_id]
        others = [action for action in second if action.id == action_id]
        for k in range(max(len(ones), len(others))):
            one = ones[k] if k < len(ones) else None
            other = others[k] if k < len(others) else None
            if one != other:
                apart.append(ActionDifference(action_id, one, other))
    return tuple(sorted(apart, key=_first_moment))


def _first_moment(pair: ActionDifference) -> float:
    return min(action.t_min for action in (pair.a, pair.b) if action is not None)


# -- as text --------------------------------------------------------------------------------------


def _text(found: RunComparison, first: Scenario, second: Scenario) -> Iterator[str]:
    yield _run_line("A", found.a, first)
    yield _run_line("B", found.b, second)
    yield from _identity_lines(found)
    yield from _parting_lines(found, first)
    yield from ("", *_milestone_lines(found, first, second))
    yield from ("", *_impact_lines(found))
    yield from _action_lines(found, first, second)


def _run_line(letter: str, run: ComparedRun, scenario: Scenario) -> str:
    state = "" if run.finished else ", unfinished"
    until = clock_of(scenario, run.end_t_min)
    return (
        f"{letter}  {printable(run.recording)}: {printable(run.scenario)}, seed {run.seed}, until"
        f" {until}{state}, {run.events} events, digest {run.digest[:16]}"
    )


def _identity_lines(found: RunComparison) -> Iterator[str]:
    if found.a.scenario != found.b.scenario:
        yield f"different scenarios: {printable(found.a.scenario)}, {printable(found.b.scenario)}"
    if found.a.seed != found.b.seed:
        yield f"different seeds: {found.a.seed}, {found.b.seed}"
    for path, (one, other) in found.settings.items():
        yield f"different {path}: {printable(one)}, {printable(other)}"


def _parting_lines(found: RunComparison, first: Scenario) -> Iterator[str]:
    parting = found.first_divergence
    if parting is None:
        yield f"the same as far as both go: {found.events_alike} events"
        return
    moment = first.clock(first.epoch_ns + round(parting.t_min * 60 * SECOND))
    yield (
        f"alike for {found.events_alike} events; they part at {moment} (T{parting.t_min:+.1f}m),"
        f" actor {parting.actor}"
    )
    yield f"  A: {parting.a}"
    yield f"  B: {parting.b}"


def _milestone_lines(found: RunComparison, first: Scenario, second: Scenario) -> list[str]:
    rows = [("milestone", "history", "A", "B", "B - A")]
    for event in reference_milestones():
        one, other = found.milestones[event.id]
        rows.append(
            (
                event.id,
                clock_of(first, event.t_min),
                clock_of(first, one),
                clock_of(second, other),
                difference(one, other),
            )
        )
    return text_table(rows)


def _impact_lines(found: RunComparison) -> list[str]:
    one, other = found.impact
    if one is None or other is None:
        return ["impact: not known, one of the recordings has no view"]
    rows = [
        ("impact", "A", "B", "B - A"),
        _impact_row("customer-minutes lost", one.customer_minutes, other.customer_minutes),
        _impact_row("requests failed", one.failed, other.failed),
        _impact_row("requests refused on purpose", one.refused, other.refused),
        (
            "most services down at once",
            shown_share(one.peak_services_down_share),
            shown_share(other.peak_services_down_share),
            "",
        ),
    ]
    for name in dict.fromkeys((*one.by_service, *other.by_service)):
        lost, lost_too = one.by_service.get(name, 0.0), other.by_service.get(name, 0.0)
        if lost != lost_too:
            rows.append(_impact_row(f"  customers of {printable(name)}", lost, lost_too))
    return text_table(rows)


def _impact_row(what: str, one: float, other: float) -> tuple[str, str, str, str]:
    change = f"{round((other - one) / one * 100):+d} %" if one else ""
    return what, shown_count(one), shown_count(other), "" if one == other else change


def _action_lines(found: RunComparison, first: Scenario, second: Scenario) -> Iterator[str]:
    if found.actions:
        rows = [("actions that differ", "A", "B")]
        for pair in found.actions:
            rows.append((pair.id, _action(pair.a, first), _action(pair.b, second)))
        yield from ("", *text_table(rows))
    for word in ("faults", "changes"):
        listed = [getattr(scenario, word) for scenario in (first, second)]
        if listed[0] != listed[1]:
            yield f"different {word}: {len(listed[0])} in A, {len(listed[1])} in B"


def _action(action: ActionResultAt | None, scenario: Scenario) -> str:
    if action is None:
        return _NOWHERE
    args = ", ".join(
        f"{name}={value if isinstance(value, str) else f'{value:g}'}"
        for name, value in action.args.items()
    )
    moment = clock_of(scenario, action.t_min)
    return printable(f"{moment} {action.result}{f' ({args})' if args else ''}")
