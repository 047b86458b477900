"""On a real pseudo-terminal: it draws, and leaves the terminal as it found it, however it ends."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator

import attrs
import pyte
import pytest

SCRIPT = """
import sys
from outage_tui.dashboard.app import run_dashboard
from outage_tui.dashboard.staged import StagedSource
sys.exit(run_dashboard(StagedSource("empty")))
"""
ENTER_ALTERNATE, LEAVE_ALTERNATE = b"\x1b[?1049h", b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"


@attrs.define
class Terminal:
    """A child on a pseudo-terminal, and what it has written so far."""

    child: int
    descriptor: int
    mode_before: list[object]
    screen: pyte.Screen
    written: bytes = b""
    closed: bool = False

    def read_until(self, wanted: str, *, patience_s: float = 30.0) -> None:
        stream = pyte.ByteStream(self.screen)
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if wanted in "\n".join(self.screen.display):
                return
            if self._read_piece(stream):
                return
        raise AssertionError(f"never drew {wanted!r}:\n" + "\n".join(self.screen.display))

    def _read_piece(self, stream: pyte.ByteStream) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], 0.1)
        if not ready:
            return False
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:  # Linux reports the end of a pseudo-terminal as an input/output error
            return True
        self.written += piece
        stream.feed(piece)
        return not piece

    def end(self) -> int:
        stream = pyte.ByteStream(self.screen)
        mode: list[object] = []
        for _ in range(600):
            mode = termios.tcgetattr(self.descriptor)
            if self._read_piece(stream):
                break
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                while (
                    not self._read_piece(stream) and select.select([self.descriptor], [], [], 0)[0]
                ):
                    pass
                assert mode[3] == self.mode_before[3]
                return os.waitstatus_to_exitcode(status)
        _, status = os.waitpid(self.child, 0)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    mode = termios.tcgetattr(slave)
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", SCRIPT],
        environment,
        setsid=True,
        file_actions=[(os.POSIX_SPAWN_DUP2, slave, number) for number in (0, 1, 2)],
    )
    opened = Terminal(child, master, mode, pyte.Screen(120, 36))
    yield opened
    os.close(slave)
    if not opened.closed:
        os.close(master)


def assert_restored(terminal: Terminal) -> None:
    assert terminal.written.count(ENTER_ALTERNATE) == terminal.written.count(LEAVE_ALTERNATE) == 1
    assert terminal.written.rindex(SHOW_CURSOR) > terminal.written.rindex(ENTER_ALTERNATE)


def test_it_draws_the_outage_and_q_restores_the_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    assert "BROKEN NOW" in "\n".join(terminal.screen.display)
    os.write(terminal.descriptor, b"q")
    assert terminal.end() == 0
    assert_restored(terminal)


def test_a_termination_signal_restores_the_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    os.kill(terminal.child, signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    assert_restored(terminal)


def test_a_report_is_left_on_the_restored_terminal(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    os.write(terminal.descriptor, b"Q")
    assert terminal.end() == 0
    assert_restored(terminal)
    after = terminal.written[terminal.written.rindex(LEAVE_ALTERNATE) :]
    assert b"broken now:" in after
    assert b"DNS record empty" in after


def test_without_its_terminal_the_process_ends(terminal: Terminal) -> None:
    terminal.read_until("NOERROR")
    os.close(terminal.descriptor)
    terminal.closed = True
    _, status = os.waitpid(terminal.child, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
