"""What a panel shows whose part of the Region does not play in this scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink


def not_played(what: str, ink: Ink, width: int) -> list[Line]:
    """That there is none of it, so that nobody takes its absence for health."""
    head = Line(f" {ink.glyph('unknown')} NOT PLAYED ", ink.of("unknown"))
    return [head, *wrapped(f"This scenario has no {what}.", ink.dim, width)]
