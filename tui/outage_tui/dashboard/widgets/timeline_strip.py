"""The timeline at the bottom: a click or a drag asks for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.renderables.timeline import draw_timeline, moment_at
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual.events import MouseDown, MouseMove, MouseUp

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class TimelineStrip(Drawing, can_focus=True):
    """See the drawing, `renderables.timeline`."""

    DEFAULT_CSS = """
    TimelineStrip { position: absolute; background: $surface; }
    TimelineStrip:focus { background: $surface-lighten-1; }
    """
    ALLOW_SELECT = False

    class Wanted(Message):
        """A moment was pointed at."""

        def __init__(self, t_ns: int) -> None:
            super().__init__()
            self.t_ns = t_ns

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_timeline(scene, width, height)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin a drag; the press itself already asks."""
        self.capture_mouse()
        self._want(event.x)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Follow the drag."""
        if self.app.mouse_captured is self:
            self._want(event.x)

    def on_mouse_up(self, event: MouseUp) -> None:
        """End the drag."""
        self.release_mouse()

    def _want(self, column: int) -> None:
        if self._scene is not None:
            self.post_message(self.Wanted(moment_at(self._scene, column, self.size.width)))
