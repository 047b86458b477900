"""The guided tour: ten stops, found in what happened, in the order of the night."""

import asyncio
import textwrap
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from outage_agents.scenario import Scenario
from outage_engine.recording.playback import Playback
from outage_engine.recording.reader import Recording
from outage_tui import tour
from outage_tui.dashboard.app import OutageApp
from outage_tui.dashboard.renderables.arrangement import PANELS
from outage_tui.dashboard.renderables.ink import ASCII, MONO
from outage_tui.dashboard.renderables.tour_card import Card, draw_card
from outage_tui.dashboard.screens.help_screen import HelpScreen
from outage_tui.dashboard.screens.tour_screen import TourScreen
from outage_tui.dashboard.staged import StagedSource
from outage_tui.dashboard.widgets.drawing import Drawing
from outage_tui.dashboard.widgets.tour_card import TourCard
from outage_tui.link_messages import Pace, Pause, Resume, Seek
from outage_tui.replay import opened
from outage_tui.tour import STOPS, FoundStop, bar_words, found_stops
from tests.sharing import Nights

MINUTE_NS = 60_000_000_000


def stops_of(path: Path) -> tuple[FoundStop, ...]:
    with Recording(path) as recording:
        return found_stops(Playback(recording))


@pytest.mark.parametrize("seed", [1])
def test_all_ten_stops_are_found_in_the_order_of_the_night(nights: Nights, seed: int) -> None:
    stops = stops_of(nights.of(seed))
    assert [found.stop for found in stops] == list(STOPS)
    times = [found.t_ns for found in stops]
    assert times == sorted(set(times))


def test_at_each_stop_there_is_to_be_seen_what_is_told(nights: Nights) -> None:
    path = nights.of(1)
    shown = {}
    with opened(path, None) as source:
        for found in stops_of(path):
            source.send(Seek(found.t_ns))
            update = source.poll()
            assert update.view is not None
            shown[found.number] = update.view
    assert [shown[n].dns.state for n in (1, 2, 3, 4)] == ["ok", "stale", "empty", "empty"]
    services = {service.name: service.state for service in shown[4].services}
    assert services["STS"] != "down", "internal resolvers answer"
    assert shown[4].dns.customers_empty_share > 0.9
    assert shown[5].leases.broken > shown[4].leases.broken
    assert (shown[6].dns.state, shown[6].leases.verdict) == ("ok", "metastable")
    assert shown[7].leases.verdict == "draining"
    assert shown[8].network_manager.wait_s > 60
    assert shown[9].nlb.zones_out >= 2
    assert [one.name for one in shown[10].services if one.state != "ok"] == ["Redshift clusters"]


def test_what_did_not_happen_is_no_stop(recording: Path) -> None:
    assert [found.number for found in stops_of(recording)] == [1, 2, 3]


def test_every_stop_names_its_source_and_a_part_of_the_dashboard() -> None:
    assert len(STOPS) == 10
    for stop in STOPS:
        assert stop.source
        assert stop.panel in (*PANELS, "timeline")
        assert len(textwrap.wrap(stop.text, 78)) <= 5, "the card must leave room at 80x24"
        assert len(stop.closer) <= 74


# The card ----------------------------------------------------------------------------------------

CARD = Card(3, 10, STOPS[2].title, STOPS[2].text, STOPS[2].closer, STOPS[2].source)


@settings(max_examples=50, deadline=None)
@given(width=st.integers(1, 200), travelling=st.booleans(), folded=st.booleans())
def test_the_card_keeps_to_its_width(width: int, travelling: bool, folded: bool) -> None:
    card = evolve(CARD, travelling=travelling, folded=folded)
    assert all(line.width <= width for line in draw_card(card, width, MONO))


def test_on_the_way_the_card_is_as_high_and_tells_nothing_yet() -> None:
    told = draw_card(CARD, 80, MONO)
    silent = draw_card(evolve(CARD, travelling=True), 80, MONO)
    assert len(told) == len(silent)
    assert "deleted" in " ".join(line.text for line in told)
    assert "deleted" not in " ".join(line.text for line in silent)


def test_the_card_is_ascii_where_ascii_is_wanted() -> None:
    ink = evolve(MONO, glyphs=ASCII)
    assert "".join(line.text for line in draw_card(CARD, 80, ink)).isascii()


# The keys ----------------------------------------------------------------------------------------

Session = Callable[[Pilot[int], OutageApp, StagedSource], Awaitable[None]]
THREE = tuple(
    FoundStop(number, STOPS[number - 1], t_min * MINUTE_NS)
    for number, t_min in ((1, 60), (2, 300), (3, 600))
)


def drive(session: Session, *, size: tuple[int, int] = (80, 24)) -> None:
    source = StagedSource("flapping", seekable=True)
    app = OutageApp(source, ticking=False, main_screen=partial(TourScreen, source, THREE, 10))

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await session(pilot, app, source)

    asyncio.run(run())


def card(app: OutageApp) -> Card:
    return app.main.query_one(TourCard).card


def test_it_begins_at_the_first_stop_halted() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        assert card(app).title == STOPS[0].title
        assert source.status.halted
        assert source.sent[-1] == Seek(60 * MINUTE_NS)

    drive(session)


def test_enter_plays_on_and_halts_where_the_next_stop_is() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        source.sent.clear()
        await pilot.press("enter")
        assert card(app).travelling
        assert isinstance(source.sent[0], Pace)
        assert source.sent[0].multiplier == pytest.approx(240 * 60 / 6.0)
        assert source.sent[1] == Resume()
        source.send(Seek(299 * MINUTE_NS))
        app.tick()
        await pilot.pause()
        assert card(app).travelling
        source.send(Seek(301 * MINUTE_NS))
        app.tick()
        await pilot.pause()
        assert not card(app).travelling
        assert card(app).number == 2
        assert source.sent[-1] == Seek(300 * MINUTE_NS)
        assert source.status.halted

    drive(session)


def test_enter_twice_goes_there_at_once_and_backspace_comes_back() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("enter", "enter")
        assert (card(app).number, card(app).travelling) == (2, False)
        await pilot.press("backspace")
        assert card(app).number == 1
        assert source.status.t_ns == 60 * MINUTE_NS
        await pilot.press("backspace")
        assert card(app).number == 1

    drive(session)


def test_after_the_last_stop_enter_stays_there() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("enter", "enter", "enter", "enter", "enter", "enter")
        assert card(app).last
        assert source.status.t_ns == 600 * MINUTE_NS
        assert Pause() in source.sent

    drive(session)


def test_somebody_who_has_looked_ahead_is_brought_to_the_next_stop_all_the_same() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("end")
        await pilot.press("enter")
        assert (card(app).number, card(app).travelling) == (2, False)
        assert source.status.t_ns == 300 * MINUTE_NS

    drive(session)


def test_the_text_can_be_folded_away_and_the_dashboard_gets_its_room() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        panel = app.main.query_one("#dns", Drawing)
        low = panel.size.height
        await pilot.press("t")
        await pilot.pause()
        assert panel.size.height > low
        await pilot.press("t")
        await pilot.pause()
        assert panel.size.height == low

    drive(session)


def test_the_keys_of_the_dashboard_work_at_a_stop() -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        await pilot.press("2")
        await pilot.pause()
        assert app.main.panel is not None
        assert app.main.panel.PART == "leases"
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await pilot.press("q")
        await pilot.pause()
        assert app.return_value == 0

    drive(session)


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (120, 36), (200, 55)])
def test_the_card_and_the_dashboard_share_the_screen(size: tuple[int, int]) -> None:
    async def session(pilot: Pilot[int], app: OutageApp, source: StagedSource) -> None:
        below = app.main.query_one(TourCard).region
        assert below.bottom == size[1]
        for part in app.main.query(Drawing):
            if part.display and part.id not in ("tour", "foot"):
                assert part.region.bottom <= below.y, part.id
                assert "this panel failed" not in part.shown_text

    drive(session, size=size)


# Its recording -----------------------------------------------------------------------------------


def test_the_recording_of_the_tour_is_made_once_and_made_anew_when_it_is_no_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    short = Scenario.load("dns-only", (("duration_s", "60"), ("dns.endpoints", "3")))
    monkeypatch.setattr(Scenario, "load", lambda name: short)
    made = tour.tour_recording()
    assert made.parent == tmp_path / "recordings"
    assert [file.name for file in made.parent.iterdir()] == [made.name]
    before = made.stat().st_mtime_ns
    assert tour.tour_recording() == made
    assert made.stat().st_mtime_ns == before
    assert "making the tour's recording" in capsys.readouterr().err
    made.write_bytes(made.read_bytes()[:5000])
    with Recording(tour.tour_recording()) as recording:
        assert recording.meta.finished


@given(share=st.floats(0, 1), elapsed_s=st.floats(0, 10_000))
def test_the_progress_bar_always_covers_what_it_wrote_before(
    share: float, elapsed_s: float
) -> None:
    assert len(bar_words("making it", share, elapsed_s)) == 79


def test_the_progress_bar_says_how_long_it_will_take() -> None:
    assert "50%, 10 s left" in bar_words("making it", 0.5, 10.0)
