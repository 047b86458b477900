"""Operators: the people on the call, who carry out actions.

What the real ones did, and when, is in the provider's post-event summary and in an insider's
account (Pragmatic Engineer, 2025-12-17). Here they are one actor that hears of each action at its
moment (when somebody begins it, when it takes effect, when it is called off) and, for each that
takes effect, one *errand*: an actor that sends an order to every component concerned and asks what
came of it. The component decides whether the action is possible and whether there was anything to
do. So a scripted action whose fault is absent comes to nothing: its result is `not needed`. Errands
go on beside each other: a component that is slow to answer one holds up no other.

Restarting DWFM hosts goes zone by zone, with a gap between two zones. Everything else goes out at
once. Simplified: operators make no mistakes, an order is understood when it arrives, and any number
of them is awake. *Assumed*: a component that has not answered after 30 s will not.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import attrs
import msgspec

from outage_agents.actions import Action, ScheduledAction, Script, find_action
from outage_agents.causes import occasion
from outage_agents.messages import ActionOrder, ActionResult
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import MINUTE, SECOND, ns

ANSWER_WITHIN_NS = 30 * SECOND
"""How long operators wait for an answer. Assumed."""
DONE = "done"
NOT_NEEDED = "not needed"
CALLED_OFF = "called off"


@attrs.frozen
class ActionDone:
    """An action that operators carried out, or tried to."""

    id: str
    t_ns: int
    """Moment of effect; of one that was called off before, the moment of that."""
    args: tuple[tuple[str, float | str], ...]
    result: str
    """`done`, `not needed`, `called off`, or `refused: why`."""
    detail: str = ""
    """What the components said."""
    name: str = ""
    """Which of its kind: `dwfm.throttle#2` is the second throttle of the run."""


@attrs.frozen
class Underway:
    """An action that has been begun or has taken effect, and is not over."""

    name: str
    begun_ns: int
    steps: int = 0
    """Waves of orders it consists of; 0: it has not taken effect."""
    steps_done: int = 0


class OperatorsView(msgspec.Struct, frozen=True):
    """What operators have done, and what they are doing."""

    done: tuple[ActionDone, ...]
    running: tuple[Underway, ...]
    """Begun or carried out at this moment, in the order in which they began."""


@attrs.frozen
class BeginAction:
    """Operators hear: somebody begins."""

    name: str
    id: str
    effect_ns: int


@attrs.frozen
class CarryOutAction:
    """Operators hear: it takes effect now."""

    name: str
    id: str
    at_ns: int
    args: tuple[tuple[str, float | str], ...]


@attrs.frozen
class CallOffAction:
    """Operators hear: leave it; what has been done stays."""

    name: str
    id: str
    args: tuple[tuple[str, float | str], ...]


@attrs.frozen
class ErrandStep:
    """An errand tells what came of one wave of its orders."""

    name: str
    result: str
    detail: str


def names_of(script: Script) -> tuple[str, ...]:
    """A name for each entry: its id and which of that id it is, by the moment it starts.

    An entry that is added later never changes the name of one that has started.
    """
    order = sorted(range(len(script)), key=lambda place: (script[place].start_ns, place))
    counts: dict[str, int] = {}
    names = [""] * len(script)
    for place in order:
        action_id = script[place].id
        counts[action_id] = counts.get(action_id, 0) + 1
        names[place] = f"{action_id}#{counts[action_id]}"
    return tuple(names)


class Operators(Actor):
    """Hears of actions and has them carried out; the log of what came of it only ever grows."""

    def __init__(self, cast: Sequence[str], name: str = "operators") -> None:
        """`cast`: addresses of all components that take part in the run."""
        super().__init__(name)
        self._cast = tuple(cast)
        self._tasks: dict[str, _Task] = {}
        self._log: list[ActionDone] = []

    async def main(self) -> None:
        """React to what is said on the call."""
        await self.serve(self._hear)

    def begin(self, name: str, entry: ScheduledAction) -> None:
        """Tell operators, from outside, that an action begins now."""
        self.send(self.name, BeginAction(name, entry.id, entry.at_ns))

    def carry_out(self, name: str, entry: ScheduledAction) -> None:
        """Tell operators, from outside, that an action takes effect now."""
        self.send(self.name, CarryOutAction(name, entry.id, entry.at_ns, entry.args))

    def call_off(self, name: str, entry: ScheduledAction) -> None:
        """Tell operators, from outside, to leave an action be."""
        self.send(self.name, CallOffAction(name, entry.id, entry.args))

    @property
    def log(self) -> tuple[ActionDone, ...]:
        """What came of each action, in the order in which that was known; it only grows."""
        return tuple(self._log)

    def snapshot(self) -> OperatorsView:
        """What has been done, and what is being done."""
        return OperatorsView(self.log, tuple(task.view() for task in self._tasks.values()))

    def _hear(self, envelope: Envelope) -> None:
        match envelope.message:
            case BeginAction() as begin:
                self._begin(begin)
            case CarryOutAction() as order:
                self._carry_out(order)
            case CallOffAction() as order:
                self._call_off(order)
            case ErrandStep() as step:
                self._note_answer(step)

    def _begin(self, begin: BeginAction) -> None:
        self._tasks[begin.name] = _Task(begin.name, self.world.now)
        minutes = (begin.effect_ns - self.world.now) / MINUTE
        title = find_action(begin.id).title
        self.narrate(
            f"{title}: {begin.id} begins, expected to take {minutes:.0f} min",
            about=f"action.{begin.id}.begun",
            because=occasion(begin.id),
        )

    def _carry_out(self, order: CarryOutAction) -> None:
        waves = tuple(_waves(order, self._cast))
        task = self._tasks.setdefault(order.name, _Task(order.name, self.world.now))
        task.order = order
        task.steps = len(waves)
        self.narrate(
            _announcement(order),
            about=f"action.{order.id}",
            because=(f"action.{order.id}.begun", *occasion(order.id)),
        )
        errand = Errand(f"{self.name}/{order.name}", self.name, order, waves)
        task.errand = errand.name
        self.world.add(errand)

    def _call_off(self, order: CallOffAction) -> None:
        task = self._tasks.pop(order.name, None)
        if task is None:
            self.narrate(
                f"{order.id}: there is nothing to call off",
                level="warning",
                about=f"action.{order.id}.called_off",
            )
            return
        if task.errand:
            self.world.kill(task.errand)
        steps = f" after {task.steps_done} of {task.steps} steps" if task.steps else ""
        self.narrate(
            f"{order.id}: called off{steps}",
            about=f"action.{order.id}.called_off",
            because=(f"action.{order.id}", f"action.{order.id}.begun"),
        )
        if not task.logged:
            now = self.world.now // SECOND * SECOND
            done = ActionDone(order.id, now, order.args, CALLED_OFF, steps.strip(), order.name)
            self._log.append(done)

    def _note_answer(self, step: ErrandStep) -> None:
        """Log what came of an action as soon as it is certain, and once only."""
        task = self._tasks.get(step.name)
        if task is None or task.order is None:
            return  # called off meanwhile
        task.steps_done += 1
        over = task.steps_done == task.steps
        if over:
            del self._tasks[step.name]
        order = task.order
        if task.logged:
            if step.result.startswith("refused"):
                self.narrate(
                    f"{order.id}: {step.result}",
                    level="warning",
                    about=f"action.{order.id}.result",
                    because=(f"action.{order.id}",),
                )
            return
        if step.result == NOT_NEEDED and not over:
            return
        task.logged = True
        self._log.append(
            ActionDone(order.id, order.at_ns, order.args, step.result, step.detail, order.name)
        )
        detail = f" ({step.detail})" if step.detail else ""
        level = "warning" if step.result.startswith("refused") else "info"
        self.narrate(
            f"{order.id}: {step.result}{detail}",
            level=level,
            about=f"action.{order.id}.result",
            because=(f"action.{order.id}",),
        )


class Errand(Actor):
    """One action being carried out: orders to components, wave after wave."""

    def __init__(
        self, name: str, operators: str, order: CarryOutAction, waves: Sequence["Wave"]
    ) -> None:
        super().__init__(name)
        self._operators = operators
        self._order = order
        self._waves = tuple(waves)

    async def main(self) -> None:
        """Give the orders of each wave at its moment, and tell what came of them."""
        order = ActionOrder(self._order.id, self._order.args)
        for wave in self._waves:
            await self.sleep_until(self._order.at_ns + wave.delay_ns)
            answers = await self.ask_all(wave.addresses, order, ANSWER_WITHIN_NS)
            told = [answers.get(address, _silent(address)) for address in wave.addresses]
            came = _combined(told) if told else _without_component(find_action(order.id))
            self.send(self._operators, ErrandStep(self._order.name, came.result, came.detail))


@attrs.frozen
class Wave:
    """Orders of an action that go out at one moment."""

    delay_ns: int
    """After the moment of effect."""
    addresses: tuple[str, ...]


@attrs.define(eq=False)
class _Task:
    """An action under way, as operators keep it in mind."""

    name: str
    begun_ns: int
    order: CarryOutAction | None = None
    errand: str = ""
    steps: int = 0
    steps_done: int = 0
    logged: bool = False

    def view(self) -> Underway:
        return Underway(self.name, self.begun_ns, self.steps, self.steps_done)


def last_wave_ns(action_id: str, args: Iterable[tuple[str, float | str]]) -> int:
    """From the effect of an action to its last wave of orders, nanoseconds."""
    if action_id != "dwfm.restart_hosts":
        return 0
    given = dict(args)
    return (len(_zones(str(given["zones"]))) - 1) * ns(float(given["zone_gap_s"]))


def _waves(order: CarryOutAction, cast: Sequence[str]) -> list[Wave]:
    """The waves of orders an action consists of."""
    addresses = _matching(find_action(order.id).targets, cast)
    if order.id != "dwfm.restart_hosts":
        return [Wave(0, addresses)]
    args = dict(order.args)
    gap_ns = ns(float(args["zone_gap_s"]))
    return [
        Wave(place * gap_ns, _matching((f"dwfm-az{zone}-*",), addresses))
        for place, zone in enumerate(_zones(str(args["zones"])))
    ]


def _zones(text: str) -> list[int]:
    """`all` or `1+3`, as numbers."""
    return list(range(1, 7)) if text == "all" else [int(zone) for zone in text.split("+")]


def _matching(patterns: Sequence[str], cast: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in cast if any(fnmatchcase(name, one) for one in patterns))


def _silent(address: str) -> ActionResult:
    return ActionResult(f"refused: no answer from {address}")


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


def _announcement(order: CarryOutAction) -> str:
    """What is begun; arguments at their defaults are left out."""
    action = find_action(order.id)
    usual = {one.name: one.default for one in action.arguments}
    listed = said_args((name, value) for name, value in order.args if value != usual.get(name))
    said = f" ({listed})" if listed else ""
    return f"{action.title}: {order.id}{said}"


def said_args(args: Iterable[tuple[str, float | str]]) -> str:
    """Arguments as people read them: `zones=all, zone_gap_s=338`."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in args)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
