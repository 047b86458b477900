"""Waits between tries, gates, and asking as an actor."""

import random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND, SECOND
from outage_engine.errors import AskTimedOut
from outage_engine.retry import (
    AT_ONCE,
    Backoff,
    Jitter,
    RetryBreaker,
    RetryBudget,
    RetryPolicy,
    ask_with_retries,
)
from outage_engine.world import World


def test_waits_double_up_to_the_cap() -> None:
    backoff = Backoff(100, 1_000, jitter=Jitter.NONE)
    waits = [backoff.delay_ns(n, random.Random(1)) for n in range(1, 7)]
    assert waits == [100, 200, 400, 800, 1_000, 1_000]


def test_a_very_late_retry_costs_no_big_number() -> None:
    assert Backoff(1, 10**18).delay_ns(10**9, random.Random(1)) <= 10**18
    assert Backoff(7, 100, factor=1, jitter=Jitter.NONE).delay_ns(10**9, random.Random(1)) == 7
    assert AT_ONCE.delay_ns(10**9, random.Random(1)) == 0


@pytest.mark.parametrize(
    ("jitter", "least", "most", "mean"),
    [(Jitter.FULL, 0, 400, 200), (Jitter.EQUAL, 200, 400, 300), (Jitter.NONE, 400, 400, 400)],
)
def test_jitter_spreads_the_third_wait(jitter: Jitter, least: int, most: int, mean: int) -> None:
    draw = random.Random(1)
    waits = [Backoff(100, 1_000, jitter=jitter).delay_ns(3, draw) for _ in range(4_000)]
    assert least <= min(waits) <= least + 10
    assert most - 10 <= max(waits) <= most
    assert sum(waits) / 4_000 == pytest.approx(mean, rel=0.03)


def test_decorrelated_jitter_goes_from_the_base_to_three_times_the_last_wait() -> None:
    draw = random.Random(1)
    backoff = Backoff(100, 1_000, jitter=Jitter.DECORRELATED)
    waits = [backoff.delay_ns(2, draw, last_ns=200) for _ in range(4_000)]
    assert 100 <= min(waits) < 110
    assert 590 < max(waits) <= 600
    assert max(backoff.delay_ns(9, draw, last_ns=900) for _ in range(100)) == 1_000


@given(
    base=st.integers(0, 10**12),
    more=st.integers(0, 10**12),
    factor=st.integers(1, 5),
    jitter=st.sampled_from(Jitter),
    retry=st.integers(1, 200),
    seed=st.integers(0, 2**32),
)
def test_a_wait_is_never_negative_nor_above_the_cap(
    base: int, more: int, factor: int, jitter: Jitter, retry: int, seed: int
) -> None:
    backoff = Backoff(base, base + more, factor, jitter)
    draw = random.Random(seed)
    last = 0
    for _ in range(3):
        last = backoff.delay_ns(retry, draw, last)
        assert 0 <= last <= base + more


@pytest.mark.parametrize("wrong", [(-1, 5, 2), (5, 4, 2), (1, 5, 0)])
def test_a_backoff_that_makes_no_sense_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="backoff needs"):
        Backoff(*wrong)


def test_a_request_is_tried_at_least_once() -> None:
    with pytest.raises(ValueError, match="at least once"):
        RetryPolicy(0)


@given(
    events=st.lists(st.sampled_from(["started", "succeeded", "failed", "retry"]), max_size=200),
    capacity=st.integers(0, 10),
)
def test_a_budget_never_spends_more_than_it_got(events: list[str], capacity: int) -> None:
    budget = RetryBudget(capacity, per_request=0.2, per_success=0.1)
    for event in events:
        if event == "retry":
            budget.allows()
        else:
            getattr(budget, event)()
        paid = 0.2 * events.count("started") + 0.1 * events.count("succeeded")
        assert budget.spent <= capacity + paid + 1e-9
        assert 0 <= budget.level <= capacity


def test_a_retry_breaker_forgets_what_left_its_window() -> None:
    gate = RetryBreaker(0.5, window=4)
    for _ in range(3):
        gate.failed()
    assert not gate.allows()
    for _ in range(2):
        gate.succeeded()
    assert gate.allows()  # 2 of the last 4 failed
    assert (gate.spent, gate.denied) == (1, 1)


@attrs.frozen
class Question:
    number: int


class Deaf(Actor):
    """Answers only from its n-th message on."""

    def __init__(self, name: str, answers_from: int) -> None:
        super().__init__(name)
        self._answers_from = answers_from
        self.heard: list[int] = []

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            self.heard.append(self.world.now)
            if len(self.heard) >= self._answers_from:
                envelope.reply("here")


class Asker(Actor):
    """Asks once, with retries, and notes what came of it."""

    def __init__(self, name: str, policy: RetryPolicy, gate: RetryBudget | None = None) -> None:
        super().__init__(name)
        self._policy = policy
        self._gate = gate
        self.found = ""

    async def main(self) -> None:
        try:
            self.found = await ask_with_retries(
                self,
                "deaf",
                Question(1),
                timeout_ns=SECOND,
                policy=self._policy,
                draw=self.world.random.single("asker/backoff"),
                gate=self._gate,
            )
        except AskTimedOut:
            self.found = "nothing"


def ask(answers_from: int, policy: RetryPolicy, gate: RetryBudget | None = None) -> tuple[str, int]:
    """What an asker found and how often it asked."""
    world = World(1)
    deaf, asker = Deaf("deaf", answers_from), Asker("asker", policy, gate)
    world.add(deaf)
    world.add(asker)
    world.simulate(100 * SECOND)
    return asker.found, len(deaf.heard)


def test_an_actor_asks_again_until_it_has_an_answer() -> None:
    assert ask(3, RetryPolicy(5)) == ("here", 3)


def test_an_actor_gives_up_after_its_last_try() -> None:
    assert ask(3, RetryPolicy(2)) == ("nothing", 2)


def test_an_actor_whose_budget_is_spent_does_not_ask_again() -> None:
    assert ask(3, RetryPolicy(5), RetryBudget(1)) == ("nothing", 2)


def test_an_actor_waits_between_its_tries() -> None:
    world = World(1)
    deaf = Deaf("deaf", 9)
    backoff = Backoff(2 * SECOND, 60 * SECOND, jitter=Jitter.NONE)
    world.add(deaf)
    world.add(Asker("asker", RetryPolicy(3, backoff)))
    world.simulate(100 * SECOND)
    assert [at - MILLISECOND for at in deaf.heard] == [0, 3 * SECOND, 8 * SECOND]
