"""The panels of a seat's screen: what each is called, draws and means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables.player_log import draw_log
from outage_tui.dashboard.renderables.player_pages import draw_pages
from outage_tui.dashboard.renderables.player_posts import draw_posts
from outage_tui.dashboard.renderables.player_roster import draw_roster
from outage_tui.dashboard.renderables.player_says import draw_says
from outage_tui.dashboard.renderables.player_sensors import draw_sensors
from outage_tui.dashboard.renderables.player_work import draw_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.dashboard.renderables.line import Line
    from outage_tui.dashboard.renderables.player_scene import PlayerScene


@attrs.frozen
class PanelKind:
    """One panel."""

    part: str
    title: str
    draw: Callable[[PlayerScene, int, int], list[Line]]
    about: str
    """What it shows and how to read it, for the help; ids in braces stand for keys."""
    newest_last: bool = False
    """Its last lines are shown, and scrolling begins there."""


PANEL_KINDS: Final = (
    PanelKind(
        "pages",
        "Pages and alerts",
        draw_pages,
        "One row for each alert. UNANSWERED: it rings until somebody takes it "
        "({drill.acknowledge}); who takes it answers for it. ESCALATED: nobody did, and it went to "
        "the next in line. x30 pages: a storm sent thirty copies of one thing. Alerts go by what "
        "sensors read, not by what is true: some point the wrong way, and some that should ring do "
        "not.",
    ),
    PanelKind(
        "sensors",
        "Sensors",
        draw_sensors,
        "What your monitoring shows: the value, whether it rises or falls, its last readings, and "
        "how old the last one is. STALE: nothing new has come for longer than it should; what "
        "feeds the sensor may be part of the outage. The value is then the last one known.",
    ),
    PanelKind(
        "work",
        "Work under way",
        draw_work,
        "What waits for approval, who does what and how long such a thing usually takes, and what "
        "was reported of what is over. How long it takes this time nobody knows beforehand. What "
        "was done is not yet what has helped: look at the sensors, then say that you did "
        "({drill.verify}).",
    ),
    PanelKind(
        "says",
        "What people say",
        draw_says,
        "Calls, chat and mail of customers, support and those on the call; pages; results of work. "
        "A bar marks what is new since you last pressed a key. Up and down scroll back.",
        newest_last=True,
    ),
    PanelKind(
        "log",
        "Hypotheses and decisions",
        draw_log,
        "What might be the cause, and what the team holds of it: supported or still open. Below: "
        "decisions, with what was expected by when and how sure you were; DUE: the time has come "
        "to look whether it is so. Last, what was refuted, and notes.",
    ),
    PanelKind(
        "customers",
        "Told to customers",
        draw_posts,
        "When customers hear again, as you promised with the last update, and what they were told.",
    ),
    PanelKind(
        "roster",
        "People",
        draw_roster,
        "Who commands, who sits at the other seats, who is on the call, and what they are at. Ask "
        "them ({drill.ask}) or give them something to do ({drill.task}).",
    ),
)
