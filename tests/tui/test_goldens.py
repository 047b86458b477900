"""The whole screen as text, at three sizes, with and without colour, in the states that matter.

The files in `tests/golden/` are pictures for people too: read them in a review. Write them anew,
after looking at the difference, with `WRITE_GOLDENS=1 pytest tests/tui/test_goldens.py`.

With colour, each line of the screen is followed by one of letters, one letter a cell and style; the
legend at the end says what each letter stands for.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from rich.style import Style
from textual.strip import Strip

from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.staged import Moment, StagedSource
from outage_tui.link_messages import Done, Failure

GOLDEN = Path(__file__).parent.parent / "golden"
SIZES = ((80, 24), (120, 36), (200, 55))
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def strips(
    source: StagedSource,
    width: int,
    height: int,
    keys: tuple[str, ...] = (),
    *,
    ascii_only: bool = False,
) -> list[Strip]:
    """What the terminal would show."""

    async def run() -> list[Strip]:
        app = OutageApp(source, ascii_only=ascii_only, ticking=False)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            app.tick()
            await pilot.pause()
            return list(app.screen._compositor.render_strips())

    return asyncio.run(run())


def plain(lines: list[Strip]) -> str:
    return "".join(f"{line.text.rstrip()}\n" for line in lines)


def with_styles(lines: list[Strip]) -> str:
    letters: dict[str, str] = {}
    written = []
    for line in lines:
        written.append(line.text.rstrip())
        marks = ""
        for segment in line:
            style = str(Style.null() if segment.style is None else segment.style.without_color)
            colours = Style.null() if segment.style is None else segment.style
            name = f"{style} {colours.color and colours.color.name} on "
            name += str(colours.bgcolor and colours.bgcolor.name)
            letter = letters.setdefault(name, LETTERS[len(letters)])
            marks += letter * segment.cell_length
        written.append(marks)
    written += [f"{letter} = {name}" for name, letter in letters.items()]
    return "".join(f"{line}\n" for line in written)


def compare(name: str, found: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDENS"):
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


def live() -> StagedSource:
    return StagedSource("normal")


def replay() -> StagedSource:
    source = StagedSource("flapping", seekable=True)
    source.status = attrs.evolve(source.status, halted=True)
    return source


def host_dead() -> StagedSource:
    source = StagedSource("empty")
    failure = Failure(reason="its process ended without a word", log="host.log", exit_code=-9)
    source.status = attrs.evolve(source.status, failure=failure)
    return source


STATES: dict[str, tuple[Callable[[], StagedSource], tuple[str, ...]]] = {
    "live": (live, ()),
    "paused": (lambda: StagedSource("race"), ("space", "P")),
    "replay": (replay, ()),
    "collapsed": (lambda: StagedSource("collapsed"), ()),
    "recovered": (lambda: StagedSource("recovered"), ()),
    "host-dead": (host_dead, ()),
}
"""What is shown, and the keys that are pressed first."""


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda n: str(n))
@pytest.mark.parametrize("state", STATES)
def test_each_state_with_colour(state: str, width: int, height: int) -> None:
    source, keys = STATES[state]
    found = with_styles(strips(source(), width, height, keys))
    compare(f"{state}-{width}x{height}-colour", found)


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda n: str(n))
@pytest.mark.parametrize("state", STATES)
def test_each_state_without_colour(
    state: str, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    source, keys = STATES[state]
    compare(f"{state}-{width}x{height}", plain(strips(source(), width, height, keys)))


@pytest.mark.parametrize(("width", "height"), SIZES, ids=lambda n: str(n))
@pytest.mark.parametrize("moment", ["race", "empty", "flapping"])
def test_each_moment(
    moment: Moment, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare(f"{moment}-{width}x{height}", plain(strips(StagedSource(moment), width, height)))


def test_one_panel_of_a_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    source = StagedSource("collapsed", seekable=True)
    source.status = attrs.evolve(source.status, halted=True)
    compare("maximised-120x36", plain(strips(source, 120, 36, ("2", "e"))))


def test_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    source = StagedSource("recovered")
    done = Done(t_ns=1, digest="ab", summary="The run is over; the recording is closed.")
    source.status = attrs.evolve(source.status, done=done)
    compare("ended-80x24", plain(strips(source, 80, 24)))


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = plain(strips(StagedSource("collapsed"), 120, 36, ascii_only=True))
    assert screen.isascii()
    compare("collapsed-120x36-ascii", screen)


def test_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    compare("empty-20x5", plain(strips(StagedSource("empty"), 20, 5)))


def test_without_colour_nothing_on_the_screen_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for strip in strips(StagedSource("flapping"), 120, 36):
        for segment in strip:
            for colour in (
                segment.style and segment.style.color,
                segment.style and segment.style.bgcolor,
            ):
                triplet = colour and colour.triplet
                assert not triplet or triplet.red == triplet.green == triplet.blue, segment
