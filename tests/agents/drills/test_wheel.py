"""Laws of the wheel: whatever comes is a good drill, the same for a seed, and sealed."""

import re

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents.drills.drill_file import DrillError, drill_text, load_drill, read_drill
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_agents.drills.score import Score, better
from outage_agents.drills.wheel import wheel
from outage_agents.drills.wheel_families import FAMILIES
from outage_agents.drills.wheel_text import LEVELS, family_of, wheel_text

levels = st.integers(*LEVELS)
seeds = st.integers(0, 10**15 - 1)


@settings(max_examples=15, deadline=None)
@given(seeds, levels)
def test_whatever_the_wheel_brings_is_a_good_drill(seed: int, level: int) -> None:
    drill = wheel(seed, level)
    assert (drill.level, drill.id) == (level, f"wheel-{seed}-{level}")
    assert {"good", "nothing"} <= {play.id for play in drill.plays}
    assert drill.stops
    assert drill.objectives


@given(seeds, levels)
def test_the_same_seed_and_level_give_the_same_text(seed: int, level: int) -> None:
    text = wheel_text(seed, level)
    assert text == wheel_text(seed, level)
    assert text != wheel_text(seed + 1, level)
    assert drill_text(f"wheel:{seed}:{level}") == text


@given(seeds, levels)
def test_what_players_read_first_does_not_tell_what_it_is(seed: int, level: int) -> None:
    head = wheel_text(seed, level).split("\ndebrief")[0]
    words = re.sub(r"[0-9]+", "0", head)
    assert words == re.sub(r"[0-9]+", "0", wheel_text(0, 1).split("\ndebrief")[0])


@given(seeds, levels)
def test_a_page_misleads_and_one_is_missing_from_level_two_on(seed: int, level: int) -> None:
    text = wheel_text(seed, level)
    family = next(one for one in FAMILIES if one.id == family_of(seed, level))
    assert text.count("misleading = true") == (level >= 2)
    misleading = text.partition("misleading = true")[0].rpartition("[[alerts]]")[2]
    true_pages = [
        name
        for name in family.alerts
        if f'id = "{name}-page"' in text and f'id = "{name}-page"' not in misleading
    ]
    hidden = level >= 2 and len(family.alerts) > 1
    assert len(true_pages) == len(family.alerts) - hidden


def test_every_family_comes_and_none_before_its_level() -> None:
    for level in range(LEVELS[0], LEVELS[1] + 1):
        drawn = {family_of(seed, level) for seed in range(150)}
        assert drawn == {one.id for one in FAMILIES if one.level <= level}


def test_names_times_and_people_are_rolled_again() -> None:
    drills = [wheel_text(seed, 3) for seed in range(12)]
    for key in ("begin", "names", "delay", "name"):
        found = {tuple(re.findall(rf"^{key} = .*$", text, re.M)) for text in drills}
        assert len(found) >= 4, key


def test_a_level_the_wheel_does_not_have_is_told() -> None:
    with pytest.raises(ValueError, match="levels 1 to 5"):
        wheel_text(1, 6)
    with pytest.raises(DrillError, match="no such drill"):
        load_drill("wheel:1:6")


def test_the_file_of_the_wheel_reads_back_from_a_recording_as_it_was() -> None:
    drill = load_drill("wheel:7:4")
    assert read_drill("recorded", drill_text("wheel:7:4")) == drill


def test_what_can_be_won_is_won_by_the_good_play() -> None:
    """A lost zone, on a Region of few droplets."""
    seed = next(seed for seed in range(200) if family_of(seed, 2) == "zone")
    drill = wheel(seed, 2)
    small = (*drill.run.settings, ("droplets", "900"))
    drill = attrs.evolve(drill, run=attrs.evolve(drill.run, settings=small, end="00:20"))
    scores: dict[str, Score] = {}
    for name in ("good", "nothing"):
        play = drill.play(name)
        assert play is not None
        stage = Stage.of(drill)
        trio.run(stage.play, ScriptedPlayer(play))
        scores[name] = stage.score()
    assert better(scores["good"], scores["nothing"])
    lost = [scores[name].outcome.customer_minutes for name in ("good", "nothing")]
    assert lost[0] < 0.9 * lost[1]
