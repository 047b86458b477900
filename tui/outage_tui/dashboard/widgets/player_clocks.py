"""The clocks at the top of a seat's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.player_clocks import draw_clocks
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerClocks(PlayerDrawing):
    """See the drawing, `renderables.player_clocks`."""

    DEFAULT_CSS = "PlayerClocks { position: absolute; background: $surface; }"

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_clocks(scene, width, height)
