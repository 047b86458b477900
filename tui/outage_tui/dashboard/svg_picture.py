"""What pictures of all screens have in common: how they look, what is pressed first, and the file.

`picture` draws the dashboard, `seat_picture` a player's screen, `facilitator_picture` a
facilitator's; each of them is a command as well.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict

import attrs
import click

from outage_tui.config import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from textual.pilot import Pilot
    from textual.screen import Screen


class Looks(TypedDict, total=False):
    """How a picture is drawn. `keys` are pressed first, e.g. ("2", "e")."""

    width: int
    height: int
    ascii_only: bool
    theme: str
    keys: tuple[str, ...]


class Pictured(Protocol):
    """An application of which a picture can be taken."""

    @property
    def main(self) -> Screen[Any]:
        """Its main screen, also while another one lies over it."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""

    def run_test(self, *, size: tuple[int, int]) -> AbstractAsyncContextManager[Pilot[Any]]:
        """Run without a terminal."""

    def tick(self) -> None:
        """Fetch what is new, and draw it."""

    def export_screenshot(self, *, title: str) -> str:
        """The screen as SVG."""


def svg_of(
    application: Callable[..., Pictured],
    source: object,
    *,
    title: str,
    width: int = 160,
    height: int = 48,
    ascii_only: bool = False,
    theme: str = THEMES[0],
    keys: tuple[str, ...] = (),
) -> str:
    """The SVG of the newest moment of a source, as the application draws it."""

    from outage_tui.dashboard.keepsakes import without_fonts

    async def taken() -> str:
        app = application(source, ascii_only=ascii_only, theme=theme, ticking=False)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.pause()
            if app.screen is not app.main:  # what is to be read first
                await pilot.press("enter")
            if keys:
                await pilot.press(*keys)
            app.tick()
            await pilot.pause()
            return without_fonts(app.export_screenshot(title=title))

    return asyncio.run(taken())


# -- commands -----------------------------------------------------------------------------------


def _size(_: click.Context, __: click.Parameter, text: str) -> tuple[int, int]:
    """Columns and rows from `160x48`. Raises BadParameter."""
    match = re.fullmatch(r"(\d{1,3})x(\d{1,3})", text)
    if match is None or 0 in (width := int(match[1]), height := int(match[2])):
        raise click.BadParameter(f"{text!r} is no size; say columns and rows, e.g. 160x48")
    return width, height


_OPTIONS: Final = (
    click.option(
        "--size", metavar="COLUMNSxROWS", default="160x48", callback=_size, show_default=True
    ),
    click.option("--theme", type=click.Choice(THEMES), default=THEMES[0], show_default=True),
    click.option("--no-color", is_flag=True, help="As with NO_COLOR set."),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII only."),
    click.option("--key", "keys", multiple=True, help="Press this first, e.g. --key 2 --key e."),
    click.option("-o", "out", type=click.Path(path_type=Path), metavar="FILE.svg", required=True),
)


def picture_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that draws a picture; together they are a `PictureChoices`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@attrs.frozen(kw_only=True)
class PictureChoices:
    """What was chosen on the command line."""

    size: tuple[int, int]
    theme: str
    no_color: bool
    ascii_only: bool
    keys: tuple[str, ...]
    out: Path

    def keep(self, taken: Callable[..., str], source: object) -> None:
        """Write the picture that `taken` takes of a source. Raises BadUsage when it cannot be."""
        from outage_tui.mishap import BadUsage

        # Textual takes the variable out of the environment, so it is set for each application.
        if self.no_color:
            os.environ["NO_COLOR"] = "1"
        width, height = self.size
        looks = Looks(
            width=width,
            height=height,
            ascii_only=self.ascii_only,
            theme=self.theme,
            keys=self.keys,
        )
        svg = taken(source, **looks)
        try:
            self.out.write_text(svg, encoding="utf-8")
        except OSError as error:
            raise BadUsage(f"{self.out}: cannot be written: {error.strerror}") from error
