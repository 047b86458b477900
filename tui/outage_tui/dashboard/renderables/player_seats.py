"""What each seat may say, and the keys it says it with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.drills.journal import (
    Acknowledge,
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    AskHint,
    Begin,
    CallOff,
    Decide,
    Declare,
    HandOver,
    Hypothesis,
    Mark,
    Note,
    Post,
    Rank,
    Task,
    Verify,
    Wait,
)
from outage_agents.drills.seats import ALLOWED

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_SOLO: Final = (HandOver, Rank, Mark)
"""What makes no sense for somebody who plays alone."""


def may_say(seat: str, command: type) -> bool:
    """Whether a seat may give a command of this type."""
    if seat == "solo":
        return command not in NOT_SOLO
    return command in ALLOWED.get(seat, ())


def kind_of(command: type) -> str:
    """The name of a type of command."""
    return str(command.__struct_config__.tag)  # type: ignore[attr-defined]


@attrs.frozen
class CommandKey:
    """One key for one command."""

    key: str
    command: type
    short: str
    """At the foot."""
    words: str
    """In the help and the palette."""

    @property
    def kind(self) -> str:
        """The command's name."""
        return kind_of(self.command)


COMMAND_KEYS: Final = (
    CommandKey("a", Begin, "act", "act: what operations can do, its needs and risks"),
    CommandKey("d", Decide, "decide", "decide: what, why, what you expect by when"),
    CommandKey("p", Post, "post", "post: tell customers, and when they hear again"),
    CommandKey("h", Hypothesis, "hypothesis", "hypothesis: what might be the cause"),
    CommandKey("t", Task, "task", "task: give somebody something to do"),
    CommandKey("k", Ask, "ask", "ask somebody on the call"),
    CommandKey("o", Acknowledge, "page", "take a page: you answer for it from here on"),
    CommandKey("v", Verify, "verify", "verify: the effect of an action has been looked at"),
    CommandKey("y", Approve, "approve", "approve what waits for approval, or not"),
    CommandKey("u", CallOff, "call off", "call an action off while it is under way"),
    CommandKey("r", AnswerProbe, "reply", "reply to an open question"),
    CommandKey("w", Wait, "wait", "wait: a decision too; until a time, or until something is so"),
    CommandKey("n", Note, "note", "note: anything, for the record"),
    CommandKey("i", AskHint, "hint", "hint: help, at a price"),
    CommandKey("c", Declare, "declare", "declare an incident, and take command of it"),
    CommandKey("H", HandOver, "hand over", "hand the command over to somebody else"),
    CommandKey("R", Rank, "rank", "rank: what could be done now, the best first"),
    CommandKey("m", Mark, "mark", "mark: how well an objective is being met, for the report"),
    CommandKey("x", AllClear, "all-clear", "all-clear: it is over"),
)
"""In the order of the foot; those of other seats are left out."""


def command_keys(seat: str) -> Sequence[CommandKey]:
    """The keys of what a seat may say."""
    return tuple(one for one in COMMAND_KEYS if may_say(seat, one.command))
