"""Those who watch: what an observer would do now, and an evaluator's marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import Mark, Rank
from outage_tui.dashboard.player_forms.act import action_menu
from outage_tui.dashboard.player_forms.form import (
    Form,
    Judged,
    Offer,
    Option,
    Pick,
    Text,
    Values,
)
from outage_tui.dashboard.player_forms.menu import Menu, Row
from outage_tui.dashboard.player_forms.moments import clock_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.drills.seat_view import SeatView

WAIT: Final = "wait"
"""An option that is no action."""
DONE: Final = "that is the order"
LEAST: Final = 2
"""Options that make an order."""
_RATINGS: Final = (
    Option("", "no rating, a remark"),
    Option("P", "P, performed without challenges"),
    Option("S", "S, performed with some challenges"),
    Option("M", "M, performed with major challenges"),
    Option("U", "U, unable to be performed"),
)
_SEATS: Final = ("commander", "operations", "communications", "scribe", "solo")


def rank_menu(view: SeatView, ranked: Sequence[str]) -> Menu:
    """Options that an observer puts in order: enter gives the next place, or takes it back."""
    actions = action_menu(view).rows
    waiting = Row(WAIT, "Wait and look", "", (("", "Begin nothing now."),), "No action")
    rows = [_placed(row, ranked) for row in (waiting, *actions)]
    if len(ranked) >= LEAST:
        names = {row.id: row.name for row in rows}
        told = tuple((f"{place}", names.get(one, one)) for place, one in enumerate(ranked, 1))
        rows.insert(0, Row(DONE, f"Go on with this order of {len(ranked)}", "", told, "Your order"))
    return Menu(
        "What would you do now? The best first",
        tuple(rows),
        "enter gives the next place, again takes it back, esc leaves",
    )


def _placed(row: Row, ranked: Sequence[str]) -> Row:
    if row.id not in ranked:
        return row
    return Row(
        row.id, row.name, f"place {ranked.index(row.id) + 1}", row.about, row.group, row.severity,
        row.also,
    )  # fmt: skip


def rank_form(view: SeatView, ranked: Sequence[str]) -> Form:
    """Why in this order."""
    titles = {choice.id: choice.title for choice in view.choices} | {WAIT: "Wait and look"}
    told = tuple((str(place), titles.get(one, one)) for place, one in enumerate(ranked, 1))
    return Form(
        "rank",
        "Before you see what is decided",
        "log your order",
        (Text("why", "why", hint="what speaks for the first, against the others"),),
        lambda _: Judged(),
        lambda values: Rank(list(ranked), values["why"].strip()),
        lambda _: (*_kept_back(view), *told),
    )


def _kept_back(view: SeatView) -> tuple[tuple[str, str], ...]:
    if view.unranked_ns is None:
        return ()
    at = clock_at(view, view.unranked_ns)
    return (("", f"Something was chosen at {at}. You see it once your order is logged."),)


def mark_form(view: SeatView) -> Form:
    """An evaluator's note for the report; no player sees it."""

    def offers(values: Values) -> tuple[Offer, ...]:
        typed = values["about"].strip().lower()
        asked = [Offer(one.id, one.title) for one in view.objectives]
        seats = [Offer(seat, "a seat") for seat in _SEATS]
        return tuple(one for one in (*asked, *seats) if typed in f"{one.text} {one.about}".lower())

    def judge(values: Values) -> Judged:
        about, text = values["about"].strip(), values["text"].strip()
        if not about:
            return Judged(
                wrong="say what it is about: an objective, a seat, or in your words",
                missing=True,
                field="about",
            )
        if not (text or values["rating"]):
            return Judged(wrong="give a rating, or say something", missing=True, field="text")
        title = next((one.title for one in view.objectives if one.id == about), "")
        return Judged((("ok", title or "It stands in the report."),))

    return Form(
        "mark",
        "Mark for the report",
        "keep it",
        (
            Text("about", "about", hint="an objective, a seat", offers=offers, longest=80),
            Pick("rating", "rating", _RATINGS, ""),
            Text("text", "what you saw", hint="what was done, and when"),
        ),
        judge,
        lambda values: Mark(values["about"].strip(), values["rating"], values["text"].strip()),
        lambda _: (("", "No player sees this."),),
    )
