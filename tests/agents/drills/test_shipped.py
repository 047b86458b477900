"""Laws of the drills that come with the program: what each has, before anybody plays it."""

import itertools
import re
from collections import Counter

import pytest

from benchmarks.drill_plays import IN_ORDER_FROM, ghosts, kept_before, order
from outage_agents.actions import CATALOGUE
from outage_agents.drills.courses import has_history
from outage_agents.drills.drill import Drill
from outage_agents.drills.drill_checks import prepared
from outage_agents.drills.drill_file import load_drill, shipped_drills
from outage_agents.drills.ghosts import ghosts_from, ghosts_of
from outage_agents.drills.names import Names
from outage_engine.clock import MINUTE

DRILLS = {name: load_drill(name) for name in shipped_drills()}
each = pytest.mark.parametrize("name", list(DRILLS))
REAL = re.compile(
    r"dynamodb|dwfm|route ?53|\bec2\b|droplet|enactor|\bnlb|lambda|redshift|network manager|\bsqs\b"
    r"|\biam\b|\bsts\b|\bdns\b|\brpz|\baws\b|\bnm\b|us-east|october",
    re.IGNORECASE,
)


def told(drill: Drill) -> list[str]:
    """Everything that a player can come to read, as its author wrote it."""
    texts = [drill.title, drill.summary, drill.briefing]
    texts += [text for one in drill.sensors for text in (one.id, one.title)]
    texts += [text for one in drill.alerts for text in (one.id, one.text)]
    texts += [text for one in drill.injects for text in (one.from_, one.text)]
    for one in drill.characters:
        texts += [one.id, one.name, one.role]
        texts += [answer.text for answer in one.answers] + [guess.text for guess in one.guesses]
    texts += [one.question for one in drill.probes] + [one.text for one in drill.hints]
    return texts + [one.text for one in drill.stops]


def test_there_are_eight_of_six_levels_without_the_tour() -> None:
    assert len(DRILLS) == 8
    assert {drill.level for drill in DRILLS.values()} == {1, 2, 3, 4, 5}


@each
def test_a_drill_has_six_ranked_plays_and_one_of_them_does_nothing(name: str) -> None:
    drill = DRILLS[name]
    assert len(drill.plays) == 6
    nothing = drill.play("nothing")
    assert nothing is not None
    assert not nothing.steps
    assert min(play.rank for play in drill.plays) == 1 < nothing.rank
    assert len({play.rank for play in drill.plays}) >= 4


@each
def test_objectives_are_of_all_three_panels_and_a_condition_ends_it(name: str) -> None:
    drill = DRILLS[name]
    assert {one.panel for one in drill.objectives} == {"outcome", "conduct", "awareness"}
    assert drill.stops


@each
def test_pages_go_up_the_line_and_from_level_two_one_misleads_and_one_is_missing(name: str) -> None:
    drill = DRILLS[name]
    assert any(one.severity == "page" and one.escalate_s <= 600 for one in drill.alerts)
    if drill.level >= 2:
        assert any(one.misleading for one in drill.alerts)
        paging = {one.sensor for one in drill.alerts}
        assert any(sensor.id not in paging for sensor in drill.sensors)


@each
def test_there_is_help_at_a_price_and_a_question_in_between(name: str) -> None:
    drill = DRILLS[name]
    assert len(drill.hints) >= 2
    assert all(hint.cost_min > 0 for hint in drill.hints)
    _, begin_ns, end_ns = prepared(drill)
    assert drill.probes
    assert all(probe.at_s * 1_000_000_000 < end_ns - begin_ns for probe in drill.probes)


@each
def test_every_event_of_the_list_says_what_a_good_team_does(name: str) -> None:
    drill = DRILLS[name]
    assert len(drill.injects) >= 2
    assert all(inject.expected and inject.text for inject in drill.injects)


@each
def test_people_differ_in_temper_and_are_right_and_wrong(name: str) -> None:
    drill = DRILLS[name]
    assert {one.temper for one in drill.characters} == {"calm", "eager", "gruff"}
    guesses = Counter(guess.right for one in drill.characters for guess in one.guesses)
    assert guesses[True] >= 1
    assert guesses[False] >= 1


@each
def test_what_cannot_be_taken_back_waits_for_a_word(name: str) -> None:
    assert DRILLS[name].approvals


@each
def test_it_is_slow_enough_to_be_played_by_a_person(name: str) -> None:
    """At its base pace a minute on the wall is at most twelve of the run, and the events of the
    list come no more than one a minute on the wall."""
    drill = DRILLS[name]
    _, begin_ns, end_ns = prepared(drill)
    pace = (end_ns - begin_ns) / MINUTE / drill.length_min
    assert 2 <= pace <= 12
    at_min = sorted(inject.at_s / 60 / pace for inject in drill.injects if inject.at_s is not None)
    assert all(later - one >= 0.8 for one, later in itertools.pairwise(at_min)), at_min


@each
def test_the_debriefing_teaches(name: str) -> None:
    """More than a moral: what it was, what misled, what nobody was paged for."""
    debrief = " ".join(DRILLS[name].debrief.split())
    assert len(debrief.split()) > 60
    assert "page" in debrief
    if DRILLS[name].level < 5:
        assert "post-event summary" in debrief or "Pragmatic Engineer" in debrief


def test_history_tells_the_names_and_the_other_one_none_of_them() -> None:
    other = DRILLS["other-names"]
    shown = Names(other.names).shown
    texts = told(other)
    texts += [text for a in CATALOGUE for text in (a.id, a.title, a.precondition, a.risk, a.effect)]
    assert [text for text in texts if REAL.search(shown(text))] == []
    assert any("DynamoDB" in text for text in told(DRILLS["history"]))
    people = {one.name for one in other.characters}
    assert people.isdisjoint(one.name for one in DRILLS["history"].characters)


def test_the_other_one_begins_at_another_hour_and_another_distance() -> None:
    scenario, begin_ns, _ = prepared(DRILLS["other-names"])
    history, history_begin_ns, _ = prepared(DRILLS["history"])
    assert scenario.start != history.start
    assert scenario.epoch_ns - begin_ns != history.epoch_ns - history_begin_ns
    assert not scenario.script


def test_in_the_table_that_is_kept_good_plays_beat_bad_ones() -> None:
    """Of every drill, with all seeds that were run; and the ghosts are those of the table."""
    kept = kept_before()
    assert set(kept) == set(DRILLS)
    for name, one in kept.items():
        good, pairs, wrong = order(one.runs)
        assert pairs > 0, name
        assert good >= IN_ORDER_FROM * pairs, (name, wrong)
        nothing, history, best = ghosts_of(name, seed=1)
        table = ghosts_from(ghosts(one.runs), seed=1)
        assert (nothing, history, best) == table
        assert nothing.customer_minutes is not None
        assert best.customer_minutes is not None
        assert (history.customer_minutes is not None) == has_history(DRILLS[name])
