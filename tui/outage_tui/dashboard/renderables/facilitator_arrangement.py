"""Where everything goes on a facilitator's terminal of a given size.

On a wide and high terminal all at once, in two or three columns; on a middling one four panels, the
others with their keys; below that one panel under tabs. What must not be missed is above all of
them: clocks, the big state, and what to watch.
"""

from __future__ import annotations

from typing import Final

from outage_tui.dashboard.renderables.arrangement import Place

PARTS: Final = ("truth", "events", "players", "journal", "room", "run", "score")
"""In the order of the keys 1-7."""
BLIND_PARTS: Final = ("players", "journal", "room")
"""Those of a blind host, with the same keys."""
_THREE_COLUMNS_FROM: Final = (180, 40)
_TWO_COLUMNS_FROM: Final = (120, 26)
_ALL_IN_TWO_FROM: Final = 44
_STACK_FROM: Final = 36
_COLUMNS: Final = (
    (36, (("truth", 36), ("players", 64))),
    (35, (("events", 52), ("journal", 48))),
    (29, (("room", 28), ("run", 30), ("score", 42))),
)
_SCORE_HIDDEN: Final = (*_COLUMNS[:2], (29, (("room", 40), ("run", 52), ("score", 8))))
_BLIND: Final = ((1, (("players", 1),)), (1, (("room", 1), ("journal", 1))))
_PAGES: Final = (("truth", "events", "players", "journal"), ("room", "run", "score"))


def arrange_station(
    width: int,
    height: int,
    focus: str,
    *,
    band: int,
    maximised: bool,
    score: bool = True,
    blind: bool = False,
    over: bool = False,
) -> tuple[Place, ...]:
    """The rectangles of all visible parts. `band`: rows of the big state, 0 without one; `score`:
    it is not hidden; `blind`: what tells the truth has no place; `over`: there is little
    to watch."""
    places = []
    y = 0
    foot = 0 if height < 10 else (1 if height < 20 else 2)
    left = height - foot
    watch = 1 if over else (4 if height >= 40 else (3 if height >= 30 else 2))
    for name, rows in (
        ("head", 2 if height >= 16 else 1),
        ("band", min(band, max(1, height // 3)) if band else 0),
        ("watch", watch if height >= 16 else 1),
    ):
        rows = min(rows, left - y)
        if rows > 0:
            places.append(Place(name, 0, y, width, rows))
            y += rows
    if foot:
        places.append(Place("foot", 0, height - foot, width, foot))
    if left - y < 3 or width < 12:
        return tuple(places)
    shown = _known(focus, blind=blind)
    wide = width >= _THREE_COLUMNS_FROM[0] and height >= _THREE_COLUMNS_FROM[1]
    if wide and not maximised and not blind:
        columns = _COLUMNS if score else _SCORE_HIDDEN
        return (*places, *_columns(columns, width, y, left - y))
    places.append(Place("tabs", 0, y, width, 1))
    y += 1
    room = left - y
    if not maximised and width >= _TWO_COLUMNS_FROM[0] and height >= _TWO_COLUMNS_FROM[1]:
        if blind:
            return (*places, *_columns(_BLIND, width, y, room))
        return (*places, *_page(width, y, room, shown, all_at_once=height >= _ALL_IN_TWO_FROM))
    if maximised or blind or height < _STACK_FROM:
        return (*places, Place(shown, 0, y, width, room))
    at = PARTS.index(shown) // 2 * 2
    names = PARTS[at : at + 2]
    return (*places, *_stack(tuple((name, 1) for name in names), 0, width, y, room))


def _known(focus: str, *, blind: bool) -> str:
    parts = BLIND_PARTS if blind else PARTS
    return focus if focus in parts else parts[-1 if blind else 0]


def _columns(
    columns: tuple[tuple[int, tuple[tuple[str, int], ...]], ...], width: int, y: int, room: int
) -> list[Place]:
    places: list[Place] = []
    whole = sum(weight for weight, _ in columns)
    x = done = 0
    for weight, parts in columns:
        done += weight
        end = width * done // whole
        places += _stack(parts, x, end - x, y, room)
        x = end
    return places


def _stack(
    parts: tuple[tuple[str, int], ...], x: int, width: int, y: int, room: int
) -> list[Place]:
    places = []
    whole = sum(weight for _, weight in parts)
    top = done = 0
    for name, weight in parts:
        done += weight
        end = room * done // whole
        places.append(Place(name, x, y + top, width, end - top))
        top = end
    return places


def _page(width: int, y: int, room: int, shown: str, *, all_at_once: bool) -> list[Place]:
    if all_at_once and shown != "score":
        halves = (
            (1, (("truth", 33), ("players", 67))),
            (1, (("events", 36), ("journal", 36), ("room", 28))),
        )
        if shown == "run":
            halves = (halves[0], (1, (("events", 36), ("run", 36), ("room", 28))))
        return _columns(halves, width, y, room)
    names = next(page for page in _PAGES if shown in page)
    left: tuple[tuple[str, int], ...] = ((names[0], 2), (names[1], 3))
    right: tuple[tuple[str, int], ...] = ((names[2], 1),)
    if len(names) == 4:
        truth, events, players, journal = names
        left, right = ((truth, 2), (players, 3)), ((events, 1), (journal, 1))
    return _columns(((1, left), (1, right)), width, y, room)
