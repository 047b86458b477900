"""The themes: what Textual paints frames and backgrounds with, and the ink that goes with it.

Four to choose from, and one that nobody chooses: with NO_COLOR in the environment only bold,
underline, dim and reverse are used, and every colour is taken out of what goes to the terminal,
greys included. The ansi theme uses the terminal's own sixteen colours and its own background.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from textual.filter import LineFilter
from textual.theme import Theme

from outage_tui.config import THEMES

if TYPE_CHECKING:
    from rich.style import Style
    from textual.color import Color

_REVERSED: Final = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
}

TEXTUAL_THEMES: Final = {
    "dark": Theme(
        name="dark",
        primary="#0178d4",
        secondary="#004578",
        accent="#ffa62b",
        warning="#ffa62b",
        error="#ba3c5b",
        success="#4ebf71",
        foreground="#e0e0e0",
        background="#121212",
        surface="#1e1e1e",
    ),
    "light": Theme(
        name="light",
        primary="#004578",
        secondary="#0178d4",
        accent="#0b57b0",
        warning="#8a5a00",
        error="#b3261e",
        success="#1d7a45",
        foreground="#1f2430",
        background="#f4f4f2",
        surface="#e4e5e6",
        panel="#dcdde0",
        dark=False,
    ),
    "ansi": Theme(
        name="ansi",
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "screen-selection-background": "ansi_cyan",
            "screen-selection-foreground": "ansi_black",
            **_REVERSED,
        },
    ),
    "colour-blind": Theme(
        name="colour-blind",
        primary="#0072b2",
        secondary="#56b4e9",
        accent="#f0e442",
        warning="#e69f00",
        error="#d55e00",
        success="#009e73",
        foreground="#ffffff",
        background="#000000",
        surface="#161616",
    ),
    "no-colour": Theme(
        name="no-colour",
        ansi=True,
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_default",
        error="ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=_REVERSED,
    ),
}
"""By name; all of `config.THEMES`, and the one of NO_COLOR."""

assert set(THEMES) < set(TEXTUAL_THEMES)


@lru_cache(1024)
def _uncoloured(style: Style) -> Style:
    return style.without_color


class NoColours(LineFilter):
    """Takes out every colour, so that no byte of one reaches the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text; what was bold, underlined, dim or reversed still is."""
        return [
            segment
            if segment.style is None
            else Segment(segment.text, _uncoloured(segment.style), segment.control)
            for segment in segments
        ]
