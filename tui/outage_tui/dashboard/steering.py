"""What every group of a facilitator's actions may use; the application itself fills it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.plain_failure import PlainFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.screens.facilitator_screen import FacilitatorScreen
    from outage_tui.dashboard.seat_source import SeatSource
    from outage_tui.drill_link import Request


class Steering(PlainFailure[int]):
    """A drill that can be steered."""

    _source: SeatSource

    @property
    def main(self) -> FacilitatorScreen:
        """The main screen, also while another one lies over it."""
        raise NotImplementedError

    def station(self) -> Station:
        """The moment shown."""
        raise NotImplementedError

    def _ink(self) -> Ink:
        raise NotImplementedError

    def _tell(self, words: str) -> None:
        """Say on the last line what a key did."""
        raise NotImplementedError

    def _request(self, words: str, make: Callable[[int], Request]) -> None:
        """Ask the host; its answer is told after these words."""
        raise NotImplementedError

    def _refused(self, *, truth: bool = True, ended: bool = True) -> bool:
        """Say why nothing can be done now, if so. `truth`: it takes somebody who sees it; `ended`:
        not once the drill is over."""
        raise NotImplementedError
