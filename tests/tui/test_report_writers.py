"""A document as HTML and as Markdown: everything is there, nothing in it becomes markup."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html.parser import HTMLParser

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from outage_engine.recording.reader import printable
from outage_tui.report_document import (
    Bar,
    Bars,
    Block,
    Bullets,
    Chain,
    Chart,
    Command,
    Curve,
    Document,
    Entry,
    Lanes,
    Mark,
    Moment,
    Paragraph,
    Section,
    Step,
    Table,
)
from outage_tui.report_html import html, style
from outage_tui.report_markdown import escaped, markdown
from outage_tui.report_svg import svg_of_bars, svg_of_chart

VOID = ("meta", "br", "link", "img", "input", "hr", "base")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title></svg><iframe src='//evil.example'>",
    "[here](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "`code` **bold** _it_ | cell | <https://evil.example> www.evil.example a@evil.example",
    "```\n# not a heading\n```",
    "&lt;b&gt; \u202e reversed \x1b[31m red \x00",
    "- item",
    "1. item",
    "# heading",
    "]]>--><!--",
)


def everything(text: str) -> Document:
    """A document that has this text wherever a text can be."""
    table = Table(text, (text, text), ((text, text), (text, text)), (1,))
    folded = attrs.evolve(table, folded=True)
    chart = Chart(
        id="plot",
        title=text,
        text=text,
        curves=(Curve(text, (0.0, 1.0, 2.0), (0.0, 5.0, 1.0)), Curve(text, (0.0, 2.0), (1.0, 2.0))),
        marks=(Mark(text, text, 1.0, 1.5), Mark(text, text, None, 0.5)),
        start_min=0.0,
        end_min=2.0,
        ticks=((0.0, text), (1.0, text)),
        top=5.0,
        shown=lambda _: text,
        values=folded,
        shaded=(0.5, 1.0),
    )
    bars = Bars(
        "bars",
        text,
        text,
        (Bar(text, ((0.0, 1.0),), ((0.0, 2.0),)),),
        0.0,
        2.0,
        ((0.0, text),),
        folded,
    )
    levels = ("info", "good", "warning", "error", "unheard of")
    entries = tuple(Entry(0, text, level) for level in levels)
    lanes = Lanes(text, (text, text, text), (Moment(text, (entries, (), entries)),))
    chain = Chain(text, text, (Step(text, text, "", text), Step(text, text, text, "")))
    blocks: tuple[Block, ...] = (
        Paragraph(text),
        Bullets((text, text)),
        Command(text),
        table,
        bars,
        chart,
        lanes,
        chain,
    )
    return Document(text, text, (Section("all", text, blocks), Section("more", text, ())))


@attrs.define
class Page(HTMLParser):
    """What a browser would make of a page."""

    tags: list[tuple[str, dict[str, str | None]]] = attrs.field(factory=list)
    texts: list[str] = attrs.field(factory=list)
    open: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(document: Document) -> Page:
    page = Page()
    page.feed("".join(html(document)))
    page.close()
    assert page.open == []
    return page


SHAPE = [tag for tag, _ in page_of(everything("plain")).tags]
"""Tags of a harmless page."""


def text_of(text: str) -> str:
    """A text as both writers show it: one line, nothing that drives a terminal."""
    return " ".join(printable(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_tag_or_an_attribute(text: str) -> None:
    page = page_of(everything(text))
    assert [tag for tag, _ in page.tags] == SHAPE
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert all(name not in attributes for name in ("src", "action", "srcset", "formaction"))
        assert (attributes.get("href") or "#").startswith("#")
    assert printable(text) in "".join(page.texts)


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_any_text_is_shown_as_it_is_in_html(text: str) -> None:
    page = page_of(everything(text))
    assert [tag for tag, _ in page.tags] == SHAPE
    assert printable(text) in "".join(page.texts)


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    text = "".join(html(everything("plain")))
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|<link|<iframe|<img", text)


def test_a_page_can_be_used_by_ear() -> None:
    page = page_of(everything("plain"))
    tags = page.tags
    assert ("html", {"lang": "en"}) in tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    roles = {"table": "table", "tr": "row", "td": "cell"}
    assert all(attributes["role"] == roles[tag] for tag, attributes in tags if tag in roles)
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert all(name in ids for name in (attributes["aria-labelledby"] or "").split())
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_colour_never_speaks_alone() -> None:
    page = page_of(everything("plain"))
    said = "".join(page.texts)
    for word in ("Failure: ", "Warning: ", "Good: "):
        assert said.count(word) == 2


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_enough_for_text(dark: bool) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1."""
    blocks = re.findall(r":root \{(.*?)\}", style(), re.S)
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", blocks[1 if dark else 0]))
    for ground in ("ground", "card"):
        for ink in ("ink", "soft", "accent", "bad", "warn", "good", "real", "second"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# -- plots ----------------------------------------------------------------------------------------


def plot() -> Chart:
    found = everything("x").sections[0].blocks[5]
    assert isinstance(found, Chart)
    return found


def parts_of(svg: str, tag: str) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in ElementTree.fromstring(svg).iter(tag)]


def test_a_curve_is_drawn_to_scale() -> None:
    svg = svg_of_chart(plot())
    first = parts_of(svg, "polyline")[0]["points"].split()
    (x0, y0), (x1, y1), (x2, y2) = (
        tuple(float(number) for number in point.split(",")) for point in first
    )
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx((y0 - y2) * 5, abs=0.5)
    marks = [found for found in parts_of(svg, "line") if found["class"] == "mark"]
    assert [float(mark["x1"]) for mark in marks] == pytest.approx([x1], abs=0.2)


def test_milestones_that_did_not_happen_have_no_line_and_real_ones_always_a_sign() -> None:
    svg = svg_of_chart(plot())
    assert len(parts_of(svg, "circle")) == 1
    assert len([found for found in parts_of(svg, "path") if found["class"] == "real"]) == 2


def test_numbers_of_milestones_close_together_stand_above_each_other() -> None:
    marks = (Mark("1", "a", 1.0, 1.0), Mark("2", "b", 1.01, 1.01))
    discs = parts_of(svg_of_chart(attrs.evolve(plot(), marks=marks)), "circle")
    assert discs[0]["cy"] != discs[1]["cy"]


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e12, 1e12)), min_size=2, max_size=20),
    st.floats(1e-6, 1e12),
)
@settings(max_examples=50, deadline=None)
def test_nothing_is_drawn_outside(points: list[tuple[float, float]], top: float) -> None:
    points.sort()
    times, values = zip(*points, strict=True)
    curves = (Curve("any", times, values),)
    svg = svg_of_chart(attrs.evolve(plot(), curves=curves, top=top))
    width, height = (float(n) for n in ElementTree.fromstring(svg).attrib["viewBox"].split()[2:])
    for line in parts_of(svg, "polyline"):
        for point in line["points"].split():
            x, y = (float(number) for number in point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_bars_say_from_when_to_when() -> None:
    bars = everything("x").sections[0].blocks[4]
    assert isinstance(bars, Bars)
    here, really = (
        next(found for found in parts_of(svg_of_bars(bars), "rect") if found["class"] == kind)
        for kind in ("here", "really")
    )
    assert float(really["width"]) == pytest.approx(2 * float(here["width"]), abs=0.2)
    assert here["x"] == really["x"]


# -- Markdown -------------------------------------------------------------------------------------

READER = MarkdownIt("commonmark").enable("table")


def tokens_of(text: str) -> Iterator[tuple[str, str]]:
    """(type, content) of everything that a reader of Markdown makes of a text."""
    for token in READER.parse(text):
        yield token.type, token.content
        for child in token.children or ():
            yield child.type, child.content


def kinds_of(text: str) -> list[str]:
    return [kind for kind, _ in tokens_of(text) if kind not in ("text", "text_special")]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markdown(text: str) -> None:
    shape = kinds_of("".join(markdown(everything("plain"))))
    written = "".join(markdown(everything(text)))
    assert [kind for kind in kinds_of(written) if kind != "html_inline"] == [
        kind for kind in shape if kind != "html_inline"
    ]
    tags = [content for kind, content in tokens_of(written) if kind == "html_inline"]
    assert set(tags) <= {"<br>"}
    assert not any(kind in ("link_open", "image", "html_block") for kind in kinds_of(written))
    outside = re.sub(r"(`{3,}).*?\1\n", "", written, flags=re.S)
    assert not re.search(r"://|www\.", outside), "a reader may make links of addresses"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_shown_as_it_is_in_markdown(text: str) -> None:
    tokens = list(tokens_of(f"before\n\n{escaped('x' + text)}"))
    shown = "".join(content for kind, content in tokens if kind in ("text", "text_special"))
    assert shown == "before" + text_of("x" + text)
    assert {kind for kind, _ in tokens} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "text_special",
    }


@given(st.text(max_size=30) | st.text(alphabet="-+=1.) #>*_~`", max_size=6))
@settings(max_examples=300, deadline=None)
def test_a_paragraph_stays_one(text: str) -> None:
    kinds = [token.type for token in READER.parse(escaped(text))]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(st.text(alphabet="`~ ab\n", max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_command_stays_in_its_fence(text: str) -> None:
    document = Document("t", "s", (Section("a", "b", (Command(text), Paragraph("after"))),))
    tokens = READER.parse("".join(markdown(document)))
    (fence,) = [token for token in tokens if token.type == "fence"]
    assert fence.content == printable(text) + "\n"
    assert tokens[-2].content == "after"
