"""A widget of styled lines that styles each line once, when it changes.

Ten times a second most of the screen stays as it is, and most of the cost of the rest would be
styling: so a line becomes a strip once, when it changes, and the frame around the lines is rendered
when the style or the size changes. That is why `render_lines` does not go through Textual's cache
of styled lines, which looks at every line of a widget in every frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from rich.style import Style
    from textual.selection import Selection


class Rows(Widget):
    """Shows lines from `first_shown` on; the text of all of them can be selected."""

    ALLOW_MAXIMIZE: ClassVar[bool | None] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._first_shown = 0
        self._strips: list[Strip | None] = []
        """Strips of the shown lines, frame included; None where a line has changed."""
        self._frame: _Frame | None = None

    def show(self, lines: list[Line], first_shown: int = 0, ellipsis: str = "") -> None:
        """Show other lines, from `first_shown` on; only what differs is painted again."""
        width, height = self.size
        after = [line.cut(width, ellipsis) for line in lines]
        before = self._shown(height)
        self._lines, self._first_shown = after, first_shown
        shown = self._shown(height)
        if len(self._strips) != height:
            self._strips = [None] * height
        changed = [
            y
            for y in range(min(height, max(len(before), len(shown))))
            if y >= len(before) or y >= len(shown) or before[y] != shown[y]
        ]
        for y in changed:
            self._strips[y] = None
        if changed:
            self.refresh(*_regions(changed, width))

    def _shown(self, height: int) -> list[Line]:
        return self._lines[self._first_shown : self._first_shown + height]

    @property
    def shown_text(self) -> str:
        """What is visible, without colour; for tests and for copying."""
        return "\n".join(line.text.rstrip() for line in self._shown(self.size.height))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The widget's rows inside `crop`, frame included."""
        frame = self._frame
        if frame is None or not frame.fits(self):
            frame = self._frame = _Frame(self)
            self._strips = [None] * self.size.height
        strips = [
            self._strip(y - frame.above, frame)
            if 0 <= y - frame.above < len(self._strips)
            else frame.blank_row(y)
            for y in crop.line_range
        ]
        if crop.column_span != (0, frame.size.width):
            # While the terminal changes, more may be asked for than there is of the widget.
            strips = [strip.crop_extend(*crop.column_span, frame.style) for strip in strips]
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
        place = self._first_shown + y
        line = self._lines[place] if place < len(self._lines) else Line()
        strip = Strip(line.segments, line.width).apply_style(base).adjust_cell_length(width, base)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(place)
        if span is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            strip = _highlighted(strip, start, width if end == -1 else end, style)
        return strip

    def blank_rows(self) -> list[Strip]:
        """Every row of the widget as it would be without content, in the widget's style. All rows
        of the content are the same, so one is rendered."""
        width, height = self.outer_size
        above = self.gutter.top
        inside = max(0, height - above - self.gutter.bottom)
        kinds = [*range(above), *([above] if inside else []), *range(above + inside, height)]
        lines, self._lines = self._lines, []
        self._styles_cache.clear()
        rows = {y: self._styles_cache.render_widget(self, Region(0, y, width, 1))[0] for y in kinds}
        self._lines = lines
        return [rows[above if above <= y < above + inside else y] for y in range(height)]

    def notify_style_update(self) -> None:
        """The colours may be others now."""
        super().notify_style_update()
        self._frame = None

    def render_line(self, y: int) -> Strip:
        """One line of the content; its cells know where they are, for the mouse that selects."""
        return self._content(y, self.rich_style).apply_offsets(0, self._first_shown + y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text."""
        return selection.extract("\n".join(line.text for line in self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint with the new selection."""
        self._strips = [None] * len(self._strips)
        self.refresh()

    def row_text(self, y: int) -> str:
        """What row `y` of it says, without colour."""
        shown = self._shown(self.size.height)
        return shown[y].text.strip() if 0 <= y < len(shown) else ""


class _Frame:
    """A widget without content: its border and background, and what its content is styled with."""

    def __init__(self, widget: Rows) -> None:
        self.size = widget.outer_size
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

    def blank_row(self, y: int) -> Strip:
        """Row `y` of it; a blank one below its end."""
        return self.blank[y] if y < len(self.blank) else Strip.blank(self.size.width, self.style)

    def fits(self, widget: Rows) -> bool:
        """Whether it is still this widget's frame."""
        return self.size == widget.outer_size and self.title == widget.border_title


def _regions(changed: list[int], width: int) -> list[Region]:
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
