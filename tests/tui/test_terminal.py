"""On a real pseudo-terminal: it draws, and leaves the terminal as it found it, however it ends.

The first half shows staged moments; in the second a real simulator runs behind the dashboard and is
killed, stopped and left alone, and what it recorded must still be good.
"""

import base64
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pyte
import pytest

from outage_engine.recording.reader import Recording

from .conftest import Program

STAGED = """
import sys
from outage_tui.dashboard.app import run_dashboard
from outage_tui.dashboard.staged import StagedSource
sys.exit(run_dashboard(StagedSource("empty"), ascii_only="--ascii" in sys.argv))
"""
PROGRAM = "from outage_tui.cli import main; main()"
ENTER_ALTERNATE, LEAVE_ALTERNATE = b"\x1b[?1049h", b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
COLOURED = re.compile(rb"\x1b\[([0-9;:]*)m")


@attrs.define
class Terminal:
    """A child on a pseudo-terminal, and what it has written so far."""

    child: int
    descriptor: int
    mode_before: list[object]
    screen: pyte.Screen
    stream: pyte.ByteStream
    written: bytes = b""
    closed: bool = False
    over: bool = False

    def read_until(self, wanted: str, *, patience_s: float = 30.0) -> None:
        """Until the words are on the screen."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if wanted in self.shown:
                return
            if self._read_piece():
                break
        raise AssertionError(f"never drew {wanted!r}:\n{self.shown}")

    def read_until_gone(self, words: str, *, patience_s: float = 30.0) -> None:
        """Until the words are not on the screen, and it is not half-way through drawing them."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            before = len(self.written)
            if self._read_piece():
                break
            if len(self.written) == before and words not in self.shown:
                return
        raise AssertionError(f"never took {words!r} away:\n{self.shown}")

    @property
    def shown(self) -> str:
        return "\n".join(self.screen.display)

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.screen.erase_in_display(2)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.child, signal.SIGWINCH)

    def _read_piece(self) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], 0.1)
        if not ready:
            return False
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:  # Linux reports the end of a pseudo-terminal as an input/output error
            return True
        self.written += piece
        self.stream.feed(piece)
        return not piece

    def end(self) -> int:
        """Read until it has ended; its exit status. It must have restored the terminal's mode."""
        mode: list[object] = []
        for _ in range(300):
            mode = termios.tcgetattr(self.descriptor)
            if self._read_piece():
                break
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                self.over = True
                while not self._read_piece() and select.select([self.descriptor], [], [], 0)[0]:
                    pass
                assert mode[3] == self.mode_before[3]
                return os.waitstatus_to_exitcode(status)
        return self.wait()

    def wait(self, *, patience_s: float = 30.0) -> int:
        """Wait for its end without reading; its exit status."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                self.over = True
                return os.waitstatus_to_exitcode(status)
            select.select([], [], [], 0.05)
        raise AssertionError(f"it did not end; it shows\n{self.shown}")

    def close(self) -> None:
        """The window is closed."""
        os.close(self.descriptor)
        self.closed = True


Opener = Callable[..., Terminal]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens terminals with a child on each; what still runs after the test is killed."""
    terminals: list[tuple[Terminal, int]] = []

    def open_one(
        *command: str, size: tuple[int, int] = (120, 36), no_colour: bool = False
    ) -> Terminal:
        master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        mode = termios.tcgetattr(slave)
        environment = {
            # A terminal says its size itself; a test runner says that of its own.
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("NO_COLOR", "COLUMNS", "LINES")
            },
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        if no_colour:
            environment["NO_COLOR"] = "1"
        program = command[0] if os.path.isabs(command[0]) else sys.executable
        arguments = command if program == command[0] else (sys.executable, "-c", *command)
        child = os.posix_spawn(
            program,
            arguments,
            environment,
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
        )
        screen = pyte.Screen(columns, rows)
        terminal = Terminal(child, master, mode, screen, pyte.ByteStream(screen))
        terminals.append((terminal, slave))
        return terminal

    yield open_one
    for terminal, slave in terminals:
        if not terminal.over:
            os.kill(terminal.child, signal.SIGKILL)
            terminal.wait()
        os.close(slave)
        if not terminal.closed:
            os.close(terminal.descriptor)


@pytest.fixture
def terminal(opened: Opener) -> Terminal:
    """The empty endpoint, staged."""
    return opened(STAGED)


def assert_restored(terminal: Terminal) -> None:
    assert terminal.written.count(ENTER_ALTERNATE) == terminal.written.count(LEAVE_ALTERNATE) == 1
    assert terminal.written.rindex(SHOW_CURSOR) > terminal.written.rindex(ENTER_ALTERNATE)


def test_it_draws_the_outage_and_q_restores_the_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    assert "BROKEN NOW" in terminal.shown
    terminal.press("q")
    assert terminal.end() == 0
    assert_restored(terminal)


def test_a_termination_signal_restores_the_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    os.kill(terminal.child, signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    assert_restored(terminal)


def test_a_report_is_left_on_the_restored_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    terminal.press("Q")
    assert terminal.end() == 0
    assert_restored(terminal)
    after = terminal.written[terminal.written.rindex(LEAVE_ALTERNATE) :]
    assert b"broken now:" in after
    assert b"DNS record empty" in after


def test_without_its_terminal_the_process_ends(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    terminal.close()
    assert terminal.wait() == 128 + signal.SIGHUP


def test_a_copy_goes_to_the_terminal_as_osc_52(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    terminal.press("4Y")
    terminal.read_until("copied")
    terminal.press("q")
    assert terminal.end() == 0
    (copied,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", terminal.written)
    assert b"ALL ZONES IN" in base64.b64decode(copied)


ESCAPE = "\x1b"
CTRL_P = "\x10"


def visit_everything(terminal: Terminal) -> None:
    """Every kind of dialog, and the screen behind them."""
    terminal.read_until("BROKEN NOW")
    for keys, wanted in (
        ("?", "Keys"),
        (CTRL_P, "Everything that can be done"),
        ("m", "Name of this moment"),
        ("s", "Screenshot"),
        ("a", "Order:"),
        ("i", "What is to break"),
        ("w", "Why?"),
    ):
        terminal.press(keys)
        terminal.read_until(wanted)
        terminal.press(ESCAPE)
        terminal.read_until_gone(wanted)
    terminal.press("5e")
    terminal.read_until("p99")
    terminal.press("q")


def test_under_no_color_no_byte_is_a_colour(opened: Opener) -> None:
    terminal = opened(STAGED, no_colour=True)
    visit_everything(terminal)
    assert terminal.end() == 0
    styles = {
        int(number)
        for sequence in COLOURED.findall(terminal.written)
        for number in sequence.replace(b":", b";").split(b";")
        if number
    }
    assert styles
    assert styles <= {0, 1, 2, 3, 4, 7, 22, 23, 24, 27}
    assert b"\x1b]10;" not in terminal.written
    assert b"\x1b]11;" not in terminal.written


def test_with_ascii_every_byte_is_ascii(opened: Opener) -> None:
    terminal = opened(STAGED, "--ascii", size=(100, 30))
    visit_everything(terminal)
    assert terminal.end() == 0
    assert terminal.written.isascii()


@pytest.mark.parametrize("keys", ["", "?", CTRL_P, "m"], ids=["main", "help", "palette", "ask"])
def test_it_follows_every_size_also_while_a_dialog_is_open(terminal: Terminal, keys: str) -> None:
    wanted = {"": "T+47m", "?": "This is the", CTRL_P: "help for the", "m": "Name of this"}[keys]
    terminal.read_until("NOERROR")
    if keys:
        terminal.press(keys)
        terminal.read_until(wanted)
    for columns, rows in ((300, 80), (80, 24), (120, 36)):
        terminal.resize(columns, rows)
        terminal.read_until(wanted)
    terminal.resize(20, 5)
    terminal.read_until(wanted)
    terminal.resize(80, 24)
    terminal.read_until(wanted)
    if keys:
        terminal.press(ESCAPE)
        terminal.read_until_gone(wanted)
    terminal.press("q")
    assert terminal.end() == 0


def test_suspended_it_gives_the_terminal_back(opened: Opener, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None, "job control needs a shell"
    script = tmp_path / "staged.py"
    script.write_text(STAGED)
    terminal = opened(bash, "--norc", "--noprofile", "-i")
    terminal.press(f"PS1='ready> '; {sys.executable} {script}\n")
    terminal.read_until("NOERROR")
    terminal.press("\x1a")
    terminal.read_until("Stopped")
    terminal.screen.reset()
    terminal.press("fg\n")
    terminal.read_until("NOERROR")
    terminal.screen.reset()
    terminal.press("q")
    terminal.read_until("ready> ")
    terminal.press("exit 0\n")
    assert terminal.wait() == 0


# -- a real simulator ----------------------------------------------------------------------------


def a_run(recording: Path, *more: str) -> tuple[str, ...]:
    settings = ("dns-only", "--set", "dns.endpoints=10", "--record", str(recording))
    return (PROGRAM, "run", *settings, "--speed", "300", "--until", "02:00", *more)


def host_of(terminal: Terminal) -> int:
    """The simulator's process."""
    children = Path(f"/proc/{terminal.child}/task/{terminal.child}/children").read_text()
    return int(children.split()[0])


def verified(program: Program, recording: Path) -> dict[str, object]:
    done = program("verify", str(recording), "--json")
    assert done.status == 0, done.err
    answer: dict[str, object] = json.loads(done.out)
    return answer


@pytest.fixture
def live(opened: Opener, tmp_path: Path) -> Terminal:
    """A real run, ten virtual minutes or more under way."""
    terminal = opened(*a_run(tmp_path / "live.otrec"))
    terminal.read_until("x300 (x")
    return terminal


@pytest.mark.parametrize("how", ["q", "SIGTERM", "closed"])
def test_however_it_is_left_the_recording_is_closed(
    live: Terminal, program: Program, tmp_path: Path, how: str
) -> None:
    if how == "q":
        live.press("q")
        assert live.end() == 0
        assert_restored(live)
    elif how == "SIGTERM":
        os.kill(live.child, signal.SIGTERM)
        assert live.end() == 128 + signal.SIGTERM
        assert_restored(live)
    else:
        live.close()
        assert live.wait() == 128 + signal.SIGHUP
    assert verified(program, tmp_path / "live.otrec")["finished"]


def test_a_dead_simulator_is_told_and_what_it_recorded_is_good(
    live: Terminal, program: Program, tmp_path: Path
) -> None:
    os.kill(host_of(live), signal.SIGKILL)
    live.read_until("THE SIMULATOR STOPPED")
    live.press("q")
    assert live.end() == 1
    assert_restored(live)
    answer = verified(program, tmp_path / "live.otrec")
    assert answer["ok"]
    assert not answer["finished"]


def test_a_stuck_simulator_is_told_and_the_keys_still_work(
    live: Terminal, program: Program, tmp_path: Path
) -> None:
    os.kill(host_of(live), signal.SIGSTOP)
    live.read_until("HAS NOT ANSWERED FOR")
    live.press("?")
    live.read_until("Keys")
    live.press(ESCAPE)
    live.read_until_gone("Keys")
    live.press("q")
    live.end()
    assert_restored(live)
    assert verified(program, tmp_path / "live.otrec")["ok"]


def test_a_terminal_that_takes_nothing_holds_up_no_run(
    opened: Opener, program: Program, tmp_path: Path
) -> None:
    """Nothing is read from the terminal until the recording is complete."""
    recording = tmp_path / "slow.otrec"
    terminal = opened(*a_run(recording, "--speed", "max"))
    beside = recording.with_name("slow.otrec-wal")
    end = time.monotonic() + 60
    while not recording.exists() or beside.exists():
        assert time.monotonic() < end, "the run waits for its terminal"
        select.select([], [], [], 0.05)
    terminal.read_until("ENDED")
    terminal.press("q")
    assert terminal.end() == 0
    assert verified(program, recording)["finished"]


def test_a_replay_is_forked_and_goes_on_live(
    opened: Opener, program: Program, recording: Path, tmp_path: Path
) -> None:
    terminal = opened(PROGRAM, "replay", str(recording), "--at", "23:50")
    terminal.read_until("REPLAY")
    terminal.press("F")
    terminal.read_until("Fork at 23:50")
    terminal.press("\r")
    terminal.read_until("executed again")
    terminal.read_until("BROKEN NOW")
    terminal.press("i")
    terminal.read_until("What is to break")
    terminal.press(ESCAPE)
    terminal.read_until_gone("What is to break")
    terminal.press("q")
    assert terminal.end() == 0
    (forked,) = (tmp_path / "recordings").glob("*.otrec")
    assert verified(program, forked)["ok"]


def test_a_live_run_is_forked_and_both_recordings_are_good(
    opened: Opener, program: Program, tmp_path: Path
) -> None:
    """The run ends at the moment of the fork, says so beforehand, and the fork knows it."""
    parent = tmp_path / "parent.otrec"
    terminal = opened(*a_run(parent, "--speed", "x60"))
    terminal.read_until("REC")
    terminal.press("F")
    terminal.read_until("This run ends here; its recording is kept")
    terminal.press("\r")
    terminal.read_until("FORK")
    terminal.press("q")
    assert terminal.end() == 0
    (fork,) = (tmp_path / "recordings").glob("*.otrec")
    assert verified(program, parent)["ok"]
    assert verified(program, fork)["ok"]
    with Recording(fork) as recording:
        assert recording.meta.get("parent") == parent.name
