"""A second run is held against a recording, event by event."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from outage_engine.recording.errors import BadRecording
from outage_engine.recording.packing import Packer
from outage_engine.recording.reader import Recording
from outage_engine.recording.sink import CHAIN_START, EventChunk, chain
from outage_engine.recording.verification import Divergence, Verdict, Verification, verify
from outage_engine.recording.writer import RecordingWriter

SECOND = 1_000_000_000


def rerun(path: Path, run: Any) -> Verdict:
    with Recording(path) as recording:
        return verify(recording, run.event_chunks())


def test_the_same_run_agrees_to_the_last_event(closed: Path, small_run: Any) -> None:
    verdict = rerun(closed, small_run)
    assert verdict.ok
    assert verdict.finished
    assert verdict.events == 320
    assert verdict.digest_expected == verdict.digest_found
    assert verdict.first_divergence is None


@pytest.mark.parametrize("altered", [0, 7, 8, 100, 319])
def test_the_first_event_that_differs_is_named(closed: Path, small_run: Any, altered: int) -> None:
    small_run.altered = altered
    verdict = rerun(closed, small_run)
    assert not verdict.ok
    assert verdict.digest_expected != verdict.digest_found
    actor = f"enactor-{altered % 3 + 1}"
    assert verdict.first_divergence == Divergence(
        t_ns=altered * SECOND,
        actor=actor,
        event=altered,
        expected=f"message {actor} applied {altered}",
        found=f"message {actor} skipped {altered}",
    )
    assert verdict.events == altered


def test_a_recording_that_was_tampered_with_is_found_out(closed: Path, small_run: Any) -> None:
    """Even when whoever did it made the chain of digests fit again."""
    file = sqlite3.connect(closed, isolation_level=None)
    small_run.altered = 200
    digests = [chunk.digest for chunk in small_run.event_chunks()]
    rows = [(digest, n) for n, digest in enumerate(digests)]
    file.executemany("UPDATE chunks SET digest = ? WHERE n = ?", rows)
    for shelf in range(0, 40, 16):
        bodies = [chunk.body for chunk in small_run.event_chunks()][shelf : shelf + 16]
        blob = Packer().pack(b"".join(bodies))
        file.execute("UPDATE chunk_shelves SET body = ? WHERE shelf = ?", (blob, shelf))
    file.execute("UPDATE meta SET value = ? WHERE key = 'digest'", (digests[-1].hex(),))
    file.close()
    small_run.altered = None
    verdict = rerun(closed, small_run)
    assert verdict.first_divergence is not None
    assert verdict.first_divergence.event == 200
    assert verdict.first_divergence.expected == "message enactor-3 skipped 200"


def test_an_unfinished_recording_is_verified_up_to_its_last_chunk(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    writer = new_writer()
    for chunk in list(small_run.event_chunks())[:13]:
        writer.chunk(chunk)
    writer.abandon()
    verdict = rerun(writer.path, small_run)
    assert (verdict.ok, verdict.finished, verdict.events) == (True, False, 13 * 8)
    assert verdict.digest_expected == verdict.digest_found


def test_an_empty_unfinished_recording_agrees_with_anything(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    writer = new_writer()
    writer.abandon()
    verdict = rerun(writer.path, small_run)
    assert (verdict.ok, verdict.finished, verdict.events) == (True, False, 0)


def test_a_run_that_ends_early_diverges(closed: Path, small_run: Any) -> None:
    small_run.chunks = 30
    verdict = rerun(closed, small_run)
    assert verdict.first_divergence == Divergence(
        240 * SECOND, "enactor-1", 240, "message enactor-1 applied 240", "the end of the run"
    )


def test_a_run_whose_last_chunk_is_shorter_diverges(closed: Path, small_run: Any) -> None:
    chunks = list(small_run.event_chunks())
    body = b"".join(msgspec.msgpack.encode(small_run.event(n)) for n in range(312, 318))
    last = attrs.evolve(chunks[-1], body=body, events=6, digest=chain(chunks[-2].digest, body))
    with Recording(closed) as recording:
        verdict = verify(recording, [*chunks[:-1], last])
    assert verdict.events == 318
    assert verdict.first_divergence is not None
    assert verdict.first_divergence.found == "the end of the run"


def closed_early(writer: RecordingWriter, small_run: Any, *, virtual_ns: int) -> Path:
    """Record 3 events of the run's second chunk and close, as somebody who quits does."""
    first, second = list(small_run.event_chunks())[:2]
    body = b"".join(msgspec.msgpack.encode(small_run.event(n)) for n in range(8, 11))
    digest = chain(first.digest, body)
    writer.chunk(first)
    writer.chunk(attrs.evolve(second, body=body, events=3, digest=digest, last_ns=10 * SECOND))
    writer.close(digest=digest, events=11, virtual_ns=virtual_ns, summary="")
    return writer.path


def test_a_run_that_somebody_quit_agrees_with_one_that_goes_on(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    path = closed_early(new_writer(), small_run, virtual_ns=10 * SECOND)
    verdict = rerun(path, small_run)
    assert (verdict.ok, verdict.finished, verdict.events) == (True, True, 11)
    assert verdict.digest_expected == verdict.digest_found


def test_an_event_that_a_closed_recording_should_have_held_diverges(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    path = closed_early(new_writer(), small_run, virtual_ns=60 * SECOND)
    verdict = rerun(path, small_run)
    assert verdict.first_divergence == Divergence(
        11 * SECOND, "enactor-3", 11, "the end of the run", "message enactor-3 applied 11"
    )


def test_an_event_after_the_last_full_chunk_of_a_closed_recording_diverges(
    new_writer: Callable[..., RecordingWriter], small_run: Any
) -> None:
    writer = new_writer()
    chunks = list(small_run.event_chunks())
    for chunk in chunks[:5]:
        writer.chunk(chunk)
    writer.close(digest=chunks[4].digest, events=40, virtual_ns=50 * SECOND, summary="")
    verdict = rerun(writer.path, small_run)
    assert verdict.first_divergence is not None
    assert verdict.first_divergence.event == 40


def test_values_that_are_only_equal_in_python_differ(new_writer: Any) -> None:
    def chunk_of(value: object) -> EventChunk:
        body = msgspec.msgpack.encode((SECOND, "message", "planner", value))
        return EventChunk(0, 0, 1, SECOND, SECOND, body, chain(CHAIN_START, body))

    writer = new_writer()
    writer.chunk(chunk_of(1))
    writer.abandon()
    with Recording(writer.path) as recording:
        for value in (1.0, True):
            divergence = verify(recording, [chunk_of(value)]).first_divergence
            assert divergence is not None
            assert divergence.found == f"message planner {value}"
        assert verify(recording, [chunk_of(1)]).ok


def test_a_run_is_told_at_once_so_that_it_can_end(closed: Path, small_run: Any) -> None:
    small_run.altered = 100
    told: list[int] = []
    with Recording(closed) as recording:
        verification = Verification(
            recording, on_divergence=lambda divergence: told.append(divergence.event)
        )
        for chunk in small_run.event_chunks():
            verification.chunk(chunk)
            assert verification.over == (chunk.index >= 12)
    assert told == [100]


def test_a_recording_damaged_inside_does_not_harm_the_run(closed: Path, small_run: Any) -> None:
    file = sqlite3.connect(closed, isolation_level=None)
    file.execute("UPDATE chunk_shelves SET body = zeroblob(length(body)) WHERE shelf = 16")
    file.close()
    with Recording(closed) as recording:
        verification = Verification(recording)
        small_run.events_into(verification)
        with pytest.raises(BadRecording, match="cannot be inflated"):
            verification.verdict()


def test_a_body_with_another_digest_is_damage(closed: Path, small_run: Any) -> None:
    file = sqlite3.connect(closed, isolation_level=None)
    file.execute("UPDATE chunks SET digest = zeroblob(32) WHERE n = 20")
    file.close()
    with pytest.raises(BadRecording, match="chunk 20 does not have its own digest"):
        rerun(closed, small_run)


def test_a_recorded_event_is_shown_as_one_short_line(new_writer: Any) -> None:
    body = msgspec.msgpack.encode((0, "message", "planner\n\x1b[2J", "x" * 500))
    other = msgspec.msgpack.encode((0, "message", "planner", "y"))
    writer = new_writer()
    writer.chunk(EventChunk(0, 0, 1, 0, 0, body, chain(CHAIN_START, body)))
    writer.abandon()
    with Recording(writer.path) as recording:
        found = EventChunk(0, 0, 1, 0, 0, other, chain(CHAIN_START, other))
        divergence = verify(recording, [found]).first_divergence
    assert divergence is not None
    assert divergence.expected.isprintable()
    assert divergence.actor.isprintable()
    assert len(divergence.expected) == 160
