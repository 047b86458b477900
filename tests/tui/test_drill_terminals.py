"""Drills through real terminals: what a person sees and types, from first line to report."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from outage_agents.drills.recorded_play import RecordedPlay, recorded_play
from outage_engine.recording.reader import Recording

from .conftest import Program
from .test_terminal import PROGRAM, Opener, Terminal, assert_restored, opened

__all__ = ["opened"]

SHORT = str(Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml")
TITLE = "The name without an address"
ENTER, F2 = "\r", "\x1bOQ"
SIZE = (140, 40)
PATIENCE_S = 90.0
"""Several programs at once on a machine that is busy otherwise."""


def played(path: Path) -> RecordedPlay:
    """What was recorded of a play."""
    with Recording(path) as recording:
        return recorded_play(recording)


def kinds(play: RecordedPlay) -> list[tuple[str, str]]:
    """Who said what, in order."""
    return [(entry.seat, entry.kind) for entry in play.journal if entry.command is not None]


def until(terminal: Terminal, that: Callable[[], object]) -> None:
    """Read what it draws until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not that():
        assert time.monotonic() < end, terminal.shown
        terminal._read_piece()


def pressed_until(terminal: Terminal, keys: str, wanted: str) -> None:
    """A key, and what it brings up."""
    terminal.press(keys)
    terminal.read_until(wanted, patience_s=PATIENCE_S)


def past_the_briefing(terminal: Terminal) -> None:
    """Read the briefing, and go on to the panels."""
    terminal.read_until("You are called at night", patience_s=PATIENCE_S)
    terminal.press(ENTER)
    terminal.read_until_gone("You are called at night", patience_s=PATIENCE_S)


@pytest.fixture
def host(opened: Opener, tmp_path: Path) -> Terminal:
    """Somebody who hosts a drill and leads it."""
    recording = str(tmp_path / "together.otrec")
    words = ("drill", "host", SHORT, "--record", recording, "--name", "Fay")
    terminal = opened(PROGRAM, *words, size=SIZE)
    terminal.read_until(TITLE, patience_s=PATIENCE_S)
    return terminal


def address_and_code(host: Terminal, of: str) -> tuple[str, str]:
    """What the host printed before its screen came up."""
    told = host.written.decode("utf-8", "replace")
    address = re.search(r"drill join (\S+) --seat SEAT", told)
    code = re.search(rf"{of}[^\n]*: code (\S+)", told)
    assert address is not None
    assert code is not None
    return address[1], code[1]


def joined(opened: Opener, host: Terminal, seat: str, name: str) -> Terminal:
    """Somebody who takes a seat, and is asked for the code."""
    address, code = address_and_code(host, "players")
    words = ("drill", "join", address, "--seat", seat, "--name", name)
    terminal = opened(PROGRAM, *words, size=SIZE)
    terminal.read_until("Code (not shown)", patience_s=PATIENCE_S)
    terminal.press(code + ENTER)
    terminal.read_until(TITLE, patience_s=PATIENCE_S)
    assert code.encode() not in terminal.written
    return terminal


def test_a_drill_is_hosted_joined_dropped_taken_again_ended_and_reported(
    opened: Opener, host: Terminal, program: Program, tmp_path: Path
) -> None:
    commander = joined(opened, host, "commander", "Ada")
    operations = joined(opened, host, "operations", "Mia")
    host.press("5")
    host.read_until("Ada", patience_s=PATIENCE_S)
    until(host, lambda: sits(host, "operations", "Mia"))
    os.kill(operations.child, signal.SIGKILL)
    operations.wait()
    host.read_until("DROPPED  Mia (operations)", patience_s=PATIENCE_S)
    again = joined(opened, host, "operations", "Lee")
    past_the_briefing(again)
    until(host, lambda: sits(host, "operations", "Lee"))
    past_the_briefing(commander)
    pressed_until(commander, "c", "Declare an incident")
    commander.press(F2)
    commander.read_until("declared; you command", patience_s=PATIENCE_S)
    pressed_until(host, "f", "Fire event 1")
    host.press(ENTER)
    host.read_until("inject 1 comes now", patience_s=PATIENCE_S)
    host.press(" ")
    commander.read_until("customers call about ledger", patience_s=PATIENCE_S)
    pressed_until(host, "X", "Why does it end?")
    host.press("enough" + ENTER)
    host.read_until("End the drill for everybody?", patience_s=PATIENCE_S)
    host.press(ENTER)
    for terminal in (commander, again):
        terminal.read_until("THE DRILL IS OVER. Enter goes on", patience_s=PATIENCE_S)
        terminal.press(ENTER)
        assert terminal.end() == 0
        assert_restored(terminal)
    left(host)
    recording = tmp_path / "together.otrec"
    said = kinds(played(recording))
    assert ("commander", "declare") in said
    assert ("facilitator", "fire_inject") in said
    report = tmp_path / "report.html"
    assert program("drill", "report", str(recording), "-o", str(report)).status == 0
    assert TITLE in report.read_text()


def sits(host: Terminal, seat: str, name: str) -> bool:
    """Whether the host sees somebody at a seat."""
    return any(f" {seat} " in line and name in line for line in host.screen.display)


def left(terminal: Terminal) -> None:
    """Leave, also where that has to be said twice."""
    terminal.press("q")
    for _ in range(20):
        terminal._read_piece()
    terminal.press(ENTER)
    assert terminal.end() == 0
    assert_restored(terminal)


def test_a_solo_drill_is_played_ended_and_scored(
    opened: Opener, program: Program, tmp_path: Path
) -> None:
    recording = tmp_path / "solo.otrec"
    terminal = opened(PROGRAM, "drill", SHORT, "--record", str(recording), size=SIZE)
    past_the_briefing(terminal)
    pressed_until(terminal, "n", "note")
    terminal.press("looking" + ENTER)
    terminal.read_until("solo notes: looking", patience_s=PATIENCE_S)
    pressed_until(terminal, "q", "Leave?")
    terminal.press(ENTER)
    assert terminal.end() == 0
    assert_restored(terminal)
    assert ("solo", "note") in kinds(played(recording))
