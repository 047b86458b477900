"""Where everything goes on a seat's screen, for every seat and every size.

110 columns and more: two columns of panels; 170 and more: three. Less: a short list of pages above,
one panel at full width, what people say below; the others are one key away. What must never be
missed survives the longest: the clocks and the line that says what waits for you.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables.arrangement import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TWO_COLUMNS_MIN: Final = (110, 28)
THREE_COLUMNS_MIN: Final = (170, 40)
"""Columns and rows from which on so many columns of panels are shown."""
ONE_CLOCK_LINE_MIN: Final = 110
_LIST_ROWS: Final = 4
"""Of a list above or below the chosen panel, its title included."""
_WEIGHTS: Final = {"pages": 4, "sensors": 4, "work": 5, "says": 9, "log": 6, "customers": 4}
_ROWS_MIN: Final = 4

_COLUMNS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "solo": (("pages", "sensors", "work"), ("says", "log", "customers", "roster")),
    "commander": (("pages", "sensors", "work", "roster"), ("says", "log", "customers")),
    "operations": (("pages", "sensors", "work"), ("says", "log", "roster")),
    "communications": (("customers", "pages", "sensors"), ("says", "log", "roster")),
    "scribe": (("says", "pages", "sensors"), ("log", "work", "customers", "roster")),
    "observer": (("pages", "sensors", "work"), ("says", "log", "customers")),
    "evaluator": (("says", "pages", "sensors"), ("log", "work", "customers", "roster")),
}
_MIDDLE: Final = ("says", "customers")
"""In the middle of three columns."""


@attrs.frozen
class Contents:
    """What the arrangement must know of what is to be shown."""

    seat: str
    keys_rows: int
    """Lines that the keys at the foot take."""
    wanted: Mapping[str, int] = {}
    """Rows with frame that a panel can use at most, where that is known."""
    absent: frozenset[str] = frozenset()
    """Panels this seat has no use for."""


def panels_of(contents: Contents) -> tuple[str, ...]:
    """A seat's panels in the order of the keys 1-7."""
    left, right = _COLUMNS.get(contents.seat, _COLUMNS["solo"])
    return tuple(part for part in (*left, *right) if part not in contents.absent)


def first_panel(contents: Contents) -> str:
    """What a small screen shows at first."""
    parts = panels_of(contents)
    return next((part for part in parts if part not in ("pages", "says")), parts[0])


def arrange_player(
    width: int, height: int, contents: Contents, chosen: str, *, maximised: bool
) -> tuple[Place, ...]:
    """The rectangles of all visible parts; a part that is not named is hidden."""
    clock_rows = 1 if width >= ONE_CLOCK_LINE_MIN or height < 10 else 2
    rows = [("clocks", clock_rows), ("attention", 1)]
    top = 0
    places = []
    for name, wanted in rows:
        if top < height:
            places.append(Place(name, 0, top, width, min(wanted, height - top)))
            top += wanted
    bottom = height
    foot = _foot_rows(height, contents)
    if foot:
        bottom -= foot
        places.append(Place("foot", 0, bottom, width, foot))
    room = bottom - top
    if room < 2 or width < 8:
        return tuple(places)
    parts = panels_of(contents)
    chosen = chosen if chosen in parts else first_panel(contents)
    if not has_tabs(width, height, maximised=maximised) and _fits(width, height, THREE_COLUMNS_MIN):
        return (*places, *_beside(_three(contents), (34, 33, 33), width, top, room, contents))
    if not has_tabs(width, height, maximised=maximised):
        left, right = _COLUMNS.get(contents.seat, _COLUMNS["solo"])
        return (*places, *_beside([left, right], (54, 46), width, top, room, contents))
    places.append(Place("tabs", 0, top, width, 1))
    return (*places, *_stacked(width, top + 1, room - 1, chosen, maximised=maximised))


def has_tabs(width: int, height: int, *, maximised: bool) -> bool:
    """Whether only some panels are visible, and a line names them all."""
    return maximised or not _fits(width, height, TWO_COLUMNS_MIN)


def _foot_rows(height: int, contents: Contents) -> int:
    """The host's last answer, and below it the keys; on a very small screen the answer alone."""
    if height < 6:
        return 0
    return 1 if height < 14 else min(1 + contents.keys_rows, height // 4)


def _fits(width: int, height: int, least: tuple[int, int]) -> bool:
    return width >= least[0] and height >= least[1]


def _three(contents: Contents) -> list[tuple[str, ...]]:
    left, right = _COLUMNS.get(contents.seat, _COLUMNS["solo"])
    middle = tuple(part for part in _MIDDLE if part in panels_of(contents))
    left, right = (tuple(p for p in column if p not in middle) for column in (left, right))
    if len(left) > 2 and len(left) > len(right):
        left, right = left[:2], (*left[2:], *right)
    return [left, middle, right]


def _beside(
    columns: Sequence[tuple[str, ...]],
    shares: tuple[int, ...],
    width: int,
    top: int,
    room: int,
    contents: Contents,
) -> list[Place]:
    places: list[Place] = []
    columns = [tuple(p for p in column if p not in contents.absent) for column in columns]
    x = 0
    for index, column in enumerate(columns):
        end = width * sum(shares[: index + 1]) // sum(shares)
        if not column:
            continue
        y = top
        for part, rows in zip(column, _heights(column, room, contents), strict=True):
            if rows > 0:
                places.append(Place(part, x, y, end - x, rows))
            y += rows
        x = end
    return places


def _heights(column: tuple[str, ...], room: int, contents: Contents) -> list[int]:
    """Rows of each panel: what it wants where that is little, the rest by weight."""
    share = room // max(1, len(column))
    fixed = {
        part: min(rows, max(_ROWS_MIN, share * 2))
        for part, rows in contents.wanted.items()
        if part in column
    }
    free = [part for part in column if part not in fixed]
    if not free:  # the last one takes what is left
        fixed.pop(column[-1])
        free = [column[-1]]
    left = room - sum(fixed.values())
    if left < _ROWS_MIN * len(free):
        return [room * (n + 1) // len(column) - room * n // len(column) for n in range(len(column))]
    total = sum(_WEIGHTS.get(part, 3) for part in free)
    spare, given = left - _ROWS_MIN * len(free), 0
    heights = dict(fixed)
    for n, part in enumerate(free):
        upto = spare * sum(_WEIGHTS.get(p, 3) for p in free[: n + 1]) // total
        heights[part] = _ROWS_MIN + upto - given
        given = upto
    return [heights[part] for part in column]


def _stacked(width: int, top: int, room: int, chosen: str, *, maximised: bool) -> list[Place]:
    """The chosen panel, between the pages and what people say where there are rows for them."""
    above = _LIST_ROWS if room >= 12 and chosen != "pages" and not maximised else 0
    below = _LIST_ROWS if room >= 14 and chosen != "says" and not maximised else 0
    places = [Place("pages", 0, top, width, above)] if above else []
    places.append(Place(chosen, 0, top + above, width, room - above - below))
    if below:
        places.append(Place("says", 0, top + room - below, width, below))
    return [place for place in places if place.height > 0]
