"""Both links cut their streams alike, each with its own frames and its own bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_tui import drill_link, link_messages
from outage_tui.drill_link import Answer, Ended, Progress, Refused
from outage_tui.link_frames import LinkError, framed
from outage_tui.link_messages import Applied, Done

READERS = [drill_link.FrameReader, link_messages.FrameReader]
FRAMES: list[drill_link.Frame] = [
    Progress("coming to the beginning", 0.5),
    Answer(3, "noted ✓"),
    Ended(7, "mitigated", "time"),
    Refused("wrong code"),
]


@given(sizes=st.lists(st.integers(1, 90), min_size=1, max_size=40))
def test_frames_of_a_drill_arrive_whole_however_the_pipe_cuts_them(sizes: list[int]) -> None:
    stream = b"".join(drill_link.encode_frame(frame) for frame in FRAMES)
    reader = drill_link.FrameReader()
    received: list[drill_link.Frame] = []
    at = 0
    for size in sizes:
        received += reader.feed(stream[at : at + size])
        at += size
    assert [*received, *reader.feed(stream[at:])] == FRAMES


@pytest.mark.parametrize("link", [drill_link, link_messages], ids=["drill", "simulator"])
def test_a_frame_may_be_as_long_as_the_bound_of_its_link_and_no_longer(link: object) -> None:
    reader, most = link.FrameReader, link.FRAME_BYTES_MAX  # type: ignore[attr-defined]
    assert reader().feed(most.to_bytes(4, "big")) == []
    with pytest.raises(LinkError, match=f"a frame of {most + 1} bytes; the most is {most}"):
        reader().feed((most + 1).to_bytes(4, "big"))


@pytest.mark.parametrize("reader", READERS, ids=["drill", "simulator"])
def test_text_where_a_frame_should_be_is_a_broken_stream(reader: type) -> None:
    with pytest.raises(LinkError, match="not a frame"):
        reader().feed(framed(b"Traceback (most recent call last)"))


def test_neither_link_takes_the_frames_of_the_other() -> None:
    with pytest.raises(LinkError, match="not a frame"):
        drill_link.FrameReader().feed(link_messages.encode_frame(Applied(1, "pace")))
    with pytest.raises(LinkError, match="not a frame"):
        link_messages.FrameReader().feed(drill_link.encode_frame(Refused("no")))
    (done,) = link_messages.FrameReader().feed(link_messages.encode_frame(Done(1, "ab", "over")))
    assert done == Done(1, "ab", "over")
