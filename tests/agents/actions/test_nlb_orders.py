"""Automatic failover off and on, limits, zones put back by hand, more nodes; a zone really lost.

Six zones with one played checker each, unless a test says that the checkers are real.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from outage_agents.health_check import CheckReport, HealthCheckNode, NodesAdded
from outage_agents.messages import HostsGranted, NetworkState, NodesLost, ZoneCapacity
from outage_agents.nlb import NlbZone, capacity_share, nlb_cast, nlb_error_share, zones_out
from outage_agents.parameters.nlb import NlbParameters
from outage_agents.service import ZonesInUse
from outage_engine.actor import Actor

Build = Callable[..., Any]
NAMES = tuple(f"nlb-az{zone}" for zone in range(1, 7))
OFF, ON = "nlb.disable_failover", "nlb.enable_failover"
LIMIT, RESTORE, ADD = "nlb.set_velocity_limit", "nlb.restore_zone", "nlb.add_nodes"
OF_EVERYTHING, REFUSED = HostsGranted(1.0, 0.0), HostsGranted(0.0, 0.0, "launches fail: no lease")
Act = tuple[float, str, dict[str, float | str]]


class Hears(Actor):
    """Keeps what it hears, with the second."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.heard: list[tuple[int, object]] = []

    async def main(self) -> None:
        while True:
            told = await self.receive()
            assert told is not None
            self.heard.append((round(self.world.now / 1e9), told.message))


class Stage:
    """A run: `unknown` of a zone's nodes from a second on; orders go to all zones."""

    def __init__(
        self,
        played: Build,
        ec2: Build,
        *acts: Act,
        unknown: Sequence[tuple[float, int, int]] = (),
        lost: Sequence[tuple[float, int, float]] = (),
        until_s: float = 900,
        hosts: HostsGranted = OF_EVERYTHING,
        real_checkers: bool = False,
    ) -> None:
        self.service, self.checker = Hears("service"), Hears("checker-1")
        checkers: tuple[HealthCheckNode, ...] = ()
        if real_checkers:
            self.zones, checkers = nlb_cast(NlbParameters(), ("service",))
        else:
            self.zones = tuple(
                NlbZone(
                    zone,
                    NlbParameters(),
                    checkers=(f"checker-{zone}",),
                    peers=NAMES,
                    subscribers=("service",),
                )
                for zone in range(1, 7)
            )
        others = [Hears(f"checker-{zone}") for zone in range(2, 7)]
        reports = [
            (at_s, f"nlb-az{zone}", CheckReport(f"checker-{zone}", 0, nodes, 0, 0, 0, 0.0, 0.0))
            for at_s, zone, nodes in unknown
        ]
        losses = [(at_s, f"nlb-az{zone}", NodesLost(share)) for at_s, zone, share in lost]
        self.run = played(
            [*self.zones, *checkers, self.service, self.checker, *others, ec2(lambda _: hosts)],
            [(at_s, name, action, args) for at_s, action, args in acts for name in NAMES],
            until_s,
            posts=[*reports, *losses],
            watch=lambda: (zones_out(self.zones), nlb_error_share(self.zones, 0.6)),
            every_s=10,
        )
        self.results = [self.run.results[k : k + 6] for k in range(0, len(self.run.results), 6)]

    def out(self, at_s: float) -> int:
        return int(self.run.seen[at_s][0])

    def errors(self, at_s: float) -> float:
        return float(self.run.seen[at_s][1])

    def told(self) -> list[tuple[int, ZoneCapacity]]:
        return [(s, told) for s, told in self.service.heard if isinstance(told, ZoneCapacity)]


@pytest.fixture
def stage(played: Build, ec2: Build) -> Build:
    def build(*acts: Act, **changes: Any) -> Stage:
        return Stage(played, ec2, *acts, **changes)

    return build


FLAPPING = (10, 1, 0.02)
"""A few nodes of zone 1 that look unhealthy, without which nobody switches anything off."""
TWO_LATE = [(100, 1, 800), (100, 2, 800)]


@pytest.mark.parametrize("action", [OFF, ON, RESTORE])
def test_where_all_is_well_there_is_nothing_to_switch(stage: Build, action: str) -> None:
    assert stage((50, action, {}), until_s=60).results == [["not needed"] * 6]


# Automatic failover.


def test_failover_off_brings_every_zone_back_at_once_and_for_good(stage: Build) -> None:
    run = stage((400, OFF, {}), unknown=TWO_LATE)
    assert run.results == [["done"] * 6]
    assert (run.out(390), run.out(410)) == (2, 0)
    assert run.out(890) == 0


def test_failover_switched_off_twice_is_off(stage: Build) -> None:
    run = stage((400, OFF, {}), (410, OFF, {}), unknown=TWO_LATE, until_s=420)
    assert run.results[1] == ["not needed"] * 6


def test_failover_on_again_while_checks_are_late_takes_the_zones_out_again(stage: Build) -> None:
    run = stage((400, OFF, {}), (600, ON, {}), unknown=TWO_LATE)
    assert run.results[1] == ["done"] * 6
    assert (run.out(590), run.out(620)) == (0, 2)


def test_failover_on_again_when_checks_are_on_time_changes_nothing(stage: Build) -> None:
    run = stage(
        (400, OFF, {}), (800, ON, {}), unknown=[*TWO_LATE, (500, 1, 0), (500, 2, 0)], until_s=1000
    )
    assert run.out(990) == 0


def test_a_zone_that_is_really_lost_leaves_dns_within_two_minutes(stage: Build) -> None:
    run = stage(lost=[(100, 3, 1.0)], real_checkers=True, until_s=400)
    assert run.errors(90) == 0.0
    assert run.errors(110) == pytest.approx(1 / 6, abs=0.01)
    assert run.out(220) == 1
    assert run.errors(220) == 0.0


def test_with_failover_left_off_a_lost_zone_costs_a_sixth_of_all_connections(
    stage: Build,
) -> None:
    run = stage((95, OFF, {}), lost=[FLAPPING, (100, 3, 1.0)], real_checkers=True, until_s=1800)
    assert run.results == [["done"] * 6]
    for at_s in (110, 220, 900, 1790):
        assert run.out(at_s) == 0
        assert run.errors(at_s) == pytest.approx(1 / 6, abs=0.01)


def test_failover_on_again_takes_the_lost_zone_out(stage: Build) -> None:
    run = stage(
        (95, OFF, {}),
        (600, ON, {}),
        lost=[FLAPPING, (100, 3, 1.0)],
        real_checkers=True,
        until_s=700,
    )
    assert run.errors(590) == pytest.approx(1 / 6, abs=0.01)
    assert (run.out(620), run.errors(690) < 0.01) == (1, True)


def test_services_feel_a_lost_zone_at_once_and_follow_dns_when_its_ttl_has_passed(
    stage: Build,
) -> None:
    run = stage(lost=[(100, 3, 1.0)], real_checkers=True, until_s=400)
    zones = ZonesInUse(0)
    felt = []
    for at_s, told in run.told():
        zones.hear(told, at_s)
        zones.capacity_share(at_s)
        felt.append((at_s, zones.lost_share()))
    assert felt[0][0] == 100
    assert felt[0][1] == pytest.approx(1 / 6)
    assert felt[-1][1] == 0.0
    assert felt[-1][0] >= 100 + 60


# The velocity limit.


def test_a_limit_set_late_brings_the_zones_beyond_it_back(stage: Build) -> None:
    run = stage((400, LIMIT, {"zones": 1.0}), unknown=TWO_LATE)
    assert run.results == [["done"] * 6]
    assert (run.out(390), run.out(410), run.out(890)) == (2, 1, 1)


def test_under_a_limit_a_second_zone_that_is_really_lost_stays_in(stage: Build) -> None:
    run = stage(
        (50, LIMIT, {"zones": 1.0}),
        lost=[(100, 3, 1.0), (100, 4, 1.0)],
        real_checkers=True,
        until_s=500,
    )
    assert run.out(490) == 1
    assert run.errors(490) == pytest.approx(1 / 5)


def test_of_two_limits_the_later_one_wins(stage: Build) -> None:
    run = stage((400, LIMIT, {"zones": 0.0}), (600, LIMIT, {"zones": 2.0}), unknown=TWO_LATE)
    assert (run.out(590), run.out(890)) == (0, 2)


def test_a_limit_set_while_failover_is_off_holds_when_it_is_on_again(stage: Build) -> None:
    run = stage((400, OFF, {}), (450, LIMIT, {"zones": 1.0}), (600, ON, {}), unknown=TWO_LATE)
    assert (run.out(590), run.out(890)) == (0, 1)


# Zones put back by hand.


def test_a_zone_put_back_is_out_again_while_its_checks_are_late(stage: Build) -> None:
    run = stage((400, RESTORE, {"zones": "1"}), unknown=TWO_LATE)
    assert run.results == [["done"] + ["not needed"] * 5]
    assert (run.out(390), run.out(410)) == (2, 1)
    assert run.out(520) == 2
    assert [told.in_service for _, told in run.told() if told.zone == 1] == [False, True, False]


def test_a_zone_put_back_when_its_checks_are_good_stays(stage: Build) -> None:
    run = stage((400, RESTORE, {"zones": "all"}), unknown=[*TWO_LATE, (395, 1, 0), (395, 2, 0)])
    assert run.results == [["done", "done"] + ["not needed"] * 4]
    assert {run.out(at_s) for at_s in (410, 500, 600, 890)} == {0}


def test_with_failover_off_there_is_no_zone_to_put_back(stage: Build) -> None:
    run = stage((400, OFF, {}), (420, RESTORE, {}), unknown=TWO_LATE, until_s=430)
    assert run.results[1] == ["not needed"] * 6


# More nodes.


def test_new_nodes_are_refused_while_launches_fail(stage: Build) -> None:
    run = stage((100, ADD, {"factor": 1.5}), hosts=REFUSED)
    assert run.results == [[f"refused: new nodes are instances; {REFUSED.refusal}"] * 6]
    assert capacity_share(run.zones) == 1.0


def test_new_nodes_carry_more_once_they_have_started_up(stage: Build) -> None:
    run = stage((100, ADD, {"factor": 1.5}), until_s=900)
    assert capacity_share(run.zones) == pytest.approx(1.5)
    first = run.told()[0]
    assert first[0] >= 100 + 600
    assert first[1].healthy_share == pytest.approx(1.5)


def test_more_nodes_make_checks_take_longer(stage: Build) -> None:
    run = stage((100, ADD, {"factor": 1.5}), until_s=900)
    assert [told for _, told in run.checker.heard] == [NodesAdded(1.5)]


def test_more_nodes_keep_the_checkers_busier_in_the_same_trouble(played: Build) -> None:
    def load(posts: list[tuple[float, str, object]]) -> float:
        zones, checkers = nlb_cast(NlbParameters())
        late = (10.0, "nlb-az1", NetworkState(2000.0, True, False))
        played([*zones, *checkers], [], 300, posts=[late, *posts])
        return float(zones[0].snapshot().view.utilisation)

    plain = load([])
    more = load([(11.0, f"health-check-az1-{k}", NodesAdded(1.5)) for k in range(1, 8)])
    assert plain > 1
    assert more > 1.3 * plain


def test_nodes_asked_for_twice_are_counted_once(stage: Build) -> None:
    run = stage((100, ADD, {"factor": 1.5}), (200, ADD, {"factor": 1.5}), until_s=900)
    assert run.results == [["done"] * 6, ["not needed"] * 6]
    assert capacity_share(run.zones) == pytest.approx(1.5)
