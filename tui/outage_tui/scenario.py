"""`outage-tui scenario`: look at scenarios, check one, begin one of your own."""

import re
from pathlib import Path

from outage_agents.scenario import (
    REFERENCE,
    Scenario,
    new_scenario_text,
    shipped_names,
    shipped_scenarios,
)
from outage_agents.scenario_source import InputError
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import write_out

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def list_scenarios() -> int:
    """Print one line for each shipped scenario."""
    shipped = shipped_scenarios()
    width = max(len(scenario.name) for scenario in shipped)
    for scenario in shipped:
        print(f"{scenario.name:{width}}  {scenario.title}: {scenario.description}")
    return DONE


def show_scenario(name: str) -> int:
    """Print every parameter with its unit, its limits and its source. Raises BadUsage."""
    write_out(_loaded(name).text(comments=True), None)
    return DONE


def check_scenario(name: str) -> int:
    """Say that a scenario is good. Raises BadUsage that lists all that is wrong with it."""
    scenario = _loaded(name)
    print(
        f"{name}: good: {scenario.name}, {scenario.duration_s / 3600:.1f} h, "
        f"{scenario.droplets} droplets, {len(scenario.script)} actions"
    )
    return DONE


def new_scenario(name: str, out: Path | None) -> int:
    """Print, or write to a new file, a scenario that differs from the reference in nothing yet.

    Raises BadUsage when the name or the file will not do.
    """
    if not _NAME.fullmatch(name):
        raise BadUsage(f"{name!r}: a name is letters, digits, '-', '_' and '.', at most 64 of them")
    if name in shipped_names():
        raise BadUsage(f"{name}: a scenario of this name comes with the program; take another")
    write_out(new_scenario_text(name, REFERENCE), out)
    return DONE


def _loaded(name: str) -> Scenario:
    try:
        return Scenario.load(name)
    except InputError as error:
        raise BadUsage(*error.problems) from error
