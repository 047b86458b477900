"""A drill on its run: the one way in which both go on together.

The run is an ordinary `Simulation`. It is advanced to one sample after the other; after each the
director is shown the truth, and then the player speaks. Commands become live inputs of the run, so
what is recorded can be verified and forked like any other run.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from outage_agents.changes import parse_change
from outage_agents.drills.director import Director
from outage_agents.drills.drill import Drill
from outage_agents.drills.drill_checks import live_fault, prepared
from outage_agents.drills.journal import Command, Entry
from outage_agents.drills.players import Player
from outage_agents.drills.score import Ghost, Score, score_of
from outage_agents.drills.truth import TruthLog
from outage_agents.drills.work import Helm
from outage_agents.faults import fault_text
from outage_agents.live_inputs import next_second_ns
from outage_agents.operators import ActionDone, names_of
from outage_agents.scenario_source import InputError
from outage_agents.simulation import SAMPLE_S, Keeper, Simulation
from outage_engine.clock import MINUTE, SECOND

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario
    from outage_engine.recording.sink import EventSink

WARM_NS = 15 * MINUTE
"""So long before the player comes sensors begin to read."""


class SimulationHelm:
    """Brings what a drill does to a run, as live inputs."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def act(self, action_id: str, args: Mapping[str, float | str], duration_s: int) -> str:
        """Begin an action; its name. Raises InputError."""
        entry = self._simulation.act(action_id, {**args, "duration_s": duration_s})
        script = self._simulation.scenario.script
        places = [i for i, known in enumerate(script) if known == entry]
        return names_of(script)[places[-1]]

    def call_off(self, name: str) -> None:
        """Raises InputError."""
        self._simulation.call_off(name)

    def inject(self, fault: str) -> None:
        """Raises InputError."""
        self._simulation.inject(live_fault(fault, self._simulation.scenario))

    def faults(self) -> tuple[str, ...]:
        """What is broken on purpose now, or from the next second on, as `--fault` takes it."""
        return tuple(text for _, text in self._on())

    def mend(self, fault: str) -> None:
        """End one of those. Raises InputError."""
        for place, text in self._on():
            if text == fault:
                return self._simulation.end_fault(place)
        raise InputError([f"{fault}: is not broken now"])

    def _on(self) -> list[tuple[int, str]]:
        scenario, next_ns = self._simulation.scenario, next_second_ns(self._simulation.world.now)
        return [
            (place, fault_text(fault, scenario))
            for place, fault in enumerate(scenario.faults)
            if fault.at_ns <= next_ns and (fault.end_ns is None or fault.end_ns > next_ns)
        ]

    def change(self, change: str) -> None:
        """Raises InputError."""
        told = parse_change(f"{change}@T", self._simulation.scenario)
        self._simulation.change(told.path, told.value)


@attrs.define(eq=False)
class Stage:
    """A drill and its run, under way."""

    drill: Drill
    simulation: Simulation
    director: Director
    truth: TruthLog
    begin_ns: int
    end_ns: int
    _done: list[ActionDone] = attrs.field(factory=list)
    _happened: list[tuple[str, int]] = attrs.field(factory=list)

    @staticmethod
    def of(
        drill: Drill,
        *,
        seed: int | None = None,
        sink: "EventSink | None" = None,
        make_keeper: "Callable[[Scenario, int], Keeper | None] | None" = None,
    ) -> "Stage":
        """Set the stage. `make_keeper` opens a recording of the run that is given to it, with the
        moment at which it ends. Raises InputError."""
        scenario, begin_ns, end_ns = prepared(drill, seed)
        keeper = None if make_keeper is None else make_keeper(scenario, end_ns)
        simulation = Simulation(
            scenario, until_ns=end_ns, keeper=keeper, sink=sink or _sink_of(keeper)
        )
        stage = Stage.on(drill, simulation, TruthLog(), begin_ns, end_ns)
        simulation.on_sample = stage.keep
        return stage

    @staticmethod
    def on(
        drill: Drill,
        simulation: Simulation,
        truth: TruthLog,
        begin_ns: int,
        end_ns: int,
        helm: Helm | None = None,
    ) -> "Stage":
        """A stage on a run that is there; whoever builds it sees to it that samples are kept."""
        director = Director(
            drill,
            helm or SimulationHelm(simulation),
            seed=simulation.scenario.seed,
            start=simulation.scenario.start,
            begin_ns=begin_ns,
            end_ns=end_ns,
        )
        return Stage(drill, simulation, director, truth, begin_ns, end_ns)

    def keep(
        self,
        t_ns: int,
        vector: tuple[float, ...],
        acted: "tuple[ActionDone, ...]",
        happened: tuple[str, ...],
    ) -> None:
        """Take a sample of the run, as it is recorded too."""
        self.truth.sample(t_ns, self.simulation.world.telemetry.names(), vector)
        moments = self.simulation.milestones.happened() if happened else {}
        for done in acted:
            self.truth.outcome(done.t_ns, done.id, done.result)
        for milestone in happened:
            self.truth.milestone(milestone, moments[milestone])
        self.hear(acted, happened)

    def hear(self, acted: "tuple[ActionDone, ...]", happened: tuple[str, ...]) -> None:
        """What the director is told at the next look, of a sample that is kept."""
        self._done.extend(acted)
        moments = self.simulation.milestones.happened() if happened else {}
        self._happened.extend((milestone, moments[milestone]) for milestone in happened)

    async def play(
        self, player: Player, between: "Callable[[Stage], object] | None" = None
    ) -> None:
        """Play it to its end, and let the run go on to where outcomes are taken. `between` is
        called between two moments, in which no virtual time passes."""
        async with self.simulation.world.running():
            await self.come_to_begin()
            await self.repeat(player, between=between)
            await self.run_out()

    async def repeat(
        self,
        player: Player,
        until_ns: int | None = None,
        between: "Callable[[Stage], object] | None" = None,
    ) -> None:
        """Play on with a player until it is over; or up to a moment, at which nothing is said."""
        last_ns = self.end_ns if until_ns is None else until_ns
        while True:
            if until_ns is None or self.now_ns < until_ns:
                for seat, command in player.due(self.director, self.now_ns):
                    self.take(seat, command)
            if between is not None:
                between(self)
            if self.director.over or self.now_ns >= last_ns:
                return
            wanted_ns = player.next_ns(self.now_ns)
            await self.go_to(min(last_ns, self.next_sample_ns if wanted_ns is None else wanted_ns))

    async def go_to(self, t_ns: int) -> None:
        """Let the play go on to a later moment, a whole second, but no further than to the next
        sample, at which the director looks.

        The moment is through then: what is said next is said at it, and does what it does from the
        next whole second on. Who watches a clock sleeps between two calls; the run never does.
        """
        await self.simulation.world.advance(min(t_ns, self.next_sample_ns))
        self.look_if_sampled()

    def take(self, seat: str, command: Command) -> str:
        """A command at the moment the run stands at; what it is answered, in one line."""
        return self.director.take(seat, command, self.now_ns)

    @property
    def now_ns(self) -> int:
        """The moment the run stands at."""
        return self.simulation.world.now

    @property
    def next_sample_ns(self) -> int:
        """The next moment at which the director looks."""
        step_ns = SAMPLE_S * SECOND
        return min((self.now_ns // step_ns + 1) * step_ns, self.end_ns)

    async def run_out(self) -> None:
        """Let the run go on, without anybody, to the latest end of the drill.

        What a play lost is counted over the same span for every play of a drill; one that ends
        early would otherwise look the better for it. Actions under way take effect; nothing is
        said, nothing more comes from the list. Call it when the play is over, while the world is
        running; a second call does nothing.
        """
        await self.simulation.world.advance(self.end_ns)

    def look(self) -> None:
        """Show the director the truth of the moment the run is at."""
        truth = self.truth.at(self.simulation.world.now)
        assert truth is not None
        done, happened = tuple(self._done), tuple(self._happened)
        self._done.clear()
        self._happened.clear()
        self.director.sample(truth, done, happened)

    def score(self, ghosts: tuple[Ghost, ...] = ()) -> Score:
        """The score at this moment."""
        entries = self.director.journal.entries
        return score_of(self.drill, entries, self.truth, self.begin_ns, ghosts, self.end_ns)

    @property
    def journal(self) -> tuple[Entry, ...]:
        """All that was said so far."""
        return self.director.journal.entries

    async def come_to_begin(self) -> None:
        """Let the run go on to where the player takes over. Call it once, first; like everything
        that goes on, while the world is running."""
        await self.simulation.world.advance(self.begin_ns)
        self.warm()
        self.look_if_sampled()

    def warm(self) -> None:
        """Have sensors read what was just before the beginning, to which the run has come."""
        for truth in self.truth.between(self.begin_ns - WARM_NS, self.begin_ns - 1):
            self.director.warm(truth)

    def look_if_sampled(self) -> None:
        """Look, if a sample was taken at this moment."""
        if self.now_ns % (SAMPLE_S * SECOND) == 0:
            self.look()


def _sink_of(keeper: Keeper | None) -> "EventSink | None":
    """A recording keeps the events too."""
    return keeper  # type: ignore[return-value]
