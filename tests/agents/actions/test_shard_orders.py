"""What operators can do to DWFM: one shard of 400 droplets, DynamoDB away for 157 minutes.

A minute of these runs is a minute after 23:00: DynamoDB is gone from 48 to 205 (02:25), and the
collapse is complete long before 314 (04:14).
"""

from collections.abc import Callable
from typing import Any

import pytest

from outage_agents.dwfm import DwfmShard, ShardView
from outage_agents.messages import HostsGranted
from outage_agents.parameters.dwfm import DwfmParameters
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE

Build = Callable[..., Any]
SHARD = "dwfm-az1-1"
THROTTLE, LIFT = "dwfm.throttle", "dwfm.lift_throttle"
RESTART, DROP, ADD = "dwfm.restart_hosts", "dwfm.drop_stale_work", "dwfm.add_hosts"
SHARE: dict[str, float | str] = {"max_outstanding_share": 0.006}
Act = tuple[float, str, dict[str, float | str]]

BOTH: tuple[Act, Act] = ((314, THROTTLE, SHARE), (314, RESTART, {}))

OF_EVERYTHING = HostsGranted(1.0, 60.0)
REFUSED = HostsGranted(0.0, 0.0, "launches fail: 90 % of droplets have no lease")


@pytest.fixture
def night(played: Build, resolver: Build, ec2: Build, sink: Build) -> Build:
    """Runs the shard with orders at minutes of the run, up to a minute."""

    def run(
        *acts: Act, until_min: float, outage: bool = True, hosts: HostsGranted = OF_EVERYTHING
    ) -> Any:
        shard = DwfmShard(SHARD, DwfmParameters(), zone=1, shard=1, droplets=400)
        away = resolver(lambda at_s: not (outage and 2880 <= at_s < 12_300))
        actors = [away, sink("dynamodb"), ec2(lambda _: hosts), shard]
        orders = [(minute * 60, SHARD, action, args) for minute, action, args in acts]
        return played(actors, orders, until_min * 60, watch=shard.snapshot)

    return run


def at(run: Any, minute: float) -> ShardView:
    view = run.seen[minute * 60]
    assert isinstance(view, ShardView)
    return view


def broken(run: Any, minute: float) -> int:
    return at(run, minute).counts.broken


# When there is nothing wrong.


@pytest.mark.parametrize("action", [THROTTLE, RESTART, DROP, ADD])
def test_a_shard_that_is_well_needs_no_help(night: Build, action: str) -> None:
    run = night((20, action, {}), until_min=21, outage=False)
    assert run.results == ["not needed"]
    assert at(run, 20).throttle_share == 0.0


def test_what_is_not_throttled_cannot_be_lifted(night: Build) -> None:
    assert night((320, LIFT, {}), until_min=321).results == ["not needed"]


def test_arguments_beyond_reason_are_refused(night: Build) -> None:
    run = night(
        (320, THROTTLE, {"max_outstanding_share": 2.0}), (321, ADD, {"factor": 0.5}), until_min=322
    )
    assert all(result.startswith("refused: ") for result in run.results)


# Effects, and what goes wrong.


def test_throttle_and_restart_together_drain_the_shard_in_three_quarters_of_an_hour(
    night: Build,
) -> None:
    run = night((314, THROTTLE, SHARE), (314, RESTART, {}), until_min=375)
    assert broken(run, 313) > 0.93 * 400
    assert broken(run, 340) < 0.4 * 400
    assert broken(run, 370) < 5
    assert run.results == ["done", "done"]


def test_a_throttle_alone_leaves_the_stale_queue_in_the_way_for_hours(night: Build) -> None:
    run = night((314, THROTTLE, SHARE), until_min=500)
    assert run.results == ["done"]
    assert at(run, 500).counts.queue > at(run, 314).counts.queue / 2
    assert broken(run, 500) > 0.93 * 400


def test_a_restart_alone_collapses_again(night: Build) -> None:
    run = night((314, RESTART, {}), until_min=420)
    assert "queued attempts are gone" in run.details[0]
    before, after = at(run, 314).counts, at(run, 330).counts
    assert 0 < after.established - before.established < 0.2 * 400
    assert broken(run, 420) > 0.8 * 400


def test_dropping_stale_work_alone_helps_no_longer(night: Build) -> None:
    run = night((314, DROP, {}), until_min=420)
    assert "attempts dropped" in run.details[0]
    assert at(run, 315).counts.queue < at(run, 314).counts.queue / 5
    assert broken(run, 420) > 0.8 * 400


def test_dropping_stale_work_with_a_throttle_drains_but_later_than_a_restart(
    night: Build,
) -> None:
    run = night((314, THROTTLE, SHARE), (314, DROP, {}), until_min=400)
    # The work of the last two minutes is not stale yet, and is done first, too late.
    assert broken(run, 326) > 0.93 * 400
    assert broken(run, 395) < 5


def test_a_restart_during_the_drain_loses_fresh_attempts_and_the_time_to_start_up(
    night: Build,
) -> None:
    plain = night(*BOTH, until_min=341)
    again = night(*BOTH, *((320 + 2 * k, RESTART, {}) for k in range(10)), until_min=341)
    assert again.results[2:] == ["done"] * 10
    assert broken(again, 341) > broken(plain, 341) + 0.1 * 400


def test_hosts_that_are_restarted_all_the_time_serve_nothing(night: Build) -> None:
    run = night(*BOTH, *((314.5 + k / 2, RESTART, {}) for k in range(41)), until_min=335)
    assert at(run, 335).counts.established == at(run, 314).counts.established


def test_a_throttle_lifted_too_fast_collapses_again(night: Build) -> None:
    run = night(*BOTH, (330, LIFT, {}), until_min=400)
    assert run.results == ["done"] * 3
    assert 0.3 * 400 < broken(run, 330) < 0.7 * 400
    assert broken(run, 400) > 0.5 * 400
    assert at(run, 400).counts.established - at(run, 350).counts.established < 10


def test_a_throttle_lifted_when_nearly_all_is_leased_does_no_harm(night: Build) -> None:
    run = night(*BOTH, (357, LIFT, {}), until_min=375)
    assert 0 < broken(run, 357) < 0.06 * 400
    assert broken(run, 374) < 5
    assert at(run, 375).throttle_share == 0.0


# Two actions that meet.


def test_of_two_throttles_the_later_one_wins(night: Build) -> None:
    run = night(
        (314, THROTTLE, {"max_outstanding_share": 0.5}), (316, THROTTLE, SHARE), until_min=318
    )
    assert at(run, 315).throttle_share == 0.5
    assert at(run, 318).throttle_share == 0.006


def test_a_looser_throttle_given_later_brings_the_collapse_back(night: Build) -> None:
    run = night(*BOTH, (325, THROTTLE, {"max_outstanding_share": 0.9}), until_min=400)
    assert broken(run, 400) > 0.5 * 400


def test_a_restart_keeps_the_throttle_that_is_in_force(night: Build) -> None:
    run = night((314, THROTTLE, SHARE), (320, RESTART, {}), until_min=325)
    assert at(run, 325).throttle_share == 0.006
    assert at(run, 325).counts.in_flight <= 2


# New hosts.


def test_new_hosts_are_refused_while_launches_fail(night: Build) -> None:
    run = night((300, ADD, {"factor": 2.0}), until_min=340, hosts=REFUSED)
    assert run.results == [f"refused: new hosts are instances; {REFUSED.refusal}"]
    assert at(run, 340).capacity_units_s == at(run, 299).capacity_units_s


def test_new_hosts_work_when_they_have_a_network_and_have_started_up(night: Build) -> None:
    run = night((300, ADD, {"factor": 2.0}), until_min=320)
    before = at(run, 299).capacity_units_s
    assert at(run, 310).capacity_units_s == before
    assert at(run, 313).capacity_units_s == pytest.approx(2 * before)


def test_twice_the_hosts_do_not_end_the_collapse(night: Build) -> None:
    run = night((300, ADD, {"factor": 2.0}), until_min=420)
    assert broken(run, 420) > 0.8 * 400


def test_hosts_that_launch_a_few_at_a_time_come_a_few_at_a_time(night: Build) -> None:
    run = night((300, ADD, {"factor": 2.0}), until_min=330, hosts=HostsGranted(0.25, 0.0))
    before = at(run, 299).capacity_units_s
    grown = [at(run, minute).capacity_units_s / before for minute in (312, 317, 322)]
    assert grown == pytest.approx([1.25, 1.4375, 1.578125])


def test_hosts_asked_for_twice_are_counted_once(night: Build) -> None:
    run = night((300, ADD, {"factor": 2.0}), (305, ADD, {"factor": 2.0}), until_min=320)
    assert run.results == ["done", "not needed"]
    assert at(run, 320).capacity_units_s == pytest.approx(2 * at(run, 299).capacity_units_s)


def test_more_hosts_during_the_drain_shorten_it(night: Build) -> None:
    plain = night(*BOTH, until_min=345)
    more = night(*BOTH, (314, ADD, {"factor": 3.0}), until_min=345)
    assert broken(more, 345) < broken(plain, 345) - 30


@pytest.mark.parametrize(("droplets", "drains"), [(38, True), (30, False)])
def test_a_shard_too_small_for_its_deadline_is_not_helped_by_the_tightest_throttle(
    played: Build, resolver: Build, sink: Build, ec2: Build, droplets: int, drains: bool
) -> None:
    # 24 shards of 38 droplets are the fewest a scenario may have: 900 (`droplets`).
    shard = DwfmShard(SHARD, DwfmParameters(), zone=1, shard=1, droplets=droplets)
    away = resolver(lambda at_s: not 2880 <= at_s < 12_300)
    run = played(
        [away, sink("dynamodb"), ec2(lambda _: OF_EVERYTHING), shard],
        [(at_min * 60, SHARD, action, args) for at_min, action, args in BOTH],
        500 * 60,
        watch=shard.snapshot,
    )
    assert at(run, 314).throttle_share == 0.0
    assert (broken(run, 500) < 5) == drains


def test_hosts_that_were_added_are_still_there_after_a_crash(
    played: Build, resolver: Build, sink: Build, ec2: Build
) -> None:
    shard = DwfmShard(SHARD, DwfmParameters(), zone=1, shard=1, droplets=400)

    class Crash(Actor):
        async def main(self) -> None:
            await self.sleep_until(320 * MINUTE)
            self.world.kill(SHARD)
            self.world.restart(SHARD)

    away = resolver(lambda at_s: not 2880 <= at_s < 12_300)
    run = played(
        [away, sink("dynamodb"), ec2(lambda _: OF_EVERYTHING), shard, Crash("crash")],
        [(300 * 60, SHARD, ADD, {"factor": 2.0})],
        325 * 60,
        watch=shard.snapshot,
    )
    assert at(run, 324).capacity_units_s == pytest.approx(2 * at(run, 299).capacity_units_s)
