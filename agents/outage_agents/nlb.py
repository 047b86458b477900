"""One zone's NLB controller: takes nodes out of DNS and, by AZ DNS failover, the whole zone.

What the real one did (post-event summary, NLB): the health-check subsystem's results take failing
nodes out of DNS. When too much of a zone looks bad, automatic AZ DNS failover takes all of it out.
From 05:28 checks failed for new hosts without network state, nodes flapped, the checkers fell
behind, and zones went out although their nodes were fine; where the rest had too little capacity,
connections failed. At 09:36 operators switched the failover off and all healthy capacity returned;
at 14:09 they switched it on again. No limit on how much may go at once existed; it is the
announced remedy (`nlb.velocity_limit`).

How it is modelled. Checkers (``health_check.py``) report what they found unhealthy, and what they
do not know any more because results are old. The mean of that share over two minutes decides: above
0.3 the zone leaves, under 0.24 it returns, after a minute at least. Zones tell each other what they
would do; if all would be out, all stay in (fail open). It is the lateness of the checks, more than
what they find, that trips a zone.

What checks believe is one thing, what answers is another: nodes that are really gone (`NodesLost`)
break the connections of everybody who is sent to them for as long as they are in DNS, which is what
failover is for. Operators may put a zone back by hand, and add nodes: those are instances
(`new_hosts`), and more nodes to check.

Simplified: DNS is a list per zone; customers follow a change when the TTL has passed. *Assumed*:
shares, the window, the weights of the zones (see ``parameters/nlb.py``).
"""

from collections import deque
from collections.abc import Sequence

import attrs
import msgspec

from outage_agents.causes import message, ordered
from outage_agents.daily_load import nlb_demand_share
from outage_agents.health_check import CheckReport, HealthCheckNode, HostNetworking, NodesAdded
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    NetworkState,
    NodesLost,
    ZoneCapacity,
)
from outage_agents.network_manager import LATE_S
from outage_agents.new_hosts import NewHosts
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.nlb import NlbParameters
from outage_agents.views import NlbView, ZoneNlbView
from outage_engine.actor import Actor, Envelope
from outage_engine.checkers import Checker
from outage_engine.clock import MINUTE, SECOND, ns, seconds
from outage_engine.heartbeats import FellSilent, HeardAgain
from outage_engine.narration import Cause
from outage_engine.world import World

ZONES = 6
LOOK_NS = 10 * SECOND
"""A zone that has something to decide looks this often."""
TELL_HOSTS_CHANGE = 0.003
"""Checkers are told of new hosts without network state when their share moved by this much."""
TELL_CHANGE = 0.01
"""Services are told of a zone's healthy share when it moved by this much."""
TOLD_LATE_S = 20.0
"""Checks that come this late on average are told of. Assumed; it decides nothing."""
FAILOVERS_SHOWN = 8
SLACK_NODES = 50
"""Zones hear of each other's nodes a moment late: the velocity limit may be passed by so many."""


_TOPICS = {"in": "in", "out": "out", "fail-open": "fail_open"}


_FAULTS = tuple(f"fault.{kind}" for kind in ("lose-zone", "crash", "pause", "partition", "hold"))
"""What silences a checker."""


@attrs.frozen
class Standing:
    """A zone tells the other zones where it stands."""

    zone: int
    failing: bool
    """It would be out of DNS, if failover were on and others stayed in."""
    nodes_out: int
    """Nodes that are out of DNS, all of them when the zone is."""
    troubled: bool
    """Any of its nodes is unhealthy or unknown."""


@attrs.frozen
class Failover:
    """A zone left DNS or came back."""

    t_ns: int
    zone: int
    event: str
    """out, in, fail-open."""
    text: str


class ZoneSnapshot(msgspec.Struct, frozen=True):
    """What is known of one zone."""

    view: ZoneNlbView
    failover: bool
    removals_total: int
    unready_in_dns: int
    """Nodes in DNS whose targets have no network (reading `targets`)."""
    failing: bool
    zones_limit: int | None
    """Zones that may be out of DNS at once; None: no such limit."""
    failovers: tuple[Failover, ...]


class NlbZone(Actor):
    """Controller of one zone's NLB nodes; `nlb-az1` to `nlb-az6`."""

    def __init__(
        self,
        zone: int,
        parameters: NlbParameters,
        *,
        checkers: tuple[str, ...],
        peers: tuple[str, ...],
        subscribers: tuple[str, ...] = (),
        ec2_api: str = "ec2-api",
    ) -> None:
        super().__init__(f"nlb-az{zone}")
        self._zone = zone
        self._p = parameters
        self._checkers = checkers
        self._peers = tuple(name for name in peers if name != self.name)
        self._subscribers = subscribers
        self._failover = parameters.failover_enabled
        self._zones_limit: int | None = None
        self._nodes_limit: int | None = None
        self._limit(parameters)
        self._reports = {name: CheckReport(name, 0, 0, 0, 0, 0, 0.0, 0.0) for name in checkers}
        self._heard_last: dict[str, CheckReport] = {}
        self._others: dict[str, Standing] = {}
        looks = max(1, round(parameters.decision_window_s * SECOND / LOOK_NS))
        self._suspects: deque[int] = deque([0] * looks, maxlen=looks)
        self._unhealthy = 0
        self._unknown = 0
        self._unready = 0
        self._failing = False
        self._failing_since_ns = 0
        self._state = "in"
        self._since_ns = 0
        self._nodes_out = 0
        self._next_look_ns: int | None = None
        self._hosts = HostNetworking(0.0, 0.0, 0.0)
        self._minute = 0
        self._removed_this_minute = 0
        self._removed_last_minute = 0
        self._removals_total = 0
        self._failovers: list[Failover] = []
        self._network = NetworkState(0.0, False, True)
        self._told_late = False
        self._lost = 0
        self._by_hand = False
        self._new_nodes = NewHosts(self, ec2_api)
        self._next_count_ns: int | None = None
        self._told_peers = Standing(zone, False, 0, False)
        self._told_services = self._published = ZoneCapacity(zone, True, 1.0)

    async def main(self) -> None:
        """Hear reports and orders; look at the zone while there is something to decide."""
        self._removals = self.world.telemetry.counter("nlb.removals_total")
        for name in self._checkers:
            self.world.heartbeats.listen(self.name, name, ns(self._p.result_validity_s))
        while True:
            envelope = await self.receive_until(self._wakes_ns())
            if envelope is None:
                await self._count_new_nodes()
                if self._next_look_ns is not None and self._next_look_ns <= self.world.now:
                    self._look()
            elif isinstance(envelope.message, ActionOrder):
                envelope.reply(await self._carry_out(envelope.message))
            else:
                self._hear(envelope)

    def configure(self, parameters: NlbParameters) -> None:
        """Failover and its limit, as they are from now on; what did not change stays as it is."""
        before, self._p = self._p, parameters
        if parameters.velocity_limit != before.velocity_limit:
            self._limit(parameters)
        if parameters.failover_enabled != before.failover_enabled:
            self._failover = parameters.failover_enabled
        self._act()

    def _limit(self, parameters: NlbParameters) -> None:
        limit = parameters.velocity_limit
        self._zones_limit = int(limit) if limit >= 1.0 else None
        of_all = round(limit * parameters.nodes_per_zone * ZONES)
        self._nodes_limit = of_all if 0.0 < limit < 1.0 else None

    def _wakes_ns(self) -> int | None:
        if self._next_count_ns is None or self._next_look_ns is None:
            return self._next_look_ns if self._next_count_ns is None else self._next_count_ns
        return min(self._next_look_ns, self._next_count_ns)

    # -- deciding -----------------------------------------------------------------------------

    def _look(self) -> None:
        """Decide on the mean share over the window, whether the zone should be out."""
        now_ns = self.world.now
        self._suspects.append(self._unhealthy + self._unknown)
        share = self._mean_suspect_share()
        long_enough = now_ns - self._failing_since_ns >= ns(self._p.out_least_s)
        if not self._failing and share > self._p.trip_share:
            self._failing, self._failing_since_ns = True, now_ns
        elif self._failing and long_enough and share < self._p.return_share:
            self._failing = False
        self._act(may_leave=True)
        quiet = not self._failing and share == 0.0 and self._nodes_out == 0
        self._next_look_ns = None if quiet else now_ns + LOOK_NS

    def _act(self, *, may_leave: bool = False) -> None:
        """Bring DNS in line with what was decided here and in the other zones.

        A zone leaves only at its own look. Zones look at different seconds, so two never leave on
        the same news.
        """
        state = self._wanted_state()
        if state == "out" and not may_leave:
            state = self._state
        if state != self._state:
            self._change_state(state)
        unhealthy = self._unhealthy
        if self._state == "out":
            self._nodes_out = self._p.nodes_per_zone
        elif self._state == "fail-open" or not self._failover:
            self._nodes_out = 0
        else:
            self._nodes_out = min(unhealthy, self._allowance())
        self._tell_peers()
        self._tell_services()

    def _wanted_state(self) -> str:
        if not self._failing or not self._failover:
            return "in"
        if len(self._others) == len(self._peers) and all(
            other.failing for other in self._others.values()
        ):
            return "fail-open"
        return "out" if self._may_be_out() else "in"

    def _may_be_out(self) -> bool:
        """Whether the velocity limit lets the zone leave, or stay out; lower numbers go first."""
        if self._zones_limit is not None:
            out = [o.zone for o in self._others.values() if o.nodes_out == self._p.nodes_per_zone]
            if self._state == "out":
                return len([zone for zone in out if zone < self._zone]) < self._zones_limit
            return len(out) < self._zones_limit
        return self._state == "out" or self._allowance() >= self._p.nodes_per_zone

    def _allowance(self) -> int:
        """Nodes of this zone that may be out of DNS, under the velocity limit."""
        if self._nodes_limit is None:
            return self._p.nodes_per_zone
        elsewhere = sum(other.nodes_out for other in self._others.values())
        return max(0, self._nodes_limit - elsewhere)

    def _change_state(self, state: str) -> None:
        zone = f"zone {self._zone}"
        share = self._mean_suspect_share()
        unhealthy = self._unhealthy / self._p.nodes_per_zone
        if state == "out":
            text = (
                f"{zone} leaves DNS: {share:.0%} of its nodes unhealthy or unknown on average"
                f" ({unhealthy:.1%} unhealthy, checks {self._lateness_s():.0f} s late)"
            )
        elif state == "fail-open":
            text = f"{zone} fails open: every zone would be out, so none is"
        elif self._by_hand:
            text = f"{zone} is back in DNS: put there by hand"
        elif not self._failover:
            text = f"{zone} is back in DNS: automatic failover is off"
        else:
            why = f"{share:.0%} unhealthy or unknown on average"
            text = f"{zone} is back in DNS: {'the velocity limit' if self._failing else why}"
        self._state, self._since_ns = state, self.world.now
        self._failovers.append(Failover(self.world.now, self._zone, state, text))
        self.narrate(
            text,
            level="error" if state == "out" else "warning" if state == "fail-open" else "info",
            about=f"{self._topic}.{_TOPICS[state]}",
            because=self._why(state),
        )

    @property
    def _topic(self) -> str:
        return f"nlb.az{self._zone}"

    def _why(self, state: str) -> tuple[Cause | str, ...]:
        """What a change of the zone's state follows from."""
        if state == "out":
            told = ("checks_late", "checkers_silent", "flapping")
            return tuple(f"{self._topic}.{what}" for what in told)
        if state == "fail-open":
            peer = self._peers[0]
            out = message(f"nlb.{peer.removeprefix('nlb-')}.out", "Standing", peer)
            return (f"{self._topic}.checks_late", out)
        switched = () if self._failover else (ordered("nlb.disable_failover"),)
        if self._by_hand:
            switched = (ordered("nlb.restore_zone"),)
        return (*switched, f"{self._topic}.out")

    def _why_checks_fail(self) -> tuple[Cause | str, ...]:
        """What the Network Manager told last of hosts that wait for their network state."""
        if not self._network.resumed or self._network.normal:
            return ()
        late = self._network.wait_s > LATE_S
        known = ("nm.late", "nm.backlog") if late else ("nm.backlog",)
        return tuple(message(topic, "NetworkState", "network-manager") for topic in known)

    # -- hearing ------------------------------------------------------------------------------

    def _hear(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, CheckReport):
            self._hear_report(message)
        elif isinstance(message, NetworkState):
            self._hear_network(message)
        elif isinstance(message, Standing):
            self._others[envelope.sender] = message
            if self._failing or self._nodes_out:
                self._act()
        elif isinstance(message, NodesLost):
            self._hear_of_loss(message)
        elif isinstance(message, FellSilent):
            self._miss(message.name)
        elif isinstance(message, HeardAgain):
            self._hear_again(message.name)

    def _miss(self, checker: str) -> None:
        """Results of a checker that is not heard are too old to count."""
        last = self._heard_last[checker] = self._reports[checker]
        nodes = _nodes_of(self._checkers.index(checker), self._p)
        self._take(attrs.evolve(last, unknown=nodes - last.unhealthy, removed=0, returned=0))
        self.narrate(
            f"{checker} has fallen silent: what it checked is unknown",
            level="warning",
            about=f"{self._topic}.checkers_silent",
            because=_FAULTS,
        )

    def _hear_again(self, checker: str) -> None:
        """What it said last counts until it says something new."""
        self.narrate(
            f"{checker} is heard again",
            about=f"{self._topic}.checkers_heard",
            because=(f"{self._topic}.checkers_silent",),
        )
        last = self._heard_last.pop(checker, None)
        if last is not None:
            self._take(attrs.evolve(last, removed=0, returned=0))
        self.send(checker, NodesLost(self._lost / self._p.nodes_per_zone))

    def _hear_of_loss(self, loss: NodesLost) -> None:
        """Connections to these nodes break at once; checks find out later."""
        self._lost = round(min(1.0, max(0.0, loss.share)) * self._p.nodes_per_zone)
        for checker in self._checkers:
            self.send(checker, loss)
        self._publish(self._published)

    def lost_in_dns(self) -> int:
        """Nodes in DNS that do not answer; those taken out one by one are the first of them."""
        return 0 if self.is_out else max(0, self._lost - self._nodes_out)

    def _hear_report(self, report: CheckReport) -> None:
        self._heard_last.pop(report.checker, None)
        self._take(report)

    def _take(self, report: CheckReport) -> None:
        last = self._reports[report.checker]
        self._reports[report.checker] = report
        self._unhealthy += report.unhealthy - last.unhealthy
        self._unknown += report.unknown - last.unknown
        self._unready += report.unready - last.unready
        self._tell_if_late()
        held_back = self._nodes_out
        self._act()
        removed = report.removed if self._state == "in" and self._failover else 0
        if self._nodes_limit is not None:
            removed = min(removed, max(0, self._nodes_out - held_back + report.returned))
        if removed:
            self._count_removals(removed)
        if self._next_look_ns is None and (report.unhealthy or report.unknown):
            phase_ns = self._zone * SECOND
            self._next_look_ns = (self.world.now // LOOK_NS + 1) * LOOK_NS + phase_ns

    def _tell_if_late(self) -> None:
        """The first results that are too old to count, once in a spell of trouble."""
        if not self._told_late and self._unknown and self._lateness_s() >= TOLD_LATE_S:
            self._told_late = True
            self.narrate(
                f"zone {self._zone}: checks come {self._lateness_s():.0f} s late, so that"
                f" {self._unknown} results are too old to count",
                level="warning",
                about=f"{self._topic}.checks_late",
                because=(*self._why_checks_fail(), f"{self._topic}.flapping"),
            )
        elif not self._troubled() and self._network.normal:
            self._told_late = False

    def _count_removals(self, removed: int) -> None:
        if self._removals_total == 0:
            self.narrate(
                f"zone {self._zone}: a healthy node fails its checks and leaves DNS, its"
                " connections break",
                level="warning",
                about=f"{self._topic}.flapping",
                because=self._why_checks_fail(),
            )
        self._turn_minute()
        self._removed_this_minute += removed
        self._removals_total += removed
        self._removals.add(removed)

    def _turn_minute(self) -> None:
        minute = self.world.now // MINUTE
        if minute != self._minute:
            just_ended = minute == self._minute + 1
            self._removed_last_minute = self._removed_this_minute if just_ended else 0
            self._removed_this_minute = 0
            self._minute = minute

    def _hear_network(self, state: NetworkState) -> None:
        """New hosts enter service when launches have resumed; how many lack network state?"""
        p, self._network = self._p, state
        weight = p.new_hosts(self._zone)
        if weight == 0.0:
            return
        hosts = HostNetworking(0.0, 0.0, 0.0)
        if state.resumed and not state.normal:
            ready_after_s = p.propagation_s + state.wait_s
            share = min(1.0, weight * ready_after_s / p.host_life_s)
            hosts = HostNetworking(share, weight / p.host_life_s, ready_after_s)
        stopped = hosts.lacking_share == 0.0 and self._hosts.lacking_share > 0.0
        if stopped or abs(hosts.lacking_share - self._hosts.lacking_share) >= TELL_HOSTS_CHANGE:
            self._hosts = hosts
            for checker in self._checkers:
                self.send(checker, hosts)

    async def _carry_out(self, order: ActionOrder) -> ActionResult:
        if order.id == "nlb.disable_failover":
            return self._disable_failover()
        if order.id == "nlb.enable_failover":
            return self._enable_failover()
        if order.id == "nlb.set_velocity_limit":
            self._zones_limit = int(float(dict(order.args).get("zones", 1.0)))
            self._act()
            return ActionResult("done", f"at most {self._zones_limit} zones out of DNS at once")
        if order.id == "nlb.restore_zone":
            return self._restore(str(dict(order.args).get("zones", "all")))
        if order.id == "nlb.add_nodes":
            return await self._add_nodes(float(dict(order.args).get("factor", 1.5)))
        return ActionResult(f"refused: {self.name} cannot do {order.id}")

    def _disable_failover(self) -> ActionResult:
        if not self._failover:
            return ActionResult("not needed", "automatic failover is off already")
        trouble = self._troubled() or any(other.troubled for other in self._others.values())
        if not trouble:
            return ActionResult("not needed", "no node of any zone looks unhealthy")
        self._failover = False
        self._act()
        return ActionResult("done", f"zone {self._zone}: all its nodes are in DNS")

    def _enable_failover(self) -> ActionResult:
        if self._failover:
            return ActionResult("not needed", "automatic failover is on already")
        self._failover = True
        self._act()
        return ActionResult("done", f"zone {self._zone}: failing nodes leave DNS again")

    def _restore(self, zones: str) -> ActionResult:
        """Back into DNS by hand; what health checks say counts anew from now on."""
        if zones != "all" and str(self._zone) not in zones.split("+"):
            return ActionResult("not needed", f"zone {self._zone} is not meant")
        if self._state != "out":
            return ActionResult("not needed", f"zone {self._zone} is in DNS")
        self._failing = False
        for _ in range(len(self._suspects)):
            self._suspects.append(0)
        self._by_hand = True
        self._act()
        self._by_hand = False
        return ActionResult("done", f"zone {self._zone} is in DNS")

    async def _add_nodes(self, factor: float) -> ActionResult:
        more = factor - 1.0 - self._new_nodes.planned
        if more <= 0.0:
            return ActionResult("not needed", f"nodes for {factor:g} times are under way or there")
        granted = await self._new_nodes.grow(more)
        if granted.refusal:
            return ActionResult(f"refused: new nodes are instances; {granted.refusal}")
        self._next_count_ns = self.world.now + MINUTE
        return ActionResult("done", f"{granted.share:.0%} of the new nodes launched at once")

    async def _count_new_nodes(self) -> None:
        if self._next_count_ns is None or self._next_count_ns > self.world.now:
            return
        if await self._new_nodes.pass_time():
            factor = 1.0 + self._new_nodes.ready
            self.narrate(
                f"zone {self._zone}: new nodes are in service, {factor:.0%} of normal",
                about=f"{self._topic}.grown",
                because=(ordered("nlb.add_nodes"),),
            )
            for checker in self._checkers:
                self.send(checker, NodesAdded(factor))
            self._tell_services()
        self._next_count_ns = self.world.now + MINUTE if self._new_nodes.under_way else None

    # -- telling ------------------------------------------------------------------------------

    def _tell_peers(self) -> None:
        standing = Standing(self._zone, self._failing, self._nodes_out, self._troubled())
        if standing != self._told_peers:
            self._told_peers = standing
            for peer in self._peers:
                self.send(peer, standing)

    def _tell_services(self) -> None:
        """Customers follow a change of DNS when the TTL has passed."""
        told = self._told_services
        share = self.carries()
        in_service = self._state != "out"
        if in_service != told.in_service or abs(share - told.healthy_share) >= TELL_CHANGE:
            self._told_services = ZoneCapacity(self._zone, in_service, share)
            self.world.call_after(
                ns(self._p.dns_ttl_s),
                self._publish,
                self._told_services,
                label=f"{self.name}/dns-ttl",
            )

    def _publish(self, capacity: ZoneCapacity) -> None:
        """What customers' DNS says from now on, and how much of that does not answer."""
        nodes = self._p.nodes_per_zone
        in_dns = capacity.healthy_share / (1.0 + self._new_nodes.ready)
        lost = max(0.0, self._lost / nodes - (1.0 - in_dns)) if capacity.in_service else 0.0
        capacity = self._published = attrs.evolve(capacity, lost_share=lost)
        for service in self._subscribers:
            self.send(service, capacity)

    # -- looking at itself ----------------------------------------------------------------------

    def _mean_suspect_share(self) -> float:
        """Mean share of nodes unhealthy or unknown over the window: what decides."""
        return sum(self._suspects) / (len(self._suspects) * self._p.nodes_per_zone)

    def _troubled(self) -> bool:
        return self._unhealthy + self._unknown > 0

    def _lateness_s(self) -> float:
        """Mean over the checkers; added one by one, since sum() of floats varies with Python."""
        total = 0.0
        for report in self._reports.values():
            total += report.lateness_s
        return total / len(self._reports)

    def _utilisation(self) -> float:
        total = 0.0
        for report in self._reports.values():
            total += report.utilisation
        return total / len(self._reports)

    @property
    def nodes(self) -> int:
        """Nodes of the zone."""
        return self._p.nodes_per_zone

    @property
    def nodes_out(self) -> int:
        """Nodes that are out of DNS; all of them when the zone is."""
        return self._nodes_out

    def carries(self) -> float:
        """What its nodes in DNS can carry, relative to all its nodes in normal operation."""
        in_dns = 1.0 - self._nodes_out / self._p.nodes_per_zone
        return in_dns * (1.0 + self._new_nodes.ready)

    @property
    def is_out(self) -> bool:
        """Failover has taken the zone out of DNS."""
        return self._state == "out"

    @property
    def removals_total(self) -> int:
        """Nodes that left DNS one by one, since the start."""
        return self._removals_total

    def removals_last_min(self) -> int:
        """Nodes that left DNS in the last whole minute, or in this one if that is more."""
        minute = self.world.now // MINUTE
        if minute == self._minute:
            return max(self._removed_last_minute, self._removed_this_minute)
        return self._removed_this_minute if minute == self._minute + 1 else 0

    def unready_in_dns(self) -> int:
        """Nodes in DNS whose targets have no network (reading `targets`)."""
        return 0 if self.is_out else max(0, self._unready - self._nodes_out)

    def within_limit(self, zones: "tuple[NlbZone, ...]") -> bool:
        """Whether the nodes out in all zones respect this zone's velocity limit, when it acts."""
        if not self._failover:
            return True
        if self._zones_limit is not None and zones_out(zones) > self._zones_limit:
            return False
        out = sum(zone.nodes_out for zone in zones)
        return self._nodes_limit is None or out <= self._nodes_limit + SLACK_NODES

    def watch(self) -> None:
        """Register what a zone that takes new hosts into service is measured by."""
        if self._p.new_hosts(self._zone) > 0.0:
            telemetry = self.world.telemetry
            nodes = self._p.nodes_per_zone
            name = f"az{self._zone}"
            telemetry.gauge_from(f"nlb.unhealthy_share.{name}", lambda: self._unhealthy / nodes)
            telemetry.gauge_from(f"nlb.unknown_share.{name}", lambda: self._unknown / nodes)

    def snapshot(self) -> ZoneSnapshot:
        """The zone as its panel shows it."""
        nodes = self._p.nodes_per_zone
        view = ZoneNlbView(
            zone=self._zone,
            state=self._state,
            since_ns=self._since_ns,
            nodes=nodes,
            nodes_in_dns=nodes - self._nodes_out,
            unhealthy_share=self._unhealthy / nodes,
            unknown_share=self._unknown / nodes,
            lateness_s=self._lateness_s(),
            utilisation=self._utilisation(),
            flaps_per_min=float(self.removals_last_min()),
        )
        return ZoneSnapshot(
            view=view,
            failover=self._failover,
            removals_total=self._removals_total,
            unready_in_dns=self.unready_in_dns(),
            failing=self._failing,
            zones_limit=self._zones_limit,
            failovers=tuple(self._failovers),
        )


def nlb_cast(
    parameters: NlbParameters, subscribers: tuple[str, ...] = ()
) -> tuple[tuple[NlbZone, ...], tuple[HealthCheckNode, ...]]:
    """All zone controllers and all their health-check nodes, not yet in a world.

    `subscribers` hear every zone's ZoneCapacity; the Network Manager's NetworkState goes to the
    zones.
    """
    names = tuple(f"nlb-az{zone}" for zone in range(1, ZONES + 1))
    zones: list[NlbZone] = []
    nodes: list[HealthCheckNode] = []
    for zone, name in enumerate(names, start=1):
        checkers = _checkers_of(zone, name, parameters)
        nodes.extend(checkers)
        zones.append(
            NlbZone(
                zone,
                parameters,
                checkers=tuple(checker.name for checker in checkers),
                peers=names,
                subscribers=subscribers,
            )
        )
    return tuple(zones), tuple(nodes)


def network_state_subscribers(parameters: NlbParameters) -> tuple[str, ...]:
    """The zones that take new hosts into service: they want the Network Manager's NetworkState."""
    return tuple(
        f"nlb-az{zone}" for zone in range(1, ZONES + 1) if parameters.new_hosts(zone) > 0.0
    )


def watch_nlb(
    world: World, zones: tuple[NlbZone, ...], load: LoadParameters, *, epoch_s: float
) -> None:
    """Register what NLB is measured by, and the laws it is watched by. `epoch_s`: 23:48."""
    telemetry = world.telemetry

    def demand() -> float:
        return nlb_demand_share(load, (seconds(world.now) - epoch_s) / 60.0)

    removals = telemetry.counter("nlb.removals_total")
    telemetry.gauge_from("nlb.zones_out", lambda: float(zones_out(zones)))
    telemetry.gauge_from("nlb.capacity_share", lambda: capacity_share(zones))
    telemetry.gauge_from("nlb.demand_share", demand)
    telemetry.gauge_from("nlb.error_rate", lambda: nlb_error_share(zones, demand()))
    for zone in zones:
        zone.watch()
    world.checkers.add(
        Checker(
            "nlb.never_all_zones_out",
            lambda: zones_out(zones) < len(zones),
            explain="every NLB zone is out of DNS, though it should fail open",
        )
    )
    world.checkers.add(
        Checker(
            "nlb.removals_are_conserved",
            lambda: removals.total == sum(zone.removals_total for zone in zones),
            explain="removals counted by the zones and in total differ",
        )
    )
    world.checkers.add(
        Checker(
            "nlb.velocity_limit_holds",
            lambda: all(zone.within_limit(zones) for zone in zones),
            explain="more NLB nodes are out of DNS than the velocity limit allows",
        )
    )


def zones_out(zones: tuple[NlbZone, ...]) -> int:
    """Zones that failover has taken out of DNS."""
    return sum(1 for zone in zones if zone.is_out)


def capacity_share(zones: tuple[NlbZone, ...]) -> float:
    """What nodes in DNS can carry, relative to all nodes in normal operation."""
    total = 0.0  # not sum(): for floats it varies with the version of Python
    for zone in zones:
        total += zone.carries()
    return total / len(zones)


def nlb_error_share(zones: tuple[NlbZone, ...], demand_share: float) -> float:
    """Share of NLB's connections that fail: no capacity, broken, lost, or without a network."""
    nodes = sum(zone.nodes for zone in zones)
    capacity = capacity_share(zones)
    overload = max(0.0, 1.0 - capacity / demand_share) if demand_share > 0.0 else 0.0
    broken = sum(zone.removals_last_min() for zone in zones) / nodes
    in_dns = max(1, nodes - sum(zone.nodes_out for zone in zones))
    unready = sum(zone.unready_in_dns() + zone.lost_in_dns() for zone in zones) / in_dns
    return 1.0 - (1.0 - overload) * (1.0 - min(1.0, broken)) * (1.0 - min(1.0, unready))


def failover_log(zones: Sequence[ZoneSnapshot]) -> tuple[Failover, ...]:
    """Every time a zone left DNS or came back, in order."""
    log = [entry for zone in zones for entry in zone.failovers]
    return tuple(sorted(log, key=lambda entry: (entry.t_ns, entry.zone)))


def nlb_view(zones: tuple[NlbZone, ...], demand_share: float) -> NlbView:
    """NLB's panel, from its zones."""
    snapshots = [zone.snapshot() for zone in zones]
    newest_first = failover_log(snapshots)[: -FAILOVERS_SHOWN - 1 : -1]
    return NlbView(
        failover=all(snapshot.failover for snapshot in snapshots),
        zones_out=sum(1 for snapshot in snapshots if snapshot.view.state == "out"),
        removals_total=sum(snapshot.removals_total for snapshot in snapshots),
        removals_per_min=sum(snapshot.view.flaps_per_min for snapshot in snapshots),
        capacity_share=capacity_share(zones),
        demand_share=demand_share,
        failovers=tuple(entry.text for entry in newest_first),
        zones=tuple(snapshot.view for snapshot in snapshots),
        failover_times_ns=tuple(entry.t_ns for entry in newest_first),
        error_share=nlb_error_share(zones, demand_share),
    )


def _checkers_of(zone: int, name: str, p: NlbParameters) -> list[HealthCheckNode]:
    return [
        HealthCheckNode(f"health-check-az{zone}-{k + 1}", name, _nodes_of(k, p), p)
        for k in range(p.checkers_per_zone)
    ]


def _nodes_of(k: int, p: NlbParameters) -> int:
    """Nodes that checker number `k` (from 0) of a zone checks."""
    each, over = divmod(p.nodes_per_zone, p.checkers_per_zone)
    return each + (1 if k < over else 0)
