"""Two recordings are held against each other: where do the runs part?"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage_engine.recording.comparison import Comparison, Parting, compare
from outage_engine.recording.errors import BadRecording
from outage_engine.recording.reader import Recording
from outage_engine.recording.writer import RecordingWriter

SECOND = 1_000_000_000
NewWriter = Callable[..., RecordingWriter]


def recorded(run: Any, new_writer: NewWriter, name: str, *, closed: bool = True) -> Path:
    writer = new_writer(name)
    run.events_into(writer)
    if closed:
        run.close(writer)
    else:
        writer.flush()
        writer.abandon()
    return writer.path


def compared(one: Path, other: Path) -> Comparison:
    with Recording(one) as first, Recording(other) as second:
        return compare(first, second)


def test_a_run_never_parts_from_itself(small_run: Any, new_writer: NewWriter) -> None:
    one, other = (recorded(small_run, new_writer, f"{name}.otrec") for name in "ab")
    assert compared(one, other) == Comparison(320, None)
    assert compared(one, one) == Comparison(320, None)


@pytest.mark.parametrize("altered", [0, 7, 8, 100, 319])
def test_the_first_event_that_differs_is_named(
    small_run: Any, new_writer: NewWriter, altered: int
) -> None:
    one = recorded(small_run, new_writer, "a.otrec")
    other = recorded(attrs.evolve(small_run, altered=altered), new_writer, "b.otrec")
    actor = f"enactor-{altered % 3 + 1}"
    done, skipped = (f"message {actor} {word} {altered}" for word in ("applied", "skipped"))
    parting = Parting(altered * SECOND, actor, altered, done, skipped)
    assert compared(one, other) == Comparison(altered, parting)
    mirrored = attrs.evolve(parting, first=skipped, second=done)
    assert compared(other, one) == Comparison(altered, mirrored)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_runs_part_where_an_honest_search_finds_it(
    small_run: Any, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Halving the digests gives what comparing event after event gives."""
    draw = data.draw
    chunks, other_chunks = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    altered = draw(st.none() | st.integers(0, 8 * 9))
    folder = tmp_path_factory.mktemp("pair")

    def make(name: str) -> RecordingWriter:
        return RecordingWriter(folder / name, meta={}, scenario="")

    runs = (
        attrs.evolve(small_run, chunks=chunks),
        attrs.evolve(small_run, chunks=other_chunks, altered=altered),
    )
    found = compared(*(recorded(run, make, f"{k}.otrec") for k, run in enumerate(runs)))
    both = 8 * min(chunks, other_chunks)
    alike = next((n for n in range(both) if runs[0].event(n) != runs[1].event(n)), both)
    assert found.events_alike == alike
    # A run that ends earlier, by its own plan, does not part from the other.
    assert (found.parting is None) == (alike == both)
    if found.parting is not None:
        assert (found.parting.event, found.parting.t_ns) == (alike, alike * SECOND)


def test_an_unfinished_recording_is_compared_as_far_as_it_goes(
    small_run: Any, new_writer: NewWriter
) -> None:
    short = attrs.evolve(small_run, chunks=20)
    killed = recorded(short, new_writer, "killed.otrec", closed=False)
    whole = recorded(small_run, new_writer, "whole.otrec")
    found = compared(killed, whole)
    assert found.parting is None
    assert 0 < found.events_alike <= 160


def test_a_run_that_falls_silent_before_its_end_has_parted(
    small_run: Any, new_writer: NewWriter
) -> None:
    whole = recorded(small_run, new_writer, "whole.otrec")
    short = attrs.evolve(small_run, chunks=20)
    writer = new_writer("silent.otrec")
    short.events_into(writer)
    last = list(short.event_chunks())[-1]
    writer.close(digest=last.digest, events=160, virtual_ns=319 * SECOND, summary="")
    parting = compared(writer.path, whole).parting
    assert parting is not None
    assert (parting.event, parting.first) == (160, "the end of the run")
    assert parting.second.startswith("message enactor-2 applied 160")


@contextmanager
def counting() -> Iterator[list[int]]:
    """The chunks that are inflated while this lasts."""
    asked: list[int] = []
    whole = Recording.chunk

    def chunk(self: Recording, index: int) -> Any:
        asked.append(index)
        return whole(self, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recording, "chunk", chunk)
        yield asked


def test_runs_that_part_late_are_not_read_from_the_beginning(
    small_run: Any, new_writer: NewWriter
) -> None:
    long = attrs.evolve(small_run, chunks=400)
    one = recorded(long, new_writer, "a.otrec")
    other = recorded(attrs.evolve(long, altered=3100), new_writer, "b.otrec")
    with Recording(one) as first, Recording(other) as second, counting() as asked:
        found = compare(first, second)
    assert found.events_alike == 3100
    assert asked == [387, 387]


def test_a_recording_whose_index_has_a_hole_is_named(small_run: Any, new_writer: NewWriter) -> None:
    one, other = (recorded(small_run, new_writer, f"{name}.otrec") for name in "ab")
    file = sqlite3.connect(other, isolation_level=None)
    file.execute("DELETE FROM chunks WHERE n = 20")
    file.close()
    with pytest.raises(BadRecording, match=r"b\.otrec"):
        compared(one, other)
