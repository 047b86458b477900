"""What operators can do to Lambda: pollers brought back, asynchronous work throttled and let in.

One service alone, with a played way to DynamoDB and played NLB zones. Minutes are those of the run;
T0 is at minute 0, so that 07:04 is minute 436.
"""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from outage_agents.lambda_service import LambdaService
from outage_agents.messages import ZoneCapacity
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.services import service_rows
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE
from outage_engine.narration import Cause

Build = Callable[..., Any]
RESTORE, THROTTLE, RELAX = "lambda.restore_pollers", "lambda.throttle_async", "lambda.relax_async"
Act = tuple[float, str, dict[str, float | str]]
ZONES_OUT = [(430.0, zone) for zone in (1, 2)]


class Way:
    """DynamoDB answers, or not, by the minute."""

    def __init__(self, actor: Actor, answers: Callable[[float], bool]) -> None:
        self._actor, self._answers = actor, answers

    @property
    def because(self) -> tuple[Cause, ...]:
        return ()

    async def answered_share(self) -> float:
        return 1.0 if self._answers(self._actor.world.now / MINUTE) else 0.0


@attrs.frozen
class Minute:
    error_rate: float
    sqs_min: float
    async_min: float


@pytest.fixture
def night(played: Build) -> Build:
    """Runs Lambda; DynamoDB is away in the minutes given, zones leave NLB's DNS at others."""

    def run(
        *acts: Act,
        until_min: float,
        away: tuple[float, float] = (0, 0),
        away_again: tuple[float, float] = (0, 0),
        zones_out: list[tuple[float, int]] | None = None,
    ) -> Any:
        p = ServicesParameters()
        row = next(row for row in service_rows(p) if row.name == "lambda")
        alone = attrs.evolve(row, launches=0.0, relies_on=())

        def answers(minute: float) -> bool:
            return not any(low <= minute < high for low, high in (away, away_again))

        service = LambdaService(
            alone,
            p,
            LambdaParameters(),
            LoadParameters(),
            epoch_s=0.0,
            client=lambda actor, _resolver, _life: Way(actor, answers),
        )

        def seen() -> Minute:
            view = service.view()
            values = service.world.telemetry
            return Minute(
                view.error_rate, service.sqs_backlog_min, values.value("lambda.async_backlog_min")
            )

        out = [
            (minute * 60, "service-lambda", ZoneCapacity(zone, False, 0.0))
            for minute, zone in zones_out or []
        ]
        orders = [(minute * 60, "service-lambda", action, args) for minute, action, args in acts]
        return played([service], orders, until_min * 60, posts=out, watch=seen)

    return run


def at(run: Any, minute: float) -> Minute:
    found = run.seen[minute * 60]
    assert isinstance(found, Minute)
    return found


@pytest.mark.parametrize("action", [RESTORE, THROTTLE, RELAX])
def test_where_all_is_well_there_is_nothing_to_do(night: Build, action: str) -> None:
    assert night((20, action, {}), until_min=21).results == ["not needed"]


# Pollers.


def test_pollers_are_not_restored_while_dynamodb_is_away(night: Build) -> None:
    run = night((30, RESTORE, {}), away=(10, 60), until_min=40)
    assert run.results[0].startswith("refused: the pollers need DynamoDB")
    assert at(run, 40).sqs_min > 25


def test_pollers_do_not_come_back_by_themselves_and_drain_their_backlog_when_restored(
    night: Build,
) -> None:
    run = night((120, RESTORE, {}), away=(10, 60), until_min=200)
    assert at(run, 119).sqs_min == pytest.approx(109, abs=3)
    assert run.results == ["done"]
    # 110 minutes of events, drained at 4.6 times the inflow: half an hour.
    assert at(run, 140).sqs_min > 1
    assert at(run, 155).sqs_min < 1


def test_restored_pollers_die_again_with_dynamodb(night: Build) -> None:
    run = night((70, RESTORE, {}), away=(10, 60), away_again=(80, 90), until_min=130)
    assert run.results == ["done"]
    assert at(run, 130).sqs_min > at(run, 90).sqs_min + 30


# Asynchronous work.


def test_a_throttle_keeps_capacity_for_synchronous_calls_and_a_backlog_grows(
    night: Build,
) -> None:
    plain = night(zones_out=ZONES_OUT, until_min=600)
    run = night((440, THROTTLE, {}), zones_out=ZONES_OUT, until_min=600)
    assert run.results == ["done"]
    assert at(plain, 590).error_rate > 0.05
    assert at(run, 590).error_rate < at(plain, 590).error_rate
    assert at(run, 590).async_min == pytest.approx(0.7 * 150, abs=3)


def test_what_is_not_admitted_is_refused_on_purpose(night: Build) -> None:
    run = night((440, THROTTLE, {"admit": 0.0}), zones_out=ZONES_OUT, until_min=600)
    assert run.world.actor("service-lambda").tally.refused > 0


def test_of_two_throttles_the_later_one_wins(night: Build) -> None:
    run = night(
        (440, THROTTLE, {"admit": 0.0}),
        (460, THROTTLE, {"admit": 0.9}),
        zones_out=ZONES_OUT,
        until_min=560,
    )
    assert run.results == ["done", "done"]
    assert at(run, 560).async_min == pytest.approx(20 + 10, abs=3)


def test_let_in_again_the_backlog_drains(night: Build) -> None:
    run = night((440, THROTTLE, {}), (500, RELAX, {}), zones_out=ZONES_OUT, until_min=560)
    assert run.results == ["done", "done"]
    assert at(run, 500).async_min == pytest.approx(42, abs=2)
    assert at(run, 545).async_min < 1


def test_let_in_too_early_synchronous_calls_fail_again(night: Build) -> None:
    kept = night((440, THROTTLE, {"admit": 0.0}), zones_out=ZONES_OUT, until_min=600)
    early = night(
        (440, THROTTLE, {"admit": 0.0}),
        (520, RELAX, {}),
        zones_out=ZONES_OUT,
        until_min=600,
    )
    assert at(early, 590).error_rate > at(kept, 590).error_rate
