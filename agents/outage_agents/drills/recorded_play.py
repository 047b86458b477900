"""A play from its recording: drill, journal and truth, enough for its score.

Nothing is executed. Samples, outcomes of actions and milestones are in the tables of the run, the
journal in a table of its own, and the drill's file in `meta`.
"""

import attrs
import msgspec

from outage_agents.drills.drill import Drill
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import DrillError, read_drill
from outage_agents.drills.ghosts import ghosts_of
from outage_agents.drills.journal import Entry, entry_of
from outage_agents.drills.score import Ghost, Score, score_of
from outage_agents.drills.truth import TruthLog
from outage_engine.recording.reader import Recording


@attrs.frozen
class RecordedPlay:
    """A play that is over, or as far as it was recorded."""

    drill: Drill
    journal: tuple[Entry, ...]
    truth: TruthLog
    begin_ns: int
    end_ns: int | None = None
    """The latest end of the drill."""
    seed: int | None = None
    """Of the run that was played."""

    def score(self, ghosts: tuple[Ghost, ...] | None = None) -> Score:
        """As it was at the end of the play; beside the ghosts that come with the program, when
        none are given."""
        if ghosts is None:
            ghosts = ghosts_of(self.drill.id, self.seed)
        return score_of(self.drill, self.journal, self.truth, self.begin_ns, ghosts, self.end_ns)


def recorded_play(recording: Recording) -> RecordedPlay:
    """Read a play. Raises DrillError without one, RecordingError when the file is damaged."""
    text = recording.meta.get("drill")
    if not text:
        raise DrillError([f"{recording.path}: no drill was played on this run"])
    drill = read_drill(f"{recording.path}: drill", text)
    _, begin_ns, end_ns = prepared(drill)
    with recording.faults():
        journal = tuple(entry_of(body) for body in recording.journal())
    seed = recording.meta.get("seed", "")
    known = int(seed) if seed.isdecimal() else None
    return RecordedPlay(drill, journal, _truth(recording), begin_ns, end_ns, known)


def _truth(recording: Recording) -> TruthLog:
    truth = TruthLog()
    rows = recording.rows("SELECT name FROM metric_names ORDER BY position")
    names = [recording.cell(row, 0, str) for row in rows]
    samples = msgspec.json.Decoder(tuple[float, ...])
    for row in recording.rows("SELECT t_ns, numbers FROM metric_samples ORDER BY t_ns"):
        with recording.faults():
            numbers = samples.decode(recording.cell(row, 1, str))
        truth.sample(recording.cell(row, 0, int), names, numbers)
    for row in recording.rows("SELECT t_ns, id, result FROM actions ORDER BY n"):
        truth.outcome(
            recording.cell(row, 0, int), recording.cell(row, 1, str), recording.cell(row, 2, str)
        )
    for row in recording.rows("SELECT t_ns, id FROM milestones ORDER BY n"):
        truth.milestone(recording.cell(row, 1, str), recording.cell(row, 0, int))
    return truth
