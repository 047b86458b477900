"""Help: what the focused panel shows, and every key, read from the bindings in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from outage_tui.dashboard.keys import readable
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from outage_tui.dashboard.keys import Key
    from outage_tui.dashboard.renderables.ink import Ink


class HelpScreen(Dialog[None]):
    """Any of the keys that open it, and escape, close it."""

    DEFAULT_CSS = """
    HelpScreen > #dialog { width: 96%; max-width: 96; }
    HelpScreen Sheet { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "leave", "close", id="help.close"),
        Binding("j,down", "scroll(1)", "down", id="help.down", show=False),
        Binding("k,up", "scroll(-1)", "up", id="help.up", show=False),
        Binding("space,pagedown", "scroll(10)", "down by ten", show=False),
        Binding("b,pageup", "scroll(-10)", "up by ten", show=False),
        Binding("y", "copy", "copy", show=False),
    ]

    def __init__(self, title: str, about: str, keys: Sequence[Key], ink: Ink) -> None:
        super().__init__(ink)
        self._title = title
        self._about = " ".join(about.split())
        self._keys = tuple(keys)
        self._drawn: dict[int, list[Line]] = {}

    def compose(self) -> ComposeResult:
        """What the panel shows, then the keys."""
        with Vertical(id="dialog") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "j k scroll, y copies, esc closes"
            yield HelpSheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        if width not in self._drawn:  # it is asked several times before it is shown
            self._drawn[width] = draw_help(self._about, self._keys, self.ink, width)
        return self._drawn[width]

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self.query_one(Sheet).scroll_lines(lines)

    def on_sheet_wheel(self, message: Sheet.Wheel) -> None:
        """The wheel scrolls."""
        self.action_scroll(message.steps)

    def action_copy(self) -> None:
        """What is selected, or all of it."""
        whole = "\n".join(line.text for line in self._draw(80, 0))
        self.app.copy_to_clipboard(self.get_selected_text() or whole)


class HelpSheet(Sheet):
    """As high as its text."""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The lines that the text takes at this width."""
        return len(self._drawing(width, 0))


def draw_help(about: str, keys: Sequence[Key], ink: Ink, width: int) -> list[Line]:
    """The words about what is shown, then a row for each thing a key does."""
    lines = [*wrapped(about, ink.plain, width), Line(), Line("Keys", ink.strong)]
    left = min(14, width // 3)
    for key in keys:
        pieces = wrapped(key.description, ink.plain, width - left - 1)
        lines.append(Line().left(readable(key.key), left, ink.accent).add(" ").join(pieces[0]))
        lines += [Line().to(left + 1).join(piece) for piece in pieces[1:]]
    return lines
