"""Token bucket: the meter behind rate limits, launch throttles and retry budgets.

Tokens drip in at a rate up to a burst; whoever wants to pass takes some out or is refused. It is
the leaky bucket seen as a meter (Turner 1986; ITU-T I.371, Annex A, gives the same rule as an
algorithm). Its law: in any stretch of time t, at most `burst + rate * t` tokens pass.

The level is kept in whole units of 1e-15 token, so refilling never rounds, however often it is
asked for, and the law above holds exactly. The rate is rounded to 1e-6 tokens a second once, when
it is set. Time is passed in (`now_ns`, virtual): a bucket owns no timer and draws nothing.
"""

_UNITS_PER_TOKEN = 10**15
_UNITS_PER_NS_AT_ONE_PER_S = 10**6


class TokenBucket:
    """A level that refills with time, up to a burst.

    `rate_per_s` is the refill in tokens a second and may be 0; `burst` is the most it holds, and
    what it holds at first unless `level` says otherwise. ValueError when one of them is negative.
    """

    __slots__ = ("_burst", "_filled_ns", "_level", "_rate")

    def __init__(
        self, rate_per_s: float, burst: float, *, now_ns: int = 0, level: float | None = None
    ) -> None:
        if burst < 0 or (level is not None and level < 0):
            raise ValueError("a token bucket's burst and level cannot be negative")
        self._rate = _units_per_ns(rate_per_s)
        self._burst = _units(burst)
        self._level = self._burst if level is None else min(_units(level), self._burst)
        self._filled_ns = now_ns

    def try_take(self, now_ns: int, tokens: float = 1) -> bool:
        """Take `tokens` out if that many are there at `now_ns`; else take none and say False."""
        self._refill(now_ns)
        wanted = _units(tokens)
        if wanted > self._level:
            return False
        self._level -= wanted
        return True

    def put(self, now_ns: int, tokens: float) -> None:
        """Pour `tokens` in by hand; what exceeds the burst is lost."""
        self._refill(now_ns)
        self._level = min(self._burst, self._level + _units(tokens))

    def wait_ns(self, now_ns: int, tokens: float = 1) -> int | None:
        """How long until `tokens` could be taken, if nobody else takes any; None means never."""
        self._refill(now_ns)
        missing = _units(tokens) - self._level
        if missing <= 0:
            return 0
        if self._rate == 0 or _units(tokens) > self._burst:
            return None
        return -(-missing // self._rate)

    def level(self, now_ns: int) -> float:
        """Tokens there at `now_ns`."""
        self._refill(now_ns)
        return self._level / _UNITS_PER_TOKEN

    @property
    def rate_per_s(self) -> float:
        """Refill, tokens a second."""
        return self._rate / _UNITS_PER_NS_AT_ONE_PER_S

    @property
    def burst(self) -> float:
        """The most the bucket holds, tokens."""
        return self._burst / _UNITS_PER_TOKEN

    def set_rate(self, now_ns: int, rate_per_s: float) -> None:
        """Change the refill from `now_ns` on; the level stays as it is."""
        self._refill(now_ns)
        self._rate = _units_per_ns(rate_per_s)

    def set_burst(self, now_ns: int, burst: float) -> None:
        """Change the most it holds; a level above it runs over."""
        if burst < 0:
            raise ValueError("a token bucket's burst cannot be negative")
        self._refill(now_ns)
        self._burst = _units(burst)
        self._level = min(self._level, self._burst)

    def _refill(self, now_ns: int) -> None:
        elapsed_ns = now_ns - self._filled_ns
        if elapsed_ns < 0:
            raise ValueError(f"token bucket asked about {-elapsed_ns} ns before its last refill")
        self._filled_ns = now_ns
        self._level = min(self._burst, self._level + elapsed_ns * self._rate)


def _units(tokens: float) -> int:
    if tokens < 0:
        raise ValueError("a number of tokens cannot be negative")
    if isinstance(tokens, int):
        return tokens * _UNITS_PER_TOKEN
    return round(tokens * _UNITS_PER_TOKEN)


def _units_per_ns(rate_per_s: float) -> int:
    if rate_per_s < 0:
        raise ValueError("a token bucket's rate cannot be negative")
    return round(rate_per_s * _UNITS_PER_NS_AT_ONE_PER_S)
