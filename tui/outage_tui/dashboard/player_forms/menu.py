"""A list to choose from, in groups, with what is known about each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from outage_tui.dashboard.renderables.choices import Choice, matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.player_forms.form import Told
    from outage_tui.dashboard.renderables.ink import Severity


@attrs.frozen
class Row:
    """One that can be chosen."""

    id: str
    name: str
    note: str = ""
    """On the right: how long it takes, how it stands."""
    about: tuple[Told, ...] = ()
    group: str = ""
    severity: Severity | None = None
    also: str = ""
    """Words it is found by, besides those shown."""
    number: int = 0
    """The digit that chooses it; 0: none does."""

    @property
    def choice(self) -> Choice:
        """The same for a list without groups."""
        return Choice(self.id, self.name, self.note, self.about, self.severity, self.also)


@attrs.frozen
class Menu:
    """Rows of the same group stand together."""

    title: str
    rows: tuple[Row, ...]
    keys: str
    """What keys do, on the lower edge."""
    searched: bool = True
    """Typing searches; else the rows are few, and digits choose them."""


def found_rows(rows: Sequence[Row], wanted: str) -> list[Row]:
    """Rows in which every word typed occurs; without a word all, with one the best first."""
    by_id = {row.id: row for row in rows}
    return [by_id[choice.id] for choice in matching([row.choice for row in rows], wanted)]
