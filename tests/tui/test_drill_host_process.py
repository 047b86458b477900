"""The host of a drill as a process: pipes that end, signals, full disks. Nothing that was
acknowledged is lost and no host is left behind."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from outage_agents.drills.ghosts import ghosts_of
from outage_agents.drills.journal import Begin, Command, Declare, Note, Post, Wait
from outage_agents.drills.recorded_play import recorded_play
from outage_engine.recording.reader import Recording
from outage_tui.dashboard.seat_source import NotLetIn, PipeSeatSource, SeatNews
from outage_tui.drill_host import Order
from outage_tui.drill_host_process import start_drill_host
from outage_tui.drill_link import Ended, Leave, Request, Say, SetPace
from outage_tui.host_process import HostProcess

from .conftest import Program
from .drill_table import SHORT

PATIENCE_S = 60.0


class Player:
    """Somebody at the terminal that started the host."""

    def __init__(self, host: HostProcess) -> None:
        self.host = host
        self.source = PipeSeatSource(host.process, log=host.log)
        self._stirred = threading.Event()
        self.source.announce(self._stirred.set)

    def news(self) -> SeatNews:
        """What is new; waits for something."""
        self._stirred.wait(PATIENCE_S)
        self._stirred.clear()
        return self.source.poll()

    def until_it_plays(self) -> SeatNews:
        """The first state."""
        while True:
            news = self.news()
            assert news.failed is None, news.failed
            if news.view is not None:
                return news

    def ask(self, request: Request) -> str:
        """Ask for something with a number; what it is answered."""
        self.source.send(request)
        while True:
            for answer in self.news().answers:
                if answer.n == request.n:  # type: ignore[union-attr]
                    return answer.text

    def end(self) -> Ended:
        """Until it is over."""
        while True:
            news = self.news()
            assert news.failed is None, news.failed
            if news.ended is not None:
                return news.ended

    def left(self) -> int:
        """Leave; how the host ended."""
        self.source.close()
        return self.host.process.wait(PATIENCE_S)


def order(record: Path | None = None) -> Order:
    return Order(
        "short", SHORT, "outage-tui drill short", record=None if record is None else str(record)
    )


@pytest.fixture
def hosts() -> Iterator[list[HostProcess]]:
    """Hosts that a test started; whatever still runs after it is killed."""
    started: list[HostProcess] = []
    yield started
    for host in started:
        if host.process.poll() is None:
            host.process.kill()
        host.process.wait()
        for pipe in (host.process.stdin, host.process.stdout):
            if pipe is not None:
                pipe.close()
        host.log.unlink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "play.otrec"


def started(hosts: list[HostProcess], record: Path | None = None) -> Player:
    hosts.append(start_drill_host(order(record)))
    return Player(hosts[-1])


def test_a_play_from_beginning_to_end(
    hosts: list[HostProcess], path: Path, program: Program
) -> None:
    player = started(hosts, path)
    assert player.source.welcome.drill == "short"
    first = player.until_it_plays()
    assert first.view is not None
    assert first.view.since_begin_s == 0
    assert player.ask(Say(1, Declare())) == "noted"
    assert player.ask(Say(2, Begin("zone.look"))).startswith("begun")
    assert player.ask(SetPace(3600, auto=False, n=3)) == "x3600"
    ended = player.end()
    assert (ended.subject, ended.recording) == ("time", str(path))
    assert player.left() == 0
    assert player.host.log.read_text() == ""
    with Recording(path) as recording:
        play = recorded_play(recording)
    assert play.score().conduct.declared_after_s == 0
    assert program("verify", str(path)).status == 0


def test_what_was_acknowledged_survives_a_host_that_is_killed(
    hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.until_it_plays()
    said: list[Command] = [
        Declare(),
        Begin("zone.look"),
        Post("status", ["we know"], 30),
        Note("the last word"),
    ]
    for n, command in enumerate(said, start=1):
        player.ask(Say(n, command))
    player.host.process.kill()
    player.host.process.wait()

    with Recording(path) as recording:
        assert not recording.meta.finished
        play = recorded_play(recording)
    assert [one.command for one in play.journal if one.command is not None] == said
    assert play.score().conduct.declared_after_s is not None
    failed = player.news().failed
    assert failed is not None
    assert failed.exit_code == -signal.SIGKILL


def test_a_host_whose_terminal_dies_ends_with_its_recording_closed(
    hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.until_it_plays()
    player.ask(Say(1, Declare()))
    os.kill(player.host.process.pid, 0)
    assert player.left() == 0
    with Recording(path) as recording:
        assert recording.meta.finished
        assert [one.kind for one in recorded_play(recording).journal][:1] == ["declare"]


def test_leaving_while_the_run_comes_to_its_beginning_ends_it(
    hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.source.send(Leave())
    assert player.left() == 0
    with Recording(path) as recording:
        assert recording.meta.finished


def test_leaving_has_the_run_go_on_to_where_outcomes_are_taken(
    hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.until_it_plays()
    player.source.send(Leave())
    ended = player.end()
    assert ended.subject == "facilitator"
    assert player.left() == 0
    with Recording(path) as recording:
        assert recording.meta.virtual_ns == player.source.welcome.end_ns
        ghosts = ghosts_of("short")
        assert recorded_play(recording).score(ghosts).over == "facilitator"


@pytest.fixture
def interrupts() -> Iterator[None]:
    """SIGINT is heard: a job in the background begins without, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_host_with_its_recording_closed(
    number: signal.Signals, hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.until_it_plays()
    player.ask(Say(1, Wait(minutes=30)))
    player.host.process.send_signal(number)
    assert player.host.process.wait(PATIENCE_S) == 128 + number
    with Recording(path) as recording:
        assert recording.meta.finished
        assert recorded_play(recording).journal[0].kind == "wait"


def test_a_terminal_that_reads_no_more_ends_the_drill(hosts: list[HostProcess], path: Path) -> None:
    hosts.append(start_drill_host(order(path)))
    process = hosts[-1].process
    assert process.stdout is not None
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(PATIENCE_S) == 0  # though its input is still open
    with Recording(path) as recording:
        assert recording.meta.finished


def test_a_full_disk_is_told_and_the_drill_goes_on_unrecorded(
    hosts: list[HostProcess], path: Path
) -> None:
    player = started(hosts, path)
    player.until_it_plays()
    room = path.stat().st_size + path.with_name(path.name + "-wal").stat().st_size
    resource.prlimit(player.host.process.pid, resource.RLIMIT_FSIZE, (room, room))
    player.source.send(SetPace(3600, auto=False))
    told = ""
    while not told:
        answers = player.news().answers
        told = next((one.text for one in answers if "unrecorded" in one.text), "")
    ended = player.end()
    assert (ended.subject, ended.recording) == ("time", None)
    assert player.left() == 1


def test_an_order_that_cannot_be_played_says_why(hosts: list[HostProcess], tmp_path: Path) -> None:
    hosts.append(start_drill_host(Order("x", "version = 1", "", record=None)))
    with pytest.raises(NotLetIn, match="x:"):
        Player(hosts[-1])
    assert hosts[-1].process.wait(PATIENCE_S) == 1

    hosts.append(start_drill_host(order(tmp_path / "missing" / "x.otrec")))
    player = Player(hosts[-1])
    while (failed := player.news().failed) is None:
        pass
    assert "cannot be made" in failed.reason
    assert player.left() == 1


@pytest.mark.parametrize("line", [b"", b"nonsense\n", b"{}\n"])
def test_what_is_no_order_starts_nothing(line: bytes) -> None:
    command = [sys.executable, "-m", "outage_tui.drill_host"]
    done = subprocess.run(command, input=line, capture_output=True, check=False)
    assert done.returncode == (1 if line else 2)
    assert b"Traceback" not in done.stderr
