"""Named random streams: one for each actor and purpose, all derived from the seed of the run.

A stream depends on the seed and its own name only, so adding an actor never shifts another's draws.
"""

import random
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy


class RandomStreams:
    """The streams of one run, made when first asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._single: dict[str, random.Random] = {}
        self._array: dict[str, numpy.random.Generator] = {}

    def single(self, name: str) -> random.Random:
        """The stream of this name for single draws (Mersenne Twister)."""
        stream = self._single.get(name)
        if stream is None:
            stream = self._single[name] = random.Random(self._derive(name))
        return stream

    def array(self, name: str) -> "numpy.random.Generator":
        """The stream of this name for arrays (PCG64). Draw uniforms and integers from it only."""
        stream = self._array.get(name)
        if stream is None:
            import numpy

            stream = numpy.random.Generator(numpy.random.PCG64(self._derive("array/" + name)))
            self._array[name] = stream
        return stream

    def _derive(self, name: str) -> int:
        key = f"{self.seed}/{name}".encode()
        return int.from_bytes(blake2b(key, digest_size=16).digest(), "big")
