"""A world, recorded, replayed and verified: the parts together."""

from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from outage_engine.actor import Actor
from outage_engine.clock import SECOND
from outage_engine.recording.reader import Recording
from outage_engine.recording.sink import EventSink
from outage_engine.recording.verification import Verdict, Verification
from outage_engine.recording.writer import RecordingWriter
from outage_engine.world import World


@attrs.frozen
class Report:
    load: int


class Worker(Actor):
    """Reports a random load every second."""

    async def main(self) -> None:
        stream = self.world.random.single(f"{self.name}/load")
        while True:
            await self.sleep(SECOND)
            self.send("collector", Report(stream.randrange(1000)))


class Collector(Actor):
    """Hears the reports and narrates the heaviest so far."""

    def __init__(self, name: str, *, restart_load: int = 1000) -> None:
        super().__init__(name)
        self.restart_load = restart_load

    async def main(self) -> None:
        heaviest = 0
        while True:
            envelope = await self.receive()
            assert envelope is not None
            if envelope.message.load > heaviest:
                heaviest = envelope.message.load
                self.narrate(f"heaviest load so far: {heaviest}")
            if envelope.message.load >= self.restart_load:
                heaviest = 0


def run_world(sink: EventSink | None, *, seed: int = 1, restart_load: int = 1000) -> World:
    world = World(seed, sink=sink)
    world.add(Collector("collector", restart_load=restart_load))
    for n in range(8):
        world.add(Worker(f"worker-{n}"))
    world.simulate(100 * SECOND)
    return world


@pytest.fixture
def recorded(new_writer: Callable[..., RecordingWriter]) -> Path:
    writer = new_writer()
    world = run_world(writer)
    digest = bytes.fromhex(world.digest)
    writer.close(digest=digest, events=world.recorded_events, virtual_ns=world.now, summary="")
    assert writer.failure is None
    return writer.path


HEAVY = [{"load": load} for load in range(990, 1000)]


def verified(path: Path, *, seed: int = 1, restart_load: int = 1000) -> Verdict:
    with Recording(path) as recording:
        verification = Verification(recording)
        run_world(verification, seed=seed, restart_load=restart_load)
        return verification.verdict()


def test_recorded_or_not_a_run_has_one_digest(recorded: Path) -> None:
    with Recording(recorded) as recording:
        assert recording.meta.digest == run_world(None).digest


def test_a_world_repeats_its_recording(recorded: Path) -> None:
    verdict = verified(recorded)
    assert verdict.ok
    assert verdict.first_divergence is None
    assert verdict.digest_found == verdict.digest_expected == run_world(None).digest


def test_a_world_with_other_luck_is_told_apart_at_its_first_report(recorded: Path) -> None:
    divergence = verified(recorded, seed=2).first_divergence
    assert divergence is not None
    assert divergence.actor == "collector"
    assert divergence.expected.startswith("deliver collector worker-0 Report load=")
    assert divergence.found.startswith("deliver collector worker-0 Report load=")
    assert divergence.expected != divergence.found


def test_a_world_with_another_rule_is_told_apart_where_the_rule_first_matters(
    recorded: Path,
) -> None:
    """The planted difference changes nothing until a load of 990 has come."""
    divergence = verified(recorded, restart_load=990).first_divergence
    assert divergence is not None
    with Recording(recorded) as recording:
        events = [event for chunk in recording.chunks() for event in recording.events(chunk)]
    heavy = [n for n, event in enumerate(events) if event[-1] in HEAVY]
    assert divergence.event > heavy[0]
    assert divergence.found.startswith("note collector")
    assert "heaviest load so far" in divergence.found
