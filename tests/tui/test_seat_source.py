"""A seat's connection to its drill, over a socket pair: the other end is this test."""

import socket
from collections.abc import Callable, Iterator

import attrs
import msgspec
import pytest

from outage_agents.drills.journal import Note
from outage_tui.dashboard.seat_source import (
    UNSENT_BYTES_MAX,
    NotLetIn,
    SeatNews,
    SocketSeatSource,
)
from outage_tui.drill_link import (
    Answer,
    Ended,
    Failed,
    Frame,
    Leave,
    Progress,
    Refused,
    Returned,
    Say,
    SeatState,
    Welcome,
    decode_request,
    encode_frame,
)

WELCOME = Welcome("commander", "x", "X", 1, 10, "2025-10-19T23:00:00-07:00", 0, 1)
PATIENCE_S = 20.0


def state(t_ns: int, view: bytes = b"{}") -> SeatState:
    return SeatState(t_ns, msgspec.Raw(view))


@attrs.define(eq=False)
class Host:
    """The other end."""

    end: socket.socket
    near: socket.socket

    def tell(self, *frames: Frame) -> None:
        self.end.sendall(b"".join(map(encode_frame, frames)))

    def lines(self, count: int) -> list[bytes]:
        """That many lines of the client."""
        heard = b""
        while heard.count(b"\n") < count:
            heard += self.end.recv(1 << 16)
        return heard.splitlines()


@pytest.fixture
def host() -> Iterator[Host]:
    end, near = socket.socketpair()
    end.settimeout(PATIENCE_S)
    with end, near:
        yield Host(end, near)


def let_in(host: Host) -> SocketSeatSource:
    host.tell(WELCOME)
    return SocketSeatSource(host.near, welcome_within_s=PATIENCE_S)


def until(source: SocketSeatSource, that: Callable[[SeatNews], object]) -> SeatNews:
    """Poll until something is so; the reader thread hears of it in its own time."""
    for _ in range(1_000_000):
        news = source.poll()
        if that(news):
            return news
    raise AssertionError("it does not come")


def test_whoever_is_let_in_knows_where(host: Host) -> None:
    source = let_in(host)
    assert source.welcome == WELCOME
    source.close()


def test_whoever_is_refused_is_told_why(host: Host) -> None:
    host.tell(Refused("the seat is taken"))
    host.end.shutdown(socket.SHUT_WR)
    with pytest.raises(NotLetIn, match="the seat is taken"):
        SocketSeatSource(host.near, welcome_within_s=PATIENCE_S)


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\x00\x00\x00\x02{}"])
def test_what_is_no_host_lets_nobody_in(data: bytes, host: Host) -> None:
    host.end.sendall(data)
    host.end.shutdown(socket.SHUT_WR)
    with pytest.raises(NotLetIn, match="drill's host"):
        SocketSeatSource(host.near, welcome_within_s=PATIENCE_S)


def test_answers_come_once_and_in_order(host: Host) -> None:
    source = let_in(host)
    host.tell(*(Answer(n, "") for n in range(50)))
    got: list[int] = []
    while len(got) < 50:
        got += [answer.n for answer in source.poll().answers]
    assert got == list(range(50))
    source.close()


def test_a_state_that_is_none_ends_it_with_a_reason(host: Host) -> None:
    source = let_in(host)
    host.tell(state(1, b'{"seat":3}'))
    failed = until(source, lambda news: news.failed).failed
    assert failed is not None
    assert "not a seat's view" in failed.reason
    source.close()


def test_going_back_forgets_the_end_and_what_was_not_seen_of_it(host: Host) -> None:
    source = let_in(host)
    host.tell(Ended(9, "enough", "facilitator"))
    until(source, lambda news: news.ended)
    host.tell(state(9), Returned(5), Progress("going back", 0.5))
    news = until(source, lambda news: news.returned)
    assert (news.ended, news.state) == (None, None)
    until(source, lambda news: news.progress)
    host.tell(Progress("going back", 1.0))
    until(source, lambda news: news.progress is None)
    source.close()


def test_a_connection_that_breaks_is_told_and_one_that_is_over_is_not(host: Host) -> None:
    source = let_in(host)
    host.end.close()
    failed = until(source, lambda news: news.failed).failed
    assert failed == Failed(reason="the drill's host has closed the connection")
    source.send(Leave())
    source.close()


def test_after_the_end_a_closed_connection_is_no_failure(host: Host) -> None:
    source = let_in(host)
    host.tell(Ended(9, "enough", "facilitator"))
    host.end.close()
    until(source, lambda news: news.ended)
    source.close()
    assert source.poll().failed is None


def test_long_requests_arrive_whole_though_the_host_takes_them_late(host: Host) -> None:
    source = let_in(host)
    host.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    texts = [str(n) * 2_000 for n in range(9)] * 3
    for n, text in enumerate(texts):
        source.send(Say(n, Note(text)))
    heard = b""
    while heard.count(b"\n") < len(texts):
        source.poll()
        heard += host.end.recv(1 << 12)
    said = [decode_request(line) for line in heard.splitlines()]
    assert said == [Say(n, Note(text)) for n, text in enumerate(texts)]
    source.close()


def test_a_host_that_takes_nothing_is_not_waited_for(host: Host) -> None:
    source = let_in(host)
    refused: list[Answer] = []
    n = 0
    while not refused:
        n += 1
        source.send(Say(n, Note("x" * 2_000)))
        refused += source.poll().answers
        assert n < 10_000_000 // UNSENT_BYTES_MAX * 100
    assert refused[0].refused
    assert refused[0].n == n
    source.close()
