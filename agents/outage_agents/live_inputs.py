"""What a person decides while a run is under way, as a scenario to go on with.

Each function takes the scenario of the run, the virtual time now and what is wanted, and gives the
scenario that has it, from the next whole second on: an input is never at a moment that is partly
over. `Simulation.take` then goes on with it, and whoever records the run keeps its text first.

How long an action takes when a person begins it live is drawn: from the catalogue's range, by a
stream that is named by seed, action and how often it has been begun live. So luck does not depend
on when somebody acts, and two forks of a run have the same.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from outage_agents.actions import ScheduledAction, Script, find_action, merged, scheduled
from outage_agents.changes import Changes, ParameterChange, merged_changes
from outage_agents.fault_catalogue import find_fault
from outage_agents.faults import Faults, ScheduledFault, merged_faults
from outage_agents.operators import names_of
from outage_agents.scenario_source import InputError
from outage_engine.clock import SECOND
from outage_engine.random_streams import RandomStreams

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario


class LiveInputError(InputError):
    """What was asked for cannot be done to this run now."""


def next_second_ns(now_ns: int) -> int:
    """The moment at which what is decided now takes effect: the next whole virtual second."""
    return (now_ns // SECOND + 1) * SECOND


def with_action(
    scenario: "Scenario",
    now_ns: int,
    action_id: str,
    args: Mapping[str, object],
    *,
    begin: bool,
) -> tuple["Scenario", ScheduledAction]:
    """The scenario with one more action, and its entry.

    With `begin` somebody begins now, and the effect comes when the work is done; otherwise it has
    its effect at once, as a facilitator or a test wants it. Raises `ActionError`.
    """
    at_ns = next_second_ns(now_ns)
    timing: dict[str, object] = {}
    if begin:
        duration_s = args.get("duration_s", live_duration_s(scenario, action_id))
        timing = {"start": True, "duration_s": duration_s}
    entry = scheduled(action_id, at_ns, {**args, **timing})
    return attrs.evolve(scenario, script=merged(scenario.script, (entry,))), entry


def live_duration_s(scenario: "Scenario", action_id: str) -> int:
    """How long the next live beginning of this action takes, whole seconds. Raises ActionError."""
    action = find_action(action_id)
    begun = sum(1 for e in scenario.script if e.id == action_id and e.begin_ns is not None)
    draw = RandomStreams(scenario.seed).single(f"duration/{action_id}/{begun + 1}")
    return draw.randint(round(action.duration_min_s), round(action.duration_max_s))


def without_action(scenario: "Scenario", now_ns: int, name: str) -> "Scenario":
    """The scenario with an action called off: one that is ahead is taken out of the script, one
    under way is left as it is then.

    Raises `LiveInputError` when there is no such action, or it has been called off already.
    """
    at_ns = next_second_ns(now_ns)
    names = names_of(scenario.script)
    if name not in names:
        raise LiveInputError([f"{name}: no such action; known: {', '.join(names) or 'none'}"])
    place = names.index(name)
    entry = scenario.script[place]
    if entry.called_off_ns is not None:
        raise LiveInputError([f"{name}: has been called off already"])
    script = list(scenario.script)
    if entry.start_ns >= at_ns:
        del script[place]
    else:
        script[place] = attrs.evolve(entry, called_off_ns=at_ns)
    return attrs.evolve(scenario, script=tuple(script))


def with_fault(scenario: "Scenario", now_ns: int, fault: ScheduledFault) -> tuple["Scenario", int]:
    """The scenario with one more fault, which begins at the next whole second, and its place."""
    at_ns = next_second_ns(now_ns)
    begins = attrs.evolve(fault, at_ns=at_ns)
    place = sum(1 for known in scenario.faults if known.at_ns <= at_ns)
    return attrs.evolve(scenario, faults=merged_faults(scenario.faults, (begins,))), place


def without_fault(scenario: "Scenario", now_ns: int, n: int) -> "Scenario":
    """The scenario with a fault ended by hand; one that is ahead is taken out.

    Raises `LiveInputError` when there is no such fault, or it is over.
    """
    at_ns = next_second_ns(now_ns)
    faults = list(scenario.faults)
    if not 0 <= n < len(faults):
        raise LiveInputError([f"fault {n}: no such fault; the run has {len(faults)}"])
    fault = faults[n]
    at_once = fault.at_ns < at_ns and not find_fault(fault.kind).lasts
    if at_once or (fault.end_ns is not None and fault.end_ns <= at_ns):
        raise LiveInputError([f"fault {n}, {fault.kind} of {fault.target}: is over"])
    if fault.at_ns >= at_ns:
        del faults[n]
    else:
        faults[n] = attrs.evolve(fault, duration_ns=at_ns - fault.at_ns)
    return attrs.evolve(scenario, faults=tuple(faults))


def with_change(scenario: "Scenario", now_ns: int, path: str, value: str) -> "Scenario":
    """The scenario with a parameter changed at the next whole second.

    Raises `ChangeError` or `ScenarioError` when it cannot be, or not to this value.
    """
    change = ParameterChange(path, value, next_second_ns(now_ns))
    scenario.changed(change)
    return attrs.evolve(scenario, changes=merged_changes(scenario.changes, (change,)))


def forked(
    scenario: "Scenario",
    at_ns: int,
    *,
    script: Script | None = None,
    faults: Faults | None = None,
    changes: Changes | None = None,
) -> "Scenario":
    """The scenario of a fork: what began before `at_ns` stays, the rest is replaced where given.

    Of what is given only that from `at_ns` on counts.
    """
    later = before(scenario, at_ns, others=True)
    wanted = attrs.evolve(
        later,
        script=later.script if script is None else script,
        faults=later.faults if faults is None else faults,
        changes=later.changes if changes is None else changes,
    )
    kept, added = before(scenario, at_ns), before(wanted, at_ns, others=True)
    return attrs.evolve(
        scenario,
        script=merged(kept.script, added.script),
        faults=merged_faults(kept.faults, added.faults),
        changes=merged_changes(kept.changes, added.changes),
    )


def before(scenario: "Scenario", at_ns: int, *, others: bool = False) -> "Scenario":
    """The scenario with only those inputs that begin before a moment (or only the others)."""
    return attrs.evolve(
        scenario,
        script=tuple(e for e in scenario.script if (e.start_ns < at_ns) != others),
        faults=tuple(f for f in scenario.faults if (f.at_ns < at_ns) != others),
        changes=tuple(c for c in scenario.changes if (c.at_ns < at_ns) != others),
    )
