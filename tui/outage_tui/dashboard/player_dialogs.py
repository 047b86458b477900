"""Everything that opens over a seat's screen: one dialog, or some one after the other, a command.

    command = await open_dialog(app, "decide", view)

has to be called from a worker (it waits for people). The answer is None when it was left. A command
that the host refuses is opened again with what was typed, `open_dialog(..., refusal="why")`. While
a dialog is open, `see(app, view)` gives it the newest view, so that clocks and sensors in it go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import attrs

from outage_agents.drills.journal import Acknowledge
from outage_tui.dashboard.player_forms import act, decide, look, post, talk, watch
from outage_tui.dashboard.player_forms.harmless import harmless
from outage_tui.dashboard.player_forms.menu import Menu, Row
from outage_tui.dashboard.player_forms.moments import clock_at
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.screens.player_form_screen import PlayerFormScreen
from outage_tui.dashboard.screens.player_menu_screen import PlayerMenuScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App

    from outage_agents.drills.journal import Command
    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.player_forms.form import Form
    from outage_tui.dashboard.renderables.ink import Ink


@attrs.define
class _Last:
    """What was sent last from a dialog: its subject, and what was typed."""

    subject: str
    typed: dict[str, str]


_FEW: Final = 9
"""Rows that are chosen by a digit."""
_sent: WeakKeyDictionary[App[Any], dict[str, _Last]] = WeakKeyDictionary()


@attrs.define(eq=False)
class _Opening:
    """One command being made."""

    app: App[Any]
    kind: str
    view: SeatView
    ink: Ink
    refusal: str
    verb_cost: bool

    @property
    def last(self) -> _Last | None:
        """What was sent before, when that was refused."""
        return _sent.get(self.app, {}).get(self.kind) if self.refusal else None

    async def choose(self, make: Callable[[SeatView], Menu], at: str = "") -> str | None:
        """A row of a menu; the only one without asking, the one before when it was refused."""
        if self.last is not None:
            return self.last.subject
        menu = make(self.view)
        if len(menu.rows) == 1:
            return menu.rows[0].id
        screen = PlayerMenuScreen(menu, self.ink, make=make, at=at)
        return await self.app.push_screen_wait(screen)

    async def fill_in(self, make: Callable[[SeatView], Form], subject: str = "") -> Command | None:
        """A form's command."""
        typed = self.last.typed if self.last is not None else None

        def priced(view: SeatView) -> Form:
            return with_cost(make(view), view) if self.verb_cost else make(view)

        screen = PlayerFormScreen(priced, self.view, self.ink, typed=typed, refusal=self.refusal)
        values = await self.app.push_screen_wait(screen)
        if values is None:
            return None
        _sent.setdefault(self.app, {})[self.kind] = _Last(subject, values)
        return make(self.view).command(values)


def with_cost(form: Form, view: SeatView) -> Form:
    """The form, saying on its last row what the command costs."""
    cost_s = dict(view.costs_s).get(form.kind, 0)
    if not cost_s:
        return form
    return attrs.evolve(form, does=f"{form.does} (takes {wording.duration(cost_s)})")


async def open_dialog(
    app: App[Any],
    kind: str,
    view: SeatView,
    *,
    ink: Ink | None = None,
    refusal: str = "",
    verb_cost: bool = False,
) -> Command | None:
    """The command of a kind (`decide`), as a person makes it; None when they left.

    `ink` is the application's own; without it, that of its theme. `verb_cost`: time stands and
    every command costs some, which is told. Raises KeyError for a kind that
    no dialog is for: those of the facilitator.
    """
    safe = harmless(view)
    if why_not(kind, safe):
        return None
    chosen = ink_for(app.theme) if ink is None else ink
    return await _DIALOGS[kind](_Opening(app, kind, safe, chosen, refusal, verb_cost))


def see(app: App[Any], view: SeatView) -> None:
    """Give the dialog that is open, if there is one, the newest view."""
    screen = app.screen
    if isinstance(screen, PlayerFormScreen | PlayerMenuScreen):
        screen.see(harmless(view))


def why_not(kind: str, view: SeatView) -> str:
    """Why there is nothing to open; empty: there is. Raises KeyError as `open_dialog` does."""
    assert kind in _DIALOGS
    if view.over:
        return f"the drill is over: {view.over}"
    empty, why = _NOTHING.get(kind, (lambda _: False, ""))
    return why if empty(view) else ""


_NOTHING: Final[dict[str, tuple[Callable[[SeatView], bool], str]]] = {
    "begin": (lambda view: not view.choices, "actions are not for this seat"),
    "rank": (lambda view: not view.choices, "there are no options to rank"),
    "approve": (lambda view: not view.approvals, "nothing waits for approval"),
    "acknowledge": (
        lambda view: not [one for one in view.alerts if not one.acknowledged and not one.clear],
        "nobody is paged now",
    ),
    "call_off": (lambda view: not act.work_menu(view).rows, "nothing is under way"),
    "verify": (
        lambda view: not look.verify_menu(view).rows,
        "no action has been reported as over yet",
    ),
    "answer_probe": (lambda view: not view.probes, "nothing is asked now"),
    "ask_hint": (lambda view: not view.hints_left, "there are no more hints"),
    "ask": (lambda view: not view.roster, "nobody is on the call to be asked"),
}


async def _begin(opening: _Opening) -> Command | None:
    chosen = await opening.choose(act.action_menu)
    choice = next((one for one in opening.view.choices if one.id == chosen), None)
    if choice is None:
        return None
    return await opening.fill_in(lambda view: act.begin_form(view, choice), choice.id)


async def _approve(opening: _Opening) -> Command | None:
    chosen = await opening.choose(act.approval_menu)
    found = next((one for one in opening.view.approvals if str(one.n) == chosen), None)
    if found is None:
        return None
    return await opening.fill_in(lambda view: act.approve_form(view, found), str(found.n))


async def _call_off(opening: _Opening) -> Command | None:
    chosen = await opening.choose(act.work_menu)
    work = next((one for one in opening.view.work if one.name == chosen), None)
    if work is None:
        return None
    return await opening.fill_in(lambda view: act.call_off_form(view, work), work.name)


async def _verify(opening: _Opening) -> Command | None:
    chosen = await opening.choose(look.verify_menu)
    work = next((one for one in opening.view.work if one.name == chosen), None)
    if work is None:
        return None
    return await opening.fill_in(lambda view: look.verify_form(view, work), work.name)


async def _answer_probe(opening: _Opening) -> Command | None:
    chosen = await opening.choose(look.probe_menu)
    probe = next((one for one in opening.view.probes if one.id == chosen), None)
    if probe is None:
        return None
    return await opening.fill_in(lambda view: look.probe_form(view, probe), probe.id)


async def _acknowledge(opening: _Opening) -> Command | None:
    chosen = await opening.choose(_alert_menu)
    return None if chosen is None else Acknowledge(chosen)


def _alert_menu(view: SeatView) -> Menu:
    rows = tuple(
        Row(one.id, one.text, f"since {clock_at(view, one.since_ns)}")
        for one in view.alerts
        if not one.acknowledged and not one.clear
    )
    keys = "enter or its number takes it, esc leaves"
    return Menu("Which page do you take?", rows, keys, searched=len(rows) > _FEW)


async def _rank(opening: _Opening) -> Command | None:
    ranked: list[str] = opening.last.subject.split("\n") if opening.last is not None else []
    at = ""
    while opening.last is None:
        chosen = await opening.choose(lambda view: watch.rank_menu(view, ranked), at)
        if chosen is None:
            return None
        if chosen == watch.DONE:
            break
        at = chosen
        if chosen in ranked:
            ranked.remove(chosen)
        else:
            ranked.append(chosen)
    return await opening.fill_in(lambda view: watch.rank_form(view, ranked), "\n".join(ranked))


def _form(make: Callable[[SeatView], Form]) -> Callable[[_Opening], Awaitable[Command | None]]:
    """A dialog that is one form."""

    async def opened(opening: _Opening) -> Command | None:
        return await opening.fill_in(make)

    return opened


_DIALOGS: Final[dict[str, Callable[[_Opening], Awaitable[Command | None]]]] = {
    "declare": _form(talk.declare_form),
    "decide": _form(decide.decide_form),
    "hypothesis": _form(talk.hypothesis_form),
    "task": _form(talk.task_form),
    "ask": _form(talk.ask_form),
    "begin": _begin,
    "call_off": _call_off,
    "approve": _approve,
    "acknowledge": _acknowledge,
    "post": _form(post.post_form),
    "ask_hint": _form(look.hint_form),
    "answer_probe": _answer_probe,
    "verify": _verify,
    "all_clear": _form(look.all_clear_form),
    "hand_over": _form(talk.hand_over_form),
    "wait": _form(decide.wait_form),
    "note": _form(talk.note_form),
    "rank": _rank,
    "mark": _form(watch.mark_form),
}
KINDS: Final = tuple(_DIALOGS)
"""Kinds of commands that there is a dialog for."""
