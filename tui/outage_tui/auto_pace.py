"""The automatic pace: slow where something happens, fast through the quiet hours.

A first viewing of a day takes about `VIEWING_S`, and shows every milestone and every state of DNS
for `SHOWN_S` or more. A `Tempo` lays the moments that matter out on the wall clock: each is
approached slowly and held, and what is left of the viewing goes to the quiet time.

A replay knows its moments: they are in the recording. A live run does not, so `AutoPace` slows
down around what is known beforehand, the moments of the reference timeline and of the inputs, and
reacts to what the run has just done. Which events happen never depends on it.

All durations of wall time and all paces are *assumed*: they were chosen by watching.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.milestones import ACTION_MILESTONES
from outage_agents.timeline import reference_milestones
from outage_engine.clock import MINUTE, SECOND

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario
    from outage_engine.recording.playback import Playback

VIEWING_S: Final = 300.0
"""Wall seconds of a first viewing."""
SHOWN_S: Final = 2.0
"""Wall seconds for which a milestone or a state of DNS is on the screen, at least."""
QUIET_SHARE: Final = 0.3
"""Share of the viewing that quiet time has, at least; lesser moments must share the rest."""
QUIET_PACE_MIN: Final = 240.0
QUIET_PACE_MAX: Final = 3600.0
"""A run that is much shorter or longer than a day is not stretched or squeezed into the viewing."""
HOLD_NS: Final = 45 * SECOND
"""Virtual time that goes by while a moment is held, at most."""
LEAD_NS: Final = 90 * SECOND
LEAD_S: Final = 0.8
"""Before a moment that must be seen: so much virtual time takes so much wall time."""
RACE_LEAD_NS: Final = 24 * SECOND
RACE_LEAD_S: Final = 6.0
"""The race of the Enactors is over within seconds, and is to be watched from before it begins."""
CROWD_NS: Final = 20 * SECOND
"""A lesser moment so soon after another one is seen together with it."""


@attrs.frozen
class Moment:
    """A moment worth a look."""

    t_ns: int
    hold_s: float
    """Wall seconds for which it is to stay on the screen."""
    must: bool = False
    """Held for as long whatever else happens; a lesser moment gives way."""
    lead_ns: int = LEAD_NS
    lead_s: float = LEAD_S
    """How it is approached, when it must be seen."""


@attrs.frozen
class _Stretch:
    """Virtual time that goes by in so much wall time; None: quiet."""

    from_ns: int
    to_ns: int
    wall_s: float | None


class Tempo:
    """How fast to go at each moment of a run of which all moments are known."""

    def __init__(
        self, moments: Iterable[Moment], end_ns: int, *, viewing_s: float = VIEWING_S
    ) -> None:
        self.moments = _thinned(moment for moment in moments if 0 <= moment.t_ns <= end_ns)
        """Those that are held, in order of time."""
        share = _lesser_share(self.moments, viewing_s)
        stretches = _stretches(self.moments, end_ns, share)
        quiet_ns = sum(one.to_ns - one.from_ns for one in stretches if one.wall_s is None)
        left_s = viewing_s - sum(one.wall_s or 0.0 for one in stretches)
        self.quiet_pace = _clipped(quiet_ns / SECOND / max(left_s, 1.0))
        """Virtual seconds a second where nothing happens."""
        self._from_ns = [one.from_ns for one in stretches]
        self._to_ns = [one.to_ns for one in stretches]
        self._pace = [self._pace_of(one) for one in stretches]
        self._end_ns = end_ns

    def _pace_of(self, stretch: _Stretch) -> float:
        if stretch.wall_s is None:
            return self.quiet_pace
        return max((stretch.to_ns - stretch.from_ns) / SECOND / stretch.wall_s, 1e-9)

    def pace(self, t_ns: int) -> float:
        """Virtual seconds a second at a moment."""
        place = bisect_right(self._from_ns, t_ns) - 1
        return self._pace[place] if place >= 0 else self.quiet_pace

    def after(self, t_ns: int, wall_s: float) -> int:
        """Where somebody who is at `t_ns` is so many wall seconds later."""
        while wall_s > 0 and t_ns < self._end_ns:
            place = bisect_right(self._from_ns, t_ns) - 1
            pace, to_ns = self._pace[place], self._to_ns[place]
            rest_s = (to_ns - t_ns) / SECOND / pace
            if rest_s > wall_s:
                return min(to_ns, t_ns + max(1, round(wall_s * pace * SECOND)))
            t_ns, wall_s = to_ns, wall_s - rest_s
        return min(t_ns, self._end_ns)

    def viewing_s(self) -> float:
        """Wall seconds from the beginning to the end."""
        spans = zip(self._from_ns, self._to_ns, self._pace, strict=True)
        return sum((to_ns - from_ns) / SECOND / pace for from_ns, to_ns, pace in spans)


def _thinned(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """In order, one for each instant, and no lesser one in a crowd."""
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: (moment.t_ns, not moment.must)):
        if kept and moment.t_ns == kept[-1].t_ns:
            if moment.hold_s > kept[-1].hold_s:
                kept[-1] = attrs.evolve(kept[-1], hold_s=moment.hold_s)
        elif moment.must or not kept or moment.t_ns - kept[-1].t_ns > CROWD_NS:
            kept.append(moment)
    return tuple(kept)


def _lesser_share(moments: Sequence[Moment], viewing_s: float) -> float:
    """How much of their time the lesser moments get, so that quiet time keeps its share."""
    must_s = sum(moment.hold_s + moment.lead_s for moment in moments if moment.must)
    lesser_s = sum(moment.hold_s for moment in moments if not moment.must)
    room_s = viewing_s * (1 - QUIET_SHARE) - must_s
    return min(1.0, max(0.0, room_s / lesser_s)) if lesser_s else 1.0


def _stretches(moments: Sequence[Moment], end_ns: int, share: float) -> list[_Stretch]:
    """All of the time up to the end, cut where the pace changes."""
    if not moments:
        return [_Stretch(0, end_ns, None)]
    found = _approach(0, moments[0].t_ns, moments[0])
    ends = [moment.t_ns for moment in moments[1:]] + [end_ns]
    for number, (moment, to_ns) in enumerate(zip(moments, ends, strict=True)):
        held_ns = min(to_ns, moment.t_ns + HOLD_NS)
        hold_s = moment.hold_s if moment.must else moment.hold_s * share
        if hold_s > 0:
            found.append(_Stretch(moment.t_ns, held_ns, hold_s))
        else:
            held_ns = moment.t_ns
        following = moments[number + 1] if number + 1 < len(moments) else None
        found += _approach(held_ns, to_ns, following)
    return [one for one in found if one.to_ns > one.from_ns]


def _approach(from_ns: int, to_ns: int, following: Moment | None) -> list[_Stretch]:
    """From where one moment is let go to the next."""
    if following is None or not following.must:
        return [_Stretch(from_ns, to_ns, None)]
    lead_ns = min(following.lead_ns, to_ns - from_ns)
    lead = _Stretch(to_ns - lead_ns, to_ns, following.lead_s * lead_ns / following.lead_ns)
    return [_Stretch(from_ns, to_ns - lead_ns, None), lead]


def _clipped(pace: float) -> float:
    return min(QUIET_PACE_MAX, max(QUIET_PACE_MIN, pace))


# A replay ----------------------------------------------------------------------------------------

MILESTONE_S: Final = 2.6
DNS_STATE_S: Final = 3.2
ACTION_S: Final = 2.0
FAILOVER_S: Final = 1.2
LINE_S: Final = 0.8
"""How long a milestone, a state of DNS, an action, a zone going or coming, and a line of warning
or error are held."""


def moments_of(playback: "Playback") -> list[Moment]:
    """What a recording has to show. Raises BadRecording when it is damaged."""
    found = [Moment(milestone.t_ns, MILESTONE_S, must=True) for milestone in playback.milestones()]
    for number, (t_ns, _) in enumerate(dns_turns(playback)):
        if number == 0:
            found.append(Moment(t_ns, DNS_STATE_S, True, RACE_LEAD_NS, RACE_LEAD_S))
        else:
            found.append(Moment(t_ns, DNS_STATE_S, must=True))
    reached: set[str] = set()
    for action in playback.actions():
        milestone = ACTION_MILESTONES.get(action.id, "")
        first = bool(milestone) and milestone not in reached and action.result == "done"
        found.append(Moment(action.t_ns, MILESTONE_S if first else ACTION_S, must=first))
        reached |= {milestone} if first else set()
    found += [Moment(failover.t_ns, FAILOVER_S) for failover in playback.failovers()]
    found += [Moment(line.t_ns, LINE_S) for line in playback.narration() if line.level != "info"]
    return found


def dns_turns(playback: "Playback") -> list[tuple[int, str]]:
    """When the regional name became stale, empty or ok again; not each plan that was applied."""
    turns: list[tuple[int, str]] = []
    before = "ok"
    for change in playback.dns_changes():
        state = change.after.rpartition("(")[2].partition(",")[0]
        if state != before:
            turns.append((change.t_ns, state))
            before = state
    return turns


class Viewing:
    """Somebody's way through a recording, by the wall clock.

    At the automatic pace the next moment that must be seen does not come before the last one has
    been on the screen for `SHOWN_S`, counted anew when somebody comes back from a pace by hand.
    """

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._musts_ns = [moment.t_ns for moment in tempo.moments if moment.must]
        self._passed = -1
        self._shown_s = 0.0

    def go_on(self, t_ns: int, wall_s: float, pace: float | None) -> int:
        """Where the viewer is after `wall_s` at a pace of their own; None: the automatic one."""
        self._arrive(t_ns)
        self._shown_s += wall_s
        if pace is not None:
            self._shown_s = 0.0
            return t_ns + round(wall_s * pace * SECOND)
        shown = self._passed == 0 or self._shown_s >= SHOWN_S
        # One at a time, also when nothing could be painted for a while.
        may_pass = self._passed + shown
        reached = self._tempo.after(t_ns, wall_s)
        if may_pass < len(self._musts_ns):
            reached = min(reached, self._musts_ns[may_pass] - 1)
        return max(t_ns, reached)

    def _arrive(self, t_ns: int) -> None:
        passed = bisect_right(self._musts_ns, t_ns)
        if passed != self._passed:
            self._passed, self._shown_s = passed, 0.0


# A live run --------------------------------------------------------------------------------------

EXPECTED_S: Final = 1.0
"""How long an expected moment is held whether or not anything happens."""
SURPRISES_S: Final = 50.0
"""Of the viewing, what is kept for what the run does by itself."""
T0_HOLD_S: Final = 5.0


@attrs.frozen
class Reaction:
    """What a live run does when something has just happened."""

    hold_s: float
    pace: float


DNS_STATE: Final = Reaction(2.6, 0.25)
"""A stale answer is served for less than a second of virtual time; that second is to be seen."""
MILESTONE: Final = Reaction(2.4, 12.0)
LINE: Final = Reaction(0.6, 60.0)


class AutoPace:
    """Chooses the pace of a live run, whose future is not known."""

    def __init__(self, scenario: "Scenario", end_ns: int) -> None:
        t0_ns = scenario.epoch_ns
        moments = [
            Moment(t0_ns + round(event.t_min * MINUTE), EXPECTED_S, must=True)
            for event in reference_milestones()
            if event.kind in ("emergent", "action") and event.t_min > 0
        ]
        inputs_ns = [action.at_ns for action in scenario.script]
        inputs_ns += [fault.at_ns for fault in scenario.faults]
        inputs_ns += [change.at_ns for change in scenario.changes]
        moments += [Moment(at_ns, EXPECTED_S, must=True) for at_ns in inputs_ns]
        moments.append(Moment(t0_ns, T0_HOLD_S, True, RACE_LEAD_NS, RACE_LEAD_S))
        self._tempo = Tempo(moments, end_ns, viewing_s=VIEWING_S - SURPRISES_S)
        self._reactions: list[tuple[float, float]] = []
        self._dns_state = "ok"
        self._milestones = 0

    def told(self, level: str, dns_state: str, wall_s: float) -> None:
        """A line of this level has just been told, and DNS is in this state: linger over it."""
        if dns_state != self._dns_state:
            self._dns_state = dns_state
            self._react(DNS_STATE, wall_s)
        elif level != "info":
            self._react(LINE, wall_s)

    def reached(self, milestones: int, wall_s: float) -> None:
        """So many milestones have happened by now: linger over a new one."""
        if milestones > self._milestones:
            self._react(MILESTONE, wall_s)
        self._milestones = milestones

    def _react(self, reaction: Reaction, wall_s: float) -> None:
        self._reactions.append((wall_s + reaction.hold_s, reaction.pace))

    def pace(self, t_ns: int, wall_s: float) -> float:
        """Virtual seconds a second at virtual time `t_ns`, at this moment of the wall clock."""
        self._reactions = [one for one in self._reactions if one[0] > wall_s]
        return min([self._tempo.pace(t_ns), *(pace for _, pace in self._reactions)])
