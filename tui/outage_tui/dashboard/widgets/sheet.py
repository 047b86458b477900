"""Lines of text in a dialog: drawn by a function for the size there is, scrolled, selectable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
    from textual.selection import Selection

    from outage_tui.dashboard.renderables.line import Line


class Sheet(Widget):
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
        self._lines: list[Line] = []
        self._top = 0

    def redraw(self) -> None:
        """Ask the drawing again."""
        width, height = self.size
        self._lines = self._drawing(width, height) if width > 0 and height > 0 else []
        self._top = max(0, min(self._top, len(self._lines) - height))
        self.refresh()

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

    @property
    def shown_text(self) -> str:
        """What is visible, without colour."""
        visible = self._lines[self._top : self._top + self.size.height]
        return "\n".join(line.text.rstrip() for line in visible)

    def render_line(self, y: int) -> Strip:
        """One visible line, with what is selected of it set off."""
        place, width, base = y + self._top, self.size.width, self.rich_style
        if place >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[place].cut(width, "")
        strip = Strip(line.segments, line.width).apply_style(base).adjust_cell_length(width, base)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(place)
        if span is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            pieces = strip.divide([start, width if end == -1 else end, width])
            if len(pieces) > 1:
                strip = Strip.join([pieces[0], pieces[1].apply_style(style), *pieces[2:]])
        return strip.apply_offsets(0, place)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text."""
        return selection.extract("\n".join(line.text for line in self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the new selection."""
        self.refresh()

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
