"""Lanes over one axis of time, as SVG that stands inside a page.

Each lane has its name above it, its bars at its head, its curve beneath them and its letters in
rows that do not touch. Like the plots it has no style of its own, and a title and a description.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from outage_tui.report_document import Sign, Span, Strip, Strips
from outage_tui.report_svg import Scale, svg_of, svg_text

WIDTH: Final = 1080
LEFT: Final = 70
RIGHT: Final = 20
_TITLE: Final = 32
_BAR: Final = 20
_CURVE: Final = 90
_LETTER: Final = 24
_APART: Final = 20
"""Letters nearer to each other stand in different rows."""
_ROWS_MAX: Final = 6
_AXIS: Final = 24
_LETTER_WIDTH: Final = 7.2
"""About so wide is one letter of a bar's text."""


def svg_of_strips(strips: Strips) -> str:
    """All lanes, from the top down."""
    scale = Scale(strips.start_min, strips.end_min, LEFT, WIDTH - RIGHT)
    parts: list[str] = []
    top = 0.0
    for strip in strips.strips:
        drawn, top = _strip(strip, scale, top)
        parts += drawn
    axis = [line for t_min, label in strips.ticks for line in _tick(scale.x(t_min), label, top)]
    return svg_of(strips.id, strips.title, strips.text, (WIDTH, top + _AXIS), [*axis, *parts])


def _tick(x: float, label: str, bottom: float) -> Iterator[str]:
    yield f'<line class="tick" x1="{x:.1f}" y1="{_TITLE}" x2="{x:.1f}" y2="{bottom}"/>'
    yield f'<text class="time" x="{x:.1f}" y="{bottom + 17}">{svg_text(label)}</text>'


def _strip(strip: Strip, scale: Scale, top: float) -> tuple[list[str], float]:
    """The drawing of a lane, and where the next one begins."""
    name = svg_text(strip.title)
    parts = [f'<text class="strip" x="0" y="{top + 16}">{name}</text>']
    top += _TITLE
    bars, rows = _bars(strip.spans, scale, top)
    top += rows * _BAR
    if strip.curve is not None:
        parts += _curve(strip, scale, top)
        top += _CURVE + 6
    letters, rows = _letters(strip.signs, scale, top)
    top += rows * _LETTER
    return [*parts, *bars, *letters], top + 10


def _bars(spans: Sequence[Span], scale: Scale, top: float) -> tuple[list[str], int]:
    """Bars, each in the first row where it and its text have room."""
    free: list[float] = []
    parts = []
    for span in sorted(spans, key=lambda one: one.start_min):
        left, right = scale.x(span.start_min), scale.x(span.end_min)
        width = max(2.0, right - left)
        text_left = left + 4 if _room(span.text, width) else left + width + 4
        text_right = text_left + len(span.text) * _LETTER_WIDTH
        if text_right > WIDTH and text_left > left + 4:
            text_left = max(0.0, left - 4 - len(span.text) * _LETTER_WIDTH)
            text_right = right
        row = next((n for n, x in enumerate(free) if x <= min(left, text_left)), len(free))
        row = min(row, _ROWS_MAX - 1)
        free[row : row + 1] = [max(text_right, left + width) + 6]
        y = top + row * _BAR
        parts.append(
            f'<rect class="bar {_kind(span.kind)}" x="{left:.1f}" y="{y + 2}"'
            f' width="{width:.1f}" height="15"><title>{svg_text(span.text)}</title></rect>'
            f'<text class="bar-text" x="{text_left:.1f}" y="{y + 14}">{svg_text(span.text)}</text>'
        )
    return parts, len(free)


def _room(text: str, width: float) -> bool:
    return len(text) * _LETTER_WIDTH + 8 <= width


def _kind(kind: str) -> str:
    return kind if kind in ("bad", "stale", "work") else "work"


def _curve(strip: Strip, scale: Scale, top: float) -> Iterator[str]:
    curve = strip.curve
    assert curve is not None
    bottom = top + _CURVE
    for y, label in ((top, strip.top_shown), (bottom, "0")):
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield f'<text class="level" x="{LEFT - 6}" y="{y + 4}">{svg_text(label)}</text>'
    points = [
        f"{scale.x(t_min):.1f},{bottom - _CURVE * min(1.0, max(0.0, value / strip.top)):.1f}"
        for t_min, value in zip(curve.times_min, curve.values, strict=True)
    ]
    first, last = points[0].partition(",")[0], points[-1].partition(",")[0]
    around = " ".join((f"{first},{bottom:.1f}", *points, f"{last},{bottom:.1f}"))
    yield f'<polygon class="area" points="{around}"/>'
    yield f'<polyline class="curve curve-0" points="{" ".join(points)}"/>'
    yield f'<text class="bar-text" x="{LEFT + 6}" y="{top + 14}">{svg_text(curve.name)}</text>'


def _letters(signs: Sequence[Sign], scale: Scale, top: float) -> tuple[list[str], int]:
    """Letters in circles, in as many rows as they need."""
    free: list[float] = []
    parts = []
    for sign in sorted(signs, key=lambda one: one.t_min):
        x = scale.x(sign.t_min)
        row = next((n for n, taken in enumerate(free) if x - taken >= _APART), len(free))
        row = min(row, _ROWS_MAX - 1)
        free[row : row + 1] = [x]
        y = top + 12 + row * _LETTER
        parts.append(
            f"<g><title>{svg_text(sign.text)}</title>"
            f'<circle class="disc" cx="{x:.1f}" cy="{y}" r="9"/>'
            f'<text class="number" x="{x:.1f}" y="{y + 4}">{svg_text(sign.letter)}</text></g>'
        )
    return parts, len(free)
