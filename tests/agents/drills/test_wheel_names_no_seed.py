"""From a wheel's seed and level all of it can be printed, so nothing that players read names it."""

import pytest

from outage_agents.drills.wheel import wheel

SEED = 918_273


@pytest.mark.parametrize("level", [1, 3, 5])
def test_nothing_that_players_read_names_the_seed(level: int) -> None:
    drill = wheel(SEED, level)
    people = [(one.name, one.role) for one in drill.characters]
    sensors = [one.title for one in drill.sensors]
    told = (drill.title, drill.summary, drill.briefing, people, sensors)
    assert str(SEED) not in repr(told)
    assert drill.title
