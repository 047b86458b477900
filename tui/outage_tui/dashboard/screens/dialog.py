"""What all dialogs share: a frame over the dashboard, ASCII where ASCII is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from rich.segment import Segment
from textual.screen import ModalScreen
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.geometry import Region

    from outage_tui.dashboard.renderables.ink import Ink

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """Dismissed with an answer, or None when it was left with escape. Its frame is `#dialog`."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 30%; }
    Dialog:ansi { background: transparent; }
    Dialog > #dialog {
        width: 90%; max-width: 130; height: auto; max-height: 100%;
        background: $surface; border: round $accent; padding: 0 1;
        border-title-color: $foreground; border-title-style: bold;
        border-subtitle-color: $foreground;
    }
    Dialog.ascii > #dialog { border: ascii $accent; }
    Dialog.small > #dialog { border: none; padding: 0; width: 100%; max-width: 100%; }
    Dialog Input { border: none; height: 1; padding: 0; background: $surface; }
    """

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.ink = ink
        self.set_class(ink.glyphs.rail == "-", "ascii")

    def on_mount(self) -> None:
        """Give up the frame where it would take too much."""
        self._fit()

    def on_resize(self) -> None:
        """The same for a new size."""
        self._fit()

    def _fit(self) -> None:
        width, height = self.app.size
        self.set_class(height < 12 or width < 40, "small")

    def render_lines(self, crop: Region) -> list[Strip]:
        """What lies behind, as it was, all of it faint: one style a row. Textual's own way, a tint
        for each piece of text, takes longer than everything else that a key does."""
        stack = self.app.screen_stack
        behind = stack[max(0, stack.index(self) - 1)]._compositor.render_strips(self.size)
        faint = self.rich_style + self.ink.dim
        rows = [Strip([Segment(row.text, faint)], row.cell_length) for row in behind]
        return [rows[y].crop(*crop.column_span) for y in crop.line_range if y < len(rows)]

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss(None)
