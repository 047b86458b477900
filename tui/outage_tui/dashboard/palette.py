"""The command palette: everything that can be done, by name.

Every key's action, every milestone and marker to go to, every theme and pace, every panel's data
and the screenshots. A row is carried out as an action of the application, the same one that its key
would run, so that the palette can do nothing that keys cannot, and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.config import THEMES
from outage_tui.dashboard.keys import PACES, readable
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.arrangement import PANELS
from outage_tui.dashboard.renderables.choices import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outage_tui.dashboard.keys import Key
    from outage_tui.dashboard.renderables.scene import Scene

_PART_NAMES = {
    "dns": "DNS",
    "leases": "leases",
    "launches": "EC2 and Network Manager",
    "nlb": "NLB",
    "latency": "latency",
    "services": "services",
    "events": "events",
    "timeline": "timeline: milestones, markers, every series",
}


def palette(scene: Scene | None, keys: Sequence[Key]) -> list[Choice]:
    """All rows; the id of each is the action it runs."""
    rows = [
        Choice(key.action, key.description, readable(key.key), also=key.id)
        for key in keys
        if key.id != "palette"
    ]
    rows += [Choice(f"theme('{name}')", f"theme: {name}") for name in THEMES]
    rows += [Choice(f"pace_of({pace})", f"pace: {wording.pace(pace)}") for pace in PACES]
    rows += [
        Choice(f"export('{part}')", f"export CSV: {_PART_NAMES[part]}")
        for part in (*PANELS, "timeline")
    ]
    rows += [
        Choice("picture('svg')", "screenshot: SVG"),
        Choice("picture('txt')", "screenshot: text"),
    ]
    if scene is not None:
        rows += _moments(scene)
    return rows


def _moments(scene: Scene) -> Iterator[Choice]:
    for milestone in sorted(scene.milestones, key=lambda m: (m.t_min is None, m.t_min or 0.0)):
        name = wording.milestone_name(milestone.id)
        if milestone.t_min is None:
            continue
        t_ns = scene.clock.of_minutes(milestone.t_min)
        yield Choice(f"go_to_ns({t_ns})", f"go to {name}", scene.clock.hm(t_ns), also=milestone.id)
    for marker in scene.markers:
        at = scene.clock.hm(marker.t_ns)
        yield Choice(f"go_to_ns({marker.t_ns})", f"go to marker {marker.name}", at)
