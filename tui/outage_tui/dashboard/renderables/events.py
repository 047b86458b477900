"""Events: the narration, newest at the bottom, as a good incident timeline reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outage_agents.views import NarrationView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.scene import Scene

_SEVERITY: dict[str, Severity] = {"info": "unknown", "warning": "caution", "error": "bad"}


def draw_events(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """The last lines that match the filter; `scroll` counts lines back from the newest."""
    ink = scene.ink
    foot: list[Line] = []
    if scene.wanted:
        foot = [Line("filter ", ink.dim).add(scene.wanted, ink.accent).add("  esc clears", ink.dim)]
    room = max(0, height - len(foot))
    drawn: list[Line] = []
    skip = scroll
    for event in _newest_first(scene.lines, scene.wanted):
        if skip > 0:
            skip -= 1
            continue
        drawn[:0] = _event(scene, event, width)
        if len(drawn) >= room:
            break
    if not drawn:
        words = "no event matches" if scene.wanted else "nothing has happened yet"
        drawn = [Line(words, ink.dim)]
    return [*drawn[-room:], *foot] if room else foot


def matches(event: NarrationView, wanted: str) -> bool:
    """Whether the filter lets an event through: text or component, case ignored, `!` inverts."""
    inverted = wanted.startswith("!")
    needle = wanted.removeprefix("!").lower()
    found = needle in event.text.lower() or needle in event.component.lower()
    return found != inverted if needle else True


def _newest_first(events: Sequence[NarrationView], wanted: str) -> Iterator[NarrationView]:
    return (event for event in reversed(events) if matches(event, wanted))


def _event(scene: Scene, event: NarrationView, width: int) -> list[Line]:
    ink = scene.ink
    level = _SEVERITY.get(event.level, "unknown")
    name_width = 22 if width >= 110 else (16 if width >= 70 else 0)
    indent = 11 + (name_width + 1 if name_width else 0)
    glyph = ink.glyphs.dot if level == "unknown" else ink.glyph(level)
    first = Line(scene.clock.hms(event.t_ns), ink.dim).add(f" {glyph} ", ink.of(level))
    if name_width:
        first.left(event.component, name_width, ink.accent).add(" ")
    text = event.text if name_width else f"{event.component}: {event.text}"
    style = ink.plain if level == "unknown" else ink.of(level)
    pieces = wrapped(text, style, width - indent)
    lines = [first.join(pieces[0])] if pieces else [first]
    return lines + [Line().to(indent).join(piece) for piece in pieces[1:]]
