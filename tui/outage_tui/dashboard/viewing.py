"""What every group of the application's actions may use; the application itself fills it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.plain_failure import PlainFailure

if TYPE_CHECKING:
    from outage_tui.dashboard.keys import Key
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Scene
    from outage_tui.dashboard.screens.main_screen import MainScreen
    from outage_tui.dashboard.source import Source, Status


class Viewing(PlainFailure[int]):
    """A source on a screen."""

    _source: Source
    _status: Status | None
    keys: tuple[Key, ...]
    """The keys in force."""

    @property
    def main(self) -> MainScreen:
        """The main screen, also while another one lies over it."""
        raise NotImplementedError

    def scene(self) -> Scene | None:
        """The moment shown; None before the first."""
        raise NotImplementedError

    def _ink(self) -> Ink:
        raise NotImplementedError

    def _paint(self) -> None:
        raise NotImplementedError

    def _say(self, words: str) -> None:
        """The same, from the next picture on."""
        raise NotImplementedError

    def _tell(self, words: str) -> None:
        """Say on the last line what a key did."""
        raise NotImplementedError

    def tick(self) -> None:
        """Fetch what is new and draw it."""
        raise NotImplementedError

    def _leave(self, exit_code: int) -> None:
        raise NotImplementedError
