"""The timeline: this run's milestones above the rail, those of 20 October 2025 below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.views import MilestoneView
    from outage_tui.dashboard.renderables.scene import Scene


def draw_timeline(scene: Scene, width: int, height: int) -> list[Line]:
    """Simulated, rail, real, hours, and in words the last milestone and the next."""
    if height <= 0:
        return []
    words = _words(scene, width)
    rail = _rail(scene, width)
    if height == 1:
        return [rail]
    if height < 5:
        return [rail, words, _hours(scene, width)][:height]
    return [_simulated(scene, width), rail, _real(scene, width), _hours(scene, width), words]


def column_of(scene: Scene, t_ns: int, width: int) -> int:
    """Where a moment is on a timeline `width` cells wide."""
    whole = max(1, int(scene.hello.duration_s * 1e9))
    return max(0, min(width - 1, t_ns * width // whole))


def moment_at(scene: Scene, column: int, width: int) -> int:
    """The moment at a column: the reverse of `column_of`, for clicks."""
    whole = int(scene.hello.duration_s * 1e9)
    return max(0, min(whole, column * whole // max(1, width - 1)))


def _cells(width: int, marks: list[tuple[int, str, Style]]) -> Line:
    cells: list[tuple[str, Style] | None] = [None] * width
    for column, text, style in marks:
        for offset, character in enumerate(text):
            if 0 <= column + offset < width:
                cells[column + offset] = (character, style)
    line = Line()
    blank = 0
    for cell in cells:
        if cell is None:
            blank += 1
            continue
        line.add(" " * blank)
        blank = 0
        line.add(*cell)
    return line


def _simulated(scene: Scene, width: int) -> Line:
    ink = scene.ink
    marks: list[tuple[int, str, Style]] = []
    for milestone in scene.milestones:
        if milestone.t_min is not None:
            column = column_of(scene, scene.clock.of_minutes(milestone.t_min), width)
            style = ink.accent if milestone.kind == "emergent" else ink.plain
            marks.append((column, ink.glyphs.simulated, style))
    for marker in scene.markers:
        marks.append((column_of(scene, marker.t_ns, width), ink.glyphs.marker, ink.caution))
    return _cells(width, marks)


def _real(scene: Scene, width: int) -> Line:
    ink = scene.ink
    marks: list[tuple[int, str, Style]] = []
    for milestone in scene.milestones:
        column = column_of(scene, scene.clock.of_minutes(milestone.reference_min), width)
        marks.append((column, ink.glyphs.real, ink.plain))
    return _cells(width, marks)


def _rail(scene: Scene, width: int) -> Line:
    ink = scene.ink
    at = column_of(scene, scene.view.t_ns, width)
    line = Line(ink.glyphs.bar * at, ink.accent).add(ink.glyphs.playhead, ink.strong)
    return line.add(ink.glyphs.groove * (width - at - 1), ink.track)


def _hours(scene: Scene, width: int) -> Line:
    hours = int(scene.hello.duration_s // 3600)
    step = next((n for n in (1, 2, 3, 6, 12, 24) if width * n >= hours * 7), 48)
    marks: list[tuple[int, str, Style]] = []
    for hour in range(0, hours + 1, step):
        t_ns = hour * 3600 * wording.SECOND_NS
        column = column_of(scene, t_ns, width)
        if column + 5 <= width:
            marks.append((column, scene.clock.hm(t_ns), scene.ink.dim))
    return _cells(width, marks)


def _words(scene: Scene, width: int) -> Line:
    ink = scene.ink
    line = Line()
    last = last_milestone(scene)
    if last is not None and last.t_min is not None:
        at = scene.clock.hm(scene.clock.of_minutes(last.t_min))
        line.add("last: ", ink.dim).add(wording.milestone_name(last.id), ink.strong)
        real = scene.clock.hm(scene.clock.of_minutes(last.reference_min))
        error = wording.early_or_late(last.t_min - last.reference_min)
        line.add(f" {at} (really {real}, {error})  ", ink.plain)
    following = next_milestone(scene)
    if following is not None:
        at = scene.clock.hm(scene.clock.of_minutes(following.reference_min))
        line.add("next, really: ", ink.dim)
        line.add(f"{wording.milestone_name(following.id)} {at}", ink.plain)
    legend = f"{ink.glyphs.simulated} this run  {ink.glyphs.real} 20 October 2025 "
    if line.width + len(legend) + 2 <= width:
        line.to(width - len(legend)).add(legend, ink.dim)
    return line.cut(width, ink.glyphs.ellipsis)


def last_milestone(scene: Scene) -> MilestoneView | None:
    """The latest that has happened in this run."""
    now_min = scene.view.t_ns / 60e9 - scene.hello.epoch_s / 60
    happened = [m for m in scene.milestones if m.t_min is not None and m.t_min <= now_min]
    return max(happened, key=lambda m: m.t_min or 0.0, default=None)


def next_milestone(scene: Scene) -> MilestoneView | None:
    """The earliest of the real ones that has not happened in this run."""
    now_min = scene.view.t_ns / 60e9 - scene.hello.epoch_s / 60
    waiting = [
        m
        for m in scene.milestones
        if (m.t_min is None or m.t_min > now_min)
        and m.kind != "knowledge"
        and m.reference_min >= now_min
    ]
    return min(waiting, key=lambda m: m.reference_min, default=None)
