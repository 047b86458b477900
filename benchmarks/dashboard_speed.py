"""The dashboard on a pseudo-terminal of 160x48, while its host simulates as fast as it can.

    python -m benchmarks.dashboard_speed [--seconds 10] [--keys 40] [--starts 3] [--write]

Counts frames (updates of the screen in which the clock of the status line moved on) and what each
costs the dashboard's process, measures how long a key takes until what it does is on the screen,
and how long `--help` and the first frame take from the start of the process. Except for the cost of
a frame these are wall times, for a person waits for them; a busy machine makes them worse. Exit
status 1 when one misses its limit.
"""

import argparse
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import attrs

from benchmarks import ROOT
from benchmarks.program import environment, program
from benchmarks.report import Table, write_report

COLUMNS, ROWS = 160, 48
FRAMES_A_SECOND_MIN = 9.5
FRAME_CPU_MS_MAX = 16.0
KEY_TO_PAINT_MS_MAX = 30.0
KEY_TO_PAINT_P95_MS_MAX = 80.0
HELP_MS_MAX = 150.0
FIRST_FRAME_MS_MAX = 1000.0
PATIENCE_S = 30.0
ASKS_FOR_SYNC, HAS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
UPDATE_BEGINS, UPDATE_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
CLOCK = re.compile(rb"(\d\d:\d\d:\d\d) PDT")
FIRST_FRAME = b" pdt "
"""What the first frame shows, whatever runs (in lower case): the clock of the status line."""
KEYS: tuple[tuple[bytes, bytes, bytes], ...] = (
    (b" ", b"paused", b" "),
    (b"1", "┏".encode(), b"\x1b"),
    (b"?", b"esc closes", b"\x1b"),
    (b"3", "┏".encode(), b"\x1b"),
    (b"/", b"events that contain", b"\x1b"),
)
"""A key, what it puts on the screen, and the key that takes it away again: freeze the display, give
a panel the keys (its frame becomes heavy), help, another panel, ask for a filter."""
CPU_TICKS = os.sysconf("SC_CLK_TCK")


@attrs.define
class Terminal:
    """The program on a pseudo-terminal; it answers as a terminal with synchronised updates."""

    child: int
    descriptor: int
    _pending: bytes = b""

    def update(self, patience_s: float) -> bytes:
        """The next complete update of the screen; empty when none came in time, or it ended."""
        end = time.monotonic() + patience_s
        while UPDATE_ENDS not in self._pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.descriptor], [], [], left)[0]:
                return b""
            piece = self._read()
            if not piece:
                return b""
            if ASKS_FOR_SYNC in piece:
                os.write(self.descriptor, HAS_SYNC)
            self._pending += piece
        update, _, self._pending = self._pending.partition(UPDATE_ENDS)
        return update

    def wait_for(self, words: bytes) -> float:
        """Seconds until an update shows these words (in lower case)."""
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE_S:
            if words in self.update(PATIENCE_S).lower():
                return time.monotonic() - begun
        raise TimeoutError(f"the dashboard never showed {words!r}")

    def wait_until_it_runs(self) -> None:
        """Return when the clock of the status line has moved a few times."""
        clocks: set[bytes] = set()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            clock = CLOCK.search(self.update(PATIENCE_S))
            if clock is not None:
                clocks.add(clock[1])
            if len(clocks) >= 5:
                return
        raise TimeoutError("the run never began")

    def press(self, key: bytes) -> None:
        """Type a key."""
        os.write(self.descriptor, key)

    def cpu_s(self) -> float:
        """User and system time of the dashboard's process so far, without the simulator's."""
        fields = Path(f"/proc/{self.child}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CPU_TICKS

    def end(self) -> None:
        """Hang up, as a terminal whose window is closed, and wait for the program."""
        os.close(self.descriptor)
        os.waitpid(self.child, 0)

    def _read(self) -> bytes:
        with contextlib.suppress(OSError):  # Linux tells the end of a pseudo-terminal so
            return os.read(self.descriptor, 65_536)
        return b""


def opened(arguments: Sequence[str]) -> Terminal:
    """Start the program on a new pseudo-terminal."""
    command = program(*arguments)
    setting = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    child, descriptor = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.chdir(ROOT)
        os.execve(command[0], command, environment(setting))
    return Terminal(child, descriptor)


def frames_shown(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Updates a second in which the clock moved, and CPU of the dashboard for each, ms."""
    end = time.monotonic() + seconds
    frames, shown = 0, b""
    cpu_s = terminal.cpu_s()
    while (left := end - time.monotonic()) > 0:
        clock = CLOCK.search(terminal.update(left))
        if clock is not None and clock[1] != shown:
            frames, shown = frames + 1, clock[1]
    return frames / seconds, 1000 * (terminal.cpu_s() - cpu_s) / max(1, frames)


def keys_to_paint_ms(terminal: Terminal, presses: int) -> list[float]:
    """How long each key took, ms; pressed at moments unrelated to the frames."""
    found = []
    for k in range(presses):
        key, words, undo = KEYS[k % len(KEYS)]
        _let_pass(terminal, 0.31 + 0.037 * k % 0.1)
        terminal.press(key)
        found.append(1000 * terminal.wait_for(words))
        _let_pass(terminal, 0.2)
        terminal.press(undo)
    return found


def _let_pass(terminal: Terminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.update(left)


def first_frame_ms(arguments: Sequence[str]) -> float:
    """From the start of the process to the first frame, ms."""
    begun = time.monotonic()
    terminal = opened(arguments)
    terminal.wait_for(FIRST_FRAME)
    took = time.monotonic() - begun
    terminal.end()
    return 1000 * took


def help_ms() -> float:
    """From the start of the process to its end, for `--help`, ms."""
    begun = time.monotonic()
    pid = os.posix_spawn(
        sys.executable,
        program("--help"),
        environment({}),
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    os.waitpid(pid, 0)
    return 1000 * (time.monotonic() - begun)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard_speed")
    parser.add_argument("--scenario", default="small")
    parser.add_argument("--seconds", type=float, default=10.0, help="for which frames are counted")
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    words = ["run", chosen.scenario, "--speed", "max", "--no-record"]
    try:
        starts = [first_frame_ms(words) for _ in range(chosen.starts)]
        terminal = opened(words)
        terminal.wait_until_it_runs()
        frames, frame_ms = frames_shown(terminal, chosen.seconds)
        keys = keys_to_paint_ms(terminal, chosen.keys)
        terminal.end()
    except TimeoutError as failure:
        print(failure, file=sys.stderr)
        return 1
    helps = [help_ms() for _ in range(chosen.starts)]
    slow = quantiles(keys, n=20)[-1] if len(keys) > 1 else keys[0]
    rows = [
        ("frames a second", frames, FRAMES_A_SECOND_MIN, frames >= FRAMES_A_SECOND_MIN),
        ("CPU of the dashboard a frame (ms)", frame_ms, FRAME_CPU_MS_MAX, None),
        ("key to paint, median (ms)", median(keys), KEY_TO_PAINT_MS_MAX, None),
        ("key to paint, p95 (ms)", slow, KEY_TO_PAINT_P95_MS_MAX, None),
        ("--help (ms)", median(helps), HELP_MS_MAX, None),
        ("first frame (ms)", median(starts), FIRST_FRAME_MS_MAX, None),
    ]
    table = Table("what", "found", "limit", "")
    missed = 0
    for what, value, limit, good in rows:
        kept = good if good is not None else limit is not None and value <= limit
        missed += not kept
        table.row(what, f"{value:.3g}", "" if limit is None else f"{limit:g}",
                  "" if kept else "MISSED")  # fmt: skip
    print(table.text())
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if chosen.write:
        write_report("dashboard-speed", __doc__, table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
