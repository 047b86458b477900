"""How far several runs are and how long they will still take, on standard error.

On a terminal that is one line, renewed in place; elsewhere one line for each run that is over.
"""

import sys
import time
from typing import Self

from outage_tui.mishap import say
from outage_tui.side_runs import Progress

RENEW_EVERY_S = 0.2


class ProgressLine:
    """The listener of `run_beside`, for as long as a `with` lasts; then its line is empty again."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._done = 0
        self._width = 0
        self._next_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def __call__(self, progress: Progress) -> None:
        """Tell what is new."""
        one_more = progress.done > self._done
        self._done = progress.done
        if not self._terminal:
            if one_more:
                say(words_of(progress))
        elif one_more or time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + RENEW_EVERY_S
            self._show(words_of(progress))

    def clear(self) -> None:
        """Leave an empty line for what comes next."""
        if self._width:
            self._show("")
            self._show("")

    def _show(self, words: str) -> None:
        sys.stderr.write("\r" + words.ljust(self._width))
        sys.stderr.flush()
        self._width = len(words)


def words_of(progress: Progress) -> str:
    """`3 of 19 runs done, 4 min left (dwfm-lifo 62%)`."""
    under_way = [
        f"{label} {share:.0%}"
        for label, share in zip(progress.labels, progress.shares, strict=True)
        if 0 < share < 1
    ]
    said = f"{progress.done} of {len(progress.labels)} runs done"
    left_s = progress.left_s
    if under_way and left_s is not None:
        said += f", {duration(left_s)} left"
    return said + (f" ({', '.join(under_way)})" if under_way else "")


def duration(seconds: float) -> str:
    """`40 s`, `12 min`."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
