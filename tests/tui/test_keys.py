"""Every key does what its help says: the application, driven without a terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs
import msgspec
import pytest
from textual.pilot import Pilot

from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.keys import KEYS
from outage_tui.dashboard.renderables.arrangement import PANELS
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.source import Status
from outage_tui.dashboard.staged import HELLO, StagedSource
from outage_tui.dashboard.widgets.dns_panel import DnsPanel
from outage_tui.dashboard.widgets.drawing import Drawing
from outage_tui.link_messages import Failure, Mark, Pace, Pause, Quit, Resume, Seek, Step

MINUTE_NS = 60_000_000_000
Session = Callable[[Pilot[int], OutageApp, StagedSource], Awaitable[None]]


def drive(
    session: Session,
    *,
    source: StagedSource | None = None,
    size: tuple[int, int] = (120, 36),
    app: OutageApp | None = None,
) -> OutageApp:
    """Run a session against a staged source; no timer, so that every tick is the test's own."""
    staged = source or StagedSource("flapping")
    app = app or OutageApp(staged, ticking=False)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await session(pilot, app, staged)

    asyncio.run(run())
    return app


def shown(app: OutageApp, part: str) -> str:
    return app.main.query_one(f"#{part}", Drawing).shown_text


def visible(app: OutageApp) -> list[str]:
    return [part.id or "" for part in app.main.query(Drawing) if part.display]


def test_every_key_has_an_id_of_its_own_and_words() -> None:
    assert len({binding.id for binding in KEYS}) == len(KEYS)
    assert all(binding.description for binding in KEYS)
    keys = [key for binding in KEYS for key in binding.key.split(",")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("seekable", [False, True], ids=["live", "replay"])
def test_no_key_breaks_the_dashboard(
    seekable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        for binding in KEYS:
            if binding.id in ("quit", "quit.report"):
                continue
            for key in binding.key.split(","):
                await pilot.press(key)
                if app.screen is not app.main:
                    await pilot.press("escape")
                assert app.screen is app.main, key
        for part in visible(app):
            assert "failed" not in shown(app, part)

    drive(session, source=StagedSource("flapping", seekable=seekable), size=(80, 24))


def test_question_mark_explains_the_focused_panel_and_lists_the_keys() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("1", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        words = app.export_screenshot()
        assert "Enactor" in words
        assert "faster" in words
        await pilot.press("escape")
        assert len(app.screen_stack) == 1

    drive(session, size=(120, 60))


def test_space_freezes_the_display_and_counts_what_it_missed() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("space")
        source.stage("recovered")
        app.tick()
        assert "PAUSED +1" in shown(app, "status")
        assert "07:23:00" in shown(app, "status")
        assert Pause() not in source.sent
        await pilot.press("space")
        assert "14:41:00" in shown(app, "status")
        assert "PAUSED" not in shown(app, "status")

    drive(session)


def test_capital_p_halts_the_simulation_and_lets_it_go_on() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("P")
        assert "HALTED" in shown(app, "status")
        await pilot.press("P")
        assert "HALTED" not in shown(app, "status")
        assert source.sent == [Pause(), Resume()]

    drive(session)


def test_plus_minus_and_equals_set_the_pace() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("plus", "minus", "equals_sign")
        assert source.sent == [Pace(1800.0), Pace(600.0), Pace(auto=True)]
        assert "pace auto" in shown(app, "status")

    drive(session)


def test_a_full_stop_halts_and_steps() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("full_stop", "full_stop")
        assert source.sent == [Pause(), Step(1), Step(1)]
        await pilot.press("comma")
        assert source.sent[-1] == Step(1)
        assert "cannot be wound back" in shown(app, "foot")

    drive(session)


def test_arrows_home_and_end_scrub_a_replay() -> None:
    t_ns = 503 * MINUTE_NS

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("left", "shift+right", "home", "left", "end", "comma")
        assert source.sent == [
            Seek(t_ns - MINUTE_NS),
            Seek(t_ns + 9 * MINUTE_NS),
            Seek(0),
            Seek(0),
            Seek(int(HELLO.duration_s * 1e9)),
            Pause(),
            Step(-1),
        ]
        assert "15:10:00" in shown(app, "status")
        assert "REPLAY" in shown(app, "status")

    drive(session, source=StagedSource("flapping", seekable=True))


def test_a_live_run_is_never_asked_to_seek() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("left", "right", "home", "end", "shift+left", "left_square_bracket")
        assert source.sent == []
        assert "replay its recording" in shown(app, "foot")

    drive(session)


def test_a_question_leaves_the_dashboard_visible_behind_it() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("m")
        picture = app.export_screenshot().replace("&#160;", " ")
        assert "Name of this moment" in picture
        assert "TOO LITTLE CAPACITY" in picture

    drive(session)


def test_brackets_go_to_the_milestones_on_both_sides() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("left_square_bracket")
        assert source.sent[-1] == Seek((48 + 441) * MINUTE_NS)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert source.sent[-1] == Seek((48 + 606) * MINUTE_NS)

    drive(session, source=StagedSource("flapping", seekable=True))


def test_a_milestone_that_has_just_gone_by_does_not_hold_a_running_replay() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        source.status = attrs.evolve(source.status, t_ns=(48 + 442) * MINUTE_NS, speed=300.0)
        app.tick()
        await pilot.press("left_square_bracket")
        sought = source.sent[-1]
        assert isinstance(sought, Seek)
        assert sought.t_ns < (48 + 437) * MINUTE_NS

    drive(session, source=StagedSource("flapping", seekable=True))


def test_g_goes_to_a_time_or_a_marker() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("g", *"04:14", "enter")
        assert source.sent[-1] == Seek(314 * MINUTE_NS)
        await pilot.press("m", *"here", "enter")
        assert Mark("here") in source.sent
        await pilot.press("home", "g", *"here", "enter")
        assert source.sent[-1] == Seek(314 * MINUTE_NS)
        before = len(source.sent)
        await pilot.press("g", *"never", "enter")
        assert len(source.sent) == before
        assert "not a time or a marker: never" in shown(app, "foot")

    drive(session, source=StagedSource("flapping", seekable=True))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
def test_digits_focus_panels_and_bring_them_to_the_screen(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        for number, part in enumerate(PANELS, start=1):
            await pilot.press(str(number))
            await pilot.pause()
            assert app.main.focused is not None
            assert app.main.focused.id == part
            assert part in visible(app)
            assert shown(app, part)
        await pilot.press("8")
        assert app.main.focused is not None
        assert app.main.focused.id == "timeline"

    drive(session, size=size)


def test_e_maximises_and_escape_comes_back() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("2", "e")
        await pilot.pause()
        assert [part for part in visible(app) if part in PANELS] == ["leases"]
        assert "impact" in visible(app)
        await pilot.press("escape")
        assert set(PANELS) <= set(visible(app))

    drive(session)


def test_tab_walks_around_the_panels() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        walked = []
        for _ in range(8):
            await pilot.press("tab")
            assert app.main.focused is not None
            walked.append(app.main.focused.id)
        assert walked == [*PANELS, "dns"]
        await pilot.press("shift+tab")
        assert app.main.focused is not None
        assert app.main.focused.id == "events"

    drive(session)


def test_slash_filters_the_events_and_escape_clears_the_filter() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("slash", *"operators", "enter")
        assert "04:14:00" in shown(app, "events")
        assert "service-connect" not in shown(app, "events")
        await pilot.press("escape")
        assert "service-connect" in shown(app, "events")

    drive(session)


def test_j_and_k_scroll_the_focused_panel_no_further_than_it_goes() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        newest = shown(app, "events")
        await pilot.press("7", "k")
        assert shown(app, "events") != newest
        assert app.main.panel is not None
        app.main.panel.scroll_steps(500)
        assert "The run begins" in shown(app, "events")
        app.main.panel.scroll_steps(-18)
        await pilot.press("j")
        assert shown(app, "events") == newest
        await pilot.press("5", "j")
        assert shown(app, "latency")

    drive(session)


def test_s_saves_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("s", "enter")
        await pilot.pause()
        assert "outage-tui-072300.svg" in shown(app, "foot")
        await pilot.press("s", "down", "enter")
        await pilot.pause()
        await pilot.press("s", "enter")
        await pilot.pause()
        assert "outage-tui-072300-2.svg" in shown(app, "foot")

    drive(session)
    picture = (tmp_path / "outage-tui-072300.svg").read_text("utf-8")
    assert picture.startswith("<svg")
    assert "@font-face" not in picture
    assert "TOO LITTLE CAPACITY" in (tmp_path / "outage-tui-072300.txt").read_text("utf-8")
    assert (tmp_path / "outage-tui-072300-2.svg").exists()


def test_q_quits_and_tells_the_host() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("q")
        assert source.sent == [Quit()]

    assert drive(session).return_value == 0


def test_q_asks_first_when_the_run_is_kept_nowhere() -> None:
    source = StagedSource("empty")
    source.hello = msgspec.structs.replace(HELLO, recording=None)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("q")
        assert isinstance(app.screen, AskScreen)
        await pilot.press("escape")
        assert source.sent == []
        await pilot.press("q", "enter")
        assert source.sent == [Quit()]

    drive(session, source=source)


def test_capital_q_leaves_a_report_behind() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("Q")

    assert "second wave begins" in drive(session).parting_words


def test_a_dead_host_is_told_and_the_exit_status_says_so() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        source.status = attrs.evolve(
            source.status, failure=Failure(reason="killed", log="host.log", exit_code=-9)
        )
        app.tick()
        assert "THE SIMULATOR STOPPED (exit status -9): killed" in shown(app, "impact")
        assert "HOST DEAD" in shown(app, "status")
        assert shown(app, "dns")
        await pilot.press("q")

    assert drive(session).return_value == 1


def test_a_panel_that_fails_shows_it_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[object]:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(DnsPanel, "draw_scrolled", broken)

    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        words = shown(app, "dns").replace("\n", "")
        assert "this panel failed: ZeroDivisionError: planted" in words
        assert "STABLE" in shown(app, "leases")

    drive(session)


def test_a_click_on_the_timeline_seeks_in_a_replay() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.click("#timeline", offset=(0, 1))
        assert source.sent == [Seek(0)]

    drive(session, source=StagedSource("flapping", seekable=True))


def test_a_click_on_a_tab_shows_its_panel() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert "services" not in visible(app)
        await pilot.click("#tabs", offset=(shown(app, "tabs").index("Services"), 0))
        await pilot.pause()
        assert "services" in visible(app)

    drive(session, size=(80, 24))


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (1, 1), (80, 24), (300, 80)])
def test_every_size_draws_something(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert shown(app, "status")
        await pilot.resize_terminal(200, 55)
        await pilot.pause()
        assert set(PANELS) <= set(visible(app))
        assert "TOO LITTLE CAPACITY" in shown(app, "nlb")

    drive(session, size=size)


def test_nothing_is_drawn_again_when_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        painted: list[object] = []
        monkeypatch.setattr(app.main, "paint", painted.append)
        app.tick()
        app.tick()
        assert painted == []
        source.status = Status(t_ns=1)
        app.tick()
        assert len(painted) == 1

    drive(session)


def test_copying_takes_the_focused_panels_text() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("y")
        assert "nothing selected" in shown(app, "foot")
        await pilot.press("4", "y")
        assert "TOO LITTLE CAPACITY" in app.clipboard

    drive(session)
