"""One run in every way it can be run: the digest must never differ.

    python -m benchmarks.one_digest [--scenario NAME] [--until WHEN] [--seed N] [--speed N]

The same run, twice; under two hash seeds; with the vector code of NumPy switched off; with that of
the C library switched off; paced and at maximum; recorded; and behind the link of the dashboard,
halted, stepped and paced anew on the way. Exit status 1 when any digest differs from the first.
"""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from benchmarks.program import FULL_NAME, RunFailed, run
from benchmarks.report import Table, write_report
from outage_tui.host_process import start_host
from outage_tui.link_messages import (
    Command,
    Done,
    Failure,
    FrameReader,
    Hello,
    Pace,
    Pause,
    Quit,
    Resume,
    Step,
    encode_command,
)
from outage_tui.run_plan import PACE_MAX, RunChoices, RunPlan, plan_of

PIECE_BYTES = 65_536


@attrs.frozen
class Way:
    """One way of running, and how to learn its digest."""

    name: str
    digest: Callable[[], str]


def ways(scenario: str, until: str | None, seed: int, speed: float, folder: Path) -> list[Way]:
    """Every way of running this run; the first is what the others are held against."""
    words = [scenario, "--seed", str(seed), *(("--until", until) if until else ())]
    plain = [*words, "--no-record"]

    def way(name: str, arguments: Sequence[str], **setting: str) -> Way:
        return Way(name, lambda: run(*arguments, setting=setting).result.digest)

    features = " ".join(switchable_features())
    return [
        way("at maximum", plain),
        way("again", plain),
        way("PYTHONHASHSEED=1", plain, PYTHONHASHSEED="1"),
        way("PYTHONHASHSEED=4294967295", plain, PYTHONHASHSEED="4294967295"),
        way(f"NPY_DISABLE_CPU_FEATURES={features!r}", plain, NPY_DISABLE_CPU_FEATURES=features),
        way("GLIBC_TUNABLES: no AVX2, no FMA", plain, GLIBC_TUNABLES=GLIBC_WITHOUT),
        way(f"paced at {speed:g}", [*plain, "--speed", f"{speed:g}"]),
        way("recorded", [*words, "--record", str(folder / "recorded.otrec")]),
        Way("behind the link", lambda: behind_the_link(plan(scenario, until, seed), ())),
        Way(
            "behind the link, halted, stepped, paced, recorded",
            lambda: behind_the_link(
                plan(scenario, until, seed, folder / "watched.otrec"), MEDDLING
            ),
        ),
    ]


GLIBC_WITHOUT = "glibc.cpu.hwcaps=-AVX2,-FMA"
MEDDLING: tuple[Command, ...] = (
    Pace(300.0),
    Pause(),
    Step(17),
    Step(1),
    Resume(),
    Pace(auto=True),
    Pause(),
    Step(400),
    Pace(PACE_MAX),
    Resume(),
)
"""What somebody at the dashboard may do; one command for each frame that comes."""


def switchable_features() -> list[str]:
    """The CPU features for which NumPy has code of its own and which this CPU has.

    Naming another one (part of the build's baseline, say) would be an error of NumPy's.
    """
    core = importlib.import_module("numpy._core._multiarray_umath")
    has: dict[str, bool] = core.__cpu_features__
    return [feature for feature in core.__cpu_dispatch__ if has.get(feature)]


def plan(scenario: str, until: str | None, seed: int, record: Path | None = None) -> RunPlan:
    """The same run, as the dashboard would order it of the host."""
    return plan_of(
        RunChoices(
            scenario=scenario,
            seed=str(seed),
            speed="max",
            settings=(),
            script=None,
            acts=(),
            without=(),
            until=until,
            samples=(),
            record=record,
            no_record=record is None,
            headless=False,
            as_json=False,
            plain=False,
        )
    )


def behind_the_link(ordered: RunPlan, commands: Sequence[Command]) -> str:
    """The digest of a run in the simulator host. Raises RunFailed when the host fails."""
    host = start_host(ordered)
    waiting = list(commands)
    process = host.process
    assert process.stdin is not None
    assert process.stdout is not None
    reader = FrameReader()
    digest = ""
    while piece := process.stdout.read1(PIECE_BYTES):  # type: ignore[attr-defined]
        for frame in reader.feed(piece):
            if isinstance(frame, Failure):
                raise RunFailed(f"the host gave up: {frame.reason}")
            if isinstance(frame, Done):
                digest = frame.digest
                process.stdin.write(encode_command(Quit()))
                process.stdin.flush()
            elif waiting and not isinstance(frame, Hello):
                process.stdin.write(encode_command(waiting.pop(0)))
                process.stdin.flush()
    process.wait()
    complaints = host.log.read_text("utf-8")
    host.log.unlink()
    if not digest or waiting:
        raise RunFailed(f"the host ended early, {len(waiting)} commands unsent: {complaints}")
    return digest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every way, print the table, give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_digest", description=__doc__)
    parser.add_argument("--scenario", default=FULL_NAME)
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1000.0, help="pace of the paced run")
    parser.add_argument("--at-once", type=int, default=2, help="runs beside each other")
    parser.add_argument("--write", action="store_true", help="keep the table in results/")
    chosen = parser.parse_args(arguments)
    table = Table("how", "digest", "")
    different = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(chosen.at_once) as pool:
        every = ways(chosen.scenario, chosen.until, chosen.seed, chosen.speed, Path(folder))
        expected = ""
        try:
            for way, digest in zip(every, pool.map(lambda one: one.digest(), every), strict=True):
                expected = expected or digest
                different += digest != expected
                table.row(way.name, digest[:32], "" if digest == expected else "DIFFERS")
        except RunFailed as failure:
            print(failure, file=sys.stderr)
            return 1
    print(table.text())
    if chosen.write:
        write_report(f"one-digest-{chosen.scenario}", __doc__, table)
    print(f"{different} of {len(every)} digests differ" if different else "one digest")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
