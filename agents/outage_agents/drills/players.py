"""Scripted players: a drill can be played without anybody.

Two kinds: one follows a play's steps, each when its time has come, its condition holds on what its
seat sees and all steps before it are done. The other repeats commands at their moments,
which is how a play is gone back into.
"""

from collections.abc import Sequence
from typing import Protocol

from outage_agents.drills.condition import Watch
from outage_agents.drills.director import Director, SeatFacts
from outage_agents.drills.drill import Play
from outage_agents.drills.journal import Command, Entry, commands_of
from outage_engine.clock import SECOND


class Player(Protocol):
    """Gives commands."""

    def next_ns(self, t_ns: int) -> int | None:
        """The next moment after this one at which it surely says something, when it is known."""

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        """What it says at a moment: seats and commands."""


class ScriptedPlayer:
    """Follows a play's steps."""

    def __init__(self, play: Play) -> None:
        self._steps = [(s, None if s.when is None else Watch(s.when)) for s in play.steps]
        self._at = 0

    def next_ns(self, t_ns: int) -> int | None:
        """None: it looks at every sample."""
        return None

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        """The steps whose turn it is."""
        said: list[tuple[str, Command]] = []
        facts = SeatFacts(director, t_ns)
        while self._at < len(self._steps):
            step, watch = self._steps[self._at]
            early = step.at_s is not None and facts.since_begin_ns < step.at_s * SECOND
            if early or not (watch is None or watch.holds(facts)):
                break
            said.append((step.seat, step.command))
            self._at += 1
        return said


class StampedPlayer:
    """Repeats the commands of a journal at their moments."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = commands_of(tuple(entries))
        self._at = 0

    def next_ns(self, t_ns: int) -> int | None:
        """Its next command's."""
        later = [entry.t_ns for entry in self._entries if entry.t_ns > t_ns]
        return later[0] if later else None

    def due(self, director: Director, t_ns: int) -> list[tuple[str, Command]]:
        """The commands of this moment."""
        said: list[tuple[str, Command]] = []
        while self._at < len(self._entries) and self._entries[self._at].t_ns <= t_ns:
            entry = self._entries[self._at]
            assert entry.command is not None
            said.append((entry.seat, entry.command))
            self._at += 1
        return said
