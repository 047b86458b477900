"""What a drawing may look at: one moment of a run, and how it is to be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from outage_agents.views import MilestoneView, NarrationView, RegionView
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.wording import Clock
    from outage_tui.dashboard.source import History, Marker, Status
    from outage_tui.link_messages import Hello


@attrs.frozen
class Opening:
    """Before the first moment: the simulator is still starting, or it failed to."""

    hello: Hello
    clock: Clock
    status: Status
    ink: Ink


@attrs.frozen
class Scene:
    """One moment."""

    hello: Hello
    clock: Clock
    status: Status
    view: RegionView
    history: Callable[[str], History]
    lines: Sequence[NarrationView]
    """The narration, oldest first."""
    markers: Sequence[Marker]
    milestones: Sequence[MilestoneView]
    """In a replay also those later than the moment shown."""
    ink: Ink
    replay: bool = False
    frozen: bool = False
    """The display stands still while the run goes on."""
    behind: int = 0
    """States that came while the display was frozen."""
    wanted: str = ""
    """Filter of the events, as typed; a leading `!` inverts it."""
    notice: str = ""
    """What the last key did, for a few seconds."""
    overview: Callable[[str], History] | None = None
    """Series over all that is known, also later than the moment shown; None: `history` is all."""

    def ago(self, since_ns: int) -> float:
        """Seconds from a moment to the moment shown."""
        return max(0.0, (self.view.t_ns - since_ns) / 1e9)
