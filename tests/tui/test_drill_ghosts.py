"""Ghosts of drills of one's own: run beside the play, kept by the drill's text, gone with it."""

import os
import sys
from pathlib import Path

import pytest

from outage_agents.drills.drill_file import drill_text
from outage_agents.drills.ghosts import NOTHING
from outage_tui.drill_ghosts import (
    FOLDER_VARIABLE,
    are_missing,
    known_ghosts,
    run_kept,
    start_ghosts,
)

TEXT = (Path(__file__).parents[1] / "agents/drills/short.drill.toml").read_text("utf-8")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "ghosts"))
    return tmp_path / "ghosts"


def test_ghosts_are_marked_as_missing_until_they_are_run_and_kept(folder: Path) -> None:
    assert are_missing(TEXT)
    assert all(one.customer_minutes is None for one in known_ghosts(TEXT))
    run_kept(TEXT, 5, 1)
    assert not are_missing(TEXT, 5)
    assert are_missing(TEXT, 6)
    ghosts = {one.id: one for one in known_ghosts(TEXT, 5)}
    assert ghosts[NOTHING].seeds == 1
    assert ghosts[NOTHING].same_luck == ghosts[NOTHING].customer_minutes
    assert len(list(folder.iterdir())) == 1


def test_another_text_has_other_ghosts_and_a_broken_file_none(folder: Path) -> None:
    run_kept(TEXT, 1, 1)
    assert are_missing(TEXT + "\n# changed\n")
    (file,) = folder.iterdir()
    file.write_text("{", "utf-8")
    assert are_missing(TEXT)
    assert known_ghosts(TEXT)[0].customer_minutes is None


def test_shipped_drills_bring_theirs_along_and_are_not_run() -> None:
    text = drill_text("zone")
    assert not are_missing(text)
    assert start_ghosts(text) is None


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are POSIX")
def test_who_stops_ghosts_leaves_no_process_behind() -> None:
    ghosts = start_ghosts(TEXT, seeds=50)
    assert ghosts is not None
    pid = ghosts._process.pid
    assert os.getpgid(pid) == pid
    ghosts.stop()
    assert ghosts.is_over
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are POSIX")
def test_ghosts_end_when_their_starter_is_gone() -> None:
    ghosts = start_ghosts(TEXT, seeds=1000)
    assert ghosts is not None
    assert ghosts._process.stdin is not None
    ghosts._process.stdin.close()
    assert ghosts._process.wait(60) != 0
