"""What a panel shows, as tables for other programs: CSV, one table a file.

A table's columns are the fields of the views themselves, with their units in the name, so that a
field that is new in a view is in the table too. Where a panel has a chart, the series behind it
comes whole: every sample up to the moment shown, not what fitted on the screen.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import attrs

from outage_agents.views import FINE_CURVE
from outage_tui.dashboard.renderables.events import matches
from outage_tui.record_fields import field_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from outage_agents.views import LatencyView
    from outage_tui.dashboard.renderables.scene import Scene

SERIES: Final = {
    "dns": ("dns.",),
    "leases": ("dwfm.",),
    "launches": ("ec2.", "nm."),
    "nlb": ("nlb.",),
    "latency": (),
    "services": ("customers.", "service."),
    "events": (),
    "timeline": ("",),
}
"""Which series belong to a panel: how their names begin."""


@attrs.frozen
class Table:
    """Rows of cells, the names of the columns first."""

    name: str
    """What the table is about, for its file's name."""
    rows: tuple[tuple[object, ...], ...]

    def csv(self) -> str:
        """The table as other programs read it."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.rows)
        return text.getvalue()


def panel_tables(part: str, scene: Scene, series_names: Iterable[str]) -> list[Table]:
    """Every table of a panel (or of the timeline) at the moment shown; none without rows."""
    view = scene.view
    match part:
        case "dns":
            tables = [_of("dns", [view.dns]), _of("dns-enactors", view.dns.enactors)]
        case "leases":
            tables = [_of("leases", [view.leases]), _of("leases-zones", view.leases.zones)]
        case "launches":
            tables = [_of("ec2", [view.ec2]), _of("network-manager", [view.network_manager])]
        case "nlb":
            tables = [_of("nlb", [view.nlb]), _of("nlb-zones", view.nlb.zones)]
        case "latency":
            tables = [_of("latency", view.latency), _curves(view.latency)]
        case "services":
            tables = [_of("services", view.services)]
        case "events":
            told = [line for line in scene.lines if matches(line, scene.wanted)]
            tables = [_of("events", told, clock=scene)]
        case _:
            tables = [_of("milestones", scene.milestones), _of("markers", scene.markers)]
    tables.append(_series(part, scene, series_names))
    return [table for table in tables if len(table.rows) > 1]


def _of(name: str, things: Sequence[Any], clock: Scene | None = None) -> Table:
    """One row for each view, one column for each of its fields that is not a view itself."""
    if not things:
        return Table(name, ())
    fields = [
        field
        for field in field_names(type(things[0]))
        if all(_plain(getattr(thing, field)) for thing in things)
    ]
    head = ("at", *fields) if clock else tuple(fields)
    rows = []
    for thing in things:
        cells = tuple(_cell(getattr(thing, field)) for field in fields)
        rows.append((clock.clock.at(thing.t_ns).isoformat(), *cells) if clock else cells)
    return Table(name, (head, *rows))


def _curves(operations: Sequence[LatencyView]) -> Table:
    """Every curve of every operation, a row for each of its points."""
    rows: list[tuple[object, ...]] = [("operation", "stretch", "percentile", "latency_ms")]
    for view in operations:
        stretches = (("interval", view.interval), ("before", view.before), ("run", view.run))
        for name, curve in stretches:
            if curve is not None:
                points = zip(FINE_CURVE, curve.points_ms, strict=True)
                rows += [(view.operation, name, round(at, 6), value) for at, value in points]
    return Table("latency-curves", tuple(rows))


def _plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(_plain(part) for part in value)
    return value is None or isinstance(value, str | int | float)


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(str(_cell(part)) for part in value)
    return "" if value is None else value


def _series(part: str, scene: Scene, names: Iterable[str]) -> Table:
    """All series of a panel, one column each, one row a moment at which any of them has a value."""
    beginnings = SERIES.get(part, ())
    wanted = sorted(name for name in names if name.startswith(beginnings)) if beginnings else []
    columns = {}
    for name in wanted:
        history = scene.history(name)
        columns[name] = dict(
            zip(map(int, history.times_ns), map(float, history.values), strict=True)
        )
    moments = sorted({t_ns for column in columns.values() for t_ns in column})
    rows = [
        (
            scene.clock.at(t_ns).isoformat(),
            t_ns / 1e9,
            *(_number(column.get(t_ns)) for column in columns.values()),
        )
        for t_ns in moments
    ]
    return Table(f"{part}-series", (("at", "t_s", *columns), *rows))


def _number(value: float | None) -> object:
    """Whole numbers without a point; nothing for no number."""
    if value is None or value != value:
        return ""
    return int(value) if value == value // 1 and abs(value) < 2**53 else value
