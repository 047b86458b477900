"""The night as the services had it: their windows follow from what they depend on.

DynamoDB's resolvers, EC2's launches and NLB's zones are played as they were; the services are real.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from outage_agents.customers import Customers
from outage_agents.messages import (
    ActionOrder,
    ActionResult,
    Answer,
    LaunchHealth,
    Lookup,
    ZoneCapacity,
)
from outage_agents.parameters.lambda_ import LambdaParameters
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.service import ServiceActor
from outage_agents.services import (
    launch_subscribers,
    service_cast,
    service_rows,
    zone_subscribers,
)
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE, SECOND
from outage_engine.world import World

if TYPE_CHECKING:
    from outage_engine.narration import Line

EPOCH_MIN = 48
OVER_MIN = EPOCH_MIN + 900
Window = tuple[int, int | None]


class Resolvers(Actor):
    """A population of resolvers whose share with an answer is known."""

    def __init__(self, name: str, answered: Callable[[float], float]) -> None:
        super().__init__(name)
        self._answered = answered

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            assert isinstance(envelope.message, Lookup)
            share = self._answered(self.world.now / MINUTE - EPOCH_MIN)
            envelope.reply(Answer(("10.0.0.1",) if share > 0.0 else (), share))


class Stage(Actor):
    """Plays EC2's launches, NLB's zones and the operators, minute by minute."""

    def __init__(self, *, dns_breaks: bool, orders: dict[int, tuple[str, ActionOrder]]) -> None:
        super().__init__("stage")
        self._dns_breaks = dns_breaks
        self._orders = orders
        self.results: dict[str, str] = {}

    async def main(self) -> None:
        p = ServicesParameters()
        told = None
        for minute in range(OVER_MIN):
            await self.sleep_until(minute * MINUTE)
            t_min = minute - EPOCH_MIN
            health = launches(t_min) if self._dns_breaks else LaunchHealth(1.0, 0.0, False, 1.0)
            if health != told:
                told = health
                for service in launch_subscribers(p):
                    self.send(service, health)
            if self._dns_breaks and t_min in ZONES_AT:
                for zone, in_service in ZONES_AT[t_min]:
                    for service in zone_subscribers(p):
                        self.send(service, ZoneCapacity(zone, in_service, 1.0))
            if t_min in self._orders:
                to, order = self._orders[t_min]
                result = await self.ask(to, order, 10 * SECOND)
                assert isinstance(result, ActionResult)
                self.results[order.id] = result.result


ZONES_AT = {
    413: [(1, False)],
    428: [(2, False)],
    453: [(3, False)],
    565: [(3, True)],
    589: [(1, True), (2, True)],
}
"""06:41, 06:56, 07:21, 09:13, 09:37."""
AS_HISTORY = {
    292: ("service-lambda", ActionOrder("lambda.restore_pollers")),
    417: ("service-redshift", ActionOrder("redshift.stop_replacements")),
    442: ("service-lambda", ActionOrder("lambda.throttle_async", (("admit", 0.3),))),
    699: ("service-lambda", ActionOrder("lambda.relax_async")),
}


def launches(t_min: float) -> LaunchHealth:
    """From nothing, through throttled, to normal."""
    if 0 <= t_min < 340:
        return LaunchHealth(0.0, 1.0, t_min >= 266, 1.0)
    if 340 <= t_min < 648:
        return LaunchHealth(0.1, 0.5, True, 0.3)
    if 648 <= t_min < 842:
        share = min(1.0, 0.5 + 0.5 * max(0.0, t_min - 695) / 147)
        return LaunchHealth(share, 1.0 - share, True, 1.0)
    return LaunchHealth(1.0, 0.0, False, 1.0)


def caches_expire(t_min: float) -> float:
    return 1.0 if t_min < 0 else min(1.0, max(0.0, (t_min - 157) / 15))


def overridden(t_min: float) -> float:
    return 0.0 if 0 <= t_min < 87 else 1.0


def restored(t_min: float) -> float:
    return 0.0 if 0 <= t_min < 157 else 1.0


def always(t_min: float) -> float:
    return 1.0


class Night:
    """23:00 to 14:48."""

    def __init__(
        self,
        *,
        dns_breaks: bool = True,
        orders: dict[int, tuple[str, ActionOrder]] | None = None,
        restarts: dict[int, str] | None = None,
        until_min: int = OVER_MIN,
    ) -> None:
        p, load = ServicesParameters(), LoadParameters()
        self.world = World(1)
        self.stage = Stage(dns_breaks=dns_breaks, orders=AS_HISTORY if orders is None else orders)
        self.services = service_cast(p, LambdaParameters(), load, epoch_s=EPOCH_MIN * 60)
        self.customers = Customers(p, load, service_rows(p), epoch_s=EPOCH_MIN * 60)
        answers = {"customers": caches_expire, "internal": overridden, "ec2": restored}
        for name, answered in answers.items():
            self.world.add(Resolvers(f"resolver-{name}", answered if dns_breaks else always))
        for actor in (*self.services, self.customers, self.stage):
            self.world.add(actor)
        self._failing: dict[str, list[tuple[bool, str]]] = {}
        self.customer_errors: list[float] = []
        self.told: list[Line] = []
        self.world.narration.listen(self.told.append)
        self.world.call_after(MINUTE, self._look)
        for at_min, name in (restarts or {}).items():
            self.world.call_at(at_min * MINUTE, self.world.restart, name)
        self.world.simulate(until_min * MINUTE)

    def _look(self) -> None:
        for service in self.services:
            seen = service.observe()
            failing = seen.error_rate > 0.01 or seen.backlog_min >= 1.0
            self._failing.setdefault(seen.name, []).append((failing, seen.through))
        self.customer_errors.append(self.customers.snapshot().error_rate)
        self.world.call_after(MINUTE, self._look)

    def windows(self, name: str) -> list[Window]:
        """Minutes after 23:48 in which a service failed; gaps under five minutes do not count."""
        found: list[list[int | None]] = []
        for minute, (failing, _) in enumerate(self._failing[name], start=1 - EPOCH_MIN):
            last = found[-1] if found else None
            if failing and (last is None or (last[1] is not None and minute - last[1] > 5)):
                found.append([minute, minute + 1])
            elif failing and last is not None:
                last[1] = minute + 1
        still = self._failing[name][-1][0] and bool(found)
        return [(int(w[0] or 0), None if still and w is found[-1] else w[1]) for w in found]

    def through(self, name: str, t_min: int) -> str:
        """What a service failed through at that minute."""
        return self._failing[name][t_min + EPOCH_MIN - 1][1]

    def service(self, name: str) -> ServiceActor:
        return next(s for s in self.services if s.name == f"service-{name}")


@pytest.fixture(scope="module")
def night() -> Night:
    return Night()


def near(found: list[Window], expected: list[Window], tolerance_min: int = 20) -> bool:
    """Whether the windows are the same, each start and end within the tolerance."""
    return len(found) == len(expected) and all(
        (a is None) == (b is None) and (a is None or b is None or abs(a - b) <= tolerance_min)
        for pair in zip(found, expected, strict=True)
        for a, b in zip(*pair, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("lambda", (3, 867)),
        ("ecs", (0, 872)),
        ("eks", (0, 872)),
        ("fargate", (0, 872)),
        ("iam", (3, 97)),
        ("redshift", (0, 153)),
        ("support", (0, 172)),
        ("sqs", (0, 87)),
    ],
)
def test_a_service_fails_while_what_it_depends_on_does(
    night: Night, name: str, window: Window
) -> None:
    assert near(night.windows(name), [window])


def test_sts_fails_with_dynamodb_and_again_with_nlb(night: Night) -> None:
    first, second = night.windows("sts")
    assert near([first], [(3, 91)], 8)
    assert near([second], [(523, 611)])
    assert night.through("sts", 60) == "DynamoDB"
    assert night.through("sts", 560) == "nlb"


def test_sts_does_not_recover_with_the_zone_that_comes_back_by_itself(night: Night) -> None:
    end = night.windows("sts")[1][1]
    assert end is not None
    assert end >= 591  # 09:39, after failover was switched off


def test_connect_fails_with_late_events_and_again_with_nlb(night: Night) -> None:
    assert near(night.windows("connect"), [(32, 312), (436, 812)], 45)
    assert night.through("connect", 200) == "Lambda events"
    assert night.through("connect", 450) == "nlb"


def test_lambdas_second_wave_comes_through_nlb_when_two_zones_are_out(night: Night) -> None:
    assert night.through("lambda", 100) == "DynamoDB"
    assert night.service("lambda").tally.refused > 0
    assert near(night.windows("connect")[1:], [(436, 812)], 25)


def test_redshifts_clusters_still_wait_when_everything_else_is_well(night: Night) -> None:
    windows = night.windows("redshift-clusters")
    assert near(windows, [(0, None)])
    states = {view.name: view.state for view in (each.view() for each in night.services)}
    assert states.pop("Redshift clusters") == "down"
    assert set(states.values()) == {"ok"}


def test_operators_did_what_they_did(night: Night) -> None:
    assert set(night.stage.results.values()) == {"done"}


def test_impact_keeps_failed_and_refused_requests_apart(night: Night) -> None:
    impact = night.customers.impact(night.services)
    assert impact.by_service[0].name == "dynamodb"
    assert impact.customer_minutes == sum(part.customer_minutes for part in impact.by_service)
    sts = next(part for part in impact.by_service if part.name == "sts")
    fargate = next(part for part in impact.by_service if part.name == "fargate")
    assert sts.refused == 0
    assert fargate.refused > 0
    assert impact.failed > impact.refused
    assert 0.5 < impact.peak_services_down_share <= 1.0


def test_the_impact_panel_says_the_same_as_the_result(night: Night) -> None:
    impact, panel = (
        night.customers.impact(night.services),
        night.customers.impact_panel(night.services),
    )
    assert panel.services == 140
    assert panel.customer_minutes == impact.customer_minutes
    assert (panel.failed, panel.refused) == (impact.failed, impact.refused)
    assert panel.peak_services_down_share == impact.peak_services_down_share
    assert panel.by_service == tuple(
        (part.name, round(part.customer_minutes)) for part in impact.by_service
    )


def test_a_spell_of_errors_is_told_once_when_it_begins_and_once_when_it_is_over(
    night: Night,
) -> None:
    of_sts = [line.text for line in night.told if line.component == "service-sts"]
    assert len(of_sts) == 4
    assert "through DynamoDB" in of_sts[0]
    assert "through NLB" in of_sts[2]


def test_a_service_that_is_restarted_goes_on_from_what_it_hears() -> None:
    restarts = {60: "service-sts", 70: "service-lambda", 75: "customers"}
    night = Night(restarts=restarts, until_min=EPOCH_MIN + 200)
    assert near(night.windows("sts"), [(3, 91)], 8)
    lost = [line for line in night.told if "packets lost" in line.text]
    assert len(lost) == 2


def test_the_same_seed_gives_the_same_night() -> None:
    first, second = Night(until_min=EPOCH_MIN + 30), Night(until_min=EPOCH_MIN + 30)
    assert first.world.digest == second.world.digest


def test_pollers_that_nobody_restores_stay_dead() -> None:
    night = Night(orders={})
    assert near(night.windows("lambda"), [(3, None)])
    seen = night.service("lambda").observe()
    assert seen.backlog_min > 800


@pytest.fixture(scope="module")
def calm() -> Night:
    orders = {**AS_HISTORY, 10: ("service-lambda", ActionOrder("lambda.restore_pollers"))}
    return Night(dns_breaks=False, orders=orders)


def test_without_the_dns_failure_no_service_fails_at_all(calm: Night) -> None:
    for service in calm.services:
        assert calm.windows(service.observe().name) == []
    assert calm.customers.impact(calm.services).customer_minutes == 0.0


def test_without_a_fault_operators_find_nothing_to_do(calm: Night) -> None:
    assert set(calm.stage.results.values()) == {"not needed"}


def test_the_packet_loss_in_one_zone_is_seen_and_does_nothing_to_dynamodb(calm: Night) -> None:
    during, after = calm.customer_errors[EPOCH_MIN + 20], calm.customer_errors[EPOCH_MIN + 120]
    assert 0.0 < during < 0.05
    assert after == 0.0
    assert calm.customers.snapshot().dynamodb_error_rate == 0.0


def test_pollers_cannot_be_restored_before_dynamodb_answers() -> None:
    early = {60: ("service-lambda", ActionOrder("lambda.restore_pollers"))}
    night = Night(orders=early, until_min=EPOCH_MIN + 70)
    assert night.stage.results["lambda.restore_pollers"].startswith("refused: ")


def test_an_action_for_somebody_else_is_refused() -> None:
    orders = {5: ("service-redshift", ActionOrder("dwfm.throttle"))}
    night = Night(dns_breaks=False, orders=orders, until_min=EPOCH_MIN + 10)
    assert night.stage.results["dwfm.throttle"].startswith("refused: ")
