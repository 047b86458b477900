"""Where a seat's screen gets what it shows: a drill's host, over a pipe or a socket, or a staging.

`seat_source` speaks to a host; tests use `staged_seat`. The screen polls when it is told that there
is news, and once a second; nothing here may block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.drill_link import (
        Answer,
        Ended,
        FacilitatorState,
        Failed,
        Progress,
        Request,
        Returned,
        SeatState,
        Welcome,
    )


@attrs.frozen
class SeatLink:
    """How the connection to the host is, and what it said last of all."""

    silent_s: float = 0.0
    """Whole seconds for which a host that ought to talk has sent nothing; 0 while it need not."""
    lost: str = ""
    """Why the connection is gone; empty while it is there."""
    reconnecting: bool = False
    """It is tried again; what is shown meanwhile is old."""
    progress: Progress | None = None
    """Something takes a while: coming to the beginning, going back. None once it is done."""
    ended: Ended | None = None
    failed: Failed | None = None


@attrs.frozen
class SeatNews:
    """What is new since the last poll."""

    link: SeatLink
    state: SeatState | FacilitatorState | None = None
    """The newest, or None when it is the one already given."""
    answers: tuple[Answer, ...] = ()
    """Each once, in the order they came."""
    returned: Returned | None = None
    """The drill went back: the state, here or with a later poll, is of before."""


class SeatSource(Protocol):
    """A seat that can be played from."""

    @property
    def welcome(self) -> Welcome:
        """Which drill and which seat. Known before the screen starts."""

    def poll(self) -> SeatNews:
        """What is new. Never blocks; called on the user interface's thread."""

    def announce(self, news: Callable[[], None]) -> None:
        """Call `news`, from whatever thread, when `poll` would find something new."""

    def send(self, request: Request) -> None:
        """Ask for something; its answer comes with a later poll. Never blocks, never raises when
        the host is gone: `poll` says so."""

    def close(self) -> None:
        """The screen leaves. Called once, after the terminal has been restored."""
