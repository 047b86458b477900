"""What is going on in the run: what was broken on purpose, and what has happened of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_station import Drawn, ago, said, told
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.facilitator_station import Station


def draw_run(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """Faults that are on, then milestones, the newest first."""
    ink, view = station.ink, station.view
    if view is None:
        words = "A blind host sees no truth." if station.blind else "Nothing has happened yet."
        return Drawn([Line(words, ink.dim)])
    lines = []
    if view.faults:
        mends = station.keys.worded("{facilitator.mend} mends")
        lines.append(Line(f"Broken on purpose; {mends}", ink.strong))
        for fault in view.faults:
            lines += told(fault, ink.bad, width, ink.glyphs.bad, ink.bad)
    else:
        lines.append(Line("Nothing is broken on purpose.", ink.dim))
    lines += [Line(), Line("Happened in the run", ink.strong)]
    for name, t_ns in sorted(view.milestones, key=lambda row: -row[1]):
        line = Line(f"{ink.glyphs.simulated} ", ink.accent)
        line.add(f"{station.clock.hm(t_ns)} ", ink.dim).add(wording.milestone_name(said(name)))
        line.add(f"  {ago(station.ago_s(t_ns))}", ink.dim)
        lines.append(line.cut(width, ink.glyphs.ellipsis))
    if not view.milestones:
        lines.append(Line("nothing yet", ink.dim))
    return Drawn(lines)
