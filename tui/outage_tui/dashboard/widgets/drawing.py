"""A widget that shows the lines of a pure drawing, and repaints only the lines that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from textual.events import Resize
    from textual.selection import Selection

    from outage_tui.dashboard.renderables.scene import Opening, Scene

_CONTAINED = Style(bold=True)


class Drawing(Widget):
    """Keeps the last scene, so that a new size can be drawn at once."""

    ALLOW_MAXIMIZE: ClassVar[bool | None] = False

    def __init__(self, part: str) -> None:
        super().__init__(id=part)
        self._scene: Scene | None = None
        self._opening: Opening | None = None
        self._drawn: list[Line] = []

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The lines for this moment and size. Pure; more lines than fit are allowed."""
        raise NotImplementedError

    def draw_opening(self, opening: Opening, width: int, height: int) -> list[Line]:
        """The lines before the first moment; none for most parts."""
        return []

    def paint(self, scene: Scene) -> None:
        """Show a moment. Does nothing but remember it while the widget is hidden."""
        self._scene, self._opening = scene, None
        if self.display and self.size.width > 0:
            self._redraw()

    def open(self, opening: Opening) -> None:
        """Show that there is no moment yet."""
        self._opening = opening
        if self.display and self.size.width > 0:
            self._redraw()

    def on_resize(self, event: Resize) -> None:
        """Draw again for the new size."""
        if event.size.width > 0:
            self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        before, drawn, dots = self._drawn, list[Line](), ""
        if self._opening is not None:
            drawn = self.draw_opening(self._opening, width, height)
        elif self._scene is not None:
            dots = self._scene.ink.glyphs.ellipsis
            drawn = self._contained(self._scene, width, height)
        after = [line.cut(width, dots) for line in drawn[:height]]
        self._drawn = after
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after) or before[y] != after[y]:
                self.refresh_line(y)

    def _contained(self, scene: Scene, width: int, height: int) -> list[Line]:
        try:
            return self.draw(scene, width, height)
        # A drawing that fails must cost its own frame, never the terminal or the other panels;
        # whatever it raised is shown in its place.
        except Exception as error:
            words = f"this panel failed: {type(error).__name__}: {error}"
            return [
                Line(words[at : at + max(1, width)], _CONTAINED)
                for at in range(0, min(len(words), 4 * width), max(1, width))
            ]

    def refresh_line(self, y: int) -> None:
        """Repaint one line of the content, across the whole width."""
        self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line, with what is selected of it in the selection's colours."""
        width = self.size.width
        line = self._drawn[y] if y < len(self._drawn) else Line()
        base = self.rich_style
        strip = Strip(line.segments, line.width).apply_style(base).adjust_cell_length(width, base)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(y)
        if span is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            strip = _highlighted(strip, start, width if end == -1 else end, style)
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as shown."""
        return selection.extract("\n".join(line.text for line in self._drawn)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint with the new selection."""
        self.refresh()

    @property
    def shown_text(self) -> str:
        """What is on it, without colour; for tests and for copying."""
        return "\n".join(line.text.rstrip() for line in self._drawn)


def _highlighted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    pieces = strip.divide([start, end, strip.cell_length])
    if len(pieces) < 2:
        return strip
    return Strip.join([pieces[0], pieces[1].apply_style(style), *pieces[2:]])
