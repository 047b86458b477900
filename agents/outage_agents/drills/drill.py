"""A drill: the incident, what can be seen of it, who else is there, and what is asked of players.

These are the parts of a `*.drill.toml` file, as it is written; `drill_file` reads and checks it.
Lengths of time are seconds here and `1h30m` in the file. All numbers of a drill are its author's,
so *assumed*.
"""

from typing import Any, TypeAlias

import attrs

from outage_agents.drills.condition import Condition, span_s
from outage_agents.drills.journal import Command, kind_of

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""A table of texts."""
SEATS = (
    "solo",
    "commander",
    "operations",
    "communications",
    "scribe",
    "observer",
    "evaluator",
)
"""Seats of a drill. `solo` is commander and operations in one person; observers and evaluators
look on."""
LOOK_ON = ("observer", "evaluator", "facilitator")
"""Seats that play no part in the incident: what they say is no event of it."""
PANELS = ("outcome", "conduct", "awareness")
TEMPERS = ("calm", "eager", "gruff")
COSTS_S = {
    "declare": 30,
    "decide": 60,
    "hypothesis": 20,
    "task": 30,
    "ask": 30,
    "begin": 30,
    "call_off": 15,
    "approve": 20,
    "acknowledge": 10,
    "post": 120,
    "ask_hint": 0,
    "answer_probe": 15,
    "verify": 60,
    "all_clear": 60,
    "hand_over": 120,
    "wait": 0,
    "note": 15,
}
"""What saying something costs a team, seconds. *Assumed*; a wait costs what it says itself."""


def span(default: Any = attrs.NOTHING, **known: object) -> Any:
    """A field that is a length of time: `1h30m` in the file, seconds here."""
    return attrs.field(default=default, metadata={"span": True, **known})


def limited(
    default: Any = attrs.NOTHING, low: float | None = None, high: float | None = None
) -> Any:
    """A number with limits."""
    return attrs.field(default=default, metadata={"low": low, "high": high})


def chosen(choices: tuple[str, ...], default: Any = attrs.NOTHING) -> Any:
    """A word among some."""
    return attrs.field(default=default, metadata={"choices": choices})


@attrs.frozen
class DrillRun:
    """The run that is played: an ordinary one, up to where the player takes over and on."""

    begin: str
    """The moment the player takes over, as `--at` takes it."""
    end: str
    """The latest end."""
    scenario: str = "small"
    settings: Pairs = ()
    """Parameters that differ, as `--set` takes them."""
    actions: str = "as-history"
    """What operators did before `begin`; of what comes later, only `acts` happens."""
    acts: tuple[str, ...] = ()
    """As `--act` takes them."""
    faults: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    seed: int = limited(1, 0)


@attrs.frozen
class Measure:
    """What a drill is about, where that is one thing: a metric, added up minute by minute.

    Leaving the trap, for one, brings back leases long before it brings back launches, which are
    refused on purpose meanwhile; customer-minutes alone would call that no progress.
    """

    metric: str
    title: str
    unit: str


@attrs.frozen
class Sensor:
    """What players see of one metric."""

    id: str
    title: str
    metric: str
    unit: str = ""
    scale: float = 1.0
    """The metric times this is shown, so a share can be read in percent."""
    step: float = limited(0.0, 0.0)
    """Shown to multiples of this; 0: as it is."""
    every_s: int = span(60, low=10)
    delay_s: int = span(0)
    """A reading is seen so long after it was taken."""
    needs: Condition | None = None
    """While this does not hold no reading is taken: what feeds the sensor is down."""
    rate: bool = False
    """Shows how much the metric grew in the last minute instead of how much it is."""


@attrs.frozen
class Alert:
    """Pages somebody by what a sensor reads."""

    id: str
    sensor: str
    text: str
    above: float | None = None
    below: float | None = None
    for_s: int = span(0)
    severity: str = chosen(("page", "ticket"), "page")
    again_s: int = span(1800)
    """Not paged again for so long while it stays."""
    copies: int = limited(1, 1, 200)
    """Pages of one storm."""
    escalate_s: int = span(600)
    """Unacknowledged for so long it goes to the next in line; so much later to the one after."""
    escalate_to: tuple[str, ...] = ()
    """The line: characters or seats. Empty: one step, to nobody by name."""
    misleading: bool = False
    """For the debriefing: it points to the wrong place."""


@attrs.frozen
class Inject:
    """One event of the master list."""

    n: int
    text: str
    from_: str
    to: str = chosen(("all", *SEATS), "all")
    method: str = chosen(("chat", "call", "mail", "radio", "run"), "chat")
    expected: str = ""
    """What a good team does about it."""
    at_s: int | None = span(None)
    """So long after the player took over."""
    when: Condition | None = None
    fault: str = ""
    """Something that breaks then, as `--fault` takes it, without `@WHEN`."""
    change: str = ""
    """A parameter that changes then, as `--change` takes it, without `@WHEN`."""


@attrs.frozen
class Answer:
    """What a character says when asked."""

    about: str
    text: str
    also: tuple[str, ...] = ()
    """Other words for the same."""


@attrs.frozen
class Guess:
    """A hypothesis a character brings up."""

    text: str
    right: bool = False
    """For score and debriefing."""
    after_s: int = span(600)
    """Typically so long after the player took over."""


@attrs.frozen
class Character:
    """Somebody on the call who is played by the program."""

    id: str
    name: str
    role: str
    temper: str = chosen(TEMPERS, "calm")
    skill: float = limited(0.5, 0.0, 1.0)
    """From slow to quick at a task given."""
    nag_every_s: int = span(0)
    """Asks for news when nothing was posted for so long; 0: never."""
    shift_s: int | None = span(None)
    """Goes home so long after the player took over; tired before."""
    relief: str = ""
    """Name of who comes then; empty: nobody does, and this one stays, tired."""
    answers: tuple[Answer, ...] = ()
    guesses: tuple[Guess, ...] = ()


@attrs.frozen
class Duration:
    """How long an action takes in this drill, instead of the catalogue's range."""

    action: str
    p50_s: int = span()
    p95_s: int = span()


@attrs.frozen
class Objective:
    """What is asked of players, and by what it is judged."""

    id: str
    title: str
    panel: str = chosen(PANELS)
    met: Condition | None = None
    """Met at the first moment this holds."""
    within_s: int | None = span(None)
    """Counted from where the player takes over; later is not met."""
    never: Condition | None = None
    """Missed from the first moment this holds."""


@attrs.frozen
class Probe:
    """A question in between, answered from what one has in mind; judged by the truth."""

    id: str
    question: str
    metric: str
    at_s: int = span()
    scale: float = 1.0
    tolerance: float = limited(0.1, 0.0)
    """So far off is still right, in the unit of the answer."""


@attrs.frozen
class Hint:
    """Help, at a price."""

    text: str
    cost_min: int = limited(5, 0, 600)


@attrs.frozen
class Step:
    """One command of a scripted player."""

    seat: str
    command: Command
    at_s: int | None = span(None)
    """Not before so long after the player took over."""
    when: Condition | None = None
    """Not before this holds; names are sensors."""


@attrs.frozen
class Play:
    """A scripted player: commands, each given when those before it are."""

    id: str
    title: str
    rank: int = limited(1, 1, 9)
    """1 is best. In the ordering test, a better rank beats a worse one; equal ones need not."""
    steps: tuple[Step, ...] = ()


@attrs.frozen
class Stop:
    """When a drill is over before its latest end."""

    id: str
    when: Condition
    text: str


@attrs.frozen
class Drill:
    """All of it."""

    id: str
    title: str
    summary: str
    briefing: str
    run: DrillRun
    level: int = limited(low=0, high=5)
    length_min: int = limited(low=1, high=600)
    version: int = limited(low=1, high=1)
    measure: Measure | None = None
    """None: customer-minutes lost."""
    names: Pairs = ()
    """Names by which players know things: `dynamodb = "ledger"`."""
    approvals: Pairs = ()
    """Actions that wait for approval, and the word to be typed."""
    sensors: tuple[Sensor, ...] = ()
    alerts: tuple[Alert, ...] = ()
    injects: tuple[Inject, ...] = ()
    characters: tuple[Character, ...] = ()
    durations: tuple[Duration, ...] = ()
    objectives: tuple[Objective, ...] = ()
    probes: tuple[Probe, ...] = ()
    hints: tuple[Hint, ...] = ()
    plays: tuple[Play, ...] = ()
    stops: tuple[Stop, ...] = ()
    debrief: str = ""
    costs: Pairs = ()
    """What a command costs where time stands and every command has its price, by its kind:
    `post = "3m"`. Those left out cost what `COSTS_S` says."""

    def cost_s(self, command: Command) -> int:
        """Virtual seconds that saying this costs; a hint's own cost is in the hint."""
        return self.costs_s.get(kind_of(command), 0)

    @property
    def costs_s(self) -> dict[str, int]:
        """What a command of each kind costs, virtual seconds."""
        return COSTS_S | {kind: span_s(told) for kind, told in self.costs}

    def play(self, play_id: str) -> Play | None:
        """The scripted player of this name."""
        return next((one for one in self.plays if one.id == play_id), None)
