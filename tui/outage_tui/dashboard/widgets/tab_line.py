"""Names of all panels, where only some of them are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual.events import Click

    from outage_tui.dashboard.renderables.scene import Scene


class TabLine(Drawing):
    """The visible ones are set off; a click shows another."""

    DEFAULT_CSS = "TabLine { position: absolute; }"

    class Chosen(Message):
        """A panel was clicked."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, titles: tuple[tuple[str, str], ...]) -> None:
        super().__init__("tabs")
        self._titles = titles
        self._visible: frozenset[str] = frozenset()
        self._ends: list[tuple[int, str]] = []

    def show_visible(self, parts: frozenset[str]) -> None:
        """Which panels are visible now."""
        self._visible = parts
        if self._scene is not None:
            self.paint(self._scene)

    def draw(self, scene: Scene, width: int, height: int) -> list[Line]:
        """One line: the key and the name of every panel; short names where room is short."""
        whole = sum(len(title) + 5 for _, title in self._titles)
        close = sum(len(title) + 3 for _, title in self._titles)
        line = Line()
        self._ends = []
        for number, (part, title) in enumerate(self._titles, start=1):
            name = title if close <= width else title[: max(1, width // len(self._titles) - 3)]
            text = f" {number} {name} " if whole <= width else f"{number} {name}"
            style = scene.ink.badge if part in self._visible else scene.ink.dim
            line.add(text, style).add(" ")
            self._ends.append((line.width, part))
        return [line.cut(width, "")]

    def on_click(self, event: Click) -> None:
        """Show the panel under the pointer."""
        for end, part in self._ends:
            if event.x < end:
                self.post_message(self.Chosen(part))
                return
