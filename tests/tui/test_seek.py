"""Seeking in a recording: forward and back lead to the same picture, and to it alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage_agents.views import NarrationView, RegionView
from outage_engine.recording import reader
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.link_messages import Mark, Pause, Seek, Step
from outage_tui.replay import ReplaySource, opened
from tests.sharing import Nights

END_NS = 58 * 60 * 10**9
moments = st.integers(0, END_NS)
once = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Watcher:
    """Keeps what a dashboard would: the newest view, and all lines up to it."""

    def __init__(self, source: ReplaySource) -> None:
        self.source = source
        self.view: RegionView | None = None
        self.lines: list[NarrationView] = []
        source.send(Pause())

    def look(self) -> None:
        update = self.source.poll()
        if update.rewound:
            self.lines.clear()
        self.lines.extend(update.lines)
        self.view = update.view or self.view

    def seek(self, t_ns: int) -> tuple[RegionView | None, tuple[NarrationView, ...], int, float]:
        self.source.send(Seek(t_ns))
        self.look()
        history = self.source.history("dns.answers")
        return self.view, tuple(self.lines), len(history.times_ns), float(sum(history.values))


@contextmanager
def watched(path: Path) -> Iterator[Watcher]:
    with opened(path, None) as source:
        yield Watcher(source)


@once
@given(way=st.lists(moments, max_size=6), target=moments)
def test_whatever_the_way_there_a_moment_looks_the_same(
    recording: Path, way: list[int], target: int
) -> None:
    with watched(recording) as straight, watched(recording) as roundabout:
        for t_ns in way:
            roundabout.seek(t_ns)
        assert roundabout.seek(target) == straight.seek(target)


@once
@given(first=moments, second=moments)
def test_there_and_back_is_where_one_was(recording: Path, first: int, second: int) -> None:
    with watched(recording) as watcher:
        before = watcher.seek(first)
        watcher.seek(second)
        assert watcher.seek(first) == before


@once
@given(target=moments)
def test_nothing_later_than_the_moment_is_shown(recording: Path, target: int) -> None:
    with watched(recording) as watcher:
        view, lines, _, _ = watcher.seek(target)
        assert view is not None
        assert view.t_ns <= target
        assert all(line.t_ns <= target for line in lines)
        history = watcher.source.history("dns.answers")
        assert all(t_ns <= target for t_ns in history.times_ns)
        whole = watcher.source.overview("dns.answers")
        assert len(whole.times_ns) >= len(history.times_ns)


@once
@given(target=moments, steps=st.integers(1, 5))
def test_steps_back_undo_steps_forward(recording: Path, target: int, steps: int) -> None:
    with watched(recording) as watcher:
        watcher.seek(target)
        watcher.source.send(Step(-100_000))
        for _ in range(steps):
            watcher.source.send(Step(1))
        watcher.look()
        there = watcher.view
        watcher.source.send(Step(steps))
        watcher.look()
        watcher.source.send(Step(-steps))
        watcher.look()
        assert watcher.view == there


def test_a_moment_of_the_whole_night_looks_the_same_from_both_ends(
    nights: Nights,
) -> None:
    path = nights.of(1)
    with watched(path) as watcher:
        hours = range(0, 17)
        on = [watcher.seek(hour * 3600 * 10**9) for hour in hours]
        back = [watcher.seek(hour * 3600 * 10**9) for hour in reversed(hours)]
        assert on == back[::-1]


def test_only_so_many_inflated_shelves_are_kept(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_SHELVES_SIZE_MAX", 1_500_000)
    with Recording(nights.of(1)) as recording:
        playback = Playback(recording)
        first = playback.frame_at(0)
        for t_ns in playback.frame_times_ns[::20]:
            playback.frame_at(t_ns)
            kept = recording._shelves
            assert sum(map(len, kept.values())) <= 1_500_000
        assert len(kept) > 1, "the last ones are kept"
        assert playback.frame_at(0) == first


def test_a_marker_of_the_replay_is_told_and_what_is_seen_is_not(recording: Path) -> None:
    with watched(recording) as watcher:
        watcher.source.send(Seek(60 * 10**9))
        watcher.source.send(Mark("here"))
        applied = watcher.source.poll().applied
        assert [one.command for one in applied] == ["mark"]
        assert watcher.source.markers()[0].name == "here"


def test_in_a_hurry_the_first_picture_comes_without_series_and_the_second_with_them(
    recording: Path,
) -> None:
    with opened(recording, "23:50", hurried=True) as source:
        first = source.poll()
        assert first.view is not None
        assert not len(source.history("dns.answers").times_ns)
        second = source.poll()
        assert second.view == first.view, "shown again, for its charts"
        assert len(source.history("dns.answers").times_ns) > 100
        assert source.poll().view is None
