"""What tests of orders share: a played operator, played neighbours, and short nights of DNS."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import trio

from outage_agents.actions import merged, parse_act
from outage_agents.dwfm import LeaseReport
from outage_agents.ec2_api import Ec2Api
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    Answer,
    AskForHosts,
    HostsGranted,
    Lookup,
)
from outage_agents.network_manager import NetworkManager
from outage_agents.parameters.ec2 import Ec2Parameters
from outage_agents.parameters.nm import NetworkManagerParameters
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.views import Ec2View, NetworkManagerView
from outage_engine.actor import Actor
from outage_engine.clock import SECOND
from outage_engine.world import World

Order = tuple[float, str, str, dict[str, float | str]]
"""At second, to whom, action id, arguments."""


class Operator(Actor):
    """Gives orders at their times, and keeps what came of them."""

    def __init__(self, orders: Sequence[Order]) -> None:
        super().__init__("operators")
        self._orders = sorted(orders, key=lambda order: order[0])
        self.results: list[ActionResult] = []

    async def main(self) -> None:
        for at_s, to, action, args in self._orders:
            await self.sleep_until(round(at_s * SECOND))
            order = ActionOrder(action, tuple(args.items()))
            result = await self.ask(to, order, 30 * SECOND)
            assert isinstance(result, ActionResult)
            self.results.append(result)


class PlayedResolver(Actor):
    """DynamoDB's name has an address, or not."""

    def __init__(self, has_address: Callable[[float], bool]) -> None:
        super().__init__("resolver-ec2")
        self._has_address = has_address

    async def main(self) -> None:
        while True:
            told = await self.receive()
            if told is not None and isinstance(told.message, Lookup):
                there = self._has_address(self.world.now / SECOND)
                told.reply(Answer(("10.0.0.1",) if there else (), 1.0 if there else 0.0))


class PlayedEc2(Actor):
    """Says how hosts fare, by the second; hears everything else."""

    def __init__(self, granted: Callable[[float], HostsGranted]) -> None:
        super().__init__("ec2-api")
        self._granted = granted
        self.asked_s: list[float] = []
        self.heard: list[object] = []

    async def main(self) -> None:
        while True:
            told = await self.receive()
            assert told is not None
            if isinstance(told.message, AskForHosts):
                self.asked_s.append(self.world.now / SECOND)
                told.reply(self._granted(self.world.now / SECOND))
            else:
                self.heard.append(told.message)


class Sink(Actor):
    """Hears, and says nothing."""

    async def main(self) -> None:
        while True:
            await self.receive()


class Played:
    """A world with an operator and some actors, run to an end."""

    def __init__(
        self,
        actors: Sequence[Actor],
        orders: Sequence[Order],
        until_s: float,
        *,
        posts: Sequence[tuple[float, str, object]] = (),
        watch: Callable[[], object] | None = None,
        every_s: float = 60.0,
    ) -> None:
        self.world = World(1)
        self.operator = Operator(orders)
        for actor in (*actors, self.operator):
            self.world.add(actor)
        for at_s, to, message in posts:
            self.world.call_at(round(at_s * SECOND), self._post, to, message)
        self.seen: dict[float, Any] = {}
        if watch is not None:
            self._watch, self._every_ns = watch, round(every_s * SECOND)
            self.world.call_at(0, self._look)
        self.world.simulate(round(until_s * SECOND))

    def _post(self, to: str, message: object) -> None:
        self.operator.send(to, message)

    def _look(self) -> None:
        self.seen[self.world.now / SECOND] = self._watch()
        self.world.call_after(self._every_ns, self._look)

    @property
    def results(self) -> list[str]:
        """What came of each order."""
        return [result.result for result in self.operator.results]

    @property
    def details(self) -> list[str]:
        return [result.detail for result in self.operator.results]


@pytest.fixture
def played() -> type[Played]:
    """Builds a world of some actors and an operator, and runs it."""
    return Played


@pytest.fixture
def resolver() -> type[PlayedResolver]:
    return PlayedResolver


@pytest.fixture
def ec2() -> type[PlayedEc2]:
    return PlayedEc2


@pytest.fixture
def sink() -> type[Sink]:
    return Sink


class DnsNight:
    """The DNS stage from a quarter of an hour before 23:48, with real operators."""

    def __init__(
        self,
        *acts: str,
        until_min: float = 10.0,
        settings: Sequence[tuple[str, str]] = (),
        faults: Sequence[tuple[float, Callable[[World], object]]] = (),
    ) -> None:
        few = [
            ("epoch_s", "900"),
            ("duration_s", "7200"),
            ("dns.endpoints", "8"),
            ("dns.load_balancers", "20"),
            ("dns.resolvers", "400"),
            ("dns.poll_s", "5"),
        ]
        scenario = Scenario.load("dns-only", (*few, *settings))
        script = merged(tuple(parse_act(act, scenario) for act in acts))
        scenario = scenario.with_script(script)
        self.simulation = Simulation(scenario, until_ns=round((900 + until_min * 60) * SECOND))
        self.world = self.simulation.world
        for at_min, fault in faults:
            at_ns = round((900 + at_min * 60) * SECOND)
            self.world.call_at(at_ns, fault, self.world)
        trio.run(self.simulation.run)
        self.region = self.simulation.region

    @property
    def results(self) -> list[tuple[str, str]]:
        """(action, what came of it), in order."""
        return [(done.id, done.result) for done in self.region.actions()]

    @property
    def details(self) -> list[str]:
        return [done.detail for done in self.region.actions()]

    @property
    def addresses(self) -> int:
        """Addresses of the regional name in Route 53."""
        return self.region.dns.route53.answer_count

    @property
    def enactors(self) -> list[str]:
        """States of the three."""
        return [enactor.snapshot().state for enactor in self.region.dns.enactors]

    def lines(self, words: str) -> list[float]:
        """Minutes after 23:48 at which these words were narrated."""
        return [
            line.t_ns / SECOND / 60 - 15
            for line in self.world.narration.lines
            if words in line.text
        ]


@pytest.fixture
def dns_night() -> type[DnsNight]:
    return DnsNight


class LaunchNight:
    """The EC2 API and the Network Manager of 24,000 droplets, in a night of 950 minutes.

    DynamoDB is away from minute 10 to 167. Leases are lost until minute 350, and DWFM is throttled
    from 276 on. What follows, limited launches and a late Network Manager, is theirs.
    """

    LEASED_MIN = 350

    def __init__(self, *acts: tuple[float, str, dict[str, float | str]], until_min: float) -> None:
        parameters, droplets = Ec2Parameters(), 24_000
        self.api = Ec2Api("ec2-api", parameters, droplets=droplets)
        self.network = NetworkManager(
            "network-manager",
            NetworkManagerParameters(),
            normal_launches_per_s=parameters.demand_per_s(droplets),
        )
        away = PlayedResolver(lambda at_s: not 600 <= at_s < 10_020)
        broken = [(60, 0.3, False), (170, 0.9, False), (276, 0.95, True), (350, 0.0, True)]
        to = {"ec2": "ec2-api", "nm": "network-manager"}
        self.run = Played(
            [away, Sink("dynamodb"), self.api, self.network],
            [(at * 60, to[action.partition(".")[0]], action, args) for at, action, args in acts],
            until_min * 60,
            posts=[
                (
                    at * 60,
                    "ec2-api",
                    LeaseReport(1, 1, droplets, round(lost * droplets), throttled),
                )
                for at, lost, throttled in broken
            ],
            watch=lambda: (self.api.snapshot(), self.network.snapshot()),
        )
        self.results, self.details = self.run.results, self.run.details

    def ec2(self, minute: float) -> Ec2View:
        view = self.run.seen[minute * 60][0]
        assert isinstance(view, Ec2View)
        return view

    def nm(self, minute: float) -> NetworkManagerView:
        view = self.run.seen[minute * 60][1]
        assert isinstance(view, NetworkManagerView)
        return view

    def launched(self, start_min: float, end_min: float) -> float:
        """Launches a second between two minutes, relative to normal demand."""
        count = self.ec2(end_min).launched_total - self.ec2(start_min).launched_total
        return count / (end_min - start_min) / 60 / Ec2Parameters().demand_per_s(24_000)


@pytest.fixture
def launch_night() -> type[LaunchNight]:
    return LaunchNight
