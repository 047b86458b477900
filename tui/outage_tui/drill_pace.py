"""How fast virtual time goes in a drill, and why: never what happens in it.

A drill of hours is to be played in the minutes its author gave it, and yet nobody is to miss the
incident while typing. So time goes at the drill's own pace (its span over its length), a little
quicker when slow stretches have used time up; slower while somebody has an editor open, an approval
waits or a page is new; and it hurries through a wait that somebody has decided on, until that is
over or a page comes. What people leave unanswered slows time for a while only. With *verb costs*,
for one person who wants to think, time stands still, and each command costs some.

Everything here is a function of moments handed in: wall seconds and virtual nanoseconds. The same
commands at the same virtual moments give the same run, whatever the pace was. The factors and times
are *assumed*: what felt right at a pace of four to ten.
"""

import math
from collections.abc import Callable, Iterable

import attrs

from outage_agents.drills.condition import Compare, Condition, ConditionError, Facts, Watch
from outage_agents.drills.journal import Command, Wait, kind_of
from outage_agents.simulation import SAMPLE_S
from outage_agents.when import When, WhenError, Window, format_clock
from outage_engine.clock import MINUTE, SECOND

CATCHING_UP = 2.0
"""The drill's own pace may become so many times quicker, to keep to its length."""
EDITOR_SHARE, APPROVAL_SHARE, PAGE_SHARE = 0.125, 0.25, 0.33
"""Of the drill's own pace while something is open; never below real time."""
EDITOR_S, APPROVAL_S, PAGE_S = 180.0, 90.0, 45.0
"""Wall seconds for which something slows time down at most."""
HURRY, HURRY_MOST = 15.0, 40.0
"""Times the drill's own pace through a wait; and at most, for one that would take long."""
HURRY_S = 8.0
"""Wall seconds that a wait of known length is to take."""
PACE_MIN, PACE_MAX = 0.1, 3600.0
LATE_S = 0.5
"""A clock nobody has looked at for so long goes on from where it is; time in which the machine was
busy with something else is not made up for in a rush."""
INTERRUPTS = ("alert", "escalation", "probe", "message", "task")
"""Kinds of journal entries that end a wait: somebody wants something."""


@attrs.frozen
class Until:
    """The end of a wait."""

    words: str
    end_ns: int | None = None
    watch: Watch | None = attrs.field(default=None, eq=False)

    @staticmethod
    def of(wait: Wait, t_ns: int, window: Window, sensors: Iterable[str]) -> "Until | None":
        """What a wait waits for; None when its words are neither a time nor something that can be
        seen."""
        if not wait.until.strip():
            end_ns = t_ns + math.ceil(wait.minutes * 60) * SECOND
            return Until(f"until {format_clock(end_ns, window.start)[:5]}", _sample(end_ns))
        words = f"until {wait.until.strip()}"
        try:
            return Until(words, _sample(When.parse(wait.until, window, within=False)))
        except WhenError:
            pass
        try:
            condition = Condition.parse(wait.until)
        except ConditionError:
            return None
        known = tuple(sensors)
        if any(isinstance(leaf, Compare) and leaf.name not in known for leaf in condition.leaves()):
            return None
        return Until(words, watch=Watch(condition))

    def is_over(self, facts: Facts) -> bool:
        """Whether it is, at a moment; to be asked at every sample."""
        if self.watch is not None:
            return self.watch.holds(facts)
        return self.end_ns is not None and facts.t_ns >= self.end_ns


def _sample(t_ns: int) -> int:
    """The first sample at or after a moment: nobody looks before."""
    step_ns = SAMPLE_S * SECOND
    return -(-t_ns // step_ns) * step_ns


@attrs.frozen
class Scene:
    """What a pace is chosen by, at one moment."""

    wall_s: float
    t_ns: int
    pages: tuple[str, ...] = ()
    """Alerts that page and that nobody has taken."""
    approvals: tuple[int, ...] = ()
    editors: tuple[tuple[str, float], ...] = ()
    """What is open on somebody's screen, and since when (wall seconds)."""


@attrs.frozen
class Going:
    """How time goes from here."""

    multiplier: float
    """Virtual seconds a second; 0: it stands; infinite: as fast as possible."""
    why: str = ""
    until_ns: int | None = None
    """Not beyond this moment."""


class DrillPace:
    """Chooses the pace of one drill."""

    def __init__(
        self,
        *,
        begin_ns: int,
        end_ns: int,
        length_min: float,
        cost_s: Callable[[Command], int] | None = None,
    ) -> None:
        """`cost_s`: what a command costs, virtual seconds; None: time goes by itself."""
        self.is_auto = True
        self.frozen = False
        self.wait: Until | None = None
        self._asked = 0.0
        self._end_ns = end_ns
        self._length_s = length_min * 60.0
        self.own = (end_ns - begin_ns) / SECOND / self._length_s
        """The drill's own pace."""
        self._cost_s = cost_s
        self._paid_ns = begin_ns
        self._paid_for = ""
        self._seen: dict[tuple[str, str], float] = {}
        self._known: tuple[tuple[str, str], ...] = ()
        self.used_s = 0.0
        """Wall seconds since the drill began, freezes left out."""
        self._used_at: float | None = None

    def begin_again(self, t_ns: int) -> None:
        """The drill goes on from another moment: nothing is waited for, nothing paid."""
        self.wait = None
        self.frozen = False
        self._paid_ns = t_ns
        self._seen, self._known = {}, ()
        self._used_at = None

    # -- what people ask ---------------------------------------------------------------------

    def choose(self, multiplier: float, *, auto: bool) -> str:
        """Take a pace, or leave it to the program; why not, when it cannot be."""
        if not auto and not PACE_MIN <= multiplier <= PACE_MAX:
            return f"a pace is {PACE_MIN:g} to {PACE_MAX:g}"
        self.is_auto, self._asked = auto, multiplier
        return ""

    def said(self, command: Command, t_ns: int, until: Until | None) -> None:
        """A command was given by somebody who commands: its cost, and a wait it begins or ends."""
        self.wait = until
        self._known = tuple(self._seen)  # whoever speaks now knows of these
        if self._cost_s is not None and not isinstance(command, Wait):
            cost_ns = self._cost_s(command) * SECOND
            self._paid_ns = max(self._paid_ns, t_ns) + cost_ns
            self._paid_for = f"{kind_of(command).replace('_', ' ')} takes {cost_ns / MINUTE:g} min"

    def looked(self, facts: Facts, kinds: Iterable[str]) -> None:
        """A sample was taken, and such entries came into the journal: is the wait over?"""
        interrupted = any(kind in INTERRUPTS for kind in kinds)
        if self.wait is not None and (interrupted or self.wait.is_over(facts)):
            self.wait = None

    # -- how time goes -----------------------------------------------------------------------

    def going(self, scene: Scene) -> Going:
        """How time is to go from this moment on."""
        self._remember(scene)
        if self.frozen:
            return Going(0.0, "frozen")
        if self._cost_s is not None:
            return self._paid(scene)
        if not self.is_auto:
            return Going(self._asked, "set by hand")
        own = self._kept_up(scene)
        slow = self._slow(scene)
        if slow is not None:
            share, why = slow
            return Going(min(own, max(1.0, share * own)), why)
        if self.wait is not None:
            return Going(self._hurry(scene, own), f"waiting {self.wait.words}", self._wait_end_ns)
        return Going(own)

    @property
    def _wait_end_ns(self) -> int | None:
        return None if self.wait is None else self.wait.end_ns

    def _remember(self, scene: Scene) -> None:
        """Since when each thing that slows time is there; and the wall time used."""
        open_now = [("page", name) for name in scene.pages]
        open_now += [("approval", str(n)) for n in scene.approvals]
        self._seen = {thing: self._seen.get(thing, scene.wall_s) for thing in open_now}
        self._known = tuple(thing for thing in self._known if thing in self._seen)
        if self._used_at is not None and not self.frozen:
            self.used_s += max(0.0, scene.wall_s - self._used_at)
        self._used_at = scene.wall_s

    def _kept_up(self, scene: Scene) -> float:
        left_s = self._length_s - self.used_s
        needed = (self._end_ns - scene.t_ns) / SECOND / left_s if left_s > 0 else math.inf
        return min(max(self.own, needed), CATCHING_UP * self.own)

    def _slow(self, scene: Scene) -> tuple[float, str] | None:
        for words, since_s in scene.editors:
            if scene.wall_s - since_s < EDITOR_S:
                return EDITOR_SHARE, words
        new = [thing for thing in self._seen if self._is_new(thing, scene.wall_s)]
        if any(kind == "approval" for kind, _ in new):
            return APPROVAL_SHARE, "an approval is open"
        return (PAGE_SHARE, "a page is open") if new else None

    def _is_new(self, thing: tuple[str, str], wall_s: float) -> bool:
        lasts_s = APPROVAL_S if thing[0] == "approval" else PAGE_S
        return thing not in self._known and wall_s - self._seen[thing] < lasts_s

    def _hurry(self, scene: Scene, own: float) -> float:
        if self._wait_end_ns is None:
            return HURRY * own
        left_s = (self._wait_end_ns - scene.t_ns) / SECOND
        return min(max(HURRY * own, left_s / HURRY_S), HURRY_MOST * own)

    def _paid(self, scene: Scene) -> Going:
        if scene.t_ns < self._paid_ns:
            return Going(math.inf, self._paid_for, self._paid_ns)
        if self.wait is not None:
            return Going(math.inf, f"waiting {self.wait.words}", self._wait_end_ns)
        return Going(0.0, "time stands until the next command")


class PlayClock:
    """To which virtual moment a play may go by now; whole seconds."""

    def __init__(self, t_ns: int) -> None:
        self._t_ns = t_ns
        self._exact_ns = float(t_ns)
        self._looked_s: float | None = None

    def reached(self, wall_s: float, going: Going, now_ns: int) -> int:
        """The moment, given how time has gone since the last look; `now_ns`: where the run stands.

        At an infinite pace that is the next sample. A run that cannot keep up is waited for.
        """
        looked_s, self._looked_s = self._looked_s, wall_s
        passed_s = 0.0 if looked_s is None else min(max(0.0, wall_s - looked_s), LATE_S)
        if going.multiplier == math.inf:
            self._exact_ns = float(_sample(now_ns + 1))
        else:
            ahead_ns = max(1.0, LATE_S * going.multiplier) * SECOND
            reached_ns = max(self._exact_ns, now_ns) + passed_s * going.multiplier * SECOND
            self._exact_ns = min(reached_ns, now_ns + ahead_ns)
        if going.until_ns is not None:
            self._exact_ns = float(max(now_ns, min(self._exact_ns, going.until_ns)))
        return max(now_ns, int(self._exact_ns) // SECOND * SECOND)

    def restart(self, t_ns: int) -> None:
        """Count from this moment on, from the next look."""
        self._exact_ns = float(t_ns)
        self._looked_s = None

    def next_second_s(self, going: Going) -> float:
        """Wall seconds until the next whole virtual second is due; infinite while time stands."""
        if not going.multiplier > 0:
            return math.inf
        left_ns = SECOND - self._exact_ns % SECOND
        return left_ns / SECOND / going.multiplier
