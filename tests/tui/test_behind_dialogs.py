"""What is behind an open dialog goes on: who writes a note for minutes still leads a drill."""

import asyncio

import attrs
from textual.pilot import Pilot

from outage_tui.config import Settings
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.screens.ask_screen import AskScreen
from outage_tui.dashboard.staged_facilitator import NOW_NS, StagedFacilitator, facilitator_view

MINUTE_NS = 60 * 10**9


def seen(app: FacilitatorApp) -> str:
    """Everything on the terminal, dialog and what is behind it."""
    return "\n".join(row.text for row in app.screen._compositor.render_strips(app.size))


async def until_seen(pilot: Pilot[int], app: FacilitatorApp, text: str) -> None:
    """Look until it is there; the test's own time limit ends a wait in vain."""
    while text not in seen(app):
        app.tick()
        await pilot.pause(0.01)


def test_a_drill_goes_on_behind_the_note_its_facilitator_writes() -> None:
    async def session() -> None:
        source = StagedFacilitator()
        app = FacilitatorApp(source, chosen=Settings(hint=False))
        async with app.run_test(size=(160, 48)) as pilot:
            await pilot.pause()
            await pilot.press("n", *"late again")
            assert isinstance(app.screen, AskScreen)
            base = facilitator_view()
            for minutes in range(1, 4):
                later_ns = NOW_NS + minutes * MINUTE_NS
                source.renew(attrs.evolve(base, player=attrs.evolve(base.player, t_ns=later_ns)))
                clock = app.station().clock.hms(later_ns)
                async with asyncio.timeout(30):
                    await until_seen(pilot, app, clock)
            assert "late again" in seen(app)

    asyncio.run(session())
