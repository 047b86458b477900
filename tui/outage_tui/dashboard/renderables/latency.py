"""Latency: a table of percentiles for every operation, and the curve of one of them.

The interval's numbers answer "how is it now", the whole run's curve "how bad did it get". The
curve's bars grow with the logarithm of the latency: a tail a hundred times the median still fits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from outage_agents.views import LatencyView
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Scene

_PERCENTILES = ("p0", "p50", "p75", "p90", "p95", "p99", "p99.5", "p99.9", "p99.95", "p99.99")


def draw_latency(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """The table, then the curve of the operation that `scroll` selects."""
    ink, operations = scene.ink, scene.view.latency
    if not operations:
        return [Line("nothing measured yet", ink.dim)]
    chosen = operations[scroll % len(operations)]
    lines = [_header(ink, width)]
    lines += [_row(view, ink, width, chosen=view is chosen) for view in operations]
    if height - len(lines) >= 4 and chosen.total:
        lines += _curve(chosen, ink, width, height - len(lines))
    return lines


def _header(ink: Ink, width: int) -> Line:
    line = Line().left("operation, now", _name_width(width), ink.dim)
    for name in _shown(width):
        line.right(name, 9, ink.dim)
    return line


def _shown(width: int) -> tuple[str, ...]:
    if width >= 74:
        return ("n", "p50", "p90", "p99", "p99.9", "max")
    return ("p50", "p90", "p99", "max") if width >= 54 else ("p50", "p99")


def _name_width(width: int) -> int:
    return max(10, width - 9 * len(_shown(width)))


def _row(view: LatencyView, ink: Ink, width: int, *, chosen: bool) -> Line:
    line = Line().left(view.operation, _name_width(width), ink.strong if chosen else ink.plain)
    values = {
        "n": wording.count(view.count),
        "p50": wording.milliseconds(view.p50_ms),
        "p90": wording.milliseconds(view.p90_ms),
        "p99": wording.milliseconds(view.p99_ms),
        "p99.9": wording.milliseconds(view.p999_ms),
        "max": wording.milliseconds(view.max_ms),
    }
    for name in _shown(width):
        text = values[name] if view.count or name == "n" else "none"
        line.right(text, 9, ink.plain if view.count else ink.dim)
    return line


def _curve(view: LatencyView, ink: Ink, width: int, height: int) -> list[Line]:
    title = Line(f"{view.operation}, whole run", ink.strong)
    title.add(f"  n {wording.count(view.total)}", ink.dim)
    title.add(f"  max {wording.milliseconds(view.total_max_ms)}", ink.dim)
    points = list(zip(_PERCENTILES, view.curve_ms, strict=False))[1:]
    if len(points) > height - 1:
        wanted = ("p50", "p90", "p99", "p99.9", "p99.99")
        points = [point for point in points if point[0] in wanted][: height - 1]
    largest = max(value for _, value in points)
    floor = min(value for _, value in points if value > 0) if largest > 0 else 1.0
    lines = [title]
    for name, value in points:
        line = Line().left(name, 7, ink.dim).right(wording.milliseconds(value), 9, ink.plain)
        line.add(" ")
        share = _logarithmic(value, floor / 3, largest)
        lines.append(line.join(bar(share, max(1, width - line.width), ink.accent, ink)))
    return lines


def _logarithmic(value: float, floor: float, largest: float) -> float:
    if value <= floor or largest <= floor:
        return 0.0
    return math.log(value / floor) / math.log(largest / floor)
