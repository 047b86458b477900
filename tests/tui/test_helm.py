"""Actions, faults and forks from the dashboard: what is told first, what is sent or refused."""

from pathlib import Path

import attrs
import msgspec
import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from outage_agents.actions import CATALOGUE, find_action
from outage_agents.fault_catalogue import CATALOGUE as FAULTS
from outage_agents.fault_catalogue import find_fault
from outage_agents.views import ActionView, FaultView, InputsView
from outage_tui.dashboard import helm
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.renderables.breakage import (
    fault_choices,
    said_match,
    struck_words,
    target_at_first,
)
from outage_tui.dashboard.renderables.orders import (
    _SEEN,
    action_choices,
    order_choices,
    precondition_seen,
)
from outage_tui.dashboard.renderables.wording import name_in_words
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.form_screen import FormScreen
from outage_tui.dashboard.source import Status
from outage_tui.dashboard.staged import HELLO, Moment, StagedSource, region
from outage_tui.dashboard.widgets.sheet import Sheet
from outage_tui.link_messages import Act, CallOff, Done, EndFault, Inject, Progress

from .test_keys import MINUTE_NS, drive, shown

NOW_NS = (48 + 222) * MINUTE_NS
ORDERED = ActionView(
    name="dwfm.throttle#1", id="dwfm.throttle", title="Limit the lease work", args="share=0.006",
    state="begun", start_ns=NOW_NS - 5 * MINUTE_NS, effect_ns=NOW_NS + 5 * MINUTE_NS,
    end_ns=NOW_NS + 5 * MINUTE_NS, progress=0.5, result="", detail="",
)  # fmt: skip
FAULT = FaultView(
    n=3, kind="slow", target="enactor-*", args="factor=4", begin_ns=NOW_NS - MINUTE_NS,
    end_ns=None, state="active",
)  # fmt: skip
CAST = ("enactor-1", "enactor-2", "enactor-3", "route53", "operators", "dns-staging", "nlb-az1")


def dialog(app: OutageApp) -> str:
    return app.screen.query_one(Sheet).shown_text


# -- what is told before anybody chooses ---------------------------------------------------------


def test_every_action_tells_everything_that_its_catalogue_knows() -> None:
    rows = {row.id: row for row in action_choices(None)}
    assert sorted(rows) == sorted(action.id for action in CATALOGUE)
    assert next(iter(rows)).startswith("dns.")
    for action in CATALOGUE:
        told = dict(rows[action.id].about)
        assert told["does"] == action.effect
        assert told["needs"] == action.precondition
        assert told["risk"] == action.risk
        assert told["may go wrong"] == action.failure
        assert f"{action.duration_min_s / 60:g} to {action.duration_max_s / 60:g}" in told["takes"]
        assert all(name_in_words(known.name) in told["arguments"] for known in action.arguments)
        assert all(told[f"meets {other.action}"] for other in action.interferes_with)


def test_what_is_seen_of_preconditions_is_about_actions_that_exist() -> None:
    assert set(_SEEN) <= {action.id for action in CATALOGUE}


@pytest.mark.parametrize(
    ("action", "moment", "level"),
    [
        ("dns.restore_from_rollback", "empty", "ok"),
        ("dns.restore_from_rollback", "normal", "caution"),
        ("dns.rpz_override", "empty", "ok"),
        ("dns.rpz_override", "collapsed", "caution"),
        ("dns.stop_automation", "empty", "ok"),
        ("dns.stop_automation", "normal", "caution"),
        ("dwfm.throttle", "collapsed", "ok"),
        ("dwfm.throttle", "recovered", "caution"),
        ("dwfm.add_hosts", "collapsed", "caution"),
        ("nm.reduce_load", "flapping", "ok"),
        ("nm.reduce_load", "normal", "caution"),
        ("call.split", "normal", "ok"),
        ("lambda.restore_pollers", "empty", "unknown"),
    ],
)
def test_a_precondition_is_told_as_far_as_it_can_be_seen(
    action: str, moment: Moment, level: str
) -> None:
    found, words = precondition_seen(find_action(action), region(moment))
    assert found == level, words
    assert words


def test_an_order_tells_how_far_it_is_and_what_came_of_it() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        view = replace(region("collapsed"), inputs=InputsView(actions=(ORDERED,)))
        scene = app.scene()
        assert scene is not None
        (row,) = order_choices(attrs.evolve(scene, view=view), scene.ink)
        assert "begun, 5 min left" in row.note
        assert scene.ink.glyphs.bar * 4 + scene.ink.glyphs.groove * 4 in row.note
        over = replace(ORDERED, state="over", result="refused: no shard answers")
        view = replace(view, inputs=InputsView(actions=(over,)))
        (row,) = order_choices(attrs.evolve(scene, view=view), scene.ink)
        assert "refused: no shard answers" in row.note
        assert row.severity == "caution"

    drive(session, source=StagedSource("collapsed"))


def test_what_goes_on_stands_above_what_is_over_and_that_above_what_is_ahead() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        states = ("ahead", "over", "begun", "ahead", "under way", "over")
        orders = tuple(
            replace(ORDERED, name=f"{n}", state=state, start_ns=n * MINUTE_NS)
            for n, state in enumerate(states)
        )
        scene = app.scene()
        assert scene is not None
        view = replace(scene.view, inputs=InputsView(actions=orders))
        rows = order_choices(attrs.evolve(scene, view=view), scene.ink)
        assert [row.id for row in rows] == ["4", "2", "5", "1", "0", "3"]

    drive(session)


def test_every_kind_of_fault_can_be_chosen_and_its_first_target_strikes_somebody() -> None:
    app = OutageApp(StagedSource("normal"), ticking=False)
    rows = fault_choices(None)
    assert [row.id for row in rows] == [kind.id for kind in FAULTS]
    for kind in FAULTS:
        good, words = said_match(kind, target_at_first(kind), app._cast)
        assert good, f"{kind.id}: {words}"
        assert struck_words(kind)


def test_a_target_tells_how_many_it_strikes() -> None:
    slow, cut = find_fault("slow"), find_fault("partition")
    assert said_match(slow, "enactor-*", CAST)[1].startswith("3 actors: enactor-1, enactor-2")
    assert said_match(slow, "route53", CAST)[1] == "1 actor: route53"
    good, words = said_match(slow, "enacter-1", CAST)
    assert not good
    assert "did you mean enactor-1" in words
    assert said_match(cut, "enactor-*<>route53", CAST)[1] == "links from 3 to 1 actors, both ways"
    assert said_match(cut, "enactor-1>route53", CAST)[1] == "links from 1 to 1 actors, one way"
    assert not said_match(cut, "enactor-1", CAST)[0]
    assert said_match(find_fault("lose-zone"), "az4", CAST) == (True, "zone 4")
    assert not said_match(find_fault("lose-zone"), "az9", CAST)[0]


# -- what is sent -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (160, 48)])
def test_an_action_is_chosen_filled_in_and_sent(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("a", *"restart_hosts", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FormScreen)
        await pilot.press("tab", "end", *"0", "tab", *"600", "enter")
        await pilot.pause()
        assert source.sent == [
            Act(
                "dwfm.restart_hosts",
                (("zones", "all"), ("zone_gap_s", 3380.0), ("duration_s", 600.0)),
            )
        ]

    drive(session, source=StagedSource("collapsed"), size=size)


def test_what_does_not_fit_is_told_with_every_key_and_not_sent() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("a", *"restart_hosts", "enter")
        await pilot.press("end", *"x", "enter")
        assert "zones: 'allx' does not fit" in dialog(app)
        assert source.sent == []
        await pilot.press("backspace")
        assert "takes" in dialog(app)
        await pilot.press("tab", "tab", *"soon")
        assert "duration_s: soon is no number" in dialog(app)
        await pilot.press("escape")
        assert app.screen is app.main

    drive(session, source=StagedSource("collapsed"))


def test_a_fault_is_chosen_aimed_and_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("i", *"slow", "enter")
        await pilot.pause()
        await pilot.press("end", "backspace", *"*")
        assert "strikes 3 actors: enactor-1, enactor-2, enactor-3" in dialog(app)
        await pilot.press("end", *"nobody", "enter")
        assert "matches nobody" in dialog(app)
        assert source.sent == []
        for _ in "nobody":
            await pilot.press("backspace")
        await pilot.press("enter")
        await pilot.pause()
        assert source.sent == [Inject("slow", "enactor-*", (("factor", 4.0),), 600.0)]

    drive(session)


def with_inputs(inputs: InputsView) -> StagedSource:
    source = StagedSource("collapsed")
    source._view = replace(region("collapsed"), inputs=inputs)
    return source


def test_a_fault_in_force_is_ended_by_hand() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("i")
        assert "end fault 3: slow of enactor-*" in dialog(app)
        await pilot.press("enter")
        await pilot.pause()
        assert source.sent == [EndFault(3)]

    drive(session, source=with_inputs(InputsView(faults=(FAULT,))))


def test_an_order_is_called_off_only_when_asked_twice() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("A", "enter")
        await pilot.pause()
        await pilot.press("escape")
        assert source.sent == []
        await pilot.press("A", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert source.sent == [CallOff("dwfm.throttle#1")]

    drive(session, source=with_inputs(InputsView(actions=(ORDERED,))))


def test_the_list_of_orders_follows_the_run() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("A")
        assert isinstance(app.screen, ChooseScreen)
        over = replace(ORDERED, state="over", result="done", progress=1.0)
        source._view = replace(region("collapsed"), inputs=InputsView(actions=(over,)))
        app.tick()
        while "begun" in dialog(app).splitlines()[0]:
            await pilot.pause(helm.RENEW_S / 4)
        assert "  done " in dialog(app).splitlines()[0]

    drive(session, source=with_inputs(InputsView(actions=(ORDERED,))))


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["a", "i"])
def test_a_recording_is_never_changed(key: str) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press(key)
        assert app.screen is app.main
        assert "refused: a recording is never changed; F forks it" in shown(app, "foot")

    drive(session, source=StagedSource("empty", seekable=True))


@pytest.mark.parametrize("key", ["a", "i"])
def test_a_run_that_is_over_takes_nothing(key: str) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        source.status = attrs.evolve(source.status, done=Done(1, "", "over"))
        app.tick()
        await pilot.press(key)
        assert "refused: the run is over" in shown(app, "foot")

    drive(session)


# -- forks --------------------------------------------------------------------------------------


def test_a_live_run_is_forked_where_it_is_shown_and_is_told_to_end() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("F")
        assert "This run ends here; its recording is kept" in app.screen_text().replace("\n", " ")
        await pilot.press("escape")
        assert app.fork_wanted is None
        await pilot.press("F", "enter")

    app = drive(session)
    assert app.fork_wanted == (Path(HELLO.recording or ""), (48 + 455) * MINUTE_NS)


def test_what_is_kept_nowhere_cannot_be_forked() -> None:
    source = StagedSource("empty")
    source.hello = msgspec.structs.replace(HELLO, recording=None)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("F")
        assert "refused: this run is not recorded" in shown(app, "foot")

    drive(session, source=source)


def test_a_recording_that_cannot_be_forked_is_refused_with_the_reason() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("F", "enter")
        await pilot.pause()
        assert "refused: " in shown(app, "foot")
        assert "staged.otrec" in shown(app, "foot")
        assert app.fork_wanted is None

    drive(session, source=StagedSource("empty", seekable=True))


def test_a_fork_tells_how_far_it_is_and_how_long_it_still_takes() -> None:
    source = StagedSource("normal")
    source._view = None
    progress = Progress("re-execution", 0.25, 40 * MINUTE_NS, 160 * MINUTE_NS, 71_000, 12.0)
    source.status = Status(progress=progress)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        words = shown(app, "impact")
        assert "25 %" in words
        assert "12 s left" in words
        assert "23:40:00 of 01:40:00, 71 k events, all as recorded" in words

    drive(session, source=source)
