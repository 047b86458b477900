"""What sensors show: value, trend and, above all, how old it is.

A monitoring system is part of what it watches: a row whose sensor is not fed any more keeps its
last value, and says in words that it is stale and since when. All trends are over the same minutes
up to now, so that what moved together stands together, and one that is fed no more ends early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import age, number, one_line

if TYPE_CHECKING:
    from outage_agents.drills.sensors import Reading
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_VALUE_WIDTH: Final = 8
_UNIT_WIDTH: Final = 2
_TREND_WIDTHS: Final = (8, 40)
_AGE_WIDTH: Final = 10
"""Of `12 min old`."""
_STALE_WIDTH: Final = 18
"""Of `STALE 2 h 06 min`, glyph and all."""
_NARROW: Final = 42
"""Below so many columns, the age of what is not stale is left out."""
_ROOMY_ROWS, _ROOMY_WIDTH = 3, 50
"""From so many rows for each sensor, and so many columns, on, a trend has lines of its own."""
HELD_NS: Final = 5 * wording.MINUTE_NS
"""A reading stands for the minutes after it, up to so many; then a trend has a gap."""
TREND_S: Final = 900
"""Up or down is said of the last quarter of an hour."""


def draw_sensors(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """A row for each."""
    readings = scene.view.readings
    if not readings:
        words = "this seat has no sensors: ask operations what they see"
        return wrapped(words, scene.ink.dim, width)
    if width < _NARROW:
        return [_narrow_row(one, scene, width) for one in readings]
    names = max(len(one.title) for one in readings)
    numbers = 1 + _VALUE_WIDTH + 1 + _UNIT_WIDTH + 3
    wide = width - names - numbers - 2 - _STALE_WIDTH
    least, most = _TREND_WIDTHS
    if wide >= least:  # all of it
        shape = _Shape(width - min(wide, most) - 2 - _STALE_WIDTH - numbers, min(wide, most))
    elif width - numbers - least - 2 - _AGE_WIDTH >= 18:  # what is stale has no trend
        shape = _Shape(width - numbers - least - 2 - _AGE_WIDTH, least)
    else:
        shape = _Shape(max(6, width - numbers - _AGE_WIDTH), 0)
    rows = height // len(readings)
    if rows < _ROOMY_ROWS or width < _ROOMY_WIDTH:
        return [_row(one, scene, width, shape, beside=wide >= least) for one in readings]
    shape = _Shape(width - numbers - _STALE_WIDTH, 0)
    lines: list[Line] = []
    for one in readings:
        lines.append(_row(one, scene, width, shape, beside=True))
        lines += _chart(one, scene, width, 2 if rows > _ROOMY_ROWS else 1)
    return lines


def _chart(one: Reading, scene: PlayerScene, width: int, rows: int) -> list[Line]:
    """The trend over the whole width, two cells for each minute, and a blank line below."""
    ink, eighths = scene.ink, scene.ink.glyphs.eighths
    steps = _steps(one, scene.view.t_ns, width // 2, 8 * rows)
    style = ink.dim if one.stale else ink.accent
    lines = []
    for row in reversed(range(rows)):
        run = ""
        for step in steps:
            filled = 0 if step is None else max(0, min(8, step - 8 * row))
            empty = " " if row or step is None or step else ink.glyphs.groove
            run += 2 * (eighths[filled] if filled else empty)
        lines.append(Line(run.rstrip(), style))
    return [*lines, Line()]


def _steps(one: Reading, now_ns: int, minutes: int, full: int) -> list[int | None]:
    """For each of the last minutes, oldest first, how far its reading fills `full` steps; the
    greatest fills all, and whatever is above nothing one at least. None: no reading, or it had
    been the same one for too long to say anything of this minute."""
    found: list[float | None] = []
    place, last = 0, None
    for minute in range(minutes - 1, -1, -1):
        t_ns = now_ns - minute * wording.MINUTE_NS
        while place < len(one.history) and one.history[place][0] <= t_ns:
            last = one.history[place]
            place += 1
        known = last is not None and t_ns - last[0] <= HELD_NS
        found.append(last[1] if known and last is not None else None)
    top = max((abs(value) for value in found if value is not None), default=0.0)
    return [
        None if value is None else max(1, round(abs(value) / top * full)) if value else 0
        for value in found
    ]


def _narrow_row(one: Reading, scene: PlayerScene, width: int) -> Line:
    """The value, and whether it is stale; of the title what there is room for."""
    ink = scene.ink
    value = "-" if one.value is None else number(one.value)
    told = f" {value}{one.unit}"
    old = f" {ink.glyph('unknown')} STALE" if one.stale else ""
    room = max(0, width - len(told) - len(old))
    title = Line(one_line(one.title), ink.dim if one.stale else ink.plain)
    line = Line().join(title.cut(room, ink.glyphs.ellipsis)).to(room)
    return line.add(told, ink.strong).add(old, ink.bad).cut(width, ink.glyphs.ellipsis)


@attrs.frozen
class _Shape:
    """Columns of the title and of the trend."""

    title: int
    trend: int


def _row(one: Reading, scene: PlayerScene, width: int, shape: _Shape, *, beside: bool) -> Line:
    ink = scene.ink
    dots = ink.glyphs.ellipsis
    title = Line(one_line(one.title), ink.dim if one.stale else ink.plain)
    line = Line().join(title.cut(shape.title, dots)).to(shape.title)
    value = "-" if one.value is None else number(one.value)
    line.add(" ").right(value, _VALUE_WIDTH, ink.dim if one.stale else ink.strong)
    line.add(" ").left(one.unit, _UNIT_WIDTH, ink.dim).add(" ")
    if one.stale and not beside:
        return line.add(f"{ink.glyph('unknown')} {_age(one)}", ink.bad).cut(width, dots)
    moving = "" if one.stale else _moving(one, ink.glyphs.rising, ink.glyphs.falling)
    line.left(moving, 1, ink.plain).add(" ")
    if shape.trend:
        line.join(_trend(one, scene, shape.trend)).add("  ")
    mark = f"{ink.glyph('unknown')} " if one.stale else ""
    return line.add(f"{mark}{_age(one)}", ink.bad if one.stale else ink.dim).cut(width, dots)


def _age(one: Reading) -> str:
    if one.value is None:
        return "no reading yet"
    return f"STALE {wording.duration(one.age_s)}" if one.stale else age(one.age_s)


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
    """The last minutes in blocks, a cell each, now on the right; blank where nothing is known."""
    ink, eighths = scene.ink, scene.ink.glyphs.eighths
    run = ""
    for step in _steps(one, scene.view.t_ns, width, 8):
        run += " " if step is None else eighths[step] if step else ink.glyphs.groove
    return Line(run, ink.dim if one.stale else ink.accent)
