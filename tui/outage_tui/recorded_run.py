"""What a recording tells of its run without executing it again: outcome, impact, actions.

All of it comes from tables and from single views, so it takes milliseconds at any size of the run.
The milestones are those of the last view, which is at most a virtual minute older than the end:
only there is it certain that a recovery has not been withdrawn.
"""

from pathlib import Path

import attrs
import msgspec

from outage_agents.result import ActionResultAt, ImpactResult
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.timeline import reference_milestones
from outage_agents.views import RegionView
from outage_engine.errors import RecordingError
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.mishap import BadUsage


@attrs.frozen
class RecordedRun:
    """One recorded run, as its tables know it."""

    path: Path
    scenario: Scenario
    digest: str
    events: int
    finished: bool
    """False: it was not closed, and is known up to its last commit."""
    end_ns: int
    milestones: dict[str, float | None]
    """Minutes after T0 of every milestone; None: it did not happen."""
    impact: ImpactResult | None
    """At the end; None when the recording has no view."""
    actions: tuple[ActionResultAt, ...]
    """In order of time."""


def read_run(recording: Recording) -> RecordedRun:
    """What a recording knows of its run. Raises RecordingError or BadUsage when it is no good."""
    meta, playback = recording.meta, Playback(recording)
    scenario = scenario_of(recording)
    view = view_at(recording, playback, meta.virtual_ns)
    happened = {} if view is None else {one.id: one.t_min for one in view.milestones}
    return RecordedRun(
        path=recording.path,
        scenario=scenario,
        digest=meta.digest,
        events=meta.events,
        finished=meta.finished,
        end_ns=meta.virtual_ns,
        milestones={event.id: happened.get(event.id) for event in reference_milestones()},
        impact=None if view is None else impact_of(view),
        actions=_actions(recording, playback, scenario),
    )


def scenario_of(recording: Recording) -> Scenario:
    """The scenario that was run. Raises BadUsage when this program cannot read it."""
    try:
        return Scenario.read(recording.meta.scenario, f"{recording.path}: scenario")
    except InputError as error:
        raise BadUsage(*error.problems) from error


def view_at(recording: Recording, playback: Playback, t_ns: int) -> RegionView | None:
    """The newest view at or before a moment; None when there is none.

    Raises RecordingError when it is none of this program's.
    """
    frame = playback.frame_at(t_ns)
    if frame is None:
        return None
    try:
        return msgspec.json.decode(frame.body, type=RegionView)
    except msgspec.MsgspecError as error:
        what = f"the frame at {frame.t_ns} ns cannot be read: {error}"
        raise RecordingError(f"{recording.path}: {what}") from error


def impact_of(view: RegionView) -> ImpactResult:
    """What customers had lost by the moment of a view."""
    impact = view.impact
    return ImpactResult(
        customer_minutes=round(impact.customer_minutes, 3),
        by_service={name: float(lost) for name, lost in impact.by_service},
        failed=impact.failed,
        refused=impact.refused,
        peak_services_down_share=impact.peak_services_down_share,
    )


def _actions(
    recording: Recording, playback: Playback, scenario: Scenario
) -> tuple[ActionResultAt, ...]:
    found = []
    for done in playback.actions():
        try:
            args = msgspec.json.decode(done.arguments, type=dict[str, float | str])
        except msgspec.MsgspecError:
            raise recording.damaged(f"the arguments of {done.id} cannot be read") from None
        t_min = round(scenario.t_min(done.t_ns), 3)
        found.append(ActionResultAt(done.id, t_min, args, done.result))
    return tuple(sorted(found, key=lambda action: action.t_min))
