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
from outage_agents.drills.drill import Drill, Objective
from outage_agents.drills.gaps import Gap, gaps_of
from outage_agents.drills.journal import AnswerProbe, Entry, Hypothesis, Post, Verify
from outage_agents.drills.judgements import (
    DecisionResult,
    GivenMark,
    RankingResult,
    brier,
    calibration,
    decisions_of,
    marks_of,
    rankings_of,
)
from outage_agents.drills.names import Names
from outage_agents.drills.past import LOST as LOST
from outage_agents.drills.past import Past, first_moment
from outage_agents.drills.prices import Price as Price
from outage_agents.drills.prices import prices_of
from outage_agents.drills.truth import TruthLog
from outage_engine.clock import MINUTE

DOWN = "impact.services_down_share"
RELAPSE_FROM, RECOVERED_BELOW = 0.05, 0.01
"""Share of services down that is a relapse after one below the other."""
VERIFY_WITHIN_MIN = 15
CLEAR_FOR_MIN = 15
"""An all-clear is too early when services are down within so long after it."""
LATE_BY_MIN = 1
OUTCOME_MARGIN = 0.02
"""Customer-minutes that differ by less are the same outcome."""
NOTHING = "do nothing"
SEEDS_MIN = 5
"""A ghost run with fewer seeds says nothing about luck."""


@attrs.frozen
class Ghost:
    """What another course of the same run cost."""

    id: str
    customer_minutes: float | None
    """Mean over the seeds; None: it has not been run."""
    low: float | None = None
    """Least of them: the best luck."""
    high: float | None = None
    """Most of them: the worst luck."""
    seeds: int = 0
    """With how many seeds it was run."""
    same_luck: float | None = None
    """With the seed that was played: only what was done differs. None: not run with it."""
    measured: float | None = None
    """Mean of what the drill measures, where it measures something else than customer-minutes."""
    measured_low: float | None = None
    measured_high: float | None = None
    measured_same_luck: float | None = None
    play: str = ""
    """Id of the play that is best known."""
    standing: str = ""
    """Where the play in question falls, in words."""


@attrs.frozen
class Outcome:
    """What customers lost, from where the player took over."""

    customer_minutes: float
    peak_services_down_share: float
    relapses: int
    measured: float | None
    """What the drill is about, added up over the minutes of the play; None: nothing beside."""
    ghosts: tuple[Ghost, ...]
    gaps: tuple[Gap, ...] = ()
    """The waits of that night which this play contains."""
    until_ns: int = 0
    """To where losses are counted: the drill's latest end, or as far as the run has come."""
    beyond_nothing: float | None = None
    """Customer-minutes lost beyond doing nothing with the same luck: harm by what was done; 0 when
    there was none. None: that ghost was not run with this seed, or the play is not over."""


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
    calibration: str = ""
    """How well confidence was founded, in words."""


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
class Score:
    """How a play went."""

    outcome: Outcome
    conduct: Conduct
    awareness: Awareness
    objectives: tuple[ObjectiveResult, ...]
    prices: tuple[Price, ...]
    """In the order of the actions; the last one is the wait until the end. They overlap."""
    over: str
    """Id of the stop condition, `time` or `facilitator`; empty while it goes on."""
    decisions: tuple[DecisionResult, ...] = ()
    rankings: tuple[RankingResult, ...] = ()
    marks: tuple[GivenMark, ...] = ()

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
    until_ns: int | None = None,
) -> Score:
    """The score so far, or of the whole play when it is over.

    `until_ns` is the latest end of the drill: outcomes are taken up to there, as far as the run
    has come, for a play that ends early as for any other. Conduct and awareness end with the play.
    """
    over = next((entry for entry in journal if entry.kind == "over"), None)
    end_ns = truth.end_ns if over is None else over.t_ns
    last_ns = truth.end_ns if until_ns is None else min(until_ns, truth.end_ns)
    past = Past(drill, journal, truth, begin_ns, end_ns, max(end_ns, last_ns))
    past.is_whole = until_ns is not None and past.last_ns >= until_ns
    prices = prices_of(past)
    decisions = decisions_of(past, prices)
    return Score(
        outcome=_outcome(past, ghosts),
        conduct=_conduct(past),
        awareness=_awareness(past, decisions),
        objectives=tuple(_objective(past, one) for one in drill.objectives),
        prices=prices,
        over="" if over is None else over.subject,
        decisions=decisions,
        rankings=rankings_of(past),
        marks=marks_of(past),
    )


def _outcome(past: Past, ghosts: tuple[Ghost, ...]) -> Outcome:
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
    lost, measured = past.lost(past.begin_ns, past.last_ns), _measured(past)
    return Outcome(
        customer_minutes=lost,
        peak_services_down_share=peak,
        relapses=max(0, relapses - 1) if began_well else relapses,
        measured=measured,
        ghosts=tuple(attrs.evolve(one, standing=standing(one, lost, measured)) for one in ghosts),
        gaps=gaps_of(past),
        until_ns=past.last_ns,
        beyond_nothing=_beyond(ghosts, lost) if past.is_whole else None,
    )


def _beyond(ghosts: tuple[Ghost, ...], lost: float) -> float | None:
    nothing = next((one.same_luck for one in ghosts if one.id == NOTHING), None)
    return None if nothing is None else max(0.0, lost - nothing)


def standing(ghost: Ghost, customer_minutes: float, measured: float | None) -> str:
    """Where a loss falls beside those of a ghost, in words; empty while it has not been run.

    What the drill measures is compared, else customer-minutes. Between the least and the most that
    the ghost lost with any seed, luck alone can make the difference.
    """
    lost, low, high = customer_minutes, ghost.low, ghost.high
    if measured is not None and ghost.measured is not None:
        lost, low, high = measured, ghost.measured_low, ghost.measured_high
    if low is None or high is None:
        return ""
    less, more = lost < low * (1 - OUTCOME_MARGIN), lost > high * (1 + OUTCOME_MARGIN)
    if ghost.seeds < SEEDS_MIN:
        told = "less than" if less else "more than" if more else "as much as"
        return f"{told} it in {ghost.seeds} run{'s' * (ghost.seeds > 1)}: too few to tell luck"
    if less or more:
        return f"{'less' if less else 'more'} than with any luck of {ghost.seeds}"
    return "within what luck alone does"


def _measured(past: Past) -> float | None:
    measure = past.drill.measure
    if measure is None:
        return None
    total = 0.0
    for sample, following in zip(past.samples, past.samples[1:], strict=False):
        minutes = (following.t_ns - sample.t_ns) / MINUTE
        total += (sample.value(measure.metric) or 0.0) * minutes
    return total


def _conduct(past: Past) -> Conduct:
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


def _late_posts(past: Past, posts: Sequence[Entry]) -> int:
    clear_ns = past.said_ns("all_clear")
    late = 0
    for i, entry in enumerate(posts):
        assert isinstance(entry.command, Post)
        last = past.end_ns if clear_ns is None else max(clear_ns, entry.t_ns)
        next_ns = posts[i + 1].t_ns if i + 1 < len(posts) else last
        promised_ns = entry.t_ns + (entry.command.next_update_min + LATE_BY_MIN) * MINUTE
        late += next_ns > promised_ns
    return late


def _verified_share(past: Past) -> float | None:
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


def _cleared_too_early(past: Past) -> bool:
    clear_ns = past.said_ns("all_clear")
    if clear_ns is None:
        return False
    after = past.truth.between(clear_ns, min(past.last_ns, clear_ns + CLEAR_FOR_MIN * MINUTE))
    return any((sample.value(DOWN) or 0.0) >= RECOVERED_BELOW for sample in after)


def _left_off(past: Past) -> bool:
    """Automatic failover was switched off by players and is still off."""
    turns = [
        one.id
        for one in past.truth.outcomes
        if one.result == "done"
        and one.t_ns <= past.end_ns
        and one.id in ("nlb.disable_failover", "nlb.enable_failover")
    ]
    return turns[-1:] == ["nlb.disable_failover"]


def _awareness(past: Past, decisions: Sequence[DecisionResult]) -> Awareness:
    answers = [e for e in past.journal if isinstance(e.command, AnswerProbe)]
    names = Names(past.drill.names)
    guesses = {
        names.shown(guess.text): guess.right for c in past.drill.characters for guess in c.guesses
    }
    last = {
        names.shown(entry.command.text): entry.command.state
        for entry in past.journal
        if isinstance(entry.command, Hypothesis)
    }
    held = [(guesses[text], state) for text, state in last.items() if text in guesses]
    return Awareness(
        probes=len([e for e in past.journal if e.kind == "probe"]),
        probes_right=sum(1 for entry in answers if _is_right(past, entry)),
        judged=sum(1 for one in decisions if one.came is not None),
        brier=brier(decisions),
        hypotheses_right=sum(1 for right, state in held if state == _VERDICT[right]),
        hypotheses_wrong=sum(1 for right, state in held if state == _VERDICT[not right]),
        calibration=calibration(decisions),
    )


_VERDICT = {True: "supported", False: "refuted"}


def _is_right(past: Past, entry: Entry) -> bool:
    assert isinstance(entry.command, AnswerProbe)
    told = entry.command
    probe = next((one for one in past.drill.probes if one.id == told.probe), None)
    asked = [e.t_ns for e in past.journal if e.kind == "probe" and e.subject == told.probe]
    truth = past.truth.at(asked[0]) if asked else None
    value = truth.value(probe.metric) if truth is not None and probe is not None else None
    if probe is None or value is None:
        return False
    return abs(told.value - value * probe.scale) <= probe.tolerance


def _objective(past: Past, objective: Objective) -> ObjectiveResult:
    last_ns = past.last_ns if objective.panel == "outcome" else past.end_ns
    met_ns = None if objective.met is None else first_moment(past, objective.met, last_ns)
    missed_ns = None if objective.never is None else first_moment(past, objective.never, last_ns)
    after_s = past.after_s(met_ns)
    met = objective.met is None or met_ns is not None
    if objective.within_s is not None and after_s is not None and after_s > objective.within_s:
        met = False
    if missed_ns is not None:
        met, after_s = False, past.after_s(missed_ns)
    return ObjectiveResult(objective.id, objective.title, objective.panel, met, after_s)
