"""A drill in words: ages, times to go, who said something and how."""

from __future__ import annotations

import re
from typing import Final

import attrs

from outage_tui.dashboard.renderables import wording

SEATS_IN_WORDS: Final = {
    "solo": "commander and operations in one",
    "commander": "incident commander",
    "operations": "operations",
    "communications": "communications",
    "scribe": "scribe",
    "observer": "observer",
    "evaluator": "evaluator",
    "facilitator": "facilitator",
}
"""A seat as it is called on the screen."""
WHAT_SEATS_DO: Final = {
    "solo": "You lead this incident, and you also carry out what you decide.",
    "commander": "You lead this incident. You decide and give tasks; operations carries them out "
    "and has the sensors.",
    "operations": "You have the sensors and the tools. You act on what the commander decides, and "
    "report what you see.",
    "communications": "You tell customers what is known, and when they hear again.",
    "scribe": "You keep the record: what happened, what was believed, what was decided and why.",
    "observer": "You watch, and say what you would decide before you see what was decided.",
    "evaluator": "You note how the team worked, for the report. No player sees your marks.",
}
_WHO: Final = re.compile(r"(?P<who>[^():]{1,40}) \((?P<how>[a-z]{1,8})\): (?P<what>.*)", re.DOTALL)
_NAMED: Final = re.compile(r"(?P<who>[^:]{1,40}): (?P<what>.*)", re.DOTALL)


@attrs.frozen
class Said:
    """A message taken apart."""

    who: str
    how: str
    """chat, call, mail, radio; else what kind of message it is."""
    what: str


_HOW: Final = {
    "answer": "answers",
    "guess": "suspects",
    "nag": "calls",
    "progress": "reports",
    "doubt": "doubts",
    "began": "work",
    "result": "result",
    "refused": "not done",
    "forbidden": "not done",
    "task": "task",
    "probe": "question",
    "hint": "hint",
    "over": "over",
    "hand_over": "command",
    "alert": "page",
    "escalation": "escalated",
    "clear": "cleared",
}
_BY_SOMEBODY: Final = ("answer", "guess", "nag", "progress", "doubt", "result")
PAGER: Final = "pager"
"""Who pages come from."""
DRILL: Final = "the drill"
"""Who asks in between, gives hints and ends it: nobody on the call."""
_FROM: Final = {
    "alert": PAGER,
    "escalation": PAGER,
    "clear": PAGER,
    "probe": DRILL,
    "over": DRILL,
    "hint": DRILL,
}


def said(kind: str, message_text: str) -> Said:
    """Who said it and how, as far as its kind or its text tells."""
    text = one_line(message_text)
    if kind == "message" and (found := _WHO.fullmatch(text)):
        return Said(found["who"], found["how"], found["what"])
    how = _HOW.get(kind, kind)
    text = text.removeprefix(f"{how}: ")
    if kind in _BY_SOMEBODY and (found := _NAMED.fullmatch(text)):
        return Said(found["who"], how, found["what"])
    return Said(_FROM.get(kind, ""), how, text)


def one_line(text: str) -> str:
    """The text without line breaks and runs of blanks."""
    return " ".join(text.split())


def age(seconds: float) -> str:
    """How old something is: `now`, `40 s old`, `12 min old`."""
    return "now" if seconds < 5 else f"{wording.duration(seconds)} old"


def ago(seconds: float) -> str:
    """`now`, `40 s ago`, `12 min ago`."""
    return "now" if seconds < 5 else f"{wording.duration(seconds)} ago"


def number(value: float) -> str:
    """A reading's value, in at most seven characters or so: `0`, `3.4`, `112`, `48,230`."""
    size = abs(value)
    if size >= 1_000_000:
        return wording.count(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 1 else f"{value:.2g}"


def countdown(seconds: int) -> str:
    """`in 12 min`; `in 40 s`; `4 min overdue`."""
    if seconds >= 0:
        return f"in {wording.duration(seconds)}"
    return f"{wording.duration(-seconds)} overdue"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 page`, `3 pages`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
