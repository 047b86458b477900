"""Looking at the zone of DynamoDB, and repairing it by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from outage_engine.world import World

Build = Callable[..., Any]
INSPECT, STOP = "dns.inspect", "dns.stop_automation"
RESTORE, RESTART = "dns.restore_from_rollback", "dns.restart_enactors"


def test_a_look_shows_what_is_broken_and_changes_nothing(dns_night: Build) -> None:
    night = dns_night(f"{INSPECT}@T-10m", f"{INSPECT}@T+2m", until_min=3)
    assert [result for _, result in night.results] == ["not needed", "done"]
    assert ": 0 addresses, alias to plan-" in night.details[1]
    assert night.addresses == 0


def test_a_look_at_route_53_does_not_show_what_resolvers_still_hold(dns_night: Build) -> None:
    acts = (f"{STOP}@T+3m", f"{RESTORE}@T+4m", f"{INSPECT}@T+5m")
    night = dns_night(*acts, until_min=6)
    assert night.results[2] == (INSPECT, "not needed")
    assert night.region.dns.customers.snapshot().empty_share > 0.1


def test_nothing_is_restored_while_nothing_is_broken(dns_night: Build) -> None:
    night = dns_night(f"{RESTORE}@T-5m", until_min=-4)
    assert night.results == [(RESTORE, "not needed")]


def test_a_repair_beside_running_automation_is_refused(dns_night: Build) -> None:
    night = dns_night(f"{RESTORE}@T+3m", until_min=4)
    assert night.results[0][1].startswith("refused: enactor-")
    assert "stop the automation first" in night.results[0][1]
    assert night.addresses == 0


def test_a_repair_by_force_beside_running_automation_is_overwritten_at_once(
    dns_night: Build,
) -> None:
    night = dns_night(f"{RESTORE}:force=yes@T+3m", until_min=4)
    assert night.results == [(RESTORE, "done")]
    assert "may overwrite it" in night.details[0]
    (restored_min,) = night.lines("point to their rollback trees again")
    assert restored_min == pytest.approx(3.0, abs=0.1)
    assert night.region.dns.route53.snapshot().lock_holder.startswith("enactor-")
    assert "blocked" not in night.enactors


def test_the_repair_brings_addresses_back_and_caches_follow(dns_night: Build) -> None:
    night = dns_night(f"{STOP}@T+3m", f"{RESTORE}@T+4m", until_min=20)
    assert [result for _, result in night.results] == ["done", "done"]
    assert night.addresses > 0
    assert night.region.dns.customers.snapshot().empty_share == 0.0


def test_a_repair_fails_where_the_rollback_tree_is_gone_too(dns_night: Build) -> None:
    def clean_up(world: World) -> None:
        zone = world.actor("route53")
        rollback = zone.snapshot().rollback_generation  # type: ignore[attr-defined]
        zone._zone.delete_plan(rollback)  # type: ignore[attr-defined]

    night = dns_night(f"{STOP}@T+3m", f"{RESTORE}@T+5m", until_min=6, faults=[(4, clean_up)])
    assert night.results[1][1].startswith("refused: the rollback tree of dynamodb.us-east-1")
    assert night.addresses == 0


def test_a_dead_enactor_keeps_the_repair_waiting_until_it_is_forced(dns_night: Build) -> None:
    def kill(world: World) -> None:
        world.kill("enactor-3")

    acts = (f"{STOP}@T+3m", f"{RESTORE}@T+5m", f"{RESTORE}:force=yes@T+6m")
    night = dns_night(*acts, until_min=8, faults=[(2, kill)])
    assert [result for _, result in night.results] == [
        "refused: no answer from enactor-3",
        "refused: enactor-3 still changes records; stop the automation first",
        "done",
    ]
    assert night.region.dns.route53.snapshot().lock_holder == "operators"
    assert night.addresses > 0


@pytest.mark.parametrize("seed", range(1, 13))
def test_a_race_that_is_staged_completes_where_deleted_plans_are_refused(
    dns_night: Build, seed: int
) -> None:
    settings = [("dns.deleted_plan", "refused"), ("seed", str(seed))]
    night = dns_night(until_min=2, settings=settings)
    assert night.region.dns.route53.snapshot().races == 1
    assert night.addresses == 0
