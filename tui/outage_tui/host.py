"""The simulator in a process of its own; the dashboard is its client.

Started as `python -m outage_tui.host`. The first line of its standard input is the order (what to
run), every further line a command. Frames go to standard output. The run never waits for whoever
watches: while a state is on its way no other is made. When the input ends (the dashboard is gone)
the run is stopped and its recording closed, unless it was told to go on alone. SIGTERM does the
same. The exit status is 0, or 1 when the run or its recording failed.
"""

import os
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.simulation import Simulation
from outage_engine.clock import SECOND
from outage_engine.errors import OutageError
from outage_engine.recording.reader import printable
from outage_tui.auto_pace import AutoPace
from outage_tui.command_text import source_of
from outage_tui.interruption import interruptible
from outage_tui.interventions import Interventions
from outage_tui.link_messages import (
    Applied,
    Command,
    Detach,
    Done,
    Failure,
    Frame,
    Hello,
    Intervention,
    LinkError,
    Mark,
    Narration,
    Pace,
    Pause,
    Quit,
    Resume,
    Seek,
    Series,
    State,
    Step,
    decode_command,
    encode_frame,
    pack_region,
)
from outage_tui.mishap import DIVERGED, DONE, FAILED, USAGE, Terminated, write_log
from outage_tui.recorder import SteadyFlush, close_recording, open_recording
from outage_tui.reexecution import Diverged, Parent, Reexecution

if TYPE_CHECKING:
    from outage_engine.narration import Line
    from outage_engine.recording.writer import RecordingWriter

FRAME_S = 0.1
"""Wall seconds between two states: ten frames a second."""
CHARTED = (
    "dwfm.broken",
    "dwfm.queue",
    "nm.wait_s",
    "nlb.zones_out",
    "nlb.capacity_share",
    "customers.error_rate",
    "ec2.success_share",
    "ec2.launched_total",
    "ec2.insufficient_capacity_total",
    "ec2.request_limit_total",
    "ec2.failed_total",
)
"""Series that the dashboard draws over time."""
NICENESS = 10
"""How far the simulator stands behind the dashboard in the operating system's queue."""
LINE_BYTES_MAX = 65_536
"""A longer line is no command."""
ORDER_BYTES_MAX = 16 << 20
PACE_LIMIT = 1e6
STEPS_MAX = 100_000
"""Events of one step; more would keep the next command waiting."""
NAME_LENGTH_MAX = 200
"""Characters of a marker's name that are kept."""
PARTING_S = 1.0
"""Wall seconds that the last frames may take once the client has asked to stop."""


class ForkOf(msgspec.Struct, frozen=True):
    """Where a fork comes from; see `reexecution.Parent`."""

    path: str
    at_ns: int
    digest: str

    def parent(self) -> Parent:
        """The same for this side of the pipe."""
        return Parent(Path(self.path), self.at_ns, self.digest)


class Order(msgspec.Struct, frozen=True):
    """What to run; the first line of the host's input."""

    scenario: str
    """Complete scenario text."""
    until_ns: int
    pace: float
    """Virtual seconds a second; 0: as fast as possible; below 0: the host chooses."""
    record: str | None
    command: str
    parent: ForkOf | None = None
    """Of a fork: what it repeats first."""
    halted: bool = False
    """A fork halts when it has reached its moment."""


class Host:
    """One run, its client, and the pipe between them."""

    def __init__(
        self,
        order: Order,
        lines: "Lines",
        out: trio.lowlevel.FdStream,
        again: Reexecution | None = None,
    ) -> None:
        """`again`: the part of a fork that is its parent's."""
        scenario = Scenario.read(order.scenario)
        self._again = again
        self._order = order
        self._lines = lines
        self._out = out
        self._run = trio.CancelScope()
        self._detached = False
        self._unheard = False
        self._over = False
        self._failure: Failure | None = None
        self._to_send: list[Frame] = []
        self._state: State | None = None
        self._last: State | None = None
        self._something = trio.Event()
        self._dismissed = trio.Event()
        self._all_sent = trio.Event()
        path = None if order.record is None else Path(order.record)
        self._path = path
        self._writer: RecordingWriter | None = open_recording(
            path,
            scenario,
            order.command,
            order.until_ns,
            self._recording_failed,
            None if order.parent is None else order.parent.parent(),
        )
        self._flush = None if self._writer is None else SteadyFlush(self._writer)
        self.simulation = Simulation(
            scenario,
            until_ns=order.until_ns,
            sink=self._writer if again is None else again.beside(self._writer),
            keeper=self._writer,
        )
        self._interventions = Interventions(
            self.simulation, self._writer, source_of(order.command) or scenario.name
        )
        world = self.simulation.world
        world.narration.listen(self._say)
        world.on_slice = self._look
        self._auto = AutoPace(scenario, order.until_ns)
        self._is_auto = order.pace < 0
        world.pace.change(order.pace if order.pace > 0 else None)
        self._sent_points: dict[str, int] = {}
        self._next_state = 0.0
        self._shown_events = 0
        self._speed_from = (0.0, 0)
        self._speed = 0.0
        self._bytes = 0

    # -- the run ------------------------------------------------------------------------------

    async def live(self) -> None:
        """Run, send and obey until the run is over and the client has left."""
        scenario = self.simulation.scenario
        self._send(
            Hello(
                scenario=scenario.name,
                title=scenario.title,
                seed=scenario.seed,
                start=scenario.start,
                epoch_s=scenario.epoch_s,
                duration_s=self.simulation.until_ns / SECOND,
                droplets=scenario.droplets,
                recording=self._order.record,
                forked_at_ns=None if self._order.parent is None else self._order.parent.at_ns,
            )
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_sending)
            nursery.start_soon(self._obey)
            try:
                with self._run:
                    await self._advance()
            except Diverged as error:
                self._failure = Failure(reason=str(error), exit_code=DIVERGED)
            except OutageError as error:
                self._failure = Failure(reason=str(error), log=write_log(), exit_code=FAILED)
            finally:
                self._close()
            self._finish()
            await self._leave()
            nursery.cancel_scope.cancel()

    @property
    def exit_status(self) -> int:
        """How the process is to end: a failed recording is a failure too."""
        if self._failure is not None:
            return self._failure.exit_code or FAILED
        unrecorded = self._writer is not None and self._writer.failure is not None
        return FAILED if unrecorded else DONE

    async def _advance(self) -> None:
        world = self.simulation.world
        async with world.running():
            try:
                if self._again is not None:
                    await self._repeat(self._again)
                await world.advance(self.simulation.until_ns)
            finally:
                # While the cast is there: actors that have ended answer nobody, and look broken.
                self._publish()

    async def _repeat(self, again: Reexecution) -> None:
        """A fork's first part: its parent's run, of which nobody sees more than how far it is."""
        world = self.simulation.world
        world.on_slice = self._flush
        await again.run(self.simulation, self._send)
        self._again = None
        world.on_slice = self._look
        if self._detached:
            self._go_on_alone()
        elif self._order.halted:
            world.pace.pause()
        self._publish()

    def _close(self) -> None:
        self._over = True
        how = "complete" if self._complete else "stopped early"
        close_recording(self._writer, self.simulation, how)

    @property
    def _complete(self) -> bool:
        return self.simulation.world.now >= self.simulation.until_ns

    def _finish(self) -> None:
        """The last state, and how it ended."""
        world = self.simulation.world
        self._bytes = _size(self._path)
        if self._last is not None and not (self._detached or self._unheard):
            self._state = msgspec.structs.replace(self._last, recording_bytes=self._bytes)
            self._something.set()
        if self._failure is not None:
            self._send(self._failure)
            return
        kept = "" if self._path is None else f" Recorded in {self._path}."
        if self._writer is not None and self._writer.failure is not None:
            kept = f" The recording stopped early: {self._writer.failure}."
        happened = len(self.simulation.milestones.happened())
        how = "is over" if self._complete else "was stopped early"
        summary = f"The run {how}: {happened} milestones happened.{kept}"
        command = self._interventions.command or self._order.command
        self._send(Done(t_ns=world.now, digest=world.digest, summary=summary, command=command))

    async def _leave(self) -> None:
        """Stay until the client has left; then give the last frames a moment to go out."""
        if not self._detached:
            await self._dismissed.wait()
        with trio.move_on_after(PARTING_S):
            await self._all_sent.wait()

    # -- what the client sees -------------------------------------------------------------------

    def _look(self) -> None:
        """Between two slices of the run: is a state due, is a commit due?"""
        now = trio.current_time()
        world = self.simulation.world
        # While halted nobody looks again before the next command, so each step shows at once.
        stepped = world.pace.paused and world.events != self._shown_events
        if now < self._next_state and not stepped:
            return
        # On a grid, so that a slice of the run that ended late does not make the next one late.
        self._next_state = max(self._next_state + FRAME_S, now)
        self._auto.reached(len(self.simulation.milestones.happened()), now)
        self._choose_pace(now)
        self._measure_speed(now)
        if self._flush is not None:
            self._flush()
            self._bytes = _size(self._path)
        if self._state is None or world.pace.paused:
            self._publish()

    def _choose_pace(self, wall_s: float) -> None:
        if not self._is_auto or self._again is not None:
            return  # what a fork shares with its parent is executed as fast as possible
        pace = self.simulation.world.pace
        wanted = self._auto.pace(self.simulation.world.now, wall_s)
        if wanted != pace.multiplier:
            pace.change(wanted)

    def _publish(self) -> None:
        """Put the state of this moment on its way, if anybody is there and the cast has begun."""
        world = self.simulation.world
        if self._detached or self._unheard or not world.now:
            return
        pace = world.pace
        self._shown_events = world.events
        self._state = self._last = State(
            t_ns=world.now,
            view=pack_region(self.simulation.view()),
            pace=pace.multiplier or 0.0,
            auto=self._is_auto,
            speed=self._speed,
            halted=pace.paused,
            recording_bytes=self._bytes,
        )
        self._send_points()
        self._something.set()

    def _measure_speed(self, now: float) -> None:
        wall, virtual = self._speed_from
        if now - wall >= 1.0:
            t_ns = self.simulation.world.now
            self._speed = (t_ns - virtual) / SECOND / (now - wall) if wall else 0.0
            self._speed_from = (now, t_ns)

    def _send_points(self) -> None:
        telemetry = self.simulation.world.telemetry
        known = telemetry.names()
        for name in CHARTED:
            if name not in known:
                continue
            series = telemetry.series(name)
            times, values = series.times_ns, series.values
            after = self._sent_points.get(name, -1)
            first = int(times.searchsorted(after, side="right"))
            if first < len(times):
                self._sent_points[name] = int(times[-1])
                self._send(
                    Series(
                        name=name,
                        times_ns=tuple(times[first:].tolist()),
                        values=tuple(values[first:].tolist()),
                    )
                )

    def _say(self, line: "Line") -> None:
        from outage_agents.views import NarrationView

        wall_s = trio.current_time()
        self._auto.told(line.level, self.simulation.region.dns.route53.snapshot().state, wall_s)
        self._choose_pace(wall_s)
        told = NarrationView(
            line.n,
            line.t_ns,
            line.component,
            line.level,
            line.text,
            line.about,
            line.because,
            line.via,
        )
        self._send(Narration((told,)))

    def _recording_failed(self, reason: str) -> None:
        self._send(
            Applied(
                t_ns=self.simulation.world.now,
                command="record",
                detail=f"recording stopped: {reason}; the run goes on unrecorded",
                refused=True,
            )
        )

    def _send(self, frame: Frame) -> None:
        if not self._detached and not self._unheard:
            self._to_send.append(frame)
            self._something.set()

    async def _keep_sending(self) -> None:
        """The only task that writes; a slow reader holds up nobody else."""
        while True:
            await self._something.wait()
            self._something = trio.Event()
            frames, self._to_send = self._to_send, []
            state = self._state
            if state is not None:
                # After the narration that led to it, and before the end.
                ends = bool(frames) and isinstance(frames[-1], Done | Failure)
                frames.insert(len(frames) - ends, state)
            try:
                await self._out.send_all(b"".join(map(encode_frame, frames)))
            except (trio.BrokenResourceError, OSError):
                # Nobody reads any more; the end of the input, not this, says what to do.
                self._unheard = True
                self._all_sent.set()
                return
            if self._state is state:
                self._state = None
            if self._over and not self._to_send and self._state is None:
                self._all_sent.set()

    # -- what the client asks -------------------------------------------------------------------

    async def _obey(self) -> None:
        try:
            while (line := await self._lines.next()) is not None:
                if not self._obey_line(line):
                    break
        finally:
            if not self._detached:
                self._run.cancel()
            self._dismissed.set()

    def _obey_line(self, line: bytes) -> bool:
        """Carry out one command; False when the run is to end."""
        try:
            command = decode_command(line)
        except LinkError as error:
            self._refuse("?", str(error))
            return True
        if isinstance(command, Quit):
            return False
        self._carry_out(command)
        return True

    def _carry_out(self, command: Command) -> None:
        refusal = self._objection(command)
        name = type(command).__name__.lower()
        if refusal:
            self._refuse(name, refusal)
            return
        if isinstance(command, Intervention):
            self._intervene(name, command)
            return
        world = self.simulation.world
        detail = ""
        match command:
            case Pace(multiplier=multiplier, auto=auto):
                self._is_auto = auto
                if not auto:
                    world.pace.change(multiplier if multiplier > 0 else None)
                detail = "auto" if auto else f"x{multiplier:g}" if multiplier > 0 else "max"
            case Pause():
                world.pace.pause()
                if self._writer is not None:
                    self._writer.flush()  # whoever forks or copies a halted run finds all of it
            case Resume():
                world.pace.resume()
            case Step(count=count):
                world.pace.step(count)
            case Mark(name=name_of_mark):
                detail = self._mark(name_of_mark)
            case _:
                pass
        self._next_state = 0.0
        self._send(Applied(t_ns=world.now, command=name, detail=detail))
        if isinstance(command, Detach):
            self._go_on_alone()

    def _intervene(self, name: str, command: Intervention) -> None:
        """Make a command an input of the run; it is recorded when the client hears of it."""
        try:
            at_ns, detail = self._interventions.carry_out(command)
        except InputError as error:
            self._refuse(name, "; ".join(error.problems))
            return
        self._next_state = 0.0
        self._publish()  # a halted run shows what is ahead of it
        self._send(Applied(t_ns=at_ns, command=name, detail=detail))

    def _objection(self, command: Command) -> str:
        """Why a command cannot be carried out now; empty when it can."""
        if isinstance(command, Seek):
            return "a live run cannot be sought; replay its recording"
        if self._over and not isinstance(command, Detach):
            return "the run is over"
        if self._again is not None and not isinstance(command, Detach):
            return "the fork still repeats its parent; wait until it has reached its moment"
        match command:
            case Pace(multiplier=multiplier) if not 0 <= multiplier <= PACE_LIMIT:
                return f"a pace is 0 (as fast as possible) to {PACE_LIMIT:g}"
            case Step() if not self.simulation.world.pace.paused:
                return "halt the run first (P)"
            case Step(count=count) if not 1 <= count <= STEPS_MAX:
                return f"a step is 1 to {STEPS_MAX} events of a live run"
            case _:
                return ""

    def _mark(self, name: str) -> str:
        """Keep a marker, at once: what was acknowledged must outlive this process."""
        kept = printable(name[:NAME_LENGTH_MAX])
        if self._writer is not None:
            self._writer.marker(self.simulation.world.now, kept)
            self._writer.flush()
        return kept

    def _go_on_alone(self) -> None:
        """Nobody watches from here on: no halt, no pace, no frames."""
        pace = self.simulation.world.pace
        self._detached = True
        self._is_auto = False
        pace.change(None)
        pace.resume()

    def _refuse(self, command: str, why: str) -> None:
        self._send(
            Applied(t_ns=self.simulation.world.now, command=command, detail=why, refused=True)
        )


class Lines:
    """The host's input, cut into lines."""

    def __init__(self, stream: trio.lowlevel.FdStream) -> None:
        self._stream = stream
        self._pending = bytearray()
        self._searched = 0
        self._size_max = ORDER_BYTES_MAX

    async def next(self) -> bytes | None:
        """The next line, without its end; None when the input is over, an unfinished line with it.

        Of a line that is too long, the beginning: it is no order and no command, and the rest of it
        is passed over.
        """
        beginning: bytes | None = None
        while (end := self._pending.find(b"\n", self._searched)) < 0:
            self._searched = len(self._pending)
            if self._searched > self._size_max:
                beginning = bytes(self._pending[:80])
                self._forget(self._searched)
            piece = await self._stream.receive_some(LINE_BYTES_MAX)
            if not piece:
                return None
            self._pending += piece
        line = bytes(self._pending[:end]) if beginning is None else beginning
        self._forget(end + 1)
        self._size_max = LINE_BYTES_MAX  # only the first line is an order
        return line

    def _forget(self, size: int) -> None:
        del self._pending[:size]
        self._searched = 0


def _size(path: Path | None) -> int:
    if path is None:
        return 0
    size = 0
    for part in (path, path.with_name(path.name + "-wal")):
        try:
            size += part.stat().st_size
        except OSError:
            continue
    return size


async def _main() -> int:
    out = trio.lowlevel.FdStream(os.dup(1))
    lines = Lines(trio.lowlevel.FdStream(os.dup(0)))
    try:
        line = await lines.next()
        if line is None:
            return USAGE
        order = msgspec.json.decode(line, type=Order)
        with nullcontext() if order.parent is None else Reexecution(order.parent.parent()) as again:
            host = Host(order, lines, out, again)
            await interruptible(host.live)
    except (OutageError, msgspec.MsgspecError) as error:
        await _tell_failure(out, str(error))
        return FAILED
    except Exception as error:
        await _tell_failure(out, f"unexpected {type(error).__name__}: {error}")
        return FAILED
    except Terminated as stopped:
        return 128 + stopped.signal_number
    return host.exit_status


async def _tell_failure(out: trio.lowlevel.FdStream, reason: str) -> None:
    """Give the client the reason, if it still listens; the log has the rest."""
    failure = Failure(reason=reason, log=write_log(), exit_code=FAILED)
    with trio.move_on_after(PARTING_S), suppress(trio.BrokenResourceError):
        await out.send_all(encode_frame(failure))


def _step_aside() -> None:
    """Leave the processor to the dashboard when both want it: a key counts more than an event."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


if __name__ == "__main__":
    _step_aside()
    sys.exit(trio.run(_main))
