"""Runs the program in a process for each call, without each of them loading it anew.

A server that has loaded the program once is copied for every call. How the program starts by itself
is asked by the tests that start it so.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parent.parent
LOADED = ["outage_tui.headless", "outage_tui.verify", "outage_tui.report", "outage_tui.fidelity",
          "outage_tui.what_if", "outage_tui.drill", "outage_tui.drill_host"]  # fmt: skip
"""What commands of the program load."""


@attrs.frozen
class Ended:
    """How a call of the program ended."""

    returncode: int
    stdout: str
    stderr: str


def _call(words: Sequence[str], folder: str, out: str, problems: str) -> None:
    """In the process of the call."""
    for descriptor, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, out, os.O_WRONLY),
        (2, problems, os.O_WRONLY),
    ):
        opened = os.open(path, how)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (it is that of the process)
    os.chdir(folder)
    sys.argv = ["outage-tui", *words]
    from outage_tui.cli import main

    main()


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    with pytest.MonkeyPatch.context() as patch:
        parts = [ROOT, *(ROOT / name for name in ("engine", "agents", "tui"))]
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, parts)))
        patch.delenv("PYTHONPYCACHEPREFIX", raising=False)  # read, not written: of no use
        forkserver.ensure_running()
    return context


def call_program(words: Sequence[str], folder: Path, *, patience_s: float) -> Ended:
    """`outage-tui WORDS` in a folder, without a terminal."""
    with tempfile.TemporaryDirectory() as kept:
        out, problems = Path(kept, "out"), Path(kept, "problems")
        out.touch()
        problems.touch()
        process = _server().Process(target=_call, args=(words, folder, str(out), str(problems)))
        process.start()
        process.join(patience_s)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return Ended(process.exitcode, out.read_text("utf-8"), problems.read_text("utf-8"))
