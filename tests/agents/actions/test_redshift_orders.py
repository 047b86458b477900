"""Redshift's host replacements: stopped by hand, begun again by launches that are good."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from outage_agents.lambda_service import LambdaService
from outage_agents.messages import LaunchHealth
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.redshift import CLUSTERS, STOP, RedshiftClusters, RedshiftService
from outage_agents.services import service_cast
from outage_engine.narration import Cause

if TYPE_CHECKING:
    from outage_engine.actor import Actor

Build = Callable[..., Any]
DOWN, LIMITED = LaunchHealth(0.0, 1.0, False, 1.0), LaunchHealth(1.0, 0.0, True, 1.0)
GOOD = LaunchHealth(1.0, 0.0, False, 1.0)


class Way:
    """DynamoDB answers."""

    @property
    def because(self) -> tuple[Cause, ...]:
        return ()

    async def answered_share(self) -> float:
        return 1.0


@pytest.fixture
def night(played: Build) -> Build:
    """Runs Redshift: the minutes of orders, and what launches are from a minute on."""

    def run(
        orders: list[float],
        launches: list[tuple[float, LaunchHealth]],
        until_min: float,
        *,
        workflow: bool = True,
    ) -> Any:
        cast = service_cast(
            ServicesParameters(),
            LambdaParameters(),
            LoadParameters(),
            epoch_s=0.0,
            listeners=(),
            client=lambda _actor, _resolver, _life: Way(),
        )
        kinds: tuple[type[Actor], ...] = (RedshiftService, RedshiftClusters)
        actors = [each for each in cast if isinstance(each, kinds if workflow else kinds[:1])]
        assert not any(isinstance(each, LambdaService) for each in actors)

        def waiting() -> float:
            return actors[-1].world.telemetry.value("redshift.clusters_waiting")

        return played(
            actors,
            [(minute * 60, "service-redshift", STOP, {}) for minute in orders],
            until_min * 60,
            posts=[(minute * 60, CLUSTERS, health) for minute, health in launches]
            if workflow
            else [],
            watch=waiting if workflow else None,
        )

    return run


def test_where_no_cluster_waits_nothing_is_stopped(night: Build) -> None:
    assert night([10], [(0, GOOD)], 11).results == ["not needed"]


def test_the_backlog_grows_until_it_is_stopped_and_who_waits_goes_on_waiting(
    night: Build,
) -> None:
    run = night([60, 70], [(5, DOWN)], 120)
    assert run.results == ["done", "not needed"]
    assert run.seen[1800] == pytest.approx(15 * 25, abs=20)
    assert run.seen[3660] == run.seen[7200] > 0


def test_replacements_begin_again_when_launches_are_good_and_not_before(night: Build) -> None:
    run = night([60], [(5, DOWN), (100, LIMITED), (140, GOOD)], 200)
    assert run.seen[6000] == run.seen[8400]
    assert run.seen[12000] == pytest.approx(run.seen[8400] - 60 * 7.3, abs=12)


def test_when_launches_fail_again_the_backlog_grows_again(night: Build) -> None:
    run = night([60], [(5, DOWN), (100, GOOD), (120, DOWN)], 160)
    assert run.seen[9600] > run.seen[7200] + 300


def test_where_the_workflow_does_not_answer_the_order_comes_to_nothing(night: Build) -> None:
    run = night([10], [], 12, workflow=False)
    assert run.results == ["refused: the replacement workflow does not answer"]
