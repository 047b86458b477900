"""EC2 launches by result, and the Network Manager that owes new instances their connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.area_chart import area_chart, columns, domain_ns
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from outage_agents.views import Ec2View, NetworkManagerView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene


def draw_launches(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Launches above, propagation below, its waiting time over time in what room is left."""
    ec2, manager, ink = scene.view.ec2, scene.view.network_manager, scene.ink
    lines = [_headline(ec2, ink, width), *_results(ec2, ink, width, compact=height < 14)]
    lines += wrapped(f"limit: {limit(ec2)}", ink.plain if limit(ec2) != "none" else ink.dim, width)
    if height >= 14:
        lines.append(Line())
    lines += _propagation(manager, ec2, ink, width)
    room = height - len(lines)
    if room >= 1:
        lines += _chart(scene, width, room)
    return lines[scroll:]


def limit(ec2: Ec2View) -> str:
    """What keeps launches from succeeding, most deliberate first."""
    if ec2.throttle:
        return ec2.throttle.removeprefix("launches limited to ")
    if ec2.request_limit_per_s > 0:
        return "requests (the refused ask again)"
    if ec2.insufficient_capacity_per_s > 0:
        return "droplets that have a lease"
    return "DynamoDB" if ec2.failed_per_s > 0 else "none"


def launch_severity(ec2: Ec2View) -> Severity:
    """How bad launches are."""
    if ec2.demand_per_s <= 0:
        return "unknown"
    share = ec2.launched_per_s / ec2.demand_per_s
    if share < 0.1:
        return "critical"
    if share < 0.9:
        return "bad"
    return "caution" if share < 0.99 or ec2.throttle else "ok"


def propagation_severity(manager: NetworkManagerView) -> Severity:
    """How bad the waiting time for network state is."""
    if manager.wait_s > 120:
        return "bad"
    return "caution" if manager.wait_s > 5 else "ok"


def _headline(ec2: Ec2View, ink: Ink, width: int) -> Line:
    level = launch_severity(ec2)
    word = {"ok": "LAUNCHES OK", "unknown": "NO DEMAND", "caution": "LAUNCHES LIMITED"}.get(
        level, "LAUNCHES FAIL"
    )
    line = Line(f" {ink.glyph(level)} {word} ", ink.of(level))
    share = ec2.launched_per_s / ec2.demand_per_s if ec2.demand_per_s > 0 else 0.0
    line.add(f" {wording.percent(min(1.0, share))} succeed", ink.strong)
    return line.add(f" of {wording.rate(ec2.demand_per_s)}/s" if width >= 36 else "", ink.dim)


def _results(ec2: Ec2View, ink: Ink, width: int, *, compact: bool) -> list[Line]:
    """One row a result; where there is little room, without those that do not occur."""
    rows = (
        ("launched", ec2.launched_per_s, ink.good),
        ("insufficient capacity", ec2.insufficient_capacity_per_s, ink.bad),
        ("request limit exceeded", ec2.request_limit_per_s, ink.caution),
        ("failed (DynamoDB)", ec2.failed_per_s, ink.bad),
    )
    lines = []
    for name, value, style in rows:
        if compact and value == 0 and name != "launched":
            continue
        line = Line().left(name, 23, ink.plain).right(f"{wording.rate(value)}/s", 8, ink.strong)
        cells = width - line.width - 1
        if cells >= 4 and ec2.demand_per_s > 0:
            line.add(" ").join(bar(value / ec2.demand_per_s, cells, style, ink))
        lines.append(line)
    return lines


def _propagation(manager: NetworkManagerView, ec2: Ec2View, ink: Ink, width: int) -> list[Line]:
    level = propagation_severity(manager)
    word = {"ok": "NETWORK STATE OK", "caution": "NETWORK STATE SLOW"}.get(
        level, "NETWORK STATE LATE"
    )
    head = Line(f" {ink.glyph(level)} {word} ", ink.of(level))
    wait = wording.waiting(manager.wait_s)
    head.add(f" waits {wait}" if width >= 36 else f" {wait}", ink.strong)
    backlog = Line("backlog ", ink.dim).add(wording.count(manager.backlog), ink.plain)
    backlog.add("  inflow ", ink.dim).add(wording.percent(manager.inflow_share), ink.plain)
    backlog.add(" of capacity" if width >= 40 else "", ink.dim)
    if manager.reduced:
        backlog.add("  reduced by hand", ink.plain)
    without = Line(f"{wording.count(ec2.without_network)} ", ink.plain)
    words = "instances run without connectivity" if width >= 42 else "run without connectivity"
    without.add(words, ink.dim)
    return [head, backlog, without]


def _chart(scene: Scene, width: int, height: int) -> list[Line]:
    ink = scene.ink
    history = scene.history("nm.wait_s")
    end_ns = domain_ns(scene.view.t_ns)
    thinned = columns(history, end_ns, width)
    top = max(60.0, float(max(history.values, default=60.0)))
    if height < 2:
        return area_chart(thinned, top, 1, ink)
    lines = area_chart(thinned, top, height - 1, ink)
    ends = scene.clock.hm(end_ns)
    axis = Line(scene.clock.hm(0), ink.dim)
    axis.add(f"  propagation wait, full height {wording.waiting(top)}", ink.dim)
    axis = axis.cut(max(0, width - len(ends) - 1), ink.glyphs.ellipsis)
    return [*lines, axis.to(width - len(ends)).add(ends, ink.dim)]
