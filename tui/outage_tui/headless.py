"""A run without a dashboard: one JSON object, lines of narration, or nothing but a summary."""

import sys
from typing import TYPE_CHECKING

import attrs
import msgspec
import trio

from outage_agents.simulation import Simulation
from outage_tui.mishap import DONE, FAILED
from outage_tui.recorder import close_recording, open_recording, program_version
from outage_tui.spent import spent

if TYPE_CHECKING:
    from outage_agents.result import RunResult
    from outage_engine.narration import Line
    from outage_tui.run import RunPlan


def run_headless(plan: "RunPlan", *, as_json: bool, plain: bool) -> int:
    """Run, print what was asked for, and give the exit status."""
    writer = open_recording(plan.record, plan.scenario, plan.command, plan.until_ns)
    simulation = Simulation(
        plan.scenario, until_ns=plan.until_ns, samples=plan.samples, sink=writer, keeper=writer
    )
    if plain:
        simulation.world.narration.listen(lambda line: _narrate(simulation, line))
    if plan.pace > 0:
        simulation.world.pace.change(plan.pace)
    summary = "interrupted"
    try:
        trio.run(simulation.run)
        summary = _summary(simulation.result())
    finally:
        close_recording(writer, simulation, summary)
    if as_json:
        _print_json(plan, simulation.result())
    else:
        print(summary)
        if plan.record is not None and writer is not None and writer.failure is None:
            print(f"recorded in {plan.record}", file=sys.stderr)
    return FAILED if writer is not None and writer.failure is not None else DONE


def _narrate(simulation: Simulation, line: "Line") -> None:
    scenario = simulation.scenario
    mark = {"info": " ", "warning": "!", "error": "X"}[line.level]
    clock = scenario.clock(line.t_ns)
    print(f"{clock} T{scenario.t_min(line.t_ns):+7.1f}m {mark} {line.component}: {line.text}")


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
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.buffer.flush()


def _summary(result: "RunResult") -> str:
    emergent = [m for m in result.milestones.values() if m.kind == "emergent"]
    happened = [m for m in emergent if m.t_min is not None]
    return (
        f"{result.scenario}, seed {result.seed}: {result.virtual_s / 3600:.1f} h, "
        f"{result.events} events, {len(happened)} of {len(emergent)} emergent milestones, "
        f"{result.impact.customer_minutes:.3g} customer-minutes lost, digest {result.digest[:16]}"
    )
