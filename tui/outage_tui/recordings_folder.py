"""Where recordings land, and what a new one is called.

In a checkout that is the `recordings/` folder of the project, otherwise the folder for a program's
data of the person who runs it. `OUTAGE_TUI_RECORDINGS` names another one, and so does the
configuration.
"""

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from outage_tui.mishap import BadUsage

if TYPE_CHECKING:
    from outage_agents.scenario import Scenario

SUFFIX = ".otrec"
FOLDER_VARIABLE = "OUTAGE_TUI_RECORDINGS"
_NAME_LENGTH_MAX = 60
_FILE_NAME_MAX = 255 - len("-journal")
"""Bytes of a file's name that leave room for those of the files beside it, on usual systems."""


def recordings_folder() -> Path:
    """The folder for new recordings; it may not exist yet.

    Raises BadUsage when the configuration is wrong.
    """
    from outage_tui.config import settings

    chosen = os.environ.get(FOLDER_VARIABLE) or settings().recordings
    if chosen:
        return Path(chosen).expanduser()
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "recordings" / "README.md").is_file() and (
        checkout / "pyproject.toml"
    ).is_file():
        return checkout / "recordings"
    import platformdirs

    return Path(platformdirs.user_data_dir("outage-tui", appauthor=False)) / "recordings"


def new_recording(scenario: "Scenario", drill: str = "") -> Path:
    """A path for a new recording of this scenario, or drill, that no file has yet.

    Raises BadUsage when the folder cannot be made.
    """
    folder = recordings_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadUsage(
            f"{folder}: cannot be made ({error.strerror}); give --record FILE or --no-record"
        ) from error
    called = f"drill-{drill}" if drill else scenario.name
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", called)[:_NAME_LENGTH_MAX]
    stem = f"{name}-seed{scenario.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    path = folder / f"{stem}{SUFFIX}"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}{SUFFIX}"
    return path


def check_new_file(path: Path | None) -> None:
    """Raise BadUsage unless `path` can become a recording: its folder exists, the file does not."""
    if path is None:
        return
    if not path.name:
        raise BadUsage(f"--record {path}: not the name of a file; name one that does not exist")
    if len(os.fsencode(path.name)) > _FILE_NAME_MAX:
        raise BadUsage(f"--record {path}: the name is too long for what is kept beside a recording")
    if not _is_text(str(path)):
        raise BadUsage(f"--record {path}: not a name in UTF-8; name another file")
    for there in (path, *beside(path)):
        if there.is_symlink() or there.exists():
            raise BadUsage(f"--record {there}: exists already; name a file that does not")
    if not path.parent.is_dir():
        raise BadUsage(f"--record {path}: the folder {path.parent} does not exist; make it first")


def beside(path: Path) -> list[Path]:
    """What SQLite keeps beside a recording while it is written."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def _is_text(name: str) -> bool:
    """Whether a name can be kept and printed: bytes that are no UTF-8 and NULs cannot."""
    try:
        return "\0" not in name and bool(name.encode())
    except UnicodeEncodeError:
        return False
