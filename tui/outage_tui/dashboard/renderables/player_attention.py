"""What waits for you, in one line, the most urgent first, with the key that answers it.

Somebody who leads an incident cannot look at seven panels at once. Whatever asks for an answer is
therefore said here as well, in words, whichever panel is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from rich.cells import cell_len

from outage_agents.drills.journal import (
    Acknowledge,
    AnswerProbe,
    Approve,
    Declare,
    Note,
    Post,
    Rank,
)
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.player_wording import one_line, plural

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

SILENT_S = 5.0
"""A host that ought to talk and has been silent for so long is said to be silent."""


_BAR = 20
DUE_S = 600
"""An expectation that came due is mentioned for so long; the log keeps it."""


@attrs.frozen
class Item:
    """One thing that waits."""

    words: str
    severity: Severity
    key: str = ""
    """That answers it; none where that is for somebody else."""


def waiting(scene: PlayerScene) -> list[Item]:
    """Everything that waits for this seat, the most urgent first."""
    view = scene.view
    unanswered = [a for a in view.alerts if not (a.acknowledged or a.clear)]
    pages = [a for a in unanswered if a.severity == "page"]
    items = []
    if pages:
        up = ", gone up the line" if any(a.escalated for a in pages) else ""
        words = f"{plural(len(pages), 'PAGE', 'PAGES')} UNANSWERED{up}"
        items.append(Item(words, "critical", scene.key_to(Acknowledge)))
    if view.frozen:
        steers = scene.welcome.may_steer
        by = "go on with" if steers else "the facilitator lets it go on"
        key = scene.keys.worded("{drill.freeze}") if steers else ""
        items.append(Item(f"TIME STANDS STILL: {by}", "caution", key))
    if view.approvals:
        words = f"{plural(len(view.approvals), 'APPROVAL', 'APPROVALS')} WAITING"
        items.append(Item(words, "bad", scene.key_to(Approve)))
    if view.probes:
        words = f"{plural(len(view.probes), 'QUESTION', 'QUESTIONS')} OPEN"
        items.append(Item(words, "bad", scene.key_to(AnswerProbe)))
    items += _customers(scene)
    if pages and not view.declared:
        items.append(Item("no incident declared", "caution", scene.key_to(Declare)))
    if view.unranked_ns is not None:
        items.append(Item("RANK WHAT COULD BE DONE NOW", "bad", scene.key_to(Rank)))
    due = sum(0 <= scene.ago_s(one.by_ns) < DUE_S for one in view.decisions)
    if due:
        words = f"{plural(due, 'expectation')} due: is it so?"
        items.append(Item(words, "caution", scene.key_to(Note)))
    if scene.unread:
        items.append(Item(plural(scene.unread, "new message"), "caution"))
    return items


def _customers(scene: PlayerScene) -> list[Item]:
    posts = scene.view.posts
    key = scene.key_to(Post)
    if not posts:
        told = scene.view.declared and scene.view.since_begin_s >= 60
        return [Item("customers not told yet", "caution", key)] if told else []
    late_s = scene.ago_s(posts[-1].next_ns)
    if posts[-1].overdue or late_s > 0:
        words = f"UPDATE OVERDUE {wording.duration(max(0, late_s))}"
        return [Item(words, "bad", key)]
    if late_s > -300:
        return [Item(f"update due in {wording.duration(-late_s)}", "caution", key)]
    return []


def draw_attention(scene: PlayerScene, width: int) -> list[Line]:
    """One line over the whole width."""
    ink = scene.ink
    banner = _banner(scene)
    if banner:
        words, todo, severity = banner
        style = ink.critical if severity == "critical" else ink.badge
        room = max(width // 3, width - cell_len(todo))
        line = Line(f" {words}", style).cut(room, ink.glyphs.ellipsis).add(todo, style)
        return [line.cut(width, ink.glyphs.ellipsis).to(width, " ", style)]
    items = waiting(scene)
    if not items:
        under_way = sum(not one.report for one in scene.view.work)
        words = "nothing waits for you"
        words += f"; {plural(under_way, 'action')} under way" if under_way else ""
        return [Line(f" {ink.glyph('ok')} ", ink.good).add(words, ink.plain)]
    line = Line(" ")
    for n, item in enumerate(items):
        told = f"{ink.glyph(item.severity)} {item.words}"
        if n and line.width + len(told) + 8 > width:
            line.add(f"+{len(items) - n} more", ink.dim)
            break
        line.add(f" {told} " if item.severity == "critical" else told, ink.of(item.severity))
        line.add(f" {item.key}" if item.key else "", ink.accent).add("   ")
    return [line.cut(width, ink.glyphs.ellipsis)]


def _begun(words: str) -> str:
    """Words as a sentence begins, unless with a key of one letter, which would be another."""
    return words if words[1:2] == " " else words[:1].upper() + words[1:]


def _banner(scene: PlayerScene) -> tuple[str, str, Severity] | None:
    """What is said instead of everything else, and what can be done, which is not cut off first."""
    link, over = scene.link, scene.view.over
    leaves = scene.keys.worded("; {drill.quit} leaves")
    if link.failed is not None:
        code = "" if link.failed.exit_code is None else f" (exit status {link.failed.exit_code})"
        log = f"; log: {link.failed.log}" if link.failed.log else ""
        told = f"THE DRILL'S HOST STOPPED{code}: {one_line(link.failed.reason)}{log}"
        return told, leaves, "critical"
    if link.lost:
        tries = "; trying again, what you see is old" if link.reconnecting else ""
        return f"CONNECTION LOST: {one_line(link.lost)}", f"{tries}{leaves}", "critical"
    if link.ended is not None:
        keys = "{drill.on} goes on"
        keys += "; {drill.go_back} goes back and tries it again" if scene.welcome.may_steer else ""
        how, why = _begun(scene.keys.worded(keys)), one_line(link.ended.why)
        return "THE DRILL IS OVER", f". {how}. Why: {why}", "caution"
    if over:
        far = "" if link.progress is None else f": {link.progress.share * 100:.0f} %"
        return f"THE DRILL IS OVER: {one_line(over)}. What it cost is counted{far}", "", "caution"
    if link.progress is not None:
        what, share = link.progress.what, link.progress.share
        filled, glyphs = round(share * _BAR), scene.ink.glyphs
        bar = glyphs.bar * filled + glyphs.groove * (_BAR - filled)
        return f"{bar} {share * 100:.0f} %  {one_line(what)}", "", "caution"
    if not scene.begun:
        return "The run is coming to the moment at which you take over", "", "caution"
    if link.silent_s >= SILENT_S:
        return f"THE HOST HAS SAID NOTHING FOR {link.silent_s:.0f} s", leaves, "critical"
    return None
