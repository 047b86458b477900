"""The facilitator's whole screen as text, at three sizes, with and without colour.

The files in `tests/golden/facilitator/` are pictures for people too. Write them anew, after looking
at the difference, with `WRITE_GOLDENS=1 pytest tests/tui/test_facilitator_goldens.py`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from outage_tui.config import THEMES
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.facilitator_picture import draw
from outage_tui.dashboard.staged_facilitator import Moment, StagedFacilitator

from .test_goldens import SIZES, compare, plain, with_styles

if TYPE_CHECKING:
    from pathlib import Path

    from textual.strip import Strip

STATES: dict[str, tuple[Moment, tuple[str, ...]]] = {
    "busy": ("busy", ()),
    "frozen": ("frozen", ()),
    "over": ("over", ("s",)),
}
"""What is shown, and the keys that are pressed first."""


def strips(
    moment: Moment,
    width: int,
    height: int,
    keys: tuple[str, ...] = (),
    *,
    ascii_only: bool = False,
    theme: str = "",
) -> list[Strip]:
    """What the terminal would show."""

    async def run() -> list[Strip]:
        source = StagedFacilitator(moment)
        app = FacilitatorApp(source, ascii_only=ascii_only, ticking=False, theme=theme)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
            return list(app.screen._compositor.render_strips())

    return asyncio.run(run())


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda n: str(n))
@pytest.mark.parametrize("state", STATES)
def test_each_state_with_colour(state: str, width: int, height: int) -> None:
    moment, keys = STATES[state]
    found = with_styles(strips(moment, width, height, keys))
    compare(f"facilitator/{state}-{width}x{height}-colour", found)


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda n: str(n))
@pytest.mark.parametrize("state", STATES)
def test_each_state_without_colour(
    state: str, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    moment, keys = STATES[state]
    compare(f"facilitator/{state}-{width}x{height}", plain(strips(moment, width, height, keys)))


@pytest.mark.parametrize("moment", ["begun", "coming", "lost", "blind"])
def test_each_moment(moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare(f"facilitator/{moment}-120x36", plain(strips(moment, 120, 36)))


def test_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare("facilitator/fire-80x24", plain(strips("busy", 80, 24, ("f",))))


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = plain(strips("frozen", 120, 36, ascii_only=True))
    assert screen.isascii()
    compare("facilitator/frozen-120x36-ascii", screen)


def test_a_picture_for_documents_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    out = tmp_path / "lead.svg"
    done = CliRunner().invoke(draw, ["busy", "--size", "120x36", "--key", "2", "-o", str(out)])
    assert done.exit_code == 0
    svg = out.read_text(encoding="utf-8")
    assert "Services" in svg
    assert "@font-face" not in svg
    assert "url(http" not in svg


def test_no_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = plain(strips("busy", 20, 5))
    assert "02:49:40" in screen
    assert "PAGE" in screen or "DROPPED" in screen


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_says_the_same(theme: str) -> None:
    dark = plain(strips("busy", 120, 36))
    assert plain(strips("busy", 120, 36, theme=theme)) == dark


def test_without_colour_nothing_on_the_screen_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for strip in strips("frozen", 120, 36):
        for segment in strip:
            style = segment.style
            for colour in (style and style.color, style and style.bgcolor):
                triplet = colour and colour.triplet
                assert not triplet or triplet.red == triplet.green == triplet.blue, segment
