"""The EC2 API: launches asked for, and what becomes of them.

What the real one did (post-event summary, EC2; mechanisms.md): a launch needs DynamoDB, and a
droplet whose lease holds; without one the answer is insufficient capacity. While operators
throttled DWFM's incoming work, and long after, launches were refused by a limit (request limit
exceeded). At 05:28 all droplets were leased and launches began to succeed; limits were relaxed from
11:23 to 13:50.

How it is modelled: every ten seconds the demand of that time is asked at once, with those who got
nothing before and ask again until they give up. A droplet is drawn at random. After a throttle of
DWFM, admission opens slowly. An instance that has no network for too long is of no use to whoever
asked for it: groups that scale by themselves replace it, which is another launch, and more network
state to propagate. Demand, patience and limits are *assumed* (`parameters/ec2.py`).
Simplified: an instance launched replaces one terminated, and terminations that fail with the
launches are owed to the Network Manager.
"""

from collections import deque
from collections.abc import Sequence

import attrs

from outage_agents.causes import message, ordered
from outage_agents.dwfm import TOLD_SHARE, LeaseReport
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.lease_outlook import all_leased
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    AskForHosts,
    HostsGranted,
    LaunchHealth,
)
from outage_agents.network_manager import Propagation, StateChanges
from outage_agents.parameters.ec2 import Ec2Parameters
from outage_agents.views import Ec2View
from outage_engine.actor import Actor
from outage_engine.checkers import Checker
from outage_engine.clock import MINUTE, SECOND, ns, seconds
from outage_engine.heartbeats import FellSilent, HeardAgain
from outage_engine.narration import Cause

INTERVAL_NS = 10 * SECOND
INTERVAL_S = 10.0
SILENT_AFTER_NS = 30 * SECOND
"""A shard that is not heard for so long is taken for dead. Assumed."""
SILENCING = ("lose-zone", "crash", "pause", "partition", "hold")
"""Faults that silence a shard."""
FAILING_BELOW = 0.99
"""Launches are told of as failing below this share of success. Assumed; it decides nothing."""


@attrs.frozen
class Batch:
    """Launches asked for in one interval, by what became of them."""

    asked: int = 0
    launched: int = 0
    request_limit: int = 0
    """Refused by a limit on requests."""
    insufficient_capacity: int = 0
    """Refused because the droplet drawn has no lease."""
    failed: int = 0
    """Failed because DynamoDB did not answer."""
    expected: float = 0.0
    """Launches to be expected of those admitted, before luck drew their droplets."""


def _address(report: LeaseReport) -> str:
    """The actor that sent a report."""
    return f"dwfm-az{report.zone}-{report.shard}"


class Ec2Api(Actor):
    """Takes launch requests of the whole Region."""

    def __init__(
        self,
        name: str,
        parameters: Ec2Parameters,
        *,
        droplets: int,
        network_manager: str = "network-manager",
        resolver: str = "resolver-ec2",
        subscribers: Sequence[str] = (),
    ) -> None:
        """`droplets` of the whole Region; subscribers hear LaunchHealth every 10 s."""
        super().__init__(name)
        self._p = parameters
        self._droplets = droplets
        self._demand_s = parameters.demand_per_s(droplets)
        self._network_manager, self._subscribers = network_manager, tuple(subscribers)
        self._client = DynamodbClient(self, resolver=resolver)
        self._reports: dict[tuple[int, int], LeaseReport] = {}
        self._said_last: dict[str, LeaseReport] = {}
        self._broken = 0
        self._dwfm_throttled = False
        self._down = False
        self._opened_ns: int | None = None
        self._rate_share = 1.0
        self._relaxing: deque[tuple[int, float]] = deque()
        self._propagation = Propagation(0.0, -1.0)
        self._fraction = 0.0
        self._room = 0.0
        self._owed_fraction = 0.0
        self._pent_up = 0.0
        self._batch = Batch()
        self._last_minute: deque[Batch] = deque([Batch()], 6)
        self._success_share = 1.0
        self._without_network: deque[tuple[int, int]] = deque()
        self._without_network_count = 0
        self._given_up: deque[tuple[int, int]] = deque()
        self._replace_fraction = 0.0
        self._asked_total = 0
        self._watched = False
        self._told_failing = self._told_no_capacity = False
        self._told_limited = self._told_closed = False
        self._reported_last = ""

    async def main(self) -> None:
        """Every ten seconds a batch; leases, waiting times and orders as they come."""
        self._register()
        tick = self.world.now + INTERVAL_NS
        while True:
            told = await self.receive_until(tick)
            if told is None:
                share = await self._client.answered_share()
                self._relax()
                self._notice(share)
                self._launch(share)
                self._publish()
                tick = self.tick_after(tick, INTERVAL_NS)
            elif isinstance(told.message, LeaseReport):
                self._hear(told.message, told.sender)
                self._reported_last = told.sender
            elif isinstance(told.message, FellSilent):
                self._miss(told.message.name)
            elif isinstance(told.message, HeardAgain):
                self._hear_again(told.message.name)
            elif isinstance(told.message, Propagation):
                self._propagation = told.message
            elif isinstance(told.message, ActionOrder):
                told.reply(self._act(told.message))
            elif isinstance(told.message, AskForHosts):
                told.reply(self._hosts())

    def snapshot(self) -> Ec2View:
        """The last interval."""
        batch = self._batch
        return Ec2View(
            demand_per_s=batch.asked / INTERVAL_S,
            launched_per_s=batch.launched / INTERVAL_S,
            insufficient_capacity_per_s=batch.insufficient_capacity / INTERVAL_S,
            request_limit_per_s=batch.request_limit / INTERVAL_S,
            failed_per_s=batch.failed / INTERVAL_S,
            launched_total=self._launched.total if self.alive else 0,
            refused_total=self._refused.total if self.alive else 0,
            without_network=self._without_network_count,
            throttle=self._limit_in_words(),
        )

    def _register(self) -> None:
        telemetry = self.world.telemetry
        self._random = self.world.random.array(f"{self.name}.droplets")
        self._launched = telemetry.counter("ec2.launched_total")
        self._refused = telemetry.counter("ec2.refused_total")
        self._no_capacity = telemetry.counter("ec2.insufficient_capacity_total")
        self._over_limit = telemetry.counter("ec2.request_limit_total")
        self._failed = telemetry.counter("ec2.failed_total")
        telemetry.gauge_from("ec2.throttle_on", lambda: float(self._throttled()))
        telemetry.gauge_from("ec2.success_share", lambda: self._success_share)
        telemetry.gauge_from("ec2.without_network", lambda: float(self._without_network_count))
        self._latency = telemetry.histogram("ec2.launch")
        if not self._watched:
            self._watched = True
            self._add_checkers()

    def _add_checkers(self) -> None:
        self.world.checkers.add(
            Checker(
                "ec2.every_launch_has_one_outcome",
                holds=self._every_launch_has_one_outcome,
                explain=lambda: f"asked {self._asked_total}, but outcomes differ",
            )
        )
        broken = self.world.telemetry.gauge("dwfm.broken")
        self.world.checkers.add(
            Checker(
                "dwfm.leases_within_droplets",
                holds=lambda: 0 <= broken.value <= self._droplets,
                explain=lambda: f"{broken.value:.0f} broken of {self._droplets} droplets",
            )
        )

    def _every_launch_has_one_outcome(self) -> bool:
        outcomes = self._launched.total + self._refused.total + self._failed.total
        return outcomes == self._asked_total

    # -- launches

    def _launch(self, dynamodb_share: float) -> None:
        """The demand of one interval, and what becomes of it."""
        again = self._pent_up * INTERVAL_S / self._p.retry_s
        wanted = self._fraction + self._demand_s * INTERVAL_S + again
        asked = int(wanted)
        self._fraction = wanted - asked
        admitted = self._admit(asked)
        reached = self._draw(admitted, dynamodb_share)
        leased_share = 1.0 - self._broken / self._droplets
        launched = self._draw(reached, leased_share)
        self._batch = Batch(
            asked,
            launched,
            request_limit=asked - admitted,
            insufficient_capacity=reached - launched,
            failed=admitted - reached,
            expected=admitted * dynamodb_share * leased_share,
        )
        left = max(0.0, self._pent_up - again + asked - launched)
        self._pent_up = left * (1.0 - INTERVAL_S / self._p.give_up_s)
        self._count(self._batch)
        self._run_without_network(launched)
        self._tell_network_manager()

    def _draw(self, count: int, share: float) -> int:
        """How many of `count` succeed, each with probability `share`."""
        if share >= 1 or not count:
            return count
        return int((self._random.random(count) < share).sum())

    def _admit(self, asked: int) -> int:
        """Launches of `asked` that the limits let through in this interval.

        Where a limit is less than one launch an interval, a whole one is kept until it is asked
        for; else what was not asked for is lost, but for a fraction.
        """
        allowed = self._limit_per_s() * INTERVAL_S
        most = allowed + self._room
        admitted = min(asked, int(most)) if allowed else 0
        left = most - admitted
        self._room = min(left, 1.0) if allowed < 1 else left - int(left)
        return admitted

    def _limit_per_s(self) -> float:
        """The lowest of the limits in force, launches a second."""
        if self._closed():
            return 0.0
        limits = [self._rate_share * self._p.request_limit * self._demand_s]
        if self._opened_ns is not None:
            limits.append(self._opened_to_per_s(self._opened_ns))
        if self._propagation.launches_per_s >= 0:
            limits.append(self._propagation.launches_per_s)
        return min(limits)

    def _opened_to_per_s(self, opened_ns: int) -> float:
        """Admission opens with time since all droplets were leased again."""
        passed = seconds(self.world.now - opened_ns) / self._p.admission_ramp_s
        return self._demand_s * self._p.admission_gain * passed

    def _closed(self) -> bool:
        """Operators throttle DWFM's incoming work, and not every droplet is leased yet."""
        return self._dwfm_throttled and self._down

    def _throttled(self) -> bool:
        return self._limit_per_s() < self._p.request_limit * self._demand_s * (1 - 1e-9)

    def _hosts(self) -> HostsGranted:
        """How a component of the Region fares that wants hosts now: as everybody does.

        A fleet that cannot be had as a whole is refused while launches are down (*assumed*).
        """
        if self._closed():
            return HostsGranted(0.0, 0.0, f"launches are {self._limit_in_words()}")
        if self._down:
            leases = f"{self._broken / self._droplets:.0%} of droplets have no lease"
            admitted = self._batch.asked - self._batch.request_limit
            away = self._batch.failed > admitted // 2
            why = "DynamoDB does not answer" if away else leases
            return HostsGranted(0.0, 0.0, f"launches fail: {why}")
        asked_s = self._batch.asked / INTERVAL_S
        limit_s = self._limit_per_s()
        let_in = limit_s / asked_s if asked_s > limit_s else 1.0
        leased = 1.0 - self._broken / self._droplets
        return HostsGranted(let_in * leased, self._propagation.wait_s)

    def _count(self, batch: Batch) -> None:
        self._asked_total += batch.asked
        self._launched.add(batch.launched)
        self._no_capacity.add(batch.insufficient_capacity)
        self._over_limit.add(batch.request_limit)
        self._refused.add(batch.insufficient_capacity + batch.request_limit)
        self._failed.add(batch.failed)
        if batch.launched:
            self._latency.record_count(ns(self._p.start_s), batch.launched)

    def _run_without_network(self, launched: int) -> None:
        """Instances run, and have no connectivity until their network state is there."""
        now = self.world.now
        replaced = self._to_be_replaced(launched)
        self._without_network.append((now + ns(self._propagation.wait_s), launched - replaced))
        self._given_up.append((now + ns(self._p.replace_after_s), replaced))
        self._without_network_count += launched
        while self._without_network and self._without_network[0][0] <= now:
            self._without_network_count -= self._without_network.popleft()[1]
        while self._given_up and self._given_up[0][0] <= now:
            _, gone = self._given_up.popleft()
            self._without_network_count -= gone
            self._pent_up += gone

    def _to_be_replaced(self, launched: int) -> int:
        """Of these instances, those that will be replaced before their network is there."""
        if self._propagation.wait_s <= self._p.replace_after_s:
            return 0
        wanted = self._replace_fraction + launched * self._p.replace_share
        replaced = int(wanted)
        self._replace_fraction = wanted - replaced
        return replaced

    def _tell_network_manager(self) -> None:
        owed = 0
        if self._down and self._batch.asked:
            lost = 1.0 - self._batch.launched / self._batch.asked
            owing = self._owed_fraction + self._demand_s * INTERVAL_S * lost
            owed = int(owing)
            self._owed_fraction = owing - owed
        changes = StateChanges(self._batch.launched, owed, self._down)
        self.send(self._network_manager, changes)

    def _notice(self, dynamodb_share: float) -> None:
        """Whether state can change at all: DynamoDB, and leases once some were lost."""
        leased = all_leased(self._broken, self._droplets)
        self._tell_failing(dynamodb_share)
        if not self._down and (dynamodb_share < 0.5 or self._broken > self._droplets / 20):
            self._down, self._opened_ns = True, None
            self._tell_down(dynamodb_share)
        elif self._down and dynamodb_share >= 0.5 and leased:
            self._down = False
            if self._dwfm_throttled:
                self._opened_ns = self.world.now
            self._told_failing = self._told_no_capacity = False
            self.narrate(
                "all droplets are leased: launches begin to succeed",
                about="launches.resumed",
                because=(
                    self._heard("leased", self._reported_last),
                    *self._client.because,
                    "launches.no_capacity",
                    "launches.down",
                ),
            )
        self._tell_limits()

    def _tell_failing(self, dynamodb_share: float) -> None:
        """The first launches that fail, and the first for which no droplet has a lease."""
        if dynamodb_share < FAILING_BELOW and not self._told_failing:
            self._told_failing = True
            self.narrate(
                f"launches begin to fail: new connections to DynamoDB {self._client.trouble}",
                level="error",
                about="launches.failing",
                because=self._client.because,
            )
        if self._broken > TOLD_SHARE * self._droplets and not self._told_no_capacity:
            self._told_no_capacity = True
            self.narrate(
                f"insufficient capacity: {self._broken:,} of {self._droplets:,} droplets have no"
                " lease to launch on",
                level="error",
                about="launches.no_capacity",
                because=(
                    self._heard("leases_lost", self._worst_shard()),
                    self._topic_of(self._worst_shard(), "silent"),
                ),
            )

    def _tell_down(self, dynamodb_share: float) -> None:
        cause = "launches.failing" if dynamodb_share < 0.5 else "launches.no_capacity"
        self.narrate(
            "no instance can be started, stopped or ended any more; running ones go on",
            level="error",
            about="launches.down",
            because=(cause,),
        )

    def _tell_limits(self) -> None:
        """Launches refused until every droplet is leased, and no limit any more."""
        limited = self._down or self._throttled()
        if self._closed() and not self._told_closed:
            self._told_closed = self._told_limited = True
            self.narrate(
                "launches are refused (request limit exceeded) until every droplet is leased",
                level="warning",
                about="launches.limited",
                because=(self._heard("throttled", self._throttled_shard()),),
            )
        elif limited:
            self._told_limited = True
        elif self._told_limited and self._success_share > FAILING_BELOW:
            self._told_limited = self._told_closed = False
            self.narrate(
                "every launch that is asked for succeeds; no limit is on",
                about="launches.normal",
                because=("launches.relaxed", "launches.resumed"),
            )

    def _heard(self, what: str, shard: str) -> Cause:
        """What a shard's last report was about."""
        return message(self._topic_of(shard, what), "LeaseReport", shard)

    def _topic_of(self, shard: str, what: str) -> str:
        return f"{shard.replace('-', '.', 1)}.{what}"

    def _worst_shard(self) -> str:
        """The shard with the largest share of broken leases, as reported."""
        worst = max(self._reports.values(), key=lambda report: report.broken / report.droplets)
        return _address(worst)

    def _throttled_shard(self) -> str:
        """A shard that reports that its work is throttled."""
        return _address(next(one for one in self._reports.values() if one.throttled))

    def _miss(self, shard: str) -> None:
        """Nothing can be launched through a shard that is not heard: all its leases are no use."""
        last = self._said_last.get(shard)
        if last is not None:
            self._hear(attrs.evolve(last, broken=last.droplets))
            self.narrate(
                f"{shard} has fallen silent: nothing can be launched on its droplets",
                level="warning",
                about=f"{shard.replace('-', '.', 1)}.silent",
                because=tuple(f"fault.{kind}" for kind in SILENCING),
            )

    def _hear_again(self, shard: str) -> None:
        """What it said last counts until it says something new."""
        last = self._said_last.get(shard)
        if last is not None:
            self._hear(last)
            topic = shard.replace("-", ".", 1)
            because = (f"{topic}.silent",)
            self.narrate(f"{shard} is heard again", about=f"{topic}.heard", because=because)

    def _hear(self, report: LeaseReport, sender: str = "") -> None:
        if sender:
            if sender not in self._said_last:
                self.world.heartbeats.listen(self.name, sender, SILENT_AFTER_NS)
            self._said_last[sender] = report
        before = self._reports.get((report.zone, report.shard))
        self._broken += report.broken - (before.broken if before else 0)
        self._reports[(report.zone, report.shard)] = report
        if before is None or before.throttled != report.throttled:
            self._dwfm_throttled = any(one.throttled for one in self._reports.values())

    def _publish(self) -> None:
        """Shares of the last minute, luck left out: a small Region has few launches a minute."""
        self._last_minute.append(self._batch)
        asked = sum(batch.asked for batch in self._last_minute)
        expected = 0.0
        for batch in self._last_minute:  # `sum` of floats rounds otherwise from Python 3.12 on
            expected += batch.expected
        refused = sum(
            batch.request_limit + batch.insufficient_capacity for batch in self._last_minute
        )
        patience_s = self._p.connectivity_patience_s
        wait_s = self._propagation.wait_s
        connected = 1.0 if wait_s <= patience_s else patience_s / wait_s
        if asked:
            self._success_share = expected / asked * connected
        refused_share = refused / max(1, asked)
        no_capacity = sum(batch.insufficient_capacity for batch in self._last_minute)
        health = LaunchHealth(
            self._success_share,
            refused_share,
            self._throttled(),
            connected,
            no_capacity / max(1, asked),
        )
        for name in self._subscribers:
            self.send(name, health)

    def _limit_in_words(self) -> str:
        if self._closed():
            return "closed until every droplet is leased"
        if not self._throttled():
            return ""
        limit = self._limit_per_s() / self._demand_s if self._demand_s else 0.0
        return f"launches limited to {limit:.0%} of normal demand"

    # -- operators

    def _act(self, order: ActionOrder) -> ActionResult:
        args = dict(order.args)
        if order.id == "ec2.throttle_launches":
            return self._throttle(float(args.get("rate_share", 0.5)))
        if order.id == "ec2.relax_throttle":
            steps, every_min = float(args.get("steps", 8)), float(args.get("every_min", 21))
            return self._begin_to_relax(int(steps), every_min)
        return ActionResult(f"refused: {self.name} cannot do {order.id}")

    def _throttle(self, share: float) -> ActionResult:
        if not 0 <= share <= 1:
            return ActionResult(f"refused: rate_share {share:g} is not in 0..1")
        if not self._down and self._opened_ns is None and self._success_share > 0.99:
            return ActionResult("not needed", "launches succeed")
        self._rate_share = share
        self._relaxing.clear()
        self.narrate(
            f"launches limited to {share:.0%} of the ordinary request limit",
            about="launches.limited",
            because=(ordered("ec2.throttle_launches"),),
        )
        return ActionResult("done", f"at most {share:.0%} of the ordinary limit")

    def _begin_to_relax(self, steps: int, every_min: float) -> ActionResult:
        if steps < 1 or every_min < 0:
            return ActionResult("refused: steps must be 1 or more, every_min 0 or more")
        if self._rate_share >= 1:
            return ActionResult("not needed", "no limit on launches is in force")
        low, now = self._rate_share, self.world.now
        self._relaxing = deque(
            (now + int(n * every_min * MINUTE), low + (1.0 - low) * (n + 1) / steps)
            for n in range(steps)
        )
        self._relax()
        return ActionResult("done", f"{steps} steps, one every {every_min:g} min")

    def _relax(self) -> None:
        """The steps that are due."""
        while self._relaxing and self._relaxing[0][0] <= self.world.now:
            self._rate_share = self._relaxing.popleft()[1]
            if not self._relaxing:
                self._rate_share = 1.0
            self.narrate(
                f"launch limit relaxed to {self._rate_share:.0%}",
                about="launches.relaxed",
                because=(ordered("ec2.relax_throttle"),),
            )
