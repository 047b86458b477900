"""What a drill must fulfil that no single value of it can show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

import msgspec

from outage_agents.actions import CATALOGUE, load_script, merged, parse_act
from outage_agents.changes import parse_change
from outage_agents.drills.condition import Compare, Condition, ConditionError, Happened, span_s
from outage_agents.drills.drill import COSTS_S, LOOK_ON, SEATS, Drill
from outage_agents.drills.journal import Begin, Task, command_kinds
from outage_agents.drills.names import Names
from outage_agents.fault_board import cast_of
from outage_agents.fault_words import parse_fault
from outage_agents.faults import ScheduledFault
from outage_agents.live_inputs import before
from outage_agents.scenario import STAGES, Scenario
from outage_agents.scenario_source import InputError, KeyPath, nearest
from outage_agents.timeline import reference_milestones
from outage_agents.when import When

Problem = tuple[KeyPath, str, str]
"""Where, what, and the nearest that was perhaps meant."""
_ACTIONS = tuple(action.id for action in CATALOGUE)


def problems_of(drill: Drill) -> list[Problem]:
    """Everything that is wrong with a drill whose values are each right."""
    return [
        *_doubled(drill),
        *_references(drill),
        *_conditions(drill),
        *_unjudged(drill),
        *_durations(drill),
        *_costs(drill),
        *_ids(drill),
        *_steps(drill),
        *_injects(drill),
        *_run(drill),
    ]


def known_metrics(stages: Sequence[str]) -> tuple[str, ...]:
    """Metrics of a run with these stages, by `metrics.json`; a test holds it to the program."""
    text = (resources.files("outage_agents") / "drills" / "metrics.json").read_text("utf-8")
    by_stage = msgspec.json.decode(text, type=dict[str, tuple[str, ...]])
    return tuple(name for stage in STAGES if stage in stages for name in by_stage[stage])


def prepared(drill: Drill, seed: int | None = None) -> tuple[Scenario, int, int]:
    """The run as it is before anybody plays, and the moments (ns) of beginning and end.

    Raises InputError.
    """
    run = drill.run
    scenario = Scenario.load(run.scenario, run.settings, run.seed if seed is None else seed)
    begin_ns, end_ns = When.parse(run.begin, scenario), When.parse(run.end, scenario)
    if not begin_ns < end_ns:
        raise InputError([f"{run.end}: is not after the beginning, {run.begin}"])
    history = before(scenario.with_script(load_script(run.actions, scenario)), begin_ns)
    acts = tuple(parse_act(text, scenario) for text in run.acts)
    scenario = scenario.with_script(merged(history.script, acts))
    if run.faults:
        scenario = scenario.with_faults(tuple(fault_of(text, scenario) for text in run.faults))
    if run.changes:
        changes = tuple(parse_change(text, scenario) for text in run.changes)
        for change in changes:
            scenario.changed(change)
        scenario = scenario.with_changes(changes)
    return scenario, begin_ns, end_ns


def fault_of(text: str, scenario: Scenario) -> ScheduledFault:
    """A fault as `--fault` takes it. Raises InputError."""
    return parse_fault(text, scenario, cast_of(scenario))


def live_fault(text: str, scenario: Scenario) -> ScheduledFault:
    """A fault without its moment: `KIND:TARGET[,ARG=VALUE...][+DURATION]`. Raises InputError."""
    head, plus, lasts = text.partition("+")
    return fault_of(f"{head.strip()}@T{plus}{lasts}", scenario)


def _doubled(drill: Drill) -> Iterator[Problem]:
    lists: tuple[tuple[str, Iterable[object]], ...] = (
        ("sensors", [one.id for one in drill.sensors]),
        ("alerts", [one.id for one in drill.alerts]),
        ("injects", [one.n for one in drill.injects]),
        ("characters", [one.id for one in drill.characters]),
        ("objectives", [one.id for one in drill.objectives]),
        ("probes", [one.id for one in drill.probes]),
        ("plays", [one.id for one in drill.plays]),
        ("stops", [one.id for one in drill.stops]),
    )
    for key, ids in lists:
        for name, count in Counter(ids).items():
            if count > 1:
                yield (key,), f"{name} is there {count} times", ""


def _references(drill: Drill) -> Iterator[Problem]:
    sensors = [one.id for one in drill.sensors]
    for i, alert in enumerate(drill.alerts):
        if alert.sensor not in sensors:
            yield _unknown(("alerts", i, "sensor"), alert.sensor, "sensor", sensors)
        if (alert.above is None) == (alert.below is None):
            yield ("alerts", i), "give above or below, one of them", ""
        seats = [seat for seat in SEATS if seat not in LOOK_ON]
        line = [*(one.id for one in drill.characters), *seats]
        for j, who in enumerate(alert.escalate_to):
            if who not in line:
                yield _unknown(("alerts", i, "escalate_to", j), who, "character or seat", line)
    for action, _ in drill.approvals:
        if action not in _ACTIONS:
            yield _unknown(("approvals", action), action, "action", _ACTIONS)


def _unknown(path: KeyPath, word: str, what: str, known: Sequence[str]) -> Problem:
    return path, f"{word}: no such {what}", nearest(word, known)


def _named_conditions(drill: Drill) -> Iterator[tuple[KeyPath, Condition, bool]]:
    """Every condition, its place, and whether its names are sensors."""
    for i, sensor in enumerate(drill.sensors):
        if sensor.needs is not None:
            yield ("sensors", i, "needs"), sensor.needs, False
    for i, inject in enumerate(drill.injects):
        if inject.when is not None:
            yield ("injects", i, "when"), inject.when, False
    for i, objective in enumerate(drill.objectives):
        for key, condition in (("met", objective.met), ("never", objective.never)):
            if condition is not None:
                yield ("objectives", i, key), condition, False
    for i, stop in enumerate(drill.stops):
        yield ("stops", i, "when"), stop.when, False
    for i, play in enumerate(drill.plays):
        for j, step in enumerate(play.steps):
            if step.when is not None:
                yield ("plays", i, "steps", j, "when"), step.when, True


def _conditions(drill: Drill) -> Iterator[Problem]:
    try:
        scenario = Scenario.load(drill.run.scenario, drill.run.settings)
    except InputError:
        return  # told by _run
    metrics = known_metrics(scenario.stages)
    sensors = [one.id for one in drill.sensors]
    for path, condition, of_sensors in _named_conditions(drill):
        for leaf in condition.leaves():
            if isinstance(leaf, Compare):
                known: Sequence[str] = sensors if of_sensors else metrics
                if leaf.name not in known:
                    what = "sensor" if of_sensors else "metric of this run"
                    yield _unknown(path, leaf.name, what, known)
            elif isinstance(leaf, Happened):
                if of_sensors and leaf.kind == "milestone":
                    yield path, f"{leaf.name}: no player sees a milestone", ""
                known = _events(drill, leaf.kind)
                if leaf.name not in known:
                    yield _unknown(path, leaf.name, leaf.kind, known)
    for i, sensor in enumerate(drill.sensors):
        if sensor.metric not in metrics:
            yield _unknown(("sensors", i, "metric"), sensor.metric, "metric of this run", metrics)
    if drill.measure is not None and drill.measure.metric not in metrics:
        name = drill.measure.metric
        yield _unknown(("measure", "metric"), name, "metric of this run", metrics)
    for i, probe in enumerate(drill.probes):
        if probe.metric not in metrics:
            yield _unknown(("probes", i, "metric"), probe.metric, "metric of this run", metrics)


def _events(drill: Drill, kind: str) -> Sequence[str]:
    return {
        "action": _ACTIONS,
        "milestone": tuple(event.id for event in reference_milestones()),
        "said": command_kinds(),
        "alert": tuple(one.id for one in drill.alerts),
        "inject": tuple(str(one.n) for one in drill.injects),
    }[kind]


def _unjudged(drill: Drill) -> Iterator[Problem]:
    for i, objective in enumerate(drill.objectives):
        if objective.met is None and objective.never is None:
            yield ("objectives", i), f"{objective.id} is judged by nothing; give met or never", ""
        if objective.within_s is not None and objective.met is None:
            yield ("objectives", i, "within"), "says by when, but not what; give met", ""


def _durations(drill: Drill) -> Iterator[Problem]:
    for i, one in enumerate(drill.durations):
        if one.action not in _ACTIONS:
            yield _unknown(("durations", i, "action"), one.action, "action", _ACTIONS)
        if one.p50_s > one.p95_s:
            what = f"p50, {one.p50_s} s, is longer than p95, {one.p95_s} s"
            yield ("durations", i, "p50"), what, ""


def _costs(drill: Drill) -> Iterator[Problem]:
    for kind, cost in drill.costs:
        if kind not in COSTS_S:
            yield _unknown(("costs", kind), kind, "command that costs time", tuple(COSTS_S))
        try:
            span_s(cost)
        except ConditionError as wrong:
            yield ("costs", kind), str(wrong), ""


def _ids(drill: Drill) -> Iterator[Problem]:
    """Players see ids: where things have other names, no id may hold the real one."""
    names = Names(drill.names)
    lists = (
        ("sensors", [one.id for one in drill.sensors]),
        ("alerts", [one.id for one in drill.alerts]),
        ("characters", [one.id for one in drill.characters]),
        ("probes", [one.id for one in drill.probes]),
    )
    for key, ids in lists:
        for i, name in enumerate(ids):
            if names.shown(name) != name:
                yield (key, i, "id"), f"{name}: players see ids, and this is a hidden name", ""


def _steps(drill: Drill) -> Iterator[Problem]:
    people = [one.id for one in drill.characters]
    for i, play in enumerate(drill.plays):
        for j, step in enumerate(play.steps):
            path: KeyPath = ("plays", i, "steps", j)
            if step.seat not in SEATS:
                yield _unknown((*path, "seat"), step.seat, "seat", SEATS)
            command = step.command
            names = Names(drill.names)
            if isinstance(command, Begin | Task) and (
                names.real_action(command.action) not in ("", *_ACTIONS)
            ):
                yield _unknown((*path, "action"), command.action, "action", _ACTIONS)
            if isinstance(command, Task) and command.to not in people:
                yield _unknown((*path, "to"), command.to, "character", people)


def _injects(drill: Drill) -> Iterator[Problem]:
    for i, inject in enumerate(drill.injects):
        if (inject.at_s is None) == (inject.when is None):
            yield ("injects", i), "give at or when, one of them", ""


def _run(drill: Drill) -> Iterator[Problem]:
    try:
        scenario, _, _ = prepared(drill)
    except InputError as wrong:
        for problem in wrong.problems:
            yield ("run",), problem, ""
        return
    for i, inject in enumerate(drill.injects):
        try:
            if inject.fault:
                live_fault(inject.fault, scenario)
            if inject.change:
                scenario.changed(parse_change(f"{inject.change}@T", scenario))
        except InputError as wrong:
            for problem in wrong.problems:
                yield ("injects", i), problem, ""
