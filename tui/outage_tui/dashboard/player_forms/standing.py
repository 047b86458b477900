"""How things stand, as far as a seat can see: what is open, in words that can be handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.player_forms.expectation import shown
from outage_tui.dashboard.player_forms.moments import clock_at
from outage_tui.dashboard.renderables.player_wording import age, plural

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import SeatView


def open_things(view: SeatView) -> tuple[str, ...]:
    """What speaks against saying that it is over."""
    found = [
        *_ringing(view),
        *(f"still in force: {title}" for title in _in_force(view)),
        *(f"still goes on: {one.title}" for one in view.work if not one.report),
        *(f"waits for approval: {one.title}" for one in view.approvals),
        *_unseen(view),
        *(
            f"done, and nobody has looked at it: {one.title}"
            for one in view.work
            if one.report.startswith("done") and not one.verified
        ),
    ]
    if view.posts and view.posts[-1].overdue:
        found.append(f"customers were to hear again at {clock_at(view, view.posts[-1].next_ns)}")
    return tuple(dict.fromkeys(found))


def _in_force(view: SeatView) -> list[str]:
    """Switched off, limited or forced by an action of this team, and not taken back."""
    return [one.title for one in view.work if one.left_on]


def _ringing(view: SeatView) -> list[str]:
    return [
        f"alert since {clock_at(view, one.since_ns)}: {one.text}"
        for one in view.alerts
        if not one.clear
    ]


def _unseen(view: SeatView) -> list[str]:
    stale = [one for one in view.readings if one.stale]
    return [
        f"{one.title}: not known, "
        + (f"the reading is {age(one.age_s)}" if one.taken_ns is not None else "no reading yet")
        for one in stale
    ]


def summary(view: SeatView) -> str:
    """Where things stand in one text, to be handed over."""
    pieces = [f"At {clock_at(view, view.t_ns)}"]
    pieces.append("the incident is declared" if view.declared else "no incident is declared")
    readings = [f"{one.title} {shown(one)}" for one in view.readings[:3] if one.value is not None]
    pieces += readings
    held = [f"{one.text} ({one.state})" for one in view.hypotheses if one.state != "refuted"]
    pieces.append(f"cause: {', '.join(held)}" if held else "no cause is held yet")
    going = [one.title for one in view.work if not one.report]
    pieces.append(f"under way: {', '.join(going)}" if going else "nothing is under way")
    pieces += [f"still in force: {title}" for title in _in_force(view)]
    if view.approvals:
        pieces.append(f"{plural(len(view.approvals), 'action')} waiting for approval")
    if view.posts:
        pieces.append(f"customers hear again at {clock_at(view, view.posts[-1].next_ns)}")
    else:
        pieces.append("customers have been told nothing")
    return "; ".join(pieces) + "."
