"""A health-check node: one worker that probes its share of a zone's NLB nodes, round and round.

What the real one did: a subsystem apart from NLB probes all NLB nodes and the targets behind them,
and its results decide which nodes are in DNS (post-event summary, NLB; public documentation for
intervals and thresholds). From 05:28 new EC2 hosts came into service whose network state had not
been propagated. Checks failed although nodes and targets were fine, then passed: nodes flapped in
and out of DNS, the failures kept the checkers busy, and results came late.

How it is modelled. A check that is answered takes 0.02 s of the worker, one that is not takes its
time-out of 3 s; a cycle over all its nodes takes the interval, or longer when the checks need it.
That is the whole feedback: failures cost time, and time makes results old. Two readings of who
the new hosts are can be chosen (`nlb.flap_source`):

- ``checkers``: the checks go out through hosts of the subsystem's own, a share of which has no
  network state; every check fails with that probability, whichever node it is for. Nodes alternate.
- ``targets``: the hosts behind an NLB node are replaced; all its checks fail until their state is
  there. Nodes fail once, for as long as propagation takes.

Simplified: results count at the end of the cycle in which they came; a node whose cycle takes four
times as long as results are good for says in the middle what it has not reached. *Assumed*: every
cost and rate (see ``parameters/nlb.py``). In a quiet zone the node sleeps until its next failing
check.
"""

from bisect import bisect_right

import attrs
import numpy as np
import numpy.typing as npt

from outage_agents.messages import NodesLost
from outage_agents.parameters.nlb import NlbParameters
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import ns, seconds

STUCK_AFTER = 4
"""A cycle so many times longer than results are valid is reported on before its end. Assumed."""
QUIET_CYCLES = 512
"""Most cycles a quiet node sleeps through at once."""


@attrs.frozen
class HostNetworking:
    """The zone tells its checkers how many new hosts have no network state yet."""

    lacking_share: float
    """Share of the new hosts' fleet without network state, 0..1."""
    replaced_per_s: float
    """Rate at which one host is replaced, 1/s."""
    ready_after_s: float
    """Time from entering service to having network state, seconds."""


@attrs.frozen
class NodesAdded:
    """The zone tells its checkers that there is more to check."""

    factor: float
    """Nodes relative to normal."""


@attrs.frozen
class CheckReport:
    """A checker's cycle, as its zone needs to know it."""

    checker: str
    unhealthy: int
    """Nodes found unhealthy."""
    unknown: int
    """Nodes not unhealthy whose last result is too old to count."""
    removed: int
    """Nodes that became unhealthy in this cycle."""
    returned: int
    """Nodes that became healthy in this cycle."""
    unready: int
    """Nodes whose own targets have no network (reading `targets` only)."""
    lateness_s: float
    """How much longer than its interval the cycle took."""
    utilisation: float
    """Work of the cycle relative to its interval."""


class HealthCheckNode(Actor):
    """Checks `nodes` NLB nodes of one zone, and reports to the zone's controller."""

    def __init__(self, name: str, zone: str, nodes: int, parameters: NlbParameters) -> None:
        super().__init__(name)
        self._zone = zone
        self._nodes = nodes
        self._p = parameters
        self._hosts = HostNetworking(0.0, 0.0, 0.0)
        self._lost = 0
        self._more = 1.0
        self._unhealthy = np.zeros(nodes, dtype=bool)
        self._streak = np.zeros(nodes, dtype=np.int64)
        self._unready_until_ns = np.zeros(nodes, dtype=np.int64)
        self._reported: CheckReport | None = None
        self._interval_ns = ns(parameters.interval_s)
        self._failed_ns, self._answered_ns = (
            ns(parameters.check_timeout_s),
            ns(parameters.good_check_s),
        )
        self._validity_ns = ns(parameters.result_validity_s)
        self._by_targets = parameters.flap_source != "checkers"
        self._cycle_ns = self._interval_ns
        self._no_failure = _no_failure_table(1.0 - parameters.background_failure, nodes)

    async def main(self) -> None:
        """Rest while all is quiet; else check every node, cycle after cycle."""
        self._random = self.world.random.array(f"{self.name}/checks")
        self._latency = self.world.telemetry.histogram("nlb.check")
        await self._listen_until(self._phase_ns())
        while True:
            if self._quiet():
                await self._rest()
            else:
                await self._cycle()

    def configure(self, parameters: NlbParameters) -> None:
        """Which hosts are the new ones, from the next cycle on."""
        self._p = parameters
        self._by_targets = parameters.flap_source != "checkers"

    async def _cycle(self) -> None:
        p = self._p
        start_ns = self.world.now
        failing = self._draw_failing(start_ns)
        failed = int(np.count_nonzero(failing))
        worked_ns = failed * self._failed_ns + (self._nodes - failed) * self._answered_ns
        if self._more > 1.0:
            worked_ns = round(worked_ns * self._more)  # nodes that were added fail like the others
        self._cycle_ns = max(self._interval_ns, worked_ns)
        if self._cycle_ns >= STUCK_AFTER * self._validity_ns:
            await self._listen_until(start_ns + self._validity_ns)
            self._report(self._stuck(failing, worked_ns))
        await self._listen_until(start_ns + self._cycle_ns)
        if self.slowness != 1.0:
            self._cycle_ns = max(self._cycle_ns, self.world.now - start_ns)
        self._record(failed, 1)
        removed, returned = self._judge(failing)
        self._report(
            CheckReport(
                self.name,
                unhealthy=int(np.count_nonzero(self._unhealthy)),
                unknown=self._unknown(failing),
                removed=removed,
                returned=returned,
                unready=self._unready(),
                lateness_s=seconds(self._cycle_ns) - p.interval_s,
                utilisation=seconds(worked_ns) / p.interval_s,
            )
        )

    def _stuck(self, failing: npt.NDArray[np.bool_], worked_ns: int) -> CheckReport:
        """What it can say in the middle of a cycle that takes very long."""
        unchecked = self._done_ns(failing) > self._validity_ns
        return CheckReport(
            self.name,
            unhealthy=int(np.count_nonzero(self._unhealthy)),
            unknown=int(np.count_nonzero(unchecked & ~self._unhealthy)),
            removed=0,
            returned=0,
            unready=self._unready(),
            lateness_s=seconds(self._validity_ns) - self._p.interval_s,
            utilisation=seconds(worked_ns) / self._p.interval_s,
        )

    def _done_ns(self, failing: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """When each check of a cycle is done, from its start."""
        return np.cumsum(np.where(failing, self._failed_ns, self._answered_ns))

    def _draw_failing(self, now_ns: int) -> npt.NDArray[np.bool_]:
        """Which of this cycle's checks will fail: nodes that are gone, and by bad luck."""
        failing = self._draw_luck(now_ns)
        if self._lost:
            failing[: self._lost] = True
        return failing

    def _draw_luck(self, now_ns: int) -> npt.NDArray[np.bool_]:
        """By the reading of who the new hosts are."""
        background = self._p.background_failure
        draws = self._random.random(self._nodes)
        if not self._by_targets:
            return draws < min(0.95, background + self._hosts.lacking_share)
        replaced = draws < min(1.0, self._hosts.replaced_per_s * seconds(self._cycle_ns))
        ready_ns = now_ns + ns(self._hosts.ready_after_s)
        self._unready_until_ns[replaced] = np.maximum(self._unready_until_ns[replaced], ready_ns)
        return (self._unready_until_ns > now_ns) | (draws > 1.0 - background)

    def _unknown(self, failing: npt.NDArray[np.bool_]) -> int:
        """Nodes not unhealthy whose result, at the end of the cycle, is too old to count."""
        valid_from_ns = self._cycle_ns - self._validity_ns
        if valid_from_ns <= 0:
            return 0
        old = self._done_ns(failing) < valid_from_ns
        return int(np.count_nonzero(old & ~self._unhealthy))

    def _unready(self) -> int:
        if not self._by_targets:
            return 0
        return int(np.count_nonzero(self._unready_until_ns > self.world.now))

    def _judge(self, failing: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """Count results in a row; the nodes that became unhealthy, and healthy again."""
        unhealthy = self._unhealthy
        self._streak = streak = (self._streak + 1) * (failing != unhealthy)
        if streak.max() < min(self._p.unhealthy_after, self._p.healthy_after):
            return 0, 0
        removed = ~unhealthy & (streak >= self._p.unhealthy_after)
        returned = unhealthy & (streak >= self._p.healthy_after)
        self._unhealthy = (unhealthy | removed) & ~returned
        streak[removed | returned] = 0
        return int(np.count_nonzero(removed)), int(np.count_nonzero(returned))

    def _report(self, report: CheckReport) -> None:
        """Tell the zone, unless there is nothing new and nothing late."""
        if report == self._reported:
            return
        self._reported = report
        self.send(self._zone, report)

    def slowed(self, was: float) -> None:
        """Who rests because all is quiet must look up: a slow worker's results come late."""
        self.send(self.name, self._hosts)

    def _quiet(self) -> bool:
        return (
            self._hosts.lacking_share == 0.0
            and self.slowness == 1.0
            and not self._lost
            and not np.count_nonzero(self._unhealthy)
            and not np.count_nonzero(self._streak)
            and not self._unready()
        )

    async def _rest(self) -> None:
        """Sleep until the next cycle with a failing check: all before it are alike."""
        started_ns = self.world.now
        interval_ns = self._interval_ns
        self._cycle_ns = interval_ns
        survivals = self._no_failure
        draw = float(self._random.random())
        cycles = QUIET_CYCLES - bisect_right(survivals, draw)
        wakes_ns = started_ns + cycles * interval_ns if survivals else None
        heard = await self._hear_until(wakes_ns)
        passed = (self.world.now - started_ns) // interval_ns
        self._record(0, passed)
        if heard:
            await self._listen_until(started_ns + (passed + 1) * interval_ns)
        elif cycles < QUIET_CYCLES:
            self._streak[int(self._random.integers(self._nodes))] = 1
            self._record(1, 1)

    async def _hear_until(self, at_ns: int | None) -> bool:
        envelope = await self.receive_until(at_ns)
        if envelope is not None:
            self._heed(envelope)
        return envelope is not None

    async def _listen_until(self, at_ns: int) -> None:
        while await self._hear_until(at_ns):
            pass

    def _heed(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, HostNetworking):
            self._hosts = message
        elif isinstance(message, NodesLost):
            self._lost = round(message.share * self._nodes)
        elif isinstance(message, NodesAdded):
            self._more = message.factor

    def _record(self, failed: int, cycles: int) -> None:
        if failed:
            self._latency.record_count(self._failed_ns, failed)
        answered = self._nodes * cycles - failed
        if answered > 0:
            self._latency.record_count(self._answered_ns, answered)

    def _phase_ns(self) -> int:
        """When its first cycle starts: checkers of a zone do not run in step."""
        return self.world.now + int(self._random.integers(ns(self._p.interval_s)))

    def snapshot(self) -> CheckReport:
        """Its last report; of a healthy zone when it has made none."""
        return self._reported or CheckReport(self.name, 0, 0, 0, 0, 0, 0.0, self._good_load())

    def _good_load(self) -> float:
        return self._nodes * self._p.good_check_s / self._p.interval_s


def _no_failure_table(passes: float, nodes: int) -> list[float]:
    """Probability that the next 512, 511, ... 1 cycles have no failing check, smallest first.

    Made by multiplication alone, so it is the same on every machine. Empty when none ever fails.
    """
    if passes >= 1.0:
        return []
    cycle = 1.0
    for _ in range(nodes):
        cycle *= passes
    table = [cycle]
    while len(table) < QUIET_CYCLES:
        table.append(table[-1] * cycle)
    return table[::-1]
