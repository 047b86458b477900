"""The journal of the drill, newest last: what was said by which seat, and what the drill told.

Commands of people stand out from what the program said; a refusal is told as one. The chosen entry
is shown whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import command_kinds
from outage_tui.dashboard.renderables.facilitator_station import Drawn, said
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.drill_link import EVALUATOR, FACILITATOR

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.drills.seat_view import JournalLine
    from outage_tui.dashboard.renderables.facilitator_station import Station

_COMMANDS: Final = frozenset(command_kinds())
_ALARMS: Final = ("alert", "escalation", "refused", "forbidden", "over")
_SEAT, _KIND = 14, 11


def by_player(entry: JournalLine, station: Station) -> bool:
    """Whether a person who plays said this: seats that nobody took are played by the program."""
    if entry.kind not in _COMMANDS or entry.seat in (FACILITATOR, EVALUATOR):
        return False
    people = [one.seat for one in station.present if one.here or one.name]
    return not people or entry.seat in people


def journal_of(station: Station) -> tuple[JournalLine, ...]:
    """The entries that are shown: all there are, or those the filter lets through."""
    entries = _messages(station) if station.view is None else station.view.journal
    wanted = station.wanted.strip().lower()
    out, word = wanted.startswith("!"), wanted.removeprefix("!").strip()
    if not word:
        return entries
    return tuple(
        one for one in entries if (word in f"{one.seat} {one.kind} {one.text}".lower()) != out
    )


def _messages(station: Station) -> tuple[JournalLine, ...]:
    from outage_agents.drills.seat_view import JournalLine

    told = () if station.player is None else station.player.messages
    return tuple(JournalLine(one.n, one.t_ns, "all", one.kind, one.text) for one in told)


def draw_journal(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """What can be seen of the entries, oldest first: those around the chosen one, whose place is
    `cursor`, else the last ones."""
    ink, entries = station.ink, journal_of(station)
    if not entries:
        words = "Nothing in the journal matches." if station.wanted else "Nothing was said yet."
        return Drawn([Line(words, ink.dim)])
    first = max(0, (cursor if cursor >= 0 else len(entries)) - height)
    end = cursor + height + 1 if cursor >= 0 else len(entries)
    lines: list[Line] = []
    items: list[int] = []
    for place, entry in enumerate(entries[first:end], start=first):
        drawn = _entry(station, entry, width, chosen=place == cursor)
        lines += drawn
        items += [place] * len(drawn)
    return Drawn(lines, tuple(items))


def _entry(station: Station, entry: JournalLine, width: int, *, chosen: bool) -> list[Line]:
    ink = station.ink
    text, style = said(entry.text), _style(station, entry)
    seat = _SEAT if width >= 50 else 6
    line = Line("> " if chosen else "  ", ink.accent)
    line.add(f"{station.clock.hm(entry.t_ns)} ", ink.badge if chosen else ink.dim)
    line.left(said(entry.seat), seat, ink.strong if by_player(entry, station) else ink.dim).add(" ")
    line.left(said(entry.kind).replace("_", " "), _KIND, style).add(" ")
    if not chosen or line.width + len(text) <= width:
        return [line.add(text, style).cut(width, ink.glyphs.ellipsis)]
    at = line.width
    pieces = wrapped(text, style, width - at) or [Line()]
    return [line.join(pieces[0]), *(Line().to(at).join(piece) for piece in pieces[1:])]


def _style(station: Station, entry: JournalLine) -> Style:
    ink = station.ink
    if entry.kind in _ALARMS:
        return ink.caution
    if entry.seat in (FACILITATOR, EVALUATOR) and entry.kind in _COMMANDS:
        return ink.accent
    return ink.plain if by_player(entry, station) else ink.dim
