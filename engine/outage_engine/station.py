"""Station: servers with a queue before them, the part most components of an outage are built from.

Work arrives, waits, is served by one of `servers` and leaves. What makes queues fail in practice is
in the rules, so each is explicit:

- **Order.** First in first out; last in first out (not pre-emptive); or first in first out where
  work whose deadline has passed is thrown away when its turn comes, at no cost.
- **Room.** With `capacity`, who would make more than that many in the station is refused.
- **Patience.** With `patience`, whoever has waited that long leaves the queue; the station knows.
- **Late work.** A deadline alone does *not* make work leave: a caller that stopped waiting without
  telling is still served, at full cost, to nobody's use. This is what keeps a collapse going
  (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021).

Laws kept at every instant, after arrivals and ends alike: `arrived = served + refused + stale +
abandoned + withdrawn + lost + waiting + in_service`; no server is idle while work waits, unless the
station is paused; work that is served first in first out starts in the order in which it came.

A station runs on plain callbacks of the event heap, one event for each service. It draws nothing
itself: `service_time` and `patience` are samplers (no arguments, nanoseconds), called once a job.
`service_time` is called after the job counts as in service, so a sampler that looks at the
station's `in_service` can make service slower the more is under way.
"""

from collections import deque
from enum import Enum
from sys import maxsize
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_engine.actor import Actor
    from outage_engine.client import Attempt
    from outage_engine.heap import Event
    from outage_engine.world import World


class Discipline(Enum):
    """Who is served next."""

    FIFO = "fifo"
    """Who came first."""
    LIFO = "lifo"
    """Who came last; service under way is not interrupted."""
    DROP_STALE = "drop-stale"
    """Who came first and whose deadline has not passed; the others are dropped on the way."""


class Fate(Enum):
    """What has become of a job."""

    WAITING = "waiting"
    IN_SERVICE = "in service"
    SERVED = "served"
    REFUSED = "refused"
    """No room when it came."""
    STALE = "stale"
    """Its deadline had passed when its turn came (DROP_STALE)."""
    ABANDONED = "abandoned"
    """It ran out of patience in the queue."""
    WITHDRAWN = "withdrawn"
    """Its owner took it back, from the queue or from a server."""
    LOST = "lost"
    """The station lost its queue (a restart)."""


# Members bound once: looking them up on the class costs more than the rest of an arrival.
_WAITING, _IN_SERVICE, _SERVED = Fate.WAITING, Fate.IN_SERVICE, Fate.SERVED
_REFUSED, _STALE, _ABANDONED = Fate.REFUSED, Fate.STALE, Fate.ABANDONED
_WITHDRAWN, _LOST = Fate.WITHDRAWN, Fate.LOST

_SWEEP_AT_LEAST = 64
"""Jobs that left the queue are swept out of it when there are so many and they are its half."""


class Job:
    """One piece of work at a station. Times are virtual nanoseconds."""

    __slots__ = ("_event", "arrived_ns", "deadline_ns", "fate", "on_end", "started_ns")

    def __init__(
        self, arrived_ns: int, deadline_ns: int | None, on_end: "Callable[[Job], None] | None"
    ) -> None:
        self.arrived_ns = arrived_ns
        self.deadline_ns = deadline_ns
        """After this instant its result is of no use; None: always of use."""
        self.started_ns: int | None = None
        """When service began; None: it has not."""
        self.fate = _WAITING
        self.on_end = on_end
        """Told once, when the job has left the station, whatever its fate."""
        self._event: Event | None = None


@attrs.frozen
class StationView:
    """A station's counts since it was made, and what is in it now."""

    arrived: int
    served: int
    refused: int
    stale: int
    abandoned: int
    withdrawn: int
    lost: int
    waiting: int
    in_service: int
    queued: int
    """Of those that arrived, how many could not start at once (and were not refused)."""
    started: int
    waited_ns_total: int
    """Time from arrival to start, over all that started."""
    sojourn_ns_total: int
    """Time from arrival to end, over all that were served."""
    service_ns_total: int
    """Time servers spent, on services that have ended, withdrawn ones included."""
    late: int
    """Of those served, how many ended after their deadline."""


class Station:
    """Servers and their queue. See the module's text for the rules.

    `world` may also be an actor: then services are that actor's doing, slow when it is slow, and
    gone when it is killed. `servers` None means as many as there is work (nothing ever waits).
    `capacity` counts those in service too; None is unbounded. ValueError when servers or capacity
    is negative.
    """

    def __init__(
        self,
        world: "World | Actor",
        service_time: "Callable[[], int]",
        *,
        servers: int | None = 1,
        discipline: Discipline = Discipline.FIFO,
        capacity: int | None = None,
        patience: "Callable[[], int] | None" = None,
    ) -> None:
        if (servers is not None and servers < 0) or (capacity is not None and capacity < 0):
            raise ValueError("a station's servers and capacity cannot be negative")
        self._world = world
        self._service_time = service_time
        self._patience = patience
        self._servers = maxsize if servers is None else servers
        self._capacity = maxsize if capacity is None else capacity
        self._takes_last = discipline is Discipline.LIFO
        self._drops_stale = discipline is Discipline.DROP_STALE
        self._discipline = discipline
        self._paused = False
        self._queue: deque[Job] = deque()  # those that left it early too, until their turn
        self._gone = 0  # how many of those
        self.in_service = 0
        self._arrived = self._served = self._queued = self._started = self._late = 0
        self._ended = dict.fromkeys((_REFUSED, _STALE, _ABANDONED, _WITHDRAWN, _LOST), 0)
        self._waited_ns = self._sojourn_ns = self._service_ns = 0

    def arrive(
        self, on_end: "Callable[[Job], None] | None" = None, *, deadline_ns: int | None = None
    ) -> Job:
        """Bring one job in, now. `on_end` may be called before this returns (when refused)."""
        now = self._world.now
        job = Job(now, deadline_ns, on_end)
        self._arrived += 1
        in_service = self.in_service
        waiting = len(self._queue) - self._gone
        if in_service + waiting >= self._capacity:
            self._end(job, _REFUSED)
        elif not waiting and in_service < self._servers and not self._paused:
            self._start(job, now)
        else:
            self._queued += 1
            self._queue.append(job)
            if self._patience is not None:
                job._event = self._world.call_after(self._patience(), self._abandon, job)
        return job

    def withdraw(self, job: Job) -> bool:
        """Take a job back, from the queue or out of service; False when it has left already."""
        if job.fate is _IN_SERVICE:
            assert job._event is not None
            assert job.started_ns is not None
            job._event.cancel()
            job.fate = _WITHDRAWN
            self._service_ns += self._world.now - job.started_ns
            self.in_service -= 1
            self._fill()
            self._end(job, _WITHDRAWN)
        elif job.fate is _WAITING:
            self._leave_queue(job, _WITHDRAWN)
        else:
            return False
        return True

    def pause(self) -> None:
        """Start nothing more until `resume`; what is in service ends, what arrives waits."""
        self._paused = True

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused = False
        self._fill()

    def set_servers(self, servers: int | None) -> None:
        """Change the number of servers; services under way end even if that is too many."""
        if servers is not None and servers < 0:
            raise ValueError("a station's servers cannot be negative")
        self._servers = maxsize if servers is None else servers
        self._fill()

    def set_capacity(self, capacity: int | None) -> None:
        """Change the room; who is inside stays."""
        if capacity is not None and capacity < 0:
            raise ValueError("a station's capacity cannot be negative")
        self._capacity = maxsize if capacity is None else capacity

    def lose_queue(self) -> int:
        """Forget all that waits, as a restart does; returns how many that were."""
        jobs = [job for job in self._queue if job.fate is _WAITING]
        self._queue.clear()
        self._gone = 0
        for job in jobs:
            if job._event is not None:
                job._event.cancel()
            job.fate = _LOST  # all of them, before anyone is told: an on_end may arrive again
        for job in jobs:
            self._end(job, _LOST)
        return len(jobs)

    @property
    def waiting(self) -> int:
        """Jobs in the queue now."""
        return len(self._queue) - self._gone

    @property
    def discipline(self) -> Discipline:
        """Who is served next."""
        return self._discipline

    def snapshot(self) -> StationView:
        """Counts so far."""
        ended = self._ended
        return StationView(
            arrived=self._arrived,
            served=self._served,
            refused=ended[_REFUSED],
            stale=ended[_STALE],
            abandoned=ended[_ABANDONED],
            withdrawn=ended[_WITHDRAWN],
            lost=ended[_LOST],
            waiting=self.waiting,
            in_service=self.in_service,
            queued=self._queued,
            started=self._started,
            waited_ns_total=self._waited_ns,
            sojourn_ns_total=self._sojourn_ns,
            service_ns_total=self._service_ns,
            late=self._late,
        )

    def _start(self, job: Job, now: int) -> None:
        self.in_service += 1
        self._started += 1
        self._waited_ns += now - job.arrived_ns
        job.started_ns = now
        job.fate = _IN_SERVICE
        job._event = self._world.call_after(self._service_time(), self._complete, job)

    def _complete(self, job: Job) -> None:
        now = self._world.now
        assert job.started_ns is not None
        self.in_service -= 1
        self._served += 1
        self._service_ns += now - job.started_ns
        self._sojourn_ns += now - job.arrived_ns
        if job.deadline_ns is not None and now > job.deadline_ns:
            self._late += 1
        job.fate = _SERVED
        if self._queue:
            self._fill()  # before anybody is told: who comes back now waits behind who waits
        if job.on_end is not None:
            job.on_end(job)

    def _fill(self) -> None:
        """Give free servers the next jobs in line."""
        now = self._world.now
        while self._queue and self.in_service < self._servers and not self._paused:
            job = self._queue.pop() if self._takes_last else self._queue.popleft()
            if job.fate is not _WAITING:
                self._gone -= 1
                continue
            if job._event is not None:
                job._event.cancel()
            if self._drops_stale and job.deadline_ns is not None and now > job.deadline_ns:
                self._end(job, _STALE)
            else:
                self._start(job, now)

    def _abandon(self, job: Job) -> None:
        self._leave_queue(job, _ABANDONED)

    def _leave_queue(self, job: Job, fate: Fate) -> None:
        """A waiting job leaves; its place is swept later, so leaving costs no search."""
        if job._event is not None:
            job._event.cancel()
        job.fate = fate
        self._gone += 1
        if self._gone >= _SWEEP_AT_LEAST and 2 * self._gone >= len(self._queue):
            self._queue = deque(left for left in self._queue if left.fate is _WAITING)
            self._gone = 0
        self._end(job, fate)

    def _end(self, job: Job, fate: Fate) -> None:
        job.fate = fate
        self._ended[fate] += 1
        if job.on_end is not None:
            job.on_end(job)


def serve_attempts(station: Station, *, answers_drops: bool = True) -> "Callable[[Attempt], None]":
    """A `Client`'s target that puts each attempt through `station`.

    Served attempts are answered with success. Those refused, dropped or lost are answered with
    failure, unless `answers_drops` is off: then the client hears nothing and times out.
    """

    def target(attempt: "Attempt") -> None:
        def end(job: Job) -> None:
            if job.fate is _SERVED:
                attempt.answer(True)
            elif answers_drops:
                attempt.answer(False)

        station.arrive(end, deadline_ns=attempt.deadline_ns)

    return target
