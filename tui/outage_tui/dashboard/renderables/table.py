"""A table that drops its least important columns where the panel is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line

Row = TypeVar("Row")
Cell = tuple[str, Style]


@attrs.frozen
class Column(Generic[Row]):
    """One column, flush right, a blank before it."""

    title: str
    width: int
    rank: int
    """The higher, the earlier it is dropped."""
    cell: Callable[[Row], Cell]


def columns_that_fit(columns: Sequence[Column[Row]], width: int) -> list[Column[Row]]:
    """The most important columns that fit into `width` cells, in the order given."""
    room = width
    kept: set[int] = set()
    for place in sorted(range(len(columns)), key=lambda place: columns[place].rank):
        if columns[place].width + 1 > room:
            continue
        room -= columns[place].width + 1
        kept.add(place)
    return [column for place, column in enumerate(columns) if place in kept]


def width_of(columns: Sequence[Column[Row]]) -> int:
    """Cells that these columns take."""
    return sum(column.width + 1 for column in columns)


def header(columns: Sequence[Column[Row]], line: Line, ink: Ink) -> Line:
    """Their titles, appended to what stands before the first column."""
    for column in columns:
        line.right(column.title, column.width + 1, ink.dim)
    return line


def row(columns: Sequence[Column[Row]], line: Line, of: Row) -> Line:
    """The cells of one row, appended to what stands before the first column."""
    for column in columns:
        text, style = column.cell(of)
        line.right(text, column.width + 1, style)
    return line
