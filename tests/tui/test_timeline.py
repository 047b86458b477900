"""The timeline: two rows of milestones over one axis, at every width."""

import asyncio
import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from outage_agents.timeline import reference_milestones
from outage_agents.views import MilestoneView
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.renderables.ink import ASCII, DARK, MONO
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.milestone_table import draw_milestones, rows_of
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.timeline import (
    Axis,
    draw_timeline,
    happened,
    still_for,
    still_rows,
    thumbnails,
)
from outage_tui.dashboard.renderables.wording import Clock, milestone_short
from outage_tui.dashboard.source import History, Marker, Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, region
from outage_tui.dashboard.widgets.drawing import Drawing
from outage_tui.link_messages import Seek

MOMENTS: tuple[Moment, ...] = ("normal", "race", "empty", "collapsed", "flapping", "recovered")
MINUTE_NS = 60_000_000_000
moments = st.sampled_from(MOMENTS)
widths = st.integers(1, 300)


def scene(moment: Moment, *, replay: bool = False) -> Scene:
    source = StagedSource(moment, seekable=replay)
    view = region(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns),
        view=view,
        history=source.history,
        lines=(),
        markers=source.markers(),
        milestones=source.milestones() or view.milestones,
        ink=MONO,
        replay=replay,
        overview=source.overview,
    )


def words(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


@settings(max_examples=100, deadline=None)
@given(moment=moments, width=widths, height=st.integers(0, 12), replay=st.booleans())
def test_no_row_is_longer_than_the_width(
    moment: Moment, width: int, height: int, replay: bool
) -> None:
    lines = draw_timeline(scene(moment, replay=replay), width, height)
    assert len(lines) == min(height, 7)
    assert all(line.width <= width for line in lines)


@settings(max_examples=100, deadline=None)
@given(width=widths, first=st.integers(0, 58_200), second=st.integers(0, 58_200))
def test_what_is_earlier_is_never_further_right(width: int, first: int, second: int) -> None:
    axis = Axis.of(scene("normal"), width)
    early, late = sorted((first * 10**9, second * 10**9))
    assert axis.left <= axis.column(early) <= axis.column(late) < axis.left + axis.span


@settings(max_examples=100, deadline=None)
@given(width=widths, column=st.integers(0, 299))
def test_a_click_leads_to_the_column_that_was_clicked(width: int, column: int) -> None:
    axis = Axis.of(scene("normal"), width)
    clicked = min(max(column, axis.left), axis.left + axis.span - 1)
    assert abs(axis.column(axis.moment(clicked)) - clicked) <= 1


def test_the_axis_ends_where_the_run_ends() -> None:
    for width in (40, 80, 160, 300):
        axis = Axis.of(scene("normal"), width)
        assert axis.column(int(HELLO.duration_s * 1e9)) == width - 1
        assert draw_timeline(scene("normal"), width, 5)[3].text.endswith("15:10")


@settings(max_examples=100, deadline=None)
@given(width=st.integers(12, 300))
def test_hours_never_touch_and_come_in_order(width: int) -> None:
    text = draw_timeline(scene("normal"), width, 5)[3].text
    labels = re.findall(r"\d\d:\d\d|\d+ [A-Z][a-z]{2}", text)
    # Nothing but whole labels and blanks.
    left = text.removeprefix("PDT") if width >= 64 else text
    for label in labels:
        left = left.replace(label, " ", 1)
    assert not left.strip()
    clock = [0 if ":" not in label else int(label[:2]) * 60 + int(label[3:]) for label in labels]
    of_the_run = [(minute - 23 * 60) % 1440 for minute in clock]
    assert of_the_run == sorted(of_the_run)


def test_the_day_boundary_is_named() -> None:
    for width in (40, 80, 160, 300):
        assert "20 Oct" in draw_timeline(scene("normal"), width, 5)[3].text


@settings(max_examples=60, deadline=None)
@given(moment=moments, width=st.integers(40, 300))
def test_every_milestone_that_happened_has_its_mark_above_and_the_real_one_below(
    moment: Moment, width: int
) -> None:
    shown = scene(moment)
    run, _, real, _, _ = draw_timeline(shown, width, 5)
    axis = Axis.of(shown, width)
    for milestone in shown.milestones:
        column = axis.column(shown.clock.of_minutes(milestone.reference_min))
        assert real.text.ljust(width)[column] == MONO.glyphs.real
        if milestone.t_min is not None:
            column = axis.column(shown.clock.of_minutes(milestone.t_min))
            assert run.text.ljust(width)[column] == MONO.glyphs.simulated


@settings(max_examples=60, deadline=None)
@given(width=st.integers(40, 300))
def test_names_follow_their_own_milestone(width: int) -> None:
    shown = scene("recovered")
    axis = Axis.of(shown, width)
    run = draw_timeline(shown, width, 5)[0].text.ljust(width)
    for name in re.findall(rf"(?<={MONO.glyphs.simulated})[^{MONO.glyphs.simulated} ][^ ]*", run):
        place = run.index(MONO.glyphs.simulated + name)
        columns = {
            axis.column(shown.clock.of_minutes(m.t_min)): milestone_short(m.id)
            for m in shown.milestones
            if m.t_min is not None
        }
        known = [milestone_short(m.id) for m in shown.milestones]
        assert any(run[place + 1 :].startswith(text) for text in known), name
        assert place in columns


def test_the_error_in_minutes_stands_between_the_two() -> None:
    shown = scene("flapping")
    rows = draw_timeline(shown, 200, 7)
    assert rows[1].text.startswith("min off")
    assert "+5" in rows[1].text, "the second wave came five minutes late"
    assert "+5" in draw_timeline(shown, 120, 5)[2].text


def test_a_milestone_of_the_future_has_no_error_yet() -> None:
    shown = scene("empty", replay=True)
    assert len(happened(shown)) == 2
    assert "+5" not in words(draw_timeline(shown, 200, 7))


def test_markers_are_shown_by_name() -> None:
    marked = attrs.evolve(scene("flapping"), markers=(Marker(600 * MINUTE_NS, "look here"),))
    run = draw_timeline(marked, 160, 5)[0].text
    assert f"{MONO.glyphs.marker}look here" in run


def test_the_name_of_a_marker_goes_to_its_other_side_where_a_milestone_is_next_to_it() -> None:
    shown = scene("flapping")
    axis = Axis.of(shown, 160)
    before = axis.moment(axis.column(48 * MINUTE_NS) - 1) + 1
    marked = attrs.evolve(shown, markers=(Marker(before, "here"),))
    run = draw_timeline(marked, 160, 5)[0].text
    assert f"here{MONO.glyphs.marker}{MONO.glyphs.simulated}" in run


@settings(max_examples=60, deadline=None)
@given(
    width=widths,
    marks=st.lists(
        st.builds(
            Marker, t_ns=st.integers(0, 58_200 * 10**9), name=st.text("a \u00e9\u6771\U0001f525")
        ),
        max_size=5,
    ),
)
def test_markers_of_whatever_name_never_make_a_row_longer(width: int, marks: list[Marker]) -> None:
    shown = attrs.evolve(scene("flapping"), markers=tuple(marks))
    assert all(line.width <= width for line in draw_timeline(shown, width, 7))


def test_the_last_milestone_is_named_first_of_all() -> None:
    for moment in ("empty", "flapping"):
        shown = scene(moment)
        last = max(happened(shown), key=lambda m: m.t_min or 0)
        run = draw_timeline(shown, 160, 5)[0].text
        assert f"{MONO.glyphs.simulated}{milestone_short(last.id)}" in run


def test_thumbnails_keep_a_spike_and_show_the_smallest_trouble() -> None:
    times = [n * 10 * 10**9 for n in range(5820)]
    values = [0.0] * 5820
    values[3000] = 1.0
    values[4000] = 0.02
    shown = attrs.evolve(scene("recovered"), overview=lambda name: History(times, values))
    levels = thumbnails(shown, 100).failing.levels
    assert max(levels) == 8
    assert sum(level > 0 for level in levels) == 2
    assert len(levels) == Axis.of(shown, 100).span


def test_a_replay_shows_the_shape_of_what_is_to_come_and_a_live_run_does_not() -> None:
    def told(name: str) -> History:
        return History([0, 40_000 * 10**9], [0.0, 0.5])

    live = attrs.evolve(scene("normal"), history=lambda name: History(), overview=None)
    replay = attrs.evolve(live, overview=told)
    assert not any(thumbnails(live, 100).failing.levels)
    assert max(thumbnails(replay, 100).failing.levels) == 8


@settings(max_examples=60, deadline=None)
@given(moment=moments, later=st.integers(0, 30), width=st.integers(40, 200))
def test_what_was_kept_is_what_would_be_drawn_anew(moment: Moment, later: int, width: int) -> None:
    before = scene(moment, replay=True)
    t_ns = before.view.t_ns + later * MINUTE_NS
    now = attrs.evolve(before, view=replace(before.view, t_ns=t_ns))
    if still_for(before) == still_for(now):
        kept = draw_timeline(now, width, 7, thumbnails(before, width), still_rows(before, width, 7))
        assert words(kept) == words(draw_timeline(now, width, 7))


def test_in_ascii_and_in_colour_the_words_are_the_same() -> None:
    shown = scene("flapping")
    in_ascii = attrs.evolve(shown, ink=attrs.evolve(MONO, glyphs=ASCII))
    assert words(draw_timeline(in_ascii, 160, 7)).isascii()
    assert words(draw_milestones(in_ascii, 160, 30)).isascii()
    in_colour = attrs.evolve(shown, ink=DARK)
    assert words(draw_timeline(in_colour, 160, 7)) == words(draw_timeline(shown, 160, 7))


def test_in_ascii_a_little_trouble_does_not_look_like_none() -> None:
    ink = attrs.evolve(MONO, glyphs=ASCII)
    times = [n * 10**10 for n in range(5820)]
    values = [1.0 if n < 100 else 0.02 if n > 3000 else 0.0 for n in range(5820)]
    shown = attrs.evolve(scene("recovered"), ink=ink, overview=lambda name: History(times, values))
    rail = draw_timeline(shown, 100, 1)[0].text
    axis = Axis.of(shown, 100)
    quiet, slight = (rail[axis.column(n * 10**10)] for n in (2000, 4000))
    assert quiet != slight


# The table ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(moment=moments, width=widths, height=st.integers(0, 40))
def test_the_table_keeps_to_its_room_and_shows_where_the_run_is(
    moment: Moment, width: int, height: int
) -> None:
    shown = scene(moment)
    lines = draw_milestones(shown, width, height)
    assert len(lines) <= height
    assert all(line.width <= width for line in lines)
    reached = happened(shown)
    if height > 1 and reached:
        assert max(reached, key=lambda m: m.t_min or 0) in rows_of(shown, height)


def test_the_table_says_what_is_too_far_off() -> None:
    far = MilestoneView("dns_record_empty", "emergent", 9.0, 0.0, staged=True)
    shown = attrs.evolve(scene("empty"), milestones=(far,))
    row = draw_milestones(shown, 120, 3)[1].text
    assert f"+9 {MONO.glyphs.bad}" in row
    assert "±2" in row
    assert "staged" in row


def test_every_milestone_of_the_reference_has_a_short_name() -> None:
    names = [milestone_short(event.id) for event in reference_milestones()]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 17 for name in names)


# The widget --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_e_on_the_timeline_shows_the_table_and_a_click_in_it_seeks(size: tuple[int, int]) -> None:
    async def session() -> None:
        source = StagedSource("recovered", seekable=True)
        app = OutageApp(source, ticking=False)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.press("8", "e")
            await pilot.pause()
            strip = app.main.query_one("#timeline", Drawing)
            rows = strip.shown_text.splitlines()
            assert rows[8].split()[:3] == ["milestone", "this", "run"]
            line = next(n for n, row in enumerate(rows[8:], 8) if "failover enabled" in row)
            await pilot.click("#timeline", offset=(20, line))
            assert Seek((48 + 861) * MINUTE_NS) in source.sent
            await pilot.press("e")
            await pilot.pause()
            assert "milestone " not in strip.shown_text.splitlines()[-1]

    asyncio.run(session())


def test_the_help_of_the_timeline_explains_its_rows() -> None:
    async def session() -> None:
        app = OutageApp(StagedSource("recovered"), ticking=False)
        async with app.run_test(size=(120, 60)) as pilot:
            await pilot.pause()
            await pilot.press("8", "question_mark")
            await pilot.pause()
            assert "failing" in app.export_screenshot()
            assert "table" in app.export_screenshot()

    asyncio.run(session())
