"""How close a run comes to the published night: score, milestones, seeds, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.fidelity_page import clock
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from rich.style import Style

    from outage_agents.fidelity import Fidelity, MilestoneFidelity, ParameterSet, SeedSpread
    from outage_tui.dashboard.renderables.ink import Ink

_NAME_WIDTH: Final = 27


_SOURCES: Final = (
    "PES: Amazon's post-event summary. PE: The Pragmatic Engineer, 2025-12-17. S0 to S4: write-ups"
    " from the week after. Reported: not read again there. More in docs/mechanisms.md."
)
"""What the short names of sources mean (docs/mechanisms.md, Sources)."""


def draw_fidelity(found: Fidelity, ink: Ink, width: int) -> list[Line]:
    """All the lines there are, for a sheet that is scrolled."""
    lines = [*_score(found, ink, width), Line(), *_milestones(found, ink)]
    lines += [*wrapped(_SOURCES, ink.dim, width), Line()]
    lines += [*_seeds(found, ink, width), Line(), *_sets(found, ink, width), Line()]
    assumed = (
        f"{len(found.assumed)} of {found.parameters} parameters are assumed: no source gives them."
        " `outage-tui scenario show` lists all with unit and source."
    )
    lines += wrapped(assumed, ink.plain, width)
    return [line.cut(width, ink.glyphs.ellipsis) for line in lines]


def _score(found: Fidelity, ink: Ink, width: int) -> list[Line]:
    score = found.score
    whole = score.within == score.of
    line = Line(f"{score.within} of {score.of}", ink.good if whole else ink.caution)
    line.add(" emergent milestones within their tolerance", ink.strong)
    words = (
        f"{score.mean_error_min:.1f} min off on average, of those that have happened. Actions"
        " happen when the script says, knowledge is what people learned: neither is scored."
    )
    return [line, *wrapped(words, ink.dim, width)]


def _milestones(found: Fidelity, ink: Ink) -> list[Line]:
    head = Line().left("milestone", _NAME_WIDTH, ink.dim)
    for title, cells in (("really", 8), ("here", 7), ("min off", 8), ("may be", 8)):
        head.right(title, cells, ink.dim)
    head.add("  kind, source", ink.dim)
    return [head, *(_milestone(one, ink) for one in found.milestones)]


def _milestone(one: MilestoneFidelity, ink: Ink) -> Line:
    happened = one.simulated_min is not None
    line = Line().left(wording.milestone_name(one.id), _NAME_WIDTH, ink.plain)
    line.right(clock(one.reference_min), 8, ink.plain)
    line.right(clock(one.simulated_min) if one.simulated_min is not None else "-", 7, ink.plain)
    line.right(*_off(one, ink))
    line.right("" if one.tolerance_min is None else f"{one.tolerance_min:g}", 8, ink.dim)
    kind = f"{one.kind}, staged" if one.staged else one.kind
    reported = "reported, " if one.reported else ""
    return line.add(f"  {kind}; {reported}{one.source}", ink.dim if happened else ink.track)


def _off(one: MilestoneFidelity, ink: Ink) -> tuple[str, int, Style]:
    if one.error_min is None:
        return "", 8, ink.dim
    if one.within is False:
        return f"{one.error_min:+.1f} {ink.glyphs.bad}", 8, ink.bad
    return f"{one.error_min:+.1f}", 8, ink.good if one.within else ink.dim


def _seeds(found: Fidelity, ink: Ink, width: int) -> list[Line]:
    spread = found.distribution
    title = f"Over {spread.seeds} seeds of {spread.scenario} ({spread.date}), minutes off"
    head = Line().left("milestone", _NAME_WIDTH, ink.dim)
    for words, cells in (("within", 10), ("least", 8), ("median", 8), ("most", 8)):
        head.right(words, cells, ink.dim)
    rows = [_seed(one, ink) for one in spread.milestones]
    return [*wrapped(title, ink.strong, width), head, *rows]


def _seed(one: SeedSpread, ink: Ink) -> Line:
    line = Line().left(wording.milestone_name(one.id), _NAME_WIDTH, ink.plain)
    enough = one.within >= 0.9 * one.of
    line.right(f"{one.within} of {one.of}", 10, ink.plain if enough else ink.bad)
    for error in (one.error_min, one.error_median_min, one.error_max_min):
        line.right("-" if error is None else f"{error:+.1f}", 8, ink.plain)
    return line


def _sets(found: Fidelity, ink: Ink, width: int) -> list[Line]:
    lines = wrapped("Sets of parameters that fit; no timeline tells them apart", ink.strong, width)
    for one in found.parameter_sets:
        score = one.score
        line = Line(f"{one.scenario}: ", ink.plain)
        line.add(f"{score.within} of {score.of}, {score.mean_error_min:.1f} min off", ink.good)
        lines += [line, *wrapped(f"  {_differs(one)}", ink.dim, width, "  ")]
    return lines


def _differs(one: ParameterSet) -> str:
    words = [f"{name} {value}" for name, value in one.settings.items()]
    return "; ".join([*words, *one.actions]) or "the reference"
