"""A play as its report needs it: every act beside what was true, and what could be seen, then.

Nothing is executed. The truth is the run's samples; what a seat could see is what the drill's own
sensors make of them, so it is worked out again here by the same instruments. Judgements that the
score makes too (probes, expectations, updates that came late) follow its rules; a test holds both
to each other.
"""

import contextlib
import itertools
from collections.abc import Mapping, Sequence

import attrs

from outage_agents.drills.condition import Condition, ConditionError, Watch
from outage_agents.drills.drill import LOOK_ON, Drill, Sensor
from outage_agents.drills.journal import Entry, Override, Staff
from outage_agents.drills.names import Names
from outage_agents.drills.past import FactsAt, Past
from outage_agents.drills.recorded_play import RecordedPlay
from outage_agents.drills.rehearsal import WARM_NS
from outage_agents.drills.score import DOWN, Ghost, Score
from outage_agents.drills.sensors import SensorDesk, SensorError
from outage_engine.clock import MINUTE
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import ReportData

ERRORS = "customers.error_rate"
ENTRIES_MAX = 5000
"""A longer journal is cut: nobody said so much, and a hostile recording may have millions."""


@attrs.frozen
class Seen:
    """What a sensor showed at one look."""

    t_ns: int
    value: float | None
    """None before its first reading."""
    age_s: int
    """Since the reading was taken."""
    stale: bool


@attrs.frozen(eq=False)
class DrillData:
    """One play, and the run under it."""

    run: ReportData
    play: RecordedPlay
    score: Score
    seen: Mapping[str, tuple[Seen, ...]]
    """What each sensor showed, every ten seconds of the play, by its id."""
    names: Names
    past: Past
    """The same, as the score looks at it."""
    end_ns: int
    """When the drill was over; of one that was cut short, the last moment known."""
    left_out: int = 0
    """Entries of a journal so long that nobody can have said them."""
    started: str = ""
    """The command line that started it, as the recording has it."""

    @property
    def drill(self) -> Drill:
        """What was played."""
        return self.play.drill

    @property
    def begin_ns(self) -> int:
        """When the team took over."""
        return self.play.begin_ns

    @property
    def journal(self) -> Sequence[Entry]:
        """All that was said during the play."""
        return self.play.journal

    @property
    def together(self) -> bool:
        """It was hosted, for others to join: only then it is told which seats people play."""
        return any(isinstance(entry.command, Staff) for entry in self.journal)

    @property
    def over(self) -> Entry | None:
        """The last word; None when the drill was cut short."""
        return next((entry for entry in self.journal if entry.kind == "over"), None)

    def shown(self, text: str) -> str:
        """A text of the run under the names by which the team knew things."""
        return self.names.shown(text)

    def clock(self, t_ns: int) -> str:
        """A moment: time of day, and since the team took over: `23:53 (+13 min)`."""
        minutes = (t_ns - self.begin_ns) // MINUTE
        return f"{self.run.scenario.clock(t_ns)[:5]} ({minutes:+d} min)"

    def value(self, name: str, t_ns: int) -> float | None:
        """What was true: of a sensor in its unit, else of a metric."""
        return self.facts(t_ns).value(name)

    def shown_value(self, sensor: Sensor, value: float | None) -> str:
        """A value as the sensor's panel writes it."""
        if value is None:
            return "no reading"
        exact = 0.05 <= abs(value) < 10 and sensor.scale != 1
        number = f"{value:.1f}".removesuffix(".0") if exact else f"{value:,.0f}"
        return f"{number} {sensor.unit}".rstrip()

    def failing(self, t_ns: int) -> str:
        """How customers fared at a moment, in a few words."""
        errors, down = self.value(ERRORS, t_ns), self.value(DOWN, t_ns)
        told = []
        if errors is not None:
            told.append(f"{wording.percent(errors)} of requests failed")
        if down is not None:
            told.append(f"{wording.percent(down)} of services were down")
        return ", ".join(told) or "not recorded"

    def came(self, text: str, t_ns: int) -> bool | None:
        """Whether a condition on sensors held at a moment; None: it is no condition, or it lies
        beyond what is known."""
        try:
            condition = Condition.parse(text)
        except ConditionError:
            return None
        if t_ns > self.past.last_ns:
            return None
        return Watch(condition).holds(self.facts(t_ns))

    def facts(self, t_ns: int) -> FactsAt:
        """What conditions at a moment are judged by."""
        return FactsAt(self.past, t_ns)

    def first(self, kind: str, subject: str | None = None) -> Entry | None:
        """The first entry of a kind, and about this when that is told."""
        return next(
            (e for e in self.journal if e.kind == kind and subject in (None, e.subject)), None
        )


def drill_data(
    run: ReportData,
    play: RecordedPlay,
    ghosts: tuple[Ghost, ...] | None = None,
    started: str = "",
) -> DrillData:
    """Everything a report on a play needs; beside the ghosts that come with the program, when none
    are given. `started`: the command line that started it."""
    left_out = max(0, len(play.journal) - ENTRIES_MAX)
    play = attrs.evolve(play, journal=play.journal[:ENTRIES_MAX])
    over = next((entry for entry in play.journal if entry.kind == "over"), None)
    end_ns = max(play.begin_ns, play.truth.end_ns) if over is None else over.t_ns
    known_ns = play.truth.end_ns
    last_ns = max(end_ns, known_ns if play.end_ns is None else min(play.end_ns, known_ns))
    past = Past(play.drill, play.journal, play.truth, play.begin_ns, end_ns, last_ns)
    return DrillData(
        run=run,
        play=play,
        score=play.score(ghosts),
        seen=seen_of(past),
        names=Names(play.drill.names),
        past=past,
        end_ns=end_ns,
        left_out=left_out,
        started=started,
    )


# -- what could be seen ---------------------------------------------------------------------------


def seen_of(past: Past) -> dict[str, tuple[Seen, ...]]:
    """What every sensor showed, by the instruments of the drill."""
    desk = SensorDesk(past.drill.sensors)
    meddled = [e for e in past.journal if isinstance(e.command, Override)]
    shown: dict[str, list[Seen]] = {sensor.id: [] for sensor in past.drill.sensors}
    for truth in past.truth.between(past.begin_ns - WARM_NS, past.end_ns):
        while meddled and meddled[0].t_ns < truth.t_ns:
            _meddle(desk, meddled.pop(0))
        desk.sample(_MetricsAt(past, truth.t_ns))
        if truth.t_ns >= past.begin_ns:
            for one in desk.readings(truth.t_ns):
                shown[one.id].append(Seen(truth.t_ns, one.value, one.age_s, one.stale))
    return {name: tuple(looks) for name, looks in shown.items()}


@attrs.define
class _MetricsAt(FactsAt):
    """The same, but a name is a metric even where a sensor is called so: sensors read metrics."""

    def value(self, name: str) -> float | None:
        truth = self.past.truth.at(self.t_ns)
        return None if truth is None else truth.value(name)


def _meddle(desk: SensorDesk, entry: Entry) -> None:
    """What a facilitator did to a sensor; what could not be done then cannot be done now."""
    assert isinstance(entry.command, Override)
    told = entry.command
    with contextlib.suppress(SensorError):
        desk.override(told.sensor, told.how, told.value, entry.t_ns)


# -- what was said, and what followed -------------------------------------------------------------


def acts(data: DrillData) -> list[Entry]:
    """What the team itself commanded and was not forbidden; characters in its seats included."""
    forbidden = {entry.n - 1 for entry in data.journal if entry.kind == "forbidden"}
    return [
        entry
        for entry in data.journal
        if entry.command is not None and entry.n not in forbidden and entry.seat not in LOOK_ON
    ]


def stretches_stale(looks: Sequence[Seen]) -> list[tuple[int, int]]:
    """From when to when a sensor showed only old readings, or none."""
    found = []
    for stale, group in itertools.groupby(looks, key=lambda look: look.stale):
        span = list(group)
        if stale:
            found.append((span[0].t_ns, span[-1].t_ns))
    return found
