"""Dialogs of a seat by keyboard: what keys do, what comes of it, and what is left behind."""

import asyncio
from collections.abc import Awaitable, Callable

import attrs
import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from outage_agents.drills.journal import (
    Acknowledge,
    AllClear,
    AnswerProbe,
    Approve,
    Ask,
    AskHint,
    Begin,
    CallOff,
    Command,
    Decide,
    Declare,
    Hypothesis,
    Note,
    Post,
    Rank,
    Task,
    Verify,
    Wait,
)
from outage_agents.drills.seat_view import SeatView
from outage_tui.dashboard.player_dialogs import KINDS, open_dialog, see
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.screens.player_form_screen import PlayerFormScreen
from outage_tui.dashboard.screens.player_menu_screen import PlayerMenuScreen
from outage_tui.dashboard.themes import TEXTUAL_THEMES
from outage_tui.dashboard.widgets.pick_row import PickRow

from .seat_moment import ALERTS, WAITING, ago, seat
from .test_player_forms import NASTY

STILL_OPEN = "still open"
SIZE = (80, 24)


class Desk(App[None]):
    """A seat with nothing behind its dialogs."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        for theme in TEXTUAL_THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.ink = ink_for("dark", ascii=ascii_only)
        self.said: Command | str | None = STILL_OPEN

    def open(self, kind: str, view: SeatView, refusal: str = "") -> None:
        self.said = STILL_OPEN

        async def ask() -> None:
            self.said = await open_dialog(self, kind, view, ink=self.ink, refusal=refusal)

        self.run_worker(ask())

    @property
    def text(self) -> str:
        return "\n".join(row.text.rstrip() for row in self.screen._compositor.render_strips())


Session = Callable[[Pilot[None], Desk], Awaitable[None]]


def at_desk(session: Session, *, size: tuple[int, int] = SIZE, ascii_only: bool = False) -> Desk:
    desk = Desk(ascii_only=ascii_only)

    async def run() -> None:
        async with desk.run_test(size=size) as pilot:
            await session(pilot, desk)

    asyncio.run(run())
    return desk


async def opened(
    pilot: Pilot[None], desk: Desk, kind: str, view: SeatView, *keys: str, refusal: str = ""
) -> None:
    desk.open(kind, view, refusal)
    await pilot.pause()
    await pilot.press(*keys)
    await pilot.pause()


def after_keys(
    kind: str, *keys: str, view: SeatView | None = None, size: tuple[int, int] = SIZE
) -> Command | str | None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, kind, view or seat(), *keys)

    return at_desk(session, size=size).said


def text_after(
    kind: str,
    *keys: str,
    view: SeatView | None = None,
    size: tuple[int, int] = SIZE,
    ascii_only: bool = False,
) -> str:
    shown: list[str] = []

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, kind, view or seat(), *keys)
        shown.append(desk.text)

    at_desk(session, size=size, ascii_only=ascii_only)
    return shown[0]


@pytest.mark.parametrize(
    ("kind", "keys", "command"),
    [
        ("declare", ("right", "enter", "enter"), Declare(2)),
        ("begin", (*"limit", "enter", "enter", "enter", "enter"), Begin("fleet.limit")),
        ("begin", (*"limit", "enter", "enter", "right", "f2"), Task("kim", "", "fleet.limit")),
        ("begin", (*"stop", "enter", "y", "f2"), Begin("dns.stop", {"force": "yes"})),
        ("approve", (*"without failover", "enter"), Approve(3, "WITHOUT FAILOVER")),
        ("acknowledge", (), Acknowledge("down")),
        ("call_off", ("enter",), CallOff("fleet.restart#1")),
        ("hypothesis", ("down", "enter", "tab", "end", "f2"),
         Hypothesis("too few hosts", "refuted")),
        ("ask", ("right", "enter", "down", "enter", "f2"), Ask("lee", "lease")),
        ("task", ("right", "enter", *"look there", "enter", "enter"), Task("lee", "look there")),
        ("post", ("down", "enter", "f2"), Post("status", ["launches fail"], 20)),
        ("ask_hint", ("enter",), AskHint()),
        ("answer_probe", (*"6k", "enter"), AnswerProbe("broken", 6000.0)),
        ("verify", ("enter", *"fewer", "enter"), Verify("fleet.limit", "fewer")),
        ("all_clear", (*"all is well", "enter"), AllClear("all is well")),
        ("wait", ("right", "f2"), Wait(15.0, "")),
        ("wait", ("4", "5", "f2"), Wait(45.0, "")),
        ("note", (*"seen", "enter"), Note("seen")),
    ],
)  # fmt: skip
def test_a_dialog_is_done_by_keyboard_alone(
    kind: str, keys: tuple[str, ...], command: Command
) -> None:
    assert after_keys(kind, *keys) == command


def test_a_decision_is_made_field_by_field_with_enter() -> None:
    keys = (*"limit it", "enter", *"late", "enter", *"err", "down", "enter", *"5", "enter",
            *"25", "enter", "right", "enter", "enter")  # fmt: skip
    assert after_keys("decide", *keys) == Decide("limit it", "late", "errors < 5", 25, 0.65)


SOME = seat(alerts=(*ALERTS, attrs.evolve(ALERTS[1], id="more")))
"""With which every kind opens something."""


def test_escape_leaves_nothing_behind() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        for kind in KINDS:
            await opened(pilot, desk, kind, SOME, "x", "escape")
            assert desk.said is None
            assert len(desk.screen_stack) == 1
            await opened(pilot, desk, kind, SOME)
            typed = [field.value for field in desk.screen.query(Input)]
            assert not [text for text in typed if text.endswith("x")], kind
            await pilot.press("escape")

    at_desk(session)


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (30, 8)])
def test_every_dialog_fits_every_size_says_what_keys_do_and_draws_ascii_where_asked(
    size: tuple[int, int],
) -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        for kind in KINDS:
            await opened(pilot, desk, kind, SOME)
            rows = desk.text.split("\n")
            assert len(rows) == size[1]
            assert all(len(row) <= size[0] for row in rows)
            assert desk.text.isascii(), kind
            assert size[0] < 80 or "esc leaves" in desk.text
            await pilot.press("escape")
            await pilot.pause()

    at_desk(session, size=size, ascii_only=True)


def test_enter_alone_approves_nothing() -> None:
    assert after_keys("approve", *["enter"] * 8) == STILL_OPEN
    assert after_keys("approve", "tab", *["enter"] * 3) == STILL_OPEN
    assert after_keys("approve", *"without", "f2", "f2") == STILL_OPEN
    shown = text_after("approve", *"yes", "enter")
    assert "The word is WITHOUT FAILOVER" in shown
    assert "yes" in shown


def test_of_some_that_wait_one_is_chosen_first() -> None:
    more = attrs.evolve(WAITING, n=4, title="Stop the writers", word="STOP")
    view = seat(approvals=(WAITING, more))
    keys = ("down", "enter", *"stop", "enter")
    assert after_keys("approve", *keys, view=view) == Approve(4, "STOP")


def test_what_is_wrong_is_said_and_what_was_typed_stays() -> None:
    keys = (*"limit", "enter", "backspace", "backspace", *"x", "f2")
    shown = text_after("begin", *keys)
    assert "0.6x is no number" in shown
    assert after_keys("begin", *keys) == STILL_OPEN
    assert after_keys("begin", *keys, "backspace", "f2") == Begin("fleet.limit")


def test_a_key_that_says_too_early_goes_to_what_is_missing() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "decide", seat(), "tab", *"why not", "f2")
        assert isinstance(desk.focused, Input)
        assert desk.focused.name == "what"
        assert "✖ Say what you decide" in desk.text
        await pilot.press(*"go", "f2")
        await pilot.pause()
        assert desk.said == Decide("go", "why not", "", 15, 0.6)

    at_desk(session)


def test_a_refused_command_opens_again_with_what_was_typed_and_why() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "begin", seat(), *"limit", "enter", *" ", "f2")
        assert desk.said == Begin("fleet.limit")
        await opened(pilot, desk, "begin", seat(), refusal="no shard answers")
        assert "Not taken: no shard answers" in desk.text
        assert "Limit the lease work" in desk.text
        await pilot.press("f2")
        await pilot.pause()
        assert desk.said == Begin("fleet.limit")
        await opened(pilot, desk, "begin", seat())
        assert isinstance(desk.screen, PlayerMenuScreen)

    at_desk(session)


def test_the_menu_opens_on_an_action_of_the_region_and_searches() -> None:
    shown = text_after("begin")
    assert "> Ask for the name" in shown
    assert shown.index("Names") < shown.index("The fleet") < shown.index("The call")
    found = text_after("begin", *"fleet")
    assert "Limit the lease work" in found
    assert "Switch failover off" not in found
    assert "nothing matches" in text_after("begin", *"zzz")
    assert after_keys("begin", *"zzz", "enter") == STILL_OPEN


def test_what_is_known_of_a_row_stands_beside_it_where_there_is_room() -> None:
    for size in ((80, 24), (160, 48)):
        shown = text_after("begin", "down", "down", size=size)
        assert "needs: leases are missing" in shown
        assert "risk: launches are refused" in shown


def test_of_few_rows_one_is_taken_by_its_number() -> None:
    assert after_keys("acknowledge", "2", view=SOME) == Acknowledge("more")
    assert after_keys("acknowledge", "7", view=SOME) == STILL_OPEN
    assert "> 1 services are down" in text_after("acknowledge", view=SOME)


def test_an_observer_puts_options_in_order() -> None:
    keys = ("down", "down", "enter", "up", "up", "enter", "home", "up", "up", "up", "enter")
    ranked = after_keys("rank", *keys, *"no need", "enter", view=seat("observer"))
    assert isinstance(ranked, Rank)
    assert ranked.options == ["dns.stop", "wait"]
    assert ranked.why == "no need"


def test_a_place_that_was_given_is_taken_back_by_enter() -> None:
    twice = ("down", "enter", "enter")
    keys = (*twice, "down", "enter", "down", "enter", "pageup", "enter", "enter")
    ranked = after_keys("rank", *keys, view=seat("observer"))
    assert isinstance(ranked, Rank)
    assert ranked.options == ["dns.stop", "fleet.limit"]


def test_what_can_be_taken_is_added_and_taken_out_with_enter() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "post", seat(), "down", "enter", "down", "enter")
        field = desk.screen.query(Input).first()
        assert field.value == "launches fail; services are down"
        assert "Customers read, at 02:20: Launches fail. Services are down." in desk.text
        await pilot.press("up", "enter")
        assert field.value == "services are down"

    at_desk(session)


def test_clocks_in_an_open_dialog_go_on_and_what_was_typed_stays() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "decide", seat(), *"go")
        assert "at 02:35" in desk.text
        see(desk, seat(t_ns=ago(-10), clock="02:30:00"))
        await pilot.pause()
        assert "at 02:45" in desk.text
        assert desk.screen.query(Input).first().value == "go"

    at_desk(session)


def test_a_menu_that_is_open_follows_what_happens_and_keeps_its_row() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        view = seat(work=(), alerts=(*ALERTS, attrs.evolve(ALERTS[1], id="more", text="more")))
        await opened(pilot, desk, "acknowledge", view, "down")
        first = attrs.evolve(ALERTS[1], id="first", text="the very first")
        see(desk, attrs.evolve(view, alerts=(first, *view.alerts)))
        await pilot.pause()
        assert "the very first" in desk.text
        await pilot.press("enter")
        await pilot.pause()
        assert desk.said == Acknowledge("more")

    at_desk(session)


def test_texts_of_others_cannot_reach_the_terminal_as_orders() -> None:
    view = seat(
        roster=tuple(attrs.evolve(one, name=NASTY, topics=(NASTY,)) for one in seat().roster),
        work=tuple(attrs.evolve(one, title=NASTY, report=f"done {NASTY}") for one in seat().work),
        approvals=(attrs.evolve(WAITING, title=NASTY, by=NASTY, args=NASTY),),
        hypotheses=(attrs.evolve(seat().hypotheses[0], text=NASTY),),
        guesses=(attrs.evolve(seat().guesses[0], by=NASTY, text=NASTY),),
        readings=tuple(attrs.evolve(one, title=NASTY, unit=NASTY) for one in seat().readings),
        alerts=tuple(attrs.evolve(one, text=NASTY) for one in (*ALERTS, ALERTS[1])),
        probes=(attrs.evolve(seat().probes[0], question=NASTY),),
        choices=tuple(attrs.evolve(one, title=NASTY, touches=NASTY) for one in seat().choices),
    )

    async def session(pilot: Pilot[None], desk: Desk) -> None:
        for kind in KINDS:
            await opened(pilot, desk, kind, view)
            text = desk.text.replace("\n", "")
            assert text.isprintable(), kind
            await pilot.press("escape")
            await pilot.pause()

    at_desk(session)


def test_a_bracket_in_a_title_is_no_markup() -> None:
    view = seat(approvals=(attrs.evolve(WAITING, title="Switch [bold]off[/] zone [1]"),))
    assert "Approve: Switch [bold]off[/] zone [1]?" in text_after("approve", view=view)


def test_the_label_of_the_field_that_keys_go_to_stands_out() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "decide", seat(), "tab", "tab")
        marked = [row.has_class("at") for row in desk.screen.query(".field")]
        assert marked == [False, False, True, False, False]

    at_desk(session)


def test_a_number_is_typed_where_there_are_quick_choices_too() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "wait", seat(), "2", "5")
        row = desk.screen.query_one(PickRow)
        assert row.value == "25"
        await pilot.press("right")
        assert row.value == "30"
        await pilot.press("left")
        assert row.value == "20"
        await pilot.press("9", "9", "9", "9")
        assert row.value == "600"
        await pilot.press("backspace", "backspace", "backspace", "tab")
        assert row.value == "1"

    at_desk(session)


def test_a_click_chooses_and_takes_as_keys_do() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "ask", seat(), "right", "tab")
        rows = desk.text.split("\n")
        line = next(n for n, row in enumerate(rows) if "throttle" in row)
        await pilot.click(offset=(10, line))
        await pilot.pause()
        assert desk.screen.query(Input).first().value == "throttle"
        line = next(n for n, row in enumerate(rows) if "  Ask " in row)
        await pilot.click(offset=(10, line))
        await pilot.pause()
        assert desk.said == Ask("lee", "throttle")

    at_desk(session)


def test_a_dialog_that_no_longer_has_its_subject_says_nothing() -> None:
    assert after_keys("approve", view=seat(approvals=())) is None
    assert after_keys("verify", view=seat(work=())) is None


def test_a_form_opens_where_typing_begins() -> None:
    async def session(pilot: Pilot[None], desk: Desk) -> None:
        await opened(pilot, desk, "note", seat())
        assert isinstance(desk.screen, PlayerFormScreen)
        assert isinstance(desk.focused, Input)

    at_desk(session)
