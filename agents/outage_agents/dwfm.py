"""DropletWorkflow Manager (DWFM): one actor for each shard of an Availability Zone's droplets.

What the real one did (post-event summary, EC2; mechanisms.md): hosts of DWFM hold a lease on each
droplet and renew it by state checks that need DynamoDB. From 23:48 to 02:25 checks failed and
leases ran out; then all missing leases were to be established at once, attempts took longer than
their time-out, were queued again, and nothing went forward until operators throttled incoming work
and restarted hosts, which emptied the queues. The arithmetic of that is `droplet_leases`.

Here the shard keeps its slots of time, asks every ten seconds (every minute while all is well,
every thirty seconds while it has no answer) whether DynamoDB answers, obeys operators at the moment
their orders arrive, and tells the EC2 API when its leases have changed enough for launches to
notice: by a hundredth of its droplets, or by a twentieth of those that are broken.
*Assumed*: a shard works while more than half of its connections to DynamoDB do.
"""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import msgspec

from outage_agents.causes import ordered
from outage_agents.droplet_leases import DropletLeases, Ints, LeaseCounts, Standing
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.lease_outlook import METASTABLE, SEVERAL, Fleet, Outlook
from outage_agents.messages import ActionOrder, ActionResult
from outage_agents.new_hosts import NewHosts
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.views import LeasesView, ZoneLeasesView
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND, ns, seconds

if TYPE_CHECKING:
    from outage_engine.heap import Event

RATES_OVER_NS = MINUTE
LOOK_NS = 10 * SECOND
"""*Assumed*, as are the other two: how often a shard looks whether its connections hold, ..."""
LOOK_CALM_NS = 60 * SECOND
"""... once in the life of a connection while all of them do, ..."""
LOOK_AWAY_NS = 30 * SECOND
"""... and while most of them do not."""
TELL_ALL_NS = 5 * MINUTE
"""A change of the leases that is too small to matter at once is told by then."""
TOLD_SHARE = 0.05
"""A shard tells of lost leases when this share of its droplets has none. *Assumed*, like what
follows; it decides nothing, ..."""
LEASED_SHARE = 0.005
"""... and that they are leased again when no more than this share lacks one."""


@attrs.define
class LeaseReport:
    """A shard tells the EC2 API what it could launch on."""

    zone: int
    shard: int
    droplets: int
    broken: int
    throttled: bool
    """Incoming work is throttled by operators."""


class ShardView(msgspec.Struct, frozen=True):
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
    """Its state checks are answered: it works, and DynamoDB answers it."""
    renewed_per_s: float
    parameters: DwfmParameters


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
        self._worked = True
        self._leases: DropletLeases | None = None
        self._told_broken, self._told_throttled = -1, False
        self._next_tick: Event | None = None
        self._new_hosts = NewHosts(self, ec2_api)
        self._topic = name.replace("-", ".", 1)
        self._told = self._relief = ""
        self._history: deque[tuple[int, Standing, int]] = deque()

    async def main(self) -> None:
        """Watch DynamoDB, and obey orders when they arrive; slots of time pass by themselves."""
        if self._leases is None:
            self._begin()
        else:
            self._begin_again()
        look = self.world.now
        while True:
            told = await self.receive_until(look)
            if told is not None:
                if isinstance(told.message, ActionOrder):
                    self._pass_time()
                    told.reply(await self._act(told.message))
                    self._publish()
                continue
            if self._new_hosts.under_way:
                await self._add_ready_hosts()
            share = await self._client.answered_share()
            self._notice(share > self._parameters.dynamodb_share_min)
            look = self.world.now + self._look_after(share)

    def _look_after(self, share: float) -> int:
        if share >= 1:
            return LOOK_CALM_NS
        return LOOK_NS if self._answers else LOOK_AWAY_NS

    def _tick(self, slot_ns: int) -> None:
        """A slot ends, whether the shard works or not: no task is woken for that."""
        self._pass_time()
        self._next_tick = self.world.call_after(slot_ns, self._tick, slot_ns)

    def _pass_time(self) -> None:
        """Leases go on to run out while nobody is there to renew them."""
        works = self.alive and not self.paused
        self._kept().advance(self.world.now, self._answers and self._worked and works)
        self._worked = works
        self._publish()

    def slowed(self, was: float) -> None:
        """Services take longer, not slots: time passes at its own pace."""
        if self._leases is not None:
            self._pass_time()
            self._scale()

    def configure(self, parameters: DwfmParameters) -> None:
        """Work by other parameters from now on."""
        if self._leases is None:
            self._parameters = parameters
            return
        self._pass_time()
        self._parameters = parameters
        self._kept().configure(parameters)
        self._scale()
        self._publish()

    def _scale(self) -> None:
        self._kept().scale((1.0 + self._new_hosts.ready) / self.slowness)

    def snapshot(self) -> ShardView:
        """The shard now."""
        leases, p = self._leases, self._parameters
        if leases is None:
            none = LeaseCounts(self._droplets, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            return ShardView(self._zone, self._shard, none, 0.0, 0.0, 0.0, 0.0, 0.0, True, 0.0, p)
        now = leases.counts()
        if self._history:
            (then_ns, then, checks), until_ns = self._history[0], self._history[-1][0]
        else:
            then_ns = until_ns = self.world.now
            then, checks = leases.standing(), now.checks
        _, established, lost, late, failed, _ = then
        elapsed_s = max(p.slot_s, seconds(until_ns - then_ns))
        return ShardView(
            self._zone,
            self._shard,
            now,
            leases.capacity_units_s,
            leases.throttle_share,
            (now.established - established) / elapsed_s,
            (now.lost - lost) / elapsed_s,
            (now.late - late) / elapsed_s,
            self._answers and self.alive and not self.paused,
            (now.checks - now.checks_failed - checks + failed) / elapsed_s,
            p,
        )

    def _begin_again(self) -> None:
        """Started again after it was ended: leases are on record, the queue is not."""
        self._worked = False
        self._pass_time()
        lost = self._kept().counts().queue
        self._kept().restart()
        self._publish()
        broken = self._kept().broken
        self.narrate(
            f"started again: {broken:,} leases are broken, {lost:,} attempts forgotten",
            about=f"{self._topic}.started",
            because=("fault.crash", "fault.restart", "fault.lose-zone"),
        )

    def _begin(self) -> None:
        """All leases are held at the start of the run."""
        random, telemetry = self.world.random, self.world.telemetry
        uniform = random.array(f"{self.name}.validity").random(self._droplets)
        luck = random.single(f"{self.name}.breakage")
        self._leases = DropletLeases(
            self._parameters, self._droplets, self.world.now, uniform, luck
        )
        if self._new_hosts.ready:
            self._leases.scale(1.0 + self._new_hosts.ready)
        self._history.clear()
        slot = ns(self._parameters.slot_s)
        first = slot - self.world.now % slot
        self._next_tick = self.world.call_after(first, self._tick, slot)
        self._standing: Standing = (0, 0, 0, 0, 0, 0.0)
        self._waiting = 0, 0
        self._checks_told = 0
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
                self.narrate(
                    f"DynamoDB answers again: all {broken:,} broken leases are to be established"
                    " at once",
                    about=f"{self._topic}.answers",
                    because=(*self._client.because, f"{self._topic}.checks_fail"),
                )
            else:
                self.narrate(
                    "state checks fail: DynamoDB does not answer, so leases run out",
                    level="error",
                    about=f"{self._topic}.checks_fail",
                    because=self._client.because,
                )

    def _publish(self) -> None:
        """Telemetry by differences, so that shards share one name; and the EC2 API."""
        leases, now = self._kept(), self.world.now
        self._checks.total += leases.checks - self._checks_told
        self._checks_told = leases.checks
        if now % RATES_OVER_NS == 0:
            self._record_latencies(leases.take_latencies())
        standing = leases.standing()
        self._history.append((now, standing, leases.checks))
        while self._history[0][0] < now - RATES_OVER_NS:
            self._history.popleft()
        if self._worked and (self._told or standing[0]):
            self._tell(standing, self._history[0][1])
        if standing != self._standing:
            self._publish_leases(standing)
        if leases.waits() or self._waiting[0]:
            self._publish_queue(leases.waiting())
        if self._ec2_api and self._worked:
            self._report(standing[0], leases.throttle_share > 0)

    def _record_latencies(self, taken: Ints) -> None:
        if len(taken) > SEVERAL:
            self._latency.record_many(taken)
        else:
            for each in taken.tolist():
                self._latency.record_count(each, 1)

    def _publish_leases(self, standing: Standing) -> None:
        broken, established, _, late, failed, _ = self._standing
        self._standing = standing
        if standing[0] != broken:
            self._broken.value += standing[0] - broken
        self._established.total += standing[1] - established
        self._late.total += standing[3] - late
        self._checks_failed.total += standing[4] - failed

    def _tell(self, now: Standing, minute_ago: Standing) -> None:
        """Each turn of the shard's leases once: lost, collapsed, won back, all leased."""
        broken = now[0]
        in_time, late = now[1] - minute_ago[1], now[3] - minute_ago[3]
        if self._told == "":
            if broken > TOLD_SHARE * self._droplets:
                self._tell_lost(broken)
        elif broken <= max(SEVERAL, LEASED_SHARE * self._droplets):
            self._told = ""
            self.narrate(
                f"all but {broken} of {self._droplets:,} droplets are leased",
                about=f"{self._topic}.leased",
                because=(f"{self._topic}.{self._won_by()}", f"{self._topic}.leases_lost"),
            )
        elif self._told == "lost" and late > max(SEVERAL, 9 * in_time) and self._collapsed():
            self._told = "collapsed"
            self.narrate(
                f"congestive collapse: in a minute {late:,} attempts end after their deadline and"
                f" {in_time:,} in time; {broken:,} leases stay broken",
                level="error",
                about=f"{self._topic}.collapse",
                because=(f"{self._topic}.answers", f"{self._topic}.leases_lost"),
            )
        elif self._told == "collapsed" and in_time > SEVERAL and in_time > late:
            self._told = "lost"
            self.narrate(
                f"attempts end in time again: {in_time:,} in a minute; {broken:,} leases to go",
                about=f"{self._topic}.in_time",
                because=(f"{self._topic}.{self._won_by()}", f"{self._topic}.collapse"),
            )

    def _collapsed(self) -> bool:
        return self._answers and Fleet([self.snapshot()]).outlook().verdict == METASTABLE

    def _tell_lost(self, broken: int) -> None:
        self._told, self._relief = "lost", ""
        self.narrate(
            f"{broken:,} of {self._droplets:,} droplets have lost their lease: nothing can be"
            " launched there",
            level="error",
            about=f"{self._topic}.leases_lost",
            because=() if self._answers else (f"{self._topic}.checks_fail",),
        )

    def _won_by(self) -> str:
        """The topic of what helped last, as far as the shard knows."""
        return self._relief or "answers"

    def _publish_queue(self, waiting: tuple[int, int]) -> None:
        self._queue.value += waiting[0] - self._waiting[0]
        self._in_flight.value += waiting[1] - self._waiting[1]
        self._waiting = waiting

    def _report(self, broken: int, throttled: bool) -> None:
        """Tell the EC2 API what matters to launches at once, the rest within five minutes."""
        change = abs(broken - self._told_broken)
        if throttled == self._told_throttled and self._told_broken >= 0:
            if not change:
                return
            small = max(1, self._droplets // 20_000)
            matters = max(small, min(self._droplets // 100, broken // 20))
            if change < matters and self.world.now % TELL_ALL_NS:
                return
        self._told_broken, self._told_throttled = broken, throttled
        self.send(
            self._ec2_api,
            LeaseReport(self._zone, self._shard, self._droplets, broken, throttled),
        )

    # -- operators

    async def _act(self, order: ActionOrder) -> ActionResult:
        if order.id == "dwfm.lift_throttle":
            return self._lift()
        if order.id == "dwfm.add_hosts":
            return await self._add_hosts(float(dict(order.args).get("factor", 1.5)))
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
        self._relief = "throttled"
        self.narrate(
            f"incoming work throttled to {leases.tokens} establishments at a time",
            about=f"{self._topic}.throttled",
            because=(ordered("dwfm.throttle"),),
        )
        return ActionResult("done", f"at most {leases.tokens} outstanding")

    def _lift(self) -> ActionResult:
        leases = self._kept()
        if not leases.throttle_share:
            return ActionResult("not needed", f"{self.name}: nothing is throttled")
        leases.throttle(0.0)
        said = f"throttle lifted with {leases.broken:,} leases still to establish"
        self.narrate(
            said,
            about=f"{self._topic}.lifted",
            because=(ordered("dwfm.lift_throttle"),),
        )
        return ActionResult("done", said)

    async def _add_hosts(self, factor: float) -> ActionResult:
        if factor < 1:
            return ActionResult(f"refused: factor {factor:g} is below 1")
        if self._nothing_wrong():
            return ActionResult("not needed", f"{self.name}: leases hold and nothing waits")
        more = factor - 1.0 - self._new_hosts.planned
        if more <= 0.0:
            return ActionResult("not needed", f"hosts for {factor:g} times are under way or there")
        granted = await self._new_hosts.grow(more)
        if granted.refusal:
            return ActionResult(f"refused: new hosts are instances; {granted.refusal}")
        return ActionResult("done", f"{granted.share:.0%} of the new hosts launched at once")

    async def _add_ready_hosts(self) -> None:
        if await self._new_hosts.pass_time():
            self._pass_time()
            self._scale()
            self.narrate(
                f"new hosts are of use: capacity {1.0 + self._new_hosts.ready:.0%} of normal",
                about=f"{self._topic}.grown",
                because=(ordered("dwfm.add_hosts"),),
            )

    def _restart(self, _: ActionOrder) -> ActionResult:
        leases = self._kept()
        queue = leases.counts().queue
        leases.restart()
        self._relief = "restarted"
        self.narrate(
            f"hosts restarted: {queue:,} queued attempts are gone",
            about=f"{self._topic}.restarted",
            because=(ordered("dwfm.restart_hosts"),),
        )
        return ActionResult("done", f"{queue} queued attempts are gone")

    def _drop_stale(self, _: ActionOrder) -> ActionResult:
        dropped = self._kept().drop_stale()
        self._relief = "dropped"
        self.narrate(
            f"{dropped:,} attempts past their deadline dropped",
            about=f"{self._topic}.dropped",
            because=(ordered("dwfm.drop_stale_work"),),
        )
        return ActionResult("done", f"{dropped} attempts dropped")


def leases_view(shards: Sequence[ShardView], now_ns: int) -> LeasesView:
    """All shards in one view, with the verdict on them."""
    by_zone: dict[int, list[ShardView]] = {}
    for shard in shards:
        by_zone.setdefault(shard.zone, []).append(shard)
    zones = {zone: Fleet(by_zone[zone]) for zone in sorted(by_zone)}
    fleet = Fleet(fleets=zones.values())
    outlook = fleet.outlook()
    return LeasesView(
        droplets=fleet.droplets,
        broken=fleet.broken,
        queue=fleet.queue,
        in_flight=fleet.in_flight,
        established_total=fleet.established,
        established_per_s=fleet.established_per_s,
        late_per_s=fleet.late_per_s,
        capacity_units_s=fleet.able,
        throttle_share=fleet.throttle_share,
        verdict=outlook.verdict,
        done_ns=_done_ns(outlook, now_ns),
        zones=tuple(_zone_view(zone, fleet, now_ns) for zone, fleet in zones.items()),
        lost_per_s=fleet.lost_per_s,
        renewed_per_s=fleet.renewed_per_s,
        useful_units_s=fleet.useful_units_s,
        load=outlook.load,
        wait_s=seconds(fleet.wait_ns),
        deadline_s=fleet.deadline_s,
        shards=fleet.shards,
        shards_cut_off=fleet.cut_off,
    )


def _done_ns(outlook: Outlook, now_ns: int) -> int | None:
    return None if outlook.done_in_s is None else now_ns + ns(outlook.done_in_s)


def _zone_view(zone: int, fleet: Fleet, now_ns: int) -> ZoneLeasesView:
    outlook = fleet.outlook()
    return ZoneLeasesView(
        zone=zone,
        droplets=fleet.droplets,
        broken=fleet.broken,
        queue=fleet.queue,
        in_flight=fleet.in_flight,
        established_per_s=fleet.established_per_s,
        late_per_s=fleet.late_per_s,
        wait_s=seconds(fleet.wait_ns),
        verdict=outlook.verdict,
        done_ns=_done_ns(outlook, now_ns),
        renewed_per_s=fleet.renewed_per_s,
        useful_units_s=fleet.useful_units_s,
        capacity_units_s=fleet.able,
        load=outlook.load,
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
