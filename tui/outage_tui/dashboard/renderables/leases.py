"""Leases: how many droplets have lost theirs, and whether the work done about it helps.

Congestive collapse is to be *felt*: the shards are busy, and everything they finish is too late.
The verdict and its reason come before all numbers; a low panel keeps them and drops tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import table, wording
from outage_tui.dashboard.renderables.area_chart import history_chart, largest
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.not_played import not_played
from outage_tui.dashboard.renderables.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from outage_agents.views import LeasesView, ZoneLeasesView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

_CHART_HEIGHT_MIN: Final = 3
_WIDE: Final = 64
"""From this width on the zones' numbers come before the chart."""
_FAR_S: Final = 3 * 3600.0
"""An end further away than this is told with its distance, for it may be on another day."""


def draw_leases(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Verdict, sentence, reason, totals, zones, then what room is left over time."""
    leases, ink = scene.view.leases, scene.ink
    if not leases.droplets:
        return not_played("droplets", ink, width)
    level = severity(leases)
    lines = [_headline(scene, level, width)]
    lines += wrapped(sentence(scene), ink.bad if level == "critical" else ink.plain, width)
    zones = _table(scene, width)
    why = wrapped(reason(scene), ink.dim, width)
    chart = _CHART_HEIGHT_MIN if width < _WIDE else 0
    if height < len(lines) + len(why) + len(zones) + chart and len(leases.zones) > 2:
        zones = _zone_map(leases, ink, width)
    if height >= len(lines) + len(why) + len(zones) + 1 + chart:
        lines += why
    if height > len(lines) + len(zones):
        lines.append(_totals(leases, ink, width))
    lines += zones
    room = height - len(lines)
    if room >= 1:
        lines += _charts(scene, width, room)
    return lines[scroll:]


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


def partly_cut_off(leases: LeasesView) -> bool:
    """Whether some shards renew nothing while the others work, and little is broken yet."""
    few = leases.broken <= 0.01 * leases.droplets
    return leases.verdict == "draining" and leases.shards_cut_off > 0 and few


def words(leases: LeasesView) -> str:
    """The verdict as a headline."""
    if partly_cut_off(leases):
        return "PARTLY CUT OFF"
    if leases.verdict == "metastable":
        return "METASTABLE, will not drain"
    return leases.verdict.upper()


def ending(scene: Scene, done_ns: int) -> str:
    """`about 05:27`; when that is far away, also how far."""
    away_s = (done_ns - scene.view.t_ns) / 1e9
    far = f", in {wording.duration(away_s)}" if away_s > _FAR_S else ""
    return f"about {scene.clock.hm(done_ns)}{far}"


def sentence(scene: Scene) -> str:
    """What the work that is done now is worth, with its numbers."""
    leases = scene.view.leases
    capacity = wording.rate(leases.capacity_units_s)
    useful = wording.rate(min(leases.useful_units_s, leases.capacity_units_s))
    lost = wording.rate(leases.lost_per_s)
    match leases.verdict:
        case "metastable" if leases.useful_units_s < 0.005 * leases.capacity_units_s:
            return f"All work done is wasted: 0 of {capacity} units/s finish in time."
        case "metastable":
            return f"Collapse: soon all work will be too late. Now {useful} of {capacity} units/s."
        case "losing leases" if leases.broken >= leases.droplets:
            return "No droplet has a lease, and none can be established."
        case "losing leases" if leases.lost_per_s > 0:
            return f"No lease can be renewed: {lost} of them run out each second."
        case "losing leases":
            return "No lease can be renewed; those held last half an hour or longer."
        case "draining" if partly_cut_off(leases):
            cut_off = f"{leases.shards_cut_off} of {leases.shards}"
            return f"{cut_off} DWFM shards renew no lease; the others work."
        case "draining":
            back = wording.rate(leases.established_per_s)
            done = leases.done_ns
            when = "" if done is None else f"; all are back {ending(scene, done)}"
            return f"{back} leases a second come back{when}."
        case _ if not leases.shards:
            return "A broken lease comes back in minutes."
        case _:
            return f"All work is in time: {useful} of {capacity} units/s in use."


def reason(scene: Scene) -> str:
    """Why the verdict is what it is: arrivals against what can be done, waits against deadlines."""
    leases = scene.view.leases
    if not leases.shards:
        return ""  # a recording from before these numbers were kept
    deadline = wording.duration(leases.deadline_s)
    wait = wording.waiting(leases.wait_s)
    cut_off = f"{leases.shards_cut_off} of {leases.shards}"
    if partly_cut_off(leases):
        return "Why: they are not there, or have no answer to their state checks."
    match leases.verdict:
        case "metastable":
            return (
                f"Why: {leases.load:.1f} times the work that can be done asks for service. A new"
                f" attempt waits {wait}; after {deadline} it is late and made again."
            )
        case "losing leases":
            return f"Why: {cut_off} DWFM shards have no answer to state checks: they need DynamoDB."
        case "draining":
            slow = [zone for zone in leases.zones if zone.wait_s > leases.deadline_s > 0]
            if slow:
                names = ", ".join(f"az{zone.zone}" for zone in slow)
                return (
                    f"Why: the throttle lets in what can be done in time. But {names} must first"
                    f" work off up to {wait} of old queue, which a restart of the hosts drops."
                )
            share = wording.percent(leases.load)
            return (
                f"Why: an attempt waits {wait} and may take {deadline}; renewals take {share} of"
                " the work, the rest wins leases back."
            )
        case _:
            return "Why: few leases are broken, and work does not wait."


def _headline(scene: Scene, level: Severity, width: int) -> Line:
    leases, ink = scene.view.leases, scene.ink
    whole = width >= 56 or partly_cut_off(leases)
    verdict = words(leases) if whole else leases.verdict.upper()
    line = Line(f" {ink.glyph(level)} {verdict} ", ink.of(level))
    line.add(f" {wording.count(leases.broken)}", ink.strong)
    share = leases.broken / leases.droplets if leases.droplets else 0.0
    of = f" of {wording.count(leases.droplets)}" if width >= 44 else ""
    line.add(f"{of} broken", ink.plain)
    return line.add(f" ({wording.percent(share)})", ink.dim)


def _in_time(view: LeasesView | ZoneLeasesView) -> float:
    """Attempts finished in time, each second: renewals and establishments."""
    return view.established_per_s + view.renewed_per_s


def _totals(leases: LeasesView, ink: Ink, width: int) -> Line:
    late = ink.bad if leases.late_per_s > _in_time(leases) else ink.plain
    line = Line("in time ", ink.dim).add(f"{wording.rate(_in_time(leases))}/s", ink.plain)
    line.add("  late ", ink.dim).add(f"{wording.rate(leases.late_per_s)}/s", late)
    line.add("  queue ", ink.dim).add(wording.count(leases.queue), ink.plain)
    if width >= 72 or (width >= 50 and not leases.throttle_share):
        line.add("  in flight ", ink.dim).add(wording.count(leases.in_flight), ink.plain)
    if width >= 72 or (width >= 50 and leases.throttle_share):
        share = f"{leases.throttle_share * 100:.2g} %" if leases.throttle_share else "none"
        line.add("  throttle ", ink.dim).add(share, ink.plain)
    return line


# The zones -----------------------------------------------------------------------------------

_STATES: Final[dict[str, tuple[Severity, str]]] = {
    "stable": ("ok", "ok"),
    "losing leases": ("bad", "losing"),
    "draining": ("caution", "draining"),
    "metastable": ("critical", "stuck"),
}


def _state(zone: ZoneLeasesView, leases: LeasesView) -> tuple[Severity, str]:
    if zone.verdict == "draining" and zone.wait_s > leases.deadline_s > 0:
        return "bad", "backlog"
    return _STATES.get(zone.verdict, ("unknown", zone.verdict))


def _columns(scene: Scene) -> Sequence[Column[ZoneLeasesView]]:
    ink, plain = scene.ink, scene.ink.plain

    def late(zone: ZoneLeasesView) -> table.Cell:
        wasted = zone.late_per_s > _in_time(zone)
        return f"{wording.rate(zone.late_per_s)}/s", ink.bad if wasted else plain

    def done(zone: ZoneLeasesView) -> table.Cell:
        if zone.done_ns is not None:
            away_s = (zone.done_ns - scene.view.t_ns) / 1e9
            far = away_s > _FAR_S
            return f"{away_s / 3600:.0f} h" if far else scene.clock.hm(zone.done_ns), plain
        return ("never" if zone.verdict == "metastable" else ""), plain

    def useful(zone: ZoneLeasesView) -> table.Cell:
        able = zone.capacity_units_s
        return wording.percent(min(1.0, zone.useful_units_s / able) if able else 0.0), plain

    return (
        Column("broken", 6, 0, lambda zone: (wording.count(zone.broken), plain)),
        Column("queue", 6, 3, lambda zone: (wording.count(zone.queue), plain)),
        Column("in flight", 9, 6, lambda zone: (wording.count(zone.in_flight), plain)),
        Column("in time", 7, 2, lambda zone: (f"{wording.rate(_in_time(zone))}/s", plain)),
        Column("late", 7, 1, late),
        Column("useful work", 11, 9, useful),
        Column("asked for", 9, 8, lambda zone: (f"{zone.load:.1f} x", plain)),
        Column("wait", 7, 4, lambda zone: (wording.waiting(zone.wait_s), plain)),
        Column("done", 6, 5, done),
    )


def _table(scene: Scene, width: int) -> list[Line]:
    """A row for each zone; in wide panels with a bar of the share that is broken."""
    ink = scene.ink
    names = 15 if width >= 44 else 6
    columns = table.columns_that_fit(_columns(scene), width - names)
    spare = width - names - table.width_of(columns)
    bars = min(40, spare - 1) if spare >= 5 else 0
    lines = [table.header(columns, Line("zone", ink.dim).to(names + bars + (bars > 0)), ink)]
    for zone in scene.view.leases.zones:
        level, state = _state(zone, scene.view.leases)
        line = Line(f"az{zone.zone} ", ink.strong)
        line.add(f"{ink.glyph(level)} ", _quiet(level, ink))
        if names > 6:
            line.left(state, 8, _quiet(level, ink)).add(" ")
        if bars:
            line.join(bar(_share(zone), bars, _quiet(level, ink), ink)).add(" ")
        lines.append(table.row(columns, line, zone))
    return lines


def _zone_map(leases: LeasesView, ink: Ink, width: int) -> list[Line]:
    """Two zones a row, so that a low panel has room for what matters more: the curve."""
    half = width // 2
    cells = []
    for zone in leases.zones:
        level, _ = _state(zone, leases)
        style = _quiet(level, ink)
        line = Line(f"az{zone.zone} ", ink.strong).add(f"{ink.glyph(level)} ", style)
        line.join(bar(_share(zone), max(1, half - 15), style, ink))
        cells.append(line.right(wording.count(zone.broken), 7, ink.plain))
    return beside(cells[0::2], cells[1::2], 1, half, ink.glyphs.ellipsis)


def _quiet(level: Severity, ink: Ink) -> Style:
    """Six cells in the colour of an alarm would be an alarm six times."""
    return ink.bad if level == "critical" else ink.of(level)


def _share(zone: ZoneLeasesView) -> float:
    return zone.broken / zone.droplets if zone.droplets else 0.0


# Over time -----------------------------------------------------------------------------------


def _charts(scene: Scene, width: int, height: int) -> list[Line]:
    top = float(scene.view.leases.droplets)
    label = f"0 to {wording.count(top)} broken leases"
    if height < 14:
        return history_chart(scene, "dwfm.broken", label, top, width, height)
    most = largest(scene.history("dwfm.queue")) or 1.0
    lines = history_chart(scene, "dwfm.broken", label, top, width, height - height // 2)
    words = f"0 to {wording.count(most)} attempts in the queue"
    return [*lines, *history_chart(scene, "dwfm.queue", words, most, width, height // 2)]
