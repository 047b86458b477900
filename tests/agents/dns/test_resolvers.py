"""Caches, connections and replicas: who notices the empty name when."""

import random

import pytest

from outage_agents.dns_plan import REGIONAL
from outage_agents.dynamodb_client import Connections, DynamodbClient
from outage_agents.global_tables import GlobalTables
from outage_agents.messages import ActionOrder, ActionResult, Answer, Lookup
from outage_agents.resolvers import Resolvers, lower_negative_ttl_s
from outage_engine.actor import Actor
from outage_engine.clock import SECOND, seconds
from outage_engine.world import World


class Authority(Actor):
    """Stands in for Route 53: has addresses except in one interval."""

    def __init__(self, empty_from_s: float, empty_to_s: float) -> None:
        super().__init__("route53")
        self._empty_from_s, self._empty_to_s = empty_from_s, empty_to_s
        self.asked = 0

    async def main(self) -> None:
        while True:
            question = await self.receive()
            assert question is not None
            self.asked += 1
            empty = self._empty_from_s <= seconds(self.world.now) < self._empty_to_s
            question.reply(Answer((), 0.0) if empty else Answer(("198.18.0.1",), 1.0))


class Watcher(Actor):
    """Asks a population every ten seconds, and keeps (second, answered share)."""

    def __init__(self) -> None:
        super().__init__("watcher")
        self.seen: list[tuple[float, float]] = []

    async def main(self) -> None:
        while True:
            await self.sleep(10 * SECOND)
            answer = await self.ask("resolver", Lookup(REGIONAL), SECOND)
            self.seen.append((seconds(self.world.now), answer.answered_share))

    def share_at(self, second: float) -> float:
        return next(share for at, share in self.seen if at >= second)


def a_population(negative_ttl_s: float, empty_from_s: float, empty_to_s: float) -> Resolvers:
    return Resolvers(
        "resolver",
        count=4000,
        route53="route53",
        positive_ttl_s=5.0,
        negative_ttl_s=negative_ttl_s,
    )


def watched(
    negative_ttl_s: float, empty: tuple[float, float], until_s: float
) -> tuple[Watcher, World]:
    world = World(3)
    world.add(Authority(*empty))
    world.add(a_population(negative_ttl_s, *empty))
    watcher = Watcher()
    world.add(watcher)
    world.simulate(round(until_s * SECOND))
    return watcher, world


def test_the_share_that_holds_the_old_answer_falls_as_1_minus_t_over_ttl() -> None:
    watcher, _ = watched(900.0, (100.0, 4000.0), 5200.0)
    for elapsed_s in (90, 225, 450, 675, 810):
        held = 1.0 - watcher.share_at(4000 + elapsed_s)
        assert held == pytest.approx(1 - elapsed_s / 900, abs=0.03)
    assert watcher.share_at(4000 + 912) == 1.0


def test_a_short_negative_ttl_brings_all_back_at_once() -> None:
    watcher, _ = watched(5.0, (100.0, 1000.0), 1100.0)
    assert watcher.share_at(500) == 0.0
    assert watcher.share_at(1020) == 1.0


def test_while_nothing_is_wrong_nobody_is_without_an_address() -> None:
    watcher, _ = watched(900.0, (1e6, 2e6), 300.0)
    assert {share for _, share in watcher.seen} == {1.0}


def test_the_negative_ttl_is_the_smaller_of_the_two() -> None:
    assert lower_negative_ttl_s(900.0, 86_400.0) == 900.0
    assert lower_negative_ttl_s(900.0, 60.0) == 60.0


def test_forcing_addresses_is_not_needed_while_there_are_some() -> None:
    results: list[ActionResult] = []

    class Operator(Actor):
        async def main(self) -> None:
            await self.sleep(30 * SECOND)
            for action in ("dns.rpz_override", "dns.flush_caches", "dwfm.throttle"):
                results.append(await self.ask("resolver", ActionOrder(action), SECOND))

    world = World(1)
    world.add(Authority(1e6, 2e6))
    world.add(a_population(900.0, 1e6, 2e6))
    world.add(Operator("operators"))
    world.simulate(60 * SECOND)
    assert [result.result for result in results[:2]] == ["not needed"] * 2
    assert results[2].result.startswith("refused")


def test_connections_close_at_their_mean_life_and_open_again_at_once() -> None:
    connections = Connections(60.0)
    for _ in range(60):
        connections.age(SECOND, 0.0)
    assert connections.closed_share == pytest.approx(0.632, abs=0.01)
    connections.age(SECOND, 0.75)
    assert connections.closed_share == 0.25
    connections.age(SECOND, 1.0)
    assert connections.closed_share == 0.0


def test_a_client_keeps_dynamodb_for_a_while_and_asks_seldom_when_all_is_well() -> None:
    shares: list[tuple[int, float]] = []

    class Service(Actor):
        async def main(self) -> None:
            client = DynamodbClient(self, resolver="resolver", connection_life_s=60.0)
            while True:
                shares.append((self.world.now // SECOND, await client.answered_share()))
                await self.sleep(SECOND)

    world = World(1)
    authority = Authority(300.0, 900.0)
    world.add(authority)
    world.add(a_population(5.0, 300.0, 900.0))
    world.add(Service("service"))
    world.simulate(1000 * SECOND)
    share = dict(shares)
    assert share[290] == 1.0
    assert 0.2 < share[340] < 1.0
    assert share[890] < 0.01
    assert share[920] == 1.0


@pytest.mark.parametrize("outage_s", [600.0, 9420.0])
def test_replicas_catch_up_in_the_outage_divided_by_24(outage_s: float) -> None:
    world = World(1)
    world.add(Authority(100.0, 100.0 + outage_s))
    tables = GlobalTables(
        "global-tables", replicas=5, look_up_s=30.0, replay_rate=25.0, route53="route53"
    )
    world.add(tables)
    over_s = 100 + outage_s
    lags_s: dict[float, float] = {}
    for after_s in (-1.0, outage_s / 24 / 2, outage_s / 24 + 32):
        world.call_at(
            round((over_s + after_s) * SECOND),
            lambda at_s: lags_s.update({at_s: tables.snapshot().worst_lag_s}),
            after_s,
        )
    world.simulate(round((over_s + outage_s) * SECOND))
    before, half, done = lags_s.values()
    assert before == pytest.approx(outage_s, abs=31)
    assert 0.2 * outage_s < half < outage_s
    assert done == 0.0


def test_no_empty_answer_outlives_the_negative_ttl() -> None:
    draw = random.Random(4)
    for _ in range(3):
        empty_to_s = draw.uniform(200, 1500)
        watcher, _ = watched(300.0, (100.0, empty_to_s), empty_to_s + 330)
        assert watcher.seen[-1][1] == 1.0
