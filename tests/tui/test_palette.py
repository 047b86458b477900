"""The palette holds everything, every row of it works, and its search finds what was meant."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from outage_tui.config import THEMES, Settings
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.first_start import is_first_start
from outage_tui.dashboard.keys import KEYS, PACES
from outage_tui.dashboard.palette import palette
from outage_tui.dashboard.panel_tables import panel_tables
from outage_tui.dashboard.renderables.arrangement import PANELS
from outage_tui.dashboard.renderables.choices import Choice, draw_choices, matching
from outage_tui.dashboard.renderables.ink import ink_for
from outage_tui.dashboard.screens.choose_screen import ChooseScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.staged import StagedSource
from outage_tui.dashboard.widgets.drawing import Drawing
from outage_tui.dashboard.widgets.hint import Hint
from outage_tui.dashboard.widgets.sheet import Sheet
from outage_tui.link_messages import Mark, Pace, Seek

from .test_keys import MINUTE_NS, drive, shown

LEAVING = ("leave", "leave_report", "suspend_process")


def rows_of(app: OutageApp) -> list[Choice]:
    return palette(app.scene(), app.keys)


def test_it_holds_every_key_milestone_marker_theme_pace_and_panel() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        source.send(Mark("here"))
        rows = {row.id: row for row in rows_of(app)}
        assert {key.action for key in KEYS if key.id != "palette"} <= set(rows)
        assert {f"theme('{name}')" for name in THEMES} <= set(rows)
        assert {f"pace_of({pace})" for pace in PACES} <= set(rows)
        assert {f"export('{part}')" for part in (*PANELS, "timeline")} <= set(rows)
        names = {row.name for row in rows.values()}
        assert "go to DNS record empty" in names
        assert "go to marker here" in names

    drive(session, source=StagedSource("flapping", seekable=True))


@pytest.mark.parametrize("seekable", [False, True], ids=["live", "replay"])
def test_every_row_runs_an_action_that_exists(
    seekable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        for row in rows_of(app):
            if row.id in LEAVING:
                continue
            assert await app.run_action(row.id), row.id
            await pilot.pause()
            while len(app.screen_stack) > 1:
                await app.pop_screen()
            assert not app._exit

    drive(session, source=StagedSource("flapping", seekable=seekable), size=(80, 24))


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (160, 48)])
def test_a_row_is_searched_chosen_and_carried_out(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("ctrl+p", *"restored dns", "enter")
        await pilot.pause()
        assert source.sent == [Seek((48 + 157) * MINUTE_NS)]
        assert app.screen is app.main

    drive(session, source=StagedSource("flapping", seekable=True), size=size)


def test_a_pace_is_set_by_name() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("ctrl+p", *"pace: x60", "enter")
        await pilot.pause()
        assert source.sent == [Pace(60.0)]

    drive(session)


def test_escape_leaves_it_and_nothing_was_done() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("ctrl+p", *"nothing like that", "enter", "escape")
        assert app.screen is app.main
        assert source.sent == []

    drive(session)


def test_the_mouse_moves_and_a_second_click_chooses() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("ctrl+p", *"pace:")
        assert isinstance(app.screen, ChooseScreen)
        await pilot.click(Sheet, offset=(5, 2))
        lines = app.screen.query_one(Sheet).shown_text.splitlines()
        assert [line.startswith(">") for line in lines[:4]] == [False, False, True, False]
        await pilot.click(Sheet, offset=(5, 2))
        await pilot.pause()
        assert source.sent == [Pace(60.0)]

    drive(session)


def test_a_dialog_follows_the_size_of_the_terminal() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("ctrl+p")
        for width, height in ((20, 5), (300, 80), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            sheet = app.screen.query_one(Sheet)
            assert "help" in sheet.shown_text
            assert sheet.region.right <= width
            assert sheet.region.bottom <= height
        await pilot.press("escape", "question_mark")
        for width, height in ((20, 5), (300, 80), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert app.screen.query_one(Sheet).region.right <= width
        assert isinstance(app.screen, HelpScreen)

    drive(session)


# -- keys and themes ----------------------------------------------------------------------------


def test_a_rebound_key_works_shows_in_the_help_and_the_old_one_does_nothing() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("tab", "equals_sign", "x", "n")
        assert source.sent == [Pace(auto=True)]
        assert app.main.focused is not None
        assert app.main.focused.id == "dns"
        await pilot.press("question_mark")
        rows = app.screen.query_one(Sheet)
        rows.scroll_lines(8)
        assert any(
            line.startswith("x ") and "automatic" in line for line in rows.shown_text.splitlines()
        )

    source = StagedSource("normal")
    app = OutageApp(
        source,
        ticking=False,
        chosen=Settings(hint=False, keymap={"pace.auto": "x", "panel.next": "n"}),
    )
    drive(session, source=source, app=app)


def test_t_goes_through_the_themes() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        seen = []
        for _ in THEMES:
            await pilot.press("T")
            seen.append(app.theme)
            assert f"theme: {app.theme}" in shown(app, "foot")
        assert sorted(seen) == sorted(THEMES)

    drive(session)


def test_a_theme_changes_the_ink_of_what_is_drawn_already() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        colours = []
        for name in THEMES:
            app.action_theme(name)
            await pilot.pause()
            leases = app.main.query_one("#leases", Drawing)
            colours.append({segment.style for segment in leases.render_line(0)})
        assert all(one != other for one, other in pairwise(colours))

    drive(session, source=StagedSource("collapsed"))


def test_under_no_color_no_theme_brings_colours_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("T")
        assert "no colours to choose from" in shown(app, "foot")
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                assert segment.style is None or segment.style.color is None
                assert segment.style is None or segment.style.bgcolor is None

    drive(session, source=StagedSource("collapsed"))


def read_rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(name).read_text("utf-8").splitlines()))


# -- what is taken away ---------------------------------------------------------------------------


def test_capital_e_exports_the_focused_panel_with_every_sample_of_its_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("E")
        assert "focus a panel first" in shown(app, "foot")
        await pilot.press("2", "E", "E")
        assert "leases-series" in shown(app, "foot")
        history = source.history("dwfm.broken")
        rows = read_rows("outage-tui-leases-series-072300.csv")
        assert [float(row["dwfm.broken"]) for row in rows] == list(history.values)
        assert [round(float(row["t_s"]) * 1e9) for row in rows] == list(history.times_ns)

    drive(session)
    zones = read_rows("outage-tui-leases-zones-072300.csv")
    assert [row["zone"] for row in zones] == ["1", "2", "3", "4", "5", "6"]
    assert (tmp_path / "outage-tui-leases-072300-2.csv").exists()


@pytest.mark.parametrize("part", [*PANELS, "timeline"])
def test_every_panel_has_a_table_that_reads_back(part: str) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        scene = app.scene()
        assert scene is not None
        tables = panel_tables(part, scene, source.series_names())
        assert tables
        for table in tables:
            read = list(csv.reader(table.csv().splitlines()))
            assert len(read) == len(table.rows)
            assert {len(row) for row in read} == {len(read[0])}

    drive(session)


def test_y_copies_the_row_under_the_pointer_and_capital_y_the_panel() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("6")
        await pilot.hover("#services", offset=(8, 3))
        await pilot.press("y")
        assert app.clipboard == shown(app, "services").splitlines()[2].strip()
        await pilot.press("Y")
        assert app.clipboard == shown(app, "services")

    drive(session)


# -- the hint -----------------------------------------------------------------------------------


def test_the_hint_is_shown_once_and_any_key_takes_it_away() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert len(app.main.query_one(Hint).shown_text.splitlines()) == 3
        await pilot.press("2")
        await pilot.pause()
        assert not app.main.query(Hint)
        assert app.main.focused is not None
        assert app.main.focused.id == "leases"

    assert is_first_start()
    source = StagedSource("normal")
    drive(session, source=source, app=OutageApp(source, ticking=False, chosen=Settings()))
    assert not is_first_start()


def test_there_is_no_hint_in_pictures_and_on_small_terminals() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert not app.main.query(Hint)

    drive(session)
    source = StagedSource("normal")
    app = OutageApp(source, ticking=False, chosen=Settings())
    drive(session, source=source, app=app, size=(50, 16))


# -- the list -------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8), st.text(max_size=12))
def test_what_is_found_has_every_word_and_nothing_else_is_lost(
    names: list[str], wanted: str
) -> None:
    choices = [Choice(str(n), name) for n, name in enumerate(names)]
    found = matching(choices, wanted)
    for choice in choices:
        text = f"{choice.name} {choice.id}".lower()
        assert (choice in found) == all(word in text for word in wanted.lower().split())


@given(
    st.integers(1, 60), st.integers(0, 59), st.integers(10, 140), st.integers(1, 50), st.booleans()
)
def test_the_row_under_the_cursor_is_always_on_the_screen(
    count: int, cursor: int, width: int, height: int, told: bool
) -> None:
    about = (("needs", "something that is long enough to be wrapped"),) if told else ()
    choices = [Choice(str(n), f"name {n}", about=about) for n in range(count)]
    cursor = min(cursor, count - 1)
    lines = draw_choices(choices, cursor, ink_for(ascii=True), width, height)
    assert len(lines) <= height
    chosen = [line.text for line in lines if line.text.startswith("> ")]
    assert len(chosen) == 1
    assert all(line.width <= max(width, 12) for line in lines)


def test_the_last_line_names_the_keys_in_force() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert "f5 everything" in shown(app, "foot")
        assert "freeze" not in shown(app, "foot")

    source = StagedSource("normal")
    rebound = {"palette": "f5", "display.freeze": "none"}
    app = OutageApp(source, ticking=False, chosen=Settings(hint=False, keymap=rebound))
    drive(session, source=source, app=app)


# -- the mouse ----------------------------------------------------------------------------------


def test_a_click_focuses_and_the_wheel_scrolls() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.click("#services", offset=(5, 3))
        assert app.main.focused is not None
        assert app.main.focused.id == "services"
        before = shown(app, "services")
        services = app.main.query_one("#services", Drawing)
        for _ in range(3):
            services.post_message(
                MouseScrollDown(services, 3, 3, 0, 1, 0, False, False, False, 3, 3)
            )
        await pilot.pause()
        assert shown(app, "services") != before

    drive(session, source=StagedSource("empty"), size=(120, 36))


@pytest.mark.parametrize("part", PANELS)
def test_every_panel_can_be_selected_with_the_mouse_and_copied(part: str) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        row = shown(app, part).splitlines()[0]
        await pilot.mouse_down(f"#{part}", offset=(1, 1))
        await pilot.hover(f"#{part}", offset=(12, 1))
        await pilot.mouse_up(f"#{part}", offset=(12, 1))
        await pilot.press("y")
        assert len(app.clipboard) >= 10
        assert app.clipboard.strip() in row

    drive(session, source=StagedSource("collapsed"), size=(160, 48))
