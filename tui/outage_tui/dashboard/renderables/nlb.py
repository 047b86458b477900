"""NLB: which zones are in DNS, why the others are not, and whether what is left is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import table, wording
from outage_tui.dashboard.renderables.area_chart import history_chart
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.not_played import not_played
from outage_tui.dashboard.renderables.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.views import NlbView, ZoneNlbView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

FLAPPING_PER_MIN: Final = 1.0
"""From this many nodes leaving DNS a minute a zone is called flapping."""
_LATE_S: Final = 5.0
"""Checks that come later than this are worth a word in the low panel."""
_STATE: Final = 22
_CHART_HEIGHT_MIN: Final = 4


def draw_nlb(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Headline, capacity against demand, the zones, failovers, and capacity over time."""
    nlb, ink = scene.view.nlb, scene.ink
    if not nlb.zones:
        return not_played("load balancers", ink, width)
    lines = [_headline(nlb, ink, width), _capacity(nlb, ink, width)]
    words = wrapped(sentence(scene), ink.bad if short(nlb) else ink.plain, width)
    rows = _table(scene, width)
    if height < len(lines) + len(words) + len(rows):
        rows = _map(scene, width)
    if height >= len(lines) + len(words) + len(rows):
        lines += words
    lines += rows
    log = _failovers(scene, width)
    room = height - len(lines) - len(log) - 1
    if room >= _CHART_HEIGHT_MIN:
        lines += [*log, Line()]
        label = "0 to 100 % of capacity in DNS"
        lines += history_chart(scene, "nlb.capacity_share", label, 1.0, width, room, ink.good)
        return lines[scroll:]
    return [*lines, *log][scroll:]


def short(nlb: NlbView) -> bool:
    """Whether less capacity is in DNS than is asked for."""
    return nlb.capacity_share < nlb.demand_share


def short_since_ns(scene: Scene) -> int | None:
    """Since when there has been less capacity than is asked for now; None: never, or always."""
    history = scene.history("nlb.capacity_share")
    return history.beyond_since_ns(scene.view.nlb.demand_share, below=True)


def severity(nlb: NlbView) -> Severity:
    """How bad the load balancers' state is."""
    if short(nlb):
        return "critical"
    if nlb.zones_out:
        return "bad"
    return "caution" if _flapping(nlb) or not nlb.failover else "ok"


def word(nlb: NlbView) -> str:
    """The state in a word or two."""
    if short(nlb):
        return "TOO LITTLE CAPACITY"
    if nlb.zones_out:
        return f"{nlb.zones_out} OF {len(nlb.zones)} ZONES OUT"
    return "FLAPPING" if _flapping(nlb) else "ALL ZONES IN"


def sentence(scene: Scene) -> str:
    """What that means for who connects through them."""
    nlb = scene.view.nlb
    capacity, demand = wording.percent(nlb.capacity_share), wording.percent(nlb.demand_share)
    if short(nlb):
        lost = wording.percent(1 - nlb.capacity_share / nlb.demand_share)
        since_ns = short_since_ns(scene)
        since = "" if since_ns is None else f" since {scene.clock.hm(since_ns)}"
        return f"Too few nodes for the demand: {lost} of connections fail{since}."
    if nlb.zones_out:
        return f"What is left carries it: {capacity} of the nodes, {demand} needed."
    if _flapping(nlb):
        return "Healthy nodes leave DNS and come back; their connections break."
    if not nlb.failover:
        return "Automatic failover is off: no zone and no node leaves DNS."
    return f"All nodes are in DNS; {demand} of them would do."


def _flapping(nlb: NlbView) -> bool:
    return any(zone.flaps_per_min >= FLAPPING_PER_MIN for zone in nlb.zones)


def _headline(nlb: NlbView, ink: Ink, width: int) -> Line:
    level = severity(nlb)
    line = Line(f" {ink.glyph(level)} {word(nlb)} ", ink.of(level))
    if width >= 40 or not nlb.failover:
        line.add(" failover ", ink.dim)
        line.add("on" if nlb.failover else "OFF", ink.strong if nlb.failover else ink.caution)
    if width >= 70:
        line.add("  nodes removed from DNS ", ink.dim)
        line.add(f"{wording.rate(nlb.removals_per_min)}/min", ink.plain)
        line.add(f", {wording.count(nlb.removals_total)} so far", ink.dim)
    return line


def _capacity(nlb: NlbView, ink: Ink, width: int) -> Line:
    """One bar for both: filled as far as capacity is left, with a mark where the demand ends."""
    capacity, demand = wording.percent(nlb.capacity_share), wording.percent(nlb.demand_share)
    line = Line("in DNS ", ink.dim).add(capacity, ink.strong).add("  needed ", ink.dim)
    line.add(demand, ink.strong).add(" ")
    cells = min(60, width - line.width)
    if cells < 6:
        return line
    filled = round(min(1.0, max(0.0, nlb.capacity_share)) * cells)
    mark = min(cells - 1, round(min(1.0, max(0.0, nlb.demand_share)) * cells))
    style = ink.bad if short(nlb) else ink.good
    for start, end, glyph, look in (
        (0, min(filled, mark), ink.glyphs.bar, style),
        (min(filled, mark), mark, ink.glyphs.groove, ink.track),
        (mark, mark + 1, ink.glyphs.playhead, ink.strong),
        (mark + 1, filled, ink.glyphs.bar, style),
        (max(filled, mark + 1), cells, ink.glyphs.groove, ink.track),
    ):
        line.add(glyph * max(0, end - start), look)
    return line


# The zones -----------------------------------------------------------------------------------


def _state(zone: ZoneNlbView) -> tuple[Severity, str]:
    if zone.state != "in":
        return "bad", zone.state
    flapping = zone.flaps_per_min >= FLAPPING_PER_MIN
    return ("caution", "flapping") if flapping else ("ok", "in")


def _state_since(scene: Scene, zone: ZoneNlbView) -> tuple[Severity, str]:
    level, state = _state(zone)
    return level, f"{state} {scene.clock.hm(zone.since_ns)}" if zone.state != "in" else state


def _map(scene: Scene, width: int) -> list[Line]:
    """Two zones a line, in words: what is left of the table in a low panel."""
    ink = scene.ink
    half = width // 2
    cells = []
    for zone in scene.view.nlb.zones:
        level, state = _state_since(scene, zone)
        cell = Line(f"az{zone.zone} ", ink.strong).add(f"{ink.glyph(level)} {state}", ink.of(level))
        late = f" {zone.lateness_s:.0f} s late"
        if zone.lateness_s >= _LATE_S and cell.width + len(late) <= half:
            cell.add(late, ink.dim)
        cells.append(cell)
    return beside(cells[0::2], cells[1::2], 1, half, ink.glyphs.ellipsis)


def _columns(ink: Ink) -> Sequence[Column[ZoneNlbView]]:
    plain = ink.plain

    def late(zone: ZoneNlbView) -> table.Cell:
        look = ink.strong if zone.lateness_s >= _LATE_S else plain
        return wording.waiting(zone.lateness_s), look

    def load(zone: ZoneNlbView) -> table.Cell:
        look = ink.strong if zone.utilisation > 1 else plain
        return wording.percent(zone.utilisation), look

    def unwell(zone: ZoneNlbView) -> table.Cell:
        return wording.percent(zone.unhealthy_share), plain

    def unknown(zone: ZoneNlbView) -> table.Cell:
        return wording.percent(zone.unknown_share), plain

    return (
        Column("in DNS", 6, 0, lambda zone: (wording.count(zone.nodes_in_dns), plain)),
        Column("unhealthy", 9, 4, unwell),
        Column("unknown", 7, 2, unknown),
        Column("late", 6, 1, late),
        Column("checkers' load", 14, 5, load),
        Column("flaps/min", 9, 3, lambda zone: (wording.rate(zone.flaps_per_min), plain)),
    )


def _table(scene: Scene, width: int) -> list[Line]:
    ink = scene.ink
    states = _STATE if width >= 40 else _STATE - 5
    columns = table.columns_that_fit(_columns(ink), width - states)
    lines = [table.header(columns, Line("zone", ink.dim).to(states), ink)]
    for zone in scene.view.nlb.zones:
        level, state = _state_since(scene, zone)
        if zone.state != "in" and states == _STATE:
            state = f"{zone.state} since {scene.clock.hm(zone.since_ns)}"
        line = Line(f"az{zone.zone} ", ink.strong)
        line.left(f"{ink.glyph(level)} {state}", states - 4, ink.of(level))
        lines.append(table.row(columns, line, zone))
    return lines


def _failovers(scene: Scene, width: int) -> list[Line]:
    """The last times a zone left DNS or came back, newest first."""
    nlb, ink = scene.view.nlb, scene.ink
    if not nlb.failovers:
        return [Line("no zone has failed over", ink.dim)]
    lines = [Line("failovers, newest first", ink.dim)]
    for place, text in enumerate(nlb.failovers):
        at_ns = nlb.failover_times_ns[place] if place < len(nlb.failover_times_ns) else None
        line = Line(f"{scene.clock.hm(at_ns)} " if at_ns is not None else "", ink.dim)
        words = wording.spaced(text)
        for aside in (" (", ": "):
            if line.width + len(words) > width:
                words = words.partition(aside)[0]
        lines.append(line.add(words, ink.plain).cut(width, ink.glyphs.ellipsis))
    return lines
