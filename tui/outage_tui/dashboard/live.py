"""A running host as a source: its frames come through a pipe, from a thread that only reads.

The reader thread cuts the stream into frames and keeps the newest State as bytes; it is decoded
when the dashboard draws, so a host that sends faster than the screen is redrawn costs next to
nothing. Narration, series and what commands did are kept in full. When the stream ends, the exit
status of the host is the news.

The host is started by the caller before Textual is imported, in a session of its own, so that keys
such as Ctrl-C do not reach it. It ends when its standard input ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from array import array
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from outage_tui.dashboard.source import History, Marker, Status, Update
from outage_tui.link_messages import (
    Applied,
    Detach,
    Done,
    Failure,
    FrameReader,
    Hello,
    LinkError,
    Narration,
    Progress,
    Series,
    State,
    encode_command,
    region_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from outage_agents.views import MilestoneView, NarrationView
    from outage_tui.link_messages import Command, Frame

PIECE_BYTES: Final = 1 << 16
CLOSING_S: Final = 20.0
"""How long a host may take to close its recording before it is told to stop."""
_DRAWN_AT_ONCE: Final = (State, Applied, Done, Failure)
"""What is worth a frame of its own; lines and points come with a state."""
STUCK_CLOSING_S: Final = 2.0
"""The same for one that has been silent though it ought to run (it is stopped, or hangs)."""


def _nobody() -> None:
    """Hears the news before anybody asked for it."""


class Pipe(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Its number."""

    def close(self) -> None:
        """Close this end."""


class HostProcess(Protocol):
    """What is needed of a `subprocess.Popen` with pipes for stdin and stdout."""

    @property
    def stdin(self) -> Pipe | None:
        """Where commands go."""

    @property
    def stdout(self) -> Pipe | None:
        """Where frames come from."""

    def wait(self, timeout: float | None = None) -> int:
        """Exit status, or subprocess.TimeoutExpired."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


class HostSilent(Exception):
    """The host ended or said nothing before its first frame; the log says why."""


@attrs.define
class _Points:
    times_ns: array[int] = attrs.field(factory=lambda: array("q"))
    values: array[float] = attrs.field(factory=lambda: array("d"))


class LiveSource:
    """Speaks to one host."""

    seekable = False

    def __init__(
        self,
        process: HostProcess,
        *,
        log: str | Path | None,
        hello: Hello | None = None,
        hello_within_s: float = 30.0,
    ) -> None:
        """Waits for the host's Hello, unless the caller knows what it will say.

        Raises HostSilent when the host ends, or sends nothing for `hello_within_s` seconds.
        """
        if process.stdin is None or process.stdout is None:
            raise ValueError("the host must be started with pipes for stdin and stdout")
        self._process = process
        self._input = process.stdin.fileno()
        # The reader's own copy: nobody else can close the number under it and open another file.
        self._output = os.dup(process.stdout.fileno())
        self._log = None if log is None else str(log)
        self._lock = threading.Lock()
        self._greeted = threading.Event()
        self._hello = hello
        self._state: State | None = None
        self._state_is_new = False
        self._lines: list[NarrationView] = []
        self._applied: list[Applied] = []
        self._marks: list[Marker] = []
        self._series: dict[str, _Points] = {}
        self._done: Done | None = None
        self._failure: Failure | None = None
        self._progress: Progress | None = None
        self._leaving = False
        self._detached = False
        self._heard_at = time.monotonic()
        self._news: Callable[[], None] = _nobody
        os.set_blocking(self._input, False)
        self._reader = threading.Thread(target=self._read, name="host frames", daemon=True)
        self._reader.start()
        if self._hello is None:
            self._greeted.wait(hello_within_s)
        if self._hello is None:
            failure = self._failure
            reason = "it sent nothing" if failure is None else failure.reason
            raise HostSilent(f"the simulator did not start: {reason}")

    @property
    def hello(self) -> Hello:
        """What is running."""
        assert self._hello is not None
        return self._hello

    # The reader thread -------------------------------------------------------------------------

    def _read(self) -> None:
        frames = FrameReader()
        reason = ""
        try:
            while piece := os.read(self._output, PIECE_BYTES):
                received = frames.feed(piece)
                with self._lock:
                    self._heard_at = time.monotonic()
                    for frame in received:
                        self._take(frame)
                if any(isinstance(frame, _DRAWN_AT_ONCE) for frame in received):
                    self._news()
        except LinkError as error:
            reason = f"it sent {error}"
        except OSError as error:
            reason = f"its output cannot be read: {error.strerror}"
        finally:
            os.close(self._output)
        self._ended(reason)

    def _take(self, frame: Frame) -> None:
        match frame:
            case State():
                self._state, self._state_is_new = frame, True
            case Narration():
                self._lines += frame.lines
            case Series():
                points = self._series.setdefault(frame.name, _Points())
                points.times_ns.extend(frame.times_ns)
                points.values.extend(frame.values)
            case Applied():
                self._applied.append(frame)
                if frame.command == "mark" and not frame.refused:
                    self._marks.append(Marker(frame.t_ns, frame.detail))
            case Hello():
                self._hello = frame
                self._greeted.set()
            case Progress():
                self._progress = frame if frame.share < 1.0 else None
            case Done():
                self._done = frame
            case Failure():
                self._failure = frame

    def _ended(self, reason: str) -> None:
        exit_code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            exit_code = self._process.wait(timeout=2.0)
        with self._lock:
            if self._failure is None and self._done is None and not self._leaving:
                words = reason or "its process ended without a word"
                self._failure = Failure(reason=words, log=self._log, exit_code=exit_code)
            elif self._failure is not None:
                self._failure = Failure(
                    reason=self._failure.reason,
                    log=self._failure.log or self._log,
                    exit_code=exit_code,
                )
        self._greeted.set()
        self._news()

    # The user interface's thread ---------------------------------------------------------------

    def poll(self) -> Update:
        """What is new since the last call; decodes the newest state only."""
        with self._lock:
            state = self._state if self._state_is_new else None
            self._state_is_new = False
            lines, self._lines = tuple(self._lines), []
            applied, self._applied = tuple(self._applied), []
            status = self._status()
        if state is None:
            return Update(status=status, lines=lines, applied=applied)
        try:
            view = region_of(state)
        except LinkError as error:
            failure = Failure(reason=f"it sent {error}", log=self._log)
            with self._lock:
                self._failure = self._failure or failure
            return Update(status=attrs.evolve(status, failure=self._failure), lines=lines)
        return Update(status=status, view=view, lines=lines, applied=applied)

    def _status(self) -> Status:
        state = self._state
        if state is None:
            waiting = self._done is None and self._failure is None
            silent_s = time.monotonic() - self._heard_at if waiting else 0.0
            return Status(
                silent_s=float(int(silent_s)),
                failure=self._failure,
                done=self._done,
                progress=self._progress,
            )
        running = not state.halted and self._done is None and self._failure is None
        silent_s = time.monotonic() - self._heard_at if running else 0.0
        return Status(
            t_ns=state.t_ns,
            pace=state.pace,
            auto=state.auto,
            speed=state.speed,
            halted=state.halted,
            recording_bytes=state.recording_bytes,
            silent_s=float(int(silent_s)),
            done=self._done,
            failure=self._failure,
        )

    def announce(self, news: Callable[[], None]) -> None:
        """Call `news`, from the reader's thread, when a state has come or a command was answered,
        and when the host has ended."""
        self._news = news

    def series_names(self) -> Sequence[str]:
        """What the host has sent points of."""
        with self._lock:
            return tuple(self._series)

    def history(self, name: str) -> History:
        """A copy of the named series: the reader goes on adding to the original."""
        with self._lock:
            points = self._series.get(name)
            if points is None:
                return History()
            return History(points.times_ns[:], points.values[:])

    def overview(self, name: str) -> History:
        """The same: nothing later is known."""
        return self.history(name)

    def markers(self) -> Sequence[Marker]:
        """Marks the host has confirmed."""
        return tuple(self._marks)

    def milestones(self) -> Sequence[MilestoneView]:
        """None of its own: the newest view has them."""
        return ()

    def send(self, command: Command) -> None:
        """One line to the host. A host that does not read any more is not waited for."""
        if self._leaving:
            return
        self._detached = self._detached or isinstance(command, Detach)
        try:
            os.write(self._input, encode_command(command))
        except BlockingIOError:
            words = "the simulator does not take commands"
            with self._lock:
                self._applied.append(Applied(t_ns=0, command="", detail=words, refused=True))
        except OSError:
            return  # it is dead; the reader thread says so

    def close(self) -> None:
        """End the host's input, so that it closes its recording and ends; stop it if it does not.

        A host that was told to go on alone (`Detach`) is left to itself.
        """
        self._leaving = True
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._detached:
            return
        stuck = self._status().silent_s > STUCK_CLOSING_S
        try:
            self._process.wait(timeout=STUCK_CLOSING_S if stuck else CLOSING_S)
        except subprocess.TimeoutExpired:
            self._stop()
        self._reader.join(timeout=2.0)

    def _stop(self) -> None:
        """What is recorded is on the disk: a host that does not end by itself may be killed."""
        self._process.terminate()
        try:
            self._process.wait(timeout=STUCK_CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
