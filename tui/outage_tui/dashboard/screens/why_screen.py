"""Why? The chain of causes of an event, a milestone or a service, with sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_tui.dashboard.renderables.why import (
    as_text,
    chain_numbers,
    event_subject,
    explained,
    subjects,
)
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.scene import Scene
    from outage_tui.dashboard.renderables.why import Subject


class WhyScreen(Dialog[int]):
    """Explains as of the moment it was opened; dismissed with a moment to go to, or None."""

    DEFAULT_CSS = """
    WhyScreen > #dialog { width: 96%; max-width: 120; height: 90%; }
    WhyScreen Sheet { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w", "leave", "close", id="why.close"),
        Binding("j,down", "choose(1)", "further back", id="why.down", show=False),
        Binding("k,up", "choose(-1)", "nearer to the effect", id="why.up", show=False),
        Binding("space,pagedown", "scroll(10)", "down by ten", show=False),
        Binding("b,pageup", "scroll(-10)", "up by ten", show=False),
        Binding("right_square_bracket", "subject(1)", "next", id="why.next", show=False),
        Binding("left_square_bracket", "subject(-1)", "previous", id="why.previous", show=False),
        Binding("enter", "ask", "why this one", id="why.ask", show=False),
        Binding("backspace", "back", "back to what was asked before", id="why.back", show=False),
        Binding("g", "go", "go there (replay)", id="why.go", show=False),
        Binding("y", "copy", "copy", show=False),
    ]

    def __init__(self, scene: Scene, subject: Subject) -> None:
        super().__init__(scene.ink)
        self._scene = scene
        self._subjects = subjects(scene, subject)
        self._place = 0
        self._asked: list[Subject] = [subject]
        self._chosen = 0

    def compose(self) -> ComposeResult:
        """The chain."""
        with Vertical(id="dialog") as frame:
            go = ", g goes there" if self._scene.replay else ""
            frame.border_subtitle = f"j k choose, enter asks on{go}, [ ] milestones, esc closes"
            yield Sheet(self._draw)

    def on_mount(self) -> None:
        """Say what is explained."""
        super().on_mount()
        self._retitle()

    @property
    def subject(self) -> Subject:
        """What is explained now."""
        return self._asked[-1]

    @property
    def chosen(self) -> int:
        """Number of the line under the cursor; 0: none."""
        return self._chosen

    def _draw(self, width: int, height: int) -> list[Line]:
        return explained(self.subject, self._scene, width, self._chosen).lines

    def _retitle(self) -> None:
        self.query_one("#dialog").border_title = f"Why? {self.subject.title}"
        self._sheet.scroll_lines(-10_000)

    @property
    def _sheet(self) -> Sheet:
        return self.query_one(Sheet)

    def action_choose(self, steps: int) -> None:
        """The next line of the chain, or the one before."""
        numbers = chain_numbers(self.subject, self._scene)
        if not numbers:
            return
        place = numbers.index(self._chosen) if self._chosen in numbers else -1
        self._chosen = numbers[max(0, min(place + steps, len(numbers) - 1))]
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Scroll so that the chosen line is a little below the top."""
        width = self._sheet.size.width
        rows = explained(self.subject, self._scene, width, self._chosen).numbers
        self._sheet.scroll_lines(-10_000)
        self._sheet.scroll_lines(max(0, rows.index(self._chosen) - 3))

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self._sheet.scroll_lines(lines)

    def action_subject(self, steps: int) -> None:
        """Another milestone, or a failing service."""
        self._place = (self._place + steps) % len(self._subjects)
        self._asked = [self._subjects[self._place]]
        self._chosen = 0
        self._retitle()

    def action_ask(self) -> None:
        """Explain the chosen line itself."""
        if self._chosen and self._chosen != self.subject.n:
            self._asked.append(event_subject(self._scene, self._chosen))
            self._chosen = 0
            self._retitle()

    def action_back(self) -> None:
        """What was asked before."""
        if len(self._asked) > 1:
            self._asked.pop()
            self._chosen = 0
            self._retitle()

    def action_go(self) -> None:
        """In a replay: to the moment of the chosen line, or of the effect."""
        wanted = self._chosen or self.subject.n
        moments = [line.t_ns for line in self._scene.lines if line.n == wanted]
        if self._scene.replay and moments:
            self.dismiss(moments[0])

    def action_copy(self) -> None:
        """What is selected, or all of it."""
        text = self.get_selected_text() or as_text(self.subject, self._scene)
        self.app.copy_to_clipboard(text)

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel scrolls."""
        self.action_scroll(message.steps)

    def on_sheet_pointed(self, message: Sheet.Pointed) -> None:
        """A click chooses."""
        rows = explained(self.subject, self._scene, self._sheet.size.width, self._chosen).numbers
        if message.line < len(rows) and rows[message.line]:
            self._chosen = rows[message.line]
            self._sheet.redraw()
