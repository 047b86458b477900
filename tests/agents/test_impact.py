"""Laws of what the outage cost: what is counted, what is kept apart, what can be told when."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.impact import DOWN_FROM, ImpactTally, services_down, total_impact, watch_impact
from outage_agents.result import RunResult, result_of
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.views import ImpactView
from outage_engine.telemetry import Telemetry

shares = st.floats(0.0, 1.0)


@given(shares)
def test_one_service_is_down_or_is_not(error_rate: float) -> None:
    assert services_down(error_rate, 1) == (1.0 if error_rate > DOWN_FROM else 0.0)


@given(shares, st.integers(2, 200))
def test_of_a_row_that_stands_for_many_the_share_that_fails_is_down(
    error_rate: float, many: int
) -> None:
    assert services_down(error_rate, many) == pytest.approx(error_rate * many)
    assert 0 <= services_down(error_rate, many) <= many


@given(st.lists(st.tuples(st.floats(0.0, 60.0), shares, shares, shares), max_size=20))
def test_what_failed_and_what_was_refused_on_purpose_are_kept_apart(
    spells: list[tuple[float, float, float, float]],
) -> None:
    together, failing, refusing = (ImpactTally(name, 1000, 2.0) for name in "abc")
    for minutes, active, lost, on_purpose in spells:
        refused = lost * on_purpose
        together.add(minutes, active, lost - refused, refused)
        failing.add(minutes, active, lost - refused, 0.0)
        refusing.add(minutes, active, 0.0, refused)
    assert together.read().failed == failing.read().failed
    assert together.read().refused == refusing.read().refused
    apart = failing.read().customer_minutes + refusing.read().customer_minutes
    assert together.read().customer_minutes == pytest.approx(apart)


def test_the_series_of_the_impact_are_the_sums_of_all_services() -> None:
    telemetry = Telemetry()
    tallies = [ImpactTally("a", 1000, 2.0), ImpactTally("b", 500, 2.0)]
    watch_impact(telemetry, tallies)
    tallies[0].add(10.0, 0.5, 1.0, 0.0)
    tallies[1].add(10.0, 1.0, 0.25, 0.25)
    total = total_impact(tuple(tally.read() for tally in tallies), 0.0)
    assert telemetry.value("impact.customer_minutes") == total.customer_minutes == 7500
    assert telemetry.value("impact.failed") == total.failed == 12_500
    assert telemetry.value("impact.refused") == total.refused == 2500


@pytest.fixture(scope="module")
def first_hour() -> tuple[RunResult, ImpactView]:
    scenario = Scenario.load("small", (("dns.endpoints", "20"),))
    run = Simulation(scenario, until_ns=scenario.when("00:48"))
    trio.run(run.run)
    return result_of(run), run.view().impact


def test_without_dynamodb_some_but_not_all_services_are_down(
    first_hour: tuple[RunResult, ImpactView],
) -> None:
    result, view = first_hour
    # DynamoDB and the rows that need it are fully down, the many others as far as they need it.
    assert 0.4 < result.impact.peak_services_down_share < 0.8
    assert 0 < view.services_down < view.services == 140


def test_any_moment_can_tell_its_impact(first_hour: tuple[RunResult, ImpactView]) -> None:
    result, view = first_hour
    series = result.series
    assert series["impact.customer_minutes"].last == pytest.approx(result.impact.customer_minutes)
    assert series["impact.failed"].last == result.impact.failed == view.failed
    assert series["impact.refused"].last == result.impact.refused == view.refused
    assert series["impact.services_down_share"].max == result.impact.peak_services_down_share
    assert view.peak_services_down_share == result.impact.peak_services_down_share
    told = {name: float(round(minutes)) for name, minutes in result.impact.by_service.items()}
    assert dict(view.by_service) == told


def test_losses_of_all_services_make_the_total(first_hour: tuple[RunResult, ImpactView]) -> None:
    impact = first_hour[0].impact
    assert sum(impact.by_service.values()) == pytest.approx(impact.customer_minutes)
    assert impact.by_service["dynamodb"] > 0 < impact.by_service["sts"]
