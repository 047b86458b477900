"""The journal of a drill: what seats commanded and what the drill told them, in order.

It is the only memory of a play beside the run itself: the same drill, seed and commands at the same
moments give the same run, so going back to a moment is playing the commands before it again. A
score is computed from the journal and the run's samples, whether they are live or from a recording.

A command is what a person at a seat says. *Said* entries are the drill's own: alerts, messages,
what a character did. Everything is stamped with virtual time; how long a freeze lasted is nowhere.
"""

from typing import TypeAlias

import attrs
import msgspec


class Declare(
    msgspec.Struct, frozen=True, tag_field="do", tag="declare", forbid_unknown_fields=True
):
    """This is an incident, and I command it."""

    severity: int = 1


class Decide(msgspec.Struct, frozen=True, tag_field="do", tag="decide", forbid_unknown_fields=True):
    """A decision, with why, what it is expected to bring by when, and how sure of it one is."""

    what: str
    why: str = ""
    expect: str = ""
    """Free text, or a condition on sensors; then it is judged."""
    by_min: int = 15
    confidence: float = 0.5


class Hypothesis(
    msgspec.Struct, frozen=True, tag_field="do", tag="hypothesis", forbid_unknown_fields=True
):
    """What might be the cause."""

    text: str
    state: str = "open"
    """open, supported, refuted."""


class Task(msgspec.Struct, frozen=True, tag_field="do", tag="task", forbid_unknown_fields=True):
    """Somebody is given something to do: an action, or just a text."""

    to: str
    text: str = ""
    action: str = ""
    args: dict[str, float | str] = {}


class Ask(msgspec.Struct, frozen=True, tag_field="do", tag="ask", forbid_unknown_fields=True):
    """A question to a character."""

    to: str
    about: str


class Begin(msgspec.Struct, frozen=True, tag_field="do", tag="begin", forbid_unknown_fields=True):
    """Begin an action."""

    action: str
    args: dict[str, float | str] = {}


class CallOff(
    msgspec.Struct, frozen=True, tag_field="do", tag="call_off", forbid_unknown_fields=True
):
    """Leave an action be."""

    name: str


class Approve(
    msgspec.Struct, frozen=True, tag_field="do", tag="approve", forbid_unknown_fields=True
):
    """Approve what waits for it, by its number and the word that it asks for."""

    n: int
    word: str


class Acknowledge(
    msgspec.Struct, frozen=True, tag_field="do", tag="acknowledge", forbid_unknown_fields=True
):
    """Take an alert's page."""

    alert: str


class Post(msgspec.Struct, frozen=True, tag_field="do", tag="post", forbid_unknown_fields=True):
    """Tell customers; `next_update_min` says when they hear again."""

    channel: str = "status"
    claims: list[str] = []
    next_update_min: int = 20


class AskHint(
    msgspec.Struct, frozen=True, tag_field="do", tag="ask_hint", forbid_unknown_fields=True
):
    """Take the next hint, and its cost."""


class AnswerProbe(
    msgspec.Struct, frozen=True, tag_field="do", tag="answer_probe", forbid_unknown_fields=True
):
    """What the answer to a question asked in between is."""

    probe: str
    value: float


class Verify(msgspec.Struct, frozen=True, tag_field="do", tag="verify", forbid_unknown_fields=True):
    """The effect of an action has been looked at."""

    action: str
    result: str = ""


class AllClear(
    msgspec.Struct, frozen=True, tag_field="do", tag="all_clear", forbid_unknown_fields=True
):
    """It is over."""

    text: str = ""


class HandOver(
    msgspec.Struct, frozen=True, tag_field="do", tag="hand_over", forbid_unknown_fields=True
):
    """Somebody else commands from here on, and is told this."""

    to: str
    text: str = ""


class Wait(msgspec.Struct, frozen=True, tag_field="do", tag="wait", forbid_unknown_fields=True):
    """To wait is a decision too: so many minutes, or until something is so."""

    minutes: float = 0.0
    until: str = ""


class Note(msgspec.Struct, frozen=True, tag_field="do", tag="note", forbid_unknown_fields=True):
    """Anything."""

    text: str


class Rank(msgspec.Struct, frozen=True, tag_field="do", tag="rank", forbid_unknown_fields=True):
    """An observer's order of what could be done now, before it is seen what was chosen."""

    options: list[str]
    """Actions, and `wait` for none of them now; the best first."""
    why: str = ""


class Mark(msgspec.Struct, frozen=True, tag_field="do", tag="mark", forbid_unknown_fields=True):
    """An evaluator's or the facilitator's note for the report; no player sees it."""

    about: str
    """Id of an objective, a seat, or free."""
    rating: str = ""
    """`P` performed, `S` with some challenges, `M` with major challenges, `U` unable."""
    text: str = ""


class FireInject(
    msgspec.Struct, frozen=True, tag_field="do", tag="fire_inject", forbid_unknown_fields=True
):
    """The facilitator has an event of the list come now."""

    n: int


class SkipInject(
    msgspec.Struct, frozen=True, tag_field="do", tag="skip_inject", forbid_unknown_fields=True
):
    """The facilitator leaves one out."""

    n: int


class EditInject(
    msgspec.Struct, frozen=True, tag_field="do", tag="edit_inject", forbid_unknown_fields=True
):
    """The facilitator gives one another text."""

    n: int
    text: str


class PutOffInject(
    msgspec.Struct, frozen=True, tag_field="do", tag="put_off_inject", forbid_unknown_fields=True
):
    """The facilitator lets one come later."""

    n: int
    minutes: float


class Break(msgspec.Struct, frozen=True, tag_field="do", tag="break", forbid_unknown_fields=True):
    """The facilitator breaks something in the run, as `--fault` takes it, without `@WHEN`."""

    fault: str


class Mend(msgspec.Struct, frozen=True, tag_field="do", tag="mend", forbid_unknown_fields=True):
    """The facilitator ends a fault that is on, by its text in the facilitator's view."""

    fault: str


class Override(
    msgspec.Struct, frozen=True, tag_field="do", tag="override", forbid_unknown_fields=True
):
    """The facilitator meddles with a sensor: `off` (no readings), `hold` (the last one again and
    again, looking fresh), `value` (it says this number), `restore`."""

    sensor: str
    how: str
    value: float = 0.0


class Stop(msgspec.Struct, frozen=True, tag_field="do", tag="stop", forbid_unknown_fields=True):
    """The facilitator ends the drill."""

    why: str = ""


class Staff(msgspec.Struct, frozen=True, tag_field="do", tag="staff", forbid_unknown_fields=True):
    """Which seats are played by people from here on; characters play the others.

    The host says it in the facilitator's name, so that playing a journal again has it too.
    """

    seats: list[str]


Command: TypeAlias = (
    Declare
    | Decide
    | Hypothesis
    | Task
    | Ask
    | Begin
    | CallOff
    | Approve
    | Acknowledge
    | Post
    | AskHint
    | AnswerProbe
    | Verify
    | AllClear
    | HandOver
    | Wait
    | Note
    | Rank
    | Mark
    | FireInject
    | SkipInject
    | EditInject
    | PutOffInject
    | Break
    | Mend
    | Override
    | Stop
    | Staff
)
COMMANDS: tuple[type[msgspec.Struct], ...] = (
    Declare,
    Decide,
    Hypothesis,
    Task,
    Ask,
    Begin,
    CallOff,
    Approve,
    Acknowledge,
    Post,
    AskHint,
    AnswerProbe,
    Verify,
    AllClear,
    HandOver,
    Wait,
    Note,
    Rank,
    Mark,
    FireInject,
    SkipInject,
    EditInject,
    PutOffInject,
    Break,
    Mend,
    Override,
    Stop,
    Staff,
)


def kind_of(command: Command) -> str:
    """The word that names a command: `post`."""
    return str(command.__struct_config__.tag)


def command_kinds() -> tuple[str, ...]:
    """Every kind of command."""
    return tuple(str(one.__struct_config__.tag) for one in COMMANDS)


def command_of(fields: object) -> Command:
    """A command from its fields, `do` among them. Raises msgspec.ValidationError."""
    return msgspec.convert(fields, type=Command)  # type: ignore[no-any-return]


@attrs.frozen
class Entry:
    """One line of the journal."""

    n: int
    """From 1."""
    t_ns: int
    seat: str
    """Who commanded; of what the drill said, to whom: a seat, or `all`."""
    kind: str
    """That of a command, or alert, escalation, message, inject, began, result, refused, probe,
    nag, hint, over."""
    subject: str
    """What it is about: id of an alert, an action, a probe, number of an inject."""
    text: str
    command: Command | None = None
    played: bool = False
    """A character in an empty seat commanded it; playing the journal again, it will again."""


def repeats(kind: str, *, played: bool) -> bool:
    """Whether a command only repeats what was said: a script at the scribe's seat notes down what
    it hears, and that does not count as the team's own note."""
    return played and kind == "note"


def entry_text(entry: Entry) -> str:
    """An entry as JSON, as a recording keeps it."""
    return msgspec.json.encode(entry).decode()


def entry_of(text: str) -> Entry:
    """An entry from its JSON. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(text, type=Entry)


class Journal:
    """Everything commanded and said, in order; it only grows."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def last(self, count: int) -> list[Entry]:
        """The last ones, in order."""
        return self._entries[-count:]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of it."""
        return tuple(self._entries)

    def add(
        self,
        t_ns: int,
        seat: str,
        kind: str,
        subject: str = "",
        text: str = "",
        command: Command | None = None,
        *,
        played: bool = False,
    ) -> Entry:
        """One more entry."""
        n = len(self._entries) + 1
        entry = Entry(n, t_ns, seat, kind, subject, text, command, played)
        self._entries.append(entry)
        return entry


def commands_of(entries: "tuple[Entry, ...]", before_ns: int | None = None) -> tuple[Entry, ...]:
    """What people commanded, up to a moment: enough to play the same again."""
    return tuple(
        entry
        for entry in entries
        if entry.command is not None
        and not entry.played
        and (before_ns is None or entry.t_ns < before_ns)
    )
