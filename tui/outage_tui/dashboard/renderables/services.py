"""Services: who fails, how much, since when, and through which dependency; the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, beside, wrapped

if TYPE_CHECKING:
    from outage_agents.views import RegionView, ServiceView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.scene import Scene

_ORDER = {"down": 0, "degraded": 1, "ok": 2}
_SEVERITY: dict[str, Severity] = {"down": "bad", "degraded": "caution", "ok": "ok"}


def draw_services(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """A headline, then one row for each service, in two columns where there is room."""
    ink, services = scene.ink, worst_first(scene.view.services)
    impact = scene.view.impact
    down_now = down(scene.view)
    level: Severity = "bad" if down_now else "ok"
    head = Line(f"{ink.glyph(level)} {down_now} of {impact.services} down", ink.of(level))
    head.add("  customers' calls failing " if width >= 50 else "  calls failing ", ink.dim)
    head.add(wording.percent(scene.view.customer_error_rate), ink.strong)
    rows_max = max(1, height - 1)
    if len(services) > rows_max and scroll == 0:
        rows = _packed(scene, services, width, rows_max)
        if rows:
            return [head, *rows]
    if width >= 70 and len(services) > rows_max:
        half = (width - 2) // 2
        rows = [_row(scene, service, half) for service in services[scroll:]]
        return [head, *beside(rows[:rows_max], rows[rows_max:], 2, half)]
    rows = [_row(scene, service, width) for service in services[scroll:]]
    if len(rows) > rows_max:
        hidden = len(rows) - rows_max + 1
        rows = [*rows[: rows_max - 1], Line(f"and {hidden} more", ink.dim)]
    return [head, *rows]


def _packed(scene: Scene, services: list[ServiceView], width: int, rows_max: int) -> list[Line]:
    """Rows for what fails, one paragraph for what is well; nothing when that does not fit."""
    failing = [_row(scene, service, width) for service in services if service.state != "ok"]
    well = ", ".join(wording.service(service.name) for service in services if service.state == "ok")
    if not well:
        return []
    paragraph = wrapped(f"{scene.ink.glyph('ok')} ok: {well}", scene.ink.dim, width, "  ")
    rows = [*failing, *paragraph]
    return rows if len(rows) <= rows_max else []


def down(view: RegionView) -> int:
    """How many services are down. The tally of all and the rows are counted at different moments,
    so the rows may know more."""
    rows = sum(service.state == "down" for service in view.services)
    return max(view.impact.services_down, rows)


def worst_first(services: tuple[ServiceView, ...]) -> list[ServiceView]:
    """Down before degraded before ok; within each, the longest broken first, then by name."""
    return sorted(services, key=lambda s: (_ORDER.get(s.state, 3), s.since_ns or 0, s.name))


def _row(scene: Scene, service: ServiceView, width: int) -> Line:
    ink = scene.ink
    level = _SEVERITY.get(service.state, "unknown")
    line = Line(f"{ink.glyph(level)} ", ink.of(level))
    wide = width >= 60
    name = service.name if wide else wording.service(service.name)
    line.left(name, 23 if wide else 12, ink.strong if level != "ok" else ink.plain).add(" ")
    if wide:
        line.left(service.state, 8, ink.of(level))
    line.right(wording.percent(service.error_rate), 6, ink.plain)
    if service.since_ns is not None:
        line.add(f" {scene.clock.hm(service.since_ns)} ", ink.dim)
    if service.through:
        through = service.through if width >= 44 else wording.service(service.through)
        line.add("via " if wide else "", ink.dim).add(through, ink.plain)
    return line.cut(width, ink.glyphs.ellipsis)
