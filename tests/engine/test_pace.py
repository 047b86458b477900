"""Pace: how far a run may go by the wall clock, and what happens when it cannot keep up."""

import trio
import trio.testing

from outage_engine.clock import MINUTE, SECOND
from outage_engine.pace import LATE_S, LONGEST_NAP_S, PACED_SLICE_EVENTS, Pace
from outage_engine.world import SLICE_EVENTS, World

FAR = 10_000 * MINUTE


async def test_a_pace_is_so_much_virtual_time_for_each_second(
    mock_clock: trio.testing.MockClock,
) -> None:
    pace = Pace(60.0)
    assert pace.horizon(0, FAR) == 0
    mock_clock.jump(0.25)
    assert pace.horizon(0, FAR) == 15 * SECOND
    assert pace.horizon(0, 7 * SECOND) == 7 * SECOND


async def test_without_a_pace_a_run_may_go_to_its_end() -> None:
    assert Pace().horizon(0, FAR) == FAR


async def test_what_a_run_could_not_keep_up_with_is_not_made_up_for(
    mock_clock: trio.testing.MockClock,
) -> None:
    pace = Pace(600.0)
    pace.horizon(0, FAR)
    mock_clock.jump(60.0)
    assert pace.horizon(SECOND, FAR) == SECOND, "from where it is, not from where it ought to be"
    mock_clock.jump(LATE_S / 2)
    assert pace.horizon(SECOND, FAR) == SECOND + round(LATE_S / 2 * 600) * SECOND


async def test_a_run_that_waits_for_its_next_event_is_not_late(
    mock_clock: trio.testing.MockClock,
) -> None:
    mock_clock.autojump_threshold = 0
    pace = Pace(1.0)
    pace.horizon(0, FAR)
    for _ in range(round(5 / LONGEST_NAP_S)):
        await pace.wait(MINUTE, 0)
        reached = pace.horizon(0, FAR)
    assert abs(reached - 5 * SECOND) <= SECOND // 10


async def test_a_paced_run_looks_up_more_often() -> None:
    assert Pace(10.0).budget(SLICE_EVENTS) == PACED_SLICE_EVENTS < SLICE_EVENTS
    assert Pace().budget(SLICE_EVENTS) == SLICE_EVENTS


async def test_a_pace_chosen_for_what_just_happened_holds_before_much_else_happens(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World(1)
    happened: list[int] = []

    def event(n: int) -> None:
        happened.append(n)
        if n == 500:
            world.pace.change(0.001)
            at_the_change.append(trio.current_time())

    at_the_change: list[float] = []
    for n in range(2000):
        world.call_at(n * SECOND // 1000, lambda n=n: event(n))
    world.pace.change(1e6)
    async with world.running():
        with trio.move_on_after(10):
            await world.advance(2 * SECOND)
    assert 500 <= happened[-1] <= 500 + PACED_SLICE_EVENTS + 10
