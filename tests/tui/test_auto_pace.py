"""The automatic pace: five minutes for a first viewing, in which nothing that matters is missed."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.faults import ScheduledFault
from outage_agents.scenario import Scenario
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.auto_pace import (
    QUIET_PACE_MAX,
    QUIET_PACE_MIN,
    SHOWN_S,
    VIEWING_S,
    AutoPace,
    Moment,
    Tempo,
    Viewing,
    dns_turns,
)
from outage_tui.link_messages import Pace, Resume
from outage_tui.replay import ReplaySource
from tests.sharing import Nights

FRAME_S = 0.1
HOUR_NS = 60 * MINUTE


@attrs.define
class WallClock:
    """A wall clock that a test moves."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def replayed(path: Path) -> Iterator[tuple[ReplaySource, WallClock]]:
    clock = WallClock()
    with Recording(path) as recording:
        scenario = Scenario.read(recording.meta.scenario)
        yield ReplaySource(path, recording, scenario, 0, clock=clock), clock


@attrs.define
class Screen:
    """What a viewer saw: how long the state of DNS and the last milestone stood there."""

    dns_s: list[tuple[str, float]] = attrs.field(factory=list)
    milestone_s: dict[int, float] = attrs.field(factory=dict)
    wall_s: float = 0.0

    def see(self, state: str | None, passed: int, wall_s: float) -> None:
        self.wall_s += wall_s
        if state is not None and (not self.dns_s or self.dns_s[-1][0] != state):
            self.dns_s.append((state, 0.0))
        if self.dns_s:
            self.dns_s[-1] = (self.dns_s[-1][0], self.dns_s[-1][1] + wall_s)
        self.milestone_s[passed] = self.milestone_s.get(passed, 0.0) + wall_s


def watch(path: Path, *, by_hand: range = range(0), stall: frozenset[int] = frozenset()) -> Screen:
    """View a recording to its end, ten polls a second, at some polls after a second in which
    nothing could be painted. Over some polls at a pace by hand: then, what was seen afterwards."""
    screen = Screen()
    with replayed(path) as (source, clock):
        with Recording(path) as recording:
            milestones_ns = sorted(m.t_ns for m in Playback(recording).milestones())
        poll = 0
        while True:
            if by_hand and poll in (by_hand.start, by_hand.stop):
                manual = poll == by_hand.start
                source.send(Pace(multiplier=600.0) if manual else Pace(auto=True))
                screen = Screen()
            clock.now_s += 1.0 if poll in stall else FRAME_S
            update = source.poll()
            state = None if update.view is None else update.view.dns.state
            passed = sum(t_ns <= update.status.t_ns for t_ns in milestones_ns)
            screen.see(state, passed, FRAME_S)
            poll += 1
            if update.status.done is not None:
                return screen


def test_a_first_viewing_takes_about_five_minutes(nights: Nights) -> None:
    assert 4.5 * 60 < watch(nights.of(1)).wall_s < 5.5 * 60


def test_every_milestone_and_every_state_of_dns_is_seen(nights: Nights) -> None:
    screen = watch(nights.of(1))
    assert [state for state, _ in screen.dns_s] == ["ok", "stale", "empty", "ok"]
    assert min(seconds for _, seconds in screen.dns_s) >= SHOWN_S
    assert set(screen.milestone_s) == set(range(17)), "a milestone was never the newest on screen"
    assert min(screen.milestone_s.values()) >= SHOWN_S


def test_nothing_is_missed_when_the_screen_stands_still_at_times(nights: Nights) -> None:
    screen = watch(nights.of(1), stall=frozenset(range(0, 4000, 7)))
    assert [state for state, _ in screen.dns_s] == ["ok", "stale", "empty", "ok"]
    assert min(seconds for _, seconds in screen.dns_s) >= SHOWN_S
    assert set(screen.milestone_s) == set(range(17))


@pytest.mark.parametrize("start", [150, 700, 1200])
def test_back_at_the_automatic_pace_nothing_is_missed(nights: Nights, start: int) -> None:
    screen = watch(nights.of(1), by_hand=range(start, start + 30))
    seen = set(screen.milestone_s)
    assert seen == set(range(min(seen), 17)), "a milestone was never the newest on screen"
    assert min(screen.milestone_s.values()) >= SHOWN_S
    assert min(seconds for _, seconds in screen.dns_s) >= SHOWN_S


def test_a_short_run_is_not_stretched_to_five_minutes() -> None:
    assert Tempo([], 10 * MINUTE).viewing_s() < 5
    assert Tempo([], 10_000 * HOUR_NS).viewing_s() == pytest.approx(10_000), (
        "nor is a long one squeezed"
    )


def test_the_turns_of_dns_are_those_of_its_state_and_not_each_plan(nights: Nights) -> None:
    with Recording(nights.of(1)) as recording:
        playback = Playback(recording)
        assert [state for _, state in dns_turns(playback)] == ["stale", "empty", "ok"]
        assert len(playback.dns_changes()) > 40


# Laws of a tempo ---------------------------------------------------------------------------------

SPARSE = st.lists(
    st.builds(
        Moment,
        # A place is a whole nanosecond: a look between two of them cannot be shared out.
        t_ns=st.integers(0, 16 * HOUR_NS // 10**6).map(lambda ms: ms * 10**6),
        hold_s=st.floats(0.5, 4.0),
        must=st.booleans(),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(moments=SPARSE, steps=st.lists(st.floats(0.01, 30.0), min_size=1, max_size=30))
def test_a_viewer_goes_forward_and_arrives(moments: list[Moment], steps: list[float]) -> None:
    tempo = Tempo(moments, 16 * HOUR_NS)
    at_ns = 0
    for step in steps:
        reached = tempo.after(at_ns, step)
        assert at_ns <= reached <= 16 * HOUR_NS
        at_ns = reached
    assert tempo.after(0, tempo.viewing_s() + 1) == 16 * HOUR_NS


@settings(max_examples=40, deadline=None)
@given(moments=SPARSE, first=st.floats(0.0, 200.0), second=st.floats(0.0, 200.0))
def test_many_small_steps_lead_where_one_large_step_leads(
    moments: list[Moment], first: float, second: float
) -> None:
    tempo = Tempo(moments, 16 * HOUR_NS)
    twice = tempo.after(tempo.after(0, first), second)
    assert abs(twice - tempo.after(0, first + second)) <= 2 * SECOND


@settings(max_examples=40, deadline=None)
@given(moments=SPARSE)
def test_a_moment_that_must_be_seen_is_held_before_the_next_comes(moments: list[Moment]) -> None:
    tempo = Tempo(moments, 16 * HOUR_NS)
    held = tempo.moments
    for moment, following in pairwise(held):
        if moment.must and following.t_ns - moment.t_ns > 1000:
            assert tempo.after(moment.t_ns, moment.hold_s * 0.99) < following.t_ns


@settings(max_examples=50, deadline=None)
@given(moments=SPARSE)
def test_the_viewing_is_as_long_as_it_should_be_unless_too_much_must_be_held(
    moments: list[Moment],
) -> None:
    tempo = Tempo(moments, 16 * HOUR_NS)
    needed_s = sum(one.hold_s + one.lead_s for one in tempo.moments if one.must)
    not_clipped = QUIET_PACE_MIN < tempo.quiet_pace < QUIET_PACE_MAX
    if needed_s < 0.6 * VIEWING_S and not_clipped:
        assert tempo.viewing_s() == pytest.approx(VIEWING_S, rel=0.02)


@settings(max_examples=50, deadline=None)
@given(
    musts=st.lists(st.integers(1, HOUR_NS), min_size=2, max_size=12, unique=True),
    polls=st.lists(st.floats(0.05, 0.5), min_size=50, max_size=200),
)
def test_one_moment_at_a_time_whatever_the_polls(musts: list[int], polls: list[float]) -> None:
    moments = [Moment(t_ns, 0.1, must=True) for t_ns in musts]
    viewing = Viewing(Tempo(moments, HOUR_NS))
    at_ns, shown_s, passed = 0, 0.0, 0
    for wall_s in polls:
        at_ns = viewing.go_on(at_ns, wall_s, None)
        now = sum(t_ns <= at_ns for t_ns in musts)
        shown_s += wall_s
        assert now <= passed + 1
        if now > passed:
            assert passed == 0 or shown_s >= SHOWN_S
            passed, shown_s = now, 0.0


# A live run --------------------------------------------------------------------------------------


def live_viewing(path: Path) -> tuple[Screen, dict[str, float]]:
    """A live run at its automatic pace, as fast as it is asked to go: what a recording says
    happened, happens when virtual time gets there, and not before it is known."""
    with Recording(path) as recording:
        playback = Playback(recording)
        scenario = Scenario.read(recording.meta.scenario)
        end_ns = recording.meta.virtual_ns
        news: list[tuple[int, str, Any]] = [(t_ns, "dns", to) for t_ns, to in dns_turns(playback)]
        news += [(line.t_ns, "line", line.level) for line in playback.narration()]
        news += [(one.t_ns, "milestone", one.id) for one in playback.milestones()]
    news.sort(key=lambda one: one[0])
    auto, screen, state, happened = AutoPace(scenario, end_ns), Screen(), "ok", 0
    t_ns, wall_s = 0, 0.0
    shown_at: dict[str, float] = {"ok": 0.0}
    while t_ns < end_ns:
        pace = auto.pace(t_ns, wall_s)
        next_ns = news[0][0] if news else end_ns
        step_s = min(0.05, max(0, next_ns - t_ns) / SECOND / pace)
        t_ns = next_ns if step_s < 0.05 else t_ns + round(step_s * pace * SECOND)
        wall_s += step_s
        screen.see(state, happened, step_s)
        while news and news[0][0] <= t_ns:
            _, what, value = news.pop(0)
            if what == "dns":
                state = value
                shown_at.setdefault(state, wall_s)
            happened += what == "milestone"
            auto.reached(happened, wall_s)
            auto.told(value if what == "line" else "info", state, wall_s)
    return screen, shown_at


def test_a_live_viewing_takes_about_five_minutes_too(nights: Nights) -> None:
    screen, _ = live_viewing(nights.of(1))
    assert 4.5 * 60 < screen.wall_s < 5.5 * 60


def test_a_live_viewing_shows_every_state_of_dns_and_every_milestone(nights: Nights) -> None:
    screen, _ = live_viewing(nights.of(1))
    assert [state for state, _ in screen.dns_s] == ["ok", "stale", "empty", "ok"]
    assert min(seconds for _, seconds in screen.dns_s) >= SHOWN_S
    assert set(screen.milestone_s) == set(range(17))
    assert min(screen.milestone_s.values()) >= SHOWN_S


def test_a_live_run_slows_down_for_what_nobody_expected() -> None:
    scenario = Scenario.load("us-east-1-2025-10-20", (), None)
    auto = AutoPace(scenario, scenario.duration_ns)
    quiet_ns = 20 * MINUTE
    quiet = auto.pace(quiet_ns, 0.0)
    auto.told("warning", "stale", 10.0)
    assert auto.pace(quiet_ns, 10.0) < 1.0
    assert auto.pace(quiet_ns, 10.0 + SHOWN_S) < 1.0
    assert auto.pace(quiet_ns, 20.0) == quiet
    auto.told("error", "stale", 30.0)
    assert 1.0 < auto.pace(quiet_ns, 30.0) < quiet


def test_a_live_run_is_slow_where_a_fault_was_ordered() -> None:
    scenario = Scenario.load("us-east-1-2025-10-20", (), None)
    at_ns = 9 * HOUR_NS + 33 * MINUTE
    fault = ScheduledFault("pause", "enactor-1", (), at_ns, None)
    plain = AutoPace(scenario, scenario.duration_ns)
    faulty = AutoPace(scenario.with_faults((fault,)), scenario.duration_ns)
    assert faulty.pace(at_ns + SECOND, 0.0) < plain.pace(at_ns + SECOND, 0.0)


def test_a_replay_goes_on_by_hand_and_back(recording: Path) -> None:
    with replayed(recording) as (source, clock):
        assert source.poll().status.auto
        source.send(Pace(multiplier=60.0))
        source.send(Resume())
        clock.now_s += 1.0
        status = source.poll().status
        assert (status.auto, status.t_ns) == (False, 60 * SECOND)
        source.send(Pace(auto=True))
        assert source.poll().status.auto
