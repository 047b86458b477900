"""A picture of the dashboard without a terminal, as SVG.

`python -m outage_tui.dashboard.picture RECORDING --at 02:40 --size 160x48 -o picture.svg` draws one
moment of a recording; `picture` does the same for any source.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outage_tui.config import THEMES

if TYPE_CHECKING:
    from outage_tui.dashboard.source import Source


def picture(
    source: Source,
    *,
    width: int = 160,
    height: int = 48,
    ascii_only: bool = False,
    theme: str = THEMES[0],
    keys: tuple[str, ...] = (),
) -> str:
    """The SVG of a source's newest moment. `keys` are pressed first, e.g. ("2", "e")."""
    return asyncio.run(_picture(source, width, height, ascii_only, theme, keys))


async def _picture(
    source: Source, width: int, height: int, ascii_only: bool, theme: str, keys: tuple[str, ...]
) -> str:
    from outage_tui.dashboard.app import OutageApp

    app = OutageApp(source, ascii_only=ascii_only, theme=theme, ticking=False)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        if keys:
            await pilot.press(*keys)
        app.tick()
        await pilot.pause()
        return app.export_screenshot(title="outage-tui")


def size_of(_: click.Context, __: click.Parameter, text: str) -> tuple[int, int]:
    """Columns and rows from `160x48`. Raises BadParameter."""
    match = re.fullmatch(r"(\d{1,3})x(\d{1,3})", text)
    if match is None or 0 in (width := int(match[1]), height := int(match[2])):
        raise click.BadParameter(f"{text!r} is no size; say columns and rows, e.g. 160x48")
    return width, height


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--at", "when", metavar="WHEN", required=True, help="04:14, T+266m or an ISO time.")
@click.option(
    "--size", metavar="COLUMNSxROWS", default="160x48", callback=size_of, show_default=True
)
@click.option("--theme", type=click.Choice(THEMES), default=THEMES[0], show_default=True)
@click.option("--no-color", is_flag=True, help="As with NO_COLOR set.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only.")
@click.option("--key", "keys", multiple=True, help="Press this first, e.g. --key 2 --key e.")
@click.option("-o", "out", type=click.Path(path_type=Path), metavar="FILE.svg", required=True)
def draw(
    recording: Path,
    when: str,
    size: tuple[int, int],
    theme: str,
    no_color: bool,
    ascii_only: bool,
    keys: tuple[str, ...],
    out: Path,
) -> None:
    """Draw the dashboard at one moment of RECORDING as SVG."""
    from outage_tui.mishap import BadUsage
    from outage_tui.replay import opened

    # Textual takes the variable out of the environment, so it must be set for each application.
    if no_color:
        os.environ["NO_COLOR"] = "1"
    width, height = size
    with opened(recording, when) as source:
        svg = picture(
            source, width=width, height=height, ascii_only=ascii_only, theme=theme, keys=keys
        )
    try:
        out.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise BadUsage(f"{out}: cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    from outage_tui.mishap import guarded

    guarded(draw)
