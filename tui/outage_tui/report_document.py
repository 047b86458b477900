"""What a report is made of, whatever it is written as: sections of paragraphs, tables and plots.

Data only, and all of it text or numbers. `report_html` and `report_markdown` write any document, so
a part of the program that has something to add (a drill's decisions, its score) adds sections of
the same kinds and nothing else. Text is untrusted throughout: whoever writes it escapes it.
"""

from collections.abc import Callable

import attrs

Moments = tuple[tuple[float, str], ...]
"""Moments on an axis, minutes after T0, each with its label."""


@attrs.frozen
class Paragraph:
    """A few sentences."""

    text: str


@attrs.frozen
class Bullets:
    """A list without order."""

    items: tuple[str, ...]


@attrs.frozen
class Command:
    """A command line, to be copied as it is."""

    text: str


@attrs.frozen
class Table:
    """Rows of cells; the first cell of a row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Each as long as `head`."""
    numeric: tuple[int, ...] = ()
    """Columns of numbers."""
    folded: bool = False
    """Out of the way until somebody asks, where that can be had."""


@attrs.frozen
class Curve:
    """One line of a plot: equally many moments and values."""

    name: str
    times_min: tuple[float, ...]
    """Minutes after T0, increasing."""
    values: tuple[float, ...]


@attrs.frozen
class Mark:
    """A milestone on a plot."""

    label: str
    """What stands at the line: its number in the table of milestones."""
    name: str
    here_min: float | None
    """Minutes after T0 in this run; None: it did not happen."""
    really_min: float


@attrs.frozen
class Level:
    """A line across a plot to hold its curve against, or a band where it has a spread."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@attrs.frozen
class Chart:
    """A plot over the run. Needs a curve with two points at least."""

    id: str
    """Unique in the document; letters, digits and hyphens."""
    title: str
    text: str
    """What there is to see, for those who cannot."""
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    start_min: float
    end_min: float
    ticks: Moments
    top: float
    """The end of the axis of values, which begins at 0; more than 0."""
    shown: Callable[[float], str]
    """A value in words."""
    values: Table
    """The same in figures."""
    shaded: tuple[float, float] | None = None
    """A stretch to be seen at once, minutes after T0."""
    levels: tuple[Level, ...] = ()
    """What the curve is held against."""


@attrs.frozen
class Bar:
    """When something failed: here, and really."""

    name: str
    here: tuple[tuple[float, float], ...]
    really: tuple[tuple[float, float], ...]


@attrs.frozen
class Bars:
    """From when to when each thing failed, one row each."""

    id: str
    title: str
    text: str
    bars: tuple[Bar, ...]
    start_min: float
    end_min: float
    ticks: Moments
    values: Table


@attrs.frozen
class Span:
    """A bar in a strip, minutes after T0."""

    start_min: float
    end_min: float
    text: str
    kind: str
    """bad, stale or work."""


@attrs.frozen
class Sign:
    """A letter in a strip."""

    t_min: float
    letter: str
    text: str
    """What it stands for; shown when pointed at."""


@attrs.frozen
class Strip:
    """One lane of a picture: a curve, bars and letters over time."""

    title: str
    curve: Curve | None = None
    top: float = 1.0
    """The end of the curve's axis, which begins at 0."""
    top_shown: str = ""
    spans: tuple[Span, ...] = ()
    signs: tuple[Sign, ...] = ()


@attrs.frozen
class Strips:
    """Lanes beneath each other over one axis of time. Whatever they tell stands in words too."""

    id: str
    title: str
    text: str
    strips: tuple[Strip, ...]
    start_min: float
    end_min: float
    """After `start_min`."""
    ticks: Moments


@attrs.frozen
class Entry:
    """One thing in a lane."""

    t_ns: int
    text: str
    level: str = "info"
    """info, good, warning or error."""


@attrs.frozen
class Lane:
    """A column of a timeline."""

    title: str
    entries: tuple[Entry, ...]


@attrs.frozen
class Moment:
    """A row of a timeline: what each lane has to say of a minute."""

    label: str
    cells: tuple[tuple[Entry, ...], ...]


@attrs.frozen
class Lanes:
    """A timeline with several lanes, side by side."""

    caption: str
    titles: tuple[str, ...]
    moments: tuple[Moment, ...]


@attrs.frozen
class Step:
    """A line in a chain of causes."""

    label: str
    text: str
    via: str
    """What brought the next one to it; empty: nothing told of."""
    mechanism: str
    """What it reproduces, and where that is known from; empty when not known."""


@attrs.frozen
class Chain:
    """A chain of causes, from the effect back to what set it off."""

    title: str
    text: str
    steps: tuple[Step, ...]


Block = Paragraph | Bullets | Command | Table | Chart | Bars | Strips | Lanes | Chain


@attrs.frozen
class Section:
    """A part with a heading of its own."""

    id: str
    """Unique in the document; letters, digits and hyphens."""
    title: str
    blocks: tuple[Block, ...]


@attrs.frozen
class Document:
    """A whole report."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
