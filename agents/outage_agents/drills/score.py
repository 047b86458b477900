"""The score of a play: three panels, never one number.

*Outcome* is what customers lost, beside what they lose when nobody does anything, when history's
operators act, and when the best known play is played (the *ghosts*). *Conduct* is how the incident
was commanded: declared, told, verified, not ended too early. *Awareness* is whether those who
commanded knew where they stood: answers to probes, hypotheses, how well confidence was founded.

Everything is computed from the journal and the truth of the run, so it is the same during the play,
from its recording and after going back. Launches that operators refuse on purpose are counted by
the run as refused and not as failed. The thresholds here are *assumed*.
"""

from collections.abc import Sequence

import attrs

from outage_agents.actions import CATALOGUE
from outage_agents.drills.condition import Condition, ConditionError, Watch
from outage_agents.drills.drill import Drill, Objective
from outage_agents.drills.journal import (
    AnswerProbe,
    Decide,
    Entry,
    Hypothesis,
    Post,
    Verify,
)
from outage_agents.drills.names import Names
from outage_agents.drills.truth import TruthLog
from outage_engine.clock import MINUTE, SECOND

LOST = "impact.customer_minutes"
DOWN = "impact.services_down_share"
RELAPSE_FROM, RECOVERED_BELOW = 0.05, 0.01
"""Share of services down that is a relapse after one below the other."""
VERIFY_WITHIN_MIN = 15
CLEAR_FOR_MIN = 15
"""An all-clear is too early when services are down within so long after it."""
LATE_BY_MIN = 1
OUTCOME_MARGIN = 0.02
"""Customer-minutes that differ by less are the same outcome."""


@attrs.frozen
class Ghost:
    """What another course of the same run cost."""

    id: str
    customer_minutes: float | None
    """None: it has not been run."""


@attrs.frozen
class Outcome:
    """What customers lost, from where the player took over."""

    customer_minutes: float
    peak_services_down_share: float
    relapses: int
    measured: float | None
    """What the drill is about, added up over the minutes of the play; None: nothing beside."""
    ghosts: tuple[Ghost, ...]


@attrs.frozen
class Conduct:
    """How the incident was commanded."""

    declared_after_s: int | None
    first_post_after_s: int | None
    posts: int
    posts_late: int
    """Times the next update came later than announced, or never."""
    actions: int
    needless: int
    """Actions that were refused, or for which there was no need."""
    decoys: int
    """Actions that touch nothing in the Region."""
    verified_share: float | None
    """Of actions done, those whose effect somebody looked at in time; None without any."""
    all_clear_too_early: bool
    failover_left_off: bool
    hint_min: int


@attrs.frozen
class Awareness:
    """Whether the team knew where it stood."""

    probes: int
    probes_right: int
    judged: int
    """Decisions whose expectation could be judged."""
    brier: float | None
    """Mean square of confidence against what came: 0 is perfect, 0.25 is tossing a coin."""
    hypotheses_right: int
    hypotheses_wrong: int


@attrs.frozen
class ObjectiveResult:
    """One objective, and how it came out."""

    id: str
    title: str
    panel: str
    met: bool
    after_s: int | None
    """When it was met or missed, from the beginning."""


@attrs.frozen
class Price:
    """What the wait before an action cost."""

    t_ns: int
    what: str
    waited_s: int
    customer_minutes: float


@attrs.frozen
class Score:
    """How a play went."""

    outcome: Outcome
    conduct: Conduct
    awareness: Awareness
    objectives: tuple[ObjectiveResult, ...]
    prices: tuple[Price, ...]
    """In the order of the actions; the last one is the wait until the end."""
    over: str
    """Id of the stop condition, `time` or `facilitator`; empty while it goes on."""

    @property
    def met(self) -> int:
        """Objectives met."""
        return sum(1 for one in self.objectives if one.met)


def better(one: Score, other: Score) -> bool:
    """Whether a play went better than another: for tests of a drill, never shown to players.

    A lower loss wins (of what the drill measures, else of customer-minutes); when that is the
    same, more objectives met; then fewer needless actions.
    """
    lost, other_lost = _loss(one.outcome), _loss(other.outcome)
    if abs(lost - other_lost) > OUTCOME_MARGIN * max(lost, other_lost):
        return lost < other_lost
    if one.met != other.met:
        return one.met > other.met
    return one.conduct.needless + one.conduct.decoys < other.conduct.needless + other.conduct.decoys


def _loss(outcome: Outcome) -> float:
    return outcome.customer_minutes if outcome.measured is None else outcome.measured


def score_of(
    drill: Drill,
    journal: Sequence[Entry],
    truth: TruthLog,
    begin_ns: int,
    ghosts: tuple[Ghost, ...] = (),
) -> Score:
    """The score so far, or of the whole play when it is over."""
    over = next((entry for entry in journal if entry.kind == "over"), None)
    end_ns = truth.end_ns if over is None else over.t_ns
    past = _Past(drill, journal, truth, begin_ns, end_ns)
    return Score(
        outcome=_outcome(past, ghosts),
        conduct=_conduct(past),
        awareness=_awareness(past),
        objectives=tuple(_objectives(past)),
        prices=tuple(_prices(past)),
        over="" if over is None else over.subject,
    )


class _Past:
    """A play as it was, with every event at its moment."""

    def __init__(
        self,
        drill: Drill,
        journal: Sequence[Entry],
        truth: TruthLog,
        begin_ns: int,
        end_ns: int,
    ) -> None:
        self.drill, self.truth = drill, truth
        self.begin_ns, self.end_ns = begin_ns, end_ns
        self.journal = [entry for entry in journal if entry.t_ns <= end_ns]
        self.samples = truth.between(begin_ns, end_ns)
        self.first: dict[tuple[str, str, str], int] = {}
        forbidden = {entry.n - 1 for entry in self.journal if entry.kind == "forbidden"}
        for entry in self.journal:
            if entry.n not in forbidden:
                self._note_entry(entry)
        for outcome in truth.outcomes:
            word = outcome.result.partition(":")[0].replace(" ", "-")
            self._note("action", outcome.id, word, max(outcome.t_ns, begin_ns))
        for milestone, t_ns in truth.milestones:
            self._note("milestone", milestone, "", t_ns)

    def _note_entry(self, entry: Entry) -> None:
        if entry.command is not None:
            self._note("said", entry.kind, "", entry.t_ns)
        elif entry.kind == "began":
            self._note("action", entry.subject, "", entry.t_ns)
            self._note("action", entry.subject, "begun", entry.t_ns)
        elif entry.kind == "alert":
            self._note("alert", entry.subject, "", entry.t_ns)
        elif entry.kind == "message":
            self._note("inject", entry.subject, "", entry.t_ns)

    def _note(self, kind: str, name: str, result: str, t_ns: int) -> None:
        key = (kind, name, result)
        self.first[key] = min(t_ns, self.first.get(key, t_ns))

    def said_ns(self, kind: str) -> int | None:
        """When a command of this kind was given first."""
        return self.first.get(("said", kind, ""))

    def after_s(self, t_ns: int | None) -> int | None:
        return None if t_ns is None else (t_ns - self.begin_ns) // SECOND

    def lost(self, first_ns: int, last_ns: int) -> float:
        """Customer-minutes lost from one moment to another."""
        values = []
        for t_ns in (first_ns, last_ns):
            truth = self.truth.at(t_ns)
            values.append((truth.value(LOST) or 0.0) if truth is not None else 0.0)
        return values[1] - values[0]


@attrs.define
class _FactsAt:
    """What was so at a moment of the past."""

    past: _Past
    t_ns: int = 0

    @property
    def since_begin_ns(self) -> int:
        return self.t_ns - self.past.begin_ns

    def value(self, name: str) -> float | None:
        truth = self.past.truth.at(self.t_ns)
        if truth is None:
            return None
        sensor = next((one for one in self.past.drill.sensors if one.id == name), None)
        if sensor is None:
            return truth.value(name)
        value = truth.value(sensor.metric)
        return None if value is None else value * sensor.scale

    def happened(self, kind: str, name: str, result: str) -> bool:
        t_ns = self.past.first.get((kind, name, result))
        return t_ns is not None and t_ns <= self.t_ns


def _outcome(past: _Past, ghosts: tuple[Ghost, ...]) -> Outcome:
    peak, relapses, down = 0.0, 0, True
    for sample in past.samples:
        share = sample.value(DOWN) or 0.0
        peak = max(peak, share)
        if down and share < RECOVERED_BELOW:
            down = False
        elif not down and share >= RELAPSE_FROM:
            down = True
            relapses += 1
    first = past.samples[0].value(DOWN) or 0.0 if past.samples else 0.0
    began_well = first < RECOVERED_BELOW
    return Outcome(
        customer_minutes=past.lost(past.begin_ns, past.end_ns),
        peak_services_down_share=peak,
        relapses=max(0, relapses - 1) if began_well else relapses,
        measured=_measured(past),
        ghosts=ghosts,
    )


def _measured(past: _Past) -> float | None:
    measure = past.drill.measure
    if measure is None:
        return None
    total = 0.0
    for sample, following in zip(past.samples, past.samples[1:], strict=False):
        minutes = (following.t_ns - sample.t_ns) / MINUTE
        total += (sample.value(measure.metric) or 0.0) * minutes
    return total


def _conduct(past: _Past) -> Conduct:
    outcomes = [one for one in past.truth.outcomes if past.begin_ns < one.t_ns <= past.end_ns]
    begun = [entry for entry in past.journal if entry.kind == "began"]
    ours = {entry.subject for entry in begun}
    needless = [
        one
        for one in outcomes
        if one.id in ours and (one.result == "not needed" or one.result.startswith("refused"))
    ]
    posts = [entry for entry in past.journal if isinstance(entry.command, Post)]
    return Conduct(
        declared_after_s=past.after_s(past.said_ns("declare")),
        first_post_after_s=past.after_s(past.said_ns("post")),
        posts=len(posts),
        posts_late=_late_posts(past, posts),
        actions=len(begun),
        needless=len(needless),
        decoys=sum(1 for entry in begun if entry.subject in _DECOYS),
        verified_share=_verified_share(past),
        all_clear_too_early=_cleared_too_early(past),
        failover_left_off=_left_off(past),
        hint_min=sum(
            hint.cost_min
            for entry in past.journal
            if entry.kind == "hint"
            for n, hint in enumerate(past.drill.hints, 1)
            if str(n) == entry.subject
        ),
    )


_DECOYS = tuple(action.id for action in CATALOGUE if not action.targets)


def _late_posts(past: _Past, posts: Sequence[Entry]) -> int:
    clear_ns = past.said_ns("all_clear")
    late = 0
    for i, entry in enumerate(posts):
        assert isinstance(entry.command, Post)
        last = past.end_ns if clear_ns is None else max(clear_ns, entry.t_ns)
        next_ns = posts[i + 1].t_ns if i + 1 < len(posts) else last
        promised_ns = entry.t_ns + (entry.command.next_update_min + LATE_BY_MIN) * MINUTE
        late += next_ns > promised_ns
    return late


def _verified_share(past: _Past) -> float | None:
    done = [
        one
        for one in past.truth.outcomes
        if one.result == "done"
        and past.begin_ns < one.t_ns <= past.end_ns
        and ("action", one.id, "begun") in past.first
    ]
    names = Names(past.drill.names)
    looked = [
        (entry.t_ns, names.real_action(entry.command.action))
        for entry in past.journal
        if isinstance(entry.command, Verify)
    ]
    if not done:
        return None
    verified = [
        one
        for one in done
        if any(
            action == one.id and 0 <= t_ns - one.t_ns <= VERIFY_WITHIN_MIN * MINUTE
            for t_ns, action in looked
        )
    ]
    return len(verified) / len(done)


def _cleared_too_early(past: _Past) -> bool:
    clear_ns = past.said_ns("all_clear")
    if clear_ns is None:
        return False
    after = past.truth.between(clear_ns, min(past.end_ns, clear_ns + CLEAR_FOR_MIN * MINUTE))
    return any((sample.value(DOWN) or 0.0) >= RECOVERED_BELOW for sample in after)


def _left_off(past: _Past) -> bool:
    """Automatic failover was switched off by players and is still off."""
    turns = [
        one.id
        for one in past.truth.outcomes
        if one.result == "done"
        and one.t_ns <= past.end_ns
        and one.id in ("nlb.disable_failover", "nlb.enable_failover")
    ]
    return turns[-1:] == ["nlb.disable_failover"]


def _awareness(past: _Past) -> Awareness:
    answers = [e for e in past.journal if isinstance(e.command, AnswerProbe)]
    judged = [one for entry in past.journal for one in _judged(past, entry)]
    guesses = {guess.text: guess.right for c in past.drill.characters for guess in c.guesses}
    last = {
        entry.command.text: entry.command.state
        for entry in past.journal
        if isinstance(entry.command, Hypothesis)
    }
    held = [(guesses[text], state) for text, state in last.items() if text in guesses]
    squares = 0.0
    for confidence, came in judged:
        squares += (confidence - came) * (confidence - came)
    return Awareness(
        probes=len([e for e in past.journal if e.kind == "probe"]),
        probes_right=sum(1 for entry in answers if _is_right(past, entry)),
        judged=len(judged),
        brier=squares / len(judged) if judged else None,
        hypotheses_right=sum(1 for right, state in held if state == _VERDICT[right]),
        hypotheses_wrong=sum(1 for right, state in held if state == _VERDICT[not right]),
    )


_VERDICT = {True: "supported", False: "refuted"}


def _is_right(past: _Past, entry: Entry) -> bool:
    assert isinstance(entry.command, AnswerProbe)
    told = entry.command
    probe = next((one for one in past.drill.probes if one.id == told.probe), None)
    asked = [e.t_ns for e in past.journal if e.kind == "probe" and e.subject == told.probe]
    truth = past.truth.at(asked[0]) if asked else None
    value = truth.value(probe.metric) if truth is not None and probe is not None else None
    if probe is None or value is None:
        return False
    return abs(told.value - value * probe.scale) <= probe.tolerance


def _judged(past: _Past, entry: Entry) -> list[tuple[float, float]]:
    """Confidence, and 1 or 0 for what came, of a decision whose time has come."""
    decision = entry.command
    if not isinstance(decision, Decide):
        return []
    by_ns = entry.t_ns + decision.by_min * MINUTE
    try:
        condition = Condition.parse(decision.expect)
    except ConditionError:
        return []
    if by_ns > past.end_ns:
        return []
    came = Watch(condition).holds(_FactsAt(past, by_ns))
    return [(min(1.0, max(0.0, decision.confidence)), 1.0 if came else 0.0)]


def _objectives(past: _Past) -> list[ObjectiveResult]:
    return [_objective(past, one) for one in past.drill.objectives]


def _objective(past: _Past, objective: Objective) -> ObjectiveResult:
    met_ns = None if objective.met is None else _first(past, objective.met)
    missed_ns = None if objective.never is None else _first(past, objective.never)
    after_s = past.after_s(met_ns)
    met = objective.met is None or met_ns is not None
    if objective.within_s is not None and after_s is not None and after_s > objective.within_s:
        met = False
    if missed_ns is not None:
        met, after_s = False, past.after_s(missed_ns)
    return ObjectiveResult(objective.id, objective.title, objective.panel, met, after_s)


def _first(past: _Past, condition: Condition) -> int | None:
    """The first sample at which a condition holds."""
    watch, facts = Watch(condition), _FactsAt(past)
    for sample in past.samples:
        facts.t_ns = sample.t_ns
        if watch.holds(facts):
            return sample.t_ns
    return None


def _prices(past: _Past) -> list[Price]:
    since_ns = past.begin_ns
    prices: list[Price] = []
    for entry in past.journal:
        if entry.kind == "began":
            prices.append(_price(past, since_ns, entry.t_ns, entry.subject))
            since_ns = entry.t_ns
    prices.append(_price(past, since_ns, past.end_ns, "the end"))
    return prices


def _price(past: _Past, since_ns: int, until_ns: int, what: str) -> Price:
    return Price(until_ns, what, (until_ns - since_ns) // SECOND, past.lost(since_ns, until_ns))
