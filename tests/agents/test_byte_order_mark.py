"""Editors of some systems put a byte order mark in front of a text; it is no part of it."""

from pathlib import Path

import pytest

from outage_agents.drills.drill_file import load_drill, new_drill_text
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import ScenarioError, read_source

MARK = b"\xef\xbb\xbf"


def test_a_scenario_with_one_is_the_same_scenario(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(MARK + b'extends = "small"\r\nname = "own"\r\ndroplets = 5000\r\n')
    assert Scenario.load(str(path)).droplets == 5000


def test_a_drill_with_one_is_the_same_drill(tmp_path: Path) -> None:
    path = tmp_path / "own.drill.toml"
    path.write_bytes(MARK + new_drill_text("own").encode())
    assert load_drill(str(path)).id == "own"


def test_it_moves_no_column() -> None:
    assert read_source("own.toml", "\ufeffname = 1\n").place(("name",)) == (1, 1)
    with pytest.raises(ScenarioError) as refused:
        read_source("own.toml", "\ufeffname = = 1\n")
    assert refused.value.problems[0].startswith("own.toml:1:8: not TOML")
