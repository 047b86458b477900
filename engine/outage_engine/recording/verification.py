"""Runs a scenario again and holds every event against the recorded one.

The first event that differs is the whole story: everything after it follows from it. It is named
by virtual time and actor, with what was recorded (expected) and what happened now (found).

A recording may end before the run it came from would have: it was killed, or somebody quit. So
what is verified is everything the recording holds, and the run may go on after that; but a closed
recording must hold every event up to its last moment.
"""

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from outage_engine.recording.errors import BadRecording
from outage_engine.recording.event_lines import (
    THE_END,
    event_actor,
    event_line,
    event_time,
    line_at,
    lines_of_two,
)
from outage_engine.recording.reader import Recording, decode_events
from outage_engine.recording.sink import CHAIN_START, EventChunk, chain


@attrs.frozen
class Divergence:
    """The first event of a run that is not the recorded one."""

    t_ns: int
    """Virtual time at which the two part."""
    actor: str
    event: int
    """Number of the event in the run, from 0."""
    expected: str
    """The recorded event, as short text."""
    found: str
    """What happened instead."""


@attrs.frozen
class Verdict:
    """What a verification found."""

    ok: bool
    finished: bool
    """False: the recording was not closed, and was verified up to its last chunk."""
    events: int
    """How many recorded events, notes among them, were repeated before any difference."""
    digest_expected: str
    """Digest of the recorded events, hex."""
    digest_found: str
    """Digest of as many events of the run, hex."""
    first_divergence: Divergence | None


class Verification:
    """The `EventSink` of the run that is to repeat a recording."""

    def __init__(
        self, recording: Recording, *, on_divergence: Callable[[Divergence], None] | None = None
    ) -> None:
        """Prepare to compare. `on_divergence` is called once, so that the run can be ended.

        A damaged recording must not harm the run either: `verdict` raises what was found.
        """
        self._recording = recording
        self._on_divergence = on_divergence
        self._damage: BadRecording | None = None
        self._digest = CHAIN_START
        self._next = 0
        self._agreed = 0
        self.divergence: Divergence | None = None
        """The first difference so far."""

    @property
    def over(self) -> bool:
        """Whether further chunks make no difference: the run may end."""
        if self.divergence is not None or self._damage is not None:
            return True
        surplus = 1 if self._recording.meta.finished else 0
        return self._next >= self._recording.chunk_count + surplus

    def chunk(self, chunk: EventChunk) -> None:
        """Compare the next chunk of the run."""
        if self.over:
            return
        try:
            self._compare(chunk)
        except BadRecording as damage:
            self._damage = damage
        self._next += 1

    def verdict(self) -> Verdict:
        """Return what was found, once the run is over.

        Raises BadRecording when the recording turned out to be damaged.
        """
        if self._damage is not None:
            raise self._damage
        if self.divergence is None and self._next < self._recording.chunk_count:
            self._diverge_at_end(self._recording.chunk(self._next))
        meta = self._recording.meta
        return Verdict(
            ok=self.divergence is None,
            finished=meta.finished,
            events=self._agreed,
            digest_expected=meta.digest,
            digest_found=self._digest.hex(),
            first_divergence=self.divergence,
        )

    def _compare(self, found: EventChunk) -> None:
        if self._next == self._recording.chunk_count:
            self._compare_end(decode_events(found))
            return
        expected = self._recording.chunk(self._next)
        last = self._next == self._recording.chunk_count - 1
        if found.body == expected.body:
            self._digest = found.digest
            self._agreed += found.events
        elif last and found.body.startswith(expected.body):
            # Whoever was recording stopped in the middle of this chunk.
            self._digest = chain(self._digest, expected.body)
            self._agreed += len(self._recording.events(expected))
            self._compare_end(decode_events(found)[self._agreed - found.first_event :])
        else:
            self._digest = found.digest
            self._diverge(expected, found)
            return
        if self._digest != expected.digest:
            raise self._recording.damaged(f"chunk {self._next} does not have its own digest")

    def _compare_end(self, surplus: list[tuple[Any, ...]]) -> None:
        """Look at what the run did after the last recorded event."""
        meta = self._recording.meta
        if surplus and meta.finished and event_time(surplus[0]) < meta.virtual_ns:
            self._report(surplus[0], self._agreed, THE_END, event_line(surplus[0]))

    def _diverge(self, expected: EventChunk, found: EventChunk) -> None:
        """Name the first event that differs between two chunks."""
        recorded, happened = self._recording.events(expected), decode_events(found)
        for place, (one, other) in enumerate(zip(recorded, happened, strict=False)):
            # By text: 1, 1.0 and True are different events, and NaN is the same as NaN.
            if repr(one) != repr(other):
                self._agreed += place
                event = min(one, other, key=event_time)
                self._report(event, self._agreed, *lines_of_two(one, other))
                return
        place = min(len(recorded), len(happened))
        self._agreed += place
        longer = recorded if len(recorded) > place else happened
        if len(longer) == place:
            raise self._recording.damaged(f"chunk {expected.index} is not encoded as events are")
        texts = line_at(recorded, place), line_at(happened, place)
        self._report(longer[place], self._agreed, *texts)

    def _diverge_at_end(self, expected: EventChunk) -> None:
        """Report a run that ended before its recording did."""
        events = self._recording.events(expected)
        if not events:
            raise self._recording.damaged(f"chunk {expected.index} is empty")
        self._report(events[0], self._agreed, event_line(events[0]), THE_END)

    def _report(self, event: tuple[Any, ...], number: int, expected: str, found: str) -> None:
        self.divergence = Divergence(event_time(event), event_actor(event), number, expected, found)
        if self._on_divergence is not None:
            self._on_divergence(self.divergence)


def verify(recording: Recording, chunks: Iterable[EventChunk]) -> Verdict:
    """Compare a run that is given as its chunks, no further than the first difference.

    Raises BadRecording when the recording is damaged.
    """
    verification = Verification(recording)
    for chunk in chunks:
        verification.chunk(chunk)
        if verification.over:
            break
    return verification.verdict()
