"""23:48 to 02:40: the name goes empty, stays empty, is repaired by hand, and caches follow."""

from collections.abc import Callable

import pytest

from outage_agents.parameters.dns import DnsGuards

from .conftest import REPAIR, T0_MIN, DnsStage

Build = Callable[..., DnsStage]


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_race_completes_at_2348_on_every_seed(stage: Build, seed: int) -> None:
    night = stage(seed).run(3)
    emptied = night.route53.since_ns / 60e9 - T0_MIN
    assert night.route53.state == "empty"
    assert -0.5 < emptied < 0.5
    assert night.total("dns.races_total") == 1
    assert night.total("dns.stale_overwrites_total") >= 1


def test_where_deleted_plans_stay_deleted_the_laggard_breaks_it_or_comes_too_late(
    stage: Build,
) -> None:
    nights = [stage(seed, deleted_plan="refused").run(3) for seed in (1, 2, 3, 4)]
    assert any(night.route53.state == "empty" for night in nights)
    for night in nights:
        too_late = night.lines(f"refused at {night.route53.endpoint}", "plan deleted")
        assert (night.route53.state == "empty") != bool(too_late)


def test_a_note_says_that_the_delay_is_staged(stage: Build) -> None:
    assert stage().run(1).lines("staged", "cause is unknown")


def test_the_endpoint_points_to_a_tree_that_is_gone_while_its_rollback_tree_is_there(
    stage: Build,
) -> None:
    found = stage().run(20).view
    assert not found.target_exists
    assert found.rollback_exists
    assert found.answer_count == 0
    assert found.target_generation < found.rollback_generation < found.newest_generation


def test_every_enactor_gets_stuck_and_stays_stuck(stage: Build) -> None:
    night = stage().run(20)
    assert [enactor.state for enactor in night.enactors] == ["blocked"] * 3
    assert all("rollback target missing" in enactor.note for enactor in night.enactors)
    assert len(night.lines("stuck at")) == 3


def test_nothing_recovers_by_itself(stage: Build) -> None:
    night = stage().run(100)
    assert night.route53.answer_count == 0
    assert night.dynamodb.error_rate > 0.99
    assert night.resolvers("resolver-customers").empty_share == 1.0


def test_the_repair_brings_everybody_back_as_it_did(stage: Build) -> None:
    night = stage(script=REPAIR, resolvers=2000).run(180)
    assert [result.result for _, _, result in night.operators.results] == ["done"] * 5
    half = night.t_min("dns.customers_empty_share", lambda share: share <= 0.5, after=150)
    recovered = night.t_min("dns.customers_empty_share", lambda share: share < 0.01, after=150)
    caught_up = night.t_min("dns.replication_lag_s", lambda lag_s: lag_s < 10, after=150)
    assert half == pytest.approx(164.5, abs=1)
    assert recovered == pytest.approx(172, abs=1)
    assert caught_up == pytest.approx(164, abs=1.5)
    assert night.dynamodb.error_rate < 0.01


def test_the_internal_network_is_back_with_the_override_and_others_are_not(stage: Build) -> None:
    night = stage(script=REPAIR[:1]).run(90)
    assert night.resolvers("resolver-internal").empty_share == 0.0
    assert night.resolvers("resolver-customers").empty_share == 1.0
    assert night.resolvers("resolver-ec2").empty_share == 1.0
    assert night.view.override


def test_resolvers_without_a_long_negative_cache_are_back_at_once(stage: Build) -> None:
    night = stage(script=REPAIR).run(157.5)
    assert night.resolvers("resolver-ec2").empty_share == 0.0
    assert night.resolvers("resolver-customers").empty_share > 0.9


def test_established_connections_outlive_the_name(stage: Build) -> None:
    night = stage(connection_life_s=600.0).run(2.0)
    assert night.route53.state == "empty"
    assert 0.0 < night.dynamodb.error_rate < 0.3


def test_flushing_caches_helps_after_the_repair_only(stage: Build) -> None:
    flush = "dns.flush_caches"
    script = (
        (140.0, flush, "resolver-customers"),
        *REPAIR[1:],
        (158.0, flush, "resolver-customers"),
    )
    night = stage(script=script).run(159)
    first, last = night.operators.results[0][2], night.operators.results[-1][2]
    assert "came back" in first.detail
    assert "have addresses again" in last.detail
    assert night.resolvers("resolver-customers").empty_share == 0.0


def test_restarting_the_enactors_changes_nothing(stage: Build) -> None:
    script = tuple((60.0, "dns.restart_enactors", f"enactor-{k}") for k in (1, 2, 3))
    night = stage(script=script).run(70)
    assert [result.result for _, _, result in night.operators.results] == ["done"] * 3
    assert night.route53.answer_count == 0
    assert [enactor.state for enactor in night.enactors] == ["blocked"] * 3


def test_the_zone_is_not_edited_while_the_automation_runs(stage: Build) -> None:
    night = stage(script=REPAIR[-1:]).run(158)
    assert night.operators.results[0][2].result.startswith("refused: enactor-")
    assert night.route53.answer_count == 0


def test_automation_that_is_started_again_after_the_repair_applies_new_plans(
    stage: Build,
) -> None:
    again = tuple((170.0, "dns.restart_enactors", f"enactor-{k}") for k in (1, 2, 3))
    night = stage(script=REPAIR + again).run(175)
    assert night.view.automation == "running"
    assert night.view.target_generation >= night.view.newest_generation - 1
    assert night.view.broken_endpoints == 0


def test_operators_find_nothing_to_do_when_nothing_broke(stage: Build) -> None:
    night = stage(script=REPAIR, guard=DnsGuards(recheck_each_write=True)).run(160)
    assert {result.result for _, _, result in night.operators.results} == {"not needed"}


@pytest.mark.parametrize("readings", ["recreated", "refused"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_the_recheck_the_released_laggard_is_refused_and_nothing_breaks(
    stage: Build, seed: int, readings: str
) -> None:
    guard = DnsGuards(recheck_each_write=True)
    night = stage(seed, guard=guard, deleted_plan=readings).run(5)
    assert night.lines("refused at", "takes the newest")
    assert night.total("dns.stale_overwrites_total") == 0
    assert night.total("dns.races_total") == 0
    assert night.held("dns.plan_in_use_is_never_deleted")
    assert night.view.state == "ok"


def test_a_plan_in_use_is_never_deleted_when_the_guard_is_on(stage: Build) -> None:
    night = stage(guard=DnsGuards(spare_active_plan=True)).run(5)
    assert night.held("dns.plan_in_use_is_never_deleted")
    assert night.held("dns.endpoint_is_never_empty")
    assert night.total("dns.stale_overwrites_total") >= 1, "a stale plan is served all the same"


def test_an_enactor_that_may_repair_breaks_as_often_but_recovers(stage: Build) -> None:
    night = stage(guard=DnsGuards(repair_missing_target=True)).run(5)
    assert night.total("dns.races_total") == 1
    assert night.view.state == "ok"
    assert night.view.broken_endpoints == 0


def test_never_publishing_an_empty_answer_hides_it(stage: Build) -> None:
    night = stage(guard=DnsGuards(never_publish_empty=True)).run(10)
    assert night.route53.answer_count > 0
    assert not night.route53.target_exists
    assert night.dynamodb.error_rate == 0.0
    assert [enactor.state for enactor in night.enactors] == ["blocked"] * 3


def test_batches_are_all_or_nothing_all_night(stage: Build) -> None:
    assert stage(script=REPAIR).run(180).held("dns.batch_is_all_or_nothing")


def test_the_same_seed_gives_the_same_night(stage: Build) -> None:
    digests = [stage(seed).run(1).world.digest for seed in (5, 5, 6)]
    assert digests[0] == digests[1] != digests[2]


def test_looking_changes_nothing(stage: Build) -> None:
    night = stage().run(1)
    before = night.world.digest
    assert night.view == night.view
    assert night.world.digest == before
