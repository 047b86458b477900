"""Injects: the master scenario events list of a drill, and its table form.

A list as exercises have it: number, when (a time or a condition), from, to, method, text, expected
response. The facilitator may fire one early, skip it, change its text or put it off. It goes by
virtual time, so what falls due while the drill is frozen comes when it goes on, whatever the wall
clock says. As CSV the list can be edited in a spreadsheet and read back.
"""

import csv
import io
import re
from collections.abc import Sequence

import attrs

from outage_agents.drills.condition import (
    Condition,
    ConditionError,
    Facts,
    Watch,
    said_span,
    span_s,
)
from outage_agents.drills.drill import Inject
from outage_agents.scenario_source import BYTE_ORDER_MARK, InputError
from outage_engine.clock import SECOND

COLUMNS = ("n", "at", "when", "from", "to", "method", "text", "expected", "fault", "change")


@attrs.frozen
class InjectState:
    """An inject as the facilitator sees it."""

    inject: Inject
    state: str
    """ahead, fired, skipped."""
    edited: bool
    fired_ns: int | None
    put_off_s: int = 0


@attrs.define(eq=False)
class _Item:
    inject: Inject
    watch: Watch | None
    state: str = "ahead"
    edited: bool = False
    fired_ns: int | None = None
    wanted: bool = False
    """The facilitator fires it at the next moment that runs."""
    put_off_s: int = 0
    not_before_s: int = 0
    """Of one that waits for a condition: put off, it comes from here on."""


class InjectList:
    """The list during a drill."""

    def __init__(self, injects: tuple[Inject, ...]) -> None:
        self._items = [
            _Item(one, None if one.when is None else Watch(one.when))
            for one in sorted(injects, key=lambda one: one.n)
        ]

    def due(self, facts: Facts) -> list[Inject]:
        """Those that come now; each comes once."""
        fired: list[Inject] = []
        for item in self._items:
            holds = item.watch is not None and item.watch.holds(facts)
            if item.state != "ahead":
                continue
            at_s = item.inject.at_s
            due_s = item.not_before_s if at_s is None else at_s + item.put_off_s
            late = facts.since_begin_ns >= due_s * SECOND
            if item.wanted or (late and (at_s is not None or holds)):
                item.state, item.fired_ns = "fired", facts.t_ns
                fired.append(item.inject)
        return fired

    def fire(self, n: int) -> bool:
        """Have one come at the next moment; False when it is not ahead."""
        item = self._ahead(n)
        if item is not None:
            item.wanted = True
        return item is not None

    def skip(self, n: int) -> bool:
        """Leave one out; False when it is not ahead."""
        item = self._ahead(n)
        if item is not None:
            item.state = "skipped"
        return item is not None

    def edit(self, n: int, text: str) -> bool:
        """Give one another text; False when it is not ahead."""
        item = self._ahead(n)
        if item is not None:
            item.inject, item.edited = attrs.evolve(item.inject, text=text), True
        return item is not None

    def put_off(self, n: int, seconds: int, since_begin_s: int) -> bool:
        """Let one come so much later, one that waits for a condition not before so much after now;
        False when it is not ahead."""
        item = self._ahead(n)
        if item is not None:
            item.put_off_s += seconds
            item.not_before_s = max(item.not_before_s, since_begin_s) + seconds
        return item is not None

    def fired(self, name: str) -> bool:
        """Whether the one with this number has come."""
        return any(str(i.inject.n) == name and i.state == "fired" for i in self._items)

    def states(self) -> tuple[InjectState, ...]:
        """The whole list."""
        return tuple(
            InjectState(i.inject, i.state, i.edited, i.fired_ns, i.put_off_s) for i in self._items
        )

    def _ahead(self, n: int) -> _Item | None:
        return next((i for i in self._items if i.inject.n == n and i.state == "ahead"), None)


def injects_csv(injects: Sequence[Inject]) -> str:
    """The list as CSV with a heading."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in injects:
        at = "" if one.at_s is None else said_span(one.at_s)
        when = "" if one.when is None else one.when.text
        row = (one.n, at, when, one.from_, one.to, one.method, one.text, one.expected)
        writer.writerow((*row, one.fault, one.change))
    return out.getvalue()


def injects_of_csv(label: str, text: str) -> tuple[Inject, ...]:
    """The list from CSV. Raises InputError with every problem, each with its line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)), strict=True)
    try:
        heading = reader.fieldnames or ()
    except csv.Error as broken:
        raise InputError([f"{label}:1: not CSV: {broken}"]) from broken
    missing = [name for name in COLUMNS[:8] if name not in heading]
    if missing:
        raise InputError([f"{label}:1: lacks the columns {', '.join(missing)}{_hint(heading)}"])
    problems: list[str] = []
    found: list[Inject] = []
    try:
        for row in reader:
            try:
                found.append(_inject_of({key: row.get(key) or "" for key in COLUMNS}))
            except (ConditionError, ValueError) as wrong:
                problems.append(f"{label}:{reader.line_num}: {wrong}")
    except csv.Error as broken:
        problems.append(f"{label}:{reader.line_num}: not CSV: {broken}")
    if problems:
        raise InputError(problems)
    return tuple(found)


def _hint(heading: Sequence[str]) -> str:
    """What a spreadsheet may have done; empty when it looks like something else."""
    found = [mark for mark in (";", "\t") if len(heading) == 1 and mark in heading[0]]
    return f"; it has {found[0]!r} between them: save it with commas" if found else ""


def _inject_of(row: dict[str, str]) -> Inject:
    if bool(row["at"]) == bool(row["when"]):
        raise ValueError("give at or when, one of them")
    if not re.fullmatch(r"[0-9]{1,9}", row["n"].strip()):
        raise ValueError(f"n: {row['n']!r} is not a whole number")
    return Inject(
        n=int(row["n"]),
        at_s=span_s(row["at"]) if row["at"] else None,
        when=Condition.parse(row["when"]) if row["when"] else None,
        from_=row["from"],
        to=row["to"] or "all",
        method=row["method"] or "chat",
        text=row["text"],
        expected=row["expected"],
        fault=row["fault"],
        change=row["change"],
    )
