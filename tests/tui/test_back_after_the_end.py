"""Who goes back once a drill is over reads that it goes back, and not that it is over."""

import asyncio

from textual.app import App

from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.renderables.facilitator_header import band_of
from outage_tui.dashboard.seat_source import SeatNews
from outage_tui.dashboard.staged_facilitator import StagedFacilitator
from outage_tui.dashboard.staged_seat import StagedSeat
from outage_tui.drill_link import Progress, Returned

GOING = Progress("going back", 0.3)
BACK = Returned(206 * 60 * 10**9, "somebody went back")


def words_of(app: App[int]) -> str:
    """What the terminal shows."""
    return "\n".join(row.text for row in app.screen._compositor.render_strips(app.size))


def test_a_player_who_goes_back_after_the_end_sees_how_far_that_is() -> None:
    async def session() -> None:
        source = StagedSeat("over")
        app = PlayerApp(source, ticking=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            assert "THE DRILL IS OVER" in words_of(app)
            source.view, source.ended, source.returned, source.progress = None, None, BACK, GOING
            app.tick()
            await pilot.pause()
            assert "30 %  going back" in words_of(app)
            assert "OVER" not in words_of(app)
            assert "counted" not in words_of(app)
            source.stage("quiet")
            app.tick()
            await pilot.pause()
            assert "going back" not in words_of(app)

    asyncio.run(session())


def test_a_facilitator_who_goes_back_after_the_end_sees_how_far_that_is() -> None:
    async def session() -> None:
        source = StagedFacilitator("over")
        app = FacilitatorApp(source, ticking=False)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            assert band_of(app.station())[0] == "OVER"
            source.link, source._returned = SeatNews(progress=GOING), BACK
            app.tick()
            await pilot.pause()
            assert band_of(app.station())[0] == ""
            assert "30 %  going back" in words_of(app)

    asyncio.run(session())
