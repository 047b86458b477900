"""A law that breaks is recorded once, told once, and stops nothing unless a test asks."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_engine.checkers import Checker, Checkers, CheckerView, CheckerViolated

SECOND = 1_000_000_000


class Bridge:
    """Something that may break and be repaired."""

    def __init__(self) -> None:
        self.stands = True
        self.storm = False


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def stands(bridge: Bridge) -> Checker:
    return Checker(
        "bridge.stands",
        lambda: bridge.stands,
        explain=lambda: f"the bridge fell, storm: {bridge.storm}",
    )


def recovers(bridge: Bridge, within_ns: int = 60 * SECOND) -> Checker:
    return Checker(
        "bridge.recovers",
        lambda: bridge.stands,
        kind="liveness",
        explain="still broken",
        within_ns=within_ns,
        faults_over=lambda: not bridge.storm,
    )


# --- safety


def test_a_safety_law_that_holds_stays_held(bridge: Bridge) -> None:
    checker = stands(bridge)
    assert not any(checker.evaluate(now_ns) for now_ns in range(5))
    assert checker.view() == CheckerView("bridge.stands", "safety", True, None, "")


def test_the_first_violation_is_kept_with_the_reason_of_its_moment(bridge: Bridge) -> None:
    checker = stands(bridge)
    bridge.stands, bridge.storm = False, True
    assert checker.evaluate(7)
    bridge.storm = False
    assert not checker.evaluate(8)
    assert not checker.violate(9, "again")
    assert (checker.held, checker.first_violation_ns) == (False, 7)
    assert checker.reason == "the bridge fell, storm: True"


def test_a_repair_does_not_undo_a_violation(bridge: Bridge) -> None:
    checker = stands(bridge)
    bridge.stands = False
    checker.evaluate(7)
    bridge.stands = True
    checker.evaluate(8)
    assert not checker.held


def test_a_violation_without_words_still_says_something() -> None:
    checker = Checker("a.b", lambda: False)
    checker.evaluate(1)
    assert checker.reason == "does not hold"


# --- liveness


def test_a_liveness_law_may_fail_while_the_faults_last(bridge: Bridge) -> None:
    checker = recovers(bridge)
    bridge.stands, bridge.storm = False, True
    for now_s in range(0, 3_600, 10):
        checker.evaluate(now_s * SECOND)
    assert checker.held


def test_it_must_hold_again_within_its_time_after_the_faults_end(bridge: Bridge) -> None:
    checker = recovers(bridge)
    bridge.stands, bridge.storm = False, True
    checker.evaluate(100 * SECOND)
    bridge.storm = False
    found = [now_s for now_s in range(110, 300, 10) if checker.evaluate(now_s * SECOND)]
    assert found == [170]
    assert checker.first_violation_ns == 170 * SECOND
    assert checker.reason == "still broken (waited 60 s)"


def test_recovery_in_time_is_no_violation(bridge: Bridge) -> None:
    checker = recovers(bridge)
    bridge.stands = False
    checker.evaluate(0)
    checker.evaluate(50 * SECOND)
    bridge.stands = True
    checker.evaluate(60 * SECOND)
    bridge.stands = False
    checker.evaluate(70 * SECOND)
    checker.evaluate(129 * SECOND)
    assert checker.held
    assert checker.evaluate(130 * SECOND)


def test_a_new_fault_starts_the_time_anew(bridge: Bridge) -> None:
    checker = recovers(bridge)
    bridge.stands = False
    checker.evaluate(0)
    bridge.storm = True
    checker.evaluate(59 * SECOND)
    bridge.storm = False
    checker.evaluate(60 * SECOND)
    checker.evaluate(119 * SECOND)
    assert checker.held


def test_without_a_word_on_faults_the_time_always_counts() -> None:
    checker = Checker("a.b", lambda: False, kind="liveness", within_ns=5)
    assert [checker.evaluate(now_ns) for now_ns in (0, 4, 5)] == [False, False, True]
    assert checker.reason.startswith("did not recover in time")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), max_size=60),
    st.integers(1, 80),
)
def test_a_liveness_law_is_violated_exactly_when_it_fails_long_enough_in_a_row(
    looks: list[tuple[int, bool, bool]], within_ns: int
) -> None:
    bridge = Bridge()
    checker = recovers(bridge, within_ns)
    now_ns, failing_since_ns, expected = 0, None, None
    for step_ns, bridge.stands, bridge.storm in looks:
        now_ns += step_ns
        checker.evaluate(now_ns)
        if bridge.stands or bridge.storm:
            failing_since_ns = None
        elif failing_since_ns is None:
            failing_since_ns = now_ns
        late = failing_since_ns is not None and now_ns - failing_since_ns >= within_ns
        if late and expected is None:
            expected = now_ns
    assert checker.first_violation_ns == expected


# --- how they are made


def test_a_liveness_law_needs_a_time_and_a_safety_law_has_none() -> None:
    with pytest.raises(ValueError, match=r"'a.b' is liveness"):
        Checker("a.b", lambda: True, kind="liveness")
    with pytest.raises(ValueError, match=r"'a.b' is safety"):
        Checker("a.b", lambda: True, within_ns=5)
    with pytest.raises(ValueError, match=r"holds during faults too"):
        Checker("a.b", lambda: True, faults_over=lambda: True)


def test_two_laws_cannot_share_a_name(bridge: Bridge) -> None:
    checkers = Checkers()
    checkers.add(stands(bridge))
    with pytest.raises(ValueError, match=r"two checkers are called 'bridge.stands'"):
        checkers.add(stands(bridge))


# --- all of them


def test_all_are_looked_at_and_each_violation_is_told_once(bridge: Bridge) -> None:
    told: list[tuple[str, str]] = []
    checkers = Checkers(lambda name, text: told.append((name, text)))
    checkers.add(stands(bridge))
    checkers.add(Checker("never.fails", lambda: True))
    checkers.add(recovers(bridge))
    checkers.evaluate(0)
    bridge.stands = False
    for now_s in range(10, 200, 10):
        checkers.evaluate(now_s * SECOND)
    assert told == [
        ("bridge.stands", "safety violated: the bridge fell, storm: False"),
        ("bridge.recovers", "liveness violated: still broken (waited 60 s)"),
    ]
    report = checkers.report()
    assert [view.name for view in report] == ["bridge.stands", "never.fails", "bridge.recovers"]
    assert [view.held for view in report] == [False, True, False]
    assert report[2].first_violation_ns == 70 * SECOND


def test_one_can_be_looked_at_where_it_could_break(bridge: Bridge) -> None:
    checkers = Checkers()
    checkers.add(stands(bridge))
    bridge.stands = False
    checkers.check("bridge.stands", 3)
    bridge.stands = True
    checkers.evaluate(10)
    assert checkers.report()[0].first_violation_ns == 3


def test_an_actor_can_report_what_it_saw_itself(bridge: Bridge) -> None:
    told: list[str] = []
    checkers = Checkers(lambda name, text: told.append(text))
    checkers.add(stands(bridge))
    checkers.violate("bridge.stands", 4, "a car fell through")
    checkers.violate("bridge.stands", 5, "another")
    assert told == ["safety violated: a car fell through"]
    assert checkers.report()[0].first_violation_ns == 4


def test_an_unknown_law_is_an_error() -> None:
    checkers = Checkers()
    with pytest.raises(KeyError, match=r"no\.such.*there are: none"):
        checkers.check("no.such", 1)
    checkers.add(Checker("a.b", lambda: True))
    with pytest.raises(KeyError, match=r"no\.such.*there are: a\.b"):
        checkers.violate("no.such", 1, "why")


def test_a_strict_run_raises_after_it_has_told(bridge: Bridge) -> None:
    told: list[str] = []
    checkers = Checkers(lambda name, text: told.append(name), strict=True)
    checkers.add(stands(bridge))
    checkers.evaluate(0)
    bridge.stands = False
    with pytest.raises(CheckerViolated, match=r"safety checker 'bridge\.stands'.* at 9 ns: the b"):
        checkers.evaluate(9)
    assert told == ["bridge.stands"]
    assert not checkers.report()[0].held


def test_a_report_is_frozen(bridge: Bridge) -> None:
    checkers = Checkers()
    checkers.add(stands(bridge))
    (view,) = checkers.report()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        view.held = False  # type: ignore[misc]
    bridge.stands = False
    checkers.evaluate(1)
    assert view.held
