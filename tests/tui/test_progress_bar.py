"""What takes longer than a second shows a bar on a terminal, and leaves nothing behind."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_tui.progress_bar import WIDTH, ProgressBar, bar_words


class _Screen(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def told(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, every_s: float) -> str:
    """What is written while eleven shares are told, `every_s` seconds one after the other."""
    clock_s = [0.0]
    screen = _Screen(terminal=terminal)
    monkeypatch.setattr("outage_tui.progress_bar.time.monotonic", lambda: clock_s[0])
    monkeypatch.setattr("outage_tui.progress_bar.sys.stderr", screen)
    with ProgressBar("verify") as bar:
        for tenth in range(11):
            clock_s[0] += every_s
            bar(tenth / 10)
    return screen.getvalue()


def test_on_a_terminal_it_shows_how_much_is_done_and_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = told(monkeypatch, terminal=True, every_s=1.0)
    assert "verify [===============>" in written
    assert "50 %, 6 s left" in written
    assert written.endswith(" \r")
    assert "\n" not in written


def test_what_is_through_within_a_second_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, terminal=True, every_s=0.05) == ""


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, terminal=False, every_s=1.0) == ""


@given(st.floats(-1, 2), st.floats(0, 1e6))
def test_the_bar_is_ascii_and_always_as_wide(share: float, elapsed_s: float) -> None:
    words = bar_words("export", share, elapsed_s)
    assert words.isascii()
    assert len(words.partition("[")[2].partition("]")[0]) == WIDTH
