"""Taking a seat from another terminal: addresses, codes, what goes wrong, and coming back."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from outage_agents.drills.journal import Note
from outage_tui import drill_join
from outage_tui.dashboard.seat_source import NotLetIn, SeatNews, SocketSeatSource
from outage_tui.drill_codes import CODE_TEXT_MAX
from outage_tui.drill_join import (
    CODE_VARIABLE,
    JoinChoices,
    NobodyThere,
    Way,
    code_of,
    join_drill,
    parsed_address,
)
from outage_tui.drill_link import Refused, Say, encode_frame
from outage_tui.mishap import FAILED, BadUsage

from .drill_house import CODES, House, a_house

PATIENCE_S = 20.0


# -- what is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("4711", ("127.0.0.1", 4711)),
        (":4711", ("127.0.0.1", 4711)),
        ("127.0.0.1:4711", ("127.0.0.1", 4711)),
        ("[::1]:4711", ("::1", 4711)),
        ("drill.example:65535", ("drill.example", 65_535)),
    ],
)
def test_an_address_is_a_host_and_a_port_or_a_port(typed: str, meant: tuple[str, int]) -> None:
    assert parsed_address(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "localhost", "localhost:", "::1:4711", "h:0", "h:65536", "h:-1", "h:4711x", "h:٣"]
)
def test_what_is_no_address_is_told_with_what_is_one(typed: str) -> None:
    with pytest.raises(BadUsage, match=r"an address is HOST:PORT"):
        parsed_address(typed)


def test_a_code_comes_from_a_file_and_blanks_around_it_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "code"
    file.write_text("  HHHH-HHHH\n")
    assert code_of(file) == "HHHH-HHHH"
    file.write_bytes(b"x" * 1_000_000)
    assert len(code_of(file)) <= 4 * CODE_TEXT_MAX
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadUsage, match="it is no text"):
        code_of(file)
    with pytest.raises(BadUsage, match="No such file"):
        code_of(tmp_path / "none")


def test_a_code_in_the_environment_is_taken_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CODE_VARIABLE, "HHHH-HHHH ")
    assert code_of(None) == "HHHH-HHHH"
    assert CODE_VARIABLE not in os.environ


def test_without_a_terminal_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CODE_VARIABLE, raising=False)
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(BadUsage, match="--code-file FILE or OUTAGE_TUI_DRILL_CODE"):
            code_of(None)


def test_there_is_no_option_for_a_code() -> None:
    from outage_tui.cli import drill_join_command

    taken = [name for option in drill_join_command.params for name in option.opts]
    assert "--code-file" in taken
    assert "--code" not in taken


def test_a_seat_that_does_not_exist_is_told_before_anything_is_asked() -> None:
    with pytest.raises(BadUsage, match="--seat pilot: there are commander"):
        join_drill(JoinChoices("4711", "pilot", "", None, False, ""))


def test_a_way_printed_shows_no_code() -> None:
    assert "HHHH" not in repr(Way("127.0.0.1", 1, "commander", code="HHHH-HHHH"))


def test_where_nobody_listens_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CODE_VARIABLE, "HHHH-HHHH")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert join_drill(JoinChoices(str(port), "commander", "", None, False, "")) == FAILED
    told = capsys.readouterr().err
    assert f"nobody listens at 127.0.0.1:{port}: the drill is over, or" in told


@pytest.mark.parametrize(
    "answer",
    [
        encode_frame(Refused("\x1b]0;owned\x07go\x1b[2J away")),
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"SSH-2.0-OpenSSH_9.6\r\n" * 10,
        b"",
    ],
)
def test_whoever_listens_there_instead_of_a_drill_does_nothing_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setenv(CODE_VARIABLE, "HHHH-HHHH")

    def pretend(server: socket.socket) -> None:
        stranger, _ = server.accept()
        with stranger:
            stranger.recv(1 << 14)
            stranger.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = threading.Thread(target=pretend, args=(server,))
        listening.start()
        port = server.getsockname()[1]
        assert join_drill(JoinChoices(str(port), "commander", "", None, False, "")) == FAILED
        listening.join()
    told = capsys.readouterr().err
    assert told.strip()
    assert told.strip().isprintable()


# -- being let in, and coming back ----------------------------------------------------------------


def way_to(house: House, seat: str = "commander", code: str = CODES.player) -> Way:
    return Way(house.place[0], house.place[1], seat, "Ada", code)


async def joined(way: Way) -> SocketSeatSource:
    """Take a seat as the program does it."""

    def join() -> SocketSeatSource:
        return SocketSeatSource(way.knock(), back=way)

    return await trio.to_thread.run_sync(join)


async def seen(source: SocketSeatSource, that: Callable[[SeatNews], bool]) -> SeatNews:
    """Poll until there is such news."""
    with trio.fail_after(PATIENCE_S):
        while True:
            news = source.poll()
            if that(news):
                return news
            await trio.sleep(0.01)


async def closed(source: SocketSeatSource) -> None:
    await trio.to_thread.run_sync(source.close)


async def test_a_seat_is_taken_and_what_is_said_is_answered() -> None:
    async with a_house() as house:
        source = await joined(way_to(house))
        assert source.welcome.seat == "commander"
        source.send(Say(7, Note("hello")))
        news = await seen(source, lambda news: bool(news.answers))
        assert [answer.n for answer in news.answers] == [7]
        await closed(source)
        await house.until(lambda: not house.drill.seats.at("commander"))


async def test_whoever_is_not_let_in_learns_why() -> None:
    async with a_house() as house:
        with pytest.raises(NotLetIn, match="wrong code for the seat 'commander'"):
            await joined(way_to(house, code="WRONG"))
        source = await joined(way_to(house))
        with pytest.raises(NotLetIn, match="taken by Ada"):
            await joined(way_to(house))
        await closed(source)


async def test_a_broken_connection_is_told_and_comes_back_to_the_same_seat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drill_join, "RETURN_FIRST_S", 0.05)
    async with a_house() as house:
        source = await joined(way_to(house))
        await seen(source, lambda news: news.answers == () and not news.lost)
        for turn in range(3):
            (there,) = house.drill.seats.at("commander")
            there._drop()
            lost = await seen(source, lambda news: bool(news.lost))
            assert "closed the connection" in lost.lost or "broke" in lost.lost
            await seen(source, lambda news: not news.lost)
            (again,) = house.drill.seats.at("commander")
            assert (again.name, again is there) == ("Ada", False)
            source.send(Say(turn, Note("back")))
            news = await seen(source, lambda news: bool(news.answers))
            assert [answer.n for answer in news.answers] == [turn]
            assert news.failed is None
        await closed(source)


async def test_whoever_was_shown_the_door_does_not_come_back_by_itself() -> None:
    async with a_house() as house:
        first = await joined(way_to(house))
        (there,) = house.drill.seats.at("commander")
        there.hang_up("this seat was taken from another terminal")
        news = await seen(first, lambda news: news.failed is not None)
        assert news.failed is not None
        assert "another terminal" in news.failed.reason
        assert not news.lost
        await house.until(lambda: not house.drill.seats.at("commander"))
        await closed(first)


async def test_when_nobody_is_there_any_more_it_gives_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drill_join, "RETURN_FIRST_S", 0.02)
    monkeypatch.setattr(drill_join, "RETURN_WITHIN_S", 0.3)
    async with a_house() as house:
        source = await joined(way_to(house))
    news = await seen(source, lambda news: news.failed is not None)
    assert news.failed is not None
    assert "connection" in news.failed.reason
    await closed(source)


async def test_both_ends_notice_a_silent_other_within_a_minute() -> None:
    async with a_house() as house:
        source = await joined(way_to(house))
        wire: Any = house.drill.seats.at("commander")[0]._wire
        ends = [source._socket, wire._stream.socket]
        for end in ends:
            assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            asked = [
                end.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ]
            assert asked[0] + asked[1] * asked[2] <= 60
            assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 60_000
        await closed(source)


async def test_while_it_is_tried_the_screen_can_be_left() -> None:
    async with a_house() as house:
        source = await joined(way_to(house))
    await seen(source, lambda news: bool(news.lost))
    with trio.fail_after(5.0):
        await closed(source)


def test_tries_come_less_and_less_often_and_stop_when_told() -> None:
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return len(waits) > 8

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    way = Way("127.0.0.1", port, "commander")
    assert way.again("ticket", Stop()) is None
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0]
    with pytest.raises(NobodyThere):
        way.knock()
