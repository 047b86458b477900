"""How both ends of a drill's TCP connection notice that the other one is gone without a word.

A program that ends says so, and so does its system; a machine that sleeps, or a tunnel that broke,
says nothing. Then the system asks, and gives the connection up within a minute, where it knows how.
"""

import socket
from typing import Protocol

SILENT_S = 15
"""Seconds of silence after which the other side is asked, and between two such questions."""
ASKED = 3
"""Questions without an answer after which the connection is given up."""
UNTAKEN_MS = 30_000
"""Milliseconds for which what was sent may stay unacknowledged."""
_OPTIONS = (
    ("TCP_KEEPIDLE", SILENT_S),
    ("TCP_KEEPINTVL", SILENT_S),
    ("TCP_KEEPCNT", ASKED),
    ("TCP_USER_TIMEOUT", UNTAKEN_MS),
)


class HasOptions(Protocol):
    """A socket, or Trio's stream on one."""

    def setsockopt(self, level: int, option: int, value: int, /) -> object:
        """Set an option."""


def notice_silence(connection: HasOptions) -> None:
    """Have the system give the connection up when the other side has vanished. Raises OSError."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
