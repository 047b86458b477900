"""Plays of a short drill for tests of reports: recorded ones, and the same with other words."""

from pathlib import Path

import attrs

from outage_agents.drills.journal import Command, Entry, kind_of
from outage_agents.drills.recorded_play import recorded_play
from outage_engine.clock import MINUTE
from outage_engine.recording.reader import Recording
from outage_tui.cli import commands
from outage_tui.mishap import exit_status
from outage_tui.report_data import read_data
from outage_tui.report_drill_data import DrillData, drill_data

SHORT = Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml"
Said = tuple[int, str, Command] | tuple[int, str, str, str]
"""Minutes after the beginning, seat and command; of the drill's own words seat, kind, subject."""


def play_short(play: str, folder: Path) -> Path:
    """Play it, and give the recording."""
    path = folder / f"{play}.otrec"
    words = ["drill", str(SHORT), "--play", play, "--headless", "--record", str(path)]
    assert exit_status(commands, words) == 0
    return path


def data_of(path: Path) -> DrillData:
    """What its report is made of."""
    with Recording(path) as recording:
        return drill_data(read_data(recording), recorded_play(recording))


def said(data: DrillData, one: Said) -> Entry:
    """An entry of a journal; its number comes later."""
    t_ns = data.begin_ns + one[0] * MINUTE
    if len(one) == 3:
        _, seat, command = one
        return Entry(0, t_ns, seat, kind_of(command), "", "", command)
    _, seat, kind, subject = one
    return Entry(0, t_ns, seat, kind, subject, f"{kind} {subject}")


def with_journal(data: DrillData, *more: Said, alone: bool = False) -> DrillData:
    """The same play with more said in it; `alone`: with nothing else."""
    entries = [] if alone else list(data.journal)
    entries += [said(data, one) for one in more]
    entries.sort(key=lambda entry: entry.t_ns)
    journal = tuple(attrs.evolve(entry, n=n) for n, entry in enumerate(entries, 1))
    return drill_data(data.run, attrs.evolve(data.play, journal=journal))
