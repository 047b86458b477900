"""A cache answers for exactly as long as its entries live, absences included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.ttl_cache import TtlCache


def test_an_entry_answers_up_to_its_last_nanosecond() -> None:
    cache: TtlCache[str, str] = TtlCache(ttl_ns=10)
    cache.put(5, "name", "address")
    found = cache.get(14, "name")
    assert found is not None
    assert found.value == "address"
    assert not found.negative
    assert cache.get(15, "name") is None


def test_an_absence_is_an_answer_with_a_life_of_its_own() -> None:
    cache: TtlCache[str, str] = TtlCache(ttl_ns=10, negative_ttl_ns=900)
    cache.put(0, "name", None)
    found = cache.get(899, "name")
    assert found is not None
    assert found.negative
    assert cache.get(900, "name") is None


def test_without_a_negative_life_absences_are_not_kept() -> None:
    cache: TtlCache[str, str] = TtlCache(ttl_ns=10)
    cache.put(0, "name", None)
    assert cache.get(0, "name") is None


def test_an_absence_replaces_what_was_kept() -> None:
    cache: TtlCache[str, str] = TtlCache(ttl_ns=10)
    cache.put(0, "name", "address")
    cache.put(1, "name", None)
    assert cache.get(2, "name") is None


def test_fetch_asks_only_when_it_must() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_ns=10, negative_ttl_ns=4)
    asked: list[str] = []

    def ask(key: str) -> int | None:
        asked.append(key)
        return None if key == "absent" else len(asked)

    assert [cache.fetch(t, "present", ask) for t in (0, 9, 10)] == [1, 1, 2]
    assert [cache.fetch(t, "absent", ask) for t in (10, 13, 14)] == [None, None, None]
    assert asked == ["present", "present", "absent", "absent"]
    view = cache.snapshot()
    assert (view.hits, view.negative_hits, view.misses, view.entries) == (1, 1, 4, 2)


def test_an_answer_may_bring_its_own_life() -> None:
    cache: TtlCache[str, str] = TtlCache(ttl_ns=10)
    assert cache.put(0, "name", "address", ttl_ns=3).expires_ns == 3
    assert cache.get(3, "name") is None


def test_flushing_forgets() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_ns=100)
    for number, key in enumerate("abc"):
        cache.put(0, key, number)
    cache.flush("a")
    assert cache.get(1, "a") is None
    assert cache.get(1, "b") is not None
    cache.flush()
    assert cache.get(1, "b") is None


def test_room_is_made_by_the_dead_first_and_then_by_the_oldest() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_ns=10, entries_max=2)
    cache.put(0, "old", 1)
    cache.put(8, "young", 2)
    cache.put(12, "new", 3)
    assert cache.snapshot().evicted == 0
    cache.put(13, "newest", 4)
    assert cache.get(13, "young") is None
    assert cache.get(13, "new") is not None
    assert cache.snapshot().evicted == 1


@pytest.mark.parametrize("wrong", [{"ttl_ns": -1}, {"ttl_ns": 1, "entries_max": 0}])
def test_sizes_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"negative|at least"):
        TtlCache(**wrong)


operations = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["get", "put", "absent", "flush"]),
        st.sampled_from("abcd"),
    ),
    max_size=80,
)


@given(operations=operations, entries_max=st.none() | st.integers(1, 4))
def test_it_never_tells_anything_but_the_last_answer_while_it_lives(
    operations: list[tuple[int, str, str]], entries_max: int | None
) -> None:
    cache: TtlCache[str, int] = TtlCache(30, 15, entries_max=entries_max)
    truth: dict[str, tuple[int | None, int]] = {}
    now = 0
    for number, (gap_ns, verb, key) in enumerate(operations):
        now += gap_ns
        if verb == "put":
            cache.put(now, key, number)
            truth[key] = (number, now + 30)
        elif verb == "absent":
            cache.put(now, key, None)
            truth[key] = (None, now + 15)
        elif verb == "flush":
            cache.flush(key)
            truth.pop(key, None)
        found = cache.get(now, key)
        value, expires_ns = truth.get(key, (None, 0))
        if found is not None:
            assert now < expires_ns
            assert found.value == value
        elif entries_max is None:
            assert now >= expires_ns
        assert entries_max is None or cache.snapshot().entries <= entries_max
