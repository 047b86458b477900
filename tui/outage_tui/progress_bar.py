"""A bar with the time left on standard error, for what takes longer than a second.

Only on a terminal, and only ASCII: it is no part of what was asked for, and leaves nothing behind.
"""

import sys
import time
from types import TracebackType

QUIET_S = 1.0
"""Whatever is through sooner shows no bar."""
RENEW_EVERY_S = 0.2
WIDTH = 30


class ProgressBar:
    """Use it in a `with`; call it with the share (0..1) that is done."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._began_s = time.monotonic()
        self._next_s = self._began_s + QUIET_S
        self._shown = ""

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._show("")

    def __call__(self, share: float) -> None:
        """Tell how much is done. Cheap: most calls look at the clock and return."""
        if not self._terminal:
            return
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + RENEW_EVERY_S
            self._show(bar_words(self._what, share, now_s - self._began_s))

    def _show(self, words: str) -> None:
        if words or self._shown:
            sys.stderr.write("\r" + words.ljust(len(self._shown)) + ("" if words else "\r"))
            sys.stderr.flush()
        self._shown = words


def bar_words(what: str, share: float, elapsed_s: float) -> str:
    """`verify [=======>......] 24 %, 31 s left`."""
    share = max(0.0, min(1.0, share))
    filled = int(share * WIDTH)
    bar = ("=" * filled + ">" * (filled < WIDTH)).ljust(WIDTH, ".")
    words = f"{what} [{bar}] {share * 100:.0f} %"
    if share <= 0.0:
        return words
    left_s = elapsed_s * (1.0 / share - 1.0)
    left = f"{left_s:.0f} s" if left_s < 90 else f"{left_s / 60:.0f} min"
    return f"{words}, {left} left"
