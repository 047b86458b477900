"""The program under measurement: `outage-tui` in a process of its own, and what it cost.

Cost is CPU time, user and system, of the whole process tree, as the kernel reports it when the
process is waited for. Wall time says more about the neighbours on the machine than about the
program, so no benchmark judges by it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import attrs
import msgspec

from benchmarks import ROOT

RUN_PROGRAM = "from outage_tui.cli import main; main()"
FULL_NAME = "us-east-1-2025-10-20"
"""The reference scenario."""


class RunFailed(Exception):
    """A measured process ended with an error: its command and what it said."""


@attrs.frozen
class Finished:
    """A process that has ended well."""

    output: bytes
    cpu_s: float
    """User and system time of the process and everything it waited for."""
    peak_mib: float
    """Largest resident memory of the process or of one of its children, MiB."""


@attrs.frozen
class Run:
    """One headless run of the simulation."""

    result: "Result"
    cpu_s: float
    peak_mib: float


class Milestone(msgspec.Struct, frozen=True):
    """One milestone, as `--json` prints it."""

    t_min: float | None
    reference_min: float
    error_min: float | None
    kind: str


class Window(msgspec.Struct, frozen=True):
    """A time in which something failed."""

    start_t_min: float
    end_t_min: float | None
    cause: str


class Windows(msgspec.Struct, frozen=True):
    """The windows of one service."""

    windows: tuple[Window, ...]


class Extremes(msgspec.Struct, frozen=True):
    """One measured value over the whole run."""

    min: float
    max: float
    max_t_min: float
    last: float


class Action(msgspec.Struct, frozen=True):
    """One action of the operators."""

    id: str
    t_min: float
    result: str


class Result(msgspec.Struct, frozen=True):
    """What `run --headless --json` prints, as far as the benchmarks read it."""

    scenario: str
    seed: int
    digest: str
    virtual_s: float
    events: int
    messages: int
    milestones: dict[str, Milestone]
    windows: dict[str, tuple[Window, ...]]
    services: dict[str, Windows]
    series: dict[str, Extremes]
    samples: dict[str, dict[str, float]]
    actions: tuple[Action, ...]


def finished(
    command: Sequence[str],
    *,
    setting: Mapping[str, str] | None = None,
    given: bytes = b"",
    niceness: int = 0,
) -> Finished:
    """Run a command to its end. `setting`: more environment. Raises RunFailed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            ["nice", "-n", str(niceness), *command] if niceness else list(command),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=complaints,
            cwd=ROOT,
            env=environment(setting or {}),
        )
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said = _everything(complaints).decode(errors="replace").strip()
            raise RunFailed(f"{' '.join(command)}: status {process.returncode}: {said}")
        return Finished(
            _everything(output), usage.ru_utime + usage.ru_stime, mebibytes(usage.ru_maxrss)
        )


def run(*arguments: str, setting: Mapping[str, str] | None = None, niceness: int = 0) -> Run:
    """`outage-tui run ARGUMENTS --headless --json`. Raises RunFailed."""
    ended = finished(
        program("run", *arguments, "--headless", "--json"), setting=setting, niceness=niceness
    )
    return Run(msgspec.json.decode(ended.output, type=Result), ended.cpu_s, ended.peak_mib)


def runs(many: Sequence[Sequence[str]], *, at_once: int, niceness: int = 0) -> Iterator[Run]:
    """Several runs, in the order given, `at_once` of them beside each other."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda arguments: run(*arguments, niceness=niceness), many)


def program(*arguments: str) -> list[str]:
    """The command line that runs this checkout's program."""
    return [sys.executable, "-c", RUN_PROGRAM, *arguments]


def module(name: str, *arguments: str) -> list[str]:
    """The command line that runs one of this checkout's modules."""
    return [sys.executable, "-m", name, *arguments]


def environment(setting: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, with the checkout importable, and `setting` on top; without the
    size of somebody else's terminal."""
    importable = os.pathsep.join(path for path in (str(ROOT), *sys.path) if path)
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return {**ours, "PYTHONPATH": importable, **setting}


def mebibytes(ru_maxrss: int) -> float:
    """The kernel's figure of resident memory (KiB; bytes on macOS) in MiB."""
    return ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _everything(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
