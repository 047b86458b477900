"""What was said in a drill, in words, one line an entry."""

from typing import Final

from outage_agents.drills.journal import (
    Acknowledge,
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    AskHint,
    Begin,
    Break,
    CallOff,
    Command,
    Decide,
    Declare,
    EditInject,
    Entry,
    FireInject,
    HandOver,
    Hypothesis,
    Mark,
    Mend,
    Note,
    Override,
    Post,
    PutOffInject,
    Rank,
    SkipInject,
    Stop,
    Task,
    Verify,
    Wait,
)
from outage_tui.report_drill_data import DrillData

_RATINGS: Final = {
    "P": "performed without challenges",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to be performed",
}
"""As exercise evaluation guides rate (HSEEP)."""


def rated(rating: str) -> str:
    """A rating in words."""
    return f"{rating}: {_RATINGS[rating]}" if rating in _RATINGS else rating


def numbered(entry: Entry) -> str:
    """How the report refers to an entry of the journal."""
    return f"#{entry.n}"


def act_words(entry: Entry, data: DrillData) -> str:
    """A command of somebody at a seat, as `commander decides: wait`."""
    assert entry.command is not None
    return f"{entry.seat} {_said(entry.command, data)}"


def _said(command: Command, data: DrillData) -> str:
    return _command(command) or _reply(command, data) or _staff(command)


def _command(command: Command) -> str:
    """Of what a team commands."""
    match command:
        case Declare(severity=severity):
            return f"declares an incident, severity {severity}"
        case Decide(what=what, confidence=confidence):
            return f"decides: {what} (sure to {confidence * 100:.0f} %)"
        case Hypothesis(text=text, state=state):
            return f"holds for {state}: {text}"
        case Task(to=to, text=text, action=action):
            return f"asks {to} to do {action or text}"
        case Begin(action=action):
            return f"orders {action}"
        case CallOff(name=name):
            return f"calls off {name}"
        case Post() as post:
            return f"tells customers: {claims_of(post)}; more in {post.next_update_min} min"
        case AllClear(text=text):
            return f"gives the all-clear{_colon(text)}"
        case HandOver(to=to, text=text):
            return f"hands the command over to {to}{_colon(text)}"
        case Wait(minutes=minutes, until=until):
            return f"decides to wait{f' {minutes:g} min' if minutes else ''}{_until(until)}"
        case Note(text=text):
            return f"notes: {text}"
    return ""


def _reply(command: Command, data: DrillData) -> str:
    """Of what answers something."""
    match command:
        case Ask(to=to, about=about):
            return f"asks {to} about {about}"
        case Approve(n=n):
            return f"approves number {n}"
        case Acknowledge(alert=alert):
            text = next((a.text for a in data.drill.alerts if a.id == alert), alert)
            return f"takes the page: {data.shown(text)}"
        case AskHint():
            return "asks for a hint"
        case AnswerProbe(probe=probe, value=value):
            return f"answers the question {probe}: {value:g}"
        case Verify(action=action, result=result):
            return f"looks at the effect of {action}{_colon(result)}"
        case Rank(options=options):
            return f"ranks: {', '.join(options)}"
    return ""


def _staff(command: Command) -> str:
    """Of what facilitators and evaluators do."""
    match command:
        case Mark(about=about, rating=rating, text=text):
            return f"marks {about}: {' '.join((rating, text)).strip()}"
        case FireInject(n=n):
            return f"has event {n} come now"
        case SkipInject(n=n):
            return f"leaves event {n} out"
        case EditInject(n=n, text=text):
            return f"rewrites event {n}: {text}"
        case PutOffInject(n=n, minutes=minutes):
            return f"puts event {n} off by {minutes:g} min"
        case Break(fault=fault):
            return f"breaks something: {fault}"
        case Mend(fault=fault):
            return f"mends: {fault}"
        case Override(sensor=sensor, how=how, value=value):
            says = f" {value:g}" if how == "value" else ""
            return f"meddles with sensor {sensor}: {how}{says}"
        case Stop(why=why):
            return f"ends the drill{_colon(why)}"
    return ""


def claims_of(post: Post) -> str:
    """What a post claims."""
    return "; ".join(post.claims) or "nothing in particular"


def _colon(text: str) -> str:
    return f": {text}" if text else ""


def _until(condition: str) -> str:
    return f" until {condition}" if condition else ""
