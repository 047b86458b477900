"""Lanes over one axis of time, drawn: to scale, inside the picture, nothing over anything else."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_tui.report_document import Curve, Document, Section, Sign, Span, Strip, Strips
from outage_tui.report_html import html
from outage_tui.report_markdown import markdown
from outage_tui.report_strips import LEFT, RIGHT, WIDTH, svg_of_strips
from tests.tui.test_report_writers import HOSTILE, page_of


def strips(*parts: Strip) -> Strips:
    return Strips("lanes", "Lanes", "What there is.", parts, 0.0, 100.0, ((0.0, "00:00"),))


def drawn(*parts: Strip) -> ElementTree.Element:
    return ElementTree.fromstring(svg_of_strips(strips(*parts)))


def of_class(picture: ElementTree.Element, tag: str, kind: str) -> list[dict[str, str]]:
    found = [dict(one.attrib) for one in picture.iter(tag)]
    return [one for one in found if kind in one.get("class", "").split()]


def test_time_goes_from_left_to_right_to_scale() -> None:
    spans = (Span(0.0, 50.0, "a", "work"), Span(50.0, 100.0, "b", "bad"))
    one, other = of_class(drawn(Strip("one", spans=spans)), "rect", "bar")
    assert float(one["x"]) == LEFT
    assert float(other["x"]) == pytest.approx((LEFT + WIDTH - RIGHT) / 2, abs=0.1)
    assert float(one["width"]) == pytest.approx(float(other["width"]), abs=0.1)


def test_a_curve_begins_at_the_ground_of_its_lane() -> None:
    curve = Curve("any", (0.0, 50.0, 100.0), (0.0, 4.0, 2.0))
    (line,) = of_class(drawn(Strip("one", curve, 4.0, "4")), "polyline", "curve")
    low, high, middle = (float(point.split(",")[1]) for point in line["points"].split())
    assert low > middle > high
    assert middle == pytest.approx((low + high) / 2, abs=0.1)


def test_letters_of_one_moment_stand_above_each_other() -> None:
    signs = tuple(Sign(10.0, letter, letter) for letter in "ABC")
    circles = of_class(drawn(Strip("one", signs=signs)), "circle", "disc")
    assert len({circle["cy"] for circle in circles}) == 3


def test_lanes_do_not_run_into_each_other() -> None:
    signs = (Sign(1.0, "A", "a"),)
    spans = (Span(0.0, 9.0, "b", "stale"),)
    curve = Curve("any", (0.0, 100.0), (0.0, 1.0))
    lane = Strip("one", curve, 1.0, "1", spans, signs)
    picture = drawn(lane, lane, lane)
    tops = [float(one["y"]) for one in of_class(picture, "text", "strip")]
    letters = [float(one["cy"]) for one in of_class(picture, "circle", "disc")]
    assert [top < letter for top, letter in zip(tops, letters, strict=True)] == [True] * 3
    assert all(letter < top for letter, top in itertools.pairwise([*letters, *tops[1:]][::3]))
    height = float(picture.attrib["viewBox"].split()[3])
    assert letters[-1] + 9 < height


words = st.text(alphabet="abc ", max_size=60)
moments = st.floats(-50, 200)


@given(
    st.lists(st.tuples(moments, moments, words), max_size=8),
    st.lists(st.tuples(moments, words), max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_nothing_is_drawn_outside(
    spans: list[tuple[float, float, str]], signs: list[tuple[float, str]]
) -> None:
    picture = drawn(
        Strip(
            "one",
            spans=tuple(Span(min(a, b), max(a, b), text, "work") for a, b, text in spans),
            signs=tuple(Sign(t_min, "A", text) for t_min, text in signs),
        )
    )
    width, height = (float(n) for n in picture.attrib["viewBox"].split()[2:])
    for bar in of_class(picture, "rect", "bar"):
        assert float(bar["x"]) >= LEFT
        assert float(bar["x"]) + float(bar["width"]) <= width
        assert float(bar["y"]) + 15 <= height
    for disc in of_class(picture, "circle", "disc"):
        assert 9 <= float(disc["cx"]) <= width - 9
        assert 9 <= float(disc["cy"]) <= height - 9
    for text in of_class(picture, "text", "bar-text"):
        assert 0 <= float(text["x"]) <= width


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    lane = Strip(
        text,
        Curve(text, (0.0, 1.0), (0.0, 1.0)),
        1.0,
        text,
        (Span(0.0, 1.0, text, text),),
        (Sign(1.0, text, text),),
    )
    block = Strips("lanes", text, text, (lane,), 0.0, 1.0, ((0.0, text),))

    def tags(found: Strips) -> list[str]:
        return [tag for tag, _ in page_of(Document("t", "s", (Section("a", "b", (found,)),))).tags]

    plain = Strip(
        "x",
        Curve("x", (0.0, 1.0), (0.0, 1.0)),
        1.0,
        "x",
        (Span(0.0, 1.0, "x", "x"),),
        (Sign(1.0, "x", "x"),),
    )
    assert tags(block) == tags(Strips("lanes", "x", "x", (plain,), 0.0, 1.0, ((0.0, "x"),)))


def test_a_picture_can_be_moved_by_keyboard_and_is_told_in_words() -> None:
    document = Document("t", "s", (Section("a", "b", (strips(Strip("one")),)),))
    page = "".join(html(document))
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Lanes">' in page
    assert "What there is." in "".join(markdown(document))
