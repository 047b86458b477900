"""What a condition says is what it is judged by; whatever cannot be read is told."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.drills.condition import (
    Condition,
    ConditionError,
    Watch,
    said_span,
    span_s,
)
from outage_engine.clock import SECOND


@attrs.define
class Facts:
    """A moment, as a test wants it."""

    t_ns: int = 0
    values: dict[str, float] = attrs.field(factory=dict)
    events: tuple[tuple[str, str, str], ...] = ()

    @property
    def since_begin_ns(self) -> int:
        return self.t_ns

    def value(self, name: str) -> float | None:
        return self.values.get(name)

    def happened(self, kind: str, name: str, result: str) -> bool:
        return (kind, name, result) in self.events


def holds(text: str, facts: Facts) -> bool:
    return Watch(Condition.parse(text)).holds(facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b > 1", True),
        ("a.b > 2", False),
        ("a.b >= 2 and a.b <= 2 and a.b == 2 and not a.b != 2", True),
        ("a.b < 1 or action:dns.inspect done", True),
        ("not (a.b < 1 or action:dns.inspect done)", False),
        ("a.b < 1 and a.b < 1 or a.b > 1", True),
        ("action:dns.inspect refused", False),
        ("after 10s", True),
        ("after 1m", False),
        ("unknown > -1", False),
        ("unknown < 1", False),
    ],
)
def test_a_condition_holds_when_what_it_says_is_so(text: str, expected: bool) -> None:
    facts = Facts(10 * SECOND, {"a.b": 2.0}, (("action", "dns.inspect", "done"),))
    assert holds(text, facts) is expected


def test_for_counts_from_where_it_began_and_anew_after_a_gap() -> None:
    watch = Watch(Condition.parse("a > 0 for 1m"))
    seen = [
        watch.holds(Facts(second * SECOND, {"a": 0.0 if second == 30 else 1.0}))
        for second in range(0, 101, 10)
    ]
    assert [i * 10 for i, held in enumerate(seen) if held] == [100]


def test_for_counts_also_while_another_part_of_the_condition_fails() -> None:
    watch = Watch(Condition.parse("said:post and a > 0 for 1m"))
    for second in range(0, 60, 10):
        assert not watch.holds(Facts(second * SECOND, {"a": 1.0}))
    assert watch.holds(Facts(60 * SECOND, {"a": 1.0}, (("said", "post", ""),)))


@pytest.mark.parametrize(
    "text",
    ["", "a", "a >", "a > b", "a = 1", "a > 1 b", "(a > 1", "not", "action:", "x:y", "a > 1 for 5"],
)
def test_what_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ConditionError):
        Condition.parse(text)


@given(st.text(alphabet="ab.()<>=! :and or not for after 1m", max_size=60))
def test_any_text_is_a_condition_or_an_error_that_says_so(text: str) -> None:
    try:
        condition = Condition.parse(text)
    except ConditionError:
        return
    assert Watch(condition).holds(Facts(SECOND, {"a": 1.0})) in (True, False)


def test_deep_nesting_is_refused_rather_than_followed() -> None:
    with pytest.raises(ConditionError, match="deeply"):
        Condition.parse("not " * 100_000 + "a > 1")


@given(st.integers(0, 10**6))
def test_a_length_of_time_reads_back_as_it_was_written(seconds: int) -> None:
    assert span_s(said_span(seconds)) == seconds
