"""The director: makes a drill of a run that goes on anyway.

It looks at the truth every ten virtual seconds and decides by it alone, and by the commands it is
given and their moments: what sensors show, who is paged, which event of the master list comes, what
characters say, whether it is over. It changes nothing in the run itself; what players do goes to a
*helm* as live inputs. The same drill, seed and commands at the same moments so give the same
journal, however long anybody paused in between, and after going back as well.

It keeps nothing itself that has a place of its own: sensors, alerts, the master list, the cast, the
work and the logbook are desks it asks.
"""

from collections.abc import Sequence

import attrs

from outage_agents.actions import find_action
from outage_agents.drills.alerts import AlertDesk, Page
from outage_agents.drills.characters import Cast, Utterance
from outage_agents.drills.condition import Watch
from outage_agents.drills.drill import LOOK_ON, SEATS, Drill, Inject
from outage_agents.drills.facilitator_window import facilitator_view
from outage_agents.drills.injects import InjectList
from outage_agents.drills.journal import (
    Acknowledge,
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
    Staff,
    Task,
    Verify,
    kind_of,
    repeats,
)
from outage_agents.drills.logbook import Logbook
from outage_agents.drills.names import Names
from outage_agents.drills.offers import offered
from outage_agents.drills.rankings import Curtain
from outage_agents.drills.seat_view import FacilitatorView, GuessView, Message, SeatView
from outage_agents.drills.seat_window import readings_shown, seat_view
from outage_agents.drills.seats import FACILITATOR, may_say, out_of_bounds
from outage_agents.drills.sensors import SensorDesk
from outage_agents.drills.steering import steer
from outage_agents.drills.truth import Truth
from outage_agents.drills.understudies import Understudies
from outage_agents.drills.work import Args, Helm, Pending, Work, WorkDesk
from outage_agents.operators import ActionDone
from outage_agents.scenario_source import InputError
from outage_engine.clock import SECOND


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
        self.start = start
        self.begin_ns = begin_ns
        self.end_ns = end_ns
        self.now_ns = begin_ns
        """Moment of the last sample or command."""
        self.journal = Journal()
        self.over = ""
        """Why it is over; empty while it goes on."""
        self.frozen = False
        """Virtual time stands: nothing falls due."""
        self.refused = False
        """The last command was not carried out."""
        self.staffed: tuple[str, ...] | None = None
        """Seats that people play; None: nobody has said, and no character takes a seat."""
        self.helm = helm
        self.names = Names(drill.names)
        self.offered = offered(drill, self.names)
        self.sensors = SensorDesk(drill.sensors)
        self.alerts = AlertDesk(drill.alerts)
        self.injects = InjectList(drill.injects)
        self.cast = Cast(drill.characters, seed, begin_ns, self.names)
        self.understudies = Understudies(seed)
        self.work = WorkDesk(drill, seed, self.names, helm, self.cast)
        self.log = Logbook()
        self.curtain = Curtain()
        self.truth: Truth | None = None
        """Of the last sample; no seat is shown it."""
        self.messages: list[tuple[str, Message]] = []
        """What was said, and to whom: a seat, or `all`."""
        self.milestones: list[tuple[str, int]] = []
        self.guesses: list[GuessView] = []
        self.hints = 0
        """Hints taken."""
        self.open_probes: list[str] = []
        self._asked_probes = 0
        self._stops = [(stop, Watch(stop.when)) for stop in drill.stops]
        self._happened: set[tuple[str, str, str]] = set()  # only ever asked for membership

    # -- the run -----------------------------------------------------------------------------

    def warm(self, truth: Truth) -> None:
        """A sample from before the beginning: sensors have readings when the player comes."""
        self.truth = truth
        self.sensors.sample(_Facts(self, truth))

    def sample(
        self,
        truth: Truth,
        done: Sequence[ActionDone] = (),
        milestones: Sequence[tuple[str, int]] = (),
    ) -> None:
        """The truth of the next moment, what has come of actions since the last one, and the
        milestones found since, each with its moment."""
        if self.over or self.frozen:
            return
        self.now_ns, self.truth = truth.t_ns, truth
        self.milestones.extend(milestones)
        for milestone, _ in milestones:
            self._happened.add(("milestone", milestone, ""))
        for one in done:
            self._note_result(one)
        facts = _Facts(self, truth)
        self.sensors.sample(facts)
        for page in self.alerts.sample(truth.t_ns, self.sensors.readings(truth.t_ns)):
            self._page(page)
        for inject in self.injects.due(facts):
            self._inject(inject)
        for said in self.cast.due(truth.t_ns):
            self._utter(said)
        if self.staffed is not None:
            for seat, command in self.understudies.due(self):
                self._take(seat, command, truth.t_ns, played=True)
        self._ask_probes()
        self._look_for_end(facts)

    def freeze(self) -> None:
        """Stop virtual time for everybody; whoever paces the run holds it still."""
        self.frozen = True

    def thaw(self) -> None:
        """Go on."""
        self.frozen = False

    def staff(self, seats: Sequence[str]) -> str:
        """Say which seats people play from here on; characters play the others. It stands in the
        journal as the facilitator's, so say it at a moment at which commands are taken."""
        return self.take(FACILITATOR, Staff(list(seats)), self.now_ns)

    def take_staff(self, command: Staff) -> str:
        """Who plays from here on. Raises InputError for a seat there is not."""
        for seat in command.seats:
            if seat not in SEATS:
                raise InputError([f"{seat}: no such seat; there are {', '.join(SEATS)}"])
        self.staffed = tuple(command.seats)
        self.understudies.staff(self, self.staffed)
        return "noted"

    def has_happened(self, kind: str, name: str, result: str) -> bool:
        """Whether an event that conditions name has happened."""
        if kind == "inject":
            return self.injects.fired(name)
        return (kind, name, result) in self._happened

    def _note_result(self, done: ActionDone) -> None:
        word = done.result.partition(":")[0].replace(" ", "-")
        self._happened.add(("action", done.id, word))
        work = self.work.report(done)
        if work is not None:
            told = f"{self._who(work.by)}: {work.job.title}: {work.report}"
            self.say("all", "result", done.id, told)

    def _page(self, page: Page) -> None:
        alert = page.alert
        self._happened.add(("alert", alert.id, ""))
        told = {"alert": "", "escalation": "nobody answers: ", "clear": "cleared: "}[page.kind]
        if page.to:
            told = f"nobody answers, so {self._who(page.to)} is called: "
        copies = f" ({page.copies} pages)" if page.copies > 1 else ""
        self.say("all", page.kind, alert.id, f"{told}{alert.text}{copies}")
        if self.cast.knows(page.to):
            self.cast.called(self.now_ns, page.to, alert.text)

    def _inject(self, inject: Inject) -> None:
        text = f"{inject.from_} ({inject.method}): {inject.text}" if inject.text else ""
        self.say(inject.to, "message", str(inject.n), text)
        try:
            if inject.fault:
                self.helm.inject(inject.fault)
            if inject.change:
                self.helm.change(inject.change)
        except InputError as wrong:
            self.journal.add(self.now_ns, FACILITATOR, "refused", str(inject.n), str(wrong))

    def _utter(self, said: Utterance) -> None:
        name = self.cast.name(said.character, self.now_ns)
        self.say("all", said.kind, said.character, f"{name}: {said.text}")
        if said.kind == "guess":
            self.guesses.append(GuessView(name, said.plain))

    def _ask_probes(self) -> None:
        since_s = (self.now_ns - self.begin_ns) // SECOND
        due = [p for p in sorted(self.drill.probes, key=lambda p: p.at_s) if since_s >= p.at_s]
        for probe in due[self._asked_probes :]:
            self.open_probes.append(probe.id)
            self.say("all", "probe", probe.id, probe.question)
        self._asked_probes = len(due)

    def _look_for_end(self, facts: _Facts) -> None:
        for stop, watch in self._stops:
            if watch.holds(facts):
                self.end(stop.id, stop.text)
        if self.now_ns >= self.end_ns:
            self.end("time", "the time is up")

    def end(self, subject: str, why: str) -> None:
        """It is over: by a stop condition, by `time`, by the `facilitator`."""
        if not self.over:
            self.over = self.names.shown(why)
            self.say("all", "over", subject, why)

    def say(self, seat: str, kind: str, subject: str, text: str) -> None:
        """Tell a seat, or `all`."""
        shown = self.names.shown(text)
        self.journal.add(self.now_ns, seat, kind, subject, shown)
        if shown:
            message = Message(len(self.messages) + 1, self.now_ns, kind, shown)
            self.messages.append((seat, message))

    # -- seats -------------------------------------------------------------------------------

    def take(self, seat: str, command: Command, t_ns: int) -> str:
        """A command of a seat at a moment; what it is answered, in one line. `refused` tells
        whether it was carried out."""
        return self._take(seat, command, t_ns, played=False)

    def _take(self, seat: str, command: Command, t_ns: int, *, played: bool) -> str:
        self.refused = True
        if self.over:
            return f"the drill is over: {self.over}"
        if seat not in (*SEATS, FACILITATOR):
            return f"{seat}: no such seat; there are {', '.join(SEATS)}"
        wrong = out_of_bounds(command)
        if wrong:
            return wrong
        self.now_ns = max(self.now_ns, t_ns)
        kind = kind_of(command)
        self.journal.add(self.now_ns, seat, kind, command=command, played=played)
        if not may_say(seat, command):
            return self._refuse(seat, kind, f"{kind} is not for {seat}", as_kind="forbidden")
        self.refused = False
        try:
            if seat in LOOK_ON:
                return steer(self, seat, command)
            if not repeats(kind, played=played):
                self._happened.add(("said", kind, ""))
            return self._carry_out(seat, command)
        except InputError as failed:
            return self._refuse(seat, self._subject(command), str(failed))

    def _carry_out(self, seat: str, command: Command) -> str:
        match command:
            case Begin():
                return self._wish(seat, command.action, command.args, seat)
            case Task():
                return self._give(seat, command)
            case CallOff():
                self.work.call_off(command.name)
                return "called off"
            case Approve():
                return self._began(self.work.approve(self.now_ns, command.n, command.word))
            case Ask():
                return self._ask(command)
            case AskHint():
                return self._hint(seat)
            case Acknowledge():
                if not self.alerts.acknowledge(command.alert):
                    raise InputError([f"{command.alert}: is not waiting for anybody"])
                return "taken"
            case AnswerProbe():
                if command.probe not in self.open_probes:
                    raise InputError([f"{command.probe}: nobody asks this now"])
                self.open_probes.remove(command.probe)
                return "noted"
            case _:
                self._log(seat, command)
                return "noted"

    def _log(self, seat: str, command: Command) -> None:
        match command:
            case Declare():
                self.log.declare(self.now_ns, seat)
            case Hypothesis():
                self.log.hold(command)
            case Decide():
                self.log.decide(self.now_ns, command)
                self.curtain.choose(self.now_ns)
            case Post():
                self.log.post(self.now_ns, command)
                self.cast.hear_news(self.now_ns)
            case Note():
                self.log.note(self.now_ns, seat, command)
            case Verify():
                self.work.verify(self.names.real_action(command.action))
            case HandOver():
                self.log.hand_over(command)
                told = f"{command.to} commands: {command.text}"
                self.say("all", "hand_over", command.to, told)
            case _:
                pass

    def _wish(self, seat: str, action: str, args: Args, doer: str) -> str:
        """Begin an action now, or have it wait for approval."""
        action_id = self.names.real_action(action)
        came = self.work.wish(self.now_ns, seat, action_id, args, doer)
        self.curtain.choose(self.now_ns)
        return f"waits for approval {came.n}" if isinstance(came, Pending) else self._began(came)

    def _began(self, work: Work) -> str:
        for result in ("", "begun"):
            self._happened.add(("action", work.id, result))
        self.say("all", "began", work.id, f"{self._who(work.by)} begins: {work.job.title}")
        if self.cast.knows(work.by):
            self.cast.takes(self.now_ns, work.by, work.job)
        return f"begun: {self.names.shown(work.name)}"

    def _who(self, name: str) -> str:
        """A character's name; a seat's as it is."""
        return self.cast.name(name, self.now_ns) if self.cast.knows(name) else name

    def _give(self, seat: str, task: Task) -> str:
        if self.cast.knows(task.to):
            if task.action:
                return self._order(seat, task)
            if not self.understudies.give(self, task):
                self.cast.told(self.now_ns, task.to, task.text, self.work.jobs())
            return "given"
        if task.to not in SEATS or task.to in LOOK_ON:
            raise InputError([f"{task.to}: nobody here has this name"])
        told = task.text or self.names.shown(task.action)
        self.say(task.to, "task", seat, f"{seat} asks you: {told}")
        return "given"

    def _order(self, seat: str, task: Task) -> str:
        """Have a character begin an action, unless it has a doubt about it."""
        action_id = self.names.real_action(task.action)
        find_action(action_id)
        doubt = self.cast.doubts(self.now_ns, task.to, action_id, self.work.jobs())
        if not doubt:
            return self._wish(seat, task.action, task.args, task.to)
        self.say("all", "doubt", action_id, f"{self._who(task.to)}: {doubt}")
        return f"{self._who(task.to)} asks back"

    def _ask(self, ask: Ask) -> str:
        if not self.cast.knows(ask.to):
            raise InputError([f"{ask.to}: nobody here has this name"])
        readings = readings_shown(self)
        self.cast.ask(self.now_ns, ask.to, ask.about, self.work.jobs(), readings)
        return "asked"

    def _hint(self, seat: str) -> str:
        if self.hints >= len(self.drill.hints):
            raise InputError(["there are no more hints"])
        hint = self.drill.hints[self.hints]
        self.hints += 1
        self.say(seat, "hint", str(self.hints), f"{hint.text} (costs {hint.cost_min} min)")
        return self.names.shown(hint.text)

    def _refuse(self, seat: str, subject: str, why: str, *, as_kind: str = "refused") -> str:
        """Say so; who looks on has the answer only, so that nobody else's view changes."""
        self.refused = True
        if seat in LOOK_ON:
            self.journal.add(self.now_ns, seat, as_kind, subject, why)
            return why
        self.say(seat, as_kind, subject, why)
        return self.names.shown(why)

    def _subject(self, command: Command) -> str:
        """What a refusal is about: an action of the catalogue, or a kind of command."""
        action = command.action if isinstance(command, Begin | Task) else ""
        return self.names.real_action(action) or kind_of(command)

    # -- views -------------------------------------------------------------------------------

    def view_of(self, seat: str) -> SeatView:
        """What a seat sees now. Raises ValueError for an unknown seat."""
        return seat_view(self, seat)

    def facilitator_view(self, seat: str = "solo") -> FacilitatorView:
        """The truth beside what a seat sees; for the facilitator's eyes."""
        return facilitator_view(self, seat)
