"""Races an hour with one slow Enactor, against the table of calibration.md (DNS race).

    python benchmarks/dns_race_rates.py [HOURS] [SLOW_FACTOR:READING ...]

Runs the actors themselves, with few endpoints (the pass takes the same time) and with Enactors that
may repair a missing target, so that races recur. HOURS of virtual time for each row, 400 if not
given; a rate r then has a standard error of sqrt(r / HOURS).

Measured 2026-11-21 with `dns_race_rates.py 200 20:recreated 30:recreated`: 10 races, 0.050 an hour
(expected 0.054), and 58 races, 0.290 an hour (expected 0.268).
"""

import sys

from outage_agents.dns_enactor import DnsEnactor
from outage_agents.dns_planner import DnsPlanner
from outage_agents.load_balancers import LoadBalancers
from outage_agents.parameters.dns import DnsGuards, DnsParameters
from outage_agents.route53 import Route53
from outage_engine.clock import HOUR
from outage_engine.world import World

EXPECTED = {
    "10:recreated": 0.0,
    "15:recreated": 0.0027,
    "20:recreated": 0.054,
    "30:recreated": 0.268,
    "60:recreated": 0.305,
    "10:refused": 0.0,
    "15:refused": 0.0009,
    "20:refused": 0.020,
    "30:refused": 0.037,
}
"""Races an hour, +-30 %."""


def automation(slow_factor: float, reading: str, seed: int) -> World:
    """Planner, three Enactors of which one is slow, Route 53."""
    p = DnsParameters(
        endpoints=3,
        load_balancers=4,
        balancer_incident_rate_h=0.0,
        poll_s=2.0,
        staged=False,
        deleted_plan=reading,
        guard=DnsGuards(repair_missing_target=True),
    )
    world = World(seed)
    world.add(LoadBalancers("load-balancers", count=4, incident_rate_h=0.0))
    world.add(Route53("route53", p))
    world.add(DnsPlanner("planner", p, load_balancers="load-balancers"))
    for k, slowness in enumerate((slow_factor, 1.0, 1.0)):
        name, zone = f"enactor-{k + 1}", f"use1-az{k + 1}"
        world.add(
            DnsEnactor(
                name, p, zone=zone, planner="planner", route53="route53", slow_factor=slowness
            )
        )
    return world


def main(hours: float, rows: list[str]) -> None:
    """Print one line for each row of the table."""
    print("slow factor:reading  races   an hour  expected  stale overwrites an hour")
    for row in rows:
        slow_factor, _, reading = row.partition(":")
        world = automation(float(slow_factor), reading, seed=1)
        world.simulate(round(hours * HOUR))
        races = world.telemetry.counter("dns.races_total").total
        stale = world.telemetry.counter("dns.stale_overwrites_total").total
        print(
            f"{row:<20} {races:>6}  {races / hours:>8.4f}  {EXPECTED[row]:>8.4f}"
            f"  {stale / hours:>8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 400.0,
        sys.argv[2:] or list(EXPECTED),
    )
