"""The last lines: what the host answered last, and every key there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.journal import AskHint
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_seats import CommandKey, command_keys
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.renderables.player_scene import PlayerScene

Said = tuple[str, str]
"""A key and what it does."""


def foot_keys(seat: str, panels: int, *, may_steer: bool, hints: int | None = None) -> list[Said]:
    """The keys of a seat, commands first. `panels`: how many; 0 where their names have a line.
    `hints`: how many are left, when that is known."""
    said = [(one.key, _short(one, hints)) for one in command_keys(seat)]
    if may_steer:
        said += [("f", "freeze"), ("+/-", "pace"), ("g", "back")]
    said += [(f"1-{panels}", "panel")] if panels else []
    return [*said, ("e", "large"), ("?", "help"), ("ctrl+p", "find"), ("q", "leave")]


def _short(one: CommandKey, hints: int | None) -> str:
    if one.command is AskHint and hints is not None:
        return f"{one.short} ({hints})"
    return one.short


def key_rows(said: Sequence[Said], width: int) -> list[list[Said]]:
    """The keys over as many lines as they take."""
    rows: list[list[Said]] = [[]]
    used = 1
    for key, words in said:
        needs = len(key) + len(words) + 3
        if used + needs > width + 2 and rows[-1]:
            rows.append([])
            used = 1
        rows[-1].append((key, words))
        used += needs
    return rows


def draw_player_foot(
    scene: PlayerScene, width: int, height: int, said: Sequence[Said]
) -> list[Line]:
    """The answer above the keys."""
    ink = scene.ink
    style = ink.caution if scene.refused else ink.accent
    words = one_line(scene.notice)
    if words:
        glyph = ink.glyph("bad" if scene.refused else "ok")
        answer = Line(f" {glyph} {'refused: ' if scene.refused else ''}{words}", style)
    else:
        answer = Line()
    lines = [answer.cut(width, ink.glyphs.ellipsis)]
    for row in key_rows(said, width):
        line = Line(" ")
        for place, (key, does) in enumerate(row):
            line.add("  " if place else "").add(key, ink.accent).add(f" {does}", ink.dim)
        lines.append(line)
    return lines[:height]
