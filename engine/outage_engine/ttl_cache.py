"""A cache whose entries live for a time, absences included.

As resolvers do: a positive answer is kept for its time to live; "there is no such thing" is an
answer too and is kept for a time of its own (negative caching, RFC 2308). That is why a repaired
name stays broken for those who asked while it was empty, each until its own copy runs out.

An entry stored at t with life L answers at every instant before t + L and at none from t + L on.
Nothing refreshes by itself and no timer runs: time is passed in.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import attrs

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@attrs.frozen
class Cached(Generic[V]):
    """What the cache knows about a key: a value, or (None) that there is none."""

    value: V | None
    expires_ns: int
    """First instant at which it no longer answers."""

    @property
    def negative(self) -> bool:
        """It says that there is no value."""
        return self.value is None


@attrs.frozen
class CacheView:
    """What a cache has done so far."""

    hits: int
    negative_hits: int
    misses: int
    evicted: int
    entries: int


class TtlCache(Generic[K, V]):
    """A mapping from keys to values or absences that forgets.

    `ttl_ns` and `negative_ttl_ns` are lives in nanoseconds; 0 means such answers are not kept at
    all. With `entries_max`, the key that was stored longest ago goes first when room is needed.
    """

    __slots__ = ("_entries", "_entries_max", "_evicted", "_hits", "_misses", "_negative_hits",
                 "negative_ttl_ns", "ttl_ns")  # fmt: skip

    def __init__(
        self, ttl_ns: int, negative_ttl_ns: int = 0, *, entries_max: int | None = None
    ) -> None:
        if ttl_ns < 0 or negative_ttl_ns < 0:
            raise ValueError("a time to live cannot be negative")
        if entries_max is not None and entries_max < 1:
            raise ValueError("entries_max is at least 1")
        self.ttl_ns = ttl_ns
        self.negative_ttl_ns = negative_ttl_ns
        self._entries: dict[K, Cached[V]] = {}
        self._entries_max = entries_max
        self._hits = self._negative_hits = self._misses = self._evicted = 0

    def get(self, now_ns: int, key: K) -> Cached[V] | None:
        """What is known of `key` at `now_ns`; None when nothing is (a miss)."""
        found = self._entries.get(key)
        if found is None or now_ns >= found.expires_ns:
            if found is not None:
                del self._entries[key]
            self._misses += 1
            return None
        if found.value is None:
            self._negative_hits += 1
        else:
            self._hits += 1
        return found

    def put(self, now_ns: int, key: K, value: V | None, *, ttl_ns: int | None = None) -> Cached[V]:
        """Keep an answer, a negative one when `value` is None, for its own `ttl_ns` if given."""
        life_ns = ttl_ns
        if life_ns is None:
            life_ns = self.negative_ttl_ns if value is None else self.ttl_ns
        entry = Cached(value, now_ns + life_ns)
        self._entries.pop(key, None)
        if life_ns > 0:
            self._make_room(now_ns)
            self._entries[key] = entry
        return entry

    def fetch(self, now_ns: int, key: K, ask: Callable[[K], V | None]) -> V | None:
        """The value of `key`, from the cache or else from `ask`, whose answer is then kept."""
        found = self.get(now_ns, key)
        return found.value if found is not None else self.put(now_ns, key, ask(key)).value

    def flush(self, key: K | None = None) -> None:
        """Forget one key, or everything."""
        if key is None:
            self._entries.clear()
        else:
            self._entries.pop(key, None)

    def snapshot(self) -> CacheView:
        """Counts so far. Entries that ran out but were not asked for since are still counted."""
        return CacheView(
            hits=self._hits,
            negative_hits=self._negative_hits,
            misses=self._misses,
            evicted=self._evicted,
            entries=len(self._entries),
        )

    def _make_room(self, now_ns: int) -> None:
        if self._entries_max is None or len(self._entries) < self._entries_max:
            return
        kept = {key: entry for key, entry in self._entries.items() if now_ns < entry.expires_ns}
        self._entries = kept
        while len(kept) >= self._entries_max:
            del kept[next(iter(kept))]
            self._evicted += 1
