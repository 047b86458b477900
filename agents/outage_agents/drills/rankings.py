"""Rankings: what observers would have done, asked before they see what was done.

Who learns what was chosen and only then says what is best agrees with it. So what is chosen is kept
from observers until they have ranked what could be done, or for ten minutes (*assumed*). Each
ranking is stored beside the choice it belongs to: one that was kept from the observer when it was
given, else the next one.
"""

from collections.abc import Sequence

import attrs

from outage_agents.drills.journal import Entry, Rank
from outage_engine.clock import MINUTE

REVEAL_AFTER_NS = 10 * MINUTE
"""What was chosen is shown to observers so long afterwards, ranked or not."""


@attrs.frozen
class Ranking:
    """An observer's order of what could be done, beside what was done."""

    t_ns: int
    options: tuple[str, ...]
    """Actions by the names of the drill, the best first."""
    why: str
    chosen: str = ""
    """Action begun, its id in the catalogue; empty: nothing was, until the end."""
    chosen_ns: int | None = None
    by: str = ""
    """Who began it."""


@attrs.define(eq=False)
class Curtain:
    """Keeps from observers what was chosen."""

    _hidden: list[int] = attrs.field(factory=list)
    _unspent: int = 0
    """Rankings that no choice has followed yet."""

    def choose(self, t_ns: int) -> None:
        """Something was chosen."""
        if self._unspent:
            self._unspent = 0
        else:
            self._hidden.append(t_ns)

    def rank(self, t_ns: int) -> None:
        """The observer has ranked: what was hidden is shown."""
        self._lift(t_ns)
        if self._hidden:
            self._hidden.clear()
        else:
            self._unspent = 1

    def hidden_from_ns(self, t_ns: int) -> int | None:
        """From this moment on choices are kept back; None: none are."""
        self._lift(t_ns)
        return self._hidden[0] if self._hidden else None

    def _lift(self, t_ns: int) -> None:
        while self._hidden and t_ns - self._hidden[0] >= REVEAL_AFTER_NS:
            del self._hidden[0]


def rankings(journal: Sequence[Entry]) -> tuple[Ranking, ...]:
    """Every ranking of a play beside the choice it belongs to, in the order given."""
    refused = {entry.n - 1 for entry in journal if entry.kind in ("refused", "forbidden")}
    found: list[Ranking] = []
    kept_back: list[Entry] = []
    waiting: list[int] = []
    for entry in journal:
        if entry.kind == "began":
            for place in waiting:
                found[place] = _beside(found[place], entry)
            kept_back += [] if waiting else [entry]
            waiting = []
        elif isinstance(entry.command, Rank) and entry.n not in refused:
            kept_back = [one for one in kept_back if entry.t_ns - one.t_ns < REVEAL_AFTER_NS]
            ranking = Ranking(entry.t_ns, tuple(entry.command.options), entry.command.why)
            if kept_back:
                found.append(_beside(ranking, kept_back[-1]))
                kept_back = []
            else:
                waiting.append(len(found))
                found.append(ranking)
    return tuple(found)


def _beside(ranking: Ranking, began: Entry) -> Ranking:
    by = began.text.partition(" begins")[0]
    return attrs.evolve(ranking, chosen=began.subject, chosen_ns=began.t_ns, by=by)
