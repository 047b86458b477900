"""Laws of a health-check node: thresholds, time, and sleep."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.health_check import CheckReport, HealthCheckNode, HostNetworking
from outage_agents.parameters.nlb import NlbParameters
from outage_engine.actor import Actor
from outage_engine.clock import HOUR, SECOND, seconds
from outage_engine.world import World

INSTANT = NlbParameters(good_check_s=0.001, check_timeout_s=0.01, background_failure=0.0)
"""Checks cost next to nothing, so that a cycle always takes its interval."""


class Zone(Actor):
    """Tells its checker of hosts without network state at the start, and keeps its reports."""

    def __init__(self, hosts: HostNetworking | None) -> None:
        super().__init__("nlb-az1")
        self._hosts = hosts
        self.reports: list[tuple[int, CheckReport]] = []

    async def main(self) -> None:
        if self._hosts is not None:
            self.send("checker", self._hosts)
        while True:
            envelope = await self.receive()
            assert envelope is not None
            self.reports.append((self.world.now, envelope.message))


def checked(
    parameters: NlbParameters,
    hosts: HostNetworking | None,
    *,
    nodes: int,
    until_s: int,
    node: Callable[..., HealthCheckNode] = HealthCheckNode,
) -> tuple[World, Zone]:
    world = World(7)
    zone = Zone(hosts)
    world.add(zone)
    world.add(node("checker", "nlb-az1", nodes, parameters))
    world.simulate(until_s * SECOND)
    return world, zone


def lacking(share: float) -> HostNetworking:
    return HostNetworking(share, 0.0, 0.0)


@pytest.mark.parametrize(
    ("q", "unhealthy"), [(0.1, 0.0209), (0.2, 0.0857), (0.3, 0.1937), (0.5, 0.5)]
)
def test_two_failures_out_and_two_passes_in_give_the_known_unhealthy_share(
    q: float, unhealthy: float
) -> None:
    _, zone = checked(INSTANT, lacking(q), nodes=2000, until_s=3000)
    settled = [report.unhealthy / 2000 for t, report in zone.reports if t > 500 * SECOND]
    assert len(settled) > 200
    assert sum(settled) / len(settled) == pytest.approx(unhealthy, rel=0.04)


def test_a_node_is_lost_after_110_checks_on_average_when_one_in_ten_fails() -> None:
    _, zone = checked(INSTANT, lacking(0.1), nodes=2000, until_s=3000)
    removed = sum(report.removed for _, report in zone.reports)
    healthy_checks = sum(2000 - report.unhealthy for _, report in zone.reports)
    assert healthy_checks / removed == pytest.approx(110, rel=0.05)


class Alternating(HealthCheckNode):
    """Every node fails every other check."""

    _turn = False

    def _draw_failing(self, now_ns: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        self._turn = not self._turn
        return np.full(self._nodes, self._turn)


def test_strict_alternation_never_takes_a_node_out() -> None:
    _, zone = checked(INSTANT, lacking(0.5), nodes=100, until_s=1000, node=Alternating)
    assert all(report.removed == 0 and report.unhealthy == 0 for _, report in zone.reports)


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_node_changes_only_after_two_equal_results_in_a_row(checks: list[list[bool]]) -> None:
    node = HealthCheckNode("checker", "nlb-az1", 3, INSTANT)
    unhealthy = [False] * 3
    for k, failing in enumerate(checks):
        node._judge(np.array(failing))
        for i in range(3):
            before, unhealthy[i] = unhealthy[i], bool(node._unhealthy[i])
            if unhealthy[i] != before:
                assert k >= 1
                assert checks[k][i] == checks[k - 1][i] == unhealthy[i]


def test_failing_checks_take_time_and_time_makes_results_unknown() -> None:
    parameters = NlbParameters(background_failure=0.0)
    _, zone = checked(parameters, lacking(0.15), nodes=143, until_s=20_000)
    late = [report for _, report in zone.reports if report.lateness_s > 0.0]
    cycle_s = 10.0 + sum(report.lateness_s for report in late) / len(late)
    assert cycle_s == pytest.approx(143 * (0.15 * 3.0 + 0.85 * 0.02), rel=0.05)
    for report in late:
        if report.lateness_s <= 20.0:
            assert report.unknown == 0
    unknown = sum(report.unknown for report in late) / len(late) / 143
    assert unknown == pytest.approx(1 - 30 / cycle_s, abs=0.06)


def test_in_the_reading_of_new_targets_a_node_stays_out_until_its_network_is_there() -> None:
    parameters = NlbParameters(flap_source="targets", background_failure=0.0)
    hosts = HostNetworking(0.05, 0.0001, 500.0)
    _, targets = checked(parameters, hosts, nodes=143, until_s=20_000)
    _, checkers = checked(NlbParameters(background_failure=0.0), hosts, nodes=143, until_s=20_000)
    of_targets = [report for t, report in targets.reports if t > 2000 * SECOND]
    assert all(abs(report.unready - report.unhealthy) <= 5 for report in of_targets)
    unhealthy = sum(report.unhealthy for report in of_targets) / len(of_targets)
    assert unhealthy > 3 * max(1.0, _mean_unhealthy(checkers))
    assert all(report.unready == 0 for _, report in checkers.reports)


def _mean_unhealthy(zone: Zone) -> float:
    return sum(report.unhealthy for _, report in zone.reports) / len(zone.reports)


def test_a_quiet_node_sleeps_through_its_cycles_and_counts_them() -> None:
    world, zone = checked(NlbParameters(background_failure=0.0), None, nodes=143, until_s=3600)
    assert world.events < 10
    assert zone.reports == []
    world.actor("checker").snapshot()


@pytest.mark.parametrize("background", [0.001, 0.0002])
def test_sleeping_to_the_next_failure_keeps_the_failure_rate(background: float) -> None:
    parameters = NlbParameters(background_failure=background)
    world, _ = checked(parameters, None, nodes=143, until_s=10 * 3600)
    counts = world.telemetry.histogram("nlb.check").run()
    checks = 143 * seconds(10 * HOUR) / 10.0
    values_us, numbers = counts.occupied()
    failed = sum(
        int(n) for value, n in zip(values_us, numbers, strict=True) if int(value) > 1_000_000
    )
    assert failed == pytest.approx(checks * background, rel=0.25)
    assert world.events < 6 * checks * background + 100
