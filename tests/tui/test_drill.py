"""`outage-tui drill`: what an author and a scripted play get from the command line."""

import json
from pathlib import Path

import pytest

from outage_agents.drills.drill_file import load_drill, shipped_drills
from outage_agents.drills.recorded_play import recorded_play
from outage_engine.recording.reader import Recording
from outage_tui.cli import commands
from outage_tui.mishap import exit_status
from outage_tui.verify import verify

SHORT = str(Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml")


def drill(*arguments: str) -> int:
    return exit_status(commands, ["drill", *arguments])


def test_without_a_word_the_shipped_drills_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert drill() == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in shipped_drills())
    assert drill("list", "--json") == 0
    levels = [one["level"] for one in json.loads(capsys.readouterr().out)]
    assert levels == sorted(levels)


def test_a_good_drill_is_called_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert drill("check", SHORT) == 0
    assert "good: short, level 1" in capsys.readouterr().out


def test_a_bad_one_is_told_with_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.drill.toml"
    path.write_text(Path(SHORT).read_text().replace("summary", "sumary"))
    assert drill("check", str(path)) == 2
    assert f"{path}:7:1: sumary: unknown; did you mean summary" in capsys.readouterr().err


def test_a_new_drill_is_a_good_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.drill.toml"
    assert drill("new", "mine", "-o", str(path)) == 0
    assert drill("check", str(path)) == 0
    assert drill("new", "trap") == 2
    assert "comes with the program" in capsys.readouterr().err


def test_the_master_list_goes_out_as_csv_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drill("msel", "second") == 0
    path = tmp_path / "list.csv"
    path.write_text(capsys.readouterr().out)
    assert drill("msel", "second", "--csv", str(path)) == 0
    assert capsys.readouterr().out.count("[[injects]]") == len(load_drill("second").injects)


def test_a_play_prints_its_score_and_its_recording_gives_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "play.otrec"
    words = ("--play", "good", "--headless", "--json", "--record", str(path))
    assert drill(SHORT, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["over"] == "stable for five minutes"
    with Recording(path) as recording:
        known = recorded_play(recording)
        assert recording.meta.digest == told["digest"]
        assert len(known.journal) == told["journal"]
        score = known.score()
    assert [one.met for one in score.objectives] == [
        one["met"] for one in told["score"]["objectives"]
    ]
    assert score.conduct.declared_after_s == told["score"]["conduct"]["declared_after_s"]
    assert verify(path, as_json=True) == 0


def test_a_play_from_a_file_is_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.play.toml"
    path.write_text(
        'id = "mine"\ntitle = "Says so"\nsteps = [{ seat = "solo", at = "2m", do = "declare" }]\n'
    )
    assert drill(SHORT, "--play", str(path), "--headless", "--no-record") == 0
    assert "declared after 2 min" in capsys.readouterr().out


def test_a_play_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert drill(SHORT, "--play", "goood", "--headless") == 2
    assert "plays of short: good, nothing" in capsys.readouterr().err
    assert drill("tarp", "--play", "expert", "--headless") == 2
    assert "did you mean trap" in capsys.readouterr().err
    assert drill(SHORT, "--play", "good") == 2
    assert "--headless" in capsys.readouterr().err
