"""Stopping, restarting the DNS Enactors: when that is possible, what it does, what it undoes."""

from collections.abc import Callable
from typing import Any

from outage_engine.world import World

Build = Callable[..., Any]
STOP, RESTART = "dns.stop_automation", "dns.restart_enactors"
RESTORE = "dns.restore_from_rollback"


def test_healthy_enactors_need_no_stopping_and_stuck_ones_do(dns_night: Build) -> None:
    night = dns_night(f"{STOP}@T-13m", f"{STOP}@T+5m", f"{STOP}@T+7m", until_min=8)
    assert night.results == [(STOP, "not needed"), (STOP, "done"), (STOP, "not needed")]


def test_healthy_enactors_need_no_restart(dns_night: Build) -> None:
    night = dns_night(f"{RESTART}@T-13m", until_min=-12)
    assert night.results == [(RESTART, "not needed")]
    assert night.lines("restarted") == []


def test_healthy_enactors_stop_when_forced_and_then_no_plan_is_applied(dns_night: Build) -> None:
    night = dns_night(f"{STOP}:force=yes@T-13m", until_min=-3)
    assert night.results == [(STOP, "done")]
    assert night.enactors == ["stopped"] * 3
    served = night.region.dns.route53.snapshot().target_generation
    assert night.region.dns.planner.snapshot().newest_generation > served + 5
    assert night.addresses > 0


def test_the_laggard_stopped_in_time_cannot_lose_the_race(dns_night: Build) -> None:
    night = dns_night(f"{STOP}@T-1m", until_min=5)
    assert night.results == [(STOP, "done")]
    assert night.region.dns.route53.snapshot().races == 0
    assert night.addresses > 0


def test_stopped_enactors_leave_the_repair_alone(dns_night: Build) -> None:
    night = dns_night(f"{STOP}@T+3m", f"{RESTORE}@T+4m", until_min=12)
    assert night.results == [(STOP, "done"), (RESTORE, "done")]
    assert night.addresses > 0
    assert night.enactors == ["stopped"] * 3
    assert night.region.dns.route53.snapshot().lock_holder == "operators"


def test_an_enactor_that_does_not_answer_is_not_stopped(dns_night: Build) -> None:
    def pause(world: World) -> None:
        world.pause("enactor-2")

    night = dns_night(f"{STOP}@T+3m", f"{RESTORE}@T+5m", until_min=6, faults=[(2, pause)])
    (_, stopped), (_, restored) = night.results
    assert stopped == "refused: no answer from enactor-2"
    assert restored.startswith("refused: enactor-2 still changes records")
    assert night.enactors[0] == night.enactors[2] == "stopped"


def test_restarted_enactors_are_stuck_again_within_a_minute(dns_night: Build) -> None:
    night = dns_night(f"{RESTART}@T+3m", until_min=5)
    assert night.results == [(RESTART, "done")]
    assert night.enactors == ["blocked"] * 3
    assert night.addresses == 0


def test_a_restart_undoes_the_stop_so_that_a_repair_by_hand_is_refused(dns_night: Build) -> None:
    acts = (f"{STOP}@T+3m", f"{RESTART}@T+4m", f"{RESTORE}@T+6m")
    night = dns_night(*acts, until_min=7)
    assert [result for _, result in night.results[:2]] == ["done", "done"]
    assert night.results[2][1].startswith("refused: enactor-")
    assert night.addresses == 0


def test_after_the_repair_a_restart_brings_the_newest_plan(dns_night: Build) -> None:
    acts = (f"{STOP}@T+3m", f"{RESTORE}@T+4m", f"{RESTART}@T+6m")
    night = dns_night(*acts, until_min=9)
    assert [result for _, result in night.results] == ["done"] * 3
    newest = night.region.dns.planner.snapshot().newest_generation
    assert night.region.dns.route53.snapshot().target_generation >= newest - 1
    assert night.addresses > 0


def test_a_healthy_enactor_restarted_by_force_loses_its_pass_and_starts_anew(
    dns_night: Build,
) -> None:
    night = dns_night(f"{RESTART}:force=yes@T-12m", until_min=-10)
    assert night.results == [(RESTART, "done")]
    assert len(night.lines("restarted by operators")) == 3
    newest = night.region.dns.planner.snapshot().newest_generation
    assert night.region.dns.route53.snapshot().target_generation >= newest - 1
