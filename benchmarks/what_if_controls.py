"""The runs that show what mattered: one thing changed in each, and what must come of it.

    python -m benchmarks.what_if_controls [--scenario NAME] [--at-once 2] [--write]

As history had it; nobody acts; DNS repaired but DWFM left alone; Enactors that check again at each
write; and another set of DWFM parameters that fits the published times as well. The whole night
each. `tests/agents/test_counterfactuals.py` asks the same of a small Region, for as long as needed.
Exit status 1 when any of them comes out differently.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import attrs

from benchmarks.program import FULL_NAME, Result, RunFailed, runs
from benchmarks.report import Table, write_report
from outage_agents.scenario import Scenario

BEFORE, LATE = "04:13", "15:00"
"""Moments of which every measured value is asked: before DWFM is throttled, and near the end."""


@attrs.frozen
class Control:
    """One run, and what must come of it."""

    name: str
    words: tuple[str, ...]
    expected: str
    holds: Callable[[Result, int], bool]
    """Given the result and the number of droplets."""


def at_min(result: Result, milestone: str) -> float | None:
    """Minutes after T0 at which a milestone happened."""
    return result.milestones[milestone].t_min


def recovered(result: Result, droplets: int) -> bool:
    """As history had it: collapse before 04:14, every lease back around 05:28, all over by 15:00.

    Uses the tolerance that the reference timeline gives for that milestone.
    """
    leased = at_min(result, "dwfm_all_leased")
    return (
        result.samples[BEFORE]["dwfm.broken"] > 0.9 * droplets
        and leased is not None
        and abs(leased - 340) <= 6
        and at_min(result, "event_over") is not None
    )


def nothing_recovers(result: Result, droplets: int) -> bool:
    """The endpoint is empty to the end, and no lease comes back."""
    (dynamodb,) = result.windows["DynamoDB"]
    before, late = result.samples[BEFORE], result.samples[LATE]
    return (
        dynamodb.end_t_min is None
        and before["dwfm.established_total"] == late["dwfm.established_total"]
        and late["dwfm.broken"] > 0.99 * droplets
        and at_min(result, "dwfm_all_leased") is None
    )


def never_drains(result: Result, droplets: int) -> bool:
    """DynamoDB is back, the leases are not, to the end."""
    before, late = result.samples[BEFORE], result.samples[LATE]
    return (
        at_min(result, "dynamodb_recovered") is not None
        and before["dwfm.established_total"] == late["dwfm.established_total"]
        and late["dwfm.broken"] > 0.9 * droplets
        and at_min(result, "dwfm_all_leased") is None
    )


def no_outage(result: Result, droplets: int) -> bool:
    """No milestone, no window, and nothing for the operators to do."""
    emergent = [one for one in result.milestones.values() if one.kind == "emergent"]
    windows = [*result.windows.values(), *(one.windows for one in result.services.values())]
    return (
        all(one.t_min is None for one in emergent)
        and not any(windows)
        and len(result.actions) > 0
        and all(done.result == "not needed" for done in result.actions)
        and result.samples[LATE]["dwfm.broken"] < 0.001 * droplets
    )


CONTROLS = (
    Control("as history", (), "all leased at 05:28 +- 6 min, over by the end", recovered),
    Control("nobody acts", ("--actions", "none"), "nothing recovers", nothing_recovers),
    Control(
        "DNS repaired, DWFM left alone",
        ("--without", "dwfm.throttle", "--without", "dwfm.restart_hosts"),
        "leases never come back",
        never_drains,
    ),
    Control(
        "Enactors check again at each write",
        ("--set", "dns.guard.recheck_each_write=true"),
        "no outage; every action not needed",
        no_outage,
    ),
    Control(
        "R 180 s, kappa 15, zone gap 393 s",
        (
            "--set", "dwfm.state_check_s=180", "--set", "dwfm.establish_cost=15",
            "--without", "dwfm.restart_hosts",
            "--act", "dwfm.restart_hosts:zones=all,zone_gap_s=393@04:14",
        ),
        "the same as history",
        recovered,
    ),
)  # fmt: skip


def told(minutes: float | None) -> str:
    """Minutes after T0 for a table."""
    return "never" if minutes is None else f"{minutes:.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, print the table, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_if_controls")
    parser.add_argument("--scenario", default=FULL_NAME)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--at-once", type=int, default=2, help="runs beside each other")
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    settings = tuple((path, value) for path, _, value in (one.partition("=") for one in chosen.set))
    droplets = Scenario.load(chosen.scenario, settings).droplets
    common = [chosen.scenario, "--no-record", "--sample", BEFORE, "--sample", LATE]
    common += [word for setting in chosen.set for word in ("--set", setting)]
    table = Table(
        "run", "expected", "DynamoDB back", "broken 04:13", "broken 15:00", "all leased", "over",
        "events", "as expected",
    )  # fmt: skip
    wrong = 0
    many = [[*common, *control.words] for control in CONTROLS]
    try:
        for control, ended in zip(
            CONTROLS, runs(many, at_once=chosen.at_once, niceness=10), strict=True
        ):
            result = ended.result
            holds = control.holds(result, droplets)
            wrong += not holds
            table.row(
                control.name,
                control.expected,
                told(at_min(result, "dynamodb_recovered")),
                *(f"{result.samples[when]['dwfm.broken']:,.0f}" for when in (BEFORE, LATE)),
                told(at_min(result, "dwfm_all_leased")),
                told(at_min(result, "event_over")),
                f"{result.events:,}",
                "yes" if holds else "NO",
            )
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(table.text())
    if chosen.write:
        write_report(f"what-if-controls-{chosen.scenario}", __doc__, table)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
