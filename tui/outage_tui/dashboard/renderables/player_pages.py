"""Pages and alerts: one row for each alert, however many copies of it a storm sends.

What nobody has taken stands at the top, reversed, with a word; a page that points the wrong way
looks like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.journal import Acknowledge
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.drills.alerts import AlertState
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_STATE_WIDTH = 12
_TEXT_MIN = 32
"""So much of an alert's text is shown before anything else about it."""


def draw_pages(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """A row for each, the most urgent first."""
    alerts = sorted(scene.view.alerts, key=_urgency)
    if not alerts:
        return [Line("no page so far", scene.ink.dim)]
    key = scene.key_to(Acknowledge)
    return [_row(one, scene, width, key) for one in alerts]


def _urgency(alert: AlertState) -> tuple[bool, bool, bool, bool, int]:
    """The smaller, the further up."""
    return (
        alert.clear,
        alert.acknowledged,
        alert.severity != "page",
        not alert.escalated,
        alert.since_ns,
    )


def _state(alert: AlertState) -> tuple[str, Severity]:
    if alert.clear:
        return "cleared", "ok"
    if alert.acknowledged:
        return "taken", "caution"
    if alert.severity != "page":
        return "ticket", "caution"
    return ("ESCALATED" if alert.escalated else "UNANSWERED"), "critical"


def _row(alert: AlertState, scene: PlayerScene, width: int, key: str) -> Line:
    ink, (word, severity) = scene.ink, _state(alert)
    open_page = severity == "critical"
    state = f"{ink.glyph(severity)} {word}"
    line = Line()
    if open_page:
        line.add(f" {state} ", ink.critical).to(_STATE_WIDTH + 3)
    else:
        line.add(f" {state}", ink.of(severity)).to(_STATE_WIDTH + 3)
    text = Line(one_line(alert.text), ink.strong if open_page else _text(alert, scene))
    told = _told(alert, scene, width - line.width - min(text.width, _TEXT_MIN), key, open_page)
    room = width - line.width - len(told)
    line.join(text.cut(max(1, room), ink.glyphs.ellipsis)).to(width - len(told))
    return line.add(told, ink.dim)


def _told(alert: AlertState, scene: PlayerScene, room: int, key: str, open_page: bool) -> str:
    """What stands on the right, as much of it as there is room for: the key first."""
    since = f"  {scene.clock.hm(alert.since_ns)}"
    long = f"{since}, {wording.duration(max(0, scene.ago_s(alert.since_ns)))}"
    pages = f"  x{alert.pages}" if alert.pages > 1 else ""
    takes = f"  {key} takes it" if key and open_page else ""
    whole = f"  x{alert.pages} pages" if alert.pages > 1 else ""
    for told in (whole + long + takes, pages + long + takes, pages + since + takes, pages + since):
        if len(told) <= room:
            return told
    return ""


def _text(alert: AlertState, scene: PlayerScene) -> Style:
    return scene.ink.dim if alert.clear else scene.ink.plain
