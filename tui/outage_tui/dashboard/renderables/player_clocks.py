"""The lines at the top: three clocks, how time goes and why, which drill and seat this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_wording import SEATS_IN_WORDS
from outage_tui.drill_link import LEVEL_NOT_TOLD

if TYPE_CHECKING:
    from rich.style import Style

    from outage_tui.dashboard.renderables.player_scene import PlayerScene

Part = tuple[str, "Style"]
LITTLE_LEFT_S = 600
"""From here on the time that is left stands out."""


def draw_clocks(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """One line where it is wide or low, else two; from the right, what does not fit is left out."""
    clocks, about = _clocks(scene), _about(scene)
    if height < 2:
        return [_row(scene, [*clocks, *about], width)]
    return [_row(scene, clocks, width), _row(scene, about, width)]


def tempo_words(scene: PlayerScene) -> str:
    """How time goes, and why: `time x60: waiting until 02:30`."""
    tempo = scene.tempo
    why = f": {tempo.why}" if tempo.why else ""
    if scene.view.frozen or tempo.frozen:
        return "time stands still"
    if scene.welcome.verb_cost:
        return tempo.why or "time moves when you act"
    if tempo.pace == 0:
        return f"time stands{why}"
    return f"time x{tempo.pace:.3g}{why}"


def _clocks(scene: PlayerScene) -> list[Part]:
    ink, view = scene.ink, scene.view
    left = ink.caution if view.left_s <= LITTLE_LEFT_S else ink.plain
    parts = [(f"{scene.clock.hms(view.t_ns)} PDT", ink.strong)]
    if view.over:
        parts.append((" OVER ", ink.badge))
    elif view.frozen or scene.tempo.frozen:
        parts.append((" FROZEN ", ink.badge))
    since = wording.duration(view.since_begin_s)
    parts.append((f"{since} since you took over", ink.accent))
    parts.append((f"{wording.duration(view.left_s)} left", left))
    return parts


def _about(scene: PlayerScene) -> list[Part]:
    ink, view, welcome = scene.ink, scene.view, scene.welcome
    seat = SEATS_IN_WORDS.get(welcome.seat, welcome.seat)
    parts = [(tempo_words(scene), ink.plain)]
    parts.append((f"{wording.duration(scene.tempo.wall_s)} played", ink.dim))
    level = "" if welcome.level == LEVEL_NOT_TOLD else f", level {welcome.level}"
    parts.append((f"{view.title}{level}", ink.dim))
    parts.append((f"you are {seat}", ink.dim))
    return parts


def _row(scene: PlayerScene, parts: list[Part], width: int) -> Line:
    line = Line(" ")
    for n, (text, style) in enumerate(parts):
        gap = 3 if n else 0
        if n and line.width + gap + len(text) > width:
            continue
        line.add(" " * gap).add(text, style)
    return line.cut(width, scene.ink.glyphs.ellipsis)
