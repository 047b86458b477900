"""A few values with their defaults, to be edited: arguments of an action, target of a fault.

What is typed is checked with every key, and what it means, or what is wrong with it, stands below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.wording import name_in_words
from outage_tui.dashboard.screens.dialog import Dialog
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult

    from outage_tui.dashboard.renderables.ink import Ink

Check = tuple[bool, tuple[str, ...]]
"""Whether the values will do, and what they mean or what is wrong with them."""


@attrs.frozen
class Field:
    """One value."""

    name: str
    value: str
    """At first."""


class FormScreen(Dialog[dict[str, str] | None]):
    """Gives back the values by name; None when it was left with escape."""

    DEFAULT_CSS = """
    FormScreen > #dialog { height: auto; scrollbar-size: 0 0; overflow: hidden auto; }
    FormScreen Horizontal { height: 1; }
    FormScreen Static { width: 24; height: 1; text-style: bold; }
    FormScreen.small Static { width: 10; }
    FormScreen Input { width: 1fr; }
    FormScreen Sheet { height: 5; }
    FormScreen.small Sheet { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
        Binding("down", "app.focus_next", "next value", show=False),
        Binding("up", "app.focus_previous", "previous value", show=False),
    ]

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        check: Callable[[Mapping[str, str]], Check],
        ink: Ink,
    ) -> None:
        super().__init__(ink)
        self._title = title
        self._fields = tuple(fields)
        self._check = check
        self._values = {field.name: field.value for field in fields}

    def compose(self) -> ComposeResult:
        """A row for each value, and below what they mean."""
        with Vertical(id="dialog") as frame:
            frame.border_title = self._title
            frame.border_subtitle = "tab next value, enter does it, esc leaves"
            for field in self._fields:
                with Horizontal():
                    yield Static(name_in_words(field.name), markup=False)
                    yield Input(field.value, compact=True, name=field.name)
            yield Sheet(self._draw)

    def _draw(self, width: int, height: int) -> list[Line]:
        good, words = self._check(self._values)
        style = self.ink.plain if good else self.ink.bad
        glyph = self.ink.glyph("ok" if good else "bad")
        lines = [line for text in words for line in wrapped(text, style, width - 2)]
        if not lines:
            return []
        return [
            Line(f"{glyph} " if not place else "  ", style).join(line)
            for place, line in enumerate(lines)
        ]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check again."""
        self._values[event.input.name or ""] = event.value.strip()
        self.query_one(Sheet).redraw()

    def on_input_submitted(self) -> None:
        """Do it, unless something is wrong."""
        if self._check(self._values)[0]:
            self.dismiss(dict(self._values))
        else:
            self.app.bell()
