"""The board on which it is decided what is broken: turns faults of a scenario into mechanisms.

Actors and links are struck by the engine (`outage_engine.faults`). Components that are degraded are
told by a message and see to it themselves; several degradations of one component add up as
independent ones do: what is left is the product of what each leaves.

Losing an Availability Zone ends its DWFM shards, its health-check nodes and its Enactor, and tells
the zone's NLB that its nodes are gone. The controller of a zone's NLB lives outside the zone (as
control planes of NLB are regional): it notices by the silence of the checkers. Droplets of the zone
are not told anything: nobody renews their leases, and they run out. *Assumed*: which Enactor works
in which zone, and that the power comes back to all at once.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents.fault_catalogue import (
    LINKS,
    OFFSTAGE,
    ZONE,
    find_fault,
    struck_actors,
    struck_links,
    zone_number,
)
from outage_agents.fault_words import check_fault
from outage_agents.messages import Degraded, NodesLost
from outage_agents.operators import said_args
from outage_agents.region import build
from outage_engine.actor import Envelope
from outage_engine.clock import MILLISECOND
from outage_engine.faults import ActorFault
from outage_engine.links import LinkFault
from outage_engine.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.faults import ScheduledFault
    from outage_agents.scenario import Scenario

NAME = "faults"


@attrs.frozen(eq=False)
class InForce:
    """One fault, while it lasts."""

    fault: "ScheduledFault"
    engine: ActorFault | LinkFault | None
    struck: tuple[str, ...]
    """Actors concerned; for a link, its two ends."""
    degrades: tuple[str, ...] = ()
    """Components that are told; by how much stands in `share`."""
    share: float = 0.0


def cast_of(scenario: "Scenario") -> tuple[str, ...]:
    """Names of everybody who takes part in a scenario."""
    world = World(scenario.seed)
    build(scenario, world)
    return tuple(actor.name for actor in world.actors())


class FaultBoard:
    """Begins and ends the faults of one run; who takes part is fixed when it is made."""

    def __init__(self, world: World, cast: "Sequence[str]") -> None:
        self._world = world
        self._cast = tuple(cast)
        self._in_force: dict[int, InForce] = {}
        self._told: dict[str, float] = {}
        for name in OFFSTAGE:
            world.links.keep_whole(name)

    def check(self, fault: "ScheduledFault") -> None:
        """Raises `FaultError` unless the fault is in the catalogue and strikes somebody here."""
        check_fault(fault, self._cast)

    def begin(self, n: int, fault: "ScheduledFault") -> None:
        """Put the fault at place `n` of the scenario in force, now. Raises `FaultError`."""
        begun = self._in_force_of(fault)
        self._narrate(begun, "begins", level="warning")
        if fault.kind == "restart":
            self._world.faults.restart(begun.struck)
            self._tell_again(begun.struck)
            return
        self._in_force[n] = begun
        if begun.engine is not None:
            self._world.faults.begin(begun.engine)
        self._tell(begun.degrades)

    def end(self, n: int, fault: "ScheduledFault") -> None:
        """End the fault at place `n`, now; the others stay."""
        over = self._in_force.pop(n, None)
        if over is None:
            return
        self._narrate(over, "is over", level="info")
        if over.engine is not None:
            self._world.faults.end(over.engine)
            self._tell_again(over.struck)
        self._tell(over.degrades)

    def in_force(self) -> tuple[InForce, ...]:
        """What is broken now, in the order of the scenario."""
        return tuple(self._in_force[n] for n in sorted(self._in_force))

    def _in_force_of(self, fault: "ScheduledFault") -> InForce:
        kind, args = find_fault(fault.kind), dict(fault.args)
        if kind.strikes == LINKS:
            return self._link(fault, args)
        if kind.strikes == ZONE:
            return self._zone(fault)
        struck = struck_actors(kind, fault.target, self._cast)
        if fault.kind in ("lose-nodes", "degrade-resolver"):
            return InForce(fault, None, struck, struck, float(args["share"]))
        if fault.kind == "degrade-dynamodb":
            return InForce(fault, None, struck, struck, float(args["errors"]))
        if fault.kind == "degrade-network-manager":
            return InForce(fault, None, struck, struck, 1.0 - float(args["capacity"]))
        slowness = float(args.get("factor", 1.0))
        down, paused = fault.kind == "crash", fault.kind == "pause"
        return InForce(fault, ActorFault(struck, down, paused, slowness), struck)

    def _link(self, fault: "ScheduledFault", args: dict[str, float | str]) -> InForce:
        sender, to, two_way = struck_links(fault.target, self._cast)
        struck = LinkFault(
            sender,
            to,
            two_way,
            latency_ns=round(float(args.get("ms", 0.0)) * MILLISECOND),
            loss=float(args.get("share", 0.0)),
            cut=fault.kind == "partition",
            held=fault.kind == "hold",
        )
        return InForce(fault, struck, (sender, to))

    def _zone(self, fault: "ScheduledFault") -> InForce:
        zone = zone_number(fault.target)
        prefixes = (f"dwfm-az{zone}-", f"health-check-az{zone}-")
        ends = tuple(
            name for name in self._cast if name.startswith(prefixes) or name == f"enactor-{zone}"
        )
        gone = tuple(name for name in self._cast if name == f"nlb-az{zone}")
        return InForce(fault, ActorFault(ends, down=True), (*ends, *gone), gone, 1.0)

    def _tell(self, names: "Sequence[str]") -> None:
        """Tell components how much of them is gone, by all faults together."""
        for name in names:
            left = 1.0
            for begun in self.in_force():
                if name in begun.degrades:
                    left *= 1.0 - begun.share
            self._told[name] = 1.0 - left
            self._say(name)

    def _tell_again(self, names: "Sequence[str]") -> None:
        """Who was away may have missed what it was told."""
        for name in names:
            if name in self._told and not self._world.actor(name).down:
                self._say(name)

    def _say(self, name: str) -> None:
        share = self._told[name]
        told = NodesLost(share) if name.startswith("nlb-") else Degraded(share)
        world = self._world
        world.hand_over(Envelope(NAME, name, told, world.now, world))

    def _narrate(self, begun: InForce, what: str, *, level: str) -> None:
        fault = begun.fault
        title = find_fault(fault.kind).title
        args = f", {said_args(fault.args)}" if fault.args else ""
        struck = f" ({len(begun.struck)} struck)" if len(begun.struck) > 2 else ""
        text = f"{title}: {fault.kind} of {fault.target}{args}{struck} {what}"
        self._world.narrate(NAME, text, level=level, about=f"fault.{fault.kind}")
