"""One order explains everything: the laws of the kernel."""

import random
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.actor import Actor, Envelope
from outage_engine.clock import MILLISECOND, SECOND
from outage_engine.errors import (
    ActorCrashed,
    AskTimedOut,
    CallbackCrashed,
    SimulationError,
    WorldOver,
)
from outage_engine.heap import LATE, URGENT
from outage_engine.links import Link
from outage_engine.world import World


@attrs.define
class Ping:
    n: int


class Logger(Actor):
    """Base of the test actors: a common log of (time in ms, who, what)."""

    def __init__(self, name: str, log: list[tuple[int, str, str]]) -> None:
        super().__init__(name)
        self.lines = log

    def log(self, what: str) -> None:
        self.lines.append((self.world.now // MILLISECOND, self.name, what))


class Sleeper(Logger):
    def __init__(self, name: str, log: list[tuple[int, str, str]], naps_ms: list[int]) -> None:
        super().__init__(name, log)
        self.naps_ms = naps_ms

    async def main(self) -> None:
        for nap in self.naps_ms:
            await self.sleep(nap * MILLISECOND)
            self.log("woke")


class Echo(Logger):
    """Answers what it is asked, after thinking."""

    def __init__(self, name: str, log: list[tuple[int, str, str]], think_ms: int = 0) -> None:
        super().__init__(name, log)
        self.think_ms = think_ms

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            if self.think_ms:
                await self.sleep(self.think_ms * MILLISECOND)
            self.log(f"got {envelope.message.n} from {envelope.sender}")
            envelope.reply(Ping(envelope.message.n + 1))


class Asker(Logger):
    def __init__(
        self, name: str, log: list[tuple[int, str, str]], to: str, timeout_ms: int, times: int = 1
    ) -> None:
        super().__init__(name, log)
        self.to = to
        self.timeout_ms = timeout_ms
        self.times = times

    async def main(self) -> None:
        for n in range(self.times):
            try:
                answer: Ping = await self.ask(self.to, Ping(n), self.timeout_ms * MILLISECOND)
                self.log(f"answer {answer.n}")
            except AskTimedOut:
                self.log("no answer")


def test_ties_are_first_come_first_served_whatever_trio_does() -> None:
    def run() -> tuple[list[Any], str]:
        log: list[tuple[int, str, str]] = []
        world = World(seed=1)
        for n in range(12):
            world.add(Sleeper(f"actor-{n}", log, [5, 5, 5]))
        world.simulate()
        return log, world.digest

    first, digest = run()
    assert [who for _, who, _ in first[:12]] == [f"actor-{n}" for n in range(12)]
    for _ in range(5):
        assert run() == (first, digest)


def test_priority_goes_before_sequence_at_one_instant() -> None:
    world, seen = World(), []
    world.call_at(5, lambda: seen.append("late"), priority=LATE)
    world.call_at(5, lambda: seen.append("normal"))
    world.call_at(5, lambda: seen.append("urgent"), priority=URGENT)
    world.simulate()
    assert seen == ["urgent", "normal", "late"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_events_fire_in_order_of_time_then_of_scheduling(times: list[int]) -> None:
    world, seen = World(), []
    for n, at in enumerate(times):
        world.call_at(at, lambda at=at, n=n: seen.append((at, n)))
    world.simulate()
    assert seen == sorted(seen)
    assert len(seen) == len(times)


def test_a_cancelled_event_never_fires() -> None:
    world, seen = World(), []
    event = world.call_at(5, lambda: seen.append(1))
    event.cancel()
    world.simulate()
    assert seen == []
    assert world.events == 0


def test_a_message_takes_the_latency_of_its_link() -> None:
    log: list[tuple[int, str, str]] = []
    world = World(link=Link(latency_ns=3 * MILLISECOND))
    world.add(Echo("echo", log))
    world.add(Asker("asker", log, "echo", 100))
    world.simulate(SECOND)
    assert log == [(3, "echo", "got 0 from asker"), (6, "asker", "answer 1")]


def test_a_late_answer_is_dropped_and_never_mistaken_for_the_next() -> None:
    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Echo("echo", log, think_ms=40))
    world.add(Asker("asker", log, "echo", 30, times=3))
    world.simulate(SECOND)
    assert [what for _, who, what in log if who == "asker"] == ["no answer"] * 3
    assert world.telemetry.counter("links.late_answers_total").total == 3


def test_receive_gives_none_at_its_deadline_and_the_message_when_it_comes() -> None:
    seen: list[Any] = []

    class Patient(Actor):
        async def main(self) -> None:
            seen.append((await self.receive(10 * MILLISECOND), self.world.now // MILLISECOND))
            envelope = await self.receive(10 * SECOND)
            assert envelope is not None
            seen.append((envelope.message.n, self.world.now // MILLISECOND))

    world = World()
    world.add(Patient("patient"))
    sender = Sleeper("sender", [], [])
    world.add(sender)
    world.call_at(50 * MILLISECOND, lambda: sender.send("patient", Ping(7)))
    world.simulate()
    assert seen == [(None, 10), (7, 51)]


def test_a_killed_actor_stops_where_it_is_and_starts_again_with_an_empty_inbox() -> None:
    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Echo("echo", log, think_ms=100))
    world.add(Asker("asker", log, "echo", 300, times=3))
    world.call_at(50 * MILLISECOND, world.kill, "echo")
    world.call_at(400 * MILLISECOND, world.restart, "echo")
    world.simulate(2 * SECOND)
    assert [line for line in log if line[1] == "asker"] == [
        (300, "asker", "no answer"),
        (600, "asker", "no answer"),  # asked at 300 ms, while echo was dead
        (702, "asker", "answer 3"),
    ]


def test_a_paused_actor_hears_nothing_and_then_all_of_it_in_order() -> None:
    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Echo("echo", log))
    sender = Sleeper("sender", [], [])
    world.add(sender)
    world.call_at(10 * MILLISECOND, world.pause, "echo")
    for n in range(3):
        world.call_at((20 + n) * MILLISECOND, lambda n=n: sender.send("echo", Ping(n)))
    world.call_at(90 * MILLISECOND, world.resume, "echo")
    world.simulate(SECOND)
    assert log == [(90, "echo", f"got {n} from sender") for n in range(3)]


def test_an_actor_that_serves_answers_at_the_moment_of_delivery() -> None:
    class Server(Logger):
        async def main(self) -> None:
            await self.serve(self.answer)

        def answer(self, envelope: Envelope) -> None:
            self.log(f"got {envelope.message.n}")
            envelope.reply(Ping(envelope.message.n + 1))

    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Server("server", log))
    world.add(Asker("asker", log, "server", 100, times=3))
    world.call_at(2_500_000, world.restart, "server")
    world.simulate(SECOND)
    assert log == [
        (1, "server", "got 0"),
        (2, "asker", "answer 1"),
        (3, "server", "got 1"),
        (4, "asker", "answer 2"),
        (5, "server", "got 2"),
        (6, "asker", "answer 3"),
    ]


def test_a_serving_actor_that_fails_is_named() -> None:
    class Clumsy(Actor):
        async def main(self) -> None:
            await self.serve(self.stumble)

        def stumble(self, _: Envelope) -> None:
            raise ValueError("oops")

    world = World()
    world.add(Clumsy("clumsy"))
    world.add(Asker("asker", [], "clumsy", 100))
    with pytest.raises(ActorCrashed, match="clumsy failed"):
        world.simulate()


def test_partition_loses_and_repair_ends_it() -> None:
    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Echo("echo", log))
    world.add(Asker("asker", log, "echo", 100, times=4))
    world.links.partition("asker", "ec*")
    world.call_at(250 * MILLISECOND, world.links.repair, "asker", "ec*")
    world.simulate(SECOND)
    answers = [what for _, who, what in log if who == "asker"]
    assert answers == ["no answer", "no answer", "no answer", "answer 4"]
    assert world.telemetry.counter("links.lost_total").total == 3


def test_a_held_link_keeps_messages_in_order_and_nothing_is_delivered_twice() -> None:
    log: list[tuple[int, str, str]] = []
    world = World()
    world.add(Echo("echo", log))
    sender = Sleeper("sender", [], [])
    world.add(sender)
    world.links.hold("sender", "echo")
    for n in range(4):
        world.call_at(n * MILLISECOND, lambda n=n: sender.send("echo", Ping(n)))
    world.call_at(100 * MILLISECOND, world.release, "sender", "echo")
    world.simulate(SECOND)
    assert log == [(101, "echo", f"got {n} from sender") for n in range(4)]
    assert world.messages == 4


def test_a_lossy_link_loses_its_share() -> None:
    log: list[tuple[int, str, str]] = []
    world = World(seed=3)
    world.add(Echo("echo", log))
    sender = Sleeper("sender", [], [])
    world.add(sender)
    world.links.set("sender", "echo", Link(loss=0.25, jitter_ns=MILLISECOND))
    for n in range(2000):
        world.call_at(n * MILLISECOND, lambda n=n: sender.send("echo", Ping(n)))
    world.simulate(10 * SECOND)
    assert len(log) == 2000 - world.telemetry.counter("links.lost_total").total
    assert 1440 <= len(log) <= 1560


def test_a_new_actor_does_not_shift_the_random_stream_of_another() -> None:
    alone, crowded = World(seed=9), World(seed=9)
    crowded.random.single("somebody else").random()
    assert alone.random.single("me").random() == crowded.random.single("me").random()
    draws = (alone.random.array("me").random(4), crowded.random.array("me").random(4))
    assert draws[0].tolist() == draws[1].tolist()
    assert World(seed=10).random.single("me").random() != alone.random.single("you").random()


def test_a_crash_names_the_actor_the_virtual_time_and_the_seed() -> None:
    class Clumsy(Actor):
        async def main(self) -> None:
            await self.sleep(2 * SECOND)
            raise ZeroDivisionError("oops")

    world = World(seed=42)
    world.add(Clumsy("clumsy"))
    with pytest.raises(ActorCrashed, match=r"clumsy failed at 2\.000 s .*seed 42.*oops"):
        world.simulate()


def test_an_actor_that_awaits_wall_time_is_told_so() -> None:
    class Impatient(Actor):
        async def main(self) -> None:
            await trio.lowlevel.checkpoint()

    world = World()
    world.add(Impatient("impatient"))
    with pytest.raises(SimulationError, match="impatient awaits something of Trio's own"):
        world.simulate()


def test_ctrl_c_while_an_actor_runs_ends_the_world_and_nothing_else() -> None:
    class Interrupted(Actor):
        async def main(self) -> None:
            await self.sleep(SECOND)
            raise KeyboardInterrupt

    world = World()
    world.add(Interrupted("interrupted"))
    world.add(Sleeper("bystander", [], [5000]))
    with pytest.raises(KeyboardInterrupt):
        world.simulate()
    assert world.now == SECOND


def test_cancelling_a_run_ends_every_actor_through_trio() -> None:
    ended: list[str] = []

    class Tidy(Actor):
        async def main(self) -> None:
            try:
                while True:
                    await self.sleep(SECOND)
            finally:
                ended.append(self.name)

    async def cancelled() -> None:
        world = World()
        world.add(Tidy("one"))
        world.add(Tidy("two"))
        with trio.CancelScope() as scope:
            world.call_at(10 * SECOND, scope.cancel)
            await world.run()
        assert scope.cancelled_caught

    trio.run(cancelled)
    assert sorted(ended) == ["one", "two"]


def test_a_crash_in_a_callback_is_told_too() -> None:
    def stumble() -> None:
        raise ValueError("mind the gap")

    world = World(seed=5)
    world.call_at(SECOND, stumble)
    with pytest.raises(CallbackCrashed, match=r"stumble failed at 1\.000 s .*mind the gap"):
        world.simulate()


def test_a_world_runs_once() -> None:
    world = World()
    world.simulate(SECOND)
    with pytest.raises(WorldOver):
        world.simulate(SECOND)


async def test_pace_and_pause_change_when_but_never_what() -> None:
    def build() -> tuple[World, list[tuple[int, str, str]]]:
        log: list[tuple[int, str, str]] = []
        world = World(seed=4, link=Link(jitter_ns=5 * MILLISECOND))
        world.add(Echo("echo", log, think_ms=1))
        world.add(Asker("asker", log, "echo", 8, times=60))
        return world, log

    fast, fast_log = build()
    await fast.run(SECOND)
    slow, slow_log = build()
    slow.pace.change(20.0)
    async with slow.running(), trio.open_nursery() as nursery:

        async def meddle() -> None:
            for _ in range(4):
                await trio.sleep(0.005)
                slow.pace.pause()
                slow.pace.step(3)
                await trio.sleep(0.005)
                slow.pace.change(random.choice([10.0, 40.0]))
                slow.pace.resume()
            slow.pace.change(None)

        nursery.start_soon(meddle)
        await slow.advance(SECOND)
    assert slow_log == fast_log
    assert (slow.digest, slow.events, slow.messages) == (fast.digest, fast.events, fast.messages)


async def test_a_paused_world_takes_exactly_the_steps_it_is_given() -> None:
    world, seen = World(), []
    for n in range(10):
        world.call_at(n, lambda n=n: seen.append(n))
    world.pace.pause()
    async with world.running(), trio.open_nursery() as nursery:
        nursery.start_soon(world.advance, 100)
        await trio.testing.wait_all_tasks_blocked()
        assert seen == []
        world.pace.step(3)
        await trio.testing.wait_all_tasks_blocked()
        assert seen == [0, 1, 2]
        world.pace.resume()
    assert seen == list(range(10))


def test_narration_is_numbered_and_part_of_the_digest() -> None:
    def run(text: str) -> World:
        world = World()
        world.call_at(SECOND, world.narrate, "planner", text)
        world.simulate()
        return world

    one, other = run("plan 7 is ready"), run("plan 8 is ready")
    assert [(line.n, line.t_ns, line.component, line.text) for line in one.narration.lines] == [
        (1, SECOND, "planner", "plan 7 is ready")
    ]
    assert one.digest != other.digest
