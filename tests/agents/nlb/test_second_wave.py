"""NLB in the morning of 20 October, driven by the Network Manager's waiting time as it was."""

import attrs
import pytest

from outage_agents.messages import ActionOrder, NetworkState
from outage_agents.nlb import (
    Failover,
    failover_log,
    network_state_subscribers,
    nlb_cast,
    nlb_error_share,
    watch_nlb,
    zones_out,
)
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.nlb import NlbParameters
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND, seconds
from outage_engine.world import World

RESUMED_MIN = 10
"""05:28 in minutes of this run, which starts at 05:18."""
DISABLED_MIN = RESUMED_MIN + 248
"""09:36."""


def wait_s(t_s: float) -> float:
    """Waiting time `t_s` after 05:28 (calibration set, Network Manager)."""
    if t_s < 2418:
        return 0.0
    if t_s < 3869:
        return (t_s - 2418) * (t_s - 2418) / 4836
    if t_s < 9278:
        return 435.3 + 0.6 * (t_s - 3869)
    return max(0.0, 3680.7 - 0.4 * (t_s - 9278))


class NetworkManager(Actor):
    """Publishes the waiting time of network state."""

    def __init__(self, subscribers: tuple[str, ...]) -> None:
        super().__init__("network-manager")
        self._subscribers = subscribers

    async def main(self) -> None:
        while True:
            await self.sleep(10 * SECOND)
            t_s = seconds(self.world.now) - RESUMED_MIN * 60
            for name in self._subscribers:
                self.send(name, NetworkState(wait_s(t_s), t_s >= 0.0, t_s < 0.0))


class Operators(Actor):
    """Switch failover off at 09:36."""

    async def main(self) -> None:
        await self.sleep_until(DISABLED_MIN * MINUTE)
        for zone in range(1, 7):
            await self.ask(f"nlb-az{zone}", ActionOrder("nlb.disable_failover"), SECOND)


@attrs.frozen
class Minute:
    """What a minute ended with."""

    removals_total: int
    zones_out: int
    error_share: float
    unhealthy_share_az1: float


class Morning:
    """05:18 to `until_min` later."""

    def __init__(self, parameters: NlbParameters, until_min: int) -> None:
        self.world = World(1)
        self.zones, nodes = nlb_cast(parameters)
        for actor in (*self.zones, *nodes):
            self.world.add(actor)
        self.world.add(NetworkManager(network_state_subscribers(parameters)))
        self.world.add(Operators("operators"))
        watch_nlb(self.world, self.zones, LoadParameters(), epoch_s=-330 * 60)
        self.minutes: list[Minute] = []
        self.world.call_after(MINUTE, self._look)
        self.world.simulate(until_min * MINUTE)
        self.log: tuple[Failover, ...] = failover_log([zone.snapshot() for zone in self.zones])

    def _look(self) -> None:
        self.world.checkers.evaluate(self.world.now)
        self.minutes.append(
            Minute(
                self.world.telemetry.counter("nlb.removals_total").total,
                zones_out(self.zones),
                nlb_error_share(self.zones, 0.65),
                self.zones[0].snapshot().view.unhealthy_share,
            )
        )
        self.world.call_after(MINUTE, self._look)

    def removed_in(self, minute: int) -> int:
        return self.minutes[minute].removals_total - self.minutes[minute - 1].removals_total

    def first_out_min(self, zone: int) -> float:
        """When the zone first left DNS, in minutes after 05:28."""
        first = next(e.t_ns for e in self.log if e.zone == zone and e.event == "out")
        return first / MINUTE - RESUMED_MIN


@pytest.fixture(scope="module")
def morning() -> Morning:
    return Morning(NlbParameters(), DISABLED_MIN + 10)


def test_the_first_errors_are_broken_connections_within_minutes_of_launches(
    morning: Morning,
) -> None:
    assert morning.minutes[RESUMED_MIN - 1].removals_total == 0
    first = next(k for k in range(1, 100) if morning.removed_in(k) >= 3)
    assert RESUMED_MIN <= first <= RESUMED_MIN + 17
    rate = (morning.minutes[60].removals_total - morning.minutes[20].removals_total) / 40
    assert 3 <= rate <= 15


def test_zones_leave_dns_one_after_another_by_how_many_new_hosts_they_have(
    morning: Morning,
) -> None:
    assert 69 <= morning.first_out_min(1) <= 79  # 06:37-06:47
    assert 80 <= morning.first_out_min(2) <= 95  # 06:48-07:03
    assert 105 <= morning.first_out_min(3) <= 125  # 07:13-07:33
    assert {entry.zone for entry in morning.log} == {1, 2, 3}


def test_it_is_lateness_not_unhealthy_nodes_that_trips_a_zone(morning: Morning) -> None:
    trip = RESUMED_MIN + int(morning.first_out_min(1))
    assert morning.minutes[trip].unhealthy_share_az1 < 0.04


def test_connections_fail_for_lack_of_capacity_only_when_three_zones_are_out(
    morning: Morning,
) -> None:
    at_8_31 = morning.minutes[RESUMED_MIN + 183]
    assert at_8_31.zones_out == 3
    assert at_8_31.error_share > 0.2
    before = morning.minutes[RESUMED_MIN + 60]
    assert before.zones_out == 0
    assert before.error_share < 0.01


def test_all_capacity_is_back_within_a_minute_of_switching_failover_off(morning: Morning) -> None:
    before, after = morning.minutes[DISABLED_MIN - 2], morning.minutes[DISABLED_MIN]
    assert before.zones_out >= 2
    assert after.zones_out == 0
    assert after.error_share < 0.01
    assert morning.minutes[-1].removals_total == after.removals_total


def test_the_laws_hold_all_morning(morning: Morning) -> None:
    assert all(law.held for law in morning.world.checkers.report())


def test_with_new_targets_a_zone_goes_for_nodes_that_really_fail() -> None:
    morning = Morning(NlbParameters(flap_source="targets"), RESUMED_MIN + 100)
    trip = RESUMED_MIN + int(morning.first_out_min(1))
    assert morning.minutes[trip].unhealthy_share_az1 > 0.06


def test_without_new_hosts_nothing_ever_leaves_dns() -> None:
    still = NlbParameters(new_hosts_az1=0.0, new_hosts_az2=0.0, new_hosts_az3=0.0)
    morning = Morning(still, DISABLED_MIN)
    assert morning.log == ()
    assert morning.minutes[-1].removals_total == 0
