"""The whole night on the small scenario, and what other settings make of parts of it.

Everything here goes through `Simulation`, as a headless run does: scenario in, result out.
"""

import math
from typing import TYPE_CHECKING

import pytest
import trio

from outage_agents.actions import load_script, merged, parse_act, without
from outage_agents.region import build
from outage_agents.result import result_of
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.timeline import reference_milestones, reference_windows
from outage_engine.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from outage_agents.result import RunResult, WindowResult

FEW_ENDPOINTS = ("dns.endpoints", "20")
"""A pass takes as long, and makes fewer events."""
CURVE = {
    "02:24": (0.56, 0.66),
    "04:13": (0.94, 0.99),
    "04:30": (0.77, 0.87),
    "04:45": (0.47, 0.57),
    "05:00": (0.17, 0.27),
    "05:15": (0.02, 0.08),
}
"""Share of droplets without a lease (calibration.md, DWFM leases), within 5 of a hundred."""
BROKEN_THAT_NIGHT = {"dns.endpoint_is_never_empty", "dns.plan_in_use_is_never_deleted"}


def played(
    scenario: str,
    *settings: tuple[str, str],
    until: str = "15:10",
    script: str = "as-history",
    left_out: "Sequence[str]" = (),
    acts: "Sequence[str]" = (),
    samples: "Sequence[str]" = (),
) -> "RunResult":
    """The result of one run."""
    loaded = Scenario.load(scenario, (FEW_ENDPOINTS, *settings))
    chosen = without(load_script(script, loaded), tuple(left_out))
    extra = tuple(parse_act(act, loaded) for act in acts)
    loaded = loaded.with_script(merged(chosen, extra))
    moments = {when: loaded.when(when) for when in samples}
    simulation = Simulation(loaded, until_ns=loaded.when(until), samples=moments)
    trio.run(simulation.run)
    return result_of(simulation)


# -- the cast --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cast() -> list[str]:
    world = World(1)
    build(Scenario.load("small", ()), world)
    return [actor.name for actor in world.actors()]


@pytest.mark.parametrize(
    ("prefix", "count"), [("enactor-", 3), ("dwfm-az", 24), ("health-check-az", 42), ("nlb-az", 6)]
)
def test_the_cast_has_as_many_of_each_as_the_real_one(
    cast: list[str], prefix: str, count: int
) -> None:
    assert sum(1 for name in cast if name.startswith(prefix)) == count


def test_every_zone_has_four_shards_and_seven_health_check_nodes(cast: list[str]) -> None:
    for zone in range(1, 7):
        assert sum(1 for name in cast if name.startswith(f"dwfm-az{zone}-")) == 4
        assert sum(1 for name in cast if name.startswith(f"health-check-az{zone}-")) == 7


def test_nobody_is_missing_from_the_cast(cast: list[str]) -> None:
    assert {
        "planner", "route53", "load-balancers", "resolver-customers", "resolver-internal",
        "resolver-ec2", "dynamodb", "global-tables", "ec2-api", "network-manager", "customers",
        "operators",
    } <= set(cast)  # fmt: skip
    assert sum(1 for name in cast if name.startswith("service-")) >= 20
    assert len(cast) == len(set(cast))


# -- the whole night -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def night() -> "RunResult":
    moments = (*CURVE, "23:40", "02:30", "05:36", "06:30", "07:10", "09:35", "09:37")
    return played("small", samples=moments)


@pytest.mark.parametrize(
    "event",
    [event for event in reference_milestones() if event.kind == "emergent"],
    ids=lambda event: event.id,
)
def test_this_milestone_comes_out_by_itself_within_its_tolerance(
    night: "RunResult", event: object
) -> None:
    wanted = next(known for known in reference_milestones() if known is event)
    assert wanted.tolerance_min is not None
    assert night.milestones[wanted.id].t_min == pytest.approx(
        wanted.t_min, abs=wanted.tolerance_min
    )


@pytest.mark.parametrize(
    "number",
    range(len(reference_windows())),
    ids=[f"{window.name}-{window.wave}" for window in reference_windows()],
)
def test_this_window_opens_and_closes_within_its_tolerance(night: "RunResult", number: int) -> None:
    wanted = reference_windows()[number]
    found: Sequence[WindowResult]
    if wanted.name in night.windows:
        found = night.windows[wanted.name]
    else:
        found = night.services[wanted.name].windows
    window = found[wanted.wave - 1]
    assert window.cause == wanted.cause
    assert window.start_t_min == pytest.approx(wanted.start_t_min, abs=wanted.tolerance_min)
    if wanted.end_t_min is None:
        assert window.end_t_min is None
    else:
        assert window.end_t_min == pytest.approx(wanted.end_t_min, abs=wanted.tolerance_min)


def test_services_that_nobody_lists_fail_and_come_back_too(night: "RunResult") -> None:
    for name, service in night.services.items():
        assert service.windows, name
        assert name == "redshift-clusters" or service.windows[-1].end_t_min is not None, name


def test_about_one_lease_in_ten_thousand_is_broken_before(night: "RunResult") -> None:
    assert night.samples["23:40"]["dwfm.broken"] <= 6


@pytest.mark.parametrize("when", CURVE)
def test_the_share_of_broken_leases_follows_the_curve(night: "RunResult", when: str) -> None:
    low, high = CURVE[when]
    assert low <= night.samples[when]["dwfm.broken"] / 10_000 <= high


def test_no_establishment_completes_in_the_collapse(night: "RunResult") -> None:
    done = [night.samples[when]["dwfm.established_total"] for when in ("02:30", "04:13")]
    assert done[0] == done[1] < 1_000
    assert night.samples["04:13"]["dwfm.queue"] > 10 * 10_000
    assert night.samples["04:30"]["dwfm.established_total"] > done[1]


def test_all_droplets_are_leased_again_soon_after_0528(night: "RunResult") -> None:
    assert night.samples["05:36"]["dwfm.broken"] <= 5
    assert night.samples["05:36"]["dwfm.queue"] < 100


def test_zones_leave_after_propagation_is_late_and_all_return_within_a_minute_of_0936(
    night: "RunResult",
) -> None:
    out = {when: night.samples[when]["nlb.zones_out"] for when in ("06:30", "07:10", "09:35")}
    assert out["06:30"] == 0
    assert 1 <= out["07:10"] <= 3
    assert 1 <= out["09:35"] <= 3
    assert night.samples["09:37"]["nlb.zones_out"] == 0


def test_only_the_laws_that_the_outage_broke_are_broken(night: "RunResult") -> None:
    broken = {name for name, law in night.checkers.items() if not law.held}
    assert broken == BROKEN_THAT_NIGHT
    assert len(night.checkers) > len(broken)
    for name in broken:
        assert night.checkers[name].first_violation_t_min == pytest.approx(0.0, abs=2)


def test_every_action_of_that_night_was_needed_and_done(night: "RunResult") -> None:
    assert len(night.actions) >= 14
    assert {action.result for action in night.actions} == {"done"}


def test_no_measured_value_is_negative_or_no_number(night: "RunResult") -> None:
    for name, series in night.series.items():
        values = (series.min, series.max, series.last)
        assert all(math.isfinite(value) and value >= 0.0 for value in values), name
        assert series.min <= series.last <= series.max, name


def test_customers_felt_it(night: "RunResult") -> None:
    impact = night.impact
    assert 0.5 < impact.peak_services_down_share <= 1.0
    assert impact.customer_minutes > 0
    assert impact.customer_minutes == pytest.approx(sum(impact.by_service.values()), rel=1e-6)
    assert impact.failed > 0 < impact.refused


# -- the race, otherwise ---------------------------------------------------------------------------


def test_keeping_a_hundred_generations_leaves_a_stale_plan_that_heals() -> None:
    run = played("dns-only", ("dns.keep_generations", "100"), until="00:40", script="none")
    assert run.milestones["dns_record_empty"].t_min is None
    assert run.series["dns.races_total"].last == 0
    assert run.series["dns.stale_overwrites_total"].last >= 1
    assert run.windows["DynamoDB"] == ()
    assert all(law.held for law in run.checkers.values())


def test_a_jam_at_another_endpoint_does_not_keep_the_race_from_happening() -> None:
    run = played(
        "dns-only", ("dns.staged", "false"), ("dns.slow_factor", "60"), script="none", until="03:00"
    )
    empty = run.milestones["dns_record_empty"]
    assert run.series["dns.races_total"].last == 1
    assert empty.t_min is not None
    assert not empty.staged


def test_far_below_the_threshold_stale_plans_are_seen_and_no_race() -> None:
    run = played(
        "dns-only", ("dns.staged", "false"), ("dns.slow_factor", "10"), script="none", until="01:00"
    )
    assert run.series["dns.races_total"].last == 0
    assert run.series["dns.stale_overwrites_total"].last > 10


def test_with_a_negative_ttl_of_a_minute_the_tail_is_a_minute() -> None:
    run = played("dns-only", ("dns.negative_ttl_s", "60"), until="02:45")
    assert run.milestones["dynamodb_recovered"].t_min == pytest.approx(158, abs=0.5)
    (window,) = run.windows["DynamoDB"]
    assert window.end_t_min == pytest.approx(158, abs=1)


# -- the lease backlog, otherwise ------------------------------------------------------------------


@pytest.fixture(scope="module")
def leases(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Without NLB and services, and with fewer shards and droplets: shares stay the same."""
    path: Path = tmp_path_factory.mktemp("scenarios") / "leases.toml"
    path.write_text(
        'extends = "small"\nname = "leases"\nstages = ["dns", "ec2"]\ndroplets = 2400\n'
        "[dwfm]\nshards_per_zone = 1\n",
        "utf-8",
    )
    return str(path)


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("queue_discipline", "drop-stale"),
        ("queue_discipline", "lifo"),
        ("max_outstanding", "0.006"),
    ],
)
def test_shedding_late_work_recovers_without_anybody(leases: str, switch: str, value: str) -> None:
    run = played(
        leases,
        (f"dwfm.{switch}", value),
        until="03:10",
        left_out=("dwfm.throttle", "dwfm.restart_hosts"),
    )
    recovered = run.milestones["dwfm_all_leased"].t_min
    assert recovered is not None
    assert 172 < recovered < 200


def test_throttle_and_restart_at_0245_recover_by_so_much_earlier(leases: str) -> None:
    run = played(
        leases,
        until="04:05",
        left_out=("dwfm.throttle", "dwfm.restart_hosts"),
        acts=("dwfm.throttle@02:45", "dwfm.restart_hosts@02:45"),
    )
    recovered = run.milestones["dwfm_all_leased"].t_min
    assert recovered is not None
    assert 177 + 60 < recovered < 177 + 76


def test_a_region_with_few_launches_refuses_none_before_the_outage(leases: str) -> None:
    run = played(leases, ("droplets", "960"), until="23:45", script="none")
    assert run.series["ec2.launched_total"].last > 10
    assert run.series["ec2.refused_total"].last == 0
    assert run.windows["EC2 launches"] == ()
