"""What is so beside what players see: every sensor with its value, its reading and the gap.

The gap is told in words and figures, never by colour alone. How far apart two figures must lie to
be called apart is *assumed*: more than a tenth of the larger, and more than a per cent where they
are shares, which is about what a sensor's steps and delay make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_station import Drawn, figure, said
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.drills.seat_view import TruthView
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Severity

APART_SHARE = 0.1
APART_POINTS = 1.0
_FIGURE, _AGE, _GAP = 8, 7, 15
_AGE_FROM = 66
"""Below so many cells the age is left out; that a reading is old is told anyway."""


def sensors_of(station: Station) -> tuple[TruthView, ...]:
    """The rows, in the order they are drawn: what sensors read, then what none reads."""
    rows = () if station.view is None else station.view.truth
    return tuple(sorted(rows, key=lambda row: not row.sensor))


def gap_words(row: TruthView, *, stale: bool) -> tuple[str, Severity]:
    """How far what players see is from what is so, and why: `HELD, 15 low`, `old, 26 k low`."""
    if not row.sensor:
        return "not shown", "unknown"
    why = said(row.override).upper() or ("old" if stale else "")
    if row.shown is None:
        return why or "nothing yet", "critical" if row.override else "caution"
    far = _apart(row)
    words = ", ".join(one for one in (why, far) if one)
    if row.override:
        return words, "critical"
    return words or "same", "bad" if far else ("caution" if stale else "ok")


def _apart(row: TruthView) -> str:
    """`26 k low`; nothing when the two agree, or when there is only one."""
    if row.value is None or row.shown is None:
        return ""
    apart = row.shown - row.value
    least = APART_POINTS if row.unit == "%" else 0.0
    if abs(apart) <= max(least, APART_SHARE * max(abs(row.value), abs(row.shown))):
        return ""
    far = figure(abs(apart), row.unit).removesuffix(f" {row.unit}")
    return f"{far} {'high' if apart > 0 else 'low'}"


def draw_truth(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """A row for each sensor. `cursor` is the place of the chosen one."""
    ink, rows = station.ink, sensors_of(station)
    if station.blind:
        return Drawn([Line("A blind host sees no truth.", ink.dim)])
    if not rows:
        return Drawn([Line("No reading has been taken yet.", ink.dim)])
    stale = _stale(station)
    age = _AGE if width >= _AGE_FROM else 0
    title = max(8, width - 4 - 2 * _FIGURE - 2 - _GAP - age)
    head = Line().to(4 + title)
    head.right("is so", _FIGURE, ink.dim).right("seen", _FIGURE, ink.dim)
    head.add("  ").left("", _GAP).right("age" if age else "", age, ink.dim)
    lines, items = [head], [-1]
    for place, row in enumerate(rows):
        words, severity = gap_words(row, stale=row.sensor in stale)
        line = Line("> " if place == cursor else "  ", ink.accent)
        line.add(ink.glyph(severity), ink.of(severity)).add(" ")
        name = Line(said(row.title or row.name), ink.badge if place == cursor else ink.plain)
        line.join(name.cut(title, ink.glyphs.ellipsis)).to(4 + title)
        _flush(line, figure(row.value, row.unit), _FIGURE, ink.strong)
        _flush(line, figure(row.shown, row.unit), _FIGURE, _seen(station, severity))
        line.add("  ").left(words, _GAP, ink.of(severity))
        if age and row.shown is not None:
            _flush(line, wording.waiting(row.age_s), age, ink.dim)
        lines.append(line)
        items.append(place)
    return Drawn(lines, tuple(items))


def _flush(line: Line, text: str, width: int, style: Style) -> None:
    """Flush right; only the text itself is set off."""
    line.add(" " * max(1, width - len(text))).add(text, style)


def _seen(station: Station, severity: Severity) -> Style:
    return station.ink.plain if severity == "ok" else station.ink.of(severity)


def _stale(station: Station) -> frozenset[str]:
    readings = () if station.player is None else station.player.readings
    return frozenset(reading.id for reading in readings if reading.stale)
