"""Laws of the score: what is held against the published night, what is not, and what is kept."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.fidelity import (
    SECOND_SET,
    assumed_parameters,
    measured_fidelity,
    measured_seeds,
    measured_sets,
    milestones_fidelity,
    parameter_sets,
    score_of,
    spread_of,
)
from outage_agents.fidelity_page import SECTIONS, begin_mark, clock, renewed
from outage_agents.scenario import REFERENCE, Scenario
from outage_agents.timeline import reference_milestones

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"
EMERGENT = [event for event in reference_milestones() if event.kind == "emergent"]
AS_PUBLISHED = {event.id: event.t_min for event in reference_milestones()}


def test_the_published_night_itself_is_perfect() -> None:
    score = score_of(milestones_fidelity(AS_PUBLISHED, staged=True))
    assert (score.within, score.of, score.mean_error_min) == (16, 16, 0.0)


def test_a_run_in_which_nothing_happened_scores_nothing() -> None:
    rows = milestones_fidelity({}, staged=True)
    assert score_of(rows).within == 0
    assert all(row.within is not True and row.error_min is None for row in rows)


@given(st.sampled_from(EMERGENT), st.floats(-60, 60))
def test_a_milestone_counts_exactly_within_its_tolerance(event: object, late_min: float) -> None:
    assert event in EMERGENT
    (milestone,) = [one for one in EMERGENT if one is event]
    moved = AS_PUBLISHED | {milestone.id: milestone.t_min + late_min}
    score = score_of(milestones_fidelity(moved, staged=False))
    assert milestone.tolerance_min is not None
    near = abs(round(late_min, 3)) <= milestone.tolerance_min
    assert score.within == (16 if near else 15)


def test_actions_and_knowledge_are_listed_and_not_scored() -> None:
    rows = milestones_fidelity({}, staged=True)
    assert [row.id for row in rows] == list(AS_PUBLISHED)
    unscored = [row for row in rows if row.within is None]
    assert {row.kind for row in unscored} == {"action", "knowledge"}
    assert all(row.tolerance_min is None for row in unscored)


def test_only_the_staged_delay_is_staged_and_only_where_it_is() -> None:
    assert [row.id for row in milestones_fidelity({}, staged=True) if row.staged] == [
        "dns_record_empty"
    ]
    assert not any(row.staged for row in milestones_fidelity({}, staged=False))


def test_what_has_not_been_read_again_is_marked_reported() -> None:
    reported = {row.id for row in milestones_fidelity({}, staged=True) if row.reported}
    assert reported == {"second_wave_begins"}


def test_the_spread_over_seeds_counts_what_did_not_happen_as_outside() -> None:
    runs: list[dict[str, float | None]] = [
        {**AS_PUBLISHED},
        {**AS_PUBLISHED, "event_over": None},
        {**AS_PUBLISHED, "event_over": 880.0, "dwfm_all_leased": 300.0},
    ]
    spread = {row.id: row for row in spread_of(runs)}
    assert list(spread) == [event.id for event in EMERGENT]
    over = spread["event_over"]
    assert (over.within, over.of) == (2, 3)
    assert (over.error_min, over.error_median_min, over.error_max_min) == (0.0, 4.0, 8.0)
    assert (spread["dwfm_all_leased"].within, spread["dwfm_all_leased"].error_min) == (2, -40.0)


def test_what_was_measured_covers_every_scored_milestone_over_twenty_seeds() -> None:
    measured = measured_seeds()
    assert (measured.scenario, measured.seeds) == (REFERENCE, 20)
    assert [row.id for row in measured.milestones] == [event.id for event in EMERGENT]
    assert [row.tolerance_min for row in measured.milestones] == [
        event.tolerance_min for event in EMERGENT
    ]
    assert all(row.of == 20 for row in measured.milestones)


def test_two_sets_of_parameters_give_the_published_night() -> None:
    first, second = parameter_sets()
    assert (first.scenario, first.settings, first.actions) == (REFERENCE, {}, ())
    assert second.scenario == SECOND_SET
    assert second.settings == {"dwfm.state_check_s": "180.0", "dwfm.establish_cost": "15.0"}
    assert second.actions == ("dwfm.restart_hosts: zones all, zone_gap_s 393.0",)
    assert first.score.within == second.score.within == 16


def test_the_second_set_differs_in_nothing_that_is_not_said() -> None:
    reference, other = Scenario.load(), Scenario.load(SECOND_SET)
    moments = [[(entry.id, entry.at_ns) for entry in s.script] for s in (reference, other)]
    assert moments[0] == moments[1]
    assert (other.seed, other.faults, other.changes) == (reference.seed, (), ())


def test_each_assumed_parameter_says_so() -> None:
    assumed = assumed_parameters()
    assert {"dwfm.establish_cost", "dns.pass_s", "nm.owed_gain"} <= {one.name for one in assumed}
    assert all("assumed" in one.source for one in assumed)
    assert len(assumed) < measured_fidelity().parameters


def test_the_measured_night_is_the_reference_scenario() -> None:
    found = measured_fidelity()
    assert found.scenario == measured_sets().runs[0].scenario == REFERENCE
    assert found.score.of == 16
    assert found.milestones[0].staged


def test_the_page_is_made_from_this_data() -> None:
    page = PAGE.read_text("utf-8")
    assert renewed(page) == page, "run `python -m outage_agents.fidelity_page docs/fidelity.md`"


def test_a_page_without_a_place_for_a_list_is_refused() -> None:
    page = PAGE.read_text("utf-8")
    for name in SECTIONS:
        with pytest.raises(ValueError, match=name):
            renewed(page.replace(begin_mark(name), ""))


def test_minutes_after_t0_as_time_of_day() -> None:
    assert [clock(t) for t in (-0.5, 0, 340, 342.9, 872)] == [
        *("23:47", "23:48", "05:28", "05:30", "14:20")
    ]
