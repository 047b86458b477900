"""Draws follow their law, and are the same integers on every machine."""

from __future__ import annotations

import math
import random
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine import samplers
from outage_engine.samplers import (
    LONGEST_NS,
    Exponential,
    LogNormal,
    UniformInts,
    poisson_count,
    poisson_counts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SECOND = 1_000_000_000
MANY = 200_000


def generator(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


class Scripted(random.Random):
    """A stream that gives the fractions it was told, as if they had been drawn."""

    def __init__(self, *fractions: float) -> None:
        super().__init__(0)
        self._fractions = list(fractions)

    def getrandbits(self, k: int) -> int:
        return int(self._fractions.pop(0) * (1 << k))


def kept(uniform: float) -> float:
    """The uniform as 53 bits hold it; the lowest is always set, so that it is never 0."""
    return (int(uniform * 2**53) | 1) / 2**53


fractions = st.floats(min_value=2**-50, max_value=1, exclude_max=True)


# --- the curves, against the mathematics they stand for


@settings(deadline=None)
@given(fractions)
def test_an_exponential_draw_is_the_negative_logarithm_of_its_uniform(uniform: float) -> None:
    drawn = Exponential(SECOND).draw(Scripted(uniform))
    assert drawn / SECOND == pytest.approx(-math.log(kept(uniform)), abs=3e-6)


@settings(deadline=None)
@given(fractions, st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_normal_draw_is_box_and_mullers(uniform: float, angle: float) -> None:
    drawn = samplers._one_normal(Scripted(uniform, angle)) / 2**24
    position = int(angle * 2**33)
    cosine = math.cos((position >> 1) / 2**32 * math.pi / 2) * (-1 if position & 1 else 1)
    # The root is steep at 0, where an error of 2e-6 in its square grows.
    expected = math.sqrt(-2 * math.log(kept(uniform))) * cosine
    assert drawn == pytest.approx(expected, rel=1e-5, abs=5e-5)


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=16))
def test_the_exponential_of_a_negative_number_is_right_to_twelve_digits(x: float) -> None:
    assert samplers._exponential_of_minus(x) == pytest.approx(math.exp(-x), rel=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**53 - 1), st.integers(0, 2**33 - 1))
def test_one_and_many_draws_are_the_same_function_of_the_uniforms(bits: int, angle: int) -> None:
    one = samplers._one_normal(Scripted(bits / 2**53, angle / 2**33))
    many = samplers._normals_from(np.array([bits]), np.array([angle]))
    assert abs(one - int(many[0])) <= 64  # of 2**24: interpolation steps differ in size


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=15.99), fractions)
def test_one_and_many_small_counts_are_the_same_function(mean: float, uniform: float) -> None:
    many = samplers._poisson_inverted(np.array([mean]), np.array([int(uniform * 2**53) / 2**53]))
    assert poisson_count(Scripted(uniform), mean) == int(many[0])


# --- moments and tails


def exponential_uniforms(count: int) -> NDArray[np.int64]:
    """The middles of `count` equal parts of 0 to 1: a sample without sampling error."""
    return (np.arange(count, dtype=np.int64) * 2 + 1) * (2**52 // count)


def test_exponential_mean_is_within_a_thousandth_and_variance_within_a_hundredth() -> None:
    drawn = samplers._exponentials_from(exponential_uniforms(2**20)) / 2**32
    assert drawn.mean() == pytest.approx(1, rel=1e-4)
    assert drawn.var() == pytest.approx(1, rel=1e-3)


def test_a_normal_draw_has_mean_0_and_deviation_1() -> None:
    uniforms = np.repeat(exponential_uniforms(2**10), 2**10)
    angles = np.tile(np.arange(2**10, dtype=np.int64) * 2**23 + 2**22 + 1, 2**10)
    angles[::2] -= 1  # as many of either sign
    drawn = samplers._normals_from(uniforms, angles) / 2**24
    assert drawn.mean() == pytest.approx(0, abs=1e-2)
    assert drawn.var() == pytest.approx(1, rel=2e-3)


@pytest.mark.parametrize("percent", [1.0, 50.0, 90.0, 99.0, 99.9, 99.99])
def test_exponential_percentiles_follow_the_law(percent: float) -> None:
    expected = -math.log(1 - percent / 100)
    drawn = Exponential(SECOND).draw_many(generator(), MANY) / SECOND
    assert share_below(drawn, expected) == pytest.approx(percent / 100, abs=tolerance(percent))


@pytest.mark.parametrize("percent", [0.01, 1.0, 50.0, 90.0, 99.0, 99.99])
@pytest.mark.parametrize("cv", [0.1, 0.5, 2.0])
def test_log_normal_percentiles_follow_the_law(cv: float, percent: float) -> None:
    sigma = math.sqrt(math.log(1 + cv * cv))
    expected = math.exp(sigma * statistics.NormalDist().inv_cdf(percent / 100))
    drawn = LogNormal(SECOND, cv).draw_many(generator(3), MANY) / SECOND
    assert share_below(drawn, expected) == pytest.approx(percent / 100, abs=tolerance(percent))


def share_below(drawn: NDArray[np.float64], bound: float) -> float:
    return float(np.count_nonzero(drawn <= bound)) / drawn.size


def tolerance(percent: float) -> float:
    """Four standard errors of a share among `MANY` draws."""
    share = percent / 100
    return 4 * math.sqrt(share * (1 - share) / MANY)


@pytest.mark.parametrize("cv", [0.0, 0.25, 1.0])
def test_a_log_normal_by_its_mean_has_that_mean_and_coefficient(cv: float) -> None:
    drawn = LogNormal.of_mean(3 * SECOND, cv).draw_many(generator(11), MANY) / SECOND
    assert drawn.mean() == pytest.approx(3, rel=0.006)
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=0.03)


def test_single_draws_have_the_same_mean_and_deviation_as_many() -> None:
    rng = random.Random(5)
    distribution = LogNormal.of_mean(SECOND, 0.5)
    drawn = [distribution.draw(rng) / SECOND for _ in range(20_000)]
    assert statistics.fmean(drawn) == pytest.approx(1, rel=0.015)
    assert statistics.stdev(drawn) == pytest.approx(0.5, rel=0.05)


def test_median_is_kept_or_follows_from_the_mean() -> None:
    assert LogNormal(1234, 0.7).median_ns == 1234
    assert LogNormal.of_mean(SECOND, 2.0).median_ns == round(SECOND / math.sqrt(5))


def test_no_variation_gives_the_median_itself() -> None:
    distribution = LogNormal(5 * SECOND, 0.0)
    assert distribution.draw(random.Random(1)) == 5 * SECOND
    assert set(distribution.draw_many(generator(), 50).tolist()) == {5 * SECOND}


def test_a_mean_of_0_gives_only_0() -> None:
    assert Exponential(0).draw(random.Random(1)) == 0
    assert not Exponential(0).draw_many(generator(), 20).any()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**53 - 1), st.floats(0, 100), st.integers(0, 2**32))
def test_no_duration_is_negative_or_too_long(mean_ns: int, cv: float, seed: int) -> None:
    single, many = random.Random(seed), generator(seed)
    for distribution, longest_ns in (
        (Exponential(mean_ns), 37 * mean_ns),
        (LogNormal(mean_ns, cv), LONGEST_NS),
    ):
        drawn = [distribution.draw(single), *distribution.draw_many(many, 20).tolist()]
        assert all(0 <= value <= longest_ns for value in drawn)


def test_a_draw_beyond_every_calendar_is_cut_at_the_longest_duration() -> None:
    distribution = LogNormal(2**53 - 1, 100)
    assert max(distribution.draw_many(generator(), 20_000).tolist()) == LONGEST_NS
    rng = random.Random(1)
    assert max(distribution.draw(rng) for _ in range(5_000)) == LONGEST_NS


# --- whole numbers


@settings(deadline=None)
@given(st.integers(-1000, 1000), st.integers(0, 5), st.integers(0, 2**32))
def test_uniform_integers_stay_inside_their_bounds(lowest: int, width: int, seed: int) -> None:
    numbers = UniformInts(lowest, lowest + width)
    assert lowest <= numbers.draw(random.Random(seed)) <= lowest + width
    drawn = numbers.draw_many(generator(seed), 20)
    assert lowest <= drawn.min() <= drawn.max() <= lowest + width


def test_uniform_integers_are_equally_likely_and_reach_both_ends() -> None:
    rng = random.Random(2)
    single = [UniformInts(1, 6).draw(rng) for _ in range(30_000)]
    many = UniformInts(1, 6).draw_many(generator(), 30_000).tolist()
    for drawn in (single, many):
        for face in range(1, 7):
            assert drawn.count(face) == pytest.approx(5_000, rel=0.06)


# --- counts


def exact_poisson(mean: float, upto: int) -> list[float]:
    logarithm = math.log(mean)
    return [math.exp(k * logarithm - mean - math.lgamma(k + 1)) for k in range(upto)]


@pytest.mark.parametrize("mean", [16.0, 40.0, 250.0])
def test_the_quantile_expansion_misplaces_less_than_one_draw_in_ten_thousand(mean: float) -> None:
    normal = statistics.NormalDist()
    exact = exact_poisson(mean, int(mean + 10 * math.sqrt(mean)))
    below, distance = 0.0, 0.0
    for count, probability in enumerate(exact):
        upto = normal.cdf(normal_quantile_of(mean, count + 1))
        distance += abs(upto - below - probability)
        below = upto
    assert distance / 2 < 1e-4


def normal_quantile_of(mean: float, bound: float) -> float:
    """Where the expansion reaches `bound`, by halving."""
    low, high = -9.0, 9.0
    for _ in range(60):
        middle = (low + high) / 2
        if samplers._poisson_quantile(mean, math.sqrt(mean), middle) < bound:
            low = middle
        else:
            high = middle
    return low


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.5, 15.9, 16.1, 300.0, 1e6])
def test_counts_have_the_mean_and_the_variance_of_poisson(mean: float) -> None:
    single = random.Random(4)
    one_by_one = [poisson_count(single, mean) for _ in range(8_000)]
    together = poisson_counts(generator(), np.full(50_000, mean)).tolist()
    for drawn in (one_by_one, together):
        error = math.sqrt(mean / len(drawn))
        assert statistics.fmean(drawn) == pytest.approx(mean, abs=4 * error)
        spread = math.sqrt((2 + 1 / mean) / len(drawn))
        assert statistics.pvariance(drawn) == pytest.approx(mean, rel=4 * spread)


def test_small_counts_come_as_often_as_they_should() -> None:
    drawn = poisson_counts(generator(9), np.full(MANY, 3.0)).tolist()
    for count, probability in enumerate(exact_poisson(3.0, 12)):
        error = 4 * math.sqrt(probability * MANY)
        assert drawn.count(count) == pytest.approx(probability * MANY, abs=error)


def test_nothing_arrives_when_nothing_is_expected() -> None:
    assert poisson_count(random.Random(1), 0.0) == 0
    assert poisson_counts(generator(), np.zeros(3)).tolist() == [0, 0, 0]
    assert poisson_counts(generator(), np.zeros(0)).tolist() == []


def test_a_mean_that_changes_does_not_shift_the_numbers_of_others() -> None:
    before = poisson_counts(generator(), np.array([2.0, 500.0, 9.0, 80.0]))
    after = poisson_counts(generator(), np.array([700.0, 500.0, 9.0, 80.0]))
    assert before[1:].tolist() == after[1:].tolist()
    assert before[0] != after[0]


# --- refusals


@pytest.mark.parametrize(
    "make",
    [
        lambda: Exponential(-1),
        lambda: Exponential(2**53),
        lambda: LogNormal(-1, 0.5),
        lambda: LogNormal(1, -0.1),
        lambda: LogNormal(1, math.nan),
        lambda: LogNormal(1, 101),
        lambda: LogNormal.of_mean(-1, 0.5),
        lambda: UniformInts(2, 1),
        lambda: UniformInts(0, 2**63),
        lambda: poisson_count(random.Random(1), -0.5),
        lambda: poisson_count(random.Random(1), math.nan),
        lambda: poisson_counts(generator(), np.array([1.0, -1.0])),
        lambda: poisson_counts(generator(), np.array([1.0, math.nan])),
        lambda: poisson_counts(generator(), np.array([math.inf])),
    ],
)
def test_parameters_out_of_range_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"must be|no whole numbers"):
        make()


# --- the same everywhere


def test_the_numbers_of_a_seed_never_change() -> None:
    single, many = random.Random(2025), generator(2025)
    exponential, log_normal = Exponential(SECOND), LogNormal.of_mean(SECOND, 0.5)
    assert [exponential.draw(single) for _ in range(3)] == GOLDEN["exponential.single"]
    assert [log_normal.draw(single) for _ in range(3)] == GOLDEN["log-normal.single"]
    assert [poisson_count(single, mean) for mean in (2.0, 50.0, 1e6)] == GOLDEN["poisson.single"]
    assert exponential.draw_many(many, 3).tolist() == GOLDEN["exponential.many"]
    assert log_normal.draw_many(many, 3).tolist() == GOLDEN["log-normal.many"]
    drawn = poisson_counts(many, np.array([2.0, 50.0, 1e6])).tolist()
    assert drawn == GOLDEN["poisson.many"]


def test_tables_are_these_integers() -> None:
    middle = 128
    assert samplers._logarithms().nodes[middle] == round(-math.log(0.75) * 2**32)
    assert samplers._powers().nodes[middle] == round(math.sqrt(2) * 2**30)
    assert samplers._cosines().nodes[middle] == round(math.sqrt(0.5) * 2**30)
    for table, first, last in (
        (samplers._logarithms(), round(math.log(2) * 2**32), 0),
        (samplers._powers(), 2**30, 2**31),
        (samplers._cosines(), 2**30, 0),
    ):
        assert (table.nodes[0], table.nodes[-1], len(table.nodes)) == (first, last, 257)


GOLDEN: dict[str, list[int]] = {
    "exponential.single": [2492507164, 177295795, 54579623],
    "log-normal.single": [524962426, 1623166000, 479931248],
    "poisson.single": [0, 41, 1000905],
    "exponential.many": [5557872, 962309649, 189772321],
    "log-normal.many": [1145333123, 906289584, 531168126],
    "poisson.many": [1, 60, 1000070],
}
