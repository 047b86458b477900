"""Help: what the focused panel shows, and every key, read from the bindings themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult


class HelpScreen(ModalScreen[None]):
    """Any of the keys that open it, and escape, close it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 40%; }
    HelpScreen > VerticalScroll {
        width: 90; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; padding: 1 2;
    }
    HelpScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss", "close", id="help.close"),
        Binding("j,down", "scroll(1)", "down", id="help.down", show=False),
        Binding("k,up", "scroll(-1)", "up", id="help.up", show=False),
    ]

    def __init__(self, title: str, about: str, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._title = title
        self._about = " ".join(about.split())
        self._rows = [f"  {readable(binding.key):24} {binding.description}" for binding in bindings]

    def compose(self) -> ComposeResult:
        """What the panel shows, then the keys."""
        words = [self._title, "", self._about, "", "Keys", *self._rows, "", "escape closes this"]
        with VerticalScroll():
            yield Static("\n".join(words), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Up and down."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


_SIGNS = {
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def readable(keys: str) -> str:
    """`question_mark,f1` as `? f1`."""
    return " ".join(_SIGNS.get(key, key) for key in keys.split(","))
