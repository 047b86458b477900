"""A dialog of a seat: fields, what is known above them, what they mean below.

Enter goes to the next field and never says anything by itself: only enter on the last row does, or
in a dialog of one field. What is wrong is said in words, and nothing that was typed is lost by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from outage_tui.dashboard.player_forms.form import Pick, Text, taken
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_form import (
    OFFERED,
    draw_judged,
    draw_offers,
    draw_told,
)
from outage_tui.dashboard.screens.player_dialog import PlayerDialog
from outage_tui.dashboard.widgets.meaning_sheet import MeaningSheet
from outage_tui.dashboard.widgets.pick_row import PickRow
from outage_tui.dashboard.widgets.send_row import SendRow
from outage_tui.dashboard.widgets.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult
    from textual.events import DescendantFocus
    from textual.widget import Widget

    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.player_forms.form import Field, Form, Judged, Offer
    from outage_tui.dashboard.renderables.ink import Ink

_BELOW_MIN: Final = 5
"""Lines for what the values mean and for offers, where there are as many."""
_BELOW_USUAL: Final = 10


class PlayerFormScreen(PlayerDialog[dict[str, str] | None]):
    """Gives back the values; None when it was left with escape."""

    DEFAULT_CSS = """
    PlayerFormScreen > #dialog { height: auto; }
    PlayerFormScreen.low > #dialog { width: 100%; max-width: 100%; }
    PlayerFormScreen .field { height: 1; }
    PlayerFormScreen Static { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    PlayerFormScreen.ascii Static { text-overflow: clip; }
    PlayerFormScreen .at Static { text-style: reverse bold; }
    PlayerFormScreen Input { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
        Binding("down", "down", "next field, or into what can be taken", show=False),
        Binding("up", "up", "field before", show=False),
        Binding("tab", "go(1)", "next field", show=False),
        Binding("shift+tab", "go(-1)", "field before", show=False),
        Binding("f2", "send", "do it", show=False),
        Binding("pagedown", "scroll_told(5)", "more of what is known", show=False),
        Binding("pageup", "scroll_told(-5)", "back in what is known", show=False),
    ]

    def __init__(
        self,
        make: Callable[[SeatView], Form],
        view: SeatView,
        ink: Ink,
        *,
        typed: Mapping[str, str] | None = None,
        refusal: str = "",
    ) -> None:
        """`typed` are values to begin with, `refusal` why they were not taken."""
        super().__init__(ink)
        self._make = make
        self._form = make(view)
        self._values = self._form.values
        self._values.update({k: v for k, v in (typed or {}).items() if k in self._values})
        self._refusal = refusal
        self._insisted = False
        self._cursor: int | None = None
        self._told = Sheet(self._draw_told)
        self._below = MeaningSheet(self._draw_below)
        self._send = SendRow(self._form.does, ink)
        self._rule = Sheet(self._draw_rule)

    def compose(self) -> ComposeResult:
        """What is known, a row for each field, the row that does it, and what it means."""
        with Vertical(id="dialog"):
            yield self._told
            for field in self._form.fields:
                with Horizontal(classes="field"):
                    yield Static(f"{field.label} ", markup=False)
                    yield self._widget_of(field)
            yield self._send
            yield self._rule
            yield self._below

    def _widget_of(self, field: Field) -> Widget:
        if isinstance(field, Pick):
            return PickRow(field, self._values[field.name], self.ink)
        return Input(
            self._values[field.name],
            placeholder=field.hint,
            max_length=field.longest,
            compact=True,
            name=field.name,
            select_on_focus=False,
        )

    def on_mount(self) -> None:
        """The first field, or the last row when there is none."""
        super().on_mount()
        self._stops()[0].focus()
        self._renew()

    # -- what is drawn -----------------------------------------------------------------------

    def _fit(self) -> None:
        super()._fit()
        width = self.app.size.width
        longest = max([len(field.label) for field in self._form.fields], default=0)
        for label in self.query(".field Static"):
            label.styles.width = min(longest + 2, max(10, width * 2 // 5))
        small = self.has_class("small")
        room = self.app.size.height - (0 if small else 2) - len(self._form.fields) - 2
        if not self.has_class("low"):
            room = min(room, self.app.size.height - 8)
        whole = width if self.has_class("low") else min(width * 9 // 10, 130)
        lines = self._draw_told(whole - (0 if small else 4), 0)
        wanted = _BELOW_USUAL if self._has_offers() else _BELOW_MIN
        told = max(0, min(len(lines), room - min(_BELOW_MIN, room)))
        self._told.styles.height = told
        self._told.display = told > 0
        self._rule.styles.height = 1
        self._below.styles.height = max(1, min(wanted, room - told))
        self.entitle(self._form.title, self._keys())

    def _keys(self) -> str:
        fields = self._form.fields
        if len(fields) < 2 and not any(isinstance(one, Pick) for one in fields):
            return "enter does it, esc leaves"
        picks = ", left right picks" if any(isinstance(one, Pick) for one in fields) else ""
        return f"enter next{picks}, f2 does it, esc leaves"

    def _has_offers(self) -> bool:
        return any(isinstance(one, Text) and one.offers is not None for one in self._form.fields)

    def _draw_told(self, width: int, height: int) -> list[Line]:
        return draw_told(self._form.told(self._values), self.ink, width)

    def _draw_rule(self, width: int, height: int) -> list[Line]:
        return [Line(self.ink.glyphs.rail * width, self.ink.track)]

    def _draw_below(self, width: int, height: int) -> list[Line]:
        judged = draw_judged(
            self._judged(), self._refusal, self.ink, width, insisted=self._insisted
        )
        field = self._field()
        if not isinstance(field, Text):
            return judged
        offers = draw_offers(
            self._offers(), self._cursor, self._values[field.name], self.ink, width,
            max(height - len(judged), min(5, height)), several=field.several,
        )  # fmt: skip
        return [*judged[: height - len(offers)], *offers]

    def _judged(self) -> Judged:
        return self._form.judge(self._values)

    def _renew(self) -> None:
        self._send.judge(ready=not self._judged().wrong)
        self._below.redraw()
        self._told.redraw()

    def see(self, view: SeatView) -> None:
        """The same dialog a moment later; what was typed stays."""
        self._form = self._make(view)
        picks = {field.name: field for field in self._form.fields if isinstance(field, Pick)}
        for row in self.query(PickRow):
            if row.pick.name in picks:
                row.renew(picks[row.pick.name])
        self._renew()

    # -- where keys go -----------------------------------------------------------------------

    def _stops(self) -> list[Widget]:
        return [*self.query(".field Input, .field PickRow"), self._send]

    def _place(self) -> int:
        return next((n for n, stop in enumerate(self._stops()) if stop is self.focused), 0)

    def _field(self) -> Field | None:
        place = self._place()
        return self._form.fields[place] if place < len(self._form.fields) else None

    def _offers(self) -> tuple[Offer, ...]:
        field = self._field()
        if not isinstance(field, Text) or field.offers is None:
            return ()
        return field.offers(self._values)

    def action_go(self, steps: int) -> None:
        """To a field beside, round and round."""
        stops = self._stops()
        stops[(self._place() + steps) % len(stops)].focus()

    def action_down(self) -> None:
        """Into what can be taken, and down in it; else to the next field."""
        offers = self._offers()
        if not offers:
            self.action_go(1)
            return
        self._cursor = 0 if self._cursor is None else min(self._cursor + 1, len(offers) - 1)
        self._below.redraw()

    def action_up(self) -> None:
        """Up in what can be taken, and out of it; else to the field before."""
        if self._cursor is None:
            self.action_go(-1)
            return
        self._cursor = self._cursor - 1 if self._cursor else None
        self._below.redraw()

    def action_scroll_told(self, lines: int) -> None:
        """Through what is known."""
        self._told.scroll_lines(lines)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Other offers; the label of the field that keys go to stands out."""
        self._cursor = None
        for row in self.query(".field"):
            row.set_class(event.widget in row.children, "at")
        self._below.redraw()

    def on_meaning_sheet_clicked(self, message: MeaningSheet.Clicked) -> None:
        """A click on something that can be taken takes it."""
        shown = self._below.row_text(message.line)
        fits = [n for n, one in enumerate(self._offers()) if shown and one.text[:20] in shown]
        if fits and OFFERED not in shown:
            self._cursor = fits[0]
            self._take_offer()

    # -- what was typed ----------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look at it again."""
        self._change(event.input.name or "", event.value)

    def on_pick_row_changed(self, message: PickRow.Changed) -> None:
        """Look at it again."""
        self._change(message.name, message.value)

    def _change(self, name: str, value: str) -> None:
        if self._values.get(name) == value:
            return
        self._values[name] = value
        self._refusal, self._insisted, self._cursor = "", False, None
        self._renew()

    def on_input_submitted(self) -> None:
        """Take what is under the cursor, or go on."""
        if self._cursor is not None and self._offers():
            self._take_offer()
        elif len(self._form.fields) == 1:
            self.action_send()
        else:
            self.action_go(1)

    def on_pick_row_submitted(self) -> None:
        """Go on."""
        self.action_go(1)

    def on_send_row_submitted(self) -> None:
        """Say it."""
        self.action_send()

    def _take_offer(self) -> None:
        field, offers = self._field(), self._offers()
        if not isinstance(field, Text) or self._cursor is None or self._cursor >= len(offers):
            return
        cursor = self._cursor
        text = taken(self._values[field.name], offers[cursor].text, several=field.several)
        stop = self._stops()[self._place()]
        if isinstance(stop, Input):
            stop.value = text[: field.longest]
            stop.cursor_position = len(stop.value)
            self._change(field.name, stop.value)
        self._cursor = cursor if field.several else None
        self._below.redraw()

    def action_send(self) -> None:
        """Say it, unless something is wrong: then go to where it is."""
        judged = self._judged()
        if not judged.wrong:
            self.dismiss(dict(self._values))
            return
        self._insisted = True
        names = [field.name for field in self._form.fields]
        if judged.field in names:
            self._stops()[names.index(judged.field)].focus()
        self.app.bell()
        self._below.redraw()
