"""A picture of the dashboard without a terminal: a source at a size, as SVG."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from outage_tui.dashboard.app import OutageApp

if TYPE_CHECKING:
    from outage_tui.dashboard.source import Source


def picture(
    source: Source,
    *,
    width: int = 160,
    height: int = 48,
    ascii_only: bool = False,
    theme: str = "textual-dark",
    keys: tuple[str, ...] = (),
) -> str:
    """The SVG of a source's newest moment. `keys` are pressed first, e.g. ("2", "e")."""
    return asyncio.run(_picture(source, width, height, ascii_only, theme, keys))


async def _picture(
    source: Source, width: int, height: int, ascii_only: bool, theme: str, keys: tuple[str, ...]
) -> str:
    app = OutageApp(source, ascii_only=ascii_only, theme=theme, ticking=False)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        if keys:
            await pilot.press(*keys)
        app.tick()
        await pilot.pause()
        return app.export_screenshot(title="outage-tui")
