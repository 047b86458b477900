"""Conditions: when an inject comes, an objective is met, a drill stops, a scripted player acts.

    dwfm.broken > 1000 for 5m and action:dns.restore_from_rollback done
    not said:declare and after 15m
    (alert:leases or milestone:dns_restored) and said:post

A comparison names a metric (for scripted players: a sensor); `for` asks that it has held for so
long, at every look. `action:ID` has happened once the action is begun, or with a word behind it has
ended so (`done`, `refused`, `not-needed`); `said:KIND` once a seat has given such a command;
`milestone:ID`, `alert:ID` and `inject:N` once it came. `after SPAN` counts from where the player
takes over. `not` binds most, then `and`, then `or`.
"""

import re
from collections.abc import Iterator
from typing import Protocol

import attrs

from outage_engine.clock import SECOND

EVENT_KINDS = ("action", "milestone", "said", "alert", "inject")
RESULTS = ("begun", "done", "refused", "not-needed")


class ConditionError(ValueError):
    """A condition is not written as it should be."""


class Facts(Protocol):
    """What a condition is judged by."""

    @property
    def t_ns(self) -> int:
        """The moment of all of it."""

    @property
    def since_begin_ns(self) -> int:
        """From the beginning of the play."""

    def value(self, name: str) -> float | None:
        """A metric, or a sensor; None while there is no value."""

    def happened(self, kind: str, name: str, result: str) -> bool:
        """Whether an event (see `EVENT_KINDS`) has happened by now."""


@attrs.frozen
class Compare:
    """A metric against a number, held for some time."""

    name: str
    relation: str
    number: float
    for_s: int = 0


@attrs.frozen
class Happened:
    """Something has happened."""

    kind: str
    name: str
    result: str = ""


@attrs.frozen
class After:
    """So long after the beginning of the play."""

    span_s: int


@attrs.frozen
class Not:
    """The opposite."""

    part: "Node"


@attrs.frozen
class Both:
    """All parts (`and`), or at least one (`or`)."""

    word: str
    parts: tuple["Node", ...]


Node = Compare | Happened | After | Not | Both


@attrs.frozen
class Condition:
    """A condition as written, and what it means."""

    text: str
    root: Node

    @staticmethod
    def parse(text: str) -> "Condition":
        """Read a condition. Raises ConditionError."""
        return Condition(text, _Parser(text).whole())

    def leaves(self) -> Iterator[Compare | Happened | After]:
        """Its terms, in the order written."""
        yield from _leaves(self.root)


class Watch:
    """Judges one condition moment by moment; remembers since when its comparisons hold."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._since_ns: dict[int, int | None] = {}

    def holds(self, facts: Facts) -> bool:
        """Whether it holds now. Every comparison is looked at, so that none loses its count."""
        self._place = 0
        return self._holds(self.condition.root, facts)

    def _holds(self, node: Node, facts: Facts) -> bool:
        if isinstance(node, Both):
            verdicts = [self._holds(part, facts) for part in node.parts]
            return all(verdicts) if node.word == "and" else any(verdicts)
        if isinstance(node, Not):
            return not self._holds(node.part, facts)
        if isinstance(node, After):
            return facts.since_begin_ns >= node.span_s * SECOND
        if isinstance(node, Happened):
            return facts.happened(node.kind, node.name, node.result)
        return self._compared(node, facts)

    def _compared(self, node: Compare, facts: Facts) -> bool:
        place = self._place
        self._place += 1
        value = facts.value(node.name)
        if value is None or not _RELATIONS[node.relation](value, node.number):
            self._since_ns[place] = None
            return False
        since_ns = self._since_ns.get(place)
        if since_ns is None:
            since_ns = self._since_ns[place] = facts.t_ns
        return facts.t_ns - since_ns >= node.for_s * SECOND


def span_s(text: str) -> int:
    """Whole seconds of `1h30m`, `10m`, `45s`. Raises ConditionError."""
    found = _SPAN.fullmatch(text)
    if found is None or not text:
        raise ConditionError(f"{text!r} is no length of time; write 1h30m, 10m or 45s")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def said_span(seconds: int) -> str:
    """The same as text: `1h30m`."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if n]
    return "".join(parts) or "0s"


_SPAN = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
_RELATIONS = {
    ">": lambda value, number: value > number,
    ">=": lambda value, number: value >= number,
    "<": lambda value, number: value < number,
    "<=": lambda value, number: value <= number,
    "==": lambda value, number: value == number,
    "!=": lambda value, number: value != number,
}
_WORD = re.compile(r"\s*([()]|[<>=!]=|[<>]|[^\s()<>=!]+)")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*")
_NESTED_MAX = 50
"""Levels of parentheses and `not` that are read."""


class _Parser:
    """Reads the words of one condition from left to right."""

    def __init__(self, text: str) -> None:
        self._words = self._split(text)
        self._at = 0
        self._depth = 0

    def _split(self, text: str) -> list[str]:
        words: list[str] = []
        text = text.rstrip()
        at = 0
        while at < len(text):
            found = _WORD.match(text, at)
            if found is None:
                raise ConditionError(f"{text[at : at + 20].strip()!r} cannot be read")
            words.append(found[1])
            at = found.end()
        return words

    def whole(self) -> Node:
        node = self._joined("or")
        if self._at < len(self._words):
            raise ConditionError(f"{self._words[self._at]!r} is not expected; join with and, or")
        return node

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self, wanted: str) -> str:
        word = self._peek()
        if not word:
            raise ConditionError(f"ends where {wanted} should be")
        self._at += 1
        return word

    def _joined(self, word: str) -> Node:
        parts = [self._joined("and") if word == "or" else self._term()]
        while self._peek() == word:
            self._at += 1
            parts.append(self._joined("and") if word == "or" else self._term())
        return parts[0] if len(parts) == 1 else Both(word, tuple(parts))

    def _term(self) -> Node:
        self._depth += 1
        if self._depth > _NESTED_MAX:
            raise ConditionError("nested too deeply")
        try:
            return self._one()
        finally:
            self._depth -= 1

    def _one(self) -> Node:
        word = self._next("a term")
        if word == "not":
            return Not(self._term())
        if word == "(":
            node = self._joined("or")
            if self._next("')'") != ")":
                raise ConditionError("a parenthesis is not closed")
            return node
        if word == "after":
            return After(span_s(self._next("a length of time")))
        kind, colon, name = word.partition(":")
        return self._happened(kind, name) if colon else self._compare(word)

    def _happened(self, kind: str, name: str) -> Happened:
        if kind not in EVENT_KINDS or not name:
            raise ConditionError(
                f"{kind}:{name}: write one of {', '.join(EVENT_KINDS)}, and a name"
            )
        result = ""
        if kind == "action" and self._peek() in RESULTS:
            result = self._next("a result")
        return Happened(kind, name, result)

    def _compare(self, name: str) -> Compare:
        if not _NAME.fullmatch(name):
            raise ConditionError(f"{name!r} is no name")
        relation = self._next("a comparison such as >")
        if relation not in _RELATIONS:
            raise ConditionError(f"{name} {relation}: not a comparison; write {name} > 10")
        number = self._next("a number")
        if not _NUMBER.fullmatch(number):
            raise ConditionError(f"{number!r} is no number")
        for_s = 0
        if self._peek() == "for":
            self._at += 1
            for_s = span_s(self._next("a length of time"))
        return Compare(name, relation, float(number), for_s)


def _leaves(node: Node) -> Iterator[Compare | Happened | After]:
    if isinstance(node, Both):
        for part in node.parts:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.part)
    else:
        yield node
