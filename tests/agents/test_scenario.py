"""A scenario decides a run; whatever is wrong with one is told at once, with its place."""

from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outage_agents import scenario_schema as schema
from outage_agents.scenario import (
    DROPLETS_MAX,
    INPUTS,
    REFERENCE,
    Scenario,
    new_scenario_text,
    reference_text,
    shipped_names,
    shipped_scenarios,
)
from outage_agents.scenario_source import ScenarioError, dotted, nearest, read_source
from outage_engine.clock import MINUTE, SECOND


def problems_of(text: str, tmp_path: Path) -> list[str]:
    """What is told of a scenario file with this text; paths shortened to the file's name."""
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as told:
        Scenario.load(str(file))
    return [problem.replace(str(file), "mine.toml") for problem in told.value.problems]


# What is shipped.


def test_the_reference_scenario_is_the_night_at_full_scale() -> None:
    scenario = Scenario.load()
    assert scenario.name == REFERENCE
    assert scenario.droplets == 1_000_000
    assert scenario.clock(0) == "23:00:00"
    assert scenario.clock(scenario.duration_ns) == "15:10:00"
    assert scenario.clock(scenario.epoch_ns) == "23:48:00"
    assert scenario.stages == ("dns", "ec2", "nlb", "services")
    assert scenario.seed == 1
    assert len(scenario.script) == 14


def test_small_differs_from_the_reference_in_its_droplets_only() -> None:
    small, reference = Scenario.load("small"), Scenario.load()
    same = attrs.evolve(
        small,
        name=reference.name,
        title=reference.title,
        description=reference.description,
        droplets=1_000_000,
    )
    assert small.droplets == 10_000
    assert same == reference


def test_dns_only_runs_the_dns_stage_until_three() -> None:
    scenario = Scenario.load("dns-only")
    assert scenario.stages == ("dns",)
    assert scenario.clock(scenario.duration_ns) == "03:00:00"


def test_every_shipped_scenario_has_a_title_and_a_description() -> None:
    assert shipped_names()[0] == REFERENCE
    for shipped in shipped_scenarios():
        assert shipped.name in shipped_names()
        assert shipped.title
        assert shipped.description


def test_the_reference_file_spells_out_every_default() -> None:
    """Fails when a parameter class has changed: write the file anew, as its head says."""
    folder = Path(str(schema.__file__)).parent / "scenarios"
    assert (folder / f"{REFERENCE}.toml").read_text("utf-8") == reference_text()


def test_every_parameter_has_a_source_that_says_where_it_is_from() -> None:
    for entry in schema.entries_of(Scenario):
        if entry.path[0] not in INPUTS:
            assert entry.known is not None, f"{entry.name} was not declared with param()"
            assert entry.known.source, entry.name


def test_every_default_is_within_its_own_limits() -> None:
    for entry in schema.entries_of(Scenario):
        if entry.path[0] not in INPUTS:
            reading = schema.Reading(entry.known)
            reading.read(entry.kind, entry.default, entry.path)
            assert reading.problems == [], entry.name


# The resolved text.


@pytest.mark.parametrize("name", shipped_names())
def test_the_resolved_text_is_the_same_scenario(name: str) -> None:
    scenario = Scenario.load(name, seed=7)
    assert Scenario.read(scenario.text()) == scenario
    assert Scenario.read(scenario.text(comments=True)) == scenario


def legal_values(entry: schema.Entry) -> st.SearchStrategy[Any]:
    """Legal values of a parameter, of the four plain types."""
    known = entry.known
    assert known is not None
    low = 0.0 if known.minimum is None else known.minimum
    high = low + 1e6 if known.maximum is None else known.maximum
    if entry.kind is bool:
        return st.booleans()
    if entry.kind is int:
        return st.integers(int(low), int(high))
    if entry.kind is float:
        return st.floats(low, high, allow_nan=False)
    return st.sampled_from(known.choices) if known.choices else st.text(max_size=20)


PLAIN = [
    entry
    for entry in schema.entries_of(Scenario)
    if entry.kind in (bool, int, float, str) and entry.path not in (("start",), ("droplets",))
]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_set_survives_the_resolved_text(data: st.DataObject) -> None:
    scenario = Scenario()
    values: dict[tuple[str, ...], Any] = {}
    for entry in data.draw(st.lists(st.sampled_from(PLAIN), max_size=5)):
        values[entry.path] = data.draw(legal_values(entry))
    try:
        scenario = schema.build(Scenario, values, ())
    except ValueError:
        return  # a section's own rule about several of its parameters
    assert Scenario.read(scenario.text()) == scenario


def test_a_moment_between_two_seconds_survives_the_resolved_text() -> None:
    scenario = Scenario.load()
    entry = attrs.evolve(scenario.script[0], at_ns=8_100_000_000_001)
    odd = scenario.with_script((entry,))
    assert Scenario.read(odd.text()) == odd


def test_a_run_without_actions_is_not_given_the_historical_ones() -> None:
    quiet = Scenario.load().with_script(())
    assert Scenario.read(quiet.text()).script == ()


# Overrides.


def test_set_reaches_a_parameter_of_any_depth() -> None:
    scenario = Scenario.load(
        "small",
        overrides=[
            ("dns.slow_factor", "30"),
            ("dns.guard.recheck_each_write", "true"),
            ("dns.deleted_plan", "refused"),
            ("droplets", "24_000"),
            ("stages", '["dns", "ec2"]'),
        ],
        seed=3,
    )
    assert scenario.dns.slow_factor == 30.0
    assert isinstance(scenario.dns.slow_factor, float)
    assert scenario.dns.guard.recheck_each_write is True
    assert scenario.dns.deleted_plan == "refused"
    assert scenario.droplets == 24_000
    assert scenario.stages == ("dns", "ec2")
    assert scenario.seed == 3


def test_every_bad_override_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as told:
        Scenario.load(
            overrides=[
                ("dns.slow_facter", "3"),
                ("slow_factor", "3"),
                ("droplets", "-5"),
                ("droplets", "1e6"),
                ("droplets", "true"),
                ("dns.staged", "1"),
                ("dns.slow_factor", "fast"),
                ("dns.slow_factor", "nan"),
                ("dns.deleted_plan", "recreate"),
                ("dns", "1"),
                ("stages", '["ec2"]'),
                ("title", "\udc80"),
                ("", ""),
            ]
        )
    assert told.value.problems == (
        "--set dns.slow_facter=3: unknown; did you mean dns.slow_factor",
        "--set slow_factor=3: unknown; did you mean dns.slow_factor",
        "--set droplets=-5: droplets: -5 is below 900",
        "--set droplets=1e6: droplets: must be a whole number, not 1000000.0",
        "--set droplets=true: droplets: must be a whole number, not true",
        "--set dns.staged=1: dns.staged: must be true or false, not 1",
        "--set dns.slow_factor=fast: dns.slow_factor: must be a number, not 'fast'",
        "--set dns.slow_factor=nan: dns.slow_factor: nan is no number a run can hold",
        "--set dns.deleted_plan=recreate: dns.deleted_plan: 'recreate' is none of recreated,"
        " refused; did you mean recreated",
        "--set dns=1: is a section, not a parameter",
        '--set stages=["ec2"]: stages: stages build on each other; give a beginning of'
        " dns, ec2, nlb, services",
        "--set title=\\udc80: title: is not valid Unicode text",
        "--set =: unknown",
    )


def test_a_size_that_no_machine_could_hold_is_refused_with_the_reason() -> None:
    with pytest.raises(ScenarioError, match="a run would need about 100 GB of memory"):
        Scenario.load(overrides=[("droplets", "1_000_000_000")])
    assert Scenario.load(overrides=[("droplets", str(DROPLETS_MAX))]).droplets == DROPLETS_MAX


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ScenarioError, match="seed: -1 is below 0"):
        Scenario.load(seed=-1)


# Files.


def test_every_problem_of_a_file_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = """\
extends = "small"
name = 7
droplets = -3
drops = 3

[dns]
slow_facter = 2.0
  staged = "yes"
guard = { recheck_each_writ = true }

[lambdo]
x = 1
"""
    assert problems_of(text, tmp_path) == [
        "mine.toml:2:1: name: must be text, not 7",
        "mine.toml:3:1: droplets: -3 is below 900",
        "mine.toml:4:1: drops: unknown; did you mean droplets",
        "mine.toml:7:1: dns.slow_facter: unknown; did you mean dns.slow_factor",
        "mine.toml:8:3: dns.staged: must be true or false, not 'yes'",
        "mine.toml:9:11: dns.guard.recheck_each_writ: unknown; did you mean"
        " dns.guard.recheck_each_write",
        "mine.toml:11:1: lambdo: unknown; did you mean lambda",
    ]


def test_problems_of_the_script_are_told_with_the_others(tmp_path: Path) -> None:
    text = """\
droplets = 1
action = [
  { id = "dns.rpz_overide", at = 2025-10-20T01:15:00-07:00 },
  { id = "dwfm.throttle", at = "04:99", args = { max_outstanding_share = 2.0 } },
  { id = "dns.inspect", at = 04:14:00, arg = {} },
  3,
]
"""
    assert problems_of(text, tmp_path) == [
        "mine.toml:1:1: droplets: 1 is below 900",
        "mine.toml:3:3: action[0]: action 'dns.rpz_overide': unknown; did you mean"
        " dns.rpz_override",
        "mine.toml:4:27: action[1].at: 04:99: no such time of day",
        "mine.toml:4:3: action[1]: max_outstanding_share: 2.0 is outside 0.0001..1",
        "mine.toml:5:40: action[2].arg: unknown; did you mean args",
        "mine.toml:6:3: action[3]: must be a table with id and at",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("droplets = ", "mine.toml:1:12: not TOML: Invalid value"),
        ("[dns\n", "mine.toml:1:5: not TOML: Expected ']' at the end of a table declaration"),
        ("a = 1\na = 2\n", "mine.toml:2:6: not TOML: Cannot overwrite a value"),
        ("start = 2025-02-31T00:00:00Z", "mine.toml:1:9: not TOML: Invalid date or datetime"),
        ("start = 2025-10-19T23:00:00", "mine.toml:1:1: start: 2025-10-19T23:00:00: has no offset"),
        ("actions = 3", "mine.toml:1:1: actions: must be the name of a script"),
        ('actions = "none"\naction = []', "mine.toml:1:1: actions: give action or actions"),
        ('extends = "smal"', "mine.toml:1:1: extends: smal: no such scenario; did you mean small"),
        ("extends = 3", "mine.toml:1:1: extends: must be the name of a scenario"),
        ('extends = "mine.toml"', "mine.toml:1:1: extends: mine.toml extends this one in turn"),
    ],
)
def test_a_broken_file_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    assert problems_of(text, tmp_path)[0].startswith(told)


def test_a_file_may_extend_another_file(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('extends = "small"\ndroplets = 1500\nseed = 9\n')
    (tmp_path / "mine.toml").write_text('extends = "base.toml"\ndroplets = 1600\n')
    scenario = Scenario.load(str(tmp_path / "mine.toml"))
    assert (scenario.droplets, scenario.seed, len(scenario.script)) == (1600, 9, 14)


@pytest.mark.parametrize(
    ("start", "same"),
    [
        ('"2025-10-19 23:00-07:00"', "2025-10-19T23:00:00-07:00"),
        ("2025-10-20T06:00:00Z", "2025-10-20T06:00:00+00:00"),
    ],
)
def test_a_start_is_kept_in_one_way_of_writing(start: str, same: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f"start = {start}\n")
    scenario = Scenario.load(str(tmp_path / "mine.toml"))
    assert scenario.start == same
    assert Scenario.read(scenario.text()) == scenario


def test_what_is_not_there_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="smal: no such scenario; did you mean small; shipped"):
        Scenario.load("smal")
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        Scenario.load(str(tmp_path))
    (tmp_path / "binary.toml").write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ScenarioError, match=r"binary.toml:2:6: not UTF-8 text"):
        Scenario.load(str(tmp_path / "binary.toml"))
    with pytest.raises(ScenarioError):
        Scenario.load("a\0b")
    with pytest.raises(ScenarioError):
        Scenario.load("")


def test_a_new_scenario_starts_from_what_it_extends(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(new_scenario_text("mine", "small"))
    scenario = Scenario.load(str(tmp_path / "mine.toml"))
    assert scenario.name == "mine"
    assert scenario.droplets == 10_000


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abdns.[]{}=\",'\n 1#_-", max_size=60))
def test_any_text_is_a_scenario_or_a_told_error(text: str) -> None:
    problems: tuple[str, ...] = ()
    try:
        Scenario.read(text)
    except ScenarioError as told:
        problems = told.problems
    assert all(problem.startswith("scenario") for problem in problems)


def test_time_is_told_in_the_scenarios_own_terms() -> None:
    scenario = Scenario.load("small")
    assert scenario.when("04:14") == (48 + 266) * MINUTE
    assert scenario.t_min((48 + 266) * MINUTE + 30 * SECOND) == 266.5
    assert scenario.staged is True


# The scanner of places.


def test_keys_of_all_kinds_have_their_places() -> None:
    source = read_source(
        "all.toml",
        """\
# a comment with = and [brackets]
plain = 1
"quo.ted" = 'x # no comment'
a.b = 2
text = \"\"\"
not_a_key = 1
\\\"\"\" still text\"\"\"
list = [ 1, # one
  { inner = [ "]", '}' ] }, 3 ]

[table] # comment
key = 1
[table.sub]
key = 2
[[many]]
x = 1
[[many]]
x = 2
[many.below]
y = 3
""",
    )
    places = source.positions
    assert places[("plain",)] == (2, 1)
    assert places[("quo.ted",)] == (3, 1)
    assert places[("a", "b")] == (4, 3)
    assert ("not_a_key",) not in places
    assert places[("list", 1)] == (9, 3)
    assert places[("list", 1, "inner")] == (9, 5)
    assert places[("list", 1, "inner", 1)] == (9, 20)
    assert places[("list", 2)] == (9, 29)
    assert places[("table", "key")] == (12, 1)
    assert places[("table", "sub", "key")] == (14, 1)
    assert places[("many", 0, "x")] == (16, 1)
    assert places[("many", 1, "x")] == (18, 1)
    assert places[("many", 1, "below", "y")] == (20, 1)


def keys_below(content: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """Every path of a document."""
    found: list[tuple[str | int, ...]] = []
    pairs: Any = ()
    if isinstance(content, dict):
        pairs = content.items()
    elif isinstance(content, list):
        pairs = enumerate(content)
    for key, value in pairs:
        found += [(*path, key), *keys_below(value, (*path, key))]
    return found


def test_no_key_of_the_shipped_files_lacks_a_place() -> None:
    for text in (Scenario.load().text(), reference_text(), new_scenario_text("x")):
        source = read_source("x", text)
        for path in keys_below(source.content, ()):
            assert path in source.positions, dotted(path)


def test_the_nearest_word_is_found_by_spelling_or_by_its_end() -> None:
    known = ["dns.slow_factor", "dns.staged", "dwfm.backoff_s"]
    assert nearest("dns.slow_facter", known) == "dns.slow_factor"
    assert nearest("staged", known) == "dns.staged"
    assert nearest("zzz", known) == ""


# What a parameter class may declare.


@attrs.frozen
class Inner:
    name: str
    weight: float = 1.0


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (float, 3, 3.0),
        (tuple[float, ...], [1, 2.5], (1.0, 2.5)),
        (tuple[int, str], [1, "a"], (1, "a")),
        (
            tuple[Inner, ...],
            [{"name": "a"}, {"name": "b", "weight": 2}],
            (Inner("a"), Inner("b", 2.0)),
        ),
        (int | None, 3, 3),
    ],
)
def test_values_are_read_in_their_declared_type(kind: Any, value: Any, found: Any) -> None:
    reading = schema.Reading(None)
    assert reading.read(kind, value, ("x",)) == found
    assert reading.problems == []


@pytest.mark.parametrize(
    ("kind", "value", "what"),
    [
        (int, True, "must be a whole number, not true"),
        (int, 1.0, "must be a whole number, not 1.0"),
        (bool, 1, "must be true or false, not 1"),
        (float, "1", "must be a number, not '1'"),
        (float, float("inf"), "inf is no number a run can hold"),
        (int, 2**63, "9223372036854775808 is no number a run can hold"),
        (str, {}, "must be text, not a table"),
        (tuple[int, int], [1], "must have 2 entries, not 1"),
        (tuple[int, ...], 3, "must be a list, not 3"),
        (tuple[Inner, ...], [{"weight": 1}], "lacks name"),
        (tuple[Inner, ...], [{"name": "a", "wait": 1}], "unknown; known: name, weight"),
    ],
)
def test_values_of_another_type_are_told(kind: Any, value: Any, what: str) -> None:
    reading = schema.Reading(None)
    reading.read(kind, value, ("x",))
    assert [told for _, told in reading.problems] == [what]
