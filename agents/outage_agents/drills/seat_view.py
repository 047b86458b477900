"""What a seat sees: frozen, and nothing of truth or score in it.

Everything here comes from sensors, from what was said, and from what the seat itself did. Of an
action a seat knows that it was begun, how long such a thing takes, and what was reported of it.
"""

import attrs

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.sensors import Reading


@attrs.frozen
class Message:
    """Something said to this seat."""

    n: int
    """Counts what was said to seats, from 1; it grows, and leaves out what others were told."""
    t_ns: int
    kind: str
    text: str


@attrs.frozen
class PersonView:
    """One on the roster."""

    id: str
    name: str
    role: str
    topics: tuple[str, ...] = ()
    """What one can be asked about and knows something of."""


@attrs.frozen
class GuessView:
    """What somebody on the call takes for the cause, as it was brought up."""

    by: str
    """Name of who said it."""
    text: str


@attrs.frozen
class HypothesisView:
    """What might be the cause, and what the team holds of it."""

    text: str
    state: str


@attrs.frozen
class DecisionView:
    """A decision as it was logged."""

    t_ns: int
    what: str
    why: str
    expect: str
    by_ns: int
    confidence: float


@attrs.frozen
class PostView:
    """What customers were told."""

    t_ns: int
    channel: str
    claims: tuple[str, ...]
    next_ns: int
    overdue: bool
    """The last one, and the time of the next has passed."""


@attrs.frozen
class NoteView:
    """Something that somebody wrote down."""

    t_ns: int
    seat: str
    text: str


@attrs.frozen
class WorkView:
    """An action that somebody works at, or has."""

    name: str
    title: str
    by: str
    begun_ns: int
    expected_ns: int
    """By the usual duration."""
    report: str
    """What whoever did it reported; empty until then."""
    action: str = ""
    """Id of the action, as commands name it."""
    verified: bool = False
    """Somebody has looked at the effect since it was reported."""
    left_on: str = ""
    """Title of the action that takes it back, as long as it was done and not taken back."""


@attrs.frozen
class ApprovalView:
    """Something that waits for approval."""

    n: int
    action: str
    title: str
    risk: str
    word: str
    """To be typed."""
    by: str = ""
    """Who asked for it."""
    args: str = ""
    """What it was given, in words; empty: nothing, or all as usual."""
    since_ns: int | None = None


@attrs.frozen
class ArgumentView:
    """One thing that an action has to be told."""

    name: str
    title: str
    unit: str
    default: float | str
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    pattern: str = ""
    """Of a word: what it must look like."""


@attrs.frozen
class ChoiceView:
    """An action that can be begun, with what is told of it beforehand."""

    id: str
    title: str
    needs: str
    risk: str
    shortest_s: int
    longest_s: int
    approval: bool
    touches: str = ""
    """The part of the Region it is about, to group by."""
    arguments: tuple[ArgumentView, ...] = ()


@attrs.frozen
class ObjectiveView:
    """What is asked of players; for those who mark them."""

    id: str
    title: str


@attrs.frozen
class ProbeView:
    """A question that is open."""

    id: str
    question: str


@attrs.frozen
class SeatView:
    """Everything a seat sees at one moment."""

    seat: str
    title: str
    briefing: str
    t_ns: int
    clock: str
    """Time of day in the incident."""
    since_begin_s: int
    left_s: int
    """To the latest end."""
    frozen: bool
    declared: bool
    commander: str
    roster: tuple[PersonView, ...]
    readings: tuple[Reading, ...]
    alerts: tuple[AlertState, ...]
    messages: tuple[Message, ...]
    hypotheses: tuple[HypothesisView, ...]
    decisions: tuple[DecisionView, ...]
    posts: tuple[PostView, ...]
    work: tuple[WorkView, ...]
    approvals: tuple[ApprovalView, ...]
    choices: tuple[ChoiceView, ...]
    probes: tuple[ProbeView, ...]
    hints: tuple[str, ...]
    hints_left: int
    over: str
    """Why it is over; empty while it goes on."""
    guesses: tuple[GuessView, ...] = ()
    next_hint_cost_min: int = 0
    """What the next hint costs; 0 as well when there is none."""
    objectives: tuple[ObjectiveView, ...] = ()
    """For evaluators only."""
    notes: tuple[NoteView, ...] = ()
    """The last ones."""
    unranked_ns: int | None = None
    """For observers only: from this moment on, what was chosen is kept from them until they have
    ranked; None: nothing is."""
    costs_s: tuple[tuple[str, int], ...] = ()
    """By kind of command, the time it costs where time stands and every command has its price."""


@attrs.frozen
class TruthView:
    """One thing that is so, beside what the seat's sensor shows of it."""

    name: str
    """Metric."""
    title: str
    unit: str
    value: float | None
    """In the unit, as the sensor would scale it."""
    shown: float | None = None
    """What the sensor shows; None: nothing yet, or no sensor reads it."""
    age_s: int = 0
    override: str = ""
    """What the facilitator has done to the sensor: `off`, `held`, `says 12`."""
    sensor: str = ""
    """Its id; empty: no sensor reads it."""


@attrs.frozen
class InjectView:
    """One event of the master list, as the facilitator sees it."""

    n: int
    due: str
    """`at 30m`, or `when nlb.error_rate > 0.1 for 2m`."""
    from_: str
    to: str
    method: str
    text: str
    expected: str
    breaks: str
    """The fault or change that comes with it."""
    state: str
    """ahead, fired, skipped."""
    edited: bool = False
    put_off_s: int = 0
    fired_ns: int | None = None


@attrs.frozen
class JournalLine:
    """An entry of the journal, in words."""

    n: int
    t_ns: int
    seat: str
    kind: str
    text: str


@attrs.frozen
class MarkView:
    """What an evaluator or the facilitator noted for the report."""

    t_ns: int
    seat: str
    about: str
    rating: str
    text: str


@attrs.frozen
class ObjectiveStanding:
    """An objective as it stands at this moment."""

    id: str
    title: str
    panel: str
    """outcome, conduct, awareness."""
    state: str
    """open, met, missed."""
    after_s: int | None = None
    """When it was met or missed, from the beginning."""


@attrs.frozen
class FacilitatorView:
    """The truth beside what a player sees; never sent to a player."""

    player: SeatView
    truth: tuple[TruthView, ...]
    injects: tuple[InjectView, ...]
    journal: tuple[JournalLine, ...] = ()
    """The last ones."""
    milestones: tuple[tuple[str, int], ...] = ()
    """What has happened in the run, and when (virtual time)."""
    faults: tuple[str, ...] = ()
    """What is broken on purpose now."""
    marks: tuple[MarkView, ...] = ()
    score: tuple[str, ...] = ()
    """The three panels so far, as lines of text."""
    journal_length: int = 0
    objectives: tuple[ObjectiveStanding, ...] = ()
    """How each stands at this moment."""
