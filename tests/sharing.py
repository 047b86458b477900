"""What is made once in a run of the tests, by whichever worker needs it first."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import attrs

from outage_tui.cli import commands
from outage_tui.mishap import exit_status


@attrs.frozen
class Shelf:
    """Files that all workers share. Never to be changed."""

    folder: Path

    def file(self, name: str, make: Callable[[Path], object]) -> Path:
        """The file of this name; who needs it first makes it, and others wait for it."""
        path = self.folder / name
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                unfinished = self.folder / f"unfinished-{name}"
                make(unfinished)
                unfinished.rename(path)
        return path

    def recording(self, name: str, *arguments: str) -> Path:
        """The recording of `outage-tui run ARGUMENTS`."""

        def make(path: Path) -> None:
            words = ["run", *arguments, "--headless", "--record", str(path)]
            assert exit_status(commands, words) == 0

        return self.file(f"{name}.otrec", make)


@attrs.frozen
class Nights:
    """Recordings of the whole outage at a hundredth of its size, one for each seed."""

    shelf: Shelf

    def of(self, seed: int) -> Path:
        """The recording of this seed. Never to be changed."""
        return self.shelf.recording(f"night-{seed}", "small", "--seed", str(seed))
