"""Leases of one shard: they run out with DynamoDB, collapse when it returns, drain when helped."""

import random
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents import droplet_leases
from outage_agents.droplet_leases import DropletLeases
from outage_agents.parameters.dwfm import DwfmParameters
from outage_engine.clock import HOUR, MINUTE, SECOND

SLOT = 10 * SECOND
FAILED, RETURNED, HELPED = 48 * MINUTE, 205 * MINUTE, 314 * MINUTE
"""23:48, 02:25 and 04:14 in a run that starts at 23:00."""


class Moment(NamedTuple):
    """A shard at the end of a slot."""

    broken: int
    established: int
    queue: int


def a_shard(droplets: int = 400, seed: int = 1, **changes: Any) -> DropletLeases:
    parameters = attrs.evolve(DwfmParameters(), **changes)
    uniform = np.random.default_rng(seed).random(droplets)
    return DropletLeases(parameters, droplets, 0, uniform, random.Random(seed))


def an_outage(
    leases: DropletLeases,
    until: int,
    *,
    throttle: float = 0.0,
    restart: bool = False,
    drop: bool = False,
) -> dict[int, Moment]:
    """DynamoDB is away from 23:48 to 02:25, help comes at 04:14; moments by minute."""
    seen = {}
    for now in range(0, until, SLOT):
        if now == HELPED:
            if throttle:
                leases.throttle(throttle)
            if restart:
                leases.restart()
            if drop:
                leases.drop_stale()
        leases.advance(now + SLOT, not FAILED <= now < RETURNED)
        if (now + SLOT) % MINUTE == 0:
            counts = leases.counts()
            seen[(now + SLOT) // MINUTE] = Moment(leases.broken, leases.established, counts.queue)
    return seen


@pytest.mark.parametrize(("droplets", "days"), [(4000, 7.0), (41_667, 70.0)])
def test_broken_leases_are_their_rate_times_the_time_they_stay_broken(
    droplets: int, days: float
) -> None:
    leases = a_shard(droplets, breakage_days=days)
    broken = []
    for end in range(SLOT, 20 * HOUR, SLOT):
        leases.advance(end, True)
        broken.append(leases.broken)
    expected = droplets * 600 / (days * 86_400)
    assert sum(broken) / len(broken) == pytest.approx(expected, rel=0.25)
    assert leases.late == leases.checks_failed == 0
    assert leases.checks == pytest.approx(droplets * 240, rel=0.01)


@pytest.mark.parametrize("minutes", [20, 60, 120, 157, 220, 300])
def test_leases_run_out_as_the_closed_form_says(minutes: int) -> None:
    leases = a_shard(20_000, breakage_days=1e9)
    leases.advance(HOUR, True)
    leases.advance(HOUR + minutes * MINUTE, False)
    expected = min(1.0, max(0.0, (minutes + 2.5 - 30) / 210))
    assert leases.broken / 20_000 == pytest.approx(expected, abs=0.012)


def test_the_shard_collapses_when_dynamodb_returns_and_drains_after_throttle_and_restart() -> None:
    seen = an_outage(a_shard(4000), 380 * MINUTE, throttle=0.006, restart=True)
    before, collapsed, stuck = seen[204], seen[210], seen[313]
    assert before.broken / 4000 == pytest.approx(0.61, abs=0.03)
    assert collapsed.established > before.established
    assert stuck.established == collapsed.established
    assert stuck.broken > 0.93 * 4000
    assert stuck.queue > 20 * 4000
    # N - B(t) = C R (1 - exp(-t / (kappa R))), from what was left: 44 to 46 minutes.
    done = min(minute for minute, moment in seen.items() if minute > 314 and moment.broken < 5)
    assert 43 <= done - 314 <= 47


def test_without_help_the_collapse_never_ends() -> None:
    seen = an_outage(a_shard(), 970 * MINUTE)
    assert seen[970].established == seen[210].established
    assert seen[970].broken > 0.93 * 400
    assert seen[970].queue > seen[400].queue > seen[300].queue


def test_a_throttle_alone_leaves_the_queue_in_the_way() -> None:
    seen = an_outage(a_shard(), 600 * MINUTE, throttle=0.006)
    assert seen[600].established == seen[313].established
    assert seen[600].broken > 0.93 * 400


def test_a_restart_alone_collapses_again() -> None:
    seen = an_outage(a_shard(), 600 * MINUTE, restart=True)
    gained = seen[330].established - seen[313].established
    assert 0 < gained < 0.2 * 400
    assert seen[600].established == seen[330].established
    assert seen[600].broken > 0.8 * 400


def test_dropping_stale_work_once_helps_no_longer_than_a_restart() -> None:
    seen = an_outage(a_shard(), 600 * MINUTE, drop=True)
    assert seen[330].established > seen[313].established
    assert seen[600].broken > 0.8 * 400


def test_a_throttle_and_dropping_stale_work_drain_once_the_work_of_two_minutes_is_done() -> None:
    seen = an_outage(a_shard(), 400 * MINUTE, throttle=0.006, drop=True)
    # Nine times the capacity for 120 s had not passed its deadline yet: 18 minutes, all of it late.
    assert seen[330].established <= seen[313].established + 4
    assert seen[390].broken < 5


@pytest.mark.parametrize("droplets", [400, 4000, 41_667])
def test_the_curve_is_the_same_at_any_size(droplets: int) -> None:
    seen = an_outage(a_shard(droplets, seed=5), 340 * MINUTE, throttle=0.006, restart=True)
    assert seen[204].broken / droplets == pytest.approx(0.61, abs=0.05)
    assert seen[313].broken / droplets == pytest.approx(0.965, abs=0.03)
    assert seen[330].broken / droplets == pytest.approx(0.49, abs=0.06)


def test_another_set_of_parameters_gives_the_same_drain() -> None:
    other = a_shard(4000, state_check_s=180.0, establish_cost=15.0)
    seen = an_outage(other, 380 * MINUTE, throttle=0.006, restart=True)
    assert seen[313].broken > 0.93 * 4000
    done = min(minute for minute, moment in seen.items() if minute > 314 and moment.broken < 5)
    assert 38 <= done - 314 <= 46


@pytest.mark.parametrize("share", [0.0025, 0.005, 0.02])
def test_any_throttle_from_one_establishment_at_a_time_drains(share: float) -> None:
    seen = an_outage(a_shard(), 400 * MINUTE, throttle=share, restart=True)
    assert seen[400].broken < 5


@pytest.mark.parametrize("droplets", [200, 400, 2000, 4000])
def test_never_more_are_outstanding_than_the_throttle_allows(droplets: int) -> None:
    leases = a_shard(droplets, max_outstanding=0.006)
    for now in range(0, 300 * MINUTE, SLOT):
        leases.advance(now + SLOT, not FAILED <= now < RETURNED)
        assert leases.counts().in_flight <= leases.tokens


@pytest.mark.parametrize(
    "change",
    [
        {"queue_discipline": "drop-stale"},
        {"queue_discipline": "lifo"},
        {"max_outstanding": 0.006},
        {"capacity_factor": 12.0},
        {"establish_deadline_s": 3600.0, "renewal_deadline_s": 3600.0},
    ],
)
def test_each_remedy_in_place_before_the_outage_prevents_the_collapse(
    change: dict[str, float | str],
) -> None:
    plain = an_outage(a_shard(), 313 * MINUTE)
    seen = an_outage(a_shard(400, 1, **change), 313 * MINUTE)
    assert plain[313].broken > 0.93 * 400
    assert seen[313].broken < 200


def test_backoff_thins_the_retries() -> None:
    plain = an_outage(a_shard(), 300 * MINUTE)
    seen = an_outage(a_shard(backoff_s=600.0), 300 * MINUTE)
    assert seen[300].queue < plain[300].queue / 4


@pytest.mark.parametrize("tokens", [1, 3, 12])
def test_following_tokens_one_by_one_gives_what_serving_in_rounds_gives(
    tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = an_outage(a_shard(), 400 * MINUTE, throttle=(tokens + 0.5) / 400, restart=True)
    monkeypatch.setattr(droplet_leases, "FEW_TOKENS", 0)
    rounds = an_outage(a_shard(), 400 * MINUTE, throttle=(tokens + 0.5) / 400, restart=True)
    for minute in range(320, 400, 10):
        assert one_by_one[minute].broken == pytest.approx(rounds[minute].broken, abs=3)


@pytest.mark.parametrize("droplets", [400, 4000])
def test_single_attempts_end_as_if_they_had_been_served_with_the_whole_window(
    droplets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    single, whole = (a_shard(droplets, breakage_days=0.5) for _ in range(2))
    single.advance(5 * HOUR, True)
    monkeypatch.setattr(droplet_leases, "FEW", 0)
    whole.advance(5 * HOUR, True)
    assert single.established > 20
    assert single.take_latencies().tolist() == whole.take_latencies().tolist()
    assert (single.flags() == whole.flags()).all()
    assert single.checks == pytest.approx(whole.checks, rel=1e-4)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(1, 1000), st.booleans(), st.integers(0, 6)), max_size=10),
    st.sampled_from(["fifo", "lifo", "drop-stale"]),
)
def test_leases_are_never_more_than_droplets_and_nothing_is_counted_twice(
    droplets: int, spans: list[tuple[int, bool, int]], discipline: str
) -> None:
    leases = a_shard(droplets, 1, queue_discipline=discipline, validity_min_min=5.0)
    now = 0
    for seconds, answers, act in spans:
        now += seconds * SECOND
        leases.advance(now, answers)
        if act == 1:
            leases.throttle(0.05)
        elif act == 2:
            leases.restart()
        elif act == 3:
            leases.drop_stale()
        elif act == 4:
            leases.throttle(0.0)
        counts = leases.counts()
        assert 0 <= counts.broken <= droplets
        assert counts.broken == counts.lost - counts.established
        assert counts.broken == int(leases.flags().sum())
        assert counts.checks_failed <= counts.checks
        assert 0 <= counts.in_flight <= counts.queue
        assert counts.wait_ns >= 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 10 * 60), min_size=1, max_size=20), st.integers(1, 99))
def test_how_time_is_cut_into_windows_changes_nothing_when_all_is_well(
    spans: list[int], droplets: int
) -> None:
    cut, whole = a_shard(droplets, breakage_days=1e9), a_shard(droplets, breakage_days=1e9)
    now = 0
    for seconds in spans:
        now += seconds * SECOND
        cut.advance(now, True)
    whole.advance(now, True)
    assert cut.counts() == whole.counts()
