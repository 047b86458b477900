"""A lease ends by itself; whoever holds an old token is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_engine.leases import Lease, LeaseKeeper
from outage_engine.world import World


def test_a_lease_is_good_to_its_last_instant_and_then_anybodys() -> None:
    lease = Lease(validity_ns=10)
    assert lease.holder(0) is None
    token = lease.grant(0, "a")
    assert token is not None
    assert lease.grant(10, "b") is None
    assert lease.honours(10, token)
    assert not lease.honours(11, token)
    assert lease.grant(11, "b") == token + 1
    assert lease.holder(11) == "b"


def test_renewing_extends_but_not_once_it_has_run_out() -> None:
    lease = Lease(validity_ns=10)
    token = lease.grant(0, "a")
    assert token is not None
    assert lease.renew(10, token)
    assert lease.renew(20, token)
    assert not lease.renew(31, token)


def test_an_old_token_is_fenced_off() -> None:
    lease = Lease(validity_ns=10)
    old = lease.grant(0, "a")
    new = lease.grant(50, "b")
    assert old is not None
    assert new is not None
    assert not lease.renew(51, old)
    assert not lease.honours(51, old)
    lease.release(old)
    assert lease.holder(51) == "b"
    lease.release(new)
    assert lease.holder(51) is None


class Story:
    """A keeper that renews every 10 ns against a list of results."""

    def __init__(self, results: str, validity_ns: int) -> None:
        self.world = World(1)
        outcomes = iter(results)
        self.changes: list[tuple[int, bool]] = []
        self.keeper = LeaseKeeper(
            self.world,
            lambda: next(outcomes) == ".",
            renew_every_ns=10,
            validity_ns=validity_ns,
            on_change=lambda held: self.changes.append((self.world.now, held)),
        )
        self.world.call_at(10 * len(results) + 1, self.keeper.stop)

    def play(self) -> list[tuple[int, bool]]:
        self.world.simulate(None)
        return self.changes


def test_it_is_lost_at_the_second_failure_in_a_row_and_regained_at_the_next_success() -> None:
    story = Story(".x.xx..", validity_ns=20)
    # After the last success at 70 nobody renews any more: it runs out.
    assert story.play() == [(50, False), (60, True), (91, False)]
    view = story.keeper.snapshot()
    assert (view.checks, view.failures, view.losses, view.held) == (7, 3, 2, False)
    assert view.held_ns_total == 50 + 31


def test_between_two_renewals_it_is_lost_by_the_clock() -> None:
    assert Story(".xx", validity_ns=15).play() == [(26, False)]


def test_a_keeper_that_never_fails_keeps_its_lease() -> None:
    story = Story("." * 50, validity_ns=10)
    story.play()
    assert story.keeper.snapshot().losses == 1  # after it was stopped


def test_a_keeper_needs_a_period() -> None:
    with pytest.raises(ValueError, match="renewed every"):
        LeaseKeeper(World(1), lambda: True, renew_every_ns=0, validity_ns=1)


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 15), st.sampled_from(["grant", "renew"]), st.sampled_from("ab")),
        max_size=60,
    )
)
def test_two_never_hold_it_at_once_and_tokens_only_grow(steps: list[tuple[int, str, str]]) -> None:
    lease = Lease(validity_ns=10)
    tokens = {"a": 0, "b": 0}
    now = newest = 0
    for gap_ns, verb, who in steps:
        now += gap_ns
        if verb == "grant":
            token = lease.grant(now, who)
            if token is not None:
                assert token > newest
                newest = tokens[who] = token
        else:
            lease.renew(now, tokens[who])
        covered = [name for name in "ab" if lease.honours(now, tokens[name])]
        assert covered in ([], [lease.holder(now)])
