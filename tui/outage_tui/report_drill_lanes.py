"""The timeline of a drill: what was true | what the team could see | what it did and said.

True is what the simulation knew and nobody on the call did. What could be seen is what reached the
team: pages, messages, answers, reports of actions, and the panels, told of again whenever a reading
has moved by a third of its range in the whole drill, or went stale. Said and done is the journal.
The same is drawn once more over one axis of time, with the curve that mattered most to customers.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from outage_agents.drills.drill import LOOK_ON, Sensor
from outage_agents.drills.journal import Begin, Entry, Mark
from outage_engine.clock import MINUTE
from outage_tui.report_data import ReportData
from outage_tui.report_document import (
    Curve,
    Lane,
    Lanes,
    Paragraph,
    Section,
    Sign,
    Span,
    Strip,
    Strips,
)
from outage_tui.report_document import Entry as Item
from outage_tui.report_drill_data import ERRORS, DrillData, Seen, stretches_stale
from outage_tui.report_drill_words import act_words, numbered
from outage_tui.report_lanes import arranged, what_was_true
from outage_tui.report_plots import round_top, ticks_between

TITLES: Final = ("What was true", "What the team could see", "What it did and said")
MOVED_SHARE: Final = 0.3
"""A panel is told of again when it moved by so much of its whole range."""
TOLD: Final = {
    "alert": "error",
    "escalation": "error",
    "clear": "good",
    "message": "info",
    "answer": "info",
    "guess": "info",
    "nag": "warning",
    "result": "info",
    "task": "info",
    "probe": "info",
    "hint": "info",
    "hand_over": "info",
    "over": "info",
}
"""Entries that tell the team something, and how grave they are."""
REFUSED: Final = ("refused", "forbidden")
LETTERS: Final = {
    "declare": "D",
    "decide": "!",
    "wait": "W",
    "hypothesis": "H",
    "post": "U",
    "all_clear": "C",
    "hand_over": "O",
    "ask_hint": "?",
}
"""Signs of acts in the picture; actions are bars."""
SIGNS_IN_WORDS: Final = (
    "A a page, D an incident is declared, ! a decision, W to wait, H a hypothesis, U an update to"
    " customers, C the all-clear, O the command is handed over, ? a hint; bars are actions until"
    " done."
)


def timeline(data: DrillData, *, for_players: bool) -> Section:
    """The three lanes, as a picture and as a table."""
    return Section(
        "drill-timeline",
        "Timeline: true, seen, done",
        (
            Paragraph(
                "The picture and the table tell the same. Compare the first two lanes: between them"
                " lies what the instruments did not show, or showed late."
            ),
            picture(data),
            lanes(data, for_players=for_players),
        ),
    )


def lanes(data: DrillData, *, for_players: bool) -> Lanes:
    """The three lanes, one row for each minute in which anything changed."""
    parts = (
        Lane(TITLES[0], tuple(_true(data))),
        Lane(TITLES[1], tuple(_seen(data))),
        Lane(TITLES[2], tuple(_done(data, for_players=for_players))),
    )
    return arranged(data.run, parts, data.clock)


# -- what was true --------------------------------------------------------------------------------


def _true(data: DrillData) -> Iterator[Item]:
    for item in what_was_true(data.run):
        if data.begin_ns <= item.t_ns <= data.end_ns:
            yield attrs.evolve(item, text=data.shown(item.text))
    before = _before(data.run, data.begin_ns)
    if before:
        yield Item(data.begin_ns, data.shown(f"When the team took over: {before}"))
    for change in (*_faults(data), *_changes(data)):
        if data.begin_ns <= change.t_ns <= data.end_ns:
            yield change
    for sensor in data.drill.sensors:
        if not sensor.rate:
            yield from _moves(sensor, _truth_of(sensor, data), data, "")
    for entry in data.journal:
        if entry.seat == "facilitator" and not isinstance(entry.command, Mark | None):
            yield Item(entry.t_ns, f"The {act_words(entry, data)} {numbered(entry)}")


def _before(run: ReportData, begin_ns: int) -> str:
    """What still failed when the team came."""
    names = [
        name
        for name, windows in run.windows.items()
        if any(
            one.start_ns < begin_ns and (one.end_ns is None or one.end_ns > begin_ns)
            for one in windows
        )
    ]
    return f"failing already: {', '.join(names)}" if names else ""


def _faults(data: DrillData) -> Iterator[Item]:
    for fault in data.run.scenario.faults:
        what = data.shown(f"{fault.kind} of {fault.target}")
        yield Item(fault.at_ns, f"Fault begins: {what}", "error")
        if fault.end_ns is not None:
            yield Item(fault.end_ns, f"Fault ends: {what}", "good")


def _changes(data: DrillData) -> Iterator[Item]:
    for change in data.run.scenario.changes:
        yield Item(change.at_ns, data.shown(f"Changed: {change.path} = {change.value}"))


def _truth_of(sensor: Sensor, data: DrillData) -> list[tuple[int, float]]:
    found = []
    for truth in data.play.truth.between(data.begin_ns, data.end_ns):
        value = truth.value(sensor.metric)
        if value is not None and truth.t_ns % MINUTE == 0:
            found.append((truth.t_ns, value * sensor.scale))
    return found


def _moves(
    sensor: Sensor, values: Sequence[tuple[int, float]], data: DrillData, ending: str
) -> Iterator[Item]:
    """Where values have moved by so much of their range since they were told of."""
    if not values:
        return
    numbers = [value for _, value in values]
    step = MOVED_SHARE * (max(numbers) - min(numbers))
    last = None
    for t_ns, value in values:
        if last is None or (step > 0 and abs(value - last) >= step):
            shown = data.shown_value(sensor, value)
            before = "" if last is None else f" (was {data.shown_value(sensor, last)})"
            yield Item(t_ns, f"{data.shown(sensor.title)}: {shown}{before}{ending}")
            last = value


# -- what could be seen ---------------------------------------------------------------------------


def _seen(data: DrillData) -> Iterator[Item]:
    for entry in data.journal:
        if entry.kind in TOLD and entry.command is None:
            level = TOLD[entry.kind]
            if entry.kind == "result" and ": done" not in entry.text:
                level = "warning"
            yield Item(entry.t_ns, f"{entry.text} {numbered(entry)}", level)
    for sensor in data.drill.sensors:
        looks = data.seen[sensor.id]
        values = [(look.t_ns, look.value) for look in looks if look.value is not None]
        yield from _moves(sensor, values, data, " on the panel")
        yield from _stale(sensor, looks, data)


def _stale(sensor: Sensor, looks: Sequence[Seen], data: DrillData) -> Iterator[Item]:
    last_ns = looks[-1].t_ns if looks else 0
    for first_ns, until_ns in stretches_stale(looks):
        title = data.shown(sensor.title)
        yield Item(first_ns, f"{title}: the panel shows nothing new", "warning")
        if until_ns < last_ns:
            yield Item(until_ns + 1, f"{title}: the panel reads again", "good")


# -- what was done and said -----------------------------------------------------------------------


def _done(data: DrillData, *, for_players: bool) -> Iterator[Item]:
    kinds = {entry.n: entry.kind for entry in data.journal}
    for entry in data.journal:
        if entry.kind == "began" and entry.command is None:
            yield Item(entry.t_ns, f"{entry.text} {numbered(entry)}", "good")
        elif entry.kind in REFUSED and entry.command is None:
            yield Item(entry.t_ns, f"Not possible: {entry.text} {numbered(entry)}", "warning")
        elif entry.command is not None and entry.seat != "facilitator":
            if isinstance(entry.command, Begin) and kinds.get(entry.n + 1) == "began":
                continue
            if not (for_players and entry.seat == "evaluator"):
                yield Item(entry.t_ns, f"{act_words(entry, data)} {numbered(entry)}")


# -- the picture ----------------------------------------------------------------------------------


def picture(data: DrillData) -> Strips:
    """The three lanes over one axis of time."""
    run = data.run
    start, end = run.scenario.t_min(data.begin_ns), run.scenario.t_min(data.end_ns)
    end = max(end, start + 1)
    sensor = _main_sensor(data)
    strips = [_strip_true(sensor, data), _strip_seen(sensor, data), _strip_done(data)]
    return Strips(
        id="drill-lanes",
        title="What was true, what the team could see, what it did",
        text=(
            f"{data.shown(sensor.title) if sensor else 'No panel'}, as it was and as the panel"
            f" showed it; below, {SIGNS_IN_WORDS} The table has all of it in words."
        ),
        strips=tuple(strips),
        start_min=start,
        end_min=end,
        ticks=ticks_between(run, start, end),
    )


def _main_sensor(data: DrillData) -> Sensor | None:
    """The panel of what the drill is about, else of what customers feel."""
    sensors = data.drill.sensors
    measured = "" if data.drill.measure is None else data.drill.measure.metric
    for wanted in (measured, ERRORS):
        for one in sensors:
            if one.metric == wanted:
                return one
    return next(iter(sensors), None)


def _t_min(data: DrillData, t_ns: int) -> float:
    return data.run.scenario.t_min(t_ns)


def _strip_true(sensor: Sensor | None, data: DrillData) -> Strip:
    values = [] if sensor is None else _truth_of(sensor, data)
    faults = tuple(
        Span(
            _t_min(data, max(fault.at_ns, data.begin_ns)),
            _t_min(data, min(fault.end_ns or data.end_ns, data.end_ns)),
            data.shown(f"fault: {fault.kind}"),
            "bad",
        )
        for fault in data.run.scenario.faults
        if fault.at_ns <= data.end_ns and (fault.end_ns or data.end_ns) > data.begin_ns
    )
    return _strip(TITLES[0], sensor, values, data, faults)


def _strip_seen(sensor: Sensor | None, data: DrillData) -> Strip:
    looks = () if sensor is None else data.seen[sensor.id]
    values = [
        (look.t_ns, look.value)
        for look in looks
        if look.value is not None and look.t_ns % MINUTE == 0
    ]
    stale = tuple(
        Span(
            _t_min(data, first),
            _t_min(data, last),
            f"nothing new: {data.shown(one.title)}",
            "stale",
        )
        for one in data.drill.sensors
        for first, last in stretches_stale(data.seen[one.id])
        if last > first
    )
    pages = tuple(
        Sign(_t_min(data, entry.t_ns), "A", entry.text)
        for entry in data.journal
        if entry.kind in ("alert", "escalation")
    )
    return attrs.evolve(_strip(TITLES[1], sensor, values, data, stale), signs=pages)


def _strip(
    title: str,
    sensor: Sensor | None,
    values: Sequence[tuple[int, float]],
    data: DrillData,
    spans: tuple[Span, ...],
) -> Strip:
    if sensor is None or len(values) < 2:
        return Strip(title, spans=spans)
    name = data.shown(sensor.title)
    curve = Curve(
        name, tuple(_t_min(data, t) for t, _ in values), tuple(value for _, value in values)
    )
    known = [value for _, value in _truth_of(sensor, data)] or [0.0]
    top = round_top(max(*known, max(curve.values)), whole=False)
    return Strip(title, curve, top, data.shown_value(sensor, top), spans)


def _strip_done(data: DrillData) -> Strip:
    signs = tuple(
        Sign(_t_min(data, entry.t_ns), LETTERS[entry.kind], act_words(entry, data))
        for entry in data.journal
        if entry.command is not None and entry.kind in LETTERS and entry.seat not in LOOK_ON
    )
    spans = tuple(_work(entry, data) for entry in data.journal if entry.kind == "began")
    return Strip(TITLES[2], spans=spans, signs=signs)


def _work(entry: Entry, data: DrillData) -> Span:
    done = next(
        (
            one.t_ns
            for one in data.journal
            if one.kind == "result" and one.subject == entry.subject and one.t_ns >= entry.t_ns
        ),
        data.end_ns,
    )
    name = data.shown(entry.subject)
    return Span(_t_min(data, entry.t_ns), _t_min(data, done), name, "work")
