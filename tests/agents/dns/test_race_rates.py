"""How often the race happens by itself, against the rates of calibration.md (DNS race).

Few endpoints and quick repair, so that hours pass in seconds; `benchmarks/dns_race_rates.py` has
the whole table with smaller errors.
"""

from collections.abc import Callable

from outage_agents.parameters.dns import DnsGuards

from .conftest import T0_MIN, DnsStage

Build = Callable[..., DnsStage]


def races_and_overwrites(stage: Build, slow_factor: float, hours: int) -> tuple[int, int]:
    run = stage(
        7,
        staged=False,
        slow_factor=slow_factor,
        endpoints=3,
        poll_s=5.0,
        readers=False,
        guard=DnsGuards(repair_missing_target=True),
    )
    run.world.simulate(round((hours * 60 - T0_MIN) * 60e9))
    return run.total("dns.races_total"), run.total("dns.stale_overwrites_total")


def test_below_half_the_threshold_stale_plans_are_served_but_never_deleted(stage: Build) -> None:
    races, overwrites = races_and_overwrites(stage, slow_factor=10, hours=10)
    assert races == 0
    assert overwrites > 10


def test_far_above_the_threshold_it_races_about_three_times_in_ten_hours(stage: Build) -> None:
    races, _ = races_and_overwrites(stage, slow_factor=60, hours=30)
    assert 2 <= races <= 17, "0.305 an hour: 9.2, within 2.5 standard deviations"
