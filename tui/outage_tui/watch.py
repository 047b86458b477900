"""A live run behind the dashboard."""

from typing import TYPE_CHECKING

from outage_tui.host_process import start_host
from outage_tui.mishap import DIVERGED, FAILED, say

if TYPE_CHECKING:
    from pathlib import Path

    from outage_tui.link_messages import Hello
    from outage_tui.run_plan import RunPlan


def watch(plan: "RunPlan", *, ascii_only: bool, theme: str = "") -> int:
    """Start the host, show the dashboard, and give the exit status.

    The host starts before Textual is imported, so that both load at once.
    """
    host = start_host(plan)
    from outage_tui.dashboard.app import run_dashboard
    from outage_tui.dashboard.live import LiveSource

    source = LiveSource(host.process, log=host.log, hello=hello_of(plan))
    status = run_dashboard(source, ascii_only=ascii_only, theme=theme)
    ended = host.process.poll()
    if ended == FAILED and not status:
        say("the recording stopped before the run did")
        status = FAILED
    if ended == DIVERGED:
        status = DIVERGED
    if plan.record is not None and plan.record.exists():
        say(f"recorded in {plan.record}; watch it again: outage-tui replay {plan.record}")
        say(f"run it again: {_command_in(plan.record) or plan.command}")
    if host.log.exists() and not host.log.stat().st_size:
        host.log.unlink()
    return status


def _command_in(path: "Path") -> str:
    """What repeats a recorded run, with everything that was decided while it went on."""
    from outage_engine.errors import RecordingError
    from outage_engine.recording.reader import Recording

    try:
        with Recording(path) as recording:
            return recording.meta.get("command")
    except RecordingError:  # it is still being written, say; the plan knows how it began
        return ""


def hello_of(plan: "RunPlan") -> "Hello":
    """What the host will say first: known here, so that the first picture need not wait for it."""
    from outage_engine.clock import SECOND
    from outage_tui.link_messages import Hello

    scenario = plan.scenario
    return Hello(
        scenario=scenario.name,
        title=scenario.title,
        seed=scenario.seed,
        start=scenario.start,
        epoch_s=scenario.epoch_s,
        duration_s=plan.until_ns / SECOND,
        droplets=scenario.droplets,
        recording=None if plan.record is None else str(plan.record.resolve()),
        forked_at_ns=None if plan.parent is None else plan.parent.at_ns,
    )
