"""Seeking in a recording, on a pseudo-terminal of 160x48: how long until the moment is painted.

    python -m benchmarks.seek RECORDING [--seeks 60] [--starts 3] [--write]

Clicks on the timeline at columns in no order, forward and back, and measures how long each takes
until the screen shows the other time; the same without a terminal, where a seek is the command and
the poll that brings its state, its lines and its series; and how long a replay takes from the start
of its process to its first frame. These are wall times, for a person waits for them; a busy
machine makes them worse. Exit status 1 when one misses its limit.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import attrs

from benchmarks.dashboard_speed import CLOCK, COLUMNS, ROWS, Terminal, first_frame_ms, opened
from benchmarks.report import Table, write_report
from outage_tui.link_messages import Pause, Seek
from outage_tui.replay import opened as opened_source

SEEK_MS_MAX = 150.0
FIRST_FRAME_MS_MAX = 1000.0
TIMELINE_ROW = ROWS - 5
"""A row of the timeline, counted from 1."""
CHARTED = ("dwfm.broken", "dwfm.queue", "nm.wait_s", "customers.error_rate", "ec2.success_share")
PATIENCE_S = 30.0
CALM_S = 0.15
"""Between two seeks, so that each begins on a calm screen."""


@attrs.define
class Seeks:
    """How long seeks took, ms."""

    on: list[float] = attrs.field(factory=list)
    back: list[float] = attrs.field(factory=list)

    def add(self, *, forward: bool, took_ms: float) -> None:
        """Count one."""
        (self.on if forward else self.back).append(took_ms)

    @property
    def all(self) -> list[float]:
        """Both ways."""
        return self.on + self.back


def p95(found: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(found, n=20)[-1] if len(found) > 1 else found[0]


def at_the_source(recording: Path, seeks: int) -> Seeks:
    """Seek, and fetch everything the dashboard would."""
    found, order = Seeks(), random.Random(1)
    with opened_source(recording, None) as source:
        source.send(Pause())
        whole_ns = int(source.hello.duration_s * 1e9)
        before = 0
        for _ in range(seeks):
            at_ns = order.randrange(whole_ns)
            begun = time.perf_counter()
            source.send(Seek(at_ns))
            source.poll()
            for name in CHARTED:
                source.history(name)
            found.add(forward=at_ns > before, took_ms=1000 * (time.perf_counter() - begun))
            before = at_ns
    return found


def on_a_terminal(recording: Path, seeks: int) -> tuple[Seeks, float]:
    """Click on the timeline, and wait for the other time; also CPU of the program a seek, ms."""
    found, order = Seeks(), random.Random(2)
    terminal = opened(["replay", str(recording), "--at", "23:01"])
    terminal.wait_for(b" pdt ")
    shown = _settled(terminal, b"")
    before = 0
    cpu_s = terminal.cpu_s()
    try:
        for _ in range(seeks):
            column = order.randrange(12, COLUMNS - 2)
            if column == before:
                continue
            begun = time.perf_counter()
            terminal.press(_click(column))
            clock = _other_clock(terminal, shown)
            found.add(forward=column > before, took_ms=1000 * (time.perf_counter() - begun))
            before, shown = column, _settled(terminal, clock)
        cpu_s = terminal.cpu_s() - cpu_s
    finally:
        terminal.end()
    return found, 1000 * cpu_s / max(1, len(found.all))


def _click(column: int) -> bytes:
    """Press and release, as a terminal reports them (SGR mouse)."""
    where = f"{column};{TIMELINE_ROW}"
    return f"\x1b[<0;{where}M\x1b[<0;{where}m".encode()


def _other_clock(terminal: Terminal, shown: bytes) -> bytes:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        clock = CLOCK.search(terminal.update(PATIENCE_S))
        if clock is not None and clock[1] != shown:
            return clock[1]
    raise TimeoutError("a click on the timeline showed no other time")


def _settled(terminal: Terminal, shown: bytes) -> bytes:
    """The clock that stays, once updates have ceased."""
    while update := terminal.update(CALM_S):
        clock = CLOCK.search(update)
        shown = shown if clock is None else clock[1]
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seek")
    parser.add_argument("recording", type=Path)
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    words = ["replay", str(chosen.recording.resolve())]
    try:
        starts = [first_frame_ms(words) for _ in range(chosen.starts)]
        source = at_the_source(chosen.recording, 10 * chosen.seeks)
        painted, cpu_ms = on_a_terminal(chosen.recording.resolve(), chosen.seeks)
    except TimeoutError as failure:
        print(failure, file=sys.stderr)
        return 1
    rows = [
        ("seek to paint, forward, median (ms)", median(painted.on), None),
        ("seek to paint, back, median (ms)", median(painted.back), None),
        ("seek to paint, p95 (ms)", p95(painted.all), SEEK_MS_MAX),
        ("CPU of the dashboard for a seek and the calm after it (ms)", cpu_ms, None),
        ("seek at the source, forward, median (ms)", median(source.on), None),
        ("seek at the source, back, median (ms)", median(source.back), None),
        ("seek at the source, p95 (ms)", p95(source.all), None),
        ("first frame of a replay (ms)", median(starts), FIRST_FRAME_MS_MAX),
        (f"load of the machine, on {os.cpu_count()} cores", os.getloadavg()[0], None),
    ]
    table = Table("what", "found", "limit", "")
    missed = 0
    for what, value, limit in rows:
        kept = limit is None or value <= limit
        missed += not kept
        table.row(what, f"{value:.3g}", "" if limit is None else f"{limit:g}",
                  "" if kept else "MISSED")  # fmt: skip
    print(table.text())
    if chosen.write:
        write_report("seek", __doc__, table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
