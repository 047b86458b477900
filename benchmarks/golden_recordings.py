"""Makes the golden recordings of recordings/ anew, under their fixed names.

    python -m benchmarks.golden_recordings [--folder recordings]

CI executes them again and compares every event (`outage-tui verify`). Make them anew when a change
of the simulation is meant to change what happens; never to silence a divergence nobody can explain.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import ROOT
from benchmarks.program import RunFailed, finished, program, run

GOLDEN: dict[str, tuple[str, ...]] = {
    "golden-dns-race.otrec": (
        "dns-only", "--set", "dns.endpoints=5", "--set", "dns.load_balancers=20",
        "--until", "23:50",
    ),
    "golden-outage-begins.otrec": ("small", "--set", "dns.endpoints=5", "--until", "23:55"),
}  # fmt: skip
"""Name of each recording, and the run in it: the race alone, and the whole cast as it begins."""
BYTES_MAX = 600_000
"""A larger one does not belong into a repository."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Record, verify, and put in place of the old ones."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.golden_recordings", description=__doc__
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "recordings")
    folder = parser.parse_args(arguments).folder.resolve()
    try:
        for name, words in GOLDEN.items():
            made = folder / f"new-{name}"
            made.unlink(missing_ok=True)
            digest = run(*words, "--record", str(made)).result.digest
            finished(program("verify", str(made)))
            size = made.stat().st_size
            if size > BYTES_MAX:
                made.unlink()
                print(f"{name}: {size} bytes; at most {BYTES_MAX}", file=sys.stderr)
                return 1
            made.replace(folder / name)
            print(f"{folder / name}: {size / 1000:.0f} kB, digest {digest[:16]}")
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
