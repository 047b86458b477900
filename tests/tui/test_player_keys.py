"""Every key of a seat's screen does what its help says: the application, driven without a
terminal."""

import asyncio
from pathlib import Path

import attrs
import pytest
from textual.pilot import Pilot

from outage_agents.drills.alerts import AlertState
from outage_agents.drills.journal import Acknowledge, AskHint, Declare, Note
from outage_agents.drills.seat_view import Message
from outage_agents.drills.seats import ALLOWED
from outage_tui.dashboard.player_app import PACES, PlayerApp
from outage_tui.dashboard.player_dialogs import KINDS
from outage_tui.dashboard.player_keys import ALL_KEYS, player_keys
from outage_tui.dashboard.player_panels import PANEL_KINDS
from outage_tui.dashboard.renderables.player_seats import COMMAND_KEYS, command_keys, may_say
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.screens.player_briefing_screen import PlayerBriefingScreen
from outage_tui.dashboard.staged_seat import SeatMoment, StagedSeat
from outage_tui.drill_link import (
    Answer,
    Attend,
    Ended,
    Freeze,
    GoBack,
    Leave,
    Progress,
    Returned,
    Say,
    SetPace,
    Thaw,
)
from tests.tui.seats import play, said, shown, visible

MINUTE_NS = 60_000_000_000
SEATS = ("solo", "commander", "operations", "communications", "scribe", "observer", "evaluator")


def full(seat: str = "solo") -> StagedSeat:
    """A moment at which every command has something to be about."""
    source = StagedSeat("approval", seat)
    work, *others = source.view.work if source.view else ()
    source.show(
        probes=StagedSeat("frozen").view.probes,  # type: ignore[union-attr]
        choices=StagedSeat("approval").view.choices,  # type: ignore[union-attr]
        work=(attrs.evolve(work, action="inspect.queue"), *others),
        alerts=tuple(attrs.evolve(a, acknowledged=False) for a in source.view.alerts),  # type: ignore[union-attr]
    )
    return source


def test_no_key_means_two_things_and_every_key_has_words() -> None:
    keys = [key for one in ALL_KEYS for key in one.key.split(",")]
    assert len(set(keys)) == len(keys)
    assert len({one.id for one in ALL_KEYS}) == len(ALL_KEYS)
    assert all(one.description for one in ALL_KEYS)


@pytest.mark.parametrize("seat", SEATS)
def test_every_command_of_a_seat_has_one_key_and_a_dialog(seat: str) -> None:
    kinds = [one.kind for one in command_keys(seat)]
    allowed = {str(one.__struct_config__.tag) for one in ALLOWED[seat]}  # type: ignore[attr-defined]
    missing = allowed - set(kinds)
    assert missing <= ({"hand_over", "rank", "mark"} if seat == "solo" else set())
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize("seat", SEATS)
def test_every_command_key_of_a_seat_stands_at_the_foot_of_its_screen(seat: str) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        words = " ".join(shown(app, "foot").split())
        for one in command_keys(seat):
            assert f"{one.key} {one.short}" in words

    play(session, source=StagedSeat("collapse", seat), size=(80, 24))


@pytest.mark.parametrize("seat", ["solo", "commander", "observer", "evaluator"])
def test_a_command_key_opens_its_dialog_and_time_goes_slower_meanwhile(seat: str) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for one in command_keys(seat):
            source.sent.clear()
            await pilot.press(one.key)
            await pilot.pause()
            assert app.screen is not app.main, one.kind
            assert source.sent == [Attend("a form")], one.kind
            while app.screen is not app.main:
                await pilot.press("escape")
            await pilot.pause()
            assert source.sent == [Attend("a form"), Attend("")], one.kind

    play(session, source=full(seat))


def test_what_is_typed_in_a_dialog_is_said_to_the_host() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("n", *"later", "f2")
        await pilot.pause()
        assert said(source) == [Note("later")]
        await pilot.press("c", "f2")
        await pilot.pause()
        assert said(source) == [Note("later"), Declare()]

    play(session)


def test_an_answer_stands_above_the_keys_and_a_refusal_says_so() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        source.answers.append(Answer(7, "begun: inspect.queue"))
        app.tick()
        assert "begun: inspect.queue" in shown(app, "foot")
        source.answers.append(Answer(8, "nobody works at this", refused=True))
        app.tick()
        assert "refused: nobody works at this" in shown(app, "foot")

    play(session)


def test_a_refused_command_is_open_again_with_what_was_typed() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("n", *"later", "f2")
        await pilot.pause()
        (asked,) = [one for one in source.sent if isinstance(one, Say)]
        source.answers.append(Answer(asked.n, "the book is full", refused=True))
        app.tick()
        await pilot.pause()
        assert app.screen is not app.main
        words = app.export_screenshot()
        assert "later" in words
        assert "book" in words

    play(session)


def test_a_command_of_another_seat_is_refused_with_the_reason() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("x")
        assert app.screen is app.main
        assert "not for you: you are operations" in shown(app, "foot")
        assert source.sent == []

    play(session, source=StagedSeat("collapse", "operations"))


def test_a_command_that_nothing_is_there_for_says_why_and_opens_nothing() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("y")
        assert app.screen is app.main
        assert "nothing waits for approval" in shown(app, "foot")

    play(session, source=StagedSeat("quiet"))


def test_a_page_is_taken_with_one_key() -> None:
    one = AlertState("pile", "requests pile up", "page", 207 * MINUTE_NS, 9, False, False, False)
    source = StagedSeat("storm")
    source.show(alerts=(one,))

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("o")
        for _ in range(3):
            await pilot.pause()
            if app.screen is not app.main:
                await pilot.press("enter")
        assert said(source) == [Acknowledge("pile")]

    play(session, source=source)


def test_f_freezes_and_thaws() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("f")
        assert isinstance(source.sent[-1], Freeze)
        assert "FROZEN" in shown(app, "clocks")
        assert "TIME STANDS STILL" in shown(app, "attention")
        await pilot.press("f")
        assert isinstance(source.sent[-1], Thaw)
        assert "FROZEN" not in shown(app, "clocks")

    play(session)


def test_plus_and_minus_set_the_pace_by_steps_and_equals_gives_it_back() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for key in ("plus", "plus", "minus", "equals_sign"):
            await pilot.press(key)
        paces = [one for one in source.sent if isinstance(one, SetPace)]
        assert [one.multiplier for one in paces] == [10.0, 20.0, 10.0, 0.0]
        assert [one.auto for one in paces] == [False, False, False, True]
        await pilot.press(*["plus"] * 20)
        assert source.sent[-1].multiplier == PACES[-1]  # type: ignore[union-attr]
        await pilot.press(*["minus"] * 20)
        assert source.sent[-1].multiplier == PACES[0]  # type: ignore[union-attr]

    play(session)


@pytest.mark.parametrize("key", ["f", "plus", "minus", "equals_sign", "g"])
def test_who_may_not_steer_is_told_so(key: str) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press(key)
        assert source.sent == []
        assert "only the facilitator steers time" in shown(app, "foot")

    play(session, source=StagedSeat("storm", "commander"))


@pytest.mark.parametrize(
    ("typed", "minute"), [("5m", 210), ("02:30", 210), ("2:30", 210), ("9m", 206), ("02:26", 206)]
)
def test_g_goes_back_to_a_moment(typed: str, minute: int) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("g")
        assert isinstance(app.screen, AskScreen)
        assert source.sent == [Attend("a question")]
        for sign in typed:
            await pilot.press("colon" if sign == ":" else sign)
        await pilot.press("enter")
        (back,) = [one for one in source.sent if isinstance(one, GoBack)]
        assert back.t_ns == minute * MINUTE_NS

    play(session)


@pytest.mark.parametrize("typed", ["99m", "0300", "23h", "05:00"])
def test_g_refuses_what_is_no_moment_of_the_drill(typed: str) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("g")
        for sign in typed:
            await pilot.press("colon" if sign == ":" else sign)
        await pilot.press("enter")
        assert not [one for one in source.sent if isinstance(one, GoBack)]
        assert "no moment of this drill" in shown(app, "foot")
        assert source.sent[-1] == Attend("")

    play(session)


def test_after_going_back_the_screen_says_from_where_it_goes_on() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        source.stage("quiet")
        source.returned = Returned(206 * MINUTE_NS, "somebody went back")
        app.tick()
        assert "back at 02:26:00" in shown(app, "foot")
        assert "02:26:30" in shown(app, "clocks")

    play(session)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 36)])
def test_numbers_bring_every_panel_to_the_screen(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        parts = app.main.parts
        assert sorted(parts) == sorted(kind.part for kind in PANEL_KINDS)
        for number, part in enumerate(parts, 1):
            await pilot.press(str(number))
            await pilot.pause()
            assert part in visible(app)
            assert app.main.panel is not None
            assert app.main.panel.id == part
            assert shown(app, part)

    play(session, source=StagedSeat("collapse"), size=size)


def test_tab_walks_through_the_panels_and_around_the_corner() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        seen = []
        for _ in range(8):
            await pilot.press("tab")
            assert app.main.panel is not None
            seen.append(app.main.panel.id)
        assert seen == [*app.main.parts, app.main.parts[0]]
        await pilot.press("shift+tab")
        assert app.main.panel is not None
        assert app.main.panel.id == app.main.parts[-1]

    play(session)


def test_e_makes_a_panel_large_and_escape_brings_the_others_back() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("5", "e")
        await pilot.pause()
        assert [part for part in visible(app) if part in app.main.parts] == ["log"]
        assert {"clocks", "attention", "foot"} <= set(visible(app))
        await pilot.press("escape")
        await pilot.pause()
        assert set(app.main.parts) <= set(visible(app))

    play(session, source=StagedSeat("collapse"))


def test_talk_scrolls_back_and_says_how_much_is_newer() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        newest = shown(app, "says").splitlines()[-1]
        await pilot.press("up", "up")
        panel = app.main.query_one("#says")
        assert newest not in shown(app, "says").splitlines()
        assert "newer: 2 lines" in str(panel.border_title)
        await pilot.press("pagedown")
        assert shown(app, "says").splitlines()[-1] == newest
        await pilot.press(*["pageup"] * 9)
        assert "02:26" in shown(app, "says")
        await pilot.press("escape")
        assert shown(app, "says").splitlines()[-1] == newest

    play(session, source=StagedSeat("collapse"), size=(80, 24))


def test_what_was_said_is_new_until_a_key_is_pressed_while_it_can_be_seen() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("down")
        assert "new message" not in shown(app, "attention")
        assert source.view is not None
        messages = source.view.messages
        one = Message(999, source.view.t_ns, "message", "support (call): it burns")
        source.show(messages=(*messages, one))
        app.tick()
        assert "1 new message" in shown(app, "attention")
        await pilot.press("2", "e")
        await pilot.press("down")

    play(session)


def test_scrolled_back_nothing_is_taken_for_read() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("up", "up")
        assert source.view is not None
        one = Message(999, source.view.t_ns, "message", "support (call): it burns")
        source.show(messages=(*source.view.messages, one))
        app.tick()
        await pilot.press("tab")
        assert "1 new message" in shown(app, "attention")
        await pilot.press("escape", "escape")
        assert "new message" not in shown(app, "attention")

    play(session, source=StagedSeat("collapse"), size=(80, 24))


def test_the_briefing_comes_first_and_time_is_slow_while_it_is_read() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        assert app.screen is app.main
        source.stage("quiet")
        app.tick()
        await pilot.pause()
        assert isinstance(app.screen, PlayerBriefingScreen)
        assert source.sent[-1] == Attend("the briefing")
        await pilot.press("enter")
        assert app.screen is app.main
        assert source.sent[-1] == Attend("")
        app.tick()
        await pilot.pause()
        assert app.screen is app.main
        await pilot.press("b")
        assert isinstance(app.screen, PlayerBriefingScreen)

    play(session, source=StagedSeat("coming"), briefed=False)


def test_help_explains_the_panel_and_lists_the_keys_of_the_seat() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("2", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        words = app.export_screenshot()
        assert "STALE" in words
        assert "decide" in words

    play(session, size=(120, 60))


@pytest.mark.parametrize("seat", SEATS)
def test_the_palette_has_everything_that_a_key_does(seat: str) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("ctrl+p")
        screen = app.screen
        assert isinstance(screen, ChooseScreen)
        ids = {choice.id for choice in screen._all}
        keys = player_keys(seat, may_steer=seat == "solo")
        assert {key.action for key in keys if key.id != "drill.palette"} <= ids

    play(session, source=StagedSeat("storm", seat))


def test_a_row_of_the_palette_is_carried_out() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("ctrl+p", *"freeze", "enter")
        await pilot.pause()
        assert isinstance(source.sent[-1], Freeze)

    play(session)


def test_themes_follow_one_another() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        seen = []
        for _ in range(4):
            await pilot.press("T")
            seen.append(app.theme)
        assert sorted(seen) == ["ansi", "colour-blind", "dark", "light"]

    play(session)


def test_with_no_color_there_is_one_theme_and_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("T")
        assert app.theme == "no-colour"
        assert "NO_COLOR" in shown(app, "foot")

    play(session)


def test_s_saves_a_picture_that_loads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("s")
        assert "saved outage-tui-drill-023500.svg" in shown(app, "foot")

    play(session)
    svg = (tmp_path / "outage-tui-drill-023500.svg").read_text()
    assert "UNANSWERED" in svg
    assert "@font-face" not in svg


def test_q_asks_before_it_leaves() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("q")
        assert isinstance(app.screen, AskScreen)
        await pilot.press("escape")
        assert source.sent == []
        await pilot.press("q", "enter")
        assert source.sent == [Leave()]

    assert play(session).return_value == 0


def test_when_it_is_over_nothing_can_be_said_and_q_leaves_at_once() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        assert "THE DRILL IS OVER" in shown(app, "attention")
        await pilot.press("a")
        assert "the drill is over" in shown(app, "foot")
        await pilot.press("q")
        assert source.sent[-1] == Leave()

    assert play(session, source=StagedSeat("over")).return_value == 0


def test_when_it_is_over_enter_goes_on() -> None:
    source = StagedSeat("over")
    source.ended = Ended(1, "stable", "stable")

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("enter")
        assert source.sent[-1] == Leave()

    assert play(session, source=source, briefed=False).return_value == 0


def test_when_it_is_over_one_who_may_steer_can_still_go_back() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("g", "5", "m", "enter")
        assert [one for one in source.sent if isinstance(one, GoBack)]

    play(session, source=StagedSeat("over"), briefed=False)


def test_a_recording_without_a_score_says_why_and_enter_still_leaves(tmp_path: Path) -> None:
    source = StagedSeat("over")
    source.ended = Ended(1, "stable", "stable", recording=str(tmp_path / "none.otrec"))

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "the score cannot be told" in shown(app, "foot")
        await pilot.press("enter")
        assert source.sent[-1] == Leave()

    play(session, source=source, briefed=False)


def test_a_dead_host_is_told_with_reason_log_and_status() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        words = shown(app, "attention")
        assert "HOST STOPPED (exit status -9)" in words
        assert "drill.log" in words
        await pilot.press("d")
        assert "host is gone" in shown(app, "foot")
        await pilot.press("q")

    assert play(session, source=StagedSeat("lost"), size=(140, 40)).return_value == 1


def test_a_silent_host_and_a_lost_connection_are_told_in_words() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        source.silent_s = 12.0
        app.tick()
        assert "NOTHING FOR 12 s" in shown(app, "attention")
        source.silent_s = 0.0
        source.lost = "the connection broke"
        app.tick()
        assert "CONNECTION LOST: the connection broke; trying again" in shown(app, "attention")
        await pilot.press("d")
        assert "connection is lost" in shown(app, "foot")
        source.lost = ""
        app.tick()
        assert "LOST" not in shown(app, "attention")

    play(session)


def test_coming_to_the_beginning_is_told_and_panels_explain_themselves() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        assert "43 %" in shown(app, "attention")
        assert "how old" in " ".join(shown(app, "sensors").split())
        await pilot.press("d")
        assert "has not begun yet" in shown(app, "foot")
        source.progress = Progress("The run comes to 02:26", 0.9)
        app.tick()
        assert "90 %" in shown(app, "attention")

    play(session, source=StagedSeat("coming"), briefed=False)


@pytest.mark.parametrize(
    ("moment", "size"),
    [("coming", (20, 5)), ("collapse", (79, 23)), ("over", (120, 36))],
)
def test_no_key_breaks_the_screen(moment: SeatMoment, size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for one in ALL_KEYS:
            if one.id in ("drill.quit", "drill.on", "drill.screenshot"):
                continue
            for key in one.key.split(","):
                await pilot.press(key)
                for _ in range(4):
                    if app.screen is not app.main:
                        await pilot.press("escape")
                assert app.screen is app.main, key
        assert not [part for part in visible(app) if "failed" in shown(app, part)]

    play(session, source=StagedSeat(moment), size=size, briefed=moment != "coming")


def test_any_size_can_follow_any_other() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        for size in ((200, 55), (20, 5), (120, 36), (1, 1), (80, 24), (100, 60), (300, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            width, height = size
            for part in app.main.query(".low, PlayerDrawing"):
                if part.display and part.region.area:
                    assert part.region.right <= width
                    assert part.region.bottom <= height
        assert "UNANSWERED" in shown(app, "attention")

    play(session)


def test_news_is_drawn_when_the_host_announces_it_and_not_before() -> None:
    async def run() -> None:
        source = StagedSeat("storm")
        app = PlayerApp(source)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            await pilot.press("enter")
            source.answers.append(Answer(1, "word from the host"))
            assert source.news is not None
            source.news()
            while "word from the host" not in shown(app, "foot"):
                await pilot.pause(0.01)

    asyncio.run(asyncio.wait_for(run(), 20))


def test_solo_is_offered_what_makes_sense_alone() -> None:
    assert not may_say("solo", next(one.command for one in COMMAND_KEYS if one.kind == "hand_over"))
    assert may_say("solo", AskHint)


def test_the_terminal_rings_once_for_a_page_and_once_more_when_it_went_up_the_line() -> None:
    rung: list[str] = []
    one = AlertState("pile", "requests pile up", "page", 207 * MINUTE_NS, 9, False, False, False)

    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        app.bell = lambda: rung.append("ding")  # type: ignore[method-assign]
        for alerts, times in (
            ((attrs.evolve(one, severity="ticket"),), 0),
            ((one,), 1),
            ((one,), 1),
            ((attrs.evolve(one, escalated=True),), 2),
            ((attrs.evolve(one, escalated=True, acknowledged=True),), 2),
        ):
            source.show(alerts=alerts)
            app.tick()
            assert len(rung) == times

    play(session, source=StagedSeat("quiet"))
