"""A seat without a host: believable moments of a drill, for tests and for pictures.

Every moment is what a seat of the drill *Leave the trap* could see: a quiet start, a storm of
pages, the collapse with sensors that are not fed any more, an approval that waits, an update that
is overdue, frozen, over, the connection lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import attrs

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.seat_view import (
    ApprovalView,
    ChoiceView,
    DecisionView,
    HypothesisView,
    Message,
    PersonView,
    PostView,
    ProbeView,
    SeatView,
    WorkView,
)
from outage_agents.drills.seats import SEES_IMPACT, SEES_READINGS
from outage_agents.drills.sensors import Reading
from outage_engine.clock import MINUTE, SECOND
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.seat_source import SeatNews
from outage_tui.drill_link import (
    Ended,
    Failed,
    Freeze,
    Present,
    Progress,
    SeatState,
    Tempo,
    Thaw,
    Welcome,
    pack_view,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.drill_link import Answer, Request, Returned

SeatMoment = Literal[
    "coming", "quiet", "storm", "collapse", "approval", "overdue", "frozen", "over", "lost"
]
SEAT_MOMENTS: Final[tuple[SeatMoment, ...]] = get_args(SeatMoment)

BEGIN_NS: Final = 206 * MINUTE
"""02:26."""
END_NS: Final = 420 * MINUTE
WELCOME: Final = Welcome(
    seat="solo",
    drill="trap",
    title="Leave the trap",
    level=1,
    length_min=25,
    start="2025-10-19T23:00:00-07:00",
    begin_ns=BEGIN_NS,
    end_ns=END_NS,
    seats=("solo",),
    may_steer=True,
)
_CLOCK: Final = Clock(WELCOME.start, 2880)
_MINUTES: Final[dict[SeatMoment, float]] = {
    "coming": 0, "quiet": 0.5, "storm": 9, "collapse": 31, "approval": 38, "overdue": 52,
    "frozen": 44, "over": 97, "lost": 35,
}  # fmt: skip
"""Since the player took over."""
_ROSTER: Final = (
    PersonView("kim", "Kim", "on call for the ledger"),
    PersonView("lee", "Lee", "on call for compute"),
    PersonView("robin", "Robin", "director on duty"),
)
_SENSORS: Final = (
    # id, title, unit, its values minute by minute from 15 min before the player came, age, stale at
    ("errors", "Requests of customers that fail", "%", (3, 3, 4, 9, 22, 34, 41, 38, 35, 33), None),
    ("down", "Services reported down", "%", (0, 0, 8, 31, 54, 62, 62, 58, 54, 54), None),
    ("ddb", "Errors of the ledger", "%", (88, 92, 40, 12, 2, 1, 0, 0, 0, 0), None),
    ("leases", "Droplets without a lease", "", (410, 5200, 19_400, 42_900, 61_800, 70_200), 27.0),
    ("queue", "Lease requests in the queue", "", (12, 800, 9_300, 41_000, 88_000), 24.0),
    ("launches", "Launches that succeed", "%", (96, 71, 22, 4, 1, 0, 0, 0, 0, 0), None),
)


class StagedSeat:
    """A source that shows one moment and remembers what it was sent."""

    def __init__(self, moment: SeatMoment = "storm", seat: str = "solo", **welcome: Any) -> None:
        self.sent: list[Request] = []
        self.answers: list[Answer] = []
        self.returned: Returned | None = None
        self.closed = False
        self.news: Callable[[], None] | None = None
        steer = seat == "solo"
        self._welcome = _evolved(WELCOME, seat=seat, may_steer=steer, **welcome)
        self.stage(moment)

    def stage(self, moment: SeatMoment) -> None:
        """Show another moment with the next poll."""
        self.moment = moment
        self.view: SeatView | None = None
        self.tempo = _tempo(moment)
        self.present: tuple[Present, ...] = ()
        if self._welcome.seat != "solo":
            self.present = (
                Present("commander", "Ana", here=True),
                Present("operations", "Ben", here=moment != "collapse"),
                Present("communications", "Chi", here=True),
            )
        self.ended: Ended | None = None
        self.failed: Failed | None = None
        self.progress: Progress | None = None
        self.silent_s, self.lost = 0.0, ""
        if moment == "coming":
            self.progress = Progress("The run comes to 02:26", 0.43)
        else:
            self.view = seat_view(moment, self._welcome.seat)
        if moment == "over":
            self.ended = Ended(
                END_NS, "launches have succeeded for half an hour", "steady",
                recording="drill-trap.otrec", command="outage-tui drill trap",
            )  # fmt: skip
        if moment == "lost":
            self.failed = Failed("the drill's host ended without a word", "drill.log", -9)

    def show(self, **changes: Any) -> None:
        """The same moment with some fields of the view changed."""
        assert self.view is not None
        self.view = attrs.evolve(self.view, **changes)

    @property
    def welcome(self) -> Welcome:
        """As staged."""
        return self._welcome

    def poll(self) -> SeatNews:
        """All of it, every time: the screen finds out what has changed."""
        answers, self.answers = tuple(self.answers), []
        returned, self.returned = self.returned, None
        state = None
        if self.view is not None:
            state = SeatState(self.view.t_ns, pack_view(self.view), self.tempo, self.present)
        return SeatNews(
            state=state,
            view=self.view,
            answers=answers,
            returned=returned,
            progress=self.progress,
            ended=self.ended,
            failed=self.failed,
            silent_s=self.silent_s,
            lost=self.lost,
        )

    def announce(self, news: Callable[[], None]) -> None:
        """Nothing comes by itself; a test calls `news`."""
        self.news = news

    def send(self, request: Request) -> None:
        """Remember it; freezing and thawing are done at once."""
        self.sent.append(request)
        if self.view is not None and isinstance(request, Freeze | Thaw):
            self.show(frozen=isinstance(request, Freeze))

    def close(self) -> None:
        """The screen has left."""
        self.closed = True


def _evolved(welcome: Welcome, **changes: Any) -> Welcome:
    import msgspec

    return msgspec.structs.replace(welcome, **changes)


def _tempo(moment: SeatMoment) -> Tempo:
    wall_s = _MINUTES[moment] * 9.0
    match moment:
        case "quiet":
            return Tempo(60.0, 60.0, why="nothing waits for you", wall_s=wall_s)
        case "storm" | "collapse":
            return Tempo(5.0, 5.0, why="a page is unanswered", wall_s=wall_s)
        case "approval":
            return Tempo(5.0, 5.0, why="an approval waits", wall_s=wall_s)
        case "frozen" | "over":
            return Tempo(0.0, 0.0, frozen=moment == "frozen", why=moment, wall_s=wall_s)
        case _:
            return Tempo(30.0, 29.6, why="two actions are under way", wall_s=wall_s)


def seat_view(moment: SeatMoment, seat: str = "solo") -> SeatView:
    """What a seat sees at a moment."""
    minutes = _MINUTES[moment]
    t_ns = BEGIN_NS + round(minutes * MINUTE)
    sees = seat in SEES_READINGS
    readings = _readings(minutes)
    if not sees:  # what customers notice, and no trend
        noticed = readings[:2] if seat in SEES_IMPACT else ()
        readings = tuple(attrs.evolve(one, history=()) for one in noticed)
    later = minutes >= 30
    return SeatView(
        seat=seat,
        title="Leave the trap",
        briefing=(
            "It is 02:26. The name of the ledger was restored a minute ago. Launches of instances "
            "still fail.\nYou take over the command."
        ),
        t_ns=t_ns,
        clock=_CLOCK.hms(t_ns),
        since_begin_s=round(minutes * 60),
        left_s=(END_NS - t_ns) // SECOND,
        frozen=moment == "frozen",
        declared=later,
        commander=("solo" if seat == "solo" else "commander") if later else "",
        roster=_ROSTER,
        readings=readings,
        alerts=_alerts(minutes),
        messages=_messages(minutes, moment),
        hypotheses=_hypotheses(minutes),
        decisions=_decisions(minutes),
        posts=_posts(minutes, moment),
        work=_work(minutes),
        approvals=_approvals(moment),
        choices=_CHOICES if sees else (),
        probes=(ProbeView("p1", "How many droplets have no lease?"),) if moment == "frozen" else (),
        hints=("look at what waits longest in the queue",) if minutes > 40 else (),
        hints_left=1 if minutes > 40 else 2,
        over="launches have succeeded for half an hour" if moment == "over" else "",
    )


def _at(minutes: float) -> int:
    return BEGIN_NS + round(minutes * MINUTE)


def _readings(minutes: float) -> tuple[Reading, ...]:
    found = []
    for id, title, unit, values, dead_after in _SENSORS:
        last = minutes if dead_after is None else min(minutes, dead_after)
        count = 15 + int(last)
        points = tuple(
            (_at(n - 15), float(_between(values, n / max(1, count + 2)))) for n in range(count + 1)
        )
        age_s = round((minutes - (points[-1][0] - BEGIN_NS) / MINUTE) * 60)
        stale = age_s > 180
        found.append(Reading(id, title, unit, points[-1][1], points[-1][0], age_s, stale, points))
    return tuple(found)


def _between(values: tuple[int, ...], share: float) -> int:
    """A value on the way along a list of values."""
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return round(values[low] + (values[high] - values[low]) * (place - low))


def _alerts(minutes: float) -> tuple[AlertState, ...]:
    if minutes < 2:
        return ()
    taken = minutes >= 30
    launches = AlertState(
        "launches", "launches of instances fail", "page", _at(2), 40, taken, False, False
    )
    database = AlertState(
        "latency", "latency of the payments database is high", "page", _at(5), 1, taken, False,
        minutes > 25,
    )  # fmt: skip
    ticket = AlertState("disk", "disk of log host 7 is 81 % full", "ticket", _at(6), 1, False,
                        False, False)  # fmt: skip
    queue = AlertState(
        "queue", "lease requests pile up", "page", _at(21), 12, minutes > 40, minutes > 28, False
    )
    return (launches, database, ticket, *((queue,) if minutes > 20 else ()))


def _messages(minutes: float, moment: SeatMoment) -> tuple[Message, ...]:
    told = [
        (0.2, "message", "Robin (call): You have it. The board meets at nine."),
        (2.0, "alert", "launches of instances fail (40 pages)"),
        (5.0, "alert", "latency of the payments database is high"),
        (5.4, "message", "support (chat): customers say that new instances stay pending"),
        (7.1, "guess", "Lee: As I keep saying: the network team changed something yesterday"),
        (8.6, "message", "a large customer (mail): our autoscaling has not worked since midnight. "
         "We need to know by when it will, or we move the batch to another Region."),
        (12.0, "began", "solo begins: Inspect the lease queue"),
        (14.5, "result", "inspect.queue: done (oldest request 41 min, median 18 min)"),
        (19.0, "answer", "Lee: a droplet without a lease takes no launches; it asks again"),
        (21.0, "alert", "lease requests pile up (12 pages)"),
        (25.5, "clear", "cleared: latency of the payments database is high"),
        (29.0, "escalation", "nobody answers: lease requests pile up"),
        (30.2, "nag", "Robin: director on duty asks: what is going on, and when do we hear more?"),
        (37.0, "refused", "lease.throttle: needs a share between 0 and 1"),
        (50.5, "nag", "Robin: director on duty asks: what is going on, and when do we hear more?"),
        (51.5, "nag", "Robin: director on duty asks: what is going on, and when do we hear more?"),
    ]  # fmt: skip
    if moment == "frozen":
        told.append((44.0, "probe", "How many droplets have no lease?"))
    if moment == "over":
        told.append((97.0, "over", "launches have succeeded for half an hour"))
    said = [one for one in sorted(told, key=lambda one: one[0]) if one[0] <= minutes]
    return tuple(
        Message(2 * n + 1, _at(at), kind, text) for n, (at, kind, text) in enumerate(said, 1)
    )


def _hypotheses(minutes: float) -> tuple[HypothesisView, ...]:
    if minutes < 15:
        return ()
    return (
        HypothesisView("the network team changed something yesterday", "refuted"),
        HypothesisView("all the work that is done is done too late: what is asked for has given up",
                       "supported" if minutes > 33 else "open"),
        HypothesisView("the ledger is still slow from inside the Region", "open"),
    )  # fmt: skip


def _decisions(minutes: float) -> tuple[DecisionView, ...]:
    if minutes < 30:
        return ()
    first = DecisionView(
        _at(24), "let fewer requests in, and restart the managers one after the other",
        "the queue is older than the time after which a request is given up",
        "leases < 40000", _at(44), 0.7,
    )  # fmt: skip
    wait = DecisionView(_at(29), "leave failover alone", "nothing points to it", "", _at(59), 0.8)
    return (first, wait)


def _posts(minutes: float, moment: SeatMoment) -> tuple[PostView, ...]:
    if minutes < 30:
        return ()
    first = PostView(
        _at(11), "status", ("new instances fail to start", "running ones are not affected"),
        _at(31), False,
    )  # fmt: skip
    second = PostView(_at(31), "status", ("we have found why and limit the load",), _at(51),
                      moment == "overdue")  # fmt: skip
    third = PostView(_at(50), "status", ("launches recover zone by zone",), _at(110), False)
    return (first, second, third) if moment == "over" else (first, second)


def _work(minutes: float) -> tuple[WorkView, ...]:
    if minutes < 12:
        return ()
    look = WorkView("inspect.queue", "Inspect the lease queue", "solo", _at(12), _at(15),
                    "done (oldest request 41 min, median 18 min)")  # fmt: skip
    if minutes < 30:
        return (look,)
    throttle = WorkView("lease.throttle", "Limit the requests that are let in", "lee", _at(26),
                        _at(41), "done" if minutes > 45 else "")  # fmt: skip
    restart = WorkView("managers.restart", "Restart the lease managers one after the other", "kim",
                       _at(27), _at(35), "")  # fmt: skip
    return (look, throttle, restart)


def _approvals(moment: SeatMoment) -> tuple[ApprovalView, ...]:
    if moment != "approval":
        return ()
    risk = "while it is off, a zone that really fails stays in: its customers see errors"
    return (
        ApprovalView(1, "balancer.failover_off", "Switch automatic failover off", risk,
                     "WITHOUT FAILOVER"),
    )  # fmt: skip


_CHOICES: Final = (
    ChoiceView("inspect.queue", "Inspect the lease queue", "", "none", 120, 300, False),
    ChoiceView("lease.throttle", "Limit the requests that are let in", "",
               "launches are refused meanwhile", 600, 1500, False),
    ChoiceView("managers.restart", "Restart the lease managers one after the other", "",
               "their queues are lost", 300, 900, False),
    ChoiceView("balancer.failover_off", "Switch automatic failover off", "",
               "a zone that really fails stays in", 120, 600, True),
)  # fmt: skip
