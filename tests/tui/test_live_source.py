"""A host behind a pipe: latest state wins, nothing else is lost, and a dead host is news."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import FileIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from outage_tui.dashboard.live import HostSilent, LiveSource
from outage_tui.dashboard.source import Update
from outage_tui.dashboard.staged import HELLO, narration, region
from outage_tui.link_messages import (
    Applied,
    Detach,
    Done,
    Failure,
    Frame,
    Mark,
    Narration,
    Pace,
    Progress,
    Quit,
    Series,
    State,
    decode_command,
    encode_frame,
    pack_region,
)

if TYPE_CHECKING:
    from outage_agents.views import NarrationView


class FakeHost:
    """The far end of two pipes, with the little of a Popen that a source asks for."""

    def __init__(self) -> None:
        commands, self._stdin = os.pipe()
        self._stdout, frames = os.pipe()
        self.stdin = FileIO(self._stdin, "wb")
        self.stdout = FileIO(self._stdout, "rb")
        self.commands = FileIO(commands, "rb")
        self.frames = FileIO(frames, "wb")
        self.exit_code = 0
        self.terminated = False
        self.deaf = False
        """It is stopped: SIGTERM does not reach it."""
        self._over = threading.Event()

    def say(self, *frames: Frame) -> None:
        for frame in frames:
            self.frames.write(encode_frame(frame))

    def die(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self._over.set()
        self.frames.close()

    def wait(self, timeout: float | None = None) -> int:
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired("host", timeout or 0.0)
        return self.exit_code

    def terminate(self) -> None:
        self.terminated = True
        if not self.deaf:
            self.die(-15)

    def kill(self) -> None:
        self.die(-9)


@pytest.fixture
def host() -> Iterator[FakeHost]:
    fake = FakeHost()
    yield fake
    for end in (fake.stdin, fake.stdout, fake.commands, fake.frames):
        end.close()


@pytest.fixture
def live(host: FakeHost) -> Iterator[LiveSource]:
    host.say(HELLO)
    source = LiveSource(host, log="host.log")
    yield source
    host.die(0)
    source.close()


def state(t_ns: int) -> State:
    return State(t_ns=t_ns, view=pack_region(replace(region("normal"), t_ns=t_ns)), speed=60.0)


def polled(source: LiveSource, enough: Callable[[Update], bool]) -> Update:
    """Poll until it is enough; the thread needs a moment to read."""
    for _ in range(2000):
        update = source.poll()
        if enough(update):
            return update
        time.sleep(0.005)
    raise AssertionError(f"never came: {update}")


def test_how_far_a_fork_is_shows_until_it_is_through(host: FakeHost, live: LiveSource) -> None:
    half = Progress("re-execution", share=0.5, t_ns=5, until_ns=10, events=7, left_s=2.0)
    host.say(half)
    assert polled(live, lambda update: update.status.progress == half).view is None
    host.say(through(half), state(9))
    assert polled(live, lambda update: update.view is not None).status.progress is None


def through(progress: Progress) -> Progress:
    """The same, through."""
    return msgspec.structs.replace(progress, share=1.0, left_s=0.0)


def test_of_many_states_only_the_newest_is_shown(host: FakeHost, live: LiveSource) -> None:
    host.say(*(state(n) for n in range(50)), Narration(narration("race")))
    time.sleep(0)
    seen: list[int] = []

    def newest(update: Update) -> bool:
        if update.view is not None:
            seen.append(update.view.t_ns)
        return update.status.t_ns == 49

    polled(live, newest)
    assert seen[-1] == 49
    assert live.poll().view is None


def test_no_line_of_the_narration_is_lost(host: FakeHost, live: LiveSource) -> None:
    told: list[NarrationView] = []
    for line in narration("recovered"):
        host.say(Narration((line,)))

    def everything(update: Update) -> bool:
        told.extend(update.lines)
        return len(told) == len(narration("recovered"))

    polled(live, everything)
    assert tuple(told) == narration("recovered")


def test_series_grow_by_what_is_sent(host: FakeHost, live: LiveSource) -> None:
    host.say(Series("nm.wait_s", (1, 2), (0.5, 0.6)), Series("nm.wait_s", (3,), (0.7,)), state(4))
    polled(live, lambda update: update.view is not None)
    assert list(live.history("nm.wait_s").times_ns) == [1, 2, 3]
    assert list(live.history("nm.wait_s").values) == [0.5, 0.6, 0.7]
    assert list(live.history("unknown").times_ns) == []


def test_commands_arrive_as_lines(host: FakeHost, live: LiveSource) -> None:
    live.send(Pace(600.0))
    live.send(Mark("here"))
    received = host.commands.read(4096)
    assert received is not None
    lines = received.splitlines(keepends=True)
    assert [decode_command(line) for line in lines] == [Pace(600.0), Mark("here")]


def test_a_confirmed_mark_is_a_marker(host: FakeHost, live: LiveSource) -> None:
    host.say(Applied(t_ns=7, command="mark", detail="here"), state(8))
    polled(live, lambda update: update.view is not None)
    assert [(marker.t_ns, marker.name) for marker in live.markers()] == [(7, "here")]


def test_a_host_that_dies_is_a_failure_with_its_exit_status_and_log(
    host: FakeHost, live: LiveSource
) -> None:
    host.say(state(1))
    host.die(-9)
    update = polled(live, lambda update: update.status.failure is not None)
    assert update.status.failure == Failure(
        reason="its process ended without a word", log="host.log", exit_code=-9
    )


def test_the_last_words_of_a_host_are_kept(host: FakeHost, live: LiveSource) -> None:
    host.say(state(1), Failure(reason="the disk is full"))
    host.die(1)
    update = polled(
        live,
        lambda update: (
            update.status.failure is not None and update.status.failure.exit_code is not None
        ),
    )
    assert update.status.failure == Failure("the disk is full", log="host.log", exit_code=1)


def test_the_end_of_a_run_is_no_failure(host: FakeHost, live: LiveSource) -> None:
    host.say(state(1), Done(t_ns=1, digest="ab", summary="over"))
    host.die(0)
    update = polled(live, lambda update: update.status.done is not None)
    live._reader.join(5.0)
    assert live.poll().status.failure is None
    assert update.status.silent_s == 0.0


def test_garbage_is_the_hosts_fault_and_does_not_break_the_dashboard(
    host: FakeHost, live: LiveSource
) -> None:
    host.frames.write(b"\x00\x00\x00\x04oops")
    host.die(0)
    update = polled(live, lambda update: update.status.failure is not None)
    assert update.status.failure is not None
    assert "not a frame" in update.status.failure.reason


def test_silence_is_counted_while_the_run_goes_on_and_not_while_it_is_halted(
    host: FakeHost, live: LiveSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.say(state(1))
    polled(live, lambda update: update.view is not None)
    later = time.monotonic() + 30.0
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert live.poll().status.silent_s >= 29.0
    halted = State(t_ns=2, view=pack_region(region("normal")), halted=True)
    host.say(halted)
    monkeypatch.undo()
    polled(live, lambda update: update.status.halted)
    monkeypatch.setattr(time, "monotonic", lambda: later + 60.0)
    assert live.poll().status.silent_s == 0.0


def test_a_host_that_never_greets_is_refused_with_a_reason(host: FakeHost) -> None:
    host.die(2)
    with pytest.raises(HostSilent, match="ended without a word"):
        LiveSource(host, log=None, hello_within_s=5.0)


def test_who_knows_what_the_host_will_say_does_not_wait_for_it(host: FakeHost) -> None:
    source = LiveSource(host, log=None, hello=HELLO)
    assert source.hello is HELLO
    assert source.poll().view is None
    host.say(state(7))
    assert polled(source, lambda update: update.view is not None).status.t_ns == 7
    host.die(0)
    source.close()


def test_a_host_that_does_not_start_is_a_failure(host: FakeHost) -> None:
    source = LiveSource(host, log="host.log", hello=HELLO)
    host.die(1)
    failure = polled(source, lambda update: update.status.failure is not None).status.failure
    assert failure is not None
    assert (failure.exit_code, failure.log) == (1, "host.log")
    source.close()


def test_a_stopped_host_is_killed_when_the_dashboard_leaves(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outage_tui.dashboard.live.STUCK_CLOSING_S", 0.01)
    monkeypatch.setattr("outage_tui.dashboard.live.CLOSING_S", 0.01)
    source = LiveSource(host, log=None, hello=HELLO)
    host.deaf = True
    source.close()
    assert host.terminated
    assert host.exit_code == -9


def test_a_host_that_does_not_read_is_not_waited_for(host: FakeHost, live: LiveSource) -> None:
    for _ in range(10_000):
        live.send(Mark("x" * 200))
    assert any(applied.refused for applied in live.poll().applied)


def test_a_detached_host_is_left_to_itself(host: FakeHost) -> None:
    host.say(HELLO)
    source = LiveSource(host, log=None)
    source.send(Detach())
    source.close()
    assert not host.terminated
    host.die(0)


SCRIPT = """
import sys
from outage_tui.dashboard.staged import HELLO
from outage_tui.link_messages import Quit, decode_command, encode_frame
sys.stdout.buffer.write(encode_frame(HELLO))
sys.stdout.buffer.flush()
for line in sys.stdin.buffer:
    if isinstance(decode_command(line), Quit):
        sys.exit(0)
"""


def test_a_real_process_greets_takes_quit_and_ends() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=environment,
    ) as process:
        source = LiveSource(process, log=None)
        assert source.hello == HELLO
        source.send(Quit())
        source.close()
        assert process.returncode == 0
