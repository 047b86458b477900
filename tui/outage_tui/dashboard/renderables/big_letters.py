"""Words that can be read from the back of a room: letters three rows high, five in ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from outage_tui.dashboard.renderables.line import Line, wrapped

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
_GAP: Final = 4
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
    """A word in big letters and small lines beside it, or below where there is no room beside it,
    as a band over the whole width; where the letters do not fit, the word alone in one row."""
    rows = big_rows(word, ascii_only=ink.glyphs.rail == "-")
    letters = len(rows[0]) + 2
    if letters + 2 > width:
        return [_band(Line(f" {' '.join(word)}   {'; '.join(beside)}", style), style, width)]
    at = letters + _GAP
    fits = all(at + cell_len(text) <= width for text in beside) and len(beside) <= len(rows)
    lines = []
    for place, row in enumerate(rows):
        line = Line(f"  {row}", style)
        if fits and place < len(beside):
            line.to(at, " ", style).add(beside[place], style)
        lines.append(_band(line, style, width))
    if not fits:
        below = wrapped("; ".join(beside), style, width - 2)
        lines += [_band(Line(" ", style).join(one), style, width) for one in below[:2]]
    return lines


def _band(line: Line, style: Style, width: int) -> Line:
    return line.cut(width, "").to(width, " ", style)
