"""NLB: which zones are in DNS, why the others are not, and whether what is left is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, beside

if TYPE_CHECKING:
    from outage_agents.views import NlbView, ZoneNlbView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

FLAPPING_PER_MIN = 1.0
"""From this many nodes leaving or entering DNS a minute a zone is called flapping."""


def draw_nlb(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Headline, capacity against demand, the zones, the last failovers."""
    nlb, ink = scene.view.nlb, scene.ink
    lines = [_headline(nlb, ink), _capacity(nlb, ink)]
    if height < len(lines) + 1 + len(nlb.zones):
        lines += _map(nlb, ink, width)
    else:
        lines.append(_zone_header(ink, width))
        lines += [_zone(zone, ink, width) for zone in nlb.zones]
    if nlb.failovers:
        lines.append(Line("failovers, newest first", ink.dim))
        lines += [Line(text, ink.plain).cut(width, ink.glyphs.ellipsis) for text in nlb.failovers]
    else:
        lines.append(Line("no zone has failed over", ink.dim))
    return lines[scroll:]


def severity(nlb: NlbView) -> Severity:
    """How bad the load balancers' state is."""
    if nlb.capacity_share < nlb.demand_share:
        return "critical"
    if nlb.zones_out:
        return "bad"
    flapping = any(zone.flaps_per_min >= FLAPPING_PER_MIN for zone in nlb.zones)
    return "caution" if flapping or not nlb.failover else "ok"


def word(nlb: NlbView) -> str:
    """The state in a word or two."""
    if nlb.capacity_share < nlb.demand_share:
        return "TOO LITTLE CAPACITY"
    if nlb.zones_out:
        return f"{nlb.zones_out} OF {len(nlb.zones)} ZONES OUT"
    if any(zone.flaps_per_min >= FLAPPING_PER_MIN for zone in nlb.zones):
        return "FLAPPING"
    return "ALL ZONES IN"


def _headline(nlb: NlbView, ink: Ink) -> Line:
    level = severity(nlb)
    line = Line(f" {ink.glyph(level)} {word(nlb)} ", ink.of(level))
    line.add(" failover ", ink.dim)
    return line.add("on" if nlb.failover else "OFF", ink.strong if nlb.failover else ink.caution)


def _capacity(nlb: NlbView, ink: Ink) -> Line:
    line = Line("capacity in DNS ", ink.dim).add(wording.percent(nlb.capacity_share), ink.strong)
    line.add("  demand ", ink.dim).add(wording.percent(nlb.demand_share), ink.strong)
    line.add("  removals ", ink.dim).add(f"{wording.rate(nlb.removals_per_min)}/min", ink.plain)
    return line.add(f" ({wording.count(nlb.removals_total)} so far)", ink.dim)


def _zone_header(ink: Ink, width: int) -> Line:
    line = Line().left("zone", 15, ink.dim)
    if width >= 56:
        line.left("nodes in DNS", width - 15 - 27 - (8 if width >= 64 else 0), ink.dim)
    line.right("nodes", 6, ink.dim).right("sick", 6, ink.dim).right("late", 7, ink.dim)
    if width >= 42:
        line.right("load", 8, ink.dim)
    if width >= 64:
        line.right("flaps", 8, ink.dim)
    return line


def _state(zone: ZoneNlbView) -> tuple[Severity, str]:
    if zone.state != "in":
        return "bad", zone.state
    flapping = zone.flaps_per_min >= FLAPPING_PER_MIN
    return ("caution", "flapping") if flapping else ("ok", "in")


def _map(nlb: NlbView, ink: Ink, width: int) -> list[Line]:
    """Two zones a line, in words only: what is left of the table in a low panel."""
    half = width // 2
    cells = []
    for zone in nlb.zones:
        level, state = _state(zone)
        cell = Line(f"az{zone.zone} ", ink.strong).add(f"{ink.glyph(level)} {state}", ink.of(level))
        sick = zone.unhealthy_share + zone.unknown_share
        if half >= 24:
            cell.add(f" {wording.percent(sick)} sick", ink.dim)
        cells.append(cell)
    return beside(cells[0::2], cells[1::2], 1, half)


def _zone(zone: ZoneNlbView, ink: Ink, width: int) -> Line:
    level, state = _state(zone)
    line = Line(f"az{zone.zone} ", ink.strong)
    line.left(f"{ink.glyph(level)} {state}", 11, ink.of(level))
    share = zone.nodes_in_dns / zone.nodes if zone.nodes else 0.0
    if width >= 56:
        cells = width - 15 - 27 - (8 if width >= 64 else 0)
        line.join(bar(share, max(1, cells - 1), ink.of(level), ink)).add(" ")
    line.right(wording.count(zone.nodes_in_dns), 6, ink.plain)
    sick = zone.unhealthy_share + zone.unknown_share
    line.right(wording.percent(sick), 6, ink.plain)
    line.right(wording.waiting(zone.lateness_s), 7, ink.plain)
    if width >= 42:
        line.right(wording.percent(zone.utilisation), 8, ink.plain)
    if width >= 64:
        line.right(f"{wording.rate(zone.flaps_per_min)}/m", 8, ink.plain)
    return line
