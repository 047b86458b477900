"""What a drawing of a seat's screen may look at: one moment of a drill, and how it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from outage_agents.drills.seat_view import SeatView
from outage_tui.dashboard.player_keys import player_keyboard
from outage_tui.dashboard.renderables.player_seats import kind_of
from outage_tui.dashboard.renderables.wording import SECOND_NS, Clock
from outage_tui.dashboard.seat import SeatLink
from outage_tui.drill_link import Tempo

if TYPE_CHECKING:
    from outage_tui.dashboard.keys import Keyboard
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.drill_link import Present, Welcome


def _usual_keys(scene: PlayerScene) -> Keyboard:
    welcome = scene.welcome
    return player_keyboard(welcome.seat, may_steer=welcome.may_steer)


@attrs.frozen
class PlayerScene:
    """One moment as a seat sees it."""

    welcome: Welcome
    clock: Clock
    view: SeatView
    ink: Ink
    link: SeatLink = attrs.field(factory=SeatLink)
    tempo: Tempo = attrs.field(factory=Tempo)
    present: tuple[Present, ...] = ()
    read_n: int = 0
    """Number of the last message that was on the screen when a key was last pressed."""
    notice: str = ""
    """What the host answered last, or what a key did."""
    refused: bool = False
    """The notice says why not."""
    begun: bool = True
    """False before the first state: the view is an empty one."""
    keys: Keyboard = attrs.field(default=attrs.Factory(_usual_keys, takes_self=True))
    """The keys of this seat that are in force."""

    def key_to(self, command: type) -> str:
        """The key that gives a command; empty where this seat has none."""
        return self.keys.sign(f"drill.{kind_of(command)}")

    def ago_s(self, t_ns: int) -> int:
        """Virtual seconds from a moment to the moment shown; negative for one still to come."""
        return (self.view.t_ns - t_ns) // SECOND_NS

    @property
    def unread(self) -> int:
        """Messages that came since a key was last pressed."""
        return sum(message.n > self.read_n for message in self.view.messages)


def empty_view(welcome: Welcome, clock: Clock) -> SeatView:
    """What a seat sees before the host has said anything."""
    return SeatView(
        seat=welcome.seat,
        title=welcome.title,
        briefing="",
        t_ns=welcome.begin_ns,
        clock=clock.hms(welcome.begin_ns),
        since_begin_s=0,
        left_s=(welcome.end_ns - welcome.begin_ns) // SECOND_NS,
        frozen=False,
        declared=False,
        commander="",
        roster=(),
        readings=(),
        alerts=(),
        messages=(),
        hypotheses=(),
        decisions=(),
        posts=(),
        work=(),
        approvals=(),
        choices=(),
        probes=(),
        hints=(),
        hints_left=0,
        over="",
    )
