"""What is broken now, since when, and what is feeding it: one chain from cause to customers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import dns as dns_panel
from outage_tui.dashboard.renderables import launches, leases, nlb, services, wording
from outage_tui.dashboard.renderables.line import Line
from outage_tui.dashboard.renderables.status import draw_banner, draw_silence

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene


def draw_impact(scene: Scene, width: int, height: int) -> list[Line]:
    """The chain, wrapped between its links; a dead host's banner goes before everything."""
    banner = draw_banner(scene, width)
    if banner:
        return banner[:height]
    silence = draw_silence(scene, width)
    return [*silence, *_draw_chain(scene, width, height - len(silence))][:height]


def _draw_chain(scene: Scene, width: int, height: int) -> list[Line]:
    ink = scene.ink
    chain = [link for link in links(scene) if width >= 60 or link[0] != "ok"]
    if not chain:
        words = " Nothing is broken: the Region serves its customers."
        line = Line(f" {ink.glyph('ok')}", ink.good).add(words, ink.plain)
        danger = dns_panel.danger_in_words(scene.view.dns, short=True)
        if danger:
            line = Line(f" {ink.glyph('ok')}", ink.good).add(" Nothing is broken yet. ", ink.plain)
            line.add(f"{ink.glyph('caution')} {danger}", ink.caution)
        rest = [*_ending(scene), _customers(scene, width), *_laws(scene, width)]
        return [each.cut(width, ink.glyphs.ellipsis) for each in (line, *rest)][:height]
    lines = _chained(chain, ink, width)
    for aside in _ASIDES:
        if len(lines) <= height and lines[-1].width <= width:
            break
        chain = [(level, aside.sub("", text)) for level, text in chain if level != "ok"]
        lines = _chained(chain, ink, width)
    lines += [*_ending(scene), _customers(scene, width), *_laws(scene, width)]
    return [line.cut(width, ink.glyphs.ellipsis) for line in lines[:height]]


_ASIDES: Final = (
    re.compile(r" \([^)]*\)|, in \d+ h \d+ min"),
    re.compile(r": .*"),
    re.compile(r" since \d\d:\d\d"),
)
"""What a chain can do without where it does not fit, the least important first."""


def _chained(chain: list[tuple[Severity, str]], ink: Ink, width: int) -> list[Line]:
    """The links one behind the other, on as many lines as it takes."""
    lines = [Line(" BROKEN NOW " if width >= 60 else "", ink.strong)]
    for index, (level, text) in enumerate(chain):
        piece = Line(f"{ink.glyphs.arrow} " if index else "", ink.dim)
        piece.add(f"{ink.glyph(level)} {text} ", ink.bad if level == "critical" else ink.of(level))
        if index and lines[-1].width + piece.width > width:
            lines.append(Line("   " if width >= 60 else ""))
        lines[-1].join(piece)
    return lines


def links(scene: Scene) -> list[tuple[Severity, str]]:
    """The broken parts in the order in which one feeds the next."""
    view = scene.view
    chain: list[tuple[Severity, str]] = []
    level = dns_panel.severity(view.dns)
    if level != "ok":
        since = scene.clock.hm(view.dns.since_ns)
        ago = wording.duration(scene.ago(view.dns.since_ns))
        chain.append((level, f"DynamoDB's name {view.dns.state} since {since} ({ago})"))
    elif leases.severity(view.leases) != "ok" and view.dns.since_ns > 0:
        chain.append(("ok", f"DNS repaired {scene.clock.hm(view.dns.since_ns)}"))
    elif view.dns.customers_empty_share > 0.01:
        share = wording.percent(view.dns.customers_empty_share)
        chain.append(("caution", f"{share} of resolvers still hold the empty answer"))
    level = leases.severity(view.leases)
    if level != "ok":
        chain.append((level, _leases(scene)))
    level = launches.launch_severity(view.ec2)
    if level in ("bad", "critical"):
        failing = 1 - min(1.0, view.ec2.launched_per_s / view.ec2.demand_per_s)
        since = _since(scene, "ec2.success_share", 0.9, below=True)
        chain.append((level, f"{wording.percent(failing)} of EC2 launches fail{since}"))
    level = launches.propagation_severity(view.network_manager)
    if level != "ok":
        wait = wording.waiting(view.network_manager.wait_s)
        limit = launches.LATE_S if level == "bad" else launches.SLOW_S
        chain.append((level, f"network state {wait} late{_since(scene, 'nm.wait_s', limit)}"))
    level = nlb.severity(view.nlb)
    if level in ("bad", "critical") or nlb.word(view.nlb) == "FLAPPING":
        words = f"NLB {nlb.word(view.nlb).lower()}"
        if nlb.short(view.nlb):
            since_ns = nlb.short_since_ns(scene)
            words += "" if since_ns is None else f" since {scene.clock.hm(since_ns)}"
            words += f" ({wording.percent(view.nlb.error_share)} of connections fail)"
        else:
            words += _since(scene, "nlb.zones_out", 0.5)
        chain.append((level, words))
    down = services.down(view)
    if down:
        worst = [s for s in services.worst_first(view) if s.state == "down"]
        names = [wording.service(s.name) for s in worst]
        others = down - len(names[:3])
        more = f" and {others} more" if others > 0 else ""
        words = f"{down} of {view.impact.services} services down"
        chain.append(("bad", f"{words}: {', '.join(names[:3])}{more}"))
    return chain


def _leases(scene: Scene) -> str:
    """How many leases are broken, since when, and what becomes of them."""
    fleet = scene.view.leases
    few = 0.01 * fleet.droplets
    if fleet.verdict == "losing leases" and fleet.broken <= few:
        return "EC2's leases cannot be renewed"
    if leases.partly_cut_off(fleet):
        return f"{fleet.shards_cut_off} of {fleet.shards} DWFM shards renew no lease"
    words = f"{wording.count(fleet.broken)} leases broken{_since(scene, 'dwfm.broken', few)}"
    match fleet.verdict:
        case "metastable":
            return f"{words}, METASTABLE: will not drain"
        case "draining" if any(zone.wait_s > fleet.deadline_s > 0 for zone in fleet.zones):
            return f"{words}, draining slowly: old queues come first"
        case "draining" if fleet.done_ns is not None:
            return f"{words}, draining until {leases.ending(scene, fleet.done_ns)}"
        case _:
            return f"{words}, {fleet.verdict}"


def _since(scene: Scene, name: str, limit: float, *, below: bool = False) -> str:
    """` since 00:03`: since when the series is beyond a limit without a break; or nothing."""
    at_ns = scene.history(name).beyond_since_ns(limit, below=below)
    return "" if at_ns is None else f" since {scene.clock.hm(at_ns)}"


def _ending(scene: Scene) -> list[Line]:
    """How the run ended."""
    done = scene.status.done
    return [] if done is None else [Line(f"   {done.summary}", scene.ink.strong)]


def _laws(scene: Scene, width: int) -> list[Line]:
    """Laws that were broken so far, as many as there is room for; a count of the others."""
    ink = scene.ink
    broken = [
        wording.law(checker.name)
        + (f" ({scene.clock.hm(at_ns)})" if (at_ns := checker.first_violation_ns) else "")
        for checker in scene.view.checkers
        if not checker.held
    ]
    if not broken:
        return []
    head = Line("   laws broken in this run: ", ink.dim)
    for named in range(len(broken), 0, -1):
        others = len(broken) - named
        words = ", ".join(broken[:named]) + (f" and {others} more" if others else "")
        if head.width + len(words) <= width:
            break
    return [head.add(words, ink.caution)]


def _customers(scene: Scene, width: int) -> Line:
    """How customers fare: what does not fit is left out whole."""
    ink, impact = scene.ink, scene.view.impact
    line = Line("   customers: ", ink.dim)
    line.add(f"{wording.percent(scene.view.customer_error_rate)} of calls fail now", ink.plain)
    minutes, failed = wording.count(impact.customer_minutes), wording.count(impact.failed)
    for words in (f", {minutes} customer minutes lost so far", f", {failed} calls failed"):
        if line.width + len(words) <= width:
            line.add(words, ink.dim)
    return line
