"""`compare`: two recordings side by side, and where the runs part."""

import json
from pathlib import Path
from typing import Any

import pytest

from outage_agents.result import ActionResultAt
from outage_agents.scenario import Scenario
from outage_agents.timeline import reference_milestones
from outage_tui.compare import actions_apart, settings_apart
from outage_tui.text_table import clock_of, difference, markdown_table, shown_count, text_table

QUICK = ("dns-only", "--set", "dns.endpoints=10", "--until", "23:58")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared")


def record(program: Any, shelf: Path, name: str, *more: str) -> Path:
    """A recording of the quick run; each is made once."""
    path = shelf / f"{name}.otrec"
    if not path.exists():
        assert program("run", *QUICK, *more, "--headless", "--record", str(path)).status == 0
    return path


def compared(program: Any, one: Path, other: Path) -> dict[str, Any]:
    call = program("compare", str(one), str(other), "--json")
    assert (call.status, call.err) == (0, "")
    found = json.loads(call.out)
    assert isinstance(found, dict)
    return found


def test_a_run_and_itself_are_alike_to_the_end(program: Any, shelf: Path) -> None:
    base = record(program, shelf, "base")
    again = record(program, shelf, "again")
    found = compared(program, base, again)
    assert found["first_divergence"] is None
    assert found["events_alike"] == found["a"]["events"] > 1000
    assert found["a"]["digest"] == found["b"]["digest"]
    assert found["settings"] == {}
    assert found["actions"] == []
    assert found["impact"][0] == found["impact"][1]


def test_one_more_action_parts_the_runs_at_its_moment(program: Any, shelf: Path) -> None:
    base = record(program, shelf, "base")
    acted = record(program, shelf, "acted", "--act", "dns.stop_automation@23:52:10")
    found = compared(program, base, acted)
    assert found["first_divergence"]["t_min"] == pytest.approx(4.167, abs=0.002)
    assert found["first_divergence"]["event"] == found["events_alike"]
    assert found["first_divergence"]["a"] != found["first_divergence"]["b"]
    (pair,) = found["actions"]
    assert (pair["id"], pair["a"], pair["b"]["result"]) == ("dns.stop_automation", None, "done")


def test_the_milestones_are_those_of_both_runs(program: Any, shelf: Path) -> None:
    base = record(program, shelf, "base")
    calm = record(program, shelf, "calm", "--set", "dns.guard.recheck_each_write=true")
    found = compared(program, base, calm)
    assert list(found["milestones"]) == [event.id for event in reference_milestones()]
    empty, never = found["milestones"]["dns_record_empty"]
    assert empty == pytest.approx(0.0, abs=0.5)
    assert never is None
    assert found["settings"] == {"dns.guard.recheck_each_write": ["false", "true"]}
    for one in found["impact"]:
        assert {"customer_minutes", "by_service", "failed", "refused"} <= set(one)


def test_another_seed_is_fine_and_said(program: Any, shelf: Path) -> None:
    base, other = record(program, shelf, "base"), record(program, shelf, "seed", "--seed", "2")
    call = program("compare", str(base), str(other))
    assert call.status == 0
    assert "different seeds: 1, 2" in call.out.splitlines()
    assert "they part at 23:00:00" in call.out
    assert compared(program, base, other)["b"]["seed"] == 2


def test_a_run_that_was_to_end_earlier_has_not_parted(program: Any, shelf: Path) -> None:
    base = record(program, shelf, "base")
    short = record(program, shelf, "short", "--until", "23:30")
    found = compared(program, base, short)
    assert found["first_divergence"] is None
    assert 0 < found["events_alike"] <= found["b"]["events"] < found["a"]["events"]
    assert (found["a"]["end_t_min"], found["b"]["end_t_min"]) == (10, -18)


def test_everything_wrong_with_both_files_is_said(program: Any, shelf: Path) -> None:
    missing, text = shelf / "missing.otrec", shelf / "text.otrec"
    text.write_text("no recording\n")
    call = program("compare", str(missing), str(text), "--json")
    assert (call.status, call.out) == (2, "")
    assert len(call.problems) == 2
    assert "missing.otrec" in call.problems[0]
    assert "text.otrec: is not a recording" in call.problems[1]


def done(action_id: str, t_min: float, result: str = "done") -> ActionResultAt:
    return ActionResultAt(action_id, t_min, {}, result)


def test_actions_are_paired_by_id_and_order() -> None:
    first = [done("dns.inspect", 1), done("dns.inspect", 9), done("dwfm.throttle", 5)]
    second = [done("dns.inspect", 1), done("dwfm.throttle", 4), done("nm.reduce_load", 7)]
    apart = actions_apart(first, second)
    assert [(pair.id, pair.a and pair.a.t_min, pair.b and pair.b.t_min) for pair in apart] == [
        ("dwfm.throttle", 5, 4),
        ("nm.reduce_load", None, 7),
        ("dns.inspect", 9, None),
    ]
    assert actions_apart(first, first) == ()


def test_only_parameters_that_differ_are_named() -> None:
    base = Scenario.load("small")
    other = Scenario.load("dns-only", (("nlb.velocity_limit", "2"),), seed=9)
    assert settings_apart(base, base) == {}
    apart = settings_apart(base, other)
    assert apart["nlb.velocity_limit"] == ("0.0", "2.0")
    assert apart["droplets"] == ("10000", "1000000")
    assert set(apart) == {"nlb.velocity_limit", "droplets", "stages", "duration_s"}


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (None, None, ""),
        (None, 3.0, "only in B"),
        (3.0, None, "only in A"),
        (3.0, 3.4, "same"),
        (10.0, 3.0, "-7 min"),
        (10.0, 22.0, "+12 min"),
    ],
)
def test_differences_in_words(one: float | None, other: float | None, said: str) -> None:
    assert difference(one, other) == said


def test_moments_and_counts_in_words() -> None:
    small = Scenario.load("small")
    assert clock_of(small, 0) == "23:48"
    assert clock_of(small, 340) == "05:28"
    assert clock_of(small, None) == "never"
    counts = [shown_count(n) for n in (7, 999, 1000, 61_400, 2.5e9)]
    assert counts == ["7", "999", "1.0 k", "61.4 k", "2.5 G"]


def test_tables_are_aligned_and_markdown_keeps_its_cells() -> None:
    rows = [("a", "bb"), ("ccc", "d|e")]
    assert text_table(rows) == ["a    bb", "ccc  d|e"]
    assert markdown_table(rows) == ["| a | bb |", "| --- | --- |", "| ccc | d/e |"]
