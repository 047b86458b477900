"""Laws of the parts a service is made of: retries, owed launches, zones, event backlogs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.daily_load import active_share, nlb_demand_share
from outage_agents.impact import ImpactTally, total_impact
from outage_agents.lambda_service import EventBacklog
from outage_agents.messages import LaunchHealth, ZoneCapacity
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.service import LaunchBacklog, RetryPool, ZonesInUse
from outage_agents.services import (
    SERVICES_IN_ALL,
    launch_subscribers,
    service_rows,
    zone_subscribers,
)
from outage_engine.clock import MINUTE

GOOD = LaunchHealth(1.0, 0.0, False, 1.0)
DOWN = LaunchHealth(0.0, 1.0, False, 1.0)
LIMITED = LaunchHealth(1.0, 0.0, True, 1.0)


def minutes_to_recover(patience_s: float, spare_share: float) -> float:
    pool = RetryPool(patience_s, spare_share)
    for _ in range(2000):
        pool.serve(1.0, 0.0)
    for second in range(1, 10_000):
        if pool.serve(1.0, 1.0) < 0.01:
            return second / 60
    raise AssertionError("the retries were never served")


@pytest.mark.parametrize(
    ("patience_s", "spare", "expected_min"),
    [(240, 0.5, 4.39), (480, 0.5, 8.79), (240, 0.25, 6.44)],
)
def test_retries_are_served_in_patience_times_log_of_one_plus_one_over_spare(
    patience_s: float, spare: float, expected_min: float
) -> None:
    assert minutes_to_recover(patience_s, spare) == pytest.approx(expected_min, rel=0.04)


def test_callers_without_patience_leave_nothing_behind() -> None:
    pool = RetryPool(0.0, 0.5)
    assert pool.serve(30.0, 0.0) == 1.0
    assert pool.serve(30.0, 1.0) == 0.0


@given(
    st.floats(0, 1000),
    st.floats(0.01, 2),
    st.lists(st.tuples(st.floats(0.1, 120), st.floats(0, 1)), max_size=30),
)
def test_the_share_of_requests_that_fail_is_a_share(
    patience_s: float, spare: float, steps: list[tuple[float, float]]
) -> None:
    pool = RetryPool(patience_s, spare)
    for elapsed_s, good in steps:
        failed = pool.serve(elapsed_s, good)
        assert 1.0 - good - 1e-9 <= failed <= 1.0


def test_owed_launches_are_done_only_when_nothing_limits_launches() -> None:
    owed = LaunchBacklog(60.0, 2.0)
    for _ in range(120):
        assert owed.pass_time(1.0, DOWN) == 1.0
    assert owed.waiting_min == 60.0
    for _ in range(120):
        owed.pass_time(1.0, LIMITED)
    assert owed.waiting_min == 60.0
    minutes = 0
    while owed.pass_time(1.0, GOOD) > 0.0:
        minutes += 1
    assert minutes == 29


def hear(zones: ZonesInUse, zone: int, in_service: bool, at_min: int) -> None:
    zones.hear(ZoneCapacity(zone, in_service, 1.0), at_min * MINUTE)


def test_a_zone_is_used_again_only_after_nlb_was_whole_for_a_while() -> None:
    zones = ZonesInUse(22 * MINUTE)
    hear(zones, 1, False, 1)
    hear(zones, 2, False, 2)
    assert zones.capacity_share(3 * MINUTE) == pytest.approx(4 / 6)
    hear(zones, 2, True, 10)
    assert zones.capacity_share(60 * MINUTE) == pytest.approx(4 / 6)
    hear(zones, 1, True, 100)
    assert zones.capacity_share(121 * MINUTE) == pytest.approx(4 / 6)
    assert zones.capacity_share(122 * MINUTE) == 1.0


def test_single_nodes_come_and_go_at_once() -> None:
    zones = ZonesInUse(22 * MINUTE)
    zones.hear(ZoneCapacity(1, True, 0.4), MINUTE)
    assert zones.capacity_share(MINUTE) == pytest.approx(5.4 / 6)
    zones.hear(ZoneCapacity(1, True, 1.0), 2 * MINUTE)
    assert zones.capacity_share(2 * MINUTE) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("drain", "admit", "grown_min", "drained_min"),
    [(4.6, 0.0, 292, 81), (2.07, 0.3, 257, 168)],
)
def test_a_backlog_of_events_is_drained_by_what_exceeds_the_inflow(
    drain: float, admit: float, grown_min: int, drained_min: int
) -> None:
    backlog = EventBacklog(drain)
    for _ in range(grown_min):
        backlog.pass_time(1.0, admit)
    assert backlog.waiting_min == pytest.approx(grown_min * (1 - admit))
    minutes = 0
    while backlog.waiting_min >= 1.0:
        backlog.pass_time(1.0, 1.0)
        minutes += 1
    assert minutes == pytest.approx(drained_min, abs=1)


def test_events_are_as_late_as_the_oldest_while_nobody_works_on_them() -> None:
    backlog = EventBacklog(4.6)
    backlog.pass_time(30.0, 0.0)
    assert backlog.delay_min == 30.0
    backlog.pass_time(1.0, 1.0)
    assert backlog.delay_min == pytest.approx((30.0 - 3.6) / 4.6)


@given(st.floats(-100, 2000), st.floats(-100, 2000))
def test_demand_never_falls_during_the_morning(a_min: float, b_min: float) -> None:
    load = LoadParameters()
    early, late = sorted((a_min, b_min))
    assert nlb_demand_share(load, early) <= nlb_demand_share(load, late)
    assert active_share(load, early) <= active_share(load, late) <= 1.0


def test_demand_at_five_and_at_ten_is_what_the_scenario_says() -> None:
    load = LoadParameters()
    assert nlb_demand_share(load, 312) == pytest.approx(0.55)
    assert nlb_demand_share(load, 612) == pytest.approx(0.70)
    step = LoadParameters(rise_begins_min=400, rise_ends_min=400)
    assert nlb_demand_share(step, 399) == pytest.approx(0.55)
    assert nlb_demand_share(step, 401) == pytest.approx(0.70)


def test_half_the_requests_for_two_minutes_cost_as_much_as_all_for_one() -> None:
    half, whole = ImpactTally("a", 100, 2.0), ImpactTally("b", 100, 2.0)
    half.add(2.0, 1.0, 0.25, 0.25)
    whole.add(1.0, 1.0, 1.0, 0.0)
    assert half.read().customer_minutes == whole.read().customer_minutes == 100.0
    assert (half.read().failed, half.read().refused) == (100, 100)
    total = total_impact((half.read(), whole.read()), 0.5)
    assert (total.customer_minutes, total.failed, total.refused) == (200.0, 300, 100)


def test_every_row_has_a_name_of_its_own_and_they_stand_for_about_140_services() -> None:
    rows = service_rows(ServicesParameters())
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert sum(row.stands_for for row in rows) + 1 == SERVICES_IN_ALL
    for row in rows:
        assert all(reliance.service in names for reliance in row.relies_on)


def test_who_depends_on_launches_or_nlb_hears_of_them() -> None:
    p = ServicesParameters()
    assert "service-fargate" in launch_subscribers(p)
    assert "service-sqs" not in launch_subscribers(p)
    assert {"service-sts", "service-lambda", "service-connect"} <= set(zone_subscribers(p))
