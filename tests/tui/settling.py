"""Waits for a driven application until it has done all it was asked, and no longer.

Textual's pilot guesses this from the processor's time, twice for every key: it sleeps at least
twenty thousandths of a second, and up to a second on a busy machine. The event loop knows it: no
callback is ready to be called and no timer is due within a frame. Where other threads may be at
work for the application, Textual's guess stands.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual._wait import SLEEP_GRANULARITY, wait_for_idle

FRAME_S = 0.002
"""In place of a sixtieth of a second, after which Textual draws what has changed."""


def _due_s(loop: asyncio.AbstractEventLoop, end_s: float) -> float | None:
    """How long until something that was begun goes on; None if all of it is done. What is ready
    has to be done however long it takes; timers are waited for until `end_s`."""
    if loop._ready:  # type: ignore[attr-defined]
        return 0.0
    timers = [one.when() for one in loop._scheduled if not one.cancelled()]  # type: ignore[attr-defined]
    now_s = loop.time()
    soon = [when_s for when_s in timers if when_s < now_s + SLEEP_GRANULARITY]
    return max(0.0, min(soon) - now_s) if soon and now_s < end_s else None


@contextmanager
def settling() -> Iterator[None]:
    """Pilots wait until all is done that was begun."""
    others = set(threading.enumerate())

    async def settled(min_sleep: float = SLEEP_GRANULARITY, max_sleep: float = 1) -> None:
        if set(threading.enumerate()) - others:
            await wait_for_idle(min_sleep, max_sleep)
            return
        loop = asyncio.get_running_loop()
        end_s = loop.time() + max_sleep
        await asyncio.sleep(0)
        while (due_s := _due_s(loop, end_s)) is not None:  # noqa: ASYNC110  (no event tells it)
            await asyncio.sleep(due_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.app.wait_for_idle", settled)
        patch.setattr("textual.pilot.wait_for_idle", settled)
        patch.setattr("textual.screen.UPDATE_PERIOD", FRAME_S)
        yield
