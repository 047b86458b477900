"""What a seat sees: frozen, and nothing of truth or score in it.

Everything here comes from sensors, from what was said, and from what the seat itself did. Of an
action a seat knows that it was begun, how long such a thing takes, and what was reported of it.
"""

import attrs

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.injects import InjectState
from outage_agents.drills.sensors import Reading
from outage_agents.drills.truth import Truth


@attrs.frozen
class Message:
    """Something said to this seat."""

    n: int
    """Its number in the journal."""
    t_ns: int
    kind: str
    text: str


@attrs.frozen
class PersonView:
    """One on the roster."""

    id: str
    name: str
    role: str


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


@attrs.frozen
class ApprovalView:
    """Something that waits for approval."""

    n: int
    action: str
    title: str
    risk: str
    word: str
    """To be typed."""


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


@attrs.frozen
class ProbeView:
    """A question that is open."""

    id: str
    question: str


@attrs.frozen
class SeatView:
    """Everything a seat sees at one moment."""

    seat: str
    drill: str
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


@attrs.frozen
class FacilitatorView:
    """The truth beside what a player sees; never sent to a player."""

    player: SeatView
    truth: Truth | None
    injects: tuple[InjectState, ...]
    truth_names: tuple[str, ...]
    journal_length: int
