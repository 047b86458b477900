"""Drawing from blocks gives what the blocks hold, in order."""

import numpy as np

from outage_engine.clock import SECOND
from outage_engine.draws import in_blocks
from outage_engine.samplers import Exponential
from outage_engine.world import World


class Counting:
    """A distribution that counts up, to see the order of draws."""

    def __init__(self) -> None:
        self.blocks: list[int] = []

    def draw_many(self, rng: np.random.Generator, count: int) -> np.ndarray:
        start = sum(self.blocks)
        self.blocks.append(count)
        return np.arange(start, start + count, dtype=np.int64)


def test_draws_come_in_the_order_of_the_blocks() -> None:
    counting = Counting()
    draw = in_blocks(counting, World(1).random.array("any"), block=4)
    assert [draw() for _ in range(10)] == list(range(10))
    assert counting.blocks == [4, 4, 4]


def test_draws_are_plain_integers_that_repeat_with_the_seed() -> None:
    def some(seed: int) -> list[int]:
        draw = in_blocks(Exponential(SECOND), World(seed).random.array("service"))
        return [draw() for _ in range(2_000)]

    assert all(type(value) is int for value in some(1)[:5])
    assert some(1) == some(1)
    assert some(1) != some(2)
