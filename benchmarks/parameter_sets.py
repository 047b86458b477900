"""Two sets of parameters that give the published times: how close each comes.

    python -m benchmarks.parameter_sets [--until WHEN] [--write]

The reference scenario and `equivalent-leases`, the whole night at full scale. With --write what
came of them is kept where `outage-tui fidelity` reads it. Exit status 1 when one of them is outside
the tolerance of any milestone.
"""

import argparse
import datetime
import shlex
import sys
from collections.abc import Sequence

import attrs
import msgspec

from benchmarks import ROOT
from benchmarks.program import FULL_NAME, RunFailed, runs
from benchmarks.report import Table
from outage_agents.fidelity import (
    SECOND_SET,
    SETS_FILE,
    MeasuredRun,
    MeasuredSets,
    milestones_fidelity,
    score_of,
)

KEPT = ROOT / "agents" / "outage_agents" / "reference" / SETS_FILE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print their scores, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parameter_sets")
    parser.add_argument("--until", metavar="WHEN", help="stop early; for a quick look")
    parser.add_argument("--write", action="store_true", help=f"keep {KEPT.name}")
    chosen = parser.parse_args(arguments)
    more = ["--until", chosen.until] if chosen.until else []
    many = [[name, "--no-record", *more] for name in (FULL_NAME, SECOND_SET)]
    table = Table("scenario", "within tolerance", "mean error")
    found = []
    try:
        for run in runs(many, at_once=2, niceness=10):
            result = run.result
            moments = {name: one.t_min for name, one in result.milestones.items()}
            found.append(MeasuredRun(result.scenario, result.seed, result.digest, moments))
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    scores = [score_of(milestones_fidelity(run.milestones, staged=True)) for run in found]
    for one, score in zip(found, scores, strict=True):
        within = f"{score.within} of {score.of}"
        table.row(one.scenario, within, f"{score.mean_error_min:.1f} min")
    print(table.text())
    if chosen.write:
        command = shlex.join(["python", "-m", "benchmarks.parameter_sets", *sys.argv[1:]])
        sets = MeasuredSets(datetime.date.today().isoformat(), command, tuple(found))
        encoded = msgspec.json.encode(attrs.asdict(sets))
        KEPT.write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")
    return 0 if all(score.within == score.of for score in scores) else 1


if __name__ == "__main__":
    sys.exit(main())
