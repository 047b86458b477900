"""Several headless runs beside each other, each in a process of its own, with progress.

`python -m outage_tui.side_runs` is one of them: it reads a scenario on standard input, runs it, and
writes JSON lines: how far it is, twice a second, and at last the result. It has a session of its
own, so that Ctrl-C reaches only the program that started it; that ends the runs under way, and a
run whose starter is gone finds its pipe closed and ends by itself.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO

import attrs
import msgspec
import trio

from outage_agents.result import RunResult, result_of
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_engine.errors import OutageError
from outage_tui.interruption import interruptible

TELL_EVERY_S = 0.5
JOBS_MAX = 64


class RunFailed(OutageError):
    """A run in a process of its own has ended with an error."""


@attrs.frozen
class Progress:
    """How far several runs are."""

    labels: tuple[str, ...]
    shares: tuple[float, ...]
    """Share of its virtual time that each run has done."""
    elapsed_s: float
    """Wall time since the first began."""

    @property
    def done(self) -> int:
        """Runs that are over."""
        return sum(share >= 1.0 for share in self.shares)

    @property
    def left_s(self) -> float | None:
        """Wall time that is left if they go on as fast; None before that can be said."""
        share = sum(self.shares) / len(self.shares)
        return None if share < 0.005 else self.elapsed_s * (1 - share) / share


Listener = Callable[[Progress], None]


def run_beside(
    scenarios: Sequence[tuple[str, Scenario]], jobs: int, listen: Listener
) -> list[RunResult]:
    """Run labelled scenarios, `jobs` at a time; their results in the order given.

    Equal scenarios are run once. `listen` hears of progress. Raises RunFailed, and Terminated
    when the program is told to stop; no process is left behind.
    """
    texts = [scenario.text() for _, scenario in scenarios]
    labels: dict[str, str] = {}
    for text, (label, _) in zip(texts, scenarios, strict=True):
        labels.setdefault(text, label)
    batch = _Batch(labels, listen)

    async def run() -> None:
        await batch.run(max(1, min(jobs, JOBS_MAX)))

    trio.run(interruptible, run)
    return [batch.results[text] for text in texts]


def default_jobs() -> int:
    """Runs beside each other: one for each processor that this program may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


class _Batch:
    """Runs under way: texts of scenarios, and what is known of each."""

    def __init__(self, labels: dict[str, str], listen: Listener) -> None:
        self.results: dict[str, RunResult] = {}
        self._labels = labels
        self._shares = dict.fromkeys(labels, 0.0)
        self._listen = listen
        self._began_s = time.monotonic()

    async def run(self, jobs: int) -> None:
        waiting = iter(list(self._labels))
        failed: list[RunFailed] = []

        async def work(scope: trio.CancelScope) -> None:
            for text in waiting:
                try:
                    await self._one(text)
                except RunFailed as failure:
                    failed.append(failure)
                    scope.cancel()

        async with trio.open_nursery() as nursery:
            for _ in range(jobs):
                nursery.start_soon(work, nursery.cancel_scope)
        if failed:
            raise failed[0]

    async def _one(self, text: str) -> None:
        command = [sys.executable, "-m", "outage_tui.side_runs"]
        with tempfile.TemporaryFile() as complaints:
            async with trio.open_nursery() as nursery:
                process: trio.Process = await nursery.start(_started, command, text, complaints)
                assert process.stdout is not None
                async with process.stdout:
                    await self._listen_to(process.stdout, text)
            if text not in self.results:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().splitlines()[-1:]
                what = said[0] if said else f"status {process.returncode}"
                raise RunFailed(f"the run {self._labels[text]} has failed: {what}")

    async def _listen_to(self, stdout: trio.abc.ReceiveStream, text: str) -> None:
        rest = b""
        async for data in stdout:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                told = msgspec.json.decode(line, type=_Told)
                if told.result is not None:
                    self.results[text] = told.result
                self._shares[text] = 1.0 if told.result is not None else min(told.share, 0.999)
                self._tell()

    def _tell(self) -> None:
        elapsed_s = time.monotonic() - self._began_s
        labels, shares = tuple(self._labels.values()), tuple(self._shares.values())
        self._listen(Progress(labels, shares, elapsed_s))


async def _started(
    command: Sequence[str],
    text: str,
    complaints: BinaryIO,
    task_status: "trio.TaskStatus[trio.Process]",
) -> None:
    """The process of one run, from its start to its end; killed when this is cancelled."""
    await trio.run_process(
        command,
        stdin=text.encode(),
        stdout=subprocess.PIPE,
        stderr=complaints,
        check=False,
        deliver_cancel=_kill,
        start_new_session=True,
        task_status=task_status,
    )


async def _kill(process: trio.Process) -> None:
    process.kill()


# -- the process of one run -----------------------------------------------------------------------


@attrs.frozen
class _Told:
    """A line that a run writes."""

    share: float = 0.0
    result: RunResult | None = None


class _Teller:
    """Tells how far a run is, between two slices of it."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._next_s = 0.0

    def __call__(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + TELL_EVERY_S
            _write(_Told(self._simulation.world.now / max(1, self._simulation.until_ns)))


def _write(told: _Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Run the scenario on standard input."""
    scenario = Scenario.read(sys.stdin.buffer.read().decode(), "side run")
    simulation = Simulation(scenario)
    simulation.world.on_slice = _Teller(simulation)
    try:
        trio.run(simulation.run)
        _write(_Told(1.0, result_of(simulation)))
    except BrokenPipeError:  # whoever wanted to know is gone
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
