"""Any legal sequence of actions and faults, and what must hold of a run whatever is done to it."""

import attrs
import trio
from hypothesis import strategies as st

from outage_agents import actions, fault_catalogue
from outage_agents.actions import Action, Argument, ScheduledAction, scheduled
from outage_agents.fault_board import cast_of
from outage_agents.fault_catalogue import LINKS, ZONE, ZONES, FaultKind
from outage_agents.faults import ScheduledFault, merged_faults
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.actor import Actor
from outage_engine.clock import SECOND
from outage_engine.heap import Entry
from outage_engine.world import World
from outage_tui.command_text import command_of

SETTINGS = (
    ("droplets", "900"),
    ("epoch_s", "780"),
    ("duration_s", "1800"),
    ("dns.endpoints", "4"),
    ("dns.load_balancers", "12"),
    ("dns.poll_s", "5"),
    ("dns.replicas", "1"),
    ("dns.resolvers", "20"),
    ("dwfm.shards_per_zone", "1"),
    ("nlb.checkers_per_zone", "1"),
    ("nlb.nodes_per_zone", "14"),
)
"""The smallest Region in which everything takes part, and half an hour with the race in it."""
BASE = Scenario.load("small", SETTINGS).with_script(())
CAST = cast_of(BASE)
LAST_S = BASE.duration_s
MUST_HOLD = (
    "messages.are_conserved",
    "dns.batch_is_all_or_nothing",
    "dwfm.leases_within_droplets",
    "ec2.every_launch_has_one_outcome",
    "nlb.removals_are_conserved",
)
"""Laws of the program, not of the Region: no action and no fault may break them."""

PATTERNS = ("*", "enactor-*", "dwfm-*", "dwfm-az1-*", "nlb-*", "health-check-*", "service-*")
ENDS = (*fault_catalogue.components(CAST), *PATTERNS, "operators*")


def _value(argument: Argument) -> st.SearchStrategy[object]:
    if isinstance(argument.default, str):
        return st.just(argument.default)
    low, high = argument.minimum, argument.maximum
    assert low is not None
    assert high is not None
    if argument.whole:
        return st.integers(int(low), int(high))
    steps = st.integers(0, 20).map(lambda step: low + (high - low) * step / 20)
    return st.just(argument.default) | steps


@st.composite
def _action(draw: st.DrawFn) -> ScheduledAction:
    kind: Action = draw(st.sampled_from(actions.CATALOGUE))
    at_ns = draw(st.integers(0, LAST_S)) * SECOND
    values = {argument.name: draw(_value(argument)) for argument in kind.arguments}
    return scheduled(kind.id, at_ns, values)


def _target(kind: FaultKind) -> st.SearchStrategy[str]:
    if kind.strikes == ZONE:
        return st.sampled_from(ZONES)
    if kind.strikes == LINKS:
        ends = st.sampled_from(ENDS)
        return st.builds(lambda a, way, b: f"{a}{way}{b}", ends, st.sampled_from([">", "<>"]), ends)
    if kind.among != "*":
        return st.sampled_from(fault_catalogue.struck_actors(kind, "*", CAST))
    return st.sampled_from([*fault_catalogue.components(CAST), *PATTERNS])


@st.composite
def _fault(draw: st.DrawFn) -> ScheduledFault:
    kind: FaultKind = draw(st.sampled_from(fault_catalogue.CATALOGUE))
    values = {argument.name: draw(_value(argument)) for argument in kind.arguments}
    problems: list[str] = []
    args = fault_catalogue.read_args(kind, values, problems)
    assert problems == []
    lasts = st.none() | st.integers(1, LAST_S).map(lambda second: second * SECOND)
    return ScheduledFault(
        kind.id,
        draw(_target(kind)),
        args,
        draw(st.integers(0, LAST_S)) * SECOND,
        draw(lasts) if kind.lasts else None,
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """The small Region with any actions and any faults."""
    script = draw(st.lists(_action(), max_size=5))
    faults = draw(st.lists(_fault(), max_size=5))
    seed = draw(st.integers(1, 3))
    scenario = attrs.evolve(BASE, seed=seed, faults=merged_faults(tuple(faults)))
    return scenario.with_script(tuple(script))


def command(scenario: Scenario) -> str:
    """The command line that repeats a run of it."""
    return command_of(scenario, "small", scenario.duration_ns)


def run(scenario: Scenario) -> tuple[str, list[str]]:
    """Run it once: its digest, and every law that was broken, in words."""
    simulation = Simulation(scenario)
    world = simulation.world
    audit = DeliveryAudit(world)
    trio.run(simulation.run)
    broken = [
        f"{law.name}: {law.reason}"
        for law in world.checkers.report()
        if law.name in MUST_HOLD and not law.held
    ]
    broken += [f"delivered twice: {what}" for what in audit.repeated]
    assert simulation.region.ec2 is not None
    for shard in simulation.region.ec2.shards:
        counts = shard.snapshot().counts
        if not 0 <= counts.broken <= counts.droplets:
            broken.append(f"{shard.name}: {counts.broken} broken of {counts.droplets} droplets")
    return world.digest, broken


def demand_laws(scenario: Scenario) -> None:
    """Run it twice. AssertionError, with the command line, if a law or the digest is broken."""
    try:
        digest, broken = run(scenario)
        again, _ = run(scenario)
    except Exception as failure:
        raise AssertionError(f"{failure}; repeat it with\n{command(scenario)}") from failure
    if digest != again:
        broken.append(f"two runs differ: {digest[:16]} and {again[:16]}")
    assert not broken, f"{'; '.join(broken)}; repeat it with\n{command(scenario)}"


class DeliveryAudit:
    """Looks over a world's shoulder: every message must reach its reader at most once.

    Make one before the world runs.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[tuple[int, str], object] = {}  # objects are kept, so that ids stay theirs
        self.repeated: list[str] = []
        """What was delivered a second time, in words."""
        deliver, answer = world._deliver, world._answer

        def audited_delivery(to: str, entry: Entry) -> Actor | None:
            before = world.delivered
            woken = deliver(to, entry)
            self._look(before, entry[4], to)
            return woken

        def audited_answer(to: str, entry: Entry) -> Actor | None:
            before = world.delivered
            woken = answer(to, entry)
            question, _, sender = entry[4]
            self._look(before, question, f"{sender} answers {to}")
            return woken

        world.__dict__["_deliver"] = audited_delivery
        world.__dict__["_answer"] = audited_answer

    def _look(self, before: int, message: object, what: str) -> None:
        if self._world.delivered == before:
            return
        key = id(message), what
        if key in self._seen:
            self.repeated.append(f"{what} at {self._world.now} ns: {message!r}")
        self._seen[key] = message
