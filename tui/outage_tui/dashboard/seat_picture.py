"""A picture of a seat's screen without a terminal and without a host, as SVG.

`python -m outage_tui.dashboard.seat_picture storm --seat commander --size 160x48 -o picture.svg`
draws a staged moment; `seat_picture` does the same for any source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import click

from outage_tui.dashboard.renderables.player_wording import SEATS_IN_WORDS
from outage_tui.dashboard.staged_seat import SEAT_MOMENTS, SeatMoment, StagedSeat
from outage_tui.dashboard.svg_picture import Looks, PictureChoices, picture_options, svg_of

if TYPE_CHECKING:
    from outage_tui.dashboard.seat_source import SeatSource


def seat_picture(source: SeatSource, **looks: Unpack[Looks]) -> str:
    """The SVG of a seat's newest state. `keys` are pressed first; the briefing is read before."""
    from outage_tui.dashboard.player_app import PlayerApp

    return svg_of(PlayerApp, source, title="outage-tui drill", **looks)


@click.command()
@click.argument("moment", type=click.Choice(SEAT_MOMENTS))
@click.option(
    "--seat",
    type=click.Choice([seat for seat in SEATS_IN_WORDS if seat != "facilitator"]),
    default="solo",
    show_default=True,
)
@picture_options
def draw(moment: SeatMoment, seat: str, **chosen: Any) -> None:
    """Draw a staged MOMENT of a seat's screen as SVG."""
    PictureChoices(**chosen).keep(seat_picture, StagedSeat(moment, seat))


if __name__ == "__main__":
    from outage_tui.mishap import guarded

    guarded(draw)
