"""Laws of plays that share a run, and of the score over one span for all of them."""

from itertools import combinations
from pathlib import Path

import attrs
import pytest
import trio

from outage_agents.drills.courses import (
    Came,
    Course,
    CourseFailed,
    as_history,
    has_history,
    play_courses,
)
from outage_agents.drills.drill import Drill
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import load_drill, read_drill
from outage_agents.drills.ghost_runs import ghost_courses, known_from, more_ghosts
from outage_agents.drills.ghosts import BEST, HISTORY, NOTHING, ghosts_from, known_of
from outage_agents.drills.journal import Stop
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.score import Ghost, better, standing
from outage_engine.clock import MINUTE

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")
DRILL = read_drill("short", TEXT)
FEW = (("droplets", "900"), ("dns.endpoints", "10"), ("dns.resolvers", "20"))


def courses(drill: Drill) -> list[Course]:
    return [Course(play.id, play) for play in drill.plays]


def small(name: str, end: str) -> Drill:
    """A shipped drill with few droplets, up to an earlier end."""
    drill = load_drill(name)
    run = attrs.evolve(drill.run, end=end, settings=(*drill.run.settings, *FEW))
    return attrs.evolve(drill, run=run)


def facts(came: list[Came]) -> list[tuple[object, ...]]:
    return [(one.course, one.digest, one.score) for one in came]


def test_plays_from_one_beginning_are_what_they_are_alone() -> None:
    """Digest and score; among them plays that do nothing, that do it late, and history's."""
    drill = attrs.evolve(DRILL, run=attrs.evolve(DRILL.run, end="01:16"))
    plays = [*courses(drill), Course(HISTORY, None)]
    together = play_courses(drill, 3, plays)
    assert facts(together)[1:] == facts(play_courses(drill, 3, plays[1:], fork=False))
    assert len({one.digest for one in together}) == 3
    stage = Stage.of(drill, seed=3)
    trio.run(stage.play, ScriptedPlayer(drill.plays[0]))
    assert (stage.simulation.world.digest, stage.score()) == facts(together)[0][1:]


def test_an_error_in_a_copy_reaches_whoever_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(Stage, "score", fail)
    drill = attrs.evolve(DRILL, run=attrs.evolve(DRILL.run, end="23:59"))
    with pytest.raises(CourseFailed, match=r"short, good: (.|\n)*ValueError: planted"):
        play_courses(drill, 1, courses(drill))


@pytest.mark.parametrize(
    ("name", "end", "plays"),
    [
        ("zone", "00:13", ("expert", "asks-first", "nothing")),
        ("quiet", "00:17", ("expert", "silent", "nothing", "deploy")),
    ],
)
def test_the_better_play_of_a_shipped_drill_wins(
    name: str, end: str, plays: tuple[str, ...]
) -> None:
    """Some plays of two drills, with few droplets; the kept table has all of them."""
    drill = small(name, end)
    chosen = [course for course in courses(drill) if course.id in plays]
    came = play_courses(drill, 2, chosen)
    assert [one.course for one in came] == list(plays)
    for one, worse in combinations(came, 2):
        assert better(one.score, worse.score), (one.course, worse.course)
        assert not better(worse.score, one.score)
    assert came[0].score.over not in ("", "time")


def stopped(minute: int) -> Stage:
    """A play that does nothing, and that the facilitator ends early."""
    nothing = DRILL.play("nothing")
    assert nothing is not None
    stage = Stage.of(DRILL)

    def end(stage: Stage) -> None:
        if stage.now_ns >= stage.begin_ns + minute * MINUTE and not stage.director.over:
            stage.take("facilitator", Stop("enough"))

    trio.run(stage.play, ScriptedPlayer(nothing), end)
    return stage


def test_to_end_early_does_not_flatter() -> None:
    early, late = stopped(8), stopped(40)
    assert early.score().over == late.score().over == "facilitator"
    assert early.simulation.world.digest == late.simulation.world.digest
    assert early.score().outcome == late.score().outcome
    assert early.score().outcome.until_ns == early.end_ns
    assert early.score().conduct.posts == 0
    lost = early.score().outcome.customer_minutes
    with_luck = Ghost(NOTHING, lost, same_luck=lost - 5)
    assert early.score((with_luck,)).outcome.beyond_nothing == 5
    assert early.score().outcome.beyond_nothing is None
    assert len(early.journal) < len(late.journal)


def test_the_waits_of_a_play_stand_beside_those_of_that_night() -> None:
    good, nothing = (one.score for one in play_courses(DRILL, 1, courses(DRILL)))
    gaps = {gap.id: gap for gap in good.outcome.gaps}
    assert {one: gap.history_min for one, gap in gaps.items()} == {"find": 50, "fix": 107}
    assert gaps["find"].until_ns == gaps["fix"].since_ns
    assert 0 < gaps["find"].minutes < 50
    assert 0 < gaps["fix"].minutes < 107
    (open_gap,) = nothing.outcome.gaps
    assert open_gap.id == "find"
    assert open_gap.until_ns is None
    assert open_gap.minutes == (nothing.outcome.until_ns - open_gap.since_ns) / MINUTE


def test_a_wait_costs_what_was_lost_from_when_there_was_a_need_and_a_sign() -> None:
    """Waiting longer never costs less; what nothing needs has no price."""
    drill = small("zone", "00:02")
    action = "nlb.enable_failover"
    plays = []
    for minutes in (15, 30):
        step = f'{{ seat = "solo", at = "{minutes}m", do = "begin", action = "{action}" }}'
        text = f'[[plays]]\nid = "w"\ntitle = "w"\nrank = 1\nsteps = [{step}]\n'
        play = read_drill("short", f"{TEXT}\n{text}").play("w")
        plays.append(Course(str(minutes), play))
    waits = []
    for came in play_courses(drill, 1, plays):
        first, last = came.score.prices
        assert first.what == action
        assert first.waited_s == (first.t_ns - first.since_ns) // 1_000_000_000
        assert first.since_ns > 0
        assert last.what == "the end"
        waits.append(first.customer_minutes)
    assert 0 < waits[0] < waits[1]


def test_what_nothing_needs_has_no_price_of_waiting() -> None:
    drill = small("look-alike", "23:50")
    october = drill.play("october")
    assert october is not None
    (came,) = play_courses(drill, 1, [Course("october", october)])
    prices = {price.what: price for price in came.score.prices}
    assert prices["dns.stop_automation"].customer_minutes == 0
    assert prices["dns.stop_automation"].because == "nothing needed it"


def test_a_decision_is_judged_by_what_came_and_calibration_is_told_in_words() -> None:
    good, nothing = (one.score for one in play_courses(DRILL, 1, courses(DRILL)))
    (decision,) = good.decisions
    assert decision.came is not None
    assert decision.actual.startswith("empty = ")
    assert decision.action == "dns.stop_automation"
    assert good.awareness.judged == 1
    assert "1 came" in good.awareness.calibration
    assert "too few" in good.awareness.calibration
    assert nothing.decisions == ()
    assert "nothing could be judged" in nothing.awareness.calibration


def test_history_carries_out_what_operators_did_after_the_beginning() -> None:
    drill = load_drill("history")
    scenario, begin_ns, _ = prepared(drill)
    ids = [entry.id for entry in as_history(drill).script if entry.at_ns > begin_ns]
    assert "dns.restore_from_rollback" in ids
    assert not scenario.script
    assert has_history(drill)
    assert not has_history(load_drill("zone"))


def test_history_comes_as_long_after_the_record_empties_wherever_that_is() -> None:
    moments = {}
    for name in ("history", "other-names"):
        scenario = as_history(load_drill(name))
        (entry,) = [one for one in scenario.script if one.id == "dns.restore_from_rollback"]
        moments[name] = entry.at_ns - scenario.epoch_ns
    assert moments["history"] == moments["other-names"] == 157 * MINUTE


def test_ghosts_grow_by_a_seed_at_a_time_and_none_is_run_twice() -> None:
    drill = attrs.evolve(DRILL, run=attrs.evolve(DRILL.run, end="00:02"))
    known = list(more_ghosts(drill, {}, [4, 1]))
    assert [len(rows["nothing"]) for rows in known] == [1, 2]
    assert list(more_ghosts(drill, known[-1], [1, 4])) == []
    ghosts = {one.id: one for one in ghosts_from(known_from(known[-1]), seed=4)}
    assert ghosts[NOTHING].seeds == ghosts[BEST].seeds == 2
    assert ghosts[BEST].play == "good"
    best, nothing = ghosts[BEST].customer_minutes, ghosts[NOTHING].customer_minutes
    assert best is not None
    assert nothing is not None
    assert best <= nothing
    assert ghosts[NOTHING].same_luck == known[0]["nothing"][0][1]
    assert {course.id for course in ghost_courses(DRILL)} >= {"nothing", "good"}


def test_a_ghost_nobody_ran_has_no_number_and_no_standing() -> None:
    for ghost in ghosts_from(None):
        assert ghost.customer_minutes is None
        assert standing(ghost, 5.0, None) == ""


@pytest.mark.parametrize(
    ("lost", "word"),
    [(1.0, "less than with any luck"), (11.0, "within what luck"), (20.0, "more than with any")],
)
def test_luck_is_told_from_skill_by_the_spread_of_the_ghost(lost: float, word: str) -> None:
    rows = {"nothing": tuple((seed, 10.0 + seed / 10, None) for seed in range(1, 21))}
    ghost = ghosts_from(known_of(rows))[0]
    assert ghost.id == NOTHING
    assert (ghost.low, ghost.high, ghost.seeds) == (10.1, 12.0, 20)
    assert standing(ghost, lost, None).startswith(word)


def test_what_a_drill_measures_is_compared_where_it_measures_something() -> None:
    ghost = Ghost("x", 5.0, 5.0, 5.0, 20, None, 100.0, 90.0, 110.0)
    assert standing(ghost, 5.0, 50.0).startswith("less")
    assert standing(ghost, 1.0, 100.0).startswith("within")
    few = attrs.evolve(ghost, seeds=1)
    assert standing(few, 5.0, 50.0) == "less than it in 1 run: too few to tell luck"
    assert standing(few, 5.0, 110.1).startswith("as much as")  # the same, but for rounding
