"""Latency histograms: HdrHistogram's layout, filled and read in bulk.

The hdrhistogram package gives the layout (buckets of equal relative width), the encoding and the
log format that other tools read. Its recording and its percentiles are Python loops, too slow
for a simulation that records hundreds of thousands of latencies, so counts live here in a numpy
array of the very same layout: values wait in a list and are folded in together, percentiles come
from one cumulative sum. `LatencyCounts.to_hdr` hands the counts to the package unchanged.

Values are kept in whole microseconds, one microsecond to 24 hours, three significant digits: a
value is reported at most 1/1024 (0.0977 %) above itself. A value out of range is refused and
counted, because a percentile that hides the worst values is worse than none.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from hdrh.histogram import HdrHistogram

from outage_engine.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LOWEST_NS = 1_000
"""Smallest latency that is recorded: one microsecond."""
HIGHEST_NS = 24 * 3_600 * 1_000_000_000
"""Largest latency that is recorded: 24 hours."""
SIGNIFICANT_DIGITS = 3
HIGHEST_US = HIGHEST_NS // 1_000

_LAYOUT = HdrHistogram(1, HIGHEST_US, SIGNIFICANT_DIGITS)
COUNTS_LENGTH: int = _LAYOUT.counts_len
_HALF_MAGNITUDE: int = _LAYOUT.sub_bucket_half_count_magnitude
# First value of bucket 1, 2, ...: how many of them a value reaches is its bucket, which is its
# bit length less eleven, found without floating point.
_BUCKET_STARTS = np.array(
    [_LAYOUT.sub_bucket_count << bucket for bucket in range(_LAYOUT.bucket_count)], dtype=np.int64
)

_PENDING_LIMIT = 4096
_LARGEST_COUNT = 1 << 48  # so that the sum over all places fits an int64
_ENCODING_HEADER = struct.Struct(">II")
_PAYLOAD_HEADER = struct.Struct(">IIIIQQd")
_LONGEST_VARINT_BYTES = 9
_COMPRESSION_COOKIE = 0x1C849304
_ENCODING_COOKIE = 0x1C849303
_COOKIE_MASK = 0xFFFFFF0F


class HistogramFormatError(RecordingError):
    """An encoded histogram that is damaged, of another layout, or larger than any of ours."""


class LatencyHistogram:
    """Latencies of one kind of work: of the whole run, and since the last `reset_interval()`."""

    __slots__ = ("_interval", "_pending_counts", "_pending_ns", "_refused", "_run")

    def __init__(self) -> None:
        self._run = LatencyCounts()
        self._interval = LatencyCounts()
        self._refused = 0
        self._pending_ns: list[int] = []
        self._pending_counts: list[int] = []

    # --- recording

    def record_ns(self, value_ns: int) -> bool:
        """Records one latency, nanoseconds. Returns False if it is out of range: refused."""
        return self.record_count(value_ns, 1)

    def record_count(self, value_ns: int, count: int) -> bool:
        """Records `count` equal latencies of `value_ns` nanoseconds.

        Returns False if the value is out of range; it is then only counted in `refused`. Raises
        ValueError if `count` is negative.
        """
        if count < 0:
            raise ValueError(f"cannot record {count} latencies: a count is 0 or more")
        if not LOWEST_NS <= value_ns <= HIGHEST_NS:
            self._refused += count
            return False
        if not count:
            return True
        pending_ns = self._pending_ns
        pending_ns.append(value_ns)
        self._pending_counts.append(count)
        if len(pending_ns) >= _PENDING_LIMIT:
            self._fold()
        return True

    def record_many(self, values_ns: NDArray[np.int64]) -> int:
        """Records one latency per element, nanoseconds. Returns how many were refused.

        Raises TypeError unless the array holds integers: quantise draws first.
        """
        if values_ns.dtype.kind not in "iu":
            raise TypeError(f"latencies must be integer nanoseconds, got {values_ns.dtype}")
        inside = (values_ns >= LOWEST_NS) & (values_ns <= HIGHEST_NS)
        kept_ns = values_ns[inside].astype(np.int64)
        refused = int(values_ns.size - kept_ns.size)
        self._refused += refused
        if kept_ns.size:
            self._count_in(kept_ns, np.ones(kept_ns.size, dtype=np.int64))
        return refused

    def reset_interval(self) -> None:
        """Starts a new interval; the counts of the whole run stay."""
        self._fold()
        self._interval = LatencyCounts()

    def _fold(self) -> None:
        if not self._pending_ns:
            return
        values_ns = np.array(self._pending_ns, dtype=np.int64)
        counts = np.array(self._pending_counts, dtype=np.int64)
        self._pending_ns.clear()
        self._pending_counts.clear()
        self._count_in(values_ns, counts)

    def _count_in(self, values_ns: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        values_us = (values_ns + 500) // 1_000
        indices = indices_of(values_us)
        self._run.add(values_us, indices, counts)
        self._interval.add(values_us, indices, counts)

    # --- reading

    def run(self) -> LatencyCounts:
        """Everything recorded since the start."""
        self._fold()
        return self._run

    def extent(self) -> tuple[int, int]:
        """(latencies of the whole run, the largest of them in microseconds); does not count them
        in, so it is cheap."""
        counted = self._run
        if not self._pending_ns:
            return counted.count, counted.maximum_us
        largest_us = (max(self._pending_ns) + 500) // 1_000
        return counted.count + sum(self._pending_counts), max(counted.maximum_us, largest_us)

    def interval(self) -> LatencyCounts:
        """What was recorded since the last `reset_interval()`; a new object after each."""
        self._fold()
        return self._interval

    @property
    def refused(self) -> int:
        """Latencies that were out of range, whole run."""
        return self._refused

    @property
    def count(self) -> int:
        """Latencies recorded, whole run."""
        return self.run().count

    @property
    def minimum_us(self) -> int:
        """Smallest latency of the whole run, microseconds, exact; 0 if there is none."""
        return self.run().minimum_us

    @property
    def maximum_us(self) -> int:
        """Largest latency of the whole run, microseconds, exact; 0 if there is none."""
        return self.run().maximum_us

    @property
    def mean_us(self) -> float:
        """Mean latency of the whole run, microseconds; 0 if there is none."""
        return self.run().mean_us

    def percentiles(self, percents: Iterable[float]) -> tuple[int, ...]:
        """Latencies of the whole run at these percentiles; see `LatencyCounts.percentiles`."""
        return self.run().percentiles(percents)


class LatencyCounts:
    """Counts in HdrHistogram's layout, with exact extremes and an exact sum."""

    __slots__ = ("_counts", "_sum_us", "count", "maximum_us", "minimum_us")

    def __init__(self) -> None:
        self._counts = np.zeros(COUNTS_LENGTH, dtype=np.int64)
        self._sum_us = 0
        self.count = 0
        """Latencies counted."""
        self.minimum_us = 0
        """Smallest latency, microseconds, exact; 0 if there is none."""
        self.maximum_us = 0
        """Largest latency, microseconds, exact; 0 if there is none."""

    def add(
        self,
        values_us: NDArray[np.int64],
        indices: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> None:
        """Counts `counts` latencies of `values_us`, whose places are `indices_of(values_us)`."""
        total = int(counts.sum())
        if total == 0:
            return
        np.add.at(self._counts, indices, counts)
        present_us = values_us[counts > 0]
        lowest_us, highest_us = int(present_us.min()), int(present_us.max())
        self.minimum_us = min(self.minimum_us, lowest_us) if self.count else lowest_us
        self.maximum_us = max(self.maximum_us, highest_us)
        # In two halves, so that the products of large counts and long latencies fit in 64 bits.
        high = int(((values_us >> 20) * counts).sum())
        low = int(((values_us & 0xFFFFF) * counts).sum())
        self._sum_us += (high << 20) + low
        self.count += total

    @property
    def mean_us(self) -> float:
        """Mean latency, microseconds, from the exact sum; 0 if there is none."""
        return self._sum_us / self.count if self.count else 0.0

    def percentiles(self, percents: Iterable[float]) -> tuple[int, ...]:
        """The latency, in microseconds, that each percentage (0 to 100) of all do not exceed.

        As HdrHistogram defines it: the largest value of the place where the percentile falls, for
        percentile 0 the smallest. All 0 if nothing was recorded. Raises ValueError for a
        percentage out of range.
        """
        wanted = tuple(percents)
        for percent in wanted:
            if not 0 <= percent <= 100:
                raise ValueError(f"percentile {percent} is not between 0 and 100")
        if self.count == 0:
            return (0,) * len(wanted)
        start = index_of(self.minimum_us)
        stop = index_of(self.maximum_us) + 1
        cumulative = np.cumsum(self._counts[start:stop])
        targets = [max(int(percent * self.count / 100 + 0.5), 1) for percent in wanted]
        found = np.searchsorted(cumulative, targets, side="left") + start
        lowest, widths = lowest_us_of(found), _widths_us(found)
        values: list[int] = np.where(np.array(wanted) > 0, lowest + widths - 1, lowest).tolist()
        return tuple(values)

    def counts(self) -> NDArray[np.int64]:
        """The whole count array, HdrHistogram's layout, read-only."""
        shown = self._counts[:]
        shown.flags.writeable = False
        return shown

    def occupied(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places that hold something: (smallest value of each in microseconds, its count)."""
        indices = np.flatnonzero(self._counts)
        return lowest_us_of(indices), self._counts[indices]

    # --- exchange with the hdrhistogram package

    def to_hdr(self) -> Any:
        """The same counts as an `HdrHistogram`, which can encode and log them."""
        histogram = HdrHistogram(1, HIGHEST_US, SIGNIFICANT_DIGITS)
        np.frombuffer(histogram.counts, dtype=np.uint64)[:] = self._counts
        if self.count:
            histogram.total_count = self.count
            histogram.min_value = self.minimum_us
            histogram.max_value = self.maximum_us
        return histogram

    @classmethod
    def from_hdr(cls, histogram: Any) -> LatencyCounts:
        """Counts of an `HdrHistogram` of the same layout.

        Extremes and sum are those of a decoded histogram: the edges and middles of its places.
        Raises HistogramFormatError if the layout differs or a count is 2**48 or more.
        """
        if (
            histogram.lowest_trackable_value != 1
            or histogram.highest_trackable_value != HIGHEST_US
            or histogram.significant_figures != SIGNIFICANT_DIGITS
            or histogram.word_size != 8
        ):
            raise HistogramFormatError(
                f"histogram of {histogram.lowest_trackable_value} to "
                f"{histogram.highest_trackable_value}, {histogram.significant_figures} digits, "
                f"where 1 to {HIGHEST_US}, {SIGNIFICANT_DIGITS} digits is needed"
            )
        raw = np.frombuffer(histogram.counts, dtype=np.uint64)
        if int(raw.max()) >= _LARGEST_COUNT:
            raise HistogramFormatError(f"histogram counts {int(raw.max())} values at one place")
        new = cls()
        new._counts[:] = raw
        indices = np.flatnonzero(new._counts)
        if indices.size:
            counts = new._counts[indices]
            new.count = sum(counts.tolist())
            middles_us = lowest_us_of(indices) + (_widths_us(indices) >> 1)
            pairs = zip(middles_us.tolist(), counts.tolist(), strict=True)
            new._sum_us = sum(middle_us * count for middle_us, count in pairs)
            new.minimum_us = lowest_us(int(indices[0]))
            new.maximum_us = highest_us(int(indices[-1]))
        return new

    def encode(self) -> bytes:
        """HdrHistogram's V2 compressed encoding in base64, as .hlog files carry it."""
        encoded: bytes = self.to_hdr().encode()
        return encoded

    @classmethod
    def decode(cls, encoded: bytes | str) -> LatencyCounts:
        """What `encode` wrote, here or in another implementation with the same layout.

        Safe for untrusted input: decompression is bounded and the layout is checked before
        anything is allocated. Raises HistogramFormatError.
        """
        _check_encoded(encoded)
        try:
            histogram = HdrHistogram.decode(encoded)
        except (IndexError, OverflowError, ValueError) as error:
            raise HistogramFormatError(f"histogram counts are damaged: {error}") from error
        return cls.from_hdr(histogram)


def _check_encoded(encoded: bytes | str) -> None:
    """Raises HistogramFormatError unless the package can decode this within bounds."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise HistogramFormatError(f"encoded histogram is not base64: {error}") from error
    if len(raw) < _ENCODING_HEADER.size:
        raise HistogramFormatError(f"encoded histogram is only {len(raw)} bytes long")
    cookie, length = _ENCODING_HEADER.unpack_from(raw)
    compressed = raw[_ENCODING_HEADER.size :]
    if cookie & _COOKIE_MASK != _COMPRESSION_COOKIE or length != len(compressed):
        raise HistogramFormatError("encoded histogram has a header that is not HdrHistogram V2")
    limit = _PAYLOAD_HEADER.size + COUNTS_LENGTH * _LONGEST_VARINT_BYTES
    inflater = zlib.decompressobj()
    try:
        payload = inflater.decompress(compressed, limit + 1)
    except zlib.error as error:
        raise HistogramFormatError(f"encoded histogram is damaged: {error}") from error
    if len(payload) > limit or not inflater.eof or inflater.unused_data:
        raise HistogramFormatError(f"encoded histogram is cut off or over {limit} bytes")
    _check_payload(payload)


def _check_payload(payload: bytes) -> None:
    if len(payload) < _PAYLOAD_HEADER.size:
        raise HistogramFormatError(f"histogram payload is only {len(payload)} bytes long")
    cookie, length, offset, digits, lowest, highest, _ = _PAYLOAD_HEADER.unpack_from(payload)
    if cookie & _COOKIE_MASK != _ENCODING_COOKIE or (cookie & 0xF0) != 0x10:
        raise HistogramFormatError("histogram payload is not HdrHistogram V2")
    if length != len(payload) - _PAYLOAD_HEADER.size or offset != 0:
        raise HistogramFormatError("histogram payload has a header that does not fit its length")
    if (lowest, highest, digits) != (1, HIGHEST_US, SIGNIFICANT_DIGITS):
        raise HistogramFormatError(
            f"histogram of {lowest} to {highest}, {digits} digits, "
            f"where 1 to {HIGHEST_US}, {SIGNIFICANT_DIGITS} digits is needed"
        )


# --- the layout: bucket b has places of width 2**b microseconds


def indices_of(values_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each value (whole microseconds, in range) in the count array."""
    buckets = np.searchsorted(_BUCKET_STARTS, values_us, side="right")
    return (buckets << _HALF_MAGNITUDE) + (values_us >> buckets)


def index_of(value_us: int) -> int:
    """The place of one value (whole microseconds, in range) in the count array."""
    bucket = max(value_us.bit_length() - _HALF_MAGNITUDE - 1, 0)
    return (bucket << _HALF_MAGNITUDE) + (value_us >> bucket)


def lowest_us(index: int) -> int:
    """The smallest value that is counted at this place, microseconds."""
    bucket = max((index >> _HALF_MAGNITUDE) - 1, 0)
    return (index - (bucket << _HALF_MAGNITUDE)) << bucket


def highest_us(index: int) -> int:
    """The largest value that is counted at this place, microseconds."""
    bucket = max((index >> _HALF_MAGNITUDE) - 1, 0)
    return lowest_us(index) + (1 << bucket) - 1


def lowest_us_of(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """`lowest_us` of many places."""
    buckets = np.maximum((indices >> _HALF_MAGNITUDE) - 1, 0)
    lowest: NDArray[np.int64] = (indices - (buckets << _HALF_MAGNITUDE)) << buckets
    return lowest


def _widths_us(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    widths: NDArray[np.int64] = np.int64(1) << np.maximum((indices >> _HALF_MAGNITUDE) - 1, 0)
    return widths
