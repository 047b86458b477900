"""The dialogs that matter as text, at two sizes, with colour and without.

Written anew, after looking at the difference, with `WRITE_GOLDENS=1 pytest` and this file's name.
"""

import asyncio

import pytest
from textual.strip import Strip

from outage_tui.dashboard.renderables.ink import Ink, ink_for
from outage_tui.dashboard.screens.player_end_screen import PlayerEndScreen

from .seat_moment import seat
from .test_goldens import compare, plain, with_styles
from .test_player_dialogs import Desk
from .test_player_score import CLOCK, played

SIZES = ((80, 24), (160, 48))
DIALOGS = {
    "actions": ("begin", ("down", "down")),
    "action": ("begin", (*"limit", "enter", *["backspace"] * 5, *"200")),
    "decide": ("decide", (*"limit it", "tab", *"late", "tab", *"errors below 5 %")),
    "post": ("post", ("down", "enter", "down", "enter")),
    "hypothesis": ("hypothesis", ("down", "down")),
    "approve": ("approve", tuple("without")),
    "all-clear": ("all_clear", tuple("errors are gone")),
    "verify": ("verify", ("enter", *"fewer")),
}
"""Kind of the command, and keys pressed."""


def strips(name: str, width: int, height: int, ink: Ink) -> list[Strip]:
    """What the terminal would show."""

    async def run() -> list[Strip]:
        desk = Desk()
        desk.ink = ink
        async with desk.run_test(size=(width, height)) as pilot:
            if name == "end":
                screen = PlayerEndScreen(
                    played(), CLOCK, ink, report=lambda _, __: None, may_go_back=True
                )
                desk.push_screen(screen)
                await pilot.pause()
            else:
                kind, keys = DIALOGS[name]
                desk.open(kind, seat())
                await pilot.pause()
                await pilot.press(*keys)
            await pilot.pause()
            return list(desk.screen._compositor.render_strips())

    return asyncio.run(run())


@pytest.mark.parametrize("name", [*DIALOGS, "end"])
@pytest.mark.parametrize("size", SIZES)
def test_dialogs_without_colour(name: str, size: tuple[int, int]) -> None:
    lines = strips(name, *size, ink_for("no-colour"))
    compare(f"player/dialog-{name}-{size[0]}x{size[1]}", plain(lines))


@pytest.mark.parametrize("name", ["actions", "decide", "approve", "end"])
def test_dialogs_in_colour(name: str) -> None:
    lines = strips(name, 80, 24, ink_for("dark"))
    compare(f"player/dialog-{name}-80x24-colour", with_styles(lines))
