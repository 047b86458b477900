"""Objectives, the three panels of the score so far, and private marks.

Hidden until they are asked for: players may see this screen, and a score that is watched is played
for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_station import Drawn, said, told
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Severity

RATINGS: Final = {
    "P": "performed",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to perform",
}
"""As exercise evaluation guides rate what was done."""
_TOLD_ABOVE: Final = ("over:", "  met ", "  missed ")
"""How lines begin that say again what the objectives and the band say."""
_STATES: Final[dict[str, Severity]] = {"met": "ok", "missed": "bad"}


def draw_score(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """Marks are private too."""
    ink, view = station.ink, station.view
    if station.blind:
        return Drawn([Line("A blind host sees no score.", ink.dim)])
    if not station.score_shown:
        shows = station.keys.worded("{facilitator.score} shows it")
        return Drawn([Line(f"Hidden, players may look; {shows}.", ink.dim)])
    if view is None:
        return Drawn([Line("Nothing to score yet.", ink.dim)])
    lines = list[Line]()
    for one in view.objectives:
        severity = _STATES.get(one.state, "unknown")
        after = "" if one.after_s is None else f" after {wording.duration(one.after_s)}"
        kept = one.state == "met" and one.after_s is None and not station.over
        text = f"{one.title}: {one.state}{after}{' so far' if kept else ''}"
        lines += told(text, ink.plain, width, ink.glyph(severity), ink.of(severity))
    if view.objectives:
        lines.append(Line())
    for text in view.score:
        lines += _panel_line(station, said(text), width)
    return Drawn([*lines, Line(), *_marks(station, width)])


def _panel_line(station: Station, text: str, width: int) -> list[Line]:
    """A line of the score: its heading stands out. What is told above is left out."""
    ink = station.ink
    if text.startswith(_TOLD_ABOVE):
        return []
    inside = len(text) - len(text.lstrip())
    heading, colon, rest = text.strip().partition(": ")
    if inside or not colon:
        style = ink.plain if inside else ink.strong
        pieces = wrapped(text.strip(), style, width - inside)
        return [Line(" " * inside).join(one) for one in pieces]
    lines = [Line(heading.capitalize(), ink.strong)]
    return lines + [Line("  ").join(one) for one in wrapped(rest, ink.plain, width - 2)]


def _marks(station: Station, width: int) -> list[Line]:
    ink = station.ink
    marks = () if station.view is None else station.view.marks
    lines = [Line("Private marks; M adds one", ink.strong)]
    for mark in reversed(marks):
        rating = f"{said(mark.rating)} " if mark.rating else ""
        head = f"{station.clock.hm(mark.t_ns)} {rating}{said(mark.about)}"
        text = f": {said(mark.text)}" if mark.text else ""
        lines += wrapped(f"{head}{text} ({said(mark.seat)})", ink.plain, width, "  ")
    return lines
