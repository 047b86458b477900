"""The master scenario events list: what comes when, from whom to whom, and what is expected of it.

Where there is room every event is told whole; else one line each, and the chosen one whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.condition import ConditionError, span_s
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_station import Drawn, ago, said
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import InjectView
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Severity

_AT = "at "


def due_in_s(inject: InjectView, station: Station) -> float | None:
    """Virtual seconds until a timed event comes; None when it waits for something to be so."""
    if not inject.due.startswith(_AT):
        return None
    try:
        at_s = span_s(inject.due.removeprefix(_AT))
    except ConditionError:
        return None
    return at_s + inject.put_off_s - station.since_begin_s(station.now_ns)


def due_words(inject: InjectView, station: Station) -> str:
    """`in 12 min`, `when nlb.error_rate > 0.1`, `came 4 min ago`, `skipped`."""
    if inject.state == "fired":
        return "came" if inject.fired_ns is None else f"came {ago(station.ago_s(inject.fired_ns))}"
    if inject.state != "ahead":
        return said(inject.state)
    if station.over:
        return "did not come"
    left_s = due_in_s(inject, station)
    if left_s is None:
        return said(inject.due)
    return "due now" if left_s <= 0 else f"in {wording.duration(left_s)}"


def next_timed(station: Station) -> InjectView | None:
    """The timed event that comes next."""
    injects = () if station.view is None else station.view.injects
    ahead = [(due_in_s(one, station), one) for one in injects if one.state == "ahead"]
    timed = [(left_s, one.n, one) for left_s, one in ahead if left_s is not None]
    return min(timed, key=lambda row: row[:2])[2] if timed else None


def first_ahead(station: Station) -> int:
    """Place of the event that is chosen while nobody chose one: the next timed, else the first
    that is ahead."""
    injects = () if station.view is None else station.view.injects
    following = next_timed(station)
    places = [place for place, one in enumerate(injects) if one is following]
    places += [place for place, one in enumerate(injects) if one.state == "ahead"]
    return places[0] if places else 0


def whom(inject: InjectView, station: Station) -> str:
    """`vice president → all, by call`; what only happens in the run comes from nobody."""
    if inject.method == "run":
        return "in the run"
    arrow = station.ink.glyphs.arrow
    return f"{said(inject.from_)} {arrow} {said(inject.to)}, by {said(inject.method)}"


def draw_events(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """The list. `cursor` is the place of the chosen event."""
    ink = station.ink
    if station.blind:
        return Drawn([Line("A blind host does not see what is to come.", ink.dim)])
    if station.view is None:
        return Drawn([Line("The list comes with the first moment.", ink.dim)])
    injects = station.view.injects
    if not injects:
        return Drawn([Line("This drill has no list of events.", ink.dim)])
    whole = frozenset[int]()
    drawn = _list(station, injects, cursor, width, whole)
    for place in _by_interest(len(injects), cursor):
        more = _list(station, injects, cursor, width, whole | {place})
        if len(more.lines) > height and whole:
            break
        whole, drawn = whole | {place}, more
    return drawn


def _by_interest(count: int, cursor: int) -> list[int]:
    """Places of a list: the chosen one, those after it, then those before it, the last first."""
    return [*range(cursor, count), *reversed(range(cursor))]


def _list(
    station: Station,
    injects: tuple[InjectView, ...],
    cursor: int,
    width: int,
    whole: frozenset[int],
) -> Drawn:
    lines: list[Line] = []
    items: list[int] = []
    for place, inject in enumerate(injects):
        drawn = [_head(station, inject, width, chosen=place == cursor, whole=place in whole)]
        if place in whole:
            drawn += _details(station, inject, width)
        lines += drawn
        items += [place] * len(drawn)
    return Drawn(lines, tuple(items))


def _head(station: Station, inject: InjectView, width: int, *, chosen: bool, whole: bool) -> Line:
    ink = station.ink
    severity = _severity(inject, station)
    line = Line("> " if chosen else "  ", ink.accent)
    line.add(f"{ink.glyph(severity)} ", ink.of(severity))
    line.right(str(inject.n), 2, ink.badge if chosen else ink.strong).add("  ")
    line.add(due_words(inject, station), ink.of(severity) if severity != "ok" else ink.dim)
    for word in (
        *(("EDITED",) if inject.edited else ()),
        *((f"+{wording.duration(inject.put_off_s)}",) if inject.put_off_s else ()),
    ):
        line.add("  ").add(word, ink.accent)
    line.add("  ").add(whom(inject, station), ink.plain)
    if not whole:
        line.add("  ").add(said(inject.text or inject.breaks), ink.dim)
    return line.cut(width, ink.glyphs.ellipsis)


def _details(station: Station, inject: InjectView, width: int) -> list[Line]:
    ink, rows = station.ink, []
    told = (
        ("", inject.text, ink.plain),
        ("expected: ", inject.expected, ink.dim),
        ("breaks: ", inject.breaks, ink.bad),
    )
    for heading, text, style in told:
        if text:
            pieces = wrapped(heading + said(text), style, width - 8)
            rows += [Line().to(8).join(piece) for piece in pieces]
    return rows


def _severity(inject: InjectView, station: Station) -> Severity:
    if inject.state == "fired":
        return "ok"
    if inject.state != "ahead" or station.over:
        return "unknown"
    left_s = due_in_s(inject, station)
    return "caution" if left_s is not None and left_s <= 300 else "unknown"
