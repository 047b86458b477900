"""The timeline of a report: what was true, what could be seen, what was done, minute by minute.

True is what the simulation knows and nobody on the call did: milestones, from when to when each
thing failed, zones out of DNS, broken laws. Seen is the narration; lines that say the same of one
part after another are drawn together. Done is what came from outside: actions, faults, changed
parameters, and the markers somebody set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from outage_agents.causes import mechanism
from outage_agents.timeline import reference_milestones
from outage_agents.when import format_t
from outage_engine.clock import MINUTE
from outage_engine.recording.playback import NarrationLine
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import ReportData
from outage_tui.report_document import Entry, Lane, Lanes, Moment
from outage_tui.report_story import title_of

LIKE_MIN = 10
"""Lines that say the same of several parts within this long are drawn together, minutes."""
NAMED_MAX = 6
"""As many parts are named."""
MOMENTS_MAX = 600
"""A longer timeline is cut: nobody reads it, and a hostile recording may have millions."""


def lanes(data: ReportData, more: Sequence[Lane] = ()) -> Lanes:
    """The timeline of a run. `more`: further lanes, or entries for one of the same title."""
    own = (
        Lane("What was true", tuple(what_was_true(data))),
        Lane("What could be seen", tuple(seen(data.narration, data.titles))),
        Lane("What was done", tuple(_done(data))),
    )
    merged: dict[str, tuple[Entry, ...]] = {}
    for lane in (*own, *more):
        merged[lane.title] = merged.get(lane.title, ()) + lane.entries
    return arranged(data, [Lane(title, entries) for title, entries in merged.items()])


def arranged(
    data: ReportData, parts: Sequence[Lane], label: Callable[[int], str] | None = None
) -> Lanes:
    """Lanes beside each other, one row for each minute in which any has something.

    `label` names a moment; else it is told by the clock and from T0.
    """
    minutes: dict[int, list[list[Entry]]] = {}
    for place, lane in enumerate(parts):
        for entry in sorted(lane.entries, key=lambda entry: entry.t_ns):
            cells = minutes.setdefault(entry.t_ns // MINUTE, [[] for _ in parts])
            cells[place].append(entry)
    kept = sorted(minutes)[:MOMENTS_MAX]
    moments = tuple(
        Moment(
            _label(data, minute * MINUTE) if label is None else label(minute * MINUTE),
            tuple(tuple(cell) for cell in minutes[minute]),
        )
        for minute in kept
    )
    left = len(minutes) - len(kept)
    cut = f" The first {len(kept)} minutes; {left} more are left out." if left else ""
    words = "Minute by minute; minutes in which nothing changed are left out."
    return Lanes(words + cut, tuple(lane.title for lane in parts), moments)


def _label(data: ReportData, t_ns: int) -> str:
    return f"{data.scenario.clock(t_ns)[:5]} {format_t(t_ns, data.scenario.epoch_s)}"


# -- what was true --------------------------------------------------------------------------------


def what_was_true(data: ReportData) -> Iterator[Entry]:
    """Milestones, what failed from when to when, failovers, and laws that were broken."""
    epoch_ns = data.scenario.epoch_ns
    view = data.view
    for event in reference_milestones():
        here = data.run.milestones.get(event.id)
        if here is not None and event.kind != "action":
            t_ns = epoch_ns + round(here * MINUTE)
            yield Entry(t_ns, f"Milestone: {wording.milestone_name(event.id)}")
    yield from _failing(data)
    for failover in data.failovers:
        level = "warning" if failover.change.endswith("out") else "good"
        text = f"{failover.place}: {failover.change} ({failover.cause})"
        yield Entry(failover.t_ns, text, level)
    for law in () if view is None else view.checkers:
        if law.first_violation_ns is not None:
            yield Entry(law.first_violation_ns, f"Law broken: {wording.law(law.name)}", "warning")


def _failing(data: ReportData) -> Iterator[Entry]:
    """What begins and ends to fail; all of one minute in one entry."""
    begins: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for name, windows in data.windows.items():
        for window in windows:
            begins.setdefault(window.start_ns, []).append(name)
            if window.end_ns is not None:
                ends.setdefault(window.end_ns, []).append(name)
    for t_ns, names in begins.items():
        yield Entry(t_ns, f"Failing: {', '.join(names)}", "error")
    for t_ns, names in ends.items():
        yield Entry(t_ns, f"Well again: {', '.join(names)}", "good")


# -- what could be seen ---------------------------------------------------------------------------


@attrs.define
class _Alike:
    """Lines that say the same."""

    first: NarrationLine
    others: list[str] = attrs.field(factory=list)
    """Who told it after the first."""


def seen(narration: Iterable[NarrationLine], titles: Mapping[str, str]) -> Iterator[Entry]:
    """The narration without what operators did, alike lines drawn together.

    `titles`: services' names as people know them, by row.
    """
    latest: dict[str, _Alike] = {}
    groups: list[_Alike] = []
    for line in narration:
        if line.about.startswith(("action.", "fault.", "change.", "law.")):
            continue
        known = mechanism(line.about)
        key = known.topic if known is not None and "*" in known.topic else ""
        group = latest.get(key)
        if key and group is not None and line.t_ns - group.first.t_ns <= LIKE_MIN * MINUTE:
            group.others.append(line.component)
            continue
        latest[key] = group = _Alike(line)
        groups.append(group)
    return (_entry(group, titles) for group in groups)


def _entry(group: _Alike, titles: Mapping[str, str]) -> Entry:
    line = group.first
    first, *others = dict.fromkeys(
        titles.get(one.removeprefix("service-"), one) for one in (line.component, *group.others)
    )
    text = line.text if line.text.startswith(first) else f"{first}: {line.text}"
    if others:
        named = ", ".join(others[:NAMED_MAX])
        more = len(others) - NAMED_MAX
        text += f"; likewise {named}{f' and {more} more' if more > 0 else ''}"
    return Entry(line.t_ns, text, line.level)


# -- what was done --------------------------------------------------------------------------------


def _done(data: ReportData) -> Iterator[Entry]:
    epoch_ns, end_ns = data.scenario.epoch_ns, data.run.end_ns
    for priced in data.actions:
        action = priced.action
        t_ns = epoch_ns + round(action.t_min * MINUTE)
        level = "info" if action.result == "done" else "warning"
        yield Entry(t_ns, f"{action.id}: {title_of(action.id)} ({action.result})", level)
    for fault in data.scenario.faults:
        if fault.at_ns <= end_ns:
            yield Entry(fault.at_ns, f"Fault begins: {fault.kind} of {fault.target}", "error")
        if fault.end_ns is not None and fault.end_ns <= end_ns:
            yield Entry(fault.end_ns, f"Fault ends: {fault.kind} of {fault.target}", "good")
    for change in data.scenario.changes:
        if change.at_ns <= end_ns:
            yield Entry(change.at_ns, f"Changed: {change.path} = {change.value}")
    for marker in data.markers:
        yield Entry(marker.t_ns, f"Marker: {marker.name}")
