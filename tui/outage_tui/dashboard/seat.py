"""How a seat's connection to its drill's host is, for the drawings of a seat's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import SeatNews
    from outage_tui.drill_link import Ended, Failed, Progress


@attrs.frozen
class SeatLink:
    """How the connection is, and what the host said last of all."""

    silent_s: float = 0.0
    """Whole wall seconds for which the host has sent nothing."""
    lost: str = ""
    """Why the connection is gone; empty while it is there."""
    reconnecting: bool = False
    """It is tried again; what is shown meanwhile is old."""
    progress: Progress | None = None
    """Something takes a while: coming to the beginning, going back."""
    ended: Ended | None = None
    failed: Failed | None = None


def link_of(news: SeatNews) -> SeatLink:
    """What a poll tells of the connection."""
    return SeatLink(
        silent_s=news.silent_s,
        lost=news.lost,
        reconnecting=bool(news.lost),
        progress=news.progress,
        ended=news.ended,
        failed=news.failed,
    )
