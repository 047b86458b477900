"""`outage-tui faults`, `run --fault`, and the page about them."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from outage_agents.fault_catalogue import CATALOGUE
from outage_engine.recording.reader import Recording
from outage_tui.cli import commands
from outage_tui.faults import page
from outage_tui.mishap import BadUsage

QUICK = ["run", "dns-only", "--headless", "--no-record", "--until", "23:10", "--json"]
SMALL = ["--set", "dns.endpoints=4", "--set", "dns.poll_s=10"]


def test_the_page_says_what_the_catalogue_says() -> None:
    path = Path(__file__).parents[2] / "docs" / "faults.md"
    assert path.read_text("utf-8") == page(), "run python -m outage_tui.faults --write"


def test_every_kind_is_listed_with_arguments_limits_and_an_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        commands.main(["faults"], standalone_mode=False)
    told = capsys.readouterr().out
    for kind in CATALOGUE:
        assert f"{kind.id}\n  {kind.title}." in told
        assert kind.example in told
        assert all(f"{argument.name}=" in told for argument in kind.arguments)


def test_other_programs_read_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.main(["faults", "--json"], standalone_mode=False)
    listed = json.loads(capsys.readouterr().out)
    assert [kind["id"] for kind in listed] == [kind.id for kind in CATALOGUE]
    slow = listed[0]["arguments"][0]
    assert (slow["name"], slow["minimum"], slow["maximum"]) == ("factor", 1.0, 1000.0)


def test_faults_of_a_run_are_in_its_result() -> None:
    words = [
        *QUICK,
        *SMALL,
        "--fault",
        "pause:planner@23:02+3m",
        "--fault",
        "restart:route53@23:09",
    ]
    ran = CliRunner().invoke(commands, words)
    assert ran.exit_code == 0, ran.stderr
    assert json.loads(ran.stdout)["faults"] == [
        {"kind": "pause", "target": "planner", "args": {}, "t_min": -46.0, "end_t_min": -43.0},
        {"kind": "restart", "target": "route53", "args": {}, "t_min": -39.0, "end_t_min": None},
    ]


def test_every_wrong_fault_is_told_before_anything_runs() -> None:
    ran = CliRunner().invoke(
        commands, [*QUICK, "--fault", "pase:planner@23:02", "--fault", "crash:enactr-1@23:99"]
    )
    assert isinstance(ran.exception, BadUsage)
    told = "\n".join(ran.exception.problems)
    for problem in ("did you mean pause", "did you mean enactor-1", "23:99"):
        assert problem in told


def test_in_a_run_that_is_longer_than_its_scenario_inputs_come_as_late_as_it_lasts() -> None:
    late = ["--fault", "crash:planner@03:01", "--act", "dns.inspect@03:02"]
    late += ["--change", "dns.keep_generations=9@03:03", "--sample", "03:04"]
    refused = CliRunner().invoke(commands, [*QUICK[:-3], *late])
    assert isinstance(refused.exception, BadUsage)
    assert len(refused.exception.problems) == 4
    ran = CliRunner().invoke(commands, [*QUICK[:-3], *SMALL, "--until", "03:05", "--json", *late])
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert [action["t_min"] for action in told["actions"] if action["id"] == "dns.inspect"] == [194]
    assert [fault["t_min"] for fault in told["faults"]] == [193]
    assert list(told["samples"]) == ["03:04"]


def test_a_swarm_beside_the_faults_of_a_file_repeats_the_run(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "dns-only"\nfaults = [{kind = "pause", target = "planner", at = "23:01",'
        " duration_s = 60}]\n"
    )
    options = ["--headless", "--until", "23:10"]
    path = tmp_path / "run.otrec"
    words = ["run", str(mine), *SMALL, *options, "--fault", "swarm:2", "--record", str(path)]
    ran = CliRunner().invoke(commands, words)
    assert ran.exit_code == 0, ran.stderr
    with Recording(path) as recording:
        command = shlex.split(recording.meta.get("command"))
        digest = recording.meta.digest
    assert command.count("--fault") == 2
    again = CliRunner().invoke(commands, [*command[1:], "--json", "--no-record"])
    assert json.loads(again.stdout)["digest"] == digest


def test_a_swarm_is_said_as_ordinary_words_that_repeat_the_run() -> None:
    drawn = CliRunner().invoke(commands, [*QUICK, *SMALL, "--fault", "swarm:3,5"])
    assert drawn.exit_code == 0, drawn.stderr
    said = [line for line in drawn.stderr.splitlines() if "with --fault" in line]
    assert len(said) == 3
    words = [word for line in said for word in shlex.split(line.partition("with ")[2])]
    again = CliRunner().invoke(commands, [*QUICK, *SMALL, *words])
    assert json.loads(again.stdout)["digest"] == json.loads(drawn.stdout)["digest"]
