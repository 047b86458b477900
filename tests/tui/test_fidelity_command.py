"""`fidelity`: of what was measured, of a recording, of seeds that are run now."""

import json
from pathlib import Path
from typing import Any

import pytest

from outage_agents.timeline import reference_milestones

QUICK = ("dns-only", "--set", "dns.endpoints=5", "--until", "23:58")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scored")


@pytest.fixture
def recording(program: Any, shelf: Path) -> Path:
    path = shelf / "run.otrec"
    if not path.exists():
        assert program("run", *QUICK, "--headless", "--record", str(path)).status == 0
    return path


def test_without_a_recording_it_shows_what_was_measured(program: Any) -> None:
    call = program("fidelity")
    assert (call.status, call.err) == (0, "")
    lines = call.out.splitlines()
    assert lines[0].startswith("us-east-1-2025-10-20, seed 1")
    assert lines[1].startswith("16 of 16 emergent milestones within their tolerance")
    for event in reference_milestones():
        assert any(line.startswith(f"{event.id} ") for line in lines)
    assert any(line.startswith("equivalent-leases ") for line in lines)
    assert "parameters are assumed" in lines[-1]


def test_its_json_holds_all_that_the_text_says(program: Any) -> None:
    found = json.loads(program("fidelity", "--json").out)
    assert [one["id"] for one in found["milestones"]] == [e.id for e in reference_milestones()]
    assert {one["kind"] for one in found["milestones"]} == {"emergent", "action", "knowledge"}
    assert found["score"] == {"within": 16, "of": 16, "mean_error_min": pytest.approx(0.8, abs=0.5)}
    assert found["distribution"]["seeds"] == 20
    assert [one["scenario"] for one in found["parameter_sets"]] == [
        "us-east-1-2025-10-20",
        "equivalent-leases",
    ]
    assert len(found["assumed"]) > 100
    assert all("assumed" in one["source"] for one in found["assumed"])


def test_a_recording_is_scored_by_its_own_milestones(program: Any, recording: Path) -> None:
    found = json.loads(program("fidelity", str(recording), "--json").out)
    assert (found["scenario"], found["origin"]) == ("dns-only", str(recording))
    happened = [one["id"] for one in found["milestones"] if one["simulated_min"] is not None]
    assert happened == ["dns_record_empty"]
    assert found["milestones"][0]["staged"]
    assert found["score"]["within"] == 1


def test_seeds_are_run_when_asked(program: Any, tmp_path: Path) -> None:
    scenario = tmp_path / "quick.toml"
    scenario.write_text(
        'extends = "dns-only"\nname = "quick"\nduration_s = 3300\n[dns]\nendpoints = 5\n', "utf-8"
    )
    call = program("fidelity", "--seeds", "2", "--scenario", str(scenario), "--json")
    assert call.status == 0
    assert call.problems[-1] == "2 of 2 runs done"
    found = json.loads(call.out)
    spread = {one["id"]: one for one in found["distribution"]["milestones"]}
    assert (spread["dns_record_empty"]["within"], spread["dns_record_empty"]["of"]) == (2, 2)
    assert spread["event_over"]["error_min"] is None
    assert (found["scenario"], found["seed"], found["origin"]) == ("quick", 1, "just now")


def test_what_cannot_be_done_is_said(program: Any, tmp_path: Path) -> None:
    call = program("fidelity", "--scenario", "small")
    assert (call.status, call.problems) == (
        2,
        ["--scenario is for --seeds N; give that as well"],
    )
    assert program("fidelity", str(tmp_path / "none.otrec")).status == 2
    assert program("fidelity", "--seeds", "1", "--scenario", "nowhere").status == 2
