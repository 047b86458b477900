"""A drill's host and its clients in this process, on a clock of their own.

The host is the real one with its run, its recording and its pace; only the streams are memory, and
Trio's clock jumps to the next moment at which anybody wants something. So a play of an hour takes
as long as its run, and nothing depends on how fast the machine is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import trio
import trio.testing

from outage_agents.drills.drill_file import read_drill
from outage_agents.drills.journal import Command
from outage_tui.drill_host import DrillHost, Order
from outage_tui.drill_link import (
    Answer,
    Ended,
    Frame,
    FrameReader,
    Leave,
    Request,
    Say,
    SeatState,
    encode_request,
)
from outage_tui.drill_seats import Connection

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import SeatView

COSTS = 'costs = { declare = "1m", hypothesis = "1m", note = "0s" }'
SHORT = (
    (Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml")
    .read_text("utf-8")
    .replace('end = "00:45"', 'end = "00:20"')
    .replace('"dns.endpoints" = "10"', '"dns.endpoints" = "4"')
    .replace("level = 1", "level = 1\n" + COSTS, 1)
)
"""The race of the DNS automation alone, 23:45 to 00:20: a third of a second."""
_Kind = TypeVar("_Kind", bound=Frame)


class Client:
    """Somebody at a terminal."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.frames: list[Frame] = []
        """Those that have not been waited past."""
        self.ended: Ended | None = None
        self.last: dict[type, Frame] = {}
        """Of each kind of frames, waited past or not."""
        self.raw = bytearray()
        """Every byte that came."""
        self._reader = FrameReader()
        self._n = 0

    async def send(self, *requests: Request) -> None:
        """Ask for something."""
        await self.stream.send_all(b"".join(map(encode_request, requests)))

    async def say(self, command: Command) -> Answer:
        """Give a command; its answer."""
        return await self.ask(lambda n: Say(n, command))

    async def ask(self, request: Callable[[int], Request]) -> Answer:
        """Ask for something that has a number; its answer."""
        self._n += 1
        n = self._n
        await self.send(request(n))
        return await self.wait_for(Answer, lambda answer: answer.n == n)

    async def wait_for(
        self, kind: type[_Kind], that: Callable[[_Kind], bool] = lambda _: True
    ) -> _Kind:
        """The first such frame that has not been waited past."""
        while True:
            while self.frames:
                frame = self.frames.pop(0)
                if isinstance(frame, kind) and that(frame):
                    return frame
            assert await self.read(), f"the connection ended without {kind.__name__}"

    async def state(self, that: Callable[[SeatState], bool] = lambda _: True) -> SeatState:
        """The next state that is so."""
        return await self.wait_for(SeatState, that)

    async def read(self) -> bool:
        """Read a piece; False at the end."""
        try:
            piece = bytes(await self.stream.receive_some(1 << 16))
        except trio.BrokenResourceError:
            return False
        self.raw += piece
        for frame in self._reader.feed(piece):
            self.frames.append(frame)
            self.last[type(frame)] = frame
            if isinstance(frame, Ended):
                self.ended = frame
        return bool(piece)

    async def drain(self) -> list[Frame]:
        """Read to the end of the connection; what came."""
        while await self.read():
            pass
        return self.frames


@attrs.define(eq=False)
class Table:
    """A host at work, and whoever started it."""

    host: DrillHost
    starter: Client
    nursery: trio.Nursery

    async def join(self, seat: str, name: str = "", **how: Any) -> Client:
        """Somebody who was let in by the door."""
        near, far = trio.testing.memory_stream_pair()
        self.nursery.start_soon(self.host.seats.serve, Connection(far, seat, name, **how))
        return Client(near)

    async def end(self) -> Ended:
        """The one who started it leaves, and is told the end."""
        await self.starter.send(Leave())
        return await self.starter.wait_for(Ended)


@asynccontextmanager
async def laid(text: str = SHORT, **order: Any) -> AsyncIterator[Table]:
    """A drill that has been started; it is over when the block ends."""
    near, far = trio.testing.memory_stream_pair()
    told = Order(label="short", text=text, command="outage-tui drill short", **order)
    host = DrillHost(told, read_drill(told.label, told.text))
    starter = Connection(far, told.seat, "Ada", may_steer=True, is_local=True, is_starter=True)

    async def live(task_status: "trio.TaskStatus[trio.Nursery]") -> None:
        async with trio.open_nursery() as joined:
            task_status.started(joined)
            await host.live(starter)
            joined.cancel_scope.cancel()  # as the door's connections end with the host

    async with trio.open_nursery() as hosting:
        yield Table(host, Client(near), await hosting.start(live))
        await near.aclose()


def at_once(play: Callable[[], Awaitable[None]]) -> None:
    """Run it on a clock that jumps."""
    trio.run(play, clock=trio.testing.MockClock(autojump_threshold=0))


def view_of(state: SeatState) -> "SeatView":
    """What a state shows."""
    from outage_tui.drill_link import seat_view_of

    return seat_view_of(state)
