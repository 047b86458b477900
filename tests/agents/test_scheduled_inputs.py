"""Inputs of a run as a scenario writes them: actions, faults and changed parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.changes import ChangeError, ParameterChange, parse_change
from outage_agents.faults import ScheduledFault
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import ScenarioError
from outage_engine.clock import MINUTE, SECOND

BASE = Scenario.load("dns-only")

moments = st.one_of(
    st.integers(0, 3600).map(lambda second: second * SECOND), st.integers(0, 4 * 60 * MINUTE)
)
changes = st.builds(
    ParameterChange,
    path=st.sampled_from(["dwfm.establish_deadline_s", "dwfm.backoff_s"]),
    value=st.sampled_from(["3", "40.5"]),
    at_ns=moments,
)


@given(st.lists(changes, max_size=4))
def test_changes_survive_being_written_and_read(listed: list[ParameterChange]) -> None:
    scenario = BASE.with_changes(tuple(listed))
    assert Scenario.read(scenario.text()) == scenario
    assert [c.at_ns for c in scenario.changes] == sorted(c.at_ns for c in listed)


def test_faults_are_tables_of_a_scenario_file() -> None:
    text = """
extends = "dns-only"
[[faults]]
kind = "pause"
target = "enactor-2"
at = "T+10m"
duration_s = 90
[[faults]]
kind = "pause"
target = "route53"
at = "23:10"
"""
    scenario = Scenario.read(text)
    assert scenario.faults == (
        ScheduledFault("pause", "route53", (), 10 * MINUTE, None),
        ScheduledFault("pause", "enactor-2", (), 58 * MINUTE, 90 * SECOND),
    )
    assert scenario.faults[1].end_ns == 59 * MINUTE + 30 * SECOND
    assert scenario.faults[0].end_ns is None
    assert Scenario.read(scenario.text()) == scenario


def test_every_wrong_entry_is_told_with_its_place() -> None:
    text = """extends = "dns-only"
[[faults]]
kind = "pause"
at = "24:61"
[[changes]]
path = "dns.slow_factor"
valu = 3
at = "T+5m"
"""
    with pytest.raises(ScenarioError) as wrong:
        Scenario.read(text, "mine.toml")
    told = "\n".join(wrong.value.problems)
    assert "mine.toml:2:1: faults[0].target" in told
    assert "mine.toml:4:1: faults[0].at" in told
    assert "mine.toml:7:1: changes[0].valu: unknown; did you mean value" in told


def test_a_change_on_the_command_line_names_parameter_value_and_moment() -> None:
    change = parse_change("dns.slow_factor=3@T+5m", BASE)
    assert change == ParameterChange("dns.slow_factor", "3", 53 * MINUTE)


@pytest.mark.parametrize("text", ["dns.slow_factor=3", "dns.slow_factor@T+5m", "=3@T+5m", "a=1@x"])
def test_a_change_without_one_of_the_three_is_refused(text: str) -> None:
    with pytest.raises(ChangeError):
        parse_change(text, BASE)
