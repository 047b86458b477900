"""The waits of that night, in plays that contain them and in plays that do not."""

from outage_agents.drills.drill_file import load_drill
from outage_agents.drills.gaps import gaps_of
from outage_agents.drills.past import Past
from outage_agents.drills.truth import TruthLog
from outage_engine.clock import MINUTE

HOUR_NS = 60 * MINUTE


def waits(begin_ns: int, *milestones: tuple[str, int], done: tuple[str, ...] = ()) -> set[str]:
    """Which waits a play of four hours contains, from a moment on; actions are done in hour 3."""
    truth = TruthLog()
    for hour in range(5):
        truth.sample(hour * HOUR_NS, (), ())
    for name, t_ns in milestones:
        truth.milestone(name, t_ns)
    for action in done:
        truth.outcome(3 * HOUR_NS, action, "done")
    last_ns = 4 * HOUR_NS
    return {
        gap.id for gap in gaps_of(Past(load_drill("trap"), (), truth, begin_ns, last_ns, last_ns))
    }


EMPTY, BACK = ("dns_record_empty", HOUR_NS), ("dns_restored", 2 * HOUR_NS)


def test_who_comes_after_the_repair_has_nothing_to_find_or_to_fix() -> None:
    assert waits(2 * HOUR_NS + MINUTE, EMPTY, BACK) == {"trap"}


def test_who_comes_before_it_has_both() -> None:
    assert waits(0, EMPTY) == {"find"}
    assert waits(0, EMPTY, done=("dns.inspect",)) == {"find", "fix"}
    assert waits(0, EMPTY, done=("dns.restore_from_rollback",)) == {"find", "fix"}


def test_where_nothing_was_empty_nothing_was_to_be_found() -> None:
    assert waits(0) == set()
