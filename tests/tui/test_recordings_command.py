"""`outage-tui recordings`: what is listed, and that nothing but recordings is ever deleted."""

import json
import os
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from outage_tui.recordings import _delete
from outage_tui.recordings_folder import FOLDER_VARIABLE, recordings_folder

HOUR_S = 3600


@pytest.fixture
def folder(recording: Path, tmp_path: Path) -> Path:
    """Four recordings, the first the oldest, and things that are none."""
    place = tmp_path / "recordings"
    place.mkdir()
    for age, name in enumerate(("d", "c", "b", "a")):
        path = place / f"{name}.otrec"
        shutil.copyfile(recording, path)
        os.utime(path, (1_700_000_000 - age * HOUR_S, 1_700_000_000 - age * HOUR_S))
    (place / "README.md").write_text("not a recording")
    (place / "fake.otrec").write_text("not a recording either")
    (place / "folder.otrec").mkdir()
    (place / "link.otrec").symlink_to(recording)
    os.utime(place / "fake.otrec", (1, 1))
    return place


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_recordings_are_listed_the_newest_first(program: Any, folder: Path) -> None:
    call = program("recordings", "list", "--json")
    assert (call.status, call.err) == (0, "")
    listed = json.loads(call.out)
    assert [Path(one["path"]).name for one in listed] == [f"{name}.otrec" for name in "dcba"]
    for one in listed:
        assert set(one) == {
            *("path", "size_bytes", "modified_s", "scenario", "seed"),
            *("virtual_s", "events", "digest", "finished", "problem"),
            *("parent", "parent_at_ns", "parent_at"),
        }
        assert (one["scenario"], one["seed"], one["virtual_s"]) == ("dns-only", 1, 58 * 60)
        assert one["finished"] is True
        assert one["problem"] is None
        assert one["size_bytes"] == Path(one["path"]).stat().st_size
    said = program("recordings", "list").out.splitlines()
    assert len(said) == 4
    assert "d.otrec" in said[0]
    assert "dns-only, seed 1, 1.0 h" in said[0]


def fork(path: Path, parent: str, at_min: int) -> None:
    """Make a recording say that it is a fork."""
    said = {"parent": parent, "parent_at_ns": str(at_min * 60 * 10**9)}
    file = sqlite3.connect(path, isolation_level=None)
    before = path.stat()
    file.executemany("INSERT INTO meta VALUES (?, ?)", sorted(said.items()))
    file.close()
    os.utime(path, (before.st_mtime, before.st_mtime))


def test_a_fork_is_listed_below_its_parent(program: Any, folder: Path) -> None:
    fork(folder / "d.otrec", "a.otrec", 48)
    fork(folder / "c.otrec", "d.otrec", 50)
    fork(folder / "b.otrec", "gone.otrec", 50)
    said = program("recordings", "list").out.splitlines()
    assert [line.lstrip().split(".otrec")[0][-1] for line in said] == ["b", "a", "d", "c"]
    assert [len(line) - len(line.lstrip(" ")) for line in said] == [0, 0, 0, 3]
    assert "└─" in said[2]
    assert said[2].endswith("fork of a.otrec at 23:48:00")
    listed = {
        Path(one["path"]).name: one
        for one in json.loads(program("recordings", "list", "--json").out)
    }
    assert listed["d.otrec"]["parent_at"] == "23:48:00"
    assert listed["a.otrec"]["parent"] == ""


def test_forks_that_claim_each_other_are_all_listed(program: Any, folder: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d")):
        fork(folder / f"{name}.otrec", f"{parent}.otrec", 50)
    assert len(program("recordings", "list").out.splitlines()) == 4


def test_a_damaged_recording_is_listed_with_what_is_wrong(program: Any, folder: Path) -> None:
    whole = (folder / "a.otrec").read_bytes()
    (folder / "a.otrec").write_bytes(whole[: len(whole) // 2])
    listed = json.loads(program("recordings", "list", "--json").out)
    (damaged,) = [one for one in listed if one["problem"] is not None]
    assert damaged["path"].endswith("a.otrec")
    assert "cannot be read: is damaged" in program("recordings", "list").out


def test_an_empty_folder_has_no_recordings(program: Any, tmp_path: Path) -> None:
    assert json.loads(program("recordings", "list", "--json").out) == []
    call = program("recordings", "list")
    assert (call.status, call.out) == (0, "")
    assert "no recordings in" in call.err
    assert program("recordings", "prune", "--yes").status == 0
    assert list(tmp_path.iterdir()) == []


def test_without_a_yes_nothing_is_deleted(program: Any, folder: Path) -> None:
    before = names(folder)
    call = program("recordings", "prune", "--keep", "1")
    assert call.status == 0
    assert [line.split()[:2] for line in call.out.splitlines()] == [["would", "delete"]] * 3
    assert "nothing deleted: give --yes" in call.err
    assert names(folder) == before


def test_prune_keeps_the_newest_and_says_what_it_deletes(program: Any, folder: Path) -> None:
    before = names(folder)
    call = program("recordings", "prune", "--keep", "2", "--yes")
    assert call.status == 0
    deleted = [Path(line.split()[1]).name for line in call.out.splitlines()]
    assert deleted == ["b.otrec", "a.otrec"]
    assert before - names(folder) == set(deleted)


def test_prune_of_everything_leaves_what_is_no_recording(
    program: Any, folder: Path, recording: Path
) -> None:
    shutil.copyfile(recording, folder / "golden-race.otrec")
    (folder / "a.otrec-wal").write_bytes(b"")
    assert program("recordings", "prune", "--keep", "0", "--yes").status == 0
    assert names(folder) == {
        *("README.md", "fake.otrec", "folder.otrec"),
        *("link.otrec", "golden-race.otrec"),
    }
    assert recording.exists()


def test_a_recording_that_is_being_written_stays_and_one_that_was_left_goes(
    program: Any, starter: Any, folder: Path
) -> None:
    words = ["run", "dns-only", "--set", "dns.endpoints=10", "--plain", "--speed", "3000"]
    process = starter.command_line(*words, "--record", str(folder / "live.otrec"))
    assert process.stdout.readline()
    live = {"live.otrec", "live.otrec-wal", "live.otrec-shm"}
    assert live <= names(folder)

    call = program("recordings", "prune", "--keep", "0", "--yes")
    assert call.status == 0
    assert "live.otrec: kept, a run is writing it" in call.err
    assert live <= names(folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert live <= names(folder)
    assert program("recordings", "prune", "--keep", "0", "--yes").status == 0
    assert not live & names(folder)


@pytest.mark.parametrize("keep", ["-1", "x", "1.5"])
def test_a_number_to_keep_that_is_none_is_refused(program: Any, folder: Path, keep: str) -> None:
    before = names(folder)
    call = program("recordings", "prune", "--yes", "--keep", keep)
    assert call.status == 2
    assert names(folder) == before


def test_a_checkout_keeps_its_recordings_beside_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE)
    root = Path(__file__).parents[2]
    if (root / "recordings" / "README.md").is_file():
        assert recordings_folder() == root / "recordings"
    else:
        assert recordings_folder().name == "recordings"


def test_what_lies_beside_a_recording_that_cannot_be_deleted_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck, wal = tmp_path / "stuck.otrec", tmp_path / "stuck.otrec-wal"
    stuck.mkdir()
    wal.write_bytes(b"the rest of it")
    gone = tmp_path / "gone.otrec"
    gone.write_bytes(b"")
    assert _delete([stuck, gone]) == 1
    assert wal.exists()
    assert not gone.exists()
    assert len(capsys.readouterr().err.splitlines()) == 1
