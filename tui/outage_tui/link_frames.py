"""Frames, as they go through every pipe and socket: four bytes of length, big endian, then JSON.

What a frame may say is written down elsewhere: `link_messages` for the simulator's host and its
dashboard, `drill_link` for a drill's host and its seats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from msgspec.json import Decoder

LENGTH_BYTES = 4

Frame = TypeVar("Frame")


class LinkError(Exception):
    """The other side sent bytes that are no frame or command of this version; it is at fault."""


def framed(body: bytes) -> bytes:
    """A body with its length in front."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class FrameCutter(Generic[Frame]):
    """Cuts a stream of bytes into frames, whatever the sizes of its pieces."""

    def __init__(self, decoder: Decoder[Frame], frame_bytes_max: int) -> None:
        """A frame longer than `frame_bytes_max` is a broken stream."""
        self._decoder = decoder
        self._frame_bytes_max = frame_bytes_max
        self._pending = bytearray()

    def feed(self, piece: bytes) -> list[Frame]:
        """Take the next piece of the stream; the frames it completes, oldest first.

        Raises LinkError when the stream is broken; nothing after that can be trusted.
        """
        self._pending += piece
        frames: list[Frame] = []
        at = 0
        while (begin := at + LENGTH_BYTES) <= len(self._pending):
            size = int.from_bytes(self._pending[at:begin], "big")
            if size > self._frame_bytes_max:
                raise LinkError(f"a frame of {size} bytes; the most is {self._frame_bytes_max}")
            if begin + size > len(self._pending):
                break
            at = begin + size
            frames.append(self._decoded(bytes(self._pending[begin:at])))
        del self._pending[:at]
        return frames

    def _decoded(self, body: bytes) -> Frame:
        try:
            return self._decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise LinkError(f"not a frame: {error}") from error
