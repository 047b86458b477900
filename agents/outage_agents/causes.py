"""Why things happened: the topics of the narration, the mechanism behind each, and its source.

Every line of the narration has a topic, and may name the topics it follows from: what its teller
received in a message, or saw in its own state. So each effect can be walked back to what set it
off: an operator's action, a fault, the staged delay of one Enactor, or chance. The table here says
for each topic which mechanism its lines reproduce and where that is known from: a document and its
section, or that it is *assumed*. A topic begins with its part of the Region; `*` stands for the
name of one of several (an Enactor, a shard, a zone, a service).

The provider's post-event summary (message/101925) is called the summary here, the re:Invent 2025
talk DAT453 the builders' talk.

Simplified: a line follows from the *latest* line about a topic. Where a cause crept in below the
level at which anybody tells of it, the chain begins at the first line that was told.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

import attrs

from outage_engine.narration import Cause


@attrs.frozen
class Mechanism:
    """What a topic's lines reproduce."""

    topic: str
    """`*` stands for the name of one of several."""
    text: str
    """The mechanism, in a sentence or two."""
    source: str
    """Document and section, or `assumed` and what of it."""
    sets_off: str = ""
    """Not empty: such a line may stand at the start of a chain; this says what began there."""


@attrs.frozen
class MilestoneCause:
    """What makes a milestone of the reference timeline happen."""

    milestone: str
    condition: str
    """As milestones.md has it."""
    topics: tuple[str, ...]
    """Topics of the line that fulfils it."""


class Told(Protocol):
    """A line of the narration, from a run or from a recording."""

    @property
    def n(self) -> int: ...
    @property
    def t_ns(self) -> int: ...
    @property
    def component(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def because(self) -> tuple[int, ...]: ...
    @property
    def via(self) -> tuple[str, ...]: ...


@attrs.frozen
class Step:
    """One line of a causal chain, seen from the effect."""

    line: Told
    via: str = ""
    """What brought it to the teller of the step before; empty: that one's own state."""
    besides: tuple[tuple[Told, str], ...] = ()
    """Other lines that this one follows from, each with what brought it."""


def chain(lines: Mapping[int, Told], n: int) -> tuple[Step, ...]:
    """From line `n` back along the most direct cause of each, to what set it off.

    `lines` by number; a cause that it lacks ends the chain. Raises KeyError when it lacks `n`.
    """
    steps: list[Step] = []
    line, via = lines[n], ""
    while True:
        known = [
            (lines[cause], brought)
            for cause, brought in zip(line.because, line.via, strict=False)
            if cause in lines and cause < line.n
        ]
        steps.append(Step(line, via, tuple(known[1:])))
        if not known:
            return tuple(steps)
        line, via = known[0]


def message(topic: str, kind: str, sender: str) -> Cause:
    """A cause that came in a message of this type from that sender."""
    return Cause(topic, f"{kind} from {sender}")


def ordered(action: str) -> Cause:
    """The cause of what a component does because operators told it to."""
    return message(f"action.{action}", "ActionOrder", "operators")


@lru_cache(maxsize=1024)
def mechanism(topic: str) -> Mechanism | None:
    """What lines about this topic reproduce; None when the table does not have it."""
    return next((one for one in MECHANISMS if fnmatchcase(topic, one.topic)), None)


def milestone_cause(milestone: str) -> MilestoneCause | None:
    """What makes a milestone happen; None for an operator's action, which is its own cause."""
    return next((one for one in MILESTONE_CAUSES if one.milestone == milestone), None)


def latest_about(lines: Sequence[Told], topics: Sequence[str], until_ns: int) -> Told | None:
    """The latest line up to `until_ns` whose topic fits one of these patterns."""
    for line in reversed(lines):
        if line.t_ns <= until_ns and any(fnmatchcase(line.about, topic) for topic in topics):
            return line
    return None
MECHANISMS: tuple[Mechanism, ...] = ()
MILESTONE_CAUSES: tuple[MilestoneCause, ...] = ()
