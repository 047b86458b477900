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
        free = [message for message in self.held if not self.route(message.sender, message.to).held]
        self.held = [message for message in self.held if message not in free]
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
        drawn = link.jitter_ns > 0 or link.loss > 0
        cut = _matches(self._cuts, sender, to)
        held = _matches(self._holds, sender, to)
        return Route(
            link=link,
            cut=cut,
            held=held,
            steady_ns=-1 if cut or held or drawn else link.latency_ns,
            draw=self._streams.single(f"link/{sender}/{to}") if drawn else None,
        )


def _matches(pairs: list[tuple[str, str]], sender: str, to: str) -> bool:
    return any(fnmatchcase(sender, a) and fnmatchcase(to, b) for a, b in pairs)
