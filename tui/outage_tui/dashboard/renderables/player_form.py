"""A dialog of a seat in lines: what is known, the fields that are picked, what it all means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from outage_tui.dashboard.player_forms.form import parts_of
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.player_forms.form import Judged, Offer, Pick, Told
    from outage_tui.dashboard.renderables.ink import Ink

_BAR_WIDTH: Final = 21
OFFERED: Final = "or take "
"""Begins the heading of what can be taken."""


def draw_told(told: Sequence[Told], ink: Ink, width: int) -> list[Line]:
    """What is known beforehand, wrapped; later lines of a text are indented."""
    lines: list[Line] = []
    for heading, text in told:
        if not heading:
            lines += wrapped(text, ink.plain, width)
            continue
        pieces = wrapped(f"{heading}: {text}", ink.plain, width, "  ")
        first = pieces[0].text
        place = len(heading) + 1
        pieces[0] = Line(first[:place], ink.strong).add(first[place:], ink.plain)
        lines += pieces
    return lines


def draw_judged(
    judged: Judged, refusal: str, ink: Ink, width: int, *, insisted: bool
) -> list[Line]:
    """What the values mean or what is wrong; `insisted`: it was tried to say them so."""
    lines: list[Line] = []
    if refusal:
        lines += _marked(f"Not taken: {refusal}", "bad", ink, width)
    if judged.wrong:
        level = "unknown" if judged.missing and not insisted else "bad"
        lines += _marked(judged.wrong, level, ink, width)
    for severity, text in judged.means:
        lines += _marked(text, severity, ink, width)
    return lines


def _marked(text: str, severity: str, ink: Ink, width: int) -> list[Line]:
    level = severity if severity in ("ok", "caution", "bad", "critical") else "unknown"
    style = ink.of(level) if level in ("bad", "caution") else ink.plain  # type: ignore[arg-type]
    glyph = Line(f"{ink.glyph(level)} ", ink.of(level))  # type: ignore[arg-type]
    pieces = wrapped(text[:1].upper() + text[1:], style, max(8, width - 2))
    return [(glyph if n == 0 else Line("  ")).join(piece) for n, piece in enumerate(pieces)]


def draw_offers(
    offers: Sequence[Offer],
    cursor: int | None,
    typed: str,
    ink: Ink,
    width: int,
    height: int,
    *,
    several: bool,
) -> list[Line]:
    """What can be taken instead of typing; `cursor` is the one that enter takes."""
    if not offers or height < 2:
        return []
    says = "enter takes it" if cursor is not None else "down goes there, enter takes one"
    if several:
        says += ", and takes it out again" if cursor is not None else "; several can be taken"
    lines = [Line(OFFERED, ink.strong).add(f"({says})", ink.dim).cut(width, ink.glyphs.ellipsis)]
    first = max(0, min((cursor or 0) - (height - 2) // 2, len(offers) - (height - 1)))
    shown = offers[first : first + height - 1]
    chosen = parts_of(typed) if several else []
    for place, offer in enumerate(shown, first):
        lines.append(_offer(offer, ink, width, at=place == cursor, chosen=offer.text in chosen))
    return lines


def _offer(offer: Offer, ink: Ink, width: int, *, at: bool, chosen: bool) -> Line:
    mark = ink.glyphs.ok if chosen else " "
    line = Line("> " if at else "  ", ink.accent).add(f"{mark} ", ink.good)
    about = offer.about
    if line.width + cell_len(offer.text) + cell_len(about) + 2 > width:
        room = width - line.width - min(cell_len(offer.text), width * 3 // 5) - 2
        about = Line(about).cut(max(0, room), ink.glyphs.ellipsis).text if room >= 8 else ""
    room = max(1, width - line.width - (cell_len(about) + 2 if about else 0))
    text = Line(offer.text).cut(room, ink.glyphs.ellipsis).text
    line.left(text, room, ink.badge if at else ink.plain)
    return line.add("  ").add(about, ink.dim) if about else line


def draw_pick(pick: Pick, value: str, ink: Ink, width: int, *, focused: bool) -> list[Line]:
    """The answers of a field side by side where they fit, else the one that is picked."""
    chosen = ink.badge if focused else ink.strong
    said = pick.says(value) if pick.says is not None else ""
    if pick.slides:
        return [_slider(pick, value, said, ink, focused=focused)]
    line = Line()
    words = {option.value: option.words for option in pick.options}
    if pick.highest:
        for option in pick.options:
            line.add(f" {option.value} ", chosen if option.value == value else ink.dim)
        if value not in words:
            line.add(f" {value} ", chosen)
        line.add(f" {pick.unit}", ink.dim)
        if line.width + cell_len(said) + 2 > width:
            line = Line("< ", ink.accent).add(f" {value} ", chosen).add(f" {pick.unit} >", ink.dim)
        return [line.add("  ").add(said, ink.plain).cut(width, ink.glyphs.ellipsis)]
    together = sum(cell_len(option.words) + 2 for option in pick.options)
    if together <= width:
        for option in pick.options:
            line.add(f" {option.words} ", chosen if option.value == value else ink.dim)
        return [line]
    place = [option.value for option in pick.options].index(value) + 1 if value in words else 0
    line.add("< ", ink.accent).add(f" {words.get(value, value)} ", chosen).add(" >", ink.accent)
    return [line.add(f" {place} of {len(pick.options)}", ink.dim).cut(width, ink.glyphs.ellipsis)]


def _slider(pick: Pick, value: str, said: str, ink: Ink, *, focused: bool) -> Line:
    share = (int(value) - (pick.lowest or 0)) / max(1, pick.highest - (pick.lowest or 0))
    filled = round(share * (_BAR_WIDTH - 1))
    line = Line(ink.glyphs.bar * filled, ink.accent if focused else ink.plain)
    line.add(ink.glyphs.playhead, ink.accent if focused else ink.strong)
    line.add(ink.glyphs.groove * (_BAR_WIDTH - 1 - filled), ink.track)
    line.add("  ").right(f"{value} {pick.unit}", 5, ink.badge if focused else ink.strong)
    return line.add(f"  {said}", ink.plain)


def draw_send(does: str, ink: Ink, width: int, *, focused: bool, ready: bool) -> list[Line]:
    """The last row: what enter does there."""
    line = Line("> " if focused else "  ", ink.accent)
    style = ink.badge if focused and ready else ink.strong if ready else ink.dim
    line.add(f" {does[:1].upper()}{does[1:]} ", style)
    if focused:
        line.add("  enter does it" if ready else "  something is missing, see below", ink.dim)
    return [line.cut(width, ink.glyphs.ellipsis)]
