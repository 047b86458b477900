"""What would have happened: the runs of the small scenario in which people or guards act otherwise.

With few endpoints, which changes nothing about the race (a pass takes as long) and makes the runs
quick; and only as far into the night as each question needs. `benchmarks/what_ifs.py` asks
the same of the whole night at full size.
"""

from typing import TYPE_CHECKING

import pytest
import trio

from outage_agents.actions import load_script, merged, parse_act, without
from outage_agents.result import result_of
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.timeline import reference_milestones

if TYPE_CHECKING:
    from outage_agents.region import Region
    from outage_agents.result import RunResult

FEW_ENDPOINTS = ("dns.endpoints", "20")


class Night:
    """One run of the small scenario, up to a moment."""

    def __init__(
        self,
        until: str,
        *settings: tuple[str, str],
        script: str = "as-history",
        left_out: tuple[str, ...] = (),
        acts: tuple[str, ...] = (),
        samples: tuple[str, ...] = (),
    ) -> None:
        scenario = Scenario.load("small", (FEW_ENDPOINTS, *settings))
        chosen = without(load_script(script, scenario), left_out)
        extra = tuple(parse_act(act, scenario) for act in acts)
        scenario = scenario.with_script(merged(chosen, extra))
        simulation = Simulation(
            scenario,
            until_ns=scenario.when(until),
            samples={when: scenario.when(when) for when in samples},
        )
        trio.run(simulation.run)
        self.result: RunResult = result_of(simulation)
        self.region: Region = simulation.region
        self.droplets = scenario.droplets

    def at_min(self, milestone: str) -> float | None:
        """Minutes after T0 at which a milestone happened."""
        return self.result.milestones[milestone].t_min

    def value(self, when: str, name: str) -> float:
        """A measured value at one of the `samples`."""
        return self.result.samples[when][name]


# Nobody does anything.


@pytest.fixture(scope="module")
def nobody_acts() -> Night:
    return Night("05:40", script="none", samples=("00:00", "02:40", "05:30"))


def test_without_operators_the_endpoint_stays_empty(nobody_acts: Night) -> None:
    route53 = nobody_acts.region.dns.route53.snapshot()
    assert nobody_acts.at_min("dns_record_empty") is not None
    assert route53.answer_count == 0
    assert nobody_acts.result.actions == ()


def test_without_operators_no_lost_lease_is_ever_established_again(nobody_acts: Night) -> None:
    established = [nobody_acts.value(when, "dwfm.established_total") for when in ("00:00", "05:30")]
    assert established[0] == established[1]
    broken = [nobody_acts.value(when, "dwfm.broken") for when in ("00:00", "02:40", "05:30")]
    assert broken == sorted(broken)
    assert broken[-1] > 0.99 * nobody_acts.droplets


def test_without_operators_nothing_recovers_by_itself(nobody_acts: Night) -> None:
    assert nobody_acts.at_min("dynamodb_recovered") is None
    assert nobody_acts.at_min("dwfm_all_leased") is None
    (window,) = nobody_acts.result.windows["DynamoDB"]
    assert window.end_t_min is None
    still_down = {
        name
        for name, service in nobody_acts.result.services.items()
        if service.windows and service.windows[-1].end_t_min is None
    }
    assert {"lambda", "sts", "iam", "ecs", "connect", "redshift"} <= still_down


# DNS is repaired, DWFM is left to itself.


@pytest.fixture(scope="module")
def only_dns_repaired() -> Night:
    return Night(
        "06:40",
        left_out=("dwfm.throttle", "dwfm.restart_hosts"),
        samples=("02:40", "04:13", "06:30"),
    )


def test_dynamodb_recovers_when_its_records_are_restored(only_dns_repaired: Night) -> None:
    at = only_dns_repaired.at_min("dynamodb_recovered")
    assert at == pytest.approx(172, abs=3)


def test_the_lease_backlog_never_drains_by_itself(only_dns_repaired: Night) -> None:
    assert only_dns_repaired.at_min("dwfm_all_leased") is None
    for when in ("04:13", "06:30"):
        assert only_dns_repaired.value(when, "dwfm.broken") > 0.9 * only_dns_repaired.droplets


def test_in_congestive_collapse_no_establishment_completes(only_dns_repaired: Night) -> None:
    moments = ("02:40", "04:13", "06:30")
    established = {only_dns_repaired.value(when, "dwfm.established_total") for when in moments}
    assert len(established) == 1
    queues = [only_dns_repaired.value(when, "dwfm.queue") for when in moments]
    assert all(queue > 0.1 * only_dns_repaired.droplets for queue in queues)


# Enactors check again at each write.


@pytest.fixture(scope="module")
def rechecking() -> Night:
    return Night("05:00", ("dns.guard.recheck_each_write", "true"))


def test_with_a_check_at_each_write_there_is_no_outage(rechecking: Night) -> None:
    happened = [
        event.id
        for event in reference_milestones()
        if event.kind == "emergent" and rechecking.at_min(event.id) is not None
    ]
    assert happened == []
    assert all(windows == () for windows in rechecking.result.windows.values())
    assert all(service.windows == () for service in rechecking.result.services.values())
    assert rechecking.region.dns.route53.snapshot().answer_count > 0


def test_with_a_check_at_each_write_no_law_is_broken(rechecking: Night) -> None:
    broken = [name for name, law in rechecking.result.checkers.items() if not law.held]
    assert broken == []
    assert rechecking.result.series["dns.stale_overwrites_total"].last == 0


def test_with_a_check_at_each_write_operators_find_nothing_to_do(rechecking: Night) -> None:
    results = [(done.id, done.result) for done in rechecking.result.actions]
    assert len(results) >= 6
    assert results == [(action, "not needed") for action, _ in results]


# Other parameters of DWFM that fit as well.


def test_the_equivalent_set_of_dwfm_parameters_gives_the_same_recovery() -> None:
    night = Night(
        "05:50",
        ("dwfm.state_check_s", "180"),
        ("dwfm.establish_cost", "15"),
        left_out=("dwfm.restart_hosts",),
        acts=("dwfm.restart_hosts:zones=all,zone_gap_s=393@04:14",),
        samples=("02:24", "04:13"),
    )
    assert night.value("02:24", "dwfm.broken") == pytest.approx(
        0.6 * night.droplets, abs=0.05 * night.droplets
    )
    assert night.value("04:13", "dwfm.broken") > 0.9 * night.droplets
    assert night.at_min("dwfm_all_leased") == pytest.approx(340, abs=6)
