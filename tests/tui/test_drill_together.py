"""A drill played together: a host in a process of its own, and seats taken through its door.

The real host, the real door, real sockets; what plays here is what `drill join` plays with, without
its screen. Strangers come, too.
"""

import contextlib
import functools
import json
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from outage_agents.drills.drill_file import load_drill
from outage_agents.drills.journal import (
    Begin,
    Declare,
    FireInject,
    Hypothesis,
    Note,
    Stop,
    Task,
)
from outage_agents.drills.recorded_play import recorded_play
from outage_agents.drills.seat_view import SeatView
from outage_engine.clock import SECOND
from outage_engine.recording.reader import Recording
from outage_tui.dashboard.seat_source import NotLetIn, SeatNews, SocketSeatSource
from outage_tui.drill_codes import plain
from outage_tui.drill_join import Way
from outage_tui.drill_link import (
    Answer,
    Freeze,
    Present,
    Request,
    Say,
    SetPace,
    Thaw,
    encode_request,
)

SHORT = Path(__file__).parents[1] / "agents" / "drills" / "short.drill.toml"
PATIENCE_S = 40.0
QUICK = SetPace(60.0, auto=False)


@attrs.define(eq=False)
class Player:
    """One seat, as `drill join` has it."""

    source: SocketSeatSource
    news: SeatNews = attrs.field(factory=SeatNews)
    answers: list[Answer] = attrs.field(factory=list)
    _n: int = 0

    def poll(self) -> None:
        news = self.source.poll()
        self.answers += news.answers
        kept = {
            name: getattr(self.news, name)
            for name in ("state", "view", "facilitator", "facilitator_view", "returned")
            if getattr(news, name) is None
        }
        self.news = attrs.evolve(news, **kept)

    def until(self, that: Callable[[], Any]) -> None:
        """Poll until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not that():
            assert time.monotonic() < end, f"never, with {str(self.news)[:2000]}"
            select.select([], [], [], 0.01)
            self.poll()

    def ask(self, request: Request) -> Answer:
        """Ask and wait for the answer."""
        self._n += 1
        self.source.send(msgspec.structs.replace(request, n=self._n))
        self.until(lambda: any(one.n == self._n for one in self.answers))
        return next(one for one in self.answers if one.n == self._n)

    def say(self, command: Any) -> Answer:
        """Say something of the seat."""
        return self.ask(Say(0, command))

    @property
    def t_ns(self) -> int:
        """The moment that was seen last."""
        state = self.news.state or self.news.facilitator
        return 0 if state is None else state.t_ns

    def frozen_view(self) -> SeatView:
        """What it sees of a drill that stands still: the last of it."""
        self.until(lambda: self.news.view is not None and self.news.view.frozen)
        assert self.news.view is not None
        return self.news.view

    def has_read(self, words: str) -> bool:
        """Whether it was told this."""
        view = self.news.view
        return view is not None and any(words in one.text for one in view.messages)

    @property
    def present(self) -> dict[str, Present]:
        """Who is there, as it sees it."""
        state = self.news.state
        return {} if state is None else {one.seat: one for one in state.present}

    def sees(self, seat: str) -> bool:
        """Whether somebody sits there, as it sees it."""
        return seat in self.present and self.present[seat].here

    @property
    def is_over(self) -> bool:
        """Whether it was told the end."""
        return self.news.ended is not None


@attrs.define(eq=False)
class Table:
    """A hosted drill and who sits at it."""

    process: Any
    told: dict[str, Any]
    players: list[Player] = attrs.field(factory=list)

    def way(self, seat: str, name: str = "") -> Way:
        """How to a seat."""
        host, _, port = self.told["address"].rpartition(":")
        kind = seat if seat == "facilitator" else "player"
        kind = "watcher" if seat in ("observer", "evaluator") else kind
        return Way(host, int(port), seat, name, self.told["codes"][kind])

    def join(self, seat: str, name: str = "") -> Player:
        """Take a seat."""
        way = self.way(seat, name)
        player = Player(SocketSeatSource(way.knock(), back=way))
        self.players.append(player)
        return player

    def begun(self, *seats: str) -> list[Player]:
        """Take seats of a drill that goes on quickly, and a facilitator before them."""
        players = [self.join("facilitator"), *(self.join(seat, seat.title()) for seat in seats)]
        leader = players[0]
        leader.until(lambda: leader.news.facilitator is not None)
        leader.ask(QUICK)
        assert leader.ask(Thaw()).text == "goes on"
        return players

    @property
    def recording(self) -> Path:
        """Where it is kept."""
        return Path(self.told["recording"])

    def ended(self) -> int:
        """Wait for the host's terminal to end."""
        return int(self.process.wait(timeout=PATIENCE_S))


@pytest.fixture
def table(starter: Any) -> Iterator[Table]:
    """A hosted drill; everybody leaves after the test."""
    process = starter.command_line("drill", "host", str(SHORT), "--headless", "--json")
    laid = Table(process, json.loads(process.stdout.readline()))
    yield laid
    for player in laid.players:
        player.source.close()
    process.send_signal(signal.SIGINT)
    laid.ended()


def test_two_seats_and_a_facilitator_play_a_drill_to_its_end_and_codes_are_nowhere(
    table: Table, tmp_path: Path
) -> None:
    leader, commander, operations = table.begun("commander", "operations")
    assert not commander.say(Declare()).refused
    assert not commander.say(Task("operations", "look at the zone")).refused
    operations.until(lambda: operations.has_read("look at the zone"))
    assert "begun" in operations.say(Begin("zone.look")).text
    assert commander.say(Begin("zone.look")).refused
    assert commander.ask(Freeze()).refused
    assert leader.ask(Freeze()).text == "frozen"
    assert not leader.say(FireInject(1)).refused
    before_ns = leader.t_ns
    leader.ask(Thaw())
    text = load_drill(str(SHORT)).injects[0].text.split()[0]
    commander.until(lambda: commander.has_read(text))
    assert commander.t_ns > before_ns
    codes = [*table.told["codes"].values(), leader.source.welcome.ticket]
    assert_no_process_shows(codes, table.process.pid)
    assert not leader.say(Stop("enough")).refused
    for player in (leader, commander, operations):
        player.until(functools.partial(getattr, player, "is_over"))
    assert leader.news.ended is not None
    assert commander.news.ended is not None
    assert leader.news.ended.recording == str(table.recording)
    assert (commander.news.ended.recording, commander.news.ended.command) == (None, "")
    assert table.ended() == 0
    with Recording(table.recording) as recording:
        played = recorded_play(recording)
    said = [(entry.seat, entry.kind) for entry in played.journal if entry.command is not None]
    assert ("commander", "declare") in said
    assert ("operations", "begin") in said
    assert ("facilitator", "fire_inject") in said
    assert played.score().conduct.declared_after_s is not None
    assert not any(code in entry.text for code in codes for entry in played.journal)
    needles = [text.encode() for code in codes for text in (code, plain(code))]
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(needle in content for content in files for needle in needles)


def assert_no_process_shows(codes: list[str], starter: int) -> None:
    """Neither the one that was started nor its host: no argument, no environment, no log."""
    needles = [text.encode() for code in codes for text in (code, plain(code))]
    children = Path(f"/proc/{starter}/task/{starter}/children").read_text().split()
    assert children
    for process in (starter, *children):
        for part in ("cmdline", "environ"):
            content = Path(f"/proc/{process}/{part}").read_bytes()
            assert content
            assert not any(needle in content for needle in needles)
        log = Path(f"/proc/{process}/fd/2").resolve()
        if log.is_file():
            assert not any(needle in log.read_bytes() for needle in needles)


def test_a_seat_that_drops_and_is_taken_again_sees_what_it_would_have_seen(table: Table) -> None:
    leader, commander, operations = table.begun("commander", "operations")
    operations.say(Hypothesis("the zone is empty"))
    leader.ask(Freeze())
    continuous = operations.frozen_view()
    operations.source._socket.shutdown(socket.SHUT_RDWR)
    operations.until(lambda: operations.news.lost)
    operations.news = SeatNews()
    assert operations.frozen_view() == continuous
    with pytest.raises(NotLetIn, match="taken by Operations"):
        table.join("operations")
    with pytest.raises(NotLetIn, match="wrong code"):
        SocketSeatSource(attrs.evolve(table.way("operations"), code="HHHH-HHHH").knock())
    operations.source.close()
    leader.ask(Thaw())
    commander.say(Task("operations", "are you there"))
    commander.until(lambda: commander.t_ns > continuous.t_ns + 60 * SECOND)
    heir = table.join("operations", "Heir")
    leader.ask(Freeze())
    again = heir.frozen_view()
    assert again.hypotheses == continuous.hypotheses
    assert again.messages[: len(continuous.messages)] == continuous.messages
    assert any("are you there" in one.text for one in again.messages)
    assert heir.present["operations"].name == "Heir"


HOSTILE = (
    b"\x00" * 5_000 + b"\n",
    b"[" * 16_000 + b"\n",
    b"x" * 100_000,
    b"GET / HTTP/1.1\r\n\r\n",
    b'{"type":"enter","code":"HHHH-HHHH","seat":"commander"}\n',
    b'{"type":"enter","code":"\x1b[2J","seat":"\x1b]0;owned\x07"}\n',
    b"",
)


def test_a_siege_stops_neither_the_run_nor_the_players(table: Table) -> None:
    leader, commander = table.begun("commander")
    hostile = table.way("scribe", "\x1b[2Jmallory\x00\u202e").knock()
    with contextlib.closing(hostile):
        commander.until(lambda: commander.sees("scribe"))
        assert "mallory" in commander.present["scribe"].name
        assert commander.present["scribe"].name.isprintable()
        besieged_from_outside(table, commander)
        besieged_from_a_seat(hostile, commander)
    commander.until(lambda: not commander.sees("scribe"))
    assert leader.ask(Freeze()).text == "frozen"


def besieged_from_outside(table: Table, commander: Player) -> None:
    """Strangers say what they like, or nothing, and stay."""
    way = table.way("commander")
    strangers: list[socket.socket] = []
    begun_ns = commander.t_ns
    for turn in range(56):
        stranger = socket.create_connection((way.address, way.port), PATIENCE_S)
        stranger.setblocking(False)
        strangers.append(stranger)
        with contextlib.suppress(OSError):  # some are shown the door before
            stranger.send(HOSTILE[turn % len(HOSTILE)])
        if turn % 8 == 0:
            assert commander.say(Note(f"still here {turn}")).text == "noted"
    commander.until(lambda: commander.t_ns > begun_ns + 60 * SECOND)
    for stranger in strangers:
        stranger.close()


def besieged_from_a_seat(flood: socket.socket, commander: Player) -> None:
    """Somebody who was let in floods, and never reads."""
    flood.setblocking(False)
    junk = encode_request(Say(1, Note("\x1b[31m" + "n" * 1_000))) * 20
    sent, until_ns = 0, commander.t_ns + 120 * SECOND
    while commander.t_ns < until_ns:
        with contextlib.suppress(OSError):  # its buffers are full, or it was shown the door
            sent += flood.send(junk)
        commander.poll()
        select.select([], [], [], 0.01)
    assert sent > len(junk)
    assert commander.say(Note("still here")).text == "noted"
