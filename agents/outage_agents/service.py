"""A service that depends on others: DynamoDB, EC2 launches, NLB zones, other services.

What the real ones did: the post-event summary lists, service by service, when it failed and through
what. Services that kept state in DynamoDB failed with its name; those that start containers failed
with EC2 launches; in the morning a second wave came through NLB, when whole zones were out of DNS
and the rest had too little capacity.

How it is modelled. A service is a row of dependencies (``services.py``). At each tick its error
rate follows from what those tell it:

- DynamoDB: the share of its connections that reach it, through the resolvers it uses. Connections
  that exist live on, so errors begin as they close. A row that tries several resolvers fails
  only when all of them hold the empty answer.
- EC2 launches: their success. Container services also owe the launches that waited: they are
  done when nothing limits launches any more.
- NLB: the load on its zones relative to what is left of them; and nodes that are gone but still in
  DNS, to which a share of the requests goes in vain. A zone that was out of DNS is used
  again only when NLB has been whole for a while.
- retries: callers with patience come back, so after a failure the service has to serve the
  backlog of retries too, with the capacity it has to spare.

*Assumed*: all weights, loads and times; which service reaches DynamoDB through which resolvers is
inferred from when it recovered (mechanisms of the reference timeline, dependent services).
"""

from collections.abc import Callable
from typing import Protocol

import attrs

from outage_agents.causes import message
from outage_agents.daily_load import active_share, nlb_demand_share
from outage_agents.dynamodb_client import DynamodbClient
from outage_agents.impact import (
    DOWN_FROM,
    ERRORS_COUNT_FROM,
    ImpactTally,
)
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    LaunchHealth,
    ServiceHealth,
    ZoneCapacity,
)
from outage_agents.milestones import NLB, ServiceObservation
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.views import ServiceView
from outage_engine.actor import Actor, Envelope
from outage_engine.clock import MINUTE, ns
from outage_engine.narration import Cause

ZONES = 6
TELL_CHANGE = 0.005
"""Dependents are told of an error rate that moved by this much."""
LAUNCHES_GOOD_FROM = 0.99
THROUGH_NLB = "NLB"
SPELL_OVER_NS = 5 * MINUTE
LATE_EVENTS = "service.lambda.late_events"
"""Topic of what makes Lambda's events late."""


class Reaches(Protocol):
    """A way to DynamoDB; `DynamodbClient` is one."""

    async def answered_share(self) -> float:
        """Share (0..1) of connections that reach DynamoDB now."""
        ...

    @property
    def because(self) -> tuple[Cause, ...]:
        """What the last look-up showed, as a cause to tell."""
        ...


ClientMaker = Callable[[Actor, str, float], Reaches]
"""Makes an actor's way to DynamoDB from the resolvers' address and the life of a connection, s."""


@attrs.frozen
class EventDelay:
    """Lambda tells those who wait for its events how late they come."""

    delay_min: float


@attrs.frozen
class Reliance:
    """A share of a service's requests that needs another service."""

    service: str
    """Name of the other row."""
    weight: float
    """Share (0..1) of requests."""


@attrs.frozen
class ServiceRow:
    """A service, and what it depends on. Weights are shares (0..1) of its requests."""

    name: str
    title: str
    customers: int
    resolver: str = ""
    """Address of the resolvers through which it looks DynamoDB up; empty: it does not."""
    dynamodb: float = 1.0
    connection_life_s: float = 120.0
    resolver_tries: int = 1
    """Look-ups, each through another resolver, before a request fails."""
    launches: float = 0.0
    owes_launches: bool = False
    """Launches that failed are wanted still: a backlog forms."""
    nlb_load: float = 0.0
    """Load of its NLB zones relative to NLB's demand as a whole; 0: not behind NLB."""
    patience_s: float = 0.0
    """How long callers try again; 0: they do not."""
    relies_on: tuple[Reliance, ...] = ()
    late_events: float = 0.0
    """Share of requests that fail when Lambda's events are too late."""
    stands_for: int = 1
    """How many services the row stands for."""


class RetryPool:
    """Callers who failed and try again until their patience ends, in seconds of normal demand."""

    def __init__(self, patience_s: float, spare_share: float) -> None:
        self._patience_s = patience_s
        self._spare_share = spare_share
        self._waiting_s = 0.0

    def serve(self, elapsed_s: float, good_share: float) -> float:
        """Serve new requests and retries for `elapsed_s`; the share of them that failed."""
        wanted_s = elapsed_s + self._waiting_s
        served_s = min(wanted_s, elapsed_s * (1.0 + self._spare_share)) * good_share
        failed_s = wanted_s - served_s
        if self._patience_s > 0.0:
            self._waiting_s = failed_s * max(0.0, 1.0 - elapsed_s / self._patience_s)
        return failed_s / wanted_s


class LaunchBacklog:
    """Container launches that are owed, in minutes of normal demand."""

    def __init__(self, most_min: float, drain: float) -> None:
        self._most_min = most_min
        self._drain = drain
        self.waiting_min = 0.0

    def pass_time(self, minutes: float, launches: LaunchHealth) -> float:
        """The share of launches that are not done at once, after `minutes` of this."""
        failed_share = 1.0 - launches.success_share
        if launches.success_share >= LAUNCHES_GOOD_FROM and not launches.throttled:
            self.waiting_min = max(0.0, self.waiting_min - self._drain * minutes)
        else:
            self.waiting_min = min(self._most_min, self.waiting_min + failed_share * minutes)
        return max(failed_share, min(1.0, self.waiting_min))


class ZonesInUse:
    """How much of its NLB zones a service uses."""

    def __init__(self, return_ns: int) -> None:
        self._return_ns = return_ns
        self._offered = [1.0] * ZONES
        self._in_use = [1.0] * ZONES
        self._was_out = [False] * ZONES
        self._lost = [0.0] * ZONES
        self._whole_since_ns: int | None = 0

    def hear(self, capacity: ZoneCapacity, now_ns: int) -> None:
        """What a zone can carry from now on."""
        share = capacity.healthy_share if capacity.in_service else 0.0
        self._was_out[capacity.zone - 1] = self._was_out[capacity.zone - 1] or share == 0.0
        self._offered[capacity.zone - 1] = share
        self._lost[capacity.zone - 1] = capacity.lost_share if capacity.in_service else 0.0
        if min(self._offered) == 0.0:
            self._whole_since_ns = None
        elif self._whole_since_ns is None:
            self._whole_since_ns = now_ns

    def lost_share(self) -> float:
        """Share of its requests that go to nodes which do not answer."""
        lost = used = 0.0  # not sum(): for floats it varies with the version of Python
        for k in range(ZONES):
            used += self._in_use[k]
            lost += min(self._lost[k], self._in_use[k])
        return lost / used if used > 0.0 else 0.0

    def lacking(self) -> tuple[tuple[int, str], ...]:
        """Zones it cannot use in full, the worst first: `out` of DNS, or `flapping`."""
        worst = sorted(range(ZONES), key=lambda k: self._in_use[k])
        return tuple(
            (k + 1, "out" if self._in_use[k] == 0.0 else "flapping")
            for k in worst
            if self._in_use[k] < 1.0
        )

    def returned(self) -> tuple[int, ...]:
        """Zones that were out of DNS once and are used again, in order."""
        return tuple(k + 1 for k in range(ZONES) if self._was_out[k] and self._in_use[k] > 0.0)

    def capacity_share(self, now_ns: int) -> float:
        """Capacity in use relative to all zones; an evacuated zone waits for the all-clear."""
        whole = self._whole_since_ns
        all_clear = whole is not None and now_ns - whole >= self._return_ns
        total = 0.0  # not sum(): for floats it varies with the version of Python
        for k, offered in enumerate(self._offered):
            evacuated = self._in_use[k] == 0.0
            if not evacuated or all_clear:
                self._in_use[k] = offered
            total += self._in_use[k]
        return total / ZONES


class ServiceActor(Actor):
    """One row of ``services.py``, alive; its address is `service-<name>`."""

    hears_orders = False
    """Whether operators act on it, so that it answers between two ticks."""

    def __init__(
        self,
        row: ServiceRow,
        parameters: ServicesParameters,
        load: LoadParameters,
        *,
        epoch_s: float,
        dependents: tuple[str, ...] = (),
        client: ClientMaker = DynamodbClient,
    ) -> None:
        """`epoch_s`: 23:48 in seconds of the run. `dependents` hear its ServiceHealth."""
        super().__init__(f"service-{row.name}")
        self._row = row
        self._p = parameters
        self._load = load
        self._epoch_min = epoch_s / 60.0
        self._dependents = dependents
        self._dynamodb = client(self, row.resolver, row.connection_life_s) if row.resolver else None
        self._launches = LaunchHealth(1.0, 0.0, False, 1.0)
        self._others: dict[str, float] = {}
        self._event_delay_min = 0.0
        self._zones = ZonesInUse(ns(parameters.zone_return_min * 60.0))
        self._owed = LaunchBacklog(parameters.container_backlog_min, parameters.container_drain)
        self._retries = RetryPool(row.patience_s, parameters.spare_share)
        self._tally = ImpactTally(row.name, row.customers, parameters.requests_per_customer_min)
        self._error_rate = 0.0
        self._nlb_error_rate = 0.0
        self._through = ""
        self._since_ns: int | None = None
        self._down_ns: int | None = None
        self._calm_since_ns: int | None = None
        self._told_through = self._told_topic = ""
        self._turned_ns = 0
        self._told_error_rate = 0.0
        self._ticked_ns = 0

    async def main(self) -> None:
        """Look at the dependencies at each tick, and follow them."""
        self._watch()
        self._ticked_ns = self.world.now
        draw = self.world.random.single(f"{self.name}/phase")
        tick_ns = ns(self._p.tick_s)
        next_ns = self.world.now + draw.randrange(tick_ns)
        while True:
            await self._wait_until(next_ns)
            await self._tick()
            period_ns = tick_ns if self._error_rate > 0.0 else 2 * tick_ns
            next_ns = self.tick_after(next_ns, period_ns)

    async def _wait_until(self, at_ns: int) -> None:
        """Wait for the tick; the inbox is read now, or as it comes when operators may call."""
        if self.hears_orders:
            while (envelope := await self.receive_until(at_ns)) is not None:
                await self._hear(envelope)
            return
        await self.sleep_until(at_ns)
        while (envelope := self.receive_nowait()) is not None:
            await self._hear(envelope)

    async def _tick(self) -> None:
        now_ns = self.world.now
        minutes = (now_ns - self._ticked_ns) / MINUTE
        self._ticked_ns = now_ns
        if minutes <= 0.0:
            return
        reached = 1.0 if self._dynamodb is None else await self._dynamodb.answered_share()
        losses = self._losses(minutes, reached)
        good, through, worst = 1.0, "", 0.0
        for dependency, share in losses:
            good *= 1.0 - share
            if share > worst:
                through, worst = dependency, share
        failed_share = self._retries.serve(minutes * 60.0, good)
        if failed_share < 1e-9:
            failed_share = 0.0
        self._account(minutes, failed_share)
        self._settle(failed_share, through or (self._through if failed_share > 0.0 else ""))

    def _losses(self, minutes: float, reached: float) -> list[tuple[str, float]]:
        """Share of requests lost through each dependency."""
        row = self._row
        losses: list[tuple[str, float]] = []
        if row.resolver:
            unanswered = 1.0
            for _ in range(row.resolver_tries):
                unanswered *= 1.0 - reached
            losses.append(("DynamoDB", row.dynamodb * unanswered))
        if row.launches > 0.0:
            late = 1.0 - self._launches.success_share
            if row.owes_launches:
                late = self._owed.pass_time(minutes, self._launches)
            losses.append(("EC2 launches", row.launches * late))
        for reliance in row.relies_on:
            share = reliance.weight * self._others.get(reliance.service, 0.0)
            losses.append((reliance.service, share))
        if row.late_events > 0.0:
            too_late = self._event_delay_min > self._p.connect_delay_min
            losses.append(("Lambda events", row.late_events if too_late else 0.0))
        lost = self._zones.lost_share() if row.nlb_load > 0.0 else 0.0
        self._nlb_error_rate = self._overload(1.0)
        if lost > 0.0:
            self._nlb_error_rate = 1.0 - (1.0 - self._nlb_error_rate) * (1.0 - lost)
        losses.append((THROUGH_NLB, self._nlb_error_rate))
        return losses

    def _overload(self, relief: float) -> float:
        """Share of requests for which its NLB zones have no capacity; `relief` scales the load."""
        if self._row.nlb_load == 0.0:
            return 0.0
        demand = nlb_demand_share(self._load, self._t_min())
        wanted = demand * self._row.nlb_load * relief
        capacity = self._zones.capacity_share(self.world.now)
        return max(0.0, 1.0 - capacity / wanted) if wanted > 0.0 else 0.0

    def _account(self, minutes: float, failed_share: float) -> None:
        """Add to the impact; what a limit on launches refused is refused on purpose."""
        refused = 0.0
        if self._launches.throttled and self._row.launches > 0.0:
            refused = min(failed_share, self._row.launches * self._launches.refused_share)
        self._tally.add(minutes, self._active_share(), failed_share - refused, refused)

    def _settle(self, error_rate: float, through: str) -> None:
        """Take over the new error rate, and tell those who depend on it."""
        self._error_rate, self._through = error_rate, through
        if error_rate > DOWN_FROM:
            self._down_ns = self.world.now
        self._narrate_spell()
        changed = abs(error_rate - self._told_error_rate) >= TELL_CHANGE
        if changed or (error_rate == 0.0) != (self._told_error_rate == 0.0):
            self._told_error_rate = error_rate
            for dependent in self._dependents:
                self.send(dependent, ServiceHealth(self._row.name, error_rate))

    def _narrate_spell(self) -> None:
        """A spell of errors begins at once and is over when there were none for a while."""
        now_ns = self.world.now
        failing = self._error_rate > ERRORS_COUNT_FROM
        if failing:
            self._calm_since_ns = None
            if self._since_ns is None:
                self._since_ns = now_ns
                self._tell_failing("")
            elif self._has_turned():
                self._turned_ns = self._turned_ns or now_ns
                if now_ns - self._turned_ns >= SPELL_OVER_NS:
                    self._tell_failing("now ")
            else:
                self._turned_ns = 0
        elif self._since_ns is not None:
            if self._calm_since_ns is None:
                self._calm_since_ns = now_ns
            if now_ns - self._calm_since_ns >= SPELL_OVER_NS:
                self._since_ns = self._down_ns = None
                self.narrate(
                    f"{self._row.title}: errors under 1% for five minutes",
                    about=f"service.{self._row.name}.ok",
                    because=(*self._because_over(), f"service.{self._row.name}.down"),
                )

    def _has_turned(self) -> bool:
        """It fails through something else than was told last, or launches for another reason."""
        if self._through != self._told_through:
            return True
        topics = self._launch_topics() if self._through == "EC2 launches" else ()
        return bool(topics) and topics[0] != self._told_topic

    def _tell_failing(self, now: str) -> None:
        """That requests fail, and through what; `now` when that has turned."""
        self._told_through, self._turned_ns = self._through, 0
        topics = self._launch_topics() if self._through == "EC2 launches" else ()
        self._told_topic = topics[0] if topics else ""
        level = "error" if self._error_rate > DOWN_FROM else "warning"
        self.narrate(
            f"{self._row.title}: {self._error_rate:.0%} of requests fail, {now}through"
            f" {_spoken(self._through)}{_REASONS.get(self._told_topic, '')}",
            level=level,
            about=f"service.{self._row.name}.down",
            because=self._because(self._through),
        )

    def _because(self, through: str) -> tuple[Cause | str, ...]:
        """What it has been told, or seen, of the dependency through which it fails."""
        if through == "DynamoDB":
            return () if self._dynamodb is None else self._dynamodb.because
        if through == "EC2 launches":
            return tuple(
                message(topic, "LaunchHealth", "ec2-api") for topic in self._launch_topics()
            )
        if through == THROUGH_NLB:
            return tuple(
                message(f"nlb.az{zone}.{what}", "ZoneCapacity", f"nlb-az{zone}")
                for zone, what in self._zones.lacking()
            )
        if through == "Lambda events":
            return (message(LATE_EVENTS, "EventDelay", "service-lambda"),)
        if through in self._others:
            return (message(f"service.{through}.down", "ServiceHealth", f"service-{through}"),)
        return (LATE_EVENTS,)

    def _launch_topics(self) -> tuple[str, ...]:
        """What the EC2 API tells of, when launches fare like this."""
        health = self._launches
        if not health.throttled and health.success_share >= LAUNCHES_GOOD_FROM:
            return ()
        if health.refused_share < 1.0 - health.connected_share:
            return ("nm.late", "launches.limited")
        if health.throttled:
            return ("launches.limited", "launches.no_capacity")
        failed_share = 1.0 - health.success_share - health.refused_share
        if health.no_capacity_share > failed_share:
            return ("launches.no_capacity", "launches.failing")
        return ("launches.failing",)

    def _because_over(self) -> tuple[Cause | str, ...]:
        """What it has been told, or seen, that ended its errors."""
        through = self._told_through
        if through == "DynamoDB":
            return () if self._dynamodb is None else self._dynamodb.because
        if through == "EC2 launches":
            return tuple(
                message(topic, "LaunchHealth", "ec2-api")
                for topic in ("launches.normal", "launches.relaxed", "launches.resumed")
            )
        if through == THROUGH_NLB:
            return tuple(
                message(f"nlb.az{zone}.in", "ZoneCapacity", f"nlb-az{zone}")
                for zone in self._zones.returned()
            )
        if through == "Lambda events":
            return tuple(
                message(f"service.lambda.{what}", "EventDelay", "service-lambda")
                for what in ("caught_up", "pollers")
            )
        if through in self._others:
            return (message(f"service.{through}.ok", "ServiceHealth", f"service-{through}"),)
        return ("service.lambda.caught_up",)

    async def _hear(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, LaunchHealth):
            self._launches = message
        elif isinstance(message, ZoneCapacity):
            self._zones.hear(message, self.world.now)
        elif isinstance(message, ServiceHealth):
            self._others[message.name] = message.error_rate
        elif isinstance(message, EventDelay):
            self._event_delay_min = message.delay_min
        elif isinstance(message, ActionOrder):
            envelope.reply(await self._carry_out(message))

    async def _carry_out(self, order: ActionOrder) -> ActionResult:
        return ActionResult(f"refused: {self.name} cannot do {order.id}")

    def _watch(self) -> None:
        telemetry = self.world.telemetry
        telemetry.gauge_from(f"service.{self._row.name}.error_rate", lambda: self._error_rate)
        if self._row.nlb_load > 0.0:
            telemetry.gauge_from(
                f"service.{self._row.name}.nlb_error_rate", lambda: self._nlb_error_rate
            )

    @property
    def tally(self) -> ImpactTally:
        """What its customers lost."""
        return self._tally

    def _active_share(self) -> float:
        """Share of its customers who are at work."""
        return active_share(self._load, self._t_min())

    def _t_min(self) -> float:
        """Minutes after 23:48."""
        return self.world.now / MINUTE - self._epoch_min

    @property
    def stands_for(self) -> int:
        """How many services its row stands for."""
        return self._row.stands_for

    def view(self) -> ServiceView:
        """The service as its panel shows it."""
        row, rate = self._row, self._error_rate
        state = _state(rate)
        if state == "ok":
            return ServiceView(row.title, state, rate, None, "", None, row.stands_for)
        since_ns, through, down_ns = self._since_ns, self._through, self._down_ns
        return ServiceView(row.title, state, rate, since_ns, through, down_ns, row.stands_for)

    def observe(self) -> ServiceObservation:
        """The service as milestones and windows are judged on; cheap."""
        return ServiceObservation(
            self._row.name,
            self._error_rate,
            NLB if self._through == THROUGH_NLB else self._through,
            self._nlb_error_rate,
            self._backlog_min(),
        )

    def _backlog_min(self) -> float:
        """Work that waits, minutes of normal inflow; what is waiting by its nature is 0."""
        return self._owed.waiting_min if self._row.owes_launches else 0.0


_REASONS = {
    "launches.limited": " that are limited",
    "launches.no_capacity": " that find no leased droplet",
    "nm.late": " that get their network late",
}
"""What is wrong with launches, by the topic that tells of it."""


def _spoken(through: str) -> str:
    """A dependency as people say it: rows of other services go by short names."""
    return {"iam": "IAM", "sts": "STS", "lambda": "Lambda"}.get(through, through)


def _state(error_rate: float) -> str:
    if error_rate > DOWN_FROM:
        return "down"
    return "degraded" if error_rate > ERRORS_COUNT_FROM else "ok"
