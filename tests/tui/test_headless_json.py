"""`run --headless --json`: the contract by which other programs check a run."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from outage_agents.timeline import reference_milestones

QUICK = ("dns-only", "--set", "dns.endpoints=10")
REQUIRED_SERIES = (
    "dwfm.broken",
    "dwfm.queue",
    "dwfm.established_total",
    "ec2.launched_total",
    "ec2.refused_total",
    "nm.wait_s",
    "nlb.zones_out",
    "nlb.removals_total",
    "dns.stale_overwrites_total",
    "dns.races_total",
)
ISO = re.compile(r"2025-10-(19|20)T[0-9]{2}:[0-9]{2}:[0-9]{2}-07:00")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Filled by the first test that runs the whole region; read by the others."""
    return {}


@pytest.fixture
def document(program: Any, told: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """One run of the whole Region up to seven minutes after T0."""
    if not told:
        call = program(
            *("run", "small", "--until", "23:55", "--headless", "--json", "--seed", "3"),
            *("--sample", "T+1m", "--sample", "23:30", "--act", "dwfm.throttle@23:49"),
            *("--act", "dns.inspect@23:50:30", "--record", str(tmp_path / "run.otrec")),
        )
        assert call.status == 0
        assert call.err == ""
        assert call.out.endswith("}\n")
        told.update(json.loads(call.out), file=str(tmp_path / "run.otrec"))
    return told


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def test_what_ran_and_what_it_cost(document: dict[str, Any]) -> None:
    assert document["scenario"] == "small"
    assert document["seed"] == 3
    assert isinstance(document["version"], str)
    assert re.fullmatch("[0-9a-f]{64}", document["digest"])
    assert document["virtual_s"] == 55 * 60
    assert document["events"] > document["messages"] > 0
    assert isinstance(document["events"], int)
    assert document["cpu_s"] > 0
    assert document["wall_s"] > 0
    assert document["peak_rss_mb"] > 10
    assert document["recording"] == document["file"]


def test_every_milestone_of_the_timeline_is_there(document: dict[str, Any]) -> None:
    milestones = document["milestones"]
    reference = {event.id: event for event in reference_milestones()}
    assert set(milestones) == set(reference)
    for name, milestone in milestones.items():
        assert set(milestone) == {
            *("at", "t_min", "reference_min", "error_min"),
            *("kind", "staged"),
        }
        assert milestone["kind"] == reference[name].kind
        assert milestone["reference_min"] == reference[name].t_min
        assert isinstance(milestone["staged"], bool)
        moments = [milestone[key] for key in ("at", "t_min", "error_min")]
        assert moments == [None] * 3 or None not in moments
    empty = milestones["dns_record_empty"]
    assert ISO.fullmatch(empty["at"])
    assert empty["staged"]
    assert empty["error_min"] == pytest.approx(empty["t_min"] - empty["reference_min"])
    assert milestones["ec2_normal"]["at"] is None


def test_windows_have_a_start_an_end_or_none_and_a_cause(document: dict[str, Any]) -> None:
    listed = [*document["windows"].values()]
    for service in document["services"].values():
        assert set(service) == {"windows"}
        listed.append(service["windows"])
    assert document["services"]
    for window in [window for windows in listed for window in windows]:
        assert set(window) == {"start_t_min", "end_t_min", "cause"}
        assert is_number(window["start_t_min"])
        assert window["end_t_min"] is None or window["end_t_min"] >= window["start_t_min"]
        assert isinstance(window["cause"], str)
    assert [window["end_t_min"] for window in document["windows"]["DynamoDB"]] == [None]


def test_laws_series_and_samples(document: dict[str, Any]) -> None:
    assert document["checkers"]
    for law in document["checkers"].values():
        assert set(law) == {"held", "first_violation_t_min"}
        assert law["held"] is (law["first_violation_t_min"] is None)
    assert set(REQUIRED_SERIES) <= set(document["series"])
    for series in document["series"].values():
        assert set(series) == {"min", "max", "max_t_min", "last"}
        assert all(map(is_number, series.values()))
        assert series["min"] <= series["last"] <= series["max"]
        assert -48 <= series["max_t_min"] <= 7
    assert set(document["samples"]) == {"T+1m", "23:30"}
    for sample in document["samples"].values():
        assert set(REQUIRED_SERIES) <= set(sample)
        assert all(map(is_number, sample.values()))
    assert document["samples"]["23:30"]["dns.races_total"] == 0


def test_actions_say_what_came_of_them(document: dict[str, Any]) -> None:
    by_id = {action["id"]: action for action in document["actions"]}
    for action in document["actions"]:
        assert set(action) == {"id", "t_min", "args", "result"}
        assert re.fullmatch("done|not needed|refused: .+", action["result"])
    assert by_id["dns.inspect"]["t_min"] == 2.5
    assert by_id["dns.inspect"]["result"] == "done"
    throttle = by_id["dwfm.throttle"]
    assert throttle["args"] == {"max_outstanding_share": 0.006}
    assert throttle["result"] == "not needed" or throttle["result"].startswith("refused: ")


def test_impact(document: dict[str, Any]) -> None:
    impact = document["impact"]
    assert set(impact) == {
        *("customer_minutes", "by_service", "failed"),
        *("refused", "peak_services_down_share"),
    }
    assert impact["customer_minutes"] == pytest.approx(sum(impact["by_service"].values()), abs=0.1)
    assert isinstance(impact["failed"], int)
    assert isinstance(impact["refused"], int)
    assert 0 <= impact["peak_services_down_share"] <= 1


def test_a_run_without_a_recording_says_so(program: Any, tmp_path: Path) -> None:
    call = program("run", *QUICK, "--until", "23:01", "--json", "--no-record")
    assert json.loads(call.out)["recording"] is None
    assert list(tmp_path.iterdir()) == []


def test_every_run_is_recorded_unless_told_otherwise(program: Any, tmp_path: Path) -> None:
    call = program("run", *QUICK, "--until", "23:01", "--json")
    path = Path(json.loads(call.out)["recording"])
    assert path.parent == tmp_path / "recordings"
    assert path.name.startswith("dns-only-seed1-")
    assert program("verify", str(path)).status == 0


def test_an_action_before_its_precondition_is_refused_and_one_without_a_fault_not_needed(
    program: Any,
) -> None:
    call = program(
        *("run", *QUICK, "--until", "23:06", "--json", "--no-record"),
        *("--act", "dns.rpz_override@23:03", "--act", "dns.restore_from_rollback@23:04"),
        *("--act", "dwfm.throttle@23:05"),
    )
    assert call.status == 0
    results = {action["id"]: action["result"] for action in json.loads(call.out)["actions"]}
    assert results["dns.rpz_override"] == "not needed"
    assert all(re.fullmatch("not needed|refused: .+", result) for result in results.values())
    assert len(results) == 3


def test_plain_narrates_and_ends_with_a_summary(program: Any) -> None:
    call = program("run", *QUICK, "--until", "23:50", "--plain", "--no-record")
    *lines, summary = call.out.splitlines()
    assert all(re.match(r"[0-9:]{8} T *[+-][0-9.]+m [ !X] [\w.-]+: ", line) for line in lines)
    assert any(line.startswith("23:48") for line in lines)
    assert summary.startswith("dns-only, seed 1: ")
    assert call.err == ""


def test_json_stays_alone_on_standard_output(program: Any) -> None:
    call = program("run", *QUICK, "--until", "23:50", "--plain", "--json", "--no-record")
    assert json.loads(call.out)["scenario"] == "dns-only"
    assert call.err.startswith("23:")


def test_without_a_terminal_the_dashboard_gives_way_to_plain_lines(program: Any) -> None:
    call = program("run", *QUICK, "--until", "23:01", "--speed", "max", "--no-record")
    assert call.status == 0
    assert "no terminal here" in call.err
    assert call.out.startswith("dns-only, seed 1: ")
