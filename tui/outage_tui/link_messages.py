"""Everything that passes between the simulator host and a dashboard, in one place.

The simulator runs in a process of its own. Downwards (dashboard to host, on the host's standard
input) go *commands*, one JSON object a line. Upwards (host to dashboard, on its standard output)
go *frames*: four bytes of length, big endian, then that many bytes of JSON.

State frames are latest-wins: either side may drop all but the newest, so that a slow terminal
never stalls or changes a run. Narration, series, applied commands, the end and a failure are never
dropped. Every command takes effect between two events of the run, is stamped with the virtual
time at which it did, and comes back as `Applied`. Commands that change the run (`Intervention`)
take effect at the next whole virtual second, and are in the recording before they come back.

Times are virtual nanoseconds since the start of the run. This module imports neither Textual nor
the engine: it is the contract, not the machinery.
"""

from __future__ import annotations

import msgspec

from outage_agents.views import NarrationView, RegionView
from outage_tui.link_frames import FrameCutter, framed
from outage_tui.link_frames import LinkError as LinkError  # part of this contract, too

LINK_VERSION = 1
FRAME_BYTES_MAX = 16 * 1024 * 1024
"""A longer frame is a broken stream, not a large Region (a frame of the Region is about 25 kB)."""

AS_FAST_AS_POSSIBLE = 0.0
"""The pace that means "do not wait for the wall clock at all"."""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First frame: what is about to run, or what a recording holds."""

    scenario: str
    title: str
    seed: int
    start: str
    """PDT of virtual time 0 as ISO text, e.g. `2025-10-19T23:00:00-07:00`."""
    epoch_s: float
    """Seconds from the start to T0, from which T+ counts."""
    duration_s: float
    droplets: int = 0
    recording: str | None = None
    """Path of the recording, or None when the run is not recorded."""
    link_version: int = LINK_VERSION
    forked_at_ns: int | None = None
    """Of a fork: virtual time from which on it goes its own way."""


class State(msgspec.Struct, frozen=True, tag="state"):
    """The Region at one moment. The view stays undecoded until somebody wants to draw it."""

    t_ns: int
    view: msgspec.Raw
    """A RegionView as JSON; read it with `region_of`."""
    pace: float = AS_FAST_AS_POSSIBLE
    """Asked: virtual seconds for each second of the wall clock; 0 is as fast as possible."""
    auto: bool = False
    """The host picks the pace: slow around milestones, fast through quiet hours."""
    speed: float = 0.0
    """Measured over the last second: virtual seconds for each second of the wall clock."""
    halted: bool = False
    recording_bytes: int = 0


class Narration(msgspec.Struct, frozen=True, tag="narration"):
    """New lines of the narration, numbered without gaps."""

    lines: tuple[NarrationView, ...]


class Series(msgspec.Struct, frozen=True, tag="series"):
    """New points of one named series, oldest first, all later than those sent before."""

    name: str
    times_ns: tuple[int, ...]
    values: tuple[float, ...]


class Applied(msgspec.Struct, frozen=True, tag="applied"):
    """A command took effect, or was refused."""

    t_ns: int
    command: str
    """Tag of the command: `pace`, `pause`, `mark` and so on."""
    detail: str = ""
    """In words: the new pace, the marker's name, or why it was refused."""
    refused: bool = False


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The run reached its end; the host waits for `Quit` or the end of its input."""

    t_ns: int
    digest: str
    summary: str
    """One or two sentences for people: what happened, and where the recording is."""
    command: str = ""
    """The command line that repeats the run, with everything that was decided while it went on."""


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """The run cannot go on. What was recorded before is kept."""

    reason: str
    """One line, without a traceback."""
    log: str | None = None
    """Path of the file with the details."""
    exit_code: int | None = None


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Something that takes a while before there is anything to see: how far it is."""

    what: str
    """`re-execution`: a fork repeats its parent up to the moment where it goes its own way."""
    share: float
    """0..1; 1: through."""
    t_ns: int
    until_ns: int
    events: int
    """Compared with the parent's so far, all equal."""
    left_s: float
    """Wall seconds that are left, estimated."""


Frame = Hello | State | Narration | Series | Applied | Progress | Done | Failure


class Pace(msgspec.Struct, frozen=True, tag="pace"):
    """Run at so many virtual seconds for each second; 0 is as fast as possible."""

    multiplier: float = AS_FAST_AS_POSSIBLE
    auto: bool = False
    """Leave the choice to the host; the multiplier is then ignored."""


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Halt the simulation between two events."""


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    """Go on after a halt."""


class Step(msgspec.Struct, frozen=True, tag="step"):
    """While halted: handle so many events (live), or go on by so many frames (replay; negative:
    back)."""

    count: int = 1


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """Keep this moment under a name, in the recording."""

    name: str


class Seek(msgspec.Struct, frozen=True, tag="seek"):
    """Replay only: show this moment. A live host refuses it."""

    t_ns: int


class Act(msgspec.Struct, frozen=True, tag="act"):
    """Have an action of the catalogue begun, at the next whole virtual second."""

    id: str
    args: tuple[tuple[str, str | float], ...] = ()
    """By name; what is left out has its default. `duration_s` says how long it takes; unless it is
    given, that is drawn from the catalogue's range."""
    begin: bool = True
    """False: it takes effect at once."""


class CallOff(msgspec.Struct, frozen=True, tag="calloff"):
    """Call an action off that is ahead or under way, by its name (`ActionView.name`)."""

    name: str


class Inject(msgspec.Struct, frozen=True, tag="inject"):
    """Break something, at the next whole virtual second."""

    kind: str
    target: str
    args: tuple[tuple[str, str | float], ...] = ()
    duration_s: float | None = None
    """None: until it is ended by hand."""


class EndFault(msgspec.Struct, frozen=True, tag="endfault"):
    """End a fault, or take out one that is ahead; `n` as in `FaultView.n`."""

    n: int


class Change(msgspec.Struct, frozen=True, tag="change"):
    """Give a parameter another value, as `--set` takes both, at the next whole virtual second."""

    path: str
    value: str


class Detach(msgspec.Struct, frozen=True, tag="detach"):
    """The dashboard leaves; the run goes on to its end unwatched and closes its recording."""


class Quit(msgspec.Struct, frozen=True, tag="quit"):
    """Stop the run, close the recording properly, and end."""


Intervention = Act | CallOff | Inject | EndFault | Change
"""Commands that change the run: each is an input of it, and recorded before it is acknowledged."""
Command = Pace | Pause | Resume | Step | Mark | Seek | Intervention | Detach | Quit

_encoder = msgspec.json.Encoder()
_frames: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_regions: msgspec.json.Decoder[RegionView] = msgspec.json.Decoder(RegionView)


def encode_frame(frame: Frame) -> bytes:
    """The frame as it goes through the pipe, its length in front."""
    return framed(_encoder.encode(frame))


def encode_command(command: Command) -> bytes:
    """The command as one line, newline included."""
    return _encoder.encode(command) + b"\n"


def decode_command(line: bytes) -> Command:
    """One line of the host's input.

    Raises LinkError when it is no command of this version.
    """
    try:
        return _commands.decode(line)
    except msgspec.MsgspecError as error:
        raise LinkError(f"not a command: {error}") from error


def pack_region(view: RegionView) -> msgspec.Raw:
    """A view, encoded once, ready to be put into a State."""
    return msgspec.Raw(_encoder.encode(view))


def region_of(state: State) -> RegionView:
    """The view a State carries.

    Raises LinkError when it does not have the shape of this version's views.
    """
    try:
        return _regions.decode(state.view)
    except msgspec.MsgspecError as error:
        raise LinkError(f"not a state of the Region: {error}") from error


class FrameReader(FrameCutter[Frame]):
    """Cuts what a simulator's host sends into frames."""

    def __init__(self) -> None:
        super().__init__(_frames, FRAME_BYTES_MAX)
