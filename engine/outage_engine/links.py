"""Links between actors: latency, loss, partition, hold and release.

A link is looked up by the names of both ends, as patterns (`fnmatch`); the rule that was set last
wins. Each direction of a pair draws from a random stream of its own.
"""

import random
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import attrs

from outage_engine.clock import MILLISECOND

if TYPE_CHECKING:
    from outage_engine.random_streams import RandomStreams


@attrs.frozen
class Link:
    """How messages travel in one direction."""

    latency_ns: int = MILLISECOND
    """Least time a message takes, nanoseconds."""
    jitter_ns: int = 0
    """Up to this much more, uniformly; messages may then overtake each other."""
    loss: float = 0.0
    """Probability that a message is lost, 0..1."""

    def __attrs_post_init__(self) -> None:
        if self.latency_ns < 0 or self.jitter_ns < 0:
            raise ValueError("a link's latency and jitter cannot be negative")
        if not 0.0 <= self.loss <= 1.0:
            raise ValueError(f"a link's loss is a probability from 0 to 1, not {self.loss}")


@attrs.define
class Route:
    """The rules that apply to one pair of names now, resolved once."""

    link: Link
    cut: bool
    held: bool
    draw: random.Random | None
    steady_ns: int
    """What every message takes, nanoseconds; negative: it depends (cut, held, jitter, loss)."""


@attrs.frozen(eq=False)
class LinkFault:
    """Something wrong with all links from names matching `sender` to names matching `to`.

    Faults compose: latencies add up, a message must survive every loss, and one cut or one hold is
    enough. ValueError when the latency is negative or the loss is no probability.
    """

    sender: str
    to: str
    two_way: bool = False
    """Links back are struck as well."""
    latency_ns: int = 0
    """Added to what a message takes."""
    loss: float = 0.0
    """Probability that a message is lost, 0..1, apart from the link's own."""
    cut: bool = False
    """Every message is lost."""
    held: bool = False
    """Every message is kept until the fault ends."""

    def __attrs_post_init__(self) -> None:
        if self.latency_ns < 0 or not 0.0 <= self.loss <= 1.0:
            raise ValueError("a link fault adds latency of 0 or more and a loss from 0 to 1")

    def strikes(self, sender: str, to: str) -> bool:
        """Whether messages from `sender` to `to` are concerned."""
        there = fnmatchcase(sender, self.sender) and fnmatchcase(to, self.to)
        return there or (
            self.two_way and fnmatchcase(sender, self.to) and fnmatchcase(to, self.sender)
        )


@attrs.frozen
class HeldMessage:
    """A message that waits for its link to be released."""

    sender: str
    to: str
    kind: int
    payload: Any


class Links:
    """All links of a world."""

    def __init__(self, default: Link, streams: "RandomStreams") -> None:
        self._default = default
        self._streams = streams
        self._rules: list[tuple[str, str, Link]] = []
        self._cuts: list[tuple[str, str]] = []
        self._holds: list[tuple[str, str]] = []
        self._faults: list[LinkFault] = []
        self._beyond: list[str] = []
        self._routes: dict[tuple[str, str], Route] = {}
        self.known_route = self._routes.get
        """The rules for a pair (sender, to) that has been looked up since rules last changed."""
        self.held: list[HeldMessage] = []
        """Messages waiting on held links, in the order in which they were sent."""

    def set(self, sender: str, to: str, link: Link) -> None:
        """Messages from names matching `sender` to names matching `to` travel over `link`."""
        self._rules.append((sender, to, link))
        self._routes.clear()

    def partition(self, a: str, b: str, *, two_way: bool = True) -> None:
        """Lose every message from `a` to `b` (and back)."""
        self._cuts.append((a, b))
        if two_way:
            self._cuts.append((b, a))
        self._routes.clear()

    def repair(self, a: str, b: str) -> None:
        """Undo the partition of exactly these two patterns, both ways."""
        self._cuts = [cut for cut in self._cuts if cut not in ((a, b), (b, a))]
        self._routes.clear()

    def hold(self, sender: str, to: str) -> None:
        """Keep every message from `sender` to `to` until the link is released."""
        self._holds.append((sender, to))
        self._routes.clear()

    def release(self, sender: str, to: str) -> list[HeldMessage]:
        """End a hold; the messages that no other hold keeps, in order. See `World.release`."""
        self._holds = [held for held in self._holds if held != (sender, to)]
        self._routes.clear()
        return self._freed()

    def strike(self, fault: LinkFault) -> None:
        """Put a fault in force."""
        self._faults.append(fault)
        self._routes.clear()

    def mend(self, fault: LinkFault) -> list[HeldMessage]:
        """End one fault; the messages that no other one holds, in order. See `World.mend`."""
        self._faults = [other for other in self._faults if other is not fault]
        self._routes.clear()
        return self._freed()

    def keep_whole(self, name: str) -> None:
        """No fault strikes the links of this name: it stands for nothing that could fail."""
        self._beyond.append(name)

    @property
    def plain(self) -> bool:
        """Whether all messages travel over the default link: nothing is set, and no fault."""
        return not (self._rules or self._cuts or self._holds or self._faults)

    def _freed(self) -> list[HeldMessage]:
        """Take out the messages that nothing holds any more."""
        if not self.held:
            return []
        free: list[HeldMessage] = []
        kept: list[HeldMessage] = []
        for message in self.held:
            (kept if self.route(message.sender, message.to).held else free).append(message)
        self.held = kept
        return free

    def route(self, sender: str, to: str) -> Route:
        """The rules for this pair of names."""
        route = self._routes.get((sender, to))
        if route is None:
            route = self._routes[sender, to] = self._resolve(sender, to)
        return route

    def travel_ns(self, route: Route) -> int:
        """Draw how long one message takes; -1 when it is lost."""
        link = route.link
        draw = route.draw
        if draw is None:
            return link.latency_ns
        if link.loss and draw.random() < link.loss:
            return -1
        return link.latency_ns + (draw.randrange(link.jitter_ns + 1) if link.jitter_ns else 0)

    def _resolve(self, sender: str, to: str) -> Route:
        link = self._default
        for from_pattern, to_pattern, candidate in self._rules:
            if fnmatchcase(sender, from_pattern) and fnmatchcase(to, to_pattern):
                link = candidate
        cut = _matches(self._cuts, sender, to)
        held = _matches(self._holds, sender, to)
        for fault in self._faults_on(sender, to):
            survives = (1.0 - link.loss) * (1.0 - fault.loss)
            latency_ns = link.latency_ns + fault.latency_ns
            link = attrs.evolve(link, latency_ns=latency_ns, loss=min(1.0, 1.0 - survives))
            cut, held = cut or fault.cut, held or fault.held
        drawn = link.jitter_ns > 0 or link.loss > 0
        return Route(
            link=link,
            cut=cut,
            held=held,
            steady_ns=-1 if cut or held or drawn else link.latency_ns,
            draw=self._streams.single(f"link/{sender}/{to}") if drawn else None,
        )

    def _faults_on(self, sender: str, to: str) -> list[LinkFault]:
        """The faults on this pair; an actor's messages to itself go over no link."""
        if not self._faults or not _may_be_struck(self._beyond, sender, to):
            return []
        return [fault for fault in self._faults if fault.strikes(sender, to)]


def _may_be_struck(beyond: list[str], sender: str, to: str) -> bool:
    return sender != to and sender not in beyond and to not in beyond


def _matches(pairs: list[tuple[str, str]], sender: str, to: str) -> bool:
    return any(fnmatchcase(sender, a) and fnmatchcase(to, b) for a, b in pairs)
