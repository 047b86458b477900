"""The last lines: what the host answered last, and every key there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.journal import AskHint
from outage_tui.dashboard.player_keys import player_keyboard
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_seats import CommandKey, command_keys
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.keys import Keyboard
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

Said = tuple[str, str]
"""A key and what it does."""


def foot_keys(
    seat: str,
    panels: int,
    *,
    may_steer: bool,
    hints: int | None = None,
    keys: Keyboard | None = None,
) -> list[Said]:
    """The keys of a seat, commands first. `panels`: how many; 0 where their names have a line.
    `hints`: how many are left, when that is known. `keys`: those in force; the usual ones."""
    keys = keys or player_keyboard(seat, may_steer=may_steer)
    said = [(keys.sign(f"drill.{one.kind}"), _short(one, hints)) for one in command_keys(seat)]
    said += [
        (keys.sign("drill.freeze"), "freeze"),
        (keys.signs("drill.pace.faster", "drill.pace.slower"), "pace"),
        (keys.sign("drill.go_back"), "back"),
        (_panel_keys(keys, panels), "panel"),
        (keys.sign("drill.panel.maximise"), "large"),
        (keys.sign("drill.help"), "help"),
        (keys.sign("drill.palette"), "find"),
        (keys.sign("drill.quit"), "leave"),
    ]
    return [(key, words) for key, words in said if key]


def _panel_keys(keys: Keyboard, panels: int) -> str:
    """`1-7`, where those are the keys of the panels."""
    numbers = range(1, panels + 1)
    signs = [keys.sign(f"drill.panel.{number}") for number in numbers]
    if panels > 1 and signs == [str(number) for number in numbers]:
        return f"1-{panels}"
    return "/".join(sign for sign in signs if sign)


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
