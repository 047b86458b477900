"""Work: actions that players wish for, wait for approval of, begin, call off and hear of.

How long one takes is luck, drawn by seed, action and how often it was begun, so that it does not
depend on when somebody acts, and two branches of a play can be compared. Somebody's skill makes it
longer or shorter. What came of it is what the people who did it report: `done`, `not needed`,
`refused` and why; of an action that goes to no component, nothing beyond that.
"""

from collections.abc import Mapping
from typing import Protocol

import attrs

from outage_agents.actions import find_action
from outage_agents.drills.characters import Cast, Job
from outage_agents.drills.drill import Drill
from outage_agents.drills.names import Names
from outage_agents.drills.offers import Standing, args_told, told_risk
from outage_agents.drills.seat_view import ApprovalView, WorkView
from outage_agents.operators import ActionDone
from outage_agents.scenario_source import InputError
from outage_engine.clock import SECOND
from outage_engine.random_streams import RandomStreams

Args = Mapping[str, float | str]

BEGUN_MAX = 300
"""Actions that can be begun in one drill: ten times what anybody does. Each becomes an input of the
run, and a recording keeps every scenario that the run has had."""


class Helm(Protocol):
    """How a drill reaches its run: live inputs, nothing else."""

    def act(self, action_id: str, args: Args, duration_s: int) -> str:
        """Begin an action; its name. Raises InputError."""

    def call_off(self, name: str) -> None:
        """Raises InputError."""

    def inject(self, fault: str) -> None:
        """Break something, as `Inject.fault` says it. Raises InputError."""

    def change(self, change: str) -> None:
        """Change a parameter, `PATH=VALUE`. Raises InputError."""

    def faults(self) -> tuple[str, ...]:
        """What is broken on purpose now, as `--fault` takes it."""

    def mend(self, fault: str) -> None:
        """End one of those. Raises InputError."""


@attrs.define(eq=False)
class Work:
    """An action begun in this drill."""

    name: str
    id: str
    by: str
    begun_ns: int
    expected_ns: int
    job: Job
    """The same, as people on the call see it."""
    report: str = ""
    verified: bool = False


@attrs.frozen
class Pending:
    """An action that waits for approval."""

    n: int
    action: str
    args: tuple[tuple[str, float | str], ...]
    by: str
    doer: str
    since_ns: int


class WorkDesk:
    """All actions of a drill, wished for and begun."""

    def __init__(self, drill: Drill, seed: int, names: Names, helm: Helm, cast: Cast) -> None:
        self._drill = drill
        self._seed = seed
        self._names = names
        self._helm = helm
        self._cast = cast
        self._words = dict(drill.approvals)
        self._begun: dict[str, int] = {}
        self._done: list[str] = []
        self._approvals = 0
        self.all: list[Work] = []
        self.pending: list[Pending] = []

    def wish(self, t_ns: int, seat: str, action_id: str, args: Args, doer: str) -> "Pending | Work":
        """Begin an action now, or have it wait for approval. Raises InputError."""
        find_action(action_id)
        if action_id not in self._words:
            return self.begin(t_ns, action_id, args, doer)
        self._approvals += 1
        pending = Pending(self._approvals, action_id, tuple(args.items()), seat, doer, t_ns)
        self.pending.append(pending)
        return pending

    def approve(self, t_ns: int, n: int, word: str) -> Work:
        """Begin what waits for approval. Raises InputError."""
        pending = next((one for one in self.pending if one.n == n), None)
        if pending is None:
            raise InputError([f"approval {n}: nothing waits for it"])
        if word != self._words[pending.action]:
            raise InputError([f"approval {n}: the word is another"])
        self.pending.remove(pending)
        return self.begin(t_ns, pending.action, dict(pending.args), pending.doer)

    def begin(self, t_ns: int, action_id: str, args: Args, doer: str) -> Work:
        """Begin an action. Raises InputError."""
        if len(self.all) >= BEGUN_MAX:
            raise InputError([f"{BEGUN_MAX} actions were begun in this drill; no more are taken"])
        duration_s = self._duration_s(t_ns, action_id, doer)
        name = self._helm.act(action_id, args, duration_s)
        self._begun[action_id] = self._begun.get(action_id, 0) + 1
        expected_ns = t_ns + round(self.usual_s(action_id)) * SECOND
        job = Job(action_id, find_action(action_id).title, doer, t_ns, expected_ns)
        work = Work(name, action_id, doer, t_ns, expected_ns, job)
        self.all.append(work)
        return work

    def call_off(self, name: str) -> Work:
        """Leave an action be, by its name as it is shown. Raises InputError."""
        work = next((w for w in self.all if name in (w.name, self._names.shown(w.name))), None)
        if work is None:
            raise InputError([f"{name}: nobody works at this"])
        self._helm.call_off(work.name)
        return work

    def jobs(self) -> tuple[Job, ...]:
        """All of them, as people on the call see them."""
        return tuple(work.job for work in self.all)

    def report(self, done: ActionDone) -> Work | None:
        """What came of an action; the work, when it is one of this drill."""
        word = done.result.partition(":")[0].replace(" ", "-")
        for work in self.all:
            if work.name == done.name:
                work.job.result = word
                work.report = self._names.shown(_reported(done))
                self._done += [done.id] if word == "done" else []
                return work
        return None

    def verify(self, action_id: str) -> None:
        """The effect of an action that is done has been looked at."""
        for work in self.all:
            work.verified = work.verified or (work.id == action_id and bool(work.report))

    def usual_s(self, action_id: str) -> float:
        """How long an action usually takes in this drill. Raises ActionError."""
        told = next((d.p50_s for d in self._drill.durations if d.action == action_id), None)
        return find_action(action_id).duration_typical_s if told is None else told

    def _duration_s(self, t_ns: int, action_id: str, doer: str) -> int:
        n = self._begun.get(action_id, 0) + 1
        draw = RandomStreams(self._seed).single(f"drill/duration/{action_id}/{n}")
        told = next((d for d in self._drill.durations if d.action == action_id), None)
        if told is None:
            action = find_action(action_id)
            usual = draw.randint(round(action.duration_min_s), round(action.duration_max_s))
        else:
            place = draw.randint(0, 1000) / 1000
            spread = (told.p95_s - told.p50_s) * (place - 0.5) / 0.45
            usual = round(told.p50_s * (0.5 + place) if place < 0.5 else told.p50_s + spread)
        return self._cast.duration_s(t_ns, doer, usual) if self._cast.knows(doer) else usual

    def view(self, work: Work) -> WorkView:
        """What seats see of one."""
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

    def approval_view(self, pending: Pending) -> ApprovalView:
        """What seats see of one that waits."""
        shown, action = self._names.shown, find_action(pending.action)
        return ApprovalView(
            pending.n,
            shown(action.id),
            shown(action.title),
            shown(told_risk(action)),
            self._words[pending.action],
            pending.by,
            shown(args_told(action.id, dict(pending.args))),
            pending.since_ns,
        )


def _reported(done: ActionDone) -> str:
    """An action that no component took tells by its result only: the rest is the catalogue's."""
    untouched = not find_action(done.id).targets or done.detail == NOBODY_CONCERNED
    detail = "" if untouched or not done.detail else f" ({done.detail})"
    return f"{done.result}{detail}"


NOBODY_CONCERNED = "no such component takes part in this run"
"""What operators say of an action whose components a small run leaves out."""
