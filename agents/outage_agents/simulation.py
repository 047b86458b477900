"""One run: a scenario, its Region in a world, what is measured, and what is kept of it.

Headless runs, the host behind the dashboard and verification all use this class, so they cannot
differ. Every `SAMPLE_S` of virtual time one event, the last of its instant, samples telemetry,
looks at the laws and the milestones, and hands a view of the Region to the recording. It does so
whether or not anybody records or watches.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from outage_agents.fault_board import FaultBoard
from outage_agents.inputs import Inputs
from outage_agents.live_inputs import (
    with_action,
    with_change,
    with_fault,
    without_action,
    without_fault,
)
from outage_agents.milestones import Milestones
from outage_agents.region import Region, build
from outage_agents.region_view import Panorama, observation
from outage_engine.checkers import Checker
from outage_engine.clock import SECOND, ns
from outage_engine.heap import LATE
from outage_engine.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_agents.actions import ScheduledAction
    from outage_agents.faults import ScheduledFault
    from outage_agents.operators import ActionDone
    from outage_agents.scenario import Scenario
    from outage_agents.views import RegionView
    from outage_engine.narration import Line
    from outage_engine.recording.sink import EventSink

SAMPLE_S = 10
"""Seconds of virtual time between two samples."""
FRAME_S = 60
"""Seconds between two frames of a recording; while people are told things, one a sample."""
OBSERVE_S = 30
"""Seconds between two looks at the milestones."""
INTERVAL_S = 600
"""Seconds of one interval of the latency histograms."""


OnSample: TypeAlias = Callable[
    [int, tuple[float, ...], "tuple[ActionDone, ...]", tuple[str, ...]], object
]


class Keeper(Protocol):
    """What keeps a run beside its events; `RecordingWriter` is one."""

    def scenario(self, text: str) -> None: ...
    def declare_metrics(self, names: "Sequence[str]") -> None: ...
    def metrics(self, t_ns: int, values: "Sequence[float]") -> None: ...
    def frame(self, t_ns: int, body: bytes) -> None: ...
    def narration(
        self,
        n: int,
        t_ns: int,
        component: str,
        level: str,
        text: str,
        about: str = "",
        because: "Sequence[int]" = (),
        via: "Sequence[str]" = (),
    ) -> None: ...
    def action(self, t_ns: int, id: str, arguments: str, result: str, by: str) -> None: ...
    def milestone(self, t_ns: int, id: str, kind: str) -> None: ...
    def dns_change(self, t_ns: int, name: str, before: str, after: str, actor: str) -> None: ...
    def failover(self, t_ns: int, place: str, change: str, cause: str) -> None: ...
    def histogram(self, t_ns: int, operation: str, body: bytes) -> None: ...


class Simulation:
    """A run that has not begun, is under way, or is over."""

    def __init__(
        self,
        scenario: "Scenario",
        *,
        until_ns: int | None = None,
        samples: Mapping[str, int] | None = None,
        sink: "EventSink | None" = None,
        keeper: Keeper | None = None,
    ) -> None:
        """`until_ns`: where the run ends (the scenario's end, when None). `samples`: moments of
        which every measured value is wanted, by name. `sink` and `keeper` record."""
        self.until_ns = scenario.duration_ns if until_ns is None else until_ns
        self.world = World(scenario.seed, sink=sink)
        self.region: Region = build(scenario, self.world)
        self.milestones = Milestones(scenario)
        cast = tuple(actor.name for actor in self.world.actors())
        self.faults = FaultBoard(self.world, cast)
        """What is broken from outside."""
        self.inputs = Inputs(scenario, self.world, self.region.operators, self.faults, self.region)
        self._panorama = Panorama(self.region, self.milestones, self.inputs)
        self.before_take: Callable[[Scenario], None] | None = None
        """Called with a scenario that is to be taken, before it is recorded."""
        self.on_sample: OnSample | None = None
        """Called at each sample with its moment, the values, what came of actions since the last
        one, and the milestones found. It may look, and change nothing."""
        self.samples: dict[str, dict[str, float]] = {}
        self._wanted = dict(samples or {})
        self._keeper = keeper
        self._declared = 0
        self._framed_lines = -1
        self._framed_ns = -1
        self._kept_intervals_ns = 0
        self._target = ""
        self._zone_states: dict[int, str] = {}
        self._seen_actions = 0
        self._event_ns = ns(scenario.epoch_s)
        self._encode = msgspec.json.Encoder().encode
        self.world.checkers.add(_conservation(self.world))
        self.world.call_at(0, self._sample, priority=LATE)
        if keeper is not None:
            self.world.narration.listen(self._keep_line)

    async def run(self) -> None:
        """Run to the end."""
        await self.world.run(self.until_ns)

    @property
    def scenario(self) -> "Scenario":
        """What the run is by now, with every input taken so far."""
        return self.inputs.scenario

    def take(self, scenario: "Scenario") -> None:
        """Go on with a scenario that differs in inputs still to come only; it is recorded first.

        Raises ValueError when it also differs in what has happened by now.
        """
        self.inputs.check(scenario)
        if self.before_take is not None:
            self.before_take(scenario)
        if self._keeper is not None:
            self._keeper.scenario(scenario.text())
        self.inputs.take(scenario)

    def act(
        self, action_id: str, args: Mapping[str, object] | None = None, *, begin: bool = True
    ) -> "ScheduledAction":
        """Have an action begun (or, without `begin`, take effect) at the next whole second.

        Raises `ActionError`.
        """
        scenario, entry = with_action(
            self.scenario, self.world.now, action_id, args or {}, begin=begin
        )
        self.take(scenario)
        return entry

    def call_off(self, name: str) -> None:
        """Have an action called off at the next whole second. Raises `LiveInputError`."""
        self.inputs.check_under_way(name)
        self.take(without_action(self.scenario, self.world.now, name))

    def inject(self, fault: "ScheduledFault") -> int:
        """Have a fault begin at the next whole second; its place in the list of faults.

        Raises `InputError` when the run knows no such fault, or nobody it could strike.
        """
        self.inputs.faults.check(fault)
        scenario, place = with_fault(self.scenario, self.world.now, fault)
        self.take(scenario)
        return place

    def end_fault(self, n: int) -> None:
        """Have a fault end at the next whole second. Raises `LiveInputError`."""
        self.take(without_fault(self.scenario, self.world.now, n))

    def change(self, path: str, value: str) -> None:
        """Have a parameter changed at the next whole second. Raises `ScenarioError`."""
        self.take(with_change(self.scenario, self.world.now, path, value))

    def view(self) -> "RegionView":
        """The Region at this moment."""
        return self._panorama.view()

    def _sample(self) -> None:
        world = self.world
        now = world.now
        vector = world.telemetry.sample(now)
        world.checkers.evaluate(now)
        world.note("sample", vector)
        acted = self.region.actions()[self._seen_actions :]
        for done in acted:
            self.milestones.acted(done.id, done.result, done.t_ns)
        self._seen_actions += len(acted)
        happened: tuple[str, ...] = ()
        if now % (OBSERVE_S * SECOND) == 0:
            happened = self.milestones.observe(observation(self.region))
        for name, at_ns in self._wanted.items():
            if now <= at_ns < now + SAMPLE_S * SECOND:
                self.samples[name] = dict(zip(world.telemetry.names(), vector, strict=True))
        if now % (INTERVAL_S * SECOND) == 0:
            self._panorama.close_interval()
        if now >= self._event_ns:
            self._panorama.remember_before()
        if self._keeper is not None:
            self._keep(self._keeper, vector, acted, happened)
        if self.on_sample is not None:
            self.on_sample(now, vector, tuple(acted), happened)
        world.call_after(SAMPLE_S * SECOND, self._sample, priority=LATE)

    def _keep_line(self, line: "Line") -> None:
        assert self._keeper is not None
        self._keeper.narration(
            line.n,
            line.t_ns,
            line.component,
            line.level,
            line.text,
            line.about,
            line.because,
            line.via,
        )
        if line.component == "route53":
            # A stale overwrite is over within a second, long before the next sample.
            self._keep_frame(self._keeper)

    def _keep(
        self,
        keeper: Keeper,
        vector: tuple[float, ...],
        acted: "Sequence[ActionDone]",
        happened: tuple[str, ...],
    ) -> None:
        now = self.world.now
        if len(vector) != self._declared:
            keeper.declare_metrics(self.world.telemetry.names())
            self._declared = len(vector)
        keeper.metrics(now, vector)
        said = len(self.world.narration.lines)
        if said != self._framed_lines or now % (FRAME_S * SECOND) == 0:
            self._framed_lines = said
            self._keep_frame(keeper)
        for done in acted:
            args = self._encode(dict(done.args)).decode()
            keeper.action(done.t_ns, done.id, args, done.result, "operators")
        if happened:
            for record in self.milestones.records():
                if record.id in happened and record.t_ns is not None:
                    keeper.milestone(record.t_ns, record.id, record.kind)
        if now % (INTERVAL_S * SECOND) == 0:
            self._keep_histograms(keeper)

    def keep_rest(self) -> None:
        """Keep the latencies since the last whole interval. Call it once, when the run is over."""
        if self._keeper is not None and self._kept_intervals_ns < self.world.now:
            self._panorama.close_interval()
            self._keep_histograms(self._keeper)

    def _keep_histograms(self, keeper: Keeper) -> None:
        self._kept_intervals_ns = self.world.now
        for name, counts in self._panorama.intervals().items():
            if counts.count:
                keeper.histogram(self.world.now, name, counts.encode())

    def _keep_frame(self, keeper: Keeper) -> None:
        """Keep a view of this moment, unless there is one already."""
        now = self.world.now
        if now > self._framed_ns:
            self._framed_ns = now
            view = self.view()
            keeper.frame(now, self._encode(view))
            self._keep_turns(keeper, view)

    def _keep_turns(self, keeper: Keeper, view: "RegionView") -> None:
        """Keep what the regional name points to, and which NLB zones are out, when that changes."""
        record = view.dns
        target = f"{record.target} ({record.state}, {record.answer_count} addresses)"
        if target != self._target:
            keeper.dns_change(view.t_ns, record.endpoint, self._target, target, record.lock_holder)
            self._target = target
        for zone in view.nlb.zones:
            before = self._zone_states.get(zone.zone, "in")
            if zone.state != before:
                self._zone_states[zone.zone] = zone.state
                cause = f"{zone.unhealthy_share:.0%} unhealthy, {zone.unknown_share:.0%} unknown"
                change = f"{before} -> {zone.state}"
                keeper.failover(view.t_ns, f"nlb-az{zone.zone}", change, cause)


def _conservation(world: World) -> Checker:
    """No message is made up or forgotten: whatever was sent is somewhere, or was lost."""
    return Checker(
        "messages.are_conserved",
        lambda: world.message_counts().balance == 0,
        explain=lambda: f"of {world.message_counts()} some are made up or forgotten",
    )
