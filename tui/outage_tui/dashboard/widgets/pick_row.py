"""One of a few answers, or a number: moved through with left and right, digits or first letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from outage_tui.dashboard.renderables.player_form import draw_pick
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.events import Blur, Focus, Key

    from outage_tui.dashboard.player_forms.form import Pick
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.line import Line


class PickRow(Sheet, can_focus=True):
    """Shows a pick of a form and moves through it."""

    DEFAULT_CSS = "PickRow { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "before", show=False),
        Binding("right,space", "step(1)", "next", show=False),
        Binding("home", "edge(0)", "first", show=False),
        Binding("end", "edge(-1)", "last", show=False),
        Binding("backspace", "rub_out", "rub out a digit", show=False),
        Binding("enter", "submit", "go on", show=False),
    ]

    class Changed(Message):
        """Another answer is picked."""

        def __init__(self, name: str, value: str) -> None:
            super().__init__()
            self.name = name
            self.value = value

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, pick: Pick, value: str, ink: Ink) -> None:
        super().__init__(self._draw)
        self.pick = pick
        self.value = value
        self._ink = ink
        self._typing = False

    def _draw(self, width: int, height: int) -> list[Line]:
        return draw_pick(self.pick, self.value, self._ink, width, focused=self.has_focus)

    def renew(self, pick: Pick) -> None:
        """The same pick a moment later: what it says may be another."""
        self.pick = pick
        self.redraw()

    def action_step(self, steps: int) -> None:
        """To the option beside; from a number that was typed, to the next one."""
        values = [option.value for option in self.pick.options]
        if not values:
            return
        if self.value in values:
            place = values.index(self.value) + steps
        else:
            beyond = [n for n, value in enumerate(values) if int(value) > int(self.value)]
            place = (beyond[0] if beyond else len(values)) - (1 if steps < 0 else 0)
        self._take(values[max(0, min(len(values) - 1, place))])

    def action_edge(self, place: int) -> None:
        """The first or the last option."""
        if self.pick.options:
            self._take(self.pick.options[place].value)

    def action_rub_out(self) -> None:
        """The last digit."""
        if self.pick.highest:
            self._take_number(self.value[:-1])

    def action_submit(self) -> None:
        """Enter."""
        self.post_message(self.Submitted())

    def on_key(self, event: Key) -> None:
        """Digits make a number, letters go to the option that begins with them."""
        letter = event.character or ""
        if self.pick.highest and letter.isascii() and letter.isdigit():
            event.stop()
            self._take_number(self.value + letter if self._typing else letter)
        elif len(letter) == 1 and letter.isprintable() and not self.pick.highest:
            self._to_letter(letter.lower())

    def _to_letter(self, letter: str) -> None:
        values = [option.value for option in self.pick.options]
        at = values.index(self.value) if self.value in values else -1
        around = [*self.pick.options[at + 1 :], *self.pick.options[: at + 1]]
        found = [option for option in around if option.words.lower().startswith(letter)]
        if found:
            self._take(found[0].value)

    def _take_number(self, digits: str) -> None:
        lowest = self.pick.lowest or 0
        value = min(int(digits or lowest), self.pick.highest)
        self._take(str(value))
        self._typing = True

    def _take(self, value: str) -> None:
        self._typing = False
        self.value = value
        self.redraw()
        self.post_message(self.Changed(self.pick.name, value))

    def on_focus(self, event: Focus) -> None:
        """Draw it as the one that keys go to."""
        self._typing = False
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """Draw it as one that keys do not go to; a number that is too small becomes the least."""
        if self.pick.highest and int(self.value) < (self.pick.lowest or 0):
            self._take(str(self.pick.lowest))
        self.redraw()
