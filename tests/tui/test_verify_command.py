"""`outage-tui verify`: the same run again, a planted difference, files that are no recording."""

import json
import os
import re
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from outage_engine.recording.errors import RecordingError
from outage_engine.recording.reader import Recording

PATIENCE_S = 30.0


def test_a_recording_of_a_run_that_is_the_same_again(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    recording = Path(shutil.copy(recording, tmp_path))
    before = recording.read_bytes()
    call = program("verify", str(recording), "--json")
    assert (call.status, call.err) == (0, "")
    verdict = json.loads(call.out)
    assert set(verdict) == {
        *("ok", "finished", "events"),
        *("digest_expected", "digest_found", "first_divergence"),
    }
    assert verdict["ok"] is verdict["finished"] is True
    assert verdict["first_divergence"] is None
    assert verdict["digest_expected"] == verdict["digest_found"]
    assert re.fullmatch("[0-9a-f]{64}", verdict["digest_found"])
    assert isinstance(verdict["events"], int)
    said = program("verify", str(recording))
    assert said.out.startswith(f"same: {verdict['events']} events (finished recording)")
    assert recording.read_bytes() == before
    assert list(tmp_path.iterdir()) == [recording]


@pytest.mark.parametrize(
    ("was", "planted"), [("seed = 1\n", "seed = 2\n"), ("endpoints = 10\n", "endpoints = 11\n")]
)
def test_a_planted_difference_is_named(
    program: Any, recording: Path, tmp_path: Path, was: str, planted: str
) -> None:
    path = tmp_path / "planted.otrec"
    shutil.copyfile(recording, path)
    file = sqlite3.connect(path)
    with file:
        (text,) = file.execute("SELECT text FROM scenario").fetchone()
        assert text.count(was) == 1
        file.execute("UPDATE scenario SET text = ?", (text.replace(was, planted),))
    file.close()

    call = program("verify", str(path), "--json")
    assert call.status == 3
    verdict = json.loads(call.out)
    assert verdict["ok"] is False
    assert verdict["digest_expected"] != verdict["digest_found"]
    first = verdict["first_divergence"]
    assert set(first) == {"t_min", "actor", "expected", "found"}
    assert -48 <= first["t_min"] <= 10
    assert first["actor"]
    assert first["expected"] != first["found"]
    said = program("verify", str(path))
    assert said.status == 3
    for words in ("diverges after ", first["actor"], first["expected"], first["found"]):
        assert words in said.out


def no_recordings(recording: Path, folder: Path) -> list[tuple[Path, str]]:
    """Files that are none, and what is said of each."""
    whole = recording.read_bytes()
    folder.mkdir(exist_ok=True)
    (folder / "empty").write_bytes(b"")
    (folder / "text").write_text("hello\n" * 100)
    (folder / "newer").write_bytes(whole[:60] + (99).to_bytes(4, "big") + whole[64:])
    other = sqlite3.connect(folder / "other")
    with other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    return [
        (folder / "empty", "is not a recording"),
        (folder / "text", "is not a recording"),
        (folder / "newer", "has format 99"),
        (folder / "other", "not a recording"),
        (folder / "missing", "No such file"),
        (folder, "Is a directory"),
    ]


def test_what_is_no_recording_is_refused_on_one_line(
    program: Any, recording: Path, tmp_path: Path
) -> None:
    for path, why in no_recordings(recording, tmp_path / "odd"):
        for words in (["verify"], ["replay"], ["export", "--format", "csv"]):
            call = program(*words, str(path))
            assert call.status == 2, path
            assert call.out == ""
            (problem,) = call.problems
            assert problem.startswith(f"{path}: ")
            assert why in problem


def test_a_recording_cut_anywhere_is_refused(program: Any, recording: Path, tmp_path: Path) -> None:
    whole = recording.read_bytes()
    path = tmp_path / "cut.otrec"
    for place in range(21):
        path.write_bytes(whole[: (len(whole) - 1) * place // 20])
        call = program("verify", str(path), "--json")
        assert call.status == 2, place
        assert call.out == ""
        assert len(call.problems) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_an_unreadable_recording_is_refused(program: Any, recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret.otrec"
    shutil.copyfile(recording, path)
    path.chmod(0)
    call = program("verify", str(path))
    assert call.status == 2
    assert "check its name and permissions" in call.err


def wait_until_recorded(path: Path) -> None:
    """Until the recording that is being written holds events."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        try:
            with Recording(path) as recording:
                if recording.meta.events:
                    return
        except RecordingError:
            pass
        os.sched_yield()
    raise AssertionError("nothing is recorded")


def test_a_run_that_is_killed_verifies_up_to_its_last_chunk(
    program: Any, starter: Any, tmp_path: Path
) -> None:
    path = tmp_path / "killed.otrec"
    words = ["run", "dns-only", "--set", "dns.endpoints=10", "--headless", "--speed", "300"]
    process = starter.command_line(*words, "--record", str(path))
    wait_until_recorded(path)
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL

    call = program("verify", str(path), "--json")
    assert call.status == 0
    verdict = json.loads(call.out)
    assert verdict["ok"]
    assert not verdict["finished"]
    assert verdict["events"] > 0
    assert "unfinished recording" in program("verify", str(path)).out


def test_a_verification_that_is_told_to_stop_says_nothing_more(
    starter: Any, recording: Path
) -> None:
    first = (
        "import os, signal, outage_tui.verify as v; made = v.Verification.__init__\n"
        "def begin(self, *args, **kwargs):\n"
        "    made(self, *args, **kwargs)\n"
        "    os.write(1, b'begun\\n')\n"
        "v.Verification.__init__ = begin\n"
    )
    process = starter.command_line("verify", str(recording), first=first)
    assert process.stdout.readline() == b"begun\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.SIGINT
    assert (out, err.strip()) == (b"", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_stop_closes_its_recording(
    program: Any, starter: Any, tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "stopped.otrec"
    words = ["run", "dns-only", "--set", "dns.endpoints=10", "--json", "--speed", "3000"]
    process = starter.command_line(*words, "--record", str(path))
    wait_until_recorded(path)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 128 + number
    assert out == b""
    said = err.decode().splitlines()
    assert re.fullmatch("stopped at [0-9:]{8} of the scenario", said[0])
    assert said[1:] == [f"recorded in {path}"]
    verdict = json.loads(program("verify", str(path), "--json").out)
    assert verdict["ok"]
    assert verdict["finished"]
    assert [file.name for file in tmp_path.iterdir()] == ["stopped.otrec"]
