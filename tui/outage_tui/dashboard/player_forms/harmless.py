"""Texts of others, made harmless: what a terminal would obey or hide becomes a visible sign.

What is said on a call comes from other people's terminals and from files. An escape sequence in it
could repaint the screen, a mark of direction could turn a text around; neither reaches a drawing.
"""

from __future__ import annotations

from operator import is_
from typing import Any, TypeVar

from outage_engine.recording.reader import printable
from outage_tui.record_fields import field_names, with_fields

Thing = TypeVar("Thing")


def harmless(thing: Thing) -> Thing:
    """The same view with every text in it on one line and printable."""
    return _harmless(thing)  # type: ignore[no-any-return]


def _harmless(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing if thing.isprintable() else printable(" ".join(thing.split()))
    if isinstance(thing, tuple):
        ones = tuple([_harmless(one) for one in thing])
        same = all(map(is_, ones, thing))
        return thing if same else ones
    changed = {}
    for name in field_names(type(thing)):
        before = getattr(thing, name)
        after = _harmless(before)
        if after is not before:
            changed[name] = after
    return with_fields(thing, changed) if changed else thing
