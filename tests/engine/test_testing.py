"""The helpers for tests keep what they promise."""

import itertools

import pytest

from outage_engine.clock import MILLISECOND, SECOND
from outage_engine.testing import Bystander, Timeline, assert_repeats
from outage_engine.world import World


class Ticker(Bystander):
    """Ticks at random, and says so."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__("ticker")
        self.timeline = timeline

    async def main(self) -> None:
        draw = self.world.random.single("ticker")
        for n in range(3):
            await self.sleep(draw.randrange(1, 9) * MILLISECOND)
            self.timeline.note(self, f"tick {n}")


def test_a_timeline_reads_in_the_order_in_which_things_happened() -> None:
    timeline = Timeline()
    world = World(seed=2)
    world.add(Ticker(timeline))
    world.simulate(SECOND)
    assert timeline.of("ticker") == ["tick 0", "tick 1", "tick 2"]
    assert timeline.entries == sorted(timeline.entries)


def test_a_world_that_repeats_itself_passes_and_one_that_does_not_is_named() -> None:
    def same() -> World:
        world = World(seed=3)
        world.add(Ticker(Timeline()))
        return world

    assert len(assert_repeats(same, SECOND)) == 64
    seeds = itertools.count(1)

    def other() -> World:
        world = World(seed=next(seeds))
        world.add(Ticker(Timeline()))
        return world

    with pytest.raises(AssertionError, match="differ"):
        assert_repeats(other, SECOND)
