"""What happens on the call and nowhere else: it costs time. And the packet loss that misled it."""

from collections.abc import Callable
from typing import Any

import pytest

from outage_agents.actions import CATALOGUE, find_action, parse_act
from outage_agents.customers import Customers
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.services import ServicesParameters
from outage_agents.scenario import Scenario
from outage_agents.services import service_rows
from outage_engine.actor import Actor
from outage_engine.clock import MINUTE
from outage_engine.narration import Cause

Build = Callable[..., Any]
DECOYS = [action.id for action in CATALOGUE if not action.targets]
PACKETS = "triage.packet_loss"


class Way:
    """Nothing answers."""

    @property
    def because(self) -> tuple[Cause, ...]:
        return ()

    async def answered_share(self) -> float:
        return 0.0


def test_these_actions_touch_nothing_in_the_region() -> None:
    assert DECOYS == ["call.page_team", "call.split", "app.rollback_deploy"]


@pytest.mark.parametrize("action", DECOYS)
def test_a_decoy_is_done_and_changes_no_component(dns_night: Build, action: str) -> None:
    plain, after = dns_night(until_min=4), dns_night(f"{action}@T+2m", until_min=4)
    assert after.results == [(action, "done")]
    views = [
        (night.region.dns.route53.snapshot(), night.enactors, night.region.dns.dynamodb.snapshot())
        for night in (plain, after)
    ]
    assert views[0] == views[1]


@pytest.mark.parametrize("action", [*DECOYS, PACKETS])
def test_a_decoy_costs_its_time_when_somebody_begins_it(action: str) -> None:
    scenario = Scenario.load("dns-only")
    begun = parse_act(f"{action}:start=true@T+10m", scenario)
    found = find_action(action)
    assert begun.at_ns - begun.start_ns == round(found.duration_typical_s * 1e9)
    assert found.duration_typical_s >= 5 * 60


@pytest.fixture
def border(played: Build) -> Build:
    """Customers, of whose packets a share is lost from minute 10 to 40, and orders at minutes."""

    def run(*minutes: float, loss: bool = True) -> Any:
        p = ServicesParameters()
        load = LoadParameters(packet_loss=loss, packet_loss_lasts_min=30.0)
        customers = Customers(
            p,
            load,
            service_rows(p),
            epoch_s=610,
            client=lambda _actor, _resolver, _life: Way(),
        )
        none: dict[str, float | str] = {}
        orders = [(minute * 60, "customers", PACKETS, none) for minute in minutes]
        return played([customers], orders, 3600, watch=customers.snapshot)

    return run


def test_following_the_packet_loss_tells_that_it_explains_nothing(border: Build) -> None:
    run = border(20)
    assert run.results == ["done"]
    assert run.details == [
        "az1 loses 8% of its packets, and 100% of requests to DynamoDB fail in every zone"
    ]


@pytest.mark.parametrize("minute", [5, 50])
def test_before_and_after_the_loss_there_is_nothing_to_follow(border: Build, minute: float) -> None:
    assert border(minute).results == ["not needed"]


def test_following_it_ends_nothing(border: Build) -> None:
    plain, followed = border(), border(20)
    assert plain.seen[1800] == followed.seen[1800]
    assert followed.seen[1800].packet_loss_share > 0


def test_somebody_else_s_order_is_refused_by_customers(played: Build) -> None:
    p = ServicesParameters()
    customers = Customers(p, LoadParameters(), service_rows(p), epoch_s=600, client=_no_way)
    run = played([customers], [(60, "customers", "dns.inspect", {})], 120)
    assert run.results == ["refused: customers cannot do dns.inspect"]


def _no_way(_actor: Actor, _resolver: str, _life_s: float) -> Way:
    return Way()


def test_decoys_go_on_beside_each_other_and_beside_the_work(dns_night: Build) -> None:
    night = dns_night(
        "call.page_team:start=true,duration_s=300@T+1m",
        "call.split:start=true,duration_s=300@T+1m",
        "dns.inspect@T+3m",
        until_min=7,
    )
    done = [(done.id, done.t_ns // MINUTE - 15) for done in night.region.actions()]
    assert done == [("dns.inspect", 3), ("call.page_team", 6), ("call.split", 6)]
