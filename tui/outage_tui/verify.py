"""`outage-tui verify`: execute a recorded run again, and name the first difference."""

from pathlib import Path
from typing import TYPE_CHECKING

import trio

from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.simulation import Simulation
from outage_engine.clock import seconds
from outage_engine.recording.reader import Recording
from outage_engine.recording.verification import Verdict, Verification
from outage_tui.interruption import interruptible
from outage_tui.mishap import DIVERGED, DONE, BadUsage
from outage_tui.output import write_json
from outage_tui.progress_bar import ProgressBar

if TYPE_CHECKING:
    from outage_engine.recording.verification import Divergence


def verify(path: Path, *, as_json: bool) -> int:
    """Re-execute `path` and print the verdict; exit status 0 or 3.

    Raises RecordingError when it is no good recording, BadUsage when its scenario cannot run.
    """
    with Recording(path) as recording:
        try:
            scenario = Scenario.read(recording.meta.scenario, f"{path}: scenario")
        except InputError as error:
            raise BadUsage(*error.problems) from error
        verdict = _execute(recording, scenario)
    _print(verdict, scenario, as_json=as_json)
    return DONE if verdict.ok else DIVERGED


def _execute(recording: Recording, scenario: Scenario) -> Verdict:
    cancel = trio.CancelScope()

    def stop(_: "Divergence") -> None:
        cancel.cancel()

    verification = Verification(recording, on_divergence=stop)
    until_ns = recording.meta.virtual_ns
    simulation = Simulation(scenario, until_ns=until_ns, sink=verification)

    async def execute() -> None:
        with cancel:
            await simulation.run()

    with ProgressBar("verify") as bar:
        world = simulation.world
        world.on_slice = lambda: bar(world.now / max(1, until_ns))
        trio.run(interruptible, execute)
    return verification.verdict()


def _print(verdict: Verdict, scenario: Scenario, *, as_json: bool) -> None:
    divergence = verdict.first_divergence
    if as_json:
        document = {
            "ok": verdict.ok,
            "finished": verdict.finished,
            "events": verdict.events,
            "digest_expected": verdict.digest_expected,
            "digest_found": verdict.digest_found,
            "first_divergence": divergence
            and {
                "t_min": round(scenario.t_min(divergence.t_ns), 3),
                "actor": divergence.actor,
                "expected": divergence.expected,
                "found": divergence.found,
            },
        }
        write_json(document)
        return
    kind = (
        "finished recording" if verdict.finished else "unfinished recording, up to its last chunk"
    )
    if divergence is None:
        print(f"same: {verdict.events} events ({kind}), digest {verdict.digest_found}")
        return
    print(
        f"diverges after {verdict.events} events, at {scenario.clock(divergence.t_ns)} "
        f"({seconds(divergence.t_ns):.3f} s), actor {divergence.actor}\n"
        f"  expected: {divergence.expected}\n  found:    {divergence.found}"
    )
