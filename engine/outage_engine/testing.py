"""For tests of actors: a log that reads like a timeline, and a check that a world repeats itself.

A test builds a world, lets it run for a bounded virtual time, and compares the log with what it
expects: a list of (milliseconds, who, what). Nothing here measures wall time.
"""

from collections.abc import Callable

import attrs

from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND
from outage_engine.heap import Entry as HeapEntry
from outage_engine.world import World

Entry = tuple[int, str, str]
"""Virtual milliseconds, name of the actor, what happened."""


@attrs.define
class Timeline:
    """What actors of a test say they did, in the order in which they did it."""

    entries: list[Entry] = attrs.field(factory=list)

    def note(self, actor: Actor, what: str) -> None:
        """Add an entry at the present virtual time."""
        self.entries.append((actor.world.now // MILLISECOND, actor.name, what))

    def of(self, name: str) -> list[str]:
        """What one actor did."""
        return [what for _, who, what in self.entries if who == name]


class Bystander(Actor):
    """An actor that does nothing by itself; a test sends messages in its name."""

    async def main(self) -> None:
        """Wait for ever."""
        while True:
            await self.receive()


def assert_repeats(build: Callable[[], World], until_ns: int, *, times: int = 3) -> str:
    """Run what `build` makes several times and demand the same digest; gives that digest.

    Raises AssertionError that names both digests and the seed.
    """
    first = ""
    for _ in range(times):
        world = build()
        world.simulate(until_ns)
        assert first in ("", world.digest), (
            f"two runs with seed {world.seed} differ: {first} and {world.digest}"
        )
        first = world.digest
    return first


class DeliveryAudit:
    """Looks over a world's shoulder: every message must reach its reader at most once.

    Make one before the world runs. It costs time and memory for every message, so it is for tests.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[tuple[int, str], object] = {}  # objects are kept, so that ids stay theirs
        self.repeated: list[str] = []
        """What was delivered a second time, in words."""
        deliver, answer = world._deliver, world._answer

        def audited_delivery(to: str, entry: HeapEntry) -> Actor | None:
            before = world.delivered
            woken = deliver(to, entry)
            self._look(before, entry[4], to)
            return woken

        def audited_answer(to: str, entry: HeapEntry) -> Actor | None:
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
