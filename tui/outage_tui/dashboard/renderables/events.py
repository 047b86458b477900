"""Events: the narration, newest at the bottom, as a good incident timeline reads.

What several of a kind tell within a minute is one entry with a count (`dwfm-az* x24`): the shards
of a zone say the same at the same moment. Services that fail through the same dependency, or are
well again, are one entry with their names. One entry may be chosen, to ask why it happened.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs
from rich.style import Style

from outage_tui.dashboard.renderables.line import Line, wrapped
from outage_tui.dashboard.renderables.wording import MINUTE_NS, spaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outage_agents.views import NarrationView
    from outage_tui.dashboard.renderables.ink import Severity
    from outage_tui.dashboard.renderables.scene import Scene

_SEVERITY: Final[dict[str, Severity]] = {"info": "unknown", "warning": "caution", "error": "bad"}
_NUMBER: Final = re.compile(r"\d[\d,.]*")
_SERVICE: Final = re.compile(
    r"([^:]+): (?:\d+% of )?(requests fail, (?:now )?through .+|errors under 1 ?% for five minutes)"
)
_NAMES_SHOWN: Final = 5
_RANK: Final = ("info", "warning", "error")
_CHOSEN: Final = Style(reverse=True)
TOGETHER_NS: Final = MINUTE_NS
"""Lines of one kind this close to each other are one entry."""


@attrs.define
class Entry:
    """One line, or several of a kind."""

    newest: NarrationView
    """The line that is shown for all."""
    count: int = 1
    first_n: int = 0
    """Number of the oldest of them."""
    numbers: list[int] = attrs.field(factory=list)
    component: str = ""
    """Of one who told, or what the names of all have in common."""
    level: str = "info"
    """The worst of them."""
    services: list[str] = attrs.field(factory=list)
    """Names of services, newest first, where the lines are about services."""

    def add(self, line: NarrationView) -> None:
        """One more of the kind, told before."""
        self.count += 1
        self.first_n = line.n
        self.numbers.append(line.n)
        self.component = _together(self.component, line.component)
        self.level = max(self.level, line.level, key=_RANK.index)
        self.services += _service_of(line)

    @property
    def text(self) -> str:
        """What is said for all of them."""
        about = _SERVICE.fullmatch(self.newest.text)
        if about is None or self.count == 1:
            return self.newest.text
        names = list(dict.fromkeys(reversed(self.services)))
        more = len(names) - _NAMES_SHOWN
        listed = ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{listed}: {about[2]}"

    def holds(self, n: int) -> bool:
        """Whether line `n` is one of them."""
        return n in self.numbers


@attrs.frozen
class Shown:
    """A drawing, and which line of the narration each of its rows belongs to."""

    lines: list[Line]
    numbers: list[int]
    """0 for rows that belong to none."""


def draw_events(
    scene: Scene, width: int, height: int, scroll: int = 0, chosen: int = 0
) -> list[Line]:
    """The last entries that match the filter; `scroll` counts entries back from the newest."""
    return shown_events(scene, width, height, scroll, chosen).lines


def shown_events(scene: Scene, width: int, height: int, scroll: int = 0, chosen: int = 0) -> Shown:
    """The same, with the lines behind the rows; the entry of line `chosen` stays in sight."""
    ink = scene.ink
    foot: list[Line] = []
    if scene.wanted:
        foot = [Line("filter ", ink.dim).add(scene.wanted, ink.accent).add("  esc clears", ink.dim)]
    room = max(0, height - len(foot))
    drawn: list[Line] = []
    numbers: list[int] = []
    found = entries(scene.lines, scene.wanted, scroll, room, chosen)
    at = next((k for k, entry in enumerate(found) if chosen and entry.holds(chosen)), 0)
    # Each entry takes a row at least: those further from the chosen one are out of sight.
    for entry in found[max(scroll, at - room + 1) :]:
        rows = _entry(scene, entry, width, chosen=bool(chosen) and entry.holds(chosen))
        drawn[:0] = rows
        numbers[:0] = [entry.newest.n] * len(rows)
        if len(drawn) >= room and not (chosen and entry.newest.n > chosen):
            break
    if not drawn:
        words = "no event matches" if scene.wanted else "nothing has happened yet"
        drawn, numbers = [Line(words, ink.dim)], [0]
    first = _first_row(numbers, room, chosen)
    drawn, numbers = drawn[first : first + room], numbers[first : first + room]
    return Shown([*drawn, *foot], numbers + [0] * len(foot))


def _first_row(numbers: list[int], room: int, chosen: int) -> int:
    """The newest rows are shown; with an entry chosen above them, those from it on."""
    last = max(0, len(numbers) - room)
    if not chosen:
        return last
    at = next((row for row, n in enumerate(numbers) if n >= chosen), last)
    return min(last, at)


def entries(
    told: Sequence[NarrationView], wanted: str, scroll: int, rows: int, chosen: int = 0
) -> list[Entry]:
    """Entries, newest first: enough to fill so many rows after `scroll`, and down to the chosen."""
    found: list[Entry] = []
    open_entries: dict[str, Entry] = {}
    enough_at = scroll + rows + 1
    for line in _newest_first(told, wanted):
        kind = _kind(line.component, line.level, line.text)
        entry = open_entries.get(kind)
        if entry is not None and entry.newest.t_ns - line.t_ns <= TOGETHER_NS:
            entry.add(line)
            continue
        far = bool(found) and found[-1].newest.t_ns - line.t_ns > TOGETHER_NS
        if far and len(found) >= enough_at and (not chosen or line.n < chosen):
            break
        told_by = line.component
        entry = Entry(line, 1, line.n, [line.n], told_by, line.level, _service_of(line))
        open_entries[kind] = entry
        found.append(entry)
    return found


def matches(event: NarrationView, wanted: str) -> bool:
    """Whether the filter lets an event through: text or component, case ignored, `!` inverts."""
    return matches_text(f"{event.component} {event.text}", wanted)


def matches_text(text: str, wanted: str) -> bool:
    """Whether the filter lets a text through."""
    inverted = wanted.startswith("!")
    needle = wanted.removeprefix("!").lower()
    found = needle in text.lower() or needle in spaced(text).lower()
    return found != inverted if needle else True


def _newest_first(events: Sequence[NarrationView], wanted: str) -> Iterator[NarrationView]:
    return (event for event in reversed(events) if matches(event, wanted))


@lru_cache(maxsize=4096)
def _kind(component: str, level: str, text: str) -> str:
    """What lines of one kind have in common: all but the numbers, or the names of services."""
    about = _SERVICE.fullmatch(text)
    if about is not None:
        return about[2]
    return _NUMBER.sub("#", f"{component} {level} {text}")


def _service_of(line: NarrationView) -> list[str]:
    about = _SERVICE.fullmatch(line.text)
    return [] if about is None else [about[1]]


def _together(name: str, other: str) -> str:
    """`dwfm-az1-1` and `dwfm-az3-2` as `dwfm-az*`."""
    if name == other:
        return name
    stem = name.removesuffix("*")
    while not other.startswith(stem) or (stem and stem[-1].isdigit()):
        stem = stem[:-1]
    return f"{stem}*"


def _entry(scene: Scene, entry: Entry, width: int, *, chosen: bool) -> list[Line]:
    ink, event = scene.ink, entry.newest
    level = _SEVERITY.get(entry.level, "unknown")
    name_width = 22 if width >= 110 else (16 if width >= 70 else 0)
    indent = 11 + (name_width + 1 if name_width else 0)
    acted = event.about.startswith("action.")
    glyph = ink.glyphs.dot if level == "unknown" else ink.glyph(level)
    if acted and level == "unknown":
        glyph = ink.glyphs.arrow[-1]
    first = Line(scene.clock.hms(event.t_ns), ink.dim)
    first.add(
        f"{'>' if chosen else ' '}{glyph} ",
        ink.accent if acted and level == "unknown" else ink.of(level),
    )
    name = "law watched" if event.about.startswith("law.") else entry.component
    name = name if entry.count == 1 else f"{name} x{entry.count}"
    if name_width:
        first.left(name, name_width, ink.accent).add(" ")
    endpoint = scene.view.dns.endpoint
    text = entry.text.replace(endpoint, "the endpoint") if endpoint else entry.text
    text = spaced(text)
    text = text if name_width else f"{name}: {text}"
    style = (ink.strong if acted else ink.plain) if level == "unknown" else ink.of(level)
    pieces = wrapped(text, style, width - indent)
    lines = [first.join(pieces[0])] if pieces else [first]
    lines += [Line().to(indent).join(piece) for piece in pieces[1:]]
    return [_reversed(line) for line in lines] if chosen else lines


def _reversed(line: Line) -> Line:
    """The line set off as the chosen one, whatever its colours."""
    chosen = Line()
    for segment in line.segments:
        chosen.add(segment.text, (segment.style or Style()) + _CHOSEN)
    return chosen
