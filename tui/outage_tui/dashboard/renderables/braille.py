"""Curves in braille: two columns and four rows of dots in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

_BLANK: Final = 0x2800
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of a cell's dots, by row and column."""

Point = tuple[float, float]
"""(x, y), both from 0 to 1; y 1 is the upper edge."""


class Canvas:
    """Dots on `width` x `height` cells; a curve drawn later lies in front."""

    def __init__(self, width: int, height: int, *, ascii_only: bool) -> None:
        self._width, self._height = width, height
        self._ascii = ascii_only
        self._dots = [[0] * width for _ in range(height)]
        self._styles: list[list[Style | None]] = [[None] * width for _ in range(height)]
        self._letters = [[" "] * width for _ in range(height)]

    def curve(self, points: Sequence[Point], style: Style, *, dotted: bool = False) -> None:
        """Straight from point to point (x ascending); dotted ones leave out every other dot."""
        columns, rows = 2 * self._width, 4 * self._height
        before: int | None = None
        place = 0
        for column in range(columns):
            x = (column + 0.5) / columns
            if not points or x > points[-1][0] or x < points[0][0]:
                continue
            while points[place + 1][0] < x:
                place += 1
            (x0, y0), (x1, y1) = points[place], points[place + 1]
            y = y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
            row = min(rows - 1, max(0, round((1 - y) * rows - 0.5)))
            first, last = (row, row) if before is None else sorted((before, row))
            before = row
            for each in range(first, last + 1):
                if not dotted or (column + each) % 2 == 0:
                    self._dot(column, each, style, "." if dotted else "*")

    def _dot(self, column: int, row: int, style: Style, letter: str) -> None:
        x, y = column // 2, row // 4
        self._dots[y][x] |= _BITS[row % 4][column % 2]
        self._styles[y][x] = style
        self._letters[y][x] = letter

    def lines(self, empty: Style) -> list[Line]:
        """The picture, the highest row first."""
        lines = []
        for y in range(self._height):
            line = Line()
            run, run_style = "", empty
            for x in range(self._width):
                dots = self._dots[y][x]
                style = self._styles[y][x] or empty
                if style is not run_style:
                    line.add(run, run_style)
                    run, run_style = "", style
                if self._ascii:
                    run += self._letters[y][x]
                else:
                    run += chr(_BLANK + dots) if dots else " "
            lines.append(line.add(run, run_style))
        return lines
