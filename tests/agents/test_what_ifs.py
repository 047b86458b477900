"""The catalogue of what-ifs: well formed, each a run of its own, and expectations that can fail."""

import attrs
import pytest

from outage_agents.result import (
    ImpactResult,
    MilestoneResult,
    RunResult,
    SeriesResult,
    WindowResult,
)
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.timeline import reference_milestones
from outage_agents.what_ifs import (
    CATALOGUE,
    AsHistory,
    Costs,
    Happens,
    Never,
    NoOutage,
    NotBefore,
    Peaks,
    PeaksAgainstHistory,
    WhatIf,
    find_what_ifs,
    history_run,
)

each = pytest.mark.parametrize("what_if", CATALOGUE, ids=lambda what_if: what_if.name)


@each
def test_each_is_a_question_with_a_reason_and_an_expectation(what_if: WhatIf) -> None:
    assert what_if.question.startswith("What if ")
    assert what_if.question.endswith("?")
    assert what_if.why
    assert what_if.expected
    assert what_if.expectations


@each
def test_each_fits_every_whole_scenario(what_if: WhatIf) -> None:
    for base in ("us-east-1-2025-10-20", "small"):
        scenario = what_if.scenario(base, seed=5)
        assert (scenario.name, scenario.seed) == (base, 5)


@each
def test_each_but_the_usual_reading_is_another_run_than_history(what_if: WhatIf) -> None:
    same = what_if.scenario("small") == history_run().scenario("small")
    assert same == (what_if.name == "nlb-flapping-checkers")


@each
def test_nothing_is_left_out_that_nobody_would_have_done(what_if: WhatIf) -> None:
    script = {entry.id for entry in Scenario.load("small").script}
    assert set(what_if.without) <= script


def test_every_question_people_ask_has_its_run() -> None:
    switches = {path for what_if in CATALOGUE for path, _ in what_if.settings}
    guards = ("recheck_each_write", "spare_active_plan", "spare_rollback", "repair_missing_target")
    assert {f"dns.guard.{guard}" for guard in (*guards, "never_publish_empty")} < switches
    parts = ("queue_discipline", "max_outstanding", "establish_deadline_s", "backoff_s")
    assert {f"dwfm.{part}" for part in parts} < switches
    assert {"nlb.velocity_limit", "nlb.flap_source"} < switches
    acts = [act for what_if in CATALOGUE for act in what_if.acts]
    assert acts == [
        "dwfm.throttle@02:45",
        "dwfm.restart_hosts@02:45",
        "nlb.disable_failover@06:52",
    ]


def test_names_are_unique_and_found_in_the_order_asked() -> None:
    names = [what_if.name for what_if in CATALOGUE]
    assert len(set(names)) == len(names)
    asked = [names[3], names[0], names[3]]
    assert [what_if.name for what_if in find_what_ifs(asked)] == [names[3], names[0]]


def test_every_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as told:
        find_what_ifs(["dwfm-early", "dwfm-erly", "zzz"])
    assert told.value.problems == (
        "what-if 'dwfm-erly': unknown; did you mean dwfm-early",
        "what-if 'zzz': unknown; `outage-tui what-if list` names them",
    )


def test_the_options_of_a_what_if_make_its_run() -> None:
    (early,) = find_what_ifs(["dwfm-early"])
    assert early.words() == [
        *("--without", "dwfm.throttle", "--without", "dwfm.restart_hosts"),
        *("--act", "dwfm.throttle@02:45", "--act", "dwfm.restart_hosts@02:45"),
    ]
    (nobody,) = find_what_ifs(["nobody-acts"])
    assert nobody.words() == ["--actions", "none"]
    assert nobody.scenario("small").script == ()


# -- what is expected, against a made-up result -------------------------------------------------


def result(customer_minutes: float = 100.0, **moments: float | None) -> RunResult:
    milestones = {
        event.id: MilestoneResult(None, moments.get(event.id), event.t_min, None, event.kind, False)
        for event in reference_milestones()
    }
    return RunResult(
        scenario="made-up",
        seed=1,
        digest="",
        virtual_s=0.0,
        events=0,
        messages=0,
        milestones=milestones,
        windows={},
        services={},
        checkers={},
        series={"nlb.zones_out": SeriesResult(0.0, 2.0, 400.0, 0.0)},
        samples={},
        actions=(),
        impact=ImpactResult(customer_minutes, {}, 0, 0, 0.0),
    )


HISTORY = result(event_over=872.0, ec2_normal=842.0)


def test_a_milestone_happens_between_two_moments_or_it_does_not() -> None:
    expected = Happens("event_over", 800, 880)
    assert expected.holds(HISTORY, HISTORY)
    assert not expected.holds(result(event_over=881.0), HISTORY)
    assert not expected.holds(result(), HISTORY)


def test_never_means_none_of_them() -> None:
    assert Never(("lambda_normal",)).holds(HISTORY, HISTORY)
    assert not Never(("lambda_normal", "event_over")).holds(HISTORY, HISTORY)


def test_as_history_needs_both_to_have_happened() -> None:
    expected = AsHistory(("event_over",), within_min=5)
    assert expected.holds(result(event_over=876.0), HISTORY)
    assert not expected.holds(result(event_over=878.0), HISTORY)
    assert not expected.holds(result(), HISTORY)
    assert not expected.holds(HISTORY, result())


def test_costs_are_a_share_of_those_of_history() -> None:
    assert Costs(0.4, 0.6).holds(result(50.0), HISTORY)
    assert not Costs(0.4, 0.6).holds(result(70.0), HISTORY)


def test_a_peak_has_two_limits() -> None:
    assert Peaks("nlb.zones_out", 1, 2).holds(HISTORY, HISTORY)
    assert not Peaks("nlb.zones_out", 0, 1).holds(HISTORY, HISTORY)
    assert not Peaks("nlb.zones_out", 3, 9).holds(HISTORY, HISTORY)


def test_a_peak_against_history_is_a_share_of_its_peak() -> None:
    calm = attrs.evolve(result(), series={"nlb.zones_out": SeriesResult(0.0, 1.0, 400.0, 0.0)})
    assert PeaksAgainstHistory("nlb.zones_out", 0.4, 0.6).holds(calm, HISTORY)
    assert not PeaksAgainstHistory("nlb.zones_out", 0.6, 1.0).holds(calm, HISTORY)


def test_what_is_not_played_is_not_as_expected() -> None:
    bare = attrs.evolve(HISTORY, series={})
    assert not Peaks("nlb.zones_out", 0, 9).holds(bare, HISTORY)
    assert not PeaksAgainstHistory("nlb.zones_out", 0, 9).holds(bare, HISTORY)
    assert not PeaksAgainstHistory("nlb.zones_out", 0, 9).holds(HISTORY, bare)


def test_not_before_is_kept_by_what_never_happens() -> None:
    assert NotBefore("event_over", 872).holds(HISTORY, HISTORY)
    assert NotBefore("event_over", 873).holds(result(), HISTORY)
    assert not NotBefore("event_over", 873).holds(HISTORY, HISTORY)


def test_no_outage_means_no_milestone_and_no_window() -> None:
    assert NoOutage().holds(result(), HISTORY)
    assert not NoOutage().holds(HISTORY, HISTORY)
    acted = result(dns_restored=157.0)  # an action, which does not come out by itself
    assert NoOutage().holds(acted, HISTORY)
    window = WindowResult(0.0, 5.0, "DNS")
    assert not NoOutage().holds(attrs.evolve(result(), windows={"DynamoDB": (window,)}), HISTORY)
