"""A picture of a facilitator's screen without a terminal and without a host, as SVG.

`python -m outage_tui.dashboard.facilitator_picture busy --size 160x48 -o picture.svg` draws a
staged moment; `facilitator_picture` does the same for any source.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from outage_tui.config import THEMES
from outage_tui.dashboard.picture import size_of
from outage_tui.dashboard.staged_facilitator import Moment, StagedFacilitator

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import SeatSource


def facilitator_picture(
    source: SeatSource,
    *,
    width: int = 160,
    height: int = 48,
    ascii_only: bool = False,
    theme: str = THEMES[0],
    keys: tuple[str, ...] = (),
) -> str:
    """The SVG of a drill's newest state. `keys` are pressed first, e.g. ("2", "e")."""
    return asyncio.run(_picture(source, width, height, ascii_only, theme, keys))


async def _picture(
    source: SeatSource, width: int, height: int, ascii_only: bool, theme: str, keys: tuple[str, ...]
) -> str:
    from outage_tui.dashboard.facilitator_app import FacilitatorApp
    from outage_tui.dashboard.keepsakes import without_fonts

    app = FacilitatorApp(source, ascii_only=ascii_only, theme=theme, ticking=False)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        if keys:
            await pilot.press(*keys)
        app.tick()
        await pilot.pause()
        return without_fonts(app.export_screenshot(title="outage-tui drill"))


@click.command()
@click.argument("moment", type=click.Choice(get_args(Moment)))
@click.option(
    "--size", metavar="COLUMNSxROWS", default="160x48", callback=size_of, show_default=True
)
@click.option("--theme", type=click.Choice(THEMES), default=THEMES[0], show_default=True)
@click.option("--no-color", is_flag=True, help="As with NO_COLOR set.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only.")
@click.option("--key", "keys", multiple=True, help="Press this first, e.g. --key 2 --key e.")
@click.option("-o", "out", type=click.Path(path_type=Path), metavar="FILE.svg", required=True)
def draw(
    moment: Moment,
    size: tuple[int, int],
    theme: str,
    no_color: bool,
    ascii_only: bool,
    keys: tuple[str, ...],
    out: Path,
) -> None:
    """Draw a staged MOMENT of a facilitator's screen as SVG."""
    from outage_tui.mishap import BadUsage

    # Textual takes the variable out of the environment, so it must be set for each application.
    if no_color:
        os.environ["NO_COLOR"] = "1"
    width, height = size
    source = StagedFacilitator(moment)
    svg = facilitator_picture(
        source, width=width, height=height, ascii_only=ascii_only, theme=theme, keys=keys
    )
    try:
        out.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise BadUsage(f"{out}: cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    from outage_tui.mishap import guarded

    guarded(draw)
