"""The timeline at the bottom: a click or a drag asks for a moment. Maximised, it is a table too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.message import Message

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.milestone_table import draw_milestones, rows_of
from outage_tui.dashboard.renderables.timeline import (
    FAILING,
    StillRows,
    Thumbnails,
    draw_timeline,
    moment_at,
    still_for,
    still_rows,
    thumbnails,
)
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual.events import MouseDown, MouseMove, MouseUp

    from outage_tui.dashboard.renderables.scene import Scene

STRIP_ROWS: Final = 7
"""Rows of the timeline itself; what is below them is the table of milestones."""
TABLE_ROWS_MIN: Final = 3
_REFRESHES: Final = 200
"""A live run's thumbnails are made anew each time another 200th of it has gone by."""


class TimelineStrip(Drawing, can_focus=True):
    """See the drawings, `renderables.timeline` and `renderables.milestone_table`."""

    DEFAULT_CSS = """
    TimelineStrip { position: absolute; background: $surface; }
    TimelineStrip:focus { background: $surface-lighten-1; }
    """
    ALLOW_SELECT = False
    TITLE: ClassVar[str] = "Timeline"
    HELP: ClassVar[str] = """
    The whole run from left to right. Above, the milestones of this run and your markers (m);
    below, those of 20 October 2025; between them, how many minutes later (+) or earlier (-) this
    run was. "failing" is the share of customers' calls that fail, "leases" the broken leases, each
    beside its own highest value; what has not been shown yet is grey, and in a live run unknown.
    Click or drag to go to a moment (replay). e shows all milestones in a table, with how far off
    each may be; a click on a row goes there. Emergent milestones come out of the simulation,
    actions are the operators', and what people learned happens in drills only.
    """

    class Wanted(Message):
        """A moment was pointed at."""

        def __init__(self, t_ns: int) -> None:
            super().__init__()
            self.t_ns = t_ns

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self._thumbnails = Thumbnails()
        self._made_for: tuple[int, int] | None = None
        self._still = StillRows({})
        self._still_for: tuple[object, ...] = ()

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing."""
        table = height - STRIP_ROWS - 1
        rows = height if table < TABLE_ROWS_MIN else STRIP_ROWS
        still_for_now = (width, rows, *still_for(scene))
        if still_for_now != self._still_for:
            self._still_for = still_for_now
            self._still = still_rows(scene, width, rows)
        strip = draw_timeline(scene, width, rows, self._made(scene, width), self._still)
        if table < TABLE_ROWS_MIN:
            return strip
        return [*strip, Line(), *draw_milestones(scene, width, table)]

    def _made(self, scene: Scene, width: int) -> Thumbnails:
        """The thumbnails; of a recording once for each width, for all of it is known."""
        whole_ns = scene.hello.duration_s * 1e9
        reached = int(scene.view.t_ns * _REFRESHES / max(1.0, whole_ns))
        if scene.replay and scene.overview is not None:
            reached = len(scene.overview(FAILING).times_ns)  # nothing, or all of it
        if self._made_for != (width, reached):
            self._made_for = (width, reached)
            self._thumbnails = thumbnails(scene, width)
        return self._thumbnails

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin a drag; the press itself already asks. In the table, ask for a milestone."""
        scene, height = self._scene, self.size.height
        row = event.y - STRIP_ROWS - 2
        if scene is None:
            return
        if row < -1 or height - STRIP_ROWS - 1 < TABLE_ROWS_MIN:
            self.capture_mouse()
            self._want(event.x)
            return
        rows = rows_of(scene, height - STRIP_ROWS - 1)
        reached_min = rows[row].t_min if 0 <= row < len(rows) else None
        if reached_min is not None:
            self.post_message(self.Wanted(scene.clock.of_minutes(reached_min)))

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
