"""The events of a run in chunks, each linked to the one before by a digest.

The chain is computed whether or not anybody records: it is the run's digest. It goes over the
uncompressed events and never over a file, so a change of compression or of the file format
leaves every digest as it was.
"""

import hashlib
from typing import Protocol

import attrs

EVENTS_PER_CHUNK = 512
"""About this many events make a chunk: few enough to find one again at once."""

DIGEST_SIZE = 32
"""Bytes of a digest."""

CHAIN_START = bytes(DIGEST_SIZE)
"""The digest before the first chunk."""


def chain(previous: bytes, body: bytes) -> bytes:
    """Return the digest of a chunk with this body after a chunk with the digest `previous`."""
    link = hashlib.blake2b(previous, digest_size=DIGEST_SIZE)
    link.update(body)
    return link.digest()


@attrs.frozen
class EventChunk:
    """Consecutive events of a run."""

    index: int
    """Position among the chunks, from 0."""
    first_event: int
    """Number of the first event in the run, from 0."""
    events: int
    """How many events the body holds."""
    first_ns: int
    """Virtual time of the first event, ns since the start of the run."""
    last_ns: int
    """Virtual time of the last event, ns."""
    body: bytes
    """The events, each a msgpack array `(time_ns, kind, actor, ...)`, one after the other."""
    digest: bytes
    """`chain(digest of the chunk before, body)`."""


class EventSink(Protocol):
    """Takes the events of a run. It must never raise: a run outlives its recording."""

    def chunk(self, chunk: EventChunk) -> None:
        """Take the next chunk."""
