"""Everything that passes between a drill's host and its seats, in one place.

The drill runs in a process of its own, the *host*; whoever sits at a seat is its client, over a
pipe (the terminal that started it) or a socket (`drill join`). Upwards (seat to host) go
*requests*, one JSON object a line. Downwards (host to seat) go *frames*: four bytes of length, big
endian, then that many bytes of JSON, as on the dashboard's link.

Truth stays in the host: of all frames only `FacilitatorState` carries any, and only connections
that showed the facilitator's code get one. No frame carries a score; whoever may open the recording
computes it from there once the drill is over. States are latest-wins, everything else arrives once
and in order. A seat that comes back gets one state, which holds all that it had earned.
"""

from __future__ import annotations

import msgspec

from outage_agents.drills.journal import Command as SeatCommand  # noqa: TC001 -- msgspec reads it
from outage_agents.drills.seat_view import FacilitatorView, SeatView
from outage_tui.link_frames import FrameCutter, LinkError, framed

DRILL_LINK_VERSION = 1
REQUEST_BYTES_MAX = 16_384
"""A longer line is no request; whoever sends one is shown the door."""
FRAME_BYTES_MAX = 8 << 20
"""A longer frame is a broken stream (a seat's state is some 40 kB; filled by somebody who says
as much as the door lets them, four megabytes)."""
FACILITATOR = "facilitator"
EVALUATOR = "evaluator"
LEVEL_NOT_TOLD = -1


# -- host to seat -------------------------------------------------------------------------------


class Invitation(msgspec.Struct, frozen=True):
    """How somebody takes a seat. Only whoever hosts the drill is told."""

    seat: str
    code: str
    command: str = ""
    """The command line that takes it, without the code."""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """First frame: you are in."""

    seat: str
    drill: str
    """Its id, from which all that is to come can be printed. Only for whoever hosts or steers."""
    title: str
    level: int
    """`LEVEL_NOT_TOLD` for those who join: the highest one says that nothing is wrong."""
    length_min: int
    start: str
    """Local time of virtual time 0 as ISO text."""
    begin_ns: int
    end_ns: int
    """Where players take over, and the latest end, in virtual time."""
    seats: tuple[str, ...] = ()
    """Seats that are played by people in this drill."""
    verb_cost: bool = False
    """Time stands still, and every command costs some."""
    may_steer: bool = False
    """This seat may freeze, set the pace and go back: the facilitator, and whoever plays solo."""
    version: int = DRILL_LINK_VERSION
    address: str = ""
    """Where others knock: `127.0.0.1:4711`. Only for whoever hosts; empty: nobody can join."""
    invitations: tuple[Invitation, ...] = ()
    """Codes of the seats. Only for whoever hosts."""
    ticket: str = ""
    """Opens this seat again when the connection breaks; for this client. Empty over a pipe."""


class Present(msgspec.Struct, frozen=True):
    """Who sits at a seat."""

    seat: str
    name: str = ""
    """As given when joining."""
    here: bool = False


class Tempo(msgspec.Struct, frozen=True):
    """How virtual time goes, in words that can be shown."""

    pace: float = 0.0
    """Asked: virtual seconds a second; 0 while it stands."""
    speed: float = 0.0
    """Measured."""
    auto: bool = True
    frozen: bool = False
    why: str = ""
    """Why it is slow, quick or stands: `a page is open`, `waiting until 02:30`, `frozen`."""
    wall_s: float = 0.0
    """Wall seconds since the drill began, freezes left out."""


class SeatState(msgspec.Struct, frozen=True, tag="seat"):
    """All a seat sees at one moment, latest wins."""

    t_ns: int
    view: msgspec.Raw
    """A SeatView; read it with `seat_view_of`."""
    tempo: Tempo = Tempo()
    present: tuple[Present, ...] = ()


class FacilitatorState(msgspec.Struct, frozen=True, tag="facilitator"):
    """What the facilitator sees at one moment, latest wins: the truth beside a seat's view."""

    t_ns: int
    view: msgspec.Raw
    """A FacilitatorView; read it with `facilitator_view_of`."""
    tempo: Tempo = Tempo()
    present: tuple[Present, ...] = ()
    recording: str | None = None
    branches: tuple[str, ...] = ()
    """Recordings of this drill that were left by going back."""


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What became of a request; every request with a number gets one. Number 0 is said by the host
    by itself (a recording that stopped, wrong codes at the door), or of a line that was none."""

    n: int
    text: str
    refused: bool = False


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """The drill goes on from an earlier moment; forget everything later."""

    t_ns: int
    why: str = ""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Something takes a while: coming to the beginning, or going back."""

    what: str
    share: float


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The drill is over. The score is in the recording, for those who may open it."""

    t_ns: int
    why: str
    subject: str
    """Id of the stop condition, `time` or `facilitator`."""
    recording: str | None = None
    """Its path: to connections on the same machine that may steer; others ask the facilitator."""
    command: str = ""
    """The command line that plays the same drill again."""


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """At the door, or when a client misbehaves; the connection ends after it."""

    reason: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The host cannot go on. What was recorded before is kept."""

    reason: str
    log: str | None = None
    exit_code: int | None = None


Frame = (
    Welcome | SeatState | FacilitatorState | Answer | Returned | Progress | Ended | Refused | Failed
)


# -- seat to host -------------------------------------------------------------------------------


class Enter(msgspec.Struct, frozen=True, tag="enter", forbid_unknown_fields=True):
    """First line of a socket's client: who it is, and the code it was given."""

    code: str
    seat: str
    name: str = ""
    version: int = DRILL_LINK_VERSION
    ticket: str = ""
    """That of a Welcome, by a client that comes back; then the code may be empty."""


class Say(msgspec.Struct, frozen=True, tag="say", forbid_unknown_fields=True):
    """A command of the seat, for the journal; answered with the same number."""

    n: int
    command: SeatCommand


class Attend(msgspec.Struct, frozen=True, tag="attend", forbid_unknown_fields=True):
    """An editor or a menu is open (or was left, with an empty text): time goes slower meanwhile."""

    what: str = ""


class Freeze(msgspec.Struct, frozen=True, tag="freeze", forbid_unknown_fields=True):
    """Stop virtual time, for everybody. For those who may steer."""

    n: int = 0


class Thaw(msgspec.Struct, frozen=True, tag="thaw", forbid_unknown_fields=True):
    """Go on. For those who may steer."""

    n: int = 0


class SetPace(msgspec.Struct, frozen=True, tag="pace", forbid_unknown_fields=True):
    """Virtual seconds a second, or `auto`. For those who may steer."""

    multiplier: float = 0.0
    auto: bool = True
    n: int = 0


class GoBack(msgspec.Struct, frozen=True, tag="go_back", forbid_unknown_fields=True):
    """Go on from an earlier moment of the drill, with all that was said before it and nothing of
    what came later; what is left behind stays as a recording of its own. For those who may
    steer."""

    t_ns: int
    n: int = 0


class Leave(msgspec.Struct, frozen=True, tag="leave", forbid_unknown_fields=True):
    """The client goes; its seat can be taken again. When the one who started the drill leaves, it
    is over."""


Request = Enter | Say | Attend | Freeze | Thaw | SetPace | GoBack | Leave

_encoder = msgspec.json.Encoder()
_frames: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_seat_views: msgspec.json.Decoder[SeatView] = msgspec.json.Decoder(SeatView)
_facilitator_views: msgspec.json.Decoder[FacilitatorView] = msgspec.json.Decoder(FacilitatorView)


def encode_frame(frame: Frame) -> bytes:
    """The frame as it goes through the pipe, its length in front."""
    return framed(_encoder.encode(frame))


def encode_request(request: Request) -> bytes:
    """The request as one line, newline included."""
    return _encoder.encode(request) + b"\n"


def decode_request(line: bytes) -> Request:
    """One line of a client. Raises LinkError when it is no request of this version."""
    try:
        return _requests.decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise LinkError(f"not a request: {error}") from error


def pack_view(view: SeatView | FacilitatorView) -> msgspec.Raw:
    """A view, encoded once, ready to be put into a state."""
    return msgspec.Raw(_encoder.encode(view))


def seat_view_of(state: SeatState) -> SeatView:
    """The view a state carries. Raises LinkError."""
    try:
        return _seat_views.decode(state.view)
    except msgspec.MsgspecError as error:
        raise LinkError(f"not a seat's view: {error}") from error


def facilitator_view_of(state: FacilitatorState) -> FacilitatorView:
    """The view a state carries. Raises LinkError."""
    try:
        return _facilitator_views.decode(state.view)
    except msgspec.MsgspecError as error:
        raise LinkError(f"not a facilitator's view: {error}") from error


class FrameReader(FrameCutter[Frame]):
    """Cuts what a drill's host sends into frames."""

    def __init__(self) -> None:
        super().__init__(_frames, FRAME_BYTES_MAX)
