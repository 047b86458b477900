"""Actions: what is known before choosing one, what it has to be told, who does it, and approval."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from outage_agents.drills.journal import Approve, Begin, CallOff, Command, Task
from outage_tui.dashboard.player_forms.form import (
    Field,
    Form,
    Judged,
    Option,
    Pick,
    Text,
    Told,
    Values,
)
from outage_tui.dashboard.player_forms.menu import Menu, Row
from outage_tui.dashboard.player_forms.moments import clock_at, span
from outage_tui.dashboard.renderables.player_wording import ago

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import (
        ApprovalView,
        ArgumentView,
        ChoiceView,
        PersonView,
        SeatView,
        WorkView,
    )
    from outage_tui.dashboard.renderables.ink import Severity

WHO, MYSELF = "who", ""
_DO_THEMSELVES = ("solo", "operations")
_SHARE = "share"
_YES_NO = "yes|no"


# -- the menu ------------------------------------------------------------------------------------


def action_menu(view: SeatView) -> Menu:
    """Everything that can be done, grouped by what it touches."""
    return Menu(
        "What is to be done",
        tuple(_action_row(choice, view) for choice in view.choices),
        "type to search, enter goes on to who does it, esc leaves",
    )


def _action_row(choice: ChoiceView, view: SeatView) -> Row:
    last = next((work for work in reversed(view.work) if work.action == choice.id), None)
    note, severity = _state_of(last, view)
    about = [
        ("needs", choice.needs),
        ("takes", f"{span(choice.shortest_s, choice.longest_s)}, from now to its effect"),
        ("risk", choice.risk),
    ]
    if choice.approval:
        about.append(("approval", "it waits until somebody has approved it in writing"))
    if choice.arguments:
        about.append(("asks for", "; ".join(argument.title for argument in choice.arguments)))
    if last is not None:
        about.append(("last time", told_work(last, view)))
    return Row(
        choice.id,
        choice.title,
        note or span(choice.shortest_s, choice.longest_s),
        tuple(about),
        choice.touches,
        severity,
        also=f"{choice.touches} {choice.needs} {choice.risk}",
    )


def _state_of(work: WorkView | None, view: SeatView) -> tuple[str, Severity | None]:
    if work is None:
        return "", None
    if not work.report:
        left_s = (work.expected_ns - view.t_ns) // 1_000_000_000
        return ("under way" if left_s >= 0 else "takes long"), "unknown"
    done = work.report.startswith("done")
    return ("done" if done else work.report.partition(":")[0][:12]), "ok" if done else "caution"


def told_work(work: WorkView, view: SeatView) -> str:
    """What is known of an action that was begun."""
    begun = f"begun {clock_at(view, work.begun_ns)} by {who_is(work.by, view)}"
    if work.report:
        return f"{begun}; {work.report}"
    return f"{begun}; usually done by {clock_at(view, work.expected_ns)}"


def who_is(doer: str, view: SeatView) -> str:
    """Somebody's name: of a character, of a seat, or `you`."""
    if doer == view.seat:
        return "you"
    return next((person.name for person in view.roster if person.id == doer), doer)


# -- what it has to be told ----------------------------------------------------------------------


def begin_form(view: SeatView, choice: ChoiceView) -> Form:
    """The values that an action needs, and who does it."""
    fields: list[Field] = [_argument_field(argument) for argument in choice.arguments]
    fields.append(_who(view))

    def judge(values: Values) -> Judged:
        means: list[tuple[Severity, str]] = []
        for argument in choice.arguments:
            try:
                read_argument(argument, values[argument.name])
            except ValueError as wrong:
                return Judged(wrong=f"{_label(argument)}: {wrong}", field=argument.name)
            means.append(("unknown", told_argument(argument)))
        who = "You do" if values[WHO] == MYSELF else f"{who_is(values[WHO], view)} does"
        takes = span(choice.shortest_s, choice.longest_s)
        means.append(("ok", f"{who} it. It usually takes {takes}."))
        if choice.approval:
            means.append(("caution", "It waits for approval before anything happens."))
        return Judged(tuple(means))

    def command(values: Values) -> Command:
        args = {
            argument.name: read
            for argument in choice.arguments
            if (read := read_argument(argument, values[argument.name])) != argument.default
        }
        if values[WHO] == MYSELF:
            return Begin(choice.id, args)
        return Task(values[WHO], "", choice.id, args)

    told = (("needs", choice.needs), ("risk", choice.risk))
    does = "ask for approval" if choice.approval else "begin"
    return Form("begin", choice.title, does, tuple(fields), judge, command, lambda _: told)


def _who(view: SeatView) -> Pick:
    options = [Option(MYSELF, "you")] if view.seat in _DO_THEMSELVES else []
    options += [Option(person.id, f"{person.name}, {person.role}") for person in view.roster]
    return Pick(WHO, "who does it", tuple(options), options[0].value if options else MYSELF)


def _argument_field(argument: ArgumentView) -> Field:
    if argument.pattern == _YES_NO:
        options = (Option("no", "no"), Option("yes", "yes"))
        return Pick(argument.name, _label(argument), options, str(argument.default))
    return Text(argument.name, _label(argument), typed_argument(argument), longest=60)


def _label(argument: ArgumentView) -> str:
    return argument.title.partition(" (")[0]


def typed_argument(argument: ArgumentView) -> str:
    """A default as it stands in its field: shares in percent."""
    if isinstance(argument.default, str):
        return argument.default
    if argument.unit == _SHARE:
        return f"{argument.default * 100:g} %"
    return f"{argument.default:g}"


def told_argument(argument: ArgumentView) -> str:
    """What a value is, what is usual, and between what it has to be."""
    if argument.pattern:
        return f"{argument.title}; usually {argument.default}"
    scale, unit = (100.0, "%") if argument.unit == _SHARE else (1.0, argument.unit)
    unit = "" if unit in ("count", "factor", "zones") else f" {unit}"
    usual = f"usually {float(argument.default) * scale:g}{unit}"
    if argument.minimum is None or argument.maximum is None:
        return f"{argument.title}: {usual}"
    low, high = argument.minimum * scale, argument.maximum * scale
    return f"{argument.title}: {usual}, from {low:g} to {high:g}{unit}"


def read_argument(argument: ArgumentView, typed: str) -> float | str:
    """The value that was typed, as the action takes it. Raises ValueError that says what is
    wrong."""
    text = typed.strip()
    if argument.pattern:
        if not re.fullmatch(argument.pattern, text):
            raise ValueError(f"{text or 'nothing'} does not fit; usually {argument.default}")
        return text
    if text == typed_argument(argument):
        return argument.default  # what is shown may be rounded
    scale, unit = (100.0, "%") if argument.unit == _SHARE else (1.0, argument.unit)
    number = text.removesuffix("%").removesuffix(argument.unit).strip()
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"{text or 'nothing'} is no number") from None
    low, high = argument.minimum, argument.maximum
    inside = (low is None or value >= low * scale) and (high is None or value <= high * scale)
    if not inside or value != value:
        told = f"{(low or 0.0) * scale:g} to {(high or 0.0) * scale:g} {unit}".strip()
        raise ValueError(f"{number} is not within {told}")
    if argument.whole and value != value // 1:
        raise ValueError(f"{number} is no whole number")
    return value / scale


# -- approval, and calling off -------------------------------------------------------------------


def approval_menu(view: SeatView) -> Menu:
    """What waits for approval."""
    rows = tuple(
        Row(str(one.n), one.title, _asked(one, view), _approval_told(one, view))
        for one in view.approvals
    )
    return Menu(
        "What waits for approval",
        rows,
        "enter or its number looks at it, esc leaves",
        searched=False,
    )


def _asked(approval: ApprovalView, view: SeatView) -> str:
    by = f"by {who_is(approval.by, view)}" if approval.by else ""
    if approval.since_ns is None:
        return by
    return f"{by}, {ago((view.t_ns - approval.since_ns) // 1_000_000_000)}".removeprefix(", ")


def _approval_told(approval: ApprovalView, view: SeatView) -> tuple[Told, ...]:
    choice = next((one for one in view.choices if one.id == approval.action), None)
    told = [("asked", _asked(approval, view) or "by somebody on the call")]
    if approval.args:
        told.append(("with", approval.args))
    if choice is not None:
        told.append(("needs", choice.needs))
        told.append(("takes", span(choice.shortest_s, choice.longest_s)))
    told.append(("risk", approval.risk))
    return tuple(told)


def approve_form(view: SeatView, approval: ApprovalView) -> Form:
    """What was asked for, and the word to be typed. Enter alone approves nothing."""

    def judge(values: Values) -> Judged:
        typed = " ".join(values["word"].split())
        if typed.upper() == approval.word.upper():
            return Judged((("caution", f"This begins at once: {approval.title}."),))
        if not approval.word.upper().startswith(typed.upper()):
            return Judged(wrong=f"the word is {approval.word}", field="word")
        return Judged(
            (("unknown", "Not approved yet. Esc leaves it waiting."),),
            wrong=f"type {approval.word} to approve it",
            missing=True,
            field="word",
        )

    return Form(
        "approve",
        f"Approve: {approval.title}?",
        "approve it",
        (Text("word", f"type {approval.word}", longest=len(approval.word) + 8),),
        judge,
        lambda _: Approve(approval.n, approval.word),
        lambda _: _approval_told(approval, view),
    )


def work_menu(view: SeatView) -> Menu:
    """What goes on and can be called off."""
    rows = tuple(
        Row(work.name, work.title, _state_of(work, view)[0], (("", told_work(work, view)),))
        for work in reversed(view.work)
        if not work.report
    )
    return Menu(
        "What goes on",
        rows,
        "enter or its number goes on to calling it off, esc leaves",
        searched=False,
    )


def call_off_form(view: SeatView, work: WorkView) -> Form:
    """An action is left be."""
    told = (
        ("", told_work(work, view)),
        ("", "What it has done by now stays; the rest of it is left be."),
    )
    return Form(
        "call_off",
        f"Call off: {work.title}?",
        "call it off",
        (),
        lambda _: Judged(),
        lambda _: CallOff(work.name),
        lambda _: told,
    )


def person(view: SeatView, person_id: str) -> PersonView | None:
    """Somebody on the roster."""
    return next((one for one in view.roster if one.id == person_id), None)
