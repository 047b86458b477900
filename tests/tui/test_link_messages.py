"""What passes between host and dashboard survives the pipe, and garbage is recognised."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.views import NarrationView
from outage_tui.dashboard.staged import HELLO, region
from outage_tui.link_messages import (
    FRAME_BYTES_MAX,
    Act,
    Applied,
    CallOff,
    Change,
    Command,
    Detach,
    Done,
    EndFault,
    Failure,
    Frame,
    FrameReader,
    Inject,
    LinkError,
    Mark,
    Narration,
    Pace,
    Pause,
    Progress,
    Quit,
    Resume,
    Seek,
    Series,
    State,
    Step,
    decode_command,
    encode_command,
    encode_frame,
    pack_region,
    region_of,
)

FRAMES: list[Frame] = [
    HELLO,
    Narration((NarrationView(n=1, t_ns=5, component="route53", level="error", text="gone ✖"),)),
    Series(name="dwfm.broken", times_ns=(1, 2), values=(3.0, 4.5)),
    Applied(t_ns=9, command="pace", detail="x600"),
    Done(t_ns=10, digest="ab", summary="over"),
    Progress(what="re-execution", share=0.5, t_ns=3, until_ns=6, events=9, left_s=1.5),
    Failure(reason="the disk is full", log="/tmp/log", exit_code=1),
]
COMMANDS: list[Command] = [
    Pace(600.0),
    Pace(auto=True),
    Pause(),
    Resume(),
    Step(3),
    Mark("here"),
    Seek(7),
    Act("dwfm.restart_hosts", (("zones", "1+3"), ("zone_gap_s", 60.0))),
    CallOff("dwfm.restart_hosts#1"),
    Inject("slow", "enactor-*", (("factor", 3.0),), duration_s=90.0),
    EndFault(0),
    Change("nlb.velocity_limit", "1"),
    Detach(),
    Quit(),
]


@given(sizes=st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_frames_arrive_whole_however_the_pipe_cuts_them(sizes: list[int]) -> None:
    stream = b"".join(encode_frame(frame) for frame in FRAMES)
    reader = FrameReader()
    received: list[Frame] = []
    at = 0
    for size in sizes:
        received += reader.feed(stream[at : at + size])
        at += size
    received += reader.feed(stream[at:])
    assert received == FRAMES


def test_a_view_comes_through_a_state_unchanged() -> None:
    view = region("flapping")
    (state,) = FrameReader().feed(encode_frame(State(t_ns=view.t_ns, view=pack_region(view))))
    assert isinstance(state, State)
    assert region_of(state) == view


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_is_one_line_and_comes_back_the_same(command: Command) -> None:
    line = encode_command(command)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_command(line) == command


@pytest.mark.parametrize("line", [b"", b"{}\n", b'{"type":"explode"}\n', b"\xff\n", b"[1]\n"])
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(LinkError, match="not a command"):
        decode_command(line)


def test_a_frame_longer_than_the_limit_is_a_broken_stream() -> None:
    with pytest.raises(LinkError, match="bytes"):
        FrameReader().feed((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))


def test_text_where_a_frame_should_be_is_a_broken_stream() -> None:
    body = b"Traceback (most recent call last)"
    with pytest.raises(LinkError, match="not a frame"):
        FrameReader().feed(len(body).to_bytes(4, "big") + body)


def test_a_state_of_another_shape_is_named_as_such() -> None:
    strange = State(t_ns=1, view=msgspec.Raw(b'{"t_ns":true}'))
    (state,) = FrameReader().feed(encode_frame(strange))
    assert isinstance(state, State)
    with pytest.raises(LinkError, match="not a state"):
        region_of(state)
