"""What a run is to be: the words of the command line, checked, as a plan that cannot be wrong."""

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from outage_agents.actions import load_script, merged, parse_act, without
from outage_agents.changes import ChangeError, ParameterChange, merged_changes, parse_change
from outage_agents.fault_words import check_faults, parse_fault, parse_swarm, swarm
from outage_agents.faults import fault_text, merged_faults
from outage_agents.scenario import Scenario
from outage_agents.scenario_schema import INT_MAX
from outage_agents.scenario_source import InputError
from outage_agents.when import When
from outage_engine.clock import SECOND
from outage_tui.mishap import BadUsage
from outage_tui.recordings_folder import check_new_file, new_recording

if TYPE_CHECKING:
    from outage_tui.reexecution import Parent

LONGEST_NS = 30 * 86_400 * SECOND
"""The longest run there is, virtual time; the same limit as a scenario's `duration_s`."""
SWARM = "swarm:"
"""What `--fault` begins with when chance is to choose."""
PACE_LIMIT = 1e6
"""Virtual seconds a second; a run that is to go faster than this is to go at the maximum."""
PACE_MAX = 0.0
"""The pace that means "as fast as possible"."""
PACE_AUTO = -1.0
"""The pace that the host chooses."""


@attrs.frozen(kw_only=True)
class RunChoices:
    """The options of `run`, as typed."""

    scenario: str
    seed: str | None
    speed: str | None
    settings: tuple[str, ...]
    script: str | None
    acts: tuple[str, ...]
    without: tuple[str, ...]
    until: str | None
    samples: tuple[str, ...]
    record: Path | None
    no_record: bool
    headless: bool
    as_json: bool
    plain: bool
    ascii_only: bool = False
    theme: str | None = None
    faults: tuple[str, ...] = ()
    """As typed: `KIND:TARGET...@WHEN`, or `swarm:N`."""
    changes: tuple[str, ...] = ()
    """As typed: `PATH=VALUE@WHEN`."""


@attrs.frozen(kw_only=True)
class RunPlan:
    """A checked run: nothing in it can be wrong any more."""

    scenario: Scenario
    until_ns: int
    samples: dict[str, int]
    pace: float
    """Virtual seconds a second; PACE_MAX or PACE_AUTO."""
    record: Path | None
    """None: not recorded."""
    command: str
    """The command line that repeats the run."""
    drawn: tuple[str, ...] = ()
    """Faults that chance chose, as `--fault` takes them."""
    parent: "Parent | None" = None
    """Of a fork: the recording whose run it repeats first, and up to when."""
    halted: bool = False
    """Of a fork: whether it halts at its moment."""


def plan_of(choices: RunChoices) -> RunPlan:
    """Check everything before anything runs. Raises BadUsage that lists every problem."""
    problems: list[str] = []
    pace = _collect(problems, lambda: pace_of(choices.speed))
    overrides = _collect(problems, lambda: _overrides(choices.settings)) or ()
    seed = _collect(problems, lambda: _seed(choices.seed))
    scenario = _collect(problems, lambda: Scenario.load(choices.scenario, overrides, seed))
    until = 0
    samples: dict[str, int] = {}
    drawn: tuple[str, ...] = ()
    if scenario is not None:
        choices, drawn = with_swarms_drawn(choices, scenario, problems)
        scenario, until, samples = planned(choices, scenario, problems)
    elif (bare := _without_overrides(choices)) is not None:
        planned(with_swarms_drawn(choices, bare, problems)[0], bare, problems)  # what else is wrong
    if choices.record is not None:
        if choices.no_record:
            problems.append("--record and --no-record exclude each other; give one of them")
        _collect(problems, lambda: check_new_file(choices.record))
    if problems or scenario is None or pace is None:
        raise BadUsage(*problems)
    record = None if choices.no_record else choices.record or new_recording(scenario)
    headless = choices.headless or choices.as_json
    return RunPlan(
        scenario=scenario,
        until_ns=until,
        samples=samples,
        pace=pace if choices.speed or not headless else PACE_MAX,
        record=record,
        command=_command(choices, scenario),
        drawn=drawn,
    )


def planned(
    choices: RunChoices, scenario: Scenario, problems: list[str], end_ns: int | None = None
) -> tuple[Scenario, int, dict[str, int]]:
    """The scenario with its inputs, where the run ends, and the moments to report.

    Without `--until` it ends at `end_ns`, or where the scenario ends. Its swarms are drawn already
    (`with_swarms_drawn`). What is wrong is added to `problems`.
    """
    until = _until(choices, scenario, end_ns, problems)
    span = _Span.of(scenario, until)
    script = scenario.script
    if choices.script is not None:
        name = choices.script
        script = _collect(problems, lambda: load_script(name, scenario)) or ()
    script = _collect(problems, lambda: without(script, choices.without)) or ()
    for text in choices.acts:
        extra = _collect(problems, partial(parse_act, text, span))
        script = merged(script, (extra,)) if extra is not None else script
    if choices.faults or scenario.faults:
        scenario = _with_faults(choices, scenario, span, problems)
    changes = scenario.changes
    for text in choices.changes:
        change = _collect(problems, partial(_checked_change, text, scenario, span))
        changes = merged_changes(changes, (change,)) if change is not None else changes
    scenario = scenario.with_changes(changes)
    samples: dict[str, int] = {}
    for text in choices.samples:
        last_ns = LONGEST_NS if until is None else until
        at_ns = _collect(problems, partial(_moment, "--sample", text, scenario, last_ns))
        if at_ns is not None:
            samples[text] = at_ns
    return scenario.with_script(script), until or 0, samples


@attrs.frozen
class _Span:
    """The times that an input can be at: those of the scenario, or more when the run is longer."""

    start: str
    epoch_s: int
    duration_s: int

    @classmethod
    def of(cls, scenario: Scenario, until_ns: int | None) -> "_Span":
        duration_s = max(scenario.duration_s, (until_ns or 0) // SECOND)
        return cls(scenario.start, scenario.epoch_s, duration_s)


def _until(
    choices: RunChoices, scenario: Scenario, end_ns: int | None, problems: list[str]
) -> int | None:
    """Where the run ends; None, and a problem, when `--until` is no moment."""
    if choices.until is None:
        return scenario.duration_ns if end_ns is None else end_ns
    return _collect(problems, partial(_moment, "--until", choices.until, scenario, LONGEST_NS))


def with_swarms_drawn(
    choices: RunChoices,
    scenario: Scenario,
    problems: list[str],
    *,
    from_ns: int = 0,
    end_ns: int | None = None,
) -> tuple[RunChoices, tuple[str, ...]]:
    """The choices with ordinary faults in place of each swarm, and the words of those drawn.

    They begin at `from_ns` or later: a fork's swarm strikes what is its own.
    """
    if not any(text.startswith(SWARM) for text in choices.faults):
        return choices, ()
    cast = _cast_of(scenario)
    until_ns = _until(choices, scenario, end_ns, []) or scenario.duration_ns
    words: list[str] = []
    drawn: list[str] = []
    for text in choices.faults:
        if not text.startswith(SWARM):
            words.append(text)
            continue
        wanted = _collect(problems, partial(parse_swarm, text, scenario.seed))
        faults = () if wanted is None else swarm(*wanted, cast, until_ns, from_ns)
        drawn += [fault_text(fault, scenario) for fault in faults]
        words += [fault_text(fault, scenario) for fault in faults]
    return attrs.evolve(choices, faults=tuple(words)), tuple(drawn)


def _cast_of(scenario: Scenario) -> tuple[str, ...]:
    """Who takes part, for faults to strike; the whole Region is loaded only when somebody asks."""
    from outage_agents.fault_board import cast_of

    return cast_of(scenario)


def _with_faults(
    choices: RunChoices, scenario: Scenario, span: _Span, problems: list[str]
) -> Scenario:
    """The scenario with the faults of the command line as well."""
    if not scenario.faults and not choices.faults:
        return scenario
    cast = _cast_of(scenario)
    _collect(problems, lambda: check_faults(scenario.faults, cast))
    faults = scenario.faults
    for text in choices.faults:
        fault = _collect(problems, partial(parse_fault, text, span, cast))
        faults = merged_faults(faults, (fault,)) if fault is not None else faults
    return scenario.with_faults(faults)


def _checked_change(text: str, scenario: Scenario, span: _Span) -> ParameterChange:
    change = parse_change(text, span)
    try:
        scenario.changed(change)
    except ChangeError as error:  # which names the parameter, not the option
        raise BadUsage(*(f"--change {text}: {problem}" for problem in error.problems)) from error
    return change


def _without_overrides(choices: RunChoices) -> Scenario | None:
    """The scenario as it is in its file, when at least that is good."""
    try:
        return Scenario.load(choices.scenario)
    except InputError:
        return None


def _moment(option: str, text: str, scenario: Scenario, last_ns: int) -> int:
    """Virtual time of a moment that an option names. Raises BadUsage."""
    try:
        at_ns = When.parse(text, scenario, within=False)
    except InputError as error:
        raise BadUsage(*(f"{option} {problem}" for problem in error.problems)) from error
    if at_ns > LONGEST_NS:
        raise BadUsage(f"{option} {text}: more than 30 days after the run begins")
    if at_ns > last_ns:
        raise BadUsage(f"{option} {text}: after the run ends, at {scenario.clock(last_ns)}")
    return at_ns


_T = TypeVar("_T")


def _collect(problems: list[str], attempt: Callable[[], _T]) -> _T | None:
    """What `attempt` gives; None, and its problems in the list, when it cannot."""
    try:
        return attempt()
    except (InputError, BadUsage) as error:
        problems.extend(error.problems)
        return None


def _overrides(settings: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [setting.partition("=") for setting in settings]
    bad = [setting for setting, pair in zip(settings, pairs, strict=True) if not pair[1]]
    if bad:
        raise BadUsage(*(f"--set {setting}: not PATH=VALUE" for setting in bad))
    return tuple((path.strip(), value.strip()) for path, _, value in pairs)


def _seed(text: str | None) -> int | None:
    """The seed as a number; None: the scenario's own."""
    try:
        seed = None if text is None else int(text)
    except ValueError:
        raise BadUsage(f"--seed {text}: not a whole number, such as 7") from None
    if seed is not None and not 0 <= seed <= INT_MAX:
        raise BadUsage(f"--seed {text}: must be 0 or more, and at most {INT_MAX}")
    return seed


def pace_of(speed: str | None) -> float:
    """Virtual seconds a second, PACE_MAX or PACE_AUTO."""
    if speed is None or speed == "auto":
        return PACE_AUTO
    if speed == "max":
        return PACE_MAX
    try:
        pace = float(speed.removeprefix("x"))
    except ValueError:
        raise BadUsage(f"--speed {speed}: not auto, max or a number such as 600") from None
    if not 0 < pace <= PACE_LIMIT:
        what = f"must be more than 0 and at most {PACE_LIMIT:g}"
        raise BadUsage(f"--speed {speed}: {what}; max is as fast as possible, P halts")
    return pace


def _command(choices: RunChoices, scenario: Scenario) -> str:
    words = ["outage-tui", "run", choices.scenario, "--seed", str(scenario.seed)]
    for option, values in (
        ("--set", choices.settings),
        ("--act", choices.acts),
        ("--without", choices.without),
        ("--fault", choices.faults),
        ("--change", choices.changes),
    ):
        for value in values:
            words += [option, value]
    if choices.script is not None:
        words += ["--actions", choices.script]
    if choices.until is not None:
        words += ["--until", choices.until]
    return shlex.join(words).encode("utf-8", "backslashreplace").decode()
