"""A numbered, framed part of a seat's screen that can be focused, scrolled and made large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.line import wrapped
from outage_tui.dashboard.widgets.player_drawing import PlayerDrawing

if TYPE_CHECKING:
    from textual.events import MouseScrollDown, MouseScrollUp

    from outage_tui.dashboard.player_panels import PanelKind
    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


class PlayerPanel(PlayerDrawing, can_focus=True):
    """What it shows and where it begins is its kind's business."""

    DEFAULT_CSS = """
    PlayerPanel {
        position: absolute;
        border: round $foreground 25%;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $foreground;
        background: $background;
        padding: 0 1;
    }
    PlayerPanel.low { border: none; border-top: solid $foreground 25%; }
    PlayerPanel:focus { border: heavy $accent; border-title-color: $accent; }
    PlayerPanel.low:focus { border: none; border-top: heavy $accent; }
    PlayerPanel.ascii { border: ascii $foreground 40%; }
    PlayerPanel.ascii:focus { border: ascii $accent; border-title-style: bold reverse; }
    PlayerPanel.ascii.low { border: none; border-top: ascii $foreground 40%; }
    PlayerPanel.ascii.low:focus { border: none; border-top: ascii $accent; }
    """

    def __init__(self, kind: PanelKind) -> None:
        super().__init__(kind.part)
        self.kind = kind
        self._scroll = 0
        self._number = 0

    def number(self, number: int) -> None:
        """The key that shows it."""
        self._number = number
        self._entitle()

    @property
    def at_newest(self) -> bool:
        """It shows the newest of what it has to show."""
        return self._scroll == 0

    def draw(self, scene: PlayerScene, width: int, height: int) -> list[Line]:
        """The drawing, scrolled as far as it goes."""
        if not scene.begun:  # nothing to see yet: time to read what will be seen here
            return wrapped(scene.keys.worded(self.kind.about), scene.ink.dim, width)
        if self.kind.newest_last:
            lines = self.kind.draw(scene, width, height + self._scroll)
            self._scroll = max(0, min(self._scroll, len(lines) - height))
            end = len(lines) - self._scroll
            shown = lines[max(0, end - height) : end]
            self._entitle(newer=self._scroll)
            return shown
        lines = self.kind.draw(scene, width, height)
        self._scroll = max(0, min(self._scroll, len(lines) - height))
        self._entitle(more=len(lines) - height - self._scroll)
        return lines[self._scroll :]

    def _entitle(self, *, newer: int = 0, more: int = 0) -> None:
        """The title, with what is not to be seen."""
        title = f"{self._number} {self.kind.title}"
        title += f" (newer: {newer} lines below)" if newer > 0 else ""
        title += f" (+{more} lines)" if more > 0 else ""
        if self.border_title != title:
            self.border_title = title

    def scroll_steps(self, steps: int) -> None:
        """Scroll down by steps (up: negative)."""
        self._scroll = max(0, self._scroll + (-steps if self.kind.newest_last else steps))
        if self._scene is not None:
            self.paint(self._scene)

    def to_newest(self) -> None:
        """Scroll to where it begins."""
        if self._scroll:
            self._scroll = 0
            self.scroll_steps(0)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_steps(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_steps(-1)
