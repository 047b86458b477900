"""Tables for terminals and documents, and the words in their cells."""

from collections.abc import Sequence

from outage_agents.scenario import Scenario
from outage_engine.clock import SECOND

NEVER = "never"
SAME_WITHIN_MIN = 0.5
"""Two moments this close are shown as the same, minutes."""


def text_table(rows: Sequence[Sequence[str]], *, gap: int = 2) -> list[str]:
    """Rows of cells as aligned lines; the first row is the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    spaces = " " * gap
    return [
        spaces.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as a Markdown table; the first row is the headings."""
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    lines.insert(1, f"|{' --- |' * len(rows[0])}")
    return lines


def clock_of(scenario: Scenario, t_min: float | None) -> str:
    """A moment in minutes after T0 as time of day, `05:28`; `never` for None."""
    if t_min is None:
        return NEVER
    return scenario.clock(scenario.epoch_ns + round(t_min * 60) * SECOND)[:5]


def difference(one: float | None, other: float | None) -> str:
    """How much later the second moment is, `+12 min`; `never` counts as infinitely late."""
    if one is None and other is None:
        return ""
    if one is None:
        return "only in B"
    if other is None:
        return "only in A"
    apart = other - one
    return "same" if abs(apart) < SAME_WITHIN_MIN else f"{apart:+.0f} min"


def shown_count(value: float) -> str:
    """A count in at most five digits: `812`, `61.4 k`, `195.5 M`."""
    for scale, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= scale:
            return f"{value / scale:.1f}{unit}"
    return f"{value:.0f}"


def shown_share(share: float) -> str:
    """A share as percent."""
    return f"{share * 100:.0f} %"
