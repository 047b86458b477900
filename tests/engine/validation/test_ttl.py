"""After a change, those who cached the old answer learn of it one by one."""

from collections.abc import Callable

import pytest

from outage_engine.clock import SECOND
from outage_engine.ttl_cache import TtlCache
from outage_engine.world import World

Answers = Callable[[int], str | None]
"""What the authority says at an instant."""

RESOLVERS = 4_000
"""Of a share of one half the standard error is then .008."""


class Population:
    """Resolvers with uniform phases that look a name up again as soon as its answer runs out."""

    def __init__(self, ttl_s: int, negative_ttl_s: int, answer: Answers) -> None:
        self.world = World(1)
        self.answers: list[str | None] = [None] * RESOLVERS
        self._answer = answer
        self._caches: list[TtlCache[str, str]] = []
        draw = self.world.random.single("phases").random
        for number in range(RESOLVERS):
            self._caches.append(TtlCache(ttl_s * SECOND, negative_ttl_s * SECOND))
            phase_ns = round(draw() * max(ttl_s, negative_ttl_s) * SECOND)
            self.world.call_at(phase_ns, self._look_up, number)

    def _look_up(self, number: int) -> None:
        cache, now = self._caches[number], self.world.now
        assert cache.get(now, "name") is None
        entry = cache.put(now, "name", self._answer(now))
        self.answers[number] = entry.value
        self.world.call_at(entry.expires_ns, self._look_up, number)

    def share_with(self, answer: str | None, at_s: float) -> float:
        shares: list[float] = []
        self.world.call_at(
            round(at_s * SECOND), lambda: shares.append(self.answers.count(answer) / RESOLVERS)
        )
        self.world.simulate(round(at_s * SECOND))
        return shares[0]


@pytest.mark.parametrize("elapsed", [0.1, 0.25, 0.5, 0.75, 0.95])
def test_share_still_holding_the_old_answer_falls_in_proportion(elapsed: float) -> None:
    ttl_s, changed_s = 60, 200
    population = Population(ttl_s, 0, lambda now: "old" if now < changed_s * SECOND else "new")
    found = population.share_with("old", changed_s + elapsed * ttl_s)
    assert found == pytest.approx(1 - elapsed, abs=0.02)


def test_nobody_holds_the_old_answer_once_its_life_has_passed() -> None:
    population = Population(60, 0, lambda now: "old" if now < 200 * SECOND else "new")
    assert population.share_with("old", 260) == 0


def test_a_repaired_name_stays_absent_for_the_negative_time_to_live() -> None:
    def empty_until_repaired(now_ns: int) -> str | None:
        return "address" if now_ns >= 3_000 * SECOND else None

    population = Population(60, 900, empty_until_repaired)
    half: list[int] = []
    population.world.call_at(3_450 * SECOND, lambda: half.append(population.answers.count(None)))
    assert population.share_with(None, 3_900) == 0
    assert half[0] / RESOLVERS == pytest.approx(0.5, abs=0.025)
