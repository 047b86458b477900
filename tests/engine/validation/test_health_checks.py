"""How often a target that fails at random is out, by the rule alone."""

import numpy as np
import pytest

from outage_engine.clock import SECOND
from outage_engine.health_check import HealthChecker, HealthProber, HealthRules, HealthTable
from outage_engine.world import World

UNHEALTHY = [(0.1, 0.0209), (0.2, 0.0857), (0.3, 0.1937), (0.5, 0.5)]


@pytest.mark.parametrize(("failure", "expected"), UNHEALTHY)
def test_share_of_time_out_when_two_failures_take_out_and_two_passes_bring_in(
    failure: float, expected: float
) -> None:
    out = (1 + 1 - failure) / (1 - failure) ** 2
    stay = (1 + failure) / failure**2
    assert out / (out + stay) == pytest.approx(expected, abs=5e-5)

    targets, rounds = 2_000, 300
    table = HealthTable(targets, HealthRules())
    rng = np.random.Generator(np.random.PCG64(1))
    everyone = np.arange(targets)
    unhealthy = 0
    for tick in range(rounds + 100):
        table.record(tick, everyone, rng.random(targets) >= failure)
        unhealthy += table.counts(tick)[1] if tick >= 100 else 0
    # 600,000 checks in runs of about 100 at worst: standard error 1 % of the share.
    assert unhealthy / (targets * rounds) == pytest.approx(expected, rel=0.04)


def test_the_same_share_for_one_target_checked_on_the_heap() -> None:
    world = World(1)
    draw = world.random.single("checks").random
    checker = HealthChecker(HealthRules())
    changes: list[int] = [0]
    prober = HealthProber(
        world,
        checker,
        lambda: draw() >= 0.3,
        interval_ns=SECOND,
        on_change=lambda _: changes.append(world.now),
    )
    world.simulate(60_000 * SECOND)
    out_ns = sum(end - begin for begin, end in zip(changes[1::2], changes[2::2], strict=False))
    assert prober.checks == 60_001
    assert out_ns / changes[-1] == pytest.approx(0.1937, rel=0.06)


@pytest.mark.parametrize("first", [True, False])
def test_strict_alternation_never_trips_a_threshold_of_two(first: bool) -> None:
    checker = HealthChecker(HealthRules())
    for tick in range(10_000):
        assert not checker.record(tick, first == (tick % 2 == 0))
    assert checker.healthy
    assert checker.changes == 0
