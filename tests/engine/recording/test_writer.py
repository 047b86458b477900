"""What a recording keeps, and that it never harms the run it records."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import outage_engine
from outage_engine.recording import format_1
from outage_engine.recording.errors import BadRecording
from outage_engine.recording.reader import Recording
from outage_engine.recording.sink import CHAIN_START, EventChunk, chain
from outage_engine.recording.writer import COMMIT_EVERY_CHUNKS, RecordingWriter

WriterMaker = Callable[..., RecordingWriter]


def test_a_closed_recording_is_one_plain_file(closed: Path) -> None:
    assert [path.name for path in closed.parent.iterdir()] == ["run.otrec"]
    assert closed.read_bytes()[18:20] == b"\x01\x01"  # not in write-ahead mode


def test_a_closed_recording_says_its_own_size(closed: Path) -> None:
    with sqlite3.connect(closed) as file:
        (size,) = file.execute("SELECT value FROM meta WHERE key = 'size_bytes'").fetchone()
    file.close()
    assert int(size) == closed.stat().st_size


def test_people_can_ask_for_metrics_in_plain_sql(closed: Path) -> None:
    with sqlite3.connect(closed) as file:
        query = "SELECT t_ns / 1000000000, value FROM metrics WHERE name = 'nm.wait_s' LIMIT 3"
        rows = file.execute(query).fetchall()
    file.close()
    assert rows == [(0, 0), (10, 0.125), (20, 0.25)]


def test_whole_metrics_take_no_more_digits_than_they_need(closed: Path) -> None:
    with sqlite3.connect(closed) as file:
        row = file.execute("SELECT numbers FROM metric_samples WHERE t_ns = 80000000000").fetchone()
    file.close()
    assert row == ("[8,1]",)


def test_an_existing_file_is_not_touched(new_writer: WriterMaker, tmp_path: Path) -> None:
    (tmp_path / "run.otrec").write_text("my thesis")
    with pytest.raises(BadRecording, match=r"run\.otrec: exists already; name a file"):
        new_writer()
    assert (tmp_path / "run.otrec").read_text() == "my thesis"


def test_a_missing_folder_is_refused_before_the_run(new_writer: WriterMaker) -> None:
    with pytest.raises(BadRecording, match=r"cannot be made \(No such file or directory\)"):
        new_writer("nowhere/run.otrec")


def test_the_closing_keys_cannot_be_given_as_meta(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="finished"):
        RecordingWriter(tmp_path / "a.otrec", meta={"finished": "1"}, scenario="")
    assert not (tmp_path / "a.otrec").exists()


def test_metrics_must_be_those_that_were_declared(new_writer: WriterMaker) -> None:
    writer = new_writer()
    writer.declare_metrics(["a"])
    with pytest.raises(ValueError, match="2 values for 1 declared"):
        writer.metrics(0, [1.0, 2.0])
    writer.abandon()


def test_flushed_rows_are_there_before_the_end(new_writer: WriterMaker, small_run: Any) -> None:
    writer = new_writer()
    chunks = list(small_run.event_chunks())
    for chunk in chunks[:3]:
        writer.chunk(chunk)
    writer.flush()
    with Recording(writer.path) as recording:
        assert recording.chunk_count == 3
    for chunk in chunks[3:5]:
        writer.chunk(chunk)
    writer.flush()  # the same shelf again, with two more
    with Recording(writer.path) as recording:
        assert list(recording.chunks()) == chunks[:5]
    writer.abandon()


def test_an_abandoned_recording_keeps_everything_but_is_unfinished(
    new_writer: WriterMaker, small_run: Any
) -> None:
    writer = new_writer()
    small_run.into(writer)
    writer.abandon()
    with Recording(writer.path) as recording:
        assert not recording.meta.finished
        assert list(recording.chunks()) == list(small_run.event_chunks())


def test_a_run_that_is_not_over_cannot_be_closed(new_writer: WriterMaker, small_run: Any) -> None:
    writer = new_writer()
    small_run.events_into(writer)
    with pytest.raises(ValueError, match="the run has 321 events, its chunks 320"):
        writer.close(digest=bytes(32), events=321, virtual_ns=1, summary="")
    writer.abandon()


def test_a_chunk_too_large_for_the_format_turns_the_recording_off(new_writer: WriterMaker) -> None:
    writer = new_writer()
    body = bytes(format_1.CHUNK_SIZE_MAX + 1)
    writer.chunk(EventChunk(0, 0, 1, 0, 0, body, chain(CHAIN_START, body)))
    assert writer.failure == "a chunk of 4194305 bytes is larger than the format allows"


def test_a_shelf_never_grows_past_what_a_reader_inflates(new_writer: WriterMaker) -> None:
    writer = new_writer()
    for t_ns in range(5):
        writer.frame(t_ns, bytes([t_ns]) * format_1.FRAME_SIZE_MAX)
    writer.abandon()
    assert writer.failure is None
    with Recording(writer.path) as recording:
        for row in recording.rows("SELECT shelf, start, size FROM frames WHERE t_ns = ?", 4):
            assert recording.frame_body(row, 0) == bytes([4]) * format_1.FRAME_SIZE_MAX


RUN_AND_DIE = """
import sys, pathlib
sys.path[:0] = sys.argv[1:3]
from conftest import SmallRun
from outage_engine.recording.writer import RecordingWriter
{before}
failures = []
writer = RecordingWriter(
    pathlib.Path(sys.argv[3]), meta={{}}, scenario="", on_failure=failures.append
)
SmallRun(chunks={chunks}, frames=0, events_per_chunk=64).events_into(writer)
{after}
"""


def _run_and_die(path: Path, *, chunks: int, before: str = "", after: str) -> Any:
    program = RUN_AND_DIE.format(chunks=chunks, before=before, after=after)
    engine = Path(outage_engine.__file__).parents[1]
    command = [sys.executable, "-c", program, str(engine), str(Path(__file__).parent), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_killed_run_leaves_everything_that_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "killed.otrec"
    chunks = COMMIT_EVERY_CHUNKS + 5
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    died = _run_and_die(path, chunks=chunks, after=kill)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert path.with_name("killed.otrec-wal").stat().st_size
    before = path.read_bytes()
    with Recording(path) as recording:
        assert not recording.meta.finished
        assert recording.meta.events == COMMIT_EVERY_CHUNKS * 64
        assert len(list(recording.chunks())) == COMMIT_EVERY_CHUNKS
    assert path.read_bytes() == before
    assert path.with_name("killed.otrec-wal").exists()


def test_without_its_wal_a_killed_run_is_still_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "killed.otrec"
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    _run_and_die(path, chunks=COMMIT_EVERY_CHUNKS, after=kill)
    path.with_name("killed.otrec-wal").unlink()
    path.with_name("killed.otrec-shm").unlink()
    with Recording(path) as recording:
        assert not recording.meta.finished
        assert recording.chunk_count < COMMIT_EVERY_CHUNKS
    assert [left.name for left in tmp_path.iterdir()] == ["killed.otrec"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are a POSIX thing")
def test_a_full_disk_stops_the_recording_and_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "full.otrec"
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))"
    )
    told = "writer.frame(0, b''); writer.flush(); writer.abandon(); print(len(failures), failures)"
    after = f"assert writer.failure == failures[0]\n{told}"
    ran = _run_and_die(path, chunks=1500, before=limit, after=after)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("1 ['d"), ran.stdout  # disk full, or disk I/O error
    with Recording(path) as recording:
        assert not recording.meta.finished
        assert 0 < len(list(recording.chunks())) < 1500
