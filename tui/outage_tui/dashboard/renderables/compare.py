"""Two runs side by side at one moment: both curves in each chart, and what differs below.

The first run is drawn in front, solid; the second behind it, dotted, so that it is seen where it
differs. A moment is minutes after T0, the same in both.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import attrs

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.braille import Canvas
from outage_tui.dashboard.renderables.line import Line, beside, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from rich.style import Style

    from outage_agents.result import ActionResultAt
    from outage_tui.compare import RunComparison
    from outage_tui.dashboard.renderables.braille import Point
    from outage_tui.dashboard.renderables.ink import Ink

_CHART_WIDTH_MIN: Final = 36
_TABLES_BESIDE_FROM: Final = 100
_HEAD_LINES: Final = 3
_NAME_WIDTH: Final = 27


@attrs.frozen
class Curve:
    """One chart: a series of both runs."""

    series: str
    title: str
    shown: Callable[[float], str]
    """A value in words."""


CURVES: Final = (
    Curve("dwfm.broken", "broken leases", wording.count),
    Curve("customers.error_rate", "requests that fail", wording.percent),
    Curve("impact.services_down_share", "services down", wording.percent),
    Curve("impact.customer_minutes", "customer-minutes lost", wording.count),
    Curve("ec2.success_share", "launches that succeed", wording.percent),
    Curve("nm.wait_s", "wait for network state", wording.waiting),
    Curve("nlb.zones_out", "NLB zones out", wording.count),
    Curve("dwfm.queue", "lease attempts waiting", wording.count),
)
"""The most telling first: as many as fit are shown."""


@attrs.frozen(eq=False)
class Track:
    """A series of one run; arrays of equal length, empty when it was not recorded."""

    times_min: NDArray[np.float64]
    """Minutes after T0, increasing."""
    values: NDArray[np.float64]

    def at(self, t_min: float) -> float | None:
        """The value at a moment; None before the first and after the last."""
        if not len(self.times_min) or not self.times_min[0] <= t_min <= self.times_min[-1] + 1:
            return None
        return float(self.values[bisect_right(self.times_min, t_min) - 1])


@attrs.frozen(eq=False)
class ComparedScene:
    """Everything the screen shows."""

    comparison: RunComparison
    tracks: Mapping[str, tuple[Track, Track]]
    clock: wording.Clock
    """That of the first run."""
    t_min: float
    """The moment."""
    start_min: float
    end_min: float
    """The first and the last moment of either."""
    first_curve: int
    """Which chart comes first."""
    ink: Ink


@attrs.frozen
class ChartPlace:
    """Where a chart is on the screen, and which."""

    curve: Curve
    x: int
    y: int
    width: int
    height: int
    """Its title included."""


def chart_places(width: int, height: int, first_curve: int) -> list[ChartPlace]:
    """The charts of a screen of this size, row by row."""
    beside_count = 3 if width >= 150 else 2 if width >= 2 * _CHART_WIDTH_MIN + 2 else 1
    room = max(0, (height - _HEAD_LINES - 2) // 2)
    rows = 2 if room >= 8 else 1 if room >= 3 else 0
    if not rows:
        return []
    chart_height = min(12, room // rows)
    chart_width = (width - 2 * (beside_count - 1)) // beside_count
    return [
        ChartPlace(
            CURVES[(first_curve + number) % len(CURVES)],
            (number % beside_count) * (chart_width + 2),
            _HEAD_LINES + (number // beside_count) * chart_height,
            chart_width,
            chart_height,
        )
        for number in range(min(len(CURVES), rows * beside_count))
    ]


def moment_at(scene: ComparedScene, width: int, height: int, x: int, y: int) -> float | None:
    """The moment of a cell that lies in a chart; None elsewhere."""
    for place in chart_places(width, height, scene.first_curve):
        if place.x <= x < place.x + place.width and place.y <= y < place.y + place.height:
            share = (x - place.x + 0.5) / place.width
            return scene.start_min + share * (scene.end_min - scene.start_min)
    return None


def draw_compared(scene: ComparedScene, width: int, height: int) -> list[Line]:
    """Heads, charts and the keys' line; the rows between are for what differs."""
    places = chart_places(width, height, scene.first_curve)
    lines = _head(scene, width)
    row_starts = sorted({place.y for place in places})
    for y in row_starts:
        blocks = [_chart(scene, place) for place in places if place.y == y]
        joined = blocks[0]
        for number, block in enumerate(blocks[1:], 1):
            joined = beside(joined, block, 2, number * (places[0].width + 2) - 2)
        lines += joined
    lines.append(_axis(scene, width))
    return [line.cut(width, scene.ink.glyphs.ellipsis) for line in lines[:height]]


def differences_place(width: int, height: int) -> tuple[int, int]:
    """First row, and number of rows, of what differs."""
    places = chart_places(width, height, 0)
    top = max((place.y + place.height for place in places), default=_HEAD_LINES) + 1
    return top, max(0, height - top - 1)


def _head(scene: ComparedScene, width: int) -> list[Line]:
    ink, found = scene.ink, scene.comparison
    lines = []
    for letter, run, style in (("A", found.a, ink.accent), ("B", found.b, ink.caution)):
        name = run.recording.rpartition("/")[2]
        line = Line(f" {letter} {_sample(letter, ink)} ", style).add(name, ink.strong)
        line.add(f"  {run.scenario}, seed {run.seed}", ink.plain)
        lines.append(line.add("" if run.finished else "  unfinished", ink.dim))
    t_ns = scene.clock.of_minutes(scene.t_min)
    moment = Line(f" {scene.clock.hms(t_ns)} ", ink.badge).add(
        f" {scene.clock.t_plus(t_ns)}  ", ink.dim
    )
    parting = found.first_divergence
    if parting is None:
        return [*lines, moment.add("the same as far as both go", ink.plain)]
    at_ns = scene.clock.of_minutes(parting.t_min)
    apart = scene.t_min >= parting.t_min
    words = f"they part{'ed' if apart else ''} at {scene.clock.hms(at_ns)}"
    moment.add(words, ink.caution if apart else ink.plain)
    first, second = (_by_the_clock(event, scene) for event in (parting.a, parting.b))
    return [*lines, moment.add(f"  A: {first}  B: {second}", ink.dim)]


def _by_the_clock(event: str, scene: ComparedScene) -> str:
    """An event without its moment in nanoseconds, but with that of the clock."""
    found = _AT_NS.match(event)
    if found is None:
        return event
    t_ns = int(found[1])
    return f"{event[found.end() :]} {scene.clock.hms(t_ns)}.{t_ns // 1_000_000 % 1000:03}"


_AT_NS: Final = re.compile(r"at (\d+) ns: ")


def _sample(letter: str, ink: Ink) -> str:
    """A piece of a run's curve."""
    if ink.glyphs.rail == "-":
        return "***" if letter == "A" else "..."
    return "━━━" if letter == "A" else "┅┅┅"


def _chart(scene: ComparedScene, place: ChartPlace) -> list[Line]:
    ink = scene.ink
    tracks = scene.tracks[place.curve.series]
    title = Line(place.curve.title, ink.plain)
    for letter, track, style in zip("AB", tracks, (ink.accent, ink.caution), strict=True):
        value = track.at(scene.t_min)
        shown = "-" if value is None else place.curve.shown(value)
        title.add(f"  {letter} ", ink.dim).add(shown, style)
    top = max((float(t.values.max()) for t in tracks if len(t.values)), default=0.0)
    scale = f"0 to {place.curve.shown(top)}"
    if title.width + 2 + len(scale) <= place.width:
        title.to(place.width - len(scale)).add(scale, ink.dim)
    title = title.cut(place.width, ink.glyphs.ellipsis)
    return [title, *_curves(scene, tracks, top, place.width, place.height - 1)]


def _curves(
    scene: ComparedScene, tracks: tuple[Track, Track], top: float, width: int, height: int
) -> list[Line]:
    if height <= 0:
        return []
    ink = scene.ink
    canvas = Canvas(width, height, ascii_only=ink.glyphs.rail == "-")
    canvas.curve(_upright(scene, width), ink.dim)
    for track, style, dotted in ((tracks[1], ink.caution, True), (tracks[0], ink.accent, False)):
        canvas.curve(_points(scene, track, 2 * width, top), style, dotted=dotted)
    return canvas.lines(ink.plain)


def _upright(scene: ComparedScene, width: int) -> list[Point]:
    """The moment, as a line from the lower edge to the upper."""
    span = scene.end_min - scene.start_min
    dots = 2 * width
    dot = min(dots - 2, int((scene.t_min - scene.start_min) / span * dots)) if span > 0 else 0
    return [((dot + 0.2) / dots, -1.0), ((dot + 1.8) / dots, 2.0)]  # the canvas cuts what is beyond


def _points(scene: ComparedScene, track: Track, dots: int, top: float) -> list[Point]:
    """The largest value of each column of dots, so that spikes survive."""
    import numpy as np  # here, so that `--help` need not wait for it

    span = scene.end_min - scene.start_min
    if not len(track.values) or span <= 0:
        return []
    column = ((track.times_min - scene.start_min) * (dots / span)).astype(np.int64)
    column = np.clip(column, 0, dots - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    highest = np.maximum.reduceat(track.values, starts)
    xs = (column[starts] + 0.5) / dots
    ys = highest / top if top > 0 else np.zeros(len(highest))
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    return points if len(points) > 1 else []


def _axis(scene: ComparedScene, width: int) -> Line:
    clock, ink = scene.clock, scene.ink
    first, last = (clock.hm(clock.of_minutes(t)) for t in (scene.start_min, scene.end_min))
    return Line(f"{first} to {last} in every chart", ink.dim).to(width)


# -- what differs ---------------------------------------------------------------------------------


def draw_differences(scene: ComparedScene, width: int) -> list[Line]:
    """Impact at the moment, milestones, actions and parameters of both: all the lines there are."""
    impact, milestones = _impact(scene), _milestones(scene)
    others = [*_actions(scene), *_settings(scene)]
    dots = scene.ink.glyphs.ellipsis
    if width >= _TABLES_BESIDE_FROM:
        half = (width - 4) // 2
        right = [line.cut(half, dots) for line in [*impact, Line(), *others]]
        return beside(milestones, right, 4, half)
    return [line.cut(width, dots) for line in [*impact, Line(), *milestones, Line(), *others]]


def _title(words: str, ink: Ink) -> Line:
    return Line().left(words, _NAME_WIDTH, ink.strong).right("A", 9, ink.accent).right(
        "B", 9, ink.caution
    ).right("B - A", 10, ink.dim)  # fmt: skip


def _milestones(scene: ComparedScene) -> list[Line]:
    ink = scene.ink
    lines = [_title("milestones", ink)]
    for name, (one, other) in scene.comparison.milestones.items():
        if one is None and other is None:
            continue
        line = Line().left(wording.milestone_name(name), _NAME_WIDTH, ink.plain)
        for at in (one, other):
            past = at is not None and at <= scene.t_min
            line.right(_moment(scene, at), 9, ink.plain if past else ink.dim)
        line.right(*_later(one, other, ink, 10))
        lines.append(line)
    if len(lines) == 1:
        lines.append(Line("none has happened in either", ink.dim))
    return lines


def _moment(scene: ComparedScene, t_min: float | None) -> str:
    return "never" if t_min is None else scene.clock.hm(scene.clock.of_minutes(t_min))


def _later(one: float | None, other: float | None, ink: Ink, width: int) -> tuple[str, int, Style]:
    if one is None or other is None:
        return ("A only" if other is None else "B only"), width, ink.caution
    minutes = round(other - one)
    return ("same", width, ink.dim) if not minutes else (f"{minutes:+d} min", width, ink.caution)


def _impact(scene: ComparedScene) -> list[Line]:
    """What was lost up to the moment, and in all."""
    ink = scene.ink
    t_ns = scene.clock.of_minutes(scene.t_min)
    lines = [_title(f"lost by {scene.clock.hm(t_ns)}", ink)]
    tracks = scene.tracks["impact.customer_minutes"]
    lines.append(
        _amounts("customer-minutes", *(track.at(scene.t_min) for track in tracks), ink=ink)
    )
    one, other = scene.comparison.impact
    if one is None or other is None:
        return lines
    lines.append(Line("in the whole run", ink.dim))
    for words, first, second in (
        ("customer-minutes", one.customer_minutes, other.customer_minutes),
        ("requests failed", one.failed, other.failed),
        ("refused on purpose", one.refused, other.refused),
    ):
        lines.append(_amounts(words, first, second, ink=ink))
    worst = (one.peak_services_down_share, other.peak_services_down_share)
    line = Line().left("most services down at once", _NAME_WIDTH, ink.plain)
    for share in worst:
        line.right(wording.percent(share), 9, ink.plain)
    return [*lines, line]


def _amounts(words: str, one: float | None, other: float | None, *, ink: Ink) -> Line:
    line = Line().left(words, _NAME_WIDTH, ink.plain)
    for amount in (one, other):
        line.right("-" if amount is None else wording.count(amount), 9, ink.plain)
    if one and other is not None:
        share = round((other - one) / one * 100)
        line.right(f"{share:+d} %" if share else "same", 10, ink.caution if share else ink.dim)
    return line


def _actions(scene: ComparedScene) -> list[Line]:
    ink = scene.ink
    pairs = scene.comparison.actions
    if not pairs:
        return [Line("operators did the same in both", ink.dim)]
    lines = [Line("actions that differ", ink.strong)]
    for pair in pairs:
        lines.append(Line(pair.id, ink.plain))
        for letter, action, style in (("A", pair.a, ink.accent), ("B", pair.b, ink.caution)):
            words = "not done" if action is None else _action(scene, action)
            lines.append(Line(f"  {letter} ", style).add(words, ink.dim))
    return lines


def _action(scene: ComparedScene, action: ActionResultAt) -> str:
    args = ", ".join(
        f"{name} {value if isinstance(value, str) else f'{value:g}'}"
        for name, value in action.args.items()
    )
    return f"{_moment(scene, action.t_min)} {action.result}{f', {args}' if args else ''}"


def _settings(scene: ComparedScene) -> list[Line]:
    ink = scene.ink
    settings = scene.comparison.settings
    if not settings:
        return []
    lines = [Line(), Line("parameters that differ", ink.strong)]
    for path, (one, other) in settings.items():
        lines.append(Line(path, ink.plain))
        lines.append(
            Line("  A ", ink.accent).add(one, ink.dim).add("  B ", ink.caution).add(other, ink.dim)
        )
    return lines


def differing_moments(comparison: RunComparison) -> list[float]:
    """Moments at which something differs: the parting, milestones and actions of one run only or
    at another time; in order, minutes after T0."""
    moments = []
    if comparison.first_divergence is not None:
        moments.append(comparison.first_divergence.t_min)
    for one, other in comparison.milestones.values():
        if one is None or other is None or round(one - other):
            moments += [at for at in (one, other) if at is not None]
    for pair in comparison.actions:
        moments += [action.t_min for action in (pair.a, pair.b) if action is not None]
    return sorted(set(moments))


def as_text(scene: ComparedScene, width: int = 100) -> str:
    """What differs, as text to copy."""
    lines: Sequence[Line] = [*_head(scene, width), Line(), *draw_differences(scene, width)]
    return "\n".join(line.text.rstrip() for line in lines)


def about(ink: Ink, width: int) -> list[Line]:
    """What the screen shows, for its help."""
    return wrapped(" ".join((__doc__ or "").split()), ink.plain, width)
