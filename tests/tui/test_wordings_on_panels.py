"""What panels say where room is short, and in the moments at which a stranger looks first."""

import subprocess
import sys

import attrs
import msgspec
import pytest
from msgspec.structs import replace

from outage_tui.dashboard.renderables.dns import draw_dns
from outage_tui.dashboard.renderables.events import matches_text
from outage_tui.dashboard.renderables.impact import draw_impact
from outage_tui.dashboard.renderables.ink import ASCII, MONO, Ink, ink_for
from outage_tui.dashboard.renderables.launches import draw_launches
from outage_tui.dashboard.renderables.leases import draw_leases
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.nlb import draw_nlb, sentence
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.services import draw_services
from outage_tui.dashboard.renderables.status import draw_status, taken_up
from outage_tui.dashboard.renderables.timeline import draw_timeline
from outage_tui.dashboard.renderables.wording import MINUTE_NS, Clock, spaced
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, narration, region
from outage_tui.link_messages import Applied


def scene(moment: Moment, ink: Ink = MONO) -> Scene:
    view, source = region(moment), StagedSource(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns),
        view=view,
        history=source.history,
        lines=narration(moment),
        markers=(),
        milestones=view.milestones,
        ink=ink,
    )


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


def test_a_race_is_told_before_anything_is_broken() -> None:
    told = text(draw_impact(scene("race"), 160, 3))
    assert "Nothing is broken yet" in told or "BROKEN NOW" in told
    assert "OK" not in draw_dns(scene("race"), 58, 18)[0].text


def test_a_region_without_danger_is_called_sound() -> None:
    assert "Nothing is broken: the Region" in text(draw_impact(scene("normal"), 160, 3))
    assert " OK " in draw_dns(scene("normal"), 58, 18)[0].text


def test_both_places_name_the_same_moment_since_which_capacity_lacks() -> None:
    now = scene("flapping")
    nlb = replace(now.view.nlb, capacity_share=0.5, demand_share=0.6, zones_out=3)
    minutes = tuple(n * MINUTE_NS for n in range(4))
    series = {
        "nlb.capacity_share": History(minutes, (1.0, 0.8, 0.5, 0.5)),
        "nlb.zones_out": History(minutes, (0.0, 1.0, 3.0, 3.0)),
    }
    short = attrs.evolve(
        now,
        view=replace(now.view, nlb=nlb),
        history=lambda name: series.get(name, History()),
    )
    since = f"since {now.clock.hm(2 * MINUTE_NS)}"
    assert since in sentence(short)
    assert f"NLB too little capacity {since}" in text(draw_impact(short, 200, 4))


@pytest.mark.parametrize("width", range(40, 161, 8))
def test_what_customers_suffer_is_never_cut_in_a_word(width: int) -> None:
    lines = [line.text for line in draw_impact(scene("empty"), width, 6)]
    suffered = next(line for line in lines if "customers:" in line)
    assert suffered.endswith(("fail now", "lost so far", "calls failed"))
    broken = [line for line in lines if "laws broken" in line]
    assert all(MONO.glyphs.ellipsis not in line for line in broken) or width < 64


@pytest.mark.parametrize("width", range(56, 130, 4))
def test_charts_of_launches_have_whole_labels(width: int) -> None:
    axes = [line.text for line in draw_launches(scene("normal"), width, 24) if "0 to" in line.text]
    assert axes
    assert all(MONO.glyphs.ellipsis not in axis for axis in axes)


def test_a_narrow_panel_keeps_why_an_answer_is_given() -> None:
    now = scene("recovered")
    dns = replace(now.view.dns, override=True, internal_answers=("198.18.0.1", "198.18.0.2"))
    forced = attrs.evolve(now, view=replace(now.view, dns=dns))
    rows = [line.text for line in draw_dns(forced, 38, 14)]
    assert any("@internal" in row and row.rstrip().endswith("RPZ") for row in rows)


def test_the_last_line_of_the_timeline_fits_80_columns_with_what_is_next() -> None:
    last = draw_timeline(scene("collapsed"), 80, 5)[-1]
    assert last.width <= 80
    assert "next" in last.text
    assert MONO.glyphs.ellipsis not in last.text


@pytest.mark.parametrize(
    "moment", ["normal", "race", "empty", "collapsed", "flapping", "recovered"]
)
@pytest.mark.parametrize("width", [28, 34, 46, 58])
def test_no_map_of_zones_leaves_ascii(moment: Moment, width: int) -> None:
    drawn = text(draw_nlb(scene(moment, ink_for("dark", ascii=True)), width, 8))
    assert drawn.isascii()


def test_what_stands_left_is_cut_as_the_ink_says() -> None:
    assert beside([Line("abcdef")], [Line("x")], 1, 4, ASCII.ellipsis)[0].text == "abc~ x"


def test_shares_are_written_one_way() -> None:
    assert spaced("30% of 8.5% (12 %)") == "30 % of 8.5 % (12 %)"
    assert matches_text("8% of requests fail", "8 %")
    assert matches_text("8% of requests fail", "8%")


def test_no_line_is_broken_before_a_per_cent_sign_or_within_a_hyphened_word() -> None:
    pieces = [line.text for line in wrapped("aaaa 30 % bbbb sign-in", MONO.plain, 8)]
    assert pieces == ["aaaa", "30 %", "bbbb", "sign-in"]


def test_the_first_picture_of_a_run_needs_no_numpy() -> None:
    program = """
import sys
from outage_tui.dashboard.renderables import (
    dns, events, impact, latency, launches, leases, nlb, services, status, timeline)
from outage_tui.dashboard.renderables.ink import MONO
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, region
for moment in ("normal", "collapsed", "flapping"):
    scene = Scene(hello=HELLO, clock=Clock(HELLO.start, HELLO.epoch_s), status=Status(),
                  view=region(moment), history=lambda name: History(), lines=(),
                  markers=(), milestones=(), ink=MONO)
    for width, height in ((38, 10), (58, 16), (100, 40)):
        for draw in (dns.draw_dns, leases.draw_leases, launches.draw_launches, nlb.draw_nlb,
                     services.draw_services, latency.draw_latency, events.draw_events,
                     impact.draw_impact, timeline.draw_timeline):
            draw(scene, width, height)
print("numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_services_down_and_degraded_are_never_more_than_all() -> None:
    now = scene("flapping")
    many = replace(now.view.services[0], name="Other services", state="degraded", stands_for=117)
    impact = replace(now.view.impact, services=140, services_down=36)
    view = replace(now.view, services=(many,), impact=impact)
    words = draw_services(attrs.evolve(now, view=view), 60, 10)[0].text
    assert "36 of 140 DOWN" in words
    assert "81 degraded" in words


def test_only_words_are_underlined() -> None:
    line = Line().add("  two words ", MONO.bad)
    assert line.text == "  two words "
    assert [s.text for s in line.segments if s.style is not None and s.style.underline] == [
        "two words"
    ]
    assert Line().add("   ", MONO.bad).text == "   "


@pytest.mark.parametrize(
    ("applied", "words"),
    [
        (Applied(0, "pause"), "halted; P goes on"),
        (Applied(0, "resume"), "goes on"),
        (Applied(0, "pace", "x300"), "pace x300"),
        (Applied(0, "mark", "here"), "marked: here"),
        (Applied(0, "act", "begun"), "begun"),
        (Applied(0, "seek", "a live run cannot", refused=True), "refused: a live run cannot"),
    ],
)
def test_what_a_key_did_is_told_in_words(applied: Applied, words: str) -> None:
    assert taken_up(applied) == words


def test_a_fork_is_called_one_with_its_moment() -> None:
    now = scene("collapsed")
    assert "FORK" not in draw_status(now, 160)[0].text
    fork = attrs.evolve(now, hello=msgspec.structs.replace(HELLO, forked_at_ns=90 * MINUTE_NS))
    assert f"FORK {now.clock.hm(90 * MINUTE_NS)}" in draw_status(fork, 160)[0].text


@pytest.mark.parametrize("width", range(24, 100, 5))
def test_what_else_is_known_of_dns_is_never_cut(width: int) -> None:
    known = ("empty answer kept by", "automation ", "stale overwrites ")
    rows = [line.text for line in draw_dns(scene("normal"), width, 20)]
    facts = [row for row in rows if row.startswith(known)]
    assert len(facts) == 3
    assert all(len(row) <= width for row in facts if width > 36)


def test_shards_that_are_cut_off_are_not_called_a_drain() -> None:
    now = scene("normal")
    cut = replace(
        now.view.leases, verdict="draining", broken=0, shards=24, shards_cut_off=4, done_ns=None
    )
    view = replace(now.view, leases=cut)
    shown = attrs.evolve(now, view=view)
    told = text(draw_leases(shown, 60, 16))
    assert "PARTLY CUT OFF" in told
    assert "PARTLY CUT OFF" in text(draw_leases(shown, 38, 12))
    assert "4 of 24 DWFM shards renew no lease; the others work." in told
    assert "4 of 24 DWFM shards renew no lease" in text(draw_impact(shown, 160, 4))
    many = replace(cut, broken=cut.droplets // 2)
    drains = text(draw_leases(attrs.evolve(now, view=replace(view, leases=many)), 60, 16))
    assert "DRAINING" in drains
