"""Laws of alerts: they go by readings, once for one thing, and up the line while nobody comes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.drills.alerts import AlertDesk, Page
from outage_agents.drills.drill import Alert
from outage_agents.drills.drill_file import DrillError, read_drill
from outage_agents.drills.sensors import Reading
from outage_engine.clock import MINUTE, SECOND

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")


def reading(value: float | None, *, stale: bool = False) -> tuple[Reading, ...]:
    return (Reading("s", "S", "%", value, 0, 0, stale),)


def alert(**changed: object) -> Alert:
    return Alert(**{"id": "a", "sensor": "s", "text": "t", "above": 10.0, **changed})  # type: ignore[arg-type]


def pages(desk: AlertDesk, values: list[float | None], first_min: int = 0) -> list[list[Page]]:
    return [desk.sample((first_min + n) * MINUTE, reading(value)) for n, value in enumerate(values)]


def test_an_alert_below_a_threshold_rings_under_it_and_clears_above() -> None:
    desk = AlertDesk((alert(above=None, below=90.0, for_s=60),))
    kinds = [[page.kind for page in one] for one in pages(desk, [95, 80, 80, 80, 95, 95])]
    assert kinds == [[], [], ["alert"], [], ["clear"], []]
    assert desk.states()[0].clear


def test_a_reading_that_flaps_pages_once_in_its_time() -> None:
    desk = AlertDesk((alert(again_s=1800),))
    came = pages(desk, [20, 0] * 10)
    assert sum(page.kind == "alert" for one in came for page in one) == 1
    assert desk.states()[0].pages == 1


def test_a_storm_counts_every_copy_and_is_told_once() -> None:
    desk = AlertDesk((alert(copies=40),))
    ((page,), *rest) = pages(desk, [20, 20, 20])
    assert (page.copies, rest) == (40, [[], []])
    assert desk.states()[0].pages == 40


def test_a_stale_reading_neither_rings_nor_clears() -> None:
    desk = AlertDesk((alert(),))
    assert desk.sample(0, reading(20, stale=True)) == []
    assert [page.kind for page in desk.sample(MINUTE, reading(20))] == ["alert"]
    assert desk.sample(2 * MINUTE, reading(0, stale=True)) == []
    assert not desk.states()[0].clear


def test_nobody_answers_so_it_goes_up_the_line_one_by_one() -> None:
    line = ("kim", "commander", "robin")
    desk = AlertDesk((alert(escalate_s=300, escalate_to=line, again_s=86_400),))
    came = pages(desk, [20.0] * 30)
    called = [(n, page.to) for n, one in enumerate(came) for page in one if page.kind != "alert"]
    assert called == [(5, "kim"), (10, "commander"), (15, "robin")]
    assert desk.states()[0].called == line


@given(st.integers(0, 20))
def test_whoever_takes_it_ends_the_climb(minute: int) -> None:
    desk = AlertDesk((alert(escalate_s=300, escalate_to=("kim", "lee"), again_s=86_400),))
    before = pages(desk, [20.0] * (minute + 1))
    assert desk.acknowledge("a")
    after = pages(desk, [20.0] * 30, minute + 1)
    assert after == [[]] * 30
    climbed = sum(page.kind == "escalation" for one in before for page in one)
    assert climbed == min(2, minute // 5) == len(desk.states()[0].called)
    assert not desk.acknowledge("a")


def test_a_ticket_wakes_nobody() -> None:
    desk = AlertDesk((alert(severity="ticket", escalate_s=60, escalate_to=("kim",)),))
    assert [page.kind for one in pages(desk, [20.0] * 20) for page in one] == ["alert"]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ('escalate_to = ["kym"]', "no such character or seat; did you mean kim"),
        ('escalate_to = ["evaluator"]', "evaluator: no such character or seat"),
    ],
)
def test_a_line_of_nobody_is_told(new: str, told: str) -> None:
    with pytest.raises(DrillError, match=told):
        read_drill("d", TEXT.replace('escalate = "5m"', f'escalate = "5m"\n{new}'))


def test_a_line_of_people_is_read() -> None:
    line = 'escalate = "5m"\nescalate_to = ["kim", "commander"]'
    drill = read_drill("d", TEXT.replace('escalate = "5m"', line))
    assert drill.alerts[0].escalate_to == ("kim", "commander")
    assert drill.alerts[0].escalate_s * SECOND == 5 * MINUTE
