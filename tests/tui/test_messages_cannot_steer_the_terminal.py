"""What a file from somewhere else says is quoted, and never obeyed by the terminal."""

from pathlib import Path
from typing import Any

import pytest

from outage_tui.mishap import printable

TITLE_CHANGE = "\x1b]0;owned\x07"


@pytest.mark.parametrize("command", [("scenario", "check"), ("run", "--headless", "--no-record")])
def test_escapes_of_a_scenario_are_spelled_out(
    program: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text('extends = "\\u001b]0;owned\\u0007"\n', "utf-8")
    said = program(command[0], *command[1:], str(path))
    assert said.status == 2
    assert r"\x1b]0;owned\x07: no such scenario" in said.err
    assert TITLE_CHANGE not in said.err


def test_lines_and_letters_of_all_languages_stay() -> None:
    text = "first: ü, 雪, 💥\nsecond\n"
    assert printable(text) == text
    assert printable("\r\x00\x9b2J\x7f\t") == r"\r\x00\x9b2J\x7f\t"
