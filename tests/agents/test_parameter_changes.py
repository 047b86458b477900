"""A parameter that changes during a run has its effect from that moment on, and not before."""

import random
from functools import cache
from typing import Any

import attrs
import numpy as np
import pytest

from outage_agents.changes import CHANGEABLE, ChangeError, ParameterChange
from outage_agents.droplet_leases import DropletLeases
from outage_agents.health_check import HealthCheckNode, HostNetworking
from outage_agents.nlb import NlbZone, zones_out
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.parameters.nlb import NlbParameters
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import ScenarioError
from outage_agents.simulation import Simulation
from outage_engine.clock import HOUR, MINUTE, SECOND
from outage_engine.world import World

from .nlb.test_health_check import INSTANT, Zone
from .nlb.test_nlb_zone import NAMES, Script, Service

GUARDS = tuple(path for path in CHANGEABLE if path.startswith("dns.guard."))
QUICK = [("dns.endpoints", "10"), ("dns.resolvers", "20")]
RACE = Scenario.load("dns-only", QUICK)


def run(scenario: Scenario, until_ns: int) -> Simulation:
    simulation = Simulation(scenario, until_ns=until_ns)
    simulation.world.simulate(until_ns)
    return simulation


def with_change(scenario: Scenario, path: str, value: str, at_ns: int) -> Scenario:
    return scenario.with_changes((ParameterChange(path, value, at_ns),))


# -- the race of the DNS automation, without actions until 00:20


def dns_outcome(simulation: Simulation) -> tuple[str, int, float]:
    view = simulation.view().dns
    return view.state, view.answer_count, simulation.world.telemetry.value("dns.races_total")


@cache
def unguarded() -> Simulation:
    return run(RACE, 60 * MINUTE)


@pytest.mark.parametrize("path", GUARDS)
def test_a_guard_put_in_before_the_race_is_as_good_as_one_from_the_start(path: str) -> None:
    switched = run(with_change(RACE, path, "true", 20 * MINUTE), 60 * MINUTE)
    always = run(Scenario.load("dns-only", [*QUICK, (path, "true")]), 60 * MINUTE)
    assert dns_outcome(switched) == dns_outcome(always)
    if path != "dns.guard.spare_rollback":  # of use only when somebody repairs the record
        assert dns_outcome(switched) != dns_outcome(unguarded())


def test_a_guard_put_in_after_the_race_is_too_late() -> None:
    late = run(with_change(RACE, "dns.guard.spare_active_plan", "true", 55 * MINUTE), 60 * MINUTE)
    assert dns_outcome(late) == dns_outcome(unguarded())
    assert dns_outcome(late)[0] == "empty"


def test_clean_up_keeps_as_many_plans_as_it_is_told_by_then() -> None:
    more = run(with_change(RACE, "dns.keep_generations", "100", 20 * MINUTE), 60 * MINUTE)
    assert more.world.telemetry.value("dns.races_total") == 0
    assert unguarded().world.telemetry.value("dns.races_total") == 1


def test_plans_are_made_as_often_as_is_told_by_then() -> None:
    busy = run(with_change(RACE, "dns.planner_period_s", "20", 30 * MINUTE), 40 * MINUTE)
    calm = run(RACE, 40 * MINUTE)
    more = busy.view().dns.newest_generation - calm.view().dns.newest_generation
    assert 18 <= more <= 21


# -- the collapse of DWFM, in one shard: DynamoDB is away for three hours, and nobody helps


CHANGED_NS, MEASURED_NS = 4 * HOUR, 5 * HOUR
DROPLETS = 400


@cache
def shard(**changes: Any) -> tuple[int, int]:
    """Broken leases and attempts that wait, an hour after the parameters have changed."""
    p = DwfmParameters()
    uniform = np.linspace(0.0, 1.0, DROPLETS)
    leases = DropletLeases(p, DROPLETS, 0, uniform, random.Random(1))
    leases.advance(10 * MINUTE, True)
    leases.advance(3 * HOUR + 10 * MINUTE, False)
    leases.advance(CHANGED_NS, True)
    changed = attrs.evolve(p, **changes)
    leases.configure(changed)
    leases.scale(1.0)
    leases.advance(MEASURED_NS, True)
    return leases.broken, leases.counts().queue


@pytest.mark.parametrize(
    ("path", "value", "recovers"),
    [
        ("dwfm.queue_discipline", "drop-stale", True),
        ("dwfm.queue_discipline", "lifo", True),
        ("dwfm.capacity_factor", 30.0, True),
        ("dwfm.max_outstanding", 0.006, False),
        ("dwfm.establish_deadline_s", 1200.0, False),
        ("dwfm.backoff_s", 600.0, False),
    ],
)
def test_dwfm_works_by_what_it_is_told_by_then(
    path: str, value: float | str, recovers: bool
) -> None:
    broken, queue = shard(**{path.removeprefix("dwfm."): value})
    broken_before, queue_before = shard()
    assert broken_before > 0.7 * DROPLETS, "without a change it stays collapsed"
    if recovers:
        assert broken < 0.1 * DROPLETS
    else:  # less new work comes in, while what has gone stale is still served first
        assert queue < 0.8 * queue_before


def test_every_shard_hears_of_a_change() -> None:
    small = Scenario.load("small", [*QUICK, ("droplets", "2400"), ("stages", '["dns", "ec2"]')])
    changed = run(with_change(small, "dwfm.backoff_s", "60", MINUTE), 2 * MINUTE)
    assert changed.region.ec2 is not None
    told = {shard.snapshot().parameters.backoff_s for shard in changed.region.ec2.shards}
    assert told == {60.0}


# -- NLB


def nlb(change: NlbParameters, at_s: int) -> tuple[int, list[bool]]:
    """Four zones fail for ever; zones out at the end, and whether each has failover on."""
    world = World(3)
    zones = [
        NlbZone(z, NlbParameters(), checkers=(f"checker-{z}",), peers=NAMES) for z in range(1, 7)
    ]
    script = Script([(100, zone, 600) for zone in range(1, 5)], [])
    for actor in (*zones, script, Service()):
        world.add(actor)
    for zone in zones:
        world.call_at(at_s * SECOND, zone.configure, change)
    world.simulate(900 * SECOND)
    return zones_out(tuple(zones)), [zone.snapshot().failover for zone in zones]


def test_a_velocity_limit_that_comes_during_a_run_brings_zones_back() -> None:
    unlimited, limited = NlbParameters(), NlbParameters(velocity_limit=1.0)
    assert nlb(unlimited, 500)[0] == 4
    assert nlb(limited, 500)[0] == 1
    assert nlb(limited, 50)[0] == 1


def test_failover_that_is_switched_off_during_a_run_lets_every_zone_back() -> None:
    out, failover = nlb(NlbParameters(failover_enabled=False), 500)
    assert (out, failover) == (0, [False] * 6)


def test_who_the_new_hosts_are_can_change_from_one_cycle_to_the_next() -> None:
    """A third of the checkers' own hosts lacks network state: nobody's checks of targets do."""
    unhealthy = {}
    for source in ("checkers", "targets"):
        world = World(7)
        zone, node = (
            Zone(HostNetworking(0.5, 0.0, 0.0)),
            HealthCheckNode("checker", "nlb-az1", 500, INSTANT),
        )
        world.add(zone)
        world.add(node)
        change = attrs.evolve(INSTANT, flap_source=source)
        world.call_at(300 * SECOND, node.configure, change)
        world.simulate(900 * SECOND)
        late = [report.unhealthy for at_ns, report in zone.reports if at_ns > 600 * SECOND]
        early = [report.unhealthy for at_ns, report in zone.reports if at_ns < 300 * SECOND]
        assert max(early) > 150
        unhealthy[source] = max(late, default=0)
    assert unhealthy["checkers"] > 150
    assert unhealthy["targets"] < 50


# -- what cannot be


@pytest.mark.parametrize(
    ("path", "value", "error", "why"),
    [
        ("droplets", "5000", ChangeError, "has its effect when a run begins"),
        ("dns.staged", "false", ChangeError, "has its effect when a run begins"),
        ("dwfm.shards_per_zone", "8", ChangeError, "has its effect when a run begins"),
        ("dwfm.backof_s", "8", ScenarioError, "did you mean dwfm.backoff_s"),
        ("dwfm.backoff_s", "-8", ScenarioError, "is below 0"),
        ("dwfm.queue_discipline", "random", ScenarioError, "none of fifo, lifo, drop-stale"),
        ("dwfm", "8", ScenarioError, "is a section"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_the_reason(
    path: str, value: str, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        RACE.changed(ParameterChange(path, value, 0))


def test_a_scenario_file_with_such_a_change_is_refused() -> None:
    text = 'extends = "dns-only"\nchanges = [{ path = "droplets", value = 5000, at = "T+5m" }]\n'
    with pytest.raises(ScenarioError, match="droplets: has its effect when a run begins"):
        Scenario.read(text)


def test_a_change_is_told_with_what_it_was_before() -> None:
    told = run(with_change(RACE, "dns.planner_period_s", "20", MINUTE), 2 * MINUTE)
    (line,) = [one for one in told.world.narration.lines if one.about.startswith("change.")]
    assert line.text == "dns.planner_period_s is 20 from now on; it was 60.0"
    assert line.t_ns == MINUTE
