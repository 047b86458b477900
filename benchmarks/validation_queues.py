"""The long versions of the validation experiments: more runs, smaller errors than the tests have.

    python benchmarks/validation_queues.py [RUNS]

Prints, for each, what theory or the published account says, what was found, and its standard error.
Takes about ten minutes on one core with the 400 runs it makes unless told otherwise.
"""

import math
import runpy
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "engine")]
EXPERIMENTS = ROOT / "tests" / "engine" / "validation"


def report(what: str, expected: float, found: float, error: float) -> None:
    print(f"{what:58} expected {expected:8.4f}  found {found:8.4f}  +- {error:.4f}", flush=True)


def collapse(runs: int) -> None:
    """Share of runs of the latency-grows-with-concurrency experiment that collapse."""
    experiment: dict[str, Any] = runpy.run_path(str(EXPERIMENTS / "test_metastability.py"))
    spike = experiment["Spike"]
    goodputs = [spike(seed).goodput_at_the_end() for seed in range(runs)]
    share = sum(goodput < 10 for goodput in goodputs) / runs
    between = sum(10 <= goodput <= 35 for goodput in goodputs) / runs
    report("P(collapse) after a spike", 0.68, share, math.sqrt(share * (1 - share) / runs))
    report("  runs that neither collapsed nor recovered", 0.0, between, 1 / runs)


def queues(runs: int) -> None:
    """Means over independent runs of the queues whose single runs vary most."""
    experiment: dict[str, Any] = runpy.run_path(str(EXPERIMENTS / "test_queues.py"))
    disciplines = experiment["Discipline"]
    cases = [
        ("goodput, drop-stale, rho 0.8", 0.8, disciplines.DROP_STALE, "drop_stale_goodput"),
        ("goodput, drop-stale, rho 1.2", 1.2, disciplines.DROP_STALE, "drop_stale_goodput"),
        ("goodput, last come first served, rho 0.8", 0.8, disciplines.LIFO, "lifo_goodput"),
        ("goodput, last come first served, rho 1.2", 1.2, disciplines.LIFO, "lifo_goodput"),
    ]
    for what, rho, discipline, exact in cases:
        found = [experiment["goodput"](rho, 5e4, discipline, seed=seed) for seed in range(runs)]
        mean = sum(found) / runs
        spread = math.sqrt(sum((x - mean) ** 2 for x in found) / (runs - 1) / runs)
        report(what, experiment[exact](rho, 10.0), mean, spread)


if __name__ == "__main__":
    RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    queues(max(2, RUNS // 20))
    collapse(RUNS)
