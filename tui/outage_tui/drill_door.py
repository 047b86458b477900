"""The door of a drill: how other terminals come in, and who does not.

A client connects over TCP and says `Enter` as its first line: the seat it wants and the code it was
told, or the ticket it was given when it was here before. Whoever is let in becomes a `Connection`
(drill_seats), whoever is not gets one `Refused` with the reason. By itself the door listens on this
machine only: nothing that goes through it is encrypted.

What a stranger can do is bounded, and none of it is waited for by the run:

- *Knocking.* Connections are accepted at `knocks_a_second`; the rest wait in the operating
  system's queue or are turned away by it. At most `waiting_max` stand at the door; one more pushes
  out the one that has stood there longest. An honest client says its line at once, so only those
  who say nothing are ever pushed out, and nobody stands there longer than `enter_within_s`.
- *Guessing.* After `wrong_free` wrong codes an address (on this machine: all of it together; of
  IPv6 its /64) is not listened to for a second, then two, four, up to `wrong_wait_s_max`; what it
  says meanwhile is not examined and so teaches it nothing. After `wrong_codes_max` wrong ones in
  all no code is examined any more. Tickets still are: guessing can keep newcomers out, which the
  facilitator is told, but nobody who was in.
- *Talking.* A first line longer than a request, bytes that are no `Enter`, another version of the
  link: refused. What a client says later is bounded where it is read (drill_seats, drill_requests),
  and all that one seat says in a drill by `said_max`: a journal is kept in memory and in a file.

A seat that is played holds one client. While that one is there, a code does not open the seat; its
own ticket does, because a client whose connection broke may be back before the host has noticed.
"""

import errno
import ipaddress
import socket
from collections import deque
from collections.abc import Callable, Sequence

import attrs
import msgspec
import trio

from outage_tui.drill_codes import Codes, new_ticket, openable_seats, same_secret
from outage_tui.drill_link import (
    DRILL_LINK_VERSION,
    EVALUATOR,
    FACILITATOR,
    Enter,
    Invitation,
    Refused,
    encode_frame,
)
from outage_tui.drill_requests import NAME_MAX, RequestLines, read_request, shown
from outage_tui.drill_seats import WATCHING, Connection, Seats
from outage_tui.drill_wire import notice_silence
from outage_tui.link_frames import LinkError

PIECE_BYTES = 4_096
SEND_BUFFER_BYTES = 256 << 10
"""What the operating system holds for a client that does not read."""
BACKLOG = 32
LINE_COST = 512
"""What a line counts for beside its bytes."""
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
_NO_ROOM_WAIT_S = 0.1


@attrs.frozen
class Limits:
    """What a stranger may do; times are wall seconds. All assumed: generous for people, tight for
    programs."""

    knocks_a_second: float = 20.0
    knocks_at_once: int = 40
    waiting_max: int = 64
    enter_within_s: float = 10.0
    parting_s: float = 2.0
    """To take a refusal."""
    watchers_max: int = 16
    """Facilitators, evaluators and observers together."""
    wrong_free: int = 3
    wrong_wait_s_max: float = 60.0
    wrong_codes_max: int = 200
    said_max: int = 8 << 20
    """Bytes, each line for half a kilobyte more: some 15,000 commands."""


class DoorOrder(msgspec.Struct, frozen=True):
    """What a host is told of its door, as a part of its order: through a pipe, never in arguments.

    Whoever starts the host opens the sockets, so that a port that is taken is told before anything
    runs; the host inherits them.
    """

    listeners: tuple[int, ...]
    """File descriptors of sockets that listen."""
    address: str
    """Where to knock, as it is typed."""
    player: str
    watcher: str
    facilitator: str

    @property
    def codes(self) -> Codes:
        """The codes of the seats."""
        return Codes(self.player, self.watcher, self.facilitator)

    def invitations(self, playable: Sequence[str], *, blind: bool) -> tuple[Invitation, ...]:
        """How others take the seats; for whoever hosts. Who hosts blind, and must not see the
        truth, is not told the facilitator's code."""
        codes = dict.fromkeys(playable, self.player)
        codes |= dict.fromkeys(("observer", EVALUATOR), self.watcher)
        if not blind:
            codes[FACILITATOR] = self.facilitator
        where = f"outage-tui drill join {self.address} --seat"
        return tuple(Invitation(seat, code, f"{where} {seat}") for seat, code in codes.items())


async def keep_door(
    order: DoorOrder, seats: Seats, noticed: Callable[[str], object] = lambda _: None
) -> None:
    """Let clients in to the seats until cancelled."""
    sockets = [socket.socket(fileno=number) for number in order.listeners]
    await Door(order.codes, seats, noticed=noticed).serve(listening(sockets))


class DoorError(Exception):
    """The door cannot be opened there; says why and what to do."""


def open_listeners(port: int = 0, beyond: str | None = None) -> list[socket.socket]:
    """Sockets that listen: on this machine only (IPv4, and IPv6 where there is one), at a port the
    system chooses unless one is given; or at one address beyond, where somebody asked for that.

    Raises DoorError.
    """
    addresses = ("127.0.0.1", "::1") if beyond is None else (beyond,)
    listeners: list[socket.socket] = []
    for address in addresses:
        try:
            listeners.append(_listener(address, port))
        except OSError as error:
            if listeners:
                break  # no IPv6 here, or its port is somebody's: the first address is enough
            why = error.strerror or str(error)
            raise DoorError(f"cannot listen at {spelled(address, port)}: {why}") from error
        port = listeners[0].getsockname()[1]
    return listeners


def _listener(address: str, port: int) -> socket.socket:
    family, _, _, _, place = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def spelled(address: str, port: int) -> str:
    """An address and a port as they are typed: `127.0.0.1:4711`, `[::1]:4711`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_this_machine(address: str) -> bool:
    """Whether an address is a loopback one; a name that is none is not."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(known, "ipv4_mapped", None)
    return (mapped or known).is_loopback


class Bucket:
    """So many a second, some at once."""

    def __init__(self, a_second: float, at_once: int) -> None:
        self._a_second = a_second
        self._most = float(at_once)
        self._left = self._most
        self._at_s = trio.current_time()

    async def take(self) -> None:
        """Wait for the next one."""
        now_s = trio.current_time()
        grown = self._left + (now_s - self._at_s) * self._a_second
        self._left, self._at_s = min(self._most, grown) - 1.0, now_s
        if self._left < 0.0:
            await trio.sleep(-self._left / self._a_second)


class Guesses:
    """Wrong codes so far, and who is not listened to for a while."""

    def __init__(self, limits: Limits) -> None:
        self.total = 0
        self._limits = limits
        self._wrong: dict[str, int] = {}
        self._deaf_until_s: dict[str, float] = {}

    def objection(self, address: str, now_s: float) -> str:
        """Why a code from there is not examined; empty when it is."""
        if self.total >= self._limits.wrong_codes_max:
            return "too many wrong codes were tried; only those who were in can come back"
        left_s = self._deaf_until_s.get(_neighbourhood(address), now_s) - now_s
        if left_s > 0:
            return f"too many wrong codes came from there; try again in {left_s:.0f} s"
        return ""

    def wrong(self, address: str, now_s: float) -> None:
        """One more."""
        place = _neighbourhood(address)
        self.total += 1
        self._wrong[place] = tries = self._wrong.get(place, 0) + 1
        over = tries - self._limits.wrong_free
        if over >= 0:
            wait_s = min(2.0 ** min(over, 30), self._limits.wrong_wait_s_max)
            self._deaf_until_s[place] = now_s + wait_s


def _neighbourhood(address: str) -> str:
    """Addresses that one person can have as many of as they like count as one."""
    if is_this_machine(address):
        return "this machine"
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "elsewhere"
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


@attrs.define
class _Said:
    """All that one seat has said in a drill, by whatever connections."""

    most: int
    total: int = 0

    @property
    def is_enough(self) -> bool:
        """No more is taken."""
        return self.total > self.most

    def add(self, piece: bytes) -> None:
        """One piece of it."""
        self.total += len(piece) + LINE_COST * piece.count(b"\n")


class _Spoken:
    """A client's stream with what came after its first line still to be read."""

    def __init__(self, stream: trio.SocketStream, rest: bytes, said: _Said) -> None:
        self._stream = stream
        self._rest = rest
        self._said = said

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """The next piece; nothing, as if it had left, of a client that has said too much."""
        if self._rest:
            await trio.lowlevel.checkpoint()
            piece, self._rest = self._rest[:max_bytes], self._rest[max_bytes or len(self._rest) :]
        else:
            piece = bytes(await self._stream.receive_some(max_bytes))
        self._said.add(piece)
        return b"" if self._said.is_enough else piece

    async def send_all(self, data: bytes) -> None:
        """Raises trio.BrokenResourceError."""
        await self._stream.send_all(data)

    async def aclose(self) -> None:
        """Hang up."""
        await self._stream.aclose()


class Door:
    """Lets clients in to the seats of a drill."""

    def __init__(
        self,
        codes: Codes,
        seats: Seats,
        limits: Limits | None = None,
        noticed: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`noticed` is told in words, for the facilitator, when the door turns deaf."""
        self._codes = codes
        self._seats = seats
        self._limits = limits or Limits()
        self._noticed = noticed
        self._guesses = Guesses(self._limits)
        self._waiting: deque[trio.CancelScope] = deque()
        self._tickets: dict[str, str] = {}
        """Of each played seat, that of whoever had it last."""
        self._watchers: dict[str, str] = {}
        """Tickets of watchers, and their seats; the latest ones."""
        self._said = {seat: _Said(self._limits.said_max) for seat in openable_seats()}

    @property
    def waiting(self) -> int:
        """How many stand at the door."""
        return len(self._waiting)

    @property
    def wrong_codes(self) -> int:
        """How many were tried so far."""
        return self._guesses.total

    async def serve(self, listeners: Sequence[trio.SocketListener]) -> None:
        """Let clients in until cancelled; then everybody's connection ends."""
        knocks = Bucket(self._limits.knocks_a_second, self._limits.knocks_at_once)
        async with trio.open_nursery() as nursery:
            for listener in listeners:
                nursery.start_soon(self._accept, listener, knocks, nursery)

    async def _accept(
        self, listener: trio.SocketListener, knocks: Bucket, nursery: trio.Nursery
    ) -> None:
        async with listener:
            while True:
                await knocks.take()
                try:
                    stream = await listener.accept()
                except OSError as error:
                    if error.errno not in _NO_ROOM:
                        raise
                    await trio.sleep(_NO_ROOM_WAIT_S)
                    continue
                if len(self._waiting) >= self._limits.waiting_max:
                    self._waiting.popleft().cancel()
                scope = trio.CancelScope()
                self._waiting.append(scope)
                nursery.start_soon(self._meet, stream, scope)

    async def _meet(self, stream: trio.SocketStream, scope: trio.CancelScope) -> None:
        """One client, from its knock to its end."""
        connection = None
        try:
            with scope:
                try:
                    connection = await self._greet(stream)
                except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
                    return  # it went away
                finally:
                    if scope in self._waiting:
                        self._waiting.remove(scope)
            if connection is not None:
                await self._seats.serve(connection)
        finally:
            await trio.aclose_forcefully(stream)

    async def _greet(self, stream: trio.SocketStream) -> Connection | None:
        """A connection for a client that may come in; None, with a word to it, for another."""
        _prepare(stream)
        address = str(stream.socket.getpeername()[0])
        lines = RequestLines()
        refusal: str | Connection = "say who you are, and sooner"
        with trio.move_on_after(self._limits.enter_within_s):
            try:
                line = await _first_line(stream, lines)
            except LinkError as error:
                refusal = str(error)
            else:
                if line is None:
                    return None
                refusal = self._answer(line, address, stream, lines.rest())
        if isinstance(refusal, Connection):
            return refusal
        with trio.move_on_after(self._limits.parting_s):
            await stream.send_all(encode_frame(Refused(refusal)))
            await stream.send_eof()
            await _until_gone(stream)
        return None

    def _answer(
        self, line: bytes, address: str, stream: trio.SocketStream, rest: bytes
    ) -> Connection | str:
        """What becomes of a first line: a connection, or why there is none."""
        version = _version_of(line)
        if version is not None and version != DRILL_LINK_VERSION:
            older = "your" if version < DRILL_LINK_VERSION else "the host's"
            return (
                f"the host speaks version {DRILL_LINK_VERSION} of the link, you speak {version}; "
                f"{older} outage-tui is the older one: use the same on both sides"
            )
        try:
            enter = read_request(line)
        except LinkError as error:
            return str(error)
        if not isinstance(enter, Enter):
            return "say first who you are"
        refusal = self._objection(enter, address)
        if refusal:
            return refusal
        return Connection(
            _Spoken(stream, rest, self._said[enter.seat]),
            enter.seat,
            enter.name,
            may_steer=enter.seat == FACILITATOR,
            is_local=is_this_machine(address),
            ticket=self._new_ticket(enter),
        )

    def _objection(self, enter: Enter, address: str) -> str:
        """Why a client may not come in; empty when it may."""
        returns = self._knows(enter.ticket, enter.seat)
        if not returns:
            now_s = trio.current_time()
            if deaf := self._guesses.objection(address, now_s):
                return deaf
            if not self._codes.open(enter.code, enter.seat):
                self._count_wrong(address, now_s)
                return f"wrong code for the seat {shown(enter.seat)[:NAME_MAX]!r}"
        if self._said[enter.seat].is_enough:
            return f"too much was said from the seat {enter.seat}; it stays empty"
        if enter.seat in WATCHING:
            watching = sum(len(self._seats.at(seat)) for seat in WATCHING)
            full = watching >= self._limits.watchers_max
            return "too many watch already" if full else ""
        if enter.seat not in self._seats.playable:
            played = ", ".join(self._seats.playable)
            return f"nobody plays {enter.seat} in this drill; there are {played}"
        sitting = self._seats.at(enter.seat)
        if sitting and not returns:
            name = f" by {sitting[0].name}" if sitting[0].name else ""
            return f"the seat {enter.seat} is taken{name}; it is free again when they have left"
        namesake = self._seats.namesake(enter.name, enter.seat)
        if namesake and not returns:
            name = shown(enter.name).strip()[:NAME_MAX]
            return f"{name} is on the call already ({namesake}); come as somebody else with --name"
        return ""

    def _count_wrong(self, address: str, now_s: float) -> None:
        self._guesses.wrong(address, now_s)
        if self._guesses.objection(address, now_s):
            self._noticed(f"{self.wrong_codes} wrong codes were tried at the door, last {address}")

    def _knows(self, ticket: str, seat: str) -> bool:
        """Whether a ticket is one for this seat."""
        known = [self._tickets.get(seat, "")]
        known += [one for one, of in self._watchers.items() if of == seat]
        return any([bool(one) and same_secret(ticket, one) for one in known])

    def _new_ticket(self, enter: Enter) -> str:
        """The ticket of whoever sits down now: the old one of whoever comes back with it."""
        if self._knows(enter.ticket, enter.seat):
            return enter.ticket
        ticket = new_ticket()
        if enter.seat not in WATCHING:
            self._tickets[enter.seat] = ticket
            return ticket
        while len(self._watchers) >= 4 * self._limits.watchers_max:
            del self._watchers[next(iter(self._watchers))]
        self._watchers[ticket] = enter.seat
        return ticket


class _Versioned(msgspec.Struct, tag="enter", tag_field="type"):
    """As much of `Enter` as every version of it has."""

    version: int


def _version_of(line: bytes) -> int | None:
    """The version that a first line claims, whatever else there is; None: it claims none."""
    try:
        return msgspec.json.decode(line, type=_Versioned).version
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


async def _first_line(stream: trio.SocketStream, lines: RequestLines) -> bytes | None:
    """None when the client leaves before its end. Raises LinkError."""
    while True:
        piece = await stream.receive_some(PIECE_BYTES)
        if not piece:
            return None
        lines.feed(bytes(piece))
        for line in lines.cut():
            return line


async def _until_gone(stream: trio.SocketStream) -> None:
    """Read what the client still sends, so that the last word is not lost in a reset."""
    while await stream.receive_some(PIECE_BYTES):
        pass


def _prepare(stream: trio.SocketStream) -> None:
    """Bound what the system keeps for it; have the system look whether it is still there."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    notice_silence(stream)


def listening(sockets: Sequence[socket.socket]) -> list[trio.SocketListener]:
    """Sockets as Trio serves them."""
    return [trio.SocketListener(trio.socket.from_stdlib_socket(one)) for one in sockets]
