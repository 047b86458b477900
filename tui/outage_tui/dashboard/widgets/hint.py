"""Three lines for somebody who sees the dashboard for the first time; any key takes them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.first_start import HINT
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink


class Hint(Sheet):
    """Lies over the panels, above the timeline."""

    DEFAULT_CSS = """
    Hint {
        layer: hint; dock: bottom; height: auto; width: 100%; max-width: 94; margin: 0 0 6 1;
        border: round $accent; background: $surface; padding: 0 1;
        border-title-style: bold; border-title-color: $foreground;
    }
    Hint.ascii { border: ascii $accent; }
    """
    ALLOW_SELECT = False

    def __init__(self, ink: Ink) -> None:
        super().__init__(lambda width, _: draw_hint(ink, width))
        self.border_title = "first time here? any key takes this away"
        self.set_class(ink.glyphs.rail == "-", "ascii")

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The lines that the words take."""
        return len(self._drawing(width, 0))


def draw_hint(ink: Ink, width: int) -> list[Line]:
    """The words, wrapped."""
    return [line for words in HINT for line in wrapped(words, ink.plain, width)]
