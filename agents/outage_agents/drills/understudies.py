"""Understudies: characters in the seats that nobody took.

A drill for four can be played by one. Who sits in an empty seat is drawn from the seed: name,
temper, skill. Operations carry out what they are given, like any character, and now and then
propose something, not always the right thing. Communications post what they are told to, and a
holding statement when an update is long overdue. The scribe writes down what happens. A commander
declares, approves and asks. What they do are commands of their seat, marked as played, so that
playing a journal again has them do it again. Times and habits are *assumed*.
"""

import re
from typing import TYPE_CHECKING

import attrs

from outage_agents.actions import find_action
from outage_agents.drills import phrases
from outage_agents.drills.characters import Utterance
from outage_agents.drills.drill import TEMPERS, Character
from outage_agents.drills.journal import Approve, Command, Declare, Note, Post, Task
from outage_engine.clock import MINUTE, SECOND
from outage_engine.random_streams import RandomStreams

if TYPE_CHECKING:
    from outage_agents.drills.director import Director

_TELL = re.compile(
    r"(?:please )?(?:tell|inform|post|write)(?: to)?(?: (?:the |our )?customers)?(?: that|:)\s*",
    re.I,
)
"""How a task to tell customers something begins. Assumed: the usual ways."""
SEATS_PLAYED = ("commander", "operations", "communications", "scribe")
_NAMES = ("Noor", "Sasha", "Ines", "Tomas", "Wren", "Amara", "Jules", "Mika", "Oran", "Petra")
_PROPOSED = ("dns.inspect", "call.page_team", "app.rollback_deploy", "dns.restart_enactors")
"""What somebody without a plan proposes: a look, and what is always proposed."""
_PROPOSES_AFTER_NS = 12 * MINUTE
_ASKS_EVERY_NS = 15 * MINUTE
_NOTED = ("alert", "escalation", "began", "result", "message", "hand_over")
_NOTE_MAX = 600

Said = list[tuple[str, Command]]


def empty_seats(staffed: tuple[str, ...]) -> tuple[str, ...]:
    """Seats that characters play while people play these."""
    taken = (*staffed, "commander", "operations") if "solo" in staffed else staffed
    return tuple(seat for seat in SEATS_PLAYED if seat not in taken)


@attrs.define(eq=False)
class Understudies:
    """Those who sit in empty seats of one drill."""

    seed: int
    _seats: tuple[str, ...] = ()
    _wanted: list[tuple[int, str]] = attrs.field(factory=list)
    """Posts that were asked for: when they go out, and what they say."""
    _noted: int = 0
    """Messages the scribe has dealt with."""
    _proposed: bool = False
    _warned_ns: int | None = None
    _asked_ns: int | None = None

    def staff(self, director: "Director", staffed: tuple[str, ...]) -> None:
        """People play these seats from here on."""
        wanted = empty_seats(staffed)
        for seat in self._seats:
            if seat not in wanted:
                director.cast.leave(seat)
        for seat in wanted:
            if seat not in self._seats:
                director.cast.join(self._person(director, seat), director.now_ns)
        self._seats = wanted
        self._noted = len(director.messages)

    def give(self, director: "Director", task: Task) -> bool:
        """Take a task in words; False: it is not for an understudy that does something with it."""
        if task.to != "communications" or "communications" not in self._seats:
            return False
        wait_s = self._number("post", len(director.log.posts), 60, 240)
        self._wanted.append((director.now_ns + wait_s * SECOND, _to_customers(task.text)))
        return True

    def due(self, director: "Director") -> Said:
        """What they say by now."""
        said: Said = []
        if "commander" in self._seats:
            said += self._command(director)
        if "operations" in self._seats:
            self._propose(director)
        if "communications" in self._seats:
            said += self._tell(director)
        if "scribe" in self._seats:
            said += self._write(director)
        return said

    def _person(self, director: "Director", seat: str) -> Character:
        draw = RandomStreams(self.seed).single(f"understudy/{seat}")
        taken = [one.name for one in director.cast.people()]
        free = [name for name in _NAMES if name not in taken]
        return Character(
            id=seat,
            name=free[draw.randint(0, len(free) - 1)],
            role=seat,
            temper=TEMPERS[draw.randint(0, len(TEMPERS) - 1)],
            skill=draw.randint(30, 90) / 100,
        )

    def _number(self, what: str, n: int, low: int, high: int) -> int:
        return RandomStreams(self.seed).single(f"understudy/{what}/{n}").randint(low, high)

    # -- commander ---------------------------------------------------------------------------

    def _command(self, director: "Director") -> Said:
        now, log = director.now_ns, director.log
        alerts = director.alerts.states()
        if not log.declared:
            wait_s = self._number("declare", 0, 180, 360)
            if alerts and now - alerts[0].since_ns >= wait_s * SECOND:
                self._asked_ns = now
                return [("commander", Declare())]
            return []
        for pending in director.work.pending:
            if now - pending.since_ns >= self._number("approve", pending.n, 40, 150) * SECOND:
                word = dict(director.drill.approvals)[pending.action]
                return [("commander", Approve(pending.n, word))]
        if self._asked_ns is None or now - self._asked_ns >= _ASKS_EVERY_NS:
            first = self._asked_ns is None
            self._asked_ns = now
            text = phrases.STATUS_WANTED[self._number("status", now // MINUTE, 0, 2)]
            return [] if first else [("commander", Task("operations", text))]
        return []

    # -- operations --------------------------------------------------------------------------

    def _propose(self, director: "Director") -> None:
        alerts = director.alerts.states()
        late = alerts and director.now_ns - alerts[0].since_ns >= _PROPOSES_AFTER_NS
        if self._proposed or not late or director.work.all or director.work.pending:
            return
        self._proposed = True
        action = find_action(_PROPOSED[self._number("proposal", 0, 0, len(_PROPOSED) - 1)])
        minutes = round(director.work.usual_s(action.id) / 60)
        said = phrases.PROPOSES[self._number("proposes", 0, 0, len(phrases.PROPOSES) - 1)]
        text = said.format(title=action.title, minutes=minutes)
        director.cast.say_later(Utterance(director.now_ns, "operations", "answer", text))

    # -- communications ----------------------------------------------------------------------

    def _tell(self, director: "Director") -> Said:
        now, log = director.now_ns, director.log
        for at_ns, text in self._wanted:
            if at_ns <= now:
                self._wanted.remove((at_ns, text))
                return [("communications", Post(claims=[text]))]
        patience_ns = self._number("patience", len(log.posts), 5, 12) * MINUTE
        if log.posts:
            overdue = log.overdue_ns(now) >= patience_ns
        else:
            overdue = log.declared_ns is not None and now - log.declared_ns >= 2 * patience_ns
        if not overdue:
            self._warned_ns = None
            return []
        if self._warned_ns is None:
            self._warned_ns = now
            n = self._number("wants", len(log.posts), 0, len(phrases.WANTS_TO_POST) - 1)
            text = phrases.WANTS_TO_POST[n]
            director.cast.say_later(Utterance(now, "communications", "nag", text))
            return []
        if now - self._warned_ns < patience_ns:
            return []
        self._warned_ns = None
        claim = phrases.HOLDING[min(len(log.posts), len(phrases.HOLDING) - 1)]
        return [("communications", Post(claims=[claim], next_update_min=30))]

    # -- scribe ------------------------------------------------------------------------------

    def _write(self, director: "Director") -> Said:
        """Once a minute, what has been said since."""
        fresh = [
            message
            for to, message in director.messages[self._noted :]
            if to == "all" and message.kind in _NOTED
        ]
        if not fresh:
            self._noted = len(director.messages)
            return []
        if director.now_ns - fresh[0].t_ns < MINUTE:
            return []
        self._noted = len(director.messages)
        text = "; ".join(message.text for message in fresh)
        return [("scribe", Note(text[:_NOTE_MAX]))]


def _to_customers(text: str) -> str:
    """What customers read of a task: "tell customers that X" is told to them as "X"."""
    begins = _TELL.match(text.strip())
    said = text.strip()[begins.end() :] if begins else text
    return said or text
