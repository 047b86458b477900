"""Texts of others, made harmless: what a terminal would obey or hide becomes a visible sign.

What is said on a call comes from other people's terminals and from files. An escape sequence in it
could repaint the screen, a mark of direction could turn a text around; neither reaches a drawing.
"""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from outage_engine.recording.reader import printable

Thing = TypeVar("Thing")


def harmless(thing: Thing) -> Thing:
    """The same view with every text in it on one line and printable."""
    return _harmless(thing)  # type: ignore[no-any-return]


def _harmless(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing if thing.isprintable() else printable(" ".join(thing.split()))
    if isinstance(thing, tuple):
        ones = tuple(_harmless(one) for one in thing)
        same = all(one is before for one, before in zip(ones, thing, strict=True))
        return thing if same else ones
    if attrs.has(type(thing)):
        before = {field.name: getattr(thing, field.name) for field in attrs.fields(type(thing))}
        after = {name: _harmless(value) for name, value in before.items()}
        changed = {name: value for name, value in after.items() if value is not before[name]}
        return attrs.evolve(thing, **changed) if changed else thing
    return thing
