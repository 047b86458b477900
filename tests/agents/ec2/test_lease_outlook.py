"""The verdict on the leases: right for one shard by arithmetic, and right through whole nights."""

from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.actions import load_script, without
from outage_agents.droplet_leases import LeaseCounts
from outage_agents.dwfm import ShardView, leases_view
from outage_agents.lease_outlook import Fleet, offered_load, shard_outlook
from outage_agents.parameters.dwfm import DwfmParameters
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.clock import MINUTE, ns

if TYPE_CHECKING:
    from outage_agents.views import LeasesView

DROPLETS = 41_667
BROKEN_CRITICAL = 0.067
"""Share of broken leases from which the load is about capacity (calibration.md)."""
QUICK = (("dns.endpoints", "20"), ("dwfm.shards_per_zone", "1"))
DWFM_ACTIONS = ("dwfm.throttle", "dwfm.restart_hosts")


def shard(
    broken: float = 0.0,
    *,
    wait_s: float = 0.0,
    dynamodb: bool = True,
    throttle: float = 0.0,
    established_per_s: float = 0.0,
    lost_per_s: float = 0.0,
    parameters: DwfmParameters | None = None,
) -> ShardView:
    """A shard with a share of its leases broken."""
    p = parameters or DwfmParameters()
    capacity = DROPLETS / (p.state_check_s * p.normal_load) * p.capacity_factor
    count = round(broken * DROPLETS)
    counts = LeaseCounts(DROPLETS, count, 0, 0, 0, 0, 0, 0, 0, ns(wait_s))
    return ShardView(
        1, 1, counts, capacity, throttle, established_per_s, lost_per_s, 0.0, dynamodb, 0.0, p
    )


# One shard, by arithmetic.


def test_a_shard_with_all_its_leases_is_stable() -> None:
    assert shard_outlook(shard()).verdict == "stable"


def test_without_dynamodb_leases_are_lost_however_few_are_broken_yet() -> None:
    assert shard_outlook(shard(0.0, dynamodb=False)).verdict == "losing leases"
    assert shard_outlook(shard(1.0, dynamodb=False)).verdict == "losing leases"


def test_the_load_reaches_capacity_at_the_critical_number_of_broken_leases() -> None:
    renewals = offered_load(shard(0.0))
    assert renewals == pytest.approx(0.6, abs=0.01)
    of_establishing = offered_load(shard(BROKEN_CRITICAL)) - renewals * (1 - BROKEN_CRITICAL)
    assert of_establishing == pytest.approx(1.0, abs=0.02)


@given(broken=st.floats(0.01, 1.0))
def test_from_an_empty_queue_it_collapses_above_twice_the_capacity_and_drains_below(
    broken: float,
) -> None:
    view = shard(broken)
    verdict = shard_outlook(view).verdict
    assert verdict == ("metastable" if offered_load(view) > 2 else "draining")


@given(broken=st.floats(0.01, 1.0), wait_s=st.floats(121, 1e6))
def test_with_a_queue_past_the_deadline_it_drains_only_below_capacity(
    broken: float, wait_s: float
) -> None:
    view = shard(broken, wait_s=wait_s)
    outlook = shard_outlook(view)
    assert outlook.verdict == ("metastable" if offered_load(view) >= 1 else "draining")
    assert (outlook.done_in_s is None) == (outlook.verdict == "metastable")


@given(broken=st.floats(0.0, 1.0), wait_s=st.floats(0, 1e5), factor=st.floats(1, 100))
def test_more_capacity_never_makes_it_worse(broken: float, wait_s: float, factor: float) -> None:
    able = attrs.evolve(DwfmParameters(), capacity_factor=factor)
    before = shard_outlook(shard(broken, wait_s=wait_s)).verdict
    after = shard_outlook(shard(broken, wait_s=wait_s / factor, parameters=able)).verdict
    order = ["stable", "draining", "metastable"]
    assert order.index(after) <= order.index(before)


def test_a_throttle_that_fits_into_the_deadline_ends_the_collapse() -> None:
    assert shard_outlook(shard(0.97, wait_s=7200)).verdict == "metastable"
    assert shard_outlook(shard(0.97, wait_s=7200, throttle=0.006)).verdict == "draining"
    assert shard_outlook(shard(0.97, wait_s=7200, throttle=0.5)).verdict == "metastable"


def test_a_restart_without_a_throttle_only_begins_the_collapse_anew() -> None:
    assert shard_outlook(shard(0.97, wait_s=0)).verdict == "metastable"


def test_a_restarted_shard_drains_in_about_three_quarters_of_an_hour() -> None:
    outlook = shard_outlook(shard(0.97, wait_s=10, throttle=0.006))
    assert outlook.done_in_s is not None
    assert 43 * 60 <= outlook.done_in_s <= 47 * 60


def test_an_old_queue_is_worked_off_before_the_leases_come_back() -> None:
    fresh = shard_outlook(shard(0.97, wait_s=10, throttle=0.006)).done_in_s
    old = shard_outlook(shard(0.97, wait_s=7200, throttle=0.006)).done_in_s
    assert fresh is not None
    assert old is not None
    assert 7000 < old - fresh < 7500


def test_a_rate_that_stays_far_behind_what_is_possible_is_believed() -> None:
    slow = shard(0.5, wait_s=10, throttle=0.006, established_per_s=1.0)
    assert shard_outlook(slow).done_in_s == pytest.approx(0.5 * DROPLETS, rel=0.001)


@pytest.mark.parametrize("discipline", ["lifo", "drop-stale"])
def test_where_order_is_not_of_arrival_the_last_minute_decides(discipline: str) -> None:
    p = attrs.evolve(DwfmParameters(), queue_discipline=discipline)
    won = shard(0.6, wait_s=120, established_per_s=20.0, parameters=p)
    assert shard_outlook(won).verdict == "draining"
    assert shard_outlook(won).done_in_s == pytest.approx(0.6 * DROPLETS / 20, rel=0.001)
    lost = shard(0.6, wait_s=120, lost_per_s=1.0, parameters=p)
    assert shard_outlook(lost).verdict == "metastable"


# A fleet.


def test_a_fleet_is_what_most_of_its_broken_leases_are() -> None:
    stuck, fine = shard(0.9, wait_s=7200), shard()
    assert Fleet([stuck, fine, fine, fine]).outlook().verdict == "metastable"
    away = shard(0.9, dynamodb=False)
    assert Fleet([away, fine, fine, fine]).outlook().verdict == "losing leases"


def test_a_fleet_that_drains_but_for_a_stuck_shard_has_no_end() -> None:
    draining = shard(0.9, wait_s=10, throttle=0.006)
    few_stuck = shard(0.3, wait_s=7200)
    fleet = Fleet([draining, draining, few_stuck]).outlook()
    assert fleet.verdict == "draining"
    assert fleet.done_in_s is None
    assert Fleet([draining, draining]).outlook().done_in_s is not None


# Whole nights of the small scenario.


class Night:
    """The leases of every minute of one run."""

    def __init__(self, until: str, *settings: tuple[str, str], left_out: tuple[str, ...] = (),
                 script: str = "as-history") -> None:  # fmt: skip
        scenario = Scenario.load("small", (*QUICK, *settings))
        scenario = scenario.with_script(without(load_script(script, scenario), left_out))
        self.scenario = scenario
        self.simulation = Simulation(scenario, until_ns=scenario.when(until))
        self.minutes: dict[int, LeasesView] = {}
        self.simulation.world.call_at(MINUTE, self._watch)
        trio.run(self.simulation.run)

    def _watch(self) -> None:
        now = self.simulation.world.now
        ec2 = self.simulation.region.ec2
        assert ec2 is not None
        self.minutes[now] = leases_view([each.snapshot() for each in ec2.shards], now)
        self.simulation.world.call_after(MINUTE, self._watch)

    def verdicts(self, begin: str, end: str) -> set[str]:
        """All verdicts from one time to another."""
        first, last = self.scenario.when(begin), self.scenario.when(end)
        return {view.verdict for now, view in self.minutes.items() if first <= now <= last}


@pytest.fixture(scope="module")
def history() -> Night:
    return Night("05:40")


def test_as_it_happened_each_verdict_holds_without_a_break(history: Night) -> None:
    assert history.verdicts("23:10", "23:48") == {"stable"}
    assert history.verdicts("23:52", "02:24") == {"losing leases"}
    assert history.verdicts("02:28", "04:13") == {"metastable"}
    assert history.verdicts("04:16", "05:24") == {"draining"}
    assert history.verdicts("05:34", "05:40") == {"stable"}


def test_the_estimated_end_converges_and_holds_for_the_last_half_hour(history: Night) -> None:
    ended = min(
        now
        for now, view in history.minutes.items()
        if view.verdict == "stable" and now > history.scenario.when("05:00")
    )
    estimates = {
        now: view.done_ns
        for now, view in history.minutes.items()
        if ended - 30 * MINUTE <= now < ended
    }
    assert len(estimates) == 30
    assert all(done is not None for done in estimates.values())
    errors_min = [abs(done - ended) / MINUTE for done in estimates.values() if done is not None]
    assert max(errors_min) <= 10


def test_the_restarted_zone_is_told_apart_from_those_that_wait(history: Night) -> None:
    view = history.minutes[history.scenario.when("04:25")]
    first, *_, last = view.zones
    assert first.done_ns is not None
    assert last.done_ns is not None
    assert abs(first.done_ns - history.scenario.when("04:59")) <= 5 * MINUTE
    assert last.wait_s > view.deadline_s
    assert last.done_ns - first.done_ns > 5 * 60 * MINUTE


def test_in_the_collapse_no_work_is_useful_and_each_zone_is_stuck(history: Night) -> None:
    view = history.minutes[history.scenario.when("03:30")]
    assert view.useful_units_s == 0
    assert view.established_per_s == view.renewed_per_s == 0
    assert view.late_per_s > 0
    assert view.load > 5
    assert {zone.verdict for zone in view.zones} == {"metastable"}
    assert all(zone.wait_s > view.deadline_s for zone in view.zones)


def test_before_the_event_all_work_is_useful(history: Night) -> None:
    view = history.minutes[history.scenario.when("23:40")]
    assert view.useful_units_s == pytest.approx(0.6 * view.capacity_units_s, rel=0.05)
    assert view.load == pytest.approx(0.6, abs=0.02)
    assert view.late_per_s == 0


def test_when_nobody_acts_leases_are_lost_to_the_end_and_nothing_drains() -> None:
    night = Night("02:50", script="none")
    assert night.verdicts("23:52", "02:50") == {"losing leases"}


def test_without_the_actions_on_dwfm_it_stays_metastable_to_the_end() -> None:
    night = Night("04:20", left_out=DWFM_ACTIONS)
    assert night.verdicts("02:28", "04:20") == {"metastable"}


def test_hosts_that_drop_what_is_late_are_never_metastable_and_drain_by_themselves() -> None:
    night = Night("03:20", ("dwfm.queue_discipline", "drop-stale"), left_out=DWFM_ACTIONS)
    assert "metastable" not in night.verdicts("23:10", "03:20")
    assert "draining" in night.verdicts("02:26", "03:00")
    assert night.minutes[night.scenario.when("03:20")].verdict == "stable"
