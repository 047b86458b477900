"""Hosts that a component of the Region starts for itself, when operators want it to do more.

Such hosts are EC2 instances like any other (post-event summary, EC2: what launches failed for
customers failed for the services built on them too). So adding capacity is circular: while launches
fail there are none; while launches are limited, hosts come a few at a time; and each then waits for
its own network state and has to start up. Asked for during the collapse, the EC2 API refuses.

Simplified: hosts are shares of a component's normal capacity and are not counted one by one; what
they add to launches and to network state is too little to matter. *Assumed*: the limits on
launches hold for them as well, who got none asks again after five minutes, and a host takes ten
minutes to start up.
"""

import attrs

from outage_agents.messages import AskForHosts, HostsGranted
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND, ns
from outage_engine.errors import AskTimedOut

START_UP_NS = 10 * MINUTE
"""From having a network to being of use. Assumed."""
RETRY_NS = 5 * MINUTE
"""Who got none asks again. Assumed; as customers do (`ec2.retry_s`)."""
ANSWER_WITHIN_NS = 5 * SECOND
ENOUGH = 0.01
"""A hundredth of what was wanted is not asked for again."""


@attrs.frozen
class _Starting:
    """Hosts that run and are not of use yet."""

    ready_ns: int
    share: float


class NewHosts:
    """What a component has asked for, what has been launched, and what is ready."""

    def __init__(self, actor: Actor, ec2_api: str) -> None:
        """`actor` asks in its own name; `ec2_api` is the address of the EC2 API."""
        self._actor = actor
        self._ec2_api = ec2_api
        self._wanted = 0.0
        self._enough = 0.0
        self._next_try_ns = 0
        self._starting: list[_Starting] = []
        self._ready = 0.0

    @property
    def ready(self) -> float:
        """Capacity added so far, relative to normal."""
        return self._ready

    @property
    def under_way(self) -> bool:
        """Whether hosts are wanted or starting."""
        return bool(self._wanted or self._starting)

    @property
    def planned(self) -> float:
        """Capacity added when all is done, relative to normal."""
        return self._ready + self._wanted + sum(each.share for each in self._starting)

    async def grow(self, share: float) -> HostsGranted:
        """Ask for so much more (relative to normal); what EC2 said at the first try.

        A refusal means that nothing was begun: the order comes to nothing.
        """
        granted = await self._ask()
        if not granted.refusal:
            self._wanted += share
            self._enough = share * ENOUGH
            self._take(granted)
        return granted

    async def pass_time(self) -> float:
        """Ask again when that is due; capacity that has become of use since the last call."""
        now = self._actor.world.now
        if self._wanted and now >= self._next_try_ns:
            self._take(await self._ask())
        ready = 0.0
        for each in self._starting:
            if each.ready_ns <= now:
                ready += each.share
        self._starting = [each for each in self._starting if each.ready_ns > now]
        self._ready += ready
        return ready

    async def _ask(self) -> HostsGranted:
        try:
            granted = await self._actor.ask(self._ec2_api, AskForHosts(), ANSWER_WITHIN_NS)
        except AskTimedOut:
            return HostsGranted(0.0, 0.0, "the EC2 API does not answer")
        assert isinstance(granted, HostsGranted)
        return granted

    def _take(self, granted: HostsGranted) -> None:
        now = self._actor.world.now
        self._next_try_ns = now + RETRY_NS
        launched = self._wanted * granted.share
        self._wanted -= launched
        if self._wanted <= self._enough:
            self._wanted = 0.0
        if launched:
            ready_ns = now + ns(granted.network_after_s) + START_UP_NS
            self._starting.append(_Starting(ready_ns, launched))
