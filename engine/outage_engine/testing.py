"""For tests of actors: a log that reads like a timeline, and a check that a world repeats itself.

A test builds a world, lets it run for a bounded virtual time, and compares the log with what it
expects: a list of (milliseconds, who, what). Nothing here measures wall time.
"""

from collections.abc import Callable

import attrs

from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND
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
