"""Ghosts: what other courses of a drill cost, seed by seed, so that luck and skill separate.

Three of them: *do nothing*, *as in history* (what operators did that night, where the drill's run
is that night's), and *best known*, the play of the drill that loses least. Each was run with many
seeds, so there is a mean and how far chance alone takes it either way, and, with luck, the number
for the very seed that was played, in which only what was done differs.

`ghosts.json` comes with the program (`python -m benchmarks.drill_plays --write`). For drills of
one's own `ghost_runs` computes them, beside the play or afterwards.
"""

import hashlib
from collections.abc import Mapping
from importlib import resources

import attrs
import msgspec

from outage_agents.drills.score import NOTHING as NOTHING
from outage_agents.drills.score import Ghost

HISTORY, BEST = "as in history", "best known"
GHOSTS = (NOTHING, HISTORY, BEST)
NOTHING_PLAY = "nothing"
"""Id of the play that does nothing, in drills that have one."""
Row = tuple[int, float, float | None]
"""Seed, customer-minutes lost, and what the drill measures."""


@attrs.frozen
class Known:
    """The ghosts of one drill."""

    best: str
    """Id of the play that is best known."""
    rows: Mapping[str, tuple[Row, ...]]
    """By ghost."""


def known_of(plays: Mapping[str, tuple[Row, ...]]) -> Known:
    """The ghosts from runs of plays; history's by its own name. The best is the one that loses
    least on average, of what is measured."""
    own = {play: rows for play, rows in plays.items() if play != HISTORY and rows}
    best = min(own, key=lambda play: (_loss(own[play]), play == NOTHING_PLAY), default="")
    named = ((NOTHING, NOTHING_PLAY), (HISTORY, HISTORY), (BEST, best))
    return Known(best, {ghost: plays[play] for ghost, play in named if plays.get(play)})


def ghosts_of(drill_id: str, seed: int | None = None) -> tuple[Ghost, ...]:
    """The ghosts of a shipped drill; those that have not been run have no number.

    `seed` is that of the play, for what the same luck gave others.
    """
    text = (resources.files("outage_agents") / "drills" / "ghosts.json").read_bytes()
    known = msgspec.json.decode(text, type=dict[str, Known]).get(drill_id)
    return ghosts_from(known, seed)


def ghosts_from(known: Known | None, seed: int | None = None) -> tuple[Ghost, ...]:
    """The three ghosts, from what is known of them."""
    rows = {} if known is None else known.rows
    best = "" if known is None else known.best
    return tuple(
        _ghost(name, rows.get(name, ()), seed, best if name == BEST else "") for name in GHOSTS
    )


def text_digest(drill_text: str) -> str:
    """What a drill's text is known by: ghosts belong to one text."""
    return hashlib.sha256(drill_text.encode()).hexdigest()


def _ghost(name: str, rows: tuple[Row, ...], seed: int | None, play: str) -> Ghost:
    if not rows:
        return Ghost(name, None)
    lost = [row[1] for row in rows]
    measured = [row[2] for row in rows if row[2] is not None]
    same = next((row for row in rows if row[0] == seed), None)
    return Ghost(
        name,
        sum(lost) / len(lost),
        low=min(lost),
        high=max(lost),
        seeds=len(rows),
        same_luck=None if same is None else same[1],
        measured=sum(measured) / len(measured) if measured else None,
        measured_low=min(measured, default=None),
        measured_high=max(measured, default=None),
        measured_same_luck=None if same is None else same[2],
        play=play,
    )


def _loss(rows: tuple[Row, ...]) -> float:
    return sum(row[1] if row[2] is None else row[2] for row in rows) / len(rows)
