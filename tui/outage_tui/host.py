"""The simulator in a process of its own; the dashboard is its client.

Started as `python -m outage_tui.host`. The first line of its standard input is the order (what to
run), every further line a command. Frames go to standard output. The run never waits for whoever
watches: a state that cannot be sent in time is replaced by the next one. When the input ends (the
dashboard is gone) the run is stopped and its recording closed, unless it was told to go on alone.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.clock import SECOND
from outage_engine.errors import OutageError
from outage_tui.auto_pace import AutoPace
from outage_tui.link_messages import (
    Applied,
    Command,
    Detach,
    Done,
    Failure,
    Frame,
    Hello,
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
from outage_tui.mishap import write_log
from outage_tui.recorder import close_recording, open_recording

if TYPE_CHECKING:
    from outage_engine.narration import Line
    from outage_engine.recording.writer import RecordingWriter

FRAME_S = 0.1
"""Wall seconds between two states: ten frames a second."""
FLUSH_S = 1.0
"""Wall seconds between two commits of the recording, at least."""
CHARTED = (
    "dwfm.broken",
    "dwfm.queue",
    "nm.wait_s",
    "nlb.zones_out",
    "nlb.capacity_share",
    "customers.error_rate",
    "ec2.success_share",
)
"""Series that the dashboard draws over time."""
LINE_BYTES_MAX = 65_536


class Order(msgspec.Struct, frozen=True):
    """What to run; the first line of the host's input."""

    scenario: str
    """Complete scenario text."""
    until_ns: int
    pace: float
    """Virtual seconds a second; 0: as fast as possible; below 0: the host chooses."""
    record: str | None
    command: str


class Host:
    """One run, its client, and the pipe between them."""

    def __init__(self, order: Order, pipe_in: trio.lowlevel.FdStream, out: trio.lowlevel.FdStream):
        scenario = Scenario.read(order.scenario)
        self._order = order
        self._in = pipe_in
        self._out = out
        self._detached = False
        self._to_send: list[Frame] = []
        self._state: State | None = None
        self._something = trio.Event()
        path = None if order.record is None else Path(order.record)
        self._path = path
        self._writer: RecordingWriter | None = open_recording(
            path, scenario, order.command, order.until_ns, self._recording_failed
        )
        self.simulation = Simulation(
            scenario, until_ns=order.until_ns, sink=self._writer, keeper=self._writer
        )
        world = self.simulation.world
        world.narration.listen(self._say)
        world.on_slice = self._look
        self._auto = AutoPace(scenario)
        self._is_auto = order.pace < 0
        world.pace.change(order.pace if order.pace > 0 else None)
        self._sent_points: dict[str, int] = {}
        self._next_state = 0.0
        self._next_flush = 0.0
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
            )
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_sending)
            nursery.start_soon(self._obey, nursery.cancel_scope)
            try:
                await self._run()
            finally:
                self._close()
            self._finish()
            if self._detached:
                nursery.cancel_scope.cancel()

    async def _run(self) -> None:
        world = self.simulation.world
        async with world.running():
            await world.advance(self.simulation.until_ns)

    def _close(self) -> None:
        world = self.simulation.world
        over = world.now >= self.simulation.until_ns
        close_recording(self._writer, self.simulation, "complete" if over else "stopped early")

    def _finish(self) -> None:
        world = self.simulation.world
        self._publish(trio.current_time())
        kept = "" if self._path is None else f" Recorded in {self._path}."
        if self._writer is not None and self._writer.failure is not None:
            kept = f" The recording stopped early: {self._writer.failure}."
        happened = len(self.simulation.milestones.happened())
        summary = f"The run is over: {happened} milestones happened.{kept}"
        self._send(Done(t_ns=world.now, digest=world.digest, summary=summary))

    # -- what the client sees -------------------------------------------------------------------

    def _look(self) -> None:
        """Between two slices of the run: is a state due, is a commit due?"""
        now = trio.current_time()
        if now < self._next_state:
            return
        self._next_state = now + FRAME_S
        if self._is_auto:
            wanted = self._auto.pace(self.simulation.world.now)
            if wanted != self.simulation.world.pace.multiplier:
                self.simulation.world.pace.change(wanted)
        self._measure_speed(now)
        if self._writer is not None and now >= self._next_flush:
            self._next_flush = now + FLUSH_S
            self._writer.flush()
            self._bytes = _size(self._path)
        if self._state is None and not self._detached:
            self._publish(now)

    def _publish(self, now: float) -> None:
        pace = self.simulation.world.pace
        self._state = State(
            t_ns=self.simulation.world.now,
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

        self._send(
            Narration((NarrationView(line.n, line.t_ns, line.component, line.level, line.text),))
        )

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
        if not self._detached:
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
                frames.append(state)
            try:
                await self._out.send_all(b"".join(encode_frame(frame) for frame in frames))
            except (trio.BrokenResourceError, OSError):
                self._detached = True
                return
            self._state = None

    # -- what the client asks -------------------------------------------------------------------

    async def _obey(self, run: trio.CancelScope) -> None:
        pending = b""
        while True:
            piece = await self._in.receive_some(LINE_BYTES_MAX)
            if not piece:
                break
            pending += piece
            *lines, pending = pending.split(b"\n")
            if len(pending) > LINE_BYTES_MAX:
                self._refuse("?", "a command without an end")
                pending = b""
            for line in lines:
                if not self._obey_line(line):
                    run.cancel()
                    return
        if not self._detached:
            run.cancel()

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
            case Resume():
                world.pace.resume()
            case Step(count=count):
                if not world.pace.paused or count < 1:
                    self._refuse("step", "halt the run first (P)")
                    return
                world.pace.step(count)
            case Mark(name=name):
                if self._writer is not None:
                    self._writer.marker(world.now, name[:200])
                detail = name
            case Detach():
                self._detached = True
            case Seek():
                self._refuse("seek", "a live run cannot be sought; replay its recording")
                return
            case _:
                pass
        self._next_state = 0.0
        self._send(Applied(t_ns=world.now, command=type(command).__name__.lower(), detail=detail))

    def _refuse(self, command: str, why: str) -> None:
        self._send(
            Applied(t_ns=self.simulation.world.now, command=command, detail=why, refused=True)
        )


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


async def _read_line(stream: trio.lowlevel.FdStream) -> bytes:
    """The order; read byte by byte so that nothing of the commands is taken with it."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = await stream.receive_some(1)
        if not piece:
            break
        line += piece
    return bytes(line)


async def _main() -> None:
    out = trio.lowlevel.FdStream(os.dup(1))
    pipe_in = trio.lowlevel.FdStream(os.dup(0))
    try:
        line = await _read_line(pipe_in)
        if not line:
            return
        host = Host(msgspec.json.decode(line, type=Order), pipe_in, out)
        await host.live()
    except (OutageError, msgspec.MsgspecError) as error:
        failure = Failure(reason=str(error), log=write_log(), exit_code=1)
        await out.send_all(encode_frame(failure))
        sys.exit(1)


if __name__ == "__main__":
    trio.run(_main)
