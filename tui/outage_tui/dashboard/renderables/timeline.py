"""The timeline: this run's milestones above the rail, those of 20 October 2025 below it.

The rail itself is a thumbnail of the share of customers' calls that fail, and where there is room
a second one shows the broken leases: their shapes tell where one is. Between the two rows of
milestones stands how many minutes later (+) or earlier (-) this run was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs
from rich.cells import cell_len

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.area_chart import columns
from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style

    from outage_agents.views import MilestoneView
    from outage_tui.dashboard.renderables.scene import Scene
    from outage_tui.dashboard.source import History

GUTTER: Final = 9
"""Cells before the axis, with the names of the rows."""
GUTTER_WIDTH_MIN: Final = 64
"""A narrower timeline has no gutter."""
FAILING, BROKEN = "customers.error_rate", "dwfm.broken"
"""Series of the two thumbnails."""
_ROWS: Final = ("run", "off", "failing", "leases", "real", "hours", "words")
_SHOWN: Final = {
    1: ("failing",),
    2: ("failing", "words"),
    3: ("run", "failing", "words"),
    4: ("run", "failing", "real", "words"),
    5: ("run", "failing", "real", "hours", "words"),
    6: ("run", "failing", "leases", "real", "hours", "words"),
}
"""Which rows fit into a height."""


@attrs.frozen
class Thumbnail:
    """A series thinned to one level for each column of the axis."""

    levels: tuple[int, ...] = ()
    """0 to 8; 0 is nothing, and what is more than nothing is at least 1."""


@attrs.frozen
class Thumbnails:
    """Both of them, for one width."""

    failing: Thumbnail = Thumbnail()
    leases: Thumbnail = Thumbnail()


@attrs.frozen
class Axis:
    """Where moments are on a timeline so many cells wide."""

    left: int
    span: int
    whole_ns: int

    @classmethod
    def of(cls, scene: Scene, width: int) -> Axis:
        """The axis of this run: from its beginning to where it ends, in the last column."""
        left = GUTTER if width >= GUTTER_WIDTH_MIN else 0
        return cls(left, max(1, width - left), max(1, int(scene.hello.duration_s * 1e9)))

    def column(self, t_ns: int) -> int:
        """The column of a moment."""
        offset = t_ns * (self.span - 1) // self.whole_ns
        return self.left + max(0, min(self.span - 1, offset))

    def moment(self, column: int) -> int:
        """The moment at a column: the reverse of `column`, for clicks."""
        offset = (column - self.left) * self.whole_ns // max(1, self.span - 1)
        return max(0, min(self.whole_ns, offset))


def column_of(scene: Scene, t_ns: int, width: int) -> int:
    """Where a moment is on a timeline `width` cells wide."""
    return Axis.of(scene, width).column(t_ns)


def moment_at(scene: Scene, column: int, width: int) -> int:
    """The moment at a column: the reverse of `column_of`, for clicks."""
    return Axis.of(scene, width).moment(column)


def thumbnails(scene: Scene, width: int) -> Thumbnails:
    """The thumbnails of all that is known: of a recording the whole of it."""
    axis = Axis.of(scene, width)
    whole = scene.overview or scene.history
    return Thumbnails(
        _thumbnail(scene, axis, whole, FAILING), _thumbnail(scene, axis, whole, BROKEN)
    )


def _thumbnail(scene: Scene, axis: Axis, whole: Callable[[str], History], name: str) -> Thumbnail:
    series = whole(name)
    if not len(series.times_ns):
        return Thumbnail()
    import numpy as np  # here, so that the first picture of a run need not wait for it

    # The axis ends in the middle of its last column, so that column is as long as the others.
    end_ns = axis.whole_ns * axis.span // max(1, axis.span - 1)
    high = np.nan_to_num(columns(series, end_ns, axis.span).high)
    floor = 0.005 if name == FAILING else 0.002 * max(1, scene.view.leases.droplets)
    top = max(float(high.max(initial=0.0)), 4 * floor)
    levels = np.where(high < floor, 0, np.clip(np.ceil(high * 8 / top), 1, 8))
    return Thumbnail(tuple(levels.astype(int).tolist()))


@attrs.frozen
class StillRows:
    """The rows that change only when a milestone is reached, for one width."""

    lines: dict[str, Line]


def still_rows(scene: Scene, width: int, height: int) -> StillRows:
    """Those rows of a timeline this high. They stay right while `still_for` stays equal."""
    axis = Axis.of(scene, width)
    draw: dict[str, Callable[[], Line]] = {
        "run": lambda: _simulated(scene, axis),
        "off": lambda: _errors(scene, axis),
        "real": lambda: _real(scene, axis, bare=height > 6),
        "hours": lambda: _hours(scene, axis),
        "words": lambda: _words(scene, width),
    }
    return StillRows({row: draw[row]() for row in _SHOWN.get(height, _ROWS) if row in draw})


def still_for(scene: Scene) -> tuple[object, ...]:
    """What the still rows depend on, apart from their size."""
    last, following = last_milestone(scene), next_milestone(scene)
    return (scene.ink, scene.milestones, tuple(scene.markers), last, following)


def draw_timeline(
    scene: Scene,
    width: int,
    height: int,
    thumbs: Thumbnails | None = None,
    still: StillRows | None = None,
) -> list[Line]:
    """As many rows as fit, the most telling ones first.

    `thumbs` and `still` are what was made before for this width and height.
    """
    if height <= 0 or width <= 0:
        return []
    axis = Axis.of(scene, width)
    thumbs = thumbs or thumbnails(scene, width)
    lines = dict((still or still_rows(scene, width, height)).lines)
    lines["failing"] = _rail(scene, axis, "failing", thumbs.failing)
    if height >= 6:
        lines["leases"] = _rail(scene, axis, "leases", thumbs.leases)
    return [lines[row] for row in _SHOWN.get(height, _ROWS)]


class _Row:
    """One row of the axis: texts are put where there is room, and where there is none they go."""

    def __init__(self, axis: Axis) -> None:
        self._end = axis.left + axis.span
        self._texts: dict[int, tuple[str, Style]] = {}
        self._taken = bytearray(self._end)

    def put(self, column: int, text: str, style: Style, *, apart: int = 0) -> bool:
        """Put a text at a column, with so many free cells on both sides. False: no room."""
        first, last = column, column + cell_len(text)
        if first < 0 or last > self._end or not text:
            return False
        if any(self._taken[max(0, first - apart) : min(self._end, last + apart)]):
            return False
        self._texts[column] = (text, style)
        self._taken[first:last] = b"\x01" * (last - first)
        return True

    def line(self, scene: Scene, name: str) -> Line:
        """The row, with its name in the gutter if there is one."""
        line = Line(name, scene.ink.dim)
        for column in sorted(self._texts):
            line.to(column).add(*self._texts[column])
        return line


def _named(axis: Axis, name: str) -> str:
    return f"{name:<{GUTTER}}" if axis.left else ""


def _simulated(scene: Scene, axis: Axis) -> Line:
    """This run's milestones and the markers, with as many of their names as there is room for."""
    ink, row, clock = scene.ink, _Row(axis), scene.clock
    glyph = ink.glyphs.simulated
    reached = [(clock.of_minutes(m.t_min), m) for m in scene.milestones if m.t_min is not None]
    for marker in scene.markers:
        row.put(axis.column(marker.t_ns), ink.glyphs.marker, ink.caution)
    for t_ns, milestone in reached:
        style = ink.accent if milestone.kind == "emergent" else ink.plain
        row.put(axis.column(t_ns), glyph, style)
    for marker in scene.markers:
        column = axis.column(marker.t_ns)
        if not row.put(column + 1, marker.name, ink.caution):
            row.put(column - cell_len(marker.name), marker.name, ink.caution)
    last = last_milestone(scene)
    reached.sort(key=lambda one: (one[1] is not last, _rank(one[1].id)))
    for t_ns, milestone in reached:
        style = ink.strong if milestone is last else ink.dim
        name = wording.milestone_short(milestone.id)
        column = axis.column(t_ns) + 1
        # A name may end at the next milestone, but not at the next name.
        if not row.put(column, f"{name} ", style):
            row.put(column, name, style)
    return row.line(scene, _named(axis, "this run"))


def _errors(scene: Scene, axis: Axis) -> Line:
    """Minutes between a milestone of this run and the real one, the largest first."""
    row = _Row(axis)
    for off_min, milestone in _off(scene):
        middle = milestone.reference_min + off_min / 2
        text = _signed(off_min)
        column = axis.column(scene.clock.of_minutes(middle)) - len(text) // 2
        row.put(max(axis.left, column), text, _off_style(scene, off_min), apart=1)
    return row.line(scene, _named(axis, "min off"))


def _real(scene: Scene, axis: Axis, *, bare: bool) -> Line:
    """The real milestones. `bare`: how far off this run was stands in a row of its own."""
    ink, row, clock = scene.ink, _Row(axis), scene.clock
    for milestone in scene.milestones:
        if milestone.kind != "knowledge":
            t_ns = clock.of_minutes(milestone.reference_min)
            row.put(axis.column(t_ns), ink.glyphs.real, ink.plain)
    following = next_milestone(scene)
    if following is not None:
        column = axis.column(clock.of_minutes(following.reference_min)) + 1
        row.put(column, f"{wording.milestone_short(following.id)} ", ink.plain)
    for off_min, milestone in () if bare else _off(scene):
        column = axis.column(clock.of_minutes(milestone.reference_min)) + 1
        row.put(column, f"{_signed(off_min)} ", _off_style(scene, off_min))
    return row.line(scene, _named(axis, "real"))


def _off(scene: Scene) -> list[tuple[int, MilestoneView]]:
    """How many minutes this run was late at each emergent milestone, the largest error first."""
    found = [
        (round(m.t_min - m.reference_min), m)
        for m in happened(scene)
        if m.t_min is not None and m.kind == "emergent"
    ]
    return sorted(found, key=lambda one: (-abs(one[0]), one[1].reference_min))


def _signed(minutes: int) -> str:
    return f"{minutes:+d}" if minutes else "0"


def _off_style(scene: Scene, off_min: int) -> Style:
    return scene.ink.dim if abs(off_min) <= 1 else scene.ink.plain


def _rail(scene: Scene, axis: Axis, name: str, thumbnail: Thumbnail) -> Line:
    """A thumbnail: what has been shown in colour, what is still to come without."""
    ink = scene.ink
    eighths, groove = ink.glyphs.eighths, ink.glyphs.rail
    at = axis.column(scene.view.t_ns) - axis.left
    levels = thumbnail.levels or (0,) * axis.span
    text = "".join(eighths[level] if level else groove for level in levels)
    line = Line(_named(axis, name), ink.dim)
    line.join(_piece(text[:at], groove, ink.area, ink.accent))
    line.add(ink.glyphs.playhead, ink.badge)
    return line.join(_piece(text[at + 1 :], groove, ink.track, ink.track))


def _piece(text: str, groove: str, filled: Style, empty: Style) -> Line:
    """Runs of the groove and of what stands on it, each in its style."""
    line, start = Line(), 0
    for place in range(1, len(text) + 1):
        if place == len(text) or (text[place] == groove) != (text[start] == groove):
            line.add(text[start:place], empty if text[start] == groove else filled)
            start = place
    return line


def _hours(scene: Scene, axis: Axis) -> Line:
    """Where the days meet, where the run ends, and as many hours between as there is room for."""
    ink, row, clock = scene.ink, _Row(axis), scene.clock
    first = clock.at(0)
    next_hour = (first + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    whole = timedelta(microseconds=axis.whole_ns // 1000)
    hours = [next_hour + timedelta(hours=n) for n in range(int(whole.total_seconds() // 3600) + 1)]
    offsets = [(hour, int((hour - first).total_seconds()) * wording.SECOND_NS) for hour in hours]
    for hour, t_ns in offsets:
        if hour.hour == 0 and t_ns <= axis.whole_ns:
            row.put(axis.column(t_ns), f"{hour.day} {hour:%b}", ink.strong, apart=1)
    end = clock.hm(axis.whole_ns)
    row.put(axis.left + axis.span - len(end), end, ink.plain, apart=1)
    row.put(axis.left, clock.hm(0), ink.plain, apart=1)
    an_hour = axis.span * 3_600_000_000_000 / axis.whole_ns
    step = next((n for n in (1, 2, 3, 6, 12) if an_hour * n >= 8), 24)
    for hour, t_ns in offsets:
        if hour.hour % step == 0 and t_ns <= axis.whole_ns:
            row.put(axis.column(t_ns), f"{hour:%H:%M}", ink.dim, apart=1)
    return row.line(scene, _named(axis, "PDT"))


def _words(scene: Scene, width: int) -> Line:
    ink = scene.ink
    line = _last_and_next(scene)
    if line.width > width:
        line = _last_and_next(scene, short=True)
    sim, real_glyph = ink.glyphs.simulated, ink.glyphs.real
    for legend in (
        f"{sim} this run  {real_glyph} 20 October 2025, this run +min late, -min early ",
        f"{sim} this run  {real_glyph} 20 October 2025 ",
    ):
        if line.width + len(legend) + 2 <= width:
            line.to(width - len(legend)).add(legend, ink.dim)
            break
    return line.cut(width, ink.glyphs.ellipsis)


def _last_and_next(scene: Scene, *, short: bool = False) -> Line:
    """The milestone reached last, with how far off it was, and the one that is due."""
    ink, clock = scene.ink, scene.clock
    line = Line()
    last = last_milestone(scene)
    if last is not None and last.t_min is not None:
        at = clock.hm(clock.of_minutes(last.t_min))
        line.add("last: ", ink.dim).add(wording.milestone_name(last.id), ink.strong)
        real = clock.hm(clock.of_minutes(last.reference_min))
        error = wording.early_or_late(last.t_min - last.reference_min)
        line.add(f" {at}, {error}  " if short else f" {at} (really {real}, {error})  ", ink.plain)
    following = next_milestone(scene)
    if following is not None:
        at = clock.hm(clock.of_minutes(following.reference_min))
        name = wording.milestone_short if short else wording.milestone_name
        line.add("next: " if short else "next, really: ", ink.dim)
        line.add(f"{name(following.id)} {at}", ink.plain)
    return line


def happened(scene: Scene) -> list[MilestoneView]:
    """The milestones of this run up to the moment shown."""
    now_min = scene.view.t_ns / 60e9 - scene.hello.epoch_s / 60
    return [m for m in scene.milestones if m.t_min is not None and m.t_min <= now_min]


def last_milestone(scene: Scene) -> MilestoneView | None:
    """The latest that has happened in this run."""
    return max(happened(scene), key=lambda m: m.t_min or 0.0, default=None)


def next_milestone(scene: Scene) -> MilestoneView | None:
    """The earliest of the real ones that has not happened in this run."""
    now_min = scene.view.t_ns / 60e9 - scene.hello.epoch_s / 60
    waiting = [
        m
        for m in scene.milestones
        if (m.t_min is None or m.t_min > now_min)
        and m.kind != "knowledge"
        and m.reference_min >= now_min
    ]
    return min(waiting, key=lambda m: m.reference_min, default=None)


_TELLING: Final = (
    "dns_record_empty",
    "dns_restored",
    "dwfm_throttle_and_restart",
    "dwfm_all_leased",
    "second_wave_begins",
    "nlb_failover_disabled",
    "event_over",
    "nm_propagation_normal",
    "dynamodb_recovered",
    "rpz_override_applied",
    "ec2_normal",
    "ec2_throttles_relax_begin",
)
"""Milestones whose names go first where there is not room for all."""


def _rank(milestone_id: str) -> int:
    return _TELLING.index(milestone_id) if milestone_id in _TELLING else len(_TELLING)
