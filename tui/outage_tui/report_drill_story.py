"""A drill in a few sentences, the wait that cost most, and what became of its objectives."""

import shlex
from collections.abc import Iterator

import attrs

from outage_agents.actions import act_text
from outage_agents.drills.condition import Compare, Condition, Happened, said_span
from outage_agents.drills.drill import Objective
from outage_agents.drills.journal import Mark
from outage_agents.drills.score import ObjectiveResult, Price
from outage_agents.when import format_exact
from outage_engine.clock import MINUTE, SECOND
from outage_tui.dashboard.renderables import wording
from outage_tui.report_document import Block, Bullets, Command, Paragraph, Section, Table
from outage_tui.report_drill_data import DrillData, acts
from outage_tui.report_drill_words import figure, numbered, rated
from outage_tui.text_table import shown_count

NO_BLAME = (
    "What follows is about the system, the instruments and the practice, not about who is to blame."
    " Where it is compared with the real night: that is a reconstruction from a public account,"
    " and nobody outside knows what each person on the call knew when."
)
NEARLY = 0.9
SOONER_NS = 5 * MINUTE
"""It is not worth asking what less would have brought."""
CUT_SHORT = (
    "This recording does not hold the end of the drill: it was cut short, or the drill still goes"
    " on. Everything here goes as far as the recording does; nothing is known of what came later."
)


def what_happened(data: DrillData) -> Section:
    """The drill as it went, first in the team's own names; then what it really was."""
    told = [*_setting(data), *_course(data), *_outcome(data), *_ending(data)]
    blocks: list[Block] = [Bullets(tuple(told)), Paragraph(NO_BLAME)]
    debrief = " ".join(data.drill.debrief.split())
    if debrief:
        blocks.append(Paragraph(f"Debriefing: {debrief}"))
    if data.drill.names:
        rows = tuple((shown, real) for real, shown in data.drill.names)
        blocks.append(
            Table("Names in the drill, and what they stand for", ("in the drill", "really"), rows)
        )
    return Section("drill-what-happened", "What happened", tuple(blocks))


def _setting(data: DrillData) -> Iterator[str]:
    drill, scenario = data.drill, data.run.scenario
    length = wording.duration((data.end_ns - data.begin_ns) / SECOND)
    seats = list(dict.fromkeys(entry.seat for entry in acts(data) if not entry.played))
    played = "in which nobody said anything"
    if seats:
        played = f"played from the {_plural('seat', len(seats))} {', '.join(seats)}"
    yield (
        f"{data.shown(drill.title)}: a drill of level {drill.level}, {played},"
        f" from {scenario.clock(data.begin_ns)[:5]} to {scenario.clock(data.end_ns)[:5]}"
        f" of its own clock ({length})."
    )
    yield f"The team was told: {' '.join(data.shown(drill.briefing).split())}"
    if drill.characters:
        people = ", ".join(f"{one.name} ({data.shown(one.role)})" for one in drill.characters)
        yield f"On the call, played by the program: {people}."


def _course(data: DrillData) -> Iterator[str]:
    """What came first, what was done about it."""
    alert, declared = data.first("alert"), data.first("declare")
    if alert is None:
        yield "Nobody was paged."
    else:
        yield f"The first page came at {data.clock(alert.t_ns)}: {alert.text}."
    if declared is None:
        yield "No incident was declared."
    else:
        yield f"{_first(declared.seat)} declared an incident at {data.clock(declared.t_ns)}."
    posted = data.first("post")
    if posted is None:
        yield "Customers were told nothing."
    else:
        yield f"Customers were told first at {data.clock(posted.t_ns)}."
    begun = [entry for entry in data.journal if entry.kind == "began"]
    listed = ", ".join(f"{data.shown(e.subject)} at {data.clock(e.t_ns)}" for e in begun[:8])
    more = f" and {len(begun) - 8} more" if len(begun) > 8 else ""
    yield f"Begun were: {listed}{more}." if begun else "No action was begun."


def _outcome(data: DrillData) -> Iterator[str]:
    outcome = data.score.outcome
    lost = outcome.customer_minutes
    again = {0: "There was no relapse.", 1: "There was one relapse."}.get(
        outcome.relapses, f"There were {outcome.relapses} relapses."
    )
    if lost < 1:
        yield "Customers lost nothing that was measured."
    else:
        yield (
            f"Customers lost {shown_count(lost)} customer-minutes; at worst"
            f" {wording.percent(outcome.peak_services_down_share)} of services were down. {again}"
        )
    measure = data.drill.measure
    if measure is not None and outcome.measured is not None:
        yield (
            f"What this drill is about, {data.shown(measure.title)}, added up to"
            f" {shown_count(outcome.measured)} {data.shown(measure.unit)}."
        )
    met = f"{data.score.met} of {len(data.score.objectives)} objectives were met"
    yield f"{met}."


def _ending(data: DrillData) -> Iterator[str]:
    over = data.over
    if data.left_out:
        yield f"The last {data.left_out:,} entries of its journal are left out here."
    yield CUT_SHORT if over is None else f"It was over at {data.clock(over.t_ns)}: {over.text}."


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _first(seat: str) -> str:
    return "The one player" if seat == "solo" else f"The seat {seat}"


# -- the most expensive wait ----------------------------------------------------------------------


def dearest_wait(score_prices: tuple[Price, ...]) -> Price | None:
    """The wait in which most was lost; None when nothing was.

    Waits overlap, so that one action waits for another; of some that cost nearly the same it is the
    first, for which the others waited.
    """
    most = max((one.customer_minutes for one in score_prices), default=0.0)
    if most < 1:
        return None
    return next(one for one in score_prices if one.customer_minutes >= most * NEARLY)


def expensive_wait(data: DrillData) -> Section:
    """Before which act most was lost, what could be seen meanwhile, and the waits of that night."""
    prices, worst = data.score.prices, dearest_wait(data.score.prices)
    blocks: list[Block] = [Bullets(tuple(_about_wait(worst, data)))]
    rows = tuple(
        (
            _awaited(one, data),
            data.clock(one.since_ns),
            data.shown(one.because),
            data.clock(one.t_ns),
            wording.duration(one.waited_s),
            shown_count(max(0.0, one.customer_minutes)),
        )
        for one in prices
        if one.waited_s >= 0  # a recording may end before the play begins
    )
    head = ("what was begun", "could have been", "because", "was", "waited", "customer-minutes")
    blocks.append(Table("Waits, and what was lost in each", head, rows, (4, 5)))
    blocks.append(
        Paragraph(
            "Losses overlap where the same minutes are lost for want of two actions. Each is the"
            " most that acting at once could have saved: an action takes its time too."
        )
    )
    command = None if worst is None else sooner(worst, data)
    if command is not None:
        blocks += [
            Paragraph(
                "What it would have brought to begin it a minute after it could have been, and what"
                " came after it sooner by as much, this command tells: it prints the"
                " customer-minutes lost."
            ),
            Command(command),
        ]
    blocks += _gaps(data)
    return Section("drill-wait", "The most expensive wait", tuple(blocks))


def sooner(wait: Price, data: DrillData) -> str | None:
    """The command that runs it again with an action begun when it could have been, and what was
    begun after it sooner by as much; None where there is nothing to be begun sooner."""
    scenario = data.run.scenario
    earlier_ns = wait.t_ns - wait.since_ns - MINUTE
    later = [entry for entry in scenario.script if entry.start_ns > wait.t_ns - MINUTE]
    if earlier_ns < SOONER_NS or wait.what not in [entry.id for entry in later]:
        return None
    at = format_exact(wait.since_ns, scenario.epoch_s)
    words = ["outage-tui", "fork", data.run.run.path.name, "--at", at]
    for action in dict.fromkeys(entry.id for entry in later):
        words += ["--without", action]
    for entry in later:
        moved = attrs.evolve(
            entry,
            at_ns=entry.at_ns - earlier_ns,
            begin_ns=None if entry.begin_ns is None else entry.begin_ns - earlier_ns,
            called_off_ns=None,
        )
        words += ["--act", act_text(moved, scenario)]
    return shlex.join([*words, "--headless", "--no-record"])


def _gaps(data: DrillData) -> Iterator[Table]:
    """How long the play took for what took long that night."""
    rows = []
    for gap in data.score.outcome.gaps:
        open_end = "" if gap.until_ns is not None else "; it had not ended"
        length = f"{gap.minutes:.0f} min{open_end}"
        night = f"{gap.history_min} min"
        rows.append((data.shown(gap.title), data.clock(gap.since_ns), length, night))
    if rows:
        head = ("wait", "from", "in this play", "that night")
        yield Table("The waits of that night which this play contains", head, tuple(rows), (3,))


def _awaited(price: Price, data: DrillData) -> str:
    return "nothing; the end" if price.what == "the end" else data.shown(price.what)


def _span_of(wait: Price, data: DrillData) -> str:
    until = "the end came" if wait.what == "the end" else f"{data.shown(wait.what)} was begun"
    return (
        f"from {data.clock(wait.since_ns)} ({data.shown(wait.because) or 'the last action'}) until"
        f" {until} at {data.clock(wait.t_ns)}: {shown_count(wait.customer_minutes)}"
        f" customer-minutes in {wording.duration(wait.waited_s)}"
    )


def _about_wait(worst: Price | None, data: DrillData) -> Iterator[str]:
    if worst is None:
        yield "No wait cost customers anything that was measured."
        return
    since_ns = worst.since_ns
    yield f"Most was lost {_span_of(worst, data)}."
    before = [one for one in data.score.prices if one.what != "the end"]
    second = dearest_wait(tuple(before)) if worst.what == "the end" else None
    if second is not None:
        yield f"Of the waits before an action the dearest lasted {_span_of(second, data)}."
    yield f"When it began: {data.failing(since_ns)}. When it ended: {data.failing(worst.t_ns)}."
    inside = [e for e in data.journal if since_ns <= e.t_ns < worst.t_ns]
    for kind, words in (("alert", "The first page in it"), ("guess", "The first guess in it")):
        first = next((e for e in inside if e.kind == kind), None)
        if first is not None:
            yield f"{words}: {first.text}, {data.clock(first.t_ns)} ({numbered(first)})."
    under_way = [
        f"{data.shown(e.subject)} (until {data.clock(e.t_ns)})"
        for e in inside
        if e.kind == "result" and e.t_ns > since_ns
    ]
    if under_way:
        yield f"Under way in it: {', '.join(under_way)}."
    commands = [e for e in acts(data) if since_ns <= e.t_ns < worst.t_ns]
    yield (
        f"Meanwhile the team said {len(commands)} {_plural('thing', len(commands))}; the timeline"
        " below has them all."
        if commands
        else "Meanwhile the team said nothing."
    )


# -- objectives -----------------------------------------------------------------------------------


def objectives(data: DrillData, *, for_players: bool) -> Section:
    """Every objective, how it came out, and by what that is known."""
    results = {one.id: one for one in data.score.objectives}
    head = ["objective", "panel", "rating", "evidence"]
    marks = {one.id: _marked(one.id, data) for one in data.drill.objectives}
    with_marks = not for_players and any(marks.values())
    if with_marks:
        head.append("evaluators")
    rows = []
    for one in data.drill.objectives:
        result = results.get(one.id)
        if result is None:
            continue
        row = [
            data.shown(one.title),
            one.panel,
            rating_of(one, result, is_over=data.over is not None),
            "; ".join(_evidence(one, result, data)) or "nothing happened",
        ]
        rows.append(tuple([*row, marks[one.id]] if with_marks else row))
    words = Paragraph(
        "Each objective is judged by the run and the journal alone, by the rule in the drill's"
        " file. Numbers with # are entries of the journal."
    )
    table = Table("Objectives", tuple(head), tuple(rows))
    return Section("drill-objectives", "Objectives", (words, table))


def rating_of(objective: Objective, result: ObjectiveResult, *, is_over: bool) -> str:
    """Met, late, missed, or open where the end is not known; with when."""
    after = "" if result.after_s is None else f" after {wording.duration(result.after_s)}"
    limit = "" if objective.within_s is None else f", asked within {said_span(objective.within_s)}"
    if result.met:
        so_far = "" if is_over else " so far"
        return f"Met{after}{limit}" if objective.met is not None else f"Met: never happened{so_far}"
    if objective.never is not None and result.after_s is not None:
        return f"Missed{after}"
    if result.after_s is not None:
        return f"Late:{after}{limit}"
    return f"Missed{limit}" if is_over else f"Open{limit}"


def _evidence(objective: Objective, result: ObjectiveResult, data: DrillData) -> Iterator[str]:
    at_ns = data.end_ns if result.after_s is None else data.begin_ns + result.after_s * SECOND
    for condition in (objective.met, objective.never):
        if condition is not None:
            yield from _proofs(condition, at_ns, data)


def _proofs(condition: Condition, at_ns: int, data: DrillData) -> Iterator[str]:
    """What the terms of a condition were when it was decided."""
    for leaf in condition.leaves():
        if isinstance(leaf, Compare):
            value = data.facts(at_ns).value(leaf.name)
            told = "not measured" if value is None else figure(value)
            yield f"{data.shown(leaf.name)} was {told} at {data.clock(at_ns)}"
        elif isinstance(leaf, Happened):
            yield _happened(leaf, data)


def _happened(leaf: Happened, data: DrillData) -> str:
    kinds = {"said": (leaf.name, None), "alert": ("alert", leaf.name), "inject": ("message", None)}
    kind, subject = kinds.get(leaf.kind, ("", None))
    if leaf.kind == "inject":
        subject = leaf.name
    if leaf.kind == "action":
        kind = "began" if leaf.result in ("", "begun") else "result"
        subject = leaf.name
    entry = data.first(kind, subject) if kind else None
    what = data.shown(f"{leaf.name} {leaf.result}".strip())
    if leaf.kind == "milestone":
        t_ns = dict(data.play.truth.milestones).get(leaf.name)
        return f"{what}: {'never' if t_ns is None else data.clock(t_ns)}"
    if entry is None:
        return f"{what}: never"
    return f"{what}: {numbered(entry)}, {data.clock(entry.t_ns)}"


def _marked(name: str, data: DrillData) -> str:
    marks = [e for e in data.journal if isinstance(e.command, Mark) and e.command.about == name]
    told = []
    for entry in marks:
        assert isinstance(entry.command, Mark)
        told.append(f"{rated(entry.command.rating)} {entry.command.text}".strip())
    return "; ".join(told)
