"""How close this run comes to the published night, as of the moment it was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_agents.fidelity import MeasuredRun, fidelity_of
from outage_tui.dashboard.renderables.fidelity import draw_fidelity
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class FidelityScreen(Dialog[None]):
    """Of a replay all milestones are known, of a live run those so far."""

    DEFAULT_CSS = """
    FidelityScreen > #dialog { width: 96%; max-width: 110; height: 90%; }
    FidelityScreen Sheet { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f", "leave", "close", id="fidelity.close"),
        Binding("j,down", "scroll(1)", "down", id="fidelity.down", show=False),
        Binding("k,up", "scroll(-1)", "up", id="fidelity.up", show=False),
        Binding("space,pagedown", "scroll(10)", "down by ten", show=False),
        Binding("b,pageup", "scroll(-10)", "up by ten", show=False),
        Binding("y", "copy", "copy", show=False),
    ]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.ink)
        hello = scene.hello
        run = MeasuredRun(
            scenario=hello.scenario,
            seed=hello.seed,
            digest=scene.view.digest,
            milestones={one.id: one.t_min for one in scene.milestones},
        )
        staged = any(one.staged for one in scene.milestones)
        self._title = f"Fidelity: {hello.scenario}, seed {hello.seed}"
        self._found = fidelity_of(run, staged=staged, origin=hello.recording or "live")

    def compose(self) -> ComposeResult:
        """The sheet."""
        with Vertical(id="dialog") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "j k scroll, y copies, esc closes"
            yield Sheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        return draw_fidelity(self._found, self.ink, width)

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self.query_one(Sheet).scroll_lines(lines)

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel scrolls."""
        self.action_scroll(message.steps)

    def action_copy(self) -> None:
        """What is selected, or all of it."""
        whole = "\n".join(line.text for line in self._draw(100, 0))
        self.app.copy_to_clipboard(self.get_selected_text() or whole)
