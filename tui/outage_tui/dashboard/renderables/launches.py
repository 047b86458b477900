"""EC2 launches by result, and the Network Manager that owes new instances their connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.area_chart import (
    Columns,
    area_chart,
    domain_ns,
    history_chart,
    largest,
    time_axis,
)
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.not_played import not_played
from outage_tui.dashboard.renderables.sparkline import growth, sparkline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from outage_agents.views import Ec2View, NetworkManagerView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

LATE_S: Final = 120.0
"""Network state that waits longer is late (milestones.md, nm_latency_rises)."""
SLOW_S: Final = 5.0
"""What waits longer is worth a word."""
_RATE: Final = 7
_RESULTS: Final[tuple[tuple[str, str, str, Severity], ...]] = (
    ("launched", "launched", "ec2.launched_total", "ok"),
    ("insufficient capacity", "no capacity", "ec2.insufficient_capacity_total", "bad"),
    ("request limit exceeded", "over limit", "ec2.request_limit_total", "caution"),
    ("failed (DynamoDB)", "DynamoDB", "ec2.failed_total", "bad"),
)
"""In words, in few, as a series, and how bad it is."""


def draw_launches(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """Launches above, propagation below, its waiting time over time in what room is left."""
    ec2, manager, ink = scene.view.ec2, scene.view.network_manager, scene.ink
    if not scene.view.leases.droplets:
        return not_played("EC2 launches and no Network Manager", ink, width)
    lines = [_headline(scene, width)]
    lines += _results(scene, width, height)
    words = limit(ec2)
    lines += wrapped(f"limit: {words}", ink.plain if words != "none" else ink.dim, width)
    if height >= 20:
        lines += [*_totals(ec2, ink, width), Line()]
    lines += _propagation(scene, manager, ec2, width)
    room = height - len(lines)
    if room >= 1:
        lines += _charts(scene, width, room)
    return lines[scroll:]


def limit(ec2: Ec2View) -> str:
    """What keeps launches from succeeding, most deliberate first."""
    if ec2.throttle:
        return wording.spaced(ec2.throttle.removeprefix("launches limited to "))
    if ec2.request_limit_per_s > 0:
        return "request rate; who is refused asks again"
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
    if manager.wait_s > LATE_S:
        return "bad"
    return "caution" if manager.wait_s > SLOW_S else "ok"


def _headline(scene: Scene, width: int) -> Line:
    ec2, ink = scene.view.ec2, scene.ink
    level = launch_severity(ec2)
    word = {"ok": "LAUNCHES OK", "unknown": "NO DEMAND", "caution": "LAUNCHES LIMITED"}.get(
        level, "LAUNCHES FAIL"
    )
    if width < 36:
        word = word.removeprefix("LAUNCHES ")
    line = Line(f" {ink.glyph(level)} {word} ", ink.of(level))
    share = ec2.launched_per_s / ec2.demand_per_s if ec2.demand_per_s > 0 else 0.0
    line.add(f" {wording.percent(min(1.0, share))} succeed", ink.strong)
    line.add(f" of {wording.rate(ec2.demand_per_s)}/s" if width >= 42 else "", ink.dim)
    if width >= 52 and level in ("bad", "critical"):
        since_ns = scene.history("ec2.success_share").beyond_since_ns(0.9, below=True)
        line.add("" if since_ns is None else f"  since {scene.clock.hm(since_ns)}", ink.dim)
    return line


def _now(ec2: Ec2View) -> tuple[float, ...]:
    """Each result's launches a second now, in the order of the rows."""
    return (
        ec2.launched_per_s,
        ec2.insufficient_capacity_per_s,
        ec2.request_limit_per_s,
        ec2.failed_per_s,
    )


def _results(scene: Scene, width: int, height: int) -> list[Line]:
    """Each result now, and over the run; in low panels without those that do not occur."""
    ec2, ink = scene.view.ec2, scene.ink
    compact, rows = height < 13, _rows(height)
    shown = [
        (result, now)
        for result, now in zip(_RESULTS, _now(ec2), strict=True)
        if now > 0 or not compact or result[0] == "launched"
    ]
    names = 22 if width >= 42 else 11
    cells = width - names - _RATE - 1
    end_ns = domain_ns(scene.view.t_ns, int(scene.hello.duration_s * 1e9))
    rates: list[NDArray[np.float64] | None] = [None] * len(shown)
    top = 0.0
    histories = [scene.history(series) for (_, _, series, _), _ in shown]
    if cells >= 6 and any(len(history.times_ns) for history in histories):
        rates = [growth(history, end_ns, cells) for history in histories]
        top = max((_largest(each) for each in rates if each is not None), default=0.0)
    lines = []
    for ((name, short, _, level), now), over_time in zip(shown, rates, strict=True):
        style = ink.of(level) if now > 0 else ink.dim
        words = name if names > 11 else short
        line = Line().left(words, names, ink.strong if now > 0 else ink.plain)
        line.right(f"{wording.rate(now)}/s", _RATE, style).add(" ")
        if over_time is None:
            lines += [*(Line() for _ in range(rows - 1)), line]
            continue
        if rows == 1:
            lines.append(line.join(sparkline(over_time, top, ink.of(level), ink)))
            continue
        chart = area_chart(Columns(over_time, over_time), top, rows, ink, ink.of(level))
        blank = [Line().to(line.width) for _ in range(rows - 1)]
        lines += [left.join(right) for left, right in zip([*blank, line], chart, strict=True)]
    if rows > 1:
        most = f"0 to {wording.rate(top)}/s"
        label = _that_fits(f"{most}, launches by result", most, cells)
        axis = Line().to(names + _RATE + 1)
        lines.append(axis.join(time_axis(scene, label, cells)))
    return lines


def _rows(height: int) -> int:
    """Rows for each result over time."""
    return min(4, max(1, (height - 10) // 6))


def _largest(rates: NDArray[np.float64]) -> float:
    import numpy as np  # here, so that the first picture of a run need not wait for it

    return float(np.nanmax(rates)) if len(rates) and not np.isnan(rates).all() else 0.0


def _totals(ec2: Ec2View, ink: Ink, width: int) -> list[Line]:
    line = Line("so far launched ", ink.dim).add(wording.count(ec2.launched_total), ink.plain)
    line.add("  refused ", ink.dim).add(wording.count(ec2.refused_total), ink.plain)
    words = " (insufficient capacity, request limit)" if width >= 70 else ""
    return [line.add(words, ink.dim)]


def _propagation(scene: Scene, manager: NetworkManagerView, ec2: Ec2View, width: int) -> list[Line]:
    ink = scene.ink
    level = propagation_severity(manager)
    word = {"ok": "NETWORK STATE OK", "caution": "NETWORK STATE SLOW"}.get(
        level, "NETWORK STATE LATE"
    )
    head = Line(f" {ink.glyph(level)} {word} ", ink.of(level))
    wait = wording.waiting(manager.wait_s)
    head.add(f" waits {wait}" if width >= 36 else f" {wait}", ink.strong)
    if level == "bad" and width >= 46:
        since_ns = scene.history("nm.wait_s").beyond_since_ns(LATE_S)
        head.add("" if since_ns is None else f"  since {scene.clock.hm(since_ns)}", ink.dim)
    backlog = Line("backlog ", ink.dim).add(wording.count(manager.backlog), ink.plain)
    backlog.add("  inflow ", ink.dim).add(wording.percent(manager.inflow_share), ink.plain)
    roomy = width >= 56 or (width >= 38 and not manager.reduced)
    backlog.add(" of capacity" if roomy else "", ink.dim)
    reduced = "  reduced by hand" if width >= 40 else "  reduced"
    if manager.reduced and backlog.width + len(reduced) <= width:
        backlog.add(reduced, ink.plain)
    without = Line(f"{wording.count(ec2.without_network)} ", ink.plain)
    words = "instances run without connectivity" if width >= 42 else "run without connectivity"
    without.add(words, ink.dim)
    return [head, backlog, without]


def _charts(scene: Scene, width: int, height: int) -> list[Line]:
    """The waiting time, once there has been any; before, or where both fit, what succeeded."""
    top = largest(scene.history("nm.wait_s"))
    good = scene.ink.good
    succeeded = _that_fits("0 to 100 % of launches succeed", "0 to 100 % succeed", width)
    if top <= SLOW_S:
        return history_chart(scene, "ec2.success_share", succeeded, 1.0, width, height, good)
    most = wording.waiting(top)
    label = _that_fits(f"0 to {most} of waiting for network state", f"0 to {most} late", width)
    if height < 14:
        return history_chart(scene, "nm.wait_s", label, top, width, height)
    half = height // 2
    upper = history_chart(scene, "ec2.success_share", succeeded, 1.0, width, half, good)
    return [*upper, *history_chart(scene, "nm.wait_s", label, top, width, height - half)]


def _that_fits(label: str, short: str, width: int) -> str:
    """A chart's label in full where it fits between the two times of its axis."""
    return label if len(label) <= width - len("23:00    15:10") else short
