"""Limits on launches: set, relaxed, met by other limits; and hosts that need launches.

Minutes are those of `LaunchNight`: DynamoDB is away from 10 to 167, DWFM is throttled from 276, all
droplets are leased at 350, and from 403 on the Network Manager is late.
"""

from collections.abc import Callable
from typing import Any

import pytest

from outage_agents.ec2_api import Ec2Api
from outage_agents.messages import AskForHosts, HostsGranted
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND

Build = Callable[..., Any]
LIMIT, RELAX, REDUCE = "ec2.throttle_launches", "ec2.relax_throttle", "nm.reduce_load"
HALF: dict[str, float | str] = {"rate_share": 0.5}
AT_ONCE: dict[str, float | str] = {"steps": 1.0, "every_min": 0.0}
ORDINARY = 1.8
"""The API's ordinary limit, relative to normal demand."""


def test_launches_that_succeed_need_no_limit(launch_night: Build) -> None:
    night = launch_night((5, LIMIT, HALF), until_min=6)
    assert night.results == ["not needed"]
    assert night.ec2(6).throttle == ""


def test_where_no_limit_is_in_force_there_is_none_to_relax(launch_night: Build) -> None:
    assert launch_night((355, RELAX, {}), until_min=356).results == ["not needed"]


@pytest.mark.parametrize(
    ("action", "args"),
    [(LIMIT, {"rate_share": 1.5}), (RELAX, {"steps": 0}), (RELAX, {"every_min": -1})],
)
def test_arguments_beyond_reason_are_refused(
    launch_night: Build, action: str, args: dict[str, float]
) -> None:
    night = launch_night((355, action, args), until_min=356)
    assert night.results[0].startswith("refused: ")


def test_a_limit_holds_launches_down_and_refuses_the_rest(launch_night: Build) -> None:
    limited = launch_night((350, LIMIT, HALF), until_min=480)
    free = launch_night(until_min=480)
    assert limited.launched(420, 480) == pytest.approx(0.5 * ORDINARY, abs=0.02)
    assert free.launched(420, 480) > 1.2
    assert limited.ec2(470).request_limit_per_s > 0
    assert limited.nm(480).wait_s < 0.85 * free.nm(480).wait_s


def test_a_limit_above_what_is_asked_for_limits_nothing(launch_night: Build) -> None:
    loose = launch_night((350, LIMIT, {"rate_share": 1.0}), until_min=480)
    free = launch_night(until_min=480)
    assert loose.results == ["done"]
    assert loose.ec2(480).launched_total == free.ec2(480).launched_total


def test_of_two_limits_the_later_one_wins_also_when_it_is_looser(launch_night: Build) -> None:
    night = launch_night((350, LIMIT, HALF), (420, LIMIT, {"rate_share": 0.9}), until_min=480)
    assert night.results == ["done", "done"]
    assert night.launched(430, 480) > 0.6 * ORDINARY


def test_a_limit_given_again_ends_the_steps_that_were_relaxing_it(launch_night: Build) -> None:
    steps: dict[str, float | str] = {"steps": 4.0, "every_min": 10.0}
    night = launch_night(
        (350, LIMIT, HALF), (420, RELAX, steps), (425, LIMIT, {"rate_share": 0.4}), until_min=490
    )
    assert night.launched(440, 490) == pytest.approx(0.4 * ORDINARY, abs=0.02)


def test_relaxing_again_replaces_the_steps_under_way(launch_night: Build) -> None:
    slow: dict[str, float | str] = {"steps": 8.0, "every_min": 60.0}
    once = launch_night((350, LIMIT, HALF), (420, RELAX, slow), until_min=430)
    again = launch_night(
        (350, LIMIT, HALF), (420, RELAX, slow), (425, RELAX, AT_ONCE), until_min=430
    )
    assert "launches limited to" in once.ec2(430).throttle
    assert again.launched(426, 430) > once.launched(426, 430)


def test_relaxing_in_steps_raises_the_rate_step_by_step(launch_night: Build) -> None:
    steps: dict[str, float | str] = {"steps": 2.0, "every_min": 20.0}
    night = launch_night((350, LIMIT, {"rate_share": 0.2}), (430, RELAX, steps), until_min=470)
    before, first, second = (night.launched(*span) for span in ((420, 430), (431, 449), (452, 470)))
    assert before == pytest.approx(0.2 * ORDINARY, abs=0.02)
    assert first == pytest.approx(0.6 * ORDINARY, abs=0.05)
    assert second > first


def test_lifted_at_once_while_the_network_manager_is_behind_its_backlog_is_back(
    launch_night: Build,
) -> None:
    kept = launch_night((350, LIMIT, HALF), until_min=800)
    lifted = launch_night((350, LIMIT, HALF), (412, RELAX, AT_ONCE), until_min=800)
    assert lifted.nm(504).wait_s > 1.4 * kept.nm(504).wait_s
    assert kept.nm(760).wait_s < 0.25 * kept.nm(600).wait_s
    # Instances without a network are replaced by others: the backlog no longer ends by itself.
    assert lifted.nm(760).wait_s > lifted.nm(600).wait_s


def test_lifted_at_once_when_propagation_is_normal_nothing_comes_back(launch_night: Build) -> None:
    reduce: dict[str, float | str] = {"inflow": 0.6}
    night = launch_night(
        (350, LIMIT, HALF), (504, REDUCE, reduce), (670, RELAX, AT_ONCE), until_min=800
    )
    assert night.nm(660).wait_s < 5
    assert max(night.nm(minute).wait_s for minute in range(670, 801)) < 60
    assert night.ec2(800).throttle == ""


def test_while_the_network_managers_load_is_reduced_its_limit_stays(launch_night: Build) -> None:
    reduce: dict[str, float | str] = {"inflow": 0.3}
    night = launch_night(
        (350, LIMIT, HALF), (430, REDUCE, reduce), (440, RELAX, AT_ONCE), until_min=480
    )
    assert night.results == ["done"] * 3
    # 0.3 of the Network Manager's capacity is half of normal launches.
    assert night.launched(441, 449) == pytest.approx(0.5, abs=0.05)


# Hosts that other components want.


class Asker(Actor):
    """Asks for hosts at minutes."""

    def __init__(self, minutes: list[int]) -> None:
        super().__init__("asker")
        self._minutes = minutes
        self.told: list[HostsGranted] = []

    async def main(self) -> None:
        for minute in self._minutes:
            await self.sleep_until(minute * MINUTE + SECOND)
            told = await self.ask("ec2-api", AskForHosts(), SECOND)
            assert isinstance(told, HostsGranted)
            self.told.append(told)


@pytest.fixture
def hosts(launch_night: Build, monkeypatch: pytest.MonkeyPatch) -> list[HostsGranted]:
    """What the EC2 API says of hosts at minutes 5, 60, 200, 300 and 430."""
    asker = Asker([5, 60, 200, 300, 430])
    begin = Ec2Api.main

    async def main(api: Ec2Api) -> None:
        api.world.add(asker)
        await begin(api)

    monkeypatch.setattr(Ec2Api, "main", main)
    launch_night((350, LIMIT, HALF), until_min=431)
    return asker.told


def test_hosts_are_had_as_launches_are(hosts: list[HostsGranted]) -> None:
    well, without_dynamodb, without_leases, closed, limited = hosts
    assert (well.share, well.refusal) == (1.0, "")
    assert without_dynamodb.refusal == "launches fail: DynamoDB does not answer"
    assert without_leases.refusal == "launches fail: 90% of droplets have no lease"
    assert closed.refusal == "launches are closed until every droplet is leased"
    assert 0.0 < limited.share < 0.7
    assert limited.network_after_s > 120
