"""How the cost grows: with virtual time, and with droplets.

    python -m benchmarks.scaling [--rounds 1] [--hours 2 4 8 16] [--droplets 1e5 1e6 1e7] [--write]

*Virtual time*: the small scenario with no fault staged and nobody acting, so that every hour is
like the next but for the time of day, run for longer and longer. Linear means that a run of twice
the hours costs twice as much; judged by the last doubling.
*Droplets*: the reference scenario as it was, up to half past midnight, with ten and a hundred times
the droplets. No worse than linear means that ten times the droplets cost at most ten times as much.
CPU time; each round runs all sizes in turn, and the figures are medians over the rounds.
"""

import argparse
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.program import FULL_NAME, Run, RunFailed, run
from benchmarks.report import Table, write_report

LINEAR_MARGIN = 1.15
"""Ratios of CPU time scatter this much on a machine that is not quiet."""
START_HOUR = 23
DROPLETS_UNTIL = "00:30"


def calm_hours(hours: float, settings: Sequence[str]) -> Run:
    """So many hours without a fault."""
    minutes = START_HOUR * 60 + round(hours * 60)
    until = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    chosen = [word for setting in settings for word in ("--set", setting)]
    return run(
        "small", "--no-record", "--actions", "none", "--set", "dns.staged=false", *chosen,
        "--until", until,
    )  # fmt: skip


def many_droplets(droplets: int, until: str, settings: Sequence[str]) -> Run:
    """The first hours of the outage with so many droplets."""
    chosen = [word for setting in settings for word in ("--set", setting)]
    return run(FULL_NAME, "--no-record", "--set", f"droplets={droplets}", *chosen, "--until", until)


def growth(
    heading: str, sizes: Sequence[float], found: Sequence[Sequence[Run]]
) -> tuple[Table, bool]:
    """The table of one kind of growth, and whether the last step grew worse than its size."""
    table = Table(heading, "events", "CPU, relative", "CPU a unit, relative", "peak MiB")
    cpu_s = [median(one.cpu_s for one in column) for column in zip(*found, strict=True)]
    for k, size in enumerate(sizes):
        one = found[0][k]
        relative = cpu_s[k] / cpu_s[0]
        table.row(
            f"{size:,.0f}",
            f"{one.result.events:,}",
            f"{relative:.2f}",
            f"{relative * sizes[0] / size:.2f}",
            f"{one.peak_mib:.0f}",
        )
    worse = len(sizes) > 1 and cpu_s[-1] / cpu_s[-2] > LINEAR_MARGIN * sizes[-1] / sizes[-2]
    return table, worse


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--hours", type=float, nargs="*", default=[2, 4, 8, 16])
    parser.add_argument("--droplets", type=float, nargs="*", default=[1e5, 1e6, 1e7])
    parser.add_argument("--until", default=DROPLETS_UNTIL, help="end of the runs with droplets")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--write", action="store_true", help="keep the tables in results/")
    chosen = parser.parse_args(arguments)
    extra = chosen.set
    try:
        time_runs = [[calm_hours(h, extra) for h in chosen.hours] for _ in range(chosen.rounds)]
        size_runs = [
            [many_droplets(round(n), chosen.until, extra) for n in chosen.droplets]
            for _ in range(chosen.rounds)
        ]
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    by_time, time_is_worse = growth("virtual hours", chosen.hours, time_runs)
    by_size, size_is_worse = growth("droplets", chosen.droplets, size_runs)
    print(by_time.text(), by_size.text(), sep="\n\n")
    if chosen.write:
        write_report("scaling", __doc__, by_time, by_size)
    return 1 if time_is_worse or size_is_worse else 0


if __name__ == "__main__":
    sys.exit(main())
