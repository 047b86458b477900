"""Claims to customers, held against what was true when they were made.

A claim that is a condition on a panel (`errors < 5`) can be held against the truth exactly. Of any
other only two kinds are judged, by their words: that something fails, and that it is over. Which
words mean which is *assumed*; a claim with a denial in it is left to people, and so is everything
else. A claim of failure is true while at least one request in a hundred fails or a service is down;
one that it is over is true while neither is so.
"""

import re
from typing import Final

from outage_agents.drills.score import DOWN, RECOVERED_BELOW
from outage_tui.report_drill_data import ERRORS, DrillData

_FAILS: Final = re.compile(
    r"\b(fail\w*|errors?|down|outage|unavailable|degraded|unreachable|impact\w*|slow)\b", re.I
)
_OVER: Final = re.compile(
    r"\b(over|resolved|recovered|restored|normal|fixed|healthy|all[- ]clear)\b", re.I
)
_DENIES: Final = re.compile(r"\b(not?|never|neither|nor|without|isn.t|aren.t|don.t|cannot)\b", re.I)


def held_against(claim: str, t_ns: int, data: DrillData) -> str:
    """The claim, and whether it was so."""
    verdict = was_so(claim, t_ns, data)
    words = {True: "so it was", False: "it was not so", None: "not judged"}[verdict]
    return f"{claim} ({words})"


def was_so(claim: str, t_ns: int, data: DrillData) -> bool | None:
    """Whether a claim was true at a moment; None: nobody can tell by its words."""
    exactly = data.came(claim, t_ns)
    if exactly is not None:
        return exactly
    fails, over = _FAILS.search(claim) is not None, _OVER.search(claim) is not None
    if fails == over or _DENIES.search(claim):
        return None
    errors, down = data.value(ERRORS, t_ns), data.value(DOWN, t_ns)
    if errors is None and down is None:
        return None
    failing = max(errors or 0.0, down or 0.0) >= RECOVERED_BELOW
    return failing if fails else not failing
