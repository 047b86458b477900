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
- Nothing waits and nothing is due: all checks succeed. They are only counted; what a calm spell
  renewed is written down when somebody wants to know, for at most one interval.
- Nothing waits and an attempt is due far from any other: the checks behind it wait a moment.
- DynamoDB does not answer: each attempt fails after a little work, so order decides nothing and the
  work is served as a mass.
- Otherwise attempts are served one after another: start = max(server free, arrival), by running
  sums over the arrivals. Attempts older than every deadline are kept as counts only: they are late
  whatever happens, and still cost their full work. In a collapse nobody gets further, so attempts
  are listed one by one only when their turn comes.
"""

import random
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import msgspec
import numpy as np
from numpy.typing import NDArray

from outage_engine.clock import MINUTE, SECOND, ns
from outage_engine.samplers import Exponential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outage_agents.parameters.dwfm import DwfmParameters

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Standing = tuple[int, int, int, int, int, float]
"""Broken, established, lost, late, checks failed, share of the throttle."""

NEVER = 2**62
DAY = 86_400 * SECOND
NONE: Ints = np.zeros(0, np.int64)
NOTHING = NONE, NONE
FEW = 8
"""Attempts due in a window that are looked at one by one."""
FEW_TOKENS = 16
"""A throttle this tight is followed one establishment at a time."""
GAP_BITS = 32
UNIT_GAP = Exponential(1 << GAP_BITS)


class LeaseCounts(msgspec.Struct, frozen=True):
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
class Checks:
    """State checks of a contiguous range of droplets that held a lease when they were due."""

    low: int
    cycle_ns: int
    """Start of the interval they belong to."""
    leased: Flags

    def attempts(self, phase: Ints) -> tuple[Ints, Ints]:
        """Their times and their droplets."""
        droplets = self.leased.nonzero()[0] + self.low
        return phase.take(droplets) + self.cycle_ns, droplets


@attrs.define
class Cohort:
    """Attempts that arrived in one window."""

    times: Ints
    droplets: Ints
    """Establishments, in no order."""
    checks: list[Checks]
    last_ns: int
    """None arrived later."""
    establishments: int
    """How many of those that still wait are establishments."""
    end: int
    """Attempts from this one on have been served (newest first)."""
    head: int = 0
    """Attempts before this one have been served."""
    in_order: bool = False
    arrival: Ints = NONE
    droplet: Ints = NONE
    establish: Flags = attrs.field(factory=lambda: np.zeros(0, np.bool_))
    """All attempts by arrival, once they are in order."""

    def put_in_order(self, phase: Ints) -> None:
        """List all by arrival, only when somebody serves it: in a collapse most never are."""
        if self.in_order:
            return
        self.in_order = True
        listed = [checks.attempts(phase) for checks in self.checks]
        if len(listed) == 1:
            times, droplets = listed[0]
        else:
            times = np.concatenate([NONE, *(one[0] for one in listed)])
            droplets = np.concatenate([NONE, *(one[1] for one in listed)])
        self.establish = np.zeros(self.end, np.bool_)
        if not len(self.times):
            self.arrival, self.droplet = times, droplets
            return
        due, who = _in_order((self.times, self.droplets))
        place = times.searchsorted(due) + np.arange(len(due))
        self.establish[place] = True
        check = ~self.establish
        self.arrival, self.droplet = np.empty(self.end, np.int64), np.empty(self.end, np.int64)
        self.arrival[place], self.droplet[place] = due, who
        self.arrival[check], self.droplet[check] = times, droplets

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
        first = int(times[0]) // self.width_ns
        if len(times) == 1 or (
            int(times.min()) // self.width_ns == first == int(times.max()) // self.width_ns
        ):
            self.put_in(first, times, droplets, mark)
            return
        bucket = times // self.width_ns
        order = np.argsort(bucket, kind="stable")
        bucket, times, droplets = bucket[order], times[order], droplets[order]
        cuts = [0, *(np.flatnonzero(np.diff(bucket)) + 1).tolist(), len(bucket)]
        for low, high in pairwise(cuts):
            self.put_in(int(bucket[low]), times[low:high], droplets[low:high], mark)

    def put_in(self, bucket: int, times: Ints, droplets: Ints, mark: int) -> None:
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
                self.put_in(number, times[later], droplets[later], marked)
                times, droplets = times[~later], droplets[~later]
        return times, droplets, marked == mark


def _in_order(due: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    if len(due[0]) < 2:
        return due
    order = due[0].argsort(kind="stable")
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
        self._set_capacity(p.capacity_factor)
        self._renew_deadline = ns(p.renewal_deadline_s)
        self._establish_deadline = ns(p.establish_deadline_s)
        self._longest = max(self._renew_deadline, self._establish_deadline)
        self._phase: Ints = np.arange(droplets, dtype=np.int64) * self._every // droplets
        low, high = p.validity_min_min * MINUTE, p.validity_max_min * MINUTE
        self._validity: Ints = (low + uniform * (high - low)).astype(np.int64)
        last = now_ns - self._every + (self._phase - now_ns) % self._every
        self._expiry: Ints = last + self._validity
        self._renewed: Ints = self._phase + self._renew_cost + self._validity
        self._marks = bytearray(droplets)  # counts few marks faster than numpy does
        self._broken: Flags = np.frombuffer(self._marks, np.bool_)
        self._failures: Ints = np.zeros(droplets if p.backoff_s else 0, np.int64)
        self._due = Due(ns(p.slot_s))
        self._cohorts: deque[Cohort] = deque()
        self._busy = self._starting_until = now_ns
        self._unrenewed_until = -1
        self._scanned_until = now_ns
        self._soon: tuple[Ints, Ints] = NONE, NONE
        self._soonest = NEVER
        self._longest_validity = int(self._validity.max())
        self._lookahead = int(self._validity.min()) // 2 + 1
        self._stale_renewals = 0
        self._stale_establishments = 0
        self._stale_progress = 0
        self._calm_from: int | None = None
        self._calm_checks = 0
        self._seen = -1, 0
        self._keeps_up = droplets * self._renew_cost < self._every
        self._ease = self._eased_after()
        self._breakage_gap = max(1, int(p.breakage_days * DAY / droplets))
        self._next_breakage = now_ns + self._gap()
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
        """Hosts restart: what was queued is lost, and nothing is served until they are up again.

        Droplets whose attempts are lost try again at their deadlines.
        """
        self._end_calm()
        if self.waits():
            self._mark_unrenewed()
        self._cohorts.clear()
        self._stale_renewals = self._stale_establishments = self._stale_progress = 0
        self._busy = self._starting_until = self._now + ns(self.parameters.restart_s)
        self.throttle(self.throttle_share)

    def configure(self, parameters: "DwfmParameters") -> None:
        """Work by other parameters from now on; call `scale` next, for the capacity.

        Attempts under way are judged by the new deadline, and made again when the old one says.
        """
        self._end_calm()
        before, self.parameters = self.parameters, parameters
        self._establish_deadline = ns(parameters.establish_deadline_s)
        self._longest = max(self._renew_deadline, self._establish_deadline)
        if parameters.backoff_s and not len(self._failures):
            self._failures = np.zeros(self.droplets, np.int64)
        if parameters.max_outstanding != before.max_outstanding:
            self.throttle(parameters.max_outstanding)

    def scale(self, factor: float) -> None:
        """Work with so many times the capacity from now on; what was served by now stays served."""
        self._end_calm()
        self._set_capacity(self.parameters.capacity_factor * factor)
        self._renewed = self._phase + self._renew_cost + self._validity
        self._keeps_up = self.droplets * self._renew_cost < self._every
        self._ease = self._eased_after()
        self._stale_progress = 0

    def _set_capacity(self, factor: float) -> None:
        p = self.parameters
        self.capacity_units_s = self.droplets / (p.state_check_s * p.normal_load) * factor
        unit = max(1, ns(1.0 / self.capacity_units_s))
        self._renew_cost = unit
        self._establish_cost = max(1, round(unit * p.establish_cost))
        self._failed_cost = max(1, round(unit * p.failed_cost))

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
        width = self._due.width_ns
        while self._now < until_ns:
            end = min(until_ns, (self._now // width + 1) * width)
            if self._next_breakage < end:
                self._break_by_itself(end)
            if self._cohorts:
                self._age()
            if self._now < self._unrenewed_until:
                self._break_expired(end)
            due = self._take_due(end) if self._now // width in self._due.buckets else NOTHING
            if not dynamodb_answers:
                self._fail_all(end, due)
            elif (
                not self._keeps_up
                or self._now < self._starting_until
                or (self.waits() and not self._serve_last_few(end, due))
            ):
                self._serve_window(end, due)
            elif len(due[0]):
                self._serve_few(end, due)
            else:
                self._renew_all(end)
            self._now = end

    def waits(self) -> bool:
        """Whether any attempt waits, in the queue or for the throttle."""
        return bool(
            self._cohorts or self._waiting or self._stale_renewals or self._stale_establishments
        )

    def _serve_last_few(self, until_ns: int, due: tuple[Ints, Ints]) -> bool:
        """Newest first leaves the last quarter of a slot waiting: done with it, all is normal."""
        if self.parameters.queue_discipline != "lifo" or self._waiting or len(self._cohorts) != 1:
            return False
        if len(due[0]) or self._stale_renewals or self._stale_establishments:
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

    def _checks_before(self, at_ns: int) -> int:
        """How many checks, of all droplets and intervals, are due before this time."""
        return -(-at_ns * self.droplets // self._every)

    def _renew_all(self, until_ns: int) -> None:
        """The normal case: nothing waits, and every check of the window succeeds."""
        if self._calm_from is None:
            self._calm_from, self._calm_checks = self._now, 0
        first = self._seen[1] if self._seen[0] == self._now else self._checks_before(self._now)
        end = self._checks_before(until_ns)
        self._seen = until_ns, end
        count = end - first
        if self.broken:
            low = first % self.droplets
            if low + count <= self.droplets:
                count -= self._marks.count(1, low, low + count)
            else:
                for low, high, _ in self._ranges(self._now, until_ns):
                    count -= self._marks.count(1, low, high)
        self.checks += count
        self._calm_checks += count

    def _end_calm(self) -> None:
        """Write down what the calm spell until now has renewed."""
        if self._calm_from is None:
            return
        self._busy = self._server_free()
        start = max(self._calm_from, self._now - self._every)
        self._calm_from = None
        for low, high, cycle in self._ranges(start, self._now):
            np.add(self._renewed[low:high], cycle, out=self._expiry[low:high])
            if self.broken:
                self._expiry[low:high][self._broken[low:high]] = NEVER

    def _server_free(self) -> int:
        """When all work begun or waiting in order is done."""
        if self._calm_from is None or not self._calm_checks:
            return self._busy
        number = self._checks_before(self._now) - 1
        first = self._checks_before(self._calm_from)
        while number > first and self._marks[number % self.droplets]:
            number -= 1
        cycle, droplet = divmod(number, self.droplets)
        last = cycle * self._every + droplet * self._every // self.droplets
        return max(self._busy + self._calm_checks * self._renew_cost, last + self._renew_cost)

    # -- single attempts while all is well

    def _eased_after(self) -> int:
        """After this time nothing is left of the wait that one establishment causes; or NEVER."""
        if not self._keeps_up or self.parameters.queue_discipline != "fifo":
            return NEVER
        spare = self._every - self.droplets * self._renew_cost
        work = 2 * (self._establish_cost + self._renew_cost)
        eased = work * self._every // spare + self._every // self.droplets
        return eased if eased < min(self._renew_deadline, self._establish_deadline) else NEVER

    def _serve_few(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        """Attempts are due and nothing waits: one by one if they are far from each other."""
        count = len(due[0])
        if count > FEW or not self._at_once(count):
            self._serve_window(until_ns, due)
            return
        times, droplets = _in_order(due)
        ends = [*times[1:].tolist(), until_ns]
        starts = times.tolist()
        busy = self._server_free() - self._now > self._establish_cost
        if busy or any(end - start < self._ease for start, end in zip(starts, ends, strict=True)):
            self._serve_window(until_ns, due)
            return
        for at, droplet in zip(starts, droplets.tolist(), strict=True):
            self._renew_all(at)
            self._now = at
            self._establish_among_checks(at, droplet)
            self._now = at + self._ease
        self._renew_all(until_ns)

    def _at_once(self, count: int) -> bool:
        """Whether the throttle lets this many in without waiting."""
        if not self.throttle_share:
            return True
        free = len(self._free) >= count and int(self._free[count - 1]) <= self._now
        return free and not self._deficit

    def _establish_among_checks(self, at_ns: int, droplet: int) -> None:
        """One establishment, and the checks that wait behind it until it is forgotten."""
        self._end_calm()
        self._schedule_retry(np.array([at_ns]), np.array([droplet]))
        done = established = max(self._busy, at_ns) + self._establish_cost
        for low, high, cycle in self._ranges(at_ns, at_ns + self._ease):
            who = (~self._broken[low:high]).nonzero()[0] + low
            if len(who):
                behind = np.arange(1, len(who) + 1) * self._renew_cost + done
                finished = np.maximum(self._phase[who] + (cycle + self._renew_cost), behind)
                self._expiry[who] = finished + self._validity[who]
                self.checks += len(who)
                done = int(finished[-1])
        self._busy = done
        taken = np.array([established - at_ns])
        if self.throttle_share:
            self._free = np.concatenate([self._free[1:], taken + at_ns])
        self._leased_again(np.array([droplet]), taken + at_ns, taken)

    # -- while DynamoDB does not answer

    def _fail_all(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        """DynamoDB does not answer: attempts fail quickly, whatever their order."""
        self._end_calm()
        self._mark_unrenewed()
        arrivals = 0
        if self._waiting or self._deficit:
            self._waiting.append(due)
            while self._waiting and not self._deficit:
                times, droplets = self._waiting.popleft()
                self._schedule_retry(np.maximum(times, self._now), droplets)
                arrivals += len(times)
        elif len(due[0]):
            self._schedule_retry(*due)
            arrivals = len(due[0])
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
            cohort.put_in_order(self._phase)
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
        if self.throttle_share and establishments:
            self._release(np.full(establishments, self._now, np.int64))

    # -- attempts one by one

    def _serve_window(self, until_ns: int, due: tuple[Ints, Ints]) -> None:
        self._end_calm()
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
        if self.throttle_share:
            if len(due[0]):
                self._waiting.append(_in_order(due))
            self._serve_throttled(until_ns)
            return
        while self._waiting:
            times, droplets = self._waiting.popleft()
            times = np.maximum(times, self._now)
            due = (np.concatenate([times, due[0]]), np.concatenate([droplets, due[1]]))
        if self.parameters.queue_discipline == "lifo":
            self._serve(until_ns)
            self._enqueue(self._now, until_ns, *due)
        else:
            self._enqueue(self._now, until_ns, *due)
            self._serve(until_ns)

    def _serve_throttled(self, until_ns: int) -> None:
        """An establishment joins the queue when another is done."""
        self._serve(until_ns)
        fifo = self.parameters.queue_discipline == "fifo"
        reached = self._now
        while True:
            if fifo and self._busy < until_ns and self.tokens <= FEW_TOKENS:
                admitted, droplets = self._follow_tokens(reached, until_ns)
                finished = True
            else:
                admitted, droplets = self._admit(until_ns)
                # Nobody who comes now can be done in this window: nobody else is let in.
                finished = not len(admitted) or (fifo and self._busy >= until_ns)
            end = until_ns if finished else int(admitted[-1]) + 1
            self._enqueue(reached, end, admitted, droplets)
            self._serve(until_ns)
            reached = end
            if finished:
                return

    def _follow_tokens(self, reached_ns: int, until_ns: int) -> tuple[Ints, Ints]:
        """Who is let in before `until_ns`, and when, if few may be outstanding at a time.

        The queue is empty. Each token comes back when its establishment is done, which is behind
        the checks that came before it; those checks alone never wait for each other, so their work
        is a sum or ends with the last of them. What is then served in order gives the same times.
        """
        tokens = deque(self._free.tolist())
        given, free = len(tokens), self._busy
        seen = self._checks_before(reached_ns)
        times: list[int] = []
        droplets: list[Ints] = []
        while self._waiting and tokens:
            due, who = self._waiting.popleft()
            count = 0
            for at in due.tolist():
                at = max(at, tokens[0], reached_ns) if tokens else NEVER
                if at >= until_ns:
                    break
                first, seen = seen, self._checks_before(at)
                free = self._after_checks(free, first, seen)
                free = max(free, at) + self._establish_cost
                tokens.popleft()
                tokens.append(free)
                times.append(at)
                count += 1
            droplets.append(who[:count])
            if count < len(due):
                self._waiting.appendleft((due[count:], who[count:]))
                break
        used = min(given, len(times))
        self._free = self._free[used:]
        self._deficit += len(times) - used
        return np.array(times, np.int64), np.concatenate([NONE, *droplets])

    def _after_checks(self, free_ns: int, first: int, end: int) -> int:
        """When the server is free after these checks, if it is at `free_ns` before them."""
        low, count = first % self.droplets, end - first
        if low + count > self.droplets:
            middle = end // self.droplets * self.droplets
            free_ns = self._after_checks(free_ns, first, middle)
            return self._after_checks(free_ns, middle, end)
        leased = (~self._broken[low : low + count]).nonzero()[0]
        if not len(leased):
            return free_ns
        last = (first - low) // self.droplets * self._every + int(self._phase[low + leased[-1]])
        return max(free_ns + len(leased) * self._renew_cost, last + self._renew_cost)

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
        checks = [
            Checks(low, cycle, ~self._broken[low:high])
            for low, high, cycle in self._ranges(start_ns, end_ns)
        ]
        count = len(times)
        for one in checks:
            count += int(np.count_nonzero(one.leased))
        if count:
            self._cohorts.append(Cohort(times, droplets, checks, end_ns, len(times), count))

    def _serve(self, until_ns: int) -> None:
        """Serve the queue until `until_ns`; an attempt begun by then is finished."""
        if self.parameters.queue_discipline == "fifo":
            self._serve_stale(until_ns)
        newest_first = self.parameters.queue_discipline == "lifo"
        while self._cohorts and self._busy < until_ns:
            cohort = self._cohorts[-1 if newest_first else 0]
            cohort.put_in_order(self._phase)
            limit = max(1, (until_ns - min(self._busy, self._now)) // self._renew_cost + 1)
            if newest_first:
                cut = slice(max(cohort.head, cohort.end - limit), cohort.end)
                order: slice = slice(None, None, -1)
            else:
                cut = slice(cohort.head, min(cohort.end, cohort.head + limit))
                order = slice(None)
            arrival, establish = cohort.arrival[cut][order], cohort.establish[cut][order]
            cost = np.where(establish, self._establish_cost, self._renew_cost)
            done = cost.cumsum()
            if int(arrival[0 if newest_first else -1]) <= self._busy:
                done += self._busy
            else:
                done += np.maximum.accumulate(np.maximum(arrival, self._busy) - done + cost)
            served = int(done.searchsorted(until_ns))
            if served < len(done):
                begun = max(int(arrival[served]), int(done[served - 1]) if served else self._busy)
                served += begun < until_ns
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
        checks = len(done) - int(np.count_nonzero(establish))
        late = 0
        if int(taken.max()) <= min(self._renew_deadline, self._establish_deadline):
            in_time, renewing = establish, ~establish
        else:
            limit = np.where(establish, self._establish_deadline, self._renew_deadline)
            in_time = taken <= limit
            late = len(done) - int(np.count_nonzero(in_time))
            renewing = in_time & ~establish
            in_time &= establish
        renewed, renewed_at = droplet[renewing], done[renewing]
        held = (self._expiry.take(renewed) > renewed_at) & ~self._broken.take(renewed)
        if not held.all():
            renewed, renewed_at = renewed[held], renewed_at[held]
        self._expiry[renewed] = renewed_at + self._validity.take(renewed)
        self.checks += checks
        self.checks_failed += checks - len(renewed)
        self.late += late
        if late:
            self._mark_unrenewed()
        if checks < len(done):
            new = in_time.nonzero()[0]
            new = new[self._broken[droplet[new]]]
            if len(new):
                self._leased_again(droplet[new], done[new], taken[new])
            self._release(done[establish])

    def _leased_again(self, droplets: Ints, done: Ints, taken: Ints) -> None:
        """Leases of these broken droplets are established."""
        self._broken[droplets] = False
        self._expiry[droplets] = done + self._validity[droplets]
        if len(self._failures):
            self._failures[droplets] = 0
        self.broken -= len(droplets)
        self.established += len(droplets)
        self._latencies.append(taken)

    # -- the bookkeeping of leases and attempts

    def _break_by_itself(self, until_ns: int) -> None:
        """Now and then a lease breaks without any event, and is missed for a while."""
        while self._next_breakage < until_ns:
            at = self._next_breakage
            self._next_breakage += self._gap()
            droplet = int(self._luck.random() * self.droplets)
            down = int(self._luck.random() * 2 * self.parameters.repair_s * SECOND)
            if not self._broken[droplet]:
                self._break(np.array([droplet]), np.array([at + down]))

    def _gap(self) -> int:
        """Time from one breakage in the shard to the next: they have no memory."""
        return UNIT_GAP.draw(self._luck) * self._breakage_gap >> GAP_BITS

    def _break(self, droplets: Ints, attempt: Ints) -> None:
        self._lose(droplets)
        self._due.put(attempt, droplets, self.established)

    def _lose(self, droplets: Ints) -> None:
        self._broken[droplets] = True
        self._expiry[droplets] = NEVER
        self.broken += len(droplets)
        self.lost += len(droplets)

    def _mark_unrenewed(self) -> None:
        """Some leases were not renewed: they may run out as long as their validity lasts."""
        self._unrenewed_until = self._now + self._every + self._longest_validity

    def _break_expired(self, until_ns: int) -> None:
        """Leases that run out before `until_ns` break, at their time.

        All are looked at once in a while only: no lease renewed since then can run out before the
        next look, because its validity is longer than that: half the shortest one, so that while
        all are renewed none is about to run out.
        """
        while self._scanned_until < until_ns:
            self._end_calm()
            start = max(self._scanned_until, self._now)
            self._scanned_until = start + self._lookahead
            soon = (self._expiry < self._scanned_until).nonzero()[0]
            soon = soon[self._expiry[soon].argsort(kind="stable")]
            self._soon = self._expiry[soon], soon
            self._soonest = int(self._soon[0][0]) if len(soon) else NEVER
        if self._soonest >= until_ns:
            return
        self._end_calm()
        cut = int(self._soon[0].searchsorted(until_ns))
        expired = self._soon[1][:cut]
        self._soon = self._soon[0][cut:], self._soon[1][cut:]
        self._soonest = int(self._soon[0][0]) if len(self._soon[0]) else NEVER
        at = self._expiry.take(expired)
        gone = at < until_ns
        if not gone.all():
            expired, at = expired[gone], at[gone]
        if len(expired):
            self._lose(expired)
            window = self._now // self._due.width_ns
            self._due.put_in(window, np.maximum(at, self._now), expired, self.established)

    def _take_due(self, until_ns: int) -> tuple[Ints, Ints]:
        times, droplets, unchanged = self._due.take(self._now, until_ns, self.established)
        if unchanged or not len(times):
            return times, droplets
        valid = self._broken[droplets]
        return times[valid], droplets[valid]

    def _schedule_retry(self, times: Ints, droplets: Ints) -> None:
        """An attempt made at these times is made again when its deadline has passed."""
        again = times + self._establish_deadline
        bucket, rest = divmod(self._establish_deadline, self._due.width_ns)
        if not rest and not self.parameters.backoff_s:
            # All attempts of a window are made again in one window.
            bucket += self._now // self._due.width_ns
            self._due.put_in(bucket, again, droplets, self.established)
            return
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
            cohort.put_in_order(self._phase)
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

    def standing(self) -> Standing:
        """Numbers that stay the same while all is well (checks done are not among them)."""
        return (
            self.broken,
            self.established,
            self.lost,
            self.late,
            self.checks_failed,
            self.throttle_share,
        )

    def waiting(self) -> tuple[int, int]:
        """(attempts that wait, establishments among them whose deadline has not passed)."""
        queue, establishments = self._stale_renewals + self._stale_establishments, 0
        for cohort in self._cohorts:
            queue += cohort.end - cohort.head
            establishments += cohort.establishments
        return queue, establishments

    def flags(self) -> Flags:
        """Which droplets have no lease: a copy, for checks."""
        return self._broken.copy()

    def take_latencies(self) -> Ints:
        """Enqueue-to-done times of leases established since the last call, nanoseconds."""
        if not self._latencies:
            return NONE
        taken, self._latencies = np.concatenate(self._latencies), []
        return taken

    def counts(self) -> LeaseCounts:
        """The state now, as numbers."""
        queue, establishments = self.waiting()
        all_establishments = establishments + self._stale_establishments
        work = (
            max(0, self._server_free() - self._now)
            + (queue - all_establishments) * self._renew_cost
            + all_establishments * self._establish_cost
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
