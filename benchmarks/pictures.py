"""Makes the pictures of README.md, docs/dashboard.md and docs/drills.md anew.

    python -m benchmarks.pictures [RECORDING] [--folder docs/images]

Without a recording it runs the reference scenario first (half a minute or more). Each picture is
what `python -m outage_tui.dashboard.picture` draws of one moment. Those of a drill are of a play by
a script.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from benchmarks import ROOT
from benchmarks.drill_pictures import draw_drill
from benchmarks.program import FULL_NAME, RunFailed, finished, module, run


@attrs.frozen
class Picture:
    """One moment of the night, as somebody looks at it."""

    name: str
    at: str
    size: str
    options: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


PICTURES = (
    Picture("dashboard", "08:40", "160x48"),
    Picture("race", "23:48:02", "120x36", keys=("1", "e")),
    Picture("collapse", "03:30", "120x36", keys=("2", "e")),
    Picture("latency", "03:30", "120x36", keys=("5", "e", "c")),
    Picture("why", "07:30", "120x36", keys=("7", "w")),
    Picture("milestones", "12:00", "120x36", keys=("8", "e")),
    Picture("light", "04:50", "120x36", ("--theme", "light")),
    Picture("narrow", "01:00", "80x24", ("--no-color",)),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw them all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__)
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    chosen = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as made:
            recording = chosen.recording or Path(made) / "night.otrec"
            if chosen.recording is None:
                run(FULL_NAME, "--record", str(recording))
            for one in PICTURES:
                draw(one, recording.resolve(), chosen.folder.resolve())
        draw_drill(chosen.folder.resolve())
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def draw(one: Picture, recording: Path, folder: Path) -> None:
    """Draw one picture of a recording. Raises RunFailed."""
    keys = [word for key in one.keys for word in ("--key", key)]
    path = folder / f"{one.name}.svg"
    words = ["--at", one.at, "--size", one.size, *one.options, *keys, "-o", str(path)]
    finished(module("outage_tui.dashboard.picture", str(recording), *words))
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
