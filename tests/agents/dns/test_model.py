"""Every order of events of a small model: where it breaks, and what each guard does about it."""

import pytest

from outage_agents.dns_model import Exploration, ModelRules, ModelState, explore
from outage_agents.dns_plan import REGIONAL, Plan, tree_of
from outage_agents.hosted_zone import (
    DONE,
    NO_ROLLBACK_TARGET,
    ChangeBatch,
    CreateTree,
    HostedZone,
    PointEndpoint,
    PointRollback,
    SwapText,
)


def with_guards(**guards: bool) -> Exploration:
    return explore(ModelRules(2, 5, 2, **guards))


@pytest.mark.parametrize(("plans", "age"), [(4, 2), (5, 2), (5, 3), (6, 4)])
def test_the_shortest_way_to_a_broken_endpoint_takes_2a_plus_5_steps(plans: int, age: int) -> None:
    found = explore(ModelRules(2, plans, age))
    assert len(found.path_to(found.broken[0])) == 2 * age + 5


def test_the_counts_of_this_model() -> None:
    found = explore(ModelRules(2, 4, 2))
    assert (len(found.paths), found.transitions, len(found.broken)) == (424, 900, 20)
    found = explore(ModelRules(2, 5, 2))
    assert (len(found.paths), found.transitions, len(found.broken)) == (893, 1992, 52)


def test_the_last_two_steps_are_the_race() -> None:
    found = explore(ModelRules(2, 4, 2))
    *_, stale_write, clean_up = found.path_to(found.broken[0])
    assert (stale_write.kind, clean_up.kind) == ("write", "clean up")
    assert stale_write.enactor != clean_up.enactor
    assert clean_up.plan - stale_write.plan >= 2


def test_one_enactor_alone_never_breaks_anything() -> None:
    found = explore(ModelRules(1, 6, 2))
    assert not found.broken
    assert found.stale_writes == 0


def test_no_broken_state_is_left_again_by_automation() -> None:
    found = with_guards()
    assert not any(found.recoverable(state) for state in found.broken)


def test_rechecking_each_write_leaves_no_broken_state_at_all() -> None:
    found = with_guards(recheck_each_write=True)
    assert not found.broken
    assert not any(state.rollback_broken for state in found.paths)
    assert found.stale_writes == 0


def test_sparing_the_active_plan_keeps_the_endpoint_but_not_the_rollback_alias() -> None:
    found = with_guards(spare_active_plan=True)
    assert not found.broken
    assert any(state.rollback_broken for state in found.paths)
    assert found.stale_writes > 0


def test_sparing_both_breaks_nothing_and_still_serves_stale_plans() -> None:
    found = with_guards(spare_active_plan=True, spare_rollback=True)
    assert not found.broken
    assert not any(state.rollback_broken for state in found.paths)
    assert found.stale_writes > 0


def test_sparing_the_active_plan_is_not_enough_where_a_deleted_plan_can_be_written() -> None:
    assert with_guards(spare_active_plan=True, made_in_advance=True).broken


def test_an_enactor_that_may_repair_breaks_as_often_and_always_recovers() -> None:
    found = with_guards(repair_missing_target=True)
    assert len(found.broken) >= len(with_guards().broken)
    assert all(found.recoverable(state) for state in found.broken)


def test_the_actors_hosted_zone_follows_the_same_rules_on_every_path() -> None:
    found = explore(ModelRules(2, 4, 2))
    for state in found.paths:
        assert zone_after(found, state) == (state.target, state.rollback, state.trees)
        if state.broken:
            zone = replayed(found, state)
            assert zone.apply(batch(zone, 9)) == NO_ROLLBACK_TARGET


def replayed(found: Exploration, state: ModelState) -> HostedZone:
    """The zone after the same steps; plan g of the model is generation g + 1."""
    zone = HostedZone((REGIONAL,), ("198.18.0.1",))
    zone.publish(Plan(1, (1,)))
    for move in found.path_to(state):
        if move.kind == "write":
            assert zone.apply(batch(zone, move.plan + 1)) == DONE
        elif move.kind == "clean up":
            for generation in zone.generations():
                if generation - 1 <= move.plan - found.rules.age:
                    zone.delete_plan(generation)
    return zone


def zone_after(found: Exploration, state: ModelState) -> tuple[int, int, int]:
    zone = replayed(found, state)
    records = zone.read(REGIONAL)
    trees = sum(1 << (generation - 1) for generation in zone.generations())
    return records.target - 1, records.rollback - 1, trees


def batch(zone: HostedZone, generation: int) -> ChangeBatch:
    """The batch of an Enactor that has just read the endpoint's records."""
    current = zone.read(REGIONAL)
    again = current.target == generation
    return ChangeBatch(
        REGIONAL,
        SwapText(current.lock, f"enactor {generation}"),
        None if again else CreateTree(generation, tree_of(Plan(generation, (1,)), 0)),
        None if again else PointRollback(current.target),
        PointEndpoint(generation, False),
    )
