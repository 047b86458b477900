"""Seats: who may say what, and who sees which part.

As on a real call: the commander decides and does not fix, operations fix and do not decide, and
whoever looks on touches nothing. The facilitator stands outside and moves the exercise.
"""

from collections.abc import Mapping

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
    Staff,
    Stop,
    Task,
    Verify,
    Wait,
)

FACILITATOR = "facilitator"
_TALK: tuple[type, ...] = (Ask, Note, AnswerProbe, Wait, Hypothesis)
_COMMANDS: tuple[type, ...] = (
    *_TALK,
    Declare,
    Decide,
    Task,
    Approve,
    Acknowledge,
    AskHint,
    Verify,
    AllClear,
    HandOver,
)
_FIXES: tuple[type, ...] = (*_TALK, Begin, CallOff, Acknowledge, Verify)
_TELLS: tuple[type, ...] = (Ask, Note, AnswerProbe, Post)
ALLOWED: Mapping[str, tuple[type, ...]] = {
    "solo": (*_COMMANDS, *_FIXES, *_TELLS),
    "commander": _COMMANDS,
    "operations": _FIXES,
    "communications": _TELLS,
    "scribe": (Note, Hypothesis, AnswerProbe),
    "observer": (Rank, Note),
    "evaluator": (Mark, Note),
    FACILITATOR: (
        FireInject,
        SkipInject,
        EditInject,
        PutOffInject,
        Break,
        Mend,
        Override,
        Stop,
        Staff,
        Mark,
        Note,
    ),
}
"""What a seat may say."""
SEES_READINGS = ("solo", "operations", "observer", "evaluator")
SEES_IMPACT = ("commander", "communications")
"""Who sees only the readings of what customers notice, and of those no trend: no raw panels."""
IMPACT = ("customers.", "impact.")
"""Groups of metrics that are about what customers notice."""
IS_OFFERED = ("solo", "commander", "operations", "observer")
"""Who is shown what can be done: to begin it, to give it to somebody, or to rank it."""
TEXT_MAX = 2000
"""Characters of one text of a command."""
LIST_MAX = 40
"""Entries of one list of a command."""
_LIMITS: Mapping[str, tuple[float, float]] = {
    "severity": (1, 5),
    "by_min": (0, 1440),
    "confidence": (0.0, 1.0),
    "next_update_min": (1, 1440),
    "minutes": (0.0, 1440.0),
    "n": (0, 1_000_000),
    "value": (-1e12, 1e12),
}
"""Of numbers that a command carries, by the name of the field."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "state": ("open", "supported", "refuted"),
    "rating": ("", "P", "S", "M", "U"),
    "how": ("off", "hold", "value", "restore"),
}


def may_say(seat: str, command: Command) -> bool:
    """Whether a command is this seat's. Raises KeyError for an unknown seat."""
    return isinstance(command, ALLOWED[seat])


def out_of_bounds(command: Command) -> str:
    """What is wrong with the values of a command, in words; empty when nothing is."""
    for name in command.__struct_fields__:
        wrong = _wrong(name, getattr(command, name))
        if wrong:
            return wrong
    return ""


def _wrong(name: str, value: object) -> str:
    if isinstance(value, str):
        if len(value) > TEXT_MAX:
            return f"{name}: {len(value)} characters; the most is {TEXT_MAX}"
        words = _WORDS.get(name)
        if words is not None and value not in words:
            return f"{name}: {value!r} is none of {', '.join(word for word in words if word)}"
    elif isinstance(value, int | float):
        low, high = _LIMITS.get(name, (-1e12, 1e12))
        if not low <= value <= high:
            return f"{name}: {value:g} is outside {low:g}..{high:g}"
    elif isinstance(value, list | dict):
        if len(value) > LIST_MAX:
            return f"{name}: {len(value)} entries; the most is {LIST_MAX}"
        items = [*value, *value.values()] if isinstance(value, dict) else value
        return next((wrong for one in items if (wrong := _wrong("", one))), "")
    return ""
