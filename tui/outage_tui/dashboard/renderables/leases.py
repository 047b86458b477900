"""Leases: how many droplets have lost theirs, and whether the work done about it helps.

Congestive collapse is to be *felt*: the shards are busy, and everything they finish is too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.area_chart import area_chart, columns, domain_ns
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, beside, wrapped

if TYPE_CHECKING:
    from outage_agents.views import LeasesView, ZoneLeasesView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene


def draw_leases(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Verdict, sentence, zones, then the broken leases over time in what room is left."""
    leases, ink = scene.view.leases, scene.ink
    level = severity(leases)
    lines = [_headline(scene, level)]
    lines += wrapped(sentence(scene), ink.bad if level == "critical" else ink.plain, width)
    zones = [_zone_header(ink, width), *(_zone(zone, ink, width) for zone in leases.zones)]
    if height < len(lines) + len(zones) + _CHART_HEIGHT_MIN and len(leases.zones) > 2:
        zones = _zone_map(leases, ink, width)
    if height > len(lines) + len(zones):
        lines.append(_totals(leases, ink))
    lines += zones
    room = height - len(lines)
    if room >= 1:
        lines += _chart(scene, width, room)
    return lines[scroll:]


_CHART_HEIGHT_MIN: Final = 3


def severity(leases: LeasesView) -> Severity:
    """How bad the fleet's state is."""
    match leases.verdict:
        case "metastable":
            return "critical"
        case "losing leases":
            return "bad"
        case "draining":
            return "caution"
        case _:
            return "ok"


def sentence(scene: Scene) -> str:
    """The verdict, said in a sentence with the numbers that lead to it."""
    leases = scene.view.leases
    finished = leases.established_per_s + leases.late_per_s
    match leases.verdict:
        case "metastable":
            return (
                f"Will not drain: {wording.rate(leases.established_per_s)} of"
                f" {wording.rate(finished)} attempts/s end in time; the rest is wasted."
            )
        case "losing leases":
            return "State checks fail: leases run out."
        case "draining":
            done = leases.done_ns
            when = f", done about {scene.clock.hm(done)}" if done is not None else ""
            return f"{wording.rate(leases.established_per_s)} leases a second come back{when}."
        case _:
            return "A broken lease comes back in minutes."


def _headline(scene: Scene, level: Severity) -> Line:
    leases, ink = scene.view.leases, scene.ink
    line = Line(f" {ink.glyph(level)} {leases.verdict.upper()} ", ink.of(level))
    line.add(f" {wording.count(leases.broken)}", ink.strong)
    share = leases.broken / leases.droplets if leases.droplets else 0.0
    line.add(f" of {wording.count(leases.droplets)} broken", ink.plain)
    return line.add(f" ({wording.percent(share)})", ink.dim)


def _totals(leases: LeasesView, ink: Ink) -> Line:
    line = Line("queue ", ink.dim).add(wording.count(leases.queue), ink.plain)
    line.add("  in flight ", ink.dim).add(wording.count(leases.in_flight), ink.plain)
    throttle = leases.throttle_share
    words = f"{throttle * 100:.2g} % outstanding" if throttle else "none"
    return line.add("  throttle ", ink.dim).add(words, ink.plain)


def _zone_header(ink: Ink, width: int) -> Line:
    line = Line("zone ", ink.dim).to(_bar_end(width)).right("broken", 8, ink.dim)
    line.right("queue", 8, ink.dim)
    if width >= 60:
        line.right("in flight", 10, ink.dim)
    if width >= 42:
        line.right("in time", 9, ink.dim)
    line.right("late", 7, ink.dim)
    if width >= 52:
        line.right("wait", 8, ink.dim)
    return line


def _bar_end(width: int) -> int:
    columns_width = 8 + 8 + 7 + (10 if width >= 60 else 0) + (9 if width >= 42 else 0)
    columns_width += 8 if width >= 52 else 0
    return max(5, width - columns_width)


def _zone_map(leases: LeasesView, ink: Ink, width: int) -> list[Line]:
    """Two zones a row, so that a low panel has room for what matters more: the curve."""
    half = width // 2
    cells = []
    for zone in leases.zones:
        share = zone.broken / zone.droplets if zone.droplets else 0.0
        style = ink.bad if share > 0.05 else ink.good
        line = Line(f"az{zone.zone} ", ink.strong).join(bar(share, max(1, half - 14), style, ink))
        cells.append(line.right(wording.count(zone.broken), 8, ink.plain))
    return beside(cells[0::2], cells[1::2], 1, half)


def _zone(zone: ZoneLeasesView, ink: Ink, width: int) -> Line:
    share = zone.broken / zone.droplets if zone.droplets else 0.0
    wasted = zone.late_per_s > zone.established_per_s
    style = ink.bad if share > 0.05 else ink.good
    line = Line(f"az{zone.zone}  ", ink.strong)
    cells = _bar_end(width) - line.width - 1
    if cells >= 3:
        line.join(bar(share, cells, style, ink))
    line.to(_bar_end(width)).right(wording.count(zone.broken), 8, ink.plain)
    line.right(wording.count(zone.queue), 8, ink.plain)
    if width >= 60:
        line.right(wording.count(zone.in_flight), 10, ink.plain)
    if width >= 42:
        line.right(f"{wording.rate(zone.established_per_s)}/s", 9, ink.plain)
    line.right(f"{wording.rate(zone.late_per_s)}/s", 7, ink.bad if wasted else ink.plain)
    if width >= 52:
        line.right(wording.waiting(zone.wait_s), 8, ink.plain)
    return line


def _chart(scene: Scene, width: int, height: int) -> list[Line]:
    ink, leases = scene.ink, scene.view.leases
    history = scene.history("dwfm.broken")
    end_ns = domain_ns(scene.view.t_ns)
    top = float(leases.droplets)
    if height < 3:
        return area_chart(columns(history, end_ns, width), top, 1, ink)
    lines = area_chart(columns(history, end_ns, width), top, height - 1, ink)
    label = f"broken leases, full height {wording.count(top)}"
    ends = scene.clock.hm(end_ns)
    axis = Line(scene.clock.hm(0), ink.dim).add(f"  {label}", ink.dim)
    axis = axis.cut(max(0, width - len(ends) - 1), ink.glyphs.ellipsis)
    return [*lines, axis.to(width - len(ends)).add(ends, ink.dim)]
