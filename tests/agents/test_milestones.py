"""Milestones are judged on telemetry alone: made-up telemetry, and what must follow from it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.milestones import (
    ACTION_MILESTONES,
    Milestones,
    Observation,
    OutageWindow,
    ServiceObservation,
)
from outage_agents.timeline import reference_milestones
from outage_engine.clock import MINUTE, SECOND

T0 = 48 * MINUTE


@attrs.frozen
class Night:
    epoch_s: int = 2880
    staged: bool = True


def calm(minute: float) -> dict[str, Any]:
    """A Region without a fault."""
    return {}


def watch(
    minutes: int,
    telemetry: Callable[[float], dict[str, Any]],
    *,
    every_s: int = 60,
    milestones: Milestones | None = None,
) -> Milestones:
    """Observe `telemetry(minutes since the start)` from the start on."""
    watched = milestones or Milestones(Night())
    for t_s in range(0, minutes * 60 + 1, every_s):
        fields: dict[str, Any] = {"endpoint_addresses": 8, "droplets": 1_000_000, "broken": 100}
        fields.update(telemetry(t_s / 60))
        watched.observe(Observation(t_ns=t_s * SECOND, **fields))
    return watched


def at_of(watched: Milestones, milestone: str) -> float | None:
    """Minutes after the start at which a milestone happened."""
    at_ns = watched.happened().get(milestone)
    return None if at_ns is None else at_ns / MINUTE


def service(name: str, error_rate: float, through: str = "", **more: float) -> ServiceObservation:
    return ServiceObservation(name, error_rate, through if error_rate else "", **more)


def spans(windows: tuple[OutageWindow, ...]) -> list[tuple[float, float | None, str]]:
    """Windows as minutes."""
    return [
        (w.start_ns / MINUTE, None if w.end_ns is None else w.end_ns / MINUTE, w.cause)
        for w in windows
    ]


# All of them.


def test_nothing_happens_in_a_calm_region() -> None:
    watched = watch(120, calm)
    assert watched.happened() == {}
    assert all(record.t_min is None and record.error_min is None for record in watched.records())
    assert all(windows == () for windows in watched.windows().values())


def test_every_milestone_of_the_timeline_is_told_in_its_order() -> None:
    records = Milestones(Night()).records()
    assert [record.id for record in records] == [event.id for event in reference_milestones()]
    assert [view.id for view in Milestones(Night()).views()] == [record.id for record in records]


def test_times_count_from_t0_and_errors_from_the_reference() -> None:
    watched = watch(60, lambda m: {"endpoint_addresses": 8 if m < 50 else 0})
    record = watched.records()[0]
    assert (record.id, record.t_min, record.error_min) == ("dns_record_empty", 2.0, 2.0)


def test_only_the_empty_record_is_marked_as_staged_and_only_when_it_is() -> None:
    staged = [record.id for record in Milestones(Night()).records() if record.staged]
    chance = [record.id for record in Milestones(Night(staged=False)).records() if record.staged]
    assert staged == ["dns_record_empty"]
    assert chance == []


def test_an_observation_tells_what_is_new() -> None:
    watched = Milestones(Night())
    assert watched.observe(Observation(0, 8)) == ()
    assert watched.observe(Observation(MINUTE, 0)) == ("dns_record_empty",)
    assert watched.observe(Observation(2 * MINUTE, 0)) == ()


def test_observations_never_go_back_in_time() -> None:
    watched = Milestones(Night())
    watched.observe(Observation(MINUTE, 8))
    with pytest.raises(AssertionError):
        watched.observe(Observation(0, 8))


# DNS and DynamoDB.


def test_the_record_is_empty_from_the_instant_at_which_it_became_so() -> None:
    exact_ns = 48 * MINUTE + 3 * SECOND
    watched = Milestones(Night())
    watched.observe(Observation(49 * MINUTE, 0, endpoint_since_ns=exact_ns))
    assert watched.happened()["dns_record_empty"] == exact_ns


def test_dynamodb_recovers_when_under_one_percent_of_resolvers_hold_the_empty_answer() -> None:
    def empty(m: float) -> dict[str, Any]:
        share = 0.0 if m <= 48 else 1.0 if m < 200 else max(0.0, 1 - (m - 200) / 10)
        return {"customers_empty_share": share}

    watched = watch(230, empty, every_s=10)
    at = at_of(watched, "dynamodb_recovered")
    assert at == pytest.approx(200 + 9.9, abs=0.2)
    assert spans(watched.windows()["DynamoDB"]) == [(48, 210, "DNS")]


def test_replicas_have_caught_up_only_after_they_lagged() -> None:
    lag = {"before": 2.0, "during": 500.0}
    watched = watch(60, lambda m: {"replication_lag_s": lag["before"]})
    assert at_of(watched, "global_tables_caught_up") is None
    watched = watch(
        120, lambda m: {"replication_lag_s": lag["during"] if 48 <= m < 100 else lag["before"]}
    )
    assert at_of(watched, "global_tables_caught_up") == 100


# Leases.


def checks(failing: Callable[[float], float]) -> Callable[[float], dict[str, Any]]:
    """1000 checks a minute, a share of which fails; counted from the start."""
    failed = [0]

    def telemetry(m: float) -> dict[str, Any]:
        if m > 0:
            failed[0] += round(1000 * failing(m - 1))
        return {"state_checks_total": round(1000 * m), "state_checks_failed_total": failed[0]}

    return telemetry


def test_state_checks_fail_in_the_first_minute_in_which_half_of_them_do() -> None:
    share = {47: 0.0, 48: 0.4, 49: 0.5, 50: 0.51}
    watched = watch(60, checks(lambda m: share.get(int(m), 0.0)))
    assert at_of(watched, "dwfm_state_checks_fail") == 50


def test_no_checks_are_no_failed_checks() -> None:
    watched = watch(60, calm)
    assert at_of(watched, "dwfm_state_checks_fail") is None


@pytest.mark.parametrize(("droplets", "whole"), [(1_000_000, 200), (10_000, 5), (24, 5)])
def test_all_is_leased_below_a_bound_that_grows_with_the_fleet(droplets: int, whole: int) -> None:
    def broken(m: float) -> dict[str, Any]:
        count = 1 if m < 48 else 20 * whole if m < 300 else whole if m < 340 else whole - 1
        return {"droplets": droplets, "broken": count}

    assert at_of(watch(360, broken), "dwfm_all_leased") == 340


def test_a_handful_of_broken_leases_more_than_usual_is_no_outage_to_recover_from() -> None:
    watched = watch(60, lambda m: {"broken": 300 if m < 20 else 90})
    assert at_of(watched, "dwfm_all_leased") is None


# Launches.


def launches(success: float, *, throttled: bool = False, through: str = "") -> dict[str, Any]:
    return {
        "launch_success_share": success,
        "launches_throttled": throttled,
        "launches_through": through,
    }


def test_ec2_is_normal_when_launches_succeed_and_no_throttle_is_on() -> None:
    def telemetry(m: float) -> dict[str, Any]:
        if m < 48:
            return launches(1.0)
        if m < 388:
            return {**launches(0.0), "endpoint_addresses": 0}
        return launches(0.995, throttled=m <= 890, through="a limit")

    watched = watch(960, telemetry)
    assert at_of(watched, "ec2_normal") == 890
    assert spans(watched.windows()["EC2 launches"]) == [(47, 890, "DynamoDB")]


@pytest.mark.parametrize(
    ("telemetry", "cause"),
    [
        ({"endpoint_addresses": 0, "broken": 900_000}, "DynamoDB"),
        ({"broken": 900_000}, "leases"),
        ({"launches_through": "limited to 50 %"}, "limited to 50 %"),
        ({}, "network state"),
    ],
)
def test_launches_fail_through_the_most_basic_fault(telemetry: dict[str, Any], cause: str) -> None:
    watched = watch(60, lambda m: {**telemetry, "launch_success_share": 0.0} if m > 48 else {})
    assert spans(watched.windows()["EC2 launches"]) == [(48, None, cause)]


def test_ec2_is_not_normal_while_it_only_stays_so_for_a_while() -> None:
    relapse = watch(200, lambda m: launches(0.5 if 48 < m <= 100 or 120 < m <= 150 else 1.0))
    still = watch(200, lambda m: launches(0.5 if 48 < m <= 100 or m > 120 else 1.0))
    assert at_of(relapse, "ec2_normal") == 150
    assert at_of(still, "ec2_normal") is None
    assert len(relapse.windows()["EC2 launches"]) == 2


# Network Manager.


def test_propagation_is_late_and_then_normal_by_its_waiting_time() -> None:
    def wait(m: float) -> dict[str, Any]:
        return {
            "nm_wait_s": 0.0 if m < 388 else 130.0 if 441 <= m < 690 else 4.0 if m > 695 else 60
        }

    watched = watch(800, wait)
    assert at_of(watched, "nm_latency_rises") == 441
    assert at_of(watched, "nm_propagation_normal") == 696


def test_a_short_wait_is_neither_a_failure_nor_a_recovery() -> None:
    watched = watch(200, lambda m: {"nm_wait_s": 130.0 if 100 <= m < 104 else 0.0})
    assert at_of(watched, "nm_latency_rises") is None
    assert at_of(watched, "nm_propagation_normal") is None


# NLB.


def removals(minutes: set[int], count: int) -> Callable[[float], dict[str, Any]]:
    """So many healthy nodes leave in each of these minutes."""
    total = [0]

    def telemetry(m: float) -> dict[str, Any]:
        if int(m) - 1 in minutes:
            total[0] += count
        return {"nlb_removals_total": total[0]}

    return telemetry


def test_nlb_errors_begin_with_the_first_minute_in_which_three_nodes_leave() -> None:
    assert at_of(watch(60, removals({30}, 3)), "nlb_errors_begin") == 30
    assert at_of(watch(60, removals(set(range(60)), 2)), "nlb_errors_begin") is None


def test_the_nlb_window_lasts_while_nodes_leave_or_traffic_fails() -> None:
    watched = watch(200, removals(set(range(50, 100)), 11))
    assert spans(watched.windows()["NLB errors"]) == [(50, 100, "health checks")]
    leaving = removals(set(range(50, 100)), 11)
    watched = watch(200, lambda m: {**leaving(m), "nlb_error_rate": 0.05 if 60 < m <= 150 else 0.0})
    assert spans(watched.windows()["NLB errors"]) == [(50, 150, "health checks")]


# Services.


def failing_from(
    start: int, end: int, through: str = "dynamodb", name: str = "sts"
) -> Callable[[float], dict[str, Any]]:
    return lambda m: {"services": (service(name, 0.3 if start < m <= end else 0.0, through),)}


@given(st.integers(10, 100), st.integers(5, 60))
def test_a_window_reaches_from_the_first_bad_minute_to_the_first_good_one(
    start: int, length: int
) -> None:
    watched = watch(180, failing_from(start, start + length))
    assert spans(watched.service_windows()["sts"]) == [(start, start + length, "dynamodb")]


@pytest.mark.parametrize("length", [1, 4])
def test_a_spike_of_less_than_five_minutes_opens_no_window(length: int) -> None:
    watched = watch(60, failing_from(30, 30 + length))
    assert watched.service_windows()["sts"] == ()


def test_gaps_of_less_than_five_minutes_do_not_split_a_window() -> None:
    def flapping(m: float) -> dict[str, Any]:
        bad = 20 < m <= 100 and not (40 < m <= 44 or 60 < m <= 64)
        return {"services": (service("sts", 0.3 if bad else 0.0, "nlb"),)}

    assert spans(watch(150, flapping).service_windows()["sts"]) == [(20, 100, "nlb")]


def test_a_window_that_has_not_closed_is_open() -> None:
    watched = watch(60, failing_from(30, 1000))
    assert spans(watched.service_windows()["sts"]) == [(30, None, "dynamodb")]
    assert at_of(watched, "sts_first_wave_over") is None


def test_the_cause_of_a_window_is_what_most_of_its_first_minutes_say() -> None:
    def telemetry(m: float) -> dict[str, Any]:
        through = "iam" if m <= 31 else "dynamodb" if m <= 40 else "nlb"
        return {"services": (service("sts", 0.3 if 30 < m <= 90 else 0.0, through),)}

    assert spans(watch(120, telemetry).service_windows()["sts"]) == [(30, 90, "dynamodb")]


def test_errors_are_judged_by_the_mean_of_a_minute() -> None:
    def spiky(share: float) -> Callable[[float], dict[str, Any]]:
        # one of six observations a minute is bad
        return lambda m: {
            "services": (service("sts", share if round(m * 6) % 6 == 0 and m > 30 else 0.0),)
        }

    assert watch(60, spiky(0.05), every_s=10).service_windows()["sts"] == ()
    assert watch(60, spiky(0.07), every_s=10).service_windows()["sts"] != ()


def test_it_does_not_matter_how_often_the_region_is_observed() -> None:
    found = [
        watch(180, failing_from(48, 139), every_s=every_s).service_windows()
        for every_s in (10, 20, 60)
    ]
    assert found[0] == found[1] == found[2]


def test_two_waves_of_sts_are_told_apart_by_their_cause() -> None:
    def telemetry(m: float) -> dict[str, Any]:
        first, second = 51 < m <= 139, 571 < m <= 659
        through = "dynamodb" if first else "nlb"
        return {"services": (service("sts", 0.3 if first or second else 0.0, through),)}

    watched = watch(700, telemetry)
    assert at_of(watched, "sts_first_wave_over") == 139
    assert at_of(watched, "sts_second_wave_over") == 659


def test_without_a_second_wave_its_end_never_comes() -> None:
    watched = watch(300, failing_from(51, 139))
    assert at_of(watched, "sts_first_wave_over") == 139
    assert at_of(watched, "sts_second_wave_over") is None


def test_sign_in_has_recovered_at_the_end_of_its_window() -> None:
    assert at_of(watch(200, failing_from(51, 145, name="iam")), "iam_sign_in_recovered") == 145


def test_the_second_wave_begins_with_the_first_of_lambda_and_connect_to_fail_through_nlb() -> None:
    def telemetry(m: float) -> dict[str, Any]:
        return {
            "services": (
                service("lambda", 0.2, "dynamodb", nlb_error_rate=0.02 if m > 490 else 0.0),
                service("connect", 0.1 if m > 484 else 0.0, "nlb", nlb_error_rate=0.1 * (m > 484)),
                service("sts", 0.1, "nlb", nlb_error_rate=0.1),
            )
        }

    assert at_of(watch(520, telemetry), "second_wave_begins") == 484


def test_errors_through_anything_else_are_no_second_wave() -> None:
    watched = watch(200, failing_from(48, 150, name="lambda"))
    assert at_of(watched, "second_wave_begins") is None


def backlog(m: float) -> dict[str, Any]:
    """SQS piles up until 340 and is drained at 420; async work waits from 490 to 915."""
    sqs = max(0.0, m - 51) if m < 340 else 289.0 if m < 420 else 0.5
    waits = sqs if m < 420 else 30.0 if 490 < m <= 915 else 0.0
    return {
        "lambda_sqs_backlog_min": sqs,
        "services": (service("lambda", 0.0, "dynamodb", backlog_min=waits),),
    }


def test_the_sqs_backlog_is_done_when_less_than_a_minute_of_it_is_left() -> None:
    assert at_of(watch(460, backlog), "lambda_sqs_backlog_done") == 420


def test_lambda_is_not_normal_before_its_last_backlog_is_gone() -> None:
    assert at_of(watch(480, backlog), "lambda_normal") == pytest.approx(420, abs=1)
    assert at_of(watch(600, backlog), "lambda_normal") is None
    assert at_of(watch(960, backlog), "lambda_normal") == 915


def test_the_event_is_over_when_every_service_is_normal_redshift_clusters_apart() -> None:
    def telemetry(m: float) -> dict[str, Any]:
        return {
            "services": (
                service("ecs", 0.4 if 48 < m <= 920 else 0.0, "ec2"),
                service("sts", 0.4 if 48 < m <= 139 or 571 < m <= 659 else 0.0, "nlb"),
                service("redshift-clusters", 0.4 if m > 48 else 0.0, "ec2"),
            )
        }

    watched = watch(960, telemetry)
    assert at_of(watched, "event_over") == 920
    assert spans(watched.service_windows()["redshift-clusters"]) == [(48, None, "ec2")]


# Actions and knowledge.


@pytest.mark.parametrize(
    ("action", "milestone"),
    [pair for pair in ACTION_MILESTONES.items() if not pair[0].startswith("dwfm.")],
)
def test_an_action_is_a_milestone_at_its_moment_of_effect(action: str, milestone: str) -> None:
    watched = Milestones(Night())
    watched.acted(action, "refused: not now", 50 * MINUTE)
    watched.acted(action, "not needed", 60 * MINUTE)
    assert watched.happened() == {}
    watched.acted(action, "done", 70 * MINUTE)
    watched.acted(action, "done", 80 * MINUTE)
    assert watched.happened() == {milestone: 70 * MINUTE}
    assert watched.kind(milestone) == "action"


def test_throttle_and_restart_is_a_milestone_when_both_are_done() -> None:
    watched = Milestones(Night())
    watched.acted("dwfm.restart_hosts", "done", 70 * MINUTE)
    watched.acted("dwfm.restart_hosts", "done", 75 * MINUTE)
    watched.acted("dwfm.throttle", "refused: no answer", 80 * MINUTE)
    assert watched.happened() == {}
    watched.acted("dwfm.throttle", "done", 90 * MINUTE)
    assert watched.happened() == {"dwfm_throttle_and_restart": 90 * MINUTE}


def test_an_action_that_is_no_milestone_changes_nothing() -> None:
    watched = Milestones(Night())
    watched.acted("dns.inspect", "done", MINUTE)
    assert watched.happened() == {}


def test_people_know_only_when_they_are_told() -> None:
    watched = Milestones(Night())
    watched.told("dns_identified", T0 + 50 * MINUTE)
    record = next(r for r in watched.records() if r.id == "dns_identified")
    assert (record.t_min, record.error_min, record.kind) == (50.0, 0.0, "knowledge")
    with pytest.raises(AssertionError):
        watched.told("dns_record_empty", 0)
