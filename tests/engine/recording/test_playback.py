"""Any moment of a recorded run, without running it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.recording.errors import BadRecording
from outage_engine.recording.playback import (
    DnsChange,
    Failover,
    Marker,
    NarrationLine,
    Playback,
    RecordedAction,
    RecordedHistogram,
    RecordedMilestone,
)
from outage_engine.recording.reader import Recording
from outage_engine.recording.writer import RecordingWriter

SECOND = 1_000_000_000


def test_a_seek_gives_the_latest_frame_not_after_the_moment(closed: Path, small_run: Any) -> None:
    with Recording(closed) as recording:
        playback = Playback(recording)
        assert len(playback.frame_times_ns) == 150
        for at_s, n in ((0, 0), (9, 0), (10, 1), (1205, 120), (1490, 149), (99_999, 149), (3, 0)):
            frame = playback.frame_at(at_s * SECOND)
            assert frame is not None
            assert (frame.t_ns, frame.body) == (n * 10 * SECOND, small_run.frame(n))


def test_before_the_first_frame_there_is_the_first(new_writer: Any) -> None:
    writer = new_writer()
    writer.frame(50, b"first")
    writer.abandon()
    with Recording(writer.path) as recording:
        frame = Playback(recording).frame_at(-1)
        assert frame is not None
        assert frame.body == b"first"


def test_a_recording_without_frames_says_so(new_writer: Callable[..., RecordingWriter]) -> None:
    writer = new_writer()
    writer.abandon()
    with Recording(writer.path) as recording:
        assert Playback(recording).frame_at(0) is None


def test_the_last_frame_of_a_moment_counts(new_writer: Callable[..., RecordingWriter]) -> None:
    writer = new_writer()
    writer.frame(0, b"start")
    writer.frame(10, b"before the action")
    writer.frame(10, b"after the action")
    writer.abandon()
    assert writer.failure is None
    with Recording(writer.path) as recording:
        frame = Playback(recording).frame_at(10)
        assert frame is not None
        assert frame.body == b"after the action"


def test_narration_goes_up_to_a_moment(closed: Path) -> None:
    with Recording(closed) as recording:
        playback = Playback(recording)
        lines = playback.narration(until_ns=20 * SECOND)
        assert [line.n for line in lines] == [1, 2, 3]
        assert lines[2] == NarrationLine(
            3, 20 * SECOND, "planner", "info", "plan 2 made", about="zone"
        )
        assert [line.n for line in playback.narration(until_ns=40 * SECOND, after=3)] == [4, 5]
        assert len(playback.narration()) == 150


def test_a_series_covers_the_whole_run(closed: Path) -> None:
    with Recording(closed) as recording:
        playback = Playback(recording)
        assert playback.metric_names() == ("dwfm.broken", "nm.wait_s")
        series = playback.series("nm.wait_s")
        np.testing.assert_array_equal(series.times_ns, np.arange(150) * 10 * SECOND)
        np.testing.assert_array_equal(series.values, np.arange(150) / 8)
        with pytest.raises(KeyError):
            playback.series("nm.wait")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20))
def test_every_number_comes_back_exactly(values: list[float]) -> None:
    with TemporaryDirectory() as folder:
        writer = RecordingWriter(Path(folder, "run.otrec"), meta={}, scenario="")
        writer.declare_metrics([f"metric.{place}" for place in range(len(values))])
        writer.metrics(0, values)
        writer.abandon()
        assert writer.failure is None
        with Recording(writer.path) as recording:
            playback = Playback(recording)
            found = [playback.series(name).values[0] for name in playback.metric_names()]
    np.testing.assert_array_equal(found, values)


def test_a_metric_declared_late_is_unknown_before(new_writer: Any) -> None:
    writer = new_writer()
    writer.declare_metrics(["a"])
    writer.metrics(0, [1.0])
    writer.declare_metrics(["a", "b"])
    writer.metrics(1, [2.0, float("nan")])
    writer.metrics(2, [1e300, 0.1])
    writer.abandon()
    assert writer.failure is None
    with Recording(writer.path) as recording:
        playback = Playback(recording)
        np.testing.assert_array_equal(playback.series("a").values, [1.0, 2.0, 1e300])
        np.testing.assert_array_equal(playback.series("b").values, [np.nan, np.nan, 0.1])


def test_metrics_without_samples_are_empty_series(new_writer: Any) -> None:
    writer = new_writer()
    writer.declare_metrics(["a"])
    writer.abandon()
    with Recording(writer.path) as recording:
        assert Playback(recording).series("a").values.shape == (0,)


def test_what_happened_is_listed(closed: Path) -> None:
    with Recording(closed) as recording:
        playback = Playback(recording)
        assert playback.actions() == [
            RecordedAction(5 * SECOND, "dns.inspect", '{"endpoint": "x"}', "done", "script")
        ]
        assert playback.milestones() == [RecordedMilestone(7 * SECOND, "dns-empty", "mechanism")]
        assert playback.dns_changes() == [
            DnsChange(7 * SECOND, "db.example", "192.0.2.1", "", "enactor-2")
        ]
        assert playback.failovers() == [Failover(9 * SECOND, "az1", "out", "nodes unhealthy")]
        assert playback.markers() == [Marker(11 * SECOND, "here it breaks")]
        histogram = RecordedHistogram(10 * SECOND, "dns.apply", b"\x00\x01counts")
        assert list(playback.histograms("dns.apply")) == [histogram]
        assert list(playback.histograms("ec2.launch")) == []


def test_numbers_that_are_none_are_refused(new_writer: Callable[..., RecordingWriter]) -> None:
    writer = new_writer()
    writer.declare_metrics(["a"])
    writer.metrics(0, [1.0])
    writer.abandon()
    for numbers in ("[", "{}", '["x"]', "[" * 5000, "[1e999]"):
        file = sqlite3.connect(writer.path, isolation_level=None)
        file.execute("UPDATE metric_samples SET numbers = ?", (numbers,))
        file.close()
        with Recording(writer.path) as recording, pytest.raises(BadRecording, match="is damaged"):
            Playback(recording).series("a")


def test_a_small_file_cannot_claim_large_series(new_writer: Callable[..., RecordingWriter]) -> None:
    """A name and an empty sample take a few bytes each; both together need much more."""
    writer = new_writer()
    writer.abandon()
    file = sqlite3.connect(writer.path, isolation_level=None)
    count = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)"
    file.execute(f"INSERT INTO metric_names {count} SELECT n, 'm' FROM c")
    file.execute(f"INSERT INTO metric_samples {count} SELECT n, '[]' FROM c")
    file.close()
    with Recording(writer.path) as recording, pytest.raises(BadRecording, match="more metrics"):
        Playback(recording).series("m")
