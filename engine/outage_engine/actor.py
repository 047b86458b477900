"""Actors: Trio tasks that live in virtual time.

An actor is written as straight-line async code. It awaits its inbox, sleeps in virtual time, asks
another actor and gets an answer or `AskTimedOut`. It owns its state and shares nothing; the outside
sees the frozen record that `snapshot` returns.

Exactly one actor of a world runs at a time, and the world says which: an actor that blocks is
parked, for Trio and for the world alike, and the world steps its coroutine when an event wakes it.
Inside `main`, await the methods of `Actor` only: Trio's own sleeps and channels live in wall time.
"""

import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from heapq import heappush
from typing import TYPE_CHECKING, Any

import attrs
from outcome import Error

from outage_engine.errors import AskTimedOut
from outage_engine.heap import NORMAL, Event

if TYPE_CHECKING:
    import trio

    from outage_engine.heap import Entry
    from outage_engine.narration import Cause
    from outage_engine.world import World

# What a parked actor waits for.
NOTHING, TIMER, INBOX, ANSWER, SERVING = range(5)
# Kinds of events; see `World._fire`.
CALL, WAKE, DELIVER, REPLY, SPAWN, KILL, NOTE = range(7)
NO_TIMER = 0


@attrs.define(eq=False)
class Envelope:
    """A message on its way, or in an inbox."""

    sender: str
    to: str
    message: Any
    sent_ns: int
    _world: "World" = attrs.field(repr=False)
    _asked: bool = False

    def reply(self, message: object) -> None:
        """Answer the asker; over the link back. A message that was sent, not asked, wants none."""
        if self._asked:
            self._world.post(REPLY, self.to, self.sender, message, self)


@attrs.define(eq=False)
class OneOfMany(Envelope):
    """A question that went to several; answers to it are answers to the one who asked them all."""

    _round: Envelope | None = attrs.field(default=None, repr=False)

    def reply(self, message: object) -> None:
        """Answer the asker, who is told by whom."""
        self._world.post(REPLY, self.to, self.sender, AnswerOf(self.to, message), self._round)


@attrs.frozen
class AnswerOf:
    """One answer of several, and whose it is."""

    who: str
    message: Any


class Actor:
    """Base of every member of the cast. Subclasses write `main` and usually `snapshot`."""

    world: "World"

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = False
        self.down = False
        """A fault holds it down: it is not started until that is over."""
        self.paused = False
        self.slowness = 1.0
        """Its sleeps and services take so many times longer."""
        self.failing_share = 0.0
        """Share (0..1) of a flow of requests that it fails to serve; see `World.passage`."""
        self._put_off = -1, 0
        self._life = 0
        self._task: trio.lowlevel.Task | None = None
        self._step: Callable[[Any], object] = _never_started
        self._inbox: deque[Envelope] = deque()
        self._waits_for = NOTHING
        self._timer = NO_TIMER
        self._question: Envelope | None = None
        self._deferred: list[Entry] = []
        self._serving_with: Callable[[Envelope], None] = _nobody_serves

    async def main(self) -> None:
        """What the actor does; when it returns, the actor has ended."""
        raise NotImplementedError(f"{type(self).__name__} must define main()")

    def snapshot(self) -> object:
        """A frozen view of the state. Looking must never change anything."""
        return None

    def slowed(self, was: float) -> None:
        """Called when `slowness` has changed from `was`: for what is neither sleep nor callback."""

    def narrate(
        self,
        text: str,
        *,
        level: str = "info",
        about: str = "",
        because: "Sequence[Cause | str]" = (),
    ) -> None:
        """Say something people should read, in this actor's name.

        `about` is its topic; `because` names what this actor received or saw that it follows from.
        """
        self.world.narrate(self.name, text, level=level, about=about, because=because)

    def sleep(self, delay_ns: int) -> Coroutine[Any, Any, None]:
        """Sleep for `delay_ns` of virtual time."""
        return self.sleep_until(self.world.now + delay_ns)

    async def sleep_until(self, at_ns: int) -> None:
        """Sleep until the virtual instant `at_ns`; at once when it has passed."""
        self._set_timer(at_ns)
        self._waits_for = TIMER
        await parked()

    def tick_after(self, last_ns: int, period_ns: int) -> int:
        """When to tick next: a period after the last, or from now for who is slowed or was away.

        A ticker that just added its period would make up, all at once, for the time in which a
        fault had stopped it.
        """
        at_ns = last_ns + period_ns
        now = self.world.now
        return at_ns if at_ns > now and self.slowness == 1.0 else now + period_ns

    @property
    def now(self) -> int:
        """Virtual time, nanoseconds. With `call_at`, an actor is what a `Station` needs."""
        return self.world.now

    def call_at(
        self,
        at_ns: int,
        callback: Callable[..., object],
        *args: Any,
        priority: int = NORMAL,
        label: str = "",
    ) -> Event:
        """Call `callback(*args)` at an instant, as this actor's own doing.

        Not when the actor has been killed meanwhile; after its pause when it is paused; later when
        it is slowed. ValueError when `at_ns` is in the past.
        """
        world = self.world
        delay_ns = at_ns - world.now
        if self.slowness != 1.0:
            at_ns = world.now + stretched(delay_ns, self.slowness)
        event = OwnEvent(at_ns, self, callback, args)
        return world.schedule_event(event, label or callback.__name__, priority)

    def call_after(
        self,
        delay_ns: int,
        callback: Callable[..., object],
        *args: Any,
        priority: int = NORMAL,
        label: str = "",
    ) -> Event:
        """Call `callback(*args)` after `delay_ns`, as this actor's own doing; see `call_at`."""
        at_ns = self.world.now + delay_ns
        return self.call_at(at_ns, callback, *args, priority=priority, label=label)

    def receive_nowait(self) -> Envelope | None:
        """The oldest message of the inbox, or None."""
        return self._inbox.popleft() if self._inbox else None

    def receive(self, timeout_ns: int | None = None) -> Coroutine[Any, Any, Envelope | None]:
        """The next message, in order of arrival; None when `timeout_ns` passed before one came."""
        return self.receive_until(None if timeout_ns is None else self.world.now + timeout_ns)

    async def receive_until(self, at_ns: int | None) -> Envelope | None:
        """The next message, or None at the virtual instant `at_ns` (never, when that is None)."""
        if self._inbox:
            return self._inbox.popleft()
        if at_ns is not None:
            self._set_timer(at_ns)
        self._waits_for = INBOX
        found: Envelope | None = await parked()
        return found

    async def serve(self, answer: Callable[[Envelope], None]) -> None:
        """Have `answer` called with every message as it arrives, until the actor is killed.

        For actors that only ever react: the call happens at the delivery itself, no task is woken,
        and a message costs a third of what `receive` does. `answer` must not wait for anything.
        """
        while self._inbox:
            answer(self._inbox.popleft())
        self._serving_with = answer
        self._waits_for = SERVING
        await parked()

    def send(self, to: str, message: object) -> None:
        """Send a message; it arrives after the link's latency, or never."""
        self.world.post(DELIVER, self.name, to, message, None)

    async def ask(self, to: str, message: object, timeout_ns: int) -> Any:
        """Send a message and wait for its answer.

        Raises AskTimedOut when none came within `timeout_ns` of virtual time. Other messages wait
        in the inbox meanwhile; an answer that comes later is dropped.
        """
        world = self.world
        question = Envelope(self.name, to, message, world.now, world, True)
        self._set_alarm(world.now + timeout_ns)
        self._question = question
        self._waits_for = ANSWER
        world.post(DELIVER, self.name, to, message, question)
        answer = await parked()
        self._question = None
        if answer is NO_ANSWER:
            raise AskTimedOut(f"{self.name} had no answer from {to} to {type(message).__name__}")
        return answer

    async def ask_again(self, to: str, message: object, timeout_ns: int, tries: int) -> Any:
        """Ask, and again when no answer came within `timeout_ns`: up to so many times.

        Raises AskTimedOut when none of them was answered.
        """
        for _ in range(tries - 1):
            try:
                return await self.ask(to, message, timeout_ns)
            except AskTimedOut:
                continue
        return await self.ask(to, message, timeout_ns)

    async def ask_all(self, to: Sequence[str], message: object, timeout_ns: int) -> dict[str, Any]:
        """Ask several at once; who answered what within `timeout_ns`, in the order of answers.

        Nobody waits for anybody else's answer. Who is missing did not answer in time.
        """
        world = self.world
        until_ns = world.now + timeout_ns
        asked = self._question = Envelope(self.name, "", message, world.now, world, True)
        for name in to:
            question = OneOfMany(self.name, name, message, world.now, world, True, asked)
            world.post(DELIVER, self.name, name, message, question)
        answers: dict[str, Any] = {}
        while len(answers) < len(to):
            self._set_alarm(until_ns)
            self._waits_for = ANSWER
            answer = await parked()
            if answer is NO_ANSWER:
                break
            answers[answer.who] = answer.message
        self._question = None
        return answers

    def _set_alarm(self, at_ns: int) -> None:
        """Wake at this instant, however slow the actor is."""
        world = self.world
        now = world.now
        self._timer = order = world.next_order()
        heappush(world.entries, (at_ns if at_ns > now else now, order, WAKE, self, None))

    _set_timer = _set_alarm
    """The same for sleeps; while the actor is slowed, its own `_set_late_timer` is in place."""

    def _set_late_timer(self, at_ns: int) -> None:
        """For who is slowed; one that waits on for the same instant after a message keeps it."""
        now = self.world.now
        asked_ns, late_ns = self._put_off
        if at_ns != asked_ns:
            late_ns = now + stretched(at_ns - now, self.slowness)
            self._put_off = at_ns, late_ns
        self._set_alarm(late_ns)

    def put_off(self, asked_ns: int, late_ns: int) -> None:
        """For `World.slow`: what the actor waits for at an instant will come later."""
        self._put_off = asked_ns, late_ns

    def set_slowness(self, slowness: float) -> None:
        """For `World.slow`, which sees to what is under way."""
        was, self.slowness = self.slowness, slowness
        asked_ns, late_ns = self._put_off
        now = self.world.now
        self._put_off = asked_ns, now + stretched(late_ns - now, slowness / was)
        self.__dict__.pop("_set_timer", None)
        if slowness != 1.0:
            self.__dict__["_set_timer"] = self._set_late_timer
        self.slowed(was)

    def clear(self) -> None:
        """Forget what was under way: before the first start, and when killed."""
        self._life += 1
        self._put_off = -1, 0
        self._inbox.clear()
        self._waits_for = NOTHING
        self._timer = NO_TIMER
        self._question = None
        self._deferred.clear()


class OwnEvent(Event):
    """A callback that is an actor's own doing: it shares the actor's fate."""

    __slots__ = ("actor", "life")

    def __init__(
        self, at: int, actor: Actor, callback: Callable[..., object], args: tuple[Any, ...]
    ) -> None:
        super().__init__(at, self._happen, (callback, args))
        self.actor = actor
        self.life = actor._life

    def _happen(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        actor = self.actor
        if self.life != actor._life:
            return
        if actor.paused:
            actor._deferred.append((self.at, NO_TIMER, CALL, callback.__name__, self))
        else:
            callback(*args)


def stretched(delay_ns: int, slowness: float) -> int:
    """How long something takes that much more slowly, whole nanoseconds."""
    return int(delay_ns * slowness) if delay_ns > 0 else delay_ns


@types.coroutine
def parked() -> Generator[None, Any, Any]:
    """Wait until the world steps this actor, with what it waited for.

    An `outcome.Error` unwinds it: it was killed, or Trio ends it.
    """
    found = yield
    if found.__class__ is Error:
        found.unwrap()
    return found


def _never_started(_: object) -> object:
    raise AssertionError("an actor is stepped only after it has started")


def _nobody_serves(envelope: Envelope) -> None:
    raise AssertionError(f"{envelope.to} does not serve")


NO_ANSWER = object()
"""What an asker is woken with when its time-out has passed."""
