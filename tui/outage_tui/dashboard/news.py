"""Drawing when there is news, and not at the next tick of a clock of our own.

Two clocks of the same period, the host's and ours, would lose every frame on which they disagree.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from textual.app import App


def draw_on_news(
    app: App[Any],
    announce: Callable[[Callable[[], None]], object],
    draw: Callable[[], object],
    wait_s: Callable[[], float] = lambda: 0.0,
) -> None:
    """Have `draw` called after news, once for all of it that comes meanwhile.

    `announce` takes what a source calls, in a thread of its own, when it has news; `wait_s` tells
    how long drawing must still wait, so that frames are no more often than is asked for.
    """
    loop = asyncio.get_running_loop()
    awaited = False

    def heard() -> None:
        nonlocal awaited
        awaited = False
        draw()

    def hear() -> None:
        # A timer of Textual's would run in the context of the source's thread, and fail there.
        nonlocal awaited
        if not awaited:
            awaited = True
            pause_s = wait_s()
            if pause_s > 0.0:
                loop.call_later(pause_s, app.call_later, heard)
            else:
                app.call_later(heard)

    def news() -> None:
        with contextlib.suppress(RuntimeError):  # the terminal has just been left
            loop.call_soon_threadsafe(hear)

    announce(news)
