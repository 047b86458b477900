"""How long a lease lasts that is renewed against failures."""

import pytest

from outage_engine.clock import SECOND
from outage_engine.health_check import HealthChecker, HealthRules
from outage_engine.leases import LeaseKeeper
from outage_engine.world import World


def checks_to_a_loss(failure: float, in_a_row: int) -> float:
    return (1 - failure**in_a_row) / ((1 - failure) * failure**in_a_row)


def mean_checks_found(failure: float, in_a_row: int, losses: int) -> float:
    """Renew every second, valid for `in_a_row` seconds; a new lease is begun after each loss."""
    world = World(1)
    draw = world.random.single("failures").random
    lost_after: list[int] = []

    def hold() -> None:
        keeper = LeaseKeeper(
            world,
            lambda: draw() >= failure,
            renew_every_ns=SECOND,
            validity_ns=in_a_row * SECOND,
            on_change=lambda held: lose(),
        )

        def lose() -> None:
            lost_after.append(keeper.snapshot().checks)
            keeper.stop()
            if len(lost_after) < losses:
                hold()

    hold()
    world.simulate(None)
    return sum(lost_after) / losses


@pytest.mark.parametrize(("failure", "in_a_row"), [(0.1, 2), (0.2, 2), (0.3, 3)])
def test_mean_number_of_checks_to_a_loss(failure: float, in_a_row: int) -> None:
    # Times to a loss spread about as an exponential: 900 losses give 3.3 % of standard error.
    expected = checks_to_a_loss(failure, in_a_row)
    if (failure, in_a_row) == (0.1, 2):
        assert expected == pytest.approx(110)
    assert mean_checks_found(failure, in_a_row, 900) == pytest.approx(expected, rel=0.08)


def test_a_threshold_checker_loses_as_often_as_a_lease() -> None:
    world = World(2)
    draw = world.random.single("failures").random
    checker = HealthChecker(HealthRules(out_after=2, in_after=1))
    checks = 0
    for loss in range(900):
        while not checker.record(checks, draw() >= 0.1):
            checks += 1
        checks += 1
        checker = HealthChecker(HealthRules(out_after=2, in_after=1), now_ns=loss)
    assert checks / 900 == pytest.approx(110, rel=0.08)
