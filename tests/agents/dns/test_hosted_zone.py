"""Laws of the hosted zone: batches are all or nothing, locks are compare-and-swap."""

from hypothesis import given
from hypothesis import strategies as st

from outage_agents.dns_plan import Plan, Tree, endpoint_names, tree_of
from outage_agents.hosted_zone import (
    BLOCKED,
    DONE,
    NO_ROLLBACK_TARGET,
    PLAN_DELETED,
    STALE,
    ChangeBatch,
    CreateTree,
    HostedZone,
    PointEndpoint,
    PointRollback,
    SwapText,
)

ENDPOINTS = endpoint_names(3)
TREE = Tree((0, 1), (100, 50))
FIRST = ENDPOINTS[0]


def a_zone(deleted_plan: str = "recreated", *, never_publish_empty: bool = False) -> HostedZone:
    zone = HostedZone(
        ENDPOINTS,
        ("198.18.0.1", "198.18.0.2"),
        deleted_plan=deleted_plan,
        never_publish_empty=never_publish_empty,
    )
    zone.publish(Plan(1, (100, 100)))
    return zone


def a_batch(
    generation: int,
    *,
    lock: str = "",
    new_lock: str = "e 1",
    rollback: int | None = 1,
    endpoint: str = FIRST,
    only_if_newer: bool = False,
) -> ChangeBatch:
    return ChangeBatch(
        endpoint,
        SwapText(lock, new_lock),
        CreateTree(generation, TREE),
        None if rollback is None else PointRollback(rollback),
        PointEndpoint(generation, only_if_newer),
    )


def everything(zone: HostedZone) -> object:
    return (
        [zone.read(name) for name in ENDPOINTS],
        zone.generations(),
        [zone.resolve(name) for name in ENDPOINTS],
    )


steps = st.lists(
    st.one_of(
        st.builds(
            a_batch,
            st.integers(1, 6),
            lock=st.sampled_from(["", "e 1", "e 2"]),
            new_lock=st.sampled_from(["e 1", "e 2"]),
            rollback=st.one_of(st.none(), st.integers(1, 6)),
            endpoint=st.sampled_from(ENDPOINTS),
            only_if_newer=st.booleans(),
        ),
        st.integers(1, 6),
    ),
    max_size=20,
)


@given(steps, st.sampled_from(["recreated", "refused"]))
def test_a_refused_batch_changes_nothing_and_a_good_one_everything(
    plan_steps: list[ChangeBatch | int], reading: str
) -> None:
    zone = a_zone(reading)
    for step in plan_steps:
        if isinstance(step, int):
            zone.delete_plan(step)
            continue
        before = everything(zone)
        if zone.apply(step) != DONE:
            assert everything(zone) == before
            continue
        records = zone.read(step.endpoint)
        assert records.lock == step.lock.new
        assert records.target == step.alias.generation
        assert zone.tree_exists(records.target, step.endpoint)
        if step.rollback is not None:
            assert records.rollback == step.rollback.generation
            assert zone.tree_exists(records.rollback, step.endpoint)


@given(steps)
def test_with_both_guards_no_alias_ever_loses_its_target(
    plan_steps: list[ChangeBatch | int],
) -> None:
    zone = a_zone()
    for step in plan_steps:
        if isinstance(step, int):
            assert not zone.delete_plan(step, spare_active=True, spare_rollback=True)
        else:
            zone.apply(step)
        for name in ENDPOINTS:
            assert zone.resolve(name)
            assert zone.tree_exists(zone.read(name).rollback, name)


def test_of_two_that_read_the_same_lock_one_is_blocked() -> None:
    zone = a_zone()
    assert zone.apply(a_batch(2, new_lock="enactor-1 10")) == DONE
    assert zone.apply(a_batch(3, new_lock="enactor-2 10")) == BLOCKED


def test_a_deleted_plan_leaves_a_name_without_an_address() -> None:
    zone = a_zone()
    assert zone.delete_plan(1) == ENDPOINTS
    assert zone.resolve(FIRST) == ()
    assert zone.broken_endpoints() == ENDPOINTS


def test_the_rollback_alias_cannot_be_pointed_to_what_is_gone() -> None:
    zone = a_zone()
    zone.delete_plan(1)
    assert zone.apply(a_batch(2)) == NO_ROLLBACK_TARGET
    assert zone.apply(a_batch(2, rollback=None)) == DONE


def test_restoring_points_the_endpoint_to_its_rollback_tree() -> None:
    zone = a_zone()
    zone.apply(a_batch(2))
    zone.delete_plan(2)
    assert zone.restore_from_rollback(FIRST, "operators 9")
    assert zone.read(FIRST).target == 1
    assert zone.resolve(FIRST)


def test_restoring_fails_when_the_rollback_tree_is_gone_too() -> None:
    zone = a_zone()
    zone.delete_plan(1)
    assert not zone.restore_from_rollback(FIRST, "operators 9")


def test_a_recreated_plan_serves_again_and_a_refused_one_does_not() -> None:
    for reading, expected in (("recreated", DONE), ("refused", PLAN_DELETED)):
        zone = a_zone(reading)
        zone.apply(a_batch(3))
        zone.delete_plan(2)
        assert zone.apply(a_batch(2, lock="e 1", rollback=3)) == expected


def test_an_older_generation_is_refused_when_newer_is_demanded() -> None:
    zone = a_zone()
    zone.apply(a_batch(3))
    assert zone.apply(a_batch(2, lock="e 1", rollback=3, only_if_newer=True)) == STALE


def test_the_last_answer_is_served_when_no_empty_one_may_be() -> None:
    zone = a_zone(never_publish_empty=True)
    before = zone.resolve(FIRST)
    zone.delete_plan(1)
    assert zone.resolve(FIRST) == before
    assert zone.broken_endpoints()


def test_a_plan_gives_every_endpoint_an_address_even_when_its_balancers_are_out() -> None:
    plan = Plan(7, (0,) * 10)
    for place in range(30):
        tree = tree_of(plan, place)
        assert tree.balancers
        assert all(weight > 0 for weight in tree.weights)


def test_endpoint_names_differ_and_the_regional_one_comes_first() -> None:
    names = endpoint_names(300)
    assert len(set(names)) == 300
    assert names[0] == "dynamodb.us-east-1.amazonaws.com"
    assert any("fips" in name for name in names)
    assert any(name.endswith(".api.aws") for name in names)
