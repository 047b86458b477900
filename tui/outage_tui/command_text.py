"""The command line that repeats a run, from nothing but the scenario it has become.

Whatever was decided while the run was under way stands in its scenario by then; here the difference
to the scenario one would begin with (a shipped name, or a file) becomes options again.
"""

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import attrs

from outage_agents.actions import Script, act_text, merged, without
from outage_agents.changes import change_text, merged_changes
from outage_agents.faults import fault_text, merged_faults
from outage_agents.scenario import INPUTS, Scenario, toml_value
from outage_agents.scenario_schema import entries_of, value_at
from outage_agents.scenario_source import InputError
from outage_agents.when import format_exact

_Input = TypeVar("_Input")


def command_of(scenario: Scenario, source: str, until_ns: int) -> str:
    """`outage-tui run ...` that repeats a run of `scenario` to `until_ns`.

    `source` is the scenario it began with: a shipped name or a file. When that cannot be read any
    more, every parameter is spelled out on top of the reference one.
    """
    try:
        base = Scenario.load(source, (), scenario.seed)
    except InputError:
        base, source = Scenario.load(seed=scenario.seed), "us-east-1-2025-10-20"
    scenario = _heard_of(scenario, base, max(until_ns, scenario.duration_ns))
    words = ["outage-tui", "run", source, "--seed", str(scenario.seed)]
    for entry in entries_of(Scenario):
        if entry.path[0] not in (*INPUTS, "seed"):
            value = value_at(scenario, entry.path)
            if value != value_at(base, entry.path):
                words += ["--set", f"{entry.name}={toml_value(value)}"]
    words += _script_words(base.script, scenario)
    for fault in _added(base.faults, scenario.faults):
        words += ["--fault", fault_text(fault, scenario)]
    for change in _added(base.changes, scenario.changes):
        words += ["--change", change_text(change, scenario)]
    if until_ns != scenario.duration_ns:
        words += ["--until", format_exact(until_ns, scenario.epoch_s)]
    return shlex.join(words).encode("utf-8", "backslashreplace").decode()


def _heard_of(scenario: Scenario, base: Scenario, last_ns: int) -> Scenario:
    """The scenario without inputs that come after its end: a fork may end before its parent's.

    Options refuse them, and nothing would come of them.
    """
    return attrs.evolve(
        scenario,
        script=tuple(e for e in scenario.script if e.start_ns <= last_ns or e in base.script),
        faults=tuple(f for f in scenario.faults if f.at_ns <= last_ns or f in base.faults),
        changes=tuple(c for c in scenario.changes if c.at_ns <= last_ns or c in base.changes),
    )


def source_of(command: str) -> str:
    """The scenario that a command line begins with; the reference one when it names none."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    return words[2] if len(words) > 2 and words[:2] == ["outage-tui", "run"] else ""


def repeats(scenario: Scenario, source: str) -> bool:
    """Whether options can say everything: a file's own faults and changes cannot be left out."""
    try:
        base = Scenario.load(source, (), scenario.seed)
    except InputError:
        return True
    faults = merged_faults(base.faults, _added(base.faults, scenario.faults))
    changes = merged_changes(base.changes, _added(base.changes, scenario.changes))
    return faults == scenario.faults and changes == scenario.changes


def _script_words(known: Script, scenario: Scenario) -> list[str]:
    """What makes a script of another: more actions, ids left out, or everything spelled out."""
    wanted = scenario.script
    kept_ids = [entry.id for entry in wanted if entry in known]
    left_out = sorted({e.id for e in known if e not in wanted} - set(kept_ids))
    kept = without(known, left_out)
    added = _added(kept, wanted)
    words: list[str] = []
    if merged(kept, added) == wanted:
        for action_id in left_out:
            words += ["--without", action_id]
    else:
        words += ["--actions", "none"]
        added = wanted
    for entry in added:
        words += ["--act", act_text(entry, scenario)]
    return words


def _added(known: Sequence[_Input], wanted: Sequence[_Input]) -> tuple[_Input, ...]:
    """What is wanted and not known, in order."""
    left = Counter(known)
    added: list[_Input] = []
    for one in wanted:
        if left[one]:
            left[one] -= 1
        else:
            added.append(one)
    return tuple(added)
