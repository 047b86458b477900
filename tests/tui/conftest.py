"""Runs the program as people do, in this process or in one of its own; small recordings of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from outage_tui.cli import commands
from outage_tui.mishap import exit_status
from tests.sharing import Shelf

from .settling import settling

ROOT = Path(__file__).parents[2]
QUICK = ("dns-only", "--set", "dns.endpoints=10")
"""A run of a few tenths of a second for each virtual hour."""
_START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from outage_tui.cli import main; main()"
)


@attrs.frozen
class Finished:
    """How a call of the program ended."""

    status: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """What it said on standard error, line by line."""
        return self.err.splitlines()


Program = Callable[..., Finished]


@pytest.fixture
def program(capfdbinary: pytest.CaptureFixture[bytes]) -> Program:
    """Call the program's entry in this process; no call may show a traceback."""

    def call(*arguments: str) -> Finished:
        capfdbinary.readouterr()
        status = exit_status(commands, arguments)
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return Finished(status, out.decode(), err.decode())

    return call


@attrs.frozen
class Starter:
    """Starts processes of the program, and stops those that a test leaves behind."""

    folder: Path
    started: list["subprocess.Popen[bytes]"] = attrs.field(factory=list)

    def command_line(self, *arguments: str, first: str = "") -> "subprocess.Popen[bytes]":
        """`outage-tui ARGUMENTS`, with pipes; `first` is Python to run before it."""
        return self._start("-c", first + _START, *arguments)

    def host(self) -> "subprocess.Popen[bytes]":
        """The simulator host, with pipes."""
        return self._start("-m", "outage_tui.host")

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        paths = os.pathsep.join(str(ROOT / part) for part in ("engine", "agents", "tui"))
        environment = os.environ | {
            "PYTHONPATH": paths,
            "OUTAGE_TUI_RECORDINGS": str(self.folder / "recordings"),
        }
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=self.folder,
            start_new_session=True,
        )
        self.started.append(process)
        return process


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    """Processes of the program; whatever still runs after the test is killed."""
    processes = Starter(tmp_path)
    yield processes
    for process in processes.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture(autouse=True)
def _own_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the folder of recordings of whoever runs it."""
    monkeypatch.setenv("OUTAGE_TUI_RECORDINGS", str(tmp_path / "recordings"))


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the configuration of whoever runs it, or remembers anything for them."""
    monkeypatch.setenv("OUTAGE_TUI_CONFIG", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="session", autouse=True)
def _settling() -> Iterator[None]:
    """Applications are driven as fast as they follow."""
    with settling():
        yield


@pytest.fixture(scope="session")
def recording(shelf: Shelf) -> Path:
    """A finished recording: the race, ten minutes of the empty name. Never to be changed."""
    act = "dns.flush_caches@23:50"
    return shelf.recording("race", *QUICK, "--until", "23:58", "--act", act)
