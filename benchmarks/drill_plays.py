"""Drills x scripted plays x seeds: does the better play win, and what does luck alone do?

    python -m benchmarks.drill_plays [--seeds 20] [--jobs 2] [--write [--again]] [DRILL ...]

Each shipped drill comes with six plays, ranked by its author for how the incident is commanded,
not by what came of it. For every seed each play of a better rank is held against each of a worse
one (`score.better`). A drill is in order when the better one wins at least 95 % of them; the exit
status says whether all are.

All plays of one drill and seed share one run up to their first inputs
(`outage_agents.drills.courses`), which changes nothing but the cost. With --write the runs are kept
in `benchmarks/results/drill-plays.json`, the table in `benchmarks/results/drill-plays.md`, and
the ghosts that come with the program in `agents/outage_agents/drills/ghosts.json`. Drills that are
not named keep what they have there, and seeds that are kept for a drill's text are not run again
unless --again says so: say it when anything but drills has changed.
"""

import argparse
import datetime
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import attrs
import msgspec

from outage_agents.drills import drill_file
from outage_agents.drills.courses import Course, has_history, play_courses
from outage_agents.drills.drill_file import drill_text, load_drill, shipped_drills
from outage_agents.drills.ghosts import HISTORY, Known, known_of, text_digest
from outage_agents.drills.score import Score, better

IN_ORDER_FROM = 0.95
RESULTS = Path(__file__).parent / "results"
KEPT, TABLE = RESULTS / "drill-plays.json", RESULTS / "drill-plays.md"
GHOSTS = Path(drill_file.__file__).with_name("ghosts.json")


@attrs.frozen
class Run:
    """One play of one drill with one seed."""

    play: str
    rank: int
    """0: nobody plays, history's operators act."""
    seed: int
    customer_minutes: float
    measured: float | None
    met: int
    objectives: int
    over: str
    digest: str
    beats: tuple[str, ...] = ()
    """Plays of a worse rank that it beats with this seed."""


@attrs.frozen
class Kept:
    """Every run of one drill."""

    text: str
    """Digest of the drill's text that was played."""
    runs: tuple[Run, ...]
    seconds: float
    """CPU time of all of it."""


def played(job: tuple[str, int]) -> tuple[list[Run], float]:
    """Every play of a drill with one seed, and the CPU seconds that took."""
    name, seed = job
    drill = load_drill(name)
    courses = [Course(play.id, play) for play in drill.plays]
    if has_history(drill):
        courses.append(Course(HISTORY, None))
    ranks = {play.id: play.rank for play in drill.plays}
    before_s = _cpu_s()
    came = play_courses(drill, seed, courses)
    scores = {one.course: one.score for one in came}
    runs = []
    for one in came:
        worse = [other for other in ranks if ranks[other] > ranks.get(one.course, 99)]
        beats = tuple(other for other in worse if better(one.score, scores[other]))
        runs.append(_run(one.course, ranks.get(one.course, 0), seed, one.score, one.digest, beats))
    return runs, _cpu_s() - before_s


def _cpu_s() -> float:
    return sum(os.times()[:4])


def _run(play: str, rank: int, seed: int, score: Score, digest: str, beats: tuple[str, ...]) -> Run:
    outcome, met = score.outcome, score.met
    lost, count = outcome.customer_minutes, len(score.objectives)
    return Run(play, rank, seed, lost, outcome.measured, met, count, score.over, digest, beats)


def order(runs: Iterable[Run]) -> tuple[int, int, list[str]]:
    """How many pairs are in order, of how many, and which are not."""
    good, pairs, wrong = 0, 0, []
    known = [run for run in runs if run.rank]
    for one in known:
        for other in known:
            if one.seed == other.seed and one.rank < other.rank:
                pairs += 1
                won = other.play in one.beats
                good += won
                if not won:
                    wrong.append(f"{one.play} does not beat {other.play} with seed {one.seed}")
    return good, pairs, wrong


def table(drill: str, kept: Kept) -> list[str]:
    """A drill's part of the report: one line for each play."""
    good, pairs, wrong = order(kept.runs)
    seeds = len({run.seed for run in kept.runs})
    verdict = "in order" if good >= IN_ORDER_FROM * pairs else "**not in order**"
    lines = [
        f"## {drill}: {good} of {pairs} pairs, {verdict}, {seeds} seeds",
        "",
        "| rank | play | million customer-minutes: mean (low to high) | measured | met | ends |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for play, rank in dict.fromkeys((run.play, run.rank) for run in kept.runs):
        mine = [run for run in kept.runs if run.play == play]
        lost = [run.customer_minutes / 1e6 for run in mine]
        spread = f"{_mean(lost):.3f} ({min(lost):.3f} to {max(lost):.3f})"
        measured = [run.measured for run in mine if run.measured is not None]
        told = f"{_mean(measured):.0f}" if measured else ""
        met = f"{_mean([run.met for run in mine]):.1f} of {mine[0].objectives}" if rank else ""
        ends = ", ".join(dict.fromkeys(run.over for run in mine)) if rank else ""
        lines.append(f"| {rank or ''} | {play} | {spread} | {told} | {met} | {ends} |")
    lines += ["", *(f"- {one}" for one in wrong[:10])]
    return [*lines, ""] if wrong else lines


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def ghosts(runs: Sequence[Run]) -> Known:
    """What other courses cost, seed by seed: for `ghosts.json`."""
    plays: dict[str, list[tuple[int, float, float | None]]] = {}
    for run in runs:
        numbers = (run.seed, round(run.customer_minutes, 1), run.measured)
        plays.setdefault(run.play, []).append(numbers)
    return known_of({play: tuple(rows) for play, rows in plays.items()})


def main() -> int:
    """Play all of it and print what came out; 1 when a drill is not in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drills", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--again", action="store_true")
    chosen = parser.parse_args()
    began_s = time.monotonic()
    known = kept_before() if chosen.write and not chosen.again else {}
    kept = {name: _unchanged(name, known.get(name)) for name in chosen.drills or shipped_drills()}
    jobs = list(_jobs(kept, chosen.seeds))
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn")) as pool:
        for (name, _), (runs, cpu_s) in zip(jobs, pool.map(played, jobs), strict=True):
            old = kept[name]
            kept[name] = attrs.evolve(old, runs=(*old.runs, *runs), seconds=old.seconds + cpu_s)
            if chosen.write:
                write({name: kept[name]})
    for name, one in kept.items():
        print("\n".join(table(name, one)))
    took_s = time.monotonic() - began_s
    cpu_s = sum(one.seconds for one in kept.values())
    print(f"{took_s:.0f} s with {chosen.jobs} processes, {cpu_s:.0f} s of CPU time in all runs")
    counts = [order(one.runs) for one in kept.values()]
    return 0 if all(good >= IN_ORDER_FROM * pairs for good, pairs, _ in counts) else 1


def _unchanged(name: str, before: Kept | None) -> Kept:
    """What is kept of a drill, if it was played with the text that it has."""
    text = text_digest(drill_text(name))
    return before if before is not None and before.text == text else Kept(text, (), 0.0)


def _jobs(kept: Mapping[str, Kept], seeds: int) -> Iterator[tuple[str, int]]:
    """What is to be played, seed by seed, so that every drill has some early."""
    have = {(name, run.seed) for name, one in kept.items() for run in one.runs}
    for seed in range(1, seeds + 1):
        yield from ((name, seed) for name in kept if (name, seed) not in have)


def kept_before() -> dict[str, Kept]:
    """What was kept; nothing before the first time."""
    if not KEPT.exists():
        return {}
    return msgspec.json.decode(KEPT.read_bytes(), type=dict[str, Kept])


def write(new: Mapping[str, Kept]) -> None:
    """Keep runs, table and ghosts; drills that are not new stay as they are."""
    known = {**kept_before(), **new}
    kept = {name: known[name] for name in shipped_drills() if name in known}
    KEPT.write_bytes(_lines(kept).replace(b"},{", b"},\n{"))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    cpu_min = sum(one.seconds for one in kept.values()) / 60
    head = [
        "# Drills, plays, seeds",
        "",
        f"{today}, `python -m benchmarks.drill_plays --write`, Python {sys.version.split()[0]}: "
        f"{cpu_min:.0f} minutes of CPU time, "
        f"{sum(len(one.runs) for one in kept.values())} runs.",
        "",
        "Loss is counted from the beginning of the drill to its latest end, for every play. A pair "
        "is a play of a better rank",
        "against one of a worse rank with the same seed.",
        "",
    ]
    for name, one in kept.items():
        head += table(name, one)
    TABLE.write_text("\n".join(head).rstrip() + "\n", "utf-8")
    known_ghosts = {name: ghosts(one.runs) for name, one in kept.items()}
    GHOSTS.write_bytes(_lines(known_ghosts))


def _lines(by_drill: Mapping[str, object]) -> bytes:
    """JSON with a line for each drill."""
    encode = msgspec.json.encode
    return b"{" + b",\n".join(encode(k) + b":" + encode(v) for k, v in by_drill.items()) + b"}\n"


if __name__ == "__main__":
    raise SystemExit(main())
