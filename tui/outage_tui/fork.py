"""`outage-tui fork`: go back to a moment of a recorded run, and go another way from there.

The parent's run is executed again up to that moment at full speed and held against its recording;
then the run goes on, with the inputs that are left of the parent's and those that were added. What
had begun before the moment stays, what would begin later can be replaced.

For the dashboard: `plan = fork_of(path, at_ns)`, `host = start_host(plan)`, and a
`LiveSource(host.process, log=host.log, hello=hello_of(plan))` like that of any live run. While the
host executes the parent's part it sends `Progress` and no states; then it is an ordinary live run,
which takes `Act`, `Inject`, `Change` from that moment on. With `halted=True` it arrives halted.
Fork a live run from its own recording: halt it first (`Pause`), so that all of it is in the file.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from outage_agents.live_inputs import before, forked
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.when import When
from outage_engine.recording.reader import Recording
from outage_tui.command_text import command_of, source_of
from outage_tui.mishap import BadUsage, say
from outage_tui.output import is_terminal
from outage_tui.recordings_folder import check_new_file, new_recording
from outage_tui.reexecution import Parent
from outage_tui.run_plan import (
    PACE_AUTO,
    PACE_MAX,
    RunChoices,
    RunPlan,
    pace_of,
    planned,
    with_swarms_drawn,
)

if TYPE_CHECKING:
    from outage_engine.recording.reader import RecordingMeta


def fork(path: Path, when: str, choices: RunChoices) -> int:
    """Fork `path` at the moment `when`, run, and give the exit status.

    Raises RecordingError or BadUsage before anything runs.
    """
    plan = plan_fork(path, when, choices)
    for words in plan.drawn:
        say(f"with --fault {shlex.quote(words)}")
    if choices.headless or choices.as_json or choices.plain or not is_terminal():
        from outage_tui.headless import run_headless

        if not (choices.headless or choices.as_json or choices.plain):
            say("no terminal here: narrating in plain lines instead of drawing the dashboard")
        quiet = choices.headless or choices.as_json
        return run_headless(plan, as_json=choices.as_json, plain=choices.plain or not quiet)
    from outage_tui.watch import watch

    return watch(plan, ascii_only=choices.ascii_only, theme=choices.theme or "")


def fork_of(
    path: Path,
    at_ns: int,
    *,
    pace: float = PACE_AUTO,
    record: Path | None = None,
    halted: bool = False,
) -> RunPlan:
    """The plan of a fork with all of its parent's inputs, for the dashboard.

    `record` is a new file; None: one in the folder of recordings. Raises RecordingError or
    BadUsage.
    """
    meta, scenario = _parent(path)
    _check_moment(path, meta, scenario, at_ns)
    until_ns = _until_ns(meta, scenario)
    return RunPlan(
        scenario=scenario,
        until_ns=until_ns,
        samples={},
        pace=pace,
        record=record or new_recording(scenario),
        command=command_of(scenario, _source(meta, scenario), until_ns),
        parent=Parent(path.resolve(), at_ns, meta.digest),
        halted=halted,
    )


def plan_fork(path: Path, when: str, choices: RunChoices) -> RunPlan:
    """Check everything before anything runs. Raises RecordingError, or BadUsage with every problem.

    Of `choices`, scenario, seed and settings are the parent's.
    """
    meta, scenario = _parent(path)
    problems: list[str] = []
    try:
        at_ns = When.parse(when, scenario, within=False)
    except InputError as error:
        raise BadUsage(*(f"--at {problem}" for problem in error.problems)) from error
    _check_moment(path, meta, scenario, at_ns)
    later = before(scenario, at_ns, others=True)
    end_ns = _until_ns(meta, scenario)
    choices, drawn = with_swarms_drawn(choices, later, problems, from_ns=at_ns, end_ns=end_ns)
    wanted, until_ns, samples = planned(choices, later, problems, end_ns)
    if choices.until is not None and until_ns < at_ns:
        problems.append(f"--until {choices.until}: before the fork's moment, {when}")
    problems += _too_early(wanted, at_ns, choices.script is None)
    try:
        pace = pace_of(choices.speed)
        check_new_file(choices.record)
    except BadUsage as error:
        problems += error.problems
    if choices.record is not None and choices.no_record:
        problems.append("--record and --no-record exclude each other; give one of them")
    if problems:
        raise BadUsage(*problems)
    child = forked(
        scenario, at_ns, script=wanted.script, faults=wanted.faults, changes=wanted.changes
    )
    headless = choices.headless or choices.as_json
    return RunPlan(
        scenario=child,
        until_ns=until_ns,
        samples=samples,
        pace=pace if choices.speed or not headless else PACE_MAX,
        record=None if choices.no_record else choices.record or new_recording(child),
        command=command_of(child, _source(meta, child), until_ns),
        drawn=drawn,
        parent=Parent(path.resolve(), at_ns, meta.digest),
    )


def _parent(path: Path) -> "tuple[RecordingMeta, Scenario]":
    with Recording(path) as recording:
        meta = recording.meta
    try:
        return meta, Scenario.read(meta.scenario, f"{path}: scenario")
    except InputError as error:
        raise BadUsage(*error.problems) from error


def _check_moment(path: Path, meta: "RecordingMeta", scenario: Scenario, at_ns: int) -> None:
    """A finished run has moments up to its end; one that is not may be further than its file."""
    if at_ns < 1:
        raise BadUsage(f"{path}: there is nothing before its first moment to fork from")
    last_ns = meta.virtual_ns if meta.finished else _until_ns(meta, scenario)
    if at_ns > last_ns:
        raise BadUsage(f"{path}: ends at {scenario.clock(last_ns)} of the scenario; fork it before")


def _until_ns(meta: "RecordingMeta", scenario: Scenario) -> int:
    """Where the parent was to end."""
    told = meta.get("until_ns")
    known = told.isascii() and told.isdigit() and len(told) < 20
    return int(told) if known and int(told) else scenario.duration_ns


def _source(meta: "RecordingMeta", scenario: Scenario) -> str:
    return source_of(meta.get("command")) or scenario.name


def _too_early(wanted: Scenario, at_ns: int, of_options: bool) -> list[str]:
    """Inputs that were asked for at moments which are the parent's."""
    early = before(wanted, at_ns)
    if not of_options:  # a whole script was given: what it has before the moment is not looked at
        early = attrs.evolve(early, script=())
    clock = wanted.clock
    said = [f"{entry.id} at {clock(entry.start_ns)}" for entry in early.script]
    said += [f"fault {fault.kind} at {clock(fault.at_ns)}" for fault in early.faults]
    said += [f"change of {change.path} at {clock(change.at_ns)}" for change in early.changes]
    return [f"{what}: before the fork's moment, {clock(at_ns)}" for what in said]
