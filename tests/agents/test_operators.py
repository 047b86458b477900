"""Operators carry out a script: who is told what, when, and what is known of it afterwards."""

import attrs

from outage_agents.actions import ScheduledAction, Script, load_script, scheduled
from outage_agents.changes import ParameterChange
from outage_agents.faults import ScheduledFault
from outage_agents.inputs import Inputs
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.operators import Operators, names_of
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
    inputs: Inputs

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
    operators = Operators(cast)
    world.add(operators)
    scenario = Scenario.load().with_script(script)
    inputs = Inputs(scenario, world, operators, NoFaults(), NoParameters())
    return Night(world, operators, heard, inputs)


class NoFaults:
    """Nothing here is broken from outside."""

    def check(self, fault: ScheduledFault) -> None:
        raise AssertionError(f"{fault} in a test without faults")

    def begin(self, n: int, fault: ScheduledFault) -> None:
        self.check(fault)

    def end(self, n: int, fault: ScheduledFault) -> None:
        self.check(fault)


class NoParameters:
    """Nobody here reads one."""

    def change(self, change: ParameterChange) -> None:
        raise AssertionError(f"{change} in a test without parameters")


def at(minute: float, action_id: str, **args: float | str) -> ScheduledAction:
    """An entry of a script, with the action's defaults."""
    return scheduled(action_id, round(minute * MINUTE), args)


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


def test_orders_of_the_same_moment_reach_a_component_in_the_order_of_the_script() -> None:
    there = night((at(5, "dwfm.throttle"), at(5, "dwfm.restart_hosts"), at(5, "dns.inspect")))
    there.world.simulate(6 * MINUTE)
    shard = [heard.id for heard in there.heard if heard.component == "dwfm-az1-1"]
    assert shard == ["dwfm.throttle", "dwfm.restart_hosts"]
    assert {h.t_ns for h in there.heard} == {there.heard[0].t_ns}, "nobody waited for another"


def test_an_action_holds_up_no_other_while_a_component_is_silent() -> None:
    there = night((at(1, "nm.reduce_load"), at(1, "dns.inspect")), {"network-manager": None})
    there.world.simulate(5 * MINUTE)
    assert there.results() == [
        ("dns.inspect", "done"),
        ("nm.reduce_load", "refused: no answer from network-manager"),
    ]


def test_a_silent_component_holds_up_no_other_of_the_same_action() -> None:
    silent: dict[str, str | None] = dict.fromkeys(SHARDS[:12], None)
    there = night((at(1, "dwfm.throttle"),), silent)
    there.world.simulate(2 * MINUTE)
    assert len({heard.t_ns for heard in there.heard}) == 1
    assert there.results() == [("dwfm.throttle", "refused: no answer from dwfm-az1-1")]


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


def test_a_component_that_is_not_in_the_run_has_no_fault_to_mend() -> None:
    there = night((at(1, "nlb.disable_failover"),), cast=("route53",))
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("nlb.disable_failover", "not needed")]


def test_a_decoy_is_done_and_changes_nothing() -> None:
    there = night((at(1, "app.rollback_deploy"),))
    there.world.simulate(5 * MINUTE)
    assert there.results() == [("app.rollback_deploy", "done")]
    assert there.heard == []


def begun(minute: float, action_id: str, minutes: float) -> ScheduledAction:
    """Somebody begins an action, which takes so long."""
    timing = {"start": True, "duration_s": 60 * minutes}
    return scheduled(action_id, round(minute * MINUTE), timing)


def test_an_action_that_is_begun_takes_effect_after_its_duration() -> None:
    there = night((begun(10, "nm.reduce_load", 15), at(12, "dns.inspect")))
    there.world.simulate(20 * MINUTE)
    assert [one.name for one in there.operators.snapshot().running] == ["nm.reduce_load#1"]
    assert [heard.id for heard in there.heard] == ["dns.inspect"]
    again = night((begun(10, "nm.reduce_load", 15), at(12, "dns.inspect")))
    again.world.simulate(30 * MINUTE)
    assert [(h.id, h.t_ns // MINUTE) for h in again.heard] == [
        ("dns.inspect", 12),
        ("nm.reduce_load", 25),
    ]
    assert again.operators.snapshot().running == ()
    assert again.operators.log[-1].t_ns == 25 * MINUTE


def test_an_action_called_off_before_its_effect_reaches_nobody() -> None:
    there = night((attrs.evolve(begun(10, "nm.reduce_load", 15), called_off_ns=12 * MINUTE),))
    there.world.simulate(60 * MINUTE)
    assert there.heard == []
    assert [(d.result, d.t_ns // MINUTE) for d in there.operators.log] == [("called off", 12)]
    assert there.operators.snapshot().running == ()


def test_a_restart_called_off_half_way_leaves_the_other_zones_alone() -> None:
    off = attrs.evolve(
        at(10, "dwfm.restart_hosts"), called_off_ns=round(10 * MINUTE + 700 * SECOND)
    )
    there = night((off,))
    there.world.simulate(60 * MINUTE)
    assert {heard.component[5:8] for heard in there.heard} == {"az1", "az2", "az3"}
    assert there.results() == [("dwfm.restart_hosts", "done")]
    assert there.operators.snapshot().running == ()


def test_what_is_over_cannot_be_called_off_any_more() -> None:
    late = attrs.evolve(at(1, "dns.inspect"), called_off_ns=5 * MINUTE)
    there = night((late,))
    there.world.simulate(10 * MINUTE)
    assert there.results() == [("dns.inspect", "done")]
    said = [line.text for line in there.world.narration.lines if line.component == "operators"]
    assert said[-1] == "dns.inspect: there is nothing to call off"


def test_operators_who_are_away_do_nothing_until_they_are_back() -> None:
    there = night((at(5, "nm.reduce_load"),))
    there.world.call_at(4 * MINUTE, there.world.pause, "operators")
    there.world.call_at(9 * MINUTE, there.world.resume, "operators")
    there.world.simulate(20 * MINUTE)
    assert [heard.t_ns // MINUTE for heard in there.heard] == [9]


def test_actions_are_named_by_their_order_and_keep_their_names() -> None:
    script = (at(9, "dns.inspect"), begun(2, "nm.reduce_load", 60), at(4, "dns.inspect"))
    scenario = Scenario.load().with_script(script)
    assert names_of(scenario.script) == ("dns.inspect#1", "dns.inspect#2", "nm.reduce_load#1")
    later = scenario.with_script((*scenario.script, at(20, "nm.reduce_load")))
    assert names_of(later.script)[2:] == ("nm.reduce_load#2", "nm.reduce_load#1")


def test_the_view_shows_what_is_ahead_under_way_and_over() -> None:
    script = (at(2, "dns.inspect"), at(9, "dwfm.restart_hosts"), begun(4, "nm.reduce_load", 10))
    states = {}
    for minute in (1, 3, 5, 10, 60):
        there = night(script)
        there.world.simulate(minute * MINUTE)
        states[minute] = {one.id: one.state for one in there.inputs.view().actions}
        assert there.inputs.view() == there.inputs.view()
    assert states[1] == {
        "dns.inspect": "ahead",
        "dwfm.restart_hosts": "ahead",
        "nm.reduce_load": "ahead",
    }
    assert states[3]["dns.inspect"] == "over"
    assert states[5]["nm.reduce_load"] == "begun"
    assert states[10]["dwfm.restart_hosts"] == "under way"
    assert set(states[60].values()) == {"over"}


def test_progress_runs_from_start_to_the_last_order() -> None:
    there = night((at(10, "dwfm.restart_hosts", zone_gap_s=120.0),))
    there.world.simulate(15 * MINUTE)
    (restart,) = there.inputs.view().actions
    assert (restart.start_ns, restart.end_ns) == (10 * MINUTE, 20 * MINUTE)
    assert restart.progress == 0.5
    assert restart.result == "done", "the first zones are known"


def test_the_same_script_gives_the_same_digest() -> None:
    digests = []
    for _ in range(2):
        there = night(load_script("as-history", Scenario.load()))
        there.world.simulate(16 * 60 * MINUTE)
        digests.append(there.world.digest)
    assert digests[0] == digests[1]
