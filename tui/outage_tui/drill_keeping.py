"""The recording of a drill that people play: a run like any other, and the journal as it grows.

What was said is in the file before it is answered: an entry goes into the same commit as the
scenario that the run becomes by it, and what was acknowledged survives whatever happens to the
program. Going back to an earlier moment begins another recording, which says of which it is a
branch and from when on; the one that was left is closed like any recording.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from outage_agents.drills.journal import entry_text
from outage_tui.recorder import FLUSH_S, close_recording, open_recording
from outage_tui.reexecution import Parent

if TYPE_CHECKING:
    from outage_agents.drills.rehearsal import Stage
    from outage_agents.scenario import Scenario
    from outage_engine.recording.writer import RecordingWriter


class DrillKeeping:
    """Keeps one branch of a play, or nothing when nothing is to be recorded."""

    def __init__(
        self,
        path: Path | None,
        *,
        command: str,
        drill: str,
        parent: Parent | None = None,
        on_failure: Callable[[str], None],
    ) -> None:
        """`drill`: the file's text; `on_failure` is told once, when the file cannot be written any
        more."""
        self.path = path
        self.writer: RecordingWriter | None = None
        self._command = command
        self._drill = drill
        self._parent = parent
        self._on_failure = on_failure
        self._kept = 0
        self._next_flush_s = 0.0
        self._is_closed = False

    def open(self, scenario: "Scenario", end_ns: int) -> "RecordingWriter | None":
        """Make the file. Raises RecordingError when it cannot be made."""
        self.writer = open_recording(
            self.path,
            scenario,
            self._command,
            end_ns,
            self._on_failure,
            self._parent,
            drill=self._drill,
        )
        return self.writer

    def watch(self, stage: "Stage") -> None:
        """From now on what is said is kept together with what the run becomes by it."""
        stage.simulation.before_take = lambda _: self.keep(stage)

    def keep(self, stage: "Stage") -> None:
        """Take what was said since the last time."""
        if self.writer is None:
            return
        entries = stage.director.journal.entries
        for entry in entries[self._kept :]:
            self.writer.journal(entry.t_ns, entry.seat, entry.kind, entry_text(entry))
        self._kept = len(entries)

    def commit(self, stage: "Stage") -> None:
        """Have everything up to now on its way to the disk."""
        if self.writer is not None:
            self.keep(stage)
            self.writer.flush()

    def commit_steadily(self, stage: "Stage") -> None:
        """The same about once a second; call it between two moments."""
        if time.monotonic() >= self._next_flush_s:
            self._next_flush_s = time.monotonic() + FLUSH_S
            self.commit(stage)

    def close(self, stage: "Stage", how: str) -> None:
        """Close the file; a second time does nothing. The world has ended by now."""
        if self._is_closed:
            return
        self._is_closed = True
        self.keep(stage)
        close_recording(self.writer, stage.simulation, f"drill {stage.drill.id}: {how}")

    def abandon(self) -> None:
        """Let go of a file whose run did not begin."""
        if self.writer is not None:
            self.writer.abandon()

    @property
    def failure(self) -> str | None:
        """Why the recording stopped before the play did."""
        return None if self.writer is None else self.writer.failure

    def branch(self, at_ns: int, digest: str) -> "DrillKeeping":
        """What keeps the play that goes its own way from a moment of this one."""
        path = None if self.path is None else _free_path(self.path)
        parent = None if self.path is None else Parent(self.path, at_ns, digest)
        return DrillKeeping(
            path,
            command=self._command,
            drill=self._drill,
            parent=parent,
            on_failure=self._on_failure,
        )


def _free_path(path: Path) -> Path:
    """A name beside a recording's that no file has: `trap-branch-2.otrec`."""
    stem = path.stem.partition("-branch-")[0]
    count = 1
    while True:
        free = path.with_name(f"{stem}-branch-{count}{path.suffix}")
        if not free.exists():
            return free
        count += 1
