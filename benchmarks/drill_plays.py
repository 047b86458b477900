"""Drills x scripted plays x seeds: does the better play win?

    python -m benchmarks.drill_plays [--seeds 20] [--jobs 2] [--ghosts] [DRILL ...]

Each shipped drill comes with six plays of different rank. For every seed each play of a better rank
is held against each of a worse one (`score.better`). A drill is in order when the better one wins
at least 95 % of them. With --ghosts the means become the ghosts that come with the program
(`agents/outage_agents/drills/ghosts.json`); do that with all drills and 20 seeds.
"""

import argparse
import json
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import attrs
import trio

from outage_agents.drills import drill_file
from outage_agents.drills.drill_file import load_drill, shipped_drills
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.score import Score, better

IN_ORDER_FROM = 0.95


@attrs.frozen
class Run:
    """One play of one drill with one seed."""

    drill: str
    play: str
    rank: int
    seed: int
    score: Score


def played(job: tuple[str, str, int]) -> Run:
    """Play it."""
    name, play_id, seed = job
    drill = load_drill(name)
    play = drill.play(play_id)
    assert play is not None
    stage = Stage.of(drill, seed=seed)
    trio.run(stage.play, ScriptedPlayer(play))
    return Run(name, play_id, play.rank, seed, stage.score())


def order(runs: Sequence[Run]) -> tuple[int, int, list[str]]:
    """How many pairs are in order, of how many, and which are not."""
    good, pairs, wrong = 0, 0, []
    for one in runs:
        for other in runs:
            if one.seed == other.seed and one.rank < other.rank:
                pairs += 1
                won = better(one.score, other.score)
                good += won
                if not won:
                    wrong.append(f"{one.play} does not beat {other.play} with seed {one.seed}")
    return good, pairs, wrong


def table(runs: Sequence[Run]) -> list[str]:
    """One line for each play: means over seeds."""
    lines = []
    for play in dict.fromkeys((run.play, run.rank) for run in runs):
        mine = [run.score for run in runs if run.play == play[0]]
        lost = sum(score.outcome.customer_minutes for score in mine) / len(mine)
        measured = sum(score.outcome.measured or 0.0 for score in mine) / len(mine)
        met = sum(score.met for score in mine) / len(mine)
        ends = ", ".join(dict.fromkeys(score.over for score in mine))
        counts = f"{lost / 1e6:9.2f} M  {measured:9.0f}  {met:.1f} of {len(mine[0].objectives)}"
        lines.append(f"{play[1]}  {play[0]:16} {counts}  {ends}")
    return lines


def ghosts(runs: Sequence[Run]) -> dict[str, float]:
    """Mean loss of doing nothing, of acting as in history, and of the best known play."""
    means: dict[str, float] = {}
    for play in dict.fromkeys(run.play for run in runs):
        lost = [run.score.outcome.customer_minutes for run in runs if run.play == play]
        means[play] = round(sum(lost) / len(lost))
    found = {"best known": min(means.values())}
    for name, play in (("do nothing", "nothing"), ("as in history", "as-history")):
        if play in means:
            found[name] = means[play]
    return found


def main() -> None:
    """Play all of it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drills", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--ghosts", action="store_true")
    chosen = parser.parse_args()
    known: dict[str, dict[str, float]] = {}
    with get_context("spawn").Pool(chosen.jobs) as pool:
        for name in chosen.drills or shipped_drills():
            seeds = range(1, chosen.seeds + 1)
            jobs = [(name, p.id, seed) for p in load_drill(name).plays for seed in seeds]
            runs = pool.map(played, jobs, chunksize=1)
            known[name] = ghosts(runs)
            good, pairs, wrong = order(runs)
            verdict = "in order" if good >= IN_ORDER_FROM * pairs else "NOT in order"
            print(f"## {name}: {good} of {pairs} pairs, {verdict}", flush=True)
            print("\n".join([*table(runs), *wrong[:10], ""]), flush=True)
    if chosen.ghosts:
        path = Path(drill_file.__file__).with_name("ghosts.json")
        path.write_text(json.dumps(known, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
