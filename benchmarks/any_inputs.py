"""Many random sequences of actions and faults: the laws of the program, and the digest.

    python -m benchmarks.any_inputs [--examples 500] [--seed 1] [--write]

The same as `tests/agents/test_any_inputs.py`, for as many sequences as one has time for. Each runs
twice, on the smallest Region in which everything takes part, half an hour with the race in it. The
first that breaks a law, crashes or does not repeat its digest is shrunk and printed as a command.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, seed, settings

from benchmarks.report import Table, write_report
from outage_agents.scenario import Scenario
from tests.agents.any_inputs import demand_laws, scenarios


def main(arguments: Sequence[str] | None = None) -> int:
    """Look for a broken law, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.any_inputs", description=__doc__)
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    used: Counter[str] = Counter()

    @seed(chosen.seed)
    @settings(
        max_examples=chosen.examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def law(scenario: Scenario) -> None:
        used["sequences"] += 1
        used["actions"] += len(scenario.script)
        used["faults"] += len(scenario.faults)
        demand_laws(scenario)

    before = time.process_time()
    try:
        law()
    except AssertionError as broken:
        print(broken)
        return 1
    table = Table("what", "count")
    for name, count in used.items():
        table.row(name, f"{count}")
    table.row("broken laws, crashes, digests that differ", "0")
    table.row("CPU seconds", f"{time.process_time() - before:.0f}")
    print(table.text())
    if chosen.write:
        write_report("any-inputs", __doc__, table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
