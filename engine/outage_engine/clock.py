"""Virtual time: an integer number of nanoseconds since the start of the run.

Integers never drift and compare the same on every machine, so two events that fall on the same
instant in one run do so in every run.
"""

NANOSECOND = 1
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def ns(seconds: float) -> int:
    """Seconds as whole nanoseconds, rounded to the nearest."""
    return round(seconds * SECOND)


def seconds(t_ns: int) -> float:
    """Nanoseconds as seconds."""
    return t_ns / SECOND
