"""All milestones in a table: when in this run, when really, how far off, and how much may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.timeline import reference_milestones
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.timeline import last_milestone

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.views import MilestoneView
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Scene

_NAME_WIDTH: Final = 28
_HEAD: Final = (("this run", 9), ("really", 9), ("min off", 9), ("may be", 8), ("  kind", 0))


def draw_milestones(scene: Scene, width: int, height: int) -> list[Line]:
    """Heading and as many rows as fit, around the milestone reached last."""
    if height <= 0:
        return []
    ink = scene.ink
    head = Line("  ").left("milestone", _NAME_WIDTH, ink.dim)
    for title, cells in _HEAD:
        head.right(title, max(cells, len(title)), ink.dim)
    rows = [_row(scene, milestone) for milestone in rows_of(scene, height)]
    return [line.cut(width, ink.glyphs.ellipsis) for line in [head, *rows]][:height]


def rows_of(scene: Scene, height: int) -> list[MilestoneView]:
    """The milestones shown in `height` lines, the first of which is the heading."""
    ordered = sorted(scene.milestones, key=lambda m: m.reference_min)
    room = max(0, height - 1)
    last = last_milestone(scene)
    at = ordered.index(last) if last is not None else 0
    first = max(0, min(at - room // 2, len(ordered) - room))
    return ordered[first : first + room]


def _row(scene: Scene, milestone: MilestoneView) -> Line:
    ink, clock = scene.ink, scene.clock
    reached_ns = None if milestone.t_min is None else clock.of_minutes(milestone.t_min)
    reached = reached_ns is not None and reached_ns <= scene.view.t_ns
    last = milestone is last_milestone(scene)
    style = ink.strong if last else ink.plain if reached else ink.dim
    line = Line(f"{ink.glyphs.simulated} " if last else "  ", ink.accent)
    line.left(wording.milestone_name(milestone.id), _NAME_WIDTH, style)
    line.right("" if reached_ns is None else clock.hm(reached_ns), 9, style)
    line.right(clock.hm(clock.of_minutes(milestone.reference_min)), 9, ink.plain)
    off, off_style = _off(scene, milestone)
    line.right(off, 9, off_style)
    line.right(_tolerance(milestone, ink), 8, ink.dim)
    return line.add(f"  {_kind(milestone)}", ink.dim)


def _off(scene: Scene, milestone: MilestoneView) -> tuple[str, Style]:
    ink = scene.ink
    if milestone.t_min is None:
        return "", ink.dim
    off_min = milestone.t_min - milestone.reference_min
    allowed = _TOLERANCES.get(milestone.id)
    if allowed is not None and abs(off_min) > allowed:
        return f"{round(off_min):+d} {ink.glyphs.bad}", ink.bad
    return f"{round(off_min):+d}" if round(off_min) else "0", ink.plain


def _tolerance(milestone: MilestoneView, ink: Ink) -> str:
    allowed = _TOLERANCES.get(milestone.id)
    return "" if allowed is None else f"{ink.glyphs.either}{allowed:g}"


def _kind(milestone: MilestoneView) -> str:
    match milestone.kind:
        case "emergent" if milestone.staged:
            return "emergent; the slow Enactor is staged"
        case "emergent":
            return "emergent"
        case "action":
            return "operators, by script or by hand"
        case _:
            return "what people learned; in drills"


_TOLERANCES: Final = {event.id: event.tolerance_min for event in reference_milestones()}
"""Minutes by which an emergent milestone may be off."""
