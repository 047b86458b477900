"""Laws of automatic AZ failover: when a zone leaves DNS, when it returns, what never happens."""

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from outage_agents.health_check import CheckReport
from outage_agents.messages import ActionOrder, ActionResult, ZoneCapacity
from outage_agents.nlb import NlbZone, failover_log, nlb_view, watch_nlb, zones_out
from outage_agents.parameters.load import LoadParameters
from outage_agents.parameters.nlb import NlbParameters
from outage_engine.actor import Actor
from outage_engine.clock import SECOND
from outage_engine.world import World

NAMES = tuple(f"nlb-az{zone}" for zone in range(1, 7))
At = tuple[int, int, int]
"""At second, in zone, so many nodes are unknown."""


class Script(Actor):
    """Plays the checkers, the operators and a service behind NLB."""

    def __init__(self, reports: list[At], orders: list[tuple[int, ActionOrder]]) -> None:
        super().__init__("script")
        self._steps: list[tuple[int, At | ActionOrder]] = sorted(
            [*((r[0], r) for r in reports), *orders], key=lambda step: step[0]
        )
        self.results: list[list[str]] = []

    async def main(self) -> None:
        for at_s, step in self._steps:
            await self.sleep_until(at_s * SECOND)
            if isinstance(step, ActionOrder):
                self.results.append([await self._order(name, step) for name in NAMES])
            else:
                _, zone, unknown = step
                report = CheckReport(f"checker-{zone}", 0, unknown, 0, 0, 0, 0.0, 0.0)
                self.send(f"nlb-az{zone}", report)

    async def _order(self, name: str, order: ActionOrder) -> str:
        result = await self.ask(name, order, SECOND)
        assert isinstance(result, ActionResult)
        return result.result


class Service(Actor):
    """Hears the zones' capacity."""

    def __init__(self) -> None:
        super().__init__("service")
        self.heard: list[tuple[int, int, bool]] = []

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            capacity = envelope.message
            assert isinstance(capacity, ZoneCapacity)
            self.heard.append((round(self.world.now / SECOND), capacity.zone, capacity.in_service))


class Stage:
    """Six zones with one scripted checker each, and the most zones that were ever out."""

    def __init__(
        self,
        reports: list[At],
        *,
        orders: list[tuple[int, ActionOrder]] | None = None,
        parameters: NlbParameters | None = None,
        until_s: int = 1200,
    ) -> None:
        self.world = World(3)
        p = parameters or NlbParameters()
        self.zones = tuple(
            NlbZone(z, p, checkers=(f"checker-{z}",), peers=NAMES, subscribers=("service",))
            for z in range(1, 7)
        )
        self.script = Script(reports, orders or [])
        self.service = Service()
        for actor in (*self.zones, self.script, self.service):
            self.world.add(actor)
        watch_nlb(self.world, self.zones, LoadParameters(), epoch_s=0)
        self.most_out = 0
        self.world.call_after(SECOND, self._watch)
        self.world.simulate(until_s * SECOND)
        self.log = [
            (round(e.t_ns / SECOND), e.zone, e.event)
            for e in failover_log([zone.snapshot() for zone in self.zones])
        ]

    def _watch(self) -> None:
        self.most_out = max(self.most_out, zones_out(self.zones))
        self.world.checkers.evaluate(self.world.now)
        self.world.call_after(SECOND, self._watch)

    def violated(self) -> list[str]:
        return [law.name for law in self.world.checkers.report() if not law.held]


def test_a_zone_leaves_when_more_than_the_trip_share_is_unknown_for_long_enough() -> None:
    stage = Stage([(100, 1, 600), (100, 2, 290)], until_s=600)
    assert [(zone, event) for _, zone, event in stage.log] == [(1, "out")]
    assert 100 + 55 <= stage.log[0][0] <= 100 + 85  # the mean over 120 s passes 0.3 half-way


def test_a_zone_returns_under_the_return_share_and_not_before_its_least_time_out() -> None:
    stage = Stage([(100, 1, 900), (170, 1, 0)], until_s=600)
    (out_s, _, _), (in_s, _, event) = stage.log
    assert event == "in"
    assert in_s - out_s >= 60


def test_between_trip_and_return_share_nothing_changes() -> None:
    stage = Stage([(100, 1, 600), (400, 1, 270), (700, 2, 270)], until_s=1200)
    assert [(zone, event) for _, zone, event in stage.log] == [(1, "out")]


def test_if_every_zone_would_be_out_none_is() -> None:
    stage = Stage([(100 + z, z, 800) for z in range(1, 7)], until_s=600)
    view = nlb_view(stage.zones, 0.6)
    assert {zone.state for zone in view.zones} == {"fail-open"}
    assert view.capacity_share == 1.0
    assert stage.most_out <= 5
    assert stage.violated() == []


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 6), st.integers(0, 1000)), max_size=25)
)
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_never_are_all_zones_out(reports: list[At]) -> None:
    stage = Stage(reports, until_s=1200)
    assert stage.most_out <= 5
    assert stage.violated() == []


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 6), st.integers(0, 1000)), max_size=25),
    st.sampled_from([1.0, 2.0, 0.2]),
)
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@example([(0, 3, 404), (0, 2, 460), (178, 1, 619), (172, 2, 0)], 1.0)
def test_the_velocity_limit_bounds_what_is_out_at_once(reports: list[At], limit: float) -> None:
    stage = Stage(reports, parameters=NlbParameters(velocity_limit=limit), until_s=1200)
    assert stage.most_out <= max(1, int(limit))
    assert stage.violated() == []


def test_a_limit_of_one_zone_lets_one_zone_go_even_while_single_nodes_flap() -> None:
    reports = [(90, 4, 20), (100, 1, 800), (100, 2, 800), (100, 3, 800)]
    stage = Stage(reports, parameters=NlbParameters(velocity_limit=1.0), until_s=900)
    assert stage.most_out == 1
    assert zones_out(stage.zones) == 1


def test_a_limit_that_is_set_late_brings_the_zones_beyond_it_back() -> None:
    limit = ActionOrder("nlb.set_velocity_limit", (("zones", 1.0),))
    stage = Stage([(100, z, 800) for z in (1, 2, 3)], orders=[(400, limit)], until_s=600)
    assert stage.script.results == [["done"] * 6]
    assert stage.most_out == 3
    assert sorted(zone for at_s, zone, event in stage.log if event == "in") == [2, 3]
    assert stage.violated() == []


def test_switching_failover_off_brings_every_zone_back_at_once() -> None:
    disable = ActionOrder("nlb.disable_failover")
    stage = Stage([(100, 1, 800), (100, 2, 800)], orders=[(400, disable)], until_s=600)
    assert stage.script.results == [["done"] * 6]
    back = [(at_s, zone) for at_s, zone, event in stage.log if event == "in"]
    assert back == [(400, 1), (400, 2)]
    assert zones_out(stage.zones) == 0


def test_a_zone_that_fails_stays_in_dns_while_failover_is_off() -> None:
    orders = [
        (300, ActionOrder("nlb.disable_failover")),
        (900, ActionOrder("nlb.enable_failover")),
    ]
    stage = Stage([(290, 1, 800)], orders=orders, until_s=1000)
    assert stage.script.results == [["done"] * 6, ["done"] * 6]
    assert [(at_s >= 900, event) for at_s, _, event in stage.log] == [(True, "out")]


def test_when_nothing_fails_operators_find_nothing_to_switch() -> None:
    orders = [
        (300, ActionOrder("nlb.disable_failover")),
        (400, ActionOrder("nlb.enable_failover")),
    ]
    stage = Stage([], orders=orders, until_s=500)
    assert stage.script.results == [["not needed"] * 6, ["not needed"] * 6]


def test_customers_follow_dns_when_its_ttl_has_passed() -> None:
    stage = Stage([(100, 3, 900)], until_s=600)
    (out_s, _, _) = stage.log[0]
    assert len(stage.service.heard) == 1
    heard_s, zone, in_service = stage.service.heard[0]
    assert (zone, in_service) == (3, False)
    assert abs(heard_s - out_s - 60) <= 1


def test_an_action_it_does_not_know_is_refused() -> None:
    stage = Stage([], orders=[(10, ActionOrder("dwfm.throttle"))], until_s=20)
    assert all(result.startswith("refused: ") for result in stage.script.results[0])
