"""What players do: what waits for them, who works at what, what they told, decided and believe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.facilitator_station import Drawn, ago, said, waited
from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.player_wording import plural

if TYPE_CHECKING:
    from outage_agents.drills.alerts import AlertState
    from outage_agents.drills.seat_view import DecisionView, SeatView, WorkView
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Ink, Severity

_BAR = 8


def open_pages(player: SeatView) -> tuple[AlertState, ...]:
    """Pages that nobody has taken, the oldest first."""
    waiting = [
        one
        for one in player.alerts
        if not one.acknowledged and not one.clear and one.severity == "page"
    ]
    return tuple(sorted(waiting, key=lambda one: one.since_ns))


def draw_players(station: Station, cursor: int, width: int, height: int) -> Drawn:
    """Section by section; a section without anything is one line or none."""
    player, ink = station.player, station.ink
    if player is None:
        return Drawn([Line("Nobody plays yet.", ink.dim)])
    sections = (
        [_command(station, player)],
        _waiting(station, player, width),
        _work(station, player, width),
        _posts(station, player, width),
        _decisions(station, player, width),
        _beliefs(station, player, width),
    )
    lines = [line for section in sections for line in section]
    return Drawn([line.cut(width, ink.glyphs.ellipsis) for line in lines])


def _command(station: Station, player: SeatView) -> Line:
    ink = station.ink
    if not player.declared:
        line = Line(f"{ink.glyphs.caution} ", ink.caution).add("No incident declared", ink.caution)
        return line.add(
            f", {wording.duration(max(0, player.since_begin_s))} into the drill", ink.dim
        )
    who = _person(station, player.commander) or "nobody"
    line = Line(f"{ink.glyphs.ok} ", ink.good).add("Declared", ink.strong)
    line.add(f"; {who} commands", ink.plain)
    if player.hints:
        line.add(f"; {plural(len(player.hints), 'hint')} taken", ink.dim)
    return line


def _person(station: Station, seat: str) -> str:
    """`Ada (commander)`, as far as a name is known."""
    name = next((one.name for one in station.present if one.seat == seat and one.name), "")
    return f"{said(name)} ({said(seat)})" if name else said(seat)


def _waiting(station: Station, player: SeatView, width: int) -> list[Line]:
    ink, lines = station.ink, list[Line]()
    for page in open_pages(player):
        copies = f", {page.pages} pages" if page.pages > 1 else ""
        escalated = ", escalated" if page.escalated else ""
        head = f"page{waited(station, page.since_ns)}{copies}{escalated}: "
        lines.append(_flagged("bad", head, said(page.text), ink))
    for one in player.approvals:
        asked = f" (asked by {said(one.by)})" if one.by else ""
        head = f"approval {one.n}{waited(station, one.since_ns)}: "
        lines.append(_flagged("caution", head, f"{said(one.title)}{asked}", ink))
    lines += [
        _flagged("caution", "question: ", said(probe.question), ink) for probe in player.probes
    ]
    return _section("Waits for them", lines, station, empty="nothing")


def _flagged(severity: Severity, head: str, text: str, ink: Ink) -> Line:
    line = Line(f"{ink.glyph(severity)} ", ink.of(severity))
    return line.add(head, ink.of(severity)).add(text, ink.plain)


def _section(title: str, lines: list[Line], station: Station, *, empty: str = "") -> list[Line]:
    ink = station.ink
    if not lines:
        return [Line(f"{title}: ", ink.strong).add(empty, ink.dim)] if empty else []
    return [Line(title, ink.strong), *lines]


def _work(station: Station, player: SeatView, width: int) -> list[Line]:
    running = [one for one in player.work if not one.report]
    done = [one for one in player.work if one.report]
    lines = [_running(station, one) for one in running]
    lines += [line for one in reversed(done) for line in _reported(station, one, width)]
    return _section("Work", lines, station, empty="nobody works at anything")


def _running(station: Station, work: WorkView) -> Line:
    ink = station.ink
    took_s = max(0.0, station.ago_s(work.begun_ns))
    usual_s = max(1.0, (work.expected_ns - work.begun_ns) / wording.SECOND_NS)
    late = took_s > usual_s
    line = bar(took_s / usual_s, _BAR, ink.caution if late else ink.accent, ink)
    line.add(f" {wording.duration(took_s)}", ink.caution if late else ink.plain)
    line.add(f" of {wording.duration(usual_s)}{', LATE' if late else ''}", ink.dim)
    return line.add(f" {said(work.by)}: ", ink.plain).add(said(work.title), ink.strong)


def _reported(station: Station, work: WorkView, width: int) -> list[Line]:
    ink = station.ink
    severity: Severity = "ok" if work.report.startswith("done") else "bad"
    line = Line(f"{ink.glyph(severity)} ", ink.of(severity)).add(said(work.title), ink.plain)
    line.add(f", {said(work.by)}: ", ink.dim).add(said(work.report), ink.plain)
    if not work.verified and severity == "ok":
        line.add("; effect not looked at", ink.caution)
    lines = [line]
    if work.left_on:
        lines.append(Line(f"  not taken back yet: {said(work.left_on)}", ink.caution))
    return lines


def _posts(station: Station, player: SeatView, width: int) -> list[Line]:
    ink, posts = station.ink, player.posts
    if not posts:
        return _section("Told customers", [], station, empty="nothing yet")
    last = posts[-1]
    line = Line("Told customers: ", ink.strong)
    left_s = -station.ago_s(last.next_ns)
    if last.overdue or left_s < 0:
        line.add(f"NEXT OVERDUE by {wording.duration(max(0.0, -left_s))}", ink.bad)
    else:
        line.add(f"next in {wording.duration(left_s)}", ink.plain)
    line.add(f"; {plural(len(posts), 'time')}, last {ago(station.ago_s(last.t_ns))}", ink.plain)
    claims = "; ".join(said(claim) for claim in last.claims)
    told = wrapped(f"{said(last.channel)}: {claims}", ink.dim, width - 2) if claims else []
    return [line, *(Line("  ").join(one) for one in told)]


def _decisions(station: Station, player: SeatView, width: int) -> list[Line]:
    lines = []
    for one in reversed(player.decisions):
        lines += _decision(station, one, width)
    return _section("Decided", lines, station, empty="nothing yet")


def _decision(station: Station, one: DecisionView, width: int) -> list[Line]:
    ink = station.ink
    line = Line(f"  {station.clock.hm(one.t_ns)} ", ink.dim).add(said(one.what), ink.strong)
    if one.why:
        line.add(f", because {said(one.why)}", ink.plain)
    lines = [line]
    if one.expect:
        left_s = -station.ago_s(one.by_ns)
        when = f"in {wording.duration(left_s)}" if left_s > 0 else "now due"
        sure = f"{one.confidence * 100:.0f} % sure"
        lines.append(Line(f"        expects {said(one.expect)} {when}, {sure}", ink.dim))
    return lines


def _beliefs(station: Station, player: SeatView, width: int) -> list[Line]:
    ink, lines = station.ink, list[Line]()
    glyphs: dict[str, Severity] = {"supported": "ok", "refuted": "bad"}
    for one in player.hypotheses:
        severity = glyphs.get(one.state, "unknown")
        line = Line(f"{ink.glyph(severity)} ", ink.of(severity)).add(said(one.text), ink.plain)
        lines.append(line.add(f": {said(one.state)}", ink.dim))
    return _section("Believe", lines, station, empty="no hypothesis yet")
