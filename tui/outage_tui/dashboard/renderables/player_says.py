"""What people say, customers and the pager among them: newest last, with who, how and when.

The lines are made from the newest backwards and only as far as they are shown; somebody who talks
much costs nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import said

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.drills.seat_view import Message
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

_LOUD: Final = ("alert", "escalation", "probe", "over")
_QUIET: Final = ("clear", "began")


def draw_says(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """The last lines, at most `height` of them; fewer when there are no more."""
    messages = scene.view.messages
    if not messages:
        return [Line("nobody has said anything yet", scene.ink.dim)]
    lines: list[Line] = []
    place = len(messages)
    while place > 0 and len(lines) < height:
        last = place - 1
        place = _first_of_same(messages, last)
        lines = [*_message(messages[last], last - place + 1, scene, width), *lines]
    return lines[-height:]


def _first_of_same(messages: tuple[Message, ...], last: int) -> int:
    """Where the run of messages begins that say what this one says."""
    first, said_last = last, (messages[last].kind, messages[last].text)
    while first > 0 and (messages[first - 1].kind, messages[first - 1].text) == said_last:
        first -= 1
    return first


def _message(message: Message, times: int, scene: PlayerScene, width: int) -> list[Line]:
    new = message.n > scene.read_n
    at = scene.clock.hm(message.t_ns)
    text = message.text
    if message.kind == "began":
        text = text.replace(f"{scene.welcome.seat} begins:", "you begin:", 1)
    return _drawn(message.kind, text, at, times, scene.ink, width, new)


@lru_cache(1024)
def _drawn(
    kind: str, text: str, at: str, times: int, ink: Ink, width: int, new: bool
) -> list[Line]:
    told = said(kind, text)
    style = _style(kind, ink)
    head = Line(f"{ink.glyphs.playhead if new else ' '}{at} ", ink.accent if new else ink.dim)
    who = told.who
    if who:
        head.add(who, ink.strong if new else ink.accent)
        head.add(f" ({told.how}) ", ink.dim)
    else:
        head.add(f"{told.how}: ", style)
    count = f" (x{times})" if times > 1 else ""
    narrow = head.width > width // 2
    body = wrapped(told.what + count, style, max(8, width - (7 if narrow else 0)), "")
    if narrow or not body:
        head = head.cut(width, ink.glyphs.ellipsis)
        return [head, *(Line().to(7).join(piece) for piece in body)]
    return _flowing(head, told.what + count, style, width)


def _flowing(head: Line, text: str, style: Style, width: int) -> list[Line]:
    """The text behind its head, later lines below it."""
    pieces = wrapped("." * head.width + text, style, width, " " * 7)
    first = Line().join(head).add(pieces[0].text[head.width :], style)
    return [first, *(Line().to(7).add(piece.text[7:], style) for piece in pieces[1:])]


def _style(kind: str, ink: Ink) -> Style:
    if kind in _LOUD:
        return ink.bad
    if kind in ("refused", "forbidden"):
        return ink.caution
    if kind in _QUIET:
        return ink.dim
    return ink.strong if kind == "result" else ink.plain
