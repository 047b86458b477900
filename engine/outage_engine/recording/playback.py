"""Looks at a recorded run at any moment, without running anything.

Frames are views of everything, one each ten to thirty virtual seconds; a seek inflates one shelf
of them. What a frame means is its maker's business: here it is bytes.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from outage_engine.recording import format_1, format_2
from outage_engine.recording.reader import Recording, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@attrs.frozen
class Frame:
    """A view of everything at one moment."""

    t_ns: int
    body: bytes


@attrs.frozen
class Series:
    """A metric over the whole run; arrays of equal length."""

    times_ns: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    """NaN where the metric was not known yet, or had no number."""


@attrs.frozen
class NarrationLine:
    """A line of the narration."""

    n: int
    t_ns: int
    component: str
    level: str
    text: str
    about: str
    because: tuple[int, ...] = ()
    """Numbers of the earlier lines it follows from; none in a recording of format 1."""
    via: tuple[str, ...] = ()
    """What brought each of them; empty text: the component's own state."""


@attrs.frozen
class RecordedAction:
    """An action that took effect."""

    t_ns: int
    id: str
    arguments: str
    """JSON text, as it was written."""
    result: str
    by: str


@attrs.frozen
class RecordedMilestone:
    """A milestone that happened."""

    t_ns: int
    id: str
    kind: str


@attrs.frozen
class DnsChange:
    """A change of what a name resolves to."""

    t_ns: int
    name: str
    before: str
    after: str
    actor: str


@attrs.frozen
class Failover:
    """A place that went out of service, or came back."""

    t_ns: int
    place: str
    change: str
    cause: str


@attrs.frozen
class RecordedHistogram:
    """Latencies of one operation over the interval that ends at `t_ns`, encoded."""

    t_ns: int
    operation: str
    body: bytes


@attrs.frozen
class Marker:
    """A moment that a person marked."""

    t_ns: int
    name: str


class Playback:
    """Everything people look at in an open recording.

    Every method raises BadRecording when the part of the file it needs is damaged.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        query = "SELECT t_ns, shelf, start, size FROM frames ORDER BY t_ns"
        self._frames = tuple(recording.rows(query))
        self.frame_times_ns = tuple(recording.cell(row, 0, int) for row in self._frames)
        """Virtual times of all frames, increasing."""
        self._series: dict[str, Series] | None = None

    def frame_at(self, t_ns: int) -> Frame | None:
        """Return the latest frame at or before `t_ns`, or the first; None if there is none."""
        if not self.frame_times_ns:
            return None
        place = max(bisect_right(self.frame_times_ns, t_ns) - 1, 0)
        return Frame(self.frame_times_ns[place], self._recording.frame_body(self._frames[place], 1))

    def narration(self, until_ns: int | None = None, after: int = 0) -> list[NarrationLine]:
        """Return the lines after number `after`, up to and with virtual time `until_ns`."""
        causes = ", because, via" if self._recording.meta.format > format_1.VERSION else ""
        query = (
            f"SELECT n, t_ns, component, level, text, about{causes} FROM narration"
            " WHERE n > ? AND t_ns <= ? ORDER BY n"
        )
        return [
            self._narration_line(row)
            for row in self._rows(query, after, _ALWAYS if until_ns is None else until_ns)
        ]

    def _narration_line(self, row: tuple[Any, ...]) -> NarrationLine:
        n, t_ns = self._int(row, 0), self._int(row, 1)
        component, level, text, about = self._lines(row[:6], 2)
        if len(row) == 6:
            return NarrationLine(n, t_ns, component, level, text, about)
        with self._recording.faults():
            because = _NUMBERS.decode(self._recording.cell(row, 6, str))
            via = _TEXTS.decode(self._recording.cell(row, 7, str))
        if len(because) != len(via) or any(not 1 <= cause < n for cause in because):
            raise self._recording.damaged(f"line {n} of the narration has causes that cannot be")
        if len(because) > format_2.CAUSES_MAX:
            raise self._recording.damaged(f"line {n} of the narration has {len(because)} causes")
        brought = tuple(printable(each) for each in via)
        return NarrationLine(n, t_ns, component, level, text, about, because, brought)

    def metric_names(self) -> tuple[str, ...]:
        """Return the names of all metrics, in the order they were declared."""
        query = "SELECT name FROM metric_names ORDER BY position"
        return tuple(self._recording.line(row, 0) for row in self._rows(query))

    def series(self, name: str) -> Series:
        """Return a metric over the whole run. Raises KeyError when there is none of that name."""
        if self._series is None:
            self._series = self._read_series()
        return self._series[name]

    def actions(self) -> list[RecordedAction]:
        """Return the actions, in the order they took effect."""
        query = "SELECT t_ns, id, arguments, result, by FROM actions ORDER BY n"
        return [
            RecordedAction(self._int(row, 0), *self._lines(row, 1)) for row in self._rows(query)
        ]

    def milestones(self) -> list[RecordedMilestone]:
        """Return the milestones that happened, in that order."""
        query = "SELECT t_ns, id, kind FROM milestones ORDER BY n"
        return [
            RecordedMilestone(self._int(row, 0), *self._lines(row, 1)) for row in self._rows(query)
        ]

    def dns_changes(self) -> list[DnsChange]:
        """Return the DNS changes, in order."""
        query = "SELECT t_ns, name, before, after, actor FROM dns_changes ORDER BY n"
        return [DnsChange(self._int(row, 0), *self._lines(row, 1)) for row in self._rows(query)]

    def failovers(self) -> list[Failover]:
        """Return the failovers, in order."""
        query = "SELECT t_ns, place, change, cause FROM failovers ORDER BY n"
        return [Failover(self._int(row, 0), *self._lines(row, 1)) for row in self._rows(query)]

    def histograms(self, operation: str) -> Iterator[RecordedHistogram]:
        """Yield the histograms of one operation, in order. Their bodies are not checked."""
        query = "SELECT t_ns, operation, body FROM histograms WHERE operation = ? ORDER BY n"
        for row in self._rows(query, operation):
            name, body = self._recording.line(row, 1), self._recording.cell(row, 2, bytes)
            yield RecordedHistogram(self._int(row, 0), name, body)

    def operations(self) -> tuple[str, ...]:
        """Return the operations that have histograms, in alphabetical order."""
        query = "SELECT DISTINCT operation FROM histograms ORDER BY operation"
        return tuple(self._recording.line(row, 0) for row in self._rows(query))

    def markers(self) -> list[Marker]:
        """Return the markers, in the order they were set."""
        query = "SELECT t_ns, name FROM markers ORDER BY n"
        return [Marker(self._int(row, 0), *self._lines(row, 1)) for row in self._rows(query)]

    def _rows(self, query: str, *values: int | str) -> Iterator[tuple[Any, ...]]:
        return self._recording.rows(query, *values)

    def _int(self, row: tuple[Any, ...], column: int) -> int:
        return self._recording.cell(row, column, int)

    def _lines(self, row: tuple[Any, ...], first: int) -> list[str]:
        return [self._recording.line(row, column) for column in range(first, len(row))]

    def _read_series(self) -> dict[str, Series]:
        """Read all samples at once: charts of one run usually want most of them."""
        import numpy as np  # here: it takes long to load, and a first picture needs no series

        names = self.metric_names()
        decode = msgspec.json.Decoder(list[float | None]).decode
        times_ns: list[int] = []
        samples: list[list[float | None]] = []
        for row in self._rows("SELECT t_ns, numbers FROM metric_samples ORDER BY t_ns"):
            with self._recording.faults():
                sample = decode(self._recording.cell(row, 1, str))
            times_ns.append(self._int(row, 0))
            if len(times_ns) * len(names) > format_1.SERIES_CELLS_MAX:
                raise self._recording.damaged("it has more metrics than anybody can measure")
            if len(sample) != len(names):  # a metric declared late is missing before
                sample = (sample + [None] * len(names))[: len(names)]
            samples.append(sample)
        table = np.array(samples, dtype=np.float64).reshape(len(samples), len(names))
        times = np.array(times_ns, dtype=np.int64)
        columns = np.ascontiguousarray(table.T)
        return {name: Series(times, columns[place]) for place, name in enumerate(names)}


_ALWAYS = (1 << 63) - 1
_NUMBERS = msgspec.json.Decoder(tuple[int, ...])
_TEXTS = msgspec.json.Decoder(tuple[str, ...])
