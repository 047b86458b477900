"""Forks at random moments: is each of them its parent up to the moment where it parts?

    python -m benchmarks.forks [--scenario NAME] [--recording FILE] [--moments 100] [--real 3]

A fork executes its parent's run again up to a moment and is compared there, event by event, with
the parent's recording. Up to any moment that is the beginning of one and the same execution: so one
pass that goes on to the last moment, and stops at each on its way, settles them all. At every
moment the digest of the run, which covers every event before it, is held against the digest of the
recording's events before it. `--real` of the moments are forked besides as people do it, each in a
process of its own, to a minute after the moment; a headless run to there must give the same digest,
and the two are told by their CPU time. Exit status 1 when a digest differs.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import msgspec
import trio

from benchmarks.program import FULL_NAME, Result, finished, program, run
from benchmarks.report import Table, write_report
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.when import format_exact
from outage_engine.clock import MINUTE, SECOND
from outage_engine.recording.ancestry import Ancestry
from outage_engine.recording.event_lines import event_time
from outage_engine.recording.reader import Recording
from outage_engine.recording.sink import CHAIN_START, EventChunk, chain

AFTER_NS = MINUTE
"""How far a real fork goes on after its moment."""


@attrs.frozen
class Settled:
    """One moment: the fork's digest there, and the parent's."""

    at_ns: int
    found: str
    expected: str


@attrs.frozen
class RealFork:
    """One fork in a process of its own, beside a headless run to the same moment."""

    at_ns: int
    same: bool
    fork_cpu_s: float
    run_cpu_s: float


def moments_of(recording: Recording, count: int, seed: int) -> list[int]:
    """Random moments of a recorded run, whole seconds, in order."""
    draw = random.Random(seed)
    last_s = recording.meta.virtual_ns // SECOND
    return sorted(draw.randint(1, last_s) * SECOND for _ in range(count))


def settled(recording: Recording, moments: Sequence[int]) -> list[Settled]:
    """Execute the run again as every fork of it does, and look at each moment."""
    found: list[Settled] = []
    scenario = Scenario.read(recording.meta.scenario)
    simulation = Simulation(scenario, until_ns=moments[-1], sink=Ancestry(recording, moments[-1]))
    world = simulation.world

    async def execute() -> None:
        async with world.running():
            for at_ns in moments:
                await world.advance(at_ns - 1)
                opened = world.open_chunk()
                expected = (
                    digest_after(recording, world.recorded_events)
                    if opened is None
                    else digest_within(recording, at_ns, opened)
                )
                found.append(Settled(at_ns, world.digest, expected))

    trio.run(execute)
    return found


def digest_after(recording: Recording, events: int) -> str:
    """Digest of the recording after so many events, a whole number of chunks."""
    rows = recording.rows("SELECT digest FROM chunks WHERE first_event + events = ?", events)
    return next((recording.cell(row, 0, bytes).hex() for row in rows), "")


def digest_within(recording: Recording, at_ns: int, opened: EventChunk) -> str:
    """Digest of the recorded events before a moment; empty when they are not so many as ours.

    `opened` is what the run has done since its last whole chunk: it says which chunk to look into,
    and its length where to cut the recorded one, once the numbers of events agree.
    """
    chunk = recording.chunk(opened.index)
    early = [event for event in recording.events(chunk) if event_time(event) < at_ns]
    if len(early) != opened.events:
        return ""
    before = recording.chunk(opened.index - 1).digest if opened.index else CHAIN_START
    return chain(before, chunk.body[: len(opened.body)]).hex()


def real_fork(path: Path, scenario: Scenario, name: str, at_ns: int) -> RealFork:
    """Fork as people do, and run to the same moment without a parent. Raises RunFailed."""
    when = format_exact(at_ns, scenario.epoch_s)
    until = format_exact(at_ns + AFTER_NS, scenario.epoch_s)
    forked = finished(
        program(
            *("fork", str(path), "--at", when, "--until", until),
            *("--headless", "--json", "--no-record"),
        )
    )
    plain = run(name, "--seed", str(scenario.seed), "--until", until, "--no-record")
    digest = msgspec.json.decode(forked.output, type=Result).digest
    return RealFork(at_ns, digest == plain.result.digest, forked.cpu_s, plain.cpu_s)


def report(scenario: Scenario, pass_: Sequence[Settled], real: Sequence[RealFork]) -> list[Table]:
    """What came of all moments, and what the real forks cost."""
    summary = Table("scenario", "moments", "first", "last", "the parent's digest")
    same = sum(1 for one in pass_ if one.found == one.expected)
    clock = scenario.clock
    summary.row(
        scenario.name,
        str(len(pass_)),
        clock(pass_[0].at_ns),
        clock(pass_[-1].at_ns),
        f"at {same} of {len(pass_)}",
    )
    costs = Table("forked at", "same digest", "CPU of the fork, s", "of a run, s", "ratio")
    for one in real:
        costs.row(
            clock(one.at_ns),
            "yes" if one.same else "NO",
            f"{one.fork_cpu_s:.1f}",
            f"{one.run_cpu_s:.1f}",
            f"{one.fork_cpu_s / one.run_cpu_s:.2f}",
        )
    return [summary, costs]


def main(arguments: Sequence[str]) -> int:
    """Fork, print, and say whether every digest was the parent's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", default=FULL_NAME)
    parser.add_argument("--recording", type=Path, help="of this scenario; made when left out")
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--real", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="draws the moments")
    parser.add_argument("--until", default="T+922m", help="end of the parent, when it is made")
    parser.add_argument("--write", action="store_true", help="keep the tables in results/")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.recording
        if path is None:
            path = Path(folder, "parent.otrec")
            run(chosen.scenario, "--until", chosen.until, "--record", str(path))
        with Recording(path) as recording:
            scenario = Scenario.read(recording.meta.scenario)
            moments = moments_of(recording, chosen.moments, chosen.seed)
            pass_ = settled(recording, moments)
        some = random.Random(chosen.seed).sample(moments, min(chosen.real, len(moments)))
        real = [real_fork(path, scenario, chosen.scenario, at_ns) for at_ns in sorted(some)]
    tables = report(scenario, pass_, real)
    print("\n\n".join(table.text() for table in tables))
    if chosen.write:
        print(write_report(f"forks-{scenario.name}", __doc__, *tables))
    good = all(one.found == one.expected for one in pass_) and all(one.same for one in real)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
