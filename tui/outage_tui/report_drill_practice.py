"""Sections about the practice: conduct, hints, the master list, and what to do better."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

import attrs

from outage_agents.drills.condition import said_span
from outage_agents.drills.drill import Inject
from outage_agents.drills.drill_file import shipped_drills
from outage_agents.drills.journal import EditInject, Entry, PutOffInject, SkipInject
from outage_agents.drills.score import VERIFY_WITHIN_MIN
from outage_engine.clock import MINUTE, SECOND
from outage_tui.dashboard.renderables import wording
from outage_tui.drill_codes import openable_seats
from outage_tui.report_document import Block, Paragraph, Section, Table
from outage_tui.report_drill_data import DrillData, acts
from outage_tui.report_drill_story import dearest_wait
from outage_tui.report_drill_words import act_words, numbered
from outage_tui.text_table import shown_count

FOLLOWED_MIN: Final = 10
"""What the team did within so long after an event of the list counts as its response."""
ACTS_MAX: Final = 6
WORTH_SHARE: Final = 0.2
"""A wait that cost less of all is no finding."""
COIN: Final = 0.25
"""The Brier score of tossing a coin."""


# -- conduct --------------------------------------------------------------------------------------


def conduct(data: DrillData) -> Section:
    """How the incident was commanded, in figures."""
    told = data.score.conduct
    verified = "no action had an effect to look at"
    if told.verified_share is not None:
        verified = (
            f"{wording.percent(told.verified_share)} of the actions that were done, within"
            f" {VERIFY_WITHIN_MIN} min"
        )
    rows = [
        ("an incident was declared", _after(told.declared_after_s)),
        ("customers were told first", _after(told.first_post_after_s)),
        ("updates", f"{told.posts}, {told.posts_late} times the next one came late or never"),
        (
            "actions",
            f"{told.actions}; {told.needless} refused or not needed; {told.decoys} that touch"
            " nothing in the Region",
        ),
        ("effects were looked at", verified),
        ("the all-clear", _clear(data)),
        ("failover", "left off at the end" if told.failover_left_off else "not left off"),
        ("hints", f"cost {told.hint_min} min" if told.hint_min else "none taken"),
    ]
    table = Table("Conduct", ("what", "how"), tuple((a, data.shown(b)) for a, b in rows))
    return Section("drill-conduct", "Conduct", (table,))


def _after(seconds: int | None) -> str:
    return "never" if seconds is None else f"after {wording.duration(seconds)}"


def _clear(data: DrillData) -> str:
    if data.first("all_clear") is None:
        return "was not given"
    early = data.score.conduct.all_clear_too_early
    return "was given too early" if early else "was given, and not too early"


def hints(data: DrillData) -> Section:
    """Hints that were taken."""
    rows = []
    for entry in data.journal:
        if entry.kind == "hint" and entry.command is None:
            place = int(entry.subject) if entry.subject.isdecimal() else 0
            known = 0 < place <= len(data.drill.hints)
            cost = data.drill.hints[place - 1].cost_min if known else 0
            rows.append((f"{data.clock(entry.t_ns)} {numbered(entry)}", entry.text, f"{cost} min"))
    if not rows:
        words = Paragraph(f"None of the {len(data.drill.hints)} hints was taken.")
        return Section("drill-hints", "Hints", (words,))
    table = Table("Hints that were taken", ("at", "hint", "cost"), tuple(rows), (2,))
    return Section("drill-hints", "Hints", (table,))


# -- the master list ------------------------------------------------------------------------------


def injects(data: DrillData) -> Section:
    """Events of the master list: the response that was expected beside what followed."""
    rows = tuple(_inject_row(one, data) for one in data.drill.injects)
    if not rows:
        return Section(
            "drill-injects", "Events of the master list", (Paragraph("The list is empty."),)
        )
    words = Paragraph(
        f"What followed is what the team did and said within {FOLLOWED_MIN} minutes; whether it"
        " was because of the event only the team knows."
    )
    head = ("event", "due", "came", "from", "text", "expected", "what followed")
    return Section(
        "drill-injects", "Events of the master list", (words, Table("Events", head, rows))
    )


def _inject_row(inject: Inject, data: DrillData) -> tuple[str, ...]:
    due = f"at {said_span(inject.at_s or 0)}"
    if inject.when is not None:
        due = f"when {inject.when.text}"
    came = data.first("message", str(inject.n))
    touched = _touched(inject.n, data)
    if came is None:
        when, followed = touched or "did not come", ""
    else:
        when = f"{data.clock(came.t_ns)} {numbered(came)}"
        when += f" ({touched})" if touched else ""
        followed = _followed(came, data)
    breaks = inject.fault or inject.change
    text = inject.text + (f" [{breaks}]" if breaks else "")
    return (
        f"{inject.n}",
        data.shown(due),
        when,
        data.shown(inject.from_),
        data.shown(text),
        data.shown(inject.expected) or "not written down",
        followed,
    )


def _touched(n: int, data: DrillData) -> str:
    """What the facilitator did to an event of the list."""
    told = []
    for entry in data.journal:
        command = entry.command
        if isinstance(command, SkipInject) and command.n == n:
            told.append("left out by the facilitator")
        elif isinstance(command, EditInject) and command.n == n:
            told.append(f"rewritten: {command.text}")
        elif isinstance(command, PutOffInject) and command.n == n:
            told.append(f"put off by {command.minutes:g} min")
    return "; ".join(told)


def _followed(came: Entry, data: DrillData) -> str:
    until_ns = came.t_ns + FOLLOWED_MIN * MINUTE
    found = [e for e in acts(data) if e.n > came.n and e.t_ns <= until_ns]
    words = [
        f"{act_words(entry, data)} (after {wording.duration((entry.t_ns - came.t_ns) / SECOND)})"
        for entry in found[:ACTS_MAX]
    ]
    if len(found) > ACTS_MAX:
        words.append(f"and {len(found) - ACTS_MAX} more")
    return "; ".join(words) or "nothing"


# -- what to do better ----------------------------------------------------------------------------


@attrs.frozen
class Finding:
    """Something to work at, and how to see whether it got better."""

    what: str
    proposed: str


def improvement(data: DrillData) -> Section:
    """Findings with an action each, room for owner and date, and a command that tests again."""
    found = list(findings(data))
    again = retest(data)
    blocks: list[Block] = [
        Paragraph(
            "Made from the figures above; strike what does not help, and add what only the team"
            " knows. Owner and date are left to fill in. The re-test plays the same drill with"
            " other luck, so that it is the practice that is tested and not the memory."
        )
    ]
    if not found:
        found = [
            Finding(
                "Nothing in the figures asks for work.",
                "Play a drill of a higher level, or the same one from another seat.",
            )
        ]
    rows = tuple((str(n), one.what, one.proposed, "", "", again) for n, one in enumerate(found, 1))
    head = ("no.", "finding", "proposed action", "owner", "due", "re-test")
    blocks.append(Table("Improvement plan", head, rows))
    return Section("drill-plan", "Improvement plan", tuple(blocks))


def retest(data: DrillData) -> str:
    """The drill once more, with the seed after this one."""
    return playing(data, data.run.scenario.seed + 1)


def playing(data: DrillData, seed: int) -> str:
    """The command that has the drill played as this time: by one person, or hosted for others."""
    words = ["outage-tui", "drill", "host"] if data.together else ["outage-tui", "drill"]
    words += [name_of(data), "--seed", str(seed)]
    return shlex.join([*words, *_as_before(data)])


def _as_before(data: DrillData) -> list[str]:
    """Options with which it was started. A recording may say anything: what these are is known
    here, and nothing else is taken from it."""
    try:
        said = shlex.split(data.started)
    except ValueError:
        return []
    if not data.together:
        return ["--verb-cost"] if "--verb-cost" in said else []
    if "--blind" in said:
        return ["--blind"]
    seat = said[said.index("--seat") + 1 :][:1] if "--seat" in said else []
    return ["--seat", *seat] if set(seat) & set(openable_seats()) else []


def name_of(data: DrillData) -> str:
    """How the command line calls the drill: a shipped one, one of the wheel, or a file."""
    name = data.drill.id
    drawn = re.fullmatch(r"wheel-([0-9]+)-([1-5])", name)
    if drawn:
        return f"wheel:{drawn[1]}:{drawn[2]}"
    return name if name in shipped_drills() else f"{name}.drill.toml"


def findings(data: DrillData) -> Iterator[Finding]:
    """What the figures ask to work at, the dearest first."""
    yield from _waits(data)
    yield from _objectives(data)
    yield from _told(data)
    yield from _commanded(data)
    yield from _known(data)


def _waits(data: DrillData) -> Iterator[Finding]:
    worst = dearest_wait(data.score.prices)
    total = data.score.outcome.customer_minutes
    if worst is None or worst.customer_minutes < total * WORTH_SHARE:
        return
    share = wording.percent(min(1.0, worst.customer_minutes / total))
    before = (
        "with no further action" if worst.what == "the end" else f"before {data.shown(worst.what)}"
    )
    yield Finding(
        f"{share} of the losses ({shown_count(worst.customer_minutes)} customer-minutes) fell into"
        f" the {wording.duration(worst.waited_s)} {before}.",
        "Agree beforehand by which sign this step is taken, who may take it, and where that is"
        " written; find out what the wait was for.",
    )


def _objectives(data: DrillData) -> Iterator[Finding]:
    for one in data.score.objectives:
        is_open = data.over is None and one.after_s is None
        if not one.met and not is_open:
            proposed = {
                "outcome": "Write down the steps that lead there and the signs to begin them by.",
                "conduct": "Make it a line of the role's checklist, and practise it.",
                "awareness": "Give it a panel or a question that somebody has to answer aloud.",
            }[one.panel]
            yield Finding(f"Objective not met: {data.shown(one.title)}.", proposed)


def _told(data: DrillData) -> Iterator[Finding]:
    late = data.score.conduct.posts_late
    if late:
        yield Finding(
            f"{late} of {data.score.conduct.posts} times the next update came late, or never.",
            "Have one person watch the clock of updates; an update may say that nothing is new.",
        )
    if data.score.conduct.all_clear_too_early:
        yield Finding(
            "The all-clear came before services were well.",
            "Agree on what must hold for how long before it is given, and who looks.",
        )


def _commanded(data: DrillData) -> Iterator[Finding]:
    told = data.score.conduct
    if told.needless or told.decoys:
        yield Finding(
            f"{told.needless} actions were refused or not needed, {told.decoys} touched nothing in"
            " the Region.",
            "Say what an action is expected to bring, by when, before it is begun.",
        )
    if told.verified_share is not None and told.verified_share < 1:
        yield Finding(
            f"Of the actions that were done, the effect of {wording.percent(told.verified_share)}"
            " was looked at.",
            "Whoever does something looks at its effect and says so; name the panel beforehand.",
        )
    if told.failover_left_off:
        yield Finding(
            data.shown("Automatic failover of NLB was switched off and not on again."),
            "Whoever switches a safety off writes down who switches it on again, and when.",
        )
    unheard = [entry for entry in data.journal if entry.kind == "escalation"]
    if unheard:
        yield Finding(
            f"{len(unheard)} {'page' if len(unheard) == 1 else 'pages'} went up the line because"
            " nobody took them.",
            "Settle who takes pages while an incident is commanded; review alerts that mislead.",
        )


def _known(data: DrillData) -> Iterator[Finding]:
    told = data.score.awareness
    if told.probes > told.probes_right:
        yield Finding(
            f"{told.probes - told.probes_right} of {told.probes} questions in between were not"
            " answered, or were off.",
            "Let somebody read the main figures aloud at every update.",
        )
    if told.brier is not None and told.brier > COIN:
        yield Finding(
            f"Confidence was further from what came than a coin's (Brier {told.brier:.2f}).",
            "Say how sure you are and look back at it afterwards, in quiet weeks too.",
        )
    if told.hypotheses_wrong:
        count = told.hypotheses_wrong
        yield Finding(
            f"{count} {'hypothesis was' if count == 1 else 'hypotheses were'} held wrongly.",
            "For each hypothesis ask which panel would refute it, and look there first.",
        )
