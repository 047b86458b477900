"""Every key of a facilitator's terminal: what is asked of the host, what is asked of the person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs
import pytest
from msgspec.structs import replace
from textual.widgets import Input

from outage_agents.drills.journal import (
    Break,
    EditInject,
    FireInject,
    Mark,
    Mend,
    Note,
    Override,
    PutOffInject,
    SkipInject,
    Stop,
)
from outage_tui.config import THEMES, Settings
from outage_tui.dashboard import facilitator_course
from outage_tui.dashboard.facilitator_app import FacilitatorApp, palette_rows, parting
from outage_tui.dashboard.facilitator_keys import BLIND, FACILITATOR_KEYS, FOOT, PACES
from outage_tui.dashboard.renderables.facilitator_station import Station
from outage_tui.dashboard.renderables.ink import MONO
from outage_tui.dashboard.renderables.wording import Clock
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.facilitator_confirm_screen import FacilitatorConfirmScreen
from outage_tui.dashboard.screens.facilitator_screen import KINDS
from outage_tui.dashboard.screens.form_screen import FormScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.seat import SeatLink
from outage_tui.dashboard.staged_facilitator import (
    BEGIN_NS,
    JOURNAL,
    NOW_NS,
    WELCOME,
    Moment,
    StagedFacilitator,
    facilitator_view,
)
from outage_tui.dashboard.widgets.facilitator_strip import FacilitatorStrip
from outage_tui.drill_link import Answer, Freeze, GoBack, Leave, Present, Say, SetPace, Thaw

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from outage_agents.drills.journal import Command
    from outage_tui.dashboard.renderables.facilitator_station import Drawn

    Session = Callable[[Pilot[int], FacilitatorApp, StagedFacilitator], Awaitable[None]]


def drive(
    session: Session,
    source: StagedFacilitator | None = None,
    *,
    size: tuple[int, int] = (200, 55),
    chosen: Settings | None = None,
) -> None:
    source = source or StagedFacilitator()

    async def run() -> None:
        app = FacilitatorApp(source, ticking=False, chosen=chosen)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await session(pilot, app, source)

    asyncio.run(run())


def pressed(
    *keys: str, source: StagedFacilitator | None = None, size: tuple[int, int] = (120, 36)
) -> tuple[StagedFacilitator, str]:
    """What was asked of the host after these keys, and what stands on the last line."""
    source = source or StagedFacilitator()
    told: list[str] = []

    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        told.append(app.station().notice)

    drive(session, source, size=size)
    return source, told[0]


def commands(source: StagedFacilitator) -> list[Command]:
    return [one.command for one in source.sent if isinstance(one, Say)]


def typed(text: str) -> tuple[str, ...]:
    names = {" ": "space", ".": "full_stop", ":": "colon", "-": "minus", "+": "plus"}
    return tuple(names.get(one, one) for one in text)


def foot_of(app: FacilitatorApp) -> str:
    return app.main.query_one("#foot", FacilitatorStrip).shown_text


CLEAR = ("ctrl+u",)
"""Takes away what stands in a line that asks."""


# -- events ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        (("f", "enter"), FireInject(2)),
        (("x", "enter"), SkipInject(2)),
        (("t", *CLEAR, *typed("more hosts"), "enter"), EditInject(2, "more hosts")),
        (("d", "enter"), PutOffInject(2, 5.0)),
        (("d", *CLEAR, *typed("2.5"), "enter"), PutOffInject(2, 2.5)),
        (("2", "j", "f", "enter"), FireInject(3)),
        (("2", "j", "j", "k", "x", "y"), SkipInject(3)),
    ],
)
def test_events_are_fired_skipped_edited_and_put_off(
    keys: tuple[str, ...], command: Command
) -> None:
    assert commands(pressed(*keys)[0]) == [command]


def test_nothing_is_done_to_an_event_before_it_is_agreed() -> None:
    source, _ = pressed("f", "escape", "x", "escape", "t", "escape", "d", "escape")
    assert not source.sent


def test_an_event_that_came_already_is_refused_before_anything_is_asked() -> None:
    source, told = pressed("2", "k", "f")
    assert not source.sent
    assert told == "event 1 is fired; choose another in panel 2"


def test_an_event_is_put_off_by_minutes_only() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        for wrong in ("0", "-3", "soon", "601", "nan"):
            await pilot.press("d", *CLEAR, *typed(wrong), "enter")
            assert app.station().notice.startswith(f"refused: {wrong}")
        assert not source.sent

    drive(session)


def test_the_dialog_of_an_event_says_what_it_is_and_what_is_expected() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("f")
        assert isinstance(app.screen, FacilitatorConfirmScreen)
        words = " ".join(app.screen._paragraphs)
        assert "can we not just add hosts?" in words
        assert "Expected: see that new hosts are launches" in words
        assert "cannot be taken back" in words

    drive(session)


# -- sensors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        (("1", "j", "o", "enter"), Override("errors", "off")),
        (("1", "j", "j", "o", "down", "enter"), Override("down", "hold")),
        (("1", "j", "o", *typed("restore"), "enter"), Override("errors", "restore")),
        (
            ("1", "j", "o", *typed("say"), "enter", *CLEAR, *typed("3.5"), "enter"),
            Override("errors", "value", 3.5),
        ),
        (("o", *typed("network"), "enter", "enter"), Override("nm", "off")),
        (("1", "j", "j", "enter", "enter"), Override("down", "off")),
    ],
)
def test_sensors_are_turned_off_held_told_and_restored(
    keys: tuple[str, ...], command: Command
) -> None:
    assert commands(pressed(*keys)[0]) == [command]


def test_a_sensor_says_numbers_only() -> None:
    source, told = pressed("1", "j", "o", *typed("say"), "enter", *CLEAR, *typed("many"), "enter")
    assert not source.sent
    assert told == "refused: many is no number"


def test_the_last_override_can_be_taken_back_once() -> None:
    source, told = pressed("1", "j", "o", "enter", "u", "u")
    assert commands(source) == [Override("errors", "off"), Override("errors", "restore")]
    assert told.startswith("nothing of yours to take back")


# -- faults ----------------------------------------------------------------------------------------


def test_something_is_broken_from_the_catalogue() -> None:
    source, _ = pressed("i", *typed("pause an"), "enter", "enter")
    assert commands(source) == [Break("pause:route53+600s")]


def test_a_fault_that_strikes_nobody_is_not_ordered() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        await pilot.press("i", *typed("pause an"), "enter")
        assert isinstance(app.screen, FormScreen)
        app.screen.query(Input).first().value = "nobody-at-all"
        await pilot.pause()
        await pilot.press("enter")
        assert isinstance(app.screen, FormScreen)
        assert not source.sent

    drive(session)


def test_what_is_broken_is_mended_from_the_list_or_taken_back() -> None:
    fault = facilitator_view().faults[0]
    assert commands(pressed("m", "enter")[0]) == [Mend(fault)]
    source = StagedFacilitator()
    on = attrs.evolve(facilitator_view(), faults=(fault, "pause:route53@T+5m+600s"))

    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("i", *typed("pause an"), "enter", "enter")
        source.renew(on)
        app.tick()
        await pilot.press("u")

    drive(session, source)
    assert commands(source)[-1] == Mend("pause:route53@T+5m+600s")


def test_with_nothing_broken_there_is_nothing_to_mend() -> None:
    source, told = pressed("m", source=StagedFacilitator("begun"))
    assert not source.sent
    assert told == "nothing is broken on purpose"


# -- time ------------------------------------------------------------------------------------------


def test_space_freezes_and_goes_on() -> None:
    source, told = pressed("space", "space")
    assert [type(one) for one in source.sent] == [Freeze, Thaw]
    assert told == "goes on"


def test_pace_goes_through_the_list_and_back_to_automatic() -> None:
    source, _ = pressed("plus", "plus", "minus", "equals_sign")
    asked = [one for one in source.sent if isinstance(one, SetPace)]
    assert [(one.multiplier, one.auto) for one in asked] == [
        (2.0, False), (5.0, False), (2.0, False), (0.0, True),
    ]  # fmt: skip


def test_pace_ends_at_both_ends_of_the_list() -> None:
    source, _ = pressed(*["plus"] * 12, *["minus"] * 14)
    asked = [one.multiplier for one in source.sent if isinstance(one, SetPace)]
    assert max(asked) == PACES[-1]
    assert asked[-1] == PACES[0]


# -- going back ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "t_ns"),
    [
        (("g", *typed("02:31"), "enter", "enter"), BEGIN_NS + 5 * 60 * 10**9),
        (("g", *typed("-5"), "enter", "y"), NOW_NS - 5 * 60 * 10**9),
        (("g", "enter", *typed("declare"), "enter", "enter"), JOURNAL[2].t_ns),
        (("4", "k", "g", "enter"), JOURNAL[-1].t_ns),
        (("4", "k", "k", "enter", "enter"), JOURNAL[-2].t_ns),
    ],
)
def test_going_back_to_a_moment_that_is_typed_or_chosen(keys: tuple[str, ...], t_ns: int) -> None:
    source, told = pressed(*keys)
    assert [one.t_ns for one in source.sent if isinstance(one, GoBack)] == [t_ns]
    assert told.startswith("back to 02:")


def test_a_moment_that_was_not_is_refused() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        for wrong in ("soon", "02:10", "03:30"):
            await pilot.press("g", *typed(wrong), "enter")
            assert app.station().notice.startswith("refused: ")
        assert not source.sent

    drive(session)


def test_going_back_is_agreed_to_first_and_leaves_a_branch() -> None:
    assert not pressed("g", *typed("02:31"), "enter", "escape")[0].sent

    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("g", *typed("02:31"), "enter")
        assert isinstance(app.screen, FacilitatorConfirmScreen)
        assert "left behind" in app.screen._paragraphs[0]
        await pilot.press("enter")
        await pilot.press("b")
        assert isinstance(app.screen, ChooseScreen)
        first, last = app.screen._all
        assert (first.name, last.name) == ("branch 1", "this one")
        assert "outage-tui compare" in dict(first.about)["compare"]

    drive(session)


# -- words -----------------------------------------------------------------------------------------


def test_a_note_goes_to_the_journal() -> None:
    source, told = pressed("n", *typed("they argue"), "enter")
    assert commands(source) == [Note("they argue")]
    assert told == "noted"
    assert not pressed("n", "enter")[0].sent


def test_a_mark_is_about_an_objective_or_a_seat() -> None:
    objective = ("M", *typed("limited"), "enter", "down", *typed("s"), "enter")
    assert commands(pressed(*objective)[0]) == [Mark("throttled", "S", "")]
    seat = ("M", *typed("seat comm"), "enter", "down", *typed("p"), "down", *typed("calm"), "enter")
    assert commands(pressed(*seat)[0]) == [Mark("commander", "P", "calm")]


@pytest.mark.parametrize("rating", ["", "z"])
def test_a_mark_needs_a_rating_there_is_or_a_text(rating: str) -> None:
    keys = ("M", *typed("limited"), "enter", "down", *typed(rating), "enter")
    assert not pressed(*keys)[0].sent


# -- what is shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["c", "C", "s"])
def test_codes_and_score_are_shown_and_hidden_again(key: str) -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        def said() -> str:
            return "".join(part.shown_text for part in app.main._parts)

        secrets = {"c": "K7QF-2MXD", "C": "Z2LC-8DWT", "s": "million customer-minutes"}
        secret = secrets[key]
        assert secret not in said()
        await pilot.press(key)
        await pilot.pause()
        assert secret in said()
        assert "SHOWN" in said()
        await pilot.press(key)
        await pilot.pause()
        assert secret not in said()

    drive(session, size=(120, 36))


def test_each_panel_has_a_key_and_help() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        for number, kind in enumerate(KINDS, start=1):
            await pilot.press(str(number))
            assert app.main.panel is app.main.part(kind.part)
            assert app.main.part(kind.part).display
            await pilot.press("question_mark")
            assert isinstance(app.screen, HelpScreen)
            assert app.screen._title == kind.title
            await pilot.press("escape")

    drive(session, size=(80, 24))


def test_tab_walks_over_all_panels_and_escape_leaves_them() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        seen = []
        for _kind in KINDS:
            await pilot.press("tab")
            assert app.main.panel is not None
            seen.append(app.main.panel.kind.part)
        assert sorted(seen) == sorted(kind.part for kind in KINDS)
        await pilot.press("shift+tab", "e")
        assert sum(app.main.part(kind.part).display for kind in KINDS) == 1
        await pilot.press("escape")
        assert all(app.main.part(kind.part).display for kind in KINDS)
        await pilot.press("escape")
        assert app.main.panel is None

    drive(session)


def test_the_journal_is_filtered_and_escape_shows_all_again() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        journal = app.main.part("journal")
        await pilot.press("slash", *typed("commander"), "enter")
        await pilot.pause()
        assert "operations" not in journal.shown_text.replace("operations: dwfm", "")
        await pilot.press("escape")
        await pilot.pause()
        assert "operations" in journal.shown_text

    drive(session)


def test_a_click_chooses_and_another_one_opens() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        events = app.main.part("events")
        row = next(y for y in range(20) if "mail" in events.row_text(y))
        await pilot.click(events, offset=(10, row + 1))
        assert events.place == 2
        await pilot.click(events, offset=(10, row + 1))
        assert isinstance(app.screen, ChooseScreen)

    drive(session)


def test_a_click_on_a_tab_shows_its_panel() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        tabs = app.main.query_one("#tabs")
        await pilot.click(tabs, offset=(20, 0))
        assert app.main.part("players").display

    drive(session, size=(80, 24))


def test_y_copies_the_focused_panel() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("y")
        assert app.station().notice.startswith("nothing to copy")
        await pilot.press("6", "y")
        assert "DNS restored" in app.clipboard

    drive(session)


def test_the_next_theme_is_told() -> None:
    assert pressed("T")[1] == f"theme: {THEMES[1]}"


# -- the end ---------------------------------------------------------------------------------------


def test_the_drill_ends_with_a_why_after_it_is_agreed() -> None:
    assert not pressed("X", *typed("late"), "enter", "escape")[0].sent
    assert commands(pressed("X", *typed("late"), "enter", "enter")[0]) == [Stop("late")]


def test_leaving_asks_while_the_drill_goes_on_and_not_afterwards() -> None:
    assert not pressed("q", "escape")[0].sent
    assert isinstance(pressed("q", "enter")[0].sent[-1], Leave)
    assert isinstance(pressed("q", source=StagedFacilitator("over"))[0].sent[-1], Leave)


def test_a_report_is_written_of_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def written(recording: str) -> str:
        asked.append(recording)
        return "report: trap-1.html"

    monkeypatch.setattr(facilitator_course, "write_report", written)

    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("R")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.station().notice == "report: trap-1.html"

    drive(session)
    assert asked == ["recordings/trap-1.otrec"]


def test_without_a_recording_there_is_no_report() -> None:
    source = StagedFacilitator()
    source.recording = None
    assert pressed("R", source=source)[1] == "refused: this drill is not recorded"


# -- what cannot be done ---------------------------------------------------------------------------


def test_a_blind_host_does_nothing_that_takes_the_truth() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        for key in FACILITATOR_KEYS:
            if key.action in BLIND:
                app._say("")
                await pilot.press(key.keys[0])
                assert app.station().notice.startswith("refused: "), key.id
        assert not source.sent

    drive(session, StagedFacilitator("blind"))


def test_a_blind_host_freezes_paces_notes_and_stops() -> None:
    keys = ("space", "plus", "n", *typed("ok"), "enter", "X", "enter", "enter")
    source, _ = pressed(*keys, source=StagedFacilitator("blind"))
    assert [type(one) for one in source.sent] == [Freeze, SetPace, Say, Say]


def test_a_blind_host_has_three_panels() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        await pilot.press("1", "2", "6", "7")
        shown = {kind.part for kind in KINDS if app.main.part(kind.part).display}
        assert shown == {"players", "journal", "room"}

    drive(session, StagedFacilitator("blind"))


@pytest.mark.parametrize("moment", ["over", "lost", "coming"])
def test_where_nothing_can_be_done_it_is_said(moment: Moment) -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        for key in ("space", "plus", "f", "o", "i", "n", "M", "X"):
            app._say("")
            await pilot.press(key)
            assert app.station().notice.startswith("refused: "), key
        assert not source.sent

    drive(session, StagedFacilitator(moment))


def test_after_the_end_one_can_still_go_back() -> None:
    source, _ = pressed("g", *typed("02:31"), "enter", "enter", source=StagedFacilitator("over"))
    assert isinstance(source.sent[-1], GoBack)


def test_a_facilitator_who_joined_knows_no_codes_and_ends_nothing_by_leaving() -> None:
    source = StagedFacilitator()
    source.welcome = replace(source.welcome, address="", invitations=())
    assert pressed("c", source=source)[1].startswith("refused: ")
    title, words = parting(Station(source.welcome, Clock(WELCOME.start, 0.0), SeatLink(), MONO))
    assert title == "Leave the drill?"
    assert words[0] == "The drill goes on without you."


def test_who_has_left_is_remembered_by_name() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        source.present = (Present("commander"), *source.present[1:])
        source.renew()
        app.tick()
        assert "Ada" in app.main.part("room").shown_text
        watch = app.main.query_one("#watch", FacilitatorStrip).shown_text
        assert "Ada (commander)" in watch

    drive(session)


def test_what_the_host_refuses_is_told_in_its_words() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        await pilot.press("space")
        source._answers.append(Answer(99, "that is for the facilitator", refused=True))
        app.tick()
        assert app.station().notice == "refused: that is for the facilitator"

    drive(session)


# -- drawing on news ------------------------------------------------------------------------------


def test_news_is_drawn_when_it_comes_and_many_at_once_are_drawn_once() -> None:
    source = StagedFacilitator()

    async def run() -> None:
        app = FacilitatorApp(source, chosen=Settings(hint=False, frames_per_s=20))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            drawn: list[int] = []
            paint = app.main.paint

            def counted(station: Station) -> None:
                drawn.append(station.now_ns)
                paint(station)

            app.main.paint = counted  # type: ignore[method-assign]
            base = facilitator_view()
            for seconds in range(1, 101):
                later = NOW_NS + seconds * 10**9
                source.renew(attrs.evolve(base, player=attrs.evolve(base.player, t_ns=later)))
            while not drawn:
                await pilot.pause(0.01)
            assert drawn == [NOW_NS + 100 * 10**9]
            app.tick()
            assert len(drawn) == 1  # nothing new, nothing drawn

    asyncio.run(run())


# -- the table of keys -----------------------------------------------------------------------------


def test_no_two_keys_clash_and_every_action_exists() -> None:
    names = [name for key in FACILITATOR_KEYS for name in key.keys]
    assert len(names) == len(set(names))
    ids = [key.id for key in FACILITATOR_KEYS]
    assert len(ids) == len(set(ids))
    for key in FACILITATOR_KEYS:
        assert hasattr(FacilitatorApp, f"action_{key.action.partition('(')[0]}"), key.action
    assert {one for row in FOOT for one in row[0]} <= set(ids)
    assert {key.action for key in FACILITATOR_KEYS} >= BLIND


def test_the_palette_holds_every_key_theme_and_pace() -> None:
    rows = {row.id for row in palette_rows(FACILITATOR_KEYS, blind=False)}
    assert {key.action for key in FACILITATOR_KEYS if key.action != "palette"} <= rows
    assert {f"theme('{name}')" for name in THEMES} <= rows
    assert {f"pace_of({pace})" for pace in PACES} <= rows
    assert not BLIND & {row.id for row in palette_rows(FACILITATOR_KEYS, blind=True)}


def test_the_palette_runs_what_is_chosen() -> None:
    source, _ = pressed("ctrl+p", *typed("freeze virtual"), "enter")
    assert isinstance(source.sent[-1], Freeze)


def test_a_rebound_key_works_and_stands_at_the_foot() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        assert "z freeze" in foot_of(app)
        await pilot.press("z")
        assert isinstance(source.sent[-1], Freeze)

    drive(session, chosen=Settings(hint=False, keymap={"facilitator.freeze": "z"}))


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 55)])
def test_the_foot_names_a_key_for_every_deed(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        foot = foot_of(app)
        wanted = FOOT if size[0] > 80 else FOOT[:19]
        assert not [words for _, words in wanted if words not in foot]

    drive(session, size=size)


def test_a_panel_that_fails_costs_its_own_frame_only() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        truth = app.main.part("truth")

        def fails(*_: object) -> Drawn:
            raise ZeroDivisionError("by zero")

        truth.kind = attrs.evolve(truth.kind, draw=fails)
        app._paint()
        assert "this panel failed: ZeroDivisionError" in truth.shown_text
        assert "Lee" in app.main.part("events").shown_text

    drive(session)


def test_ask_screens_belong_to_typed_deeds() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, _: StagedFacilitator) -> None:
        for key in ("t", "d", "g", "n", "X", "slash"):
            await pilot.press(key)
            assert isinstance(app.screen, AskScreen), key
            await pilot.press("escape")

    drive(session)
