"""A drill file is read as it is written, and whatever is wrong with it is told with its place."""

import json
from pathlib import Path

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.drills import drill_file
from outage_agents.drills.condition import Condition
from outage_agents.drills.drill import Drill, Inject
from outage_agents.drills.drill_checks import known_metrics
from outage_agents.drills.drill_file import (
    DrillError,
    inject_tables,
    load_drill,
    new_drill_text,
    read_drill,
    schema,
    schema_text,
    shipped_drills,
)
from outage_agents.drills.injects import injects_csv, injects_of_csv
from outage_agents.scenario import STAGES, Scenario
from outage_agents.scenario_source import InputError
from outage_agents.simulation import Simulation
from outage_engine.clock import SECOND

TEXT = (Path(__file__).parent / "short.drill.toml").read_text("utf-8")


def problems(old: str, new: str) -> tuple[str, ...]:
    assert old in TEXT
    with pytest.raises(DrillError) as told:
        read_drill("d", TEXT.replace(old, new, 1))
    return told.value.problems


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n") + 1


def test_the_drill_of_these_tests_is_good() -> None:
    drill = read_drill("d", TEXT)
    assert (drill.id, len(drill.sensors), len(drill.plays)) == ("short", 2, 2)
    assert drill.alerts[0].for_s == 60
    assert drill.injects[1].when is not None


@pytest.mark.parametrize("name", shipped_drills())
def test_a_shipped_drill_is_good_and_can_be_ordered(name: str) -> None:
    drill = load_drill(name)
    assert drill.id == name
    assert len(drill.plays) == 6
    assert len({play.rank for play in drill.plays}) >= 3
    assert drill.stops
    assert drill.debrief.strip()


def test_the_levels_that_mislead_have_a_misleading_alert() -> None:
    misled = [load_drill(name) for name in ("history", "other-names", "quiet")]
    assert all(any(alert.misleading for alert in drill.alerts) for drill in misled)


def test_an_unknown_key_is_told_with_its_place_and_the_nearest() -> None:
    (told,) = problems("summary =", "sumary =")[:1]
    assert told.startswith(f"d:{line_of('summary')}:1: sumary: unknown; did you mean summary")


def test_all_problems_are_told_at_once() -> None:
    told = problems('every = "1m"\ndelay = "30s"', 'every = "often"\ndelay = 3')
    assert len(told) == 2
    assert "every" in told[0]
    assert "delay" in told[1]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('sensor = "empty"', 'sensor = "emty"', "no such sensor; did you mean empty"),
        (
            "empty_share < 0.01 for",
            "empty_shar < 0.01 for",
            "no such metric of this run; did you mean dns.customers_empty_share",
        ),
        ("action:dns.inspect begun", "action:dns.inspekt begun", "did you mean dns.inspect"),
        ('met = "said:declare"\nwithin = "20m"\n', "", "declared is judged by nothing"),
        ('p50 = "5m"', 'p50 = "9m"', "p50, 540 s, is longer than p95, 480 s"),
        ("version = 1", "version = 2", "version: 2 is outside 1..1"),
        ('begin = "23:45"', 'begin = "01:45"', "is not after the beginning"),
        ('to = "kim"', 'to = "kym"', "no such character; did you mean kim"),
        ('do = "declare"', 'do = "declaire"', "did you mean declare"),
        ("by_min = 5", "by_minute = 5", "by_minute"),
        ('at = "6m"', 'at = "6 minutes"', "no length of time"),
        ("rank = 2", "rank = 0", "0 is outside 1..9"),
        ('when = "empty < 5"', 'when = "milestone:dns_restored"', "no player sees a milestone"),
        ('id = "nothing"', 'id = "good"', "good is there 2 times"),
        ("above = 10.0", "above = 10.0\nbelow = 1.0", "give above or below"),
        ('"dns.resolvers" = "20"', '"dns.resolver" = "20"', "did you mean dns.resolvers"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, expected: str) -> None:
    told = problems(old, new)
    assert any(expected in problem and problem.startswith("d:") for problem in told), told


def test_a_text_that_is_no_toml_is_told_with_its_place() -> None:
    with pytest.raises(DrillError, match=r"d:1:5: not TOML"):
        read_drill("d", "a = ")


def test_the_beginning_of_a_new_drill_is_a_good_drill() -> None:
    assert read_drill("new", new_drill_text("mine")).id == "mine"


def test_the_schema_for_editors_is_that_of_the_program() -> None:
    path = Path(drill_file.__file__).parent / "schema.json"
    assert path.read_text("utf-8") == schema_text()


def test_the_schema_names_every_key_of_a_drill() -> None:
    made = schema()
    listed = json.dumps(made)
    assert all(f'"{word}"' in listed for word in ("sensors", "from", "for", "p95", "do", "begin"))
    assert made["additionalProperties"] is False
    assert set(made["required"]) >= {"version", "id", "run", "level"}
    assert len(made["properties"]) == len(attrs.fields(Drill))


def test_the_metrics_a_drill_may_name_are_those_a_run_has() -> None:
    for count in (1, len(STAGES)):
        stages = STAGES[:count]
        settings = (("droplets", "900"), ("stages", json.dumps(stages)))
        simulation = Simulation(Scenario.load("small", settings), until_ns=11 * SECOND)
        trio.run(simulation.run)
        assert set(known_metrics(stages)) == set(simulation.world.telemetry.names())


words = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs", "Cc"]),
    max_size=20,
)


@given(
    st.lists(
        st.builds(
            Inject,
            n=st.integers(1, 999),
            text=words,
            from_=words,
            to=st.sampled_from(["all", "solo", "commander"]),
            method=st.sampled_from(["chat", "call"]),
            expected=words,
            at_s=st.integers(0, 10**5),
        )
        | st.builds(
            Inject,
            n=st.integers(1, 999),
            text=words,
            from_=words,
            when=st.just(Condition.parse("said:declare and after 5m")),
        ),
        max_size=5,
    )
)
def test_a_master_list_comes_back_from_csv_as_it_was(injects: list[Inject]) -> None:
    assert injects_of_csv("l", injects_csv(injects)) == tuple(injects)


def test_a_line_of_csv_that_is_wrong_is_named() -> None:
    text = "n,at,when,from,to,method,text,expected\n1,5m,,a,all,chat,t,\n2,,,a,all,chat,t,\n"
    with pytest.raises(InputError, match="l:3: give at or when"):
        injects_of_csv("l", text)


def test_a_master_list_from_csv_is_a_part_of_a_drill_file() -> None:
    drill = read_drill("d", TEXT)
    tables = inject_tables(drill, drill.injects, "csv")
    head, _, rest = TEXT.partition("[[injects]]")
    without = head + rest.partition("[[characters]]")[2].join(("[[characters]]", ""))
    assert read_drill("d", f"{without}\n{tables}").injects == drill.injects


def test_what_the_whole_file_lacks_is_told_without_a_key() -> None:
    with pytest.raises(DrillError) as told:
        read_drill("x.drill.toml", 'id = "x"\n')
    assert "x.drill.toml:1:1: lacks title" in str(told.value).splitlines()
