"""Drives a seat's screen without a terminal, against a staged host."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from textual.pilot import Pilot
from textual.strip import Strip

from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.staged_seat import StagedSeat
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing
from outage_tui.drill_link import Request, Say

Session = Callable[[Pilot[int], PlayerApp, StagedSeat], Awaitable[None]]
Kind = TypeVar("Kind", bound=Request)


def play(
    session: Session,
    *,
    source: StagedSeat | None = None,
    size: tuple[int, int] = (120, 36),
    ascii_only: bool = False,
    briefed: bool = True,
) -> PlayerApp:
    """Run a session; no timer, so that every tick is the test's own. `briefed`: the briefing has
    been read."""
    staged = source or StagedSeat("storm")
    app = PlayerApp(staged, ticking=False, ascii_only=ascii_only)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            if briefed and app.screen is not app.main:
                await pilot.press("enter")
                staged.sent.clear()
            await session(pilot, app, staged)

    asyncio.run(run())
    return app


def shown(app: PlayerApp, part: str) -> str:
    """What a part of the screen says."""
    return app.main.query_one(f"#{part}", PlayerDrawing).shown_text


def visible(app: PlayerApp) -> list[str]:
    """Parts that are on the screen."""
    return [part.id or "" for part in app.main.query(PlayerDrawing) if part.display]


def strips(app: PlayerApp) -> list[Strip]:
    """What the terminal would show."""
    return list(app.screen._compositor.render_strips())


def said(source: StagedSeat) -> list[object]:
    """The commands that the host was given."""
    return [one.command for one in source.sent if isinstance(one, Say)]
