"""A play as it was: every event at its moment, beside the truth. What a score is computed from."""

from collections.abc import Sequence

import attrs

from outage_agents.drills.condition import Condition, Watch
from outage_agents.drills.drill import LOOK_ON, Drill
from outage_agents.drills.journal import Entry, repeats
from outage_agents.drills.truth import TruthLog
from outage_engine.clock import MINUTE, SECOND

LOST = "impact.customer_minutes"


class Past:
    """A play as it was, with every event at its moment."""

    def __init__(
        self,
        drill: Drill,
        journal: Sequence[Entry],
        truth: TruthLog,
        begin_ns: int,
        end_ns: int,
        last_ns: int,
    ) -> None:
        """`end_ns`: of the play; `last_ns`: to where outcomes are taken."""
        self.drill, self.truth = drill, truth
        self.begin_ns, self.end_ns, self.last_ns = begin_ns, end_ns, last_ns
        self.journal = [entry for entry in journal if entry.t_ns <= end_ns]
        self.samples = truth.between(begin_ns, last_ns)
        self.is_whole = False
        """The run has come to where outcomes are taken."""
        self.first: dict[tuple[str, str, str], int] = {}
        forbidden = {entry.n - 1 for entry in self.journal if entry.kind == "forbidden"}
        for entry in self.journal:
            if entry.n not in forbidden:
                self._note_entry(entry)
        for outcome in truth.outcomes:
            word = outcome.result.partition(":")[0].replace(" ", "-")
            self._note("action", outcome.id, word, max(outcome.t_ns, begin_ns))
        for milestone, t_ns in truth.milestones:
            self._note("milestone", milestone, "", t_ns)

    def _note_entry(self, entry: Entry) -> None:
        if entry.command is not None:
            if entry.seat not in LOOK_ON and not repeats(entry.kind, played=entry.played):
                self._note("said", entry.kind, "", entry.t_ns)
        elif entry.kind == "began":
            self._note("action", entry.subject, "", entry.t_ns)
            self._note("action", entry.subject, "begun", entry.t_ns)
        elif entry.kind == "alert":
            self._note("alert", entry.subject, "", entry.t_ns)
        elif entry.kind == "message":
            self._note("inject", entry.subject, "", entry.t_ns)

    def _note(self, kind: str, name: str, result: str, t_ns: int) -> None:
        key = (kind, name, result)
        self.first[key] = min(t_ns, self.first.get(key, t_ns))

    def said_ns(self, kind: str) -> int | None:
        """When a command of this kind was given first."""
        return self.first.get(("said", kind, ""))

    def after_s(self, t_ns: int | None) -> int | None:
        """Seconds from the beginning."""
        return None if t_ns is None else (t_ns - self.begin_ns) // SECOND

    def lost(self, first_ns: int, last_ns: int) -> float:
        """Customer-minutes lost from one moment to another."""
        values = []
        for t_ns in (first_ns, last_ns):
            truth = self.truth.at(t_ns)
            values.append((truth.value(LOST) or 0.0) if truth is not None else 0.0)
        return values[1] - values[0]


@attrs.define
class FactsAt:
    """What was so at a moment of the past."""

    past: Past
    t_ns: int = 0

    @property
    def since_begin_ns(self) -> int:
        """From the beginning of the play."""
        return self.t_ns - self.past.begin_ns

    def value(self, name: str) -> float | None:
        """What a sensor would show if it showed the truth, or a metric."""
        truth = self.past.truth.at(self.t_ns)
        if truth is None:
            return None
        sensor = next((one for one in self.past.drill.sensors if one.id == name), None)
        if sensor is None:
            return truth.value(name)
        value = truth.value(sensor.metric)
        if value is not None and sensor.rate:
            value = self._grown(sensor.metric, value)
        return None if value is None else value * sensor.scale

    def _grown(self, metric: str, value: float) -> float | None:
        """In the last minute, as a sensor that shows a rate shows it."""
        before = self.past.truth.at(self.t_ns - MINUTE)
        first = None if before is None else before.value(metric)
        return None if first is None else value - first

    def happened(self, kind: str, name: str, result: str) -> bool:
        """Whether an event had happened by then."""
        t_ns = self.past.first.get((kind, name, result))
        return t_ns is not None and t_ns <= self.t_ns


def first_moment(past: Past, condition: Condition, last_ns: int) -> int | None:
    """The first sample from the beginning up to a moment at which a condition holds."""
    watch, facts = Watch(condition), FactsAt(past)
    for sample in past.samples:
        if sample.t_ns > last_ns:
            break
        facts.t_ns = sample.t_ns
        if watch.holds(facts):
            return sample.t_ns
    return None


def holds_at(past: Past, condition: Condition, first_ns: int, t_ns: int) -> bool:
    """Whether a condition, watched from one moment on, holds at another."""
    watch, facts, verdict = Watch(condition), FactsAt(past), False
    for sample in past.truth.between(first_ns, t_ns):
        facts.t_ns = sample.t_ns
        verdict = watch.holds(facts)
    return verdict
