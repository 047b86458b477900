"""What the reference run costs: CPU in SM, memory, and the size of its recording.

    python -m benchmarks.reference_run [SCENARIO] [--rounds 3] [--write]

Each round measures, one after the other: SM (see simpy_yardstick.py), the run recorded, SM again,
the run not recorded; every other round begins with the one that is not recorded. The figures are
medians over the rounds; what is judged are ratios within a round. Exit status 1 when one is over
its limit.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import attrs

from benchmarks.program import FULL_NAME, RunFailed, run
from benchmarks.report import Table, write_report
from benchmarks.simpy_yardstick import TIMEOUTS, sm_s

CPU_SM_MAX = 25.0
CPU_SM_AIM = 10.0
UNRECORDED_SAVING_MAX = 0.10
PEAK_MIB_MAX = 1024.0
PEAK_MIB_AIM = 500.0
RECORDING_MB_MAX = 60.0


@attrs.define
class Rounds:
    """What was measured so far, one entry a round (two for SM)."""

    sm_s: list[float] = attrs.Factory(list)
    recorded_s: list[float] = attrs.Factory(list)
    unrecorded_s: list[float] = attrs.Factory(list)
    peak_mib: list[float] = attrs.Factory(list)
    recording_mb: list[float] = attrs.Factory(list)

    def saved(self) -> float:
        """Share of CPU time that not recording saves, median of the rounds."""
        pairs = zip(self.recorded_s, self.unrecorded_s, strict=True)
        return median(1 - unrecorded_s / recorded_s for recorded_s, unrecorded_s in pairs)


def measured(words: Sequence[str], rounds: int, timeouts: int) -> Rounds:
    """All rounds. Raises RunFailed."""
    found = Rounds()
    with tempfile.TemporaryDirectory() as folder:
        for k in range(rounds):
            path = Path(folder) / f"{k}.otrec"
            ways = [("--record", str(path)), ("--no-record",)]
            runs = {}
            for way in ways if k % 2 == 0 else ways[::-1]:
                found.sm_s.append(sm_s(timeouts))
                runs[way] = run(*words, *way)
            recorded, unrecorded = (runs[way] for way in ways)
            found.recorded_s.append(recorded.cpu_s)
            found.unrecorded_s.append(unrecorded.cpu_s)
            found.peak_mib.append(recorded.peak_mib)
            found.recording_mb.append(path.stat().st_size / 1e6)
            path.unlink()
            print(
                f"round {k + 1}: SM {found.sm_s[-2]:.3f} and {found.sm_s[-1]:.3f} s, "
                f"recorded {recorded.cpu_s:.1f} s, unrecorded {unrecorded.cpu_s:.1f} s",
                flush=True,
            )
    return found


def judged(found: Rounds) -> tuple[Table, int]:
    """The table, and how many limits are passed."""
    sm = median(found.sm_s)
    recorded, unrecorded = median(found.recorded_s), median(found.unrecorded_s)
    rows = [
        ("CPU, recorded (SM)", recorded / sm, CPU_SM_MAX, f"aim {CPU_SM_AIM:g}"),
        ("CPU, not recorded (SM)", unrecorded / sm, CPU_SM_MAX, ""),
        ("saved by not recording", found.saved(), UNRECORDED_SAVING_MAX, ""),
        ("peak memory (MiB)", max(found.peak_mib), PEAK_MIB_MAX, f"aim {PEAK_MIB_AIM:g}"),
        ("recording (MB)", max(found.recording_mb), RECORDING_MB_MAX, ""),
    ]
    table = Table("what", "found", "at most", "")
    for what, value, most, aim in rows:
        over = "OVER" if value > most else ""
        table.row(what, f"{value:.3g}", f"{most:g}", " ".join(filter(None, (aim, over))))
    spread = f"{min(found.sm_s):.2f} to {max(found.sm_s):.2f}"
    table.row("for orientation: SM (s)", f"{sm:.3g}", "", spread)
    return table, sum(value > most for _, value, most, _ in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference_run", description=__doc__)
    parser.add_argument("scenario", nargs="?", default=FULL_NAME)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument("--timeouts", type=int, default=TIMEOUTS, help="SM from so many, scaled")
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    words = [chosen.scenario, *(("--until", chosen.until) if chosen.until else ())]
    try:
        found = measured(words, chosen.rounds, chosen.timeouts)
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    table, over = judged(found)
    print(table.text())
    if chosen.write:
        write_report(f"reference-run-{chosen.scenario}", __doc__, table)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
