"""Lines that break under a screen: a real host that is killed, a real connection that is cut.

The screens run without a terminal; everything behind them is what a drill has: the host in its
process, the door, the sockets.
"""

import asyncio
import contextlib
import gc
import select
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import attrs
import pytest
from textual.pilot import Pilot

from outage_tui import drill_join
from outage_tui.config import Settings
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.renderables.big_letters import big_rows
from outage_tui.dashboard.seat_source import PipeSeatSource, SocketSeatSource
from outage_tui.drill_codes import Codes
from outage_tui.drill_door import DoorOrder, open_listeners
from outage_tui.drill_host import Order
from outage_tui.drill_host_process import start_drill_host
from outage_tui.drill_join import Way
from outage_tui.host_process import HostProcess
from tests.tui.drill_table import SHORT

PATIENCE_S = 60.0
CHOSEN = Settings(hint=False)
App = FacilitatorApp | PlayerApp
Source = PipeSeatSource | SocketSeatSource


class Tunnel:
    """What lies between a seat and the host's door. It takes every connection, as `ssh -L` does,
    and ends those at once that it cannot carry on."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._mouth = socket.create_server(("127.0.0.1", 0))
        self._near: list[socket.socket] = []
        self.port: int = self._mouth.getsockname()[1]
        self.is_cut = False
        self._threads = [threading.Thread(target=self._take)]
        self._threads[0].start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                near, _ = self._mouth.accept()
                far = None if self.is_cut else self._reached()
                if far is None:
                    near.close()
                    continue
                self._near.append(near)
                self._threads.append(threading.Thread(target=_carry, args=(near, far)))
                self._threads[-1].start()

    def _reached(self) -> socket.socket | None:
        try:
            return socket.create_connection(self._to)
        except OSError:
            return None

    def cut(self) -> None:
        """Every connection breaks, and none is carried any more."""
        self.is_cut = True
        near, self._near = self._near, []
        for one in near:
            with contextlib.suppress(OSError):  # its other end broke it already
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Nobody comes through any more."""
        self._mouth.shutdown(socket.SHUT_RDWR)
        self._mouth.close()
        self.cut()
        for one in self._threads:
            one.join()


def _carry(near: socket.socket, far: socket.socket) -> None:
    """Both ways, until one of them ends."""
    other = {near: far, far: near}
    with near, far, contextlib.suppress(OSError):
        while True:
            for one in select.select([near, far], [], [])[0]:
                piece = one.recv(1 << 16)
                if not piece:
                    return
                other[one].sendall(piece)


@attrs.define(eq=False)
class House:
    """A host of a drill with its door, and a tunnel that leads there."""

    host: HostProcess
    codes: Codes
    port: int
    tunnel: Tunnel
    recording: Path
    leads: PipeSeatSource
    """The terminal that started it."""

    def joined(self, seat: str, *, tunnelled: bool) -> SocketSeatSource:
        """Somebody at a seat."""
        port = self.tunnel.port if tunnelled else self.port
        code = self.codes.facilitator if seat == "facilitator" else self.codes.player
        way = Way("127.0.0.1", port, seat, "Ada", code)
        return SocketSeatSource(way.knock(), back=way)

    def kill(self) -> None:
        """The host's process is gone from one moment to the next."""
        self.host.process.kill()
        self.host.process.wait(PATIENCE_S)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    recording, codes = tmp_path / "play.otrec", Codes.draw()
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(one) for one in open_listeners(0, None)]
        for one in listeners:
            one.set_inheritable(True)
        port = listeners[0].getsockname()[1]
        door = DoorOrder(
            listeners=tuple(one.fileno() for one in listeners),
            address=f"127.0.0.1:{port}",
            player=codes.player,
            watcher=codes.watcher,
            facilitator=codes.facilitator,
        )
        words = "outage-tui drill host short"
        order = Order("short", SHORT, words, record=str(recording), seat="facilitator", door=door)
        host = start_drill_host(order)
    tunnel = Tunnel(port)
    leads = PipeSeatSource(host.process, log=host.log)
    try:
        yield House(host, codes, port, tunnel, recording, leads)
    finally:
        host.process.kill()
        tunnel.close()
        leads.close()
        assert host.process.stdout is not None
        host.process.stdout.close()
        host.log.unlink()


@pytest.fixture(autouse=True)
def nothing_fails_unseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What is to be drawn is drawn: a timer that fails does so without a word on the screen."""
    yield
    gc.collect()
    assert not [one.getMessage() for one in caplog.get_records("call") if one.name == "asyncio"]


def at_screen(
    app: App, source: Source, session: Callable[[Pilot[int]], Awaitable[None]], width: int = 120
) -> None:
    async def run() -> None:
        async with app.run_test(size=(width, 36)) as pilot:
            await session(pilot)

    try:
        asyncio.run(run())
    finally:
        source.close()


async def until(pilot: Pilot[int], app: App, that: Callable[[str], object]) -> str:
    """The screen's words, once something is so."""
    words = ""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not that(words):
                await pilot.pause(0.02)
                rows = app.screen._compositor.render_strips(app.size)
                words = "\n".join(row.text for row in rows)
    except TimeoutError:
        pytest.fail(f"it did not come:\n{words}")
    return words


def saying(*wanted: str) -> Callable[[str], bool]:
    """That all of this can be read."""
    return lambda words: all(one in words for one in wanted)


def banded(word: str) -> Callable[[str], bool]:
    """That the band over everything has this word, in letters that all of the room can read."""
    rows = big_rows(word, ascii_only=False)
    return lambda words: all(row.rstrip() in words for row in rows)


# -- a connection that is cut -------------------------------------------------------------------


def test_a_facilitator_whose_connection_is_cut_is_told_and_comes_back(house: House) -> None:
    source = house.joined("facilitator", tunnelled=True)
    app = FacilitatorApp(source, chosen=CHOSEN)

    async def session(pilot: Pilot[int]) -> None:
        await until(pilot, app, saying("FROZEN", "space begins"))
        house.tunnel.cut()
        words = await until(pilot, app, banded("LINK LOST"))
        assert "RECONNECTING" in words
        assert "the connection" in words  # broke, or was closed
        assert "it is tried again; what is shown is old; q leaves" in words
        await pilot.press("space")
        await until(pilot, app, saying("refused: the link is lost"))
        house.tunnel.is_cut = False
        await until(pilot, app, banded("FROZEN"))
        await pilot.press("space")
        await until(pilot, app, lambda words: "FROZEN" not in words)

    at_screen(app, source, session)


def test_a_player_whose_connection_is_cut_is_told_and_comes_back(house: House) -> None:
    source = house.joined("commander", tunnelled=True)
    app = PlayerApp(source, chosen=CHOSEN)

    async def session(pilot: Pilot[int]) -> None:
        await until(pilot, app, saying("You are called at night"))
        await pilot.press("enter")
        await until(pilot, app, saying("TIME STANDS STILL"))
        house.tunnel.cut()
        words = await until(pilot, app, saying("CONNECTION LOST"))
        assert "trying again, what you see is old; q leaves" in words
        await pilot.press("n")
        await until(pilot, app, saying("refused: the connection is lost"))
        house.tunnel.is_cut = False
        words = await until(pilot, app, saying("TIME STANDS STILL"))
        assert "LOST" not in words

    at_screen(app, source, session, 80)


# -- a host that is killed ----------------------------------------------------------------------


def test_a_facilitator_behind_a_tunnel_is_told_when_the_host_does_not_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill_join, "RETURN_WITHIN_S", 2.0)
    source = house.joined("facilitator", tunnelled=True)
    app = FacilitatorApp(source, chosen=CHOSEN)

    async def session(pilot: Pilot[int]) -> None:
        await until(pilot, app, saying("FROZEN", "space begins"))
        house.kill()
        words = await until(pilot, app, banded("LINK LOST"))
        assert "it is tried again; what is shown is old; q leaves" in words
        words = await until(pilot, app, banded("HOST DEAD"))
        assert "tried again in vain" in words
        assert "R writes the report of what is kept; q leaves" in words
        await pilot.press("q")
        await pilot.pause()

    at_screen(app, source, session)
    assert app.return_value == 1


def test_a_player_is_told_when_the_host_does_not_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill_join, "RETURN_WITHIN_S", 2.0)
    source = house.joined("commander", tunnelled=False)
    app = PlayerApp(source, chosen=CHOSEN)

    async def session(pilot: Pilot[int]) -> None:
        await until(pilot, app, saying("You are called at night"))
        await pilot.press("enter")
        await until(pilot, app, saying("TIME STANDS STILL"))
        house.kill()
        await until(pilot, app, saying("CONNECTION LOST", "trying again"))
        await until(pilot, app, saying("THE DRILL'S HOST STOPPED", "q leaves"))
        await pilot.press("q")
        await pilot.pause()

    at_screen(app, source, session)
    assert app.return_value == 1


def test_who_hosts_is_told_how_the_host_ended_and_what_is_kept(house: House) -> None:
    app = FacilitatorApp(house.leads, chosen=CHOSEN)

    async def session(pilot: Pilot[int]) -> None:
        await until(pilot, app, saying("FROZEN", "space begins"))
        house.kill()
        words = await until(pilot, app, banded("HOST DEAD"))
        assert "ended without a word" in words
        assert "R writes the report of what is kept; q leaves" in words
        await pilot.press("space")
        await until(pilot, app, saying("refused: the host is gone"))
        await pilot.press("q")
        await pilot.pause()

    at_screen(app, house.leads, session)
    assert app.return_value == 1
