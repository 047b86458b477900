"""Keys of a drill's screens that were given others: they work, the old ones do nothing, and
everything that is said on the screen names the new ones."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from outage_agents.drills.journal import FireInject
from outage_tui.config import Settings, read_settings
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.facilitator_keys import FACILITATOR_KEYS
from outage_tui.dashboard.keys import Keyboard, in_force
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.player_keys import ALL_KEYS, player_keyboard
from outage_tui.dashboard.player_panels import PANEL_KINDS
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.facilitator_screen import KINDS
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.staged_facilitator import StagedFacilitator
from outage_tui.dashboard.staged_seat import SeatMoment, StagedSeat
from outage_tui.dashboard.widgets.facilitator_strip import FacilitatorStrip
from outage_tui.drill_link import Attend, Freeze, Leave, Say, SetPace
from tests.tui.seats import shown

Facilitating = Callable[[Pilot[int], FacilitatorApp, StagedFacilitator], Awaitable[None]]
Playing = Callable[[Pilot[int], PlayerApp, StagedSeat], Awaitable[None]]


def chosen(**keys: str | list[str]) -> Settings:
    """As a file says it; `__` stands for a dot."""
    lines = [f"'{id.replace('__', '.')}' = {value!r}" for id, value in keys.items()]
    return read_settings("c.toml", "\n".join(["[dashboard]", "hint = false", "[keys]", *lines]))


def play(session: Playing, settings: Settings, *, moment: SeatMoment = "storm") -> None:
    async def run() -> None:
        source = StagedSeat(moment, "solo")
        app = PlayerApp(source, ticking=False, chosen=settings)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            if app.screen is not app.main:
                await pilot.press("enter")
            source.sent.clear()
            await session(pilot, app, source)

    asyncio.run(run())


def lead(session: Facilitating, settings: Settings) -> None:
    async def run() -> None:
        source = StagedFacilitator()
        app = FacilitatorApp(source, ticking=False, chosen=settings)
        async with app.run_test(size=(200, 55)) as pilot:
            await pilot.pause()
            await session(pilot, app, source)

    asyncio.run(run())


def foot_of(app: FacilitatorApp) -> str:
    return app.main.query_one("#foot", FacilitatorStrip).shown_text


# -- who plays ----------------------------------------------------------------------------------


def test_a_rebound_key_of_a_player_works_and_the_old_one_does_nothing() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("a")
        assert (app.screen is app.main, source.sent) == (True, [])
        await pilot.press("z")
        await pilot.pause()
        assert app.screen is not app.main
        assert source.sent == [Attend("a form")]
        await pilot.press("escape")
        await pilot.press("f6")
        assert isinstance(source.sent[-1], Freeze)

    play(session, chosen(drill__begin="z", drill__freeze=["f6", "f7"]))


def test_what_a_seat_is_told_names_the_keys_in_force() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        foot = " ".join(shown(app, "foot").split())
        assert "Z page" in foot
        assert "f6 freeze" in foot
        assert ">/- pace" in foot
        assert "z leave" in foot
        assert "UNANSWERED" in shown(app, "attention")
        assert " Z " in shown(app, "attention")
        await pilot.press("1", "H")
        assert isinstance(app.screen, HelpScreen)
        words = "\n".join(line.text for line in app.screen._draw(80, 0))
        assert "somebody takes it (Z)" in words
        assert "Z              take a page" in words

    keys = chosen(
        drill__acknowledge="Z",
        drill__freeze="f6",
        drill__pace__faster=">",
        drill__quit="z",
        drill__help="H",
        drill__hand_over=[],
    )
    play(session, keys)


def test_a_command_without_a_key_is_in_the_palette_only() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        assert "note" not in shown(app, "foot")
        await pilot.press("n")
        assert app.screen is app.main
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, ChooseScreen)
        await pilot.press(*"record")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press(*"later", "f2")
        await pilot.pause()
        assert [one for one in source.sent if isinstance(one, Say)]

    play(session, chosen(drill__note=[]))


def test_panels_have_the_keys_they_were_given() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("tab")
        assert app.main.panel is None
        await pilot.press("f8")
        assert app.main.panel is not None
        await pilot.press("f9")
        assert app.main.panel.id == app.main.parts[1]
        assert "f9" in shown(app, "foot")

    play(session, chosen(drill__panel__next="f8", drill__panel__2="f9"))


def test_two_keys_of_a_player_may_change_places() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("plus")
        (slower,) = source.sent
        assert isinstance(slower, SetPace)
        await pilot.press("minus", "minus")
        faster = source.sent[-1]
        assert isinstance(faster, SetPace)
        assert faster.multiplier > slower.multiplier
        assert "-/+ pace" in shown(app, "foot")

    play(session, chosen(drill__pace__faster="-", drill__pace__slower="+"))


def test_the_end_names_the_keys_that_lead_on() -> None:
    async def session(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        assert "F9 goes on; z goes back" in shown(app, "attention")

    play(session, chosen(drill__on="f9", drill__go_back="z"), moment="over")


# -- who leads ----------------------------------------------------------------------------------


def test_a_rebound_key_of_a_facilitator_works_and_the_old_one_does_nothing() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        await pilot.press("f")
        assert source.sent == []
        await pilot.press("z", "enter")
        (fired,) = [one.command for one in source.sent if isinstance(one, Say)]
        assert isinstance(fired, FireInject)
        assert "z fire" in foot_of(app)
        await pilot.press("tab")
        assert app.main.panel is None
        await pilot.press("f8")
        assert app.main.panel is not None

    lead(session, chosen(facilitator__fire="z", facilitator__panel__next="f8"))


def test_what_a_facilitator_is_told_names_the_keys_in_force() -> None:
    async def session(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        assert "K shows the codes" in app.main.part("room").shown_text
        await pilot.press("1", "H")
        assert isinstance(app.screen, HelpScreen)
        words = " ".join(line.text for line in app.screen._draw(80, 0))
        assert "K turns it off" not in words
        assert "z turns it off" in " ".join(words.split())

    keys = chosen(facilitator__codes="K", facilitator__override="z", facilitator__help="H")
    lead(session, keys)


def test_the_keys_of_the_dashboard_are_not_those_of_a_drill() -> None:
    async def leading(pilot: Pilot[int], app: FacilitatorApp, source: StagedFacilitator) -> None:
        assert "q quit" in foot_of(app)

    async def playing(pilot: Pilot[int], app: PlayerApp, source: StagedSeat) -> None:
        await pilot.press("z")
        assert Leave() not in source.sent
        assert "q leave" in shown(app, "foot")

    lead(leading, chosen(quit="z", help="f5"))
    play(playing, chosen(quit="z", help="f5"))


# -- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("seat", ["solo", "commander", "observer", "facilitator"])
def test_every_key_that_a_help_speaks_of_exists(seat: str) -> None:
    if seat == "facilitator":
        keyboard, told = Keyboard(FACILITATOR_KEYS), [kind.help for kind in KINDS]
    else:
        keyboard = player_keyboard(seat, may_steer=seat == "solo")
        told = [kind.about for kind in PANEL_KINDS]
    for text in told:
        words = keyboard.worded(text)
        assert "{" not in words
        assert "the palette" not in words, text


def test_what_has_no_key_is_said_to_be_in_the_palette() -> None:
    keyboard = Keyboard(in_force({"drill.freeze": "none"}, ALL_KEYS))
    assert keyboard.sign("drill.freeze") == ""
    assert keyboard.signs("drill.freeze", "drill.go_back") == "g"
    assert keyboard.worded("{drill.freeze} goes on") == "the palette goes on"
