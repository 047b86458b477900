"""What the team believes and what it decided: hypotheses with their state, decisions with what was
expected by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.journal import Decide, Hypothesis
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import DecisionView, HypothesisView, NoteView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_STATES: Final[dict[str, Severity]] = {"open": "caution", "supported": "ok", "refuted": "bad"}
REFUTED: Final = "refuted"
_ORDER: Final = ("supported", "open", REFUTED)


def draw_log(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """What may still be so, then decisions, the newest first, then what was refuted, then notes."""
    view, ink = scene.view, scene.ink
    lines: list[Line] = []
    held = sorted(view.hypotheses, key=_rank)
    for one in held:
        if one.state != REFUTED:
            lines += _hypothesis(one, scene, width)
    if not view.hypotheses:
        key = scene.key_to(Hypothesis)
        lines += wrapped(_none("no hypothesis yet", key, "writes one down"), ink.dim, width)
    lines.append(Line(ink.glyphs.rail * width, ink.track))
    for decision in reversed(view.decisions):
        lines += _decision(decision, scene, width)
    if not view.decisions:
        key = scene.key_to(Decide)
        lines += wrapped(_none("no decision yet", key, "logs one"), ink.dim, width)
    for one in held:
        if one.state == REFUTED:
            lines += _hypothesis(one, scene, width)
    if view.notes:
        lines.append(Line(ink.glyphs.rail * width, ink.track))
    for note in reversed(view.notes):
        lines += _note(note, scene, width)
    return lines


def _none(words: str, key: str, does: str) -> str:
    return words + (f"; {key} {does}" if key else "")


def _rank(one: HypothesisView) -> int:
    return _ORDER.index(one.state) if one.state in _ORDER else len(_ORDER)


def _hypothesis(one: HypothesisView, scene: PlayerScene, width: int) -> list[Line]:
    ink = scene.ink
    severity = _STATES.get(one.state, "unknown")
    style = ink.dim if one.state == REFUTED else ink.plain
    head = Line(f"{ink.glyph(severity)} {one_line(one.state)}", ink.of(severity)).to(12)
    pieces = wrapped(one_line(one.text), style, max(8, width - 12)) or [Line()]
    return [head.join(pieces[0]), *(Line().to(12).join(piece) for piece in pieces[1:])]


def _note(one: NoteView, scene: PlayerScene, width: int) -> list[Line]:
    told = f"{one_line(one.seat)} notes: {one_line(one.text)}"
    pieces = wrapped(told, scene.ink.dim, max(8, width - 6))
    at = Line(f"{scene.clock.hm(one.t_ns)} ", scene.ink.accent)
    return [(Line().to(6) if n else at).join(piece) for n, piece in enumerate(pieces)]


def _decision(one: DecisionView, scene: PlayerScene, width: int) -> list[Line]:
    ink = scene.ink
    told = one_line(one.what)
    why = f", because {one_line(one.why)}" if one.why else ""
    lines = []
    for place, piece in enumerate(wrapped(told + why, ink.plain, max(8, width - 6))):
        head = Line(f"{scene.clock.hm(one.t_ns)} ", ink.accent) if not place else Line().to(6)
        lines.append(head.join(piece))
    due_s = -scene.ago_s(one.by_ns)
    by = scene.clock.hm(one.by_ns)
    expected = one_line(one.expect) or "no expectation given"
    sure = f", {one.confidence * 100:.0f} % sure"
    if due_s > 0:
        words, style = f"by {by}, in {wording.duration(due_s)}: {expected}{sure}", ink.dim
    else:
        words, style = f"DUE since {by}: {expected}? {sure[2:]}", ink.caution
    return lines + [Line().to(6).join(p) for p in wrapped(words, style, max(8, width - 6))]
