"""Words that can be read from the back of a room: letters three rows high, five in ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from rich.style import Style

    from outage_tui.dashboard.renderables.ink import Ink

_LETTERS: Final = {
    "A": (".##.", "#..#", "####", "#..#", "#..#"),
    "D": ("###.", "#..#", "#..#", "#..#", "###."),
    "E": ("####", "#...", "###.", "#...", "####"),
    "F": ("####", "#...", "###.", "#...", "#..."),
    "H": ("#..#", "#..#", "####", "#..#", "#..#"),
    "I": ("#", "#", "#", "#", "#"),
    "K": ("#..#", "#.#.", "##..", "#.#.", "#..#"),
    "L": ("#...", "#...", "#...", "#...", "####"),
    "N": ("#..#", "##.#", "#.##", "#..#", "#..#"),
    "O": (".##.", "#..#", "#..#", "#..#", ".##."),
    "R": ("###.", "#..#", "###.", "#.#.", "#..#"),
    "S": (".###", "#...", ".##.", "...#", "###."),
    "T": ("#####", "..#..", "..#..", "..#..", "..#.."),
    "V": ("#..#", "#..#", "#..#", ".##.", ".##."),
    "Z": ("####", "..#.", ".#..", "#...", "####"),
    " ": ("..", "..", "..", "..", ".."),
}
"""What the words of `draw_big` are written with."""
_HALVES: Final = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}


def big_rows(word: str, *, ascii_only: bool) -> list[str]:
    """The rows of a word. Raises KeyError for a letter that is not cut."""
    rows = ["..".join(_LETTERS[letter][row] for letter in word) for row in range(5)]
    if ascii_only:
        return [row.replace(".", " ") for row in rows]
    rows.append("." * len(rows[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(rows[at], rows[at + 1], strict=True))
        for at in (0, 2, 4)
    ]


def draw_big(word: str, beside: list[str], style: Style, ink: Ink, width: int) -> list[Line]:
    """A word in big letters and small lines beside it, as a band over the whole width; where the
    letters do not fit, the word alone in one row."""
    rows = big_rows(word, ascii_only=ink.glyphs.rail == "-")
    if len(rows[0]) + 4 > width:
        text = f" {' '.join(word)}   {' '.join(beside)}"
        return [_band(Line(text, style), style, ink, width)]
    room = width - len(rows[0]) - 6
    lines = []
    for place, row in enumerate(rows):
        line = Line(f"  {row}    ", style)
        if place < len(beside) and room > 10:
            line.add(beside[place], style)
        lines.append(_band(line, style, ink, width))
    return lines


def _band(line: Line, style: Style, ink: Ink, width: int) -> Line:
    return line.cut(width, ink.glyphs.ellipsis).to(width, " ", style)
