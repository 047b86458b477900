"""Who is there, how others join, how time goes, and what is kept.

Codes are hidden until they are asked for: this screen may hang on a wall. The facilitator's own has
to be asked for by itself, because whoever has it sees the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_station import Drawn, said
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.drill_link import FACILITATOR

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.drill_link import Present

_SEAT, _STATE = 16, 10
_PLAYED: Final = ("commander", "operations", "communications", "scribe")
"""Seats that characters take where no person does."""


def state_of(seat: str, one: Present | None) -> tuple[str, Severity]:
    """`here`, `DROPPED` (was here and is not), `program` (plays a seat nobody took), or `empty`."""
    if one is not None and one.here:
        return "here", "ok"
    if one is not None and one.name:
        return "DROPPED", "bad"
    return ("program" if seat in _PLAYED else "empty"), "unknown"


def pace_words(station: Station) -> str:
    """How time goes: `auto, x58: a page is open`."""
    tempo = station.tempo
    if tempo is None:
        return "time does not run yet"
    if station.over:
        return "over"
    if station.frozen:
        return f"frozen: {said(tempo.why)}" if tempo.why not in ("", "frozen") else "frozen"
    measured = f"x{tempo.speed:.0f}" if tempo.speed >= 1 else f"x{tempo.speed:.1f}"
    told = measured if tempo.auto else f"{wording.pace(tempo.pace)}"
    if not tempo.auto and abs(tempo.speed - tempo.pace) > 0.2 * tempo.pace:
        told += f" asked, {measured} reached"
    mode = "auto, " if tempo.auto else ""
    return mode + told + (f": {said(tempo.why)}" if tempo.why else "")


def draw_room(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """Seats with their codes, then what is kept."""
    ink, welcome = station.ink, station.welcome
    lines = _joining(station, width)
    codes = {one.seat: one.code for one in welcome.invitations}
    people = {one.seat: one for one in station.present}
    for seat in dict.fromkeys((*welcome.seats, *codes, *people)):
        one = people.get(seat)
        words, severity = state_of(seat, one)
        line = Line(f"{ink.glyph(severity)} ", ink.of(severity)).left(said(seat), _SEAT, ink.strong)
        line.left(words, _STATE, ink.of(severity))
        if seat in codes:
            shown = codes[seat] if _is_shown(seat, station) else ink.glyphs.dot * 6
            line.left(shown, 14, ink.accent if _is_shown(seat, station) else ink.dim)
        if one is not None and one.name:
            line.add(said(one.name), ink.plain)
        lines.append(line.cut(width, ink.glyphs.ellipsis))
    return Drawn([*lines, *_kept(station, width)])


def _is_shown(seat: str, station: Station) -> bool:
    return station.steering_code_shown if seat == FACILITATOR else station.codes_shown


def _joining(station: Station, width: int) -> list[Line]:
    ink, welcome = station.ink, station.welcome
    if not welcome.address:
        return [Line("Nobody else can join.", ink.dim)] if not station.present else []
    first = next((one for one in welcome.invitations if one.command), None)
    command = "" if first is None else f"{first.command.removesuffix(first.seat)}SEAT"
    line = Line("Join at ", ink.dim).add(said(welcome.address), ink.strong)
    does = "hides" if station.codes_shown else "shows"
    words = station.keys.worded(f"{{facilitator.codes}} {does} the codes")
    line.add(f"   {words}", ink.dim)
    lines = [line.cut(width, ink.glyphs.ellipsis)]
    if command:
        lines += wrapped(said(command), ink.plain, width, "  ")
    return lines


def _kept(station: Station, width: int) -> list[Line]:
    ink, lines = station.ink, list[Line]()
    if station.recording:
        lines += wrapped(f"Recording: {said(station.recording)}", ink.dim, width, "  ")
    if station.branches:
        count = len(station.branches)
        word = "branch" if count == 1 else "branches"
        lists = station.keys.worded("{facilitator.branches} lists them")
        lines += wrapped(f"{count} {word} left by going back; {lists}", ink.dim, width)
    return lines
