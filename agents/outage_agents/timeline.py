"""What happened on 19 and 20 October 2025: dated events and windows of impact, with their sources.

The facts are those of the provider's post-event summary, its health dashboard and published
accounts; `reference/timeline.toml` keeps each with its source. A run is measured against them, and
nothing in the simulation reads them: what is *emergent* must come out by itself.
"""

import functools
import tomllib
from importlib import resources
from typing import Any

import attrs

KINDS = ("emergent", "action", "knowledge", "comms", "context")


@attrs.frozen
class TimelineEvent:
    """One dated event."""

    at: str
    """ISO time with offset."""
    t_min: float
    """Minutes after T0, 23:48."""
    kind: str
    """One of `KINDS`: comes out of the simulation by itself, was done, was learned, was said."""
    component: str
    text: str
    source: str
    id: str = ""
    """Milestone id; empty for what is no milestone."""
    tolerance_min: float | None = None
    """How far a run may be off; for emergent milestones."""
    note: str = ""

    @property
    def reported(self) -> bool:
        """The source has not been read again: whatever shows this must say 'reported'."""
        return "unverified" in self.source or "reported" in self.source


@attrs.frozen
class ReferenceWindow:
    """From when to when something failed."""

    name: str
    start_t_min: float
    end_t_min: float | None
    """None: still open when the run ends."""
    cause: str
    """Through what it failed."""
    wave: int
    """1, or 2 for a service that failed again."""
    tolerance_min: float
    source: str


@functools.cache
def reference_timeline() -> tuple[TimelineEvent, ...]:
    """All events in order of time."""
    events = [_event(row) for row in _rows("event")]
    return tuple(sorted(events, key=lambda event: event.t_min))


@functools.cache
def reference_milestones() -> tuple[TimelineEvent, ...]:
    """The events that have an id, in order of time."""
    return tuple(event for event in reference_timeline() if event.id)


@functools.cache
def reference_windows() -> tuple[ReferenceWindow, ...]:
    """Windows of DynamoDB, EC2 launches, NLB and the services, by name and wave."""
    return tuple(
        ReferenceWindow(
            name=row["name"],
            start_t_min=float(row["start_t_min"]),
            end_t_min=float(row["end_t_min"]) if "end_t_min" in row else None,
            cause=row["cause"],
            wave=row.get("wave", 1),
            tolerance_min=float(row["tolerance_min"]),
            source=row["source"],
        )
        for row in _rows("window")
    )


def _event(row: dict[str, Any]) -> TimelineEvent:
    tolerance = row.get("tolerance_min")
    return TimelineEvent(
        at=row["at"].isoformat(),
        t_min=float(row["t_min"]),
        kind=row["kind"],
        component=row["component"],
        text=row["text"],
        source=row["source"],
        id=row.get("id", ""),
        tolerance_min=None if tolerance is None else float(tolerance),
        note=row.get("note", ""),
    )


def _rows(table: str) -> list[dict[str, Any]]:
    text = (resources.files("outage_agents") / "reference" / "timeline.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[table]
    return rows
