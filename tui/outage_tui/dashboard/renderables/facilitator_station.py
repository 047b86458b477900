"""What a facilitator's terminal draws from: one frozen moment of a drill.

As at an instructor's station of a simulator, the truth and what players see of it lie side by side.
A blind host has no truth: `view` is None then, and what is drawn comes from an observer's seat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from outage_tui.dashboard.facilitator_keys import FACILITATOR_KEYBOARD
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.drills.seat_view import FacilitatorView, SeatView
    from outage_tui.dashboard.keys import Keyboard
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.wording import Clock
    from outage_tui.dashboard.seat import SeatLink
    from outage_tui.drill_link import Present, Tempo, Welcome

SILENT_AFTER_S = 5.0
"""A host that has said nothing for so long is called silent."""


@attrs.frozen
class Station:
    """One moment."""

    welcome: Welcome
    clock: Clock
    link: SeatLink
    ink: Ink
    player: SeatView | None = None
    """None before the first state."""
    view: FacilitatorView | None = None
    """None before the first state, and for a blind host always."""
    tempo: Tempo | None = None
    present: tuple[Present, ...] = ()
    recording: str | None = None
    branches: tuple[str, ...] = ()
    codes_shown: bool = False
    steering_code_shown: bool = False
    """The facilitator's own code as well, which opens the truth."""
    score_shown: bool = False
    wanted: str = ""
    """Filter of the journal, as typed; a leading `!` inverts it."""
    notice: str = ""
    """What the last key did, for a few seconds."""
    blind: bool = False
    """The one at this terminal wants to know no more than players do."""
    keys: Keyboard = FACILITATOR_KEYBOARD
    """Those in force."""

    @property
    def now_ns(self) -> int:
        """Virtual time of the moment."""
        return self.welcome.begin_ns if self.player is None else self.player.t_ns

    @property
    def over(self) -> str:
        """Why the drill is over; empty while it goes on."""
        if self.link.ended is not None:
            return self.link.ended.why or "the drill is over"
        return "" if self.player is None else self.player.over

    @property
    def frozen(self) -> bool:
        """Virtual time stands because somebody froze it."""
        told = self.tempo is not None and self.tempo.frozen
        return told or (self.player is not None and self.player.frozen)

    def ago_s(self, t_ns: int) -> float:
        """Virtual seconds from a moment to this one."""
        return (self.now_ns - t_ns) / wording.SECOND_NS

    def since_begin_s(self, t_ns: int) -> float:
        """Virtual seconds from where players took over to a moment."""
        return (t_ns - self.welcome.begin_ns) / wording.SECOND_NS


@attrs.frozen
class Drawn:
    """Lines, and for each of them which thing of a list it is about."""

    lines: list[Line]
    items: tuple[int, ...] = ()
    """Place of the thing in its list, line by line; -1: about none. Empty: nothing to choose."""


def said(text: str) -> str:
    """What somebody typed, as it may be shown: one line, without a character that commands a
    terminal or turns the direction of the text."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else " " for one in text)


def told(text: str, style: Style, width: int, mark: str, mark_style: Style) -> list[Line]:
    """Somebody's text over as many lines as it takes, a mark of one cell in front of the first."""
    pieces = wrapped(said(text), style, width - 2) or [Line()]
    first = Line(mark, mark_style).add(" ").join(pieces[0])
    return [first, *(Line("  ").join(piece) for piece in pieces[1:])]


def ago(seconds: float) -> str:
    """`just now`, `4 min ago`; what is ahead is `in 4 min`."""
    if seconds < 0:
        return f"in {wording.duration(-seconds)}"
    return "just now" if seconds < 20 else f"{wording.duration(seconds)} ago"


def waited(station: Station, since_ns: int | None) -> str:
    """`, 4 min`: for how long something has waited; nothing when that is not known."""
    if since_ns is None:
        return ""
    return f", {wording.duration(max(0.0, station.ago_s(since_ns)))}"


def figure(value: float | None, unit: str) -> str:
    """A reading with its unit: `38 %`, `9.4 k`, `0.4 s`, `1,390 s`; a dash for none."""
    if value is None:
        return "-"
    size = abs(value)
    if unit == "s" and size >= 100:
        number = f"{value:,.0f}"  # "1.4 k s" is nothing anybody says
    elif size >= 1000:
        number = wording.count(value)
    elif value == int(value) or size >= (10 if unit == "%" else 100):
        number = f"{value:.0f}"
    else:
        number = f"{value:.1f}".removesuffix(".0") if size >= 1 else f"{value:.2g}"
    return f"{number} {unit}" if unit else number
