"""Moments and lengths of time, as they are told to players and typed by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.wording import MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import SeatView

_DAY_S: Final = 86_400
_HM: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def clock_at(view: SeatView, t_ns: int) -> str:
    """The time of day of a moment, in the incident: `02:45`."""
    hours, minutes, seconds = (int(part) for part in view.clock.split(":"))
    now_s = hours * 3600 + minutes * 60 + seconds
    of_day = (now_s + (t_ns - view.t_ns) // SECOND_NS) % _DAY_S
    return f"{of_day // 3600:02}:{of_day // 60 % 60:02}"


def clock_in(view: SeatView, minutes: float) -> str:
    """The time of day so many minutes from now."""
    return clock_at(view, view.t_ns + round(minutes * MINUTE_NS))


def minutes_until(view: SeatView, clock: str) -> float | None:
    """Minutes to the next time the clock shows `HH:MM`; None when it is no time of day."""
    found = _HM.fullmatch(clock.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in view.clock.split(":"))
    now_s = hours * 3600 + minutes * 60 + seconds
    wanted_s = int(found[1]) * 3600 + int(found[2]) * 60
    return ((wanted_s - now_s) % _DAY_S) / 60


def span(shortest_s: int, longest_s: int) -> str:
    """`5-30 min`, `1 h 00 min - 2 h 00 min`."""
    if longest_s < 3600:
        low, high = shortest_s / 60, longest_s / 60
        return f"{low:g} to {high:g} min" if low != high else f"{low:g} min"
    low, high = shortest_s / 3600, longest_s / 3600
    return f"{low:.1f} to {high:.1f} h"
