"""Draws one at a time from a distribution that is cheap in blocks.

`Station`, `Client` and the like take samplers: functions of no arguments that return nanoseconds.
Drawn singly in Python a duration costs more than the event it is for; drawn by the thousand it
costs next to nothing. The block length is part of the result: another length gives another order of
draws.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1024


class Distribution(Protocol):
    """What can be drawn in blocks; see `outage_engine.samplers`."""

    def draw_many(self, rng: "np.random.Generator", count: int) -> "NDArray[np.int64]":
        """`count` independent draws."""


def in_blocks(
    distribution: Distribution, rng: "np.random.Generator", *, block: int = BLOCK
) -> "Callable[[], int]":
    """A sampler for `distribution`. The stream `rng` should serve this sampler alone."""
    return _endless(distribution, rng, block).__next__


def _endless(distribution: Distribution, rng: "np.random.Generator", block: int) -> "Iterator[int]":
    while True:
        yield from distribution.draw_many(rng, block).tolist()
