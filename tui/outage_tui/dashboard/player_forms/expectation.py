"""What a decision is expected to bring: in one's own words, or as a condition that is judged.

A condition names a sensor as it is shown, compares it with a number, and is then looked at when its
time has come. People write `errors below 5 %`; it is read as `errors < 5`. What cannot be read as a
condition is kept as text: nobody is kept from deciding by a comma.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.drills.condition import Compare, Condition, ConditionError
from outage_tui.dashboard.player_forms.form import Offer
from outage_tui.dashboard.renderables.player_wording import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.drills.sensors import Reading

_RELATIONS: Final = (
    (r"\b(?:is |falls |goes )?(?:below|under|less than)\b", "<"),
    (r"\b(?:is |rises |goes )?(?:above|over|more than)\b", ">"),
    (r"\b(?:at most)\b", "<="),
    (r"\b(?:at least)\b", ">="),
)
_IN_WORDS: Final = {"<": "below", ">": "above", "<=": "at most", ">=": "at least", "==": "exactly"}
_COMPARES: Final = re.compile(r"[<>=]")


@attrs.frozen
class Expectation:
    """What was typed, and what it is."""

    text: str
    """As it goes into the journal."""
    words: str
    """`Requests of customers that fail: below 5 %`; empty when it is text."""
    problem: str = ""
    """Why it is not judged though it looks as if it should be."""

    @property
    def is_judged(self) -> bool:
        """It is a condition."""
        return bool(self.words)


def expectation(typed: str, readings: Sequence[Reading]) -> Expectation:
    """What somebody expects, read as a condition on sensors where it is one."""
    plain = " ".join(typed.split())
    text = _as_condition(plain, readings)
    if not _COMPARES.search(text):
        return Expectation(plain, "")
    try:
        condition = Condition.parse(text)
    except ConditionError as wrong:
        return Expectation(plain, "", str(wrong))
    names = {reading.id: reading for reading in readings}
    words = []
    for leaf in condition.leaves():
        if not isinstance(leaf, Compare):
            return Expectation(plain, "", "only what sensors show can be judged")
        if leaf.name not in names:
            return Expectation(plain, "", _unknown(leaf.name, list(names)))
        words.append(_said(leaf, names[leaf.name]))
    return Expectation(text, "; ".join(words))


def sensor_offers(typed: str, readings: Sequence[Reading]) -> tuple[Offer, ...]:
    """Sensors to write a condition on: those that what was typed may become."""
    wanted = typed.strip().lower()
    if _COMPARES.search(wanted):
        return ()
    return tuple(
        Offer(f"{reading.id} < ", f"{reading.title}, now {shown(reading)}")
        for reading in readings
        if wanted in f"{reading.id} {reading.title.lower()}"
    )


def shown(reading: Reading) -> str:
    """A reading as a person says it: `12 %`, `nothing yet`."""
    if reading.value is None:
        return "nothing yet"
    unit = f" {reading.unit}" if reading.unit else ""
    return f"{number(reading.value)}{unit}"


def _as_condition(text: str, readings: Sequence[Reading]) -> str:
    for reading in sorted(readings, key=lambda one: -len(one.title)):
        text = re.sub(re.escape(reading.title), reading.id, text, flags=re.IGNORECASE)
    for words, relation in _RELATIONS:
        text = re.sub(words, relation, text, flags=re.IGNORECASE)
    units = sorted({re.escape(reading.unit) for reading in readings if reading.unit})
    if units:
        text = re.sub(rf"(?<=\d)\s*(?:{'|'.join(units)})(?!\w)", "", text)
    return " ".join(text.split())


def _said(leaf: Compare, reading: Reading) -> str:
    relation = _IN_WORDS.get(leaf.relation, leaf.relation)
    unit = f" {reading.unit}" if reading.unit else ""
    held = f" for {leaf.for_s // 60} min" if leaf.for_s >= 60 else ""
    return f"{reading.title} {relation} {number(leaf.number)}{unit}{held}"


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"no sensor is called {name}; did you mean {near[0]}"
    return f"no sensor is called {name}"
