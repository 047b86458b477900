"""The logbook: what the team has said of the incident, and what was noted of the team.

Whoever commands, what was decided and why, what customers were told and when they hear again, what
is held for the cause, and notes. Beside it, unseen by players, what evaluators marked.
"""

import attrs

from outage_agents.drills.journal import Decide, HandOver, Hypothesis, Mark, Note, Post
from outage_agents.drills.seat_view import (
    DecisionView,
    HypothesisView,
    MarkView,
    NoteView,
    PostView,
)
from outage_engine.clock import MINUTE

NOTES_SEEN = 40
"""Notes in a view, the last ones."""


@attrs.define(eq=False)
class Logbook:
    """It only grows."""

    declared: bool = False
    declared_ns: int | None = None
    commander: str = ""
    hypotheses: dict[str, str] = attrs.field(factory=dict)
    decisions: list[DecisionView] = attrs.field(factory=list)
    posts: list[tuple[int, Post]] = attrs.field(factory=list)
    notes: list[NoteView] = attrs.field(factory=list)
    marks: list[MarkView] = attrs.field(factory=list)

    def declare(self, t_ns: int, seat: str) -> None:
        """This is an incident, and this seat commands it, unless somebody does."""
        self.declared = True
        self.declared_ns = t_ns if self.declared_ns is None else self.declared_ns
        self.commander = self.commander or seat

    def hand_over(self, command: HandOver) -> None:
        """Somebody else commands."""
        self.commander = command.to

    def hold(self, command: Hypothesis) -> None:
        """What might be the cause, or what is held of it by now."""
        self.hypotheses[command.text] = command.state

    def decide(self, t_ns: int, command: Decide) -> None:
        """A decision."""
        by_ns = t_ns + command.by_min * MINUTE
        told = (command.what, command.why, command.expect, by_ns, command.confidence)
        self.decisions.append(DecisionView(t_ns, *told))

    def post(self, t_ns: int, command: Post) -> None:
        """Customers are told."""
        self.posts.append((t_ns, command))

    def note(self, t_ns: int, seat: str, command: Note) -> None:
        """Anything."""
        self.notes.append(NoteView(t_ns, seat, command.text))

    def mark(self, t_ns: int, seat: str, command: Mark) -> None:
        """For the report."""
        self.marks.append(MarkView(t_ns, seat, command.about, command.rating, command.text))

    def overdue_ns(self, t_ns: int) -> int:
        """For how long customers have waited for what they were promised; 0: they do not."""
        if not self.posts:
            return 0
        posted_ns, post = self.posts[-1]
        return max(0, t_ns - posted_ns - post.next_update_min * MINUTE)

    def post_views(self, t_ns: int) -> tuple[PostView, ...]:
        """What customers were told, at a moment."""
        last = len(self.posts) - 1
        return tuple(
            PostView(
                posted_ns,
                post.channel,
                tuple(post.claims),
                posted_ns + post.next_update_min * MINUTE,
                i == last and self.overdue_ns(t_ns) > 0,
            )
            for i, (posted_ns, post) in enumerate(self.posts)
        )

    def hypothesis_views(self) -> tuple[HypothesisView, ...]:
        """What might be the cause."""
        return tuple(HypothesisView(*pair) for pair in self.hypotheses.items())
