"""Ghosts: what other courses of a shipped drill cost, computed beforehand.

`ghosts.json` is made by `python -m benchmarks.drill_plays --ghosts`: for each shipped drill the
means over seeds of its plays *nothing* and, where there is one, *as-history*, and of the play that
loses least. A drill of one's own has none until somebody runs its plays.
"""

from importlib import resources

import msgspec

from outage_agents.drills.score import Ghost

GHOSTS = ("do nothing", "as in history", "best known")


def ghosts_of(drill_id: str) -> tuple[Ghost, ...]:
    """The ghosts of a drill; those that have not been run have no number."""
    text = (resources.files("outage_agents") / "drills" / "ghosts.json").read_text("utf-8")
    known = msgspec.json.decode(text, type=dict[str, dict[str, float]]).get(drill_id, {})
    return tuple(Ghost(name, known.get(name)) for name in GHOSTS)
