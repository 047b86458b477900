"""A picture of a facilitator's screen without a terminal and without a host, as SVG.

`python -m outage_tui.dashboard.facilitator_picture busy --size 160x48 -o picture.svg` draws a
staged moment; `facilitator_picture` does the same for any source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, get_args

import click

from outage_tui.dashboard.staged_facilitator import Moment, StagedFacilitator
from outage_tui.dashboard.svg_picture import Looks, PictureChoices, picture_options, svg_of

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import SeatSource


def facilitator_picture(source: SeatSource, **looks: Unpack[Looks]) -> str:
    """The SVG of a drill's newest state. `keys` are pressed first, e.g. ("2", "e")."""
    from outage_tui.dashboard.facilitator_app import FacilitatorApp

    return svg_of(FacilitatorApp, source, title="outage-tui drill", **looks)


@click.command()
@click.argument("moment", type=click.Choice(get_args(Moment)))
@picture_options
def draw(moment: Moment, **chosen: Any) -> None:
    """Draw a staged MOMENT of a facilitator's screen as SVG."""
    PictureChoices(**chosen).keep(facilitator_picture, StagedFacilitator(moment))


if __name__ == "__main__":
    from outage_tui.mishap import guarded

    guarded(draw)
