"""A house for tests of a drill's door: strangers and players come over real sockets.

The drill behind the door is a stand-in that counts: virtual time that goes on at every turn of
Trio's loop, and the requests it was given.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from outage_agents.drills.journal import Note
from outage_agents.drills.seat_view import SeatView
from outage_tui.drill_codes import Codes
from outage_tui.drill_door import Door, Limits, listening, open_listeners
from outage_tui.drill_link import (
    Answer,
    Enter,
    Frame,
    FrameReader,
    Refused,
    Request,
    Say,
    SeatState,
    Welcome,
    encode_request,
    pack_view,
)
from outage_tui.drill_seats import Connection, Seats

PATIENCE_S = 20.0
"""Only a broken door takes so long."""
CODES = Codes("HHHH-HHHH", "KKKK-KKKK", "LLLL-LLLL")
PLAYED = ("commander", "operations")
EASY = Limits(knocks_a_second=100_000.0, knocks_at_once=100_000, wrong_free=10_000)
"""Nobody is kept waiting for having knocked or guessed: for tests of other bounds."""
STATE_BYTES = 40_000


VIEW = pack_view(
    SeatView(
        seat="commander",
        title="Short",
        briefing="x" * STATE_BYTES,
        t_ns=0,
        clock="23:45",
        since_begin_s=0,
        left_s=600,
        frozen=False,
        declared=False,
        commander="",
        roster=(),
        readings=(),
        alerts=(),
        messages=(),
        hypotheses=(),
        decisions=(),
        posts=(),
        work=(),
        approvals=(),
        choices=(),
        probes=(),
        hints=(),
        hints_left=0,
        over="",
    )
)
"""Of a size that real ones have."""


@attrs.define(eq=False)
class Drill:
    """Stands in for the host: its time goes on by itself, and it answers what it is asked."""

    t_ns: int = 0
    heard: list[tuple[str, Request]] = attrs.field(factory=list)
    most_unsent: int = 0
    seats: Seats = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.seats = Seats(self, PLAYED, {"Lee": "on call for EC2"})

    def welcome(self, connection: Connection) -> Welcome:
        """Of a drill that is all title."""
        return Welcome(
            connection.seat,
            "short",
            "Short",
            0,
            10,
            "",
            0,
            1,
            may_steer=connection.may_steer,
            ticket=connection.ticket,
        )

    def entered(self, connection: Connection) -> None:
        """Give it the state, as everybody gets it."""
        self._publish(connection)

    async def hear(self, connection: Connection, request: Request) -> None:
        """Answer what has a number."""
        await trio.lowlevel.checkpoint()
        self.heard.append((connection.seat, request))
        connection.send(Answer(getattr(request, "n", 0), "noted"))

    def left(self, connection: Connection) -> None:
        """Nothing is kept of it here."""

    async def run(self) -> None:
        """Virtual time: a step at each turn of the loop, a state every now and then."""
        while True:
            await trio.sleep(0.001)
            self.t_ns += 1
            if self.t_ns % 20 == 0:
                for connection in self.seats:
                    self._publish(connection)

    def _publish(self, connection: Connection) -> None:
        connection.send(SeatState(self.t_ns, VIEW, present=self.seats.present()))


@attrs.define(eq=False)
class Client:
    """A client of any kind."""

    stream: trio.SocketStream
    frames: list[Frame] = attrs.field(factory=list)
    over: bool = False
    _reader: FrameReader = attrs.field(factory=FrameReader)
    _n: int = 0

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def read(self) -> None:
        """One piece."""
        try:
            piece = await self.stream.receive_some(1 << 16)
        except trio.BrokenResourceError:
            piece = b""
        self.over = not piece
        self.frames += self._reader.feed(bytes(piece))

    async def wait_for(self, kind: type[Any], that: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first such frame."""
        with trio.fail_after(PATIENCE_S):
            seen = 0
            while True:
                for frame in self.frames[seen:]:
                    if isinstance(frame, kind) and that(frame):
                        return frame
                seen = len(self.frames)
                assert not self.over, f"over, after {self.frames}"
                await self.read()

    async def note(self, text: str = "still here") -> None:
        """Say something and wait for its answer."""
        self._n += 1
        n = self._n
        await self.send(encode_request(Say(n, Note(text))))
        await self.wait_for(Answer, lambda answer: answer.n == n)

    async def read_to_end(self) -> None:
        with trio.fail_after(PATIENCE_S):
            while not self.over:
                await self.read()


@attrs.define(eq=False)
class House:
    """A drill, its door, and where to knock."""

    drill: Drill
    door: Door
    place: tuple[str, int]
    noticed: list[str]
    clients: list[Client] = attrs.field(factory=list)

    async def knock(self) -> Client:
        """Somebody who has said nothing yet, and stays until the house is closed."""
        client = Client(await trio.open_tcp_stream(*self.place))
        self.clients.append(client)
        return client

    async def ask(self, enter: Enter | bytes) -> Client:
        """Somebody who has said something."""
        client = await self.knock()
        await client.send(enter if isinstance(enter, bytes) else encode_request(enter))
        return client

    async def come(
        self, seat: str = "commander", code: str = CODES.player, **more: Any
    ) -> tuple[Client, Welcome]:
        """Somebody who was let in."""
        client = await self.ask(Enter(code, seat, **more))
        return client, await client.wait_for(Welcome)

    async def refusal(self, enter: Enter | bytes) -> str:
        """Why somebody is not let in."""
        client = await self.ask(enter)
        refused = await client.wait_for(Refused)
        await client.stream.aclose()
        return str(refused.reason)

    async def until(self, that: Callable[[], bool]) -> None:
        with trio.fail_after(PATIENCE_S):
            while not that():  # noqa: ASYNC110 - what is asked is not the house's to tell
                await trio.sleep(0.002)


@asynccontextmanager
async def a_house(limits: Limits = EASY) -> AsyncIterator[House]:
    """A drill under way behind a door."""
    drill, noticed = Drill(), list[str]()
    door = Door(CODES, drill.seats, limits, noticed.append)
    listeners = open_listeners()
    place = listeners[0].getsockname()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drill.run)
        nursery.start_soon(door.serve, listening(listeners))
        house = House(drill, door, (place[0], place[1]), noticed)
        try:
            yield house
        finally:
            nursery.cancel_scope.cancel()
            for client in house.clients:
                client.stream.socket.close()


@asynccontextmanager
async def a_siege(limits: Limits = EASY) -> AsyncIterator[House]:
    """A house in which one player plays on until the siege is over, at least a few moves, and the
    run goes on meanwhile."""
    async with a_house(limits) as house, trio.open_nursery() as nursery:
        player, _ = await house.come()
        moves, over = 0, False

        async def play() -> None:
            nonlocal moves
            while not over or moves < 5:
                await player.note()
                moves += 1
                await trio.sleep(0.06)

        nursery.start_soon(play)
        await player.wait_for(SeatState)
        before_ns = house.drill.t_ns
        yield house
        over = True
        await house.until(lambda: moves >= 5 and house.drill.t_ns > before_ns + 20)
        last = [one for one in player.frames if isinstance(one, SeatState)][-1]
        await player.wait_for(SeatState, lambda state: state.t_ns > last.t_ns)
        assert house.drill.seats.at("commander")
