"""The last line: the most useful keys, or what the last key did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.status import draw_foot
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene

_LIVE: Final = (
    ("?", "help"),
    ("space", "freeze display"),
    ("P", "halt"),
    ("+/-", "pace"),
    ("1-8", "panel"),
    ("e", "maximise"),
    ("w", "why"),
    ("/", "filter"),
    ("m", "mark"),
    ("s", "screenshot"),
    ("q", "quit"),
)
_REPLAY: Final = (
    ("?", "help"),
    ("left/right", "1 min"),
    ("shift", "10 min"),
    ("[ ]", "milestone"),
    ("g", "go to"),
    ("P", "halt"),
    ("+/-", "pace"),
    ("1-8", "panel"),
    ("e", "maximise"),
    ("w", "why"),
    ("q", "quit"),
)


class FootLine(Drawing):
    """See the drawing, `renderables.status`."""

    DEFAULT_CSS = "FootLine { position: absolute; background: $surface; }"

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        return draw_foot(scene, width, _REPLAY if scene.replay else _LIVE)
