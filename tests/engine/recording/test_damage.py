"""Whatever happens to the bytes of a recording, reading it ends, and ends in one line."""

import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage_engine.recording.errors import BadRecording
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_engine.recording.verification import verify

PAGE = 4096

fuzz = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""The file is written anew for each example, so sharing the fixture between them is fine."""


def problem_of(part: Callable[[], object]) -> str | None:
    """Return the one error a reader may raise, as text; None when all is well."""
    try:
        part()
    except BadRecording as error:
        return str(error)
    return None


def parts_of(recording: Recording, small_run: Any) -> Iterator[Callable[[], object]]:
    """Yield all that can be asked of a recording."""
    yield lambda: list(recording.chunks())
    yield lambda: verify(recording, small_run.event_chunks())
    playback = Playback(recording)
    for at_ns in playback.frame_times_ns[::9]:
        yield partial(playback.frame_at, at_ns)
    yield from (playback.narration, playback.actions, playback.milestones, playback.markers)
    yield from (playback.dns_changes, playback.failovers)
    yield lambda: list(playback.histograms("dns.apply"))
    yield lambda: [playback.series(name) for name in playback.metric_names()]


def read_everything(path: Path, small_run: Any) -> bool:
    """Read all that can be read; say whether the recording was good to the end."""
    problems: list[str | None] = []

    def read() -> None:
        with Recording(path) as recording:
            for part in parts_of(recording, small_run):
                problems.append(problem_of(part))

    problems.append(problem_of(read))
    assert all(problem.isprintable() for problem in problems if problem)
    return not any(problems)


def test_an_undamaged_recording_reads_to_the_end(closed: Path, small_run: Any) -> None:
    assert read_everything(closed, small_run)


@fuzz
@given(data=st.data())
def test_flipped_bytes_never_crash_a_reader(closed: Path, small_run: Any, data: Any) -> None:
    content = bytearray(closed.read_bytes())
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    damaged = closed.with_name("damaged.otrec")
    damaged.write_bytes(content)
    read_everything(damaged, small_run)


@fuzz
@given(seed=st.integers(0, 2**32))
def test_flipped_bytes_in_the_b_trees_never_crash_a_reader(
    closed: Path, small_run: Any, seed: int
) -> None:
    """Page headers and cell pointers are where damage does most; random places rarely hit them."""
    draw = random.Random(seed)
    content = bytearray(closed.read_bytes())
    for _ in range(draw.randrange(1, 6)):
        page = draw.randrange(len(content) // PAGE)
        place = page * PAGE + draw.randrange(24) + (100 if page == 0 else 0)
        content[place] = draw.randrange(256)
    damaged = closed.with_name("damaged.otrec")
    damaged.write_bytes(content)
    read_everything(damaged, small_run)


@fuzz
@given(seed=st.integers(0, 2**32))
def test_pages_in_the_wrong_place_never_crash_a_reader(
    closed: Path, small_run: Any, seed: int
) -> None:
    """A page that is its own ancestor makes a tree without an end."""
    draw = random.Random(seed)
    content = closed.read_bytes()
    pages = [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
    for _ in range(draw.randrange(1, 4)):
        pages[draw.randrange(1, len(pages))] = pages[draw.randrange(1, len(pages))]
    damaged = closed.with_name("damaged.otrec")
    damaged.write_bytes(b"".join(pages))
    read_everything(damaged, small_run)


def test_a_closed_recording_cut_anywhere_is_refused(closed: Path) -> None:
    content = closed.read_bytes()
    cut = closed.with_name("cut.otrec")
    lengths = {*range(0, 200), *range(0, len(content), 1999), len(content) - 1}
    lengths |= {at + by for at in range(0, len(content), PAGE) for by in (-1, 0, 1) if at}
    for length in sorted(length for length in lengths if length < len(content)):
        cut.write_bytes(content[:length])
        with pytest.raises(BadRecording):
            Recording(cut)


def test_an_open_recording_cut_anywhere_is_refused_or_unfinished(
    new_writer: Any, small_run: Any, tmp_path: Path
) -> None:
    writer = new_writer()
    small_run.into(writer)
    writer.flush()
    content = writer.path.read_bytes()
    wal = writer.path.with_name("run.otrec-wal").read_bytes()
    chunks = list(small_run.event_chunks())
    cut = tmp_path / "cut.otrec"
    for length in [*range(0, len(wal), 4999), len(wal)]:
        cut.write_bytes(content)
        cut.with_name("cut.otrec-wal").write_bytes(wal[:length])
        with Recording(cut) as recording:
            assert not recording.meta.finished
            assert list(recording.chunks()) == chunks[: recording.chunk_count]
    cut.with_name("cut.otrec-wal").unlink()
    for length in range(0, len(content), 4999):
        cut.write_bytes(content[:length])
        read_everything(cut, small_run)
    writer.abandon()


def test_any_byte_of_the_header_may_be_wrong(closed: Path, small_run: Any) -> None:
    good = closed.read_bytes()
    damaged = closed.with_name("damaged.otrec")
    for byte in range(100):
        for value in (0, 0xFF, good[byte] ^ 1):
            damaged.write_bytes(good[:byte] + bytes([value]) + good[byte + 1 :])
            read_everything(damaged, small_run)


def test_random_files_with_our_header_never_crash_a_reader(closed: Path, small_run: Any) -> None:
    header = closed.read_bytes()[:100]
    damaged = closed.with_name("damaged.otrec")
    for _ in range(20):
        damaged.write_bytes(header + os.urandom(3 * PAGE - 100))
        assert not read_everything(damaged, small_run)
