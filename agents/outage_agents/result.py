"""What came of a run: the figures that `run --headless --json` prints and tests ask for."""

from typing import TYPE_CHECKING

import attrs

from outage_agents.when import format_iso
from outage_engine.clock import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outage_agents.milestones import OutageWindow
    from outage_agents.simulation import Simulation


@attrs.frozen
class MilestoneResult:
    """One milestone of the reference timeline."""

    at: str | None
    """ISO time; None: it did not happen."""
    t_min: float | None
    """Minutes after T0."""
    reference_min: float
    error_min: float | None
    kind: str
    """emergent, action or knowledge."""
    staged: bool


@attrs.frozen
class WindowResult:
    """A time in which something failed."""

    start_t_min: float
    end_t_min: float | None
    """None: still open at the end of the run."""
    cause: str


@attrs.frozen
class ServiceResult:
    """One service's windows."""

    windows: tuple[WindowResult, ...]


@attrs.frozen
class CheckerResult:
    """One law."""

    held: bool
    first_violation_t_min: float | None


@attrs.frozen
class SeriesResult:
    """One measured value over the whole run."""

    min: float
    max: float
    max_t_min: float
    last: float


@attrs.frozen
class ActionResultAt:
    """One action the operators carried out, or tried to."""

    id: str
    t_min: float
    args: dict[str, float | str]
    result: str


@attrs.frozen
class FaultResultAt:
    """One fault that was put into the run."""

    kind: str
    target: str
    args: dict[str, float | str]
    t_min: float
    end_t_min: float | None
    """None: it lasts to the end of the run."""


@attrs.frozen
class ImpactResult:
    """What customers felt."""

    customer_minutes: float
    by_service: dict[str, float]
    failed: int
    """Requests that failed."""
    refused: int
    """Requests refused on purpose."""
    peak_services_down_share: float


@attrs.frozen
class RunResult:
    """Everything that is printed of a run, except what the machine spent on it."""

    scenario: str
    seed: int
    digest: str
    virtual_s: float
    events: int
    messages: int
    milestones: dict[str, MilestoneResult]
    windows: dict[str, tuple[WindowResult, ...]]
    services: dict[str, ServiceResult]
    checkers: dict[str, CheckerResult]
    series: dict[str, SeriesResult]
    samples: dict[str, dict[str, float]]
    actions: tuple[ActionResultAt, ...]
    impact: ImpactResult
    faults: tuple[FaultResultAt, ...] = ()


def result_of(run: "Simulation") -> RunResult:
    """Collect the result of a run, over or under way."""
    world = run.world
    return RunResult(
        scenario=run.scenario.name,
        seed=run.scenario.seed,
        digest=world.digest,
        virtual_s=world.now / SECOND,
        events=world.events,
        messages=world.messages,
        milestones=_milestones(run),
        windows=_windows(run, run.milestones.windows()),
        services={
            name: ServiceResult(windows)
            for name, windows in _windows(run, run.milestones.service_windows()).items()
        },
        checkers={
            view.name: CheckerResult(view.held, _t_min(run, view.first_violation_ns))
            for view in world.checkers.report()
        },
        series=_series(run),
        samples=run.samples,
        actions=tuple(
            ActionResultAt(done.id, _minutes(run, done.t_ns), dict(done.args), done.result)
            for done in sorted(run.region.actions(), key=lambda done: done.t_ns)
        ),
        impact=_impact(run),
        faults=tuple(
            FaultResultAt(
                fault.kind,
                fault.target,
                dict(fault.args),
                _minutes(run, fault.at_ns),
                _t_min(run, fault.end_ns),
            )
            for fault in run.scenario.faults
            if fault.at_ns <= world.now
        ),
    )


def _minutes(run: "Simulation", t_ns: int) -> float:
    return round((t_ns - run.scenario.epoch_ns) / MINUTE, 3)


def _t_min(run: "Simulation", t_ns: int | None) -> float | None:
    return None if t_ns is None else _minutes(run, t_ns)


def _milestones(run: "Simulation") -> dict[str, MilestoneResult]:
    found: dict[str, MilestoneResult] = {}
    for record in run.milestones.records():
        t_ns = record.t_ns
        error = record.error_min
        found[record.id] = MilestoneResult(
            at=None if t_ns is None else format_iso(t_ns, run.scenario.start),
            t_min=_t_min(run, t_ns),
            reference_min=record.reference_min,
            error_min=None if error is None else round(error, 3),
            kind=record.kind,
            staged=record.staged,
        )
    return found


def _windows(
    run: "Simulation", windows: "Mapping[str, tuple[OutageWindow, ...]]"
) -> dict[str, tuple[WindowResult, ...]]:
    return {
        name: tuple(
            WindowResult(_minutes(run, one.start_ns), _t_min(run, one.end_ns), one.cause)
            for one in listed
        )
        for name, listed in windows.items()
    }


def _impact(run: "Simulation") -> ImpactResult:
    impact = run.region.impact()
    return ImpactResult(
        customer_minutes=round(impact.customer_minutes, 3),
        by_service={part.name: round(part.customer_minutes, 3) for part in impact.by_service},
        failed=impact.failed,
        refused=impact.refused,
        peak_services_down_share=impact.peak_services_down_share,
    )


def _series(run: "Simulation") -> dict[str, SeriesResult]:
    telemetry = run.world.telemetry
    found: dict[str, SeriesResult] = {}
    for name in telemetry.names():
        series = telemetry.series(name)
        if series.count:
            found[name] = SeriesResult(
                min=series.minimum,
                max=series.maximum,
                max_t_min=_minutes(run, series.maximum_at_ns),
                last=series.last,
            )
    return found
