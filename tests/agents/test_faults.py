"""Faults of the Region: each kind begins, works by its mechanism, ends, and composes."""

import attrs
import pytest
import trio

from outage_agents.fault_board import cast_of
from outage_agents.fault_catalogue import CATALOGUE, FaultError, find_fault, struck_actors
from outage_agents.fault_words import check_faults, parse_fault, parse_swarm, swarm
from outage_agents.faults import fault_text
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import ScenarioError
from outage_agents.simulation import Simulation
from outage_engine.clock import MINUTE, SECOND
from tests.agents.any_inputs import BASE, CAST, MUST_HOLD

QUIET = Scenario.load(
    "small",
    (
        ("droplets", "2400"),
        ("epoch_s", "28800"),
        ("duration_s", "3600"),
        ("dns.endpoints", "4"),
        ("dns.poll_s", "5"),
        ("dns.resolvers", "100"),
        ("dwfm.shards_per_zone", "1"),
        ("nlb.checkers_per_zone", "2"),
        ("nlb.nodes_per_zone", "100"),
        ("load.packet_loss", "false"),
    ),
).with_script(())
"""An hour, long before anything happens by itself."""


class Watched:
    """A run with faults, looked at minute by minute."""

    def __init__(self, *faults: str, settings: Scenario = QUIET) -> None:
        parsed = tuple(parse_fault(text, settings, cast_of(settings)) for text in faults)
        self.simulation = Simulation(settings.with_faults(parsed))
        self.world = self.simulation.world
        self.at_min: dict[int, dict[str, float]] = {}
        trio.run(self._run)
        for law in self.world.checkers.report():
            assert law.held or law.name not in MUST_HOLD, law

    async def _run(self) -> None:
        telemetry = self.world.telemetry
        async with self.world.running():
            for minute in range(1, self.simulation.until_ns // MINUTE + 1):
                await self.world.advance(minute * MINUTE - SECOND)
                names = telemetry.names()
                found = telemetry.sample(self.world.now)
                self.at_min[minute] = dict(zip(names, found, strict=True))

    def values(self, name: str) -> list[float]:
        """One measured value, at the end of each minute."""
        return [self.at_min[minute][name] for minute in sorted(self.at_min)]

    def said(self, component: str) -> list[str]:
        """What one component told."""
        return [line.text for line in self.world.narration.lines if line.component == component]


def when(minute: int, lasts: int | None = None) -> str:
    """The moment so many minutes after the start of the hour, as it is typed."""
    lasting = "" if lasts is None else f"+{lasts}m"
    return f"T-{480 - minute}m{lasting}"


def plans(run: Watched) -> int:
    return run.simulation.region.dns.planner.snapshot().newest_generation


@pytest.fixture(scope="module")
def calm() -> Watched:
    return Watched()


def test_nothing_happens_in_an_hour_without_faults(calm: Watched) -> None:
    assert max(calm.values("customers.error_rate")) < 0.02
    assert max(calm.values("nlb.zones_out")) == 0


def test_slow_makes_a_planner_plan_more_rarely(calm: Watched) -> None:
    slowed = Watched(f"slow:planner,factor=5@{when(10, 40)}")
    missed = 40 - 40 // 5
    assert plans(calm) - plans(slowed) == pytest.approx(missed, abs=1)


def test_slow_shards_have_the_less_capacity() -> None:
    slowed = Watched(f"slow:dwfm-*,factor=50@{when(5, 20)}")
    late = slowed.values("dwfm.late_total")
    assert late[3] == 0
    assert late[-1] > 100
    shards = slowed.simulation.region.ec2
    assert shards is not None
    assert all(shard.slowness == 1.0 for shard in shards.shards)


def test_results_of_slow_checkers_are_too_old_and_the_zone_goes_out_until_they_are_not() -> None:
    run = Watched(f"slow:health-check-az2-*,factor=40@{when(5, 20)}")
    out = run.values("nlb.zones_out")
    assert max(out[:4]) == 0
    assert max(out) == 1
    assert out[-1] == 0


def test_crash_keeps_what_is_on_disk_and_loses_the_rest(calm: Watched) -> None:
    crashed = Watched(f"crash:planner@{when(10, 20)}")
    assert plans(calm) - plans(crashed) == pytest.approx(20, abs=1)


def test_leases_run_out_under_crashed_shards_and_launches_avoid_them() -> None:
    run = Watched(f"crash:dwfm-az3-*@{when(5, 45)}")
    broken = run.values("dwfm.broken")
    assert max(broken[:4]) < 10
    assert max(broken) > 30  # the first leases have run out after half an hour
    assert max(run.values("ec2.insufficient_capacity_total")[:4]) < 5
    refused = run.values("ec2.insufficient_capacity_total")
    assert refused[20] > refused[4] + 4
    assert any("fallen silent" in text for text in run.said("ec2-api"))
    assert broken[-1] < max(broken)


def test_restart_is_over_at_once_and_loses_no_lease() -> None:
    run = Watched(f"restart:dwfm-*@{when(10)}")
    assert max(run.values("dwfm.broken")) < 30
    assert len([text for text in run.said("dwfm-az1-1") if "started again" in text]) == 1


def test_pause_stops_answers_until_it_ends() -> None:
    run = Watched(f"pause:route53@{when(10, 5)}")
    errors = run.values("dynamodb.error_rate")
    assert errors[8] == 0
    assert max(errors[10:15]) > 0.5
    assert errors[20] == 0


def test_latency_beyond_patience_is_as_bad_as_no_answer() -> None:
    run = Watched(f"latency:resolver-*<>route53,ms=3000@{when(10, 5)}")
    assert max(run.values("dynamodb.error_rate")[10:15]) > 0.5
    assert run.values("dynamodb.error_rate")[20] == 0
    harmless = Watched(f"latency:resolver-*<>route53,ms=100@{when(10, 5)}")
    assert max(harmless.values("dynamodb.error_rate")) == 0


def test_loss_reaches_the_flow_of_requests_in_its_share() -> None:
    run = Watched(f"loss:customers>dynamodb,share=0.4@{when(10, 10)}")
    rates = run.values("customers.error_rate")
    assert rates[8] < 0.02 < max(rates[10:19])
    assert rates[30] < 0.02


def test_a_one_way_cut_is_a_cut_but_of_messages_that_way_only() -> None:
    there = Watched(f"partition:dwfm-az1-*>dynamodb@{when(5, 50)}")
    other = Watched(f"partition:dynamodb>dwfm-az2-*@{when(5, 50)}")
    for run, zone in ((there, 1), (other, 2)):
        assert any("state checks fail" in text for text in run.said(f"dwfm-az{zone}-1"))
        assert not run.said("dwfm-az3-1")
    unheard = Watched(f"partition:dwfm-az1-*>ec2-api@{when(5, 10)}")
    back = Watched(f"partition:ec2-api>dwfm-az1-*@{when(5, 10)}")
    assert any("fallen silent" in text for text in unheard.said("ec2-api"))
    assert not any("fallen silent" in text for text in back.said("ec2-api"))


def test_what_a_hold_kept_arrives_when_it_is_released() -> None:
    run = Watched(f"hold:planner>enactor-*@{when(10, 20)}")
    assert run.world.links.held == []
    generation = run.simulation.region.dns.route53.snapshot().target_generation
    assert generation > 40  # plans are applied again
    during = Watched(f"hold:planner>enactor-*@{when(10)}")
    assert during.world.links.held
    assert during.simulation.region.dns.route53.snapshot().target_generation < 20


def test_a_lost_zone_leaves_dns_by_the_silence_of_its_checkers() -> None:
    run = Watched(f"lose-zone:az4@{when(10, 30)}")
    out = run.values("nlb.zones_out")
    assert max(out[:10]) == 0
    assert out[15] == 1
    assert out[-1] == 0
    errors = run.values("nlb.error_rate")
    assert max(errors[9:13]) > 0.1  # a sixth of the connections, until it is out
    assert errors[25] < 0.01
    assert not run.world.actor("enactor-3").down


def test_with_failover_off_a_dead_zone_stays_in_dns_and_customers_feel_it() -> None:
    off = attrs.evolve(QUIET, nlb=attrs.evolve(QUIET.nlb, failover_enabled=False))
    run = Watched(f"lose-zone:az4@{when(10, 30)}", settings=off)
    assert max(run.values("nlb.zones_out")) == 0
    errors = run.values("nlb.error_rate")
    assert errors[25] == pytest.approx(1 / 6, abs=0.01)
    assert run.values("customers.error_rate")[25] > 0.02
    assert errors[-1] < 0.01


def test_lost_nodes_are_found_by_their_checks() -> None:
    run = Watched(f"lose-nodes:nlb-az2,share=0.2@{when(10, 20)}")
    assert max(run.values("nlb.capacity_share")[:9]) == 1.0
    assert run.values("nlb.capacity_share")[20] == pytest.approx(1 - 0.2 / 6, abs=0.01)
    assert run.values("nlb.capacity_share")[-1] == 1.0


def test_degraded_resolvers_answer_in_the_share_that_is_left() -> None:
    run = Watched(
        f"degrade-resolver:resolver-customers,share=0.5@{when(5, 40)}",
        f"degrade-resolver:resolver-*,share=0.2@{when(20, 10)}",
    )
    errors = run.values("dynamodb.error_rate")
    assert errors[3] == 0
    assert errors[18] == pytest.approx(0.5, abs=0.05)
    assert errors[29] == pytest.approx(1 - 0.5 * 0.8, abs=0.05)
    assert errors[44] == pytest.approx(0.5, abs=0.05)
    assert errors[-1] == 0


def test_a_degraded_dynamodb_fails_its_share_of_calls_and_degradations_compose() -> None:
    run = Watched(
        f"degrade-dynamodb:dynamodb,errors=0.5@{when(5, 30)}",
        f"degrade-dynamodb:dynamodb,errors=0.5@{when(15, 10)}",
        f"crash:dynamodb@{when(20, 2)}",
    )
    errors = run.values("dynamodb.error_rate")
    assert errors[3] == 0
    assert errors[10] == pytest.approx(0.5)
    assert errors[18] == pytest.approx(0.75)
    assert errors[20] == 1.0
    assert errors[23] == pytest.approx(0.75)
    assert errors[28] == pytest.approx(0.5)
    assert errors[-1] == 0


def test_a_degraded_network_manager_works_with_what_is_left() -> None:
    run = Watched(f"degrade-network-manager:network-manager,capacity=0.2@{when(5, 20)}")
    waits = run.values("nm.wait_s")
    assert waits[3] == 0
    assert max(waits) > 300
    assert waits[-1] < max(waits) / 2


def test_messages_to_what_is_off_stage_are_never_struck() -> None:
    assert "dns-staging" in CAST
    assert "dns-staging" not in struck_actors(find_fault("crash"), "*", CAST)
    run = Simulation(BASE)
    run.faults.begin(0, parse_fault("partition:*<>*@T+0m", BASE, CAST))
    assert not run.world.links.route("enactor-1", "dns-staging").cut
    assert run.world.links.route("enactor-1", "route53").cut


# -- how a fault is written -----------------------------------------------------------------------


def test_every_example_of_the_catalogue_can_be_read_and_written_again() -> None:
    reference = Scenario.load("us-east-1-2025-10-20")
    cast = cast_of(reference)
    for kind in CATALOGUE:
        fault = parse_fault(kind.example, reference, cast)
        assert fault.kind == kind.id
        assert parse_fault(fault_text(fault, reference), reference, cast) == fault
        scenario = reference.with_faults((fault,))
        assert Scenario.read(scenario.text()).faults == (fault,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("crsh:planner@T+1m", "did you mean crash"),
        ("crash:planer@T+1m", "did you mean planner"),
        ("slow:planner,factr=2@T+1m", "did you mean factor"),
        ("slow:planner,factor=0.5@T+1m", "outside 1..1000"),
        ("slow:planner,factor@T+1m", "not ARG=VALUE"),
        ("restart:planner@T+1m+5m", "takes no duration"),
        ("partition:planner@T+1m", "A>B"),
        ("partition:planer>route53@T+1m", "did you mean planner"),
        ("lose-zone:az7@T+1m", "did you mean az"),
        ("degrade-dynamodb:route53@T+1m", "matches nobody"),
        ("crash:dns-staging@T+1m", "matches nobody"),
        ("crash:operators@T+1m", "matches nobody"),
        ("crash:planner@T+1m+0s", "more than 0"),
        ("crash:planner@T+9999m", "after the run ends"),
        ("crash:planner", "not KIND:TARGET"),
        ("crash@T+1m", "not KIND:TARGET"),
    ],
)
def test_what_is_wrong_with_a_fault_is_said(text: str, problem: str) -> None:
    with pytest.raises(FaultError) as wrong:
        parse_fault(text, BASE, CAST)
    assert problem in "\n".join(wrong.value.problems)


def test_every_problem_of_a_fault_is_listed() -> None:
    with pytest.raises(FaultError) as wrong:
        parse_fault("slow:planer,factor=0@T+99999m", BASE, CAST)
    assert len(list(wrong.value.problems)) == 3


def test_a_duration_may_be_given_in_parts_and_a_plus_belongs_to_t_first() -> None:
    fault = parse_fault("crash:planner@T+2m+1m30s", BASE, CAST)
    assert fault.at_ns == BASE.epoch_ns + 2 * MINUTE
    assert fault.duration_ns == 90 * SECOND
    assert parse_fault("crash:planner@T+2m", BASE, CAST).duration_ns is None


def test_a_scenario_file_cannot_hold_an_unknown_fault() -> None:
    text = 'extends = "dns-only"\n[[faults]]\nkind = "crsh"\ntarget = "planner"\nat = "T+1m"\n'
    with pytest.raises(ScenarioError, match="did you mean crash"):
        Scenario.read(text)
    known = Scenario.read(text.replace("crsh", "crash").replace("planner", "nlb-az1"))
    with pytest.raises(FaultError, match="matches nobody"):
        check_faults(known.faults, cast_of(known))


def test_a_swarm_is_the_same_for_a_seed_and_made_of_ordinary_faults() -> None:
    drawn = swarm(50, 7, CAST, BASE.duration_ns)
    assert drawn == swarm(50, 7, CAST, BASE.duration_ns)
    assert drawn != swarm(50, 8, CAST, BASE.duration_ns)
    check_faults(drawn, CAST)
    for fault in drawn:
        assert parse_fault(fault_text(fault, BASE), BASE, CAST) == fault
    assert len({fault.kind for fault in drawn}) > 5
    assert parse_swarm("swarm:3", 9) == (3, 9)
    assert parse_swarm("swarm:3,seed=4", 9) == parse_swarm("swarm:3,4", 9) == (3, 4)
    with pytest.raises(FaultError):
        parse_swarm("swarm:0", 9)


def test_faults_begun_and_ended_by_hand_give_the_digest_of_the_same_ones_planned() -> None:
    live = Simulation(BASE)

    async def by_hand() -> None:
        async with live.world.running():
            await live.world.advance(100 * SECOND + 1)
            place = live.inject(parse_fault("lose-zone:az1@T+0m", BASE, CAST))
            await live.world.advance(200 * SECOND + 1)
            live.inject(parse_fault("slow:*,factor=3@T+0m+100s", BASE, CAST))
            await live.world.advance(400 * SECOND + 1)
            live.end_fault(place)
            await live.world.advance(600 * SECOND)

    trio.run(by_hand)
    assert [fault.duration_ns for fault in live.scenario.faults] == [300 * SECOND, 100 * SECOND]
    planned = Simulation(live.scenario, until_ns=600 * SECOND)
    trio.run(planned.run)
    assert planned.world.digest == live.world.digest


def test_a_fault_that_strikes_nobody_is_refused_live() -> None:
    live = Simulation(BASE)
    fault = attrs.evolve(parse_fault("crash:planner@T+0m", BASE, CAST), target="planer")
    with pytest.raises(FaultError, match="did you mean planner"):
        live.inject(fault)
    assert live.scenario.faults == ()
