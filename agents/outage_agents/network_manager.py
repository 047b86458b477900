"""Network Manager: propagates network state to instances and network appliances.

What the real one did (post-event summary, EC2; mechanisms.md): from 05:28 it owed the state of new
instances and of those terminated during the event. At 06:21 latencies rose: instances launched and
ran, but had no connectivity until their item was done. Load was reduced by hand; normal at 10:36.

How it is modelled: one queue of items, first come first served, with a fixed capacity; work flows
in every ten seconds as the EC2 API reports what it launched. The items of terminations that could
not be carried out while launches were down are *owed*: they are taken in, faster and faster, once
launches have resumed. The waiting time of a new item is the backlog over the capacity.
`nm.reduce_load` limits launches (the EC2 API is told) and then owed work, until the wait is over;
from then on owed work only fills free capacity. Hosts of its own that operators add are instances:
they have to be launched, wait in this very queue, and start up (`new_hosts`). All rates are
*assumed*; the shape they give is in calibration.md.
"""

from collections.abc import Sequence

import attrs

from outage_agents.causes import message, ordered
from outage_agents.messages import ActionOrder, ActionResult, Degraded, NetworkState
from outage_agents.new_hosts import NewHosts
from outage_agents.parameters.nm import NetworkManagerParameters
from outage_agents.views import NetworkManagerView
from outage_engine.actor import Actor
from outage_engine.clock import SECOND, ns, seconds

INTERVAL_NS = 10 * SECOND
NEVER = 2**62
LATE_S = 120.0
"""milestones.md, nm_latency_rises."""


@attrs.define
class StateChanges:
    """The EC2 API tells what it changed since the last time."""

    launched: int
    owed_terminations: int
    """Terminations whose network state could not be sent on, because no state could change."""
    down: bool
    """No state change is possible now."""


@attrs.define
class Propagation:
    """The Network Manager tells the EC2 API how it stands."""

    wait_s: float
    launches_per_s: float
    """Most launches a second it can bear now; negative: no limit."""


class NetworkManager(Actor):
    """The backlog of network state."""

    def __init__(
        self,
        name: str,
        parameters: NetworkManagerParameters,
        *,
        normal_launches_per_s: float,
        ec2_api: str = "ec2-api",
        subscribers: Sequence[str] = (),
    ) -> None:
        """`normal_launches_per_s` sets the capacity; subscribers hear NetworkState every 10 s."""
        super().__init__(name)
        self._p = parameters
        self._capacity_s = max(
            1e-9, normal_launches_per_s * parameters.items_per_launch / parameters.normal_load
        )
        self._factor = 1.0
        self._left = 1.0
        self._ec2_api, self._subscribers = ec2_api, tuple(subscribers)
        self._new_hosts = NewHosts(self, ec2_api)
        self._backlog = 0.0
        self._came_in = 0.0
        self._owed = 0.0
        self._inflow_share = 0.0
        self._down = self._resumed = False
        self._normal = True
        self._resumed_ns = 0
        self._calm_since_ns = 0
        self._reduced_to = -1.0
        self._paced = False
        self._told_late = False

    async def main(self) -> None:
        """Take in work as it is reported, and tell every ten seconds how it stands."""
        telemetry = self.world.telemetry
        telemetry.gauge_from("nm.wait_s", lambda: self.wait_s)
        telemetry.gauge_from("nm.backlog", lambda: self._backlog)
        telemetry.gauge_from("nm.owed", lambda: self._owed)
        self._latency = telemetry.histogram("nm.propagation")
        tick = self.world.now + INTERVAL_NS
        while True:
            told = await self.receive_until(tick)
            if told is None:
                if self._new_hosts.under_way:
                    await self._add_ready_hosts()
                self._pass_interval()
                self._publish()
                tick = self.tick_after(tick, INTERVAL_NS)
            elif isinstance(told.message, Degraded):
                self._degrade(told.message.share)
            elif isinstance(told.message, StateChanges):
                self._hear(told.message)
            elif isinstance(told.message, ActionOrder):
                told.reply(await self._act(told.message))

    @property
    def wait_s(self) -> float:
        """How long a new item waits, seconds."""
        return self._backlog / (self._capacity_s * self._factor * self._left)

    def snapshot(self) -> NetworkManagerView:
        """The backlog now."""
        return NetworkManagerView(
            self.wait_s, int(self._backlog), self._inflow_share, self._reduced_to >= 0
        )

    # -- work

    def _hear(self, changes: StateChanges) -> None:
        """What the EC2 API did: new items, and whether state can change at all."""
        if changes.down and not self._down:
            self._down, self._resumed = True, False
        elif not changes.down and self._down:
            self._down, self._resumed, self._normal = False, True, False
            self._resumed_ns = self._calm_since_ns = self.world.now
            owed_s = self._owed / self._capacity_s
            self.narrate(
                f"launches resumed; network state is owed, {owed_s:,.0f} s of work",
                level="warning" if owed_s > LATE_S else "info",
                about="nm.backlog",
                because=(message("launches.resumed", "StateChanges", self._ec2_api),),
            )
        self._owed += changes.owed_terminations * self._p.owed_items
        self._came_in += changes.launched * self._p.items_per_launch

    def _degrade(self, share: float) -> None:
        """A fault: so much of the capacity is gone."""
        left = 1.0 - share
        if left == self._left:
            return
        self._left = left
        fault = "fault.degrade-network-manager"
        if share:
            text = f"works with {left:.0%} of its capacity"
            self.narrate(text, level="warning", about="nm.degraded", because=(fault,))
        else:
            self.narrate("has its whole capacity again", about="nm.whole", because=(fault,))

    def _owed_share(self, launches: float) -> float:
        """Owed work to take in now, relative to capacity."""
        if self._down or not self._owed:
            return 0.0
        p = self._p
        passed = seconds(self.world.now - self._resumed_ns) / p.owed_ramp_s
        share = min(p.owed_most, p.owed_gain * passed)
        if self._reduced_to >= 0:
            return min(share, max(0.0, self._reduced_to - launches))
        if self._paced:
            return min(share, max(0.0, p.paced_load - launches))
        return share

    def _pass_interval(self) -> None:
        """What came in during the interval, and what could be done in it."""
        can_do = self._capacity_s * self._factor * self._left * seconds(INTERVAL_NS)
        owed = min(self._owed, self._owed_share(self._came_in / can_do) * can_do)
        self._owed -= owed
        came_in, self._came_in = self._came_in + owed, 0.0
        self._inflow_share = came_in / can_do
        self._backlog = max(0.0, self._backlog + came_in - can_do)
        self._latency.record_count(ns(self._p.propagate_s + self.wait_s), int(came_in))
        self._judge()

    def _judge(self) -> None:
        """Late, or normal again: after the wait has been short for a while."""
        now, p = self.world.now, self._p
        if self.wait_s > p.normal_wait_s:
            self._calm_since_ns = now
        if self.wait_s > LATE_S and not self._told_late:
            self._told_late = True
            self.narrate(
                f"network state comes {self.wait_s:.0f} s late: instances run without connectivity",
                level="warning",
                about="nm.late",
                because=("nm.backlog",),
            )
        if self._normal or self._down:
            return
        calm = now - self._calm_since_ns >= ns(p.normal_after_s)
        owed_small = self._owed <= p.owed_small_s * self._capacity_s
        if calm and (self._paced or owed_small):
            self._normal, self._told_late, self._reduced_to = True, False, -1.0
            self.narrate(
                "propagation of network state is normal: nothing waits",
                about="nm.normal",
                because=("nm.reduced", "nm.late", "nm.backlog"),
            )

    def _publish(self) -> None:
        state = NetworkState(self.wait_s, self._resumed, self._normal)
        for name in self._subscribers:
            self.send(name, state)
        if self._ec2_api:
            self.send(self._ec2_api, Propagation(self.wait_s, self._launches_borne()))

    def _launches_borne(self) -> float:
        if self._reduced_to < 0:
            return -1.0
        capacity_s = self._capacity_s * self._factor * self._left
        return self._reduced_to * capacity_s / self._p.items_per_launch

    # -- operators

    async def _act(self, order: ActionOrder) -> ActionResult:
        args = dict(order.args)
        if order.id == "nm.reduce_load":
            return self._reduce(float(args.get("inflow", 0.6)))
        if order.id == "nm.add_capacity":
            return await self._add_capacity(float(args.get("factor", 1.5)))
        return ActionResult(f"refused: {self.name} cannot do {order.id}")

    def _reduce(self, inflow: float) -> ActionResult:
        if not 0 <= inflow <= 1:
            return ActionResult(f"refused: inflow {inflow:g} is not in 0..1")
        if self.wait_s <= self._p.normal_wait_s:
            return ActionResult("not needed", f"a new item waits {self.wait_s:.0f} s")
        before = f", instead of {self._reduced_to:.0%}" if self._reduced_to >= 0 else ""
        self._reduced_to, self._paced = inflow, True
        self.narrate(
            f"load reduced to {inflow:.0%} of capacity{before}",
            about="nm.reduced",
            because=(ordered("nm.reduce_load"),),
        )
        return ActionResult("done", f"{self.wait_s:.0f} s of waiting to work off")

    async def _add_capacity(self, factor: float) -> ActionResult:
        if factor < 1:
            return ActionResult(f"refused: factor {factor:g} is below 1")
        if self.wait_s <= self._p.normal_wait_s and not self._down:
            return ActionResult("not needed", f"a new item waits {self.wait_s:.0f} s")
        more = factor - 1.0 - self._new_hosts.planned
        if more <= 0.0:
            return ActionResult("not needed", f"hosts for {factor:g} times are under way or there")
        granted = await self._new_hosts.grow(more)
        if granted.refusal:
            return ActionResult(f"refused: new hosts are instances; {granted.refusal}")
        said = (
            f"{granted.share:.0%} of the new hosts launched at once, which wait"
            f" {granted.network_after_s:.0f} s for their own network state"
        )
        self.narrate(said, about="nm.hosts_added", because=(ordered("nm.add_capacity"),))
        return ActionResult("done", said)

    async def _add_ready_hosts(self) -> None:
        ready = await self._new_hosts.pass_time()
        if ready:
            self._factor += ready
            self.narrate(
                f"new hosts are of use: capacity {self._factor:.0%} of normal",
                about="nm.hosts_ready",
                because=("nm.hosts_added",),
            )
