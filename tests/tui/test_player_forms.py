"""What dialogs of a seat ask, check and tell, without a screen."""

import re
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_agents.drills.condition import Condition
from outage_agents.drills.journal import (
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    Begin,
    CallOff,
    Decide,
    HandOver,
    Hypothesis,
    Mark,
    Post,
    Rank,
    Task,
    Verify,
    Wait,
    command_kinds,
)
from outage_agents.drills.seats import ALLOWED, FACILITATOR
from outage_tui.dashboard.player_dialogs import KINDS, why_not, with_cost
from outage_tui.dashboard.player_forms import act, decide, look, post, talk, watch
from outage_tui.dashboard.player_forms.expectation import expectation, sensor_offers
from outage_tui.dashboard.player_forms.form import Form, Judged, Text, Values, parts_of, taken
from outage_tui.dashboard.player_forms.harmless import harmless
from outage_tui.dashboard.player_forms.menu import found_rows
from outage_tui.dashboard.player_forms.moments import clock_at, clock_in, minutes_until, span
from outage_tui.dashboard.player_forms.standing import open_things, summary

from .seat_moment import (
    FORCE,
    NOW_NS,
    READINGS,
    SHARE,
    STEPS,
    WAITING,
    ZONES,
    ago,
    seat,
)

FORMS = {
    "declare": talk.declare_form, "decide": decide.decide_form, "wait": decide.wait_form,
    "hypothesis": talk.hypothesis_form, "task": talk.task_form, "ask": talk.ask_form,
    "note": talk.note_form, "hand_over": talk.hand_over_form, "post": post.post_form,
    "ask_hint": look.hint_form, "all_clear": look.all_clear_form, "mark": watch.mark_form,
}  # fmt: skip


def filled(form: Form, **values: str) -> Values:
    assert set(values) <= set(form.values), form.values
    return {**form.values, **values}


def tag_of(kind: type) -> str:
    return str(msgspec.inspect.type_info(kind).tag)  # type: ignore[attr-defined]


def wrong(form: Form, **values: str) -> str:
    return form.judge(filled(form, **values)).wrong


def said(form: Form, **values: str) -> object:
    whole = filled(form, **values)
    assert not form.judge(whole).wrong
    return form.command(whole)


def means(judged: Judged) -> str:
    return " / ".join(text for _, text in judged.means)


def offered(form: Form, name: str, **values: str) -> list[str]:
    field = next(field for field in form.fields if field.name == name)
    assert isinstance(field, Text)
    assert field.offers is not None
    return [offer.text for offer in field.offers(filled(form, **values))]


# -- all of them ---------------------------------------------------------------------------------


def test_every_command_of_a_seat_has_a_dialog_and_none_of_the_facilitators() -> None:
    told = {seat: {tag_of(one) for one in ALLOWED[seat]} for seat in ALLOWED}
    players = set().union(*(kinds for seat, kinds in told.items() if seat != FACILITATOR))
    assert set(KINDS) == players
    assert set(KINDS) <= set(command_kinds())


@pytest.mark.parametrize("kind", FORMS)
def test_a_dialog_that_was_just_opened_shouts_at_nobody(kind: str) -> None:
    form = FORMS[kind](seat())
    judged = form.judge(form.values)
    assert not judged.wrong or judged.missing
    assert not judged.wrong or judged.field in form.values


@pytest.mark.parametrize("kind", FORMS)
@given(st.data())
def test_whatever_is_typed_is_a_command_of_the_kind_or_said_to_be_wrong(
    kind: str, data: st.DataObject
) -> None:
    form = FORMS[kind](seat())
    values = {}
    for field in form.fields:
        typed = st.text(max_size=40)
        options = [] if isinstance(field, Text) else [one.value for one in field.options]
        values[field.name] = data.draw(st.sampled_from(options) if options else typed)
    judged = form.judge(values)
    if not judged.wrong:
        assert form.command(values).__struct_config__.tag == kind


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("approve", {"approvals": ()}), ("begin", {"choices": ()}), ("ask_hint", {"hints_left": 0}),
        ("acknowledge", {"alerts": ()}), ("call_off", {"work": ()}), ("verify", {"work": ()}),
        ("answer_probe", {"probes": ()}), ("rank", {"choices": ()}), ("ask", {"roster": ()}),
    ],
)  # fmt: skip
def test_where_there_is_nothing_to_open_it_is_said_why(kind: str, change: dict[str, Any]) -> None:
    assert why_not(kind, seat()) == ""
    assert why_not(kind, seat(**change))


def test_once_it_is_over_nothing_opens() -> None:
    assert all("over" in why_not(kind, seat(over="the time is up")) for kind in KINDS)


def test_where_every_command_has_its_price_it_is_told_before() -> None:
    view = seat(costs_s=(("decide", 60), ("wait", 0)))
    decided = with_cost(decide.decide_form(view), view)
    assert decided.does == "log this decision (takes 1 min)"
    assert with_cost(decide.wait_form(view), view).does == "wait"


# -- actions -------------------------------------------------------------------------------------


def test_the_menu_tells_of_each_action_what_is_known_and_groups_them() -> None:
    rows = act.action_menu(seat()).rows
    limit = next(row for row in rows if row.id == "fleet.limit")
    told = dict(limit.about)
    assert told["needs"] == "leases are missing"
    assert told["takes"].startswith("5 to 30 min")
    assert told["risk"] == "launches are refused"
    assert "droplets that may be outstanding" in told["asks for"]
    assert "done (limited)" in told["last time"]
    assert limit.group == "The fleet"
    assert "approval" in dict(next(row for row in rows if row.id == "lb.off").about)


def test_the_menu_is_searched_by_every_word_typed() -> None:
    rows = act.action_menu(seat()).rows
    assert [row.id for row in found_rows(rows, "restart fleet")] == ["fleet.restart"]
    assert found_rows(rows, "") == list(rows)
    assert found_rows(rows, "no such thing") == []
    assert [row.id for row in found_rows(rows, "refused")] == ["fleet.limit"]


def test_an_action_is_begun_by_oneself_or_given_to_somebody() -> None:
    (choice,) = (one for one in seat().choices if one.id == "fleet.limit")
    form = act.begin_form(seat(), choice)
    assert said(form) == Begin("fleet.limit")
    assert said(form, max_outstanding_share="2 %") == Begin(
        "fleet.limit", {"max_outstanding_share": 0.02}
    )
    assert said(form, who="lee") == Task("lee", "", "fleet.limit")


def test_a_commander_gives_actions_away_and_begins_none() -> None:
    form = act.begin_form(seat("commander"), seat().choices[0])
    assert said(form) == Task("kim", "", "dns.look")
    assert all(option.value for field in form.fields if hasattr(field, "options")
               for option in field.options)  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "typed", "read"),
    [
        (SHARE, "0.6 %", 0.006), (SHARE, "2", 0.02), (SHARE, "2%", 0.02), (STEPS, "4", 4.0),
        (ZONES, "1+3", "1+3"), (ZONES, "all", "all"), (FORCE, "yes", "yes"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_people_type_it(argument: object, typed: str, read: float | str) -> None:
    assert act.read_argument(argument, typed) == read  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "typed", "why"),
    [
        (SHARE, "200 %", "not within 0.01 to 100 %"), (SHARE, "some", "no number"),
        (SHARE, "", "no number"), (SHARE, "nan", "not within"), (STEPS, "2.5", "no whole number"),
        (STEPS, "0", "not within 1 to 100"), (ZONES, "7", "does not fit"),
    ],
)  # fmt: skip
def test_a_value_that_will_not_do_is_told_with_what_would(
    argument: object, typed: str, why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        act.read_argument(argument, typed)  # type: ignore[arg-type]


def test_the_usual_value_is_the_one_that_the_field_opens_with() -> None:
    for argument in (SHARE, STEPS, ZONES, FORCE):
        assert act.read_argument(argument, act.typed_argument(argument)) == argument.default


def test_nothing_is_approved_without_the_whole_word() -> None:
    form = act.approve_form(seat(), WAITING)
    assert wrong(form) == "type WITHOUT FAILOVER to approve it"
    assert wrong(form, word="without")
    assert wrong(form, word="yes") == "the word is WITHOUT FAILOVER"
    assert said(form, word=" without  failover ") == Approve(3, "WITHOUT FAILOVER")
    told = dict(form.told(form.values))
    assert told["asked"] == "by operations, 4 min ago"
    assert told["with"] == "zones: 1"
    assert told["risk"] == "a zone that fails stays in"


def test_only_what_goes_on_can_be_called_off() -> None:
    rows = act.work_menu(seat()).rows
    assert [row.id for row in rows] == ["fleet.restart#1"]
    assert said(act.call_off_form(seat(), seat().work[2])) == CallOff("fleet.restart#1")
    assert "by Lee" in act.call_off_form(seat(), seat().work[2]).told({})[0][1]


# -- decisions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text", "words"),
    [
        ("errors < 5", "errors < 5", "Requests that fail below 5 %"),
        ("errors below 5 %", "errors < 5", "Requests that fail below 5 %"),
        ("Requests that fail are under 5%", "", ""),
        ("Requests that fail under 5%", "errors < 5", "Requests that fail below 5 %"),
        ("leases < 100 and errors < 1", "leases < 100 and errors < 1", "Droplets without"),
        ("errors < 5 for 10m", "errors < 5 for 10m", "for 10 min"),
        ("nm at most 30 s", "nm <= 30", "Wait for network state at most 30 s"),
    ],
)
def test_an_expectation_is_read_as_people_write_it(typed: str, text: str, words: str) -> None:
    found = expectation(typed, READINGS)
    assert found.is_judged == bool(text)
    assert words in found.words
    if text:
        assert found.text == text
        assert Condition.parse(found.text)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("eror < 5", "did you mean errors"),
        ("zzz < 5", "no sensor is called zzz"),
        ("errors <", "ends where a number should be"),
        ("errors < many", "no number"),
    ],
)
def test_what_looks_like_a_condition_and_is_none_is_kept_and_said(typed: str, problem: str) -> None:
    found = expectation(typed, READINGS)
    assert found.text == typed
    assert problem in found.problem
    assert said(decide.decide_form(seat()), what="x", expect=typed) == Decide(
        "x", "", typed, 15, 0.6
    )


def test_words_alone_are_an_expectation_too() -> None:
    assert expectation("it gets better", READINGS).problem == ""
    judged = decide.decide_form(seat()).judge(
        filled(decide.decide_form(seat()), what="x", expect="it gets better")
    )
    assert "looked at together at 02:35: it gets better" in means(judged)


def test_a_decision_says_when_it_is_judged_and_how_sure_one_is() -> None:
    form = decide.decide_form(seat())
    values = filled(form, what="limit it", why="too late", expect="errors < 5", by="25", sure="80")
    assert "judged at 02:45: Requests that fail below 5 %" in means(form.judge(values))
    assert "80 % sure that it comes: likely" in means(form.judge(values))
    assert form.command(values) == Decide("limit it", "too late", "errors < 5", 25, 0.8)
    assert wrong(form) == "say what you decide"


def test_how_sure_one_is_rises_with_the_number() -> None:
    words = [decide.sure_in_words(str(n)) for n in range(101)]
    changes = [word for n, word in enumerate(words) if n == 0 or words[n - 1] != word]
    assert len(changes) == len(set(changes)) == 8
    assert decide.sure_in_words("50") == "could go either way"


def test_sensors_are_offered_until_a_condition_begins() -> None:
    assert [one.text for one in sensor_offers("lea", READINGS)] == ["leases < "]
    assert sensor_offers("", READINGS)[0].text == "errors < "
    assert "now 12 %" in sensor_offers("errors", READINGS)[0].about
    assert sensor_offers("errors < 5", READINGS) == ()


def test_to_wait_is_said_in_minutes_until_a_time_or_until_something_is_so() -> None:
    form = decide.wait_form(seat())
    assert said(form) == Wait(10.0, "")
    assert said(form, minutes="7") == Wait(7.0, "")
    assert said(form, until="02:45") == Wait(25.0, "")
    assert said(form, until="errors below 5 %", minutes="30") == Wait(30.0, "errors < 5")
    assert wrong(form, until="soon").startswith("write a time such as")
    assert wrong(form, until="02:10") == "02:10 is more than ten hours away"
    judged = form.judge(filled(form, until="errors < 5", minutes="30"))
    assert means(judged) == "until Requests that fail below 5 %, at the latest 02:50"


# -- what is said --------------------------------------------------------------------------------


def test_a_task_that_names_an_action_is_that_action_for_people_of_the_program() -> None:
    form = talk.task_form(seat("commander"))
    assert said(form, to="lee", text="limit the lease work") == Task("lee", "", "fleet.limit")
    assert said(form, to="lee", text="look at the queue") == Task("lee", "look at the queue")
    assert said(form, to="operations", text="Limit the lease work") == Task(
        "operations", "Limit the lease work"
    )
    assert "Limit the lease work" in offered(form, "text", text="limit")
    assert wrong(form) == "say what is to be done"


def test_topics_are_offered_of_the_one_who_is_asked() -> None:
    form = talk.ask_form(seat())
    assert offered(form, "about", to="kim") == ["dns", "deploy"]
    assert offered(form, "about", to="lee", about="thr") == ["throttle"]
    assert said(form, to="lee", about="throttle") == Ask("lee", "throttle")


def test_suspicions_from_the_call_can_be_taken_up_and_known_ones_change() -> None:
    form = talk.hypothesis_form(seat())
    assert offered(form, "text") == ["too few hosts", "the work is too late"]
    known = form.judge(filled(form, text="too few hosts", state="refuted"))
    assert means(known) == "Was open, and is refuted from now on."
    assert means(form.judge(filled(form, text="another"))) == "A new one, open."
    assert said(form, text=" another ") == Hypothesis("another", "open")


def test_a_hand_over_opens_with_how_things_stand() -> None:
    form = talk.hand_over_form(seat("commander"))
    command = said(form, to="lee")
    assert isinstance(command, HandOver)
    for piece in ("At 02:20", "Requests that fail 12 %", "too few hosts (open)",
                  "under way: Restart the fleet's hosts", "still in force: Limit the lease work",
                  "1 action waiting", "customers hear again at 02:15"):  # fmt: skip
        assert piece in command.text
    assert wrong(form, text=" ") == "say how things stand"
    assert "no cause is held" in summary(seat(hypotheses=()))


def test_customers_read_what_is_claimed_and_when_they_hear_again() -> None:
    form = post.post_form(seat())
    values = filled(
        form, what="launches fail; services are down", since="01:50",
        doing="we watch whether it holds", around="there is none yet", next="10",
    )  # fmt: skip
    assert form.command(values) == Post(
        "status",
        ["launches fail", "services are down", "since 01:50", "we watch whether it holds",
         "workaround: there is none yet"],
        10,
    )  # fmt: skip
    assert means(form.judge(values)) == (
        "Customers read, at 02:20: Launches fail. Services are down. Since 01:50. We watch whether"
        " it holds. Workaround: there is none yet. The next update comes by 02:30."
    )
    assert wrong(form) == "say at least what is affected, or what you do"
    assert "OVERDUE" in form.told(form.values)[1][1]


def test_only_what_is_seen_now_is_offered_as_a_claim() -> None:
    claims = [one.text for one in post.affected(seat())]
    assert claims == [
        "launches fail", "services are down", "Requests that fail: 12 %",
        "Droplets without a lease: 6,290",
    ]  # fmt: skip


def test_offers_are_added_and_taken_out_again() -> None:
    assert taken("", "a", several=True) == "a"
    assert taken("a", "b", several=True) == "a; b"
    assert taken("a; b", "a", several=True) == "b"
    assert taken("typed", "b", several=False) == "b"
    assert parts_of(" a ;; b;") == ["a", "b"]


# -- looking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [("5k", 5000.0), ("6,290", 6290.0), ("12 %", 12.0), ("-3.5", -3.5), (".5", 0.5),
     ("1.2 M", 1.2e6)],
)  # fmt: skip
def test_a_number_is_read_as_people_type_it(typed: str, value: float) -> None:
    assert look.read_number(typed) == pytest.approx(value)
    form = look.probe_form(seat(), seat().probes[0])
    command = said(form, value=typed)
    assert isinstance(command, AnswerProbe)
    assert command.value == pytest.approx(value)


@pytest.mark.parametrize("typed", ["many", "5 of 6", "--3", "1.2.3", "inf", "9" * 14])
def test_what_is_no_number_is_no_answer(typed: str) -> None:
    assert look.read_number(typed) is None
    assert wrong(look.probe_form(seat(), seat().probes[0]), value=typed) == f"{typed} is no number"


def test_what_nobody_has_looked_at_stands_first_with_the_sensors_beside() -> None:
    rows = look.verify_menu(seat()).rows
    assert [row.id for row in rows] == ["fleet.limit#1", "dns.look#1"]
    assert rows[0].group == "nobody has looked at it yet"
    assert ("Requests that fail", "12 %, 1 min old") in rows[0].about
    form = look.verify_form(seat(), seat().work[1])
    assert said(form, result="fewer missing") == Verify("fleet.limit", "fewer missing")
    assert wrong(form).startswith("say what you see")


def test_a_hint_says_what_it_costs_before_it_is_taken() -> None:
    form = look.hint_form(seat())
    assert "5 min" in form.does
    assert "It costs 5 min" in form.told({})[0][1]
    assert "costs nothing" in look.hint_form(seat(next_hint_cost_min=0)).told({})[0][1]


def test_before_an_all_clear_everything_that_is_open_is_shown() -> None:
    assert list(open_things(seat())) == [
        "alert since 01:50: launches fail",
        "alert since 02:10: services are down",
        "still in force: Limit the lease work",
        "still goes on: Restart the fleet's hosts",
        "waits for approval: Switch failover off",
        "Wait for network state: not known, the reading is 14 min old",
        "Services down: not known, no reading yet",
        "done, and nobody has looked at it: Limit the lease work",
        "customers were to hear again at 02:15",
    ]
    form = look.all_clear_form(seat())
    assert "9 things are still open." in means(form.judge(filled(form, text="x")))
    quiet = seat(alerts=(), work=(), approvals=(), posts=(), readings=READINGS[:1])
    assert open_things(quiet) == ()
    form = look.all_clear_form(quiet)
    assert offered(form, "text") == ["Requests that fail: 12 % at 02:19"]
    assert said(form, text="errors are gone") == AllClear("errors are gone")
    assert wrong(form) == "say on what it rests that it is over"


# -- those who watch -----------------------------------------------------------------------------


def test_options_get_their_places_and_waiting_is_one_of_them() -> None:
    first = watch.rank_menu(seat("observer"), [])
    assert first.rows[0].id == watch.WAIT
    ranked = watch.rank_menu(seat("observer"), ["fleet.limit", watch.WAIT])
    assert ranked.rows[0].id == watch.DONE
    notes = {row.id: row.note for row in ranked.rows}
    assert (notes["fleet.limit"], notes[watch.WAIT]) == ("place 1", "place 2")
    assert watch.rank_menu(seat("observer"), ["fleet.limit"]).rows[0].id == watch.WAIT
    form = watch.rank_form(seat("observer"), ["fleet.limit", watch.WAIT])
    assert form.told({})[0] == ("1", "Limit the lease work")
    hidden = watch.rank_form(seat("observer", unranked_ns=ago(5)), ["fleet.limit", watch.WAIT])
    assert "chosen at 02:15" in hidden.told({})[0][1]
    assert said(form, why="late work") == Rank(["fleet.limit", "wait"], "late work")


def test_a_mark_is_about_something_and_says_something() -> None:
    form = watch.mark_form(seat("evaluator"))
    assert "told" in offered(form, "about", about="custom")
    assert wrong(form)
    assert wrong(form, about="told") == "give a rating, or say something"
    assert said(form, about="told", rating="S") == Mark("told", "S", "")
    assert means(form.judge(filled(form, about="told", rating="P"))) == "Customers are told"


# -- moments and texts ---------------------------------------------------------------------------


@given(st.integers(0, 10_000))
def test_a_time_of_day_that_is_told_is_read_as_the_same_moment(minutes: int) -> None:
    view = seat()
    told = clock_in(view, minutes % 1440)
    assert minutes_until(view, told) == pytest.approx(minutes % 1440)


def test_moments_are_told_by_the_incidents_clock() -> None:
    assert clock_at(seat(), NOW_NS) == "02:20"
    assert clock_at(seat(), ago(150)) == "23:50"
    assert minutes_until(seat(), "25:00") is None
    assert minutes_until(seat(), "2:21") == 1.0
    assert span(300, 1800) == "5 to 30 min"
    assert span(1200, 3600) == "0.3 to 1.0 h"


NASTY = "\x1b]0;owned\x07\x1b[2J [bold]x[/] \u202eright\u202c\r\nnext\x9b31m"


@given(st.text(max_size=200) | st.just(NASTY))
def test_texts_of_others_reach_no_drawing_with_anything_a_terminal_obeys(text: str) -> None:
    view = harmless(
        seat(title=text, roster=(attrs.evolve(seat().roster[0], name=text, topics=(text,)),))
    )
    for shown in (view.title, view.roster[0].name, view.roster[0].topics[0]):
        assert shown.isprintable()


def test_a_view_that_is_harmless_stays_the_same_object() -> None:
    view = seat()
    assert harmless(view) is view
