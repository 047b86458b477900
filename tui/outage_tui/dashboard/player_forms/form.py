"""What a dialog of a seat asks for and tells, and the command that comes of it.

A form is a description: fields, what is known beforehand, and functions of what was typed so far.
It knows no widget, so that what a dialog says is tested without a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from outage_agents.drills.journal import Command
    from outage_tui.dashboard.renderables.ink import Severity

Values: TypeAlias = Mapping[str, str]
"""What was typed and picked so far, by the name of the field."""
Told: TypeAlias = tuple[str, str]
"""Heading and text; a text without a heading stands alone."""
TEXT_MAX: Final = 400
"""Characters of one text; more is said in two."""


@attrs.frozen
class Offer:
    """Something that can be taken instead of typing."""

    text: str
    """What comes into the field."""
    about: str = ""
    """On the right: where it comes from, what it is now."""


@attrs.frozen
class Option:
    """One of the answers of a field that has few."""

    value: str
    words: str


@attrs.frozen
class Text:
    """A line to be typed."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    """Shown while nothing is typed."""
    offers: Callable[[Values], tuple[Offer, ...]] | None = None
    """What can be taken instead of typing, for what was typed so far."""
    several: bool = False
    """Offers are added, joined by `; `, and taken out again; else one takes the place of all."""
    longest: int = TEXT_MAX


@attrs.frozen
class Pick:
    """One of a few answers, moved through with left and right."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str
    lowest: int | None = None
    """With this and `highest`, digits can be typed as well."""
    highest: int = 0
    unit: str = ""
    says: Callable[[str], str] | None = None
    """The value in words; None: the words of the option."""
    slides: bool = False
    """Drawn as a bar; the options are its steps."""


Field: TypeAlias = Text | Pick


@attrs.frozen
class Judged:
    """What the values mean, or what is wrong with them."""

    means: tuple[tuple[Severity, str], ...] = ()
    wrong: str = ""
    """Why it cannot be said so; empty: it can."""
    missing: bool = False
    """Nothing is wrong yet, something has still to be typed."""
    field: str = ""
    """Where the trouble is."""


@attrs.frozen
class Form:
    """One dialog."""

    kind: str
    """Kind of the command, as the journal names it."""
    title: str
    does: str
    """What its last row does: `log this decision`."""
    fields: tuple[Field, ...]
    judge: Callable[[Values], Judged]
    command: Callable[[Values], Command]
    """Asked only for values in which nothing is wrong."""
    told: Callable[[Values], tuple[Told, ...]] = lambda _: ()
    """What is known beforehand, the most important first."""

    @property
    def values(self) -> dict[str, str]:
        """As it opens."""
        return {field.name: field.value for field in self.fields}


def needed(values: Values, name: str, what: str) -> Judged | None:
    """What is missing while a text is empty: `say what you decide`; None when it is there."""
    return None if values[name].strip() else Judged(wrong=what, missing=True, field=name)


def taken(text: str, offer: str, *, several: bool) -> str:
    """A field's text after an offer was taken: put in, added, or taken out again."""
    if not several:
        return offer
    parts = [part.strip() for part in text.split(";") if part.strip()]
    parts = [part for part in parts if part != offer] if offer in parts else [*parts, offer]
    return "; ".join(parts)


def parts_of(text: str) -> list[str]:
    """The single texts of one that holds several."""
    return [part.strip() for part in text.split(";") if part.strip()]
