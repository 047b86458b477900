"""The director: makes a drill of a run that goes on anyway.

It looks at the truth every ten virtual seconds and decides by it alone, and by the commands it is
given and their moments: what sensors show, who is paged, which event of the master list comes, what
characters say, whether it is over. It changes nothing in the run itself; what players do goes to a
*helm* as live inputs. The same drill, seed and commands at the same moments so give the same
journal, however long anybody paused in between, and after going back as well.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from outage_agents.actions import find_action
from outage_agents.drills.alerts import AlertDesk, Page
from outage_agents.drills.characters import Cast, Utterance
from outage_agents.drills.condition import Watch, said_span
from outage_agents.drills.drill import SEATS, Drill, Inject
from outage_agents.drills.injects import InjectList, InjectState
from outage_agents.drills.journal import (
    Acknowledge,
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    AskHint,
    Begin,
    CallOff,
    Command,
    Decide,
    Declare,
    HandOver,
    Hypothesis,
    Journal,
    Note,
    Post,
    Task,
    Verify,
    Wait,
    kind_of,
)
from outage_agents.drills.names import Names
from outage_agents.drills.offers import Standing, args_told, offered, told_risk
from outage_agents.drills.seat_view import (
    ApprovalView,
    DecisionView,
    FacilitatorView,
    GuessView,
    HypothesisView,
    InjectView,
    Message,
    PersonView,
    PostView,
    ProbeView,
    SeatView,
    TruthView,
    WorkView,
)
from outage_agents.drills.sensors import SensorDesk
from outage_agents.drills.truth import Truth
from outage_agents.operators import ActionDone
from outage_agents.scenario_source import InputError
from outage_agents.when import format_clock
from outage_engine.clock import MINUTE, SECOND
from outage_engine.random_streams import RandomStreams

_TALK: tuple[type, ...] = (Ask, Note, AnswerProbe, Wait, Hypothesis)
ALLOWED: Mapping[str, tuple[type, ...]] = {
    "commander": (
        *_TALK,
        Declare,
        Decide,
        Task,
        Approve,
        Acknowledge,
        AskHint,
        Verify,
        AllClear,
        HandOver,
    ),
    "operations": (*_TALK, Begin, CallOff, Acknowledge, Verify),
    "communications": (Ask, Note, AnswerProbe, Post),
    "scribe": (Note, Hypothesis, AnswerProbe),
    "observer": (Decide, Note, AnswerProbe),
}
"""What a seat may say; `solo` may say everything."""
_SEES_READINGS = ("solo", "operations", "observer")
_IS_OFFERED = ("solo", "commander", "operations", "observer")
"""To begin it, to give it to somebody, or to rank it."""
_SAID = ("alert", "escalation", "clear", "message", "answer", "guess", "nag", "began", "result")
_SAID_TOO = ("refused", "forbidden", "task", "probe", "hint", "over", "hand_over")
HISTORY_SEEN = 60
"""Readings of each sensor in a view, the last ones."""
MESSAGES_MAX = 200
"""Messages in a view, the last ones."""


class Helm(Protocol):
    """How a drill reaches its run: live inputs, nothing else."""

    def act(self, action_id: str, args: Mapping[str, float | str], duration_s: int) -> str:
        """Begin an action; its name. Raises InputError."""

    def call_off(self, name: str) -> None:
        """Raises InputError."""

    def inject(self, fault: str) -> None:
        """Break something, as `Inject.fault` says it. Raises InputError."""

    def change(self, change: str) -> None:
        """Change a parameter, `PATH=VALUE`. Raises InputError."""


@attrs.define(eq=False)
class _Work:
    """An action begun in this drill."""

    name: str
    id: str
    by: str
    begun_ns: int
    expected_ns: int
    report: str = ""
    verified: bool = False


@attrs.frozen
class _Pending:
    n: int
    action: str
    args: tuple[tuple[str, float | str], ...]
    by: str
    factor_of: str
    since_ns: int


@attrs.frozen
class _Facts:
    """What conditions are judged by: the truth of one moment, and what happened so far."""

    director: "Director"
    truth: Truth

    @property
    def t_ns(self) -> int:
        return self.truth.t_ns

    @property
    def since_begin_ns(self) -> int:
        return self.truth.t_ns - self.director.begin_ns

    def value(self, name: str) -> float | None:
        return self.truth.value(name)

    def happened(self, kind: str, name: str, result: str) -> bool:
        return self.director.has_happened(kind, name, result)


@attrs.frozen
class SeatFacts:
    """What a scripted player judges by: readings, and what its seat was told."""

    director: "Director"
    t_ns: int

    @property
    def since_begin_ns(self) -> int:
        """From the beginning of the play."""
        return self.t_ns - self.director.begin_ns

    def value(self, name: str) -> float | None:
        """What a sensor shows."""
        return self.director.sensors.value(name)

    def happened(self, kind: str, name: str, result: str) -> bool:
        """Whether an event has happened; players see no milestones."""
        return kind != "milestone" and self.director.has_happened(kind, name, result)


class Director:
    """One drill under way."""

    def __init__(
        self, drill: Drill, helm: Helm, *, seed: int, start: str, begin_ns: int, end_ns: int
    ) -> None:
        """`start` is the run's, to tell the time of day; begin and end are virtual time."""
        self.drill = drill
        self.begin_ns = begin_ns
        self.end_ns = end_ns
        self.journal = Journal()
        self.sensors = SensorDesk(drill.sensors)
        self.over = ""
        """Why it is over; empty while it goes on."""
        self.frozen = False
        """Virtual time stands: nothing falls due."""
        self._helm = helm
        self._start = start
        self._seed = seed
        self._names = Names(drill.names)
        self._offered = offered(drill, self._names)
        self._alerts = AlertDesk(drill.alerts)
        self._injects = InjectList(drill.injects)
        self._cast = Cast(drill.characters, seed, begin_ns)
        self._stops = [(stop, Watch(stop.when)) for stop in drill.stops]
        self._now_ns = begin_ns
        self._truth: Truth | None = None
        self._happened: set[tuple[str, str, str]] = set()  # only ever asked for membership
        self._begun: dict[str, int] = {}
        self._work: list[_Work] = []
        self._done: list[str] = []
        self._guesses: list[GuessView] = []
        self._pending: list[_Pending] = []
        self._approvals = 0
        self._hypotheses: dict[str, str] = {}
        self._decisions: list[DecisionView] = []
        self._posts: list[tuple[int, Post]] = []
        self._hints = 0
        self._open_probes: list[str] = []
        self._asked_probes = 0
        self._declared = False
        self._commander = ""

    # -- the run -----------------------------------------------------------------------------

    def warm(self, truth: Truth) -> None:
        """A sample from before the beginning: sensors have readings when the player comes."""
        self._truth = truth
        self.sensors.sample(_Facts(self, truth))

    def sample(
        self, truth: Truth, done: Sequence[ActionDone] = (), milestones: Sequence[str] = ()
    ) -> None:
        """The truth of the next moment, and what has come of actions since the last one."""
        if self.over or self.frozen:
            return
        self._now_ns, self._truth = truth.t_ns, truth
        for milestone in milestones:
            self._happened.add(("milestone", milestone, ""))
        for one in done:
            self._note_result(one)
        facts = _Facts(self, truth)
        self.sensors.sample(facts)
        for page in self._alerts.sample(truth.t_ns, self.sensors.readings(truth.t_ns)):
            self._page(page)
        for inject in self._injects.due(facts):
            self._inject(inject)
        for said in self._cast.due(truth.t_ns):
            self._utter(said)
        self._ask_probes()
        self._look_for_end(facts)

    def freeze(self) -> None:
        """Stop virtual time for everybody; whoever paces the run holds it still."""
        self.frozen = True

    def thaw(self) -> None:
        """Go on."""
        self.frozen = False

    def stop(self, why: str) -> None:
        """The facilitator ends it."""
        self._end("facilitator", why)

    def fire_inject(self, n: int) -> bool:
        """Have an event of the list come at the next moment that runs; False: it is not ahead."""
        return self._injects.fire(n)

    def skip_inject(self, n: int) -> bool:
        """Leave one out; False: it is not ahead."""
        return self._injects.skip(n)

    def edit_inject(self, n: int, text: str) -> bool:
        """Give one another text; False: it is not ahead."""
        return self._injects.edit(n, text)

    def put_off_inject(self, n: int, seconds: int) -> bool:
        """Let one come so much later; False: it is not ahead."""
        return self._injects.put_off(n, seconds)

    def has_happened(self, kind: str, name: str, result: str) -> bool:
        """Whether an event that conditions name has happened."""
        if kind == "inject":
            return self._injects.fired(name)
        return (kind, name, result) in self._happened

    def _note_result(self, done: ActionDone) -> None:
        word = done.result.partition(":")[0].replace(" ", "-")
        self._happened.add(("action", done.id, word))
        for work in self._work:
            if work.name == done.name:
                detail = f" ({done.detail})" if done.detail else ""
                work.report = self._names.shown(f"{done.result}{detail}")
                self._done += [done.id] if word == "done" else []
                self._say("all", "result", done.id, f"{done.id}: {work.report}")

    def _page(self, page: Page) -> None:
        alert = page.alert
        self._happened.add(("alert", alert.id, ""))
        told = {"alert": "", "escalation": "nobody answers: ", "clear": "cleared: "}[page.kind]
        copies = f" ({page.copies} pages)" if page.copies > 1 else ""
        self._say("all", page.kind, alert.id, f"{told}{alert.text}{copies}")

    def _inject(self, inject: Inject) -> None:
        text = f"{inject.from_} ({inject.method}): {inject.text}" if inject.text else ""
        self._say(inject.to, "message", str(inject.n), text)
        try:
            if inject.fault:
                self._helm.inject(inject.fault)
            if inject.change:
                self._helm.change(inject.change)
        except InputError as wrong:
            self.journal.add(self._now_ns, "facilitator", "refused", str(inject.n), str(wrong))

    def _utter(self, said: Utterance) -> None:
        name = self._cast.name(said.character)
        self._say("all", said.kind, said.character, f"{name}: {said.text}")
        if said.kind == "guess":
            self._guesses.append(GuessView(name, said.plain))

    def _ask_probes(self) -> None:
        since_s = (self._now_ns - self.begin_ns) // SECOND
        due = [p for p in sorted(self.drill.probes, key=lambda p: p.at_s) if since_s >= p.at_s]
        for probe in due[self._asked_probes :]:
            self._open_probes.append(probe.id)
            self._say("all", "probe", probe.id, probe.question)
        self._asked_probes = len(due)

    def _look_for_end(self, facts: _Facts) -> None:
        for stop, watch in self._stops:
            if watch.holds(facts):
                self._end(stop.id, stop.text)
        if self._now_ns >= self.end_ns:
            self._end("time", "the time is up")

    def _end(self, subject: str, why: str) -> None:
        if not self.over:
            self.over = self._names.shown(why)
            self._say("all", "over", subject, why)

    def _say(self, seat: str, kind: str, subject: str, text: str) -> None:
        self.journal.add(self._now_ns, seat, kind, subject, self._names.shown(text))

    # -- seats -------------------------------------------------------------------------------

    def take(self, seat: str, command: Command, t_ns: int) -> str:
        """A command of a seat at a moment; what it is answered, in one line."""
        if self.over:
            return f"the drill is over: {self.over}"
        if seat not in SEATS:
            return f"{seat}: no such seat; there are {', '.join(SEATS)}"
        self._now_ns = max(self._now_ns, t_ns)
        kind = kind_of(command)
        self.journal.add(self._now_ns, seat, kind, command=command)
        if seat != "solo" and not isinstance(command, ALLOWED[seat]):
            why = f"{kind} is not for {seat}"
            self._say(seat, "forbidden", kind, why)
            return why
        self._happened.add(("said", kind, ""))
        return self._carry_out(seat, command)

    def _carry_out(self, seat: str, command: Command) -> str:
        match command:
            case Begin():
                return self._wish(seat, command.action, command.args, seat)
            case Task():
                return self._give(seat, command)
            case CallOff():
                return self._call_off(seat, command.name)
            case Approve():
                return self._approve(seat, command)
            case Ask():
                return self._ask(seat, command)
            case AskHint():
                return self._hint(seat)
            case Acknowledge():
                taken = self._alerts.acknowledge(command.alert)
                return "taken" if taken else f"{command.alert}: is not waiting for anybody"
            case AnswerProbe():
                if command.probe not in self._open_probes:
                    return f"{command.probe}: nobody asks this now"
                self._open_probes.remove(command.probe)
                return "noted"
            case _:
                return self._log(seat, command)

    def _log(self, seat: str, command: Command) -> str:
        match command:
            case Declare():
                self._declared = True
                self._commander = self._commander or seat
            case Hypothesis():
                self._hypotheses[command.text] = command.state
            case Decide():
                by_ns = self._now_ns + command.by_min * MINUTE
                self._decisions.append(
                    DecisionView(
                        self._now_ns,
                        command.what,
                        command.why,
                        command.expect,
                        by_ns,
                        command.confidence,
                    )
                )
            case Post():
                self._posts.append((self._now_ns, command))
                self._cast.hear_news(self._now_ns)
            case Verify():
                self._verify(self._names.real_action(command.action))
            case HandOver():
                self._commander = command.to
                self._say("all", "hand_over", command.to, f"{command.to} commands: {command.text}")
            case _:
                pass
        return "noted"

    def _verify(self, action_id: str) -> None:
        for work in self._work:
            work.verified = work.verified or (work.id == action_id and bool(work.report))

    def _wish(self, seat: str, action: str, args: Mapping[str, float | str], doer: str) -> str:
        """Begin an action now, or have it wait for approval."""
        action_id = self._names.real_action(action)
        word = dict(self.drill.approvals).get(action_id)
        if word is None:
            return self._begin(seat, action_id, args, doer)
        self._approvals += 1
        given = tuple(args.items())
        pending = _Pending(self._approvals, action_id, given, seat, doer, self._now_ns)
        self._pending.append(pending)
        return f"waits for approval {pending.n}"

    def _approve(self, seat: str, command: Approve) -> str:
        pending = next((one for one in self._pending if one.n == command.n), None)
        if pending is None:
            return self._refuse(seat, "approve", f"approval {command.n}: nothing waits for it")
        if command.word != dict(self.drill.approvals)[pending.action]:
            return self._refuse(seat, "approve", f"approval {command.n}: the word is another")
        self._pending.remove(pending)
        return self._begin(pending.by, pending.action, dict(pending.args), pending.factor_of)

    def _begin(self, seat: str, action_id: str, args: Mapping[str, float | str], doer: str) -> str:
        try:
            action = find_action(action_id)
            duration_s = self._duration_s(action_id, doer)
            name = self._helm.act(action_id, args, duration_s)
        except InputError as wrong:
            return self._refuse(seat, action_id, str(wrong))
        self._begun[action_id] = self._begun.get(action_id, 0) + 1
        for result in ("", "begun"):
            self._happened.add(("action", action_id, result))
        expected_ns = self._now_ns + round(self._usual_s(action_id)) * SECOND
        self._work.append(_Work(name, action_id, doer, self._now_ns, expected_ns))
        self._say("all", "began", action_id, f"{doer} begins: {action.title}")
        return f"begun: {self._names.shown(name)}"

    def _duration_s(self, action_id: str, doer: str) -> int:
        """How long it takes this time: luck by seed, action and how often it was begun."""
        n = self._begun.get(action_id, 0) + 1
        draw = RandomStreams(self._seed).single(f"drill/duration/{action_id}/{n}")
        told = next((d for d in self.drill.durations if d.action == action_id), None)
        if told is None:
            action = find_action(action_id)
            usual = draw.randint(round(action.duration_min_s), round(action.duration_max_s))
        else:
            place = draw.randint(0, 1000) / 1000
            spread = (told.p95_s - told.p50_s) * (place - 0.5) / 0.45
            usual = round(told.p50_s * (0.5 + place) if place < 0.5 else told.p50_s + spread)
        return self._cast.duration_s(doer, usual) if self._cast.knows(doer) else usual

    def _usual_s(self, action_id: str) -> float:
        told = next((d.p50_s for d in self.drill.durations if d.action == action_id), None)
        return find_action(action_id).duration_typical_s if told is None else told

    def _give(self, seat: str, task: Task) -> str:
        if self._cast.knows(task.to):
            if task.action:
                return self._wish(seat, task.action, task.args, task.to)
            self._cast.ask(self._now_ns, task.to, task.text)
            return "given"
        if task.to not in SEATS:
            return self._refuse(seat, "task", f"{task.to}: nobody here has this name")
        told = task.text or self._names.shown(task.action)
        self._say(task.to, "task", seat, f"{seat} asks you: {told}")
        return "given"

    def _call_off(self, seat: str, name: str) -> str:
        work = next((w for w in self._work if name in (w.name, self._names.shown(w.name))), None)
        if work is None:
            return self._refuse(seat, "call_off", f"{name}: nobody works at this")
        try:
            self._helm.call_off(work.name)
        except InputError as wrong:
            return self._refuse(seat, "call_off", str(wrong))
        return "called off"

    def _ask(self, seat: str, ask: Ask) -> str:
        if not self._cast.knows(ask.to):
            return self._refuse(seat, "ask", f"{ask.to}: nobody here has this name")
        about = self._names.meant(ask.about, self._cast.topics(ask.to))
        self._cast.ask(self._now_ns, ask.to, about)
        return "asked"

    def _hint(self, seat: str) -> str:
        if self._hints >= len(self.drill.hints):
            return self._refuse(seat, "ask_hint", "there are no more hints")
        hint = self.drill.hints[self._hints]
        self._hints += 1
        self._say(seat, "hint", str(self._hints), f"{hint.text} (costs {hint.cost_min} min)")
        return self._names.shown(hint.text)

    def _refuse(self, seat: str, subject: str, why: str) -> str:
        self._say(seat, "refused", subject, why)
        return self._names.shown(why)

    # -- views -------------------------------------------------------------------------------

    def view_of(self, seat: str) -> SeatView:
        """What a seat sees now. Raises ValueError for an unknown seat."""
        if seat not in SEATS:
            raise ValueError(f"{seat}: no such seat; there are {', '.join(SEATS)}")
        shown, now = self._names.shown, self._now_ns
        readings = self.sensors.readings(now) if seat in _SEES_READINGS else ()
        return SeatView(
            seat=seat,
            drill=self.drill.id,
            title=shown(self.drill.title),
            briefing=shown(self.drill.briefing),
            t_ns=now,
            clock=format_clock(now, self._start),
            since_begin_s=(now - self.begin_ns) // SECOND,
            left_s=max(0, self.end_ns - now) // SECOND,
            frozen=self.frozen,
            declared=self._declared,
            commander=self._commander,
            roster=tuple(
                PersonView(
                    one.id,
                    one.name,
                    shown(one.role),
                    tuple(shown(answer.about) for answer in one.answers),
                )
                for one in self.drill.characters
            ),
            readings=tuple(
                attrs.evolve(
                    one,
                    title=shown(one.title),
                    history=self.sensors.history(one.id)[-HISTORY_SEEN:],
                )
                for one in readings
            ),
            alerts=tuple(attrs.evolve(a, text=shown(a.text)) for a in self._alerts.states()),
            messages=self._messages(seat),
            hypotheses=tuple(HypothesisView(*pair) for pair in self._hypotheses.items()),
            decisions=tuple(self._decisions),
            posts=self._post_views(),
            work=tuple(self._work_view(one) for one in self._work),
            approvals=tuple(self._approval_view(one) for one in self._pending),
            choices=self._offered if seat in _IS_OFFERED else (),
            probes=tuple(
                ProbeView(p.id, shown(p.question))
                for p in self.drill.probes
                if p.id in self._open_probes
            ),
            hints=tuple(shown(hint.text) for hint in self.drill.hints[: self._hints]),
            hints_left=len(self.drill.hints) - self._hints,
            over=self.over,
            guesses=tuple(attrs.evolve(one, text=shown(one.text)) for one in self._guesses),
            next_hint_cost_min=sum(
                hint.cost_min for hint in self.drill.hints[self._hints : self._hints + 1]
            ),
        )

    def facilitator_view(self, seat: str = "solo") -> FacilitatorView:
        """The truth beside what a seat sees; for the facilitator's eyes."""
        return FacilitatorView(
            self.view_of(seat),
            tuple(self._truth_views()),
            tuple(_inject_view(one) for one in self._injects.states()),
            journal_length=len(self.journal.entries),
        )

    def _truth_views(self) -> list[TruthView]:
        truth, shown = self._truth, self._names.shown
        if truth is None:
            return []
        now = {one.id: one for one in self.sensors.readings(self._now_ns)}
        views = []
        for sensor in self.drill.sensors:
            value, reading = truth.value(sensor.metric), now[sensor.id]
            views.append(
                TruthView(
                    sensor.metric,
                    shown(sensor.title),
                    sensor.unit,
                    None if value is None else value * sensor.scale,
                    reading.value,
                    reading.age_s,
                    sensor=sensor.id,
                )
            )
        return views

    def _messages(self, seat: str) -> tuple[Message, ...]:
        said = [
            Message(entry.n, entry.t_ns, entry.kind, entry.text)
            for entry in self.journal.entries
            if entry.command is None
            and entry.text
            and entry.kind in (*_SAID, *_SAID_TOO)
            and ((seat == "solo" and entry.seat in SEATS) or entry.seat in (seat, "all"))
        ]
        return tuple(said[-MESSAGES_MAX:])

    def _post_views(self) -> tuple[PostView, ...]:
        last = len(self._posts) - 1
        return tuple(
            PostView(
                t_ns,
                post.channel,
                tuple(post.claims),
                t_ns + post.next_update_min * MINUTE,
                i == last and self._now_ns > t_ns + post.next_update_min * MINUTE,
            )
            for i, (t_ns, post) in enumerate(self._posts)
        )

    def _work_view(self, work: _Work) -> WorkView:
        shown = self._names.shown
        back = Standing(tuple(self._done)).taken_back_by(work.id)
        return WorkView(
            shown(work.name),
            shown(find_action(work.id).title),
            work.by,
            work.begun_ns,
            work.expected_ns,
            work.report,
            shown(work.id),
            work.verified,
            shown(find_action(back).title) if back else "",
        )

    def _approval_view(self, pending: _Pending) -> ApprovalView:
        shown, action = self._names.shown, find_action(pending.action)
        word = dict(self.drill.approvals)[pending.action]
        return ApprovalView(
            pending.n,
            shown(action.id),
            shown(action.title),
            shown(told_risk(action)),
            word,
            pending.by,
            shown(args_told(action.id, dict(pending.args))),
            pending.since_ns,
        )


def _inject_view(state: InjectState) -> InjectView:
    inject = state.inject
    when = inject.when
    due = f"at {said_span(inject.at_s or 0)}" if when is None else f"when {when.text}"
    return InjectView(
        inject.n,
        due,
        inject.from_,
        inject.to,
        inject.method,
        inject.text,
        inject.expected,
        inject.fault or inject.change,
        state.state,
        state.edited,
        fired_ns=state.fired_ns,
    )
