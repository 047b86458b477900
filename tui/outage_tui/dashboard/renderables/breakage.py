"""Faults as rows to choose from: those in force, which can be ended, and every kind there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.fault_catalogue import (
    ACTORS,
    CATALOGUE,
    LINKS,
    ZONES,
    FaultError,
    struck_actors,
    struck_links,
    zone_number,
)
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.orders import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.fault_catalogue import FaultKind
    from outage_tui.dashboard.renderables.scene import Scene

ENDS: Final = "end:"
"""How the id of a row begins that ends a fault; its number follows."""
_NAMED_MAX = 6


def fault_choices(scene: Scene | None) -> list[Choice]:
    """Faults that are ahead or active first, then the catalogue."""
    rows = []
    for fault in () if scene is None else scene.view.inputs.faults:
        if fault.state == "over" or scene is None:
            continue
        until = "ended by hand" if fault.end_ns is None else scene.clock.hms(fault.end_ns)
        about = (
            ("state", fault.state),
            ("arguments", fault.args or "none"),
            ("begins", scene.clock.hms(fault.begin_ns)),
            ("ends", until),
        )
        name = f"end fault {fault.n}: {fault.kind} of {fault.target}"
        rows.append(Choice(f"{ENDS}{fault.n}", name, fault.state, about, severity="bad"))
    return rows + [_kind_choice(kind) for kind in CATALOGUE]


def _kind_choice(kind: FaultKind) -> Choice:
    arguments = ", ".join(f"{a.name}={said(a.default)} ({a.text})" for a in kind.arguments)
    about = (
        ("does", kind.effect),
        ("strikes", struck_words(kind)),
        ("arguments", arguments or "none"),
        ("lasts", "as long as you say, or until it is ended" if kind.lasts else "no time"),
        ("as an option", f"--fault '{kind.example}'"),
    )
    return Choice(kind.id, kind.title, kind.id, about, also=kind.effect)


def struck_words(kind: FaultKind) -> str:
    """What a target of this kind is."""
    if kind.strikes == LINKS:
        return "links: A>B one way, A<>B both ways; * stands for any part of a name"
    if kind.strikes == ACTORS:
        among = "" if kind.among == "*" else f" among {kind.among}"
        return f"actors by name{among}; * stands for any part of it"
    return f"a zone: {ZONES[0]} to {ZONES[-1]}"


def target_at_first(kind: FaultKind) -> str:
    """A target that is right, to be edited: the one of the example."""
    return kind.example.partition(":")[2].partition("@")[0].partition(",")[0]


def matches(kind: FaultKind, target: str, cast: Sequence[str]) -> str:
    """Who would be struck, in words. Raises FaultError when it is nobody."""
    if kind.strikes == LINKS:
        one, other, both = struck_links(target, cast)
        ends = [len([name for name in cast if _fits(name, end)]) for end in (one, other)]
        return f"links from {ends[0]} to {ends[1]} actors, {'both ways' if both else 'one way'}"
    if kind.strikes != ACTORS:
        return f"zone {zone_number(target)}"
    struck = struck_actors(kind, target, cast)
    more = f" and {len(struck) - _NAMED_MAX} more" if len(struck) > _NAMED_MAX else ""
    actors = "actor" if len(struck) == 1 else "actors"
    return f"{len(struck)} {actors}: {', '.join(struck[:_NAMED_MAX])}{more}"


def _fits(name: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)


def said_match(kind: FaultKind, target: str, cast: Sequence[str]) -> tuple[bool, str]:
    """Whether anybody is struck, and who, or why nobody is."""
    try:
        return True, matches(kind, target, cast)
    except FaultError as error:
        return False, error.problems[0]
