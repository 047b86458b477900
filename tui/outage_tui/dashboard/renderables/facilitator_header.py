"""Head, bands and foot of a facilitator's terminal: three clocks, pace and why, the big states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.big_letters import draw_big
from outage_tui.dashboard.renderables.facilitator_room import pace_words
from outage_tui.dashboard.renderables.facilitator_station import SILENT_AFTER_S, said
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outage_tui.dashboard.renderables.facilitator_station import Station


def draw_header(station: Station, width: int) -> list[Line]:
    """Time of day in the incident, from the beginning and to the end, and at the wall; below, which
    drill this is, how fast it goes and why."""
    ink, player, tempo = station.ink, station.player, station.tempo
    line = Line(f" {station.clock.hms(station.now_ns)} ", ink.strong)
    if player is not None:
        line.add(f" {wording.duration(max(0, player.since_begin_s))} in", ink.accent)
        line.add(f", at most {wording.duration(max(0, player.left_s))} left ", ink.plain)
    if tempo is not None:
        line.add(f"  played {wording.duration(tempo.wall_s)} ", ink.dim)
    for badge in _badges(station):
        line.add(" ").add(f" {badge} ", ink.badge)
    here = sum(one.here for one in station.present)
    people = f"{here} of {len(station.present)} here " if station.present else ""
    if people and line.width + len(people) + 2 <= width:
        line.to(width - len(people)).add(people, ink.dim)
    below = Line(f" {pace_words(station)} ", ink.plain)
    title = f"{said(station.welcome.title)}, level {station.welcome.level} "
    if below.width + len(title) + 2 <= width:
        below.to(width - len(title)).add(title, ink.dim)
    dots = ink.glyphs.ellipsis
    return [line.cut(width, dots), below.cut(width, dots)]


def _badges(station: Station) -> list[str]:
    badges = []
    if station.blind:
        badges.append("BLIND")
    if station.frozen and not station.over:
        badges.append("FROZEN")
    if station.link.reconnecting:
        badges.append("RECONNECTING")
    elif station.link.silent_s >= SILENT_AFTER_S and not (station.frozen or station.over):
        badges.append(f"HOST SILENT {station.link.silent_s:.0f} s")
    if station.codes_shown:
        badges.append("CODES SHOWN")
    if station.score_shown:
        badges.append("SCORE SHOWN")
    return badges


def band_of(station: Station) -> tuple[str, list[str]]:
    """The state that everybody in the room must see, and what is said beside it; empty: none."""
    link, keys = station.link, station.keys.worded
    kept = f"kept: {said(station.recording)}" if station.recording else ""
    leaves = keys("{facilitator.quit} leaves")
    if link.failed is not None:
        log = f"log: {said(link.failed.log)}" if link.failed.log else ""
        report = keys("{facilitator.report} writes the report of what is kept; ") if kept else ""
        kept = "; ".join(one for one in (kept, log) if one)
        return "HOST DEAD", [
            one for one in (said(link.failed.reason), report + leaves, kept) if one
        ]
    if link.lost:
        again = "it is tried again; what is shown is old; " if link.reconnecting else ""
        return "LINK LOST", [one for one in (said(link.lost), again + leaves, kept) if one]
    if station.over:
        recorded = None if link.ended is None else link.ended.recording
        kept = f"recording: {said(recorded)}" if recorded else kept
        report = keys("{facilitator.report} writes the report")
        return "OVER", [one for one in (said(station.over), report, kept) if one]
    if station.frozen:
        begun = station.player is not None and station.player.since_begin_s > 0
        words = "goes on" if begun else "begins, once everybody is here"
        words = keys(f"{{facilitator.freeze}} {words}")
        return "FROZEN", ["virtual time stands for everybody", words]
    return "", []


def draw_band(station: Station, width: int, height: int) -> list[Line]:
    """The band of a big state, or how far something is that takes a while."""
    ink, progress = station.ink, station.link.progress
    word, beside = band_of(station)
    if word:
        style = ink.badge if word in ("FROZEN", "OVER") else ink.critical
        lines = draw_big(word, beside, style, ink, width)
        if len(lines) <= height:
            return lines
        text = f" {word}  {'  '.join(beside)}"
        return [Line(text, style).cut(width, ink.glyphs.ellipsis).to(width, " ", style)]
    if progress is None:
        return []
    room = max(4, min(40, width // 3))
    filled = round(min(1.0, max(0.0, progress.share)) * room)
    line = Line(" ").add(ink.glyphs.bar * filled, ink.accent)
    line.add(ink.glyphs.groove * (room - filled), ink.track)
    line.add(f" {progress.share * 100:.0f} %  ", ink.strong).add(said(progress.what), ink.plain)
    return [line.cut(width, ink.glyphs.ellipsis)]


def draw_tabs(
    station: Station, titles: Sequence[tuple[int, str, str]], visible: frozenset[str], width: int
) -> tuple[Line, tuple[tuple[int, str], ...]]:
    """Key and name of every panel, and where each ends."""
    ink, line, ends = station.ink, Line(), []
    room = max(1, width // max(1, len(titles)) - 3)
    whole = sum(len(title) + 3 for _, _, title in titles) <= width
    for number, part, title in titles:
        name = title if whole else title[:room]
        line.add(f"{number} {name}", ink.badge if part in visible else ink.dim).add(" ")
        ends.append((line.width, part))
    return line.cut(width, ""), tuple(ends)


def draw_keys(
    station: Station, keys: Sequence[tuple[str, str]], width: int, height: int
) -> list[Line]:
    """What the last key did, and as many keys as there is room for, closer where it is short."""
    ink = station.ink
    lines = [Line(f" {said(station.notice)}", ink.accent)] if station.notice else []
    room = max(1, height - len(lines))
    rows = _key_rows(station, keys, width, "  ")
    if len(rows) > room:
        rows = _key_rows(station, keys, width, " ")
    return [one.cut(width, ink.glyphs.ellipsis) for one in [*lines, *rows][:height]]


def _key_rows(
    station: Station, keys: Sequence[tuple[str, str]], width: int, gap: str
) -> list[Line]:
    ink, rows, line = station.ink, list[Line](), Line()
    for key, words in keys:
        if line.width + len(gap) + len(key) + len(words) + 1 > width:
            rows.append(line)
            line = Line()
        line.add(gap if line.width else " ").add(key, ink.accent).add(f" {words}", ink.dim)
    return [*rows, line]
