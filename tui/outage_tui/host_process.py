"""Starts the simulator host: a process of its own, in its own session, with its own log."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

if TYPE_CHECKING:
    from outage_tui.run_plan import RunPlan


@attrs.frozen
class HostProcess:
    """A started host."""

    process: "subprocess.Popen[bytes]"
    log: Path
    """What it wrote to standard error: empty unless something went wrong."""


def start_host(plan: "RunPlan") -> HostProcess:
    """Start the host and give it its order. The terminal's Ctrl-C does not reach it."""
    log = tempfile.NamedTemporaryFile(  # noqa: SIM115 - the host keeps it open
        prefix="outage-tui-host-", suffix=".log", delete=False
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "outage_tui.host"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    log.close()
    order: dict[str, object] = {
        "scenario": plan.scenario.text(),
        "until_ns": plan.until_ns,
        "pace": plan.pace,
        "record": None if plan.record is None else str(plan.record.resolve()),
        "command": plan.command,
        "halted": plan.halted,
    }
    if plan.parent is not None:
        order["parent"] = {
            "path": str(plan.parent.path),
            "at_ns": plan.parent.at_ns,
            "digest": plan.parent.digest,
        }
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    process.stdin.flush()
    return HostProcess(process, Path(log.name))
