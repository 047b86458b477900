"""Pictures of a drill: what its commander sees, and what its facilitator sees at that moment.

Used by `benchmarks.pictures`. Drill, sensors and people are those of a real play by a script; only
the pace and who is present are made up.
"""

import asyncio
from pathlib import Path

import trio

from outage_agents.drills.drill_file import load_drill, read_play
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_engine.clock import MINUTE
from outage_tui.dashboard.facilitator_app import FacilitatorApp
from outage_tui.dashboard.keepsakes import without_fonts
from outage_tui.dashboard.player_app import PlayerApp
from outage_tui.dashboard.seat_source import SeatNews
from outage_tui.drill_link import (
    Present,
    Request,
    Tempo,
    Welcome,
    facilitator_view_of,
    seat_view_of,
)
from outage_tui.drill_states import SeatStates

DRILL = "trap"
PLAY = Path(__file__).with_name("drill_picture.play.toml")
AFTER_NS = 14 * MINUTE
"""So long after the player took over."""
SIZE = (160, 48)


class Moment:
    """A source that shows one moment of a play."""

    def __init__(self, welcome: Welcome, news: SeatNews) -> None:
        self.welcome = welcome
        self._news = news

    def poll(self) -> SeatNews:
        """Always the same."""
        return self._news

    def announce(self, news: object) -> None:
        """Nothing comes by itself."""

    def send(self, request: Request) -> None:
        """Nobody hears it."""

    def close(self) -> None:
        """Nothing is held."""


def draw_drill(folder: Path) -> None:
    """Write `drill-player.svg` and `drill-facilitator.svg`."""
    stage = played()
    director, drill = stage.director, stage.drill
    tempo = Tempo(8.6, 8.6, why="", wall_s=96.0)
    states = SeatStates(stage)
    welcome = Welcome(
        seat="solo",
        drill=drill.id,
        title=drill.title,
        level=drill.level,
        length_min=drill.length_min,
        start=stage.simulation.scenario.start,
        begin_ns=director.begin_ns,
        end_ns=director.end_ns,
        seats=("solo",),
        may_steer=True,
    )
    present = (Present("solo", "Ana", here=True),)
    state = states.seat_state("solo", stage.now_ns, tempo, present)
    truth = states.facilitator_state(stage.now_ns, tempo, present, 96.0, "drill-trap.otrec", ())
    seat = SeatNews(state=state, view=seat_view_of(state))
    leader = SeatNews(facilitator=truth, facilitator_view=facilitator_view_of(truth))
    for name, app in (
        ("drill-player", PlayerApp(Moment(welcome, seat), ticking=False)),
        ("drill-facilitator", FacilitatorApp(Moment(welcome, leader), ticking=False)),
    ):
        path = folder / f"{name}.svg"
        path.write_text(asyncio.run(_picture(app)), "utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def played() -> Stage:
    """The drill, as far as it is shown."""
    drill = load_drill(DRILL)
    stage = Stage.of(drill)
    until_ns = stage.begin_ns + AFTER_NS

    class Enough(Exception):
        """It has come far enough."""

    def between(stage: Stage) -> None:
        if stage.now_ns >= until_ns:
            raise Enough

    async def play() -> None:
        try:
            await stage.play(ScriptedPlayer(read_play(str(PLAY), drill)), between)
        except* Enough:
            pass

    trio.run(play)
    return stage


async def _picture(app: PlayerApp | FacilitatorApp) -> str:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        return without_fonts(app.export_screenshot(title="outage-tui"))
