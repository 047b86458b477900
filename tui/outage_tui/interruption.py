"""Ctrl-C, SIGTERM and SIGHUP while a run is under way: it ends between two slices of its events.

A signal's usual handler raises wherever the program happens to be: half-way through an entry of the
digest, inside SQLite, or in Trio's own loop, which then reports a crash of Trio. What was recorded
would not add up, and the person would read of an internal error. So while a run is under way, Trio
hands signals over as values, the run is cancelled at its next checkpoint (a few milliseconds away),
and closing the recording is out of their reach. Signals that were ignored when the program began
(nohup, a job in the background) stay ignored.
"""

import signal
from collections.abc import Awaitable, Callable

import outcome
import trio

from outage_tui.mishap import Terminated


async def interruptible(
    run: Callable[[], Awaitable[object]], close: Callable[[], None] | None = None
) -> None:
    """Run, then close, however the run ended. A signal ends the run early.

    Raises Terminated once `close` is through, and whatever `run` raised.
    """
    caught: list[int] = []
    result: outcome.Outcome[object] | None = None
    with trio.open_signal_receiver(*_heeded()) as received, trio.CancelScope() as scope:

        async def listen() -> None:
            async for number in received:
                caught.append(number)
                scope.cancel()

        try:
            result = await _beside(listen, run)
        finally:
            if close is not None:
                close()
    if caught:
        raise Terminated(caught[0])
    if result is not None:
        result.unwrap()


async def _beside(
    listen: Callable[[], Awaitable[None]], run: Callable[[], Awaitable[object]]
) -> outcome.Outcome[object]:
    """Run with `listen` beside it; the outcome stays out of the nursery, which would wrap it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        result = await outcome.acapture(run)
        nursery.cancel_scope.cancel()
    return result


def _heeded() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
