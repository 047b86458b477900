"""A menu of a seat in lines: rows under the headings of their groups, and what is known of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_form import draw_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.player_forms.menu import Row
    from outage_tui.dashboard.renderables.ink import Ink

BESIDE_WIDTH_MIN: Final = 100
"""From here on what is known stands beside the list, else below it."""
_ABOVE_MIN: Final = 5
"""Rows of the list that stay, however much is known."""


def draw_menu(
    rows: Sequence[Row], cursor: int, ink: Ink, width: int, height: int, *, grouped: bool
) -> list[Line]:
    """The list around the cursor, and what is known of the row under it."""
    if not rows:
        return [Line("nothing matches what was typed", ink.dim)]
    row = rows[cursor]
    if width >= BESIDE_WIDTH_MIN:
        left = width * 9 // 20
        listed = [line for _, line in _listed(rows, cursor, ink, left, height, grouped=grouped)]
        return _beside(listed, _told(row, ink, width - left - 3), ink, left, height)
    told = _told(row, ink, width)
    room = max(_ABOVE_MIN, height - 1 - len(told)) if told else height
    listed = [line for _, line in _listed(rows, cursor, ink, width, room, grouped=grouped)]
    listed += [Line()] * (room - len(listed))
    rule = Line(ink.glyphs.rail * width, ink.track)
    return [*listed, rule, *_cut(told, height - room - 1, ink)][:height] if told else listed


def row_at(
    rows: Sequence[Row], cursor: int, ink: Ink, width: int, height: int, line: int, *, grouped: bool
) -> int | None:
    """Which row a line of the drawing shows; None for a heading and for what is known."""
    if not rows or line < 0:
        return None
    left, room = width * 9 // 20, height
    if width < BESIDE_WIDTH_MIN:
        told = _told(rows[cursor], ink, width)
        left, room = width, max(_ABOVE_MIN, height - 1 - len(told)) if told else height
    listed = _listed(rows, cursor, ink, left, room, grouped=grouped)
    return listed[line][0] if line < len(listed) else None


def highest(rows: Sequence[Row], ink: Ink, width: int) -> int:
    """Lines that the whole list takes, with what is known of whichever row."""
    groups = len({row.group for row in rows if row.group})
    told = max([len(_told(row, ink, width)) for row in rows], default=0)
    if width >= BESIDE_WIDTH_MIN:
        return max(len(rows) + groups, told)
    return len(rows) + groups + (told + 1 if told else 0)


def _listed(
    rows: Sequence[Row], cursor: int, ink: Ink, width: int, height: int, *, grouped: bool
) -> list[tuple[int | None, Line]]:
    lines: list[tuple[int | None, Line]] = []
    group, at = "", 0
    for place, row in enumerate(rows):
        if grouped and row.group != group:
            group = row.group
            lines.append((None, Line(group, ink.strong).cut(width, ink.glyphs.ellipsis)))
        if place == cursor:
            at = len(lines)
        drawn = _row(row, ink, width, chosen=place == cursor, group="" if grouped else row.group)
        lines.append((place, drawn))
    first = max(0, min(at - height // 2, len(lines) - height))
    shown = lines[first : first + height]
    if first and len(shown) > 2:
        shown[0] = (None, _more(first + 1, "above", ink))
    if first + height < len(lines) and len(shown) > 2:
        shown[-1] = (None, _more(len(lines) - first - height + 1, "below", ink))
    return shown


def _more(count: int, where: str, ink: Ink) -> Line:
    return Line(f"  {ink.glyphs.ellipsis} {count} lines {where}", ink.dim)


def _row(row: Row, ink: Ink, width: int, *, chosen: bool, group: str) -> Line:
    line = Line("> " if chosen else "  ", ink.accent)
    if row.number:
        line.add(f"{row.number} " if row.number <= 9 else "  ", ink.accent)
    mark = f"{ink.glyph(row.severity)} " if row.severity else ""
    note = row.note or group
    if cell_len(note) + 24 > width:
        note = ""
    room = max(1, width - line.width - (cell_len(note) + cell_len(mark) + 2 if note else 0))
    name = Line(row.name).cut(room, ink.glyphs.ellipsis).text
    line.left(name, room, ink.badge if chosen else ink.plain)
    if note:
        line.add("  ").add(mark, ink.of(row.severity) if row.severity else ink.dim)
        line.add(note, ink.dim)
    return line


def _told(row: Row, ink: Ink, width: int) -> list[Line]:
    title = [Line(piece.text, ink.strong) for piece in draw_told((("", row.name),), ink, width)]
    return [*title, *draw_told(row.about, ink, width)] if row.about else []


def _cut(lines: list[Line], height: int, ink: Ink) -> list[Line]:
    if len(lines) <= height:
        return lines
    return [*lines[: height - 1], Line(ink.glyphs.ellipsis, ink.dim)]


def _beside(listed: list[Line], told: list[Line], ink: Ink, left: int, height: int) -> list[Line]:
    bar = "|" if ink.glyphs.rail == "-" else "│"
    lines = []
    for place in range(height):
        line = Line().join(listed[place]) if place < len(listed) else Line()
        line.to(left).add(f" {bar} ", ink.track)
        lines.append(line.join(told[place]) if place < len(told) else line)
    return lines
