"""A part of the dashboard: shows what its pure drawing makes of the newest moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from textual.events import Resize

    from outage_tui.dashboard.renderables.scene import Opening, Scene

_CONTAINED = Style(bold=True)


class Drawing(Rows):
    """Keeps the last scene, so that a new size can be drawn at once."""

    def __init__(self, part: str) -> None:
        super().__init__(id=part)
        self._scene: Scene | None = None
        self._opening: Opening | None = None

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
        drawn, dots = list[Line](), ""
        if self._opening is not None:
            drawn = self.draw_opening(self._opening, width, height)
        elif self._scene is not None:
            dots = self._scene.ink.glyphs.ellipsis
            drawn = self._contained(self._scene, width, height)
        self.show(drawn[:height], ellipsis=dots)

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
