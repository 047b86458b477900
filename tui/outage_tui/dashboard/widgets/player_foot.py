"""The last lines of a seat's screen: the host's last answer, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.player_foot import draw_player_foot
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_foot import Said
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerFoot(PlayerDrawing):
    """See the drawing, `renderables.player_foot`."""

    DEFAULT_CSS = "PlayerFoot { position: absolute; background: $surface; }"

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.said: Sequence[Said] = ()
        """The keys, the most used first."""

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_player_foot(scene, width, height, self.said)
