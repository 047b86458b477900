"""Where the dashboard gets what it shows: a running host or a recording, behind one face.

`live.LiveSource` speaks to a host process, a replay source reads a recording, and tests use
`staged.StagedSource`. The dashboard polls ten times a second; nothing here may block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from outage_agents.views import MilestoneView, NarrationView, RegionView
    from outage_tui.link_messages import Applied, Command, Done, Failure, Hello, Progress


@attrs.frozen
class History:
    """One named series up to the moment shown, oldest first."""

    times_ns: Sequence[int] | NDArray[np.int64] = ()
    values: Sequence[float] | NDArray[np.float64] = ()

    def beyond_since_ns(self, limit: float, *, below: bool = False) -> int | None:
        """Since when the values are above (or below) a limit without a break; None: they are not
        now, or have been from the first point on."""
        if not len(self.values):
            return None
        import numpy as np  # here, so that the first picture of a run need not wait for it

        values = np.asarray(self.values, dtype=np.float64)
        within = np.flatnonzero(values >= limit if below else values <= limit)
        if not len(within):
            return None
        after = int(within[-1]) + 1
        return int(self.times_ns[after]) if after < len(values) else None


@attrs.frozen
class Marker:
    """A moment somebody named."""

    t_ns: int
    name: str


@attrs.frozen
class Status:
    """How the run (or the replay) is going."""

    t_ns: int = 0
    pace: float = 0.0
    """Asked; 0 is as fast as possible."""
    auto: bool = False
    speed: float = 0.0
    """Measured, virtual seconds for each second."""
    halted: bool = False
    recording_bytes: int = 0
    silent_s: float = 0.0
    """How long a host that ought to be running has sent nothing."""
    done: Done | None = None
    failure: Failure | None = None
    progress: Progress | None = None
    """A fork still repeats its parent, and there is nothing to see yet."""


@attrs.frozen
class Update:
    """What is new since the last poll."""

    status: Status
    view: RegionView | None = None
    """The newest state, or None when it is the one already shown."""
    lines: tuple[NarrationView, ...] = ()
    rewound: bool = False
    """Forget all earlier lines: after a seek `lines` holds those up to the moment shown."""
    applied: tuple[Applied, ...] = ()


class Source(Protocol):
    """A run that can be watched."""

    @property
    def hello(self) -> Hello:
        """What is running. Known before the dashboard starts."""

    @property
    def seekable(self) -> bool:
        """True for a recording: every moment can be shown. False for a live run."""

    def poll(self) -> Update:
        """What is new. Never blocks; called ten times a second on the user interface's thread."""

    def announce(self, news: Callable[[], None]) -> None:
        """Call `news`, from whatever thread, when `poll` would find something new to draw. A source
        that is as new as its last poll never calls it."""

    def series_names(self) -> Sequence[str]:
        """Names of all series there are, for an export."""

    def history(self, name: str) -> History:
        """The named series up to the moment shown; empty when there is none of that name."""

    def overview(self, name: str) -> History:
        """The named series over all that is known: of a recording the whole of it."""

    def markers(self) -> Sequence[Marker]:
        """Moments somebody named, oldest first."""

    def milestones(self) -> Sequence[MilestoneView]:
        """All of a recording, also those later than the moment shown; empty for a live run, whose
        newest view tells."""

    def send(self, command: Command) -> None:
        """Ask for something; its effect shows in a later poll. Never blocks, never raises for a
        run that has ended."""

    def close(self) -> None:
        """The dashboard leaves. Called once, after the terminal has been restored."""
