"""A screen over the dashboard, which stays to be seen behind it, faintly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.screen import Screen

Answer = TypeVar("Answer")
_FAINT: Final = Style(dim=True)
BEHIND_S: Final = 0.9
"""What is behind an open dialog is drawn anew when it changes, not more often than that."""


class Overlay(ModalScreen[Answer], Generic[Answer]):
    """Shows what was behind it when it was opened, all of it in one faint style.

    Textual tints every piece of text of the screen behind, each time anything is painted; that
    takes longer than everything else a key does.
    """

    def __init__(self) -> None:
        super().__init__()
        self._behind: list[Strip] = []
        self._behind_size: Size | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows behind."""
        if self._behind_size != self.size:
            self._behind = self._rows_behind()
            self._behind_size = self.size
        # While the terminal changes, a screen of the size before is still asked for.
        beyond = Strip.blank(crop.right)
        rows = [self._behind[y] if y < len(self._behind) else beyond for y in crop.line_range]
        return [row.crop_extend(*crop.column_span, None) for row in rows]

    @property
    def _screen_behind(self) -> Screen[Any]:
        stack = self.app.screen_stack
        return stack[max(0, stack.index(self) - 1)]

    def _rows_behind(self) -> list[Strip]:
        rows = self._screen_behind._compositor.render_strips(self.size)
        style = _FAINT if self.app.no_color else self.rich_style + _FAINT
        width = self.size.width
        faint = [Strip([Segment(row.text, style)]).adjust_cell_length(width, style) for row in rows]
        return faint + [Strip.blank(width, style)] * (self.size.height - len(faint))

    def renew(self, rows: int) -> None:
        """Take the first rows behind anew: a clock that goes on is to be seen going."""
        if self._behind_size == self.size:
            self._behind[:rows] = self._rows_behind()[:rows]
            self.refresh(Region(0, 0, self.size.width, rows))

    def on_resize(self) -> None:
        """Textual lays out again only what is on top; what is behind is to fit as well."""
        self.call_later(self._arrange_behind)

    def _arrange_behind(self) -> None:
        """Lay the screen behind out once it has arranged its parts for the size, and look at it
        again once the last of these has drawn itself: each does so in its own time."""
        if not self.is_attached:  # it has just been left
            return
        behind = self._screen_behind

        def arranged() -> None:
            behind._refresh_layout(self.app.size)
            parts = [part for part in behind.walk_children() if part.is_running]
            waited = {id(part) for part in parts}
            for part in parts:
                part.call_later(drawn, waited, id(part))

        def drawn(waited: set[int], part: int) -> None:
            waited.discard(part)
            if not waited and self.is_attached:
                self._behind_size = None
                self.refresh()

        behind.call_later(arranged)

    def notify_style_update(self) -> None:
        """The colours may be others now."""
        super().notify_style_update()
        self._behind_size = None
