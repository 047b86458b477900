"""What a seat sees, made of what the director knows.

Every text passes the drill's names, and nothing comes from the truth. Observers see no choice
before they have ranked; evaluators see as observers do, with nothing kept back, and the objectives.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents.drills.drill import LOOK_ON, SEATS
from outage_agents.drills.logbook import NOTES_SEEN
from outage_agents.drills.seat_view import Message, ObjectiveView, PersonView, ProbeView, SeatView
from outage_agents.drills.seats import IMPACT, IS_OFFERED, SEES_IMPACT, SEES_READINGS
from outage_agents.drills.sensors import Reading
from outage_agents.when import format_clock
from outage_engine.clock import SECOND

if TYPE_CHECKING:
    from outage_agents.drills.director import Director

HISTORY_SEEN = 60
"""Readings of a sensor that a seat sees the trend of."""
MESSAGES_MAX = 200
"""Messages in a view, the last ones."""
SEEN_MAX, WORK_MAX, APPROVALS_MAX = 40, 80, 20
"""The last hypotheses, decisions, posts and guesses; the last work; what waits longest. A view has
bounds, so that nobody who is let in can make everybody's too long to be sent."""
TEXT_SEEN = 1_000
"""Characters of a message."""
_OF_CHOICES = ("began", "result", "progress", "doubt", "task", "refused", "forbidden", "hand_over")
"""Kinds of messages from which an observer could tell what was chosen."""


def seat_view(director: "Director", seat: str) -> SeatView:
    """What a seat sees now. Raises ValueError for an unknown seat."""
    if seat not in SEATS:
        raise ValueError(f"{seat}: no such seat; there are {', '.join(SEATS)}")
    shown, now, drill = director.names.shown, director.now_ns, director.drill
    log, work = director.log, director.work
    hidden_ns = director.curtain.hidden_from_ns(now) if seat == "observer" else None
    until_ns = now + 1 if hidden_ns is None else hidden_ns
    taken = drill.hints[: director.hints]
    return SeatView(
        seat=seat,
        title=shown(drill.title),
        briefing=shown(drill.briefing),
        t_ns=now,
        clock=format_clock(now, director.start),
        since_begin_s=(now - director.begin_ns) // SECOND,
        left_s=max(0, director.end_ns - now) // SECOND,
        frozen=director.frozen,
        declared=log.declared,
        commander=log.commander,
        roster=_roster(director),
        readings=_readings(director, seat),
        alerts=tuple(attrs.evolve(a, text=shown(a.text)) for a in director.alerts.states()),
        messages=_messages(director, seat, until_ns),
        hypotheses=log.hypothesis_views()[-SEEN_MAX:],
        decisions=tuple(one for one in log.decisions if one.t_ns < until_ns)[-SEEN_MAX:],
        posts=log.post_views(now)[-SEEN_MAX:],
        work=tuple(work.view(one) for one in work.all if one.begun_ns < until_ns)[-WORK_MAX:],
        approvals=tuple(
            work.approval_view(one)
            for one in work.pending[:APPROVALS_MAX]
            if one.since_ns < until_ns
        ),
        choices=director.offered if seat in IS_OFFERED else (),
        probes=tuple(
            ProbeView(probe.id, shown(probe.question))
            for probe in drill.probes
            if probe.id in director.open_probes
        ),
        hints=tuple(shown(hint.text) for hint in taken),
        hints_left=len(drill.hints) - director.hints,
        over=director.over,
        guesses=tuple(
            attrs.evolve(one, text=shown(one.text)) for one in director.guesses[-SEEN_MAX:]
        ),
        next_hint_cost_min=sum(
            hint.cost_min for hint in drill.hints[director.hints : director.hints + 1]
        ),
        objectives=_objectives(director) if seat == "evaluator" else (),
        notes=tuple(log.notes[-NOTES_SEEN:]),
        unranked_ns=hidden_ns,
        costs_s=tuple(drill.costs_s.items()),
    )


def _roster(director: "Director") -> tuple[PersonView, ...]:
    shown, now = director.names.shown, director.now_ns
    return tuple(
        PersonView(
            one.id,
            shown(director.cast.name(one.id, now)),
            shown(one.role),
            tuple(shown(answer.about) for answer in one.answers),
        )
        for one in director.cast.people()
    )


def _readings(director: "Director", seat: str) -> tuple[Reading, ...]:
    """All of them, or what customers notice, or none."""
    shown = readings_shown(director)
    if seat in SEES_READINGS:
        return shown
    if seat not in SEES_IMPACT:
        return ()
    noticed = [sensor.id for sensor in director.drill.sensors if sensor.metric.startswith(IMPACT)]
    return tuple(attrs.evolve(one, history=()) for one in shown if one.id in noticed)


def readings_shown(director: "Director") -> tuple[Reading, ...]:
    """What sensors show, under the names of the drill."""
    return tuple(
        attrs.evolve(
            one,
            title=director.names.shown(one.title),
            history=director.sensors.history(one.id)[-HISTORY_SEEN:],
        )
        for one in director.sensors.readings(director.now_ns)
    )


def _messages(director: "Director", seat: str, until_ns: int) -> tuple[Message, ...]:
    said = [
        message
        for to, message in director.messages
        if ((seat == "solo" and to not in LOOK_ON) or to in (seat, "all"))
        and (message.t_ns < until_ns or message.kind not in _OF_CHOICES)
    ]
    return tuple(
        one if len(one.text) <= TEXT_SEEN else attrs.evolve(one, text=one.text[:TEXT_SEEN] + "...")
        for one in said[-MESSAGES_MAX:]
    )


def _objectives(director: "Director") -> tuple[ObjectiveView, ...]:
    shown = director.names.shown
    return tuple(ObjectiveView(one.id, shown(one.title)) for one in director.drill.objectives)
