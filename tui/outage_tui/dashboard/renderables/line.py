"""A line of styled text, built from left to right."""

from __future__ import annotations

import textwrap

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

_NO_STYLE = Style()
_KEPT = "\xa0%"
"""A blank before a per cent sign at which no line is broken."""


class Line:
    """One line of a drawing; knows its width in cells."""

    __slots__ = ("segments", "width")

    def __init__(self, text: str = "", style: Style = _NO_STYLE) -> None:
        self.segments: list[Segment] = []
        self.width = 0
        if text:
            self.add(text, style)

    def add(self, text: str, style: Style = _NO_STYLE) -> Line:
        """Append text. Only words are underlined, never the blanks around them."""
        if style.underline and text != text.strip():
            before = len(text) - len(text.lstrip())
            self.add(text[:before]).add(text.strip(), style)
            return self.add(text[before:].removeprefix(text.strip()))
        if text:
            self.segments.append(Segment(text, style))
            self.width += cell_len(text)
        return self

    def to(self, column: int, fill: str = " ", style: Style = _NO_STYLE) -> Line:
        """Fill up to a column; nothing when the line is already as long."""
        if column > self.width:
            self.add(fill * (column - self.width), style)
        return self

    def right(self, text: str, width: int, style: Style = _NO_STYLE) -> Line:
        """Append text so that it takes exactly `width` cells, flush right."""
        gap = width - cell_len(text)
        return self.add(" " * max(0, gap) + text, style)

    def left(self, text: str, width: int, style: Style = _NO_STYLE) -> Line:
        """Append text so that it takes exactly `width` cells, flush left, cut if it must be."""
        if cell_len(text) > width:
            return self.add(set_cell_size(text, max(0, width)), style)
        return self.add(text, style).add(" " * (width - cell_len(text)))

    def join(self, other: Line) -> Line:
        """Append another line."""
        self.segments += other.segments
        self.width += other.width
        return self

    def cut(self, width: int, ellipsis: str = "…") -> Line:
        """The line, at most `width` cells long; an ellipsis says that something is missing."""
        if self.width <= width:
            return self
        short = Line()
        room = max(0, width - len(ellipsis))
        for segment in self.segments:
            text = segment.text
            style = segment.style or _NO_STYLE
            if short.width + cell_len(text) <= room:
                short.add(text, style)
                continue
            short.add(set_cell_size(text, room - short.width), style)
            break
        return short.add(ellipsis[: max(0, width)], _NO_STYLE)

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(segment.text for segment in self.segments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.segments == other.segments

    __hash__ = None  # type: ignore[assignment]  # a Line can still grow


def wrapped(text: str, style: Style, width: int, indent: str = "") -> list[Line]:
    """Text over as many lines as it takes; later lines are indented. A share keeps its sign."""
    pieces = textwrap.wrap(
        text.replace(" %", _KEPT),
        max(8, width),
        subsequent_indent=indent,
        break_long_words=True,
        break_on_hyphens=False,
    )
    return [Line(piece.replace(_KEPT, " %"), style) for piece in pieces]


def beside(
    left: list[Line], right: list[Line], gap: int, width: int, ellipsis: str = "…"
) -> list[Line]:
    """Two blocks side by side: the left one `width` cells wide, then the gap, then the right."""
    lines = []
    for index in range(max(len(left), len(right))):
        line = Line()
        if index < len(left):
            line.join(left[index].cut(width, ellipsis))
        line.to(width + gap)
        if index < len(right):
            line.join(right[index])
        lines.append(line)
    return lines
