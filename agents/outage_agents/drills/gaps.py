"""The four waits of that night, and how long a play took for the same.

*Find*: from the record emptying to its being found empty (50 minutes). *Fix*: from there to the
name answering again (107). *Leave the trap*: from the name answering to the limit on lease work and
the end of the stale work (109). *Dare*: from health checks seen to fail to automatic failover being
switched off (164). Moments of that night: AWS post-event summary, message/101925.

A play found the record when somebody asked for the name and had the answer, or stopped what writes
it. It left the trap when lease work was limited and the queue was gone, by restarting hosts or by
dropping what was late. When health checks are *seen* to fail is knowledge, so it is taken to be as
long after the errors began as it was that night (82 minutes), or when the first page about it came.
A drill shows only the waits it contains.
"""

import attrs

from outage_agents.drills.past import Past
from outage_engine.clock import MINUTE

SEEN_AFTER_MIN = 82
"""From the first errors of NLB to the fault being seen, that night (05:30 to 06:52)."""


@attrs.frozen
class Gap:
    """One of the four waits."""

    id: str
    """find, fix, trap, dare."""
    title: str
    history_min: int
    """How long it was that night."""
    since_ns: int
    until_ns: int | None
    """None: it had not ended when the run did."""
    minutes: float
    """How long it was in the play; while it lasts, so far."""


def gaps_of(past: Past) -> tuple[Gap, ...]:
    """The waits that a play contains, in their order."""
    empty_ns = _milestone(past, "dns_record_empty")
    found_ns = _first(past, (("dns.inspect", "done"), ("dns.stop_automation", "begun")))
    back_ns = _milestone(past, "dns_restored")  # which may be before the play
    back_ns = _first(past, (("dns.restore_from_rollback", "done"),)) if back_ns is None else back_ns
    found_ns = back_ns if found_ns is None else found_ns  # whoever restores it has found it
    known = (
        _gap(past, "find", "to find the empty record", 50, empty_ns, found_ns),
        _gap(past, "fix", "from there to the name answering again", 107, found_ns, back_ns),
        _trap(past, back_ns),
        _dare(past),
    )
    return tuple(one for one in known if one is not None)


def _trap(past: Past, back_ns: int | None) -> Gap | None:
    limited_ns = _first(past, (("dwfm.throttle", "done"),))
    emptied_ns = _first(past, (("dwfm.restart_hosts", "done"), ("dwfm.drop_stale_work", "done")))
    left_ns = None
    if limited_ns is not None and emptied_ns is not None:
        left_ns = max(limited_ns, emptied_ns)
    elif back_ns is None or back_ns > past.begin_ns:
        return None  # where it ends before anybody works at it, another drill is about it
    return _gap(past, "trap", "to limit lease work and drop the old", 109, back_ns, left_ns)


def _dare(past: Past) -> Gap | None:
    began_ns = _milestone(past, "nlb_errors_begin")
    if began_ns is None or _milestone(past, "dwfm_all_leased") is None:
        return None  # not the second wave of that night
    sensors = {one.id for one in past.drill.sensors if one.metric.startswith("nlb.")}
    about = {one.id for one in past.drill.alerts if one.sensor in sensors}
    pages = [e.t_ns for e in past.journal if e.kind == "alert" and e.subject in about]
    seen_ns = min([began_ns + SEEN_AFTER_MIN * MINUTE, *pages])
    off_ns = _first(past, (("nlb.disable_failover", "done"),))
    return _gap(past, "dare", "to switch automatic failover off", 164, seen_ns, off_ns)


def _gap(
    past: Past, gap_id: str, title: str, history_min: int, since: int | None, until: int | None
) -> Gap | None:
    if since is None or since > past.end_ns:
        return None
    if until is not None and (until <= past.begin_ns or until < since):
        return None
    end_ns = past.last_ns if until is None else until
    return Gap(gap_id, title, history_min, since, until, (end_ns - since) / MINUTE)


def _milestone(past: Past, name: str) -> int | None:
    return past.first.get(("milestone", name, ""))


def _first(past: Past, events: tuple[tuple[str, str], ...]) -> int | None:
    """The first of some actions, each with what came of it."""
    moments = [past.first.get(("action", action, result)) for action, result in events]
    return min((one for one in moments if one is not None), default=None)
