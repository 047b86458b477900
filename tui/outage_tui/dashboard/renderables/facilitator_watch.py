"""What a facilitator should look at now: a few lines, the most pressing first.

Whether players did what an event was meant to bring about is for people to judge; all that is said
here is which of their commands since then share a word with the expected response (*assumed* to be
how one would look for it), or that none does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.facilitator_events import due_in_s, next_timed, whom
from outage_tui.dashboard.renderables.facilitator_journal import by_player
from outage_tui.dashboard.renderables.facilitator_players import open_pages
from outage_tui.dashboard.renderables.facilitator_station import ago, said, waited
from outage_tui.dashboard.renderables.line import Line, beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outage_agents.drills.seat_view import InjectView, JournalLine
    from outage_tui.dashboard.renderables.facilitator_station import Station
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.drill_link import Present

SILENT_MIN: Final = 10
"""Players who have said nothing for so many minutes are worth a look (*assumed*)."""
PAGE_MIN: Final = 5
"""So is a page that nobody has taken for so long: the usual time before it goes up the line."""
NEXT: Final = "NEXT"
TWO_COLUMNS_FROM: Final = 160
_WHEN_OVER: Final = (
    "{facilitator.go_back} goes back to try another way, {facilitator.branches} tells how to "
    "compare, {facilitator.quit} leaves."
)
_STEM = 5
_LITTLE: Final = frozenset(("that", "this", "with", "they", "have", "what", "from", "into", "each"))


@attrs.frozen
class Concern:
    """One thing to look at."""

    severity: Severity
    word: str
    """In capitals, in front."""
    text: str


def concerns(station: Station) -> tuple[Concern, ...]:
    """All of them, the most pressing first. Nothing is pressing once it is over."""
    if station.player is None or station.over:
        return ()
    found = [*_dropped(station), *_pages(station), *_posts(station), *_approvals(station)]
    found += [*_silence(station), *_last_event(station), *_next_event(station), *_yours(station)]
    rank = {"bad": 0, "caution": 1}
    return tuple(sorted(found, key=lambda one: rank.get(one.severity, 2)))


def _dropped(station: Station) -> Iterator[Concern]:
    gone = [f"{said(one.name)} ({said(one.seat)})" for one in station.present if _has_dropped(one)]
    if gone:
        yield Concern("bad", "DROPPED", f"{', '.join(gone)}: the seat is empty")


def _has_dropped(one: Present) -> bool:
    return bool(one.name) and not one.here


def _pages(station: Station) -> Iterator[Concern]:
    pages = () if station.player is None else open_pages(station.player)
    if not pages:
        return
    open_s = max(0.0, station.ago_s(pages[0].since_ns))
    severity: Severity = "bad" if open_s >= PAGE_MIN * 60 else "caution"
    more = f" and {len(pages) - 1} more" if len(pages) > 1 else ""
    text = f"unanswered for {wording.duration(open_s)}: {said(pages[0].text)}{more}"
    yield Concern(severity, "PAGE", text)


def _posts(station: Station) -> Iterator[Concern]:
    posts = () if station.player is None else station.player.posts
    if posts and (late_s := station.ago_s(posts[-1].next_ns)) > 0:
        yield Concern("bad", "POST", f"the next one is overdue by {wording.duration(late_s)}")


def _approvals(station: Station) -> Iterator[Concern]:
    for one in () if station.player is None else station.player.approvals:
        text = f"{one.n} waits{waited(station, one.since_ns)}: {said(one.title)}"
        yield Concern("caution", "APPROVAL", text)


def _silence(station: Station) -> Iterator[Concern]:
    view = station.view
    if view is None:
        return
    spoke = [one.t_ns for one in view.journal if by_player(one, station)]
    since_ns = spoke[-1] if spoke else station.welcome.begin_ns
    silent_s = station.ago_s(since_ns)
    if silent_s >= SILENT_MIN * 60:
        last = "since the beginning" if not spoke else f"since {station.clock.hm(since_ns)}"
        yield Concern("caution", "SILENT", f"no word for {wording.duration(silent_s)}, {last}")


def _last_event(station: Station) -> Iterator[Concern]:
    inject = last_fired(station)
    if inject is None or not inject.expected:
        return
    when = "" if inject.fired_ns is None else f" {ago(station.ago_s(inject.fired_ns))}"
    alike = answers_to(station, inject)
    found = ", ".join(f"{said(one.kind)} {station.clock.hm(one.t_ns)}" for one in alike[:3])
    verdict = f"looks met by {found}" if alike else "nothing like it yet"
    text = f"{inject.n} came{when}; {verdict}; expected: {said(inject.expected)}"
    yield Concern("ok" if alike else "caution", "EVENT", text)


def _next_event(station: Station) -> Iterator[Concern]:
    inject = next_timed(station)
    left_s = None if inject is None else due_in_s(inject, station)
    if inject is None or left_s is None:
        return
    when = "now" if left_s <= 0 else f"in {wording.duration(left_s)}"
    severity: Severity = "caution" if left_s <= 60 else "unknown"
    text = f"{inject.n} {when}, {whom(inject, station)}: {said(inject.text or inject.breaks)}"
    yield Concern(severity, NEXT, text)


def _yours(station: Station) -> Iterator[Concern]:
    """What is meddled with and stays so until somebody remembers it."""
    view = station.view
    if view is None:
        return
    told = [f"{said(one.title)}: {said(one.override)}" for one in view.truth if one.override]
    told += [f"broken: {said(fault)}" for fault in view.faults]
    if told:
        yield Concern("unknown", "YOURS", "; ".join(told))


def last_fired(station: Station) -> InjectView | None:
    """The event that came last."""
    injects = () if station.view is None else station.view.injects
    came = [one for one in injects if one.fired_ns is not None and one.state == "fired"]
    return max(came, key=lambda one: (one.fired_ns or 0, one.n)) if came else None


def answers_to(station: Station, inject: InjectView) -> tuple[JournalLine, ...]:
    """What players have said since an event that shares a word with what was expected of it."""
    stems = _stems(inject.expected)
    entries = () if station.view is None else station.view.journal
    return tuple(
        one
        for one in entries
        if by_player(one, station)
        and one.kind != "note"
        and one.t_ns >= (inject.fired_ns or 0)
        and stems & _stems(f"{one.kind} {one.text}")
    )


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{4,}", text.lower().replace("_", " "))
    return frozenset(word[:_STEM] for word in words if word not in _LITTLE)


def draw_watch(station: Station, width: int, height: int) -> list[Line]:
    """As many as fit, most pressing first, in two columns where it is wide; what comes next stands
    last. The last line says how many do not fit."""
    ink, found = station.ink, concerns(station)
    if not found:
        words = "" if station.player is None else "Nothing needs you now."
        if station.over:
            words = station.keys.worded(_WHEN_OVER)
        return [Line(f" {words}", ink.dim)]
    columns = 2 if width >= TWO_COLUMNS_FROM and len(found) > height else 1
    room = columns * height
    shown = list(found[:room])
    following = next((one for one in found if one.word == NEXT), None)
    if following is not None and following not in shown and room > 1:
        shown[-1] = following
    rows = [_concern(one, ink, width // columns - 1) for one in shown]
    lines = rows if columns == 1 else beside(rows[:height], rows[height:], 1, width // 2)
    more = len(found) - len(shown)
    if more:
        words = f" +{more} more "
        lines[-1] = lines[-1].cut(max(0, width - len(words)), ink.glyphs.ellipsis)
        lines[-1].to(max(0, width - len(words))).add(words, ink.caution)
    return lines


def _concern(one: Concern, ink: Ink, width: int) -> Line:
    style = ink.of(one.severity) if one.severity != "unknown" else ink.strong
    line = Line(f" {ink.glyph(one.severity)} ", ink.of(one.severity)).left(one.word, 9, style)
    return line.add(one.text, ink.plain).cut(width, ink.glyphs.ellipsis)
