"""A picture of the dashboard without a terminal, as SVG.

`python -m outage_tui.dashboard.picture RECORDING --at 02:40 --size 160x48 -o picture.svg` draws one
moment of a recording; `picture` does the same for any source.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import click

from outage_tui.dashboard.svg_picture import Looks, PictureChoices, picture_options, svg_of

if TYPE_CHECKING:
    from outage_tui.dashboard.source import Source


def picture(source: Source, **looks: Unpack[Looks]) -> str:
    """The SVG of a source's newest moment. `keys` are pressed first, e.g. ("2", "e")."""
    from outage_tui.dashboard.app import OutageApp

    return svg_of(OutageApp, source, title="outage-tui", **looks)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--at", "when", metavar="WHEN", required=True, help="04:14, T+266m or an ISO time.")
@picture_options
def draw(recording: Path, when: str, **chosen: Any) -> None:
    """Draw the dashboard at one moment of RECORDING as SVG."""
    from outage_tui.replay import opened

    with opened(recording, when) as source:
        PictureChoices(**chosen).keep(picture, source)


if __name__ == "__main__":
    from outage_tui.mishap import guarded

    guarded(draw)
