"""Ghosts of a drill: those that come with the program, or run beside the play.

`python -m outage_tui.drill_ghosts DRILL [--seed N] [--seeds K]` runs the ghosts of a drill, first
with the seed that is played, then with 1, 2, 3 and so on, and keeps what it knows after each in a
file in the user's data folder, named after the drill's text: another text, other ghosts. Whoever
plays starts it with `start_ghosts` at the lowest priority and ends it with `Ghosts.stop`; when the
starter is gone its standard input closes and it ends by itself. Until a number is there the ghost
is marked as not run.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

from outage_agents.drills.drill_file import drill_text, read_drill, shipped_drills
from outage_agents.drills.ghosts import Row, ghosts_from, ghosts_of, text_digest
from outage_agents.scenario_source import InputError

if TYPE_CHECKING:
    from outage_agents.drills.score import Ghost

SEEDS = 8
"""So many are run, if the play is long enough."""
FOLDER_VARIABLE = "OUTAGE_TUI_GHOSTS"
_Rows = dict[str, tuple[Row, ...]]


def ghosts_folder() -> Path:
    """Where ghosts are kept; it may not exist yet."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("outage-tui", appauthor=False)) / "ghosts"


def known_ghosts(text: str, seed: int | None = None) -> "tuple[Ghost, ...]":
    """The ghosts of a drill by its text: shipped, or as far as they were run. Those that were not
    have no number. Raises DrillError when the text is no drill."""
    drill = read_drill("drill", text)
    if _is_shipped(drill.id, text):
        return ghosts_of(drill.id, seed)
    from outage_agents.drills.ghost_runs import known_from

    return ghosts_from(known_from(_kept(text)), seed)


def are_missing(text: str, seed: int | None = None) -> bool:
    """Whether a ghost has no number yet that could have one."""
    drill = read_drill("drill", text)
    if _is_shipped(drill.id, text):
        return False
    rows = _kept(text)
    seed = drill.run.seed if seed is None else seed
    return not any(row[0] == seed for found in rows.values() for row in found)


def _is_shipped(drill_id: str, text: str) -> bool:
    return drill_id in shipped_drills() and drill_text(drill_id) == text


def _kept(text: str) -> _Rows:
    """What is known of a drill; nothing when nothing is, or the file cannot be read."""
    try:
        return msgspec.json.decode(_file(text).read_bytes(), type=_Rows)
    except (OSError, msgspec.MsgspecError):
        return {}


def _file(text: str) -> Path:
    return ghosts_folder() / f"{text_digest(text)}.json"


def _keep(text: str, rows: _Rows) -> None:
    """Replace the file as a whole, so that no reader sees half of one."""
    path = _file(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(rows))
    draft.replace(path)


@attrs.define(eq=False)
class Ghosts:
    """A process that runs ghosts."""

    _process: "subprocess.Popen[bytes]"

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, and what it has begun; waits until it is gone."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                _end_group(self._process.pid)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def start_ghosts(text: str, seed: int | None = None, seeds: int = SEEDS) -> Ghosts | None:
    """Run the ghosts of a drill beside whatever goes on; None when they are there already.

    Raises DrillError when the text is no drill, OSError when no process can be started.
    """
    if not are_missing(text, seed):
        return None
    command = [sys.executable, "-m", "outage_tui.drill_ghosts", "-", "--seeds", str(seeds)]
    if seed is not None:
        command += ["--seed", str(seed)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        body = text.encode()
        process.stdin.write(f"{len(body)}\n".encode() + body)
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has ended at once: `is_over` says so
    return Ghosts(process)


def main() -> int:
    """Run ghosts; 0 when all are there."""
    parser = argparse.ArgumentParser(prog="python -m outage_tui.drill_ghosts", description=__doc__)
    parser.add_argument("drill", help="a drill or a file; -: length and text on standard input")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    chosen = parser.parse_args()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(19)
    try:
        if chosen.drill == "-":
            text = sys.stdin.buffer.read(int(sys.stdin.buffer.readline())).decode()
            threading.Thread(target=_end_with_starter, daemon=True).start()
        else:
            text = drill_text(chosen.drill)
        run_kept(text, chosen.seed, chosen.seeds)
    except InputError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 2
    return 0


def run_kept(text: str, seed: int | None, seeds: int) -> None:
    """Run ghosts with so many seeds, the one given first, and keep each. Raises InputError."""
    from outage_agents.drills.ghost_runs import more_ghosts

    drill = read_drill("drill", text)
    first = drill.run.seed if seed is None else seed
    wanted = [first, *(one for one in range(1, seeds + 1) if one != first)][:seeds]
    for rows in more_ghosts(drill, _kept(text), wanted):
        _keep(text, rows)


def _end_with_starter() -> None:
    sys.stdin.buffer.read()
    _end_group(os.getpid())


def _end_group(pid: int) -> None:
    """The runs under way are copies of the process, in its group."""
    if hasattr(os, "killpg") and os.getpgid(pid) == pid:
        os.killpg(pid, signal.SIGKILL)
    else:
        os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
