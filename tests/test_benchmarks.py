"""The benchmarks run: each with sizes so small that it says nothing about speed.

What they judge by machine time is not judged here; their arithmetic is.
"""

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import (  # noqa: E402
    drill_pictures,
    one_digest,
    pictures,
    ping_pong,
    reference_run,
    report,
    scaling,
    seeds,
)
from benchmarks.program import Milestone, Result, Run, Window, Windows  # noqa: E402
from outage_agents.timeline import reference_milestones, reference_windows  # noqa: E402

FEW = ("--set", "dns.endpoints=3")


def benchmark(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a benchmark as people do."""
    importable = os.pathsep.join([str(ROOT), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": importable},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def as_it_was(seed: int = 1) -> Result:
    """A run that met the reference timeline to the minute."""
    events = [event for event in reference_milestones() if event.kind == "emergent"]
    windows: dict[str, list[Window]] = {}
    for window in reference_windows():
        same = Window(window.start_t_min, window.end_t_min, window.cause)
        windows.setdefault(window.name, []).append(same)
    return Result(
        scenario="made up",
        seed=seed,
        digest="",
        virtual_s=0.0,
        events=0,
        messages=0,
        milestones={e.id: Milestone(e.t_min, e.t_min, 0.0, e.kind) for e in events},
        windows={name: tuple(listed) for name, listed in windows.items()},
        services={},
        series={},
        samples={},
        actions=(),
    )


# Seeds against the reference timeline.


def test_a_run_that_met_the_timeline_has_no_problem() -> None:
    row = list(seeds.judgements(as_it_was()))
    assert [one.what for one in row if one.problem] == []
    assert len(row) > 40


def test_a_milestone_outside_its_tolerance_is_a_problem_and_one_inside_is_none() -> None:
    run = as_it_was()
    run.milestones["dwfm_all_leased"] = Milestone(346.1, 340, 6.1, "emergent")
    run.milestones["dynamodb_recovered"] = Milestone(169.0, 172, -3.0, "emergent")
    run.milestones["event_over"] = Milestone(None, 872, None, "emergent")
    problems = {one.what: one.problem for one in seeds.judgements(run) if one.problem}
    assert problems == {"dwfm_all_leased": "+6.1 min", "event_over": "did not happen"}


def test_windows_are_held_against_start_end_cause_and_number() -> None:
    run = as_it_was()
    first, second = run.windows["connect"]
    run.windows["connect"] = (first, Window(second.start_t_min + 46, second.end_t_min, "sts"))
    run.windows["DynamoDB"] = (Window(-2.0, None, "DNS"),)
    run.windows["lambda"] = ()
    problems = {one.what: one.problem for one in seeds.judgements(run) if one.problem}
    assert problems == {
        "connect 2: start": "+46.0 min",
        "connect 2: cause": "through sts",
        "DynamoDB: end": "never ended",
        "lambda: number of windows": "0, not 1",
        "lambda: start": "no window",
    }


def test_eighteen_of_twenty_seeds_are_enough_and_seventeen_are_not() -> None:
    good, bad = list(seeds.judgements(as_it_was())), as_it_was()
    bad.milestones["event_over"] = Milestone(900, 872, 28.0, "emergent")
    row = list(seeds.judgements(bad))
    assert seeds.summary(seeds.aligned([good] * 18 + [row] * 2))[1] == []
    assert seeds.summary(seeds.aligned([good] * 17 + [row] * 3))[1] == [
        "event_over: 17 of 20 seeds"
    ]


def test_a_run_cut_short_fails_and_says_in_what() -> None:
    ended = benchmark(
        "seeds", "dns-only", "--seeds", "2", "--until", "23:49", "--set", "dns.endpoints=3"
    )
    assert ended.returncode == 1, ended.stderr
    assert "dns_record_empty                     | 2 min     | 2 of 2" in ended.stdout
    assert "event_over: 0 of 2 seeds" in ended.stdout


# One digest.


def test_every_way_of_running_gives_one_digest() -> None:
    ended = benchmark("one_digest", "--scenario", "dns-only", "--until", "23:02")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "one digest" in ended.stdout
    assert "paced" in ended.stdout
    assert "behind the link, halted" in ended.stdout


def test_a_digest_that_differs_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [
        one_digest.Way("first", lambda: "a"),
        one_digest.Way("again", lambda: "a"),
        one_digest.Way("another", lambda: "b"),
    ]
    monkeypatch.setattr(one_digest, "ways", lambda *_: ways)
    assert one_digest.main(["--scenario", "small"]) == 1
    assert "1 of 3 digests differ" in capsys.readouterr().out


# Costs.


def test_the_cost_of_a_run_is_given_in_the_yardstick() -> None:
    ended = benchmark(
        "reference_run", "dns-only", "--rounds", "1", "--until", "23:01", "--timeouts", "2000"
    )
    assert "CPU, recorded (SM)" in ended.stdout, ended.stderr


def test_a_cost_over_its_limit_is_counted() -> None:
    fine = reference_run.Rounds([1.0, 3.0], [20.0], [19.0], [200.0], [10.0])
    table, over = reference_run.judged(fine)
    assert (over, "OVER" in table.text()) == (0, False)
    dear = reference_run.Rounds([1.0, 1.0], [26.0], [20.0], [2000.0], [61.0])
    table, over = reference_run.judged(dear)
    assert (over, table.text().count("OVER")) == (4, 4)


def test_every_party_of_the_ping_pong_plays() -> None:
    found = ping_pong.rates(200, 1)
    assert set(found) == set(ping_pong.PARTIES)
    assert all(rate > 0 for (rate,) in found.values())


def test_the_ratios_of_the_ping_pong_are_judged() -> None:
    level = {name: [100.0] for name in ping_pong.PARTIES}
    assert ping_pong.judged(level)[1] == 1
    assert ping_pong.judged(level | {"Trio, MockClock": [20.0]})[1] == 0
    assert ping_pong.judged(level | {"actors": [79.0], "Trio, MockClock": [1.0]})[1] == 1


def test_growth_beyond_the_size_is_told() -> None:
    def column(*cpu_s: float) -> list[list[Run]]:
        return [[Run(as_it_was(), cost, 100.0) for cost in cpu_s]]

    assert not scaling.growth("h", [2, 4, 8], column(2, 4, 8))[1]
    assert scaling.growth("h", [2, 4, 8], column(2, 4, 12))[1]


def test_scaling_runs_every_size() -> None:
    ended = benchmark(
        "scaling", "--hours", "0.05", "0.1", "--droplets", "1e3", "2e3", "--until", "23:01", *FEW
    )
    assert "virtual hours" in ended.stdout, ended.stderr
    assert "droplets" in ended.stdout


# Recordings, the dashboard, reports.


def test_the_golden_recordings_can_be_made_anew_and_verify(tmp_path: Path) -> None:
    ended = benchmark("golden_recordings", "--folder", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["golden-dns-race.otrec", "golden-outage-begins.otrec"]


def test_the_dashboard_is_measured_on_a_terminal() -> None:
    ended = benchmark("dashboard_speed", "--seconds", "0.5", "--keys", "2", "--starts", "1")
    assert "frames a second" in ended.stdout, ended.stderr
    assert "first frame" in ended.stdout


def test_seeking_is_measured_forward_and_back_on_a_terminal() -> None:
    night = str(ROOT / "recordings" / "golden-outage-begins.otrec")
    ended = benchmark("seek", night, "--seeks", "6", "--starts", "1")
    assert "seek to paint, forward" in ended.stdout, ended.stderr
    assert "seek to paint, back" in ended.stdout
    assert "first frame of a replay" in ended.stdout


def test_what_ifs_of_what_is_no_scenario_are_an_error() -> None:
    ended = benchmark("what_ifs", "--scenario", "no-such-scenario")
    assert ended.returncode == 1
    assert "no-such-scenario" in ended.stderr


def test_both_parameter_sets_are_run_and_scored() -> None:
    ended = benchmark("parameter_sets", "--until", "23:01")
    assert ended.returncode == 1  # so early, no milestone has happened
    assert "| equivalent-leases    | 0 of 16" in ended.stdout


def test_a_report_names_the_date_and_the_command(tmp_path: Path) -> None:
    table = report.Table("what", "found")
    table.row("a", "1")
    path = report.write_report("made-up", "What it measures.\n\nMore.", table, folder=tmp_path)
    text = path.read_text("utf-8")
    assert text.startswith("# What it measures.\n\n20")
    assert "| a    | 1     |" in text
    with pytest.raises(ValueError, match="2 headings"):
        table.row("only one")


def test_services_are_judged_like_the_other_windows() -> None:
    run = as_it_was()
    sts = run.windows.pop("sts")
    run.services["sts"] = Windows(sts)
    assert not [one for one in seeds.judgements(run) if one.problem]


def test_forks_are_their_parents_up_to_where_they_part() -> None:
    """The form for CI: five moments of the small scenario, one of them forked as people do it."""
    ended = benchmark(
        "forks", "--scenario", "small", "--moments", "5", "--real", "1", "--until", "T-10m"
    )
    assert ended.returncode == 0, ended.stderr
    assert "at 5 of 5" in ended.stdout
    assert "| yes " in ended.stdout


# Pictures.


def test_the_pictures_of_a_drill_are_of_a_play(tmp_path: Path) -> None:
    drill_pictures.draw_drill(tmp_path)
    player = (tmp_path / "drill-player.svg").read_text("utf-8")
    facilitator = (tmp_path / "drill-facilitator.svg").read_text("utf-8")
    assert "APPROVAL" in player
    assert "expected" in facilitator
    assert "expected" not in player
    documents = [ROOT / "README.md", ROOT / "docs" / "drills.md"]
    for name in ("drill-player", "drill-facilitator"):
        shown = f"images/{name}.svg)"
        assert any(shown in page.read_text("utf-8") for page in documents), name
        assert (ROOT / "docs" / "images" / f"{name}.svg").is_file()


def test_every_picture_is_drawn_and_shown_in_a_document(tmp_path: Path) -> None:
    recording = ROOT / "recordings" / "golden-outage-begins.otrec"
    for one in pictures.PICTURES:
        early = attrs.evolve(one, at="23:50")
        if one.name in ("race", "narrow"):
            pictures.draw(early, recording, tmp_path)
            assert "dynamodb" in (tmp_path / f"{one.name}.svg").read_text("utf-8").lower()
        shown = f"images/{one.name}.svg)"
        documents = [ROOT / "README.md", ROOT / "docs" / "dashboard.md"]
        assert any(shown in page.read_text("utf-8") for page in documents), one.name
        assert (ROOT / "docs" / "images" / f"{one.name}.svg").is_file()
