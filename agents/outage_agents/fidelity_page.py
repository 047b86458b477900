"""The lists in docs/fidelity.md, made from the same data as `outage-tui fidelity`.

`python -m outage_agents.fidelity_page docs/fidelity.md` renews what stands between each pair of
marks: the milestones with their errors, the spread over seeds, the sets of parameters, and the list
of all parameters. A test holds the page to it.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from outage_agents import parameter_table
from outage_agents.fidelity import (
    Fidelity,
    MilestoneFidelity,
    ParameterSet,
    SeedSpread,
    measured_fidelity,
)

COMMAND = "python -m outage_agents.fidelity_page docs/fidelity.md"


def milestone_table(fidelity: Fidelity) -> list[str]:
    """Every published milestone beside the simulated one."""
    lines = [
        f"{fidelity.score.within} of {fidelity.score.of} emergent milestones are within their"
        f" tolerance, {fidelity.score.mean_error_min:.1f} min off on average"
        f" ({fidelity.scenario}, seed {fidelity.seed}, {fidelity.origin}).",
        "",
        "| milestone | what it was | published | simulated | error | tolerance | kind | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [_milestone_row(one) for one in fidelity.milestones]


def _milestone_row(one: MilestoneFidelity) -> str:
    kind = f"{one.kind}, staged" if one.staged else one.kind
    source = f"{one.source} (reported)" if one.reported else one.source
    cells = (
        f"`{one.id}`",
        one.text.partition(";")[0],
        clock(one.reference_min),
        "never" if one.simulated_min is None else clock(one.simulated_min),
        "" if one.error_min is None else f"{one.error_min:+.1f} min",
        "" if one.tolerance_min is None else f"{one.tolerance_min:g} min",
        kind,
        source,
    )
    return _row(cells)


def seed_table(fidelity: Fidelity) -> list[str]:
    """The spread over seeds."""
    spread = fidelity.distribution
    lines = [
        f"Errors in minutes over {spread.seeds} seeds of {spread.scenario}"
        f" ({spread.date}, `{spread.command}`).",
        "",
        "| milestone | tolerance | within | least | median | most |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [_seed_row(one) for one in spread.milestones]


def _seed_row(one: SeedSpread) -> str:
    errors = (one.error_min, one.error_median_min, one.error_max_min)
    shown = ("never" if error is None else f"{error:+.1f}" for error in errors)
    tolerance = f"{one.tolerance_min:g}"
    return _row((f"`{one.id}`", tolerance, f"{one.within} of {one.of}", *shown))


def set_table(fidelity: Fidelity) -> list[str]:
    """The sets of parameters that give the published times."""
    sets = fidelity.parameter_sets
    lines = ["| scenario | differs in | within tolerance | mean error | all leased | all over |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    return lines + [_set_row(one) for one in sets]


def _set_row(one: ParameterSet) -> str:
    differs = [f"`{name}` {value}" for name, value in one.settings.items()]
    differs += [f"`{action}`" for action in one.actions]
    leased, over = (one.milestones.get(name) for name in ("dwfm_all_leased", "event_over"))
    cells = (
        f"`{one.scenario}`",
        ", ".join(differs) or "the reference",
        f"{one.score.within} of {one.score.of}",
        f"{one.score.mean_error_min:.1f} min",
        *("never" if at is None else clock(at) for at in (leased, over)),
    )
    return _row(cells)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"


def clock(t_min: float) -> str:
    """Minutes after T0 (23:48 PDT) as time of day."""
    minutes = (23 * 60 + 48 + int(t_min // 1)) % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


SECTIONS: dict[str, Callable[[Fidelity], list[str]]] = {
    "milestones": milestone_table,
    "seeds": seed_table,
    "parameter sets": set_table,
}


def renewed(text: str) -> str:
    """The page with every list between its marks made anew. Raises ValueError without marks."""
    fidelity = measured_fidelity()
    for name, lines in SECTIONS.items():
        before, begin, rest = text.partition(begin_mark(name))
        _, end, after = rest.partition(f"<!-- {name}: end -->")
        if not begin or not end:
            raise ValueError(f"the page has no place for the list of {name}")
        text = f"{before}{begin}\n" + "\n".join(lines(fidelity)) + f"\n{end}{after}"
    return parameter_table.renewed(text)


def begin_mark(name: str) -> str:
    """What stands before a list."""
    return f"<!-- {name}: begin ({COMMAND}) -->"


def main(arguments: Sequence[str]) -> int:
    """Renew the lists in the file named."""
    (name,) = arguments
    path = Path(name)
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
