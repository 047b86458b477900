"""The line that says what waits for whoever sits here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.player_attention import draw_attention
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerAttention(PlayerDrawing):
    """See the drawing, `renderables.player_attention`."""

    DEFAULT_CSS = "PlayerAttention { position: absolute; background: $background; }"

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_attention(scene, width)
