"""A widget that shows the lines of a pure drawing, and repaints only the lines that changed.

Ten times a second most of the screen stays as it is, and most of the cost of the rest would be
styling: so a line becomes a strip once, when it changes, and the frame around the lines is rendered
when the style or the size changes. That is why `render_lines` does not go through Textual's cache
of styled lines, which looks at every line of a widget in every frame.
"""

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
        self._strips: list[Strip | None] = []
        """Strips of the drawn lines, frame included; None where a line has changed."""
        self._frame: _Frame | None = None

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
        if len(self._strips) != height:
            self._strips = [None] * height
        changed = [
            y
            for y in range(min(height, max(len(before), len(after))))
            if y >= len(before) or y >= len(after) or before[y] != after[y]
        ]
        for y in changed:
            self._strips[y] = None
        if changed:
            self.refresh(*_rows(changed, width))

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

    def render_lines(self, crop: Region) -> list[Strip]:
        """The widget's rows inside `crop`, frame included."""
        frame = self._frame
        if frame is None or not frame.fits(self):
            frame = self._frame = _Frame(self)
            self._strips = [None] * self.size.height
        strips = [
            self._strip(y - frame.above, frame)
            if 0 <= y - frame.above < len(self._strips)
            else frame.blank[y]
            for y in crop.line_range
        ]
        if crop.column_span != (0, frame.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _strip(self, y: int, frame: _Frame) -> Strip:
        """Line `y` of the content between the sides of its frame."""
        strip = self._strips[y]
        if strip is None:
            content = self._content(y, frame.style)
            for line_filter in frame.filters:
                content = content.apply_filter(line_filter, frame.background)
            strip = Strip([*frame.left, *content, *frame.right], frame.size.width)
            self._strips[y] = strip
        return strip

    def _content(self, y: int, base: Style) -> Strip:
        width = self.size.width
        line = self._drawn[y] if y < len(self._drawn) else Line()
        strip = Strip(line.segments, line.width).apply_style(base).adjust_cell_length(width, base)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(y)
        if span is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            strip = _highlighted(strip, start, width if end == -1 else end, style)
        return strip

    def blank_rows(self) -> list[Strip]:
        """Every row of the widget as it would be without content, in the widget's style."""
        drawn, self._drawn = self._drawn, []
        self._styles_cache.clear()
        rows = self._styles_cache.render_widget(self, self.region.size.region)
        self._drawn = drawn
        return rows

    def notify_style_update(self) -> None:
        """The colours may be others now."""
        super().notify_style_update()
        self._frame = None

    def render_line(self, y: int) -> Strip:
        """One line of the content; its cells know where they are, for the mouse that selects."""
        return self._content(y, self.rich_style).apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as shown."""
        return selection.extract("\n".join(line.text for line in self._drawn)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint with the new selection."""
        self._strips = [None] * len(self._strips)
        self.refresh()

    def row_text(self, y: int) -> str:
        """What row `y` of it says, without colour."""
        return self._drawn[y].text.strip() if 0 <= y < len(self._drawn) else ""

    @property
    def shown_text(self) -> str:
        """What is on it, without colour; for tests and for copying."""
        return "\n".join(line.text.rstrip() for line in self._drawn)


class _Frame:
    """A widget without content: its border and background, and what its content is styled with."""

    def __init__(self, widget: Drawing) -> None:
        self.size = widget.region.size
        self.title = widget.border_title
        self.above = widget.gutter.top
        self.style = widget.rich_style
        self.filters = tuple(widget.get_line_filters())
        self.background = widget.background_colors[1]
        self.blank = widget.blank_rows()
        inside = self.blank[self.above] if self.above < len(self.blank) else Strip.blank(0)
        edge = widget.gutter
        self.left = list(inside.crop(0, edge.left))
        self.right = list(inside.crop(self.size.width - edge.right, self.size.width))

    def fits(self, widget: Drawing) -> bool:
        """Whether it is still this widget's frame."""
        return self.size == widget.region.size and self.title == widget.border_title


def _rows(changed: list[int], width: int) -> list[Region]:
    """Regions that cover the changed lines, neighbours in one."""
    rows: list[Region] = []
    for y in changed:
        if rows and rows[-1].bottom == y:
            rows[-1] = Region(0, rows[-1].y, width, rows[-1].height + 1)
        else:
            rows.append(Region(0, y, width, 1))
    return rows


def _highlighted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    pieces = strip.divide([start, end, strip.cell_length])
    if len(pieces) < 2:
        return strip
    return Strip.join([pieces[0], pieces[1].apply_style(style), *pieces[2:]])
