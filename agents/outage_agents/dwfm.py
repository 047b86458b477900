"""DropletWorkflow Manager (DWFM): one actor for each shard of an Availability Zone's droplets.

What the real one did (post-event summary, EC2; mechanisms.md): hosts of DWFM hold a lease on each
droplet and renew it by state checks that need DynamoDB. From 23:48 to 02:25 checks failed and
leases ran out; then all missing leases were to be established at once, attempts took longer than
their time-out, were queued again, and nothing went forward until operators throttled incoming work
and restarted hosts, which emptied the queues. The arithmetic of that is `droplet_leases`.

Here the shard keeps its slots of time, asks every ten seconds (every thirty while all is well)
whether DynamoDB answers, obeys operators at the moment their orders arrive, and tells the EC2 API
whenever its leases have changed.
*Assumed*: a shard works while more than half of its connections to DynamoDB do.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from outage_agents.droplet_leases import DropletLeases, LeaseCounts
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.views import LeasesView, ZoneLeasesView
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND, ns, seconds

if TYPE_CHECKING:
    from outage_engine.heap import Event

RATES_OVER_NS = MINUTE
LOOK_NS = 10 * SECOND
LOOK_CALM_NS = 30 * SECOND
"""Connections that live are not asked about more often (`DynamodbClient`)."""
SEVERAL = 5
"""Fewer broken leases than this are never worth an action (milestones.md)."""


@attrs.define
class LeaseReport:
    """A shard tells the EC2 API what it could launch on."""

    zone: int
    shard: int
    droplets: int
    broken: int
    throttled: bool
    """Incoming work is throttled by operators."""


@attrs.frozen
class ShardView:
    """One shard at one moment."""

    zone: int
    shard: int
    counts: LeaseCounts
    capacity_units_s: float
    throttle_share: float
    established_per_s: float
    """Mean of the last minute, like the other rates."""
    lost_per_s: float
    late_per_s: float
    dynamodb: bool
    """DynamoDB answers this shard."""


class DwfmShard(Actor):
    """Keeps the leases of one shard's droplets."""

    def __init__(
        self,
        name: str,
        parameters: DwfmParameters,
        *,
        zone: int,
        shard: int,
        droplets: int,
        ec2_api: str = "ec2-api",
        resolver: str = "resolver-ec2",
    ) -> None:
        """`zone` and `shard` count from 1; `ec2_api` is told when leases change (empty: nobody)."""
        super().__init__(name)
        self._parameters = parameters
        self._zone, self._shard, self._droplets = zone, shard, droplets
        self._ec2_api = ec2_api
        self._client = DynamodbClient(self, resolver=resolver)
        self._answers = True
        self._leases: DropletLeases | None = None
        self._told = (-1, False)
        self._next_tick: Event | None = None
        self._history: deque[tuple[int, LeaseCounts]] = deque()

    async def main(self) -> None:
        """Watch DynamoDB, and obey orders when they arrive; slots of time pass by themselves."""
        self._begin()
        look = self.world.now
        while True:
            told = await self.receive_until(look)
            if told is not None:
                if isinstance(told.message, ActionOrder):
                    self._pass_time()
                    told.reply(self._act(told.message))
                    self._publish()
                continue
            share = await self._client.answered_share()
            self._notice(share > self._parameters.dynamodb_share_min)
            look = self.world.now + (LOOK_CALM_NS if share >= 1 else LOOK_NS)

    def _tick(self, slot_ns: int) -> None:
        """A slot ends: no task is woken for that."""
        if not self.alive:
            return
        if not self.paused:
            self._pass_time()
        self._next_tick = self.world.call_after(slot_ns, self._tick, slot_ns)

    def _pass_time(self) -> None:
        self._kept().advance(self.world.now, self._answers)
        self._publish()

    def snapshot(self) -> ShardView:
        """The shard now."""
        leases, p = self._leases, self._parameters
        if leases is None:
            none = LeaseCounts(self._droplets, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            return ShardView(self._zone, self._shard, none, 0.0, 0.0, 0.0, 0.0, 0.0, True)
        now = leases.counts()
        then_ns, then = self._history[0] if self._history else (self.world.now, now)
        elapsed_s = max(p.slot_s, seconds(self.world.now - then_ns))
        return ShardView(
            self._zone,
            self._shard,
            now,
            leases.capacity_units_s,
            leases.throttle_share,
            (now.established - then.established) / elapsed_s,
            (now.lost - then.lost) / elapsed_s,
            (now.late - then.late) / elapsed_s,
            self._answers,
        )

    def _begin(self) -> None:
        """All leases are held at the start: also after this actor was killed and started again."""
        random, telemetry = self.world.random, self.world.telemetry
        uniform = random.array(f"{self.name}.validity").random(self._droplets)
        luck = random.single(f"{self.name}.breakage")
        self._leases = DropletLeases(
            self._parameters, self._droplets, self.world.now, uniform, luck
        )
        self._history.clear()
        if self._next_tick is not None:
            self._next_tick.cancel()
        slot = ns(self._parameters.slot_s)
        first = slot - self.world.now % slot
        self._next_tick = self.world.call_after(first, self._tick, slot)
        self._counted = LeaseCounts(self._droplets, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._checks_told = 0
        self._standing: tuple[float, ...] | None = None
        self._broken = telemetry.gauge("dwfm.broken")
        self._queue = telemetry.gauge("dwfm.queue")
        self._in_flight = telemetry.gauge("dwfm.in_flight")
        self._established = telemetry.counter("dwfm.established_total")
        self._late = telemetry.counter("dwfm.late_total")
        self._checks = telemetry.counter("dwfm.checks_total")
        self._checks_failed = telemetry.counter("dwfm.checks_failed_total")
        self._latency = telemetry.histogram("dwfm.establish")

    def _kept(self) -> DropletLeases:
        assert self._leases is not None
        return self._leases

    def _notice(self, answers: bool) -> None:
        if answers != self._answers:
            self._pass_time()
            self._answers = answers
            if answers:
                broken = self._kept().broken
                self.narrate(f"DynamoDB answers again; {broken:,} leases to establish")
            else:
                self.narrate("state checks fail: DynamoDB does not answer", level="error")

    def _publish(self) -> None:
        """Telemetry by differences, so that shards share one name; and the EC2 API."""
        leases, before = self._kept(), self._counted
        self._checks.add(leases.checks - self._checks_told)
        self._checks_told = leases.checks
        if self.world.now % RATES_OVER_NS == 0:
            self._record_latencies()
        standing = leases.standing()
        if standing == self._standing:
            return
        # A queue changes within a slot: look at it again in the next one.
        self._standing = None if leases.waits() else standing
        now = self._counted = leases.counts()
        if now.broken != before.broken:
            self._broken.set(self._broken.value + now.broken - before.broken)
        if now.queue != before.queue or now.in_flight != before.in_flight:
            self._queue.set(self._queue.value + now.queue - before.queue)
            self._in_flight.set(self._in_flight.value + now.in_flight - before.in_flight)
        if now.late != before.late or now.checks_failed != before.checks_failed:
            self._late.add(now.late - before.late)
            self._checks_failed.add(now.checks_failed - before.checks_failed)
        if now.established != before.established:
            self._established.add(now.established - before.established)
        self._history.append((self.world.now, now))
        while self._history[0][0] < self.world.now - RATES_OVER_NS:
            self._history.popleft()
        throttled = leases.throttle_share > 0
        if self._ec2_api and self._told != (now.broken, throttled):
            self._told = (now.broken, throttled)
            self.send(
                self._ec2_api,
                LeaseReport(self._zone, self._shard, now.droplets, now.broken, throttled),
            )

    def _record_latencies(self) -> None:
        taken = self._kept().take_latencies()
        if len(taken):
            self._latency.record_many(taken)

    # -- operators

    def _act(self, order: ActionOrder) -> ActionResult:
        acts = {
            "dwfm.throttle": self._throttle,
            "dwfm.restart_hosts": self._restart,
            "dwfm.drop_stale_work": self._drop_stale,
        }
        act = acts.get(order.id)
        if act is None:
            return ActionResult(f"refused: {self.name} cannot do {order.id}")
        if self._nothing_wrong():
            return ActionResult("not needed", f"{self.name}: leases hold and nothing waits")
        return act(order)

    def _nothing_wrong(self) -> bool:
        counts = self._kept().counts()
        few = max(SEVERAL, self._droplets / 1000)
        return counts.broken <= few and counts.wait_ns < SECOND

    def _throttle(self, order: ActionOrder) -> ActionResult:
        share = float(dict(order.args).get("max_outstanding_share", 0.006))
        if not 0 <= share <= 1:
            return ActionResult(f"refused: max_outstanding_share {share:g} is not in 0..1")
        leases = self._kept()
        leases.throttle(share)
        self.narrate(f"incoming work throttled to {leases.tokens} establishments at a time")
        return ActionResult("done", f"at most {leases.tokens} outstanding")

    def _restart(self, _: ActionOrder) -> ActionResult:
        leases = self._kept()
        queue = leases.counts().queue
        leases.restart()
        self.narrate(f"hosts restarted; {queue:,} queued attempts are gone")
        return ActionResult("done", f"{queue} queued attempts are gone")

    def _drop_stale(self, _: ActionOrder) -> ActionResult:
        dropped = self._kept().drop_stale()
        self.narrate(f"{dropped:,} attempts past their deadline dropped")
        return ActionResult("done", f"{dropped} attempts dropped")


def leases_view(shards: Sequence[ShardView], now_ns: int) -> LeasesView:
    """All shards in one view, with a verdict from what they did in the last minute."""
    numbers = dict.fromkeys(sorted(shard.zone for shard in shards))
    zones = tuple(_zone_view(n, [s for s in shards if s.zone == n]) for n in numbers)
    broken = sum(zone.broken for zone in zones)
    established = sum(shard.established_per_s for shard in shards)
    gained = established - sum(shard.lost_per_s for shard in shards)
    verdict = _verdict(shards, gained)
    done_ns = now_ns + ns(broken / gained) if verdict == "draining" else None
    return LeasesView(
        droplets=sum(zone.droplets for zone in zones),
        broken=broken,
        queue=sum(zone.queue for zone in zones),
        in_flight=sum(zone.in_flight for zone in zones),
        established_total=sum(shard.counts.established for shard in shards),
        established_per_s=established,
        late_per_s=sum(shard.late_per_s for shard in shards),
        capacity_units_s=sum(shard.capacity_units_s for shard in shards),
        throttle_share=max((shard.throttle_share for shard in shards), default=0.0),
        verdict=verdict,
        done_ns=done_ns,
        zones=zones,
    )


def all_leased(broken: int, droplets: int) -> bool:
    """Whether a fleet counts as leased (milestones.md, dwfm_all_leased)."""
    return broken < max(SEVERAL, droplets / 5000)


def _verdict(shards: Sequence[ShardView], gained_per_s: float) -> str:
    """stable, draining, metastable (DynamoDB answers, work waits, nothing is won), or losing."""
    broken = sum(shard.counts.broken for shard in shards)
    droplets = sum(shard.counts.droplets for shard in shards)
    if all_leased(broken, droplets):
        return "stable"
    if gained_per_s > 0:
        return "draining"
    stuck = sum(1 for s in shards if s.dynamodb and s.late_per_s > s.established_per_s)
    return "metastable" if 2 * stuck > len(shards) else "losing leases"


def _zone_view(zone: int, shards: Sequence[ShardView]) -> ZoneLeasesView:
    return ZoneLeasesView(
        zone=zone,
        droplets=sum(shard.counts.droplets for shard in shards),
        broken=sum(shard.counts.broken for shard in shards),
        queue=sum(shard.counts.queue for shard in shards),
        in_flight=sum(shard.counts.in_flight for shard in shards),
        established_per_s=sum(shard.established_per_s for shard in shards),
        late_per_s=sum(shard.late_per_s for shard in shards),
        wait_s=max(seconds(shard.counts.wait_ns) for shard in shards),
    )


def shard_sizes(droplets: int, shards: int) -> list[int]:
    """Droplets of each shard: as even as can be, the remainder over the first."""
    return [droplets // shards + (1 if n < droplets % shards else 0) for n in range(shards)]


def build_shards(
    parameters: DwfmParameters,
    droplets: int,
    *,
    ec2_api: str = "ec2-api",
    resolver: str = "resolver-ec2",
) -> list[DwfmShard]:
    """`dwfm-az1-1` .. `dwfm-az6-4`: the shards of all zones, those of one zone side by side."""
    count = parameters.shards_per_zone
    sizes = shard_sizes(droplets, parameters.zones * count)
    return [
        DwfmShard(
            f"dwfm-az{n // count + 1}-{n % count + 1}",
            parameters,
            zone=n // count + 1,
            shard=n % count + 1,
            droplets=size,
            ec2_api=ec2_api,
            resolver=resolver,
        )
        for n, size in enumerate(sizes)
    ]
