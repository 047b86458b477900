"""Services: who fails, how much, since when, and through which dependency; the worst first.

Rows must not jump while somebody reads them. So the order is made of what lasts: whether a service
is, or was in the last five minutes, down; whether it fails at all; and since when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.not_played import not_played

if TYPE_CHECKING:
    from outage_agents.views import RegionView, ServiceView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.scene import Scene

_SEVERITY: Final[dict[str, Severity]] = {"down": "bad", "degraded": "caution", "ok": "ok"}
_SETTLED_NS: Final = 5 * wording.MINUTE_NS
"""A service that is down no more keeps its place among those that are for so long."""


def draw_services(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """A headline, then one row for each service, in two columns where there is room."""
    if not scene.view.services:
        share = wording.percent(scene.view.customer_error_rate)
        calls = Line(f"{share} of customers' calls of DynamoDB fail.", scene.ink.plain)
        return [*not_played("services but DynamoDB", scene.ink, width), calls]
    services = worst_first(scene.view)
    head = _headline(scene, width)
    rows_max = max(1, height - 1)
    if len(services) > rows_max and scroll == 0:
        rows = _packed(scene, services, width, rows_max)
        if rows:
            return [head, *rows]
    if width >= 70 and len(services) > rows_max:
        half = (width - 2) // 2
        rows = [_row(scene, service, half) for service in services[scroll:]]
        dots = scene.ink.glyphs.ellipsis
        return [head, *beside(rows[:rows_max], rows[rows_max:], 2, half, dots)]
    rows = [_row(scene, service, width) for service in services[scroll:]]
    if len(rows) > rows_max:
        rows = [*rows[: rows_max - 1], _more(scene, services[scroll + rows_max - 1 :])]
    return [head, *rows]


def down(view: RegionView) -> int:
    """How many services are down. The tally of all and the rows are counted at different moments,
    so the rows may know more."""
    rows = sum(service.stands_for for service in view.services if service.state == "down")
    return max(view.impact.services_down, rows)


def worst_first(view: RegionView) -> list[ServiceView]:
    """Down before degraded before ok; within each, the longest broken first, then by name."""

    def place(service: ServiceView) -> tuple[int, int, str]:
        was_down = service.down_ns is not None and view.t_ns - service.down_ns <= _SETTLED_NS
        if service.state == "down" or (service.state == "degraded" and was_down):
            group = 0
        else:
            group = 2 if service.state == "ok" else 1
        return group, service.since_ns or 0, service.name

    return sorted(view.services, key=place)


def _headline(scene: Scene, width: int) -> Line:
    ink, view = scene.ink, scene.view
    down_now = down(view)
    # A row for many is degraded although some of those behind it are down.
    failing = sum(s.stands_for for s in view.services if s.state != "ok")
    degraded = max(0, failing - down_now)
    level: Severity = "bad" if down_now else "caution" if degraded else "ok"
    line = Line(f" {ink.glyph(level)} {down_now} of {view.impact.services} DOWN ", ink.of(level))
    line.add(f" {degraded} degraded " if width >= 44 else "", ink.plain)
    line.add(f" {wording.percent(view.customer_error_rate)}", ink.strong)
    whose = " of customers' calls" if width >= 64 else " of calls" if width >= 50 else ""
    return line.add(f"{whose} fail", ink.dim)


def _packed(scene: Scene, services: list[ServiceView], width: int, rows_max: int) -> list[Line]:
    """Rows for what fails, one paragraph for what is well; nothing when that does not fit."""
    failing = [service for service in services if service.state != "ok"]
    if len(failing) > rows_max:
        return []
    well = ", ".join(wording.service(service.name) for service in services if service.state == "ok")
    if not well:
        return []
    paragraph = wrapped(f"{scene.ink.glyph('ok')} ok: {well}", scene.ink.dim, width, "  ")
    rows = [*(_row(scene, service, width) for service in failing), *paragraph]
    return rows if len(rows) <= rows_max else []


def _more(scene: Scene, hidden: list[ServiceView]) -> Line:
    """What there is no row for."""
    failing = sum(service.state != "ok" for service in hidden)
    words = f", {failing} of them failing" if failing else ""
    return Line(f"and {len(hidden)} more rows{words}", scene.ink.dim)


def _row(scene: Scene, service: ServiceView, width: int) -> Line:
    ink = scene.ink
    level = _SEVERITY.get(service.state, "unknown")
    line = Line(f"{ink.glyph(level)} ", ink.of(level))
    wide = width >= 76
    line.left(_name(service, wide), 23 if wide else 12, ink.strong if level != "ok" else ink.plain)
    line.add(" ")
    if width >= 56:
        line.left(service.state, 9, ink.of(level))
    line.right(wording.percent(service.error_rate), 6, ink.plain)
    if width >= 100:
        line.add(" ").join(bar(service.error_rate, 20, ink.of(level), ink))
    if service.since_ns is not None:
        since = "since " if wide else ""
        line.add(f" {since}{scene.clock.hm(service.since_ns)}", ink.dim)
        if width >= 84:
            line.right(f"({wording.duration(scene.ago(service.since_ns))})", 15, ink.dim)
    if service.through:
        through = wording.dependency(service.through)
        line.add(" through " if wide else " via " if width >= 40 else " ", ink.dim)
        line.add(through if width >= 44 else wording.service(through), ink.plain)
    return line.cut(width, ink.glyphs.ellipsis)


def _name(service: ServiceView, wide: bool) -> str:
    if service.stands_for > 1:
        return f"{service.stands_for} {'other services' if wide else 'others'}"
    return service.name if wide else wording.service(service.name)
