"""A live run behind the dashboard."""

from typing import TYPE_CHECKING

from outage_tui.host_process import start_host
from outage_tui.mishap import FAILED, say

if TYPE_CHECKING:
    from outage_tui.run import RunPlan


def watch(plan: "RunPlan", *, ascii_only: bool) -> int:
    """Start the host, show the dashboard, and give the exit status.

    The host starts before Textual is imported, so that both load at once.
    """
    host = start_host(plan)
    from outage_tui.dashboard.app import run_dashboard
    from outage_tui.dashboard.live import HostSilent, LiveSource

    try:
        source = LiveSource(host.process, log=host.log)
    except HostSilent as error:
        say(f"{error} (log: {host.log})")
        return FAILED
    status = run_dashboard(source, ascii_only=ascii_only)
    if host.process.poll() == FAILED and not status:
        say("the recording stopped before the run did")
        status = FAILED
    if plan.record is not None and plan.record.exists():
        say(f"recorded in {plan.record}; watch it again: outage-tui replay {plan.record}")
    if host.log.exists() and not host.log.stat().st_size:
        host.log.unlink()
    return status
