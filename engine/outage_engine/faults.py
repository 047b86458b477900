"""Faults: what is wrong with actors and links from outside, and until when.

A fault never edits an outcome. It slows an actor, ends it, stops it, or changes what a link does
with messages; everything else follows from what the actors do about it.

What is wrong is a list of the faults in force, and the state of each actor and link is read off
that list. So faults on the same target compose, whatever their order, and each ends alone:

- an actor is down while any fault holds it down, and starts again when the last of them ends, with
  an empty inbox; what its object remembers is what a real process would keep on disk;
- it is paused while any fault pauses it; what came meanwhile is delivered afterwards, in order;
- its slowness is the product of all that slow it: sleeps that begin, and sleeps and services that
  are under way, take so much longer. Time-outs of questions do not: patience is counted by the
  clock, and what an actor does at once it still does at once;
- added latencies of a link add up, messages survive all losses or none, and any cut or hold will
  do. Messages held by several faults travel when the last of them ends.

Begin and end a fault inside an event of priority INPUT. A crash takes effect at the same instant,
before anything of the run's own.
"""

from typing import TYPE_CHECKING

import attrs

from outage_engine.actor import SPAWN
from outage_engine.heap import URGENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_engine.actor import Actor
    from outage_engine.links import LinkFault
    from outage_engine.world import World


@attrs.frozen(eq=False)
class ActorFault:
    """Something wrong with some actors. ValueError when the slowness is not positive."""

    names: tuple[str, ...]
    down: bool = False
    """They are ended, and stay so."""
    paused: bool = False
    """Nothing reaches them, and they do nothing."""
    slowness: float = 1.0
    """What they sleep and serve takes so many times longer."""

    def __attrs_post_init__(self) -> None:
        if not self.slowness > 0.0:
            raise ValueError(f"a slowness must be more than 0, not {self.slowness}")


class Faults:
    """The faults in force in one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._in_force: list[ActorFault] = []

    def begin(self, fault: "ActorFault | LinkFault") -> None:
        """Put a fault in force, now. KeyError when an actor it names is not of this world."""
        if isinstance(fault, ActorFault):
            actors = [self._world.actor(name) for name in fault.names]
            self._in_force.append(fault)
            self._settle(actors)
        else:
            self._world.links.strike(fault)
        self._world.heartbeats.look()

    def end(self, fault: "ActorFault | LinkFault") -> None:
        """End one fault, now; the others stay. Harmless when it is not in force."""
        if isinstance(fault, ActorFault):
            self._in_force = [other for other in self._in_force if other is not fault]
            self._settle([self._world.actor(name) for name in fault.names])
        else:
            self._world.mend(fault)
        self._world.heartbeats.look()

    def restart(self, names: "Sequence[str]") -> None:
        """End these actors and start them again, now; who is held down stays down."""
        for name in names:
            actor = self._world.actor(name)
            if not actor.down:
                self._world.kill(name)
                self._start(actor)

    def _settle(self, actors: "Sequence[Actor]") -> None:
        """Bring actors to what the faults in force make of them."""
        for actor in actors:
            faults = [fault for fault in self._in_force if actor.name in fault.names]
            slowness = 1.0
            for fault in faults:
                slowness *= fault.slowness
            if slowness != actor.slowness:
                self._world.slow(actor.name, slowness)
            self._world.set_paused(actor.name, any(fault.paused for fault in faults))
            down = any(fault.down for fault in faults)
            if down and not actor.down:
                actor.down = True
                self._world.kill(actor.name)
            elif actor.down and not down:
                actor.down = False
                self._start(actor)

    def _start(self, actor: "Actor") -> None:
        self._world.schedule(SPAWN, actor, URGENT)
