"""Every size of terminal gets an arrangement, and what matters most is never left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_tui.dashboard.renderables.arrangement import PANELS, Place, arrange

sizes = st.tuples(st.integers(1, 320), st.integers(1, 100))


def names(places: tuple[Place, ...]) -> set[str]:
    return {place.name for place in places}


@given(size=sizes, focus=st.sampled_from((*PANELS, "timeline")), maximised=st.booleans())
def test_parts_stay_on_the_screen_and_never_overlap(
    size: tuple[int, int], focus: str, maximised: bool
) -> None:
    width, height = size
    taken: set[int] = set()
    for place in arrange(width, height, focus, maximised=maximised):
        assert place.width >= 1
        assert place.height >= 1
        assert place.x >= 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
        cells = {
            y * width + x
            for y in range(place.y, place.y + place.height)
            for x in (place.x, place.x + place.width - 1)
        }
        assert not cells & taken, place
        taken |= cells


@pytest.mark.parametrize(("width", "height"), [(120, 36), (200, 55), (300, 80), (120, 30)])
def test_a_wide_terminal_shows_every_panel_at_once(width: int, height: int) -> None:
    assert set(PANELS) <= names(arrange(width, height, "dns", maximised=False))


def test_eighty_by_twenty_four_shows_status_impact_timeline_and_two_panels() -> None:
    shown = names(arrange(80, 24, "leases", maximised=False))
    assert {"status", "impact", "timeline", "tabs", "dns", "leases"} <= shown


def test_below_eighty_columns_there_is_one_panel_under_tabs() -> None:
    shown = names(arrange(60, 24, "nlb", maximised=False))
    assert shown & set(PANELS) == {"nlb"}
    assert "tabs" in shown


def test_twenty_by_five_still_tells_the_time_and_what_is_broken() -> None:
    assert {"status", "impact"} <= names(arrange(20, 5, "dns", maximised=False))


@given(size=sizes)
def test_the_time_is_always_there(size: tuple[int, int]) -> None:
    assert "status" in names(arrange(*size, "dns", maximised=False))


@pytest.mark.parametrize("panel", PANELS)
def test_the_focused_panel_is_visible_at_every_usual_size(panel: str) -> None:
    for width, height in ((60, 20), (80, 24), (100, 40), (120, 36), (200, 55)):
        assert panel in names(arrange(width, height, panel, maximised=False))


@pytest.mark.parametrize("panel", PANELS)
def test_a_maximised_panel_is_alone(panel: str) -> None:
    shown = names(arrange(200, 55, panel, maximised=True))
    assert shown & set(PANELS) == {panel}


@given(width=st.integers(1, 300), height=st.integers(10, 80))
def test_the_timeline_alone_has_all_the_room_below_the_impact(width: int, height: int) -> None:
    places = {place.name: place for place in arrange(width, height, "timeline", maximised=True)}
    assert set(places) <= {"status", "foot", "impact", "timeline"}
    assert sum(place.height for place in places.values()) == height
