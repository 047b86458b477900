"""The automatic pace: slow where something happens, slowest where a second decides."""

from outage_agents.scenario import Scenario
from outage_engine.clock import MINUTE, SECOND
from outage_tui.auto_pace import CLOSE, FAST, SLOW, AutoPace


def test_the_race_is_slow_enough_to_be_watched_and_quiet_hours_are_fast() -> None:
    scenario = Scenario.load("us-east-1-2025-10-20", (), None)
    auto = AutoPace(scenario)
    assert auto.pace(scenario.epoch_ns + 2 * SECOND) == CLOSE
    assert auto.pace(scenario.epoch_ns - 30 * SECOND) == SLOW
    assert auto.pace(20 * MINUTE) == FAST


def test_a_first_viewing_takes_about_five_minutes() -> None:
    scenario = Scenario.load("us-east-1-2025-10-20", (), None)
    auto = AutoPace(scenario)
    wall_s = sum(
        10 / auto.pace(t_s * SECOND) for t_s in range(0, scenario.duration_ns // SECOND, 10)
    )
    assert 3 * 60 < wall_s < 7 * 60
