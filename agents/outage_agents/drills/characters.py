"""Characters: the people on the call whom the program plays.

Each has a role, a temper, a skill, things it knows and things it believes. It answers when asked,
reads its panels out, brings up what it takes for the cause (sometimes wrongly), does what it is
given and reports half way, doubts an order that visibly lacks one before it, asks for news when it
hears none, gets tired and goes home. What varies is drawn from the seed by the character's name and
what it is about, so the same drill with the same commands has the same people. No language model:
reactions, times and phrases are *assumed*.
"""

from collections.abc import Sequence

import attrs

from outage_agents.actions import CATALOGUE, find_action
from outage_agents.drills import phrases
from outage_agents.drills.drill import Character, Guess
from outage_agents.drills.names import Names
from outage_agents.drills.phrases import Phrases
from outage_agents.drills.sensors import Reading
from outage_agents.drills.topics import asks_for_cause, asks_for_progress, closest, meant
from outage_engine.clock import MINUTE, SECOND
from outage_engine.random_streams import RandomStreams

_REPLY_S = {"calm": (30, 90), "eager": (10, 40), "gruff": (60, 240)}
"""Shortest and longest time to an answer, by temper."""
_OPENING = {"calm": "", "eager": "I am quite sure: ", "gruff": "As I keep saying: "}
_TIRED_FROM = 0.8
"""Share of a shift after which one is tired."""
_TIRED_SLOWER = 1.25
_DOUBTS_FROM = 0.5
"""Skill from which one sees that an order lacks another before it."""
_FIRST = "has to come first"
"""How the catalogue says so."""
_SOUNDS_LIKE = 0.6


@attrs.define(eq=False)
class Job:
    """An action that somebody works at, as people on the call see it."""

    id: str
    title: str
    by: str
    begun_ns: int
    expected_ns: int
    result: str = ""
    """Empty while it goes on."""


@attrs.frozen
class Utterance:
    """Something a character will say."""

    at_ns: int
    character: str
    kind: str
    """answer, guess, nag, progress, doubt."""
    text: str
    plain: str = ""
    """Of a guess: what it says, without how it is said."""
    job: "Job | None" = None
    """Said only while this goes on."""


class Cast:
    """All characters of a drill."""

    def __init__(
        self, characters: tuple[Character, ...], seed: int, begin_ns: int, names: Names
    ) -> None:
        self._people = {one.id: one for one in characters}
        self._streams = RandomStreams(seed)
        self._begin_ns = begin_ns
        self._names = names
        self._ahead: list[Utterance] = []
        self._heard_ns = dict.fromkeys(self._people, begin_ns)
        self._said: dict[str, int] = {}
        self._asked = 0
        self._doubted: list[tuple[str, str]] = []
        for one in characters:
            for n, guess in enumerate(one.guesses):
                self._ahead.append(self._brought_up(one, n, guess))
            self._plan_shift(one)

    def knows(self, character_id: str) -> bool:
        """Whether there is such a character."""
        return character_id in self._people

    def people(self) -> tuple[Character, ...]:
        """Everybody, as they are now."""
        return tuple(self._people.values())

    def join(self, person: Character, t_ns: int) -> None:
        """One more: takes an empty seat."""
        self._people[person.id] = person
        self._heard_ns[person.id] = t_ns

    def leave(self, character_id: str) -> None:
        """Somebody else has this seat now."""
        self._people.pop(character_id, None)
        self._heard_ns.pop(character_id, None)
        self._ahead = [one for one in self._ahead if one.character != character_id]

    def name(self, character_id: str, t_ns: int) -> str:
        """How people call this one, or who has taken over. Raises KeyError."""
        person = self._people[character_id]
        return person.relief if self._is_relieved(person, t_ns) else person.name

    def topics(self, character_id: str) -> tuple[str, ...]:
        """What this one knows something of. Raises KeyError."""
        return tuple(answer.about for answer in self._people[character_id].answers)

    # -- asked and told ----------------------------------------------------------------------

    def ask(
        self,
        t_ns: int,
        character_id: str,
        about: str,
        jobs: Sequence[Job] = (),
        readings: Sequence[Reading] = (),
    ) -> None:
        """Ask a character; it answers in its time. Raises KeyError."""
        person = self._people[character_id]
        text = self._answer(t_ns, person, about, jobs, readings)
        self._reply(t_ns, person, "answer", text)

    def told(self, t_ns: int, character_id: str, text: str, jobs: Sequence[Job] = ()) -> None:
        """Give one something in words; it says what it makes of it. Raises KeyError."""
        person = self._people[character_id]
        topic = self._topic(person, text)
        if topic is not None:
            self._reply(t_ns, person, "answer", self._knows(person, topic))
            return
        titles = [action.title for action in CATALOGUE]
        place = closest(text, [self._names.shown(title) for title in titles], _SOUNDS_LIKE)
        if place is not None:
            said = self._pick(person, "means", phrases.MEANS_ACTION).format(title=titles[place])
            self._reply(t_ns, person, "answer", said)
            return
        self._reply(t_ns, person, "answer", self._pick(person, "looks", phrases.LOOKS))
        found = self._pick(person, "found", phrases.FOUND_NOTHING)
        draw = self._streams.single(f"looks/{person.id}")
        at_ns = t_ns + draw.randint(4, 12) * MINUTE
        self._ahead.append(Utterance(at_ns, person.id, "answer", found))

    def takes(self, t_ns: int, character_id: str, job: Job) -> None:
        """One has begun what it was given; it says so, and reports. Raises KeyError."""
        person = self._people[character_id]
        span_ns = job.expected_ns - job.begun_ns
        minutes = max(1, span_ns // MINUTE)
        said = self._pick(person, "accepts", phrases.ACCEPTS)
        text = said.format(title=job.title, minutes=minutes)
        self._reply(t_ns, person, "progress", text, job)
        half = self._pick(person, "half", phrases.HALFWAY).format(title=job.title)
        late = self._pick(person, "late", phrases.TAKES_LONGER).format(title=job.title)
        for at_ns, told in ((t_ns + span_ns // 2, half), (t_ns + span_ns + MINUTE, late)):
            self._ahead.append(Utterance(at_ns, person.id, "progress", told, job=job))

    def doubts(self, t_ns: int, character_id: str, action_id: str, jobs: Sequence[Job]) -> str:
        """Whether one would rather not begin this now, and why; empty: it begins.

        Only what everybody sees counts: what is under way, what was reported. Given the same again
        it obeys. Raises KeyError.
        """
        person = self._people[character_id]
        if person.skill < _DOUBTS_FROM or (character_id, action_id) in self._doubted:
            return ""
        text = ""
        if any(job.id == action_id and not job.result for job in jobs):
            said = self._pick(person, "twice", phrases.DOUBTS_TWICE)
            text = said.format(title=find_action(action_id).title)
        else:
            done = [job.id for job in jobs if job.result == "done"]
            lacks = [
                find_action(one.action).title
                for one in find_action(action_id).interferes_with
                if one.how == _FIRST and one.action not in done
            ]
            if lacks:
                text = self._pick(person, "first", phrases.DOUBTS_ORDER).format(first=lacks[0])
        if text:
            self._doubted.append((character_id, action_id))
        return text

    def called(self, t_ns: int, character_id: str, text: str) -> None:
        """One is called because nobody took a page. Raises KeyError."""
        person = self._people[character_id]
        said = self._pick(person, "called", phrases.CALLED).format(text=text)
        self._reply(t_ns, person, "nag", said)

    def duration_s(self, t_ns: int, character_id: str, usual_s: int) -> int:
        """How long a task takes this one that takes others so long: by skill, 1.5 to 0.75 times,
        and longer when it is tired. Raises KeyError.
        """
        person = self._people[character_id]
        slower = _TIRED_SLOWER if self._is_tired(person, t_ns) else 1.0
        return round(usual_s * (1.5 - 0.75 * person.skill) * slower)

    def hear_news(self, t_ns: int) -> None:
        """Something was posted: nobody has to ask for a while."""
        for name in self._heard_ns:
            self._heard_ns[name] = t_ns

    def say_later(self, said: Utterance) -> None:
        """Have one say something."""
        self._ahead.append(said)

    def due(self, t_ns: int) -> list[Utterance]:
        """What they say by now."""
        for one in self._people.values():
            if one.nag_every_s and t_ns - self._heard_ns[one.id] >= one.nag_every_s * SECOND:
                self._heard_ns[one.id] = t_ns
                text = self._pick(one, "nag", phrases.NAGS)
                self._ahead.append(Utterance(t_ns, one.id, "nag", text))
        said = [one for one in self._ahead if one.at_ns <= t_ns]
        self._ahead = [one for one in self._ahead if one.at_ns > t_ns]
        fresh = [one for one in said if one.job is None or not one.job.result]
        return sorted(fresh, key=lambda one: one.at_ns)

    # -- what they say -----------------------------------------------------------------------

    def _answer(
        self,
        t_ns: int,
        person: Character,
        about: str,
        jobs: Sequence[Job],
        readings: Sequence[Reading],
    ) -> str:
        topic = self._topic(person, about)
        if topic is not None:
            return self._knows(person, topic)
        if asks_for_cause(about):
            return self._theory(t_ns, person)
        if asks_for_progress(about):
            return self._progress(t_ns, person, jobs)
        place = closest(about, [self._names.shown(one.title) for one in readings], 0.5)
        if place is not None:
            return self._reads(person, readings[place])
        return self._pick(person, "unknown", phrases.UNKNOWN).format(about=about)

    def _topic(self, person: Character, about: str) -> int | None:
        shown = self._names.shown
        listed = [
            (answer.about, shown(answer.about), *answer.also, *(shown(one) for one in answer.also))
            for answer in person.answers
        ]
        found = meant(about, listed)
        if found is not None:
            return found
        said = about.lower()
        places = [n for n, names in enumerate(listed) if any(one.lower() in said for one in names)]
        return places[0] if places else None

    def _knows(self, person: Character, topic: int) -> str:
        text = person.answers[topic].text.rstrip(".")
        return self._pick(person, "known", phrases.KNOWN).format(text=text)

    def _theory(self, t_ns: int, person: Character) -> str:
        """The last thing it brought up, or what it was about to."""
        ripe = [
            guess
            for guess in person.guesses
            if t_ns - self._begin_ns >= guess.after_s * SECOND // 2
        ]
        if not ripe:
            return self._pick(person, "no-theory", phrases.NO_THEORY)
        return self._pick(person, "theory", phrases.THEORY).format(text=ripe[-1].text)

    def _progress(self, t_ns: int, person: Character, jobs: Sequence[Job]) -> str:
        for job in jobs:
            if job.by == person.id and not job.result:
                minutes = (t_ns - job.begun_ns) // MINUTE
                said = self._pick(person, "at-work", phrases.AT_WORK)
                return said.format(title=job.title, minutes=minutes)
        return self._pick(person, "at-nothing", phrases.AT_NOTHING)

    def _reads(self, person: Character, reading: Reading) -> str:
        if reading.value is None:
            said = self._pick(person, "reads-nothing", phrases.READS_NOTHING)
            return said.format(title=reading.title)
        value = f"{reading.value:g} {reading.unit}".strip()
        age = f"{reading.age_s // 60} min" if reading.age_s >= 60 else f"{reading.age_s} s"
        said = self._pick(person, "reads", phrases.READS)
        return said.format(title=reading.title, value=value, age=age)

    def _reply(
        self, t_ns: int, person: Character, kind: str, text: str, job: Job | None = None
    ) -> None:
        self._asked += 1
        low, high = _REPLY_S[person.temper]
        draw = self._streams.single(f"answer/{person.id}/{self._asked}")
        slower = _TIRED_SLOWER if self._is_tired(person, t_ns) else 1.0
        at_ns = t_ns + round(draw.randint(low, high) * slower) * SECOND
        self._ahead.append(Utterance(at_ns, person.id, kind, text, job=job))

    def _pick(self, person: Character, what: str, choices: Phrases) -> str:
        """One of several ways to say it, not the same twice in a row."""
        listed = choices[person.temper]
        key = f"{person.id}/{what}"
        draw = self._streams.single(f"phrase/{key}")
        last = self._said.get(key)
        if last is None or len(listed) == 1:
            place = draw.randint(0, len(listed) - 1)
        else:
            place = (last + draw.randint(1, len(listed) - 1)) % len(listed)
        self._said[key] = place
        return listed[place]

    # -- shifts ------------------------------------------------------------------------------

    def _is_tired(self, person: Character, t_ns: int) -> bool:
        if person.shift_s is None or self._is_relieved(person, t_ns):
            return False
        return t_ns - self._begin_ns >= person.shift_s * SECOND * _TIRED_FROM

    def _is_relieved(self, person: Character, t_ns: int) -> bool:
        ends_s = person.shift_s
        over = ends_s is not None and t_ns - self._begin_ns >= ends_s * SECOND
        return over and bool(person.relief)

    def _plan_shift(self, person: Character) -> None:
        if person.shift_s is None:
            return
        draw = self._streams.single(f"shift/{person.id}")
        tired_ns = self._begin_ns + round(person.shift_s * _TIRED_FROM) * SECOND
        tired = phrases.TIRED[draw.randint(0, len(phrases.TIRED) - 1)]
        self._ahead.append(Utterance(tired_ns, person.id, "nag", tired))
        if person.relief:
            ends_ns = self._begin_ns + person.shift_s * SECOND
            over = phrases.TAKES_OVER[draw.randint(0, len(phrases.TAKES_OVER) - 1)]
            said = over.format(name=person.name)
            self._ahead.append(Utterance(ends_ns, person.id, "nag", said))

    def _brought_up(self, person: Character, n: int, guess: Guess) -> Utterance:
        draw = self._streams.single(f"guess/{person.id}/{n}")
        half = guess.after_s // 2
        at_ns = self._begin_ns + (half + draw.randint(0, 2 * half)) * SECOND
        told = _OPENING[person.temper] + guess.text
        return Utterance(at_ns, person.id, "guess", told, guess.text)
