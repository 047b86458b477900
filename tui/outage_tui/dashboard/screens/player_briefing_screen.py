"""The briefing, over the screen: what is known, who you are, how it is played."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_tui.dashboard.renderables.player_briefing import draw_briefing
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.screens.help_screen import HelpSheet
from outage_tui.dashboard.widgets.player_drawing import harmless

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerBriefingScreen(Dialog[None]):
    """Enter goes on; so do escape and space."""

    DEFAULT_CSS = """
    PlayerBriefingScreen > #dialog { width: 90%; max-width: 84; padding: 1 2; }
    PlayerBriefingScreen.low > #dialog { padding: 0 1; }
    PlayerBriefingScreen HelpSheet { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape,space,b,q", "leave", "go on", id="briefing.on"),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("up", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, scene: PlayerScene, *, first: bool) -> None:
        super().__init__(scene.ink)
        self._scene = scene
        self._first = first

    def compose(self) -> ComposeResult:
        """The card."""
        with Vertical(id="dialog") as frame:
            frame.border_title = harmless_title(self._scene.view.title)
            frame.border_subtitle = "enter goes on"
            yield HelpSheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        drawn = draw_briefing(self._scene, width, first=self._first)
        return [harmless(line) for line in drawn]

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self.query_one(HelpSheet).scroll_lines(lines)


def harmless_title(text: str) -> str:
    """A text as the title of a frame, where brackets would be markup."""
    return "".join(sign for sign in text if sign.isprintable()).replace("[", r"\[")
