"""DWFM, the EC2 API and the Network Manager together, from 23:00 to 14:30, in a small Region."""

from collections.abc import Callable, Sequence

import attrs
import pytest

from outage_agents.dwfm import DwfmShard, ShardView, build_shards, leases_view
from outage_agents.ec2_api import Ec2Api
from outage_agents.lease_outlook import all_leased
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    Answer,
    DynamodbConnect,
    LaunchHealth,
    Lookup,
    NetworkState,
)
from outage_agents.network_manager import NetworkManager
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.parameters.ec2 import Ec2Parameters
from outage_agents.parameters.nm import NetworkManagerParameters
from outage_agents.views import Ec2View, LeasesView, NetworkManagerView
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND
from outage_engine.world import World

DROPLETS = 24_000
Act = tuple[int, str, tuple[tuple[str, float | str], ...], str]


def at(hour: int, minute: int, second: int = 0) -> int:
    """A time of that night, in a run that starts at 23:00."""
    return (((hour - 23) % 24) * 60 + minute) * MINUTE + second * SECOND


THROTTLE: Act = (at(4, 14), "dwfm.throttle", (("max_outstanding_share", 0.006),), "dwfm-az")
RESTARTS: list[Act] = [
    (at(4, 14) + zone * 338 * SECOND, "dwfm.restart_hosts", (), f"dwfm-az{zone + 1}-")
    for zone in range(6)
]
LIMIT: Act = (at(5, 28), "ec2.throttle_launches", (("rate_share", 0.5),), "ec2-api")
RELIEF: Act = (at(8, 2, 38), "nm.reduce_load", (("inflow", 0.6),), "network-manager")
RELAX: Act = (at(11, 23), "ec2.relax_throttle", (("steps", 8), ("every_min", 21)), "ec2-api")
AS_HISTORY = [THROTTLE, *RESTARTS, LIMIT, RELIEF, RELAX]


class Resolver(Actor):
    """The endpoint has an address, except in the outage."""

    def __init__(self, outage: bool) -> None:
        super().__init__("resolver-ec2")
        self._outage = outage

    async def main(self) -> None:
        while True:
            told = await self.receive()
            if told is not None and isinstance(told.message, Lookup):
                away = self._outage and at(23, 48) <= self.world.now < at(2, 25)
                told.reply(Answer(() if away else ("10.0.0.1",), 0.0 if away else 1.0))


class Listener(Actor):
    """Keeps what it hears, with the time."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.heard: list[tuple[int, object]] = []

    async def main(self) -> None:
        while True:
            told = await self.receive()
            if told is not None and not isinstance(told.message, DynamodbConnect):
                self.heard.append((self.world.now, told.message))


class Operators(Actor):
    """Carry out a script, and keep the results."""

    def __init__(self, script: Sequence[Act], names: Sequence[str]) -> None:
        super().__init__("operators")
        self._script, self._names = sorted(script, key=lambda act: act[0]), names
        self.results: list[tuple[str, str, ActionResult]] = []

    async def main(self) -> None:
        for at_ns, action, args, prefix in self._script:
            await self.sleep_until(at_ns)
            for name in self._names:
                if name.startswith(prefix):
                    result = await self.ask(name, ActionOrder(action, args), SECOND)
                    self.results.append((name, action, result))


@attrs.frozen
class Minute:
    """The three of them at one minute."""

    leases: LeasesView
    ec2: Ec2View
    network: NetworkManagerView
    throttle_on: bool
    success_share: float


class Night:
    """A run, watched every minute."""

    def __init__(self, script: Sequence[Act], until: int, *, outage: bool = True) -> None:
        self.world = World(seed=1)
        ec2 = Ec2Parameters()
        shards = build_shards(attrs.evolve(DwfmParameters(), shards_per_zone=1), DROPLETS)
        self.shards = shards
        self.api = Ec2Api("ec2-api", ec2, droplets=DROPLETS, subscribers=("listener",))
        self.network = NetworkManager(
            "network-manager",
            NetworkManagerParameters(),
            normal_launches_per_s=ec2.demand_per_s(DROPLETS),
            subscribers=("listener",),
        )
        self.listener = Listener("listener")
        names = [*(shard.name for shard in shards), "ec2-api", "network-manager"]
        self.operators = Operators(script, names)
        cast: list[Actor] = [Resolver(outage), Listener("dynamodb"), self.listener]
        for actor in [*cast, self.network, self.api, *shards, self.operators]:
            self.world.add(actor)
        self.minutes: dict[int, Minute] = {}
        self.world.call_at(5 * SECOND, self._watch)
        self.world.simulate(until)

    def _watch(self) -> None:
        telemetry = self.world.telemetry
        views = [shard.snapshot() for shard in self.shards]
        self.minutes[self.world.now // MINUTE * MINUTE] = Minute(
            leases_view(views, self.world.now),
            self.api.snapshot(),
            self.network.snapshot(),
            telemetry.value("ec2.throttle_on") == 1.0,
            telemetry.value("ec2.success_share"),
        )
        self.world.checkers.evaluate(self.world.now)
        self.world.call_after(MINUTE, self._watch)

    def first(self, holds: Callable[[Minute], bool], after: int) -> int:
        """The first minute after `after` at which it holds."""
        return next(now for now, minute in self.minutes.items() if now > after and holds(minute))


@pytest.fixture(scope="module")
def night() -> Night:
    return Night(AS_HISTORY, at(14, 30))


def test_leases_come_back_at_half_past_five(night: Night) -> None:
    minutes = night.minutes
    assert minutes[at(2, 24)].leases.broken / DROPLETS == pytest.approx(0.61, abs=0.05)
    assert minutes[at(4, 13)].leases.broken / DROPLETS > 0.9
    gained = minutes[at(4, 13)].leases.established_total
    assert minutes[at(2, 31)].leases.established_total == gained
    done = night.first(lambda m: all_leased(m.leases.broken, DROPLETS), at(4, 14))
    assert abs(done - at(5, 28)) <= 6 * MINUTE


def test_the_verdict_says_what_the_shards_do(night: Night) -> None:
    verdicts = {time: night.minutes[time].leases.verdict for time in night.minutes}
    assert verdicts[at(23, 40)] == "stable"
    assert verdicts[at(1, 30)] == "losing leases"
    assert verdicts[at(3, 20)] == "metastable"
    assert verdicts[at(5, 0)] == "draining"
    assert verdicts[at(6, 0)] == "stable"
    done_ns = night.minutes[at(5, 0)].leases.done_ns
    assert done_ns is not None
    assert abs(done_ns - at(5, 28)) < 20 * MINUTE


def test_launches_fail_then_find_no_droplet_then_meet_a_limit(night: Night) -> None:
    minutes = night.minutes
    assert minutes[at(23, 40)].ec2.failed_per_s == 0
    assert minutes[at(1, 0)].ec2.launched_per_s == 0
    assert minutes[at(1, 0)].ec2.failed_per_s > 0
    assert minutes[at(3, 30)].ec2.insufficient_capacity_per_s > 0
    assert minutes[at(4, 50)].ec2.launched_per_s == 0
    assert minutes[at(4, 50)].ec2.throttle == "closed until every droplet is leased"
    assert minutes[at(6, 10)].ec2.launched_total > minutes[at(5, 20)].ec2.launched_total
    assert minutes[at(6, 10)].ec2.request_limit_per_s > 0


def test_propagation_is_late_from_about_twenty_past_six_until_half_past_ten(night: Night) -> None:
    late = night.first(lambda m: m.network.wait_s > 120, at(5, 0))
    normal = night.first(lambda m: m.network.wait_s < 5, at(7, 0))
    assert abs(late - at(6, 21)) <= 5 * MINUTE
    assert abs(normal - at(10, 36)) <= 8 * MINUTE
    assert night.minutes[at(8, 0)].network.inflow_share == pytest.approx(1.6, abs=0.15)
    assert night.minutes[at(8, 30)].network.inflow_share == pytest.approx(0.6, abs=0.1)
    assert night.minutes[at(8, 0)].ec2.without_network > 0


def test_launches_are_normal_when_the_last_limit_is_gone(night: Night) -> None:
    normal = night.first(lambda m: not m.throttle_on and m.success_share > 0.99, at(5, 28))
    assert abs(normal - at(13, 50)) <= 15 * MINUTE
    relapses = [now for now, m in night.minutes.items() if now > normal and m.network.wait_s > 5]
    assert not relapses


def test_who_depends_on_launches_hears_of_them(night: Night) -> None:
    networks = [m for _, m in night.listener.heard if isinstance(m, NetworkState)]
    launches = [m for _, m in night.listener.heard if isinstance(m, LaunchHealth)]
    assert (networks[0].resumed, networks[0].normal) == (False, True)
    assert any(state.resumed and not state.normal for state in networks)
    assert (networks[-1].resumed, networks[-1].normal) == (True, True)
    assert launches[0].success_share > 0.99
    assert min(health.success_share for health in launches) == 0.0
    assert launches[-1].success_share > 0.99


def test_every_launch_has_one_outcome_and_no_lease_is_counted_twice(night: Night) -> None:
    assert [view.held for view in night.world.checkers.report()] == [True, True]


def test_all_actions_are_done_in_the_night_they_were_made_for(night: Night) -> None:
    assert {result.result for _, _, result in night.operators.results} == {"done"}


def test_without_an_outage_there_is_nothing_to_do() -> None:
    hours = 5 * 60 * MINUTE
    early = [(at_ns - hours, name, args, who) for at_ns, name, args, who in AS_HISTORY]
    quiet = Night(early, at(6, 25), outage=False)
    assert {result.result for _, _, result in quiet.operators.results} == {"not needed"}
    assert max(m.network.wait_s for m in quiet.minutes.values()) == 0
    assert not any(m.throttle_on for m in quiet.minutes.values())
    assert min(m.success_share for m in quiet.minutes.values()) > 0.99
    assert max(m.leases.broken for m in quiet.minutes.values()) < 12


def test_without_the_actions_of_04_14_nothing_drains() -> None:
    stuck = Night([], at(5, 1))
    assert stuck.minutes[at(5, 0)].leases.broken > 0.9 * DROPLETS
    assert stuck.minutes[at(5, 0)].leases.verdict == "metastable"
    assert stuck.minutes[at(5, 0)].success_share < 0.05


def test_without_a_limit_on_launches_the_wait_is_longer(night: Night) -> None:
    free = Night([THROTTLE, *RESTARTS], at(7, 0))
    assert free.minutes[at(6, 59)].network.wait_s > 1.05 * night.minutes[at(6, 59)].network.wait_s


def test_without_relief_the_wait_goes_on_rising(night: Night) -> None:
    unrelieved = Night([THROTTLE, *RESTARTS, LIMIT], at(8, 40))
    assert unrelieved.minutes[at(8, 39)].network.wait_s > 1.3 * (
        night.minutes[at(8, 39)].network.wait_s
    )


def test_relaxing_all_at_once_in_the_middle_makes_it_worse(night: Night) -> None:
    at_once: Act = (at(6, 30), "ec2.relax_throttle", (("steps", 1), ("every_min", 0)), "ec2-api")
    hasty = Night([THROTTLE, *RESTARTS, LIMIT, at_once], at(7, 30))
    late = at(7, 29)
    assert hasty.minutes[late].network.wait_s > 1.05 * night.minutes[late].network.wait_s


def test_the_same_seed_gives_the_same_night() -> None:
    digests = {Night([THROTTLE], at(0, 30)).world.digest for _ in range(2)}
    assert len(digests) == 1


def test_a_fleet_without_a_shard_that_ran_is_stable() -> None:
    shard = DwfmShard("dwfm-az1-1", DwfmParameters(), zone=1, shard=1, droplets=10)
    view: ShardView = shard.snapshot()
    fleet = leases_view([view], 0)
    assert (fleet.droplets, fleet.broken, fleet.verdict) == (10, 0, "stable")
