"""Sections about what was decided, said and asked: each beside what was true at that moment."""

from collections.abc import Iterator, Sequence

from outage_agents.drills.condition import Compare, Condition, ConditionError
from outage_agents.drills.journal import (
    AllClear,
    AnswerProbe,
    Decide,
    Entry,
    Hypothesis,
    Mark,
    Post,
    Wait,
)
from outage_agents.drills.judgements import DecisionResult
from outage_agents.drills.rankings import rankings as rankings_of
from outage_agents.drills.score import CLEAR_FOR_MIN, DOWN, LATE_BY_MIN, RECOVERED_BELOW
from outage_engine.clock import MINUTE
from outage_tui.dashboard.renderables import wording
from outage_tui.report_document import Block, Paragraph, Section, Table
from outage_tui.report_drill_claims import held_against
from outage_tui.report_drill_data import DrillData
from outage_tui.report_drill_words import capitalised, figure, numbered, rated
from outage_tui.text_table import shown_count

WAIT = "wait"
"""What an observer calls it to begin nothing."""
AFTER_MIN = 15
"""What came of a decision is looked at after so long."""


# -- decisions ------------------------------------------------------------------------------------


def decisions(data: DrillData) -> Section:
    """Decisions, waits and actions: expected against what came."""
    rows = []
    decided = [entry for entry in data.past.journal if isinstance(entry.command, Decide)]
    results = dict(zip((entry.n for entry in decided), data.score.decisions, strict=True))
    for entry in data.journal:
        if isinstance(entry.command, Decide | Wait) or entry.kind == "began":
            rows.append(_decision_row(entry, results.get(entry.n), data))
    words = Paragraph(
        f"What came is read from the run {AFTER_MIN} minutes later, or at the end of the drill if"
        " that is sooner. The price is what customers lost between the moment at which an action"
        " could have been begun and the one at which it was; a decision has that of its action."
    )
    if not rows:
        return Section(
            "drill-decisions",
            "Decisions",
            (Paragraph("No decision was logged, and no action was begun."),),
        )
    head = (
        "at",
        "what",
        "why",
        "expected, by when, how sure",
        f"what came after {AFTER_MIN} min",
        "price, customer-minutes",
    )
    table = Table("Decisions, waits and actions", head, tuple(rows), (5,))
    return Section("drill-decisions", "Decisions", (words, table))


def _decision_row(entry: Entry, result: DecisionResult | None, data: DrillData) -> tuple[str, ...]:
    what, why, expected, names = _intent(entry, data)
    after_ns = min(entry.t_ns + AFTER_MIN * MINUTE, data.end_ns)
    changes = [_change(name, entry.t_ns, after_ns, data) for name in names]
    verdict = {
        True: "Expectation came true. ",
        False: "Expectation did not come true. ",
        None: "",
    }[None if result is None else result.came]
    return (
        f"{data.clock(entry.t_ns)} {numbered(entry)}",
        what,
        why,
        expected,
        verdict + "; ".join(change for change in changes if change),
        _price(entry, result, data),
    )


def _price(entry: Entry, result: DecisionResult | None, data: DrillData) -> str:
    if result is not None:
        return shown_count(result.customer_minutes) if result.action else "nothing was begun"
    known = [
        one.customer_minutes
        for one in data.score.prices
        if entry.kind == "began" and (one.t_ns, one.what) == (entry.t_ns, entry.subject)
    ]
    return shown_count(max(0.0, known[0])) if known else ""


def _intent(entry: Entry, data: DrillData) -> tuple[str, str, str, list[str]]:
    """What, why, the expectation, and the sensors that tell what came."""
    told = entry.command
    always = ["customers.error_rate"]
    if isinstance(told, Decide):
        sure = f"by {told.by_min} min, {told.confidence * 100:.0f} % sure"
        expected = f"{told.expect}; {sure}" if told.expect else "nothing was expected"
        named = _names(told.expect, data)
        return f"decision: {told.what}", told.why or "not said", expected, named or always
    if isinstance(told, Wait):
        until = told.until or "the time is up"
        return f"wait {told.minutes:g} min, until {until}", "", "", _names(until, data) or always
    return f"action: {entry.text}", "", "", always


def _names(text: str, data: DrillData) -> list[str]:
    """Sensors that a condition names."""
    try:
        leaves = list(Condition.parse(text).leaves())
    except ConditionError:
        return []
    known = [sensor.id for sensor in data.drill.sensors]
    return [leaf.name for leaf in leaves if isinstance(leaf, Compare) and leaf.name in known]


def _change(name: str, first_ns: int, last_ns: int, data: DrillData) -> str:
    first, last = data.value(name, first_ns), data.value(name, last_ns)
    if first is None or last is None:
        return ""
    sensor = next((one for one in data.drill.sensors if one.id == name), None)
    if sensor is None:
        return f"failing requests from {wording.percent(first)} to {wording.percent(last)}"
    values = data.shown_value(sensor, first), data.shown_value(sensor, last)
    return f"{data.shown(sensor.title)}: from {values[0]} to {values[1]}"


def calibration(data: DrillData) -> Section:
    """How sure the team was, and how often rightly."""
    found = [one for one in data.score.decisions if one.came is not None]
    brier = data.score.awareness.brier
    if not found or brier is None:
        words = Paragraph(
            "No decision's expectation could be judged. An expectation counts when it is a"
            " condition on a panel, such as `errors < 5`, whose time comes before the end."
        )
        return Section("drill-calibration", "Calibration", (words,))
    count = f"{len(found)} {'expectation' if len(found) == 1 else 'expectations'}"
    words = Paragraph(
        f"{count} could be judged. {_sentence(data.score.awareness.calibration)} The mean square of"
        f" confidence against what came (Brier) is {brier:.2f}: 0 is perfect, 0.25 is tossing a"
        " coin, 1 is always sure and always wrong."
    )
    rows = []
    for low in range(0, 100, 20):
        here = [one for one in found if low <= one.confidence * 100 < low + 20 + (low == 80)]
        if here:
            came = sum(1 for one in here if one.came)
            rows.append((f"{low} to {low + 20} %", str(len(here)), str(came)))
    table = Table(
        "How sure, and how often it came true",
        ("sure to", "decisions", "came true"),
        tuple(rows),
        (1, 2),
    )
    return Section("drill-calibration", "Calibration", (words, table))


def _sentence(words: str) -> str:
    return f"{capitalised(words)}." if words else ""


# -- what customers were told ---------------------------------------------------------------------


def communications(data: DrillData) -> Section:
    """Every update to customers: its claims against the truth, and whether it came in time."""
    posts = [entry for entry in data.journal if isinstance(entry.command, Post)]
    blocks: list[Block] = []
    if posts:
        head = ("at", "where", "claims, against what was true", "what was true", "next update")
        rows = tuple(_post_row(entry, _following(posts, i), data) for i, entry in enumerate(posts))
        blocks.append(
            Paragraph(
                "A claim is held against the moment at which it was made: exactly when it is a"
                " condition on a panel; by its words (assumed) when it says that something fails"
                " or is over; else it stands beside what was true."
            )
        )
        blocks.append(Table("Updates to customers", head, rows))
    else:
        blocks.append(Paragraph("Customers were told nothing."))
    blocks += [Paragraph(words) for words in _all_clears(data)]
    return Section("drill-communications", "What customers were told", tuple(blocks))


def _following(posts: Sequence[Entry], place: int) -> Entry | None:
    return posts[place + 1] if place + 1 < len(posts) else None


def _post_row(entry: Entry, following: Entry | None, data: DrillData) -> tuple[str, ...]:
    assert isinstance(entry.command, Post)
    claims = [held_against(claim, entry.t_ns, data) for claim in entry.command.claims]
    return (
        f"{data.clock(entry.t_ns)} {numbered(entry)}",
        entry.command.channel,
        "; ".join(claims) or "no claim",
        data.failing(entry.t_ns),
        cadence(entry, following, data)[0],
    )


def cadence(entry: Entry, following: Entry | None, data: DrillData) -> tuple[str, bool]:
    """What became of the promise of the next update, in words, and whether it came late."""
    assert isinstance(entry.command, Post)
    promised_ns = entry.t_ns + entry.command.next_update_min * MINUTE
    clear = data.first("all_clear")
    clear_ns = data.end_ns if clear is None else max(clear.t_ns, entry.t_ns)
    next_ns = clear_ns if following is None else following.t_ns
    late = next_ns > promised_ns + LATE_BY_MIN * MINUTE
    promised = f"promised in {entry.command.next_update_min} min"
    if late and following is None and clear is None:
        return f"{promised}; never came", True
    if late:
        return f"{promised}; came {(next_ns - promised_ns) // MINUTE} min late", True
    if following is None:
        return f"{promised}; {'the end' if clear is None else 'the all-clear'} came first", False
    return f"{promised}; came after {(next_ns - entry.t_ns) // MINUTE} min", False


def _all_clears(data: DrillData) -> Iterator[str]:
    for entry in data.journal:
        if isinstance(entry.command, AllClear):
            yield _all_clear(entry, data)
    if data.score.conduct.failover_left_off:
        yield data.shown(
            "Automatic failover of NLB was switched off by the team and was still off at the end."
        )


def _all_clear(entry: Entry, data: DrillData) -> str:
    until_ns = min(data.end_ns, entry.t_ns + CLEAR_FOR_MIN * MINUTE)
    down = [
        truth.t_ns
        for truth in data.play.truth.between(entry.t_ns, until_ns)
        if (truth.value(DOWN) or 0.0) >= RECOVERED_BELOW
    ]
    begun = f"The all-clear was given at {data.clock(entry.t_ns)} ({numbered(entry)})"
    if down:
        worst = data.value(DOWN, down[0])
        return (
            f"{begun}. It was too early: at {data.clock(down[0])}"
            f" {wording.percent(worst or 0.0)} of services were down."
        )
    watched = (until_ns - entry.t_ns) // MINUTE
    return f"{begun}, and no service was down in the {watched} min after it that are known."


# -- hypotheses, probes ---------------------------------------------------------------------------


def hypotheses(data: DrillData) -> Section:
    """What the team took for the cause, and what was right."""
    guesses = {guess.text: guess.right for one in data.drill.characters for guess in one.guesses}
    held: dict[str, list[Entry]] = {}
    for entry in data.journal:
        if isinstance(entry.command, Hypothesis):
            held.setdefault(entry.command.text, []).append(entry)
    rows = []
    for text, entries in held.items():
        states = []
        for entry in entries:
            assert isinstance(entry.command, Hypothesis)
            states.append(f"{entry.command.state} at {data.clock(entry.t_ns)} {numbered(entry)}")
        rows.append((text, "; ".join(states), _verdict(_right(text, guesses, data))))
    words = Paragraph(
        "The drill knows which of the guesses brought up in it were right; what the team put in"
        " its own words is for the team to judge."
    )
    blocks: list[Block] = [words]
    if rows:
        head = ("hypothesis", "what the team held of it", "really")
        blocks.append(Table("Hypotheses of the team", head, tuple(rows)))
    else:
        blocks = [Paragraph("The team wrote down no hypothesis.")]
    right = [data.shown(text) for text, is_right in guesses.items() if is_right]
    if right:
        blocks.append(Paragraph(f"Right was: {'; '.join(right)}."))
    return Section("drill-hypotheses", "Hypotheses", tuple(blocks))


def _right(text: str, guesses: dict[str, bool], data: DrillData) -> bool | None:
    return next((r for known, r in guesses.items() if text in (known, data.shown(known))), None)


def _verdict(right: bool | None) -> str:
    return {True: "right", False: "wrong", None: "not judged"}[right]


def guesses(data: DrillData) -> Section:
    """What the people on the call took for the cause, and how that fared."""
    known = {
        (one.id, guess.text): guess.right for one in data.drill.characters for guess in one.guesses
    }
    rows = []
    for entry in data.journal:
        if entry.kind != "guess":
            continue
        found = next(
            (
                (text, right)
                for (who, text), right in known.items()
                if who == entry.subject and data.shown(text) in entry.text
            ),
            None,
        )
        if found is None:
            continue
        text, right = data.shown(found[0]), found[1]
        team = [
            one.command.state
            for one in data.journal
            if isinstance(one.command, Hypothesis) and one.command.text in (found[0], text)
        ]
        row = (f"{data.clock(entry.t_ns)} {numbered(entry)}", entry.text, _verdict(right))
        rows.append((*row, team[-1] if team else "did not take it up"))
    if not rows:
        words = Paragraph("Nobody on the call brought up a cause.")
        return Section("drill-guesses", "What people on the call guessed", (words,))
    head = ("at", "guess", "really", "the team")
    table = Table("Guesses of the people on the call", head, tuple(rows))
    note = Paragraph("Wrong guesses are written into the drill: on a real call they come as well.")
    return Section("drill-guesses", "What people on the call guessed", (note, table))


def probes(data: DrillData) -> Section:
    """Questions in between, and what was true when they were asked."""
    rows = []
    for probe in data.drill.probes:
        asked = data.first("probe", probe.id)
        if asked is None:
            continue
        answer = next(
            (
                entry
                for entry in data.journal
                if isinstance(entry.command, AnswerProbe) and entry.command.probe == probe.id
            ),
            None,
        )
        value = data.play.truth.at(asked.t_ns)
        true = None if value is None else value.value(probe.metric)
        row = [f"{data.clock(asked.t_ns)} {numbered(asked)}", asked.text, "no answer", "", ""]
        row[3] = "not measured" if true is None else figure(true * probe.scale)
        if answer is not None:
            assert isinstance(answer.command, AnswerProbe)
            told = answer.command.value
            row[2] = f"{figure(told)} {numbered(answer)}"
            if true is not None:
                close = abs(told - true * probe.scale) <= probe.tolerance
                row[4] = f"{'right' if close else 'off'} (within {probe.tolerance:g} is right)"
        rows.append(tuple(row))
    if not rows:
        return Section("drill-probes", "Questions in between", (Paragraph("None was asked."),))
    head = ("asked", "question", "answer", "true then", "verdict")
    table = Table("Questions in between", head, tuple(rows))
    return Section("drill-probes", "Questions in between", (table,))


# -- observers and evaluators ---------------------------------------------------------------------


def rankings(data: DrillData) -> Iterator[Section]:
    """What an observer would have done, beside what was chosen then."""
    rows = []
    for one in rankings_of(data.journal):
        ids = [data.names.real_action(option) for option in one.options]
        chosen, place = "nothing", str(ids.index(WAIT) + 1) if WAIT in ids else ""
        if one.chosen_ns is not None:
            chosen = f"{data.shown(one.chosen)}, {data.clock(one.chosen_ns)}, by {one.by}"
            place = str(ids.index(one.chosen) + 1) if one.chosen in ids else "not among them"
        listed = ", ".join(f"{n}. {option}" for n, option in enumerate(one.options, 1))
        rows.append((data.clock(one.t_ns), listed, one.why, chosen, place))
    if rows:
        head = ("at", "would do", "why", "what was chosen", "its place in the order")
        words = Paragraph("An observer says what to do next before seeing what was chosen.")
        table = Table("Orders of observers, beside what was chosen", head, tuple(rows))
        yield Section("drill-rankings", "What observers would have done", (words, table))


def marks(data: DrillData) -> Iterator[Section]:
    """Evaluators' notes; for the facilitator's copy only."""
    titles = {one.id: data.shown(one.title) for one in data.drill.objectives}
    rows = []
    for entry in data.journal:
        if isinstance(entry.command, Mark):
            told = entry.command
            about = titles.get(told.about, told.about)
            row = (f"{data.clock(entry.t_ns)} {numbered(entry)}", entry.seat, about)
            rows.append((*row, rated(told.rating), told.text))
    if rows:
        head = ("at", "who", "about", "rating", "note")
        yield Section(
            "drill-marks",
            "Evaluators' marks",
            (
                Paragraph("Only in the facilitator's copy: --for players leaves this out."),
                Table("Marks", head, tuple(rows)),
            ),
        )
