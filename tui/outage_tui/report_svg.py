"""Plots as SVG that stands inside a page: no script, no style of its own, nothing to fetch.

Colours and sizes of letters are classes of the page's style sheet, so that a plot follows its theme
and paper. Each has a title and a description; the text that goes with it is the page's business.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from outage_engine.recording.reader import printable
from outage_tui.report_document import Bars, Chart, Curve, Moments

WIDTH: Final = 540
LEFT: Final = 66
RIGHT: Final = 26
PLOT_HEIGHT: Final = 170
_HEAD: Final = 44
"""Room for the numbers of milestones, two rows of them."""
_AXIS: Final = 22
_REAL: Final = 40
_APART: Final = 19
"""Numbers nearer to each other stand in different rows."""
_ROW: Final = 24
_NAMES: Final = 150


def svg_of_chart(chart: Chart) -> str:
    """A plot with its milestones."""
    bottom = _HEAD + PLOT_HEIGHT
    scale = Scale(chart.start_min, chart.end_min, LEFT)
    parts = [
        *_shade(chart, scale),
        *_bands(chart),
        *_levels(chart),
        *_time_axis(chart.ticks, scale, _HEAD, bottom),
        *(line for place, curve in enumerate(chart.curves) for line in _curve(curve, place, chart)),
        *_milestones(chart, scale, bottom),
        *_keys(chart),
    ]
    height = bottom + _AXIS + _REAL
    return svg_of(chart.id, chart.title, chart.text, (WIDTH, height), parts)


def svg_of_bars(bars: Bars) -> str:
    """Rows of bars: this run's, and beneath each the published ones."""
    scale = Scale(bars.start_min, bars.end_min, _NAMES)
    bottom = 10 + _ROW * len(bars.bars)
    parts = [*_time_axis(bars.ticks, scale, 6, bottom)]
    for place, bar in enumerate(bars.bars):
        top = 10 + _ROW * place
        name = svg_text(bar.name)
        parts.append(f'<text class="name" x="{_NAMES - 8}" y="{top + 13}">{name}</text>')
        parts += _spans(bar.here, scale, top + 2, 10, "here")
        parts += _spans(bar.really, scale, top + 14, 4, "really")
    return svg_of(bars.id, bars.title, bars.text, (WIDTH, bottom + _AXIS + 4), parts)


class Scale:
    """Minutes after T0 to places from left to right."""

    def __init__(
        self, start_min: float, end_min: float, left: int, right: int = WIDTH - RIGHT
    ) -> None:
        self.start_min, self.end_min, self.left, self.right = start_min, end_min, left, right

    def x(self, t_min: float) -> float:
        """The place of a moment; of one outside, the nearer end."""
        share = (t_min - self.start_min) / (self.end_min - self.start_min)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def has(self, t_min: float | None) -> bool:
        """Whether a moment is on it."""
        return t_min is not None and self.start_min <= t_min <= self.end_min


def svg_of(
    name: str, title: str, text: str, size: tuple[float, float], parts: Sequence[str]
) -> str:
    """A picture with its title and description for those who cannot see it."""
    width, height = size
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{svg_text(title)}</title>'
        f'<desc id="{name}-desc">{svg_text(text)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def svg_text(text: str) -> str:
    """Text as it may stand in a picture."""
    return escape(printable(text))


def _shade(chart: Chart, scale: Scale) -> Iterator[str]:
    if chart.shaded is not None:
        left, right = (scale.x(t_min) for t_min in chart.shaded)
        yield (
            f'<rect class="shade" x="{left:.1f}" y="{_HEAD}" width="{max(1.0, right - left):.1f}"'
            f' height="{PLOT_HEIGHT}"/>'
        )


def _levels(chart: Chart) -> Iterator[str]:
    for value in (0.0, chart.top / 2, chart.top):
        y = _y(chart, value)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        label = svg_text(chart.shown(value))
        yield f'<text class="level" x="{LEFT - 6}" y="{y + 4:.1f}">{label}</text>'


def _bands(chart: Chart) -> Iterator[str]:
    """What the curve is held against: a dashed line each, with its name on it."""
    taken: list[float] = []
    for level in sorted(chart.levels, key=lambda one: -one.value):
        y = _y(chart, level.value)
        if level.low is not None and level.high is not None:
            high, low = _y(chart, level.high), _y(chart, level.low)
            yield (
                f'<rect class="band" x="{LEFT}" y="{high:.1f}" width="{WIDTH - RIGHT - LEFT}"'
                f' height="{max(1.0, low - high):.1f}"/>'
            )
        yield f'<line class="ghost" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        place = y - 4
        while any(abs(place - other) < 14 for other in taken):
            place += 14
        taken.append(place)
        name = svg_text(level.name)
        yield f'<text class="ghost-name" x="{LEFT + 4}" y="{place:.1f}">{name}</text>'


def _y(chart: Chart, value: float) -> float:
    return _HEAD + PLOT_HEIGHT * (1 - min(1.0, max(0.0, value / chart.top)))


def _time_axis(ticks: Moments, scale: Scale, top: float, bottom: float) -> Iterator[str]:
    for t_min, label in ticks:
        x = scale.x(t_min)
        yield f'<line class="tick" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom + 4}"/>'
        yield f'<text class="time" x="{x:.1f}" y="{bottom + 18}">{svg_text(label)}</text>'


def _curve(curve: Curve, place: int, chart: Chart) -> Iterator[str]:
    scale = Scale(chart.start_min, chart.end_min, LEFT)
    points = [
        f"{scale.x(t_min):.1f},{_y(chart, value):.1f}"
        for t_min, value in zip(curve.times_min, curve.values, strict=True)
    ]
    if not points:
        return
    if place == 0:
        first, last = points[0].partition(",")[0], points[-1].partition(",")[0]
        ground = f"{_y(chart, 0.0):.1f}"
        around = " ".join((f"{first},{ground}", *points, f"{last},{ground}"))
        yield f'<polygon class="area" points="{around}"/>'
    yield f'<polyline class="curve curve-{place}" points="{" ".join(points)}"/>'


def _milestones(chart: Chart, scale: Scale, bottom: float) -> Iterator[str]:
    rows = [-1e9, -1e9]
    for mark in sorted(chart.marks, key=lambda one: (one.here_min is None, one.here_min or 0.0)):
        if mark.here_min is None or not scale.has(mark.here_min):
            continue
        x = scale.x(mark.here_min)
        row = _free(rows, x)
        y = 32.0 - 20 * row
        yield f'<line class="mark" x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{bottom}"/>'
        yield f'<circle class="disc" cx="{x:.1f}" cy="{y}" r="9"/>'
        yield f'<text class="number" x="{x:.1f}" y="{y + 4}">{svg_text(mark.label)}</text>'
    rows = [-1e9, -1e9]
    for mark in sorted(chart.marks, key=lambda one: one.really_min):
        if not scale.has(mark.really_min):
            continue
        x = scale.x(mark.really_min)
        y = bottom + _AXIS + 16 + 17 * _free(rows, x)
        yield f'<path class="real" d="M{x:.1f} {bottom + 1}l4 7h-8z"/>'
        yield f'<text class="number real-number" x="{x:.1f}" y="{y}">{svg_text(mark.label)}</text>'


def _free(rows: list[float], x: float) -> int:
    """The row that has room at `x`; the one with more room when none has."""
    row = 0 if x - rows[0] >= _APART or rows[0] <= rows[1] else 1
    rows[row] = x
    return row


def _keys(chart: Chart) -> Iterator[str]:
    """Which line is which, where there are several."""
    if len(chart.curves) < 2:
        return
    for place, curve in enumerate(chart.curves):
        y = _HEAD + 16 + 18 * place
        x = WIDTH - RIGHT - 96
        line = f'x1="{x}" y1="{y - 4}" x2="{x + 18}" y2="{y - 4}"'
        yield f'<line class="curve curve-{place}" {line}/>'
        yield f'<text class="key" x="{x + 24}" y="{y}">{svg_text(curve.name)}</text>'


def _spans(
    spans: Sequence[tuple[float, float]], scale: Scale, top: float, height: int, kind: str
) -> Iterator[str]:
    for start, end in spans:
        left, right = scale.x(start), scale.x(end)
        yield (
            f'<rect class="{kind}" x="{left:.1f}" y="{top}" width="{max(1.0, right - left):.1f}"'
            f' height="{height}"/>'
        )
