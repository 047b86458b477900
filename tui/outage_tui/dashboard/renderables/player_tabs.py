"""One line with the key and the name of every panel of a seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

SHORT_TITLES: Final = {
    "pages": "Pages",
    "sensors": "Sensors",
    "work": "Work",
    "says": "Talk",
    "log": "Log",
    "customers": "Customers",
    "roster": "People",
}


def draw_player_tabs(
    scene: PlayerScene, width: int, parts: tuple[str, ...], visible: frozenset[str]
) -> list[Line]:
    """The visible ones set off."""
    line = Line()
    for part, text in zip(parts, _texts(width, parts), strict=True):
        style = scene.ink.badge if part in visible else scene.ink.dim
        line.add(text, style).add(" ")
    return [line.cut(width, "")]


def tab_at(x: int, width: int, parts: tuple[str, ...]) -> str:
    """The panel whose name is at column `x`; nothing beyond the last."""
    end = 0
    for part, text in zip(parts, _texts(width, parts), strict=True):
        end += len(text) + 1
        if x < end:
            return part
    return ""


def _texts(width: int, parts: tuple[str, ...]) -> list[str]:
    whole = [f" {n} {SHORT_TITLES[part]} " for n, part in enumerate(parts, 1)]
    if sum(len(text) + 1 for text in whole) <= width + 1:
        return whole
    room = max(3, width // max(1, len(parts)) - 1)
    return [f"{n} {SHORT_TITLES[part]}"[:room] for n, part in enumerate(parts, 1)]
