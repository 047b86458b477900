"""To decide, and to wait: what is done, why, what it should bring by when, and how sure one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import Decide, Wait
from outage_tui.dashboard.player_forms.expectation import expectation, sensor_offers
from outage_tui.dashboard.player_forms.form import (
    Form,
    Judged,
    Offer,
    Option,
    Pick,
    Text,
    Values,
    needed,
)
from outage_tui.dashboard.player_forms.moments import clock_in, minutes_until

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import SeatView
    from outage_tui.dashboard.renderables.ink import Severity

_BY: Final = (5, 10, 15, 20, 30, 45, 60, 90)
_SURE: Final = tuple(range(5, 100, 5))
_WAIT: Final = (2, 5, 10, 15, 20, 30)
_LONGEST_MIN: Final = 600
_WAITING: Final = (
    "To wait is a decision too. Time goes faster meanwhile, until something asks for you."
)


def sure_in_words(percent: str) -> str:
    """How sure a number is, in words: one for each range, as people on a call say it."""
    value = int(percent)
    for below, words in (
        (15, "very unlikely"),
        (35, "unlikely"),
        (45, "rather not"),
        (56, "could go either way"),
        (70, "more likely than not"),
        (85, "likely"),
        (95, "very likely"),
    ):
        if value < below:
            return words
    return "almost certain"


def by_pick(name: str, label: str, minutes: tuple[int, ...], usual: int, view: SeatView) -> Pick:
    """A pick of minutes from now; says what the clock will show then."""
    return Pick(
        name,
        label,
        tuple(Option(str(n), f"{n} min") for n in minutes),
        str(usual),
        lowest=1,
        highest=_LONGEST_MIN,
        unit="min",
        says=lambda value: f"at {clock_in(view, int(value))}",
    )


def decide_form(view: SeatView) -> Form:
    """A decision."""

    def judge(values: Values) -> Judged:
        found = expectation(values["expect"], view.readings)
        at = clock_in(view, int(values["by"]))
        means: list[tuple[Severity, str]] = []
        if found.is_judged:
            means.append(("ok", f"judged at {at}: {found.words}"))
        elif found.problem:
            means.append(("caution", f"kept as text and not judged: {found.problem}"))
        elif found.text:
            means.append(("unknown", f"looked at together at {at}: {found.text}"))
        elif view.readings:
            means.append(("unknown", "without an expectation nobody can tell whether it worked"))
        sure = sure_in_words(values["sure"])
        means.append(("unknown", f"{values['sure']} % sure that it comes: {sure}"))
        lacking = needed(values, "what", "say what you decide")
        if lacking is not None:
            return Judged(tuple(means), lacking.wrong, missing=True, field="what")
        return Judged(tuple(means))

    def command(values: Values) -> Decide:
        return Decide(
            values["what"].strip(),
            values["why"].strip(),
            expectation(values["expect"], view.readings).text,
            int(values["by"]),
            int(values["sure"]) / 100,
        )

    return Form(
        "decide",
        "Decide",
        "log this decision",
        (
            Text("what", "what", hint="what we do, or leave be", offers=lambda v: _whats(v, view)),
            Text("why", "why", hint="what speaks for it"),
            Text(
                "expect",
                "expect",
                hint=_expect_hint(view),
                offers=lambda v: sensor_offers(v["expect"], view.readings),
            ),
            by_pick("by", "by", _BY, 15, view),
            Pick(
                "sure",
                "how sure",
                tuple(Option(str(n), f"{n} %") for n in _SURE),
                "60",
                lowest=0,
                highest=100,
                unit="%",
                says=sure_in_words,
                slides=True,
            ),
        ),
        judge,
        command,
        lambda _: (("", "It is logged with the time, for everybody, and cannot be unsaid."),),
    )


def _expect_hint(view: SeatView) -> str:
    if not view.readings:
        return "what should be different by then"
    return f"in your words, or a condition: {view.readings[0].id} < 5"


def _whats(values: Values, view: SeatView) -> tuple[Offer, ...]:
    """Actions and waiting, to decide on by name."""
    wanted = values["what"].lower().split()
    if not wanted:
        return ()
    return tuple(
        Offer(choice.title, choice.touches)
        for choice in view.choices
        if all(word in choice.title.lower() for word in wanted) and choice.title != values["what"]
    )


def wait_form(view: SeatView) -> Form:
    """To wait is a decision too."""

    def until(values: Values) -> tuple[float, str, str]:
        """Minutes, condition, and what is wrong."""
        typed = values["until"].strip()
        if not typed:
            return float(values["minutes"]), "", ""
        minutes = minutes_until(view, typed)
        if minutes is not None:
            late = minutes > _LONGEST_MIN
            return minutes, "", f"{typed} is more than ten hours away" if late else ""
        found = expectation(typed, view.readings)
        if found.is_judged:
            return float(values["minutes"]), found.text, ""
        return 0.0, "", found.problem or "write a time such as 02:45, or a condition on a sensor"

    def judge(values: Values) -> Judged:
        minutes, condition, wrong = until(values)
        if wrong:
            return Judged(wrong=wrong, missing=True, field="until")
        at = clock_in(view, minutes)
        if condition:
            words = expectation(condition, view.readings).words
            return Judged((("ok", f"until {words}, at the latest {at}"),))
        return Judged((("ok", f"until {at}, unless something comes up"),))

    def command(values: Values) -> Wait:
        minutes, condition, _ = until(values)
        return Wait(minutes, condition)

    return Form(
        "wait",
        "Wait",
        "wait",
        (
            by_pick("minutes", "for", _WAIT, 10, view),
            Text(
                "until",
                "or until",
                hint="a time such as 02:45, or a condition",
                offers=lambda v: sensor_offers(v["until"], view.readings),
            ),
        ),
        judge,
        command,
        lambda _: (("", _WAITING),),
    )
