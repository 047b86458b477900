"""How fast a counter grew over the run, in one row of eighth blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.style import Style

    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.source import History


def growth(history: History, end_ns: int, width: int) -> NDArray[np.float64]:
    """Growth each second of a counter in each of `width` columns over 0..end_ns.

    NaN after the last point. The column of the last point counts as far as it has come.
    """
    import numpy as np  # here, so that the first picture of a run need not wait for it

    rates = np.full(max(0, width), np.nan)
    times = np.asarray(history.times_ns, dtype=np.int64)
    if not len(times) or end_ns <= 0 or width <= 0:
        return rates
    edges = np.arange(width + 1) * (end_ns / width)
    last = int(times[-1])
    begun = min(width, max(1, int(edges.searchsorted(last))))
    edges[begun] = max(last, edges[begun - 1] + 1)
    places = np.searchsorted(times, edges[: begun + 1], side="right") - 1
    totals = np.asarray(history.values, dtype=np.float64)[np.maximum(places, 0)]
    rates[:begun] = np.diff(totals) / (np.diff(edges[: begun + 1]) / 1e9)
    return rates


def sparkline(values: NDArray[np.float64], top: float, style: Style, ink: Ink) -> Line:
    """One row; `top` fills a cell, anything above nothing is seen, what is unknown is blank."""
    import numpy as np

    eighths = ink.glyphs.eighths
    steps = np.nan_to_num(values * (8 / top if top > 0 else 0.0))
    steps = np.where((steps > 0) & (steps < 1), 1, np.clip(steps, 0, 8))
    known = (~np.isnan(values)).tolist()
    blanks = [ink.glyphs.groove if there else " " for there in known]
    line = Line()
    run, run_style = "", style
    for step, blank in zip(steps.astype(int).tolist(), blanks, strict=True):
        look = style if step else ink.track
        if look is not run_style:
            line.add(run, run_style)
            run, run_style = "", look
        run += eighths[step] if step else blank
    return line.add(run, run_style)
