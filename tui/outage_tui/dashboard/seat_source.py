"""Where a seat's screen gets what it shows: a drill's host, over a pipe or over a socket.

A thread only reads: it cuts the stream into frames and keeps the newest state as bytes, which is
decoded when somebody polls. Answers, returns and the end are kept in full until then. When the
stream ends without an end of the drill, that is the news.

The terminal that started the host speaks to it by `PipeSeatSource` and ends it by leaving; one that
joined speaks by `SocketSeatSource`, and its seat can be taken again. Tests use a staged source.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from outage_tui.drill_link import (
    Answer,
    Ended,
    FacilitatorState,
    Failed,
    FrameReader,
    Progress,
    Refused,
    Returned,
    SeatState,
    Welcome,
    encode_request,
    facilitator_view_of,
    seat_view_of,
)
from outage_tui.link_frames import LinkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from outage_agents.drills.seat_view import FacilitatorView, SeatView
    from outage_tui.dashboard.live import HostProcess
    from outage_tui.drill_link import Frame, Request

PIECE_BYTES: Final = 1 << 16
CLOSING_S: Final = 20.0
"""How long a host may take to close its recording before it is told to stop."""
STUCK_CLOSING_S: Final = 2.0
"""The same for one that was told to stop already."""
WELCOME_WITHIN_S: Final = 30.0
UNSENT_BYTES_MAX: Final = 1 << 16
"""Requests that a host has not taken yet; more are refused on this side."""


class NotLetIn(Exception):
    """The host ended, refused or said nothing before it let anybody in; the reason in one line."""


@attrs.frozen
class SeatNews:
    """What is new since the last poll, and how things stand."""

    state: SeatState | None = None
    """The newest, with tempo and who is present; None: the one already given."""
    view: SeatView | None = None
    """That of `state`."""
    facilitator: FacilitatorState | None = None
    """The same for a facilitator's connection, which gets no `SeatState`."""
    facilitator_view: FacilitatorView | None = None
    answers: tuple[Answer, ...] = ()
    """Each once, in order."""
    returned: Returned | None = None
    """The drill went back since the last poll: forget everything later."""
    progress: Progress | None = None
    """Something takes a while, as of now; None: nothing does."""
    ended: Ended | None = None
    """The drill is over, as of now; going back makes it None again."""
    failed: Failed | None = None
    """The connection is over and nothing more will come; also when it was refused."""
    silent_s: float = 0.0
    """Whole wall seconds since anything came from the host."""
    lost: str = ""
    """Why a connection that is being tried again broke; empty while it is there."""


class SeatSource(Protocol):
    """One seat's connection to a drill."""

    @property
    def welcome(self) -> Welcome:
        """Which seat of which drill. Known before the screen starts."""

    def poll(self) -> SeatNews:
        """What is new. Never blocks; called ten times a second on the user interface's thread."""

    def announce(self, news: Callable[[], None]) -> None:
        """Call `news`, from whatever thread, when `poll` would find something new to draw."""

    def send(self, request: Request) -> None:
        """Ask for something; what came of it is in a later poll's answers. Never blocks, never
        raises for a drill that has ended."""

    def close(self) -> None:
        """The screen leaves. Called once, after the terminal has been restored."""


def _nobody() -> None:
    """Hears the news before anybody asked for it."""


class _FrameSource:
    """What both kinds of connections share: the reader thread and what it keeps."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._greeted = threading.Event()
        self._welcome: Welcome | None = None
        self._state: SeatState | None = None
        self._facilitator: FacilitatorState | None = None
        self._answers: list[Answer] = []
        self._returned: Returned | None = None
        self._progress: Progress | None = None
        self._ended: Ended | None = None
        self._failed: Failed | None = None
        self._to_send = bytearray()
        self._over = False
        self._lost = ""
        self._leaving = False
        self._heard_at = time.monotonic()
        self._news: Callable[[], None] = _nobody
        self._reader = threading.Thread(target=self._read, name=what, daemon=True)

    def _begin(self, within_s: float) -> None:
        """Start to read and wait to be let in. Raises NotLetIn."""
        self._reader.start()
        self._greeted.wait(within_s)
        if self._welcome is None:
            failed = self._failed
            self.close()
            raise NotLetIn("the drill's host said nothing" if failed is None else failed.reason)

    # -- each kind's own -------------------------------------------------------------------------

    def _receive(self) -> bytes:
        """The next piece of the stream; empty: it is over. Raises OSError."""
        raise NotImplementedError

    def _write(self, line: bytes) -> int:
        """Bytes that were taken at once. Raises BlockingIOError when none are, or OSError."""
        raise NotImplementedError

    def _come_back(self, reason: str) -> bool:
        """Connect again after the stream was over for this reason (empty: it just ended); False
        when that is not to be, or was not possible."""
        return False

    def _last_words(self, reason: str) -> Failed:
        """What to say of a stream that is over for this reason (empty: it just ended)."""
        raise NotImplementedError

    def close(self) -> None:
        """The screen leaves."""
        raise NotImplementedError

    # -- the reader thread -----------------------------------------------------------------------

    def _read(self) -> None:
        reason = self._read_stream()
        while self._come_back(reason):
            reason = self._read_stream()
        failed = self._last_words(reason)
        with self._lock:
            self._over = True
            self._progress = None
            if not self._leaving and self._ended is None:
                self._failed = self._failed or failed
        self._greeted.set()
        self._news()

    def _read_stream(self) -> str:
        """Take frames to the end of the stream; why it is over, empty when it just ended."""
        frames = FrameReader()
        try:
            while piece := self._receive():
                received = frames.feed(piece)
                with self._lock:
                    self._heard_at = time.monotonic()
                    for frame in received:
                        self._take(frame)
                if received:
                    self._news()
        except LinkError as error:
            return f"the drill's host sent {error}"
        except OSError as error:
            return f"the connection broke: {error.strerror or error}"
        return ""

    def _take(self, frame: Frame) -> None:
        match frame:
            case SeatState():
                self._state, self._progress = frame, None
            case FacilitatorState():
                self._facilitator, self._progress = frame, None
            case Answer():
                self._answers.append(frame)
            case Welcome():
                self._welcome, self._lost = frame, ""
                self._greeted.set()
            case Progress():
                self._progress = frame if frame.share < 1.0 else None
            case Returned():
                self._returned, self._ended = frame, None
                self._state = self._facilitator = None
            case Ended():
                self._ended, self._progress = frame, None
            case Refused():
                self._failed = Failed(reason=frame.reason)
            case Failed():
                self._failed = frame

    # -- the user interface's thread -------------------------------------------------------------

    @property
    def welcome(self) -> Welcome:
        """Which seat of which drill."""
        assert self._welcome is not None
        return self._welcome

    def announce(self, news: Callable[[], None]) -> None:
        """Call `news`, from the reader's thread, when something has come."""
        self._news = news

    def poll(self) -> SeatNews:
        """What is new since the last call; decodes the newest state only."""
        self._push()
        with self._lock:
            state, self._state = self._state, None
            facilitator, self._facilitator = self._facilitator, None
            answers, self._answers = tuple(self._answers), []
            returned, self._returned = self._returned, None
            news = SeatNews(
                answers=answers,
                returned=returned,
                progress=self._progress,
                ended=self._ended,
                failed=self._failed,
                silent_s=0.0 if self._over else float(int(time.monotonic() - self._heard_at)),
                lost=self._lost,
            )
        try:
            if state is not None:
                news = attrs.evolve(news, state=state, view=seat_view_of(state))
            if facilitator is not None:
                view = facilitator_view_of(facilitator)
                news = attrs.evolve(news, facilitator=facilitator, facilitator_view=view)
        except LinkError as error:
            self._failed = self._failed or Failed(reason=f"the drill's host sent {error}")
            return attrs.evolve(news, failed=self._failed)
        return news

    def send(self, request: Request) -> None:
        """One line to the host. One that takes nothing is not waited for."""
        if self._leaving or self._over:
            return
        if len(self._to_send) > UNSENT_BYTES_MAX:
            words = "the drill's host takes nothing at the moment; ask again"
            with self._lock:
                self._answers.append(Answer(getattr(request, "n", 0), words, refused=True))
            self._news()
            return
        self._to_send += encode_request(request)
        self._push()

    def _push(self) -> None:
        """Hand over what the host takes; the rest goes with a later poll."""
        try:
            while self._to_send:
                del self._to_send[: self._write(bytes(self._to_send))]
        except BlockingIOError:
            return
        except OSError:
            self._to_send.clear()  # it is dead; the reader thread says so


class PipeSeatSource(_FrameSource):
    """The terminal that started the host; when it closes, the drill is over."""

    def __init__(
        self,
        process: HostProcess,
        *,
        log: str | Path | None,
        welcome_within_s: float = WELCOME_WITHIN_S,
    ) -> None:
        """Waits to be let in. Raises NotLetIn when the host ends, or says nothing for so long."""
        super().__init__("drill frames")
        if process.stdin is None or process.stdout is None:
            raise ValueError("the host must be started with pipes for stdin and stdout")
        self._process = process
        self._input = process.stdin.fileno()
        # The reader's own copy: nobody else can close the number under it and open another file.
        self._output = os.dup(process.stdout.fileno())
        self._log = None if log is None else str(log)
        os.set_blocking(self._input, False)
        self._begin(welcome_within_s)

    def _receive(self) -> bytes:
        return os.read(self._output, PIECE_BYTES)

    def _write(self, line: bytes) -> int:
        return os.write(self._input, line)

    def _last_words(self, reason: str) -> Failed:
        exit_code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            exit_code = self._process.wait(timeout=2.0)
        os.close(self._output)
        words = reason or "the drill's host ended without a word"
        return Failed(reason=words, log=self._log, exit_code=exit_code)

    def close(self) -> None:
        """End the host's input, so that it closes its recording and ends; stop it if it does
        not."""
        self._leaving = True
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=CLOSING_S)
        except subprocess.TimeoutExpired:
            self._stop()
        self._reader.join(timeout=2.0)

    def _stop(self) -> None:
        """What is recorded is on the disk: a host that does not end by itself may be killed."""
        self._process.terminate()
        try:
            self._process.wait(timeout=STUCK_CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()


class WayBack(Protocol):
    """How a client that joined comes back after its connection broke."""

    def again(self, ticket: str, stop: threading.Event) -> socket.socket | None:
        """A new connection on which `Enter` has been sent. Blocks while it tries; None when it
        gives up, or was told to stop."""


class SocketSeatSource(_FrameSource):
    """A terminal that joined; when it closes, its seat is free again and the drill goes on."""

    def __init__(
        self,
        connection: socket.socket,
        *,
        welcome_within_s: float = WELCOME_WITHIN_S,
        back: WayBack | None = None,
    ) -> None:
        """Takes a connected socket on which `Enter` has been sent, and closes it in the end; waits
        to be let in. Raises NotLetIn with the host's reason when it refuses. With `back` the seat
        is taken again when the connection breaks, unless the host has said why it ended it."""
        super().__init__("drill frames")
        connection.setblocking(True)
        self._socket = connection
        self._back = back
        self._stop_trying = threading.Event()
        self._begin(welcome_within_s)

    def _receive(self) -> bytes:
        return self._socket.recv(PIECE_BYTES)

    def _write(self, line: bytes) -> int:
        if self._lost:
            raise BlockingIOError
        return self._socket.send(line, socket.MSG_DONTWAIT)

    def _come_back(self, reason: str) -> bool:
        with self._lock:
            final = self._failed is not None or self._ended is not None or self._leaving
            if self._back is None or self._welcome is None or final:
                return False
            self._lost = reason or "the drill's host has closed the connection"
            self._progress = None
            ticket = self._welcome.ticket
            self._to_send.clear()  # who knows what of it had arrived
        self._news()
        fresh = self._back.again(ticket, self._stop_trying)
        if fresh is None:
            return False
        with self._lock:
            stale, self._socket = self._socket, fresh
            stale.close()
            if self._leaving:
                fresh.shutdown(socket.SHUT_RDWR)
        return True

    def _last_words(self, reason: str) -> Failed:
        words = reason or "the drill's host has closed the connection"
        with self._lock:
            if self._lost:
                words = f"{self._lost}; tried again in vain"
            self._lost = ""
        return Failed(reason=words)

    def close(self) -> None:
        """Hang up."""
        self._stop_trying.set()
        with self._lock:
            self._leaving = True
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(timeout=2.0)
        self._socket.close()
