"""The droplets of one DWFM shard: their leases, and the queue of work that keeps them.

What the real one did (mechanisms.md, EC2): a host of DropletWorkflow Manager holds a lease on each
droplet it manages and renews it by a state check every few minutes, which needs DynamoDB. A lease
that is not renewed runs out; then the droplet takes no launch until a new lease is established.
Establishing costs more than renewing, an attempt that takes too long is tried again, and work that
is too late is still done: when too many leases are missing at once, all work is too late and none
counts (congestive collapse).

What is simplified: one server with deterministic costs stands for the hosts of a shard; checks are
spread evenly over the interval, so those of a window of time are a contiguous range of droplets. No
event exists for a droplet: a window (a slot of 10 s, or less when an order arrives within it) is a
handful of array operations. All costs and deadlines are *assumed* (calibration.md).

How a window is served:
- Nothing waits and nothing is due: all checks of the window succeed; one range is renewed.
- DynamoDB does not answer: each attempt fails after a little work, so order decides nothing and the
  work is served as a mass.
- Otherwise attempts are served one after another: start = max(server free, arrival), by running
  sums over the arrivals. Attempts older than every deadline are kept as counts only: they are late
  whatever happens, and still cost their full work.
"""

import random
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from outage_engine.clock import MINUTE, SECOND, ns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outage_agents.parameters.dwfm import DwfmParameters

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 2**62
DAY = 86_400 * SECOND
NONE: Ints = np.zeros(0, np.int64)


@attrs.frozen
class LeaseCounts:
    """What one shard has done so far, and what it has before it."""

    droplets: int
    broken: int
    queue: int
    """Attempts waiting, renewals and establishments."""
    in_flight: int
    """Establishments waiting whose deadline has not passed."""
    established: int
    """Leases established since the start."""
    late: int
    """Attempts done after their deadline since the start."""
    checks: int
    """State checks finished since the start."""
    checks_failed: int
    """State checks that failed because DynamoDB did not answer, or came too late."""
    lost: int
    """Leases broken since the start."""
    wait_ns: int
    """How long an attempt that came now would wait."""


@attrs.define
class Cohort:
    """Attempts that arrived in one window."""

    arrival: Ints
    droplet: Ints
    establish: Flags
    last_ns: int
    """None arrived later."""
    establishments: int
    """How many of those that still wait are establishments."""
    head: int = 0
    """Attempts before this one have been served."""
    end: int = 0
    """Attempts from this one on have been served (newest first)."""
    in_order: bool = False

    def put_in_order(self) -> None:
        """Sort by arrival: only when somebody gets to serve it, most never are in a collapse."""
        if self.in_order:
            return
        self.in_order = True
        if self.establishments:
            order = np.argsort(self.arrival, kind="stable")
            self.arrival, self.droplet = self.arrival[order], self.droplet[order]
            self.establish = self.establish[order]

    def counts(self) -> tuple[int, int]:
        """(renewals, establishments) that still wait."""
        return self.end - self.head - self.establishments, self.establishments


@attrs.define
class Due:
    """Broken droplets by the time of their next attempt, in buckets of one slot.

    A droplet whose lease is established stays here until its time comes, and is then passed over;
    a mark (how many had been established) tells whether any can have been since.
    """

    width_ns: int
    buckets: dict[int, list[tuple[Ints, Ints]]] = attrs.field(factory=dict)
    marks: dict[int, int] = attrs.field(factory=dict)

    def put(self, times: Ints, droplets: Ints, mark: int) -> None:
        """Add attempts; any order."""
        if len(times) == 0:
            return
        first = int(times.min()) // self.width_ns
        if int(times.max()) // self.width_ns == first:
            self._put(first, times, droplets, mark)
            return
        bucket = times // self.width_ns
        order = np.argsort(bucket, kind="stable")
        bucket, times, droplets = bucket[order], times[order], droplets[order]
        cuts = [0, *(np.flatnonzero(np.diff(bucket)) + 1).tolist(), len(bucket)]
        for low, high in pairwise(cuts):
            self._put(int(bucket[low]), times[low:high], droplets[low:high], mark)

    def _put(self, bucket: int, times: Ints, droplets: Ints, mark: int) -> None:
        self.buckets.setdefault(bucket, []).append((times, droplets))
        self.marks.setdefault(bucket, mark)

    def take(self, now_ns: int, until_ns: int, mark: int) -> tuple[Ints, Ints, bool]:
        """Attempts due before `until_ns`, in no order; and whether the mark is still the same."""
        number = now_ns // self.width_ns
        chunks = self.buckets.pop(number, None)
        if chunks is None:
            return NONE, NONE, True
        marked = self.marks.pop(number)
        if len(chunks) == 1:
            times, droplets = chunks[0]
        else:
            times = np.concatenate([chunk[0] for chunk in chunks])
            droplets = np.concatenate([chunk[1] for chunk in chunks])
        if until_ns % self.width_ns:
            later = times >= until_ns
            if later.any():
                self._put(number, times[later], droplets[later], marked)
                times, droplets = times[~later], droplets[~later]
        return times, droplets, marked == mark


def _in_order(due: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    order = np.argsort(due[0], kind="stable")
    return due[0][order], due[1][order]


class DropletLeases:
    """Leases of one shard's droplets. Times are virtual nanoseconds."""

    def __init__(
        self,
        parameters: "DwfmParameters",
        droplets: int,
        now_ns: int,
        uniform: NDArray[np.float64],
        luck: random.Random,
    ) -> None:
        """All droplets start leased, each checked within the last interval.

        `uniform` holds one number in 0..1 for each droplet: the validity of its lease, between the
        shortest and the longest. `luck` decides which leases break by themselves, and for how long.
        """
        p = parameters
        self.parameters = p
        self.droplets = droplets
        self._luck = luck
        self._now = now_ns
        self._every = ns(p.state_check_s)
        capacity_s = droplets / (p.state_check_s * p.normal_load) * p.capacity_factor
        self.capacity_units_s = capacity_s
        self._unit = max(1, ns(1.0 / capacity_s))
        self._renew_cost = self._unit
        self._establish_cost = max(1, round(self._unit * p.establish_cost))
        self._failed_cost = max(1, round(self._unit * p.failed_cost))
        self._renew_deadline = ns(p.renewal_deadline_s)
        self._establish_deadline = ns(p.establish_deadline_s)
        self._longest = max(self._renew_deadline, self._establish_deadline)
        self._phase: Ints = np.arange(droplets, dtype=np.int64) * self._every // droplets
        low, high = p.validity_min_min * MINUTE, p.validity_max_min * MINUTE
        self._validity: Ints = (low + uniform * (high - low)).astype(np.int64)
        last = now_ns - self._every + (self._phase - now_ns) % self._every
        self._expiry: Ints = last + self._validity
        self._renewed: Ints = self._phase + self._renew_cost + self._validity
        self._broken: Flags = np.zeros(droplets, np.bool_)
        self._failures: Ints = np.zeros(droplets if p.backoff_s else 0, np.int64)
        self._due = Due(ns(p.slot_s))
        self._cohorts: deque[Cohort] = deque()
        self._busy = now_ns
        self._unrenewed_until = -1
        self._scanned_until = now_ns
        self._soon: tuple[Ints, Ints] = NONE, NONE
        self._soonest = NEVER
        self._longest_validity = int(self._validity.max())
        self._lookahead = min(self._every, int(self._validity.min()))
        self._stale_renewals = 0
        self._stale_establishments = 0
        self._stale_progress = 0
        self._waiting: deque[tuple[Ints, Ints]] = deque()
        self._free: Ints = NONE
        self._deficit = 0
        self.throttle_share = 0.0
        self._latencies: list[Ints] = []
        self.broken = self.established = self.late = self.lost = 0
        self.checks = self.checks_failed = 0
        if p.max_outstanding:
            self.throttle(p.max_outstanding)

    # -- what operators can do

    def throttle(self, share: float) -> None:
        """Let at most this share of the droplets be outstanding at a time; 0: no limit."""
        self.throttle_share = share
        outstanding = self._establishments_waiting()
        if not share:
            self._free, self._deficit = NONE, 0
            return
        tokens = self.tokens - outstanding
        self._free = np.full(max(0, tokens), self._now, np.int64)
        self._deficit = max(0, -tokens)

    @property
    def tokens(self) -> int:
        """Establishments that may be outstanding under the throttle: at least one."""
        return max(1, int(self.throttle_share * self.droplets))

    def restart(self) -> None:
        """Hosts restart: what was queued is lost. Its droplets try again at their deadlines."""
        self._cohorts.clear()
        self._stale_renewals = self._stale_establishments = self._stale_progress = 0
        self._busy = self._now
        self.throttle(self.throttle_share)

    def drop_stale(self) -> int:
        """Drop the attempts whose deadline has passed; how many there were."""
        dropped = self._stale_renewals + self._stale_establishments
        self._stale_renewals = self._stale_establishments = self._stale_progress = 0
        dropped += self._drop_late(self._now)
        self._busy = min(self._busy, self._now)
        self.throttle(self.throttle_share)
        return dropped

    # -- the passage of time

    def advance(self, until_ns: int, dynamodb_answers: bool) -> None:
        """Everything that happens from now until `until_ns`."""
        while self._now < until_ns:
            end = min(until_ns, (self._now // self._due.width_ns + 1) * self._due.width_ns)
            self._break_by_itself(end)
            self._age()
            if self._now < self._unrenewed_until:
                self._break_expired(end)
            due = self._take_due(end)
            if not dynamodb_answers:
                self._fail_all(end, due)
            elif len(due[0]) or (self.waits() and not self._serve_last_few(end)):
                self._serve_window(end, due)
            else:
                self._renew_all(end)
            self._now = end

    def waits(self) -> bool:
        """Whether any attempt waits, in the queue or for the throttle."""
        return bool(
            self._cohorts or self._waiting or self._stale_renewals or self._stale_establishments
        )

    def _serve_last_few(self, until_ns: int) -> bool:
        """Newest first leaves the last quarter of a slot waiting: done with it, all is normal."""
        if self.parameters.queue_discipline != "lifo" or self._waiting or len(self._cohorts) != 1:
            return False
        if self._stale_renewals or self._stale_establishments:
            return False
        self._serve(until_ns)
        return not self._cohorts

    def _ranges(self, now_ns: int, until_ns: int) -> "Iterator[tuple[int, int, int]]":
        """(first droplet, end, start of its interval) of the checks of this time."""
        start, every, count = now_ns, self._every, self.droplets
        while start < until_ns:
            cycle = start // every * every
            stop = min(until_ns, cycle + every)
            low = -(-(start - cycle) * count // every)
            high = min(count, -(-(stop - cycle) * count // every))
            if high > low:
                yield low, high, cycle
            start = stop

    def _renew_all(self, until_ns: int) -> None:
        """The normal case: nothing waits, and every check of the window succeeds."""
        if self.capacity_units_s * self._every < self.droplets * SECOND:
            self._serve_window(until_ns, (NONE, NONE))
            return
        for low, high, cycle in self._ranges(self._now, until_ns):
            np.add(self._renewed[low:high], cycle, out=self._expiry[low:high])
            count = high - low
            if self.broken:
                here = np.flatnonzero(self._broken[low:high])
                self._expiry[low + here] = NEVER
                count -= len(here)
            self.checks += count
            last = cycle + int(self._phase[high - 1])
            self._busy = max(self._busy + count * self._renew_cost, last + self._renew_cost)

    def _fail_all(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        """DynamoDB does not answer: attempts fail quickly, whatever their order."""
        self._mark_unrenewed()
        arrivals = 0
        self._waiting.append(due)
        while self._waiting and not self._deficit:
            times, droplets = self._waiting.popleft()
            self._schedule_retry(np.maximum(times, self._now), droplets)
            arrivals += len(times)
        for low, high, _ in self._ranges(self._now, until_ns):
            renewals = high - low - int(np.count_nonzero(self._broken[low:high]))
            arrivals += renewals
            self.checks += renewals
            self.checks_failed += renewals
        self._busy = max(self._busy, self._now)
        self._fail_waiting((until_ns - self._busy) // self._failed_cost)
        self._busy += arrivals * self._failed_cost
        if not self.waits():
            self._busy = min(self._busy, until_ns)

    def _fail_waiting(self, count: int) -> None:
        """The oldest `count` attempts of the queue fail."""
        count = max(0, count)
        stale = self._stale_renewals + self._stale_establishments
        if stale:
            served = min(count, stale)
            renewals = self._stale_renewals * served // stale
            self._stale_renewals -= renewals
            self._stale_establishments -= served - renewals
            self._stale_progress = 0
            self._finish_unknown(renewals, served - renewals)
            count -= served
            self._busy += served * self._failed_cost
        while self._cohorts and count:
            cohort = self._cohorts[0]
            cohort.put_in_order()
            served = min(count, cohort.end - cohort.head)
            kinds = cohort.establish[cohort.head : cohort.head + served]
            establishments = int(np.count_nonzero(kinds))
            self._finish_unknown(served - establishments, establishments, late=False)
            cohort.establishments -= establishments
            cohort.head += served
            count -= served
            self._busy += served * self._failed_cost
            if cohort.head == cohort.end:
                self._cohorts.popleft()

    def _finish_unknown(self, renewals: int, establishments: int, late: bool = True) -> None:
        """Attempts of which only the number counts are done, without success."""
        self.checks += renewals
        self.checks_failed += renewals
        self.late += (renewals + establishments) if late else 0
        self._release(np.full(establishments, self._now, np.int64))

    # -- attempts one by one

    def _serve_window(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        if self.parameters.queue_discipline == "fifo":
            self._serve_part(until_ns, due)
            return
        # Disciplines that reorder or drop look at the queue four times a slot (*assumed* grain).
        start = self._now
        step = self._due.width_ns // 4
        due = _in_order(due)
        while self._now < until_ns:
            end = min(until_ns, self._now + step)
            cut = int(np.searchsorted(due[0], end))
            if self.parameters.queue_discipline == "drop-stale":
                self._drop_late(end)
                self._stale_renewals = self._stale_establishments = self._stale_progress = 0
            self._serve_part(end, (due[0][:cut], due[1][:cut]))
            due = (due[0][cut:], due[1][cut:])
            self._now = end
        self._now = start

    def _serve_part(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        """Serve what waits, and what arrives from now until `until_ns`."""
        if not self.throttle_share:
            while self._waiting:
                times, droplets = self._waiting.popleft()
                due = (np.concatenate([times, due[0]]), np.concatenate([droplets, due[1]]))
            admitted = np.maximum(due[0], self._now)
            if self.parameters.queue_discipline == "lifo":
                self._serve(until_ns)
                self._enqueue(self._now, until_ns, admitted, due[1])
            else:
                self._enqueue(self._now, until_ns, admitted, due[1])
                self._serve(until_ns)
            return
        if len(due[0]):
            self._waiting.append(_in_order(due))
        self._serve(until_ns)
        reached = self._now
        while True:
            admitted, droplets = self._admit(until_ns)
            end = int(admitted[-1]) + 1 if len(admitted) else until_ns
            self._enqueue(reached, end, admitted, droplets)
            self._serve(until_ns)
            reached = end
            if not len(admitted):
                return

    def _admit(self, until_ns: int) -> tuple[Ints, Ints]:
        """Waiting droplets that get a token before `until_ns`, and when."""
        times: list[Ints] = []
        droplets: list[Ints] = []
        taken = 0
        while self._waiting and taken < len(self._free):
            due, who = self._waiting.popleft()
            room = len(self._free) - taken
            when = np.maximum(due[:room], self._free[taken : taken + len(due)])
            when = np.maximum(when, self._now)
            count = int(np.searchsorted(when, until_ns))
            times.append(when[:count])
            droplets.append(who[:count])
            taken += count
            if count < len(due):
                self._waiting.appendleft((due[count:], who[count:]))
                break
        self._free = self._free[taken:]
        if not taken:
            return NONE, NONE
        return np.concatenate(times), np.concatenate(droplets)

    def _enqueue(self, start_ns: int, end_ns: int, times: Ints, droplets: Ints) -> None:
        """Checks of `start_ns`..`end_ns` and these establishments join the queue."""
        if len(times):
            self._schedule_retry(times, droplets)
        arrival, who = [times], [droplets]
        for low, high, cycle in self._ranges(start_ns, end_ns):
            leased = ~self._broken[low:high]
            arrival.append(self._phase[low:high][leased] + cycle)
            who.append(leased.nonzero()[0] + low)
        arrivals, ids = np.concatenate(arrival), np.concatenate(who)
        if not len(arrivals):
            return
        establish = np.zeros(len(arrivals), np.bool_)
        establish[: len(times)] = True
        self._cohorts.append(Cohort(arrivals, ids, establish, end_ns, len(times), 0, len(arrivals)))

    def _serve(self, until_ns: int) -> None:
        """Serve the queue until `until_ns`; an attempt begun by then is finished."""
        if self.parameters.queue_discipline == "fifo":
            self._serve_stale(until_ns)
        newest_first = self.parameters.queue_discipline == "lifo"
        while self._cohorts and self._busy < until_ns:
            cohort = self._cohorts[-1 if newest_first else 0]
            cohort.put_in_order()
            limit = max(1, (until_ns - min(self._busy, self._now)) // self._renew_cost + 1)
            if newest_first:
                cut = slice(max(cohort.head, cohort.end - limit), cohort.end)
                order: slice = slice(None, None, -1)
            else:
                cut = slice(cohort.head, min(cohort.end, cohort.head + limit))
                order = slice(None)
            arrival, establish = cohort.arrival[cut][order], cohort.establish[cut][order]
            cost = np.where(establish, self._establish_cost, self._renew_cost)
            done = np.cumsum(cost)
            free = np.maximum.accumulate(np.maximum(arrival, self._busy) - done + cost)
            done += free
            served = int(np.searchsorted(done - cost, until_ns))
            if not served:
                return
            self._busy = int(done[served - 1])
            droplet = cohort.droplet[cut][order]
            cohort.establishments -= int(np.count_nonzero(establish[:served]))
            self._finish(arrival[:served], droplet[:served], establish[:served], done[:served])
            if newest_first:
                cohort.end -= served
            else:
                cohort.head += served
            if cohort.head == cohort.end:
                self._cohorts.pop() if newest_first else self._cohorts.popleft()
        if newest_first and not self._cohorts:
            self._serve_stale(until_ns)

    def _serve_stale(self, until_ns: int) -> None:
        """Work past every deadline is still done, at full cost."""
        work = (
            self._stale_renewals * self._renew_cost
            + self._stale_establishments * self._establish_cost
        )
        self._busy = max(self._busy, self._now)
        available = until_ns - self._busy + self._stale_progress
        if available <= 0 or not work:
            return
        if work <= available:
            self._busy += work - self._stale_progress
            self._finish_unknown(self._stale_renewals, self._stale_establishments)
            self._stale_renewals = self._stale_establishments = self._stale_progress = 0
            return
        renewals = self._stale_renewals * available // work
        establishments = self._stale_establishments * available // work
        spent = renewals * self._renew_cost + establishments * self._establish_cost
        self._stale_progress = available - spent
        self._stale_renewals -= renewals
        self._stale_establishments -= establishments
        self._finish_unknown(renewals, establishments)
        self._busy = until_ns

    def _finish(self, arrival: Ints, droplet: Ints, establish: Flags, done: Ints) -> None:
        """Attempts are done at these times: those in time count."""
        taken = done - arrival
        in_time = taken <= np.where(establish, self._establish_deadline, self._renew_deadline)
        renewing = ~establish
        renewed = droplet[renewing & in_time]
        renewed_at = done[renewing & in_time]
        held = (self._expiry[renewed] > renewed_at) & ~self._broken[renewed]
        renewed, renewed_at = renewed[held], renewed_at[held]
        self._expiry[renewed] = renewed_at + self._validity[renewed]
        checks = int(np.count_nonzero(renewing))
        late = len(done) - int(np.count_nonzero(in_time))
        self.checks += checks
        self.checks_failed += checks - len(renewed)
        self.late += late
        if late:
            self._mark_unrenewed()
        if checks < len(done):
            self._finish_establishments(droplet, done, taken, in_time & establish)
            self._release(done[establish])

    def _finish_establishments(
        self, droplet: Ints, done: Ints, taken: Ints, in_time: Flags
    ) -> None:
        new = np.flatnonzero(in_time)
        new = new[self._broken[droplet[new]]]
        who = droplet[new]
        self._broken[who] = False
        self._expiry[who] = done[new] + self._validity[who]
        if len(self._failures):
            self._failures[who] = 0
        self.broken -= len(who)
        self.established += len(who)
        if len(who):
            self._latencies.append(taken[new])

    # -- the bookkeeping of leases and attempts

    def _break_by_itself(self, until_ns: int) -> None:
        """Now and then a lease breaks without any event, and is missed for a while."""
        p = self.parameters
        expected = self.droplets * (until_ns - self._now) / (p.breakage_days * DAY)
        for _ in range(int(expected + self._luck.random())):
            droplet = int(self._luck.random() * self.droplets)
            down = int(self._luck.random() * 2 * p.repair_s * SECOND)
            if not self._broken[droplet]:
                who = np.array([droplet], np.int64)
                self._break(who, np.array([until_ns + down], np.int64))

    def _break(self, droplets: Ints, attempt: Ints) -> None:
        self._broken[droplets] = True
        self._expiry[droplets] = NEVER
        self._due.put(attempt, droplets, self.established)
        self.broken += len(droplets)
        self.lost += len(droplets)

    def _mark_unrenewed(self) -> None:
        """Some leases were not renewed: they may run out as long as their validity lasts."""
        self._unrenewed_until = self._now + self._every + self._longest_validity

    def _break_expired(self, until_ns: int) -> None:
        """Leases that run out before `until_ns` break, at their time.

        All are looked at once in a while only: no lease renewed since then can run out before the
        next look, because its validity is longer than that.
        """
        while self._scanned_until < until_ns:
            start = max(self._scanned_until, self._now)
            self._scanned_until = start + self._lookahead
            soon = np.flatnonzero(self._expiry < self._scanned_until)
            soon = soon[np.argsort(self._expiry[soon], kind="stable")]
            self._soon = self._expiry[soon], soon
            self._soonest = int(self._soon[0][0]) if len(soon) else NEVER
        if self._soonest >= until_ns:
            return
        cut = int(np.searchsorted(self._soon[0], until_ns))
        expired = self._soon[1][:cut]
        self._soon = self._soon[0][cut:], self._soon[1][cut:]
        self._soonest = int(self._soon[0][0]) if len(self._soon[0]) else NEVER
        expired = expired[self._expiry[expired] < until_ns]
        if len(expired):
            self._break(expired, np.maximum(self._expiry[expired], self._now))

    def _take_due(self, until_ns: int) -> tuple[Ints, Ints]:
        times, droplets, unchanged = self._due.take(self._now, until_ns, self.established)
        if unchanged or not len(times):
            return times, droplets
        valid = self._broken[droplets]
        return times[valid], droplets[valid]

    def _schedule_retry(self, times: Ints, droplets: Ints) -> None:
        """An attempt made at these times is made again when its deadline has passed."""
        again = times + self._establish_deadline
        if self.parameters.backoff_s:
            doubled = np.left_shift(1, np.minimum(self._failures[droplets], 6))
            spread = np.array([self._luck.random() for _ in range(len(droplets))])
            wait = spread * doubled * (self.parameters.backoff_s * SECOND)
            again = again + wait.astype(np.int64)
            self._failures[droplets] += 1
        self._due.put(again, droplets, self.established)

    def _release(self, at: Ints) -> None:
        """Establishments are done, so that others may be let in."""
        if not self.throttle_share or not len(at):
            return
        owed = min(self._deficit, len(at))
        self._deficit -= owed
        self._free = np.concatenate([self._free, at[owed:]])

    def _age(self) -> None:
        """Attempts older than every deadline become counts."""
        while self._cohorts:
            oldest = self._cohorts[0]
            if oldest.last_ns + self._longest >= self._now:
                return
            renewals, establishments = oldest.counts()
            self._stale_renewals += renewals
            self._stale_establishments += establishments
            self._cohorts.popleft()

    def _drop_late(self, now_ns: int) -> int:
        """Drop waiting attempts that would be late if begun only at `now_ns`; how many."""
        kept: deque[Cohort] = deque()
        dropped = dropped_checks = 0
        for cohort in self._cohorts:
            cut = slice(cohort.head, cohort.end)
            establish, arrival = cohort.establish[cut], cohort.arrival[cut]
            last_start = arrival + np.where(
                establish,
                self._establish_deadline - self._establish_cost,
                self._renew_deadline - self._renew_cost,
            )
            keep = last_start >= now_ns
            if not keep.all():
                dropped += int(np.count_nonzero(~keep))
                dropped_checks += int(np.count_nonzero(~keep & ~establish))
                self._release(np.full(int(np.count_nonzero(~keep & establish)), now_ns))
                arrival, establish = arrival[keep], establish[keep]
                cohort = attrs.evolve(
                    cohort,
                    arrival=arrival,
                    droplet=cohort.droplet[cut][keep],
                    establish=establish,
                    establishments=int(np.count_nonzero(establish)),
                    head=0,
                    end=len(arrival),
                )
            if cohort.end > cohort.head:
                kept.append(cohort)
        self._cohorts = kept
        self.checks += dropped_checks
        self.checks_failed += dropped_checks
        if dropped_checks:
            self._mark_unrenewed()
        return dropped

    def _establishments_waiting(self) -> int:
        return self._stale_establishments + sum(cohort.counts()[1] for cohort in self._cohorts)

    # -- what others may see

    def standing(self) -> tuple[float, ...]:
        """Numbers that stay the same while all is well (checks done are not among them)."""
        return (self.broken, self.established, self.late, self.checks_failed, self.throttle_share)

    def flags(self) -> Flags:
        """Which droplets have no lease: a copy, for checks."""
        return self._broken.copy()

    def take_latencies(self) -> Ints:
        """Enqueue-to-done times of leases established since the last call, nanoseconds."""
        taken = np.concatenate(self._latencies) if self._latencies else NONE
        self._latencies = []
        return taken

    def counts(self) -> LeaseCounts:
        """The state now, as numbers."""
        renewals = establishments = 0
        for cohort in self._cohorts:
            more = cohort.counts()
            renewals += more[0]
            establishments += more[1]
        queue = renewals + establishments + self._stale_renewals + self._stale_establishments
        work = (
            max(0, self._busy - self._now)
            + (renewals + self._stale_renewals) * self._renew_cost
            + (establishments + self._stale_establishments) * self._establish_cost
            - self._stale_progress
        )
        return LeaseCounts(
            self.droplets,
            self.broken,
            queue,
            establishments,
            self.established,
            self.late,
            self.checks,
            self.checks_failed,
            self.lost,
            work,
        )
