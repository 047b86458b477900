"""Holds a run that repeats the beginning of a recorded one against it, up to a moment.

A fork executes its parent's run again, and goes its own way from a moment on. Everything before
that moment must be the parent's, event by event; from the moment itself on, nothing need be.
"""

from collections.abc import Callable
from typing import Any

from outage_engine.recording.event_lines import event_time
from outage_engine.recording.reader import Recording, decode_events
from outage_engine.recording.sink import EventChunk
from outage_engine.recording.verification import Divergence, Verification


class Ancestry(Verification):
    """The `EventSink` of a run that is to repeat a recording up to a moment."""

    def __init__(
        self,
        parent: Recording,
        until_ns: int,
        *,
        on_divergence: Callable[[Divergence], None] | None = None,
    ) -> None:
        """Events before virtual time `until_ns` are compared."""
        super().__init__(parent, on_divergence=on_divergence)
        self._until_ns = until_ns
        self._through = False
        self._total: int | None = None
        self._digests: list[bytes] = []

    @property
    def over(self) -> bool:
        """Whether everything that can be compared has been."""
        return self._through or super().over

    @property
    def total_events(self) -> int:
        """How many events the parent has before the moment, to within a chunk."""
        if self._total is None:
            query = (
                "SELECT first_event + events FROM chunks WHERE last_ns < ? ORDER BY n DESC LIMIT 1"
            )
            rows = self._recording.rows(query, self._until_ns)
            self._total = next((self._recording.cell(row, 0, int) for row in rows), 0)
        return self._total

    @property
    def events(self) -> int:
        """How many events were the parent's."""
        return self._agreed

    def settle(self, open_chunk: EventChunk | None) -> None:
        """The run has reached the moment: compare what is not in a closed chunk, and end.

        Raises BadRecording when the parent turned out to be damaged.
        """
        if open_chunk is not None:
            self.chunk(open_chunk)
        self._through = True
        if self._damage is not None:
            raise self._damage

    def _compare(self, found: EventChunk) -> None:
        if self._next == self._recording.chunk_count:
            self._through = True  # the parent was recorded no further
            return
        if found.digest == self._recorded_digest():
            self._digest = found.digest  # of everything so far: no need to look at the events
            self._agreed += found.events
            return
        expected = self._recording.chunk(self._next)
        if found.body == expected.body:
            raise self._recording.damaged(f"chunk {self._next} does not have its own digest")
        self._through = True
        recorded = self._early(self._recording.events(expected))
        happened = self._early(decode_events(found))
        # By text, as a verification does: 1, 1.0 and True are different events.
        if recorded == happened or self._stopped(expected, recorded, happened):
            self._agreed += len(recorded)
        else:
            self._diverge(expected, found)

    def _recorded_digest(self) -> bytes:
        """The parent's digest after the chunk that is compared next."""
        if not self._digests:
            rows = self._recording.rows("SELECT digest FROM chunks ORDER BY n")
            self._digests = [self._recording.cell(row, 0, bytes) for row in rows]
        return self._digests[self._next] if self._next < len(self._digests) else b""

    def _early(self, events: list[tuple[Any, ...]]) -> list[str]:
        """The events before the moment, as text."""
        return [repr(event) for event in events if event_time(event) < self._until_ns]

    def _stopped(self, expected: EventChunk, recorded: list[str], happened: list[str]) -> bool:
        """Whether the parent's recording stops in this chunk, and agrees as far as it goes."""
        last = expected.index == self._recording.chunk_count - 1
        open_end = not self._recording.meta.finished
        return last and open_end and happened[: len(recorded)] == recorded
