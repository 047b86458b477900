"""How fast a drill goes: laws over wall seconds and virtual moments that are handed in."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.drills.journal import Command, Declare, Note, Post, Wait, kind_of
from outage_engine.clock import MINUTE, SECOND
from outage_tui.drill_pace import (
    APPROVAL_S,
    CATCHING_UP,
    EDITOR_S,
    HURRY_MOST,
    PAGE_S,
    DrillPace,
    Going,
    PlayClock,
    Scene,
    Until,
)

BEGIN_NS, END_NS = 30 * MINUTE, 230 * MINUTE
LENGTH_MIN = 40
OWN = 5.0


@attrs.frozen
class Window:
    start: str = "2025-10-19T23:00:00-07:00"
    epoch_s: int = 2880
    duration_s: int = 60_000


@attrs.frozen
class Now:
    t_ns: int
    values: dict[str, float] = attrs.field(factory=dict)
    since_begin_ns: int = 0

    def value(self, name: str) -> float | None:
        return self.values.get(name)

    def happened(self, kind: str, name: str, result: str) -> bool:
        return False


def pace(*, verb_cost: bool = False) -> DrillPace:
    return DrillPace(
        begin_ns=BEGIN_NS,
        end_ns=END_NS,
        length_min=LENGTH_MIN,
        cost_s=cost_s if verb_cost else None,
    )


def cost_s(command: Command) -> int:
    return {"post": 180, "note": 0}.get(kind_of(command), 60)


def scene(wall_s: float, t_ns: int = BEGIN_NS, **more: Any) -> Scene:
    return attrs.evolve(Scene(wall_s, t_ns), **more)


def waiting(text: str = "", minutes: float = 0.0, t_ns: int = BEGIN_NS) -> Until | None:
    return Until.of(Wait(minutes, text), t_ns, Window(), ("errors", "empty"))


# -- the drill's own pace -------------------------------------------------------------------------


def test_a_drill_goes_as_fast_as_its_length_asks() -> None:
    assert pace().going(scene(0.0)) == Going(OWN)


@given(wall_s=st.floats(0, 1e5), share=st.floats(0, 1))
def test_lost_time_is_made_up_for_but_never_in_a_rush(wall_s: float, share: float) -> None:
    drill = pace()
    drill.going(scene(0.0))
    going = drill.going(scene(wall_s, BEGIN_NS + round(share * (END_NS - BEGIN_NS))))
    assert OWN <= going.multiplier <= CATCHING_UP * OWN


def test_time_spent_frozen_is_not_lost_time() -> None:
    drill = pace()
    drill.going(scene(0.0))
    drill.frozen = True
    assert drill.going(scene(10.0)) == Going(0.0, "frozen")
    drill.going(scene(5000.0))
    drill.frozen = False
    assert drill.going(scene(5000.0)) == Going(OWN)
    assert drill.used_s == 0.0


# -- what slows it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "why", "lasts_s"),
    [
        ({"pages": ("empty",)}, "a page is open", PAGE_S),
        ({"approvals": (1,)}, "an approval is open", APPROVAL_S),
        ({"editors": (("an update is open", 0.0),)}, "an update is open", EDITOR_S),
    ],
)
def test_what_is_open_slows_time_and_not_for_ever(
    more: dict[str, Any], why: str, lasts_s: float
) -> None:
    drill = pace()
    slow = drill.going(scene(0.0, **more))
    assert slow.why == why
    assert 1.0 <= slow.multiplier < OWN
    assert drill.going(scene(lasts_s - 1.0, **more)).why == why
    assert not drill.going(scene(lasts_s + 1.0, **more)).why


def test_a_page_that_was_taken_slows_nothing_and_the_next_one_does() -> None:
    drill = pace()
    assert drill.going(scene(0.0, pages=("empty",))).why
    assert not drill.going(scene(1.0)).why
    assert drill.going(scene(2.0, pages=("empty",))).why


def test_an_editor_counts_more_than_an_approval_and_that_more_than_a_page() -> None:
    drill = pace()
    all_open = scene(0.0, pages=("a",), approvals=(1,), editors=(("an update is open", 0.0),))
    assert drill.going(all_open).why == "an update is open"
    assert drill.going(attrs.evolve(all_open, editors=())).why == "an approval is open"


def test_a_drill_slower_than_the_wall_is_not_made_quicker_by_a_page() -> None:
    drill = DrillPace(begin_ns=0, end_ns=10 * MINUTE, length_min=40)
    assert drill.going(Scene(0.0, 0, pages=("a",))).multiplier == 0.25


# -- waiting --------------------------------------------------------------------------------------


def test_a_wait_hurries_to_its_end_and_no_further() -> None:
    drill = pace()
    drill.said(Wait(minutes=20), BEGIN_NS, waiting(minutes=20))
    going = drill.going(scene(0.0))
    assert going.why == "waiting until 23:50"
    assert OWN < going.multiplier <= HURRY_MOST * OWN
    assert going.until_ns == BEGIN_NS + 20 * MINUTE
    drill.looked(Now(BEGIN_NS + 19 * MINUTE), ["result"])
    assert drill.going(scene(1.0)).why
    drill.looked(Now(BEGIN_NS + 20 * MINUTE), [])
    assert not drill.going(scene(2.0)).why


@pytest.mark.parametrize("kind", ["alert", "escalation", "message", "probe", "task"])
def test_whoever_wants_something_ends_a_wait(kind: str) -> None:
    drill = pace()
    drill.said(Wait(minutes=20), BEGIN_NS, waiting(minutes=20))
    drill.looked(Now(BEGIN_NS + 10 * SECOND), [kind])
    assert drill.wait is None


def test_a_page_one_knows_of_does_not_hold_up_a_wait_and_a_new_one_does() -> None:
    drill = pace()
    drill.going(scene(0.0, pages=("a",)))
    drill.said(Wait(minutes=20), BEGIN_NS, waiting(minutes=20))
    assert drill.going(scene(1.0, pages=("a",))).why.startswith("waiting")
    assert drill.going(scene(2.0, pages=("a", "b"))).why == "a page is open"


def test_the_next_word_ends_a_wait() -> None:
    drill = pace()
    drill.said(Wait(minutes=20), BEGIN_NS, waiting(minutes=20))
    drill.said(Declare(), BEGIN_NS, None)
    assert not drill.going(scene(0.0)).why


def test_a_wait_can_be_for_a_time_of_day_or_for_what_a_sensor_shows() -> None:
    clock = waiting("01:30")
    assert clock is not None
    assert clock.end_ns == 150 * MINUTE
    seen = waiting("errors < 5 for 1m")
    assert seen is not None
    low = {"errors": 1.0}
    assert not seen.is_over(Now(0, low))
    assert seen.is_over(Now(MINUTE, low))
    assert waiting("dns.answers > 0") is None
    assert waiting("until it is over") is None


@given(minutes=st.floats(0, 1440), t_s=st.integers(0, 100_000))
def test_a_wait_ends_when_somebody_looks(minutes: float, t_s: int) -> None:
    until = waiting(minutes=minutes, t_ns=t_s * SECOND)
    assert until is not None
    assert until.end_ns is not None
    assert until.end_ns % (10 * SECOND) == 0
    assert 0 <= until.end_ns - (t_s * SECOND + minutes * MINUTE) < 11 * SECOND


# -- by hand, and verb costs ----------------------------------------------------------------------


def test_a_pace_set_by_hand_holds_whatever_is_open_until_it_is_left_to_the_program() -> None:
    drill = pace()
    assert not drill.choose(7.0, auto=False)
    assert drill.going(scene(0.0, pages=("a",))) == Going(7.0, "set by hand")
    assert not drill.choose(0.0, auto=True)
    assert drill.going(scene(1.0, pages=("a",))).why == "a page is open"


@pytest.mark.parametrize("multiplier", [0.0, -1.0, 1e9, math.inf, math.nan])
def test_a_pace_that_is_none_is_refused(multiplier: float) -> None:
    drill = pace()
    assert drill.choose(multiplier, auto=False)
    assert drill.is_auto


def test_with_verb_costs_time_stands_and_goes_over_what_was_paid() -> None:
    drill = pace(verb_cost=True)
    assert drill.going(scene(0.0)).multiplier == 0.0
    drill.said(Post("status", []), BEGIN_NS, None)
    going = drill.going(scene(1.0))
    assert (going.multiplier, going.until_ns) == (math.inf, BEGIN_NS + 3 * MINUTE)
    assert going.why == "post takes 3 min"
    assert drill.going(scene(2.0, BEGIN_NS + 3 * MINUTE)).multiplier == 0.0


def test_costs_add_up_and_a_free_word_costs_nothing() -> None:
    drill = pace(verb_cost=True)
    drill.said(Note("a"), BEGIN_NS, None)
    assert drill.going(scene(0.0)).multiplier == 0.0
    drill.said(Declare(), BEGIN_NS, None)
    drill.said(Declare(), BEGIN_NS, None)
    assert drill.going(scene(0.0)).until_ns == BEGIN_NS + 2 * MINUTE


def test_with_verb_costs_a_wait_runs_to_its_end_or_to_a_page() -> None:
    drill = pace(verb_cost=True)
    drill.said(Wait(minutes=5), BEGIN_NS, waiting(minutes=5))
    assert drill.going(scene(0.0)).until_ns == BEGIN_NS + 5 * MINUTE
    drill.looked(Now(BEGIN_NS + MINUTE), ["alert"])
    assert drill.going(scene(0.0, BEGIN_NS + MINUTE)).multiplier == 0.0


# -- the clock ------------------------------------------------------------------------------------


@given(
    looks=st.lists(
        st.tuples(st.floats(0, 0.4), st.sampled_from([0.0, 0.5, 4.0, 60.0, math.inf])), max_size=40
    )
)
def test_a_clock_never_goes_back_stands_at_whole_seconds_and_keeps_its_pace(
    looks: list[tuple[float, float]],
) -> None:
    clock, now_ns, wall_s, most_ns = PlayClock(BEGIN_NS), BEGIN_NS, 0.0, float(BEGIN_NS)
    clock.reached(0.0, Going(0.0), now_ns)
    for passed_s, multiplier in looks:
        wall_s += passed_s
        reached_ns = clock.reached(wall_s, Going(multiplier), now_ns)
        assert reached_ns >= now_ns
        assert reached_ns % SECOND == 0
        if multiplier == math.inf:
            most_ns = reached_ns
        else:
            most_ns = max(most_ns, now_ns) + passed_s * multiplier * SECOND
        assert reached_ns <= most_ns + 1
        now_ns = reached_ns


def test_a_minute_at_pace_four_is_four_minutes() -> None:
    clock, now_ns = PlayClock(0), 0
    for look in range(601):
        now_ns = clock.reached(look / 10, Going(4.0), now_ns)
    assert abs(now_ns - 4 * MINUTE) <= SECOND


def test_time_in_which_nobody_looked_is_not_made_up_for() -> None:
    clock = PlayClock(0)
    clock.reached(0.0, Going(4.0), 0)
    assert clock.reached(1000.0, Going(4.0), 0) <= 4 * SECOND


def test_a_run_that_cannot_keep_up_is_waited_for() -> None:
    clock = PlayClock(0)
    reached = [clock.reached(look / 10, Going(1000.0), 0) for look in range(100)]
    assert max(reached) <= 1000 * SECOND


def test_nothing_goes_beyond_where_it_is_to_stop() -> None:
    clock = PlayClock(0)
    clock.reached(0.0, Going(60.0), 0)
    stop = Going(60.0, until_ns=5 * SECOND)
    assert clock.reached(0.4, stop, 0) == 5 * SECOND
    assert clock.reached(0.8, Going(math.inf, until_ns=7 * SECOND), 5 * SECOND) == 7 * SECOND


def test_it_is_known_when_the_next_second_is_due() -> None:
    clock = PlayClock(0)
    assert clock.next_second_s(Going(4.0)) == 0.25
    assert clock.next_second_s(Going(0.0)) == math.inf
