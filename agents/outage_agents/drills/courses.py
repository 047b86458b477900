"""Several plays of one drill with one seed, from one beginning.

All plays of a drill share the run up to where players take over, and each shares it with doing
nothing up to its first input. So the run is made once, with the directors of all plays looking on;
the first time a play does something to it the process forks and the play goes on in the copy. What
comes of each is what comes of playing it alone, to the digest; it only costs less. Where processes
cannot fork each play is played alone.

The course *as in history* has no player: the actions of that night that come after the beginning
are carried out as they were (`reference/as-history.toml`).
"""

import os
import pickle
import traceback
from collections.abc import Callable, Mapping, Sequence

import attrs
import trio

from outage_agents.actions import ScheduledAction, load_script, merged
from outage_agents.drills.drill import Drill, Play
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.players import Player, ScriptedPlayer
from outage_agents.drills.rehearsal import SimulationHelm, Stage
from outage_agents.drills.score import Score
from outage_agents.drills.truth import TruthLog
from outage_agents.operators import ActionDone
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation

CAN_FORK = hasattr(os, "fork")


@attrs.frozen
class Course:
    """What is played from the beginning on."""

    id: str
    play: Play | None
    """None: nobody plays, history's operators act."""


@attrs.frozen
class Came:
    """What came of a course."""

    course: str
    score: Score
    digest: str


class CourseFailed(Exception):
    """A play ended by an error of the program; the message is its traceback."""


def as_history(drill: Drill, seed: int | None = None) -> Scenario:
    """The run of a drill with all that operators did that night, as long after the record emptied
    as they did it then. Raises InputError."""
    scenario, begin_ns, _ = prepared(drill, seed)
    night = Scenario.load("us-east-1-2025-10-20")
    shift_ns = scenario.epoch_ns - night.epoch_ns
    later = tuple(
        entry
        for entry in (_shifted(one, shift_ns) for one in load_script("as-history", night))
        if entry.at_ns > begin_ns and entry not in scenario.script
    )
    ids = {entry.id for entry in later}
    kept = tuple(one for one in scenario.script if one.at_ns <= begin_ns or one.id not in ids)
    return scenario.with_script(merged(kept, later))


def _shifted(entry: ScheduledAction, shift_ns: int) -> ScheduledAction:
    begun_ns = None if entry.begin_ns is None else entry.begin_ns + shift_ns
    return attrs.evolve(entry, at_ns=entry.at_ns + shift_ns, begin_ns=begun_ns)


def has_history(drill: Drill) -> bool:
    """Whether that night's operators can be let act on a drill's run: it has that night's race."""
    return prepared(drill)[0].staged


def play_courses(
    drill: Drill, seed: int | None, courses: Sequence[Course], *, fork: bool = CAN_FORK
) -> list[Came]:
    """Play them all, in the order given. Raises InputError, CourseFailed."""
    if not fork:
        return [_Trunk(drill, seed, (course,)).grow()[0] for course in courses]
    came = {one.course: one for one in _Trunk(drill, seed, courses).grow()}
    return [came[course.id] for course in courses]


class _Elsewhere(Exception):
    """The play goes on in another process, and is over by now."""


@attrs.define(eq=False)
class _Branch:
    course: Course
    stage: Stage
    player: Player


class _ForkingHelm(SimulationHelm):
    """Forks before the first input, unless its play has the run for itself."""

    def __init__(self, simulation: Simulation, part: Callable[[], None]) -> None:
        super().__init__(simulation)
        self._part = part

    def act(self, action_id: str, args: Mapping[str, float | str], duration_s: int) -> str:
        """As of SimulationHelm."""
        self._part()
        return super().act(action_id, args, duration_s)

    def call_off(self, name: str) -> None:
        """As of SimulationHelm."""
        self._part()
        super().call_off(name)

    def inject(self, fault: str) -> None:
        """As of SimulationHelm."""
        self._part()
        super().inject(fault)

    def mend(self, fault: str) -> None:
        """As of SimulationHelm."""
        self._part()
        super().mend(fault)

    def change(self, change: str) -> None:
        """As of SimulationHelm."""
        self._part()
        super().change(change)


class _Trunk:
    """The run, and the plays that have not done anything to it yet."""

    def __init__(self, drill: Drill, seed: int | None, courses: Sequence[Course]) -> None:
        self._drill = drill
        scenario, self._begin_ns, self._end_ns = prepared(drill, seed)
        self._simulation = Simulation(scenario, until_ns=self._end_ns)
        self._truth = TruthLog()
        self._branches = [self._branch(course) for course in courses]
        self._first = self._branches[0].stage
        self._simulation.on_sample = self._keep
        self._speaking: _Branch | None = None
        self._came: list[Came] = []
        self._out: int | None = None
        """In a copy: where its result is written to."""

    def grow(self) -> list[Came]:
        """Play all of it; what came of each course."""
        trio.run(self._grow)
        return self._came

    def _branch(self, course: Course) -> _Branch:
        helm = _ForkingHelm(self._simulation, self._part)
        stage = Stage.on(
            self._drill, self._simulation, self._truth, self._begin_ns, self._end_ns, helm
        )
        steps = () if course.play is None else course.play.steps
        play = course.play or Play(course.id, course.id, steps=steps)
        return _Branch(course, stage, ScriptedPlayer(play))

    def _keep(
        self,
        t_ns: int,
        vector: tuple[float, ...],
        acted: tuple[ActionDone, ...],
        happened: tuple[str, ...],
    ) -> None:
        self._first.keep(t_ns, vector, acted, happened)
        for branch in self._branches:
            if branch.stage is not self._first:
                branch.stage.hear(acted, happened)

    async def _grow(self) -> None:
        """A copy ends in here: it shares Trio's file descriptors with the original, and must not
        close what is still in use there."""
        try:
            await self._grow_to_the_end()
        except BaseException:
            if self._out is None:
                raise
            _end_copy(self._out, traceback.format_exc())

    async def _grow_to_the_end(self) -> None:
        world = self._simulation.world
        async with world.running():
            await world.advance(self._begin_ns)
            for branch in self._branches:
                branch.stage.warm()
            playing = list(self._branches)
            t_ns = self._begin_ns
            while playing:
                await world.advance(t_ns)
                playing = self._instant(playing, t_ns)
                t_ns = self._first.next_sample_ns
            await world.advance(self._end_ns)
            for branch in self._branches:
                self._came.append(Came(branch.course.id, branch.stage.score(), world.digest))
            if self._out is not None:
                _end_copy(self._out, self._came)

    def _instant(self, playing: list[_Branch], t_ns: int) -> list[_Branch]:
        """Everybody looks and speaks; those whose play is not over."""
        left: list[_Branch] = []
        for branch in playing:
            self._speaking = branch
            try:
                self._speak(branch, t_ns)
            except _Elsewhere:
                self._branches.remove(branch)
                continue
            if self._branches == [branch]:
                return [] if branch.stage.director.over else [branch]
            if not branch.stage.director.over:
                left.append(branch)
        return left

    def _speak(self, branch: _Branch, t_ns: int) -> None:
        stage = branch.stage
        if branch.course.play is None and t_ns == self._begin_ns:
            self._part()
            self._simulation.take(as_history(self._drill, self._simulation.scenario.seed))
        stage.look_if_sampled()
        for seat, command in branch.player.due(stage.director, t_ns):
            stage.director.take(seat, command, t_ns)

    def _part(self) -> None:
        """Go on alone: at once in the copy; the original waits for what comes of it."""
        if len(self._branches) == 1:
            return
        assert self._speaking is not None
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._out, self._branches, self._came = writing, [self._speaking], []
            return
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        result = pickle.loads(told) if told else "it was killed"
        if isinstance(result, str):
            raise CourseFailed(f"{self._drill.id}, {self._speaking.course.id}: {result}")
        self._came += result
        raise _Elsewhere


def _end_copy(out: int, result: object) -> None:
    with os.fdopen(out, "wb") as pipe:
        pipe.write(pickle.dumps(result))
    os._exit(0)
