"""A numbered, framed drawing that can be focused, scrolled and maximised."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual.events import MouseScrollDown, MouseScrollUp

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class Panel(Drawing, can_focus=True):
    """Base of all panels."""

    DEFAULT_CSS = """
    Panel {
        position: absolute;
        border: round $foreground 25%;
        border-title-color: $foreground;
        border-title-style: bold;
        background: $background;
    }
    Panel:focus { border: heavy $accent; border-title-color: $accent; }
    Panel.ascii { border: ascii $foreground 40%; }
    Panel.ascii:focus { border: ascii $accent; border-title-style: bold reverse; }
    """

    PART: ClassVar[str]
    KEY: ClassVar[int]
    TITLE: ClassVar[str]
    HELP: ClassVar[str]
    """What the panel shows and how to read it, for the help screen."""

    def __init__(self) -> None:
        super().__init__(self.PART)
        self.border_title = f"{self.KEY} {self.TITLE}"
        self._scroll = 0

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The drawing, scrolled as far as it goes."""
        if self._scroll:
            self._scroll = max(0, min(self._scroll, self.scroll_limit(scene, width, height)))
        return self.draw_scrolled(scene, width, height, self._scroll)

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The lines, `scroll` steps further down."""
        raise NotImplementedError

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """How many steps it can be scrolled: by default, lines that do not fit."""
        return len(self.draw_scrolled(scene, width, height, 0)) - height

    def scroll_steps(self, steps: int) -> None:
        """Scroll down by steps (up: negative)."""
        self._scroll = max(0, self._scroll + steps)
        if self._scene is not None:
            self.paint(self._scene)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_steps(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_steps(-1)
