"""What people ask of the night: named what-ifs, each with what must come of it.

A what-if is the historical run with something changed: parameters of the design, or what operators
do. Each says why people ask, and what is expected, as conditions on the result: a test holds them
on the small scenario, the table of all of them says whether they held.

The questions: the guards of DNS are those proposed in public after the event (mechanisms.md,
DNS Enactor); throttling by the size of the waiting queue and a limit on how fast NLB takes capacity
away are the provider's own announced remedies (post-event summary); the rest is what the mechanisms
suggest. Where the question is whether a design recovers by itself, operators leave DWFM alone; all
their other actions stay at their historical hours, so what they ended by hand (the limits on
launches, until 13:50) still lasts as long. All sizes are *assumed*.

Behind a guard Enactors go on all night, which takes four times the historical run. So those runs
have 20 endpoints instead of 300: a pass takes as long and the race is the same, only the records
that nothing happens to are fewer.
"""

from collections.abc import Iterable
from typing import Protocol

import attrs

from outage_agents.actions import load_script, merged, parse_act, without
from outage_agents.result import RunResult
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError, nearest

HISTORY = "as-history"
"""Name of the run that all others are held against."""


class Expectation(Protocol):
    """Something that must come of a what-if."""

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether it did."""
        ...


@attrs.frozen
class Happens:
    """A milestone happens between two moments, minutes after T0."""

    milestone: str
    from_min: float
    to_min: float

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether it did."""
        at = result.milestones[self.milestone].t_min
        return at is not None and self.from_min <= at <= self.to_min


@attrs.frozen
class Never:
    """Milestones that do not happen."""

    milestones: tuple[str, ...]

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether none did."""
        return all(result.milestones[name].t_min is None for name in self.milestones)


@attrs.frozen
class AsHistory:
    """Milestones that happen when they do in the historical run, within minutes of it."""

    milestones: tuple[str, ...]
    within_min: float = 5.0

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether each did."""
        return all(self._same(name, result, history) for name in self.milestones)

    def _same(self, name: str, result: RunResult, history: RunResult) -> bool:
        one, other = result.milestones[name].t_min, history.milestones[name].t_min
        return one is not None and other is not None and abs(one - other) <= self.within_min


@attrs.frozen
class Costs:
    """Customer-minutes lost, as a share of those of the historical run."""

    from_share: float
    to_share: float

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether they are between the two."""
        whole, lost = history.impact.customer_minutes, result.impact.customer_minutes
        return self.from_share * whole <= lost <= self.to_share * whole


@attrs.frozen
class Peaks:
    """The largest value of a series."""

    series: str
    least: float
    most: float

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether it is between the two."""
        found = result.series.get(self.series)
        return found is not None and self.least <= found.max <= self.most


@attrs.frozen
class PeaksAgainstHistory:
    """The largest value of a series, as a share of that of the historical run."""

    series: str
    from_share: float
    to_share: float

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether it is between the two."""
        found, then = result.series.get(self.series), history.series.get(self.series)
        if found is None or then is None:  # a part of the Region that is not played
            return False
        return self.from_share * then.max <= found.max <= self.to_share * then.max


@attrs.frozen
class NotBefore:
    """A milestone that happens after a moment, minutes after T0, or never."""

    milestone: str
    from_min: float

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether it did not happen earlier."""
        at = result.milestones[self.milestone].t_min
        return at is None or at >= self.from_min


@attrs.frozen
class NoOutage:
    """Nothing fails, and operators find nothing to do."""

    def holds(self, result: RunResult, history: RunResult) -> bool:
        """Whether no window opened and no emergent milestone happened."""
        windows = [*result.windows.values(), *(one.windows for one in result.services.values())]
        emergent = [one for one in result.milestones.values() if one.kind == "emergent"]
        return not any(windows) and all(one.t_min is None for one in emergent)


@attrs.frozen
class WhatIf:
    """One question, and the run that answers it."""

    name: str
    question: str
    why: str
    """Why people ask."""
    expected: str
    """What must come of it, in words."""
    expectations: tuple[Expectation, ...]
    settings: tuple[tuple[str, str], ...] = ()
    """Parameters by path, as `--set` takes them."""
    script: str = HISTORY
    """Which script operators follow: `as-history` or `none`."""
    without: tuple[str, ...] = ()
    """Actions they leave out."""
    acts: tuple[str, ...] = ()
    """Actions they add, as `--act` takes them."""

    def scenario(self, base: str, seed: int | None = None) -> Scenario:
        """The run as a scenario. Raises InputError when it does not fit the base."""
        scenario = Scenario.load(base, self.settings, seed)
        script = without(load_script(self.script, scenario), self.without)
        extra = tuple(parse_act(act, scenario) for act in self.acts)
        return scenario.with_script(merged(script, extra))

    def words(self) -> list[str]:
        """The options of `outage-tui run` that make this run."""
        words = [word for path, value in self.settings for word in ("--set", f"{path}={value}")]
        words += ["--actions", self.script] if self.script != HISTORY else []
        words += [word for action in self.without for word in ("--without", action)]
        words += [word for act in self.acts for word in ("--act", act)]
        return words

    def as_expected(self, result: RunResult, history: RunResult) -> bool:
        """Whether everything came out as expected."""
        return all(one.holds(result, history) for one in self.expectations)


def history_run() -> WhatIf:
    """The run that all others are held against."""
    return WhatIf(
        HISTORY,
        "What happened?",
        "the night as it was, by mechanism alone; everything else is held against it",
        "leases collapse, are all back at 05:28, the event is over at 14:20",
        (
            Happens("dwfm_all_leased", 334, 346),
            Happens("event_over", 852, 892),
            Costs(1.0, 1.0),
        ),
    )


FEW_ENDPOINTS = ("dns.endpoints", "20")
_NO_COLLAPSE = PeaksAgainstHistory("dwfm.broken", 0.5, 0.75)
"""No more leases are lost than those that ran out without DynamoDB."""
_HANDS_OFF_DWFM = ("dwfm.throttle", "dwfm.restart_hosts")


def _guard(
    name: str,
    question: str,
    why: str,
    expected: str,
    expectations: tuple[Expectation, ...],
    *guards: str,
) -> WhatIf:
    settings = tuple((f"dns.guard.{guard}", "true") for guard in guards)
    return WhatIf(name, question, why, expected, expectations, (*settings, FEW_ENDPOINTS))


def _dns() -> Iterable[WhatIf]:
    yield _guard(
        "dns-recheck",
        "What if an Enactor checked the plan's generation with each write?",
        "a check at the start of a pass is worth nothing at its end; fencing each write is the"
        " textbook answer",
        "no stale plan is ever served, and there is no outage",
        (NoOutage(), Peaks("dns.stale_overwrites_total", 0, 0), Costs(0.0, 0.01)),
        "recheck_each_write",
    )
    yield _guard(
        "dns-spare-active",
        "What if clean-up spared the plan an endpoint points to?",
        "deleting what is in use is the step that emptied the name",
        "a stale plan is served for a while, the name never empties",
        (NoOutage(), Peaks("dns.stale_overwrites_total", 1, 1000), Costs(0.0, 0.01)),
        "spare_active_plan",
    )
    yield _guard(
        "dns-spare-both",
        "What if clean-up spared the plans of endpoint and rollback?",
        "the automation gets stuck where the rollback alias cannot be moved, so sparing one of the"
        " two may not be enough",
        "a stale plan is served for a while, the name never empties",
        (NoOutage(), Peaks("dns.stale_overwrites_total", 1, 1000), Costs(0.0, 0.01)),
        "spare_active_plan",
        "spare_rollback",
    )
    yield _guard(
        "dns-repair",
        "What if an Enactor could replace an alias whose target is gone?",
        "the record emptied in an instant and stayed empty for hours because no Enactor could mend"
        " it",
        "the name empties and is mended at once; what is left is the 15 min for which resolvers"
        " remember the empty answer, and no lease is lost",
        (
            Happens("dns_record_empty", -5, 5),
            Happens("dynamodb_recovered", 10, 20),
            Never(("dwfm_all_leased", "second_wave_begins")),
            Costs(0.001, 0.05),
        ),
        "repair_missing_target",
    )
    yield _guard(
        "dns-never-empty",
        "What if an empty answer were never published?",
        "the last good answer is better than none, until the addresses in it change",
        "the race happens, nobody notices",
        (NoOutage(), Costs(0.0, 0.01)),
        "never_publish_empty",
    )


def _dwfm() -> Iterable[WhatIf]:
    yield WhatIf(
        "dwfm-left-alone",
        "What if DNS was repaired and nobody did anything for DWFM?",
        "the provider's summary says that nothing went forward until operators acted: was that"
        " patience or a trap?",
        "the leases never come back, nor do launches; without launches NLB stays calm, so there"
        " is no second wave and customers lose little more",
        (
            AsHistory(("dynamodb_recovered",)),
            PeaksAgainstHistory("dwfm.broken", 1.0, 1.1),
            Never(("dwfm_all_leased", "second_wave_begins", "ec2_normal", "event_over")),
            Costs(1.0, 1.5),
        ),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-drop-stale",
        "What if DWFM dropped work whose deadline has passed, and nobody helped?",
        "finished-but-late work is what kept the shards busy for nothing",
        "no collapse: the leases are back within half an hour of DynamoDB",
        (_NO_COLLAPSE, Happens("dwfm_all_leased", 160, 205), Costs(0.85, 0.98)),
        (("dwfm.queue_discipline", "drop-stale"),),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-lifo",
        "What if DWFM served the newest work first, and nobody helped?",
        "the newest attempt is the only one that can still be in time; big services switch to it"
        " under overload",
        "no collapse: the leases are back within half an hour of DynamoDB",
        (_NO_COLLAPSE, Happens("dwfm_all_leased", 160, 205), Costs(0.85, 0.98)),
        (("dwfm.queue_discipline", "lifo"),),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-queue-throttle",
        "What if DWFM throttled itself by the size of its queue?",
        "the provider's announced remedy: limit incoming work by the waiting queue",
        "no collapse: the leases are back within forty minutes of DynamoDB",
        (_NO_COLLAPSE, Happens("dwfm_all_leased", 160, 215), Costs(0.85, 0.98)),
        (("dwfm.max_outstanding", "0.006"),),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-longer-deadline",
        "What if an attempt had an hour instead of two minutes?",
        "if attempts time out because they wait, wait longer",
        "no collapse: everything is done late, and done",
        (_NO_COLLAPSE, Happens("dwfm_all_leased", 160, 250), Costs(0.85, 0.98)),
        (("dwfm.establish_deadline_s", "3600"),),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-backoff",
        "What if failed attempts backed off, ten minutes and longer each time?",
        "backoff with jitter is the first thing anybody asks of a client that retries",
        "no collapse, and most leases are back by 05:00; but those that failed often wait longest,"
        " so the last are back hours later than by hand",
        (_NO_COLLAPSE, NotBefore("dwfm_all_leased", 450), Costs(0.95, 1.3)),
        (("dwfm.backoff_s", "600"),),
        without=_HANDS_OFF_DWFM,
    )
    yield WhatIf(
        "dwfm-early",
        "What if operators had throttled and restarted at 02:45 instead of 04:14?",
        "twenty minutes after DNS was back, everything needed to see the collapse was on the"
        " graphs",
        "the same drain an hour and a half earlier; customers gain little, because launches stay"
        " limited until 13:50 and the second wave comes earlier",
        (Happens("dwfm_all_leased", 238, 258), Costs(0.9, 1.0)),
        without=_HANDS_OFF_DWFM,
        acts=("dwfm.throttle@02:45", "dwfm.restart_hosts@02:45"),
    )


def _nlb() -> Iterable[WhatIf]:
    yield WhatIf(
        "nlb-velocity-limit",
        "What if no more than one zone's capacity could be taken out at a time?",
        "the provider's announced remedy for NLB",
        "nodes still flap, but the zones that are left carry the load: no second wave",
        (
            Peaks("nlb.zones_out", 1, 1),
            AsHistory(("dwfm_all_leased", "nlb_errors_begin", "nm_propagation_normal")),
            Never(("second_wave_begins",)),
            Costs(0.8, 0.97),
        ),
        (("nlb.velocity_limit", "1"),),
    )
    yield WhatIf(
        "nlb-failover-off",
        "What if automatic failover had been switched off when the fault was found, at 06:52?",
        "it was found at 06:52 and switched off at 09:36",
        "zones are back before the morning's load: no second wave",
        (
            AsHistory(("dwfm_all_leased", "nlb_errors_begin", "nm_propagation_normal")),
            Never(("second_wave_begins",)),
            Costs(0.8, 0.97),
        ),
        without=("nlb.disable_failover",),
        acts=("nlb.disable_failover@06:52",),
    )
    yield WhatIf(
        "nlb-flapping-checkers",
        "What if it was the checkers' new hosts that lacked network state?",
        "two readings of the sources; this one fits the provider's summary best and is the one"
        " that all other runs use",
        "exactly the historical run",
        (
            AsHistory(("nlb_errors_begin", "second_wave_begins", "event_over"), 0.0),
            Costs(1.0, 1.0),
        ),
        (("nlb.flap_source", "checkers"),),
    )
    yield WhatIf(
        "nlb-flapping-targets",
        "What if it was the new targets that lacked network state?",
        "the other reading, of two write-ups",
        "the same night: the published times cannot tell the two readings apart",
        (
            AsHistory(("nlb_errors_begin", "nm_propagation_normal", "event_over")),
            AsHistory(("second_wave_begins",), within_min=25.0),
            Costs(0.9, 1.1),
        ),
        (("nlb.flap_source", "targets"),),
    )


def _nobody() -> Iterable[WhatIf]:
    yield WhatIf(
        "nobody-acts",
        "What if nobody had done anything at all?",
        "how much of the recovery was the system's own?",
        "none: the name stays empty, no lease comes back",
        (
            Never(
                (
                    "dynamodb_recovered",
                    "dwfm_all_leased",
                    "sts_first_wave_over",
                    "ec2_normal",
                    "event_over",
                )
            ),
            Costs(3.0, 20.0),
        ),
        script="none",
    )


CATALOGUE: tuple[WhatIf, ...] = (*_nobody(), *_dns(), *_dwfm(), *_nlb())


def find_what_ifs(names: Iterable[str]) -> tuple[WhatIf, ...]:
    """What-ifs by name, in the order given. Raises InputError that names what is unknown."""
    known = {what_if.name: what_if for what_if in CATALOGUE}
    problems = []
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near}" if near else "; `outage-tui what-if list` names them"
            problems.append(f"what-if {name!r}: unknown{hint}")
    if problems:
        raise InputError(problems)
    return tuple(known[name] for name in dict.fromkeys(names))
