"""A fork's first part is its parent's run, event by event, and nothing after the moment counts."""

import sqlite3
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.clock import SECOND
from outage_engine.errors import RecordingError
from outage_engine.recording.ancestry import Ancestry
from outage_engine.recording.reader import Recording
from outage_engine.recording.writer import RecordingWriter
from outage_engine.world import World

END_NS = 40 * SECOND


def told(world: World, what: str) -> None:
    world.note("ticker", (what, world.now % 977))
    world.call_after(7_300_000, told, world, what)


def ticking(parts_ns: int | None = None, sink: object = None) -> World:
    """A world that notes something 137 times a second; from `parts_ns` on something else too."""
    world = World(seed=1, sink=sink)  # type: ignore[arg-type]
    world.call_at(0, told, world, "as ever")
    if parts_ns is not None:
        world.call_at(parts_ns, told, world, "otherwise")
    return world


def recorded(path: Path, *, finished: bool = True, end_ns: int = END_NS) -> Path:
    writer = RecordingWriter(path, meta={"seed": "1"}, scenario="a test")
    world = ticking(sink=writer)
    world.simulate(end_ns)
    if finished:
        digest = bytes.fromhex(world.digest)
        writer.close(digest=digest, events=world.recorded_events, virtual_ns=end_ns, summary="")
    else:
        writer.abandon()
    return path


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("parent") / "parent.otrec")


def repeated(parent: Path, at_ns: int, parts_ns: int | None, end_ns: int = 0) -> Ancestry:
    """A run that parts from its parent at `parts_ns`, compared up to `at_ns`."""
    with Recording(parent) as recording:
        ancestry = Ancestry(recording, at_ns)
        world = ticking(parts_ns, ancestry)

        async def run() -> None:
            async with world.running():
                await world.advance(at_ns - 1)
                ancestry.settle(world.open_chunk())
                await world.advance(max(at_ns, end_ns))

        trio.run(run)
        return ancestry


@settings(deadline=None, max_examples=30)
@given(at_ns=st.integers(1, END_NS), after_ns=st.integers(0, END_NS))
def test_what_comes_from_the_moment_on_may_be_anything(
    parent: Path, at_ns: int, after_ns: int
) -> None:
    ancestry = repeated(parent, at_ns, at_ns + after_ns, END_NS)
    assert ancestry.divergence is None
    expected = sum(1 for t in range(0, at_ns, 7_300_000)) * 2
    assert ancestry.events == pytest.approx(expected, abs=1024)


@settings(deadline=None, max_examples=30)
@given(at_ns=st.integers(2, END_NS), share=st.floats(0.0, 1.0, exclude_max=True))
def test_the_first_event_before_the_moment_that_is_not_the_parents_is_named(
    parent: Path, at_ns: int, share: float
) -> None:
    parts_ns = int((at_ns - 1) * share)
    ancestry = repeated(parent, at_ns, parts_ns)
    assert ancestry.divergence is not None
    assert ancestry.divergence.t_ns == parts_ns


def test_a_parent_that_was_cut_off_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    short = recorded(tmp_path / "short.otrec", finished=False, end_ns=9 * SECOND)
    assert repeated(short, END_NS, None).divergence is None
    assert repeated(short, END_NS, 20 * SECOND).divergence is None
    assert repeated(short, END_NS, 2 * SECOND).divergence is not None


def test_a_damaged_parent_is_told_and_not_taken_for_a_divergence(
    parent: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.otrec"
    damaged.write_bytes(parent.read_bytes())
    file = sqlite3.connect(damaged, isolation_level=None)
    file.execute("UPDATE chunks SET digest = zeroblob(32) WHERE n = 2")
    file.close()
    with pytest.raises(RecordingError, match="chunk 2 does not have its own digest"):
        repeated(damaged, END_NS, None)


def test_how_much_there_is_to_repeat_is_known_to_within_a_chunk(parent: Path) -> None:
    with Recording(parent) as recording:
        assert Ancestry(recording, 1).total_events == 0
        half = Ancestry(recording, END_NS // 2).total_events
        assert abs(half - recording.meta.events / 2) < 1024
