"""The world: one event heap, its actors, and the loop that drives them.

How order is kept. Every actor is a Trio task, started in the world's nursery, cancelled and ended
by Trio. But while it lives it is parked as far as Trio is concerned, and the driver (`advance`)
alone decides who goes on: it takes the next event from the heap, and where that wakes an actor it
steps the actor's coroutine until it blocks again. So Trio never has two runnable actors to choose
from, and a switch between two actors costs a method call instead of a round of Trio's scheduler. An
actor that starts, ends or is cancelled does so through Trio.

Between slices of events the driver lets Trio run everything else: pace, signals, whoever watches.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from heapq import heappop
from typing import TYPE_CHECKING, Any

import outcome
import trio

from outage_engine.actor import (
    ANSWER,
    CALL,
    DELIVER,
    INBOX,
    KILL,
    NO_ANSWER,
    NOTE,
    NOTHING,
    REPLY,
    SERVING,
    SPAWN,
    WAKE,
    Actor,
    Envelope,
    parked,
)
from outage_engine.checkers import Checkers
from outage_engine.clock import seconds
from outage_engine.digest import RollingDigest
from outage_engine.errors import (
    ActorCrashed,
    CallbackCrashed,
    Killed,
    SimulationError,
    WorldOver,
)
from outage_engine.heap import NORMAL, URGENT, Event, EventHeap
from outage_engine.links import HeldMessage, Link, Links
from outage_engine.narration import Line, Narration
from outage_engine.pace import Pace
from outage_engine.random_streams import RandomStreams
from outage_engine.telemetry import Telemetry

if TYPE_CHECKING:
    from outage_engine.recording.sink import EventSink

SLICE_EVENTS = 1000
"""Events between two looks of the driver at pace and listeners: about 5 ms."""


class World:
    """A simulated world: deterministic for a seed and a cast."""

    def __init__(
        self, seed: int = 1, *, link: Link | None = None, sink: "EventSink | None" = None
    ) -> None:
        self.seed = seed
        self.now = 0
        """Virtual time, nanoseconds since the start of the run."""
        self.events = 0
        """Events that have fired."""
        self.messages = 0
        """Messages that were sent, answers included."""
        self.random = RandomStreams(seed)
        self.telemetry = Telemetry()
        self.links = Links(link or Link(), self.random)
        self.pace = Pace()
        self.narration = Narration(lambda: self.now)
        self.narration.listen(self._note_line)
        self.checkers = Checkers(self._narrate_violation)
        self.on_slice: Callable[[], None] | None = None
        """Called by the driver between slices; must not change the run."""
        self._digest = RollingDigest(sink)
        self._note = self._digest.add
        self._heap = EventHeap()
        self._push = self._heap.push
        self._actors: dict[str, Actor] = {}
        self._budget = 0
        self._horizon = 0
        self._failure: BaseException | None = None
        self._nursery: trio.Nursery | None = None
        self._over = False
        self._lost = self.telemetry.counter("links.lost_total")
        self._undelivered = self.telemetry.counter("links.undelivered_total")
        self._late_answers = self.telemetry.counter("links.late_answers_total")

    # -- the cast ---------------------------------------------------------------------------

    def add(self, actor: Actor) -> str:
        """Add an actor to the cast; it starts through the heap, now. Returns its name."""
        if actor.name in self._actors:
            raise ValueError(f"two actors cannot both be called {actor.name!r}")
        self._actors[actor.name] = actor
        actor.world = self
        self.schedule(self.now, SPAWN, actor)
        return actor.name

    def actor(self, name: str) -> Actor:
        """The actor of this name, to look at its snapshot."""
        return self._actors[name]

    def actors(self) -> Sequence[Actor]:
        """The whole cast, in the order in which it was added."""
        return list(self._actors.values())

    def kill(self, name: str) -> None:
        """End an actor at this instant, wherever it is; what it was sent is lost."""
        self.schedule(self.now, KILL, self._actors[name], priority=URGENT)

    def restart(self, name: str) -> None:
        """Kill an actor if it lives and start its `main` again with an empty inbox."""
        self.kill(name)
        self.schedule(self.now, SPAWN, self._actors[name])

    def pause(self, name: str) -> None:
        """Let nothing reach an actor until it is resumed: a stopped process, not a dead one."""
        self.call_at(self.now, self._set_paused, self._actors[name], True, priority=URGENT)

    def resume(self, name: str) -> None:
        """End a pause; what came in between arrives now, in order."""
        self.call_at(self.now, self._set_paused, self._actors[name], False, priority=URGENT)

    def release(self, sender: str, to: str) -> None:
        """End a hold of a link; the messages it kept travel now, in order."""
        for kept in self.links.release(sender, to):
            message, question = kept.payload
            self.messages -= 1
            self.post(kept.kind, kept.sender, kept.to, message, question)

    # -- scheduling -------------------------------------------------------------------------

    def call_at(
        self,
        at_ns: int,
        callback: Callable[..., object],
        *args: Any,
        priority: int = NORMAL,
        label: str = "",
    ) -> Event:
        """Call `callback(*args)` at the virtual instant `at_ns`; cancel with `Event.cancel`."""
        if at_ns < self.now:
            raise ValueError(f"{at_ns} ns is in the past; it is {self.now} ns now")
        return self._heap.push(
            Event(at_ns, CALL, label or callback.__name__, (callback, args)), priority
        )

    def call_after(
        self,
        delay_ns: int,
        callback: Callable[..., object],
        *args: Any,
        priority: int = NORMAL,
        label: str = "",
    ) -> Event:
        """Call `callback(*args)` after `delay_ns` of virtual time."""
        return self.call_at(self.now + delay_ns, callback, *args, priority=priority, label=label)

    def schedule(self, at_ns: int, kind: int, actor: Actor, *, priority: int = NORMAL) -> Event:
        """Schedule an event of an actor (for the engine's own parts)."""
        return self._heap.push(Event(at_ns, kind, actor, None), priority)

    def post(
        self, kind: int, sender: str, to: str, message: object, question: Envelope | None
    ) -> None:
        """Put a message or an answer on its link (for `Actor` and `Envelope`)."""
        self.messages += 1
        route = self.links.route(sender, to)
        if route.cut:
            self._lost.add()
            return
        if route.held:
            self.links.held.append(HeldMessage(sender, to, kind, (message, question)))
            return
        delay = route.link.latency_ns if route.draw is None else self.links.travel_ns(route)
        if delay < 0:
            self._lost.add()
        elif kind == DELIVER:
            envelope = question or Envelope(sender, to, message, self.now, self)
            self._push(Event(self.now + delay, DELIVER, to, envelope))
        else:
            self._push(Event(self.now + delay, REPLY, to, (question, message, sender)))

    # -- telling ----------------------------------------------------------------------------

    def narrate(self, component: str, text: str, *, level: str = "info", about: str = "") -> None:
        """Say what people should read: a state change, a decision, a failure."""
        self.narration.say(component, text, level=level, about=about)

    def note(self, subject: str, values: Sequence[Any]) -> None:
        """Put values into the digest (and so into a recording) at this instant."""
        self._digest.add((self.now, NOTE, subject, *values))

    @property
    def digest(self) -> str:
        """Digest of everything that has happened so far, 64 hex digits."""
        return self._digest.hex

    @property
    def recorded_events(self) -> int:
        """Entries of the chain: events, lines of narration and notes."""
        return self._digest.total

    # -- running ----------------------------------------------------------------------------

    def simulate(self, until_ns: int | None = None) -> None:
        """Run from synchronous code; see `run`."""
        trio.run(self.run, until_ns)

    async def run(self, until_ns: int | None = None) -> None:
        """Run to the virtual instant `until_ns` (to the end, when None); then the world is over.

        Raises ActorCrashed or CallbackCrashed with the virtual time and the seed. To run in several
        stretches, use `running` and `advance`.
        """
        async with self.running():
            await self.advance(until_ns)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        """Keep the actors' tasks while the block runs; the world is over when it ends."""
        if self._over or self._nursery is not None:
            raise WorldOver("this world has run; build a new one with the same seed to run again")
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                try:
                    yield self
                finally:
                    nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            cause = _only_cause(group)
            raise cause from cause.__cause__
        finally:
            self._over = True
            self._nursery = None
            self._digest.close_chunk()

    async def advance(self, until_ns: int | None = None) -> None:
        """Let everything happen up to `until_ns`, that instant included, at the world's pace."""
        if self._nursery is None:
            raise WorldOver("advance() works inside `async with world.running()`")
        until = until_ns if until_ns is not None else _FOREVER
        while True:
            next_at = self._heap.next_at()
            if next_at is None or next_at > until:
                break
            self._horizon = self.pace.horizon(self.now, until)
            budget = self.pace.budget(SLICE_EVENTS)
            if budget and next_at <= self._horizon:
                await self._slice(budget)
            else:
                await self.pace.wait(next_at, self.now)
            if self._failure is not None:
                raise self._failure
            if self.on_slice is not None:
                self.on_slice()
            await trio.lowlevel.checkpoint()
        if until_ns is not None:
            self.now = max(self.now, until_ns)

    async def _slice(self, budget: int) -> None:
        self._budget = budget
        while (actor := self._take_next()) is not None:
            if actor._task is None:
                assert self._nursery is not None
                await self._nursery.start(self._live, actor, name=actor.name)
                waits_for = actor._step(outcome.Value(None))
            else:
                waits_for = actor._step(None)
            if waits_for is not None:
                raise SimulationError(
                    f"{actor.name} awaits something of Trio's own; an actor lives in virtual time "
                    "and awaits the methods of Actor only"
                )

    def _take_next(self) -> Actor | None:
        """Fire events until one wakes an actor; None when the driver is to look."""
        entries = self._heap.entries
        while self._budget > 0 and entries:
            at, _, _, event = entries[0]
            if event.cancelled:
                heappop(entries)
                continue
            if at > self._horizon:
                return None
            heappop(entries)
            self._budget -= 1
            self.events += 1
            self.now = at
            kind = event.kind
            if kind == DELIVER:
                woken = self._deliver(event)
            elif kind == WAKE:
                woken = self._wake(event)
            else:
                woken = self._fire(kind, event)
            if woken is not None:
                return woken
        return None

    # -- what each kind of event does ---------------------------------------------------------

    def _fire(self, kind: int, event: Event) -> Actor | None:
        if kind == CALL:
            self._digest.add((self.now, CALL, event.owner))
            self._call(event)
            return None
        if kind == REPLY:
            return self._answer(event)
        if kind == SPAWN:
            return self._spawn(event.owner)
        assert kind == KILL
        return self._kill(event.owner)

    def _deliver(self, event: Event) -> Actor | None:
        envelope: Envelope = event.payload
        message = envelope.message
        to: str = event.owner
        self._note((self.now, DELIVER, to, envelope.sender, message.__class__.__name__, message))
        actor = self._actors.get(to)
        if actor is None or not actor.alive:
            self._undelivered.add()
        elif actor.paused:
            actor._deferred.append(event)
        elif actor._waits_for == INBOX:
            actor.wake(envelope)
            return actor
        elif actor._waits_for == SERVING:
            self._serve(actor, envelope)
        else:
            actor._inbox.append(envelope)
        return None

    def _serve(self, actor: Actor, envelope: Envelope) -> None:
        try:
            actor._serving_with(envelope)
        except Exception as error:
            self._fail(ActorCrashed(self._where(actor.name, error)), error)

    def _wake(self, event: Event) -> Actor | None:
        actor: Actor = event.owner
        self._note((self.now, WAKE, actor.name))
        if actor._timer is not event:
            return None
        if actor.paused:
            actor._deferred.append(event)
            return None
        actor.wake(NO_ANSWER if actor._waits_for == ANSWER else None)
        return actor

    def _answer(self, event: Event) -> Actor | None:
        question, message, sender = event.payload
        self._digest.add((self.now, REPLY, event.owner, sender, type(message).__name__, message))
        actor = self._actors[event.owner]
        if actor._question is not question or actor._waits_for != ANSWER:
            self._late_answers.add()
            return None
        if actor.paused:
            actor._deferred.append(event)
            return None
        actor.wake(message)
        return actor

    def _call(self, event: Event) -> None:
        callback, args = event.payload
        try:
            callback(*args)
        except Exception as error:
            self._fail(CallbackCrashed(self._where(event.owner, error)), error)

    def _spawn(self, actor: Actor) -> Actor | None:
        self._digest.add((self.now, SPAWN, actor.name))
        if actor.alive:
            return None
        actor.clear()
        actor.alive = True
        actor._task = None
        return actor

    def _kill(self, actor: Actor) -> Actor | None:
        self._digest.add((self.now, KILL, actor.name))
        if not actor.alive:
            return None
        actor.clear()
        actor.alive = False
        actor._killed = True
        return actor

    def _set_paused(self, actor: Actor, paused: bool) -> None:
        actor.paused = paused
        if not paused:
            deferred, actor._deferred = actor._deferred, []
            for event in deferred:
                event.at = self.now
                self._heap.push(event)

    async def _live(self, actor: Actor, task_status: "trio.TaskStatus[None]") -> None:
        """The life of an actor's task, from its spawn to its end.

        Trio runs the first stretch and the last one; between the two the driver steps it.
        """
        task = actor._task = trio.lowlevel.current_task()
        actor._step = task.coro.send
        task_status.started()
        await trio.lowlevel.wait_task_rescheduled(_let_go)
        try:
            await actor.main()
        except (trio.Cancelled, GeneratorExit):
            actor.alive = False
            raise
        except Killed:
            pass
        except Exception as error:
            self._fail(ActorCrashed(self._where(actor.name, error)), error)
        except BaseException as error:  # Ctrl-C, or a signal, arrived while this actor ran
            self._fail(error)
        actor.alive = False
        actor._waits_for = NOTHING
        actor._task = None
        trio.lowlevel.reschedule(task)
        await parked()

    def _fail(self, failure: BaseException, cause: Exception | None = None) -> None:
        if cause is not None:
            failure.__cause__ = cause
        self._failure = failure
        self._budget = 0

    def _where(self, who: str, error: Exception) -> str:
        return (
            f"{who} failed at {seconds(self.now):.3f} s of virtual time (seed {self.seed}): "
            f"{type(error).__name__}: {error}"
        )

    def _note_line(self, line: Line) -> None:
        self._digest.add((line.t_ns, NOTE, line.component, line.level, line.text))

    def _narrate_violation(self, name: str, text: str) -> None:
        self.narrate(name, text, level="warning")


_FOREVER = 2**62


def _let_go(_: object) -> trio.lowlevel.Abort:
    """Trio may end a parked actor at any time: the world is over."""
    return trio.lowlevel.Abort.SUCCEEDED


def _only_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong, when it is one thing; a nursery wraps everything in a group."""
    only: BaseException = group
    while isinstance(only, BaseExceptionGroup) and len(only.exceptions) == 1:
        only = only.exceptions[0]
    return only
