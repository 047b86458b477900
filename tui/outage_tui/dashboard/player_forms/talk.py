"""What is said on the call: who takes what, what is asked, what might be the cause, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import (
    Ask,
    Command,
    Declare,
    HandOver,
    Hypothesis,
    Note,
    Task,
)
from outage_tui.dashboard.player_forms.act import person, who_is
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
from outage_tui.dashboard.player_forms.moments import clock_at, span
from outage_tui.dashboard.player_forms.standing import summary

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import ChoiceView, SeatView
    from outage_tui.dashboard.renderables.ink import Severity

SUMMARY_MAX: Final = 2_000
_SEATS: Final = {
    "commander": "incident commander",
    "operations": "operations",
    "communications": "communications",
    "scribe": "scribe",
}
_SEVERITIES: Final = (
    Option("1", "1, many customers cannot work, or nobody knows how many"),
    Option("2", "2, some customers cannot work, or many are slowed"),
    Option("3", "3, few customers notice"),
)
_HELD: Final = (
    Option("open", "open: it may be so"),
    Option("supported", "supported: what we see fits, and little else would"),
    Option("refuted", "refuted: what we see does not fit"),
)


def declare_form(view: SeatView) -> Form:
    """This is an incident, and I command it."""
    if view.declared and view.commander:
        mine = view.commander == view.seat
        leads = "you command" if mine else f"{who_is(view.commander, view)} commands"
        told = f"It is declared, and {leads}. The severity can be changed."
    else:
        told = "From here on everybody knows that this is an incident, and that you lead it."
    return Form(
        "declare",
        "Declare an incident",
        "declare it",
        (Pick("severity", "severity", _SEVERITIES, "1"),),
        lambda _: Judged(),
        lambda values: Declare(int(values["severity"])),
        lambda _: (("", told),),
    )


def _people(view: SeatView) -> tuple[Option, ...]:
    seats = () if view.seat == "solo" else tuple(_SEATS.items())
    return (
        *(Option(one.id, f"{one.name}, {one.role}") for one in view.roster),
        *(Option(seat, words) for seat, words in seats if seat != view.seat),
    )


def task_form(view: SeatView) -> Form:
    """Somebody is given something to do."""
    people = _people(view)

    def judge(values: Values) -> Judged:
        lacking = needed(values, "text", "say what is to be done")
        if lacking is not None:
            return lacking
        choice = _named_action(values["text"], view)
        given_to = person(view, values["to"])
        if choice is None:
            means = "It is said as it stands."
            if given_to is not None:
                means += f" {given_to.name} answers; an action is done only when it is named."
            return Judged((("ok", means),))
        if given_to is None:
            return Judged((("ok", "A seat is asked for it, and does it by its own hand."),))
        takes = span(choice.shortest_s, choice.longest_s)
        waits = " It waits for approval first." if choice.approval else ""
        return Judged((("ok", f"{given_to.name} does it. It usually takes {takes}.{waits}"),))

    def command(values: Values) -> Task:
        choice = _named_action(values["text"], view)
        if choice is not None and person(view, values["to"]) is not None:
            return Task(values["to"], "", choice.id)
        return Task(values["to"], values["text"].strip())

    return Form(
        "task",
        "Give somebody a task",
        "give it",
        (
            Pick("to", "to", people, people[0].value if people else ""),
            Text(
                "text",
                "what",
                hint="in your words, or the name of an action",
                offers=lambda values: _actions(values["text"], view),
            ),
        ),
        judge,
        command,
    )


def _named_action(text: str, view: SeatView) -> ChoiceView | None:
    wanted = text.strip().lower()
    return next((one for one in view.choices if one.title.lower() == wanted), None)


def _actions(typed: str, view: SeatView) -> tuple[Offer, ...]:
    words = typed.lower().split()
    return tuple(
        Offer(choice.title, choice.touches)
        for choice in view.choices
        if all(word in choice.title.lower() for word in words)
    )


def ask_form(view: SeatView) -> Form:
    """Somebody on the call is asked something."""
    people = tuple(Option(one.id, f"{one.name}, {one.role}") for one in view.roster)

    def topics(values: Values) -> tuple[Offer, ...]:
        asked = person(view, values["to"])
        if asked is None:
            return ()
        typed = values["about"].strip().lower()
        fits = [topic for topic in asked.topics if typed in topic.lower()]
        return tuple(Offer(topic, f"{asked.name} knows about it") for topic in fits)

    def judge(values: Values) -> Judged:
        lacking = needed(values, "about", "say what you want to know")
        if lacking is not None:
            return lacking
        return Judged((("ok", "The answer comes when there is time for it."),))

    return Form(
        "ask",
        "Ask somebody",
        "ask",
        (
            Pick("to", "whom", people, people[0].value if people else ""),
            Text("about", "about", hint="a topic", offers=topics, longest=120),
        ),
        judge,
        lambda values: Ask(values["to"], values["about"].strip()),
    )


def hypothesis_form(view: SeatView) -> Form:
    """What might be the cause: a new one, or what is held of one by now."""
    held = {one.text: one.state for one in view.hypotheses}

    def offers(values: Values) -> tuple[Offer, ...]:
        typed = values["text"].strip().lower()
        known = [Offer(text, f"held: {state}") for text, state in held.items()]
        brought = [
            Offer(one.text, f"{one.by} suspects it") for one in view.guesses if one.text not in held
        ]
        fits = [one for one in (*known, *brought) if typed in one.text.lower()]
        return tuple(one for one in fits if one.text.lower() != typed)

    def judge(values: Values) -> Judged:
        lacking = needed(values, "text", "say what might be the cause")
        if lacking is not None:
            return lacking
        before, state = held.get(values["text"].strip()), values["state"]
        if before is None:
            return Judged((("ok", f"A new one, {state}."),))
        if before == state:
            return Judged((("unknown", f"It is held {state} already; pick what it is now."),))
        return Judged((("ok", f"Was {before}, and is {state} from now on."),))

    return Form(
        "hypothesis",
        "What might be the cause",
        "log it",
        (
            Text("text", "cause", hint="what would explain what we see", offers=offers),
            Pick("state", "it is", _HELD, "open"),
        ),
        judge,
        lambda values: Hypothesis(values["text"].strip(), values["state"]),
        lambda _: (("", "Say what would refute it, and go and look for that."),),
    )


def note_form(view: SeatView) -> Form:
    """Anything."""
    return Form(
        "note",
        f"Note at {clock_at(view, view.t_ns)}",
        "note it",
        (Text("text", "note", hint="what should be in the record"),),
        lambda values: needed(values, "text", "say what is to be noted") or Judged(),
        lambda values: Note(values["text"].strip()),
    )


def hand_over_form(view: SeatView) -> Form:
    """Somebody else commands from here on."""
    people = _people(view)

    def judge(values: Values) -> Judged:
        lacking = needed(values, "text", "say how things stand")
        if lacking is not None:
            return lacking
        name = next((one.words for one in people if one.value == values["to"]), values["to"])
        means: list[tuple[Severity, str]] = [("caution", f"From now on commands: {name}.")]
        means += [("unknown", f"They are told: {values['text'].strip()}")]
        return Judged(tuple(means))

    def command(values: Values) -> Command:
        return HandOver(values["to"], values["text"].strip())

    return Form(
        "hand_over",
        "Hand the command over",
        "hand over",
        (
            Pick("to", "to", people, people[0].value if people else ""),
            Text("text", "how it stands", summary(view), longest=SUMMARY_MAX),
        ),
        judge,
        command,
        lambda _: (("", "Below is what the screen shows; add what is in your head only."),),
    )
