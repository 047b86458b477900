"""A terminal that changes its size while a dialog is open: what is behind is arranged anew."""

import asyncio
from collections.abc import Callable

import pytest
from textual.app import App

from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.screens.overlay import Overlay
from outage_tui.dashboard.staged import StagedSource
from outage_tui.dashboard.staged_facilitator import StagedFacilitator
from outage_tui.dashboard.staged_seat import StagedSeat

PATIENCE_S = 30.0
SCREENS: dict[str, Callable[[], App[int]]] = {
    "dashboard": lambda: OutageApp(StagedSource("collapsed"), ticking=False),
    "player": lambda: PlayerApp(StagedSeat("storm"), ticking=False),
    "facilitator": lambda: FacilitatorApp(StagedFacilitator(), ticking=False),
}


def rows_of(app: App[int]) -> list[str]:
    """What the terminal shows, row by row."""
    return [row.text.rstrip() for row in app.screen._compositor.render_strips(app.size)]


async def fresh(make: Callable[[], App[int]], size: tuple[int, int]) -> list[str]:
    """What the screen shows at a size without a dialog."""
    app = make()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if isinstance(app, PlayerApp) and app.screen is not app.main:
            await pilot.press("enter")
        await pilot.press("ctrl+p", "escape")  # whoever presses a key has read the messages
        await pilot.pause()
        return rows_of(app)


@pytest.mark.parametrize("sizes", [((80, 24), (160, 50)), ((160, 50), (90, 40))], ids=str)
@pytest.mark.parametrize("screen", SCREENS)
def test_what_is_behind_a_dialog_is_arranged_for_the_new_size(
    screen: str, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    first, second = sizes

    async def session() -> None:
        wanted = await fresh(SCREENS[screen], second)
        app = SCREENS[screen]()
        async with app.run_test(size=first) as pilot:
            await pilot.pause()
            if isinstance(app, PlayerApp) and app.screen is not app.main:
                await pilot.press("enter")
            await pilot.press("ctrl+p")
            assert isinstance(app.screen, Overlay)
            await pilot.resize_terminal(*second)
            frame = app.screen.query_one("#dialog")
            seen: list[str] = []
            try:
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        await pilot.pause()
                        free = [*range(frame.region.y), *range(frame.region.bottom, second[1])]
                        seen = rows_of(app)
                        if free and all(seen[y] == wanted[y] for y in free):
                            break
            except TimeoutError:
                pytest.fail("\n".join([*seen, "", "wanted:", *wanted]))

    asyncio.run(session())
