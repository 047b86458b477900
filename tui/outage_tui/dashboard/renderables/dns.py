"""DNS: the alias tree of the regional endpoint, with the three Enactors beside it.

A race is to be *watched*: who walks with which plan, how far, held or blocked by what, and whose
clean-up comes next. Each dangerous state has a sentence of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.views import DnsView, EnactorView, NarrationView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene


def draw_dns(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """The panel; the most important line first, so that a low panel loses the least."""
    dns, ink = scene.view.dns, scene.ink
    lines = [_headline(scene), *wrapped(sentence(dns), _sentence_style(dns, ink), width)]
    tree, facts = _tree(dns, ink, width), _facts(dns, ink)
    if height < len(lines) + len(tree) + len(dns.enactors):
        # The Enactors are what the panel is for: the lesser branches go below them.
        facts, tree = [*tree[2:], *facts], tree[:2]
    lines += tree
    room = height - len(lines)
    notes = room >= 2 * len(dns.enactors)
    spaced = room >= 2 * len(dns.enactors) + len(facts) + 2
    gap = [Line()] if spaced else []
    lines += gap
    for enactor in dns.enactors:
        lines += _enactor(enactor, dns, ink, width, with_note=notes)
    told = _told(scene, width, height - len(lines) - 2 * len(gap))
    return [*lines, *gap, *told, *(gap if told else ()), *facts][scroll:]


def _told(scene: Scene, width: int, room: int) -> list[Line]:
    """The automation's last steps, the newest at the bottom, until they are an hour old: a stale
    overwrite is over a second later, so a state alone cannot show it."""
    recent: list[Line] = []
    for event in reversed(scene.lines):
        if len(recent) >= min(room, 6) or scene.ago(event.t_ns) > _TOLD_S:
            break
        enactor = event.component.startswith("enactor")
        # What an Enactor is stuck at stands under its name.
        if event.component in _TELLERS or (enactor and event.level != "error"):
            recent.append(_step(scene, event).cut(width, scene.ink.glyphs.ellipsis))
    return recent[::-1]


def _step(scene: Scene, event: NarrationView) -> Line:
    text = event.text.replace(scene.view.dns.endpoint, "the endpoint")
    if event.component.startswith("enactor"):
        text = f"{event.component} {text}"
    style = scene.ink.of(_TOLD_SEVERITY.get(event.level, "unknown"))
    return Line(f"{scene.clock.hms(event.t_ns)} ", scene.ink.dim).add(text, style)


_TOLD_S: Final = 3600.0
_TELLERS: Final = ("dns-staging", "route53", "planner")
_TOLD_SEVERITY: Final[dict[str, Severity]] = {"warning": "caution", "error": "bad"}


def severity(dns: DnsView) -> Severity:
    """How bad the regional endpoint's state is."""
    if dns.state == "empty":
        return "critical"
    if dns.state == "stale" or not dns.target_exists:
        return "caution"
    return "ok"


def cleaner(dns: DnsView) -> EnactorView | None:
    """An Enactor that deletes old plans while the plan in use is older than its own."""
    for enactor in dns.enactors:
        if enactor.state == "cleaning" and dns.target_generation < enactor.generation:
            return enactor
    return None


def sentence(dns: DnsView) -> str:
    """What is going on, in words a stranger understands."""
    if dns.state == "empty":
        gone = "" if dns.target_exists else f": plan {dns.target_generation} was deleted in use"
        return f"dig answers NOERROR with 0 addresses{gone}. New connections fail."
    danger = cleaner(dns)
    behind = dns.newest_generation - dns.target_generation
    if danger is not None:
        return (
            f"DANGER: {danger.name} is deleting old plans by age; plan {dns.target_generation},"
            " in use, is one of them."
        )
    if dns.state == "stale":
        return f"STALE OVERWRITE: a plan {behind} generations old replaced a newer one."
    if dns.automation == "stopped":
        return "Answers are good. The DNS automation is stopped by hand."
    if dns.broken_endpoints:
        return f"This name is good; {dns.broken_endpoints} other endpoints have no answer."
    return "Answers are good; plans are applied as they are made."


def _sentence_style(dns: DnsView, ink: Ink) -> Style:
    if dns.state == "empty" or cleaner(dns) is not None:
        return ink.bad
    return ink.of(severity(dns)) if dns.state != "ok" else ink.dim


def _headline(scene: Scene) -> Line:
    dns, ink = scene.view.dns, scene.ink
    level = severity(dns)
    line = Line(f" {ink.glyph(level)} {dns.state.upper()} ", ink.of(level))
    line.add(f" since {scene.clock.hms(dns.since_ns)}", ink.strong)
    return line.add(f" ({wording.duration(scene.ago(dns.since_ns))})", ink.dim)


def _tree(dns: DnsView, ink: Ink, width: int) -> list[Line]:
    arrow = ink.glyphs.arrow
    target = Line(dns.endpoint if width > 50 else "endpoint", ink.plain)
    target.add(f" {arrow} plan {dns.target_generation} ", ink.strong)
    if dns.target_exists:
        target.add("exists", ink.good)
    else:
        target.add(f"{ink.glyphs.bad} DELETED", ink.bad)
    behind = dns.newest_generation - dns.target_generation
    newest = Line("newest   ", ink.dim).add(f"plan {dns.newest_generation}", ink.plain)
    if behind > 0:
        newest.add(f", {behind} ahead", ink.dim)
    answers = Line("answers  ", ink.dim)
    if dns.answer_count:
        answers.add(f"{dns.answer_count} ", ink.strong).add(" ".join(dns.answers), ink.plain)
    else:
        answers.add(f"{ink.glyphs.bad} none", ink.bad)
    rollback = Line("rollback ", ink.dim).add(f"plan {dns.rollback_generation} ", ink.plain)
    rollback.add("exists" if dns.rollback_exists else f"{ink.glyphs.bad} gone", ink.plain)
    holder = dns.lock_holder or "free"
    rollback.add("  lock ", ink.dim).add(holder, ink.plain)
    if dns.lock_holder:
        rollback.add(f" #{dns.lock_epoch}", ink.dim)
    return [target, answers, rollback, newest]


_ENACTOR_SEVERITY: dict[str, Severity] = {
    "waiting": "unknown",
    "applying": "ok",
    "held": "caution",
    "blocked": "bad",
    "cleaning": "ok",
    "stopped": "unknown",
}


def _enactor(
    enactor: EnactorView, dns: DnsView, ink: Ink, width: int, *, with_note: bool
) -> list[Line]:
    level = _ENACTOR_SEVERITY.get(enactor.state, "unknown")
    if cleaner(dns) is enactor:
        level = "bad"
    line = Line(f"{ink.glyph(level)} ", ink.of(level)).left(enactor.name, 10, ink.strong)
    line.left(enactor.state, 9, ink.of(level)).add(f"plan {enactor.generation}", ink.plain)
    cells = min(40, width - line.width - 37) if width > 64 else min(8, width - line.width - 10)
    done = enactor.position / enactor.endpoints if enactor.endpoints else 0.0
    if cells >= 4:
        line.add(" ").join(bar(done, cells, ink.of(level), ink))
    line.add(f" {enactor.position}/{enactor.endpoints}", ink.plain)
    if width > 64:
        line.add(f"  age {wording.duration(enactor.age_s)}", ink.dim)
        if enactor.retries:
            line.add(f"  retries {enactor.retries}", ink.dim)
    if not (with_note and enactor.note):
        return [line]
    note = enactor.note.replace(dns.endpoint.partition(".")[2], "").replace(".:", ":")
    return [line, Line(f"  {note}", ink.dim).cut(width, ink.glyphs.ellipsis)]


def _facts(dns: DnsView, ink: Ink) -> list[Line]:
    caches = Line("resolvers holding the empty answer ", ink.dim)
    caches.add(f"customers {wording.percent(dns.customers_empty_share)}", ink.plain)
    caches.add(f", internal {wording.percent(dns.internal_empty_share)}", ink.plain)
    state = Line("automation ", ink.dim).add(dns.automation, ink.plain)
    state.add("  override (RPZ) ", ink.dim).add("ON" if dns.override else "off", ink.plain)
    lag = dns.replication_lag_s
    state.add("  replica lag ", ink.dim).add(wording.waiting(lag), ink.plain)
    totals = Line("stale overwrites ", ink.dim).add(str(dns.stale_overwrites), ink.plain)
    totals.add("  races ", ink.dim).add(str(dns.races), ink.plain)
    totals.add("  endpoints without answer ", ink.dim).add(str(dns.broken_endpoints), ink.plain)
    return [caches, state, totals]
