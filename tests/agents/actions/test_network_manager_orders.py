"""Reducing the load of the Network Manager, and adding hosts to it.

Minutes are those of `LaunchNight`: DynamoDB is away from 10 to 167, launches come back at 350, and
from 403 on propagation is late.
"""

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]
REDUCE, ADD, LIMIT = "nm.reduce_load", "nm.add_capacity", "ec2.throttle_launches"
SIX_TENTHS: dict[str, float | str] = {"inflow": 0.6}
HALF_MORE: dict[str, float | str] = {"factor": 1.5}
LIMITED = (350, LIMIT, {"rate_share": 0.5})


def test_where_nothing_waits_there_is_no_load_to_reduce(launch_night: Build) -> None:
    night = launch_night((5, REDUCE, {}), (6, ADD, {}), until_min=7)
    assert night.results == ["not needed", "not needed"]
    assert not night.nm(7).reduced


def test_arguments_beyond_reason_are_refused(launch_night: Build) -> None:
    night = launch_night((420, REDUCE, {"inflow": 2.0}), (421, ADD, {"factor": 0.5}), until_min=422)
    assert all(result.startswith("refused: ") for result in night.results)


def test_less_load_drains_the_backlog_until_the_wait_is_over(launch_night: Build) -> None:
    night = launch_night(LIMITED, (504, REDUCE, SIX_TENTHS), until_min=720)
    plain = launch_night(LIMITED, until_min=720)
    assert night.nm(505).reduced
    assert night.nm(560).inflow_share == pytest.approx(0.6, abs=0.05)
    assert night.nm(560).wait_s < night.nm(504).wait_s < plain.nm(560).wait_s
    assert night.nm(720).wait_s == 0.0
    assert not night.nm(720).reduced


def test_while_the_load_is_reduced_launches_are_limited(launch_night: Build) -> None:
    night = launch_night((420, REDUCE, {"inflow": 0.3}), until_min=428)
    assert night.launched(421, 428) == pytest.approx(0.5, abs=0.05)
    assert "launches limited to" in night.ec2(428).throttle


def test_a_share_of_one_drains_nothing(launch_night: Build) -> None:
    night = launch_night(LIMITED, (504, REDUCE, {"inflow": 1.0}), until_min=600)
    assert night.nm(600).wait_s > 0.9 * night.nm(505).wait_s


def test_of_two_reductions_the_later_one_wins(launch_night: Build) -> None:
    night = launch_night(
        LIMITED, (504, REDUCE, SIX_TENTHS), (520, REDUCE, {"inflow": 0.2}), until_min=560
    )
    assert night.nm(560).inflow_share == pytest.approx(0.2, abs=0.03)


# New hosts.


@pytest.mark.parametrize("minute", [60, 200, 300])
def test_new_hosts_are_refused_while_launches_fail(launch_night: Build, minute: int) -> None:
    night = launch_night((minute, ADD, HALF_MORE), until_min=minute + 1)
    assert night.results[0].startswith("refused: new hosts are instances; launches ")


def test_new_hosts_are_of_no_use_before_they_have_their_own_network_and_have_started(
    launch_night: Build,
) -> None:
    night = launch_night(LIMITED, (420, ADD, HALF_MORE), until_min=520)
    plain = launch_night(LIMITED, until_min=520)
    waits_min = night.nm(420).wait_s / 60
    assert night.results == ["done", "done"]
    assert "wait" in night.details[1]
    assert night.nm(420 + 10).wait_s == plain.nm(420 + 10).wait_s
    assert night.nm(420 + 10 + waits_min // 1 + 5).wait_s < plain.nm(445).wait_s


def test_new_hosts_come_as_slowly_as_launches_do(launch_night: Build) -> None:
    tight = launch_night((350, LIMIT, {"rate_share": 0.1}), (420, ADD, HALF_MORE), until_min=421)
    loose = launch_night(LIMITED, (420, ADD, HALF_MORE), until_min=421)

    def at_once(night: Any) -> int:
        return int(night.details[1].partition("%")[0])

    assert at_once(tight) < at_once(loose) / 2
    assert at_once(loose) < 100


def test_half_as_many_hosts_again_do_not_keep_propagation_from_getting_late(
    launch_night: Build,
) -> None:
    night = launch_night(LIMITED, (404, ADD, HALF_MORE), until_min=700)
    plain = launch_night(LIMITED, until_min=700)
    worst = max(night.nm(minute).wait_s for minute in range(404, 701))
    assert worst > 1800
    assert worst < max(plain.nm(minute).wait_s for minute in range(404, 701))


def test_hosts_asked_for_twice_are_counted_once(launch_night: Build) -> None:
    night = launch_night(LIMITED, (404, ADD, HALF_MORE), (415, ADD, HALF_MORE), until_min=416)
    assert night.results == ["done", "done", "not needed"]


def test_less_load_brings_the_new_hosts_sooner(launch_night: Build) -> None:
    both = launch_night(LIMITED, (504, REDUCE, SIX_TENTHS), (505, ADD, HALF_MORE), until_min=640)
    reduced = launch_night(LIMITED, (504, REDUCE, SIX_TENTHS), until_min=640)
    assert both.nm(600).wait_s < 0.8 * reduced.nm(600).wait_s
