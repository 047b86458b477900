"""Whether somebody sees the dashboard for the first time: a mark in the person's state folder.

`$XDG_STATE_HOME`, else what the platform has. Where no mark can be left, every start is a first
one.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

HINT: Final = (
    "An outage runs here by itself; the second line says what is broken now, and why.",
    "1-8 focus a panel, ? explains it, e makes it large. space freezes, + and - set the pace.",
    "ctrl+p finds everything that can be done. q quits; the recording can be watched again.",
)
"""Three lines, shown once."""


DASHBOARD: Final = "hint-shown"
DRILL: Final = "drill-hint-shown"
"""What can be seen for the first time."""


def _mark(what: str) -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir("outage-tui", appauthor=False)) / what


def is_first_start(what: str = DASHBOARD) -> bool:
    """True until `remember` was called once."""
    return not _mark(what).exists()


def remember(what: str = DASHBOARD) -> None:
    """From now on it is not the first start any more."""
    with contextlib.suppress(OSError):
        _mark(what).parent.mkdir(parents=True, exist_ok=True)
        _mark(what).touch()
