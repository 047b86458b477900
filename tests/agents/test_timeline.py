"""The reference timeline: every fact has a time, a kind and a source."""

from outage_agents.timeline import (
    KINDS,
    reference_milestones,
    reference_timeline,
    reference_windows,
)
from outage_agents.when import iso_seconds

T0 = iso_seconds("2025-10-19T23:48:00-07:00")[0]

EMERGENT = {
    "dns_record_empty": (0, 2),
    "dwfm_state_checks_fail": (0, 5),
    "sts_first_wave_over": (91, 8),
    "iam_sign_in_recovered": (97, 12),
    "global_tables_caught_up": (164, 5),
    "dynamodb_recovered": (172, 3),
    "dwfm_all_leased": (340, 6),
    "nlb_errors_begin": (342, 15),
    "lambda_sqs_backlog_done": (372, 15),
    "nm_latency_rises": (393, 5),
    "second_wave_begins": (436, 25),
    "sts_second_wave_over": (611, 30),
    "nm_propagation_normal": (648, 8),
    "ec2_normal": (842, 15),
    "lambda_normal": (867, 20),
    "event_over": (872, 20),
}
ACTIONS = {
    "rpz_override_applied": 87,
    "dns_restored": 157,
    "dwfm_throttle_and_restart": 266,
    "lambda_pollers_restored": 292,
    "nlb_failover_disabled": 588,
    "ec2_throttles_relax_begin": 695,
    "nlb_failover_enabled": 861,
}
KNOWLEDGE = {"dns_identified": 50, "nlb_fault_detected": 424}


def test_every_event_has_a_time_a_kind_and_a_source() -> None:
    events = reference_timeline()
    assert len(events) == 79
    for event in events:
        assert event.kind in KINDS
        assert event.text
        assert event.source
        assert iso_seconds(event.at)[0] - T0 == event.t_min * 60, event.text


def test_events_are_in_order_of_time() -> None:
    times = [event.t_min for event in reference_timeline()]
    assert times == sorted(times)


def test_the_emergent_milestones_and_their_tolerances_are_the_published_ones() -> None:
    found = {e.id: (e.t_min, e.tolerance_min) for e in reference_milestones() if e.tolerance_min}
    assert found == EMERGENT
    assert all(e.kind == "emergent" for e in reference_milestones() if e.tolerance_min)


def test_actions_and_knowledge_have_no_tolerance() -> None:
    others = {e.id: e.t_min for e in reference_milestones() if e.tolerance_min is None}
    assert others == {**ACTIONS, **KNOWLEDGE}


def test_what_was_not_read_again_is_marked_as_reported() -> None:
    reported = [event for event in reference_timeline() if event.reported]
    assert any("container launch failures" in event.text for event in reported)
    assert not any(event.id == "dns_record_empty" for event in reported)


def test_windows_cover_the_three_components_and_the_services_with_known_hours() -> None:
    windows = {(w.name, w.wave): (w.start_t_min, w.end_t_min) for w in reference_windows()}
    assert windows == {
        ("DynamoDB", 1): (0, 172),
        ("EC2 launches", 1): (0, 842),
        ("NLB errors", 1): (342, 588),
        ("lambda", 1): (3, 867),
        ("ecs", 1): (0, 872),
        ("eks", 1): (0, 872),
        ("fargate", 1): (0, 872),
        ("connect", 1): (32, 312),
        ("connect", 2): (436, 812),
        ("sts", 1): (3, 91),
        ("sts", 2): (523, 611),
        ("iam", 1): (3, 97),
        ("redshift", 1): (0, 153),
        ("redshift-clusters", 1): (0, None),
        ("support", 1): (0, 172),
    }


def test_no_window_begins_before_the_incident() -> None:
    for window in reference_windows():
        assert window.start_t_min >= 0
        assert window.end_t_min is None or window.end_t_min > window.start_t_min
        assert window.cause
        assert window.source
