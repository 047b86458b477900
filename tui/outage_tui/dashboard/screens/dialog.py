"""What all dialogs share: a frame over the dashboard, ASCII where ASCII is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from outage_tui.dashboard.screens.overlay import Overlay

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink

Answer = TypeVar("Answer")


class Dialog(Overlay[Answer], Generic[Answer]):
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
        self.set_class(height < 30, "low")

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss(None)
