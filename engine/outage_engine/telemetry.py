"""What the run measures of itself: counters, gauges, latency histograms, and their history.

Actors count and set while they work; nothing here feeds back into a decision. At each call of
`sample` the present value of every counter and gauge joins its series. Sampling happens inside
the simulation, at virtual times the run decides, so the samples of two equal runs are equal and
`vector` may enter the digest.

Names are dotted, component first: `dwfm.broken`. Counters end in `_total`, other numbers end in
their unit if they have one: `nm.wait_s`.
"""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING

import numpy as np

from outage_engine.histogram import LatencyHistogram
from outage_engine.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_PENDING_SAMPLES = 512


class Counter:
    """A number that only grows: of things that happened."""

    __slots__ = ("name", "total")

    def __init__(self, name: str) -> None:
        self.name = name
        self.total = 0
        """How many there have been. Read it; write with `add`."""

    def add(self, n: int = 1) -> None:
        """Counts `n` more. Raises ValueError if `n` is negative."""
        if n < 0:
            raise ValueError(f"counter {self.name!r} cannot go down by {-n}: use a gauge")
        self.total += n

    def read(self) -> int:
        """The present total."""
        return self.total


class Gauge:
    """A number that goes up and down: of things as they are now."""

    __slots__ = ("name", "value")

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: float = 0.0
        """The present value. Read it; write with `set`."""

    def set(self, value: float) -> None:
        """Replaces the value, in the unit its name ends in; must be finite when sampled."""
        self.value = value

    def read(self) -> float:
        """The present value."""
        return self.value


class Telemetry:
    """All counters, gauges and histograms of a run, in order of registration."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._names: list[str] = []
        self._instruments: list[Counter | Gauge | None] = []  # None: pulled from its owner
        self._reads: list[Callable[[], float]] = []
        self._series: list[Series] = []
        self._histograms: dict[str, LatencyHistogram] = {}
        # Samples wait row after row and join the series column by column, many at once.
        self._pending_times_ns: list[int] = []
        self._pending_rows = array("d")
        self._sampled_ns: int | None = None

    # --- registering

    def counter(self, name: str) -> Counter:
        """The counter of this name, made at the first call; several owners may share it.

        Raises ValueError if the name is not dotted, does not end in `_total` or is a gauge.
        """
        instrument = self._existing(name)
        if instrument is None:
            self._refuse_if_pulled(name)
            if not name.endswith("_total"):
                raise ValueError(f"counter {name!r} must end in '_total'")
            instrument = Counter(name)
            self._register(name, instrument, instrument.read)
        if not isinstance(instrument, Counter):
            raise ValueError(f"{name!r} is already a gauge, so it cannot be a counter")
        return instrument

    def gauge(self, name: str) -> Gauge:
        """The gauge of this name, made at the first call.

        Raises ValueError if the name is not dotted, or is a counter or a pulled gauge.
        """
        instrument = self._existing(name)
        if instrument is None:
            self._refuse_if_pulled(name)
            instrument = Gauge(name)
            self._register(name, instrument, instrument.read)
        if not isinstance(instrument, Gauge):
            raise ValueError(f"{name!r} is already a counter, so it cannot be a gauge")
        return instrument

    def gauge_from(self, name: str, read: Callable[[], float]) -> None:
        """A gauge whose value is asked of its owner whenever it is sampled.

        `read` must return a finite number and change nothing. A second call replaces `read`, so
        that a restarted actor may register again. Raises ValueError if the name is not dotted, or
        is a counter or a gauge that is set.
        """
        if self._existing(name) is not None:
            raise ValueError(f"{name!r} is already counted or set, so it cannot be pulled")
        if name in self._places:
            self._reads[self._places[name]] = read
        else:
            self._register(name, None, read)

    def histogram(self, name: str) -> LatencyHistogram:
        """The latency histogram of this name, made at the first call.

        Raises ValueError if the name is not dotted. Histograms have names of their own.
        """
        found = self._histograms.get(name)
        if found is None:
            _refuse_bad_name(name)
            found = self._histograms[name] = LatencyHistogram()
        return found

    def _existing(self, name: str) -> Counter | Gauge | None:
        place = self._places.get(name)
        return None if place is None else self._instruments[place]

    def _refuse_if_pulled(self, name: str) -> None:
        if name in self._places:
            raise ValueError(f"{name!r} is already pulled from its owner, so it has no other")

    def _register(
        self, name: str, instrument: Counter | Gauge | None, read: Callable[[], float]
    ) -> None:
        _refuse_bad_name(name)
        self._fold()  # rows that wait have one column fewer
        self._places[name] = len(self._names)
        self._names.append(name)
        self._instruments.append(instrument)
        self._reads.append(read)
        self._series.append(Series(before_read=self._fold))

    # --- sampling

    def sample(self, now_ns: int) -> tuple[float, ...]:
        """Adds the present value of every counter and gauge to its series; returns the values.

        They are in the order of `names()`, as those of `vector` are.

        `now_ns` is the virtual time in nanoseconds. Raises ValueError if it lies before the last
        sample, or if a value is not finite (the gauge is named).
        """
        if self._sampled_ns is not None and now_ns < self._sampled_ns:
            raise ValueError(f"sample at {now_ns} ns, but one was taken at {self._sampled_ns} ns")
        row = [read() for read in self._reads]
        if not math.isfinite(sum(row)):
            self._refuse_row(now_ns, row)
        self._sampled_ns = now_ns
        self._pending_times_ns.append(now_ns)
        values = array("d", row)
        self._pending_rows.extend(values)
        if len(self._pending_times_ns) >= _PENDING_SAMPLES:
            self._fold()
        return tuple(values)

    def _refuse_row(self, now_ns: int, row: list[float]) -> None:
        for name, value in zip(self._names, row, strict=True):
            if not math.isfinite(value):
                raise ValueError(f"gauge {name!r} is {value} at {now_ns} ns: it must be finite")

    def _fold(self) -> None:
        if not self._pending_times_ns:
            return
        times_ns = np.array(self._pending_times_ns, dtype=np.int64)
        rows = np.array(self._pending_rows, dtype=np.float64).reshape(times_ns.size, -1)
        self._pending_times_ns.clear()
        self._pending_rows = array("d")
        for series, column in zip(self._series, np.ascontiguousarray(rows.T), strict=True):
            series.extend_checked(times_ns, column)

    # --- reading

    def names(self) -> list[str]:
        """Names of all counters and gauges in order of registration."""
        return list(self._names)

    def histogram_names(self) -> list[str]:
        """Names of all latency histograms in order of registration."""
        return list(self._histograms)

    def vector(self) -> tuple[float, ...]:
        """Present values in the order of `names()`; equal in equal runs."""
        return tuple(array("d", [read() for read in self._reads]))

    def value(self, name: str) -> float:
        """The present value of a counter or gauge. Raises KeyError if there is none so called."""
        return self._reads[self._place(name)]()

    def series(self, name: str) -> Series:
        """The samples of a counter or gauge. Raises KeyError if there is none so called."""
        return self._series[self._place(name)]

    def _place(self, name: str) -> int:
        place = self._places.get(name)
        if place is None:
            known = ", ".join(sorted(self._names)) or "none"
            raise KeyError(f"no counter or gauge is called {name!r}; there are: {known}")
        return place


def _refuse_bad_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is not a dotted name: lower-case letters, digits, '_' and '-', "
            f"component first, such as 'dwfm.broken'"
        )
