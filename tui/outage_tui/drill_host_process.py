"""Starts the host of a drill: a process of its own, in its own session, with its own log."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from outage_tui.host_process import HostProcess

if TYPE_CHECKING:
    from outage_tui.drill_host import Order


def start_drill_host(order: "Order") -> HostProcess:
    """Start the host and give it its order. The terminal's Ctrl-C does not reach it.

    Sockets that the order's door names are handed on to it; the caller closes its own ends.
    """
    log = tempfile.NamedTemporaryFile(  # noqa: SIM115 - the host keeps it open
        prefix="outage-tui-drill-", suffix=".log", delete=False
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "outage_tui.drill_host"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        pass_fds=() if order.door is None else order.door.listeners,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    log.close()
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    process.stdin.flush()
    return HostProcess(process, Path(log.name))
