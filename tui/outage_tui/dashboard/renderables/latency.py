"""Latency: a table of percentiles for every operation, and the curve of one of them.

The table answers "how is it now", and how many times longer than before it takes. The curve shows
the whole distribution: to the right, on a logarithmic axis, ever rarer and slower calls up to one
of ten thousand; upwards the logarithm of the latency, for a tail is a thousand times the median.
Another distribution can be laid behind it: from before the event, of the whole run, or of another
recording.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables import table, wording
from outage_tui.dashboard.renderables.braille import Canvas
from outage_tui.dashboard.renderables.ink import ASCII
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.table import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outage_agents.views import LatencyCurve, LatencyView
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Scene

_CURVE_HEIGHT_MIN: Final = 4
_OPERATIONS: Final = {
    "dynamodb.call": "DynamoDB call",
    "dwfm.establish": "lease",
    "ec2.launch": "launch",
    "nm.propagation": "network state",
    "nlb.check": "health check",
    "dns.apply": "DNS apply",
}
"""In the order of the rows, with the names that people use."""
_NAME: Final = 14
_SIXTHS: Final = 24
"""Steps of a curve, six to each tenth."""
_MARKS: Final = ((0, "fastest"), (6, "p90"), (12, "p99"), (18, "p99.9"), (24, "p99.99"))
_AXIS: Final = 9
_MUCH: Final = 2.0
"""From so many times the latency before the event on it is worth bold type."""

BEFORE: Final = "before the event"
RUN: Final = "whole run"


@attrs.frozen
class Behind:
    """What is laid behind the curve."""

    name: str = ""
    """`before the event`, `whole run`, or what the other curves are called; empty: nothing."""
    curves: Mapping[str, LatencyCurve] = attrs.field(factory=dict)
    """By operation; only for another recording's."""

    def of(self, view: LatencyView) -> LatencyCurve | None:
        """The curve of one operation; None when there is none."""
        if self.name == BEFORE:
            return view.before
        if self.name == RUN:
            return view.run
        return self.curves.get(view.operation)


NOTHING: Final = Behind()


def draw_latency(
    scene: Scene, width: int, height: int, scroll: int = 0, behind: Behind = NOTHING
) -> list[Line]:
    """The table, then the curve of the operation that `scroll` selects."""
    ink, operations = scene.ink, in_order(scene.view.latency)
    if not operations:
        return [Line("nothing measured yet", ink.dim)]
    chosen = operations[scroll % len(operations)]
    columns = table.columns_that_fit(_columns(ink, behind), width - _NAME)
    lines = [table.header(columns, Line("now", ink.dim).to(_NAME), ink)]
    for view in operations:
        line = Line().left(words(view), _NAME, ink.strong if view is chosen else ink.plain)
        lines.append(table.row(columns, line, view))
    room = height - len(lines)
    if room >= _CURVE_HEIGHT_MIN:
        lines += _picture(chosen, behind, ink, width, room)
    return lines


def in_order(operations: Sequence[LatencyView]) -> list[LatencyView]:
    """What customers feel first; operations that nobody knows by name last."""
    order = list(_OPERATIONS)
    return sorted(
        operations,
        key=lambda view: order.index(view.operation) if view.operation in order else len(order),
    )


def words(view: LatencyView) -> str:
    """The operation as people call it."""
    return _OPERATIONS.get(view.operation, view.operation)


def _columns(ink: Ink, behind: Behind) -> Sequence[Column[LatencyView]]:
    plain, dim = ink.plain, ink.dim

    def of(value: float, view: LatencyView) -> table.Cell:
        return (wording.milliseconds(value), plain) if view.count else ("none", dim)

    def slower(view: LatencyView) -> table.Cell:
        """The interval's p99 relative to that of what is laid behind, or of before the event."""
        other = behind.of(view) if behind.name else view.before
        if other is None or not view.count or other.points_ms[12] <= 0:
            return "", dim
        factor = view.p99_ms / other.points_ms[12]
        look = ink.strong if factor >= _MUCH else dim
        return f"{wording.count(factor) if factor >= 9.95 else f'{factor:.1f}'} x", look

    return (
        Column("n", 6, 4, lambda view: (wording.count(view.count), plain)),
        Column("p50", 8, 0, lambda view: of(view.p50_ms, view)),
        Column("p90", 8, 5, lambda view: of(view.p90_ms, view)),
        Column("p99", 8, 1, lambda view: of(view.p99_ms, view)),
        Column("p99.9", 8, 6, lambda view: of(view.p999_ms, view)),
        Column("p99.99", 8, 8, lambda view: of(view.p9999_ms, view)),
        Column("max", 8, 3, lambda view: of(view.max_ms, view)),
        Column("x " + (_short(behind.name) or "before"), 8, 2, slower),
        Column("run n", 6, 12, lambda view: (wording.count(view.total), plain)),
        Column("run p50", 8, 9, lambda view: (wording.milliseconds(view.total_p50_ms), plain)),
        Column("run p99", 8, 10, lambda view: (wording.milliseconds(view.total_p99_ms), plain)),
        Column("run max", 8, 11, lambda view: (wording.milliseconds(view.total_max_ms), plain)),
    )


def _short(name: str) -> str:
    return {BEFORE: "before", RUN: "run"}.get(name, "other" if name else "")


# The curve -----------------------------------------------------------------------------------


def _picture(
    view: LatencyView, behind: Behind, ink: Ink, width: int, height: int
) -> list[Line]:  # fmt: skip
    now, other = view.interval, behind.of(view) if behind.name else None
    lines = [_legend(view, behind, ink, width)]
    curves = [curve for curve in (now, other) if curve is not None]
    cells, rows = width - _AXIS, height - 2
    if not curves or cells < 8:
        return [*lines, Line("nothing was measured in the last interval", ink.dim)]
    low, high = _range(curves)
    canvas = Canvas(cells, rows, ascii_only=ink.glyphs == ASCII)
    if other is not None:
        canvas.curve(_points(other, low, high), ink.caution, dotted=True)
    if now is not None:
        canvas.curve(_points(now, low, high), ink.accent)
    for place, line in enumerate(canvas.lines(ink.plain)):
        lines.append(_scale(place, rows, low, high, ink).join(line))
    return [*lines, _axis(cells, ink)]


def _legend(view: LatencyView, behind: Behind, ink: Ink, width: int) -> Line:
    line = Line(words(view), ink.strong)
    line.add("  now ", ink.dim).add(ink.glyphs.bar * 2, ink.accent)
    if behind.name:
        known = behind.of(view)
        name = behind.name if width >= 48 else _short(behind.name)
        line.add(f"  {name} ", ink.dim).add(ink.glyphs.dot * 3, ink.caution)
        line.add("" if known else " nothing measured", ink.dim)
    elif width >= 46:
        line.add("  c compares", ink.dim)
    return line.cut(width, ink.glyphs.ellipsis)


def _range(curves: Sequence[LatencyCurve]) -> tuple[float, float]:
    """Logarithms of the smallest and the largest latency shown; at least a factor of ten apart."""
    low = min(max(curve.points_ms[0], 1e-3) for curve in curves)
    high = max(max(curve.points_ms[-1], 1e-3) for curve in curves)
    bottom, top = math.log10(low), math.log10(high)
    spare = max(0.0, 1.0 - (top - bottom)) / 2
    return bottom - spare - 0.05, top + spare + 0.05


def _points(curve: LatencyCurve, low: float, high: float) -> list[tuple[float, float]]:
    return [
        (place / _SIXTHS, (math.log10(max(value, 1e-3)) - low) / (high - low))
        for place, value in enumerate(curve.points_ms)
    ]


def _scale(place: int, rows: int, low: float, high: float, ink: Ink) -> Line:
    """The latency in the middle of a row; every third row says it."""
    if place % 3 and place != rows - 1:
        return Line().to(_AXIS)
    value = 10 ** (high - (place + 0.5) / rows * (high - low))
    return Line().right(wording.milliseconds(value), _AXIS - 1, ink.dim).add(" ")


def _axis(cells: int, ink: Ink) -> Line:
    line = Line().to(_AXIS)
    for place, name in _MARKS:
        at = _AXIS + min(cells - len(name), max(0, place * cells // _SIXTHS - len(name) // 2))
        if at > line.width or place == 0:
            line.to(at).add(name, ink.dim)
    return line
