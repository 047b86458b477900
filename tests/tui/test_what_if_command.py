"""`what-if`: what-ifs of every kind on the small scenario, and how the command behaves.

The runs are whole nights, with one DWFM shard a zone in place of four: no share of the leases
depends on that. Guards are held to the first hours, in which they matter. All of the catalogue is
run at full scale by `benchmarks.what_ifs`; that its answers are as expected is tested here.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from outage_agents.scenario import Scenario
from outage_agents.what_ifs import CATALOGUE, HISTORY
from outage_tui.progress_line import ProgressLine, duration, words_of
from outage_tui.side_runs import Progress, RunFailed, run_beside
from outage_tui.what_if import SHORT, Answers, answers_of, rows_of
from outage_tui.what_if_page import PAGE, RESULTS, page, read_answers

ROOT = Path(__file__).parents[2]
GUARDS = [one.name for one in CATALOGUE if one.name.startswith("dns-")]
NIGHTS = [
    "nobody-acts",
    "dwfm-drop-stale",
    "dwfm-early",
    "nlb-velocity-limit",
    "nlb-flapping-checkers",
]


def silent(_: Progress) -> None:
    """Nobody wants to know."""


def small(folder: Path, hours: float) -> str:
    """The small scenario, so long, as a file."""
    path = folder / f"small-{hours}.toml"
    path.write_text(
        f'extends = "small"\nname = "small"\nduration_s = {int(hours * 3600)}\n'
        "[dwfm]\nshards_per_zone = 1\n[dns]\nendpoints = 6\n",
        "utf-8",
    )
    return str(path)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """All what-ifs, with the historical run that each is held against, by name."""
    folder = tmp_path_factory.mktemp("what-ifs")
    found: dict[str, Answers] = {}
    for names, hours in ((GUARDS, 4.0), (NIGHTS, 58_200 / 3600)):
        chosen = [one for one in CATALOGUE if one.name in names]
        together = answers_of(chosen, small(folder, hours), None, 2, silent)
        found |= dict.fromkeys(names, together)
    return found


@pytest.mark.parametrize("name", [*GUARDS, *NIGHTS])
def test_what_is_expected_comes_out(answers: dict[str, Answers], name: str) -> None:
    (answer,) = [one for one in answers[name].what_ifs if one.name == name]
    assert answer.as_expected, (answer.expected, answer.milestones, answer.share_of_history)


def test_history_comes_out_as_history(answers: dict[str, Answers]) -> None:
    assert answers["nobody-acts"].history.as_expected


def test_the_usual_reading_of_the_flapping_is_history_itself(answers: dict[str, Answers]) -> None:
    together = answers["nlb-flapping-checkers"]
    (same,) = [one for one in together.what_ifs if one.name == "nlb-flapping-checkers"]
    assert same.digest == together.history.digest
    assert set(same.against_history.values()) <= {0.0, None}


def test_the_table_shows_what_differs_from_history(answers: dict[str, Answers]) -> None:
    together = answers["nlb-velocity-limit"]
    head, first, *rest = rows_of(together, Scenario.load("small"))
    assert head[0] == "what if"
    assert list(head[3:-1]) == list(SHORT.values())
    assert first[0] == HISTORY
    assert "=" not in first
    row = next(row for row in rest if row[0] == "nlb-velocity-limit")
    limited = dict(zip(head, row, strict=True))
    assert limited["all leased"] == "="
    assert limited["2nd wave"] == "never"


# -- the command ----------------------------------------------------------------------------------


def test_the_list_names_every_what_if(program: Any) -> None:
    call = program("what-if", "list")
    assert (call.status, call.err) == (0, "")
    names = [line.split()[0] for line in call.out.splitlines()[1:]]
    assert names == [one.name for one in CATALOGUE]
    listed = json.loads(program("what-if", "list", "--json").out)
    assert [one["name"] for one in listed] == names
    assert all(one["command"].startswith("outage-tui run small") for one in listed)


def test_one_what_if_is_told_in_full(program: Any, tmp_path: Path) -> None:
    short = small(tmp_path, 0.1)
    call = program("what-if", "run", "dwfm-lifo", "--scenario", short, "--seed", "4", "--json")
    assert call.status == 0
    assert call.problems[-1].startswith("2 of 2 runs done")
    found = json.loads(call.out)
    assert (found["scenario"], found["seed"]) == ("small", 4)
    (answer,) = found["what_ifs"]
    assert answer["name"] == "dwfm-lifo"
    assert "--set dwfm.queue_discipline=lifo" in answer["command"]
    assert set(answer["milestones"]) == set(found["history"]["milestones"])
    assert not answer["as_expected"]  # nothing happens in six minutes


def test_what_is_unknown_is_told_before_anything_runs(program: Any) -> None:
    call = program("what-if", "run", "dwfm-lifi", "nobody-act")
    assert (call.status, call.out) == (2, "")
    assert len(call.problems) == 2
    assert program("what-if", "run", "all", "--scenario", "nowhere").status == 2
    assert program("what-if", "all", "--seed", "x").problems == [
        "--seed x: not a whole number, such as 7"
    ]


# -- runs beside each other -----------------------------------------------------------------------


def test_equal_scenarios_are_run_once_and_results_keep_their_order(tmp_path: Path) -> None:
    base = small(tmp_path, 0.1)
    one, other = (Scenario.load(base, seed=seed) for seed in (1, 2))
    heard: list[Progress] = []
    results = run_beside([("a", one), ("b", other), ("c", one)], 2, heard.append)
    assert [result.seed for result in results] == [1, 2, 1]
    assert results[0].digest == results[2].digest != results[1].digest
    assert heard[-1].labels == ("a", "b")
    assert heard[-1].shares == (1.0, 1.0)


def test_a_run_that_fails_is_named_and_ends_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario.load(small(tmp_path, 0.1))
    monkeypatch.setattr(Scenario, "text", lambda self: "no scenario at all")
    with pytest.raises(RunFailed, match="the run broken has failed"):
        run_beside([("broken", scenario)], 1, silent)


def test_ctrl_c_ends_the_runs_and_says_nothing(tmp_path: Path) -> None:
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from outage_tui.cli import main; main()"
    )
    paths = os.pathsep.join(str(ROOT / part) for part in ("engine", "agents", "tui"))
    words = ("what-if", "run", "nobody-acts", "--scenario", "small", "--jobs", "1")
    process = subprocess.Popen(
        [sys.executable, "-c", start, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("this system does not list the children of a process")
    while not (started := children.read_text().split()):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"")
    assert not any(map(runs_on, started))


def runs_on(child: str) -> bool:
    """Whether a process is still there; one that has ended may wait for somebody to notice."""
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_progress_in_words() -> None:
    progress = Progress(("a", "b", "c", "d"), (1.0, 0.5, 0.25, 0.0), 70.0)
    assert (progress.done, progress.left_s) == (1, 90.0)
    assert words_of(progress) == "1 of 4 runs done, 2 min left (b 50%, c 25%)"
    begun = Progress(("a",), (0.0,), 1.0)
    assert begun.left_s is None
    assert words_of(begun) == "0 of 1 runs done"
    assert duration(40) == "40 s"


def test_where_there_is_no_terminal_each_finished_run_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ProgressLine() as line:
        for shares in ((0.1, 0.0), (0.9, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0)):
            line(Progress(("a", "b"), shares, 10.0))
    assert capsys.readouterr().err.splitlines() == ["1 of 2 runs done", "2 of 2 runs done"]


def test_on_a_terminal_the_line_is_renewed_in_place_and_gone_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with ProgressLine() as line:
        line(Progress(("a",), (0.5,), 10.0))
    said = capsys.readouterr().err
    shown = "0 of 1 runs done, 10 s left (a 50%)"
    assert said == f"\r{shown}\r{' ' * len(shown)}\r"


# -- the page -------------------------------------------------------------------------------------


def test_the_page_is_made_from_the_answers_that_were_kept() -> None:
    measured = read_answers(ROOT / RESULTS)
    assert (ROOT / PAGE).read_text("utf-8") == page(measured), (
        "run `python -m outage_tui.what_if_page`"
    )


def test_the_page_answers_the_questions_of_the_catalogue() -> None:
    answers = read_answers(ROOT / RESULTS).answers
    assert [one.name for one in answers.what_ifs] == [one.name for one in CATALOGUE]
    for answer, what_if in zip(answers.what_ifs, CATALOGUE, strict=True):
        assert (answer.question, answer.expected) == (what_if.question, what_if.expected)
        assert answer.as_expected
