"""Everything that changes a run from outside, each at its moment.

A run is its scenario: operators' actions, faults and changed parameters stand in it, with their
moments. At every moment that has any, one event fires, before everything else of that instant, and
carries them out in one order: faults that end, parameters, faults that begin, actions called off,
actions begun, actions that take effect; within a kind in the order of the scenario.

So it does not matter when an input became known. `take` brings another scenario to a run that is
under way, the same but for inputs at moments that are still to come; the run goes on as if that had
been its scenario from the start, with the same digest.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import attrs

from outage_agents.actions import ScheduledAction, find_action
from outage_agents.live_inputs import LiveInputError
from outage_agents.operators import last_wave_ns, names_of, said_args
from outage_agents.views import ActionView, ChangeView, FaultView, InputsView
from outage_engine.heap import INPUT

if TYPE_CHECKING:
    from outage_agents.changes import ParameterChange
    from outage_agents.faults import ScheduledFault
    from outage_agents.operators import ActionDone, Operators, OperatorsView, Underway
    from outage_agents.scenario import Scenario
    from outage_engine.heap import Event
    from outage_engine.world import World

FAULT_ENDS, CHANGE, FAULT_BEGINS, CALL_OFF, BEGIN, EFFECT = range(6)
"""Kinds of inputs, in the order in which those of one moment are carried out."""

FOR_EVER_NS = 2**63 - 1


class FaultTaker(Protocol):
    """Who breaks things and mends them; `n` is the fault's place in the scenario."""

    def check(self, fault: "ScheduledFault") -> None: ...
    def begin(self, n: int, fault: "ScheduledFault") -> None: ...
    def end(self, n: int, fault: "ScheduledFault") -> None: ...


class ParameterTaker(Protocol):
    """Who gives a changed parameter to those that read it."""

    def change(self, change: "ParameterChange") -> None: ...


@attrs.frozen
class Due:
    """One input at its moment."""

    at_ns: int
    kind: int
    place: int
    """In the scenario's list of its sort."""


class Inputs:
    """Carries out the inputs of a scenario, and of those that replace it under way."""

    def __init__(
        self,
        scenario: "Scenario",
        world: "World",
        operators: "Operators",
        faults: FaultTaker,
        parameters: ParameterTaker,
    ) -> None:
        self.scenario = scenario
        """What the run is by now: the last scenario that was taken."""
        self._world = world
        self._operators = operators
        self.faults = faults
        self._parameters = parameters
        self._events: dict[int, Event] = {}
        self._names = names_of(scenario.script)
        self._at_rest: tuple[int, int, InputsView] | None = None
        """(until when; actions done then; the view that stays true as long as there are no more)"""
        self._schedule(world.now)

    def check(self, scenario: "Scenario") -> None:
        """Raises ValueError unless a scenario differs in inputs still to come only."""
        now = self._world.now
        if _until(self.scenario, now) != _until(scenario, now):
            raise ValueError(f"a scenario cannot change what happened up to {now} ns")

    def take(self, scenario: "Scenario") -> None:
        """Go on with a scenario that differs in inputs still to come only (see `check`)."""
        self.check(scenario)
        self.scenario = scenario
        self._names = names_of(scenario.script)
        self._at_rest = None
        self._schedule(self._world.now + 1)

    def check_under_way(self, name: str) -> None:
        """Raises LiveInputError when an action has come to its end."""
        known = self._operators.snapshot()
        running = [one.name for one in known.running]
        over = next((one for one in known.done if one.name == name), None)
        if over is not None and name not in running:
            raise LiveInputError([f"{name}: is over, {over.result}"])

    def _schedule(self, first_ns: int) -> None:
        """From `first_ns` on, one event for each moment that has inputs, none for the others."""
        moments = sorted({due.at_ns for due in inputs_of(self.scenario)})
        for at_ns, event in list(self._events.items()):
            if at_ns not in moments:
                event.cancel()
                del self._events[at_ns]
        for at_ns in moments:
            if at_ns not in self._events and at_ns >= first_ns:
                self._events[at_ns] = self._world.call_at(
                    at_ns, self._fire, priority=INPUT, label="input"
                )

    def _fire(self) -> None:
        now = self._world.now
        del self._events[now]
        due = [one for one in inputs_of(self.scenario) if one.at_ns == now]
        for one in sorted(due, key=lambda one: (one.kind, one.place)):
            self._carry_out(one)

    def _carry_out(self, due: Due) -> None:
        scenario, place = self.scenario, due.place
        if due.kind == CHANGE:
            self._parameters.change(scenario.changes[place])
        elif due.kind == FAULT_BEGINS:
            self.faults.begin(place, scenario.faults[place])
        elif due.kind == FAULT_ENDS:
            self.faults.end(place, scenario.faults[place])
        else:
            name, entry, operators = self._names[place], scenario.script[place], self._operators
            if due.kind == CALL_OFF:
                operators.call_off(name, entry)
            elif due.kind == BEGIN:
                operators.begin(name, entry)
            else:
                operators.carry_out(name, entry)

    def view(self) -> InputsView:
        """What was done, is being done and will be done to the run from outside."""
        now = self._world.now
        known = self._operators.snapshot()
        if self._at_rest is not None:
            until_ns, done_then, shown = self._at_rest
            if now < until_ns and done_then == len(known.done):
                return shown
        view = self._view(known, now)
        until_ns = 0 if known.running else _next_change_ns(view, now)
        self._at_rest = until_ns, len(known.done), view
        return view

    def _view(self, known: "OperatorsView", now: int) -> InputsView:
        scenario = self.scenario
        done = {one.name: one for one in known.done}
        running = {one.name: one for one in known.running}
        return InputsView(
            actions=tuple(
                _action_view(name, entry, done.get(name), running.get(name), now)
                for name, entry in zip(self._names, scenario.script, strict=True)
            ),
            faults=tuple(_fault_view(n, fault, now) for n, fault in enumerate(scenario.faults)),
            changes=tuple(
                ChangeView(change.path, change.value, change.at_ns, change.at_ns <= now)
                for change in scenario.changes
            ),
        )


def inputs_of(scenario: "Scenario") -> Iterator[Due]:
    """Every input of a scenario, at its moment."""
    for place, entry in enumerate(scenario.script):
        off_ns = entry.called_off_ns
        if entry.begin_ns is not None and (off_ns is None or off_ns > entry.begin_ns):
            yield Due(entry.begin_ns, BEGIN, place)
        if entry.takes_effect:
            yield Due(entry.at_ns, EFFECT, place)
        if off_ns is not None:
            yield Due(off_ns, CALL_OFF, place)
    for place, fault in enumerate(scenario.faults):
        yield Due(fault.at_ns, FAULT_BEGINS, place)
        if fault.end_ns is not None:
            yield Due(fault.end_ns, FAULT_ENDS, place)
    for place, change in enumerate(scenario.changes):
        yield Due(change.at_ns, CHANGE, place)


def _until(scenario: "Scenario", now_ns: int) -> object:
    """Everything of a scenario that has had its effect by a moment."""
    had: list[tuple[int, int, object]] = []
    for due in inputs_of(scenario):
        if due.at_ns > now_ns:
            continue
        entry: object
        if due.kind == CHANGE:
            entry = scenario.changes[due.place]
        elif due.kind in (FAULT_BEGINS, FAULT_ENDS):
            entry = attrs.evolve(scenario.faults[due.place], duration_ns=None)
        else:
            entry = attrs.evolve(scenario.script[due.place], called_off_ns=None)
        had.append((due.at_ns, due.kind, entry))
    had.sort(key=lambda one: one[:2])
    return had, attrs.evolve(scenario, script=(), faults=(), changes=())


@lru_cache(maxsize=1024)
def _told(entry: ScheduledAction) -> tuple[str, str, int]:
    """Title, arguments in words, and the moment of the last effect: what never changes of it."""
    end_ns = entry.at_ns + last_wave_ns(entry.id, entry.args)
    return find_action(entry.id).title, said_args(entry.args), end_ns


def _action_view(
    name: str,
    entry: ScheduledAction,
    done: "ActionDone | None",
    running: "Underway | None",
    now_ns: int,
) -> ActionView:
    if running is None:
        if done is None and now_ns < entry.start_ns:
            return _resting(name, entry, None, entry.start_ns - 1)
        last_ns = max(entry.at_ns, _told(entry)[2])
        if done is not None and now_ns >= last_ns:
            return _resting(name, entry, done, last_ns)
    return _moving(name, entry, done, running, now_ns)


@lru_cache(maxsize=1024)
def _resting(
    name: str, entry: ScheduledAction, done: "ActionDone | None", now_ns: int
) -> ActionView:
    """One that is ahead or over: the same at every moment, so made once."""
    return _moving(name, entry, done, None, now_ns)


def _moving(
    name: str,
    entry: ScheduledAction,
    done: "ActionDone | None",
    running: "Underway | None",
    now_ns: int,
) -> ActionView:
    title, args, end_ns = _told(entry)
    if running is not None:
        state = "under way" if running.steps else "begun"
    elif done is not None:
        state = "over"
    else:
        state = "ahead" if entry.start_ns > now_ns else "unheard"
    return ActionView(
        name=name,
        id=entry.id,
        title=title,
        args=args,
        state=state,
        start_ns=entry.start_ns,
        effect_ns=entry.at_ns,
        end_ns=end_ns,
        progress=_progress(entry.start_ns, max(entry.at_ns, end_ns), now_ns),
        result="" if done is None else done.result,
        detail="" if done is None else done.detail,
    )


def _progress(start_ns: int, end_ns: int, now_ns: int) -> float:
    if now_ns <= start_ns:
        return 0.0
    return 1.0 if now_ns >= end_ns else round((now_ns - start_ns) / (end_ns - start_ns), 3)


def _next_change_ns(view: InputsView, now_ns: int) -> int:
    """Until when a view of this moment stays true while nobody acts; 0: not even for a while."""
    times_ns = [change.at_ns for change in view.changes]
    for action in view.actions:
        if 0.0 < action.progress < 1.0:
            return 0
        times_ns += action.start_ns, action.effect_ns, action.end_ns
    for fault in view.faults:
        times_ns.append(fault.begin_ns)
        if fault.end_ns is not None:
            times_ns.append(fault.end_ns)
    return min((t_ns for t_ns in times_ns if t_ns >= now_ns), default=FOR_EVER_NS)


def _fault_view(n: int, fault: "ScheduledFault", now_ns: int) -> FaultView:
    over = fault.end_ns is not None and fault.end_ns <= now_ns
    return FaultView(
        n=n,
        kind=fault.kind,
        target=fault.target,
        args=said_args(fault.args),
        begin_ns=fault.at_ns,
        end_ns=fault.end_ns,
        state="over" if over else "active" if fault.at_ns <= now_ns else "ahead",
    )
