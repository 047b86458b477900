"""Does what is said to emerge come out for other seeds as well?

    python -m benchmarks.seeds [SCENARIO] [--seeds 20] [--at-once 2] [--write]

Runs seeds 1..N and holds every emergent milestone, and every window of DynamoDB, EC2, NLB and the
services, against the reference timeline, each with the tolerance that the timeline states. Nothing
here has a tolerance of its own. Exit status 1 when any milestone or window is outside its tolerance
in more than a tenth of the seeds. Of the reference scenario, --write also keeps the milestones
where `outage-tui fidelity` reads them.
"""

import argparse
import datetime
import shlex
import sys
from collections.abc import Iterator, Sequence
from statistics import median

import attrs
import msgspec

from benchmarks import ROOT
from benchmarks.program import FULL_NAME, Result, RunFailed, Window, runs
from benchmarks.report import Table, write_report
from outage_agents.fidelity import SEEDS_FILE, Distribution, spread_of
from outage_agents.timeline import ReferenceWindow, reference_milestones, reference_windows

SEEDS = 20
REQUIRED_SHARE = 0.9
"""18 of 20."""


@attrs.frozen
class Judgement:
    """One thing of one run, held against the reference."""

    what: str
    error_min: float | None
    """How much later than the reference, minutes; None when there is no figure to compare."""
    tolerance_min: float
    problem: str
    """Empty when it is as it should be."""


def judgements(result: Result) -> Iterator[Judgement]:
    """Everything the reference timeline says that a run must produce by itself."""
    for event in reference_milestones():
        if event.kind == "emergent" and event.tolerance_min is not None:
            error = result.milestones[event.id].error_min
            yield _judged(event.id, error, event.tolerance_min)
    listed = {name: service.windows for name, service in result.services.items()}
    listed |= result.windows
    for name in dict.fromkeys(window.name for window in reference_windows()):
        reference = [window for window in reference_windows() if window.name == name]
        yield from _judged_windows(name, reference, listed.get(name, ()))


def _judged(what: str, error_min: float | None, tolerance_min: float) -> Judgement:
    if error_min is None:
        return Judgement(what, None, tolerance_min, "did not happen")
    far = abs(error_min) > tolerance_min
    return Judgement(what, error_min, tolerance_min, f"{error_min:+.1f} min" if far else "")


def _judged_windows(
    name: str, reference: Sequence[ReferenceWindow], found: Sequence[Window]
) -> Iterator[Judgement]:
    """The windows of one name, in order of time: their number, starts, ends and causes."""
    count = "" if len(found) == len(reference) else f"{len(found)}, not {len(reference)}"
    yield Judgement(f"{name}: number of windows", None, 0.0, count)
    for expected in reference:
        label = f"{name} {expected.wave}" if len(reference) > 1 else name
        window = _nearest(expected, found)
        if window is None:
            yield Judgement(f"{label}: start", None, expected.tolerance_min, "no window")
            continue
        started = max(0.0, window.start_t_min)
        tolerance = expected.tolerance_min
        yield _judged(f"{label}: start", started - expected.start_t_min, tolerance)
        wrong = "" if window.cause == expected.cause else f"through {window.cause}"
        yield Judgement(f"{label}: cause", None, 0.0, wrong)
        yield _judged_end(label, expected, window)


def _judged_end(label: str, expected: ReferenceWindow, window: Window) -> Judgement:
    tolerance = expected.tolerance_min
    if expected.end_t_min is None:
        still = "" if window.end_t_min is None else f"ended at {window.end_t_min:.0f} min"
        return Judgement(f"{label}: open at the end", None, tolerance, still)
    if window.end_t_min is None:
        return Judgement(f"{label}: end", None, tolerance, "never ended")
    return _judged(f"{label}: end", window.end_t_min - expected.end_t_min, tolerance)


def _nearest(expected: ReferenceWindow, found: Sequence[Window]) -> Window | None:
    """The window that began closest to the expected beginning."""
    return min(
        found, key=lambda window: abs(window.start_t_min - expected.start_t_min), default=None
    )


def summary(rows: Sequence[Sequence[Judgement]]) -> tuple[Table, list[str]]:
    """The table over all seeds, and what is outside in too many of them."""
    table = Table("what", "tolerance", "within", "min", "median", "max", "outside")
    failing = []
    for k, first in enumerate(rows[0]):
        column = [row[k] for row in rows]
        within = sum(not one.problem for one in column)
        errors = [one.error_min for one in column if one.error_min is not None]
        problems = dict.fromkeys(one.problem for one in column if one.problem)
        table.row(
            first.what,
            f"{first.tolerance_min:g} min" if first.tolerance_min else "",
            f"{within} of {len(column)}",
            *(
                (f"{value:+.1f}" for value in (min(errors), median(errors), max(errors)))
                if errors
                else ("", "", "")
            ),
            "; ".join(problems),
        )
        if within < REQUIRED_SHARE * len(column):
            failing.append(f"{first.what}: {within} of {len(column)} seeds")
    return table, failing


def aligned(rows: Sequence[Sequence[Judgement]]) -> list[list[Judgement]]:
    """The same things in every row: what one run has no figure for did not happen in it."""
    known: dict[str, Judgement] = {}
    for row in rows:
        for one in row:
            known.setdefault(one.what, one)
    return [
        [
            {one.what: one for one in row}.get(
                what, Judgement(what, None, first.tolerance_min, "no window")
            )
            for what, first in known.items()
        ]
        for row in rows
    ]


def keep_for_fidelity(moments: Sequence[dict[str, float | None]]) -> None:
    """Keep the spread of the milestones where the program reads it."""
    command = shlex.join(["python", "-m", "benchmarks.seeds", *sys.argv[1:]])
    today = datetime.date.today().isoformat()
    kept = Distribution(FULL_NAME, len(moments), today, command, spread_of(moments))
    path = ROOT / "agents" / "outage_agents" / "reference" / SEEDS_FILE
    encoded = msgspec.json.encode(attrs.asdict(kept))
    path.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds, print the table, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeds", description=__doc__)
    parser.add_argument("scenario", nargs="?", default=FULL_NAME)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds 1..N")
    parser.add_argument("--at-once", type=int, default=2, help="runs beside each other")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    common = [chosen.scenario, "--no-record"]
    for setting in chosen.set:
        common += ["--set", setting]
    if chosen.until:
        common += ["--until", chosen.until]
    many = [[*common, "--seed", str(seed)] for seed in range(1, chosen.seeds + 1)]
    rows: list[list[Judgement]] = []
    moments: list[dict[str, float | None]] = []
    try:
        for ended in runs(many, at_once=chosen.at_once, niceness=10):
            row = list(judgements(ended.result))
            rows.append(row)
            moments.append({name: one.t_min for name, one in ended.result.milestones.items()})
            outside = ", ".join(f"{one.what} {one.problem}" for one in row if one.problem)
            seed = ended.result.seed
            print(f"seed {seed:2d} ({ended.cpu_s:.0f} s): {outside or 'all within'}", flush=True)
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    table, failing = summary(aligned(rows))
    print(table.text())
    if chosen.write:
        write_report(f"seeds-{chosen.scenario}", __doc__, table)
        if chosen.scenario == FULL_NAME:
            keep_for_fidelity(moments)
    print("\n".join(failing) or f"everything within its tolerance in {REQUIRED_SHARE:.0%} of seeds")
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
