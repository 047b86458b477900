"""Finds where two recorded runs part: the first event of one that is not the other's.

Chunks carry the digest of everything up to their end, so two runs that begin alike have equal
digests up to the chunk in which they part, and different ones from there on. Halving finds that
chunk with a few reads of the index, however long the runs are and however late they part; then one
chunk of each is inflated. Runs need not have anything in common: those of different scenarios part
early, and that is the answer.

What is compared is what the recordings hold. A recording that somebody has altered can tell a
parting that never was; `verify` is for that.
"""

from typing import Any

import attrs

from outage_engine.recording.event_lines import (
    THE_END,
    event_actor,
    event_time,
    line_at,
    lines_of_two,
)
from outage_engine.recording.reader import Recording

_Events = list[tuple[Any, ...]]


@attrs.frozen
class Parting:
    """Where two runs part."""

    t_ns: int
    """Virtual time, ns: of the earlier of the two events that differ."""
    actor: str
    """Whose event that is."""
    event: int
    """Its number in the run, from 0."""
    first: str
    """What the first run did there, as one line."""
    second: str


@attrs.frozen
class Comparison:
    """What two recorded runs have in common."""

    events_alike: int
    """Events, from the first one on, that both have."""
    parting: Parting | None
    """None: alike as far as both recordings go."""


def compare(first: Recording, second: Recording) -> Comparison:
    """Compare two recordings, event by event.

    A recording that ends earlier than the other, because its run was to end then or because nobody
    closed it, is compared as far as it goes. Raises BadRecording when one is damaged.
    """
    index = _alike_chunks(first, second)
    start, mine = _chunk_events(first, index)
    other_start, theirs = _chunk_events(second, index)
    if mine and theirs and start != other_start:
        raise first.damaged(f"chunk {index} does not begin where that of {second.path} does")
    number = start if mine else other_start
    for one, other in zip(mine, theirs, strict=False):
        # By text: 1, 1.0 and True are different events, and NaN is the same as NaN.
        if repr(one) != repr(other):
            event = min(one, other, key=event_time)
            lines = lines_of_two(one, other)
            parting = Parting(event_time(event), event_actor(event), number, *lines)
            return Comparison(number, parting)
        number += 1
    common = min(len(mine), len(theirs))
    return Comparison(number, _parting_at_end((first, second), (mine, theirs), common, number))


def _alike_chunks(first: Recording, second: Recording) -> int:
    """How many chunks, from the first on, are the same in both."""
    low, high = 0, min(first.chunk_count, second.chunk_count)
    while low < high:
        middle = (low + high) // 2
        if _digest(first, middle) == _digest(second, middle):
            low = middle + 1
        else:
            high = middle
    return low


def _digest(recording: Recording, index: int) -> bytes:
    for row in recording.rows("SELECT digest FROM chunks WHERE n = ?", index):
        return recording.cell(row, 0, bytes)
    raise recording.damaged(f"chunk {index} is missing")


def _chunk_events(recording: Recording, index: int) -> tuple[int, _Events]:
    """The number of the first event of a chunk, and its events; none where the recording ends."""
    if index >= recording.chunk_count:
        return recording.meta.events, []
    chunk = recording.chunk(index)
    return chunk.first_event, recording.events(chunk)


def _parting_at_end(
    recordings: tuple[Recording, Recording],
    events: tuple[_Events, _Events],
    common: int,
    number: int,
) -> Parting | None:
    """One has an event more: whether the other ended before it, or was never to come so far."""
    for place, (here, there) in enumerate(((0, 1), (1, 0))):
        if len(events[here]) <= common:
            continue
        event, ended = events[here][common], recordings[there].meta
        if not ended.finished or event_time(event) >= ended.virtual_ns:
            return None
        lines = [line_at(events[here], common), THE_END]
        if place:
            lines.reverse()
        return Parting(event_time(event), event_actor(event), number, *lines)
    return None
