"""A list to choose from, and what is known about the choice under the cursor.

One drawing for the command palette, the actions and the faults: the name on the left, its key or
state on the right, the chosen row set off by a sign and by its style, never by colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.renderables.ink import Ink, Severity

_SHORT_NOTE = 12
BESIDE_WIDTH_MIN = 100
"""From here on what is known stands beside the list, else below it."""


@attrs.frozen
class Choice:
    """One row."""

    id: str
    name: str
    note: str = ""
    """On the right: the key, or how far it is."""
    about: tuple[tuple[str, str], ...] = ()
    """What is known: (heading, text); a text without a heading stands alone."""
    severity: Severity | None = None
    """A glyph in front: whether it can be chosen now."""
    also: str = ""
    """Words it is found by, besides those shown."""


def matching(choices: Sequence[Choice], wanted: str) -> list[Choice]:
    """Those in which every word that was typed occurs; where a name begins with it first."""
    words = wanted.lower().split()
    if not words:
        return list(choices)
    found = []
    for place, choice in enumerate(choices):
        name = choice.name.lower()
        text = f"{name} {choice.id} {choice.note} {choice.also}".lower()
        if all(word in text for word in words):
            rank = (
                not name.startswith(words[0]),
                not all(word in name for word in words),
                not any(part.startswith(words[0]) for part in name.split()),
            )
            found.append((rank, place, choice))
    return [choice for _, _, choice in sorted(found, key=lambda entry: entry[:2])]


def draw_choices(
    choices: Sequence[Choice], cursor: int, ink: Ink, width: int, height: int
) -> list[Line]:
    """The list around the cursor, and what is known beside or below it."""
    if not choices:
        return [Line("nothing matches", ink.dim)]
    about = draw_about(choices[cursor], ink, 10_000)
    if about and width >= BESIDE_WIDTH_MIN:
        left = width * 9 // 20
        rows = _rows(choices, cursor, ink, left, height)
        told = draw_about(choices[cursor], ink, width - left - 3)
        return _beside(rows, told, ink, left, height)
    room = height
    if about and height >= 6:
        told = draw_about(choices[cursor], ink, width)
        room = max(3, height - 1 - len(told))
        rule = Line(ink.glyphs.rail * width, ink.track)
        rows = _rows(choices, cursor, ink, width, room)
        return [*rows, rule, *told[: height - len(rows) - 1]]
    return _rows(choices, cursor, ink, width, room)


def first_shown(count: int, cursor: int, height: int) -> int:
    """Which row stands at the top so that the cursor's is visible."""
    return max(0, min(cursor - height // 2, count - height))


def _rows(choices: Sequence[Choice], cursor: int, ink: Ink, width: int, height: int) -> list[Line]:
    first = first_shown(len(choices), cursor, height)
    return [
        _row(choice, ink, width, chosen=first + place == cursor)
        for place, choice in enumerate(choices[first : first + height])
    ]


def _row(choice: Choice, ink: Ink, width: int, *, chosen: bool) -> Line:
    line = Line("> " if chosen else "  ", ink.accent)
    if choice.severity is not None:
        line.add(f"{ink.glyph(choice.severity)} ", ink.of(choice.severity))
    note = choice.note if len(choice.note) + 12 <= width else ""
    if len(note) > _SHORT_NOTE and line.width + len(choice.name) + len(note) >= width:
        note = ""  # the name says more
    room = max(1, width - line.width - len(note) - (1 if note else 0))
    name = choice.name
    if len(name) > room:
        name = name[: max(0, room - len(ink.glyphs.ellipsis))] + ink.glyphs.ellipsis
    line.left(name, room, ink.badge if chosen else ink.plain)
    if note:
        line.add(" ").add(note, ink.accent)
    return line


def draw_about(choice: Choice, ink: Ink, width: int) -> list[Line]:
    """What is known about a choice, wrapped."""
    lines: list[Line] = []
    for heading, text in choice.about:
        if not heading:
            lines += wrapped(text, ink.plain, width)
            continue
        pieces = wrapped(f"{heading}: {text}", ink.plain, width, "  ")
        first = pieces[0].text
        pieces[0] = Line(first[: len(heading) + 1], ink.strong).add(first[len(heading) + 1 :])
        lines += pieces
    return lines


def _beside(rows: list[Line], told: list[Line], ink: Ink, left: int, height: int) -> list[Line]:
    bar = "|" if ink.glyphs.rail == "-" else "│"
    lines = []
    for place in range(min(height, max(len(rows), len(told)))):
        line = Line().join(rows[place]) if place < len(rows) else Line()
        line.to(left).add(f" {bar} ", ink.track)
        lines.append(line.join(told[place]) if place < len(told) else line)
    return lines
