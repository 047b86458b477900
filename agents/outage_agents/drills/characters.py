"""Characters: the people on the call whom the program plays.

Each has a role, a temper, a skill, things it knows and things it believes. It answers when asked,
brings up what it takes for the cause (sometimes wrongly), does what it is given, and asks for news
when it hears none. What varies is drawn from the seed by the character's name and what it is about,
so the same drill with the same commands has the same people. Reactions and times are *assumed*.
"""

import attrs

from outage_agents.drills.drill import Character, Guess
from outage_engine.clock import SECOND
from outage_engine.random_streams import RandomStreams

_REPLY_S = {"calm": (30, 90), "eager": (10, 40), "gruff": (60, 240)}
"""Shortest and longest time to an answer, by temper."""
_OPENING = {"calm": "", "eager": "I am quite sure: ", "gruff": "As I keep saying: "}


@attrs.frozen
class Utterance:
    """Something a character will say."""

    at_ns: int
    character: str
    kind: str
    """answer, guess, nag."""
    text: str
    plain: str = ""
    """Of a guess: what it says, without how it is said."""


class Cast:
    """All characters of a drill."""

    def __init__(self, characters: tuple[Character, ...], seed: int, begin_ns: int) -> None:
        self._people = {one.id: one for one in characters}
        self._streams = RandomStreams(seed)
        self._begin_ns = begin_ns
        self._ahead: list[Utterance] = []
        self._heard_ns = dict.fromkeys(self._people, begin_ns)
        self._asked = 0
        for one in characters:
            for n, guess in enumerate(one.guesses):
                self._ahead.append(self._brought_up(one, n, guess))

    def knows(self, character_id: str) -> bool:
        """Whether there is such a character."""
        return character_id in self._people

    def ask(self, t_ns: int, character_id: str, about: str) -> None:
        """Ask a character; it answers in its time. Raises KeyError."""
        person = self._people[character_id]
        self._asked += 1
        known = next((a.text for a in person.answers if a.about.lower() in about.lower()), "")
        text = known or f"I know nothing about {about}."
        low, high = _REPLY_S[person.temper]
        draw = self._streams.single(f"answer/{person.id}/{self._asked}")
        at_ns = t_ns + draw.randint(low, high) * SECOND
        self._ahead.append(Utterance(at_ns, person.id, "answer", text))

    def duration_s(self, t_ns: int, character_id: str, usual_s: int) -> int:
        """How long a task takes this one that takes others so long: by skill, 1.5 to 0.75 times.

        Raises KeyError.
        """
        return round(usual_s * (1.5 - 0.75 * self._people[character_id].skill))

    def hear_news(self, t_ns: int) -> None:
        """Something was posted: nobody has to ask for a while."""
        for name in self._heard_ns:
            self._heard_ns[name] = t_ns

    def due(self, t_ns: int) -> list[Utterance]:
        """What they say by now."""
        for one in self._people.values():
            if one.nag_every_s and t_ns - self._heard_ns[one.id] >= one.nag_every_s * SECOND:
                self._heard_ns[one.id] = t_ns
                text = f"{one.role} asks: what is going on, and when do we hear more?"
                self._ahead.append(Utterance(t_ns, one.id, "nag", text))
        said = [one for one in self._ahead if one.at_ns <= t_ns]
        self._ahead = [one for one in self._ahead if one.at_ns > t_ns]
        return sorted(said, key=lambda one: one.at_ns)

    def topics(self, character_id: str) -> tuple[str, ...]:
        """What this one knows something of. Raises KeyError."""
        return tuple(answer.about for answer in self._people[character_id].answers)

    def name(self, character_id: str, t_ns: int) -> str:
        """How people call this one. Raises KeyError."""
        return self._people[character_id].name

    def _brought_up(self, person: Character, n: int, guess: Guess) -> Utterance:
        draw = self._streams.single(f"guess/{person.id}/{n}")
        half = guess.after_s // 2
        at_ns = self._begin_ns + (half + draw.randint(0, 2 * half)) * SECOND
        told = _OPENING[person.temper] + guess.text
        return Utterance(at_ns, person.id, "guess", told, guess.text)
