"""A recorded event as one line that a person can read: kind, actor, payload.

A recorded event may be anything, because a recording may come from anybody.
"""

from itertools import takewhile
from typing import Any

from outage_engine.actor import CALL, DELIVER, KILL, NOTE, REPLY, SPAWN, WAKE
from outage_engine.recording.reader import printable

_TEXT_LENGTH = 160
"""Characters of an event that are shown: one line of a terminal, or two."""

THE_END = "the end of the run"


def event_time(event: tuple[Any, ...]) -> int:
    """Return the virtual time of an event, ns."""
    return event[0] if event and isinstance(event[0], int) else 0


def event_actor(event: tuple[Any, ...]) -> str:
    """Return whose event it is; empty when nobody's."""
    return printable(str(event[2])) if len(event) > 2 else ""


def line_at(events: list[tuple[Any, ...]], place: int) -> str:
    """Return the event at a place as a line, or the words for there being none."""
    return event_line(events[place]) if place < len(events) else THE_END


def event_line(event: tuple[Any, ...]) -> str:
    """Return an event as one short line: kind, actor, payload."""
    return _cut(_line(event))


def lines_of_two(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[str, str]:
    """Return two events as short lines that show where they differ."""
    texts = [_line(one), _line(other)]
    if event_time(one) != event_time(other):
        pairs = zip((one, other), texts, strict=True)
        texts = [f"at {event_time(event)} ns: {text}" for event, text in pairs]
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False)))
    if alike >= _TEXT_LENGTH - 1:
        texts = [f"…{text[alike - _TEXT_LENGTH // 2 :]}" for text in texts]
    return _cut(texts[0]), _cut(texts[1])


def _line(event: tuple[Any, ...]) -> str:
    return printable(" ".join([_kind(event), *map(_word, event[2:])]))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_LENGTH else f"{text[: _TEXT_LENGTH - 1]}…"


def _kind(event: tuple[Any, ...]) -> str:
    kind = event[1] if len(event) > 1 else "nothing"
    return _KINDS.get(kind, str(kind)) if type(kind) is int else str(kind)


def _word(field: object) -> str:
    """Return one field as text; a message, which is a mapping here, as its fields."""
    if isinstance(field, dict):
        return ", ".join(f"{name}={value!r}" for name, value in field.items())
    return field if isinstance(field, str) else repr(field)


_KINDS = {
    CALL: "call",
    WAKE: "wake",
    DELIVER: "deliver",
    REPLY: "reply",
    SPAWN: "spawn",
    KILL: "kill",
    NOTE: "note",
}
