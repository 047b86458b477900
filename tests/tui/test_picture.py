"""Pictures without a terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from outage_tui.dashboard.picture import draw, picture
from outage_tui.dashboard.staged import StagedSource


def test_a_picture_shows_the_moment() -> None:
    svg = picture(StagedSource("empty"), width=120, height=36).replace("&#160;", " ")
    assert svg.startswith("<svg")
    assert "dig answers NOERROR" in svg


@pytest.mark.parametrize("size", ["0x9", "160", "x", "160x48x2", "9999x10"])
def test_a_size_that_is_none_is_refused(size: str, tmp_path: Path) -> None:
    out = tmp_path / "p.svg"
    words = ["any.otrec", "--at", "02:40", "--size", size, "-o", str(out)]
    outcome = CliRunner().invoke(draw, words)
    assert outcome.exit_code == 2
    assert "is no size" in outcome.output
    assert not out.exists()


def test_a_picture_loads_nothing_from_anywhere() -> None:
    drawn = picture(StagedSource("empty"), width=100, height=30)
    assert "<svg" in drawn
    assert "url(http" not in drawn
