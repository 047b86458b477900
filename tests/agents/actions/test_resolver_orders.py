"""Forcing addresses on resolvers, taking them out again, flushing caches."""

from collections.abc import Callable
from typing import Any

import pytest

from outage_agents.dns_plan import balancer_addresses
from outage_agents.load_balancers import AskCapacity, Capacity
from outage_agents.messages import Answer, Lookup
from outage_agents.resolvers import Resolvers
from outage_engine.actor import Actor
from outage_engine.clock import SECOND

Build = Callable[..., Any]
FORCE, REMOVE, FLUSH = "dns.rpz_override", "dns.rpz_remove", "dns.flush_caches"
STOP, RESTORE = "dns.stop_automation", "dns.restore_from_rollback"


def test_addresses_are_forced_only_where_the_name_is_empty(dns_night: Build) -> None:
    night = dns_night(f"{FORCE}@T-5m", f"{FORCE}@T+5m", f"{FORCE}@T+6m", until_min=7)
    assert [result for _, result in night.results] == ["not needed", "done", "not needed"]
    assert night.region.dns.internal.snapshot().empty_share == 0.0
    assert night.region.dns.customers.snapshot().empty_share > 0.2
    assert night.region.dns.ec2.snapshot().empty_share == 1.0


def test_what_is_not_forced_cannot_be_taken_out(dns_night: Build) -> None:
    night = dns_night(f"{REMOVE}@T+5m", until_min=6)
    assert night.results == [(REMOVE, "not needed")]


def test_taken_out_too_early_the_internal_network_is_down_again(dns_night: Build) -> None:
    night = dns_night(f"{FORCE}@T+15m", f"{REMOVE}@T+20m", until_min=21)
    assert [result for _, result in night.results] == ["done", "done"]
    assert "hold the empty answer" in night.details[1]
    assert night.region.dns.internal.snapshot().empty_share == 1.0


def test_taken_out_after_the_tail_nobody_notices(dns_night: Build) -> None:
    acts = (f"{FORCE}@T+3m", f"{STOP}@T+4m", f"{RESTORE}@T+5m", f"{REMOVE}@T+21m")
    night = dns_night(*acts, until_min=22)
    assert night.results[-1] == (REMOVE, "done")
    assert night.details[-1] == "forced addresses are taken out"
    assert night.region.dns.internal.snapshot().empty_share == 0.0


class Authority(Actor):
    """Gives an address, until the name goes empty."""

    async def main(self) -> None:
        while True:
            told = await self.receive()
            assert told is not None
            assert isinstance(told.message, Lookup)
            there = self.world.now < 60 * SECOND
            addresses = balancer_addresses(4)[:2] if there else ()
            told.reply(Answer(addresses, 1.0 if there else 0.0))


class Balancers(Actor):
    """Lose their capacity after an hour."""

    async def main(self) -> None:
        while True:
            told = await self.receive()
            assert told is not None
            assert isinstance(told.message, AskCapacity)
            there = self.world.now < 3600 * SECOND
            told.reply(Capacity((100, 100, 100, 100) if there else (20, 0, 100, 100)))


def a_population(**changes: Any) -> Resolvers:
    return Resolvers(
        "resolver",
        count=200,
        route53="route53",
        positive_ttl_s=5.0,
        negative_ttl_s=300.0,
        **changes,
    )


def test_forced_addresses_age_when_nobody_takes_them_out(played: Build) -> None:
    resolver = a_population(load_balancers="balancers")
    run = played(
        [Authority("route53"), Balancers("balancers"), resolver],
        [(600, "resolver", FORCE, {})],
        4000,
        watch=resolver.snapshot,
    )
    assert run.results == ["done"]
    assert run.seen[3540].empty_share == 0.0
    # 0.9 of the capacity behind the two addresses is gone: three tries fail in 0.9 ** 3.
    assert run.seen[3720].empty_share == pytest.approx(0.729)


def test_a_flush_is_not_needed_where_nothing_empty_is_held(dns_night: Build) -> None:
    night = dns_night(f"{FLUSH}@T-5m", until_min=-4)
    assert night.results == [(FLUSH, "not needed")]


def test_a_flush_after_the_repair_frees_ours_and_those_customers_who_follow(
    dns_night: Build,
) -> None:
    acts = (f"{STOP}@T+16m", f"{RESTORE}@T+17m", f"{FLUSH}:customers_follow=0.3@T+17m")
    night = dns_night(*acts, until_min=17.2)
    assert night.results[-1] == (FLUSH, "done")
    assert night.region.dns.internal.snapshot().empty_share == 0.0
    assert night.region.dns.customers.snapshot().empty_share == pytest.approx(0.7, abs=0.07)


def test_a_flush_while_the_record_is_empty_makes_the_tail_longer(dns_night: Build) -> None:
    repair = (f"{STOP}@T+16m", f"{RESTORE}@T+20m")
    early = dns_night(f"{FLUSH}:customers_follow=1@T+19m", *repair, until_min=33)
    plain = dns_night(*repair, until_min=33)
    assert early.results[1] == (FLUSH, "done")
    assert "came back" in early.details[1]
    # Everybody kept the empty answer anew at 19 min, for 15 min; else a share expires each second.
    assert early.region.dns.customers.snapshot().empty_share > 0.95
    assert plain.region.dns.customers.snapshot().empty_share < 0.3


def test_a_flush_does_not_touch_what_is_forced(dns_night: Build) -> None:
    night = dns_night(f"{FORCE}@T+5m", f"{FLUSH}@T+6m", until_min=7)
    internal = night.region.dns.internal.snapshot()
    assert (internal.override, internal.empty_share) == (True, 0.0)


def test_a_flush_is_refused_where_route_53_does_not_answer(dns_night: Build) -> None:
    def pause(world: Any) -> None:
        world.pause("route53")

    night = dns_night(f"{FLUSH}@T+5m", until_min=6, faults=[(4, pause)])
    assert night.results[0][1].startswith("refused: Route 53 does not answer")
