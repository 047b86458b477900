"""The card before a drill begins: what is known, who you are, how it is played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import (
    SEATS_IN_WORDS,
    WHAT_SEATS_DO,
    one_line,
)

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

HOW: Final = (
    "Time goes on while you think, slower while a page or a form is open. The line below the "
    "clocks always says what waits for you, and which key answers it.",
    "All keys stand at the bottom. Sensors may be old or wrong: their age stands beside them. "
    "Nobody tells you what is true; that comes with the report.",
)
"""For somebody who plays for the first time."""


def draw_briefing(scene: PlayerScene, width: int, *, first: bool) -> list[Line]:
    """The briefing, wrapped. `first`: with how it is played."""
    ink, view, welcome = scene.ink, scene.view, scene.welcome
    seat = welcome.seat
    lines = [
        line for part in _paragraphs(view.briefing) for line in wrapped(part, ink.strong, width)
    ]
    lines += [Line()] if lines else []
    lines += wrapped(f"You are {SEATS_IN_WORDS.get(seat, seat)}. {WHAT_SEATS_DO.get(seat, '')}",
                     ink.plain, width)  # fmt: skip
    left = wording.duration(view.left_s)
    pace = "Time moves only when you act: every command takes some." if welcome.verb_cost else ""
    told = f"About {welcome.length_min} minutes of your time; the incident is followed for {left} "
    told += f"at most, from {scene.clock.hm(view.t_ns)}. {pace}"
    lines += wrapped(told, ink.dim, width)
    if first:
        lines.append(Line())
        lines += [line for part in HOW for line in wrapped(part, ink.accent, width)]
    return lines


def _paragraphs(text: str) -> list[str]:
    """Its lines: every line of a briefing stands alone."""
    return [one_line(part) for part in text.strip().splitlines() if part.strip()]
