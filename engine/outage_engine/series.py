"""A time series of bounded memory that never loses a spike.

A run of sixteen virtual hours sampled every ten seconds is 5,800 samples a name, which is kept as
it is. A run may last longer or be sampled more often, so after `CAPACITY` samples neighbours are
merged two by two: each bucket keeps its smallest, its largest and its last sample, and the time
of the last. A chart drawn from the buckets shows every spike; the smallest, largest and last
sample of the whole series are kept apart and stay exact however much was merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CAPACITY = 8192
"""Samples kept one by one, and afterwards the largest number of buckets. *Assumed*: enough for
22 virtual hours at ten seconds, 128 KiB a series. Must be even, so that pairs merge exactly."""

_FIRST_ALLOCATION = 512

T = TypeVar("T", bound=np.generic)


class Series:
    """Samples of one number over virtual time.

    Arrays are read-only and belong to the moment they were asked for: ask again after a sample.
    """

    __slots__ = (
        "_before_read",
        "_buckets",
        "_count",
        "_last",
        "_maxima",
        "_maximum",
        "_maximum_at_ns",
        "_minima",
        "_minimum",
        "_minimum_at_ns",
        "_stride",
        "_tail_times_ns",
        "_tail_values",
        "_times_ns",
        "_values",
    )

    def __init__(self, before_read: Callable[[], None] | None = None) -> None:
        """`before_read` is called before anything is read; who appends lazily catches up there."""
        self._before_read = before_read
        self._count = 0
        self._buckets = 0
        self._stride = 1
        self._times_ns = np.empty(_FIRST_ALLOCATION, dtype=np.int64)
        self._values = np.empty(_FIRST_ALLOCATION, dtype=np.float64)
        # While every sample is a bucket of its own, its minimum and maximum are its value.
        self._minima = self._values
        self._maxima = self._values
        # Samples of the bucket that is not full yet; always fewer than `stride`.
        self._tail_times_ns = np.empty(0, dtype=np.int64)
        self._tail_values = np.empty(0, dtype=np.float64)
        self._minimum = self._maximum = self._last = 0.0
        self._minimum_at_ns = self._maximum_at_ns = 0

    # --- writing

    def append(self, at_ns: int, value: float) -> None:
        """Adds one sample. Raises ValueError if `at_ns` lies before the last sample."""
        self.extend(np.array([at_ns], dtype=np.int64), np.array([value], dtype=np.float64))

    def extend(self, times_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Adds samples in order of time, virtual nanoseconds.

        Raises ValueError if the arrays differ in length, times go backwards or a value is not
        finite; nothing is added then.
        """
        self._refuse_bad_samples(times_ns, values)
        if values.size:
            self.extend_checked(times_ns, values)

    def extend_checked(self, times_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """`extend` for at least one sample that its caller has already checked."""
        self._note_extremes(times_ns, values)
        start = 0
        while start < values.size:
            room = (CAPACITY - self._buckets) * self._stride - self._tail_values.size
            if room == 0:
                self._merge_neighbours()
                continue
            stop = min(start + room, values.size)
            self._store(times_ns[start:stop], values[start:stop])
            start = stop
        self._count += values.size

    def _refuse_bad_samples(self, times_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if times_ns.shape != values.shape or values.ndim != 1:
            raise ValueError(
                f"a series needs as many times as values, both flat: "
                f"got shapes {times_ns.shape} and {values.shape}"
            )
        if values.size == 0:
            return
        if not np.isfinite(values).all():
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ValueError(f"sample at {int(times_ns[at])} ns is {values[at]}, not a number")
        last_ns = self._last_time_ns()
        first_ns = int(times_ns[0])
        if (last_ns is not None and first_ns < last_ns) or (np.diff(times_ns) < 0).any():
            raise ValueError(f"samples from {first_ns} ns go back in time (last: {last_ns} ns)")

    def _last_time_ns(self) -> int | None:
        if self._tail_times_ns.size:
            return int(self._tail_times_ns[-1])
        return int(self._times_ns[self._buckets - 1]) if self._buckets else None

    def _note_extremes(self, times_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        highest, lowest = int(values.argmax()), int(values.argmin())
        if self._count == 0 or values[highest] > self._maximum:
            self._maximum = float(values[highest])
            self._maximum_at_ns = int(times_ns[highest])
        if self._count == 0 or values[lowest] < self._minimum:
            self._minimum = float(values[lowest])
            self._minimum_at_ns = int(times_ns[lowest])
        self._last = float(values[-1])

    def _store(self, times_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if self._stride == 1:
            start, stop = self._buckets, self._buckets + values.size
            self._make_room_for(stop)
            self._times_ns[start:stop] = times_ns
            self._values[start:stop] = values
            self._buckets = stop
            return
        times_ns = np.concatenate((self._tail_times_ns, times_ns))
        values = np.concatenate((self._tail_values, values))
        full = values.size // self._stride
        cut = full * self._stride
        if full:
            start, stop = self._buckets, self._buckets + full
            groups = values[:cut].reshape(full, self._stride)
            self._times_ns[start:stop] = times_ns[self._stride - 1 : cut : self._stride]
            self._values[start:stop] = groups[:, -1]
            self._minima[start:stop] = groups.min(axis=1)
            self._maxima[start:stop] = groups.max(axis=1)
            self._buckets = stop
        self._tail_times_ns = times_ns[cut:].copy()
        self._tail_values = values[cut:].copy()

    def _make_room_for(self, buckets: int) -> None:
        """Grows the arrays of a series that is still exact."""
        size = self._values.size
        while size < buckets:
            size *= 2
        if size > self._values.size:
            self._times_ns = _grown(self._times_ns, self._buckets, size)
            self._values = _grown(self._values, self._buckets, size)
            self._minima = self._maxima = self._values

    def _merge_neighbours(self) -> None:
        """Halves the number of buckets; only called when all are full and the tail is empty."""
        minima, maxima = self._minima, self._maxima
        half = self._buckets // 2
        even, odd = slice(0, 2 * half, 2), slice(1, 2 * half, 2)
        # New arrays: views handed out before must not change under their reader.
        merged_minima, merged_maxima = np.empty(CAPACITY), np.empty(CAPACITY)
        merged_values, merged_times_ns = np.empty(CAPACITY), np.empty(CAPACITY, dtype=np.int64)
        merged_minima[:half] = np.minimum(minima[even], minima[odd])
        merged_maxima[:half] = np.maximum(maxima[even], maxima[odd])
        merged_values[:half] = self._values[odd]
        merged_times_ns[:half] = self._times_ns[odd]
        self._minima, self._maxima = merged_minima, merged_maxima
        self._values, self._times_ns = merged_values, merged_times_ns
        self._buckets = half
        self._stride *= 2

    # --- reading

    def __len__(self) -> int:
        """Number of buckets; that of samples while `exact`."""
        self._catch_up()
        return self._buckets + (1 if self._tail_values.size else 0)

    @property
    def count(self) -> int:
        """Number of samples ever added."""
        self._catch_up()
        return self._count

    @property
    def exact(self) -> bool:
        """Whether every sample is still kept by itself."""
        return self.stride == 1

    @property
    def stride(self) -> int:
        """Samples a bucket: 1 while exact, then a power of two."""
        self._catch_up()
        return self._stride

    @property
    def times_ns(self) -> NDArray[np.int64]:
        """Virtual time of the last sample of each bucket, nanoseconds, ascending."""
        self._catch_up()
        return _sealed(self._times_ns[: self._buckets], self._tail_times_ns[-1:])

    @property
    def values(self) -> NDArray[np.float64]:
        """The last sample of each bucket."""
        self._catch_up()
        return _sealed(self._values[: self._buckets], self._tail_values[-1:])

    @property
    def minima(self) -> NDArray[np.float64]:
        """The smallest sample of each bucket."""
        self._catch_up()
        tail = self._tail_values
        return _sealed(
            self._minima[: self._buckets], tail.min(keepdims=True) if tail.size else tail
        )

    @property
    def maxima(self) -> NDArray[np.float64]:
        """The largest sample of each bucket."""
        self._catch_up()
        tail = self._tail_values
        return _sealed(
            self._maxima[: self._buckets], tail.max(keepdims=True) if tail.size else tail
        )

    @property
    def minimum(self) -> float:
        """The smallest of all samples, exact; 0 before the first."""
        self._catch_up()
        return self._minimum

    @property
    def minimum_at_ns(self) -> int:
        """Virtual time of the first sample that was `minimum`, nanoseconds."""
        self._catch_up()
        return self._minimum_at_ns

    @property
    def maximum(self) -> float:
        """The largest of all samples, exact; 0 before the first."""
        self._catch_up()
        return self._maximum

    @property
    def maximum_at_ns(self) -> int:
        """Virtual time of the first sample that was `maximum`, nanoseconds."""
        self._catch_up()
        return self._maximum_at_ns

    @property
    def last(self) -> float:
        """The newest sample, exact; 0 before the first."""
        self._catch_up()
        return self._last

    def value_at(self, at_ns: int) -> float | None:
        """The newest kept sample that is not later than `at_ns`; None before the first."""
        times_ns = self.times_ns
        found = int(np.searchsorted(times_ns, at_ns, side="right"))
        return float(self.values[found - 1]) if found else None

    def _catch_up(self) -> None:
        if self._before_read is not None:
            self._before_read()


def _grown(old: NDArray[T], used: int, size: int) -> NDArray[T]:
    new = np.empty(size, dtype=old.dtype)
    new[:used] = old[:used]
    return new


def _sealed(full: NDArray[T], tail: NDArray[T]) -> NDArray[T]:
    """Full buckets and the one in the making, as an array that cannot be written to."""
    shown = np.concatenate((full, tail)) if tail.size else full[:]
    shown.flags.writeable = False
    return shown
