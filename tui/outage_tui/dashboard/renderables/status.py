"""The status line: when it is, how fast it goes, which run this is, and what is unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from outage_tui.dashboard.renderables.ink import Ink
    from outage_tui.dashboard.renderables.scene import Opening, Scene
    from outage_tui.link_messages import Applied, Progress

STUCK_AFTER_S = 5.0
"""A host that ought to run and has been silent for so long is called stuck."""


def draw_status(scene: Scene, width: int) -> list[Line]:
    """One line. From the right, what does not fit is left out: the time is never."""
    ink, t_ns = scene.ink, scene.view.t_ns
    line = Line(f" {scene.clock.hms(t_ns)} PDT ", ink.strong)
    line.add(f"{scene.clock.t_plus(t_ns)} ", ink.accent)
    for badge in _badges(scene):
        line.add(f" {badge} ", ink.badge).add(" ")
    parts = [(_pace(scene), ink.plain), (scene.hello.title, ink.dim)]
    parts += [(f"seed {scene.hello.seed}", ink.dim)]
    if scene.view.digest:
        parts.append((f"digest {scene.view.digest[:12]}", ink.dim))
    if scene.hello.recording and not scene.replay:
        parts.append((f"REC {wording.size(scene.status.recording_bytes)}", ink.dim))
    parts.append((f"{wording.count(scene.view.events)} events", ink.dim))
    for text, style in parts:
        if line.width + len(text) + 2 <= width:
            line.add(" ").add(text, style).add(" ")
    hint = "? help  q quit "
    if line.width + len(hint) <= width:
        line.to(width - len(hint)).add(hint, ink.dim)
    return [line.cut(width, ink.glyphs.ellipsis)]


def draw_opening_status(opening: Opening, width: int) -> list[Line]:
    """The status line before there is a state."""
    ink, hello = opening.ink, opening.hello
    line = Line(f" {opening.clock.hms(0)} PDT ", ink.strong)
    line.add(f"{opening.clock.t_plus(0)} ", ink.accent)
    line.add(f"  {hello.title}  seed {hello.seed}", ink.dim)
    return [line.cut(width, ink.glyphs.ellipsis)]


def draw_opening(opening: Opening, width: int, height: int) -> list[Line]:
    """That the simulator starts, does not start, or has failed."""
    banner = draw_banner(opening, width)
    if banner:
        return banner[:height]
    if opening.status.progress is not None:
        return _draw_progress(opening, opening.status.progress, width)[:height]
    ink, silent_s = opening.ink, opening.status.silent_s
    words = f" Starting the simulator{ink.glyphs.ellipsis}"
    if silent_s >= STUCK_AFTER_S:
        words += f" it has been silent for {silent_s:.0f} s"
    return [Line(words, ink.strong).cut(width, ink.glyphs.ellipsis)][:height]


def _draw_progress(opening: Opening, progress: Progress, width: int) -> list[Line]:
    """How far a fork is with what it shares with its parent, and how long that still takes."""
    ink = opening.ink
    at, until = (opening.clock.hms(t_ns) for t_ns in (progress.t_ns, progress.until_ns))
    room = max(4, min(40, width - 30))
    filled = round(progress.share * room)
    line = Line(f" {ink.glyphs.bar * filled}", ink.accent)
    line.add(ink.glyphs.groove * (room - filled), ink.track)
    line.add(f" {progress.share * 100:.0f} %", ink.strong)
    line.add(f"  {wording.waiting(progress.left_s)} left", ink.plain)
    words = f" The run up to the fork is executed again: {at} of {until}, "
    words += f"{wording.count(progress.events)} events, all as recorded"
    return [
        line.cut(width, ink.glyphs.ellipsis),
        Line(words, ink.dim).cut(width, ink.glyphs.ellipsis),
    ]


def _pace(scene: Scene) -> str:
    status = scene.status
    if status.done is not None or status.failure is not None:
        return "at the end" if status.failure is None else "stopped"
    asked = "auto" if status.auto else wording.pace(status.pace)
    if status.halted:
        return f"P goes on at pace {asked}"
    speed = f"{status.speed:.0f}" if status.speed >= 10 else f"{status.speed:.1f}"
    told = status.speed > 0 and (status.auto or status.speed != status.pace)
    return f"pace {asked}" + (f" (x{speed})" if told else "")


def _badges(scene: Scene) -> list[str]:
    status = scene.status
    badges = []
    if status.failure is not None:
        badges.append("HOST DEAD")
    elif status.silent_s >= STUCK_AFTER_S:
        badges.append(f"HOST SILENT {status.silent_s:.0f} s")
    if scene.replay:
        badges.append("REPLAY")
    if scene.hello.forked_at_ns is not None:
        badges.append(f"FORK {scene.clock.hm(scene.hello.forked_at_ns)}")
    if status.done is not None:
        badges.append("ENDED")
    elif status.halted:
        badges.append("HALTED")
    if scene.frozen:
        badges.append(f"PAUSED +{scene.behind}")
    return badges


def draw_foot(scene: Scene, width: int, keys: tuple[tuple[str, str], ...]) -> list[Line]:
    """The last line: what a key just did, or the most useful keys."""
    ink = scene.ink
    if scene.notice:
        return [Line(f" {scene.notice}", ink.accent).cut(width, ink.glyphs.ellipsis)]
    line = Line(" ")
    for key, words in keys:
        if line.width + len(key) + len(words) + 3 > width:
            break
        line.add(key, ink.accent).add(f" {words}  ", ink.dim)
    return [line]


def taken_up(applied: Applied) -> str:
    """That a command took effect, or why not, in words for the last line."""
    words = applied.detail or applied.command
    if applied.refused:
        return f"refused: {words}"
    match applied.command:
        case "pause":
            return "halted; P goes on"
        case "resume":
            return "goes on"
        case "pace":
            return f"pace {words}"
        case "mark":
            return f"marked: {words}"
        case "step":
            return "one event further"
        case _:
            return words


def draw_banner(scene: Scene | Opening, width: int) -> list[Line]:
    """What happened to the host, where to read more, and that nothing recorded is lost."""
    ink, failure = scene.ink, scene.status.failure
    if failure is None:
        return []
    return [_part(text, ink, width) for text in _failure_words(scene)]


def draw_silence(scene: Scene, width: int) -> list[Line]:
    """That a host which ought to run says nothing: what is shown is old, the keys still work."""
    silent_s = scene.status.silent_s
    if silent_s < STUCK_AFTER_S or scene.status.failure is not None:
        return []
    words = f" THE SIMULATOR HAS NOT ANSWERED FOR {silent_s:.0f} s; keys work, q leaves, nothing"
    line = Line(f"{words} recorded is lost", scene.ink.critical)
    return [line.cut(width, scene.ink.glyphs.ellipsis).to(width, " ", scene.ink.critical)]


def _part(text: str, ink: Ink, width: int) -> Line:
    return (
        Line(f" {text}", ink.critical).cut(width, ink.glyphs.ellipsis).to(width, " ", ink.critical)
    )


def _failure_words(scene: Scene | Opening) -> list[str]:
    failure = scene.status.failure
    if failure is None:
        return []
    code = "" if failure.exit_code is None else f" (exit status {failure.exit_code})"
    words = [f"THE SIMULATOR STOPPED{code}: {failure.reason}"]
    if failure.log:
        words.append(f"log: {failure.log}")
    if scene.hello.recording:
        words.append(f"kept up to here: {scene.hello.recording}")
    return words
