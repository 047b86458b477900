"""Drawings are pure: laws for every panel, state, size and ink, and what each of them must say."""

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from outage_agents.views import NarrationView
from outage_tui.dashboard.renderables.area_chart import Columns, area_chart, columns, domain_ns
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.dns import draw_dns
from outage_tui.dashboard.renderables.events import draw_events, matches
from outage_tui.dashboard.renderables.impact import draw_impact, links
from outage_tui.dashboard.renderables.ink import ASCII, DARK, MONO, Ink, ink_for
from outage_tui.dashboard.renderables.latency import draw_latency
from outage_tui.dashboard.renderables.launches import draw_launches, limit
from outage_tui.dashboard.renderables.leases import draw_leases
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.nlb import draw_nlb
from outage_tui.dashboard.renderables.report import report
from outage_tui.dashboard.renderables.scene import Opening, Scene
from outage_tui.dashboard.renderables.services import down, draw_services
from outage_tui.dashboard.renderables.status import draw_opening, draw_opening_status, draw_status
from outage_tui.dashboard.renderables.timeline import (
    column_of,
    draw_timeline,
    moment_at,
    next_milestone,
)
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, narration, region
from outage_tui.link_messages import Failure

Draw = Callable[[Scene, int, int], list[Line]]
DRAWINGS: dict[str, Draw] = {
    "dns": draw_dns,
    "leases": draw_leases,
    "launches": draw_launches,
    "nlb": draw_nlb,
    "latency": draw_latency,
    "services": draw_services,
    "events": draw_events,
    "impact": draw_impact,
    "timeline": draw_timeline,
    "status": lambda scene, width, height: draw_status(scene, width),
}
MOMENTS: tuple[Moment, ...] = ("normal", "race", "empty", "collapsed", "flapping", "recovered")


def scene(moment: Moment, ink: Ink = MONO) -> Scene:
    view = region(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns, pace=600.0, speed=600.0),
        view=view,
        history=StagedSource(moment).history,
        lines=narration(moment),
        markers=(),
        milestones=view.milestones,
        ink=ink,
    )


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_without_colour_no_style_has_a_colour(name: str, moment: Moment) -> None:
    for line in DRAWINGS[name](scene(moment), 60, 20):
        for segment in line.segments:
            assert segment.style is None or segment.style.color is None
            assert segment.style is None or segment.style.bgcolor is None


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_in_ascii_every_character_is_ascii(name: str, moment: Moment) -> None:
    ink = attrs.evolve(MONO, glyphs=ASCII)
    assert text(DRAWINGS[name](scene(moment, ink), 60, 20)).isascii()


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_words_are_the_same_with_and_without_colour(name: str, moment: Moment) -> None:
    draw = DRAWINGS[name]
    assert text(draw(scene(moment, DARK), 60, 20)) == text(draw(scene(moment), 60, 20))


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 260),
    height=st.integers(1, 70),
    moment=st.sampled_from(MOMENTS),
    name=st.sampled_from(sorted(DRAWINGS)),
)
def test_every_drawing_copes_with_every_size(
    width: int, height: int, moment: Moment, name: str
) -> None:
    for line in DRAWINGS[name](scene(moment), width, height):
        assert line.cut(width).width <= width


def test_an_empty_endpoint_says_what_dig_says() -> None:
    words = text(draw_dns(scene("empty"), 90, 20))
    assert "EMPTY" in words
    assert "NOERROR with 0 addresses" in words
    assert "plan 3012" in words
    assert "DELETED" in words


def test_a_clean_up_about_to_delete_the_plan_in_use_is_called_a_danger() -> None:
    words = " ".join(text(draw_dns(scene("race"), 60, 20)).split())
    assert "STALE" in words
    assert "DANGER: enactor-2 is deleting every plan below 3031, by age; plan 3012," in words


def test_a_stale_overwrite_is_named() -> None:
    race = scene("race")
    calm = tuple(replace(enactor, state="waiting") for enactor in race.view.dns.enactors)
    view = replace(race.view, dns=replace(race.view.dns, enactors=calm))
    words = text(draw_dns(attrs.evolve(race, view=view), 90, 20))
    assert "STALE OVERWRITE: a plan 29 generations old replaced a newer one" in words


def test_all_three_enactors_are_visible_in_a_low_panel() -> None:
    for moment in MOMENTS:
        lines = draw_dns(scene(moment), 38, 10)[:10]
        for name in ("enactor-1", "enactor-2", "enactor-3"):
            assert name in text(lines), moment


def test_a_collapse_says_that_the_work_is_wasted() -> None:
    words = text(draw_leases(scene("collapsed"), 90, 20))
    assert "METASTABLE" in words
    assert "All work done is wasted: 0 of 5.6 k units/s finish in time." in words


def test_too_little_capacity_is_said_in_words() -> None:
    words = text(draw_nlb(scene("flapping"), 80, 20))
    assert "TOO LITTLE CAPACITY" in words
    assert "flapping" in words
    assert "az2 out, checks 41 s late" in words


def test_all_zones_are_visible_in_a_low_panel() -> None:
    words = text(draw_nlb(scene("flapping"), 34, 7)[:7])
    assert all(f"az{n} " in words for n in range(1, 7))
    assert words.count("flapping") == 4
    assert words.count("out") >= 2


def test_failing_services_come_first_with_the_dependency_they_fail_through() -> None:
    lines = draw_services(scene("flapping"), 76, 30)
    assert "ECS" in lines[1].text
    assert "through EC2 launches" in lines[1].text
    assert len(lines) == 25


def test_services_that_are_well_share_a_paragraph_when_room_is_short() -> None:
    words = text(draw_services(scene("flapping"), 60, 14))
    assert "ok: API Gateway, CloudTrail" in words
    assert "Connect" in words


def test_the_chain_leads_from_the_cause_to_the_customers() -> None:
    chain = [words for _, words in links(scene("empty"))]
    assert chain[0].startswith("DynamoDB's name empty since 23:48")
    assert chain[1].startswith("41 k leases broken")
    assert chain[-1].startswith("17 of 24 services down: Lambda")


def test_when_nothing_is_broken_it_says_so() -> None:
    assert "Nothing is broken" in text(draw_impact(scene("normal"), 80, 2))


def test_each_link_of_the_chain_says_since_when() -> None:
    since = {"nm.wait_s": History([0, 60 * 10**9, 120 * 10**9], [0.0, 900.0, 2600.0])}
    shown = attrs.evolve(scene("flapping"), history=lambda name: since.get(name, History()))
    words = next(text for _, text in links(shown) if "network state" in text)
    assert words.endswith(f"since {shown.clock.hm(60 * 10**9)}")


@pytest.mark.parametrize(
    ("values", "since"),
    [
        ([], None),
        ([9.0], None),
        ([0.0, 9.0, 9.0], 1),
        ([9.0, 0.0, 9.0], 2),
        ([0.0, 9.0, 0.0], None),
    ],
)
def test_a_series_is_beyond_a_limit_since_it_last_was_not(
    values: list[float], since: int | None
) -> None:
    assert History(range(len(values)), values).beyond_since_ns(5.0) == since
    mirrored = History(range(len(values)), [-value for value in values])
    assert mirrored.beyond_since_ns(-5.0, below=True) == since


def test_what_limits_launches_is_never_nothing_while_some_are_refused() -> None:
    ec2 = replace(region("recovered").ec2, insufficient_capacity_per_s=0.0, failed_per_s=0.0)
    assert limit(replace(ec2, throttle="", request_limit_per_s=0.0)) == "none"
    assert limit(replace(ec2, throttle="", request_limit_per_s=9.0)).startswith("request rate")
    assert limit(replace(ec2, throttle="launches limited to 52%")) == "52 %"


def test_the_steps_of_the_race_are_told_beside_it() -> None:
    told = "enactor-1 replaced plan 49 of the endpoint by the older plan 38"
    at_ns = region("empty").t_ns - 10**9
    event = NarrationView(1, at_ns, "route53", "warning", told)
    shown = attrs.evolve(scene("empty"), lines=[event])
    assert told in text(draw_dns(shown, 76, 20))
    old = replace(event, t_ns=at_ns - 3601 * 10**9)
    assert told not in text(draw_dns(attrs.evolve(shown, lines=[old]), 76, 20))


def test_the_rows_know_of_services_that_the_tally_does_not_count_yet() -> None:
    view = region("empty")
    late = replace(view, impact=replace(view.impact, services_down=0))
    assert down(late) == sum(service.state == "down" for service in view.services) > 0


def test_before_the_first_state_it_says_that_the_simulator_starts_or_why_it_does_not() -> None:
    waiting = Opening(HELLO, Clock(HELLO.start, HELLO.epoch_s), Status(), MONO)
    assert "Starting the simulator" in text(draw_opening(waiting, 80, 3))
    assert HELLO.title in text(draw_opening_status(waiting, 160))
    failure = Failure(reason="no memory", log="host.log", exit_code=1)
    failed = attrs.evolve(waiting, status=Status(failure=failure))
    assert "no memory" in text(draw_opening(failed, 80, 3))
    silent = attrs.evolve(waiting, status=Status(silent_s=9.0))
    assert "silent for 9 s" in text(draw_opening(silent, 80, 3))


def test_a_dead_host_is_a_banner_with_exit_status_log_and_recording() -> None:
    failure = Failure(reason="killed", log="/tmp/host.log", exit_code=-9)
    dead = attrs.evolve(scene("empty"), status=Status(failure=failure))
    words = text(draw_impact(dead, 90, 3))
    assert "THE SIMULATOR STOPPED (exit status -9): killed" in words
    assert "/tmp/host.log" in words
    assert "recordings/staged.otrec" in words
    assert "HOST DEAD" in text(draw_status(dead, 100))


def test_a_silent_host_is_called_silent() -> None:
    assert "HOST SILENT 12 s" in text(
        draw_status(attrs.evolve(scene("normal"), status=Status(silent_s=12.0)), 100)
    )


def test_the_status_line_never_loses_the_time() -> None:
    assert draw_status(scene("empty"), 14)[0].text.startswith(" 00:35:00")


def test_the_timeline_tells_how_far_a_milestone_is_from_the_real_one() -> None:
    words = text(draw_timeline(scene("flapping"), 120, 5))
    assert "second wave begins 07:09 (really 07:04, 5 min late)" in words


def test_in_a_replay_later_milestones_are_marked_but_not_called_last() -> None:
    later = attrs.evolve(scene("empty"), milestones=region("recovered").milestones)
    words = text(draw_timeline(later, 120, 5))
    assert words.count("◆") > 10
    assert "last: DWFM state checks fail" in words
    following = next_milestone(later)
    assert following is not None
    assert following.id == "rpz_override_applied"


@given(t_min=st.integers(0, 969), width=st.integers(20, 300))
def test_a_click_on_the_playhead_stays_there(t_min: int, width: int) -> None:
    moment = scene("normal")
    column = column_of(moment, t_min * 60_000_000_000, width)
    assert abs(column_of(moment, moment_at(moment, column, width), width) - column) <= 1


def test_a_filter_matches_text_and_component_and_can_be_inverted() -> None:
    event = narration("empty")[5]
    assert matches(event, "ROUTE")
    assert matches(event, "deleted")
    assert not matches(event, "!deleted")
    assert matches(event, "!lambda")
    assert matches(event, "!")


def test_events_scroll_back_from_the_newest() -> None:
    newest = draw_events(scene("recovered"), 100, 5)
    older = draw_events(scene("recovered"), 100, 5, 3)
    assert "Every service is normal" in newest[-1].text
    assert "Every service is normal" not in text(older)
    assert older[-1].text == newest[-4].text


def test_the_report_names_the_run_the_damage_and_every_milestone() -> None:
    words = report(scene("flapping"))
    assert "seed 1" in words
    assert "NLB too little capacity" in words
    assert "not yet" in words
    assert "5 min late" in words


@given(share=st.floats(0, 1), width=st.integers(1, 60))
def test_a_bar_is_as_long_as_its_place_and_shows_anything_above_nothing(
    share: float, width: int
) -> None:
    drawn = bar(share, width, MONO.plain, MONO)
    assert drawn.width == width
    assert ("━" in drawn.text) == (share > 0)


@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=400), width=st.integers(1, 90))
def test_thinning_keeps_the_highest_and_the_lowest_value(values: list[float], width: int) -> None:
    times = [n * 10_000_000_000 for n in range(len(values))]
    thinned = columns(History(times, values), times[-1] + 1, width)
    assert np.nanmax(thinned.high) == max(values)
    assert np.nanmin(thinned.low) == min(values)


def test_a_gap_between_points_is_filled_with_the_value_before_it() -> None:
    thinned = columns(History([0, 90], [3.0, 7.0]), 100, 10)
    assert thinned.high.tolist()[:9] == [3.0] * 9
    assert thinned.high[9] == 7.0


def test_nothing_is_drawn_after_the_last_point() -> None:
    thinned = columns(History([0, 10], [3.0, 7.0]), 100, 10)
    assert np.isnan(thinned.high[2:]).all()


def test_a_full_chart_is_full_and_a_spike_survives() -> None:
    high = np.array([8.0, 0.0, 8.0])
    lines = area_chart(Columns(np.array([8.0, 0.0, 0.0]), high), 8.0, 2, MONO)
    assert [line.text for line in lines] == ["█ █", "█ █"]
    assert lines[0].segments[0].style == MONO.area
    assert lines[0].segments[-1].style == MONO.spread


def test_the_time_axis_grows_in_rungs() -> None:
    hour = 3_600_000_000_000
    assert domain_ns(0) == hour
    assert domain_ns(hour + 1) == 2 * hour
    assert domain_ns(16 * hour) == 17 * hour
    assert domain_ns(16 * hour, 16 * hour + 600) == 16 * hour + 600, "no later than the end"


def test_severities_differ_by_glyph_and_weight_without_colour() -> None:
    for ascii in (False, True):
        ink = ink_for("no-colour", ascii=ascii)
        assert len({ink.glyph(level) for level in ("ok", "caution", "bad", "unknown")}) == 4
        assert len({str(ink.of(level)) for level in ("ok", "caution", "bad", "critical")}) == 4
