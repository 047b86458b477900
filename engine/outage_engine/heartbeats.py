"""Heartbeats: noticing that somebody has fallen silent, without an event for every beat.

A process that must tell "all is well" from "nobody is there" has its peers send a beat every few
seconds. While nothing is wrong all beats arrive, and simulating them would cost more events than
everything else. So they are implied: only when an actor or a link changes is it asked whose beats
get through now. Who has not been heard for the time agreed is reported to the listener by a
message `FellSilent`, and `HeardAgain` when beats get through once more.

Simplified: beats are evenly spaced and one that is lost by chance is not missed; only a link that
loses everything silences.
"""

from typing import TYPE_CHECKING

import attrs

from outage_engine.actor import Envelope

if TYPE_CHECKING:
    from outage_engine.heap import Event
    from outage_engine.world import World


@attrs.define
class FellSilent:
    """No beat of this actor has come for the time agreed."""

    name: str


@attrs.define
class HeardAgain:
    """Beats of this actor come again."""

    name: str


@attrs.define(eq=False)
class _Watch:
    listener: str
    name: str
    silent_after_ns: int
    silent: bool = False
    pending: "Event | None" = None


class Heartbeats:
    """Who listens for whom in one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._watches: dict[tuple[str, str], _Watch] = {}

    def listen(self, listener: str, name: str, silent_after_ns: int) -> None:
        """Tell `listener` when `name` has been silent for so long.

        Asking again is harmless. Who does not take part in this world is never missed.
        """
        key = listener, name
        if key not in self._watches and self._world.knows(name):
            self._watches[key] = _Watch(listener, name, silent_after_ns)

    def look(self) -> None:
        """Something has changed: whose beats get through now?"""
        for watch in self._watches.values():
            if self._gets_through(watch):
                self._hear(watch)
            elif not watch.silent and watch.pending is None:
                watch.pending = self._world.call_after(
                    watch.silent_after_ns, self._miss, watch, label=f"{watch.listener}/silence"
                )

    def _gets_through(self, watch: _Watch) -> bool:
        actor = self._world.actor(watch.name)
        if actor.down or actor.paused:
            return False
        route = self._world.links.route(watch.name, watch.listener)
        return not (route.cut or route.held or route.link.loss >= 1.0)

    def _hear(self, watch: _Watch) -> None:
        if watch.pending is not None:
            watch.pending.cancel()
            watch.pending = None
        if watch.silent and not self._world.actor(watch.listener).down:
            watch.silent = False
            self._tell(watch, HeardAgain(watch.name))

    def _miss(self, watch: _Watch) -> None:
        watch.pending = None
        if not self._world.actor(watch.listener).down:  # else it looks again when it is back
            watch.silent = True
            self._tell(watch, FellSilent(watch.name))

    def _tell(self, watch: _Watch, news: FellSilent | HeardAgain) -> None:
        """The listener's own clock tells it: over no link."""
        world = self._world
        to = watch.listener
        world.hand_over(Envelope(to, to, news, world.now, world))
