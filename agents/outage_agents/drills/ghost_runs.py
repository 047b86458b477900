"""The ghosts of any drill, run when somebody wants them: for drills of one's own.

Beside doing nothing and history's operators the plays of the drill's best rank are run; the one
that loses least is the best known. One seed is a number to compare with, several say what luck
does.
"""

from collections.abc import Iterable, Iterator, Mapping

from outage_agents.drills.courses import Course, has_history, play_courses
from outage_agents.drills.drill import Drill, Play
from outage_agents.drills.ghosts import HISTORY, NOTHING_PLAY, Known, Row, known_of

Rows = Mapping[str, tuple[Row, ...]]
"""By course: what it cost with each seed."""


def ghost_courses(drill: Drill) -> tuple[Course, ...]:
    """What is run for the ghosts of a drill."""
    best = min((play.rank for play in drill.plays), default=0)
    plays = [play for play in drill.plays if play.rank == best and play.id != NOTHING_PLAY]
    nothing = Play(NOTHING_PLAY, "Does nothing")
    courses = [Course(play.id, play) for play in (nothing, *plays)]
    return (*courses, Course(HISTORY, None)) if has_history(drill) else tuple(courses)


def run_ghosts(drill: Drill, seed: int) -> dict[str, Row]:
    """Each course once; seconds to a minute of computing. Raises InputError, CourseFailed."""
    found: dict[str, Row] = {}
    for came in play_courses(drill, seed, ghost_courses(drill)):
        outcome = came.score.outcome
        found[came.course] = (seed, outcome.customer_minutes, outcome.measured)
    return found


def more_ghosts(
    drill: Drill, rows: Rows, seeds: Iterable[int]
) -> Iterator[dict[str, tuple[Row, ...]]]:
    """One seed more at a time, those that are known already left out; all that is known by then."""
    known = {course: tuple(found) for course, found in rows.items()}
    for seed in seeds:
        if any(row[0] == seed for found in known.values() for row in found):
            continue
        for course, row in run_ghosts(drill, seed).items():
            known[course] = (*known.get(course, ()), row)
        yield dict(known)


def known_from(rows: Rows) -> Known:
    """The ghosts, from what was run."""
    return known_of(rows)
