"""Panel 7: Events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.events import entries, shown_events
from outage_tui.dashboard.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene


class EventsPanel(Panel):
    """See the drawing, `renderables.events`. Scrolling moves the cursor from entry to entry."""

    PART = "events"
    KEY = 7
    TITLE = "Events"
    HELP = """
    What happened, in words, newest at the bottom; what several of a kind tell within a minute is
    one entry with a count. j and k choose an entry, w says why it happened: its causes, back to
    what set it off. / filters by text or component; !word shows what does not match.
    """

    def __init__(self) -> None:
        super().__init__()
        self._chosen = 0
        self._numbers: list[int] = []

    @property
    def chosen(self) -> int:
        """Number of the line that is chosen; 0 while the newest are followed."""
        return self._chosen

    @property
    def chosen_text(self) -> str:
        """The rows of the chosen entry; empty while none is chosen."""
        rows = self.shown_text.split("\n")
        return "\n".join(
            row.strip()
            for row, n in zip(rows, self._numbers, strict=False)
            if self._chosen and n == self._chosen
        )

    def draw_scrolled(self, scene: Scene, width: int, height: int, scroll: int) -> list[Line]:
        """The drawing."""
        chosen = self._chosen if self._chosen and _told(scene, self._chosen) else 0
        shown = shown_events(scene, width, height, 0, chosen)
        self._numbers = shown.numbers
        return shown.lines

    def scroll_limit(self, scene: Scene, width: int, height: int) -> int:
        """The cursor decides what is shown."""
        return 0

    def scroll_steps(self, steps: int) -> None:
        """Choose an older entry (steps over 0) or a newer one; past the newest, follow again."""
        scene = self._scene
        if scene is None or not scene.lines:
            return
        rows = entries(scene.lines, scene.wanted, 0, self.size.height + abs(steps), self._chosen)
        place = next((k for k, entry in enumerate(rows) if entry.holds(self._chosen)), -1)
        wanted = min(place + steps, len(rows) - 1)
        self._chosen = rows[wanted].newest.n if wanted >= 0 else 0
        self.paint(scene)

    def on_click(self, event: Click) -> None:
        """Choose the entry under the pointer."""
        place = event.get_content_offset(self)
        if place is not None and self._scene is not None and place.y < len(self._numbers):
            self._chosen = self._numbers[place.y]
            self.paint(self._scene)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """To the newer ones."""
        event.stop()
        self.scroll_steps(-1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """To the older ones."""
        event.stop()
        self.scroll_steps(1)


def _told(scene: Scene, n: int) -> bool:
    """Whether line `n` is among those of the moment shown."""
    return bool(scene.lines) and scene.lines[0].n <= n <= scene.lines[-1].n
