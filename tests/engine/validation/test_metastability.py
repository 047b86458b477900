"""Two published experiments in which an overload outlives its cause.

Bronson et al., "Metastable Failures in Distributed Systems" (HotOS 2021): a server of 300 requests
a second whose clients retry once. Retries double the load of a server that is too slow to be
useful, so below 150/s it always recovers and above that a queue, once it is long, never goes away.

M. Brooker's collapse simulation (2021): latency grows with concurrency, clients give up after 3 s
and try three times in all. A spike of five seconds tips it over, about two times in three.
"""

import pytest

from outage_engine.client import Client, PoissonArrivals
from outage_engine.clock import SECOND, ns
from outage_engine.draws import in_blocks
from outage_engine.retry import Backoff, Jitter, RetryBudget, RetryPolicy
from outage_engine.samplers import Exponential
from outage_engine.station import Station, serve_attempts
from outage_engine.world import World


class Outage:
    """A server of 300/s that serves nothing from 10 s to 20 s; what was sent waits for its end."""

    def __init__(self, seed: int, offered_per_s: float, gate: RetryBudget | None = None) -> None:
        self.world = world = World(seed)
        service = in_blocks(Exponential(SECOND // 300), world.random.array("service"))
        self.station = Station(world, service)
        self.client = Client(
            world,
            serve_attempts(self.station),
            timeout_ns=SECOND,
            policy=RetryPolicy(tries_max=2),
            gate=gate,
        )
        gaps = in_blocks(Exponential(SECOND), world.random.array("arrivals"))
        PoissonArrivals(world, offered_per_s, self.client.request, gaps)
        world.call_at(10 * SECOND, self.station.pause)
        world.call_at(20 * SECOND, self.station.resume)
        self.marks: list[tuple[int, int]] = []

    def rates(self, start_s: int, end_s: int) -> tuple[float, float]:
        """Requests that reach the server, and successes, a second, between two instants."""
        for at_s in (start_s, end_s):
            self.world.call_at(at_s * SECOND, self._mark)
        self.world.simulate(end_s * SECOND)
        (sent, succeeded), (sent_later, succeeded_later) = self.marks
        span_s = end_s - start_s
        return (sent_later - sent) / span_s, (succeeded_later - succeeded) / span_s

    def _mark(self) -> None:
        self.marks.append((self.station.snapshot().arrived, self.client.succeeded))


def test_near_capacity_the_outage_never_ends() -> None:
    # 50 s of 280 requests/s, each sent twice: the standard error of the rate is 0.8 %.
    sent, goodput = Outage(1, 280).rates(35, 85)
    assert sent == pytest.approx(560, rel=0.03)
    assert goodput == 0


def test_near_capacity_nothing_is_wrong_before_the_outage() -> None:
    sent, goodput = Outage(1, 280).rates(1, 9)
    assert sent == pytest.approx(280, rel=0.08)
    assert goodput == pytest.approx(280, rel=0.08)


@pytest.mark.parametrize("seed", range(1, 4))
def test_below_half_of_capacity_every_run_recovers(seed: int) -> None:
    # 2 x 130 < 300: the queue of the outage drains at 40/s, in about 65 s.
    sent, goodput = Outage(seed, 130).rates(110, 125)
    assert sent == pytest.approx(130, rel=0.1)
    assert goodput == pytest.approx(130, rel=0.1)


@pytest.mark.parametrize("seed", range(1, 4))
def test_above_half_of_capacity_no_run_recovers(seed: int) -> None:
    # 2 x 165 > 300: the queue only grows, by 30 requests every second.
    sent, goodput = Outage(seed, 165).rates(70, 85)
    assert sent == pytest.approx(330, rel=0.1)
    assert goodput == 0


def test_a_retry_budget_lets_it_recover_up_to_capacity() -> None:
    # With a tenth of requests retried at most, the load is 1.1 x 165 < 300.
    sent, goodput = Outage(1, 165, RetryBudget(10, per_request=0.1)).rates(110, 125)
    assert sent == pytest.approx(165, rel=0.1)
    assert goodput == pytest.approx(165, rel=0.1)


class Spike:
    """Latency 1 s + 10 ms for each request under way; 40 requests/s, 80/s from 20 s to 25 s."""

    def __init__(self, seed: int, backoff: Backoff | None = None) -> None:
        self.world = world = World(seed)
        self.station = Station(world, self._latency_ns, servers=None)
        self.client = Client(
            world,
            serve_attempts(self.station),
            timeout_ns=3 * SECOND,
            policy=RetryPolicy(3, backoff) if backoff else RetryPolicy(3),
            network=in_blocks(Exponential(SECOND // 10), world.random.array("network")),
        )
        gaps = in_blocks(Exponential(SECOND), world.random.array("arrivals"))
        arrivals = PoissonArrivals(world, 40, self.client.request, gaps)
        world.call_at(20 * SECOND, arrivals.set_rate, 80)
        world.call_at(25 * SECOND, arrivals.set_rate, 40)

    def _latency_ns(self) -> int:
        return SECOND + self.station.in_service * (SECOND // 100)

    def goodput_at_the_end(self) -> float:
        """Successes a second in seconds 60 to 79."""
        marks: list[int] = []
        self.world.call_at(60 * SECOND, lambda: marks.append(self.client.succeeded))
        self.world.simulate(80 * SECOND)
        return (self.client.succeeded - marks[0]) / 20


RUNS = 40
"""Of a share of .68 the standard error is then .07; `benchmarks/validation_queues.py` takes 400."""


def test_a_spike_of_five_seconds_collapses_two_runs_in_three() -> None:
    collapsed = sum(Spike(seed).goodput_at_the_end() < 10 for seed in range(RUNS))
    assert collapsed / RUNS == pytest.approx(0.68, abs=0.10)


def test_backoff_with_jitter_prevents_the_collapse() -> None:
    # The experiment's waits: full jitter over 20 s, then 40 s.
    backoff = Backoff(20 * SECOND, 40 * SECOND, jitter=Jitter.FULL)
    assert all(Spike(seed, backoff).goodput_at_the_end() > 30 for seed in range(6))


def test_healthy_concurrency_is_a_fixed_point() -> None:
    # L = 40 (1 + 0.01 L), so L = 66.7; averaged over seconds 5 to 20 of ten runs.
    levels: list[int] = []
    for seed in range(10):
        spike = Spike(seed)
        for at_ms in range(5_000, 20_000, 50):
            spike.world.call_at(
                ns(at_ms / 1000), lambda now=spike: levels.append(now.station.in_service)
            )
        spike.world.simulate(20 * SECOND)
    assert sum(levels) / len(levels) == pytest.approx(66.7, abs=3)
