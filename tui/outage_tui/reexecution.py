"""The first part of a fork: its parent's run again, up to the moment where the two part.

It is executed at full speed, whatever the pace is to be afterwards, and held against the parent's
recording chunk by chunk. Events before the moment are the parent's; inputs at the moment itself are
the fork's own. An unfinished recording will do, also one that is still being written: what it has
is compared, and what it does not have yet follows from its inputs, which it does have.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from outage_engine.errors import OutageError
from outage_engine.recording.ancestry import Ancestry
from outage_engine.recording.reader import Recording
from outage_tui.link_messages import Progress

if TYPE_CHECKING:
    from outage_agents.simulation import Simulation
    from outage_engine.recording.sink import EventChunk, EventSink
    from outage_engine.recording.verification import Divergence

TOLD_EVERY_S = 0.1
"""Wall seconds between two reports of progress."""


@attrs.frozen
class Parent:
    """Where a fork comes from."""

    path: Path
    at_ns: int
    """Moment at which it goes its own way; everything before is the parent's."""
    digest: str = ""
    """Of the parent's recording, as far as it went when it was forked."""

    def meta(self) -> dict[str, str]:
        """What the fork's recording says of it."""
        return {
            "parent": self.path.name,
            "parent_digest": self.digest,
            "parent_at_ns": str(self.at_ns),
        }


class Diverged(OutageError):
    """A fork is not its parent: another version of the program, or a recording that was changed."""


class Reexecution:
    """One run being executed again. Use it in a `with`: it holds the parent's recording open."""

    def __init__(self, parent: Parent) -> None:
        """Raises RecordingError when the parent cannot be read."""
        self._parent = parent
        self._recording = Recording(parent.path)
        self._stop = trio.CancelScope()
        self._ancestry = Ancestry(
            self._recording, parent.at_ns, on_divergence=lambda _: self._stop.cancel()
        )
        self._began_s = 0.0
        self._told_s = 0.0

    def __enter__(self) -> "Reexecution":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the parent's recording."""
        self._recording.close()

    @property
    def events(self) -> int:
        """How many events were found to be the parent's."""
        return self._ancestry.events

    def beside(self, sink: "EventSink | None") -> "EventSink":
        """What takes the run's events: the comparison, and then `sink`."""
        return _Both(self._ancestry, sink)

    async def run(self, simulation: "Simulation", tell: Callable[[Progress], None]) -> None:
        """Bring a simulation, inside `world.running()`, to just before the moment.

        `tell` hears of progress. Raises Diverged at the first event that is not the parent's, and
        RecordingError when the parent turns out to be damaged.
        """
        world = simulation.world
        watcher, pace = world.on_slice, world.pace.multiplier
        self._began_s = time.monotonic()

        def look() -> None:
            if watcher is not None:
                watcher()
            self._tell(simulation, tell)

        world.on_slice = look
        world.pace.change(None)
        with self._stop:
            await world.advance(self._parent.at_ns - 1)
        world.pace.change(pace)
        world.on_slice = watcher
        self._ancestry.settle(world.open_chunk())
        if self._ancestry.divergence is not None:
            raise Diverged(self._words(simulation, self._ancestry.divergence))
        self._told_s = 0.0
        self._tell(simulation, tell)

    def _tell(self, simulation: "Simulation", tell: Callable[[Progress], None]) -> None:
        now_s = time.monotonic()
        if now_s < self._told_s + TOLD_EVERY_S:
            return
        self._told_s = now_s
        world, total = simulation.world, max(1, self._ancestry.total_events)
        by_time = min(1.0, (world.now + 1) / max(1, self._parent.at_ns))
        by_events = min(1.0, world.recorded_events / total)
        share = 1.0 if by_time >= 1.0 else min(0.999, max(by_events, 1e-6))
        tell(
            Progress(
                what="re-execution",
                share=share,
                t_ns=world.now,
                until_ns=self._parent.at_ns,
                events=self._ancestry.events,
                left_s=(now_s - self._began_s) * (1.0 / share - 1.0),
            )
        )

    def _words(self, simulation: "Simulation", found: "Divergence") -> str:
        clock = simulation.scenario.clock(found.t_ns)
        return (
            f"{self._parent.path}: the fork is not its parent after {found.event} events, at "
            f"{clock}, actor {found.actor}: expected {found.expected}; found {found.found}"
        )


@attrs.frozen
class _Both:
    """Two takers of the same events."""

    first: "EventSink"
    second: "EventSink | None"

    def chunk(self, chunk: "EventChunk") -> None:
        """Hand a chunk to both."""
        self.first.chunk(chunk)
        if self.second is not None:
            self.second.chunk(chunk)
