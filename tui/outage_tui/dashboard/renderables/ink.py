"""The look: which style and which glyph stand for which meaning.

State is never colour alone. Every severity has a glyph and a weight of its own and stands beside a
word, so that the dashboard reads the same under NO_COLOR (where only bold, underline, dim and
reverse are used) and with `--ascii` (where only ASCII is drawn).
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import attrs
from rich.style import Style

Severity = Literal["ok", "caution", "bad", "critical", "unknown"]


@attrs.frozen
class Glyphs:
    """The characters of a drawing."""

    ok: str
    caution: str
    bad: str
    unknown: str
    arrow: str
    dot: str
    bar: str
    """Filled part of a progress bar."""
    groove: str
    """Empty part of a progress bar."""
    playhead: str
    simulated: str
    """A milestone of this run on the timeline."""
    real: str
    """A milestone of 20 October 2025 on the timeline."""
    marker: str
    rail: str
    eighths: str
    """Nine characters from empty to a full cell."""
    ellipsis: str
    rising: str
    falling: str
    either: str
    """More or less."""


UNICODE = Glyphs(
    ok="●",
    caution="▲",
    bad="✖",
    unknown="○",
    arrow="→",
    dot="·",
    bar="━",
    groove="─",
    playhead="┃",
    simulated="◆",
    real="◇",
    marker="▾",
    rail="─",
    eighths=" ▁▂▃▄▅▆▇█",
    ellipsis="…",
    rising="↗",
    falling="↘",
    either="±",
)

ASCII = Glyphs(
    ok="o",
    caution="!",
    bad="X",
    unknown="?",
    arrow="->",
    dot="-",
    bar="=",
    groove=".",
    playhead="|",
    simulated="*",
    real="^",
    marker="v",
    rail="-",
    eighths=" ...:::##",
    ellipsis="~",
    rising="/",
    falling="\\",
    either="+-",
)


@attrs.frozen
class Ink:
    """Styles by meaning, with the glyphs that go with them."""

    plain: Style
    dim: Style
    strong: Style
    good: Style
    caution: Style
    bad: Style
    critical: Style
    accent: Style
    track: Style
    """Grooves, rails and frames: there, but not to be read."""
    area: Style
    """A chart's filled part, up to the smallest value of each column."""
    spread: Style
    """From a column's smallest to its largest value."""
    badge: Style
    """PAUSED, REPLAY and the like."""
    glyphs: Glyphs = UNICODE

    def of(self, severity: Severity) -> Style:
        """The style for a severity."""
        match severity:
            case "ok":
                return self.good
            case "caution":
                return self.caution
            case "bad":
                return self.bad
            case "critical":
                return self.critical
            case _:
                return self.dim

    def glyph(self, severity: Severity) -> str:
        """The glyph for a severity."""
        match severity:
            case "ok":
                return self.glyphs.ok
            case "caution":
                return self.glyphs.caution
            case "bad" | "critical":
                return self.glyphs.bad
            case _:
                return self.glyphs.unknown


def _coloured(
    text: str,
    dim: str,
    good: str,
    caution: str,
    bad: str,
    alarm: str,
    accent: str,
    track: str,
    area: str,
    spread: str,
    on_badge: str = "#101418",
) -> Ink:
    return Ink(
        plain=Style(color=text),
        dim=Style(color=dim),
        strong=Style(color=text, bold=True),
        good=Style(color=good),
        caution=Style(color=caution, bold=True),
        bad=Style(color=bad, bold=True),
        critical=Style(color="#ffffff", bgcolor=alarm, bold=True),
        accent=Style(color=accent, bold=True),
        track=Style(color=track),
        area=Style(color=area),
        spread=Style(color=spread),
        badge=Style(color=on_badge, bgcolor=caution, bold=True),
    )


DARK = _coloured(
    text="#d5dae3",
    dim="#8790a0",
    good="#6cc08b",
    caution="#e8b84a",
    bad="#ff6f61",
    alarm="#b3261e",
    accent="#74b3ff",
    track="#4a5364",
    area="#c8553d",
    spread="#7d3f35",
)

LIGHT = _coloured(
    text="#1f2430",
    dim="#5b6472",
    good="#1d7a45",
    caution="#8a5a00",
    bad="#b3261e",
    alarm="#b3261e",
    accent="#0b57b0",
    track="#a9b1bd",
    area="#c8553d",
    spread="#e3a595",
    on_badge="#ffffff",
)

COLOUR_BLIND = _coloured(
    text="#ffffff",
    dim="#b4b9c0",
    good="#56b4e9",
    caution="#f0e442",
    bad="#e69f00",
    alarm="#a34700",
    accent="#cc79a7",
    track="#6b7178",
    area="#d55e00",
    spread="#7a3a0a",
    on_badge="#000000",
)
"""The Okabe-Ito colours, which stay apart for every common colour vision, on black."""

ANSI = Ink(
    plain=Style(),
    dim=Style(color="bright_black"),
    strong=Style(bold=True),
    good=Style(color="green"),
    caution=Style(color="yellow", bold=True),
    bad=Style(color="red", bold=True),
    critical=Style(color="bright_white", bgcolor="red", bold=True),
    accent=Style(color="cyan", bold=True),
    track=Style(color="bright_black"),
    area=Style(color="red"),
    spread=Style(color="red", dim=True),
    badge=Style(color="black", bgcolor="yellow", bold=True),
)
"""The terminal's own sixteen colours; what is plain has the terminal's own colour."""

MONO = Ink(
    plain=Style(),
    dim=Style(),
    strong=Style(bold=True),
    good=Style(),
    caution=Style(bold=True),
    bad=Style(bold=True, underline=True),
    critical=Style(bold=True, reverse=True),
    accent=Style(bold=True),
    track=Style(dim=True),
    area=Style(),
    spread=Style(dim=True),
    badge=Style(bold=True, reverse=True),
)

_INKS = {
    "dark": DARK,
    "light": LIGHT,
    "ansi": ANSI,
    "colour-blind": COLOUR_BLIND,
    "no-colour": MONO,
}


@cache
def ink_for(theme: str = "dark", *, ascii: bool = False) -> Ink:
    """The ink of a theme. Raises KeyError for a name that is none."""
    return attrs.evolve(_INKS[theme], glyphs=ASCII if ascii else UNICODE)
