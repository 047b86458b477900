"""Operators carry out a script: who is told what, when, and what is known of it afterwards."""

import attrs

from outage_agents.actions import ScheduledAction, Script, find_action, load_script
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.operators import ActNow, Operators
from outage_agents.scenario import Scenario
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND
from outage_engine.world import World

ENACTORS = ("enactor-1", "enactor-2", "enactor-3")
SHARDS = tuple(f"dwfm-az{zone}-{shard}" for zone in range(1, 7) for shard in range(1, 5))
ZONES = tuple(f"nlb-az{zone}" for zone in range(1, 7))
CAST = (
    "planner",
    *ENACTORS,
    "route53",
    "resolver-customers",
    "resolver-internal",
    "resolver-ec2",
    *SHARDS,
    "ec2-api",
    "network-manager",
    *ZONES,
    "health-check-az1-1",
    "service-lambda",
    "service-redshift",
)


class Component(Actor):
    """Notes each order with its time, and answers as told; None: it never answers."""

    def __init__(self, name: str, orders: "list[Heard]", answer: str | None) -> None:
        super().__init__(name)
        self._orders = orders
        self._says = answer

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            assert isinstance(envelope.message, ActionOrder)
            order = envelope.message
            self._orders.append(Heard(self.world.now, self.name, order.id, order.args))
            if self._says is not None:
                envelope.reply(ActionResult(self._says, f"{self.name} says so"))


@attrs.frozen
class Heard:
    """An order, as a component heard it."""

    t_ns: int
    component: str
    id: str
    args: tuple[tuple[str, float | str], ...]


@attrs.frozen
class Night:
    """A world with operators in it, and what the components heard."""

    world: World
    operators: Operators
    heard: list[Heard]

    def results(self) -> list[tuple[str, str]]:
        return [(done.id, done.result) for done in self.operators.log]

    def told(self, action_id: str) -> list[str]:
        return [heard.component for heard in self.heard if heard.id == action_id]


def night(
    script: Script,
    answers: dict[str, str | None] | None = None,
    *,
    otherwise: str = "done",
    cast: tuple[str, ...] = CAST,
) -> Night:
    """Operators among components that answer `done`, or what `answers` says for them."""
    world = World(seed=1)
    heard: list[Heard] = []
    for name in cast:
        world.add(Component(name, heard, (answers or {}).get(name, otherwise)))
    operators = Operators(script, cast)
    world.add(operators)
    return Night(world, operators, heard)


def at(minute: float, action_id: str, **args: float | str) -> ScheduledAction:
    """An entry of a script, with the action's defaults."""
    given = {a.name: args.get(a.name, a.default) for a in find_action(action_id).arguments}
    return ScheduledAction(action_id, round(minute * MINUTE), tuple(given.items()))


def test_each_action_goes_to_its_components() -> None:
    expected = {
        "dns.inspect": ("route53",),
        "dns.rpz_override": ("resolver-internal",),
        "dns.stop_automation": ENACTORS,
        "dns.restore_from_rollback": ("route53",),
        "dns.restart_enactors": ENACTORS,
        "dns.flush_caches": ("resolver-customers", "resolver-internal", "resolver-ec2"),
        "dwfm.throttle": SHARDS,
        "dwfm.drop_stale_work": SHARDS,
        "ec2.throttle_launches": ("ec2-api",),
        "ec2.relax_throttle": ("ec2-api",),
        "nm.reduce_load": ("network-manager",),
        "nm.add_capacity": ("network-manager",),
        "nlb.disable_failover": ZONES,
        "nlb.enable_failover": ZONES,
        "nlb.set_velocity_limit": ZONES,
        "lambda.restore_pollers": ("service-lambda",),
        "lambda.throttle_async": ("service-lambda",),
        "lambda.relax_async": ("service-lambda",),
        "redshift.stop_replacements": ("service-redshift",),
        "app.rollback_deploy": (),
    }
    there = night(tuple(at(minute, name) for minute, name in enumerate(expected, 1)))
    there.world.simulate(30 * MINUTE)
    for name, components in expected.items():
        assert tuple(there.told(name)) == components, name
    assert there.results() == [(name, "done") for name in expected]


def test_an_action_takes_effect_at_its_moment_with_its_arguments() -> None:
    there = night((at(5, "nm.reduce_load", inflow=0.4), at(3, "dns.inspect")))
    there.world.simulate(10 * MINUTE)
    assert [(h.id, h.t_ns // SECOND) for h in there.heard] == [
        ("dns.inspect", 180),
        ("nm.reduce_load", 300),
    ]
    assert there.heard[1].args == (("inflow", 0.4),)
    done = there.operators.log[1]
    assert (done.id, done.t_ns, done.args) == ("nm.reduce_load", 5 * MINUTE, (("inflow", 0.4),))
    assert done.detail == "network-manager says so"


def test_actions_of_the_same_moment_keep_the_order_of_the_script() -> None:
    there = night((at(5, "dwfm.throttle"), at(5, "dwfm.restart_hosts"), at(5, "dns.inspect")))
    there.world.simulate(6 * MINUTE)
    assert [name for name, _ in there.results()] == [
        "dwfm.throttle",
        "dwfm.restart_hosts",
        "dns.inspect",
    ]


def test_hosts_are_restarted_zone_by_zone() -> None:
    there = night((at(10, "dwfm.restart_hosts"),))
    there.world.simulate(60 * MINUTE)
    zones = [(h.component[5:8], h.t_ns // SECOND - 600) for h in there.heard]
    assert zones == [(f"az{1 + k}", k * 338) for k in range(6) for _ in range(4)]


def test_only_the_zones_named_are_restarted() -> None:
    there = night((at(10, "dwfm.restart_hosts", zones="3+1", zone_gap_s=60.0),))
    there.world.simulate(20 * MINUTE)
    zones = [(h.component[5:8], h.t_ns // SECOND - 600) for h in there.heard]
    assert zones == [("az3", 0)] * 4 + [("az1", 60)] * 4


def test_between_two_zones_operators_do_other_things() -> None:
    there = night((at(10, "dwfm.restart_hosts"), at(12, "dns.inspect")))
    there.world.simulate(60 * MINUTE)
    ids = [heard.id for heard in there.heard]
    assert ids[:4] == ["dwfm.restart_hosts"] * 4
    assert ids[4] == "dns.inspect"
    assert ids[5:] == ["dwfm.restart_hosts"] * 20


def test_any_refusal_makes_the_action_refused() -> None:
    there = night((at(1, "dns.stop_automation"),), {"enactor-2": "refused: it is busy"})
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("dns.stop_automation", "refused: it is busy")]


def test_what_one_component_did_is_done_though_others_had_nothing_to_do() -> None:
    there = night((at(1, "dwfm.throttle"),), {"dwfm-az3-2": "done"}, otherwise="not needed")
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("dwfm.throttle", "done")]


def test_an_action_whose_fault_is_absent_everywhere_was_not_needed() -> None:
    there = night(load_script("as-history", Scenario.load()), otherwise="not needed")
    there.world.simulate(16 * 60 * MINUTE)
    assert len(there.results()) == 14
    assert {result for _, result in there.results()} == {"not needed"}


def test_a_zone_that_needed_its_restart_counts_though_the_first_did_not() -> None:
    shard = {"dwfm-az4-2": "done"}
    there = night((at(1, "dwfm.restart_hosts"),), dict(shard), otherwise="not needed")
    there.world.simulate(60 * MINUTE)
    assert there.results() == [("dwfm.restart_hosts", "done")]
    assert there.operators.log[0].t_ns == MINUTE


def test_no_answer_is_a_refusal_that_names_who_was_silent() -> None:
    there = night((at(1, "nm.reduce_load"), at(2, "dns.inspect")), {"network-manager": None})
    there.world.simulate(5 * MINUTE)
    assert there.results() == [
        ("nm.reduce_load", "refused: no answer from network-manager"),
        ("dns.inspect", "done"),
    ]


def test_a_component_that_is_not_in_the_run_has_no_fault_to_mend() -> None:
    there = night((at(1, "nlb.disable_failover"),), cast=("route53",))
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("nlb.disable_failover", "not needed")]


def test_a_decoy_is_done_and_changes_nothing() -> None:
    there = night((at(1, "app.rollback_deploy"),))
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("app.rollback_deploy", "done")]
    assert there.heard == []


def test_an_action_added_live_is_carried_out_in_its_turn() -> None:
    there = night((at(20, "dns.inspect"),))
    there.world.call_at(5 * MINUTE, there.operators.act, at(10, "nm.reduce_load"))
    there.world.call_at(6 * MINUTE, there.operators.act, at(1, "dns.stop_automation"))
    there.world.simulate(30 * MINUTE)
    assert [(done.id, done.t_ns // MINUTE) for done in there.operators.log] == [
        ("dns.stop_automation", 6),
        ("nm.reduce_load", 10),
        ("dns.inspect", 20),
    ]


def test_another_actor_may_ask_for_an_action() -> None:
    class Player(Actor):
        async def main(self) -> None:
            await self.sleep(3 * MINUTE)
            self.send("operators", ActNow(at(0, "dns.inspect")))

    there = night(())
    there.world.add(Player("player"))
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("dns.inspect", "done")]


def test_the_view_shows_what_is_done_and_what_is_ahead() -> None:
    there = night((at(2, "dns.inspect"), at(9, "dwfm.restart_hosts"), at(4, "nm.reduce_load")))
    there.world.simulate(3 * MINUTE)
    view = there.operators.snapshot()
    assert [done.id for done in view.done] == ["dns.inspect"]
    assert [entry.id for entry in view.ahead] == ["nm.reduce_load", "dwfm.restart_hosts"]
    assert there.operators.snapshot() == view


def test_the_same_script_gives_the_same_digest() -> None:
    digests = []
    for _ in range(2):
        there = night(load_script("as-history", Scenario.load()))
        there.world.simulate(16 * 60 * MINUTE)
        digests.append(there.world.digest)
    assert digests[0] == digests[1]
