"""A drill that is over, from its recording: score, what was the matter, and moments to go back to.

For whoever may open the recording: the one who played solo, and the facilitator. Reading and
scoring take about a second, so it is done on a thread and not on the screen's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.actions import find_action
from outage_agents.drills.drill_file import DrillError
from outage_agents.drills.journal import AllClear, Begin, Decide, Post, Task, Wait
from outage_agents.drills.names import Names
from outage_agents.drills.recorded_play import recorded_play
from outage_agents.scenario_source import InputError
from outage_engine.errors import RecordingError
from outage_engine.recording.reader import Recording
from outage_tui.dashboard.end_of_drill import NoScoreError
from outage_tui.drill_ghosts import known_ghosts

if TYPE_CHECKING:
    from pathlib import Path

    from outage_agents.drills.drill import Drill
    from outage_agents.drills.journal import Command, Entry
    from outage_agents.drills.score import Score

_TURNS: Final = (Begin, Task, Decide, Wait, Post, AllClear)
"""Commands that people ask about afterwards: what if we had not?"""


@attrs.frozen
class Turn:
    """A moment at which something was chosen."""

    t_ns: int
    words: str


@attrs.frozen
class PlayedDrill:
    """A drill that is over."""

    drill: Drill
    score: Score
    begin_ns: int
    end_ns: int
    """The moment it was over."""
    why: str
    recording: Path
    command: str
    """The command line that plays it again; empty when it is not known."""
    turns: tuple[Turn, ...]
    """In the order they came."""
    text: str = ""
    """Of the drill's file, by which its ghosts are known."""
    seed: int | None = None

    @property
    def lacks_ghosts(self) -> bool:
        """Whether some course beside the play has not been run."""
        return any(one.customer_minutes is None for one in self.score.outcome.ghosts)

    def named(self, text: str) -> str:
        """A text of the run in the words of the drill."""
        return Names(self.drill.names).shown(text)


def played_drill(recording: Path, *, why: str, command: str = "") -> PlayedDrill:
    """Read and score. Raises NoScoreError."""
    try:
        with Recording(recording) as opened:
            play = recorded_play(opened)
            text = opened.meta.get("drill", "")
        score = play.score(known_ghosts(text, play.seed))
    except (RecordingError, InputError, DrillError) as error:
        raise NoScoreError(f"the score cannot be told: {error}") from error
    over = [entry.t_ns for entry in play.journal if entry.kind == "over"]
    last_ns = max([entry.t_ns for entry in play.journal], default=play.begin_ns)
    names = Names(play.drill.names)
    return PlayedDrill(
        play.drill,
        score,
        play.begin_ns,
        over[0] if over else last_ns,
        why,
        recording,
        command,
        tuple(_turns(play.journal, names)),
        text,
        play.seed,
    )


def _turns(journal: tuple[Entry, ...], names: Names) -> list[Turn]:
    return [
        Turn(entry.t_ns, words)
        for entry in journal
        if isinstance(entry.command, _TURNS) and (words := _words(entry.command, names))
    ]


def _words(command: Command, names: Names) -> str:
    match command:
        case Begin(action=action):
            return f"begin: {action_title(action, names)}"
        case Task(to=to, action=action, text=text):
            return f"task for {to}: {action_title(action, names) if action else text}"
        case Decide(what=what):
            return f"decide: {what}"
        case Wait(minutes=minutes, until=until):
            return f"wait {f'until {until}' if until else f'{minutes:g} min'}"
        case Post(claims=claims):
            return f"tell customers: {'; '.join(claims)}"
        case AllClear():
            return "give the all-clear"
        case _:
            return ""


def action_title(action_id: str, names: Names) -> str:
    """What an action is called in this drill; ids of none are shown as they are."""
    try:
        return names.shown(find_action(names.real_action(action_id)).title)
    except InputError:
        return action_id
