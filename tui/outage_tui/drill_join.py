"""`outage-tui drill join`: take a seat of a drill that another terminal hosts.

The code is asked for without being shown, or read from a file or `OUTAGE_TUI_DRILL_CODE`; there is
no option for it, because arguments can be read by every user of a machine. When the connection
breaks, the seat is taken again with the ticket that came with the first welcome: it is tried for
two minutes, less and less often. The seat has kept all that it had earned.
"""

import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from outage_tui.drill_codes import CODE_TEXT_MAX, openable_seats
from outage_tui.drill_link import FACILITATOR, Enter, encode_request
from outage_tui.drill_requests import shown
from outage_tui.drill_wire import notice_silence
from outage_tui.mishap import FAILED, BadUsage, say

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import SeatSource

CODE_VARIABLE = "OUTAGE_TUI_DRILL_CODE"
CONNECT_S = 10.0
"""Wall seconds to reach the host."""
RETURN_WITHIN_S = 120.0
"""Wall seconds for which a broken connection is tried again."""
RETURN_FIRST_S, RETURN_MOST_S = 0.25, 5.0
"""Wall seconds before the first try, doubled for each further one, and the most."""


class NobodyThere(Exception):
    """Nothing can be reached at the address; the reason in one line."""


@attrs.frozen
class Way:
    """How to a seat: where the host listens, and what to say there."""

    address: str
    port: int
    seat: str
    name: str = ""
    code: str = attrs.field(default="", repr=False)

    def knock(self, ticket: str = "") -> socket.socket:
        """Connect and ask to be let in; what the host says is still to be read.

        Raises NobodyThere.
        """
        try:
            connection = socket.create_connection((self.address, self.port), CONNECT_S)
        except OSError as error:
            raise NobodyThere(self._nobody(error)) from error
        enter = Enter(self.code, self.seat, self.name, ticket=ticket)
        try:
            notice_silence(connection)
            connection.sendall(encode_request(enter))
        except OSError as error:
            connection.close()
            raise NobodyThere(self._nobody(error)) from error
        connection.settimeout(None)
        return connection

    def knock_again(self, ticket: str) -> socket.socket:
        """The same, but wait until somebody answers: a tunnel takes every connection, and ends it
        where there is no host behind it any more. Raises NobodyThere."""
        connection = self.knock(ticket)
        try:
            connection.settimeout(CONNECT_S)
            heard = connection.recv(1, socket.MSG_PEEK)
            connection.settimeout(None)
        except OSError as error:
            connection.close()
            raise NobodyThere(self._nobody(error)) from error
        if not heard:
            connection.close()
            raise NobodyThere(f"nobody answers at {self._where}")
        return connection

    def again(self, ticket: str, stop: threading.Event) -> socket.socket | None:
        """Try to come back, less and less often; None when it was in vain or is to stop."""
        end_s = time.monotonic() + RETURN_WITHIN_S
        wait_s = RETURN_FIRST_S
        while not stop.wait(wait_s) and time.monotonic() < end_s:
            try:
                return self.knock_again(ticket)
            except NobodyThere:
                wait_s = min(2 * wait_s, RETURN_MOST_S)
        return None

    @property
    def _where(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"

    def _nobody(self, error: OSError) -> str:
        where = self._where
        if isinstance(error, ConnectionRefusedError):
            return (
                f"nobody listens at {where}: the drill is over, or the address is another one; "
                "whoever hosts it sees the right one"
            )
        why = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return f"cannot reach {where}: {why}"


@attrs.frozen
class JoinChoices:
    """What the command line says of joining."""

    address: str
    seat: str
    name: str
    code_file: Path | None
    ascii_only: bool
    theme: str


def join_drill(choices: JoinChoices) -> int:
    """Take a seat, show its screen until it is left, and give the exit status. Raises BadUsage."""
    address, port = parsed_address(choices.address)
    if choices.seat not in openable_seats():
        raise BadUsage(f"--seat {choices.seat}: there are {', '.join(openable_seats())}")
    way = Way(address, port, choices.seat, choices.name, code_of(choices.code_file))
    from outage_tui.dashboard.seat_source import NotLetIn, SocketSeatSource

    try:
        source = SocketSeatSource(way.knock(), back=way)
    except (NobodyThere, NotLetIn) as error:
        say(shown(str(error)))  # whoever listens there may be anybody, and say anything
        return FAILED
    return shown_seat(source, ascii_only=choices.ascii_only, theme=choices.theme)


def shown_seat(source: "SeatSource", *, ascii_only: bool, theme: str) -> int:
    """Show the screen of a seat that was taken until it is left; gives the exit status."""
    if source.welcome.seat == FACILITATOR:
        from outage_tui.dashboard.facilitator_app import run_facilitator

        return run_facilitator(source, ascii_only=ascii_only, theme=theme)
    from outage_tui.dashboard.player_app import run_player

    return run_player(source, ascii_only=ascii_only, theme=theme)


def parsed_address(text: str) -> tuple[str, int]:
    """`127.0.0.1:4711`, `[::1]:4711`, `host:4711` or just a port of this machine.

    Raises BadUsage.
    """
    place, _, number = text.rpartition(":")
    port = int(number) if number.isascii() and number.isdigit() and len(number) <= 5 else 0
    bare = place[1:-1] if place.startswith("[") and place.endswith("]") else place
    if not 0 < port < 65_536 or (":" in bare and bare == place):
        raise BadUsage(
            f"{text}: an address is HOST:PORT, [IPV6]:PORT or the port of a drill on this machine; "
            "the terminal that hosts it shows which"
        )
    return bare or "127.0.0.1", port


def code_of(file: Path | None) -> str:
    """The code: from a file, the environment or the person at the terminal. Raises BadUsage."""
    if file is not None:
        try:
            with file.open("rb") as opened:
                text = opened.read(4 * CODE_TEXT_MAX).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise BadUsage(f"--code-file {file}: cannot be read ({why})") from error
        return text.strip()
    if CODE_VARIABLE in os.environ:
        # Taken out, so that no program started from here (an editor, a host) inherits it.
        return os.environ.pop(CODE_VARIABLE).strip()
    if not sys.stdin.isatty():
        raise BadUsage(
            f"there is no terminal to ask for the code; give --code-file FILE or {CODE_VARIABLE}"
        )
    import click

    asked: str = click.prompt("Code (not shown)", hide_input=True, err=True)
    return asked.strip()
