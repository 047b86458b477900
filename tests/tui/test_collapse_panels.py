"""Leases, launches, NLB, services, latency: what each must say, at the sizes it gets."""

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from outage_agents.region_view import (
    QUIET_EC2,
    QUIET_IMPACT,
    QUIET_LEASES,
    QUIET_NETWORK,
    QUIET_NLB,
)
from outage_agents.views import LatencyCurve, LeasesView, ServiceView
from outage_tui.dashboard.panel_tables import panel_tables
from outage_tui.dashboard.picture import picture
from outage_tui.dashboard.renderables.braille import Canvas
from outage_tui.dashboard.renderables.impact import draw_impact, links
from outage_tui.dashboard.renderables.ink import ASCII, MONO, Ink
from outage_tui.dashboard.renderables.latency import (
    BEFORE,
    RUN,
    Behind,
    draw_latency,
    in_order,
)
from outage_tui.dashboard.renderables.launches import draw_launches
from outage_tui.dashboard.renderables.leases import draw_leases, reason, sentence
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.nlb import draw_nlb
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.services import down, draw_services, worst_first
from outage_tui.dashboard.renderables.sparkline import growth, sparkline
from outage_tui.dashboard.renderables.table import Column, columns_that_fit, width_of
from outage_tui.dashboard.renderables.wording import Clock, dependency
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, region
from outage_tui.dashboard.widgets.latency_panel import LatencyPanel

MINUTE_NS = 60 * 10**9
SIZES = ((31, 8), (36, 9), (38, 11), (53, 15), (118, 30), (198, 48))
"""Inside a panel: the smallest grid, two columns of 80x24, 160x48, maximised."""
MOMENTS: tuple[Moment, ...] = ("normal", "race", "empty", "collapsed", "flapping", "recovered")


def scene(moment: Moment, ink: Ink = MONO) -> Scene:
    view = region(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns),
        view=view,
        history=StagedSource(moment).history,
        lines=(),
        markers=(),
        milestones=view.milestones,
        ink=ink,
    )


def with_leases(change: Callable[[LeasesView], LeasesView], moment: Moment = "collapsed") -> Scene:
    shown = scene(moment)
    leases = change(shown.view.leases)
    return attrs.evolve(shown, view=replace(shown.view, leases=leases))


def draining(done_in_min: float = 27, *, old_queues: tuple[int, ...] = ()) -> Scene:
    t_ns = region("collapsed").t_ns

    def change(leases: LeasesView) -> LeasesView:
        zones = tuple(
            replace(
                zone,
                verdict="draining",
                done_ns=t_ns + round(done_in_min * MINUTE_NS),
                wait_s=5_900.0 if zone.zone in old_queues else 16.0,
            )
            for zone in leases.zones
        )
        return replace(
            leases,
            verdict="draining",
            done_ns=t_ns + round(done_in_min * MINUTE_NS),
            established_per_s=380.0,
            wait_s=max(zone.wait_s for zone in zones),
            load=0.33,
            zones=zones,
        )

    return with_leases(change)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


def flat(lines: list[Line]) -> str:
    """The words, however they are wrapped."""
    return " ".join(text(lines).split())


# Leases: the verdict, the sentence, the reason.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_verdict_and_sentence_stand_in_a_panel_of_any_size(
    moment: Moment, size: tuple[int, int]
) -> None:
    shown = scene(moment)
    lines = draw_leases(shown, *size)[: size[1]]
    assert shown.view.leases.verdict.upper() in lines[0].text
    assert sentence(shown) in flat(lines)


@pytest.mark.parametrize("size", SIZES)
def test_a_panel_of_leases_is_never_without_its_zones(size: tuple[int, int]) -> None:
    words = text(draw_leases(scene("collapsed"), *size)[: size[1]])
    assert all(f"az{zone} " in words for zone in range(1, 7))


def test_wasted_work_is_said_with_its_numbers_and_why() -> None:
    assert sentence(scene("collapsed")) == (
        "All work done is wasted: 0 of 5.6 k units/s finish in time."
    )
    why = reason(scene("collapsed"))
    assert "14.2 times the work that can be done asks for service" in why
    assert "waits 98 min; after 2 min it is late" in why
    assert why in flat(draw_leases(scene("collapsed"), 118, 30))


@given(useful=st.floats(0, 1))
def test_work_is_called_wasted_only_when_none_is_useful(useful: float) -> None:
    shown = with_leases(
        lambda leases: replace(leases, useful_units_s=useful * leases.capacity_units_s)
    )
    assert ("wasted" in sentence(shown)) == (useful < 0.005)


def test_a_fleet_that_drains_says_when_it_will_be_done() -> None:
    assert "all are back about 03:57" in sentence(draining(27))
    assert ", in " not in sentence(draining(27))
    assert "in 21 h 00 min" in sentence(draining(21 * 60))


def test_zones_that_first_work_off_old_queues_are_named() -> None:
    why = reason(draining(21 * 60, old_queues=(5, 6)))
    assert "az5, az6 must first work off up to 98 min of old queue" in why
    rows = text(draw_leases(draining(21 * 60, old_queues=(5, 6)), 118, 30))
    assert rows.count("backlog") == 2
    strip = [words for _, words in links(draining(old_queues=(5,)))]
    assert any(words.endswith("draining slowly: old queues come first") for words in strip)


def test_leases_that_cannot_be_renewed_are_told_before_any_is_lost() -> None:
    def change(leases: LeasesView) -> LeasesView:
        return replace(leases, broken=3, lost_per_s=0.0)

    shown = with_leases(change, "empty")
    assert sentence(shown).startswith("No lease can be renewed")
    assert "EC2's leases cannot be renewed" in [words for _, words in links(shown)]


def test_without_colour_and_in_ascii_each_zone_still_says_its_state() -> None:
    shown = scene("collapsed", attrs.evolve(MONO, glyphs=ASCII))
    assert text(draw_leases(shown, 118, 30)).count("X stuck") == 6


def test_old_recordings_without_the_new_numbers_are_drawn() -> None:
    def change(leases: LeasesView) -> LeasesView:
        zones = tuple(replace(zone, verdict="", capacity_units_s=0.0) for zone in leases.zones)
        return replace(leases, zones=zones, deadline_s=0.0, load=0.0, shards=0)

    words = text(draw_leases(with_leases(change), 118, 30))
    assert "METASTABLE" in words
    assert "Why" not in words
    assert sentence(with_leases(change, "normal")) == "A broken lease comes back in minutes."


@pytest.mark.parametrize("draw", [draw_leases, draw_launches, draw_nlb, draw_services])
@pytest.mark.parametrize("size", SIZES)
def test_what_a_scenario_does_not_have_is_not_called_well(
    draw: Callable[[Scene, int, int], list[Line]], size: tuple[int, int]
) -> None:
    shown = scene("empty")
    view = replace(
        shown.view,
        leases=QUIET_LEASES,
        ec2=QUIET_EC2,
        network_manager=QUIET_NETWORK,
        nlb=QUIET_NLB,
        services=(),
        impact=QUIET_IMPACT,
    )
    words = text(draw(attrs.evolve(shown, view=view), *size))
    assert "NOT PLAYED" in words
    assert "This scenario has no" in words
    assert "OK" not in words


# The chain of what is broken.


@pytest.mark.parametrize(("width", "height"), [(160, 3), (120, 2), (80, 3)])
@pytest.mark.parametrize("moment", ["empty", "collapsed", "flapping"])
def test_every_broken_part_is_named_in_the_strip(moment: Moment, width: int, height: int) -> None:
    shown = scene(moment)
    words = flat([line.cut(width) for line in draw_impact(shown, width, height)[:height]])
    for _, link in links(shown):
        first = " ".join(link.split()[:2])
        assert first in words or link.startswith("DNS repaired")


# Launches.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("empty", ("failed (DynamoDB)", "DynamoDB")),
        ("collapsed", ("insufficient capacity", "no capacity")),
        ("flapping", ("request limit exceeded", "over limit")),
    ],
)
def test_results_that_occur_are_named_at_any_size(
    moment: Moment, names: tuple[str, str], size: tuple[int, int]
) -> None:
    words = text(draw_launches(scene(moment), *size)[: size[1]])
    assert any(name in words for name in names)
    assert "NETWORK STATE" in words


@given(
    totals=st.lists(st.integers(0, 1000), min_size=1, max_size=300).map(np.cumsum),
    width=st.integers(1, 80),
)
def test_the_growth_of_all_columns_is_the_growth_of_the_counter(
    totals: np.ndarray[tuple[int], np.dtype[np.int64]], width: int
) -> None:
    end_ns = 60 * MINUTE_NS
    times = [n * 10 * 10**9 for n in range(len(totals))]
    rates = growth(History(times, [float(total) for total in totals]), end_ns, width)
    known = rates[~np.isnan(rates)]
    edges = np.arange(len(known) + 1) * (end_ns / width)
    edges[-1] = max(times[-1], edges[-2] + 1)
    grown = float((known * np.diff(edges)).sum() / 1e9)
    assert grown == pytest.approx(float(totals[-1] - totals[0]), abs=1e-6)
    assert len(rates) == width


def test_before_the_first_point_there_is_no_growth() -> None:
    assert np.isnan(growth(History(), 10, 5)).all()


@given(values=st.lists(st.just(0.0) | st.floats(1e-9, 100), min_size=1, max_size=60))
def test_a_sparkline_shows_everything_above_nothing(values: list[float]) -> None:
    line = sparkline(np.array(values), 100.0, MONO.plain, MONO)
    assert len(line.text) == len(values)
    for glyph, value in zip(line.text, values, strict=True):
        assert (glyph == MONO.glyphs.groove) == (value == 0)


# NLB.


@pytest.mark.parametrize("size", [(34, 7), *SIZES])
def test_too_few_nodes_are_said_in_words_and_each_zone_has_its_state(size: tuple[int, int]) -> None:
    lines = draw_nlb(scene("flapping"), *size)[: size[1]]
    words = flat(lines)
    assert "TOO LITTLE CAPACITY" in words
    assert "Too few nodes for the demand: 8 % of connections fail" in words
    assert words.count("flapping") == 4
    assert "az2 ✖ out" in words
    assert "06:30" in words.split("az2 ✖ out")[1][:12]


def test_capacity_and_demand_share_a_bar() -> None:
    row = draw_nlb(scene("flapping"), 80, 20)[1].text
    cells = row.split("needed 63 % ")[1]
    assert cells.index(MONO.glyphs.playhead) == pytest.approx(0.63 * len(cells), abs=1)
    assert cells.count("━") == pytest.approx(0.58 * len(cells), abs=1)


def test_each_failover_says_when() -> None:
    words = text(draw_nlb(scene("flapping"), 80, 24))
    assert "07:19 az4 out" in words
    assert "06:42 az2 out" in words


# Services.


def service(
    name: str, state: str, since_min: int | None, down_min: int | None = None
) -> ServiceView:
    def at(minute: int | None) -> int | None:
        return None if minute is None else minute * MINUTE_NS

    rate = {"down": 0.3, "degraded": 0.1}.get(state, 0.0)
    return ServiceView(name, state, rate, at(since_min), "sts", at(down_min))


def order(now_min: int, *services: ServiceView) -> list[str]:
    view = replace(region("normal"), t_ns=now_min * MINUTE_NS, services=services)
    return [each.name for each in worst_first(view)]


def test_what_is_broken_is_on_top_the_longest_first() -> None:
    rows = (service("A", "ok", None), service("B", "degraded", 10), service("C", "down", 60),
            service("D", "down", 30, 90))  # fmt: skip
    assert order(90, *rows) == ["D", "C", "B", "A"]


def test_a_row_keeps_its_place_for_five_minutes_after_it_has_come_up() -> None:
    rows = (service("A", "down", 60, 100), service("B", "down", 30, 100))
    assert order(100, *rows) == ["B", "A"]
    flickers = (rows[0], replace(rows[1], state="degraded"))
    assert order(104, *flickers) == ["B", "A"]
    assert order(106, *flickers) == ["A", "B"]


def test_a_row_that_stands_for_many_counts_as_many() -> None:
    shown = scene("normal")
    others = replace(service("Other services", "down", 60, 100), stands_for=117)
    view = replace(shown.view, services=(others, service("ECS", "degraded", 60)))
    words = text(draw_services(attrs.evolve(shown, view=view), 60, 10))
    assert down(view) == 117
    assert "117 of" in words
    assert "1 degraded" in words
    assert "117 others" in words


def test_dependencies_have_the_names_people_know() -> None:
    assert [dependency(name) for name in ("iam", "sts", "lambda", "NLB")] == [
        "IAM",
        "STS",
        "Lambda",
        "NLB",
    ]
    shown = scene("normal")
    view = replace(shown.view, services=(service("Cognito", "down", 60),))
    for width in (38, 60, 118):
        assert "STS" in text(draw_services(attrs.evolve(shown, view=view), width, 10))


# Latency.


def test_customers_operations_come_first_and_have_names() -> None:
    shown = scene("collapsed")
    assert [view.operation for view in in_order(shown.view.latency)][:2] == [
        "dynamodb.call",
        "dwfm.establish",
    ]
    assert "DynamoDB call" in draw_latency(shown, 36, 7)[1].text


@pytest.mark.parametrize("size", SIZES)
def test_every_operation_has_a_row_at_any_size(size: tuple[int, int]) -> None:
    assert len(draw_latency(scene("collapsed"), *size)[: size[1]]) >= 7


def test_the_curve_is_as_high_as_there_is_room_and_names_its_axis() -> None:
    lines = draw_latency(scene("collapsed"), 90, 30)
    assert len(lines) == 30
    assert lines[-1].text.split() == ["fastest", "p90", "p99", "p99.9", "p99.99"]


def test_another_distribution_can_be_laid_behind() -> None:
    shown = scene("collapsed")
    alone = draw_latency(shown, 90, 30)
    before = draw_latency(shown, 90, 30, 0, Behind(BEFORE))
    whole = draw_latency(shown, 90, 30, 0, Behind(RUN))
    assert "before the event" in before[7].text
    assert "whole run" in whole[7].text
    assert text(alone[8:]) != text(before[8:]) != text(whole[8:])
    other = Behind("guarded.otrec", {"dynamodb.call": LatencyCurve(9, 1.0, 9.0, (1.0,) * 25)})
    assert "guarded.otrec" in draw_latency(shown, 90, 30, 0, other)[7].text
    assert "nothing measured" in draw_latency(shown, 90, 30, 1, other)[7].text


def test_the_table_tells_how_many_times_longer_than_before_it_takes() -> None:
    rows = draw_latency(scene("collapsed"), 90, 8)
    assert "x before" in rows[0].text
    view = in_order(scene("collapsed").view.latency)[0]
    assert view.before is not None
    factor = view.p99_ms / view.before.points_ms[12]
    assert f"{factor:.0f} x" in rows[1].text
    quiet = draw_latency(scene("normal"), 90, 8)
    assert " x" not in quiet[1].text


def test_a_key_goes_round_the_comparisons_and_another_recording_joins_them() -> None:
    panel = LatencyPanel()
    shown = scene("collapsed")

    def drawn() -> str:
        return panel.draw_scrolled(shown, 90, 30, 0)[7].text

    seen = []
    for _ in range(4):
        seen.append(drawn())
        panel.lay_next_behind()
    assert "before the event" in seen[1]
    assert "whole run" in seen[2]
    assert seen[3] == seen[0]
    asked = []

    def curves_at(t_ns: int) -> dict[str, LatencyCurve]:
        asked.append(t_ns)
        return {"dynamodb.call": LatencyCurve(9, 1.0, 9.0, (1.0,) * 25)}

    panel.lay_behind("other.otrec", curves_at)
    assert "other.otrec" in drawn()
    assert asked == [shown.view.t_ns]
    panel.lay_next_behind()
    assert drawn() == seen[0]


def test_the_key_works_in_the_dashboard_and_the_help_knows_it() -> None:
    with_before = picture(StagedSource("collapsed"), keys=("5", "e", "c"))
    assert "before" in with_before
    assert "event" in with_before
    alone = picture(StagedSource("collapsed"), keys=("5", "e"))
    assert with_before.count("event") > alone.count("event")
    assert "`c`" in LatencyPanel.HELP


def test_curves_are_exported_point_by_point() -> None:
    tables = {table.name: table for table in panel_tables("latency", scene("collapsed"), ())}
    head, *rows = tables["latency-curves"].rows
    assert head == ("operation", "stretch", "percentile", "latency_ms")
    assert len(rows) == 6 * 3 * 25
    assert {row[1] for row in rows} == {"interval", "before", "run"}
    assert rows[6][2] == 90
    assert rows[24][2] == 99.99


# Parts.


@given(
    values=st.lists(st.floats(0, 1), min_size=2, max_size=40).map(sorted),
    width=st.integers(1, 60),
    height=st.integers(1, 20),
)
def test_a_rising_curve_fills_every_column_and_never_falls(
    values: list[float], width: int, height: int
) -> None:
    canvas = Canvas(width, height, ascii_only=False)
    canvas.curve(
        [(place / (len(values) - 1), value) for place, value in enumerate(values)], MONO.plain
    )
    lines = canvas.lines(MONO.plain)
    assert [line.width for line in lines] == [width] * height
    highest = [next(y for y in range(height) if lines[y].text[x] != " ") for x in range(width)]
    assert highest == sorted(highest, reverse=True)


def test_in_ascii_the_front_curve_hides_the_one_behind() -> None:
    canvas = Canvas(10, 1, ascii_only=True)
    flat_curve = [(0.0, 0.5), (1.0, 0.5)]
    canvas.curve(flat_curve, MONO.dim, dotted=True)
    assert set(canvas.lines(MONO.plain)[0].text) == {"."}
    canvas.curve(flat_curve, MONO.plain)
    assert set(canvas.lines(MONO.plain)[0].text) == {"*"}


@given(width=st.integers(0, 60))
def test_a_narrow_table_keeps_what_matters_most(width: int) -> None:
    columns = [
        Column[int](str(rank), 4, rank, lambda n: (str(n), MONO.plain)) for rank in (3, 0, 2, 1)
    ]
    kept = columns_that_fit(columns, width)
    assert width_of(kept) <= width
    assert sorted(int(column.title) for column in kept) == list(range(min(4, width // 5)))
