"""A small run to record: known events, frames and rows, without a simulation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import msgspec
import pytest

from outage_engine.recording.sink import CHAIN_START, EventChunk, EventSink, chain
from outage_engine.recording.writer import RecordingWriter

SECOND = 1_000_000_000


@attrs.define
class SmallRun:
    """A run whose event number n happens at n seconds; the event `altered` is another one."""

    chunks: int = 40
    events_per_chunk: int = 8
    altered: int | None = None
    frames: int = 150

    def event(self, n: int) -> tuple[int, str, str, str, int]:
        actor = f"enactor-{n % 3 + 1}"
        return (n * SECOND, "message", actor, "applied" if n != self.altered else "skipped", n)

    def event_chunks(self) -> Iterator[EventChunk]:
        digest = CHAIN_START
        for index in range(self.chunks):
            first = index * self.events_per_chunk
            numbers = range(first, first + self.events_per_chunk)
            body = b"".join(msgspec.msgpack.encode(self.event(n)) for n in numbers)
            digest = chain(digest, body)
            yield EventChunk(
                index=index,
                first_event=first,
                events=self.events_per_chunk,
                first_ns=numbers[0] * SECOND,
                last_ns=numbers[-1] * SECOND,
                body=body,
                digest=digest,
            )

    def frame(self, n: int) -> bytes:
        return f"frame {n}: ".encode() + b"leases " * 50

    def into(self, writer: RecordingWriter) -> None:
        """Give everything to a writer, as a run would."""
        self.events_into(writer)
        writer.declare_metrics(["dwfm.broken", "nm.wait_s"])
        for n in range(self.frames):
            writer.frame(n * 10 * SECOND, self.frame(n))
            writer.metrics(n * 10 * SECOND, [float(n), n / 8])
            writer.narration(n + 1, n * 10 * SECOND, "planner", "info", f"plan {n} made", "zone")
        writer.action(5 * SECOND, "dns.inspect", '{"endpoint": "x"}', "done", "script")
        writer.milestone(7 * SECOND, "dns-empty", "mechanism")
        writer.dns_change(7 * SECOND, "db.example", "192.0.2.1", "", "enactor-2")
        writer.failover(9 * SECOND, "az1", "out", "nodes unhealthy")
        writer.histogram(10 * SECOND, "dns.apply", b"\x00\x01counts")
        writer.marker(11 * SECOND, "here it breaks")

    def events_into(self, sink: EventSink) -> None:
        for chunk in self.event_chunks():
            sink.chunk(chunk)

    def close(self, writer: RecordingWriter) -> None:
        last = list(self.event_chunks())[-1]
        events = last.first_event + last.events
        writer.close(
            digest=last.digest,
            events=events,
            virtual_ns=last.last_ns,
            summary='{"impact": 1}',
        )


@pytest.fixture
def small_run() -> SmallRun:
    return SmallRun()


@pytest.fixture
def new_writer(tmp_path: Path) -> Callable[..., RecordingWriter]:
    """Return a maker of writers for a file of this name in the test's folder."""

    def make(name: str = "run.otrec") -> RecordingWriter:
        meta = {"seed": "7", "version": "0.1.0"}
        return RecordingWriter(tmp_path / name, meta=meta, scenario='name = "small"\n')

    return make


@pytest.fixture
def closed(small_run: SmallRun, new_writer: Callable[..., RecordingWriter]) -> Path:
    """Return the path of a closed recording of the small run."""
    writer = new_writer()
    small_run.into(writer)
    small_run.close(writer)
    assert writer.failure is None
    return writer.path
