"""What operators can do, and the scripts made of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.actions import (
    CATALOGUE,
    ActionError,
    ScheduledAction,
    find_action,
    load_script,
    merged,
    parse_act,
    read_script,
    without,
)
from outage_agents.scenario import Scenario
from outage_engine.clock import MINUTE, SECOND

NIGHT = Scenario.load()
T0 = 48 * MINUTE

IDS = [
    "call.page_team",
    "call.split",
    "triage.packet_loss",
    "app.rollback_deploy",
    "dns.inspect",
    "dns.rpz_override",
    "dns.rpz_remove",
    "dns.stop_automation",
    "dns.restore_from_rollback",
    "dns.restart_enactors",
    "dns.flush_caches",
    "dwfm.throttle",
    "dwfm.lift_throttle",
    "dwfm.restart_hosts",
    "dwfm.drop_stale_work",
    "dwfm.add_hosts",
    "ec2.throttle_launches",
    "ec2.relax_throttle",
    "nm.reduce_load",
    "nm.add_capacity",
    "nlb.disable_failover",
    "nlb.enable_failover",
    "nlb.set_velocity_limit",
    "nlb.restore_zone",
    "nlb.add_nodes",
    "lambda.restore_pollers",
    "lambda.throttle_async",
    "lambda.relax_async",
    "redshift.stop_replacements",
]


def told_of(text: str) -> tuple[str, ...]:
    """The problems of one `--act`."""
    with pytest.raises(ActionError) as told:
        parse_act(text, NIGHT)
    return told.value.problems


def test_the_catalogue_has_every_action_of_the_contract_once() -> None:
    assert [action.id for action in CATALOGUE] == IDS


@pytest.mark.parametrize("action", CATALOGUE, ids=lambda action: action.id)
def test_every_action_says_what_it_needs_does_and_risks(action: object) -> None:
    found = find_action(action.id)  # type: ignore[attr-defined]
    assert found.title
    assert found.precondition
    assert found.effect
    assert found.risk
    assert found.failure
    assert all(other.how for other in found.interferes_with)
    assert {other.action for other in found.interferes_with} <= set(IDS)
    assert 0 < found.duration_min_s < found.duration_max_s
    for argument in found.arguments:
        assert argument.read(argument.default) == argument.default


def test_defaults_are_those_of_the_historical_script() -> None:
    for entry in load_script("as-history", NIGHT):
        plain = parse_act(f"{entry.id}@04:14", NIGHT)
        assert plain.args == entry.args


# The historical script.


def test_the_historical_script_is_the_published_one() -> None:
    script = load_script("as-history", NIGHT)
    assert [(entry.id, (entry.at_ns - T0) / MINUTE) for entry in script] == [
        ("dns.rpz_override", 87),
        ("dns.stop_automation", 147),
        ("dns.restore_from_rollback", 157),
        ("dwfm.throttle", 266),
        ("dwfm.restart_hosts", 266),
        ("lambda.restore_pollers", 292),
        ("ec2.throttle_launches", 340),
        ("redshift.stop_replacements", 417),
        ("lambda.throttle_async", 442),
        ("nm.reduce_load", 494 + 38 / 60),
        ("nlb.disable_failover", 588),
        ("ec2.relax_throttle", 695),
        ("lambda.relax_async", 699),
        ("nlb.enable_failover", 861),
    ]
    assert [entry.id for entry in script if entry.assumed] == [
        "ec2.throttle_launches",
        "lambda.throttle_async",
        "nm.reduce_load",
        "ec2.relax_throttle",
    ]


def test_hosts_are_throttled_before_they_are_restarted() -> None:
    ids = [entry.id for entry in load_script("as-history", NIGHT)]
    assert ids.index("dwfm.throttle") < ids.index("dwfm.restart_hosts")


def test_no_script_is_a_script() -> None:
    assert load_script("none", NIGHT) == ()


# --act.


def test_an_act_has_an_id_arguments_and_a_moment() -> None:
    entry = parse_act("dwfm.restart_hosts:zones=1+3,zone_gap_s=60@T+266m", NIGHT)
    assert entry == ScheduledAction(
        "dwfm.restart_hosts", T0 + 266 * MINUTE, (("zones", "1+3"), ("zone_gap_s", 60.0))
    )


def test_the_moment_is_that_of_the_effect_unless_it_is_the_start() -> None:
    effect = parse_act("dns.inspect:duration_s=600@00:31", NIGHT)
    start = parse_act("dns.inspect:start=true,duration_s=600@00:31", NIGHT)
    typical = parse_act("dns.inspect:start=true@00:31", NIGHT)
    assert effect.at_ns == T0 + 43 * MINUTE
    assert start.at_ns == T0 + 53 * MINUTE
    expected_s = find_action("dns.inspect").duration_typical_s
    assert typical.at_ns == T0 + 43 * MINUTE + round(expected_s) * SECOND


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dns.inspect", "no @WHEN"),
        ("dns.inpect@04:14", "action 'dns.inpect': unknown; did you mean dns.inspect"),
        ("@04:14", "action '': unknown"),
        ("dns.inspect@", "nothing: not a time"),
        ("dns.inspect@25:00", "25:00: no such time of day"),
        ("dns.inspect@22:00", "after the run ends"),
        ("dns.inspect:x=1@04:14", "argument 'x' of dns.inspect: unknown"),
        ("nm.reduce_load:inflw=1@04:14", "unknown; did you mean inflow"),
        ("nm.reduce_load:inflow@04:14", "'inflow' is not ARG=VALUE"),
        ("nm.reduce_load:inflow=a@04:14", "inflow: 'a' is not a number"),
        ("nm.reduce_load:inflow=2@04:14", "inflow: 2.0 is outside 0..1"),
        ("nm.reduce_load:inflow=nan@04:14", "inflow: nan is outside 0..1"),
        ("ec2.relax_throttle:steps=1.5@04:14", "steps: 1.5 is not a whole number"),
        ("dwfm.restart_hosts:zones=7@04:14", "zones: '7' does not fit; all, or zone numbers"),
        ("dns.inspect:start=yes@04:14", "start: 'yes' is neither true nor false"),
        ("dns.inspect:duration_s=-1@04:14", "duration_s: -1.0 is outside 0..86400"),
    ],
)
def test_a_wrong_act_is_told(text: str, told: str) -> None:
    problems = told_of(text)
    assert problems[0].startswith(f"--act {text}: ")
    assert told in problems[0]


def test_every_problem_of_an_act_is_told_at_once() -> None:
    assert len(told_of("nm.reduce_load:inflow=2,x=1@04:99")) == 3


@given(st.text(alphabet="dns.inspect:=,@04+Tm19_ ", max_size=40))
def test_any_text_is_an_act_or_a_told_error(text: str) -> None:
    problems: tuple[str, ...] = ()
    try:
        assert parse_act(text, NIGHT).at_ns >= 0
    except ActionError as told:
        problems = told.problems
    assert all(problem.startswith("--act") for problem in problems)


# Changing a script.


def test_without_takes_every_entry_of_an_action_out() -> None:
    script = load_script("as-history", NIGHT)
    left = without(script, ["dwfm.throttle", "dwfm.restart_hosts"])
    assert len(left) == len(script) - 2
    assert not any(entry.id.startswith("dwfm.") for entry in left)


def test_without_an_action_that_is_not_in_the_script_changes_nothing() -> None:
    script = load_script("as-history", NIGHT)
    assert without(script, ["app.rollback_deploy"]) == script


def test_without_an_unknown_action_is_told() -> None:
    with pytest.raises(
        ActionError, match=r"--without dwfm.throtle: unknown; did you mean dwfm.thr"
    ):
        without((), ["dwfm.throtle"])


def test_merged_scripts_are_in_order_of_effect_and_ties_keep_their_order() -> None:
    script = load_script("as-history", NIGHT)
    more = (
        parse_act("dns.inspect@04:14", NIGHT),
        parse_act("dns.flush_caches@02:30", NIGHT),
    )
    ids = [entry.id for entry in merged(script, more)]
    assert ids.index("dns.flush_caches") == 3
    assert ids[4:7] == ["dwfm.throttle", "dwfm.restart_hosts", "dns.inspect"]


# Script files.


def test_a_script_file_may_use_all_ways_to_write_a_moment(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        """
action = [
  { id = "dns.inspect", at = "T+50m" },
  { id = "dns.inspect", at = 00:31:00 },
  { id = "dns.inspect", at = 2025-10-20T00:26:00-07:00 },
  { id = "dns.inspect", at = "00:31", start = true, duration_s = 60 },
]
"""
    )
    script = load_script(str(tmp_path / "mine.toml"), NIGHT)
    assert [(entry.at_ns - T0) // MINUTE for entry in script] == [38, 43, 44, 50]


def test_a_script_may_name_moments_after_the_end_of_a_short_run() -> None:
    short = Scenario.load("dns-only")
    assert len(short.script) == 14
    assert short.script[-1].at_ns > short.duration_ns


def test_every_problem_of_a_script_file_is_told_with_its_place() -> None:
    text = """\
acton = []
action = [
  { id = "dns.inspct", at = "04:14" },
  { id = "dns.inspect" },
  { id = "dns.inspect", at = "04:14", args = 3, assumed = 1 },
  { id = "dns.inspect", at_ns = -1 },
  { at = "04:14" },
]
"""
    with pytest.raises(ActionError) as told:
        read_script("mine.toml", text, NIGHT)
    assert told.value.problems == (
        "mine.toml:1:1: acton: unknown; did you mean action",
        "mine.toml:3:3: action[0]: action 'dns.inspct': unknown; did you mean dns.inspect",
        "mine.toml:4:3: action[1].at: nothing: not a time; write 04:14, T+266m or an ISO time",
        "mine.toml:5:39: action[2].args: must be a table",
        "mine.toml:5:49: action[2].assumed: must be true or false",
        "mine.toml:6:25: action[3].at_ns: must be nanoseconds, 0 or more",
        "mine.toml:7:3: action[4]: action '': unknown",
    )


@pytest.mark.parametrize("text", ["action = 3", "action = {}", "[[action]]\nid = 3", "x = ["])
def test_a_file_that_is_no_script_is_told(text: str) -> None:
    with pytest.raises(ActionError, match=r"mine.toml:1:"):
        read_script("mine.toml", text, NIGHT)


def test_a_script_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="no such script"):
        load_script("as-histroy", NIGHT)
    with pytest.raises(ActionError, match="no such script"):
        load_script(str(tmp_path), NIGHT)
    with pytest.raises(ActionError, match="no such script"):
        load_script("a\0b", NIGHT)
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    with pytest.raises(ActionError, match="not UTF-8"):
        load_script(str(tmp_path / "binary.toml"), NIGHT)
