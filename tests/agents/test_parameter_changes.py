"""A parameter that changes during a run has its effect from that moment on, and not before."""

from typing import Any

import attrs
import pytest
import trio

from outage_agents import scenario_schema as schema
from outage_agents.changes import CHANGEABLE, ChangeError, ParameterChange
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import ScenarioError
from outage_agents.simulation import Simulation
from outage_engine.clock import HOUR, MINUTE, SECOND

NEW: dict[str, str] = {
    "dns.guard.recheck_each_write": "true",
    "dns.guard.spare_active_plan": "true",
    "dns.guard.spare_rollback": "true",
    "dns.guard.repair_missing_target": "true",
    "dns.guard.never_publish_empty": "true",
    "dns.keep_generations": "100",
    "dns.planner_period_s": "20",
    "dwfm.queue_discipline": "drop-stale",
    "dwfm.max_outstanding": "0.006",
    "dwfm.establish_deadline_s": "1200",
    "dwfm.backoff_s": "600",
    "dwfm.capacity_factor": "30",
    "nlb.velocity_limit": "1",
    "nlb.flap_source": "targets",
    "nlb.failover_enabled": "false",
}
RACE = Scenario.load("dns-only", [("dns.endpoints", "10"), ("dns.resolvers", "20")])
SMALL = Scenario.load("small", [("dns.endpoints", "10"), ("dns.resolvers", "20")])
COLLAPSE = Scenario.load(
    "small",
    [
        ("droplets", "2400"),
        ("dns.endpoints", "10"),
        ("dns.resolvers", "20"),
        ("stages", '["dns", "ec2"]'),
    ],
)


def changed(base: Scenario, path: str, at_ns: int) -> Scenario:
    return base.with_changes((ParameterChange(path, NEW[path], at_ns),))


def run(scenario: Scenario, until_ns: int) -> Simulation:
    simulation = Simulation(scenario, until_ns=until_ns)
    simulation.world.simulate(until_ns)
    return simulation


def test_every_parameter_that_can_change_is_held_to_its_effect_here() -> None:
    assert set(NEW) == set(CHANGEABLE)


@pytest.mark.parametrize("path", [path for path in CHANGEABLE if path.startswith("dns.guard")])
def test_a_guard_that_is_put_in_before_the_race_does_what_it_does_from_the_start(
    path: str,
) -> None:
    switched = run(changed(RACE, path, 20 * MINUTE), 80 * MINUTE)
    always = run(Scenario.load("dns-only", [*RACE_SET, (path, "true")]), 80 * MINUTE)
    never = run(RACE, 80 * MINUTE)
    seen = [outcome(one) for one in (switched, always, never)]
    assert seen[0] == seen[1]
    if path not in NEEDS_A_REPAIR:
        assert seen[0] != seen[2]


RACE_SET = [("dns.endpoints", "10"), ("dns.resolvers", "20")]
NEEDS_A_REPAIR = ("dns.guard.spare_rollback",)
"""It keeps the rollback tree, which a run without actions never uses."""


def outcome(simulation: Simulation) -> tuple[str, int, float]:
    view = simulation.view().dns
    return view.state, view.answer_count, simulation.world.telemetry.value("dns.races_total")
