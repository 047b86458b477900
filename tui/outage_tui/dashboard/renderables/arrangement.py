"""Where everything goes on a terminal of a given size.

120 columns and more: a grid of all panels. 80 to 119: two columns, a page of as many panels as are
readable. Below that: one panel under tabs. What matters most survives the longest: the time, the
impact, the timeline, then a panel. No size is refused.
"""

from __future__ import annotations

from typing import Final

import attrs

PANELS: Final = ("dns", "leases", "launches", "nlb", "latency", "services", "events")
"""In the order of the keys 1-7; 8 is the timeline."""

GRID_WIDTH_MIN: Final = 120
GRID_HEIGHT_MIN: Final = 30
TWO_COLUMNS_WIDTH_MIN: Final = 80
_PANEL_HEIGHT_MIN: Final = 10
"""A panel lower than this is moved to another page."""
_EVENTS_HEIGHT_MIN: Final = 3


@attrs.frozen
class Place:
    """A part of the screen and its rectangle in cells."""

    name: str
    x: int
    y: int
    width: int
    height: int


def arrange(width: int, height: int, focus: str, *, maximised: bool) -> tuple[Place, ...]:
    """The rectangles of all visible parts; a part that is not named is hidden."""
    places = [Place("status", 0, 0, width, min(1, height))]
    top, bottom = 1, height
    if height >= 8:
        bottom -= 1
        places.append(Place("foot", 0, bottom, width, 1))
    timeline = _timeline_height(height)
    if maximised and focus == "timeline" and timeline:
        impact = min(_impact_height(width, height), max(0, bottom - top - timeline))
        places.append(Place("impact", 0, top, width, impact))
        places.append(Place("timeline", 0, top + impact, width, bottom - top - impact))
        return tuple(place for place in places if place.height > 0)
    if timeline:
        bottom -= timeline
        places.append(Place("timeline", 0, bottom, width, timeline))
    impact = min(_impact_height(width, height), bottom - top)
    if impact > 0:
        places.append(Place("impact", 0, top, width, impact))
        top += impact
    room = bottom - top
    if room < 4 or width < 12:
        return tuple(places)
    shown = focus if focus in PANELS else "dns"
    if not maximised and width >= GRID_WIDTH_MIN and height >= GRID_HEIGHT_MIN:
        return (*places, *_grid(width, top, room))
    places.append(Place("tabs", 0, top, width, 1))
    if maximised or width < TWO_COLUMNS_WIDTH_MIN:
        return (*places, Place(shown, 0, top + 1, width, room - 1))
    return (*places, *_page(width, top + 1, room - 1, shown))


def _timeline_height(height: int) -> int:
    if height >= 44:
        return 7
    if height >= 22:
        return 5
    if height >= 14:
        return 3
    return 2 if height >= 10 else (1 if height >= 4 else 0)


def _impact_height(width: int, height: int) -> int:
    if height < 10:
        return height
    return 2 if width >= GRID_WIDTH_MIN and height < 40 else 3


def _grid(width: int, top: int, room: int) -> list[Place]:
    upper = max(12, round(room * 0.44))
    lower = max(9, round(room * 0.34))
    events = max(_EVENTS_HEIGHT_MIN, room - upper - lower)
    upper = min(upper, room - lower - events)
    places = _row(("dns", "leases", "launches"), (38, 34, 28), width, top, upper)
    places += _row(("nlb", "latency", "services"), (30, 32, 38), width, top + upper, lower)
    return [*places, Place("events", 0, top + upper + lower, width, events)]


def _row(
    names: tuple[str, ...], weights: tuple[int, ...], width: int, y: int, height: int
) -> list[Place]:
    places = []
    x = 0
    for index, name in enumerate(names):
        end = width * sum(weights[: index + 1]) // sum(weights)
        places.append(Place(name, x, y, end - x, height))
        x = end
    return places


def _page(width: int, top: int, room: int, shown: str) -> list[Place]:
    rows = max(1, room // _PANEL_HEIGHT_MIN)
    per_page = 2 * rows
    start = PANELS.index(shown) // per_page * per_page
    names = PANELS[start : start + per_page]
    rows = (len(names) + 1) // 2
    places = []
    for index, name in enumerate(names):
        row, column = divmod(index, 2)
        y, end = room * row // rows, room * (row + 1) // rows
        alone = index == len(names) - 1 and column == 0
        x = column * (width // 2)
        wide = width if alone else (width - width // 2 if column else width // 2)
        places.append(Place(name, x, top + y, wide, end - y))
    return places
