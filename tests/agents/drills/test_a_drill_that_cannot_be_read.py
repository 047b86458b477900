"""A file that is there and cannot be read is another mishap than a name that nobody knows."""

from pathlib import Path

import pytest

from outage_agents.drills.drill_file import DrillError, load_drill


def problem(name: str) -> str:
    with pytest.raises(DrillError) as refused:
        load_drill(name)
    (said,) = refused.value.problems
    return said


def test_a_folder_and_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "loop.drill.toml"
    loop.symlink_to(loop)
    assert problem(str(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"
    assert problem(str(loop)).startswith(f"{loop}: cannot be read: Too many levels")


def test_an_unknown_name_is_told_with_the_nearest_and_all_that_are_shipped() -> None:
    said = problem("trapp")
    assert said.startswith("trapp: no such drill or file; did you mean trap; shipped: dare, ")
    assert "No such file" not in said
