"""A drill that is only staged: what a facilitator would see in the middle of one, without a host.

For tests and pictures. The numbers are made up to be believable (*assumed*), a quarter of an hour
into leaving the trap: the name of DynamoDB is back, launches fail, and one sensor is being held.
Requests are answered as a host would, as far as that can be seen, and kept in `sent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.seat_view import (
    ApprovalView,
    DecisionView,
    FacilitatorView,
    HypothesisView,
    InjectView,
    JournalLine,
    MarkView,
    ObjectiveStanding,
    PersonView,
    PostView,
    ProbeView,
    SeatView,
    TruthView,
    WorkView,
)
from outage_agents.drills.sensors import Reading
from outage_engine.clock import MINUTE, SECOND
from outage_tui.dashboard.seat_source import SeatNews
from outage_tui.drill_link import (
    Answer,
    Ended,
    FacilitatorState,
    Failed,
    Freeze,
    GoBack,
    Invitation,
    Leave,
    Present,
    Progress,
    Returned,
    Say,
    SeatState,
    SetPace,
    Tempo,
    Thaw,
    Welcome,
    pack_view,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.drill_link import Request

Moment = Literal["coming", "begun", "busy", "frozen", "over", "lost", "blind"]
BEGIN_NS: Final = 206 * MINUTE
"""02:26, in a run that begins at 23:00."""
NOW_NS: Final = BEGIN_NS + 23 * MINUTE + 40 * SECOND
END_NS: Final = 420 * MINUTE

_JOIN: Final = "outage-tui drill join 127.0.0.1:47110 --seat"
WELCOME: Final = Welcome(
    seat="facilitator",
    drill="trap",
    title="Leave the trap",
    level=1,
    length_min=25,
    start="2025-10-19T23:00:00-07:00",
    begin_ns=BEGIN_NS,
    end_ns=END_NS,
    seats=("commander", "operations", "communications", "evaluator"),
    may_steer=True,
    address="127.0.0.1:47110",
    invitations=(
        Invitation("commander", "K7QF-2MXD", f"{_JOIN} commander"),
        Invitation("operations", "W3ND-9HTA", f"{_JOIN} operations"),
        Invitation("communications", "B8RE-4VKC", f"{_JOIN} communications"),
        Invitation("evaluator", "P5JS-6YGU", f"{_JOIN} evaluator"),
        Invitation("facilitator", "Z2LC-8DWT", f"{_JOIN} facilitator"),
    ),
)
PRESENT: Final = (
    Present("commander", "Ada", here=True),
    Present("operations", "Grace", here=True),
    Present("communications", "Barbara", here=False),
    Present("evaluator"),
    Present("facilitator", "Lise", here=True),
)


def _at(minutes: float) -> int:
    return BEGIN_NS + round(minutes * 60) * SECOND


def _seen(id: str, title: str, unit: str, value: float, age_s: int, *, stale: bool) -> Reading:
    return Reading(id, title, unit, value, NOW_NS - age_s * SECOND, age_s, stale)


TRUTH: Final = (
    TruthView(
        "customers.error_rate", "Requests of customers that fail", "%", 11.0, 12.0, 70,
        sensor="errors",
    ),
    TruthView(
        "impact.services_down_share", "Services reported down", "%", 24.0, 9.0, 190,
        override="held", sensor="down",
    ),
    TruthView(
        "dynamodb.error_rate", "Errors of DynamoDB", "%", 0.2, 0.0, 40, sensor="ddb"
    ),
    TruthView(
        "dwfm.broken", "Droplets without a lease", "", 71_200.0, 68_400.0, 95, sensor="leases"
    ),
    TruthView(
        "dwfm.queue", "Lease work that waits in DWFM", "", 48_300.0, 21_900.0, 640, sensor="queue"
    ),
    TruthView(
        "ec2.success_share", "Launches that succeed", "%", 6.0, None, 0, sensor="launches"
    ),
    TruthView("nm.wait_s", "Wait for network state", "s", 44.0, 40.0, 60, sensor="nm"),
    TruthView("impact.customer_minutes", "Customer-minutes lost", "", 1_840_000.0),
)  # fmt: skip
READINGS: Final = (
    _seen("errors", "Requests of customers that fail", "%", 12.0, 70, stale=False),
    _seen("down", "Services reported down", "%", 9.0, 190, stale=False),
    _seen("ddb", "Errors of DynamoDB", "%", 0.0, 40, stale=False),
    _seen("leases", "Droplets without a lease", "", 68_400.0, 95, stale=False),
    _seen("queue", "Lease work that waits in DWFM", "", 21_900.0, 640, stale=True),
    _seen("nm", "Wait for network state", "s", 40.0, 60, stale=False),
)
INJECTS: Final = (
    InjectView(
        1, "at 10m", "Lee", "all", "call", "the DWFM queue grows though DynamoDB answers",
        "see that retries keep the fleet busy", "", "fired", fired_ns=_at(10),
    ),
    InjectView(
        2, "at 25m", "Robin", "all", "call", "can we not just add hosts?",
        "see that new hosts are launches", "", "ahead", edited=True,
    ),
    InjectView(
        3, "at 40m", "support", "communications", "mail",
        "three large customers ask when they can launch again",
        "an update with a time, not a promise", "", "ahead", put_off_s=300,
    ),
    InjectView(
        4, "when nlb.error_rate > 0.1 for 2m", "", "all", "run", "",
        "see that health checks of new hosts fail", "loss:nlb-*,share=0.2", "ahead",
    ),
    InjectView(
        5, "at 1h30m", "vice president", "commander", "call", "what do I tell the board?",
        "two sentences: what is known, when they hear again", "", "skipped",
    ),
)  # fmt: skip
JOURNAL: Final = tuple(
    JournalLine(n, _at(minutes), seat, kind, text)
    for n, (minutes, seat, kind, text) in enumerate(
        (
            (1.0, "all", "alert", "launches of instances fail (20 pages)"),
            (1.5, "operations", "acknowledge", "launches"),
            (2.2, "commander", "declare", "severity 1"),
            (5.0, "all", "guess", "Kim: DynamoDB is still slow"),
            (6.1, "commander", "hypothesis", "DynamoDB is still slow: open"),
            (7.5, "communications", "post", "we see errors and are looking; next in 10 min"),
            (8.0, "all", "guess", "Lee: too few hosts"),
            (10.0, "all", "message", "Lee (call): the DWFM queue grows though DynamoDB answers"),
            (10.8, "commander", "decide", "limit lease work, because retries keep the fleet busy"),
            (11.1, "commander", "task", "operations: dwfm.throttle"),
            (11.6, "operations", "begin", "dwfm.throttle"),
            (11.6, "all", "began", "operations begins: Limit what DWFM has outstanding"),
            (12.3, "facilitator", "override", "down: hold"),
            (13.0, "commander", "hypothesis", "DynamoDB is still slow: refuted"),
            (13.2, "operations", "begin", "dwfm.restart_hosts"),
            (13.2, "operations", "refused", "dwfm.restart_hosts: waits for approval 1"),
            (18.0, "all", "alert", "services are down"),
        ),
        start=1,
    )
)


def player_view() -> SeatView:
    """What players see, with everything that a drawing can show."""
    return SeatView(
        seat="solo",
        title="Leave the trap",
        briefing="It is 02:26. The name of DynamoDB was restored a minute ago.",
        t_ns=NOW_NS,
        clock="02:49:40",
        since_begin_s=(NOW_NS - BEGIN_NS) // SECOND,
        left_s=(END_NS - NOW_NS) // SECOND,
        frozen=False,
        declared=True,
        commander="commander",
        roster=(PersonView("kim", "Kim", "on call for DynamoDB"),),
        readings=READINGS,
        alerts=(
            AlertState("launches", "launches of instances fail", "page", _at(1), 20, True, False,
                       False),
            AlertState("down", "services are down", "page", _at(18), 1, False, True, False),
        ),
        messages=(),
        hypotheses=(
            HypothesisView("DynamoDB is still slow", "refuted"),
            HypothesisView("DWFM works at attempts that are already too late", "open"),
        ),
        decisions=(
            DecisionView(_at(10.8), "limit lease work", "retries keep the fleet busy",
                         "queue < 20000", _at(25.8), 0.7),
        ),
        posts=(PostView(_at(7.5), "status", ("we see errors and are looking",), _at(17.5), True),),
        work=(
            WorkView("dwfm.throttle", "Limit what DWFM has outstanding", "operations", _at(11.6),
                     _at(20.6), ""),
            WorkView("call.page_team", "Page another team", "kim", _at(3), _at(8),
                     "done (Lee has joined)"),
        ),
        approvals=(
            ApprovalView(1, "dwfm.restart_hosts", "Restart DWFM's hosts", "drops work in flight",
                         "RESTART", by="operations", since_ns=_at(13.2)),
        ),
        choices=(),
        probes=(ProbeView("broken", "How many droplets have no lease?"),),
        hints=("look at how long an attempt waits, and at its deadline",),
        hints_left=0,
        over="",
    )  # fmt: skip


def facilitator_view() -> FacilitatorView:
    """The truth beside it."""
    return FacilitatorView(
        player=player_view(),
        truth=TRUTH,
        injects=INJECTS,
        journal=JOURNAL,
        milestones=(
            ("dns_record_empty", _at(-158)),
            ("dns_restored", _at(-1)),
            ("dynamodb_recovered", _at(14)),
        ),
        faults=("slow:network-manager,factor=4@T+45m+600s",),
        marks=(
            MarkView(_at(11), "facilitator", "commander", "P", "asks for what would refute it"),
        ),
        score=(
            "over: not yet",
            "outcome: 1.84 million customer-minutes lost, 0 relapses",
            "  droplets without a lease: 1,728,000 droplet-minutes",
            "  do nothing: 2.41 million",
            "  as in history: 2.13 million",
            "conduct: declared after 2 min, first update after 8 min, 1 updates late, 2 actions",
            "awareness: 0 of 1 probes, 0 hypotheses right, 0 wrong",
            "  met    The command is taken up at once (after 2 min)",
        ),
        journal_length=len(JOURNAL),
        objectives=(
            ObjectiveStanding("declared", "The command is taken up at once", "conduct", "met", 132),
            ObjectiveStanding(
                "throttled", "Lease work is limited within the hour", "outcome", "open"
            ),
            ObjectiveStanding(
                "no-hosts", "Nobody waits for hosts that cannot launch", "conduct", "open"
            ),
        ),
    )


def begun_view() -> FacilitatorView:
    """The first moment: nothing was said, nothing has been read."""
    whole = facilitator_view()
    player = attrs.evolve(
        whole.player,
        t_ns=BEGIN_NS,
        clock="02:26:00",
        since_begin_s=0,
        left_s=(END_NS - BEGIN_NS) // SECOND,
        declared=False,
        commander="",
        readings=(),
        alerts=(),
        hypotheses=(),
        decisions=(),
        posts=(),
        work=(),
        approvals=(),
        probes=(),
        hints=(),
    )
    injects = tuple(
        attrs.evolve(one, state="ahead", fired_ns=None, edited=False, put_off_s=0)
        for one in whole.injects
    )
    return FacilitatorView(player=player, truth=(), injects=injects, objectives=whole.objectives)


def over_view() -> FacilitatorView:
    """The last moment: no objective is open any more."""
    whole = facilitator_view()
    objectives = tuple(
        attrs.evolve(one, state="met" if one.id == "no-hosts" else "missed")
        if one.state == "open"
        else one
        for one in whole.objectives
    )
    return attrs.evolve(whole, objectives=objectives)


class StagedFacilitator:
    """A source at one moment, which answers what it is asked."""

    def __init__(self, moment: Moment = "busy") -> None:
        self.welcome = WELCOME
        self.sent: list[Request] = []
        self.closed = False
        self.view: FacilitatorView | None = facilitator_view()
        self.blind: SeatView | None = None
        self.present: tuple[Present, ...] = PRESENT
        self.tempo = Tempo(1.0, 1.0, auto=True, why="a page is open", wall_s=1_114.0)
        self.branches: tuple[str, ...] = ()
        self.recording: str | None = "recordings/trap-1.otrec"
        self.link = SeatNews()
        self._answers: list[Answer] = []
        self._returned: Returned | None = None
        self._new = True
        self._news: Callable[[], None] = lambda: None
        self._stage(moment)

    def _stage(self, moment: Moment) -> None:
        match moment:
            case "coming":
                self.view, self.present = None, ()
                self.link = SeatNews(progress=Progress("coming to 02:26", 0.4))
            case "begun":
                self.view = begun_view()
                self.tempo = Tempo(60.0, 59.0, auto=True, wall_s=1.0)
            case "frozen":
                self._freeze(frozen=True)
            case "over":
                why = "stable for ten minutes"
                ended = Ended(NOW_NS, why, "stable", recording=self.recording)
                self.view = over_view()
                self.link = SeatNews(ended=ended)
            case "lost":
                failed = Failed("the drill's host ended without a word", "host.log", -9)
                self.link = SeatNews(failed=failed)
            case "blind":
                self.view = None
                self.blind = attrs.evolve(player_view(), seat="observer")
            case _:
                pass

    def _freeze(self, *, frozen: bool) -> None:
        why = "frozen" if frozen else ""
        self.tempo = Tempo(self.tempo.pace, 0.0, self.tempo.auto, frozen, why, self.tempo.wall_s)

    def renew(self, view: FacilitatorView | None = None) -> None:
        """Have something new to draw, as from now on."""
        self.view, self._new = view or self.view, True
        self._news()

    def poll(self) -> SeatNews:
        """The newest, once."""
        answers, self._answers = tuple(self._answers), []
        returned, self._returned = self._returned, None
        news = attrs.evolve(self.link, answers=answers, returned=returned)
        if not self._new:
            return news
        self._new = False
        if self.blind is not None:
            state = SeatState(NOW_NS, pack_view(self.blind), self.tempo, self.present)
            return attrs.evolve(news, state=state, view=self.blind)
        if self.view is None:
            return news
        told = FacilitatorState(
            self.view.player.t_ns, pack_view(self.view), self.tempo, self.present, self.recording,
            self.branches,
        )  # fmt: skip
        return attrs.evolve(news, facilitator=told, facilitator_view=self.view)

    def announce(self, news: Callable[[], None]) -> None:
        """Called by `renew`."""
        self._news = news

    def send(self, request: Request) -> None:
        """Keep it, and answer it."""
        self.sent.append(request)
        match request:
            case Freeze() | Thaw():
                self._freeze(frozen=isinstance(request, Freeze))
            case SetPace():
                self.tempo = Tempo(request.multiplier, request.multiplier, auto=request.auto)
            case GoBack() if self.recording is not None:
                self.branches = (*self.branches, self.recording)
                self.recording = f"recordings/trap-{len(self.branches) + 1}.otrec"
                self._returned = Returned(request.t_ns)
        if not isinstance(request, Leave):
            text = "noted" if isinstance(request, Say) else ""
            self._answers.append(Answer(getattr(request, "n", 0), text))
        self.renew()

    def close(self) -> None:
        """Nothing to close."""
        self.closed = True
