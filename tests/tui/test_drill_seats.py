"""What a client that was let in can do to the others: nothing. No run; streams in memory."""

from typing import Any

import attrs
import msgspec
import trio
import trio.testing

from outage_agents.drills.journal import Note
from outage_tui.drill_link import (
    Answer,
    Ended,
    Freeze,
    Present,
    Progress,
    Refused,
    Request,
    Returned,
    Say,
    SeatState,
    Tempo,
    Welcome,
)
from outage_tui.drill_seats import (
    REQUESTS_A_SECOND,
    REQUESTS_AT_ONCE,
    STALLED_S,
    UNSENT_BYTES_MAX,
    WRONG_MAX,
    Connection,
    Seats,
)

from .drill_table import Client, at_once


@attrs.define(eq=False)
class Room:
    """A hall in which nothing runs: every request is answered with its own words."""

    heard: list[tuple[str, Request]] = attrs.field(factory=list)
    gone: list[str] = attrs.field(factory=list)

    def welcome(self, connection: Connection) -> Welcome:
        return Welcome(connection.seat, "x", "X", 1, 10, "2025-10-19T23:00:00-07:00", 0, 1)

    def entered(self, connection: Connection) -> None:
        pass

    async def hear(self, connection: Connection, request: Request) -> None:
        await trio.lowlevel.checkpoint()
        self.heard.append((connection.seat, request))
        connection.send(Answer(getattr(request, "n", 0), "heard"))

    def left(self, connection: Connection) -> None:
        self.gone.append(connection.name)


def state(t_ns: int, size: int = 10) -> SeatState:
    return SeatState(t_ns, msgspec.Raw(b'"' + b"x" * size + b'"'), Tempo())


class House:
    """Seats, and clients that sit down at them."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.room = Room()
        self.seats = Seats(self.room, ("commander", "operations"))
        self._nursery = nursery

    def sit(self, seat: str, name: str = "", **how: Any) -> tuple[Connection, Client]:
        near, far = trio.testing.memory_stream_pair()
        connection = Connection(far, seat, name, **how)
        self._nursery.start_soon(self.seats.serve, connection)
        return connection, Client(near)

    def mute(self, name: str, **how: Any) -> Connection:
        """A client whose machine takes nothing: the first byte for it never goes out."""
        near, far = trio.testing.lockstep_stream_pair()
        connection = Connection(far, "operations", name, **how)
        self._nursery.start_soon(self.seats.serve, connection)
        self._kept = near
        return connection


async def test_whoever_sits_down_is_welcomed_and_seen() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        _, client = house.sit("operations", "Kim")
        assert (await client.wait_for(Welcome)).seat == "operations"
        assert house.seats.present() == (
            Present("commander"),
            Present("operations", "Kim", here=True),
        )
        nursery.cancel_scope.cancel()


async def test_of_many_states_the_newest_arrives_and_answers_all_do_in_order() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        connection, client = house.sit("commander")
        await client.wait_for(Welcome)
        for n in range(100):
            connection.send(state(n))
            connection.send(Progress("going back", n / 100))
            connection.send(Answer(n, ""))
        assert [(await client.wait_for(Answer)).n for _ in range(100)] == list(range(100))
        assert (await client.wait_for(Progress)).share == 0.99
        assert (await client.wait_for(SeatState)).t_ns == 99
        assert not client.frames
        nursery.cancel_scope.cancel()


async def test_the_same_state_is_sent_once() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        connection, client = house.sit("commander")
        for _ in range(5):
            connection.send(state(7))
            await connection.sent()
        connection.send(Answer(1, ""))
        await client.wait_for(Answer)
        assert client.raw.count(b'"type":"seat"') == 1
        nursery.cancel_scope.cancel()


async def test_after_a_return_nothing_comes_of_what_was_left() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        connection, client = house.sit("commander")
        await client.wait_for(Welcome)
        connection.send(state(99))
        connection.send(Returned(5))
        connection.send(state(5))
        await client.wait_for(Returned)
        assert (await client.wait_for(SeatState)).t_ns == 5
        nursery.cancel_scope.cancel()


async def test_a_seat_is_taken_over_by_who_was_let_in_last_and_watchers_sit_together() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        _, first = house.sit("commander", "Ada")
        await first.wait_for(Welcome)
        _, second = house.sit("commander", "Bo")
        assert "another terminal" in (await first.wait_for(Refused)).reason
        await second.wait_for(Welcome)
        assert [one.name for one in house.seats.at("commander")] == ["Bo"]
        for name in ("Cy", "Di"):
            await house.sit("observer", name)[1].wait_for(Welcome)
        assert [one.name for one in house.seats.present() if one.seat == "observer"] == ["Cy", "Di"]
        nursery.cancel_scope.cancel()


def test_a_client_that_does_not_read_is_dropped_and_nobody_waits_for_it() -> None:
    async def play() -> None:
        async with trio.open_nursery() as nursery:
            house = House(nursery)
            house.mute("Mu")
            _, client = house.sit("commander", "Ada")
            await client.say(Note("hello"))
            assert trio.current_time() == began_s
            await trio.sleep(STALLED_S + 5)
            assert house.room.gone == ["Mu"]
            await client.say(Note("still here"))
            nursery.cancel_scope.cancel()

    began_s = 0.0

    async def timed() -> None:
        nonlocal began_s
        began_s = trio.current_time()
        await play()

    at_once(timed)


def test_the_terminal_that_started_it_may_be_halted_for_an_hour() -> None:
    async def play() -> None:
        async with trio.open_nursery() as nursery:
            house = House(nursery)
            connection = house.mute("Ada", is_starter=True)
            for n in range(3600):
                connection.send(state(n))
                await trio.sleep(1)
            assert not house.room.gone
            nursery.cancel_scope.cancel()

    at_once(play)


def test_frames_that_pile_up_drop_whoever_lets_them() -> None:
    async def play() -> None:
        async with trio.open_nursery() as nursery:
            house = House(nursery)
            connection = house.mute("Mu", is_starter=True)
            await trio.testing.wait_all_tasks_blocked()
            for n in range(2 * UNSENT_BYTES_MAX // 1000):
                connection.send(Answer(n, "x" * 1000))
            await trio.testing.wait_all_tasks_blocked()
            assert house.room.gone == ["Mu"]
            nursery.cancel_scope.cancel()

    at_once(play)


def test_a_flood_is_read_slowly_and_its_neighbour_at_once() -> None:
    async def play() -> None:
        async with trio.open_nursery() as nursery:
            house = House(nursery)
            _, flood = house.sit("operations")
            _, client = house.sit("commander")
            count = REQUESTS_AT_ONCE + 100
            began_s = trio.current_time()
            await flood.send(*(Say(n, Note("x")) for n in range(count)))
            await client.say(Note("hello"))
            assert trio.current_time() == began_s
            await flood.wait_for(Answer, lambda answer: answer.n == count - 1)
            assert trio.current_time() - began_s >= 100 / REQUESTS_A_SECOND - 0.1
            nursery.cancel_scope.cancel()

    at_once(play)


async def test_nonsense_is_answered_for_a_while_and_then_shown_the_door() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        _, client = house.sit("operations", "Mallory")
        await client.stream.send_all(b"nonsense\n" * (WRONG_MAX + 1))
        frames = await client.drain()
        assert sum(isinstance(frame, Answer) and frame.refused for frame in frames) == WRONG_MAX + 1
        assert isinstance(frames[-1], Refused)
        await trio.testing.wait_all_tasks_blocked()
        assert house.room.gone == ["Mallory"]
        assert not house.room.heard
        nursery.cancel_scope.cancel()


async def test_a_line_without_an_end_is_shown_the_door() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        _, client = house.sit("operations")
        await client.stream.send_all(b"x" * 200_000)
        frames = await client.drain()
        assert isinstance(frames[-1], Refused)
        nursery.cancel_scope.cancel()


async def test_a_request_in_single_bytes_is_one_request() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        _, client = house.sit("operations")
        for byte in b'{"type":"freeze","n":3}\n':
            await client.stream.send_all(bytes([byte]))
        assert (await client.wait_for(Answer)).n == 3
        assert house.room.heard == [("operations", Freeze(3))]
        nursery.cancel_scope.cancel()


async def test_everybody_is_told_and_last_words_arrive() -> None:
    async with trio.open_nursery() as nursery:
        house = House(nursery)
        clients = [house.sit(seat)[1] for seat in ("commander", "operations", "evaluator")]
        for client in clients:
            await client.wait_for(Welcome)
        house.seats.tell(Ended(1, "enough", "facilitator"))
        await house.seats.part()
        for client in clients:
            assert (await client.wait_for(Ended)).why == "enough"
        nursery.cancel_scope.cancel()
