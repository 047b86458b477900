"""The simulator host over its pipes, as a dashboard uses it. Waits for conditions, not for time."""

import functools
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import msgspec
import pytest

from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.errors import RecordingError
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui.link_messages import (
    Applied,
    Command,
    Detach,
    Done,
    Failure,
    Frame,
    FrameReader,
    Hello,
    Mark,
    Narration,
    Pace,
    Pause,
    Quit,
    Resume,
    State,
    Step,
    encode_command,
    region_of,
)

if TYPE_CHECKING:
    import subprocess

PATIENCE_S = 30.0
"""Only a broken host takes so long to do anything."""
UNTIL_NS = 58 * MINUTE

_Kind = TypeVar("_Kind", bound=Frame)


@attrs.define
class Client:
    """What a dashboard does with a host."""

    process: "subprocess.Popen[bytes]"
    frames: list[Frame] = attrs.field(factory=list)
    _reader: FrameReader = attrs.field(factory=FrameReader)

    def order(self, record: Path | None = None, **changes: Any) -> None:
        """Say what to run: the race with ten endpoints, halted by nobody."""
        scenario = Scenario.load("dns-only", [("dns.endpoints", "10")])
        order = {
            "scenario": scenario.text(),
            "until_ns": UNTIL_NS,
            "pace": 0.0,
            "record": None if record is None else str(record),
            "command": "a test",
        }
        self.write(msgspec.json.encode(order | changes) + b"\n")

    def write(self, data: bytes) -> None:
        """Put bytes into the host's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, *commands: Command) -> None:
        """Put commands into the host's input."""
        self.write(b"".join(map(encode_command, commands)))

    def close(self) -> None:
        """End the host's input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait_for(self, kind: type[_Kind], that: Callable[[_Kind], bool] = lambda _: True) -> _Kind:
        """Read until such a frame has come; the first there is."""
        seen = 0
        while True:
            for frame in self.frames[seen:]:
                if isinstance(frame, kind) and that(frame):
                    return frame
            seen = len(self.frames)
            assert self.read(), f"the host ended without {kind.__name__}"

    def read(self) -> bool:
        """Read a piece; False at the end."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        assert ready, "the host says nothing"
        piece = os.read(self.process.stdout.fileno(), 1 << 16)
        self.frames += self._reader.feed(piece)
        return bool(piece)

    def ended(self) -> int:
        """Read to the end; the exit status."""
        while self.read():
            pass
        status = self.process.wait(timeout=PATIENCE_S)
        assert self.process.stderr is not None
        assert self.process.stderr.read() == b""
        return status

    def applied(self, command: str) -> Applied:
        """Wait for the answer to a command."""
        return self.wait_for(Applied, lambda frame: frame.command == command)


@pytest.fixture
def client(starter: Any) -> Client:
    """A host that has been started and was told nothing yet."""
    return Client(starter.host())


@functools.cache
def unwatched_digest() -> str:
    """The same run, without a host."""
    scenario = Scenario.load("dns-only", [("dns.endpoints", "10")])
    simulation = Simulation(scenario, until_ns=UNTIL_NS)
    simulation.world.simulate(UNTIL_NS)
    return simulation.world.digest


def test_a_run_behind_a_dashboard_is_the_run_without_one(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "watched.otrec"
    client.order(path)
    done = client.wait_for(Done)
    client.send(Quit())

    assert client.ended() == 0
    assert done.digest == unwatched_digest()
    assert done.t_ns == UNTIL_NS
    hello = client.frames[0]
    assert isinstance(hello, Hello)
    assert (hello.scenario, hello.seed, hello.recording) == ("dns-only", 1, str(path))
    assert hello.duration_s == UNTIL_NS / SECOND
    told = [line for frame in client.frames if isinstance(frame, Narration) for line in frame.lines]
    assert [line.n for line in told] == list(range(1, len(told) + 1))
    assert told
    states = [frame for frame in client.frames if isinstance(frame, State)]
    assert [state.t_ns for state in states] == sorted(state.t_ns for state in states)
    assert region_of(states[-1]).t_ns == UNTIL_NS
    assert client.frames[-1] is done
    with Recording(path) as recording:
        assert recording.meta.finished
        assert recording.meta.digest == done.digest
        assert len(Playback(recording).narration()) == len(told)


def test_the_last_state_of_a_run_is_of_a_cast_that_still_answers(client: Client) -> None:
    client.order(scenario=Scenario.load("small").text(), until_ns=2 * MINUTE)
    client.wait_for(Done)
    client.send(Quit())
    assert client.ended() == 0
    last = region_of([frame for frame in client.frames if isinstance(frame, State)][-1])
    assert last.t_ns == 2 * MINUTE
    assert last.leases.verdict == "stable"
    assert all(zone.verdict == "stable" for zone in last.leases.zones)


def test_commands_are_obeyed_and_each_is_answered(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "marked.otrec"
    client.order(path, pace=60.0)
    client.wait_for(State)
    client.send(Pause())
    halted_at = client.applied("pause").t_ns
    halted = client.wait_for(State, lambda state: state.halted)
    assert halted.t_ns == halted_at

    client.send(Step(3))
    assert not client.applied("step").refused
    after = region_of(halted).events + 3
    client.wait_for(State, lambda state: state.halted and region_of(state).events == after)

    client.send(Mark("here\x1b[2J"))
    mark = client.applied("mark")
    assert mark.detail == "here\N{REPLACEMENT CHARACTER}[2J"
    client.send(Pace(0.0), Resume())
    assert client.applied("pace").detail == "max"
    assert client.wait_for(Done).digest == unwatched_digest()
    client.close()
    assert client.ended() == 0
    with Recording(path) as recording:
        (kept,) = Playback(recording).markers()
        assert (kept.t_ns, kept.name) == (mark.t_ns, mark.detail)


REFUSED = (
    (b"{", "not a command"),
    (b"", "not a command"),
    (b'{"type":"pace","multiplier":"fast"}', "not a command"),
    (b'{"type":"explode"}', "not a command"),
    (b"\xff\xfe\x00", "not a command"),
    (b'{"type":"mark","name":"\\ud800"}', "not a command"),
    (b"[" * 60_000, "not a command"),
    (b"x" * 300_000, "not a command"),
    (b'{"type":"pace","multiplier":-1}', "a pace is"),
    (b'{"type":"pace","multiplier":1e300}', "a pace is"),
    (b'{"type":"step","count":0}', "a step is"),
    (b'{"type":"step","count":1000000000000}', "a step is"),
    (b'{"type":"seek","t_ns":0}', "cannot be sought"),
)


def test_commands_that_cannot_be_are_refused_and_the_run_goes_on(client: Client) -> None:
    client.order(pace=60.0)
    client.send(Pause())
    for line, _ in REFUSED:
        client.write(line + b"\n")
    client.send(Resume())
    client.applied("resume")
    client.close()
    assert client.ended() == 0
    reasons = [frame.detail for frame in client.frames if isinstance(frame, Applied)][1:-1]
    assert len(reasons) == len(REFUSED)
    for reason, (line, why) in zip(reasons, REFUSED, strict=True):
        assert why in reason, line[:80]


def test_a_step_of_a_run_that_is_not_halted_is_refused(client: Client) -> None:
    client.order(pace=60.0)
    client.send(Step(1))
    assert "halt the run first" in client.applied("step").detail
    client.send(Quit())
    assert client.ended() == 0


def test_a_run_can_be_ended_before_it_has_begun(client: Client, tmp_path: Path) -> None:
    client.order(tmp_path / "none.otrec")
    client.send(Pause(), Step(5), Quit())
    assert client.ended() == 0
    with Recording(tmp_path / "none.otrec") as recording:
        assert recording.meta.finished


def test_a_command_in_pieces_is_one_command(client: Client) -> None:
    client.order(pace=60.0)
    for byte in encode_command(Pause()):
        client.write(bytes([byte]))
    assert not client.applied("pause").refused
    client.send(Quit())
    assert client.ended() == 0


@pytest.mark.parametrize("way", ["quit", "input ends", "SIGTERM"])
def test_a_run_that_is_ended_early_leaves_a_closed_recording(
    client: Client, tmp_path: Path, way: str
) -> None:
    path = tmp_path / "early.otrec"
    client.order(path, pace=60.0)
    client.wait_for(State)
    if way == "quit":
        client.send(Quit())
    elif way == "input ends":
        client.close()
    else:
        client.process.send_signal(signal.SIGTERM)

    assert client.ended() == (128 + signal.SIGTERM if way == "SIGTERM" else 0)
    with Recording(path) as recording:
        assert recording.meta.finished
        assert recording.meta.virtual_ns < UNTIL_NS
        for frame in client.frames:
            if isinstance(frame, Done):
                assert frame.digest == recording.meta.digest
                assert "stopped early" in frame.summary
    assert [file.name for file in tmp_path.iterdir()] == ["early.otrec"]


def test_a_halted_run_that_is_left_goes_on_alone_to_its_end(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "alone.otrec"
    client.order(path, pace=60.0)
    client.send(Pause())
    client.applied("pause")
    client.send(Detach())
    client.applied("detach")
    client.close()
    assert client.process.stdout is not None
    client.process.stdout.close()

    assert client.process.wait(timeout=PATIENCE_S) == 0
    with Recording(path) as recording:
        assert recording.meta.finished
        assert recording.meta.virtual_ns == UNTIL_NS
        assert recording.meta.digest == unwatched_digest()


def test_a_dashboard_that_dies_ends_the_run(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "orphan.otrec"
    client.order(path, pace=60.0)
    client.wait_for(State)
    assert client.process.stdout is not None
    client.process.stdout.close()
    client.close()

    assert client.process.wait(timeout=PATIENCE_S) == 0
    with Recording(path) as recording:
        assert recording.meta.finished
        assert recording.meta.virtual_ns < UNTIL_NS


def closed(path: Path) -> bool:
    """Whether a recording has been finished."""
    try:
        with Recording(path) as recording:
            return recording.meta.finished
    except RecordingError:  # not made yet, or growing
        return False


def test_a_reader_that_never_reads_does_not_hold_up_the_run(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "unread.otrec"
    client.order(path)
    give_up_s = time.monotonic() + PATIENCE_S
    while not closed(path):
        assert time.monotonic() < give_up_s, "the run does not come to its end"
        os.sched_yield()
    client.send(Quit())

    assert client.process.wait(timeout=PATIENCE_S) == 0
    with Recording(path) as recording:
        assert recording.meta.digest == unwatched_digest()


def test_a_recording_that_fails_is_told_and_the_run_goes_on(client: Client, tmp_path: Path) -> None:
    client.order(tmp_path / "missing" / "x.otrec")
    failure = client.wait_for(Failure)
    assert "cannot be made" in failure.reason
    assert client.ended() == 1


@pytest.mark.parametrize("order", [b"{}\n", b"nonsense\n", b'{"scenario":3}\n', b"x" * 70_000])
def test_an_order_that_is_none_ends_the_host_with_a_reason(client: Client, order: bytes) -> None:
    client.write(order)
    client.close()
    status = client.ended()
    if order.endswith(b"\n"):
        assert status == 1
        assert isinstance(client.frames[-1], Failure)
    else:
        assert status == 2


def test_after_the_end_only_leaving_is_possible(client: Client) -> None:
    client.order(until_ns=MINUTE)
    client.wait_for(Done)
    client.send(Mark("late"))
    assert client.applied("mark").refused
    client.send(Detach())
    client.close()
    assert client.ended() == 0
