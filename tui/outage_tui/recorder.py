"""Opens the recording of a run, and says once when it can no longer be written."""

import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from outage_engine.recording.writer import RecordingWriter
from outage_tui.mishap import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_agents.scenario import Scenario
    from outage_agents.simulation import Simulation
    from outage_tui.reexecution import Parent

FLUSH_S = 1.0
"""Wall seconds between two commits of a recording, at most."""


def program_version() -> str:
    """The version of this program; "unknown" in a clone that is not installed."""
    try:
        return version("outage-tui")
    except PackageNotFoundError:
        return "unknown"


def open_recording(
    path: Path | None,
    scenario: "Scenario",
    command: str,
    until_ns: int,
    on_failure: "Callable[[str], None] | None" = None,
    parent: "Parent | None" = None,
    drill: str = "",
) -> RecordingWriter | None:
    """A writer for this run, a fork of `parent`'s; None when it is not to be recorded.

    `drill` is the text of the drill that is played on it; then the recording has a journal.
    Raises RecordingError when the file cannot be made.
    """
    if path is None:
        return None

    def tell(reason: str) -> None:
        say(f"{path}: recording stopped: {reason}; the run goes on unrecorded")

    meta = {
        "program_version": program_version(),
        "scenario_name": scenario.name,
        "title": scenario.title,
        "seed": str(scenario.seed),
        "start": scenario.start,
        "epoch_s": str(scenario.epoch_s),
        "duration_s": str(scenario.duration_s),
        "until_ns": str(until_ns),
        "droplets": str(scenario.droplets),
        "command": command,
        **(parent.meta() if parent is not None else {}),
        **({"drill": drill} if drill else {}),
    }
    return RecordingWriter(
        path,
        meta=meta,
        scenario=scenario.text(),
        on_failure=on_failure or tell,
        journal=bool(drill),
    )


class SteadyFlush:
    """Commits a recording about once a second of wall time, so that little is lost by a kill."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._next_s = 0.0

    def __call__(self) -> None:
        """Commit, if it is time; call it between two slices of the run."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + FLUSH_S
            self._writer.flush()


def close_recording(writer: RecordingWriter | None, simulation: "Simulation", summary: str) -> None:
    """Close the recording of a run that has ended, early or not."""
    if writer is None:
        return
    world = simulation.world
    simulation.keep_rest()
    writer.close(
        digest=bytes.fromhex(world.digest),
        events=world.recorded_events,
        virtual_ns=world.now,
        summary=summary,
    )
