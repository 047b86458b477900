"""Chooses a drill: title, length, level and what it is about; a number or an arrow, then enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from outage_tui.config import settings
from outage_tui.dashboard.plain_failure import PlainFailure
from outage_tui.dashboard.renderables.choices import Choice
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.themes import TEXTUAL_THEMES, NoColours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.filter import LineFilter

    from outage_agents.drills.drill import Drill

LEVELS: Final = (
    "a tour",
    "for a first time",
    "some signals mislead, and one is missing",
    "more than one explanation fits",
    "more than one thing happens",
    "for those who have played the others",
)
"""What to expect of a level, from 0."""


def drill_choices(drills: Sequence[Drill]) -> list[Choice]:
    """A row for each, numbered."""
    return [
        Choice(
            drill.id,
            f"{number} {drill.title}",
            f"level {drill.level}, {drill.length_min} min",
            (
                ("", drill.summary),
                ("Briefing", " ".join(drill.briefing.split())),
                (f"Level {drill.level}", LEVELS[drill.level]),
                ("Starts with", f"outage-tui drill {drill.id}"),
            ),
        )
        for number, drill in enumerate(drills, 1)
    ]


class DrillChooser(PlainFailure[str]):
    """Ends with the id of the drill that was chosen; None when it was left."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "outage-tui"

    def __init__(
        self, drills: Sequence[Drill], *, ascii_only: bool = False, theme: str = ""
    ) -> None:
        super().__init__()
        self._choices = drill_choices(drills)
        self._ascii = ascii_only
        for known in TEXTUAL_THEMES.values():
            self.register_theme(known)
        self.theme = "no-colour" if self.no_color else theme or "dark"

    def get_default_screen(self) -> Screen[None]:
        """Nothing but a background."""
        return Screen()

    def on_mount(self) -> None:
        """Ask at once."""

        def take(choice: Choice | None) -> None:
            self.exit(None if choice is None else choice.id)

        ink = ink_for(self.theme, ascii=self._ascii)
        title = "Which incident will you command?"
        self.push_screen(ChooseScreen(title, self._choices, ink), take)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR no byte of a colour may go out."""
        return (NoColours(),) if self.no_color else super().get_line_filters()


def chosen_drill(
    drills: Sequence[Drill], *, ascii_only: bool = False, theme: str = ""
) -> str | None:
    """Ask at the terminal; None when it was left. Raises BadUsage for a wrong configuration."""
    chosen = settings()
    app = DrillChooser(drills, ascii_only=ascii_only or chosen.ascii, theme=theme or chosen.theme)
    return app.run()
