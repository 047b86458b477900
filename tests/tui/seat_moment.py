"""A moment of an incident as one seat sees it, for tests of dialogs."""

from typing import Any

import attrs

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.seat_view import (
    ApprovalView,
    ArgumentView,
    ChoiceView,
    GuessView,
    HypothesisView,
    ObjectiveView,
    PersonView,
    PostView,
    ProbeView,
    SeatView,
    WorkView,
)
from outage_agents.drills.sensors import Reading

MINUTE_NS = 60_000_000_000
NOW_NS = 200 * MINUTE_NS
"""02:20 in the incident."""


def ago(minutes: float) -> int:
    """The moment so long ago."""
    return NOW_NS - round(minutes * MINUTE_NS)


READINGS = (
    Reading("errors", "Requests that fail", "%", 12.0, ago(1), 60, stale=False),
    Reading("leases", "Droplets without a lease", "", 6290.0, ago(1), 60, stale=False),
    Reading("nm", "Wait for network state", "s", 40.0, ago(14), 840, stale=True),
    Reading("down", "Services down", "%", None, None, 0, stale=True),
)
ALERTS = (
    AlertState("launches", "launches fail", "page", ago(30), 20, True, False, False),
    AlertState("down", "services are down", "page", ago(10), 4, False, True, False),
    AlertState("dns", "a name has no address", "page", ago(50), 4, True, False, True),
)
PEOPLE = (
    PersonView("kim", "Kim", "on call for the ledger", ("dns", "deploy")),
    PersonView("lee", "Lee", "on call for launches", ("lease", "throttle")),
)
SHARE = ArgumentView(
    "max_outstanding_share", "droplets that may be outstanding", "share", 0.006, 0.0001, 1.0
)
FORCE = ArgumentView("force", "stop healthy ones too", "", "no", pattern="yes|no")
ZONES = ArgumentView(
    "zones", "zones (all, or numbers joined by +)", "", "all", pattern=r"all|[1-6](\+[1-6])*"
)
STEPS = ArgumentView("steps", "steps until no limit is left", "count", 8.0, 1.0, 100.0, True)
CHOICES = (
    ChoiceView("dns.look", "Ask for the name", "none", "none", 60, 300, False, "Names"),
    ChoiceView("dns.stop", "Stop the writers", "one is stuck", "nothing is written any more",
               300, 900, False, "Names", (FORCE,)),
    ChoiceView("fleet.limit", "Limit the lease work", "leases are missing", "launches are refused",
               300, 1800, False, "The fleet", (SHARE,)),
    ChoiceView("fleet.restart", "Restart the fleet's hosts", "work waits", "checks are lost",
               300, 1800, False, "The fleet", (ZONES,)),
    ChoiceView("lb.off", "Switch failover off", "failover is on", "a zone that fails stays in",
               300, 1200, True, "Load balancers"),
    ChoiceView("call.page", "Page another team", "none", "they have to be told first",
               300, 1200, False, "The call"),
)  # fmt: skip
WORK = (
    WorkView("dns.look#1", "Ask for the name", "solo", ago(60), ago(57), "done (no address)",
             "dns.look", True),
    WorkView("fleet.limit#1", "Limit the lease work", "solo", ago(40), ago(20), "done (limited)",
             "fleet.limit", False, "Lift the limit"),
    WorkView("fleet.restart#1", "Restart the fleet's hosts", "lee", ago(5), ago(-10), "",
             "fleet.restart"),
)  # fmt: skip
WAITING = ApprovalView(
    3, "lb.off", "Switch failover off", "a zone that fails stays in", "WITHOUT FAILOVER",
    "operations", "zones: 1", ago(4),
)  # fmt: skip


def seat(name: str = "solo", **changes: Any) -> SeatView:
    """What a seat sees in the middle of an incident."""
    view = SeatView(
        seat=name,
        title="Leave the trap",
        briefing="Launches fail.",
        t_ns=NOW_NS,
        clock="02:20:00",
        since_begin_s=3600,
        left_s=3600,
        frozen=False,
        declared=True,
        commander=name,
        roster=PEOPLE,
        readings=READINGS,
        alerts=ALERTS,
        messages=(),
        hypotheses=(HypothesisView("too few hosts", "open"),),
        decisions=(),
        posts=(PostView(ago(25), "status", ("launches fail",), ago(5), overdue=True),),
        work=WORK,
        approvals=(WAITING,),
        choices=CHOICES,
        probes=(ProbeView("broken", "How many droplets have no lease?"),),
        hints=("look at the deadline",),
        hints_left=1,
        over="",
        guesses=(GuessView("Kim", "too few hosts"), GuessView("Lee", "the work is too late")),
        next_hint_cost_min=5,
        objectives=(ObjectiveView("told", "Customers are told"),),
    )
    return attrs.evolve(view, **changes)
