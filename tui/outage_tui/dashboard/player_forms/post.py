"""What customers are told: claims that can be held against the truth, and when they hear again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import Post
from outage_tui.dashboard.player_forms.expectation import shown
from outage_tui.dashboard.player_forms.form import (
    Form,
    Judged,
    Offer,
    Option,
    Pick,
    Text,
    Values,
    parts_of,
)
from outage_tui.dashboard.player_forms.moments import clock_at, clock_in

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.renderables.ink import Severity

_NEXT: Final = (5, 10, 20, 30, 60)
_DOING: Final = (
    "we know that something is wrong and look for what it is",
    "we know the cause and work on a remedy",
    "a remedy is under way; it takes time until it is felt everywhere",
    "we watch whether it holds",
)
_WORKAROUNDS: Final = (
    "there is none yet",
    "use another Region where you can",
    "try again later; what failed was not kept",
)


def post_form(view: SeatView) -> Form:
    """An update for customers."""

    def judge(values: Values) -> Judged:
        claims = claims_of(values)
        means = preview(view, values)
        if not claims:
            return Judged(
                means, "say at least what is affected, or what you do", missing=True, field="what"
            )
        return Judged(means)

    return Form(
        "post",
        "Tell customers",
        "post it",
        (
            Text("what", "affected", hint="what customers notice", several=True,
                 offers=lambda values: affected(view)),
            Text("since", "since", hint="when it began", offers=lambda values: _since(view),
                 longest=60),
            Text("doing", "we do", hint="what is being done", several=True,
                 offers=lambda values: _plain(_DOING)),
            Text("around", "workaround", hint="what customers can do meanwhile",
                 offers=lambda values: _plain(_WORKAROUNDS)),
            Pick("next", "next update", tuple(Option(str(n), f"{n} min") for n in _NEXT), "20",
                 lowest=1, highest=600, unit="min",
                 says=lambda value: f"by {clock_in(view, int(value))}"),
        ),
        judge,
        lambda values: Post("status", claims_of(values), int(values["next"])),
        lambda _: _before(view),
    )  # fmt: skip


def claims_of(values: Values) -> list[str]:
    """What is claimed, one claim each, as it goes into the journal."""
    claims = parts_of(values["what"])
    since = values["since"].strip()
    if since:
        claims.append(since if since.lower().startswith("since") else f"since {since}")
    claims += parts_of(values["doing"])
    around = values["around"].strip()
    return [*claims, f"workaround: {around}"] if around else claims


def affected(view: SeatView) -> tuple[Offer, ...]:
    """Claims that what is seen supports: alerts that ring, and sensors that are not stale."""
    alerts = [
        Offer(one.text, f"alert since {clock_at(view, one.since_ns)}")
        for one in view.alerts
        if not one.clear
    ]
    sensors = [
        Offer(f"{one.title}: {shown(one)}", f"as of {clock_at(view, one.taken_ns)}")
        for one in view.readings
        if one.taken_ns is not None and not one.stale
    ]
    return (*alerts, *sensors)


def _since(view: SeatView) -> tuple[Offer, ...]:
    moments = [(one.since_ns, f"alert: {one.text}") for one in view.alerts]
    moments += [(post.t_ns, "your first update") for post in view.posts[:1]]
    told = [Offer(clock_at(view, t_ns), about) for t_ns, about in sorted(moments)[:5]]
    return tuple({one.text: one for one in told}.values())


def _plain(texts: tuple[str, ...]) -> tuple[Offer, ...]:
    return tuple(Offer(text) for text in texts)


def preview(view: SeatView, values: Values) -> tuple[tuple[Severity, str], ...]:
    """What customers read."""
    lines = [_sentence(claim) for claim in claims_of(values)]
    at, again = clock_at(view, view.t_ns), clock_in(view, int(values["next"]))
    text = " ".join([*lines, f"The next update comes by {again}."])
    return (("unknown", f"Customers read, at {at}: {text}"),)


def _sentence(claim: str) -> str:
    text = claim[:1].upper() + claim[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _before(view: SeatView) -> tuple[tuple[str, str], ...]:
    if not view.posts:
        return (("", "Nothing has been told to customers yet."),)
    last = view.posts[-1]
    late = ": OVERDUE" if last.overdue else ""
    said = "; ".join(last.claims) or "nothing"
    return (
        (f"last, {clock_at(view, last.t_ns)}", said),
        ("", f"The next one was promised for {clock_at(view, last.next_ns)}{late}."),
    )
