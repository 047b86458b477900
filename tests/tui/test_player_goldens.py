"""A seat's whole screen as text, at three sizes, with and without colour, when it matters.

The files in `tests/golden/player/` are pictures for people too: read them in a review. Write them
anew, after looking at the difference, with `WRITE_GOLDENS=1 pytest` and the name of this file. How
colours are written down is told in `test_goldens`.
"""

import os
from functools import cache
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.staged_seat import SEAT_MOMENTS, SeatMoment, StagedSeat
from tests.tui.seats import play, strips
from tests.tui.test_goldens import plain, with_styles

GOLDEN = Path(__file__).parent.parent / "golden" / "player"
SIZES = ((80, 24), (120, 36), (200, 55))
COLOURED: tuple[SeatMoment, ...] = ("storm", "collapse", "overdue", "over")
SEATS = ("commander", "operations", "communications", "scribe", "observer", "evaluator")
Pictures = dict[SeatMoment, list[Strip]]


def compare(name: str, found: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


@cache
def pictures(size: tuple[int, int], colour: bool) -> Pictures:
    """Every moment, one after the other on one screen."""
    found: Pictures = {}

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for moment in SEAT_MOMENTS:
            source.stage(moment)
            app.tick()
            await pilot.pause()
            if app.screen is not app.main:
                await pilot.press("enter")
            found[moment] = strips(app)

    before = os.environ.pop("NO_COLOR", None)
    try:
        if not colour:
            os.environ["NO_COLOR"] = "1"
        play(session, source=StagedSeat("coming"), size=size)
    finally:
        os.environ.pop("NO_COLOR", None)
        if before is not None:
            os.environ["NO_COLOR"] = before
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("moment", SEAT_MOMENTS)
def test_each_moment_without_colour(moment: SeatMoment, size: tuple[int, int]) -> None:
    compare(f"{moment}-{size[0]}x{size[1]}", plain(pictures(size, False)[moment]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("moment", COLOURED)
def test_each_moment_with_colour(moment: SeatMoment, size: tuple[int, int]) -> None:
    compare(f"{moment}-{size[0]}x{size[1]}-colour", with_styles(pictures(size, True)[moment]))


def one(source: StagedSeat, size: tuple[int, int], *keys: str, ascii_only: bool = False) -> str:
    found: list[list[Strip]] = []

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press(*keys)
        app.tick()
        await pilot.pause()
        found.append(strips(app))

    play(session, source=source, size=size, ascii_only=ascii_only)
    return plain(found[0])


@pytest.mark.parametrize("seat", SEATS)
def test_each_seat(seat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare(f"{seat}-120x36", one(StagedSeat("collapse", seat), (120, 36)))


def test_briefing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare("briefing-80x24", one(StagedSeat("quiet"), (80, 24), "b"))


def test_one_panel_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare("sensors-alone-80x24", one(StagedSeat("collapse"), (80, 24), "2", "e"))


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = one(StagedSeat("collapse"), (120, 36), ascii_only=True)
    assert screen.isascii()
    compare("collapse-120x36-ascii", screen)


def test_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare("storm-24x6", one(StagedSeat("storm"), (24, 6)))
