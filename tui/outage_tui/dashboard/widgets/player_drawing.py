"""A part of a seat's screen: shows what its pure drawing makes of the newest moment.

Whatever is drawn here was partly typed by other people, on other machines. Nothing that is not
printable gets to the terminal, whoever sent it and whichever drawing it is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.widgets.rows import Rows

if TYPE_CHECKING:
    from textual.events import Resize

    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_CONTAINED = Style(bold=True)
_UNPRINTABLE = "?"


class PlayerDrawing(Rows):
    """Keeps the last scene, so that a new size can be drawn at once."""

    def __init__(self, part: str) -> None:
        super().__init__(id=part)
        self._scene: PlayerScene | None = None

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """The lines for this moment and size; more lines than fit are allowed."""
        raise NotImplementedError

    def paint(self, scene: PlayerScene) -> None:
        """Show a moment. Does nothing but remember it while the widget is hidden."""
        self._scene = scene
        if self.display and self.size.width > 0:
            self._redraw()

    def on_resize(self, event: Resize) -> None:
        """Draw again for the new size."""
        if event.size.width > 0:
            self._redraw()

    def _redraw(self) -> None:
        scene = self._scene
        if scene is not None:
            width, height = self.size
            lines = self._contained(scene, width, height)[:height]
            self.show([harmless(line) for line in lines], ellipsis=scene.ink.glyphs.ellipsis)

    def _contained(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        try:
            return self.draw(scene, width, height)
        # A drawing that fails must cost its own frame, never the terminal or the other panels;
        # whatever it raised is shown in its place.
        except Exception as error:
            words = f"this panel failed: {type(error).__name__}: {error}"
            return [
                harmless(Line(words[at : at + max(1, width)], _CONTAINED))
                for at in range(0, min(len(words), 4 * width), max(1, width))
            ]


def harmless(line: Line) -> Line:
    """The line without anything that a terminal would obey or that turns text around."""
    if all(segment.text.isprintable() for segment in line.segments):
        return line
    clean = Line()
    for text, style, _ in line.segments:
        shown = "".join(sign if sign.isprintable() else _UNPRINTABLE for sign in text)
        clean.add(shown, style or Style.null())
    return clean
