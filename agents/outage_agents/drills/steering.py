"""Steering: what facilitator and evaluators do to an exercise while it goes on.

They fire, skip, edit and put off events of the master list, break and mend things in the run,
meddle with sensors, and note what they see for the report. Each is a command of the journal, so
going back has it too. Players are told nothing of it: they see what comes of it, as of everything.
"""

from typing import TYPE_CHECKING

from outage_agents.drills.journal import (
    Break,
    Command,
    EditInject,
    FireInject,
    Mark,
    Mend,
    Note,
    Override,
    PutOffInject,
    Rank,
    SkipInject,
    Staff,
    Stop,
)
from outage_agents.drills.sensors import SensorError
from outage_agents.scenario_source import InputError, nearest
from outage_engine.clock import SECOND

if TYPE_CHECKING:
    from outage_agents.drills.director import Director

_STOPPED = "the facilitator ended it"


def steer(director: "Director", seat: str, command: Command) -> str:
    """Carry out a command of somebody who looks on; the answer. Raises InputError."""
    match command:
        case FireInject() | SkipInject() | EditInject() | PutOffInject():
            return _change_list(director, command)
        case Break():
            return _break(director, command.fault)
        case Mend():
            return _mend(director, command.fault)
        case Override():
            return _override(director, command)
        case Stop():
            director.end(seat, command.why or _STOPPED)
            return "ended"
        case Mark():
            return _mark(director, seat, command)
        case Rank():
            return _rank(director, command)
        case Staff():
            return director.take_staff(command)
        case Note():
            return "noted"
        case _:
            raise InputError([f"nothing of this kind is done from seat {seat}"])


def _change_list(
    director: "Director", command: FireInject | SkipInject | EditInject | PutOffInject
) -> str:
    injects, n = director.injects, command.n
    match command:
        case FireInject():
            changed, told = injects.fire(n), "comes now"
        case SkipInject():
            changed, told = injects.skip(n), "is left out"
        case EditInject():
            if not command.text.strip():
                raise InputError([f"inject {n}: a text is wanted; to leave it out, skip it"])
            changed, told = injects.edit(n, command.text), "has another text"
        case PutOffInject():
            seconds = round(command.minutes * 60)
            since_s = (director.now_ns - director.begin_ns) // SECOND
            changed = injects.put_off(n, seconds, since_s)
            told = f"comes {command.minutes:g} min later"
    if not changed:
        raise InputError([_not_ahead(director, n)])
    return f"inject {n} {told}"


def _not_ahead(director: "Director", n: int) -> str:
    states = {one.inject.n: one.state for one in director.injects.states()}
    if n not in states:
        known = ", ".join(str(one) for one in states) or "none"
        return f"inject {n}: the list has none of this number; it has {known}"
    return f"inject {n}: {'has come' if states[n] == 'fired' else 'was left out'} already"


def _break(director: "Director", fault: str) -> str:
    try:
        director.helm.inject(fault)
    except InputError as wrong:
        shortened = [one.replace("--fault ", "").replace("@T: ", ": ") for one in wrong.problems]
        raise InputError(shortened) from wrong
    return f"{fault}: breaks in a moment"


def _mend(director: "Director", fault: str) -> str:
    on = director.helm.faults()
    if fault not in on:
        near = nearest(fault, on)
        meant = f"; did you mean {near}" if near else ""
        raise InputError([f"{fault}: is not broken now{meant}"])
    director.helm.mend(fault)
    return f"{fault}: ends in a moment"


def _override(director: "Director", command: Override) -> str:
    try:
        director.sensors.override(command.sensor, command.how, command.value, director.now_ns)
    except SensorError as wrong:
        raise InputError([str(wrong)]) from wrong
    told = {"off": "reads nothing", "hold": "is held", "restore": "reads again"}
    return f"{command.sensor} {told.get(command.how, f'says {command.value:g}')}"


def _mark(director: "Director", seat: str, command: Mark) -> str:
    if not command.about.strip():
        raise InputError(["a mark is about something: an objective, a seat, or in your own words"])
    if not command.rating and not command.text.strip():
        raise InputError(["a mark has a rating (P, S, M, U), a text, or both"])
    director.log.mark(director.now_ns, seat, command)
    return "marked"


def _rank(director: "Director", command: Rank) -> str:
    known = [*(choice.id for choice in director.offered), "wait"]
    for option in command.options:
        if option not in known:
            near = nearest(option, known)
            meant = f"; did you mean {near}" if near else ""
            raise InputError([f"{option}: nothing that can be done{meant}"])
    if len({*command.options}) < len(command.options):
        raise InputError(["an option is there twice"])
    if len(command.options) < 2:
        raise InputError(["an order needs two options or more"])
    director.curtain.rank(director.now_ns)
    return "ranked"
