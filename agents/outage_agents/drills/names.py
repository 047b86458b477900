"""Names by which players know things: the same incident under other names is no test of memory.

Every text that reaches a seat passes here; what a seat says about actions is turned back.
"""

import re
from collections.abc import Iterable

from outage_agents.actions import CATALOGUE
from outage_agents.drills.drill import Pairs


class Names:
    """The names of one drill."""

    def __init__(self, pairs: Pairs) -> None:
        self._shown = {real.lower(): shown for real, shown in pairs}
        words = sorted(self._shown, key=lambda word: (-len(word), word))
        listed = "|".join(re.escape(word) for word in words)
        self._pattern = (
            re.compile(rf"(?<![A-Za-z0-9])(?:{listed})(?![A-Za-z0-9])", re.IGNORECASE)
            if words
            else None
        )
        self._real = {self.shown(action.id): action.id for action in CATALOGUE}

    def shown(self, text: str) -> str:
        """A text as players read it."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._shown[found[0].lower()], text)

    def real_action(self, action_id: str) -> str:
        """The action a player means; unknown ones stay as they are."""
        return self._real.get(action_id, action_id)

    def meant(self, text: str, topics: Iterable[str]) -> str:
        """The topic that a player's words name as it is shown; else the words as they are."""
        said = text.lower()
        return next((topic for topic in topics if self.shown(topic).lower() in said), text)
