"""A run without a dashboard: one JSON object, lines of narration, or nothing but a summary."""

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, TextIO

import attrs
import trio

from outage_agents.result import result_of
from outage_agents.simulation import Simulation
from outage_tui.interruption import interruptible
from outage_tui.mishap import DIVERGED, DONE, FAILED, say
from outage_tui.output import write_json
from outage_tui.recorder import SteadyFlush, close_recording, open_recording, program_version
from outage_tui.reexecution import Diverged, Reexecution
from outage_tui.spent import spent

if TYPE_CHECKING:
    from outage_agents.result import RunResult
    from outage_agents.scenario import Scenario
    from outage_engine.narration import Line
    from outage_tui.link_messages import Progress
    from outage_tui.run_plan import RunPlan


def run_headless(plan: "RunPlan", *, as_json: bool, plain: bool) -> int:
    """Run, print what was asked for, and give the exit status."""
    with nullcontext() if plan.parent is None else Reexecution(plan.parent) as again:
        return _run(plan, again, as_json=as_json, plain=plain)


def _run(plan: "RunPlan", again: Reexecution | None, *, as_json: bool, plain: bool) -> int:
    writer = open_recording(
        plan.record, plan.scenario, plan.command, plan.until_ns, parent=plan.parent
    )
    try:
        simulation = Simulation(
            plan.scenario,
            until_ns=plan.until_ns,
            samples=plan.samples,
            sink=writer if again is None else again.beside(writer),
            keeper=writer,
        )
    except BaseException:  # Ctrl-C, say: a million droplets take a moment
        if writer is not None:
            writer.abandon()
        raise
    world = simulation.world
    if writer is not None:
        world.on_slice = SteadyFlush(writer)
    narrator = _Narrator(plan.scenario, sys.stderr if as_json else sys.stdout)
    if plan.pace > 0:
        world.pace.change(plan.pace)

    async def run() -> None:
        with narrator.heard:
            async with world.running():
                if again is not None:
                    await again.run(simulation, _Teller(plan.scenario))
                if plain:  # a fork tells what is its own
                    world.narration.listen(narrator.tell)
                await world.advance(plan.until_ns)

    def close() -> None:
        over = world.now >= plan.until_ns
        summary = _summary(result_of(simulation)) if over else "stopped early"
        close_recording(writer, simulation, summary)
        if not over:
            say(f"stopped at {plan.scenario.clock(world.now)} of the scenario")
        if writer is not None and writer.failure is None and not (over and as_json):
            say(f"recorded in {plan.record}")
        if plan.parent is not None and not as_json:
            say(f"run it again: {plan.command}")

    try:
        trio.run(interruptible, run, close)
    except Diverged as error:
        say(str(error))
        return DIVERGED
    narrator.check()
    if as_json:
        _print_json(plan, result_of(simulation))
    else:
        print(_summary(result_of(simulation)), flush=True)
    return FAILED if writer is not None and writer.failure is not None else DONE


class _Teller:
    """Tells a person at a terminal how far a re-execution is, on one line."""

    def __init__(self, scenario: "Scenario") -> None:
        self._scenario = scenario
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, progress: "Progress") -> None:
        if not self._shown:
            return
        clock = self._scenario.clock(progress.t_ns)
        through = progress.share >= 1.0
        left = "the same" if through else f"about {progress.left_s:.0f} s left"
        text = f"{progress.what}: {clock}, {progress.events} events compared, {left}"
        end = "\n" if through else ""
        print(f"\r{text}\x1b[K", end=end, file=sys.stderr, flush=True)


class _Narrator:
    """Prints the narration; when nobody can read it any more, the run ends."""

    def __init__(self, scenario: "Scenario", out: TextIO) -> None:
        self.heard = trio.CancelScope()
        """Around the run."""
        self._scenario = scenario
        self._out = out
        self._failure: OSError | None = None

    def tell(self, line: "Line") -> None:
        """Print one line, at once: whoever reads along reads now."""
        if self._failure is not None:
            return
        scenario = self._scenario
        mark = {"info": " ", "warning": "!", "error": "X"}[line.level]
        moment = f"{scenario.clock(line.t_ns)} T{scenario.t_min(line.t_ns):+7.1f}m"
        try:
            print(f"{moment} {mark} {line.component}: {line.text}", file=self._out, flush=True)
        except OSError as error:
            self._failure = error
            self.heard.cancel()

    def check(self) -> None:
        """Raise the OSError that ended the narration, if one did."""
        if self._failure is not None:
            raise self._failure


def _print_json(plan: "RunPlan", result: "RunResult") -> None:
    cost = spent()
    document = {
        **attrs.asdict(result, recurse=False),
        "version": program_version(),
        "cpu_s": cost.cpu_s,
        "wall_s": cost.wall_s,
        "peak_rss_mb": cost.peak_rss_mb,
        "recording": None if plan.record is None else str(plan.record),
    }
    write_json(document)


def _summary(result: "RunResult") -> str:
    emergent = [m for m in result.milestones.values() if m.kind == "emergent"]
    happened = [m for m in emergent if m.t_min is not None]
    return (
        f"{result.scenario}, seed {result.seed}: {result.virtual_s / 3600:.1f} h, "
        f"{result.events} events, {len(happened)} of {len(emergent)} emergent milestones, "
        f"{result.impact.customer_minutes:.3g} customer-minutes lost, digest {result.digest[:16]}"
    )
