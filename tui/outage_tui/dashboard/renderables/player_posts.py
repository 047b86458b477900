"""What customers were told, and how long until they hear again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_agents.drills.journal import Post
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import one_line

if TYPE_CHECKING:
    from outage_agents.drills.seat_view import PostView
    from outage_tui.dashboard.renderables.player_scene import PlayerScene

SOON_S = 300
"""From here on the next update stands out."""


def draw_posts(scene: PlayerScene, width: int, height: int) -> list[Line]:
    """The clock of the next update, then the posts, the newest first."""
    posts = scene.view.posts
    lines = [_next(scene, width)]
    for post in reversed(posts):
        lines += _post(post, scene, width)
    return lines


def _next(scene: PlayerScene, width: int) -> Line:
    ink, posts = scene.ink, scene.view.posts
    dots = ink.glyphs.ellipsis
    key = scene.key_to(Post)
    by_key = f"  ({key} posts)" if key else ""
    if not posts:
        return Line(f"customers have been told nothing{by_key}", ink.caution).cut(width, dots)
    next_ns = posts[-1].next_ns
    at, left_s = scene.clock.hm(next_ns), -scene.ago_s(next_ns)
    if posts[-1].overdue or left_s < 0:
        late = wording.duration(max(0, -left_s))
        words = f" {ink.glyph('bad')} OVERDUE since {at}, {late} "
        line = Line(words, ink.critical)
        return line.add(by_key if line.width + len(by_key) <= width else "", ink.dim)
    style = ink.caution if left_s <= SOON_S else ink.plain
    words = f"next update in {wording.duration(left_s)}, at {at}{by_key}"
    return Line(words, style).cut(width, dots)


def _post(post: PostView, scene: PlayerScene, width: int) -> list[Line]:
    ink = scene.ink
    head = Line(f"{scene.clock.hm(post.t_ns)} ", ink.accent).add(one_line(post.channel), ink.dim)
    told = "; ".join(one_line(claim) for claim in post.claims) or "nothing but a sign of life"
    pieces = wrapped(f"{'.' * (head.width + 1)}{told}", ink.plain, width, " " * 6)
    first = head.add(" ").add(pieces[0].text[head.width :], ink.plain)
    return [first, *pieces[1:]]
