"""Whatever people do and whatever breaks: the laws of the program hold, and the run repeats."""

import shlex

import attrs
import pytest
from hypothesis import HealthCheck, find, given, settings

from outage_agents.actions import parse_act
from outage_agents.fault_words import parse_fault
from outage_agents.scenario import Scenario
from outage_engine.faults import Faults
from tests.agents.any_inputs import BASE, CAST, command, demand_laws, scenarios

DERANDOMISED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow],
)


@DERANDOMISED
@given(scenarios())
def test_any_actions_and_faults_keep_the_laws_and_repeat_their_digest(scenario: Scenario) -> None:
    demand_laws(scenario)


def fails(scenario: Scenario) -> bool:
    try:
        demand_laws(scenario)
    except AssertionError:
        return True
    return False


def test_a_failing_sequence_shrinks_to_one_command_line_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted = Faults.restart

    def forgetful(self: Faults, names: tuple[str, ...]) -> None:
        planted(self, names)
        self._world.messages += 1  # the defect: a message that never was

    monkeypatch.setattr(Faults, "restart", forgetful)
    short = scenarios().map(lambda scenario: attrs.evolve(scenario, duration_s=40))
    found = find(
        short,
        lambda scenario: (
            any(
                fault.kind == "restart" and fault.at_ns <= scenario.duration_ns
                for fault in scenario.faults
            )
            and fails(scenario)
        ),
        settings=settings(DERANDOMISED, max_examples=2000),
    )
    assert found.script == ()
    assert [fault.kind for fault in found.faults] == ["restart"]
    with pytest.raises(AssertionError, match=r"messages\.are_conserved") as told:
        demand_laws(found)
    line = str(told.value).split("repeat it with\n")[1].splitlines()[0]
    assert line == command(found)
    words = shlex.split(line)
    assert words[:3] == ["outage-tui", "run", "small"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    faults = [parse_fault(value, BASE, CAST) for option, value in options if option == "--fault"]
    acts = [parse_act(value, BASE) for option, value in options if option == "--act"]
    assert (tuple(faults), tuple(acts)) == (found.faults, found.script)
