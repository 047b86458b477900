"""What a run cost the machine: CPU time of the whole process tree and peak memory."""

import resource
import sys
import time

import attrs

_STARTED = time.monotonic() - time.process_time()


@attrs.frozen
class Spent:
    """Cost of this process and its children, from start to now."""

    cpu_s: float
    """User and system time."""
    wall_s: float
    peak_rss_mb: float
    """Peak resident memory, MiB: this process and its largest child."""


def spent() -> Spent:
    """Look at the clocks now."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return Spent(
        cpu_s=round(own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, 3),
        wall_s=round(time.monotonic() - _STARTED, 3),
        peak_rss_mb=round((own.ru_maxrss + children.ru_maxrss) * unit / 2**20, 1),
    )
