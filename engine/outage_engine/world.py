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
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

import attrs
import outcome
import trio

from outage_engine.actor import (
    ANSWER,
    CALL,
    DELIVER,
    INBOX,
    KILL,
    NO_ANSWER,
    NO_TIMER,
    NOTE,
    NOTHING,
    REPLY,
    SERVING,
    SPAWN,
    WAKE,
    Actor,
    Envelope,
    parked,
    stretched,
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
from outage_engine.faults import Faults
from outage_engine.heap import NORMAL, URGENT, Entry, Event, EventHeap
from outage_engine.heartbeats import Heartbeats
from outage_engine.links import HeldMessage, Link, LinkFault, Links
from outage_engine.narration import Cause, Line, Narration
from outage_engine.pace import Pace
from outage_engine.random_streams import RandomStreams
from outage_engine.telemetry import Telemetry

if TYPE_CHECKING:
    from outage_engine.recording.sink import EventChunk, EventSink

SLICE_EVENTS = 200
"""Events between two looks of the driver at pace and listeners: about 4 ms, at worst 15. Looking
costs about a hundredth of the run; a whole tick of the dashboard would be lost in longer slices."""


@attrs.frozen
class MessageCounts:
    """Messages since the start, answers included, by what has become of them."""

    sent: int
    delivered: int
    """They reached their reader, or its inbox."""
    late: int
    """Answers that came when nobody waited for them any more."""
    lost: int
    """By a link."""
    undelivered: int
    """Nobody was there."""
    held: int
    """By a link, until it is released."""
    under_way: int
    """On a link, or waiting for their reader's pause to end."""

    @property
    def balance(self) -> int:
        """Sent, less all that became of them: 0, or a message was made up or forgotten."""
        known = self.delivered + self.late + self.lost + self.undelivered
        return self.sent - known - self.held - self.under_way


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
        self.delivered = 0
        """Messages that reached their reader; those to somebody paused have not yet."""
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
        self.faults = Faults(self)
        """What is wrong with actors and links from outside."""
        self.heartbeats = Heartbeats(self)
        self._heap = EventHeap()
        self.entries = self._heap.entries
        """The heap's entries, for the engine's own parts."""
        self.next_order = self._heap.next_order
        self._known_route = self.links.known_route
        self._actors: dict[str, Actor] = {}
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
        self._heap.push(self.now, SPAWN, actor, None)
        return actor.name

    def actor(self, name: str) -> Actor:
        """The actor of this name, to look at its snapshot."""
        return self._actors[name]

    def knows(self, name: str) -> bool:
        """Whether an actor of this name takes part."""
        return name in self._actors

    def actors(self) -> Sequence[Actor]:
        """The whole cast, in the order in which it was added."""
        return list(self._actors.values())

    def kill(self, name: str) -> None:
        """End an actor at this instant, wherever it is; what it was sent is lost."""
        self._heap.push(self.now, KILL, self._actors[name], None, URGENT)

    def restart(self, name: str) -> None:
        """Kill an actor if it lives and start its `main` again with an empty inbox."""
        self.kill(name)
        self._heap.push(self.now, SPAWN, self._actors[name], None)

    def pause(self, name: str) -> None:
        """Let nothing reach an actor until it is resumed: a stopped process, not a dead one."""
        self.call_at(self.now, self._set_paused, self._actors[name], True, priority=URGENT)

    def resume(self, name: str) -> None:
        """End a pause; what came in between arrives now, in order."""
        self.call_at(self.now, self._set_paused, self._actors[name], False, priority=URGENT)

    def set_paused(self, name: str, paused: bool) -> None:
        """Pause or resume at once, for an input; `pause` and `resume` go through the heap."""
        actor = self._actors[name]
        if actor.paused != paused:
            self._set_paused(actor, paused)

    def slow(self, name: str, slowness: float) -> None:
        """Make all that an actor sleeps and serves take so many times longer, from now on.

        What is under way is stretched too, or shrinks again: the rest of it, in proportion.
        """
        actor = self._actors[name]
        was = actor.slowness
        ratio = slowness / was
        actor.set_slowness(slowness)
        entries = self.entries
        for place, (at, order, kind, owner, payload) in enumerate(entries):
            if kind == WAKE:
                stretches = owner is actor and actor._timer == order and actor._waits_for != ANSWER
            else:
                stretches = kind == CALL and getattr(payload, "actor", None) is actor
            if stretches:
                late = self.now + stretched(at - self.now, ratio)
                if kind == WAKE and was == 1.0:
                    actor.put_off(at, late)
                entries[place] = (late, order, kind, owner, payload)
        heapify(entries)

    def release(self, sender: str, to: str) -> None:
        """End a hold of a link; the messages it kept travel now, in order."""
        self._set_off(self.links.release(sender, to))

    def mend(self, fault: LinkFault) -> None:
        """End a fault of links; the messages it alone held travel now, in order."""
        self._set_off(self.links.mend(fault))

    def _set_off(self, freed: Sequence[HeldMessage]) -> None:
        for kept in freed:
            message, question = kept.payload
            self.messages -= 1
            self.post(kept.kind, kept.sender, kept.to, message, question)

    def message_counts(self) -> "MessageCounts":
        """What has become of every message so far. Looks at every entry of the heap."""
        under_way = [entry for entry in self.entries if entry[2] in (DELIVER, REPLY)]
        for actor in self._actors.values():
            under_way += [entry for entry in actor._deferred if entry[2] in (DELIVER, REPLY)]
        return MessageCounts(
            sent=self.messages,
            delivered=self.delivered,
            late=self._late_answers.total,
            lost=self._lost.total,
            undelivered=self._undelivered.total,
            held=len(self.links.held),
            under_way=len(under_way),
        )

    def passage(self, sender: str, to: str, within_ns: int) -> float:
        """Share (0..1) of round trips from `sender` to `to` and back that come to good now.

        For parts that stand for a flow of requests and model it as a share: the flow meets what
        single messages would. Whoever takes no part in this world is never in the way.
        """
        other = self._actors.get(to)
        if other is None:
            return 1.0
        if other.down or other.paused:
            return 0.0
        share = 1.0 - other.failing_share
        if self.links.plain:
            return share
        there, back = self.links.route(sender, to), self.links.route(to, sender)
        takes_ns = there.link.latency_ns + back.link.latency_ns
        if there.cut or there.held or back.cut or back.held or takes_ns > within_ns:
            return 0.0
        return share * (1.0 - there.link.loss) * (1.0 - back.link.loss)

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
        event = Event(at_ns, callback, args)
        self._heap.push(at_ns, CALL, label or callback.__name__, event, priority)
        return event

    def schedule_event(self, event: Event, label: str, priority: int) -> Event:
        """Put a callback made elsewhere into the heap (for `Actor.call_at`)."""
        if event.at < self.now:
            raise ValueError(f"{event.at} ns is in the past; it is {self.now} ns now")
        self._heap.push(event.at, CALL, label, event, priority)
        return event

    def schedule(self, kind: int, actor: Actor, priority: int) -> None:
        """Let an actor be spawned or killed at this instant (for `Faults`)."""
        self._heap.push(self.now, kind, actor, None, priority)

    def hand_over(self, envelope: Envelope) -> None:
        """Bring a message to its reader at this instant, over no link."""
        self.messages += 1
        self._heap.push(self.now, DELIVER, envelope.to, envelope)

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

    def post(
        self, kind: int, sender: str, to: str, message: object, question: Envelope | None
    ) -> None:
        """Put a message or an answer on its link (for `Actor` and `Envelope`)."""
        self.messages += 1
        route = self._known_route((sender, to)) or self.links.route(sender, to)
        delay = route.steady_ns
        if delay < 0:
            if route.held and not route.cut:
                self.links.held.append(HeldMessage(sender, to, kind, (message, question)))
                return
            delay = -1 if route.cut else self.links.travel_ns(route)
            if delay < 0:
                self._lost.add()
                return
        at = self.now + delay
        if kind == DELIVER:
            envelope = question or Envelope(sender, to, message, self.now, self)
            heappush(self.entries, (at, self.next_order(), DELIVER, to, envelope))
        else:
            heappush(self.entries, (at, self.next_order(), REPLY, to, (question, message, sender)))

    # -- telling ----------------------------------------------------------------------------

    def narrate(
        self,
        component: str,
        text: str,
        *,
        level: str = "info",
        about: str = "",
        because: Sequence[Cause | str] = (),
    ) -> None:
        """Say what people should read: a state change, a decision, a failure, and why."""
        self.narration.say(component, text, level=level, about=about, because=because)

    def note(self, subject: str, values: Sequence[Any]) -> None:
        """Put values into the digest (and so into a recording) at this instant."""
        self._digest.add((self.now, NOTE, subject, *values))

    @property
    def digest(self) -> str:
        """Digest of everything that has happened so far, 64 hex digits."""
        return self._digest.hex

    def open_chunk(self) -> "EventChunk | None":
        """What has happened since the last chunk was closed; None: nothing."""
        return self._digest.open_chunk()

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
            next_at = self._next_at()
            if next_at is None or next_at > until:
                break
            horizon = self.pace.horizon(self.now, until)
            budget = self.pace.budget(SLICE_EVENTS)
            if budget and next_at <= horizon:
                await self._slice(budget, horizon)
            else:
                await self.pace.wait(next_at, self.now)
            if self._failure is not None:
                raise self._failure
            if self.on_slice is not None:
                self.on_slice()
            await trio.lowlevel.checkpoint()
        if until_ns is not None:
            self.now = max(self.now, until_ns)

    def _next_at(self) -> int | None:
        """Time of the next entry that will fire; None when none is left."""
        entries = self.entries
        while entries and _is_void(entries[0]):
            heappop(entries)
        return entries[0][0] if entries else None

    async def _slice(self, budget: int, horizon: int) -> None:
        """Fire up to `budget` events, none after `horizon`, and let those go on whom they wake.

        This loop is the cost of everything: what happens for every event is spelled out in it.
        """
        entries, note = self.entries, self._note
        while entries and budget:
            entry = heappop(entries)
            at, order, kind, owner, payload = entry
            if at > horizon:
                heappush(entries, entry)
                return
            if kind == WAKE:
                if owner._timer != order:
                    continue
                self.now = at
                note((at, WAKE, owner.name))
                if owner.paused:
                    owner._deferred.append(entry)
                    woken, found = None, None
                else:
                    woken, found = owner, NO_ANSWER if owner._waits_for == ANSWER else None
            elif kind == DELIVER:
                self.now = at
                message = payload.message
                note((at, DELIVER, owner, payload.sender, message.__class__.__name__, message))
                woken, found = self._deliver(owner, entry), payload
            elif kind == REPLY:
                self.now = at
                woken, found = self._answer(owner, entry), payload[1]
            elif kind == CALL:
                if payload.cancelled:
                    continue
                self.now = at
                note((at, CALL, owner))
                woken, found = None, None
                self._call(owner, payload)
            else:
                self.now = at
                note((at, kind, owner.name))
                woken, found = await self._spawn(entry) if kind == SPAWN else self._kill(owner)
            budget -= 1
            self.events += 1
            if woken is not None:
                woken._waits_for = NOTHING
                woken._timer = NO_TIMER
                if woken._step(found) is not None:
                    raise SimulationError(_FOREIGN_AWAIT.format(woken.name))
            if self._failure is not None:
                return

    # -- what each kind of event does ---------------------------------------------------------

    def _deliver(self, to: str, entry: Entry) -> Actor | None:
        """Bring a message to its reader; returns who wakes by it."""
        actor = self._actors.get(to)
        if actor is None or not actor.alive:
            self._undelivered.add()
            return None
        if actor.paused:
            actor._deferred.append(entry)
            return None
        self.delivered += 1
        if actor._waits_for == INBOX:
            return actor
        elif actor._waits_for == SERVING:
            self._serve(actor, entry[4])
        else:
            actor._inbox.append(entry[4])
        return None

    async def _spawn(self, entry: Entry) -> tuple[Actor | None, Any]:
        actor: Actor = entry[3]
        if actor.alive or actor.down:
            return None, None
        if actor.paused:
            actor._deferred.append(entry)
            return None, None
        assert self._nursery is not None
        actor.clear()
        actor.alive = True
        await self._nursery.start(self._live, actor, name=actor.name)
        # Trio looked round meanwhile: if the run was cancelled, the new task is already over.
        await trio.lowlevel.checkpoint_if_cancelled()
        return actor, outcome.Value(None)

    def _kill(self, actor: Actor) -> tuple[Actor | None, Any]:
        self._drop_deferred(actor)
        if not actor.alive:
            return None, None
        actor.clear()
        actor.alive = False
        return actor, outcome.Error(Killed())

    def _serve(self, actor: Actor, envelope: Envelope) -> None:
        try:
            actor._serving_with(envelope)
        except Exception as error:
            self._fail(ActorCrashed(self._where(actor.name, error)), error)

    def _answer(self, to: str, entry: Entry) -> Actor | None:
        """Bring an answer to who asked; returns the asker if it waits for this one still."""
        at, _, _, _, (question, message, sender) = entry
        self._note((at, REPLY, to, sender, message.__class__.__name__, message))
        actor = self._actors[to]
        if actor._question is not question or actor._waits_for != ANSWER:
            self._late_answers.add()
        elif actor.paused:
            actor._deferred.append(entry)
        else:
            self.delivered += 1
            return actor
        return None

    def _call(self, label: str, event: Event) -> None:
        try:
            event.callback(*event.args)
        except Exception as error:
            self._fail(CallbackCrashed(self._where(label, error)), error)

    def _drop_deferred(self, actor: Actor) -> None:
        """What waited for a pause to end meets an actor that is gone."""
        for entry in actor._deferred:
            if entry[2] == DELIVER:
                self._undelivered.add()
            elif entry[2] == REPLY:
                self._late_answers.add()
        actor._deferred.clear()

    def _set_paused(self, actor: Actor, paused: bool) -> None:
        actor.paused = paused
        if not paused:
            deferred, actor._deferred = actor._deferred, []
            for _, order, kind, owner, payload in deferred:
                again = self._heap.push(self.now, kind, owner, payload)
                if kind == WAKE and actor._timer == order:
                    actor._timer = again

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

    def _where(self, who: str, error: Exception) -> str:
        return (
            f"{who} failed at {seconds(self.now):.3f} s of virtual time (seed {self.seed}): "
            f"{type(error).__name__}: {error}"
        )

    def _note_line(self, line: Line) -> None:
        self._digest.add((line.t_ns, NOTE, line.component, line.level, line.text))

    def _narrate_violation(self, name: str, text: str) -> None:
        shown_by = self.checkers.shown_by(name)
        self.narrate(name, text, level="warning", about=f"law.{name}", because=(shown_by,))


_FOREVER = 2**62
_FOREIGN_AWAIT = (
    "{} awaits something of Trio's own; an actor lives in virtual time and awaits the methods of "
    "Actor only"
)


def _is_void(entry: Entry) -> bool:
    """A callback that was cancelled, or a timer its actor does not wait for any more."""
    _, order, kind, owner, payload = entry
    if kind == CALL:
        return bool(payload.cancelled)
    return kind == WAKE and owner._timer != order


def _let_go(_: object) -> trio.lowlevel.Abort:
    """Trio may end a parked actor at any time: the world is over."""
    return trio.lowlevel.Abort.SUCCEEDED


def _only_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong, when it is one thing; a nursery wraps everything in a group."""
    only: BaseException = group
    while isinstance(only, BaseExceptionGroup) and len(only.exceptions) == 1:
        only = only.exceptions[0]
    return only
