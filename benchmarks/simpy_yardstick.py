"""The yardstick: SM, the CPU seconds that SimPy needs for 1,000,000 timeouts.

    python -m benchmarks.simpy_yardstick [TIMEOUTS]

Machines differ, and one machine differs from minute to minute; SimPy, a plain event loop in pure
Python, differs with them. So costs are given in SM, measured beside the thing itself, turn by turn
in the same session: one process that waits for one timeout after the other, which is the least work
SimPy can be given.
"""

import sys
import time
from collections.abc import Generator

import simpy

from benchmarks.program import finished

TIMEOUTS = 1_000_000


def timeouts_cpu_s(timeouts: int = TIMEOUTS) -> float:
    """CPU seconds of that many timeouts, in this process."""
    env = simpy.Environment()

    def waiting() -> Generator[simpy.Event, None, None]:
        for _ in range(timeouts):
            yield env.timeout(1)

    env.process(waiting())
    before = time.process_time()
    env.run()
    return time.process_time() - before


def sm_s(timeouts: int = TIMEOUTS) -> float:
    """SM, measured in a fresh process; from fewer timeouts if asked, scaled up."""
    ended = finished([sys.executable, "-m", "benchmarks.simpy_yardstick", str(timeouts)])
    return float(ended.output) * TIMEOUTS / timeouts


if __name__ == "__main__":
    print(timeouts_cpu_s(int(sys.argv[1]) if len(sys.argv) > 1 else TIMEOUTS))
