"""Bars one cell high: a share of a whole, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from rich.style import Style

    from outage_tui.dashboard.renderables.ink import Ink


def bar(share: float, width: int, style: Style, ink: Ink) -> Line:
    """A bar of `width` cells filled to a share from 0 to 1; something above 0 always shows."""
    inside = min(1.0, max(0.0, share))
    filled = round(inside * width)
    if inside > 0 and filled == 0:
        filled = min(1, width)
    line = Line()
    line.add(ink.glyphs.bar * filled, style)
    return line.add(ink.glyphs.groove * (width - filled), ink.track)
