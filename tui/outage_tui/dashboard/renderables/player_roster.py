"""Who is here: who commands, who sits at which seat, who is on the call and what they are at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.journal import Declare
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_wording import SEATS_IN_WORDS, one_line, plural

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import PersonView
    from outage_tui.dashboard.renderables.player_scene import PlayerScene
    from outage_tui.drill_link import Present


def draw_roster(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """Who commands, then people at seats, then those on the call."""
    ink = scene.ink
    lines = [_command(scene)]
    lines += [_seated(one, scene) for one in _others(scene)]
    lines += [_person(one, scene) for one in scene.view.roster]
    return [line.cut(width, ink.glyphs.ellipsis) for line in lines]


def roster_rows(scene: PlayerScene) -> int:
    """Lines it takes."""
    return 1 + len(_others(scene)) + len(scene.view.roster)


def _others(scene: PlayerScene) -> list[Present]:
    """The other seats, but for empty ones in which somebody on the roster stands in."""
    played = {person.role for person in scene.view.roster}
    return [
        one
        for one in scene.present
        if one.seat != scene.welcome.seat and (one.here or one.name or one.seat not in played)
    ]


def _command(scene: PlayerScene) -> Line:
    ink, view = scene.ink, scene.view
    key = scene.key_to(Declare)
    if not view.declared:
        words = "no incident declared" + (f"; {key} declares it, and you command" if key else "")
        return Line(words, ink.caution)
    names = {one.seat: one.name for one in scene.present if one.name}
    name = names.get(view.commander) or f"the {SEATS_IN_WORDS.get(view.commander, view.commander)}"
    who = "you command" if view.commander == scene.welcome.seat else f"{name} commands"
    return Line(f"{ink.glyph('ok')} declared; {one_line(who)}", ink.good)


def _seated(one: Present, scene: PlayerScene) -> Line:
    ink = scene.ink
    name = one_line(one.name) or ("somebody" if one.here else "nobody")
    line = Line(
        f"{ink.glyph('ok' if one.here else 'unknown')} ", ink.of("ok" if one.here else "unknown")
    )
    line.add(name, ink.strong).add(f"  {one_line(one.seat)}", ink.dim)
    return line.add("" if one.here or not one.name else "  not here", ink.caution)


def _person(one: PersonView, scene: PlayerScene) -> Line:
    ink = scene.ink
    busy = [work for work in scene.view.work if work.by == one.id and not work.report]
    line = Line(f"{ink.glyph('ok')} ", ink.dim).add(one_line(one.name), ink.strong)
    line.add(f"  {one_line(one.role)}", ink.dim)
    if busy:
        more = f" and {plural(len(busy) - 1, 'more', 'more')}" if len(busy) > 1 else ""
        line.add(f"  at: {one_line(busy[0].title)}{more}", ink.caution)
    return line
