"""Looking: at what an action has done, at a question asked in between, at whether it is over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import AllClear, AnswerProbe, AskHint, Verify
from outage_tui.dashboard.player_forms.act import told_work, who_is
from outage_tui.dashboard.player_forms.expectation import shown
from outage_tui.dashboard.player_forms.form import (
    Form,
    Judged,
    Offer,
    Text,
    Told,
    Values,
    needed,
)
from outage_tui.dashboard.player_forms.menu import Menu, Row
from outage_tui.dashboard.player_forms.moments import clock_at
from outage_tui.dashboard.player_forms.standing import open_things
from outage_tui.dashboard.renderables.player_wording import age, number, plural

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import ProbeView, SeatView, WorkView

_SCALES: Final = {"": 1.0, "k": 1e3, "m": 1e6, "%": 1.0}
_TOO_MUCH: Final = 1e12
_NUMBER: Final = re.compile(r"(-?\d[\d,_ ]*(?:\.\d+)?|-?\.\d+)\s*([a-z%]*)", re.IGNORECASE)


def verify_menu(view: SeatView) -> Menu:
    """Actions that were reported, those nobody has looked at first."""
    over = sorted(reversed([one for one in view.work if one.report]), key=lambda one: one.verified)
    rows = tuple(
        Row(
            one.name,
            one.title,
            one.report.partition(" (")[0][:20],
            (("", told_work(one, view)), *_sensors(view)),
            "looked at already" if one.verified else "nobody has looked at it yet",
        )
        for one in over
    )
    return Menu(
        "What came of which action?",
        rows,
        "enter or its number goes on to what you see, esc leaves",
        searched=False,
    )


def _sensors(view: SeatView) -> tuple[Told, ...]:
    return tuple(
        (one.title, f"{shown(one)}{_how_old(one.age_s)}" + (", stale" if one.stale else ""))
        for one in view.readings
    )


def _how_old(age_s: int) -> str:
    return "" if age_s < 5 else f", {age(age_s)}"


def verify_form(view: SeatView, work: WorkView) -> Form:
    """What is seen of an action's effect."""

    def judge(values: Values) -> Judged:
        if values["result"].strip():
            return Judged()
        return Judged(wrong="say what you see, also if it is nothing", missing=True, field="result")

    told = (("reported", f"{work.report}, by {who_is(work.by, view)}"), *_sensors(view))
    return Form(
        "verify",
        f"Look at: {work.title}",
        "log that it was looked at",
        (Text("result", "you see", hint="what is different now, and what is not"),),
        judge,
        lambda values: Verify(work.action or work.name.partition("#")[0], values["result"].strip()),
        lambda _: told,
    )


def probe_menu(view: SeatView) -> Menu:
    """Questions that are open."""
    rows = tuple(Row(one.id, one.question) for one in view.probes)
    return Menu(
        "Which question?",
        rows,
        "enter or its number goes on to the answer, esc leaves",
        searched=False,
    )


def read_number(typed: str) -> float | None:
    """A number as people type it: `5 k`, `1,500`, `12 %`. None when it is none."""
    found = _NUMBER.fullmatch(typed.strip())
    if found is None:
        return None
    scale = _SCALES.get(found[2].lower(), 1.0)
    value = float(re.sub(r"[,_ ]", "", found[1])) * scale
    return value if abs(value) < _TOO_MUCH else None


def probe_form(view: SeatView, probe: ProbeView) -> Form:
    """A question that is answered from what one has in mind."""

    def judge(values: Values) -> Judged:
        typed = values["value"].strip()
        if not typed:
            return Judged(wrong="type a number", missing=True, field="value")
        value = read_number(typed)
        if value is None:
            return Judged(wrong=f"{typed} is no number", field="value")
        return Judged((("ok", f"{number(value)}. A guess counts as well; nobody is blamed."),))

    return Form(
        "answer_probe",
        "Quickly, from memory",
        "answer",
        (Text("value", "number", longest=30),),
        judge,
        lambda values: AnswerProbe(probe.id, read_number(values["value"]) or 0.0),
        lambda _: (("", probe.question),),
    )


def hint_form(view: SeatView) -> Form:
    """What the next hint costs, before it is taken."""
    cost = view.next_hint_cost_min
    price = f"It costs {cost} min, told in the report." if cost else "It costs nothing."
    left = f"There {'is' if view.hints_left == 1 else 'are'} {plural(view.hints_left, 'hint')} left"
    told = [("", f"{left}. {price}")]
    told += [(f"hint {n}", text) for n, text in enumerate(view.hints, 1)]
    return Form(
        "ask_hint",
        "Take a hint?",
        f"take the next hint for {cost} min" if cost else "take the next hint",
        (),
        lambda _: Judged(),
        lambda _: AskHint(),
        lambda _: tuple(told),
    )


def all_clear_form(view: SeatView) -> Form:
    """It is over: on what that rests, and what speaks against it."""

    def rests_on(values: Values) -> tuple[Offer, ...]:
        return tuple(
            Offer(f"{one.title}: {shown(one)} at {clock_at(view, one.taken_ns)}")
            for one in view.readings
            if one.taken_ns is not None and not one.stale
        )

    def judge(values: Values) -> Judged:
        lacking = needed(values, "text", "say on what it rests that it is over")
        if lacking is not None:
            return lacking
        count = len(open_things(view))
        if count:
            return Judged((("caution", f"{plural(count, 'thing is', 'things are')} still open."),))
        return Judged((("ok", "Nothing that you can see is open."),))

    def told(_: Values) -> tuple[Told, ...]:
        things = open_things(view)
        if not things:
            return (("", "Nothing is open as far as your screen shows."),)
        return tuple(("open", thing) for thing in things)

    return Form(
        "all_clear",
        "All clear?",
        "give the all-clear",
        (Text("text", "rests on", hint="what shows that it is over", offers=rests_on,
              several=True, longest=800),),
        judge,
        lambda values: AllClear(values["text"].strip()),
        told,
    )  # fmt: skip
