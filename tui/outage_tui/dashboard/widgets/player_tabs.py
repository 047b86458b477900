"""Names of a seat's panels, where only some of them are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.renderables.player_tabs import draw_player_tabs, tab_at
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing

if TYPE_CHECKING:
    from textual.events import Click

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerTabs(PlayerDrawing):
    """The visible ones are set off; a click shows another."""

    DEFAULT_CSS = "PlayerTabs { position: absolute; }"

    class Chosen(Message):
        """A panel was clicked."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self._parts: tuple[str, ...] = ()
        self._visible: frozenset[str] = frozenset()

    def show_visible(self, parts: tuple[str, ...], visible: frozenset[str]) -> None:
        """A seat's panels, and which of them are visible now."""
        self._parts, self._visible = parts, visible
        if self._scene is not None:
            self.paint(self._scene)

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """See the drawing, `renderables.player_tabs`."""
        return draw_player_tabs(scene, width, self._parts, self._visible)

    def on_click(self, event: Click) -> None:
        """Show the panel under the pointer."""
        part = tab_at(event.x, self.size.width, self._parts)
        if part:
            self.post_message(self.Chosen(part))
