"""The rolling digest: a chain over everything that happened, in canonical bytes.

Each entry (an event that fired, a line of narration, a sample of telemetry) is encoded as msgpack
and appended to a chunk; after `EVENTS_PER_CHUNK` entries the chunk is hashed on top of the digest
before it. Recorder or not, the same bytes are hashed, so a recorded and an unrecorded run agree.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from outage_engine.recording.sink import CHAIN_START, EVENTS_PER_CHUNK, EventChunk, chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_engine.recording.sink import EventSink


class RollingDigest:
    """The chain so far, and the chunk being filled."""

    __slots__ = (
        "_body",
        "_chain",
        "_encode_into",
        "_filled",
        "_first_ns",
        "_index",
        "_last",
        "_sink",
        "total",
    )

    def __init__(self, sink: "EventSink | None" = None) -> None:
        encoder = msgspec.msgpack.Encoder()
        self._encode_into: Callable[[Any, bytearray, int], None] = encoder.encode_into
        self._sink = sink
        self._chain = CHAIN_START
        self._body = bytearray()
        self._filled = 0
        self._index = 0
        self._first_ns = 0
        self._last: tuple[Any, ...] = (0,)
        self.total = 0

    def add(self, entry: tuple[Any, ...]) -> None:
        """Append one entry; its first field is the virtual time in nanoseconds."""
        filled = self._filled
        if not filled:
            self._first_ns = entry[0]
        self._encode_into(entry, self._body, -1)
        self._last = entry
        self._filled = filled = filled + 1
        if filled == EVENTS_PER_CHUNK:
            self.close_chunk()

    def open_chunk(self) -> EventChunk | None:
        """The chunk being filled, as it would be if it were closed now; None when it is empty."""
        if not self._filled:
            return None
        body = bytes(self._body)
        return EventChunk(
            index=self._index,
            first_event=self.total,
            events=self._filled,
            first_ns=self._first_ns,
            last_ns=self._last[0],
            body=body,
            digest=chain(self._chain, body),
        )

    def close_chunk(self) -> None:
        """Hash what is there and hand it to the sink; nothing to do when nothing is there."""
        closed = self.open_chunk()
        if closed is None:
            return
        self._chain = closed.digest
        if self._sink is not None:
            self._sink.chunk(closed)
        self.total += self._filled
        self._index += 1
        self._filled = 0
        self._body.clear()

    @property
    def hex(self) -> str:
        """Digest of everything so far, the open chunk included."""
        if not self._filled:
            return self._chain.hex()
        return chain(self._chain, bytes(self._body)).hex()
