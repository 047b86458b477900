"""The card of the guided tour: what is seen at a stop, and which keys go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink

TEXT_WIDTH_MAX: Final = 116
"""Longer lines are hard to read."""


@attrs.frozen
class Card:
    """What the card says."""

    number: int
    of: int
    title: str
    text: str
    closer: str
    source: str
    first: bool = False
    last: bool = False
    travelling: bool = False
    """On the way to this stop: its text is not told yet."""
    folded: bool = False
    """Only the title and the keys."""


def draw_card(card: Card, width: int, ink: Ink) -> list[Line]:
    """All lines of the card; none is longer than the width."""
    lines = [_title(card, width, ink)]
    if not card.folded:
        column = min(width - 2, TEXT_WIDTH_MAX)
        told = wrapped(card.text, ink.plain, column)
        closer = wrapped(f"{ink.glyphs.arrow} {card.closer}", ink.strong, column, indent="  ")
        known = wrapped(f"Known from: {card.source}.", ink.dim, column)
        body = [*told, *closer, *known]
        # On the way the card keeps its height, so that nothing above it moves.
        lines += [Line()] * len(body) if card.travelling else [Line(" ").join(row) for row in body]
    lines.append(_keys(card, width, ink))
    return [line.cut(width, ink.glyphs.ellipsis) for line in lines]


def _title(card: Card, width: int, ink: Ink) -> Line:
    line = Line(f" TOUR {card.number}/{card.of} ", ink.badge).add(" ")
    if card.travelling:
        line.add("on the way to: ", ink.dim)
    line.add(card.title, ink.strong).add(" ")
    return line.to(width, ink.glyphs.rail, ink.track)


def _keys(card: Card, width: int, ink: Ink) -> Line:
    go_on = "go there at once" if card.travelling else "" if card.last else "go on"
    keys = [("enter", go_on), ("backspace", "" if card.first else "back")]
    keys += [("t", "text" if card.folded else "no text"), ("e", "this panel alone")]
    keys += [("1-8", "look around"), ("q", "quit")]
    line = Line(" ")
    for key, words in keys:
        if words and line.width + len(key) + len(words) + 3 <= width:
            line.add(key, ink.accent).add(f" {words}  ", ink.dim)
    return line
