"""What would have happened: every named what-if at full scale, and whether it is as expected.

    python -m benchmarks.what_ifs [--scenario NAME] [--jobs 2] [--write]

Runs `outage-tui what-if all`. With --write the answers are kept in results/what-ifs.json and
docs/what-ifs.md is made from them. Exit status 1 when any of them comes out differently.
"""

import argparse
import datetime
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import msgspec

from benchmarks import ROOT
from benchmarks.program import FULL_NAME, RunFailed, finished, program
from outage_agents.scenario import Scenario
from outage_tui.text_table import text_table
from outage_tui.what_if import Answers, rows_of
from outage_tui.what_if_page import PAGE, RESULTS, MeasuredAnswers, page


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, print the table, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_ifs", description=__doc__)
    parser.add_argument("--scenario", default=FULL_NAME)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2, help="runs beside each other")
    parser.add_argument("--write", action="store_true", help=f"keep {RESULTS} and {PAGE}")
    chosen = parser.parse_args(arguments)
    asked = ["what-if", "run", *(chosen.only or ["all"]), "--scenario", chosen.scenario]
    try:
        ended = finished(program(*asked, "--jobs", str(chosen.jobs), "--json"), niceness=10)
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    answers = msgspec.json.decode(ended.output, type=Answers)
    print("\n".join(text_table(rows_of(answers, Scenario.load(chosen.scenario)))))
    if chosen.write:
        keep(answers, shlex.join(["python", "-m", "benchmarks.what_ifs", *sys.argv[1:]]), ROOT)
    wrong = [one.name for one in (answers.history, *answers.what_ifs) if not one.as_expected]
    print(f"not as expected: {', '.join(wrong)}" if wrong else "all as expected")
    return 1 if wrong else 0


def keep(answers: Answers, command: str, root: Path) -> None:
    """Write the answers, and the page that is made from them, into a checkout."""
    measured = MeasuredAnswers(datetime.date.today().isoformat(), command, answers)
    encoded = msgspec.json.encode(attrs.asdict(measured))
    (root / RESULTS).write_bytes(msgspec.json.format(encoded, indent=1) + b"\n")
    (root / PAGE).write_text(page(measured), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
