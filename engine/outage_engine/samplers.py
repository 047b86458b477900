"""Random durations and counts that come out equal on every machine.

The logarithm, exponential and cosine of a C library or of numpy differ in the last bit between
processors, and one bit is enough for two runs to part. So the curves come from integer tables,
worked out once with `decimal`, and between their nodes a draw is interpolated in integers. What is
left in floating point is + - * / and the square root, which IEEE 754 fixes to the bit.

- *Exponential*: a 53-bit uniform is `2**-g * m` with m in [1/2, 1), so its negative logarithm is
  `g * ln 2 - ln m`: g is counted, `-ln m` is looked up. The tail is right to 36 means.
- *Normal* (used inside): Box and Muller's transform, the root of twice an exponential draw times
  the cosine of a uniform angle.
- *Log-normal*: two to the power of a scaled normal draw; whole powers shift, fractions look up.
- *Poisson*: inversion term by term for small means; for larger ones the expansion of the quantile
  function around the normal quantile (M. B. Giles, "Algorithm 955: Approximation of the inverse
  Poisson cumulative distribution function", ACM TOMS 42(1), 2016), which misplaces at most five
  draws in a hundred thousand by one.

With 256 places a table, interpolation errs by less than 5e-6 of a standard deviation.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

LONGEST_NS = 1 << 62
"""No draw is longer (146 years): it must fit an int64 of nanoseconds."""

_PLACES_BITS = 8
_PLACES = 1 << _PLACES_BITS
_DIGITS = 18  # the finest table has 32 bits: ten digits
_UNIFORM_BITS = 53
_LN_BITS = 32  # logarithms are in units of 2**-32
_COS_BITS = 30
_POWER_BITS = 30
_Z_BITS = 24  # normal draws and exponents of two are in units of 2**-24
_ONE_Z = 1 << _Z_BITS
_ANGLE_BITS = 33  # the lowest is the sign
_STEP_BITS = 24  # interpolation between two nodes goes in 2**24 steps
_INVERSION_LIMIT = 16.0
_INVERSION_TERMS = 64  # beyond, less than 1e-17 is left of a mean of 16
_INVERTED_AT_ONCE = 4096
_LARGEST_MEAN_COUNT = 1e15
_PI = Decimal("3.14159265358979323846264338328")

Reals = TypeVar("Reals", float, "NDArray[np.float64]")


# --- durations


class Exponential:
    """Durations without memory: gaps between independent arrivals, times to failure."""

    __slots__ = ("mean_ns",)

    def __init__(self, mean_ns: int) -> None:
        """`mean_ns` in nanoseconds; raises ValueError unless 0 <= mean_ns < 2**53."""
        self.mean_ns = _checked_ns("mean", mean_ns)

    def draw(self, rng: random.Random) -> int:
        """One duration, whole nanoseconds, at least 0."""
        return (self.mean_ns * _one_exponential(rng) + (1 << (_LN_BITS - 1))) >> _LN_BITS

    def draw_many(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """`count` durations, whole nanoseconds."""
        drawn = _many_exponential(rng, count).astype(np.float64)
        return _rounded_ns(drawn * (self.mean_ns / (1 << _LN_BITS)))


class LogNormal:
    """Durations with a long right tail: service times, reaction times of people."""

    __slots__ = ("_median_scaled", "_spread", "cv")

    def __init__(self, median_ns: int, cv: float) -> None:
        """`median_ns` in nanoseconds; `cv` is the standard deviation divided by the mean.

        Raises ValueError unless 0 <= median_ns < 2**53 and 0 <= cv <= 100.
        """
        self._median_scaled = _checked_ns("median", median_ns) << _Z_BITS
        self._spread = _spread_of(cv)
        self.cv = cv

    @classmethod
    def of_mean(cls, mean_ns: int, cv: float) -> LogNormal:
        """The same by its mean, nanoseconds. Raises ValueError as the constructor does."""
        new = cls(_checked_ns("mean", mean_ns), cv)
        with localcontext(prec=_DIGITS):
            ratio = (1 + Decimal(cv) * Decimal(cv)).sqrt()
            new._median_scaled = int(Decimal(mean_ns << _Z_BITS) / ratio)
        return new

    @property
    def median_ns(self) -> int:
        """Half of the durations are shorter, nanoseconds."""
        return (self._median_scaled + (1 << (_Z_BITS - 1))) >> _Z_BITS

    def draw(self, rng: random.Random) -> int:
        """One duration, whole nanoseconds, at least 0."""
        exponent = (_one_normal(rng) * self._spread) >> _Z_BITS
        power = _interpolated(_powers(), exponent & ((1 << _Z_BITS) - 1), _Z_BITS)
        shift = (exponent >> _Z_BITS) - _POWER_BITS - _Z_BITS
        scaled = self._median_scaled * power
        drawn = scaled << shift if shift >= 0 else (scaled + (1 << (-shift - 1))) >> -shift
        return min(drawn, LONGEST_NS)

    def draw_many(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """`count` durations, whole nanoseconds."""
        exponents = (_many_normal(rng, count) * self._spread) >> _Z_BITS
        fractions = exponents & ((1 << _Z_BITS) - 1)
        powers = _interpolated_many(_powers(), fractions, _Z_BITS)
        scaled = powers.astype(np.float64) * (self._median_scaled / (1 << (_POWER_BITS + _Z_BITS)))
        return _rounded_ns(np.ldexp(scaled, exponents >> _Z_BITS))


@attrs.frozen
class UniformInts:
    """Whole numbers from `lowest` to `highest`, both included, each equally likely."""

    lowest: int
    highest: int

    def __attrs_post_init__(self) -> None:
        if not -LONGEST_NS <= self.lowest <= self.highest <= LONGEST_NS:
            raise ValueError(f"no whole numbers from {self.lowest} to {self.highest} to draw from")

    def draw(self, rng: random.Random) -> int:
        """One number."""
        # 128 bits: the places that get one more than others are too few to be seen.
        return self.lowest + ((rng.getrandbits(128) * (self.highest - self.lowest + 1)) >> 128)

    def draw_many(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """`count` numbers."""
        return rng.integers(self.lowest, self.highest, count, dtype=np.int64, endpoint=True)


# --- counts


def poisson_count(rng: random.Random, mean: float) -> int:
    """How many independent arrivals fall into an interval that has `mean` on average.

    Raises ValueError unless 0 <= mean <= 1e15.
    """
    if not 0 <= mean <= _LARGEST_MEAN_COUNT:
        raise ValueError(f"mean of a Poisson count must be 0 to 1e15, got {mean}")
    if mean >= _INVERSION_LIMIT:
        return max(int(_poisson_quantile(mean, math.sqrt(mean), _one_normal(rng) / _ONE_Z)), 0)
    uniform = rng.getrandbits(_UNIFORM_BITS) / (1 << _UNIFORM_BITS)
    term = cumulative = _exponential_of_minus(mean)
    count = 0
    while uniform >= cumulative and count < _INVERSION_TERMS:
        count += 1
        term = term * (mean / count)
        cumulative += term
    return count


def poisson_counts(rng: np.random.Generator, means: NDArray[np.float64]) -> NDArray[np.int64]:
    """One count per element of `means`, a flat array; see `poisson_count`.

    Draws the same number of uniforms whatever the means, so a mean that changes does not shift the
    numbers of others. Raises ValueError unless all means are 0 to 1e15.
    """
    if means.size and not (means.min() >= 0 and means.max() <= _LARGEST_MEAN_COUNT):
        raise ValueError("means of Poisson counts must be 0 to 1e15")
    uniforms = rng.integers(0, 1 << _UNIFORM_BITS, means.size, dtype=np.int64)
    angles = rng.integers(0, 1 << _ANGLE_BITS, means.size, dtype=np.int64)
    large = means >= _INVERSION_LIMIT
    small = ~large
    counts = np.zeros(means.size, dtype=np.int64)
    if large.any():
        many = means[large]
        normals = _normals_from(uniforms[large], angles[large]) / _ONE_Z
        drawn = _poisson_quantile(many, np.sqrt(many), normals)
        counts[large] = np.maximum(drawn, 0.0).astype(np.int64)
    if small.any():
        counts[small] = _poisson_inverted(means[small], uniforms[small] / (1 << _UNIFORM_BITS))
    return counts


def _poisson_inverted(
    means: NDArray[np.float64], uniforms: NDArray[np.float64]
) -> NDArray[np.int64]:
    """For each mean, how many of its cumulative probabilities the uniform number reaches."""
    counts = np.empty(means.size, dtype=np.int64)
    for start in range(0, means.size, _INVERTED_AT_ONCE):
        part = slice(start, start + _INVERTED_AT_ONCE)
        terms = np.empty((means[part].size, _INVERSION_TERMS))
        terms[:, 0] = _exponential_of_minus(means[part])
        terms[:, 1:] = means[part, None] / np.arange(1, _INVERSION_TERMS)
        cumulative = np.cumsum(np.cumprod(terms, axis=1), axis=1)
        counts[part] = np.count_nonzero(uniforms[part, None] >= cumulative, axis=1)
    return counts


def _poisson_quantile(mean: Reals, root: Reals, z: Reals) -> Reals:
    """Where the Poisson quantile lies that belongs to the normal quantile `z`; round down.

    `root` is the square root of `mean`, which is not small.
    """
    square = z * z
    first = 1 / 3 + square / 6
    second = z * (1 / 36 + square / 72) / root
    third = (square * (7 / 810 + square / 270) - 8 / 405) / mean
    return mean + root * z + first - second + third


def _exponential_of_minus(x: Reals) -> Reals:
    """e**-x for x from 0 to 16, by the series of a 1024th part and ten squarings."""
    part = x / 1024
    series = part * 0.0 + 1.0
    for order in (7, 6, 5, 4, 3, 2, 1):
        series = 1.0 - series * part / order
    for _ in range(10):
        series = series * series
    return series


# --- one draw, in fixed point


def _one_exponential(rng: random.Random) -> int:
    """An exponential draw of mean 1, in units of 2**-32."""
    uniform = rng.getrandbits(_UNIFORM_BITS) | 1
    zeros = _UNIFORM_BITS - uniform.bit_length()
    mantissa = (uniform << zeros) & ((1 << (_UNIFORM_BITS - 1)) - 1)
    return zeros * _ln_2() + _interpolated(_logarithms(), mantissa, _UNIFORM_BITS - 1)


def _one_normal(rng: random.Random) -> int:
    """A normal draw of mean 0 and deviation 1, in units of 2**-24."""
    radius = math.isqrt(_one_exponential(rng) << (1 + 2 * _Z_BITS - _LN_BITS))
    angle = rng.getrandbits(_ANGLE_BITS)
    cosine = _interpolated(_cosines(), angle >> 1, _ANGLE_BITS - 1)
    size = (radius * cosine) >> _COS_BITS
    return -size if angle & 1 else size


def _interpolated(table: _Table, position: int, bits: int) -> int:
    """The table's value at `position`, a fraction of its width in units of 2**-bits."""
    nodes = table.nodes
    rest_bits = bits - _PLACES_BITS
    place = position >> rest_bits
    rest = position & ((1 << rest_bits) - 1)
    start = nodes[place]
    return start + (((nodes[place + 1] - start) * rest) >> rest_bits)


# --- many draws, the same in numpy


def _many_exponential(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    return _exponentials_from(rng.integers(0, 1 << _UNIFORM_BITS, count, dtype=np.int64))


def _exponentials_from(uniforms: NDArray[np.int64]) -> NDArray[np.int64]:
    # Exact, as it is below 2**53: the exponent field of the float is the position of the top bit.
    bits = (uniforms | 1).astype(np.float64).view(np.int64)
    zeros = (1023 + _UNIFORM_BITS - 1) - (bits >> 52)
    mantissas = bits & ((1 << 52) - 1)
    return zeros * _ln_2() + _interpolated_many(_logarithms(), mantissas, 52)


def _many_normal(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    uniforms = rng.integers(0, 1 << _UNIFORM_BITS, count, dtype=np.int64)
    return _normals_from(uniforms, rng.integers(0, 1 << _ANGLE_BITS, count, dtype=np.int64))


def _normals_from(uniforms: NDArray[np.int64], angles: NDArray[np.int64]) -> NDArray[np.int64]:
    squares = (_exponentials_from(uniforms) << 1).astype(np.float64)
    radii = (np.sqrt(squares) * (1 << (_Z_BITS - _LN_BITS // 2))).astype(np.int64)
    sizes = (radii * _interpolated_many(_cosines(), angles >> 1, _ANGLE_BITS - 1)) >> _COS_BITS
    signed: NDArray[np.int64] = sizes * (1 - ((angles & 1) << 1))
    return signed


def _interpolated_many(table: _Table, positions: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    rest_bits = bits - _PLACES_BITS
    places = positions >> rest_bits
    rests = positions & ((1 << rest_bits) - 1)
    if rest_bits > _STEP_BITS:
        rests >>= rest_bits - _STEP_BITS
        rest_bits = _STEP_BITS
    drawn: NDArray[np.int64] = table.starts[places] + ((table.rises[places] * rests) >> rest_bits)
    return drawn


def _rounded_ns(draws: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum(np.rint(draws), float(LONGEST_NS)).astype(np.int64)


# --- tables, built at the first draw that needs them


class _Table:
    """A curve on 256 places of equal width: its value at every node, in fixed point."""

    __slots__ = ("nodes", "rises", "starts")

    def __init__(self, curve: list[Decimal], bits: int) -> None:
        with localcontext(prec=_DIGITS):
            self.nodes = tuple(int((value * (1 << bits)).to_integral_value()) for value in curve)
        nodes = np.array(self.nodes, dtype=np.int64)
        self.starts = nodes[:-1]
        self.rises = np.diff(nodes)


@cache
def _ln_2() -> int:
    return _logarithms().nodes[0]


@cache
def _logarithms() -> _Table:
    """-ln m for m from 1/2 to 1."""
    with localcontext(prec=_DIGITS):
        curve = [Decimal(0)]
        for place in range(2 * _PLACES - 1, _PLACES - 1, -1):
            curve.append(curve[-1] + _logarithm_of_step(place))
        return _Table(curve[::-1], _LN_BITS)


def _logarithm_of_step(n: int) -> Decimal:
    """ln((n + 1) / n), by the series of its inverse hyperbolic tangent; `n` is at least 256."""
    part = Decimal(1) / (2 * n + 1)
    square = part * part
    return 2 * part * (1 + square * (Decimal(1) / 3 + square * (Decimal(1) / 5 + square / 7)))


@cache
def _powers() -> _Table:
    """2**x for x from 0 to 1."""
    with localcontext(prec=_DIGITS):
        ln_2 = Decimal(2).ln()
        return _Table([(ln_2 * i / _PLACES).exp() for i in range(_PLACES + 1)], _POWER_BITS)


@cache
def _cosines() -> _Table:
    """cos x for x from 0 to a quarter turn."""
    with localcontext(prec=_DIGITS):
        quarter = _PI / 2
        return _Table([_cosine(quarter * i / _PLACES) for i in range(_PLACES + 1)], _COS_BITS)


def _cosine(x: Decimal) -> Decimal:
    square = x * x
    series = Decimal(1)
    for order in range(16, 0, -2):
        series = 1 - series * square / (order * (order - 1))
    return series


def _spread_of(cv: float) -> int:
    """Deviation of the exponent of two, units of 2**-24, that gives this coefficient."""
    if not 0 <= cv <= 100:
        raise ValueError(f"coefficient of variation must be 0 to 100, got {cv}")
    with localcontext(prec=_DIGITS):
        deviation = (1 + Decimal(cv) * Decimal(cv)).ln().sqrt()
        return int(deviation / Decimal(2).ln() * _ONE_Z)


def _checked_ns(what: str, value_ns: int) -> int:
    if not 0 <= value_ns < 1 << 53:
        raise ValueError(f"{what} of a duration must be 0 to 2**53 ns, got {value_ns}")
    return value_ns
