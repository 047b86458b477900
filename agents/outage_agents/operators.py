"""Operators: the people on the call, who carry out a script of actions.

What the real ones did, and when, is in the provider's post-event summary and in an insider's
account (Pragmatic Engineer, 2025-12-17). Here they are one actor that holds the run's action
script. At each moment of effect it sends an order to every component concerned and asks what came
of it; the component decides whether the action is possible and whether there was anything to do. So
a scripted action whose fault is absent comes to nothing: its result is `not needed`.

Restarting DWFM hosts goes zone by zone, with a gap between two zones. Everything else goes out at
once. Simplified: operators make no mistakes, and an order is understood when it arrives. *Assumed*:
a component that has not answered after 30 s will not.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import attrs

from outage_agents.actions import Action, ScheduledAction, Script, find_action, merged
from outage_agents.messages import ActionOrder, ActionResult
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import SECOND, ns
from outage_engine.errors import AskTimedOut

ANSWER_WITHIN_NS = 30 * SECOND
"""How long operators wait for an answer. Assumed."""
DONE = "done"
NOT_NEEDED = "not needed"


@attrs.frozen
class ActionDone:
    """An action that operators carried out, or tried to."""

    id: str
    t_ns: int
    """Moment of effect."""
    args: tuple[tuple[str, float | str], ...]
    result: str
    """`done`, `not needed`, or `refused: why`."""
    detail: str = ""
    """What the components said."""


@attrs.frozen
class OperatorsView:
    """What operators have done and will do."""

    done: tuple[ActionDone, ...]
    ahead: Script
    """Entries of the script that are still to come, next first."""


@attrs.frozen
class ActNow:
    """Somebody asks operators, live, to add an action to their script."""

    action: ScheduledAction


class Operators(Actor):
    """Carries out the script; the log of what came of it only ever grows."""

    def __init__(self, script: Script, cast: Sequence[str], name: str = "operators") -> None:
        """`cast`: addresses of all components that take part in the run."""
        super().__init__(name)
        self._cast = tuple(cast)
        self._agenda: list[_Step] = []
        self._log: list[ActionDone] = []
        self._steps_made = 0
        for entry in merged(script):
            self._plan(entry)

    async def main(self) -> None:
        """Carry out each step at its moment; meanwhile, listen for new actions."""
        while True:
            due_ns = self._agenda[0].at_ns if self._agenda else None
            if due_ns is not None and due_ns <= self.world.now:
                await self._carry_out(self._agenda.pop(0))
                continue
            envelope = await self.receive_until(due_ns)
            if envelope is not None:
                self._listen(envelope)

    def act(self, action: ScheduledAction) -> None:
        """Add an action to the script of a run that is under way.

        One whose moment has passed is carried out at once.
        """
        self._plan(attrs.evolve(action, at_ns=max(action.at_ns, self.world.now)))
        self.send(self.name, ActNow(action))  # wakes the actor, which then looks at its agenda

    @property
    def log(self) -> tuple[ActionDone, ...]:
        """What came of each action, in the order in which that was known; it only grows."""
        return tuple(self._log)

    def snapshot(self) -> OperatorsView:
        """What has been done, and what is ahead."""
        ahead = [step.group.action for step in self._agenda if step.first]
        return OperatorsView(self.log, tuple(ahead))

    def _listen(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, ActNow) and envelope.sender != self.name:
            self._plan(
                attrs.evolve(message.action, at_ns=max(message.action.at_ns, self.world.now))
            )

    def _plan(self, entry: ScheduledAction) -> None:
        """Put an action's steps on the agenda, behind what is due at the same moment."""
        action = find_action(entry.id)
        waves = list(_waves(action, entry, self._cast))
        group = _Group(entry, len(waves))
        for number, (delay_ns, addresses) in enumerate(waves):
            at_ns = entry.at_ns + delay_ns
            self._agenda.append(_Step(at_ns, self._steps_made, group, addresses, first=number == 0))
            self._steps_made += 1
        self._agenda.sort(key=lambda step: (step.at_ns, step.number))

    async def _carry_out(self, step: "_Step") -> None:
        entry = step.group.action
        if step.first:
            self.narrate(_announcement(entry), about=entry.id)
        answers = [await self._order(address, entry) for address in step.addresses]
        outcome = _combined(answers) if answers else _without_component(find_action(entry.id))
        step.group.outcomes.append(outcome)
        step.group.steps_left -= 1
        self._report(step.group, outcome)

    async def _order(self, address: str, entry: ScheduledAction) -> ActionResult:
        """One order to one component, and its answer."""
        try:
            answer = await self.ask(address, ActionOrder(entry.id, entry.args), ANSWER_WITHIN_NS)
        except AskTimedOut:
            return ActionResult(f"refused: no answer from {address}")
        assert isinstance(answer, ActionResult), f"{address} answered {answer!r} to {entry.id}"
        return answer

    def _report(self, group: "_Group", latest: ActionResult) -> None:
        """Log what came of an action as soon as it is certain, and once only."""
        if group.logged:
            if latest.result.startswith("refused"):
                self.narrate(f"{group.action.id}: {latest.result}", level="warning")
            return
        if latest.result == NOT_NEEDED and group.steps_left:
            return
        group.logged = True
        entry = group.action
        self._log.append(
            ActionDone(entry.id, entry.at_ns, entry.args, latest.result, latest.detail)
        )
        detail = f" ({latest.detail})" if latest.detail else ""
        level = "warning" if latest.result.startswith("refused") else "info"
        self.narrate(f"{entry.id}: {latest.result}{detail}", level=level, about=entry.id)


@attrs.define(eq=False)
class _Group:
    """An action under way, which may take several steps."""

    action: ScheduledAction
    steps_left: int
    outcomes: list[ActionResult] = attrs.field(factory=list)
    logged: bool = False


@attrs.frozen(eq=False)
class _Step:
    """Orders that go out at one moment."""

    at_ns: int
    number: int
    group: _Group
    addresses: tuple[str, ...]
    first: bool


def _waves(
    action: Action, entry: ScheduledAction, cast: Sequence[str]
) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Delay after the moment of effect, and addresses, of each step of an action."""
    addresses = _matching(action.targets, cast)
    if action.id != "dwfm.restart_hosts":
        return [(0, addresses)]
    args = dict(entry.args)
    zones = _zones(str(args["zones"]))
    gap_ns = ns(float(args["zone_gap_s"]))
    return [
        (order * gap_ns, _matching((f"dwfm-az{zone}-*",), addresses))
        for order, zone in enumerate(zones)
    ]


def _zones(text: str) -> list[int]:
    """`all` or `1+3`, as numbers."""
    return list(range(1, 7)) if text == "all" else [int(zone) for zone in text.split("+")]


def _matching(patterns: Sequence[str], cast: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in cast if any(fnmatchcase(name, one) for one in patterns))


def _combined(answers: Sequence[ActionResult]) -> ActionResult:
    """One result of several components: a refusal counts most, then anything done."""
    for kind in ("refused", DONE):
        found = [answer for answer in answers if answer.result.startswith(kind)]
        if found:
            return ActionResult(found[0].result, found[0].detail)
    return answers[0]


def _without_component(action: Action) -> ActionResult:
    """No component to go to: a decoy, or a part of the Region that this run leaves out."""
    if not action.targets:
        return ActionResult(DONE, action.effect)
    return ActionResult(NOT_NEEDED, "no such component takes part in this run")


def _announcement(entry: ScheduledAction) -> str:
    listed = ", ".join(f"{name}={_shown(value)}" for name, value in entry.args)
    said = f" ({listed})" if listed else ""
    return f"{find_action(entry.id).title}: {entry.id}{said}"


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
