"""Decisions and rankings against what came.

A decision says what it expects by when. When that is a condition on sensors it is judged at that
moment by the truth, in the sensors' units; free text is left to people. It is carried out by the
first action begun after it, before the next decision, and has the price of that action's wait.

Confidence is calibrated when, of the things said to be 80 % sure, four in five come. From a few
decisions little can be said, and that is then what is said (*assumed*: three at least, and a
difference of 15 points is one).
"""

from collections.abc import Sequence

import attrs

from outage_agents.drills.condition import Compare, Condition, ConditionError
from outage_agents.drills.journal import Decide, Entry, Mark
from outage_agents.drills.names import Names
from outage_agents.drills.past import FactsAt, Past, holds_at
from outage_agents.drills.prices import Price
from outage_agents.drills.rankings import rankings
from outage_engine.clock import MINUTE

JUDGED_MIN = 3
DIFFERENCE = 0.15


@attrs.frozen
class DecisionResult:
    """A decision, and what came."""

    t_ns: int
    seat: str
    what: str
    expect: str
    by_ns: int
    confidence: float
    came: bool | None
    """None: not a condition, or its time has not come."""
    actual: str
    """What the sensors it names would have shown then, had they shown the truth."""
    action: str
    """What it was carried out by; empty: nothing was begun."""
    customer_minutes: float
    """Price of the wait before that."""


@attrs.frozen
class RankingResult:
    """An observer's order of options, and what was done and came."""

    t_ns: int
    options: tuple[str, ...]
    chosen: str
    """Action begun; empty: none was."""
    place: int | None
    """Where the observer had it, 1 is best; None: nowhere."""
    result: str
    """What came of it: `done`, `not needed`, `refused: why`; empty: not known."""


@attrs.frozen
class GivenMark:
    """A mark by an evaluator or the facilitator, as given."""

    t_ns: int
    seat: str
    about: str
    rating: str
    text: str


def decisions_of(past: Past, prices: Sequence[Price]) -> tuple[DecisionResult, ...]:
    """Every decision of a play, in order."""
    entries = [entry for entry in past.journal if isinstance(entry.command, Decide)]
    ends = (*(entry.t_ns for entry in entries[1:]), past.end_ns + 1)
    return tuple(_decision(past, entry, ends[place], prices) for place, entry in enumerate(entries))


def _decision(past: Past, entry: Entry, end_ns: int, prices: Sequence[Price]) -> DecisionResult:
    decision = entry.command
    assert isinstance(decision, Decide)
    by_ns = entry.t_ns + decision.by_min * MINUTE
    began = {(one.t_ns, one.subject) for one in past.journal if one.kind == "began"}
    carried = next(
        (p for p in prices if (p.t_ns, p.what) in began and entry.t_ns <= p.t_ns < end_ns), None
    )
    came, actual = _came(past, entry.t_ns, by_ns, decision.expect)
    return DecisionResult(
        t_ns=entry.t_ns,
        seat=entry.seat,
        what=decision.what,
        expect=decision.expect,
        by_ns=by_ns,
        confidence=min(1.0, max(0.0, decision.confidence)),
        came=came,
        actual=actual,
        action="" if carried is None else carried.what,
        customer_minutes=0.0 if carried is None else carried.customer_minutes,
    )


def _came(past: Past, since_ns: int, by_ns: int, expect: str) -> tuple[bool | None, str]:
    try:
        condition = Condition.parse(expect)
    except ConditionError:
        return None, ""
    known = {one.id for one in past.drill.sensors}
    compared = [leaf for leaf in condition.leaves() if isinstance(leaf, Compare)]
    if by_ns > past.last_ns or any(leaf.name not in known for leaf in compared):
        return None, ""
    facts = FactsAt(past, by_ns)
    values = ((leaf.name, facts.value(leaf.name)) for leaf in compared)
    actual = ", ".join(f"{name} = {value:.4g}" for name, value in values if value is not None)
    return holds_at(past, condition, since_ns, by_ns), actual


def brier(decisions: Sequence[DecisionResult]) -> float | None:
    """Mean square of confidence against what came; None when nothing could be judged."""
    judged = [one for one in decisions if one.came is not None]
    total = 0.0
    for one in judged:
        off = one.confidence - (1.0 if one.came else 0.0)
        total += off * off
    return total / len(judged) if judged else None


def calibration(decisions: Sequence[DecisionResult]) -> str:
    """How well confidence was founded, in words."""
    judged = [one for one in decisions if one.came is not None]
    if not judged:
        return "nothing could be judged: no decision said what to expect on a sensor, by when"
    sure = sum(one.confidence for one in judged) / len(judged)
    came = sum(1 for one in judged if one.came)
    told = f"{sure:.0%} sure on average, and {came} of {len(judged)} came"
    if len(judged) < JUDGED_MIN:
        return f"{told}: too few to say more"
    if sure - came / len(judged) > DIFFERENCE:
        return f"{told}: surer than what came"
    if came / len(judged) - sure > DIFFERENCE:
        return f"{told}: less sure than there was reason to be"
    return f"{told}: about as sure as there was reason to be"


def rankings_of(past: Past) -> tuple[RankingResult, ...]:
    """Every ranking of an observer against what was done and came."""
    names = Names(past.drill.names)
    results = []
    for one in rankings(past.journal):
        options = tuple(names.real_action(option) for option in one.options)
        place = options.index(one.chosen) + 1 if one.chosen in options else None
        came = (
            outcome.result
            for outcome in past.truth.outcomes
            if outcome.id == one.chosen and outcome.t_ns >= (one.chosen_ns or 0)
        )
        results.append(RankingResult(one.t_ns, options, one.chosen, place, next(came, "")))
    return tuple(results)


def marks_of(past: Past) -> tuple[GivenMark, ...]:
    """The marks that were given, carried over as they are."""
    forbidden = {entry.n - 1 for entry in past.journal if entry.kind == "forbidden"}
    return tuple(
        GivenMark(e.t_ns, e.seat, e.command.about, e.command.rating, e.command.text)
        for e in past.journal
        if isinstance(e.command, Mark) and e.n not in forbidden
    )
