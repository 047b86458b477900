"""A scenario: everything that decides a run, apart from the program itself.

A scenario is a TOML file, or the name of a shipped one. Each number is a parameter with a unit and
a source, or the word *assumed*; no source publishes the parameters, and other sets fit the
published times as well. A file may say `extends = "name"` and give only what differs.

`Scenario.load` tells every problem at once, each with its place. `Scenario.text` is the complete
resolved scenario, with seed and action script: it is what a recording keeps, and it runs the same
again.
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import attrs

from outage_agents import scenario_schema as schema
from outage_agents.actions import (
    ActionError,
    Script,
    load_script,
    merged,
    script_lines,
    script_of,
)
from outage_agents.changes import (
    ChangeError,
    Changes,
    ParameterChange,
    change_lines,
    changes_of,
    check_changeable,
    merged_changes,
)
from outage_agents.faults import Faults, fault_lines, faults_of, merged_faults
from outage_agents.parameters import param
from outage_agents.parameters.dns import DnsParameters
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.parameters.ec2 import Ec2Parameters
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.nlb import NlbParameters
from outage_agents.parameters.nm import NetworkManagerParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.scenario_source import (
    FILE_SIZE_MAX,
    KeyPath,
    ScenarioError,
    Source,
    dotted,
    nearest,
    read_source,
    toml_text,
)
from outage_agents.when import (
    REFERENCE_EPOCH_S,
    REFERENCE_START,
    When,
    WhenError,
    format_clock,
    format_iso,
    iso_seconds,
    t_min,
)
from outage_engine.clock import SECOND

REFERENCE = "us-east-1-2025-10-20"
"""The reference scenario, and the default."""
STAGES = ("dns", "ec2", "nlb", "services")
"""Parts of the Region in the order in which they build on each other."""
DROPLETS_MAX = 100_000_000
"""Above this the lease arrays of one run would need more than 10 GB of memory."""


@attrs.frozen
class Scenario:
    """Everything that decides a run; equal scenarios give equal runs."""

    name: str = param(REFERENCE, "", "this project")
    title: str = param("", "", "this project")
    description: str = param("", "", "this project")
    seed: int = param(1, "", "any number does", minimum=0)
    start: str = param(REFERENCE_START, "ISO time", "assumed: 48 min of normal operation first")
    """Virtual time 0."""
    duration_s: int = param(
        58_200, "s", "23:00 to 15:10, past the event's end", minimum=1, maximum=30 * 86_400
    )
    epoch_s: int = param(
        REFERENCE_EPOCH_S, "s", "start to T0 (23:48), timeline", minimum=0, maximum=30 * 86_400
    )
    """From the start of the run to T0, from which milestones are counted."""
    droplets: int = param(
        1_000_000,
        "count",
        "S2: about 10^6 active leases; with fewer than 900 one establishment and the checks around"
        " it take longer than its deadline",
        minimum=900,
    )
    stages: tuple[str, ...] = param(STAGES, "", "this project", choices=STAGES)
    """Which parts of the Region take part: a beginning of `STAGES`."""
    dns: DnsParameters = attrs.field(factory=DnsParameters)
    dwfm: DwfmParameters = attrs.field(factory=DwfmParameters)
    ec2: Ec2Parameters = attrs.field(factory=Ec2Parameters)
    nm: NetworkManagerParameters = attrs.field(factory=NetworkManagerParameters)
    nlb: NlbParameters = attrs.field(factory=NlbParameters)
    lambda_: LambdaParameters = attrs.field(factory=LambdaParameters)
    services: ServicesParameters = attrs.field(factory=ServicesParameters)
    load_: LoadParameters = attrs.field(factory=LoadParameters)
    """TOML section `load`; the underscore leaves `load` to the constructor."""
    script: Script = ()
    """What operators do, in order of effect."""
    faults: Faults = ()
    """What is broken from outside, in order of beginning."""
    changes: Changes = ()
    """Parameters that change during the run, in order of time."""

    @staticmethod
    def load(
        name_or_path: str = REFERENCE,
        overrides: Sequence[tuple[str, str]] = (),
        seed: int | None = None,
    ) -> "Scenario":
        """A shipped scenario or a TOML file, with parameters overridden.

        `overrides` are pairs of dotted path and text, as `--set PATH=VALUE` gives them. Raises
        `ScenarioError` that lists every problem.
        """
        return _resolve(_layers(name_or_path), overrides, seed)

    @staticmethod
    def read(text: str, label: str = "scenario") -> "Scenario":
        """A scenario from TOML text, such as a recording keeps. Raises `ScenarioError`."""
        return _resolve(_with_bases(read_source(label, text), Path()), (), None)

    def text(self, *, comments: bool = False) -> str:
        """The complete scenario as TOML: reading it gives an equal scenario.

        With `comments`, each parameter shows its unit, its limits and its source.
        """
        return _document(self, comments=comments)

    def with_script(self, script: Script) -> "Scenario":
        """The same scenario with other operator actions."""
        return attrs.evolve(self, script=merged(script))

    def with_faults(self, faults: Faults) -> "Scenario":
        """The same scenario with other faults."""
        return attrs.evolve(self, faults=merged_faults(faults))

    def with_changes(self, changes: Changes) -> "Scenario":
        """The same scenario with other changes of parameters."""
        return attrs.evolve(self, changes=merged_changes(changes))

    def changed(self, change: ParameterChange) -> "Scenario":
        """The same scenario with a parameter as it is after a change.

        Raises `ChangeError` when it cannot change during a run, `ScenarioError` when there is no
        such parameter or it cannot have this value.
        """
        values = {entry.path: schema.value_at(self, entry.path) for entry in _entries()}
        resolver = _Resolver(
            {e.path: e for e in _entries()}, schema.section_names(Scenario), values
        )
        resolver.override(change.path, change.value)
        if resolver.problems:
            problems = [one.replace("--set ", "--change ", 1) for one in resolver.problems]
            raise ScenarioError(problems)
        check_changeable(change.path)
        try:
            made = schema.build(Scenario, resolver.values, ())
        except ValueError as wrong:
            raise ScenarioError([f"--change {change.path}={change.value}: {wrong}"]) from None
        assert isinstance(made, Scenario)
        return attrs.evolve(made, script=self.script, faults=self.faults, changes=self.changes)

    def when(self, text: str) -> int:
        """Virtual time (ns) of `04:14`, `T+266m` or an ISO time. Raises `WhenError`."""
        return When.parse(text, self)

    def clock(self, t_ns: int) -> str:
        """Time of day in the scenario at virtual time `t_ns`: `04:14:00`."""
        return format_clock(t_ns, self.start)

    def t_min(self, t_ns: int) -> float:
        """Minutes after T0 at virtual time `t_ns`."""
        return t_min(t_ns, self.epoch_s)

    @property
    def staged(self) -> bool:
        """Whether the slow Enactor is staged: held, and released on an event."""
        return self.dns.staged

    @property
    def duration_ns(self) -> int:
        """Length of the run."""
        return self.duration_s * SECOND

    @property
    def epoch_ns(self) -> int:
        """T0 in virtual time."""
        return self.epoch_s * SECOND


@attrs.frozen
class ShippedScenario:
    """One line of `outage-tui scenario list`."""

    name: str
    title: str
    description: str


def shipped_names() -> list[str]:
    """Names of the scenarios that come with the program; the reference one first."""
    folder = resources.files("outage_agents") / "scenarios"
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")
    return sorted(names, key=lambda name: name != REFERENCE)


def shipped_scenarios() -> list[ShippedScenario]:
    """The scenarios that come with the program."""
    loaded = [Scenario.load(name) for name in shipped_names()]
    return [ShippedScenario(s.name, s.title, s.description) for s in loaded]


def new_scenario_text(name: str, base: str = REFERENCE) -> str:
    """A small file to start a scenario of one's own from. Raises `ScenarioError`."""
    scenario = Scenario.load(base)
    return (
        f"# Only what differs from {base}.\n"
        f"# `outage-tui scenario show {base}` lists every parameter.\n"
        f"extends = {json.dumps(base)}\n"
        f"name = {json.dumps(name)}\n"
        f'title = "A variation of {base}"\n'
        'description = ""\n'
        f"# droplets = {scenario.droplets}\n"
        "\n# [dns]\n# slow_factor = 30.0\n"
    )


def _shipped_text(name: str) -> str:
    return (resources.files("outage_agents") / "scenarios" / f"{name}.toml").read_text("utf-8")


def _layers(name_or_path: str) -> list[Source]:
    """The documents of a scenario: what it extends first, itself last."""
    if name_or_path in shipped_names():
        source = read_source(f"{name_or_path}.toml", _shipped_text(name_or_path))
        return _with_bases(source, Path())
    path = Path(name_or_path)
    return _with_bases(read_source(name_or_path, _file_text(name_or_path, path)), path.parent)


def _file_text(label: str, path: Path) -> str:
    try:
        with path.open("rb") as file:  # which may be a pipe, or a device without an end
            content = file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise ScenarioError([f"{label}:1:1: larger than {FILE_SIZE_MAX} bytes"])
        return content.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        column = broken.start - broken.object.rfind(b"\n", 0, broken.start)
        raise ScenarioError([f"{label}:{line}:{column}: not UTF-8 text"]) from None
    except FileNotFoundError:
        near = nearest(label, shipped_names())
        hint = f"; did you mean {near}" if near else ""
        known = ", ".join(shipped_names())
        what = f"{label}: no such scenario{hint}; shipped: {known}; or give a TOML file"
        raise ScenarioError([what]) from None
    except (OSError, ValueError) as failed:
        reason = getattr(failed, "strerror", None) or str(failed)
        raise ScenarioError([f"{label}: cannot be read: {reason}"]) from None


def _with_bases(source: Source, folder: Path) -> list[Source]:
    """A document behind those it extends, directly and indirectly."""
    chain = [source]
    seen = {source.label}
    while "extends" in chain[0].content:
        top = chain[0]
        base = top.content["extends"]
        if not isinstance(base, str) or not base:
            raise ScenarioError([top.problem(("extends",), "must be the name of a scenario")])
        shipped = base in shipped_names()
        label = f"{base}.toml" if shipped else str(folder / base)
        if label in seen:
            raise ScenarioError([top.problem(("extends",), f"{base} extends this one in turn")])
        seen.add(label)
        if not shipped and not (folder / base).is_file():
            near = nearest(base, shipped_names())
            raise ScenarioError([top.problem(("extends",), f"{base}: no such scenario", near)])
        text = _shipped_text(base) if shipped else _file_text(label, folder / base)
        folder = folder if shipped else (folder / base).parent
        chain.insert(0, read_source(label, text))
    return chain


_SPECIAL = ("extends", "action", "actions", "faults", "changes")
INPUTS = ("script", "faults", "changes")
"""Fields of a scenario that are lists of inputs, not parameters."""


@attrs.define
class _Resolver:
    """Values gathered from documents and overrides, and every problem met on the way."""

    entries: dict[tuple[str, ...], schema.Entry]
    tables: list[tuple[str, ...]]
    values: dict[tuple[str, ...], Any] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)

    def known_names(self) -> list[str]:
        return [entry.name for entry in self.entries.values()]

    def take(self, source: Source, table: Any, path: tuple[str, ...]) -> None:
        """Values of one table of a document, and of the tables below it."""
        for key, value in table.items():
            here = (*path, key)
            if here in self.entries:
                self._take_value(source, here, value)
            elif here in self.tables:
                if isinstance(value, dict):
                    self.take(source, value, here)
                else:
                    self.problems.append(source.problem(here, "must be a table"))
            elif path or key not in _SPECIAL:
                self.problems.append(source.problem(here, "unknown", self._near(here)))

    def _take_value(self, source: Source, path: tuple[str, ...], value: Any) -> None:
        found, problems = self._checked(path, value)
        self.problems.extend(source.problem(at, what) for at, what in problems)
        if not problems:
            self.values[path] = found

    def override(self, name: str, text: str) -> None:
        """One `--set`."""
        path = tuple(name.split("."))
        entry = self.entries.get(path)
        shown = f"--set {name}={text}".encode("utf-8", "backslashreplace").decode()
        if path in self.tables:
            self.problems.append(f"{shown}: is a section, not a parameter")
            return
        if entry is None:
            near = self._near(path)
            hint = f"; did you mean {near}" if near else ""
            self.problems.append(f"{shown}: unknown{hint}")
            return
        found, problems = self._checked(path, schema.parse_override(entry.kind, text))
        self.problems.extend(f"{shown}: {dotted(at)}: {what}" for at, what in problems)
        if not problems:
            self.values[path] = found

    def _checked(self, path: tuple[str, ...], value: Any) -> tuple[Any, list[tuple[KeyPath, str]]]:
        entry = self.entries[path]
        if path == ("start",) and hasattr(value, "isoformat"):
            value = value.isoformat()
        reading = schema.Reading(entry.known)
        found = reading.read(entry.kind, value, path)
        if not reading.problems:
            reading.problems.extend((path, what) for what in _beyond_limits(path, found))
        if path == ("start",) and not reading.problems:
            found = format_iso(0, found)  # one way to write it, which TOML can read as a time
        return found, reading.problems

    def _near(self, path: tuple[str, ...]) -> str:
        tables = [".".join(table) for table in self.tables]
        return nearest(".".join(path), [*self.known_names(), *tables])


def _beyond_limits(path: tuple[str, ...], value: Any) -> list[str]:
    """Rules that a minimum and a maximum cannot say."""
    if path == ("droplets",) and value > DROPLETS_MAX:
        needed_gb = value * 100 / 1e9
        return [
            f"{value} is too many: a run would need about {needed_gb:.0f} GB of memory; "
            f"at most {DROPLETS_MAX}"
        ]
    if path == ("start",):
        try:
            iso_seconds(value)
        except WhenError as wrong:
            return list(wrong.problems)
    if path == ("stages",) and tuple(value) not in _stage_beginnings():
        return [f"stages build on each other; give a beginning of {', '.join(STAGES)}"]
    return []


def _stage_beginnings() -> list[tuple[str, ...]]:
    return [STAGES[:count] for count in range(1, len(STAGES) + 1)]


def _resolve(
    layers: Sequence[Source], overrides: Iterable[tuple[str, str]], seed: int | None
) -> Scenario:
    entries = {entry.path: entry for entry in _entries()}
    resolver = _Resolver(entries, schema.section_names(Scenario))
    for source in layers:
        resolver.take(source, source.content, ())
    for name, text in overrides:
        resolver.override(name, text)
    if seed is not None:
        resolver.override("seed", str(seed))
    try:
        scenario = schema.build(Scenario, resolver.values, ())
    except ValueError as wrong:  # a section's own validator, about several of its parameters
        raise ScenarioError([*resolver.problems, f"{layers[-1].label}: {wrong}"]) from None
    assert isinstance(scenario, Scenario)
    script = _script(layers, resolver.problems, scenario)
    faults = _last_list(layers, "faults", faults_of, resolver.problems, scenario)
    changes = _last_list(layers, "changes", changes_of, resolver.problems, scenario)
    for change in changes:
        try:
            scenario.changed(change)
        except (ChangeError, ScenarioError) as wrong:
            resolver.problems.extend(f"{layers[-1].label}: {problem}" for problem in wrong.problems)
    if resolver.problems:
        raise ScenarioError(resolver.problems)
    return attrs.evolve(scenario, script=script, faults=faults, changes=changes)


_Inputs = TypeVar("_Inputs")


def _last_list(
    layers: Sequence[Source],
    key: str,
    read: Callable[[Source, list[str], Scenario], tuple[_Inputs, ...]],
    problems: list[str],
    scenario: Scenario,
) -> tuple[_Inputs, ...]:
    """The list of inputs of the last document that has one."""
    for source in reversed(layers):
        if key in source.content:
            return read(source, problems, scenario)
    return ()


def _entries() -> list[schema.Entry]:
    return [entry for entry in schema.entries_of(Scenario) if entry.path[0] not in INPUTS]


def _script(layers: Sequence[Source], problems: list[str], scenario: Scenario) -> Script:
    """The script of the last document that says anything about one."""
    for source in reversed(layers):
        if "action" in source.content and "actions" in source.content:
            problems.append(source.problem(("actions",), "give action or actions, not both"))
        if "action" in source.content:
            return script_of(source, problems, scenario)
        if "actions" in source.content:
            named = source.content["actions"]
            if not isinstance(named, str):
                problems.append(source.problem(("actions",), "must be the name of a script"))
                return ()
            try:
                return load_script(named, scenario)
            except ActionError as wrong:
                problems.extend(wrong.problems)
                return ()
    return ()


def _document(scenario: Scenario, *, comments: bool, actions: str = "") -> str:
    """TOML of a scenario; the script as a list, or by its name if `actions` gives one."""
    lines: list[str] = []
    table: tuple[str, ...] = ()
    for entry in _entries():
        if entry.path[:-1] != table:
            if not table:
                lines += _inputs_text(scenario, actions)
            table = entry.path[:-1]
            lines += ["", f"[{'.'.join(table)}]"]
        lines.append(_parameter_line(entry, scenario, comments=comments))
    if not table:
        lines += _inputs_text(scenario, actions)
    return "\n".join(lines) + "\n"


def _parameter_line(entry: schema.Entry, scenario: Scenario, *, comments: bool) -> str:
    value = schema.value_at(scenario, entry.path)
    text = value if entry.path == ("start",) else toml_value(value)
    line = f"{entry.path[-1]} = {text}"
    return f"{line}  # {_remark(entry)}" if comments and _remark(entry) else line


def _remark(entry: schema.Entry) -> str:
    if entry.known is None:
        return ""
    known = entry.known
    limits = ""
    if known.minimum is not None or known.maximum is not None:
        low = "" if known.minimum is None else f"{known.minimum:g}"
        high = "" if known.maximum is None else f"{known.maximum:g}"
        limits = f"{low}..{high}"
    parts = [known.unit, limits, " | ".join(known.choices), known.source]
    return "; ".join(part for part in parts if part)


def _inputs_text(scenario: Scenario, actions: str) -> list[str]:
    """The script, always; faults and changes where there are any."""
    lines = _script_text(scenario, actions)
    if scenario.faults:
        iso_of = _iso_of((fault.at_ns for fault in scenario.faults), scenario)
        lines += ["faults = [", *fault_lines(scenario.faults, iso_of), "]"]
    if scenario.changes:
        iso_of = _iso_of((change.at_ns for change in scenario.changes), scenario)
        lines += ["changes = [", *change_lines(scenario.changes, iso_of), "]"]
    return lines


def _iso_of(moments: Iterable[int], scenario: Scenario) -> dict[int, str]:
    return {at_ns: format_iso(at_ns, scenario.start) for at_ns in moments}


def _script_text(scenario: Scenario, actions: str) -> list[str]:
    if actions:
        return [f"actions = {json.dumps(actions)}"]
    if not scenario.script:
        return ["action = []"]
    iso_of = _iso_of((entry.start_ns for entry in scenario.script), scenario)
    return ["action = [", *script_lines(scenario.script, iso_of), "]"]


def toml_value(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    assert attrs.has(type(value)), f"a scenario cannot hold {value!r}"
    pairs = [
        f"{schema.key_of(field)} = {toml_value(getattr(value, field.name))}"
        for field in attrs.fields(type(value))
    ]
    return f"{{ {', '.join(pairs)} }}"


_HEAD = """\
# The outage of 19-20 October 2025 in us-east-1, at full scale. Every parameter of the program is
# here with its unit, its limits and its source; "assumed" means that no source gives it. This set
# reproduces the published times; other sets do so too, so the timeline does not identify it.
# Generated from the parameter classes by `python -m outage_agents.scenario --write`.

"""


def reference_text() -> str:
    """What `scenarios/us-east-1-2025-10-20.toml` must say: the defaults, explained."""
    scenario = Scenario(
        title="The us-east-1 outage of 19-20 October 2025",
        description="The whole event from 23:00 to 15:10 PDT, with one million droplets.",
    )
    return _HEAD + _document(scenario, comments=True, actions="as-history")


def main(arguments: Sequence[str]) -> int:
    """`--write` writes the reference scenario from the parameter classes; else prints it."""
    if list(arguments) == ["--write"]:
        path = Path(__file__).parent / "scenarios" / f"{REFERENCE}.toml"
        path.write_text(reference_text(), "utf-8")
        return 0
    sys.stdout.write(reference_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
