"""Work under way: what waits for approval, who does what and how long such a thing usually takes,
and what was reported of what is over.

How long an action really takes nobody knows before it is over; the bar shows the usual time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import Approve, Begin, Task, Verify
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import ApprovalView, WorkView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_BAR: Final = 12


def draw_work(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """Approvals, then what is under way, then what is over, the newest first."""
    view = scene.view
    lines = [line for one in view.approvals for line in _approval(one, scene, width)]
    under_way = [one for one in view.work if not one.report]
    over = [one for one in view.work if one.report]
    for one in under_way:
        lines += _under_way(one, scene, width)
    for one in sorted(over, key=lambda one: -one.begun_ns):
        lines += _over(one, scene, width)
    return lines or wrapped(_nothing(scene), scene.ink.dim, width)


def _nothing(scene: PlayerScene) -> str:
    act, task = scene.key_to(Begin), scene.key_to(Task)
    hints = [f"{act} begins an action"] if act else []
    hints += [f"{task} gives somebody a task"] if task else []
    return "nothing is under way" + (f"; {', '.join(hints)}" if hints else "")


def _approval(one: ApprovalView, scene: PlayerScene, width: int) -> list[Line]:
    ink, key = scene.ink, scene.key_to(Approve)
    head = f"{ink.glyph('bad')} APPROVAL {one.n}: {one_line(one.title)}"
    lines = [Line(head, ink.bad).cut(width, ink.glyphs.ellipsis)]
    asked = f"Asked by {_who(one.by, scene)}. " if one.by else ""
    given = f"With {one_line(one.args)}. " if one.args else ""
    told = f"{asked}{given}Risk: {one_line(one.risk)}" + (f"  ({key} approves it)" if key else "")
    return lines + [Line("  ").join(line) for line in wrapped(told, ink.plain, width - 2)]


def _who(id: str, scene: PlayerScene) -> str:
    """Somebody's name: `you` for whoever sits here."""
    if id == scene.welcome.seat:
        return "you"
    names = {one.id: one.name for one in scene.view.roster}
    names |= {one.seat: one.name for one in scene.present if one.name}
    return one_line(names.get(id, id))


def _under_way(one: WorkView, scene: PlayerScene, width: int) -> list[Line]:
    ink = scene.ink
    passed_s = max(0, scene.ago_s(one.begun_ns))
    usual_s = max(1, (one.expected_ns - one.begun_ns) // wording.SECOND_NS)
    late = passed_s > usual_s
    head = Line(f"{ink.glyph('caution')} ", ink.caution).add(one_line(one.title), ink.strong)
    told = f"{wording.duration(passed_s)} of usually {wording.duration(usual_s)}"
    if late:
        told = f"{wording.duration(passed_s)}; usually {wording.duration(usual_s)}"
    who = f"  {_who(one.by, scene)}: "
    line = Line(who, ink.dim).add(f"{told}  ", ink.caution if late else ink.plain)
    if width >= line.width + _BAR:
        filled = min(_BAR, passed_s * _BAR // usual_s)
        line.add(ink.glyphs.bar * filled, ink.accent)
        line.add(ink.glyphs.groove * (_BAR - filled), ink.track)
    return [head.cut(width, ink.glyphs.ellipsis), line.cut(width, ink.glyphs.ellipsis)]


def _over(one: WorkView, scene: PlayerScene, width: int) -> list[Line]:
    ink = scene.ink
    severity: Severity = "ok" if one.report.startswith("done") else "bad"
    head = Line(f"{ink.glyph(severity)} ", ink.of(severity)).add(one_line(one.title), ink.plain)
    lines = [head.cut(width, ink.glyphs.ellipsis)]
    begun = scene.clock.hm(one.begun_ns)
    key = scene.key_to(Verify)
    told = f"{_who(one.by, scene)}, begun {begun}: {one_line(one.report)}"
    if one.verified:
        told += "; verified"
    elif key and severity == "ok":
        told += f"  ({key} verifies it)"
    lines += [Line("  ").join(line) for line in wrapped(told, ink.dim, width - 2)]
    if one.left_on:
        words = f"still so, until: {one_line(one.left_on)}"
        lines += [Line("  ").join(line) for line in wrapped(words, ink.caution, width - 2)]
    return lines
