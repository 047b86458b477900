"""After the end of a drill: its score over the screen of whoever may open the recording."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.wording import Clock
    from outage_tui.drill_link import Ended


class NoScoreError(Exception):
    """Why there is no score to show."""


async def how_it_went(
    app: App[Any], ended: Ended, clock: Clock, ink: Ink, *, may_go_back: bool
) -> int | None:
    """Show how a recorded drill went; a moment (virtual ns) to go back to, or None.

    To be awaited by a worker. Raises NoScoreError when nothing was recorded or it cannot be read.
    """
    # Only here: all that a score and a report need is much, and most seats never see either.
    from outage_tui.dashboard.played_drill import played_drill
    from outage_tui.dashboard.screens.player_end_screen import PlayerEndScreen
    from outage_tui.drill_report import write_drill_report

    if ended.recording is None:
        raise NoScoreError("this drill was not recorded, so there is no score")
    played = await asyncio.to_thread(
        played_drill, Path(ended.recording), why=ended.why, command=ended.command
    )
    screen = PlayerEndScreen(played, clock, ink, report=write_drill_report, may_go_back=may_go_back)
    return await app.push_screen_wait(screen)
