"""Lines of text in a dialog: drawn by a function for the size there is, scrolled, selectable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize

    from outage_tui.dashboard.renderables.line import Line


class Sheet(Rows):
    """Shows what its drawing gives. A drawing of more lines than fit is scrolled."""

    class Pointed(Message):
        """A line was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    class Wheel(Message):
        """The mouse wheel was turned, down (1) or up (-1)."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def __init__(self, drawing: Callable[[int, int], list[Line]]) -> None:
        super().__init__()
        self._drawing = drawing
        self._top = 0

    def redraw(self) -> None:
        """Ask the drawing again."""
        width, height = self.size
        lines = self._drawing(width, height) if width > 0 and height > 0 else []
        self._top = max(0, min(self._top, len(lines) - height))
        self.show(lines, self._top)

    def scroll_lines(self, steps: int) -> None:
        """Down by so many lines (up: negative), no further than there are."""
        self._top += steps
        self.redraw()

    def on_mount(self) -> None:
        """The first drawing, when the size is known already."""
        self.redraw()

    def on_resize(self, event: Resize) -> None:
        """Draw for the new size."""
        self.redraw()

    def notify_style_update(self) -> None:
        """The colours may be others now."""
        super().notify_style_update()
        if self.is_attached:
            self.redraw()

    def on_click(self, event: Click) -> None:
        """Tell which line."""
        self.post_message(self.Pointed(event.y + self._top))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.post_message(self.Wheel(1))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.post_message(self.Wheel(-1))
