"""Messages between two actors, against the same in SimPy and in plain Trio.

    python -m benchmarks.ping_pong [--messages 100000] [--rounds 5] [--write]

Two parties send one message to and fro. An actor's message always takes time on its link, goes
through the event heap and into the digest. SimPy's does so through two Stores, once with a timeout
on the way (the same virtual latency) and once with none; Trio's through two memory channels with a
sleep on the way, under MockClock. All turns of a round are measured one after the other, in this
process, as CPU time; the figures are medians over the rounds, the verdicts their ratios.
"""

import argparse
import sys
import time
from collections.abc import Callable, Generator, Sequence
from statistics import median

import attrs
import simpy
import trio
import trio.testing

from benchmarks.report import Table, write_report
from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND
from outage_engine.links import Link
from outage_engine.world import World

STORE_RATIO_MIN = 0.8
TRIO_RATIO_MIN = 5.0
LATENCY_S = 0.001


@attrs.define
class Ball:
    """The message."""

    number: int


class Player(Actor):
    """Sends the ball back as often as it comes."""

    def __init__(self, name: str, other: str, messages: int, *, serves: bool) -> None:
        super().__init__(name)
        self._other = other
        self._messages = messages
        self._serves = serves

    async def main(self) -> None:
        """Serve, perhaps; then return every ball."""
        if self._serves:
            self.send(self._other, Ball(0))
        for number in range(self._messages // 2):
            await self.receive()
            self.send(self._other, Ball(number))


def actors(messages: int) -> None:
    """Two actors of the engine."""
    world = World(link=Link(latency_ns=MILLISECOND))
    world.add(Player("left", "right", messages, serves=True))
    world.add(Player("right", "left", messages, serves=False))
    world.simulate()
    assert world.messages >= messages


def simpy_stores(messages: int, *, latency: bool) -> None:
    """Two SimPy processes, two Stores; with latency, a timeout puts the ball into the Store."""
    env = simpy.Environment()
    left, right = simpy.Store(env), simpy.Store(env)

    def player(mine: simpy.Store, other: simpy.Store) -> Generator[simpy.Event, object, None]:
        def arrive(timeout: simpy.Event) -> None:
            other.put(timeout.value)

        for number in range(messages // 2):
            yield mine.get()
            if latency:
                env.timeout(LATENCY_S, Ball(number)).callbacks.append(arrive)
            else:
                other.put(Ball(number))

    left.put(Ball(0))
    env.process(player(left, right))
    env.process(player(right, left))
    env.run()


def plain_trio(messages: int) -> None:
    """Two Trio tasks, two memory channels, a sleep on the way, under MockClock."""

    async def player(
        mine: trio.MemoryReceiveChannel[Ball], other: trio.MemorySendChannel[Ball]
    ) -> None:
        for number in range(messages // 2):
            await mine.receive()
            await trio.sleep(LATENCY_S)
            await other.send(Ball(number))

    async def both() -> None:
        to_left, left = trio.open_memory_channel[Ball](1)
        to_right, right = trio.open_memory_channel[Ball](1)
        await to_left.send(Ball(0))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(player, left, to_right)
            nursery.start_soon(player, right, to_left)

    trio.run(both, clock=trio.testing.MockClock(autojump_threshold=0))


PARTIES: dict[str, Callable[[int], None]] = {
    "actors": actors,
    "SimPy Stores, same latency": lambda messages: simpy_stores(messages, latency=True),
    "SimPy Stores, no latency": lambda messages: simpy_stores(messages, latency=False),
    "Trio, MockClock": plain_trio,
}
LEAST = {"SimPy Stores, same latency": STORE_RATIO_MIN, "Trio, MockClock": TRIO_RATIO_MIN}


def rates(messages: int, rounds: int) -> dict[str, list[float]]:
    """Messages a CPU second of each party, one figure a round."""
    found: dict[str, list[float]] = {name: [] for name in PARTIES}
    for _ in range(rounds):
        for name, play in PARTIES.items():
            before = time.process_time()
            play(messages)
            found[name].append(messages / (time.process_time() - before))
    return found


def judged(found: dict[str, list[float]]) -> tuple[Table, int]:
    """The table, and how many ratios are too small."""
    table = Table("against", "ratio", "at least", "messages a CPU second")
    ours = found["actors"]
    table.row("actors", "1", "", f"{median(ours):,.0f}")
    small = 0
    for name, theirs in found.items():
        if name == "actors":
            continue
        ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
        least = LEAST.get(name)
        small += least is not None and ratio < least
        table.row(name, f"{ratio:.2f}", f"{least:g}" if least else "", f"{median(theirs):,.0f}")
    return table, small


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ping_pong", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    table, small = judged(rates(chosen.messages, chosen.rounds))
    print(table.text())
    if chosen.write:
        write_report("ping-pong", __doc__, table)
    return 1 if small else 0


if __name__ == "__main__":
    sys.exit(main())
