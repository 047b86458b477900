"""Who is connected to a drill, and how a client that is slow, mute or hostile harms nobody else.

A `Connection` is a stream of bytes to one client that was let in already: the terminal that started
the host (over a pipe), or one that came through the door. It sits at a seat, or watches from one.
Two tasks serve it. One reads requests and hands each to the *hall* (the drill's host), which takes
it at a moment at which virtual time stands; the next is read when that one is answered, and no more
than a few a second, so a flood is held back in the client's own socket. The other sends: states are
latest-wins and replace one another, other frames wait in order up to a limit. Nobody ever waits for
a client: one that does not read for a while, or lets frames pile up, is dropped.

A seat that is played holds one connection; whoever is let in to it later takes it over. Watchers
(facilitator, evaluators, observers) may be several. A newcomer gets a `Welcome` and then one state,
in which is all that the seat has earned.
"""

from collections import deque
from typing import TYPE_CHECKING, Protocol

import trio

from outage_tui.drill_link import (
    EVALUATOR,
    FACILITATOR,
    Answer,
    FacilitatorState,
    Failed,
    Frame,
    Present,
    Progress,
    Refused,
    Request,
    Returned,
    SeatState,
    Welcome,
    encode_frame,
)
from outage_tui.drill_requests import RequestLines, read_request
from outage_tui.link_frames import LinkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PIECE_BYTES = 4_096
UNSENT_BYTES_MAX = 1 << 20
"""Frames beside states that may wait for a client."""
STALLED_S = 20.0
"""Wall seconds in which a client that joined must take what it was sent."""
PARTING_S = 1.0
"""The same for the last words to a client."""
ALIVE_S = 2.0
"""Wall seconds after which a state is sent again though nothing has changed: the host is there."""
REQUESTS_A_SECOND = 8.0
REQUESTS_AT_ONCE = 40
"""A client that asks more is read more slowly."""
WRONG_MAX = 20
"""Lines that are no requests, after which a client is shown the door."""
WATCHING = (FACILITATOR, EVALUATOR, "observer")
"""Seats that several may have at the same time."""


GONE = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)
"""What a stream raises whose other end has left."""


class Wire(Protocol):
    """A stream of bytes to one client; Trio's socket and stapled streams are such."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """What has come; empty: the client has left. Raises trio.BrokenResourceError."""

    async def send_all(self, data: bytes) -> None:
        """Raises trio.BrokenResourceError."""

    async def aclose(self) -> None:
        """Hang up."""


class Hall(Protocol):
    """Where connections meet: the drill's host."""

    def welcome(self, connection: "Connection") -> Welcome:
        """What a client that has been let in is told first."""

    def entered(self, connection: "Connection") -> None:
        """Somebody has sat down, and has been welcomed."""

    async def hear(self, connection: "Connection", request: Request) -> None:
        """Take a request; returns when it has been answered."""

    def left(self, connection: "Connection") -> None:
        """Somebody has gone; by themselves, or shown the door."""


class Connection:
    """One client that was let in."""

    def __init__(
        self,
        wire: Wire,
        seat: str,
        name: str = "",
        *,
        may_steer: bool = False,
        is_local: bool = False,
        is_starter: bool = False,
        ticket: str = "",
    ) -> None:
        """`is_local`: on this machine, so that a path means something to it. `is_starter`: the
        terminal that started the host; it is waited for, and the drill is over when it leaves."""
        self.seat = seat
        self.name = name
        self.may_steer = may_steer
        self.is_local = is_local
        self.is_starter = is_starter
        self.ticket = ticket
        self.attends = ""
        """What is open on this client's screen (`Attend`); empty: nothing."""
        self.attends_since_s = 0.0
        self._wire = wire
        self._frames: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._state: bytes | None = None
        self._shown = b""
        self._shown_at_s = 0.0
        self._progress: bytes | None = None
        self._something = trio.Event()
        self._idle = trio.Event()
        self._idle.set()
        self._scope = trio.CancelScope()
        self._closing = False

    @property
    def sees_truth(self) -> bool:
        """Whether it gets the facilitator's states."""
        return self.seat == FACILITATOR

    def send(self, frame: Frame) -> None:
        """Put a frame on its way; never waits. States and progress replace those not sent yet; a
        state that is the same as the last one is no news, but every now and then a sign of life."""
        if self._closing:
            return
        body = encode_frame(frame)
        if isinstance(frame, SeatState | FacilitatorState):
            now_s = trio.current_time()
            if body == self._shown and now_s < self._shown_at_s + ALIVE_S:
                return
            self._state = self._shown = body
            self._shown_at_s = now_s
        elif isinstance(frame, Progress):
            self._progress = body
        elif self._unsent_bytes + len(body) > UNSENT_BYTES_MAX:
            self._drop()
            return
        else:
            if isinstance(frame, Returned):
                self._state, self._shown = None, b""  # of what is left behind nothing comes after
            self._frames.append(body)
            self._unsent_bytes += len(body)
        if self._idle.is_set():
            self._idle = trio.Event()
        self._something.set()

    def hang_up(self, reason: str = "") -> None:
        """End the connection, with last words."""
        if reason:
            self.send(Refused(reason))
        self._closing = True
        self._something.set()

    async def serve(self, hall: Hall) -> None:
        """Read and write until the connection is over, however it ends. Raises nothing of the
        wire's."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    await self._read(hall)
                    self._closing = True
                    self._something.set()
        finally:
            with trio.move_on_after(PARTING_S, shield=True):
                await self._wire.aclose()

    async def sent(self) -> None:
        """Wait until everything is out (or the connection is over)."""
        await self._idle.wait()

    def _drop(self) -> None:
        """It does not read: nothing that is sent would reach it."""
        self._closing = True
        self._idle.set()
        self._scope.cancel()

    async def _write(self) -> None:
        while True:
            await self._something.wait()
            self._something = trio.Event()
            data = self._next()
            patience_s = PARTING_S if self._closing else STALLED_S
            if self.is_starter and not self._closing:
                patience_s = float("inf")
            try:
                with trio.fail_after(patience_s):
                    await self._wire.send_all(data)
            except (*GONE, trio.TooSlowError):
                self._drop()
            if not self._something.is_set():
                self._idle.set()
                if self._closing:
                    self._scope.cancel()

    def _next(self) -> bytes:
        """Everything that waits: in order, progress and the newest state at last."""
        data = b"".join(self._frames) + (self._progress or b"") + (self._state or b"")
        self._frames.clear()
        self._unsent_bytes = 0
        self._state = self._progress = None
        return data

    async def _read(self, hall: Hall) -> None:
        lines, rate, wrong = RequestLines(), _Rate(), 0
        while not self._closing:
            try:
                piece = bytes(await self._wire.receive_some(PIECE_BYTES))
            except GONE:
                return
            if not piece:
                return
            lines.feed(piece)
            try:
                for line in lines.cut():
                    await rate.take()
                    wrong += not await self._obey(line, hall)
                    if wrong > WRONG_MAX:
                        self.hang_up("too many lines that are no requests")
                    if self._closing:
                        return
            except LinkError as error:
                self.hang_up(str(error))
                return

    async def _obey(self, line: bytes, hall: Hall) -> bool:
        """Have a line carried out; False when it is no request."""
        try:
            request = read_request(line)
        except LinkError as error:
            self.send(Answer(0, str(error), refused=True))
            return False
        await hall.hear(self, request)
        return True


class _Rate:
    """So many a second, some at once."""

    def __init__(self) -> None:
        self._left = float(REQUESTS_AT_ONCE)
        self._at_s = trio.current_time()

    async def take(self) -> None:
        now_s = trio.current_time()
        grown = self._left + (now_s - self._at_s) * REQUESTS_A_SECOND
        self._left, self._at_s = min(float(REQUESTS_AT_ONCE), grown) - 1.0, now_s
        if self._left < 0.0:
            await trio.sleep(-self._left / REQUESTS_A_SECOND)


class Seats:
    """All connections of one drill."""

    def __init__(
        self, hall: Hall, seats: "Sequence[str]", people: "Mapping[str, str] | None" = None
    ) -> None:
        """`seats`: those that people may play. `people`: name and role of who is on the call
        whoever comes, played by scripts."""
        self.playable = tuple(seats)
        self._people = {name.casefold(): role for name, role in (people or {}).items()}
        self._hall = hall
        self._connections: list[Connection] = []

    def __iter__(self) -> "Iterator[Connection]":
        return iter(tuple(self._connections))

    async def serve(
        self,
        connection: Connection,
        *,
        task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Seat a client that was let in, and serve it until it leaves or is shown the door.

        Whoever sits at a played seat already is told that somebody else has taken it.
        """
        if connection.seat not in WATCHING:
            for other in self.at(connection.seat):
                other.hang_up("this seat was taken from another terminal")
                self._connections.remove(other)
        self._connections.append(connection)
        connection.send(self._hall.welcome(connection))
        self._hall.entered(connection)
        task_status.started()
        try:
            await connection.serve(self._hall)
        finally:
            if connection in self._connections:
                self._connections.remove(connection)
            self._hall.left(connection)

    def at(self, seat: str) -> tuple[Connection, ...]:
        """Who sits there now."""
        return tuple(one for one in self._connections if one.seat == seat)

    def namesake(self, name: str, seat: str) -> str:
        """What somebody else does who has this name; empty when nobody has."""
        wanted = name.strip().casefold()
        for one in self._connections:
            if wanted and one.seat != seat and one.name.strip().casefold() == wanted:
                return one.seat
        return self._people.get(wanted, "")

    def present(self) -> tuple[Present, ...]:
        """Every seat that can be played, and everybody who watches."""
        played = []
        for seat in self.playable:
            here = self.at(seat)
            played.append(Present(seat, here[0].name if here else "", bool(here)))
        watching = [
            Present(one.seat, one.name, True)
            for one in self._connections
            if one.seat not in self.playable
        ]
        return (*played, *watching)

    def tell(self, frame: Frame) -> None:
        """A frame for everybody."""
        for connection in self:
            connection.send(frame)

    async def part(self, last: Failed | None = None) -> None:
        """Give everybody's last frames a moment to go out."""
        if last is not None:
            self.tell(last)
        with trio.move_on_after(PARTING_S):
            for connection in self:
                await connection.sent()
