"""Asking several at once: nobody waits for anybody else's answer."""

from hypothesis import given
from hypothesis import strategies as st

from outage_engine.actor import Actor
from outage_engine.clock import MILLISECOND, SECOND
from outage_engine.heap import INPUT, URGENT
from outage_engine.world import World


class Thinker(Actor):
    """Answers with its own name, after thinking; below 0: never."""

    def __init__(self, name: str, think_ms: int) -> None:
        super().__init__(name)
        self.think_ms = think_ms

    async def main(self) -> None:
        while True:
            envelope = await self.receive()
            assert envelope is not None
            if self.think_ms >= 0:
                await self.sleep(self.think_ms * MILLISECOND)
                envelope.reply(f"{self.name}: {envelope.message}")


class Chair(Actor):
    """Asks everybody, twice, and notes who answered what and how long each round took."""

    def __init__(self, members: list[str]) -> None:
        super().__init__("chair")
        self.members = members
        self.rounds: list[tuple[dict[str, str], int]] = []

    async def main(self) -> None:
        for question in ("first", "second"):
            asked_ns = self.world.now
            answers = await self.ask_all(self.members, question, SECOND)
            self.rounds.append((answers, self.world.now - asked_ns))


def meeting(thinking_ms: list[int]) -> tuple[Chair, World]:
    world = World(seed=1)
    names = [f"member-{n}" for n in range(len(thinking_ms))]
    for name, think_ms in zip(names, thinking_ms, strict=True):
        world.add(Thinker(name, think_ms))
    chair = Chair(names)
    world.add(chair)
    world.simulate(10 * SECOND)
    return chair, world


def test_all_think_at_the_same_time() -> None:
    chair, _ = meeting([300, 100, 200])
    answers, took_ns = chair.rounds[0]
    assert list(answers) == ["member-1", "member-2", "member-0"]
    assert answers["member-2"] == "member-2: first"
    assert took_ns == 302 * MILLISECOND


def test_who_is_silent_is_missing_and_holds_up_nobody_but_the_end() -> None:
    chair, _ = meeting([100, -1, 200])
    assert [sorted(answers) for answers, _ in chair.rounds] == [["member-0", "member-2"]] * 2
    assert [took_ns for _, took_ns in chair.rounds] == [SECOND, SECOND]


def test_asking_nobody_takes_no_time() -> None:
    chair, _ = meeting([])
    assert chair.rounds == [({}, 0), ({}, 0)]


thinking = st.integers(-1, 1500).filter(lambda ms: ms != 998)  # arrives with the time-out


@given(st.lists(thinking, max_size=6))
def test_an_answer_counts_in_its_own_round_only(thinking_ms: list[int]) -> None:
    chair, world = meeting(thinking_ms)
    for question, (answers, took_ns) in zip(("first", "second"), chair.rounds, strict=True):
        assert set(answers.values()) == {f"{who}: {question}" for who in answers}
        assert took_ns <= SECOND
    late = sum(1 for think in thinking_ms if think > 998)
    assert (world.telemetry.value("links.late_answers_total") > 0) == (late > 0)


def order_of_an_instant(scheduled_ns: int) -> list[str]:
    """Who came when at 5 s, with the input scheduled at `scheduled_ns`."""
    seen: list[str] = []
    world = World(seed=1)
    at_ns = 5 * SECOND
    world.call_at(at_ns, seen.append, "normal")
    world.call_at(at_ns, seen.append, "urgent", priority=URGENT)

    def add_input() -> None:
        world.call_at(at_ns, seen.append, "input", priority=INPUT)

    world.call_at(scheduled_ns, add_input)
    world.simulate()
    return seen


def test_an_input_fires_before_everything_of_its_instant_whenever_it_was_scheduled() -> None:
    for scheduled_ns in (0, 4 * SECOND):
        assert order_of_an_instant(scheduled_ns) == ["input", "urgent", "normal"]
