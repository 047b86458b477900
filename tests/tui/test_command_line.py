"""The command line: names, help, and what happens to words that make no sense."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from outage_agents.actions import CATALOGUE
from outage_agents.scenario import Scenario, shipped_names

COMMANDS = (
    *("run", "replay", "verify", "fork", "compare", "export", "scenario", "actions", "faults"),
    *("recordings", "what-if", "fidelity", "report", "tour", "drill", "config"),
)


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        f"sys.path[:0] = {[path for path in sys.path if path]!r}\n"
        "from outage_tui.cli import main\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n    main()\n"
        "except SystemExit as over:\n    assert not over.code\n"
        "heavy = {'textual', 'rich', 'numpy', 'trio', 'msgspec', 'hdrh', 'sqlite3'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.endswith("HEAVY []\n")
    for command in COMMANDS:
        assert f"\n  {command} " in ran.stdout


def test_the_dashboard_starts_without_loading_what_simulates() -> None:
    script = (
        "import sys\n"
        f"sys.path[:0] = {[path for path in sys.path if path]!r}\n"
        "import outage_tui.run, outage_tui.watch, outage_tui.dashboard.app\n"
        "heavy = {'numpy', 'trio', 'outage_agents.region'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "HEAVY []\n"


@pytest.mark.parametrize("module", ["click", "outage_tui.mishap", "outage_tui.verify"])
def test_interrupted_while_it_is_being_loaded_it_ends_without_a_word(module: str) -> None:
    script = (
        "import sys\n"
        f"sys.path[:0] = {[path for path in sys.path if path]!r}\n"
        "class CtrlC:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, CtrlC())\n"
        "from outage_tui.cli import main\n"
        "sys.argv[1:] = ['verify', 'none.otrec']\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr.strip()) == (130, "", "")


@pytest.mark.parametrize("command", [*COMMANDS, "scenario list", "recordings prune"])
def test_each_command_explains_itself(program: Any, command: str) -> None:
    call = program(*command.split(), "--help")
    assert call.status == 0
    assert call.out.startswith(f"Usage: outage-tui {command} ")


def test_the_version_is_told_installed_or_not(program: Any) -> None:
    call = program("--version")
    assert (call.status, call.err) == (0, "")
    assert call.out.startswith("outage-tui, version ")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["verfy", "x"], "'verify'"),
        (["recording", "list"], "'recordings'"),
        (["scenario", "lst"], "'list'"),
        (["run", "--sed", "3"], "'--seed'"),
        (["--unti", "3"], "'--until'"),
        (["export", "x", "--format", "csb"], "'csv'"),
    ],
)
def test_a_misspelt_word_gets_a_suggestion(program: Any, words: list[str], meant: str) -> None:
    call = program(*words)
    assert call.status == 2
    assert call.out == ""
    assert meant in call.err


BAD: tuple[tuple[list[str], str], ...] = (
    (["smal"], "did you mean small"),
    (["/nowhere/x.toml"], "no such scenario"),
    (["--seed", "x"], "--seed x: not a whole number"),
    (["--seed", "-1"], "--seed -1: must be 0 or more"),
    (["--seed", "9" * 30], "--seed 999999999999999999999999999999: must be 0 or more, and at most"),
    (["--change", "dns.pass_s=3@00:00"], "--change dns.pass_s=3@00:00: dns.pass_s: has its effect"),
    (["--seed", "1.5"], "--seed 1.5: not a whole number"),
    (["--speed", "0"], "--speed 0: must be more than 0"),
    (["--speed", "-1"], "--speed -1: must be more than 0"),
    (["--speed", "nan"], "--speed nan: must be more than 0"),
    (["--speed", "inf"], "--speed inf: must be more than 0"),
    (["--speed", "1e308"], "--speed 1e308: must be more than 0"),
    (["--speed", "fast"], "--speed fast: not auto, max or a number"),
    (["--set", "droplets"], "--set droplets: not PATH=VALUE"),
    (["--set", "droplets=many"], "droplets"),
    (["--set", "droplets=-5"], "droplets"),
    (["--set", "droplets=99999999999"], "too many"),
    (["--set", "dns.slow_facto=3"], "did you mean dns.slow_factor"),
    (["--set", "dns=3"], "is a section"),
    (["--set", "dns.staged=maybe"], "dns.staged"),
    (["--actions", "/nowhere"], "/nowhere"),
    (["--act", "dns.inspct@04:00"], "did you mean dns.inspect"),
    (["--act", "dns.inspect"], "no @WHEN"),
    (["--act", "dns.inspect@noon"], "not a time"),
    (["--act", "dwfm.throttle:shar=1@04:00"], "argument 'shar'"),
    (["--act", "dwfm.throttle:max_outstanding_share=7@04:00"], "outside"),
    (["--act", "dwfm.throttle:max_outstanding_share=nan@04:00"], "outside"),
    (["--act", "nm.reduce_load:inflow=0.5,inflow=0.6@04:00"], "inflow: given twice"),
    (["--fault", "slow:planner,factor=2,factor=3@04:00"], "factor: given twice"),
    (["--act", "dns.inspect@16:00", "--until", "15:30"], "after the run ends, at 15:30:00"),
    (["--without", "dns.inspct"], "did you mean dns.inspect"),
    (["--until", "T-60m"], "--until T-60m: before the run begins"),
    (["--until", "25:00"], "--until 25:00: no such time of day"),
    (["--until", "T+99999h"], "--until T+99999h: more than 30 days"),
    (["--until", "2025-10-20T04:00:00"], "has no offset"),
    (["--sample", "soon"], "--sample soon: not a time"),
    (["--sample", "23:59", "--until", "23:50"], "--sample 23:59: after the run ends"),
    (["--record", "/nowhere/x.otrec"], "the folder /nowhere does not exist"),
    (["--record", "x", "--no-record"], "exclude each other"),
    (["--record", "\udcff.otrec"], "not a name in UTF-8"),
    (["--record", ""], "not the name of a file"),
    (["--record", "x" * 250], "the name is too long"),
)


@pytest.mark.parametrize(("words", "what"), BAD, ids=lambda value: " ".join(value)[:30])
def test_bad_words_are_told_on_one_line_before_anything_runs(
    program: Any, tmp_path: Path, words: list[str], what: str
) -> None:
    call = program("run", "--headless", *words)
    assert call.status == 2
    assert call.out == ""
    (problem,) = call.problems
    assert what in problem
    assert list(tmp_path.iterdir()) == []


def test_every_problem_has_its_own_line(program: Any) -> None:
    call = program(
        *("run", "small", "--seed", "x", "--speed", "0", "--set", "droplets=-1"),
        *("--set", "dns.nope=1", "--until", "noon", "--sample", "later"),
        *("--act", "no.such@23:50", "--act", "dns.inspect@never", "--record", "/nowhere/x"),
    )
    assert call.status == 2
    assert len(call.problems) == 9


def test_a_bad_file_is_told_by_line_and_column(program: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "small"\ndroplets = "many"\n[dns]\nslow_facto = 3\nstaged = 1\n')
    for words in (["run", "--headless"], ["scenario", "check"], ["scenario", "show"]):
        call = program(*words, str(path))
        assert call.status == 2
        assert [line.split(" ")[0] for line in call.problems] == [
            f"{path}:2:1:",
            f"{path}:4:1:",
            f"{path}:5:1:",
        ]
        assert "did you mean dns.slow_factor" in call.err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end")
def test_a_file_without_an_end_is_not_read_to_its_end(program: Any) -> None:
    for words in (["/dev/zero"], ["small", "--actions", "/dev/zero"]):
        call = program("run", "--headless", *words)
        assert call.status == 2
        assert "larger than" in call.err
    assert "a pipe or a device" in program("verify", "/dev/zero").err


def test_a_file_that_is_there_is_not_recorded_over(program: Any, tmp_path: Path) -> None:
    for name in ("there.otrec", "fresh.otrec-wal"):
        (tmp_path / name).write_bytes(b"precious")
    for name in ("there.otrec", "fresh.otrec"):
        call = program("run", "--headless", "--record", str(tmp_path / name))
        assert call.status == 2
        assert "exists already" in call.err
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"precious"}


def test_shipped_scenarios_are_listed_shown_and_good(program: Any, tmp_path: Path) -> None:
    call = program("scenario", "list")
    assert [line.split()[0] for line in call.out.splitlines()] == shipped_names()
    shown = program("scenario", "show", "small")
    assert Scenario.read(shown.out) == Scenario.load("small")
    path = tmp_path / "shown.toml"
    path.write_text(shown.out)
    checked = program("scenario", "check", str(path))
    assert checked.status == 0
    assert ": good: small, " in checked.out


def test_a_new_scenario_can_be_checked_and_is_never_written_over(
    program: Any, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    call = program("scenario", "new", "mine", "-o", str(path))
    assert (call.status, call.out) == (0, "")
    assert Scenario.load(str(path)).name == "mine"
    assert program("scenario", "new", "mine").out == path.read_text()
    before = path.read_bytes()
    for words in (
        ["mine", "-o", str(path)],
        ["mine", "-o", str(tmp_path / "no" / "x")],
        ["../up"],
        ["small"],
        [""],
        ["x" * 65],
    ):
        call = program("scenario", "new", *words)
        assert call.status == 2
        assert len(call.problems) == 1
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


def test_actions_are_shown_with_everything_the_catalogue_knows(program: Any) -> None:
    listed = json.loads(program("actions", "--json").out)
    assert [action["id"] for action in listed] == [action.id for action in CATALOGUE]
    for action in listed:
        assert set(action) == {
            *("id", "title", "targets", "precondition", "effect", "risk"),
            *("duration_min_s", "duration_max_s", "arguments", "failure", "interferes_with"),
        }
        for other in action["interferes_with"]:
            assert set(other) == {"id", "how"}
    throttle = next(action for action in listed if action["id"] == "dwfm.throttle")
    (share,) = throttle["arguments"]
    assert (share["name"], share["default"]) == ("max_outstanding_share", 0.006)
    text = program("actions").out
    for action in CATALOGUE:
        assert f"{action.id}\n  {action.title}." in text
        assert action.risk in text
        assert f"may go wrong: {action.failure}" in text
        for other in action.interferes_with:
            assert f"meets {other.action}: {other.how}" in text
