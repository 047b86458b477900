"""The screen that compares two runs, and the one about fidelity: drawings first, then keys."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.fidelity import MeasuredRun, fidelity_of
from outage_agents.result import ActionResultAt, ImpactResult
from outage_agents.timeline import reference_milestones
from outage_tui.compare import ActionDifference, ComparedRun, FirstDivergence, RunComparison
from outage_tui.compared_runs import opened
from outage_tui.dashboard.compare_app import KEYS, CompareApp
from outage_tui.dashboard.renderables.compare import (
    CURVES,
    ComparedScene,
    Track,
    as_text,
    chart_places,
    differences_place,
    differing_moments,
    draw_compared,
    draw_differences,
    moment_at,
)
from outage_tui.dashboard.renderables.fidelity import draw_fidelity
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.wording import Clock

INK = ink_for("dark")
CLOCK = Clock("2025-10-19T23:00:00-07:00", 2880)
SIZES = [(160, 48), (120, 36), (80, 24), (60, 20), (30, 10), (200, 55)]
sizes = st.tuples(st.integers(1, 240), st.integers(1, 80))


def track(*values: float) -> Track:
    """A value each hundred minutes, from T0 on."""
    times = np.array([100.0 * k for k in range(len(values))], dtype=np.float64)
    return Track(times, np.array(values, dtype=np.float64))


def impact(lost: float) -> ImpactResult:
    return ImpactResult(lost, {"sts": lost}, 70, 5, 0.64)


def scene(**changed: Any) -> ComparedScene:
    """A moment in which the second run is an action ahead."""
    early = ActionResultAt("dwfm.throttle", 177.0, {"max_outstanding_share": 0.006}, "done")
    comparison = RunComparison(
        a=ComparedRun("shelf/first.otrec", "small", 1, "aa", 9000, True, 922.0),
        b=ComparedRun("shelf/second.otrec", "small", 1, "bb", 9100, False, 900.0),
        first_divergence=FirstDivergence(177.0, 4000, "operators", "wake", "call input"),
        events_alike=4000,
        settings={"nlb.velocity_limit": ("0.0", "1.0")},
        milestones={
            "dns_record_empty": (0.0, 0.0),
            "dwfm_all_leased": (340.0, 245.0),
            "event_over": (872.0, None),
            "dns_identified": (None, None),
        },
        impact=(impact(200e6), impact(150e6)),
        actions=(ActionDifference("dwfm.throttle", None, early),),
    )
    tracks = {curve.series: (track(0, 5, 9, 3), track(0, 5, 2, 1)) for curve in CURVES}
    base = ComparedScene(comparison, tracks, CLOCK, 250.0, -48.0, 922.0, 0, INK)
    return attrs.evolve(base, **changed)


def words(lines: Any) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


# -- drawings -------------------------------------------------------------------------------------


@given(sizes)
def test_no_size_is_too_small_and_nothing_is_wider_than_the_screen(size: tuple[int, int]) -> None:
    width, height = size
    lines = draw_compared(scene(), width, height)
    assert len(lines) <= height
    assert all(line.width <= width for line in [*lines, *draw_differences(scene(), width)])


@given(sizes, st.integers(0, 20))
def test_charts_lie_beside_and_below_each_other(size: tuple[int, int], first: int) -> None:
    width, height = size
    taken: set[tuple[int, int]] = set()
    for place in chart_places(width, height, first):
        cells = {
            (x, y)
            for x in range(place.x, place.x + place.width)
            for y in range(place.y, place.y + place.height)
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < width
        assert max(y for _, y in cells) < height
        taken |= cells


@pytest.mark.parametrize("size", SIZES)
def test_what_differs_has_a_place_on_every_size(size: tuple[int, int]) -> None:
    top, room = differences_place(*size)
    assert room >= 4
    assert top + room == size[1] - 1


def test_both_runs_are_named_and_the_parting_is_told() -> None:
    drawn = words(draw_compared(scene(), 120, 40))
    assert "A ━━━ first.otrec  small, seed 1" in drawn
    assert "second.otrec  small, seed 1  unfinished" in drawn
    assert "03:58:00" in drawn
    assert "they parted at 02:45:00  A: wake  B: call input" in drawn
    assert "they part at" in words(draw_compared(scene(t_min=0.0), 120, 40))


def test_the_events_at_which_they_part_have_times_of_the_clock() -> None:
    found = scene().comparison
    assert found.first_divergence is not None
    parting = attrs.evolve(found.first_divergence, a="at 12081564590258 ns: wake service-fargate")
    parted = attrs.evolve(found, first_divergence=parting)
    drawn = words(draw_compared(scene(comparison=parted), 120, 40))
    assert "A: wake service-fargate 02:21:21.564  B: call input" in drawn


def test_each_chart_says_how_high_it_goes() -> None:
    rows = [line.text for line in draw_compared(scene(), 160, 48)]
    heads = [row for row in rows if "A " in row and " 0 to " in row]
    assert sum(row.count(" 0 to ") for row in heads) >= 6


def test_a_pair_that_never_parts_says_so() -> None:
    alike = attrs.evolve(scene().comparison, first_divergence=None)
    drawn = words(draw_compared(scene(comparison=alike), 120, 40))
    assert "the same as far as both go" in drawn


def test_each_chart_tells_the_values_of_both_at_the_moment() -> None:
    drawn = words(draw_compared(scene(), 160, 48))
    assert "broken leases  A 9  B 2" in drawn
    assert "broken leases  A 5  B 5" in words(draw_compared(scene(t_min=150.0), 160, 48))


def test_a_series_that_was_not_recorded_is_a_dash() -> None:
    empty = Track(np.zeros(0), np.zeros(0))
    tracks = {curve.series: (empty, empty) for curve in CURVES}
    assert "broken leases  A -  B -" in words(draw_compared(scene(tracks=tracks), 160, 48))


def test_the_second_curve_is_seen_where_it_differs() -> None:
    lines = draw_compared(scene(), 80, 24)
    looks = {segment.style for line in lines[4:8] for segment in line.segments}
    assert {INK.accent, INK.caution} <= looks


def test_in_ascii_the_curves_are_told_apart_by_their_letters() -> None:
    drawn = draw_compared(scene(ink=ink_for("no-colour", ascii=True)), 80, 24)
    text = words(drawn)
    assert text.isascii()
    chart = "".join(line.text for line in drawn[4:8])
    assert {"*", "."} <= set(chart)


def test_what_differs_is_told_and_marked() -> None:
    told = words(draw_differences(scene(), 80))
    assert "DWFM all leased" in told
    assert "-95 min" in told
    assert "A only" in told
    assert "DNS identified" not in told  # happened in neither
    assert "customer-minutes                   9        2     -78 %" in told
    assert "dwfm.throttle\n  A not done\n  B 02:45 done, max_outstanding_share 0.006" in told
    assert "nlb.velocity_limit\n  A 0.0  B 1.0" in told


def test_what_differs_fits_beside_each_other_on_a_wide_screen() -> None:
    narrow, wide = draw_differences(scene(), 80), draw_differences(scene(), 160)
    assert len(wide) < len(narrow)
    assert "lost by 03:58" in wide[0].text


def test_text_to_copy_holds_both_heads_and_what_differs() -> None:
    text = as_text(scene())
    assert "first.otrec" in text
    assert "event over" in text


def test_the_moments_that_differ_are_in_order() -> None:
    assert differing_moments(scene().comparison) == [177.0, 245.0, 340.0, 872.0]


def test_a_cell_of_a_chart_is_a_moment_and_others_are_none() -> None:
    place = chart_places(160, 48, 0)[1]
    first = moment_at(scene(), 160, 48, place.x, place.y)
    last = moment_at(scene(), 160, 48, place.x + place.width - 1, place.y + 3)
    assert first is not None
    assert last is not None
    assert -48 < first < -20
    assert 890 < last < 922
    assert moment_at(scene(), 160, 48, 0, 0) is None
    assert moment_at(scene(), 160, 48, 0, 46) is None


@given(st.floats(-100, 500))
def test_a_track_tells_its_last_value_up_to_its_end(t_min: float) -> None:
    found = track(1, 2, 3).at(t_min)
    if not 0 <= t_min <= 201:
        assert found is None
    else:
        assert found == min(3, 1 + t_min // 100)


# -- keys -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two quick recordings; in the second, automation is stopped at 23:52."""
    from outage_tui.cli import commands
    from outage_tui.mishap import exit_status

    folder = tmp_path_factory.mktemp("pair")
    paths = (folder / "a.otrec", folder / "b.otrec")
    for path, more in zip(paths, ((), ("--act", "dns.stop_automation@23:52")), strict=True):
        run = ("run", "dns-only", "--set", "dns.endpoints=5", "--until", "23:58", "--headless")
        assert exit_status(commands, (*run, "--record", str(path), *more)) == 0
    return paths


def driven(
    pair: tuple[Path, Path],
    keys: list[str],
    look: Callable[[CompareApp], Any],
    size: tuple[int, int] = (100, 40),
) -> Any:
    """What `look` sees after keys were pressed."""

    async def drive() -> Any:
        with opened(*pair) as runs:
            app = CompareApp(runs)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await pilot.press(*keys)
                await pilot.pause()
                return look(app)

    return asyncio.run(drive())


def moment(app: CompareApp) -> float:
    return round(app.scene().t_min, 3)


def test_it_opens_where_the_runs_part(pair: tuple[Path, Path]) -> None:
    assert driven(pair, [], moment) == pytest.approx(4.0, abs=0.01)
    shown = driven(pair, [], lambda app: app.rows.shown_text)
    assert "they parted at 23:52:00" in shown
    assert "dns.stop_automation" in shown
    assert "? help" in shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("keys", "expected_min"),
    [
        (["right", "right"], 6.0),
        (["left"], 3.0),
        (["shift+left"], -6.0),
        (["home"], -48.0),
        (["end"], 10.0),
        (["home", "left"], -48.0),
        (["home", "d"], 4.0),
        (["home", "right_square_bracket"], 4.0),
        (["end", "left_square_bracket"], 4.0),
        (["g", *"23:50", "enter"], 2.0),
        (["g", *"T-5m", "enter"], -5.0),
        (["g", "x", "enter"], 4.0),
    ],
)
def test_keys_move_the_moment_of_both(
    pair: tuple[Path, Path], keys: list[str], expected_min: float
) -> None:
    assert driven(pair, keys, moment) == pytest.approx(expected_min, abs=0.01)


def test_tab_shows_other_charts_and_scrolling_shows_more(pair: tuple[Path, Path]) -> None:
    def titles(app: CompareApp) -> list[bool]:
        return [curve.title in app.rows.shown_text for curve in CURVES]

    assert driven(pair, [], titles) != driven(pair, ["tab", "tab"], titles)
    first = driven(pair, [], lambda app: app.rows.shown_text, (60, 20))
    assert driven(pair, ["j"] * 5, lambda app: app.rows.shown_text, (60, 20)) != first
    assert (
        driven(pair, [*["j"] * 5, *["k"] * 9], lambda app: app.rows.shown_text, (60, 20)) == first
    )


def test_help_names_every_key_and_q_leaves(pair: tuple[Path, Path]) -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)
    opened_help = driven(pair, ["question_mark"], lambda app: type(app.screen).__name__)
    assert opened_help == "HelpScreen"
    assert driven(pair, ["q"], lambda app: app.return_value) == 0


def test_a_click_in_a_chart_goes_there(pair: tuple[Path, Path]) -> None:
    async def click() -> float:
        with opened(*pair) as runs:
            app = CompareApp(runs)
            async with app.run_test(size=(100, 40)) as pilot:
                await pilot.pause()
                place = chart_places(100, 40, 0)[0]
                await pilot.mouse_down(app.rows, offset=(place.width // 2, place.y + 1))
                await pilot.pause()
                return moment(app)

    assert asyncio.run(click()) == pytest.approx(-19, abs=1)


def test_watching_needs_a_terminal(program: Any, pair: tuple[Path, Path]) -> None:
    call = program("compare", str(pair[0]), str(pair[1]), "--watch")
    assert call.status == 2
    assert "needs a terminal" in call.err
    both = program("compare", str(pair[0]), str(pair[1]), "--watch", "--json")
    assert both.status == 2


# -- fidelity -------------------------------------------------------------------------------------


def test_fidelity_tells_score_milestones_seeds_and_parameters() -> None:
    moments: dict[str, float | None] = {one.id: one.t_min for one in reference_milestones()}
    moments["event_over"] = 900.0
    run = MeasuredRun("small", 1, "aa", moments)
    found = fidelity_of(run, staged=True, origin="here")
    lines = draw_fidelity(found, INK, 100)
    told = words(lines)
    assert told.startswith("15 of 16 emergent milestones within their tolerance")
    assert "emergent, staged; PES" in told
    assert "reported, PES" in told
    assert "+28.0 ✖" in told
    assert "Over 20 seeds of us-east-1-2025-10-20" in told
    assert "dwfm.establish_cost 15.0" in told
    assert "parameters are assumed" in told
    assert all(line.width <= 60 for line in draw_fidelity(found, INK, 60))


def test_before_anything_happened_nothing_is_off() -> None:
    found = fidelity_of(MeasuredRun("small", 1, "aa", {}), staged=False, origin="live")
    told = words(draw_fidelity(found, INK, 100))
    assert told.startswith("0 of 16")
    assert "staged" not in told
