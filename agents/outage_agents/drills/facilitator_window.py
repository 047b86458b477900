"""What the facilitator sees: the truth beside what players see, and all that is to come."""

from typing import TYPE_CHECKING

from outage_agents.drills.condition import said_span
from outage_agents.drills.injects import InjectState
from outage_agents.drills.journal import Entry
from outage_agents.drills.journal_words import words_of
from outage_agents.drills.seat_view import FacilitatorView, InjectView, JournalLine, TruthView

if TYPE_CHECKING:
    from outage_agents.drills.director import Director

JOURNAL_SEEN = 200
"""Entries of the journal in a view, the last ones."""
MARKS_SEEN, WORDS_SEEN = 100, 500
"""Marks in a view, the last ones; characters of an entry."""


def facilitator_view(director: "Director", seat: str) -> FacilitatorView:
    """The truth beside what a seat sees. Raises ValueError for an unknown seat."""
    return FacilitatorView(
        player=director.view_of(seat),
        truth=tuple(_truth(director)),
        injects=tuple(_inject(one) for one in director.injects.states()),
        journal=tuple(_line(director, one) for one in director.journal.last(JOURNAL_SEEN)),
        milestones=tuple(director.milestones),
        faults=director.helm.faults(),
        marks=tuple(director.log.marks[-MARKS_SEEN:]),
        journal_length=len(director.journal),
    )


def _truth(director: "Director") -> list[TruthView]:
    truth, shown = director.truth, director.names.shown
    if truth is None:
        return []
    now = {one.id: one for one in director.sensors.readings(director.now_ns)}
    views = []
    for sensor in director.drill.sensors:
        value, reading = truth.value(sensor.metric), now[sensor.id]
        views.append(
            TruthView(
                sensor.metric,
                shown(sensor.title),
                sensor.unit,
                None if value is None else value * sensor.scale,
                reading.value,
                reading.age_s,
                director.sensors.override_of(sensor.id),
                sensor.id,
            )
        )
    return views


def _line(director: "Director", entry: Entry) -> JournalLine:
    text = director.names.shown(words_of(entry))
    return JournalLine(entry.n, entry.t_ns, entry.seat, entry.kind, text[:WORDS_SEEN])


def _inject(state: InjectState) -> InjectView:
    inject = state.inject
    when = inject.when
    due = f"at {said_span(inject.at_s or 0)}" if when is None else f"when {when.text}"
    return InjectView(
        inject.n,
        due,
        inject.from_,
        inject.to,
        inject.method,
        inject.text,
        inject.expected,
        inject.fault or inject.change,
        state.state,
        state.edited,
        state.put_off_s,
        state.fired_ns,
    )
