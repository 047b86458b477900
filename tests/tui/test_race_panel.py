"""The DNS panel: a race is said before it is lost, and an empty answer as `dig` says it."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from outage_agents.views import DnsView, EnactorView, NarrationView
from outage_tui.dashboard.renderables.dig import dig_in_full, dig_in_short, replies
from outage_tui.dashboard.renderables.dns import danger_in_words, draw_dns, sentence
from outage_tui.dashboard.renderables.events import entries, shown_events
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.scene import Scene
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.source import History, Status
from outage_tui.dashboard.staged import HELLO, Moment, narration, region

SECOND = 1_000_000_000


def scene(moment: Moment) -> Scene:
    view = region(moment)
    return Scene(
        hello=HELLO,
        clock=Clock(HELLO.start, HELLO.epoch_s),
        status=Status(t_ns=view.t_ns),
        view=view,
        history=lambda _: History(),
        lines=narration(moment),
        markers=(),
        milestones=view.milestones,
        ink=ink_for("dark", ascii=False),
    )


def words(lines: list[Line]) -> str:
    return " ".join(" ".join(line.text for line in lines).split())


def dns(moment: Moment = "normal", **changes: Any) -> DnsView:
    return replace(region(moment).dns, **changes)


def enactor(name: str, state: str, generation: int, below: int = 0) -> EnactorView:
    return replace(
        region("normal").dns.enactors[0],
        name=name,
        state=state,
        generation=generation,
        deletes_below=below,
        note="",
    )


def with_dns(view: DnsView, moment: Moment = "normal") -> Scene:
    now = scene(moment)
    return attrs.evolve(now, view=replace(now.view, dns=view))


# -- the race


def test_a_late_enactor_is_named_before_it_writes() -> None:
    racing = dns(
        enactors=(enactor("enactor-1", "held", 38, 28), enactor("enactor-2", "applying", 49, 39)),
        target_generation=49,
    )
    assert danger_in_words(racing) == (
        "RACE: enactor-1 still goes on with plan 38, and enactor-2 deletes every plan below 39:"
        " what enactor-1 writes now will be deleted."
    )


@pytest.mark.parametrize(
    ("state", "when"), [("cleaning", "is deleting"), ("applying", "will delete, after its pass,")]
)
def test_a_clean_up_is_named_before_it_deletes_the_plan_in_use(state: str, when: str) -> None:
    racing = dns(
        enactors=(enactor("enactor-1", "applying", 38), enactor("enactor-2", state, 49, 39)),
        target_generation=38,
    )
    assert danger_in_words(racing) == (
        f"DANGER: enactor-2 {when} every plan below 39, by age; plan 38, which this name points to,"
        " is one of them."
    )


@given(
    target=st.integers(1, 60),
    walks=st.lists(
        st.tuples(st.sampled_from(["waiting", "applying", "blocked"]), st.integers(1, 60)),
        min_size=1,
        max_size=3,
    ),
)
def test_no_danger_is_seen_where_every_plan_is_young_enough(
    target: int, walks: list[tuple[str, int]]
) -> None:
    lowest = min([target, *(generation for _, generation in walks)])
    calm = tuple(
        enactor(f"enactor-{n}", state, generation, below=min(lowest, generation))
        for n, (state, generation) in enumerate(walks)
    )
    assert danger_in_words(dns(enactors=calm, target_generation=target)) == ""


def test_a_plan_that_is_gone_is_in_no_danger_any_more() -> None:
    assert danger_in_words(dns("empty", enactors=(enactor("e", "cleaning", 49, 3050),))) == ""


def test_the_lowest_panel_keeps_the_danger_and_the_three_enactors() -> None:
    told = words(draw_dns(scene("race"), 38, 9)[:9])
    assert "DANGER: enactor-2's clean-up deletes plan 3012, in use." in told
    assert all(f"enactor-{n}" in told for n in (1, 2, 3))


def test_a_stopped_enactor_shows_the_plan_it_had() -> None:
    told = words(draw_dns(scene("recovered"), 90, 20))
    assert "plan 0" not in told
    none = dns(enactors=(enactor("enactor-1", "waiting", 0),))
    assert "no plan yet" in words(draw_dns(with_dns(none), 90, 20))


# -- what dig says


def test_an_empty_answer_is_noerror_with_the_soa_and_the_time_left() -> None:
    short = words(dig_in_short(dns("empty"), scene("empty").ink, 90))
    assert "dig @customer NOERROR flags qr rd ra; ANSWER 0; AUTHORITY: SOA, kept 431 of 900 s" in (
        short
    )
    assert "dig @Route 53 NOERROR flags qr aa rd; ANSWER 0" in short
    full = words(dig_in_full(dns("empty"), scene("empty").ink))
    assert ";; status: NOERROR, flags: qr rd ra; ANSWER: 0, AUTHORITY: 1" in full
    assert "us-east-1.amazonaws.com. 431 IN SOA" in full


def test_after_the_override_internal_resolvers_answer_and_customers_do_not() -> None:
    forced = dns("empty", override=True, internal_answers=("198.18.0.1", "198.18.0.2"))
    route53, customer, internal = replies(forced)
    assert (route53.addresses, customer.addresses) == ((), ())
    assert internal.addresses == ("198.18.0.1", "198.18.0.2")
    assert "ANSWER 2: 198.18.0.1 forced (RPZ)" in words(
        dig_in_short(forced, scene("empty").ink, 90)
    )


def test_right_after_the_deletion_resolvers_still_keep_addresses() -> None:
    fresh = dns("empty", customers_empty_share=0.1, customers_answers=("198.18.0.1",))
    assert "ANSWER 1: 198.18.0.1 still kept" in words(dig_in_short(fresh, scene("empty").ink, 90))


def test_after_the_repair_customers_keep_the_empty_answer_until_it_expires() -> None:
    repaired = dns(customers_empty_share=0.6, customers_empty_left_s=400.0, negative_ttl_s=900.0)
    assert "60 % of customers' resolvers keep the empty one" in sentence(repaired)
    assert "ANSWER 0" in words(dig_in_short(repaired, scene("normal").ink, 90))


def test_nothing_is_quoted_while_all_is_well() -> None:
    assert dig_in_short(dns(), scene("normal").ink, 90) == []
    assert dig_in_full(dns(), scene("normal").ink) == []


def test_alone_on_a_wide_screen_dig_and_the_broken_endpoints_are_quoted_in_full() -> None:
    broken = dns("empty", broken_endpoints=9, broken_names=("dynamodb.x", "account.ddb.x"))
    told = words(draw_dns(with_dns(broken, "empty"), 158, 30))
    assert "$ dig dynamodb.us-east-1.amazonaws.com" in told
    assert "account.ddb.x" in told
    assert "and 7 more" in told


@given(width=st.integers(12, 300), height=st.integers(3, 80))
def test_the_panel_copes_with_every_size_and_filter(width: int, height: int) -> None:
    for wanted in ("", "enactor-2", "!dig"):
        now = attrs.evolve(scene("empty"), wanted=wanted)
        assert all(line.cut(width).width <= width for line in draw_dns(now, width, height))


def test_the_filter_leaves_what_matches() -> None:
    told = words(draw_dns(attrs.evolve(scene("empty"), wanted="enactor-2"), 90, 24))
    assert "enactor-2 blocked" in told
    assert "enactor-3 blocked" not in told
    assert "filter enactor-2" in told


# -- entries of the events panel


def told_by(names: list[str], text: str = "{} leases lost", step_s: int = 1) -> list[NarrationView]:
    return [
        NarrationView(n, n * step_s * SECOND, name, "error", text.format(7 * n))
        for n, name in enumerate(names, start=1)
    ]


def test_what_several_of_a_kind_tell_within_a_minute_is_one_entry() -> None:
    shards = [f"dwfm-az{zone}-{shard}" for zone in range(1, 7) for shard in range(1, 5)]
    found = entries(told_by(shards), "", 0, 10)
    assert [(entry.component, entry.count) for entry in found] == [("dwfm-az*", 24)]
    shown = shown_events(attrs.evolve(scene("normal"), lines=told_by(shards)), 120, 5)
    assert "dwfm-az* x24" in words(shown.lines)


def test_what_is_told_minutes_apart_or_is_of_another_kind_stays_apart() -> None:
    assert len(entries(told_by(["dwfm-az1-1"] * 3, step_s=61), "", 0, 10)) == 3
    mixed = [*told_by(["dwfm-az1-1"]), *told_by(["ec2-api"], "launches fail")]
    assert len(entries(mixed, "", 0, 10)) == 2


@given(
    names=st.lists(st.sampled_from(["dwfm-az1-1", "dwfm-az2-4", "route53"]), max_size=40),
    step_s=st.integers(0, 90),
    rows=st.integers(1, 60),
)
def test_no_line_is_lost_by_putting_lines_together(
    names: list[str], step_s: int, rows: int
) -> None:
    lines = told_by(names, step_s=step_s)
    found = entries(lines, "", 0, len(lines) + rows)
    assert sorted(n for entry in found for n in entry.numbers) == [line.n for line in lines]
    assert [entry.newest.n for entry in found] == sorted(
        (entry.newest.n for entry in found), reverse=True
    )


@given(chosen=st.integers(1, 19), width=st.integers(40, 160), height=st.integers(2, 30))
def test_the_chosen_entry_is_always_in_sight(chosen: int, width: int, height: int) -> None:
    shown = shown_events(scene("recovered"), width, height, 0, chosen)
    assert chosen in shown.numbers
    assert len(shown.lines) == len(shown.numbers) <= height


def test_services_that_fail_through_the_same_are_one_entry_with_their_names() -> None:
    names = ["Glue", "Lambda", "ECS", "RDS", "SQS", "STS", "IAM"]
    lines = [
        NarrationView(
            n,
            n * SECOND,
            f"service-{name.lower()}",
            "error" if name == "Lambda" else "warning",
            f"{name}: {7 * n}% of requests fail, through DynamoDB",
        )
        for n, name in enumerate(names, start=1)
    ]
    (entry,) = entries(lines, "", 0, 10)
    assert entry.level == "error"
    assert entry.text == ("Glue, Lambda, ECS, RDS, SQS and 2 more: requests fail, through DynamoDB")
    (alone,) = entries(lines[:1], "", 0, 10)
    assert alone.text == "Glue: 7% of requests fail, through DynamoDB"
