"""What waiting cost: for each action, what was lost from when it could have begun to when it began.

It could have begun at the first moment at which there was a need for it, by the truth of the run
(the table here says for each action what that is), and something was there to act on: the drill's
beginning, when the need was there already and the briefing tells of it, else the first page or call
after it. What customers lost between the two is the price. It is the most that acting at once could
have saved, not what it would have saved: an action also takes its time, and may need others.

Prices of two actions overlap where the same minutes are lost for want of both; do not add them up.
An action that nothing needed has no price of waiting. The needs are *assumed*, from what each
component looks at in its own state (the catalogue's preconditions).
"""

from collections.abc import Mapping

import attrs

from outage_agents.drills.condition import Condition
from outage_agents.drills.journal import Entry
from outage_agents.drills.past import Past, first_moment
from outage_engine.clock import SECOND

_EMPTY = "dns.answers == 0"
_UNLEASED = "dwfm.broken > 5 and dns.answers > 0"
NEEDS: Mapping[str, Condition] = {
    action: Condition.parse(text)
    for action, text in {
        "dns.inspect": _EMPTY,
        "dns.rpz_override": "dns.internal_empty_share > 0.1",
        "dns.stop_automation": _EMPTY,
        "dns.restore_from_rollback": f"{_EMPTY} and action:dns.stop_automation done",
        "dns.flush_caches": "dns.answers > 0 and dns.customers_empty_share > 0.1",
        "dwfm.throttle": _UNLEASED,
        "dwfm.restart_hosts": _UNLEASED,
        "dwfm.drop_stale_work": _UNLEASED,
        "dwfm.lift_throttle": "ec2.throttle_on > 0 and dwfm.broken < 5",
        "ec2.throttle_launches": "nm.wait_s > 60",
        "ec2.relax_throttle": "ec2.throttle_on > 0 and dwfm.broken < 5 and nm.wait_s < 60",
        "nm.reduce_load": "nm.wait_s > 60",
        "nm.add_capacity": "nm.wait_s > 60",
        "nlb.disable_failover": "nlb.zones_out > 0 or nlb.error_rate > 0.01",
        "nlb.enable_failover": "nlb.error_rate > 0.01",
        "nlb.restore_zone": "nlb.zones_out > 0",
        "nlb.set_velocity_limit": "nlb.zones_out > 0",
        "lambda.restore_pollers": "lambda.sqs_backlog_min > 1 and dynamodb.error_rate < 0.1",
        "lambda.throttle_async": "service.lambda.error_rate > 0.01",
        "redshift.stop_replacements": "redshift.clusters_waiting > 0",
    }.items()
}
"""When there is a need for an action, by the truth; those not listed are never needed."""
_SIGNS = ("alert", "escalation", "message")


@attrs.frozen
class Price:
    """What the wait before an action cost."""

    t_ns: int
    """When it began."""
    what: str
    """The action; `the end`: the wait from the last action to the end of the play."""
    waited_s: int
    customer_minutes: float
    since_ns: int = 0
    """When it could have begun; when there was no need for it, when it did."""
    because: str = ""
    """Why from there."""


def prices_of(past: Past) -> tuple[Price, ...]:
    """The wait before each action, in the order in which they began, and the one to the end."""
    began = [entry for entry in past.journal if entry.kind == "began"]
    prices: list[Price] = []
    last: dict[str, int] = {}
    for entry in began:
        prices.append(_price(past, entry, last.get(entry.subject)))
        last[entry.subject] = entry.t_ns
    since_ns = began[-1].t_ns if began else past.begin_ns
    why = "the last action" if began else "the beginning"
    return (*prices, _lost(past, "the end", since_ns, past.end_ns, why))


def _price(past: Past, entry: Entry, before_ns: int | None) -> Price:
    need = NEEDS.get(entry.subject)
    needed_ns = None if need is None else first_moment(past, need, entry.t_ns)
    if needed_ns is None:
        return Price(entry.t_ns, entry.subject, 0, 0.0, entry.t_ns, "nothing needed it")
    since_ns, why = _sign(past, needed_ns, entry.t_ns)
    if before_ns is not None and before_ns > since_ns:
        since_ns, why = before_ns, "it was begun before"
    return _lost(past, entry.subject, since_ns, entry.t_ns, why)


def _sign(past: Past, needed_ns: int, began_ns: int) -> tuple[int, str]:
    """From when there was something to act on, and what."""
    if needed_ns == past.begin_ns:
        return needed_ns, "needed from the beginning"
    signs = [e for e in past.journal if e.kind in _SIGNS and e.t_ns <= began_ns]
    if any(one.t_ns <= needed_ns for one in signs):
        return needed_ns, "needed from here on, with pages there"
    if signs:
        return signs[0].t_ns, f"first sign: {signs[0].kind} {signs[0].subject}"
    return began_ns, "nothing had shown it yet"


def _lost(past: Past, what: str, since_ns: int, until_ns: int, why: str) -> Price:
    waited_s = (until_ns - since_ns) // SECOND
    return Price(until_ns, what, waited_s, past.lost(since_ns, until_ns), since_ns, why)
