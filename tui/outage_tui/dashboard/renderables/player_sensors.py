"""What sensors show: value, trend and, above all, how old it is.

A monitoring system is part of what it watches: a row whose sensor is not fed any more keeps its
last value, and says in words that it is stale and since when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_wording import age, number, one_line

if TYPE_CHECKING:
    from outage_agents.drills.sensors import Reading
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_VALUE_WIDTH: Final = 9
_TREND_WIDTH_MAX: Final = 24
_AGE_WIDTH: Final = 16
TREND_S: Final = 900
"""Up or down is said of the last quarter of an hour."""


def draw_sensors(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """A row for each."""
    readings = scene.view.readings
    if not readings:
        return [Line("this seat has no sensors: ask operations what they see", scene.ink.dim)]
    names = max(len(one.title) for one in readings)
    trend = min(_TREND_WIDTH_MAX, width - names - _VALUE_WIDTH - _AGE_WIDTH - 12)
    return [_row(one, scene, width, max(0, trend) if trend >= 6 else 0) for one in readings]


def _row(one: Reading, scene: PlayerScene, width: int, trend_width: int) -> Line:
    ink = scene.ink
    told, style = _age(one), ink.bad if one.stale else ink.dim
    moving = "" if one.stale else _moving(one, ink.glyphs.rising, ink.glyphs.falling)
    tail = 2 + _VALUE_WIDTH + 5 + (trend_width + 2 if trend_width else 0) + _AGE_WIDTH
    if width < tail + 12:  # the age matters more than the trend
        tail, told = 2 + _VALUE_WIDTH + 5 + 6, _short_age(one)
    room = max(4, width - tail)
    title = Line(one_line(one.title), ink.dim if one.stale else ink.plain)
    line = Line().join(title.cut(room, ink.glyphs.ellipsis)).to(room)
    value = "-" if one.value is None else number(one.value)
    line.add(" ").right(value, _VALUE_WIDTH, ink.dim if one.stale else ink.strong)
    line.add(" ").left(one.unit, 3, ink.dim).add(" ").left(moving, 1, ink.plain).add(" ")
    if trend_width and tail >= _AGE_WIDTH + trend_width:
        line.join(_trend(one, scene, trend_width)).add("  ")
    mark = f"{ink.glyph('unknown')} " if one.stale else ""
    return line.add(f"{mark}{told}", style).cut(width, ink.glyphs.ellipsis)


def _age(one: Reading) -> str:
    if one.value is None:
        return "no reading yet"
    return f"STALE {wording.duration(one.age_s)}" if one.stale else age(one.age_s)


def _short_age(one: Reading) -> str:
    if one.value is None:
        return "none"
    return "STALE" if one.stale else wording.waiting(one.age_s)


def _moving(one: Reading, rising: str, falling: str) -> str:
    """An arrow where the value has changed by more than a tenth in the last quarter of an hour."""
    if one.value is None or one.taken_ns is None or len(one.history) < 2:
        return ""
    since = one.taken_ns - TREND_S * wording.SECOND_NS
    before = next((value for t_ns, value in one.history if t_ns >= since), one.value)
    change = one.value - before
    if abs(change) <= 0.1 * max(abs(one.value), abs(before)):
        return ""
    return rising if change > 0 else falling


def _trend(one: Reading, scene: PlayerScene, width: int) -> Line:
    """The last readings in blocks, oldest left; the greatest of them fills a cell."""
    ink, eighths = scene.ink, scene.ink.glyphs.eighths
    values = [value for _, value in one.history[-width:]]
    top = max((abs(value) for value in values), default=0.0)
    line = Line().to(width - len(values))
    if top == 0:
        return line.add(ink.glyphs.groove * len(values), ink.track)
    steps = [max(1, round(abs(v) / top * 8)) if v else 0 for v in values]
    run = "".join(eighths[step] if step else ink.glyphs.groove for step in steps)
    return line.add(run, ink.dim if one.stale else ink.accent)
