"""A run does not care when an input became known: decided live or written before, it is the same.

The runs are short: the race of the DNS automation with ten endpoints, and the first minutes of it.
"""

from collections.abc import Callable
from contextlib import suppress

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.actions import CATALOGUE, ActionError
from outage_agents.faults import ScheduledFault
from outage_agents.live_inputs import (
    LiveInputError,
    live_duration_s,
    next_second_ns,
    with_action,
    without_action,
)
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.clock import MILLISECOND, MINUTE, SECOND
from outage_engine.recording.sink import EventChunk

BASE = Scenario.load("dns-only", [("dns.endpoints", "10"), ("dns.resolvers", "20")])
UNTIL_NS = 20 * MINUTE
Decision = Callable[[Simulation], object]


@attrs.define
class Chunks:
    """Keeps what happened."""

    bodies: list[bytes] = attrs.field(factory=list)

    def chunk(self, chunk: EventChunk) -> None:
        self.bodies.append(chunk.body)


def live(decisions: list[tuple[int, Decision]], base: Scenario = BASE) -> Simulation:
    """A run during which somebody decides, each decision at its moment."""
    simulation = Simulation(base, until_ns=UNTIL_NS)

    async def run() -> None:
        async with simulation.world.running():
            for at_ns, decide in sorted(decisions, key=lambda pair: pair[0]):
                await simulation.world.advance(at_ns)
                decide(simulation)
            await simulation.world.advance(UNTIL_NS)

    trio.run(run)
    return simulation


def scripted(scenario: Scenario) -> Simulation:
    """The same, all of it known from the start."""
    simulation = Simulation(scenario, until_ns=UNTIL_NS)
    simulation.world.simulate(UNTIL_NS)
    return simulation


def act(action_id: str, begin: bool, **args: float | str) -> Decision:
    return lambda simulation: simulation.act(action_id, args, begin=begin)


ids = st.sampled_from([action.id for action in CATALOGUE if "dns" in action.id])
moments = st.one_of(
    st.integers(0, UNTIL_NS - SECOND - 1),
    st.integers(0, 1100).map(lambda second: second * SECOND),
)


FAULTS = (
    ScheduledFault("pause", "enactor-2"),
    ScheduledFault("slow", "enactor-*", (("factor", 7.0),)),
    ScheduledFault("crash", "planner", (), 0, 90 * SECOND),
    ScheduledFault("restart", "route53"),
    ScheduledFault("partition", "planner<>enactor-3", (), 0, 45 * SECOND),
)
CHANGES = (
    ("dns.planner_period_s", "20"),
    ("dns.keep_generations", "3"),
    ("dns.guard.spare_active_plan", "true"),
)


def end_some_fault(simulation: Simulation) -> None:
    """End the first fault, if there is one that is not over."""
    with suppress(LiveInputError):
        simulation.end_fault(0)


def other_decisions() -> st.SearchStrategy[Decision]:
    """Something is broken, mended, or set to another value."""
    faults = [lambda s, fault=fault: s.inject(fault) for fault in FAULTS]
    changes = [lambda s, change=change: s.change(*change) for change in CHANGES]
    return st.sampled_from([*faults, *changes, end_some_fault])


@st.composite
def decisions(draw: st.DrawFn) -> tuple[int, Decision]:
    at_ns = draw(moments)
    if draw(st.booleans()):
        return at_ns, draw(other_decisions())
    begin = draw(st.booleans())
    if begin and draw(st.booleans()):
        return at_ns, act(draw(ids), True, duration_s=float(draw(st.integers(1, 600))))
    return at_ns, act(draw(ids), begin)


@settings(max_examples=30, deadline=None)
@given(st.lists(decisions(), max_size=4))
def test_decided_live_or_written_before_it_is_the_same_run(
    decided: list[tuple[int, Decision]],
) -> None:
    run = live(decided)
    again = scripted(Scenario.read(run.scenario.text()))
    assert again.world.digest == run.world.digest
    assert again.view() == run.view()
    assert again.region.actions() == run.region.actions()


def test_what_was_over_at_once_cannot_be_ended_by_hand() -> None:
    refused: list[str] = []

    def end(simulation: Simulation) -> None:
        with pytest.raises(LiveInputError) as raised:
            simulation.end_fault(0)
        refused.extend(raised.value.problems)

    restart = ScheduledFault("restart", "route53")
    run = live([(0, lambda simulation: simulation.inject(restart)), (2 * SECOND, end)])
    assert refused == ["fault 0, restart of route53: is over"]
    assert Scenario.read(run.scenario.text()).faults == run.scenario.faults


@settings(max_examples=15, deadline=None)
@given(moments, st.integers(0, 500), st.integers(1, 900))
def test_calling_off_live_is_calling_off_in_the_script(
    at_ns: int, wait_s: int, duration_s: int
) -> None:
    def call_off(simulation: Simulation) -> None:
        with suppress(LiveInputError):  # it is over by then
            simulation.call_off("dns.restart_enactors#1")

    begin = act("dns.restart_enactors", True, duration_s=float(duration_s))
    off_ns = min(UNTIL_NS, at_ns + wait_s * SECOND + MILLISECOND)
    run = live([(at_ns, begin), (off_ns, call_off)])
    again = scripted(Scenario.read(run.scenario.text()))
    assert again.world.digest == run.world.digest
    assert again.region.actions() == run.region.actions()


def test_what_is_ahead_is_taken_out_of_the_script_when_it_is_called_off() -> None:
    scenario, entry = with_action(BASE, 0, "dns.inspect", {}, begin=False)
    later = attrs.evolve(scenario, script=(attrs.evolve(entry, at_ns=MINUTE), *BASE.script))
    assert without_action(later, 30 * SECOND, "dns.inspect#1").script == BASE.script


def test_an_input_takes_effect_at_the_next_whole_second() -> None:
    assert next_second_ns(0) == SECOND
    assert next_second_ns(SECOND) == 2 * SECOND
    assert next_second_ns(SECOND - 1) == SECOND
    run = live([(5 * SECOND + 1, act("dns.inspect", False))])
    (done,) = run.region.actions()
    assert done.t_ns == 6 * SECOND


def test_an_action_begun_live_takes_a_time_that_the_catalogue_allows_and_luck_decides() -> None:
    drawn = {}
    for seed in range(40):
        scenario = attrs.evolve(BASE, seed=seed)
        drawn[seed] = live_duration_s(scenario, "dns.inspect")
        assert 60 <= drawn[seed] <= 300
        assert live_duration_s(scenario, "dns.inspect") == drawn[seed]
    assert len(set(drawn.values())) > 20
    second, _ = with_action(BASE, 0, "dns.inspect", {}, begin=True)
    assert live_duration_s(second, "dns.inspect") != live_duration_s(BASE, "dns.inspect")


def test_luck_does_not_depend_on_when_somebody_acts() -> None:
    lengths = set()
    for at_ns in (0, MINUTE, 10 * MINUTE):
        _, entry = with_action(BASE, at_ns, "dns.stop_automation", {}, begin=True)
        lengths.add(entry.at_ns - next_second_ns(at_ns))
    assert len(lengths) == 1


def test_the_past_cannot_be_changed() -> None:
    def rewrite(simulation: Simulation) -> None:
        entry = simulation.act("dns.inspect", begin=False)
        early = attrs.evolve(entry, at_ns=simulation.world.now - 1)
        with pytest.raises(ValueError, match="cannot change what happened"):
            simulation.take(simulation.scenario.with_script((early,)))
        with pytest.raises(ValueError, match="cannot change what happened"):
            simulation.take(attrs.evolve(simulation.scenario, seed=9))

    live([(MINUTE, rewrite)])


def test_what_cannot_be_done_is_refused_with_a_reason_and_changes_nothing() -> None:
    def try_all(simulation: Simulation) -> None:
        before = simulation.scenario
        with pytest.raises(ActionError, match=r"did you mean dns\.inspect"):
            simulation.act("dns.inspekt")
        with pytest.raises(ActionError, match="argument 'zones'"):
            simulation.act("dns.inspect", {"zones": "all"})
        with pytest.raises(LiveInputError, match="no such action"):
            simulation.call_off("dns.inspect#1")
        with pytest.raises(LiveInputError, match="no such fault"):
            simulation.end_fault(0)
        assert simulation.scenario is before

    run = live([(MINUTE, try_all)])
    assert run.world.digest == scripted(BASE).world.digest
