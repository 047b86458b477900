"""An area chart in eighth blocks that keeps spikes: every column shows its smallest and largest
value, so that thinning to the width of the panel hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.style import Style

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Scene
    from outage_tui.dashboard.source import History

_RUNGS_H: Final = (1, 2, 4, 8, 17, 24, 48, 96, 192)


@attrs.frozen
class Columns:
    """Smallest and largest value of each column; NaN where the series has no point yet."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


def domain_ns(now_ns: int, whole_ns: int | None = None) -> int:
    """End of the time axis: the next of 1, 2, 4, 8, 17 hours, so that the curve fills the chart,
    and no later than the end of the run, `whole_ns`, when that is known."""
    hours = now_ns / 3.6e12
    end_ns = next((int(rung * 3.6e12) for rung in _RUNGS_H if hours <= rung), now_ns)
    return end_ns if whole_ns is None else max(now_ns, min(end_ns, whole_ns))


def columns(history: History, end_ns: int, width: int) -> Columns:
    """Thin a series to `width` columns over 0..end_ns. A column without a point of its own, but
    between two that have one, repeats the value before it."""
    import numpy as np  # here, so that the first picture of a run need not wait for it

    low = np.full(width, np.nan)
    high = np.full(width, np.nan)
    times = np.asarray(history.times_ns, dtype=np.float64)
    values = np.asarray(history.values, dtype=np.float64)
    if not len(times) or end_ns <= 0 or width <= 0:
        return Columns(low, high)
    column = np.minimum((times * (width / end_ns)).astype(np.int64), width - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    low[column[starts]] = np.minimum.reduceat(values, starts)
    high[column[starts]] = np.maximum.reduceat(values, starts)
    known = np.flatnonzero(~np.isnan(high))
    gaps = np.flatnonzero(np.isnan(high[: known[-1]]))
    gaps = gaps[gaps > known[0]]
    before = known[np.searchsorted(known, gaps) - 1]
    low[gaps] = high[gaps] = values[np.searchsorted(column, before, side="right") - 1]
    return Columns(low, high)


def largest(history: History) -> float:
    """The largest value of a series; 0 when it has none."""
    if not len(history.values):
        return 0.0
    import numpy as np

    return float(np.asarray(history.values, dtype=np.float64).max())


def area_chart(
    thinned: Columns, top: float, height: int, ink: Ink, area: Style | None = None
) -> list[Line]:
    """The chart alone, `height` rows, the highest first. `top` is the value of the upper edge;
    `area` is the look of what is filled, where more of it is not worse."""
    import numpy as np

    filled, spread = (ink.area, ink.spread) if area is None else (area, ink.track)

    scale = height * 8 / top if top > 0 else 0.0
    low = np.nan_to_num(thinned.low * scale)
    high = np.nan_to_num(thinned.high * scale)
    # A value above nothing must be seen, however small.
    low = np.where((low > 0) & (low < 1), 1, low)
    high = np.where((high > 0) & (high < 1), 1, high)
    lows, highs = low.astype(int).tolist(), high.astype(int).tolist()
    eighths = ink.glyphs.eighths
    lines = []
    for row in range(height):
        floor = (height - 1 - row) * 8
        line = Line()
        run, run_style = "", filled
        for low_8, high_8 in zip(lows, highs, strict=True):
            fill = min(8, max(0, high_8 - floor))
            style = filled if low_8 >= floor + fill else spread
            if style is not run_style:
                line.add(run, run_style)
                run, run_style = "", style
            run += eighths[fill]
        lines.append(line.add(run, run_style))
    return lines


def history_chart(
    scene: Scene,
    name: str,
    label: str,
    top: float,
    width: int,
    height: int,
    area: Style | None = None,
) -> list[Line]:
    """A series over the run in `height` rows, the last of them the time axis with its label."""
    if height < 2:
        return []  # a curve that does not say what it shows is worse than none
    history, axis = scene.history(name), time_axis(scene, label, width)
    if not len(history.times_ns):
        return [*(Line(" " * width) for _ in range(height - 1)), axis]
    end_ns = domain_ns(scene.view.t_ns, int(scene.hello.duration_s * 1e9))
    return [*area_chart(columns(history, end_ns, width), top, height - 1, scene.ink, area), axis]


def time_axis(scene: Scene, label: str, width: int) -> Line:
    """The first and the last moment of a chart, and between them what it shows."""
    ink = scene.ink
    ends = scene.clock.hm(domain_ns(scene.view.t_ns, int(scene.hello.duration_s * 1e9)))
    axis = Line(scene.clock.hm(0), ink.dim).add(f"  {label}", ink.dim)
    axis = axis.cut(max(0, width - len(ends) - 1), ink.glyphs.ellipsis)
    return axis.to(width - len(ends)).add(ends, ink.dim)
