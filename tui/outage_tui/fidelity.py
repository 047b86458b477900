"""`outage-tui fidelity`: how close the simulation comes to the published night.

Without a recording it shows the reference scenario as it was measured, with the spread over twenty
seeds; `--seeds N` measures anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from outage_agents.fidelity import (
    Distribution,
    Fidelity,
    MeasuredRun,
    MilestoneFidelity,
    ParameterSet,
    SeedSpread,
    fidelity_of,
    measured_fidelity,
    spread_of,
)
from outage_agents.fidelity_page import clock
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_engine.recording.reader import Recording
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import write_json, write_out
from outage_tui.progress_line import ProgressLine
from outage_tui.recorded_run import RecordedRun, read_run
from outage_tui.side_runs import default_jobs, run_beside
from outage_tui.text_table import NEVER, text_table

SCENARIO = "small"
"""What `--seeds` runs unless told otherwise."""


def fidelity(
    recording: Path | None,
    *,
    seeds: int | None,
    scenario: str | None,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Print how close a run comes. Raises BadUsage, or RecordingError for a bad recording."""
    if scenario is not None and seeds is None:
        raise BadUsage("--scenario is for --seeds N; give that as well")
    if recording is not None:
        with Recording(recording) as opened:
            found = recorded_fidelity(read_run(opened))
    else:
        found = measured_fidelity()
    if seeds is not None:
        anew = measured_anew(scenario or SCENARIO, seeds, jobs or default_jobs())
        again = attrs.evolve(found, distribution=anew.distribution)
        found = anew if recording is None else again
    if as_json:
        write_json(attrs.asdict(found))
    else:
        write_out("\n".join(text(found)) + "\n", None)
    return DONE


def recorded_fidelity(run: RecordedRun) -> Fidelity:
    """The fidelity of a recorded run."""
    scenario = run.scenario
    simulated = MeasuredRun(scenario.name, scenario.seed, run.digest, run.milestones)
    return fidelity_of(simulated, staged=scenario.staged, origin=str(run.path))


def measured_anew(name: str, seeds: int, jobs: int) -> Fidelity:
    """Run seeds 1 to N of a scenario; the first of them is the one that is shown."""
    try:
        scenarios = [(f"seed {n}", Scenario.load(name, seed=n)) for n in range(1, seeds + 1)]
    except InputError as error:
        raise BadUsage(*error.problems) from error
    with ProgressLine() as line:
        results = run_beside(scenarios, jobs, line)
    runs = [{key: one.t_min for key, one in run.milestones.items()} for run in results]
    first = results[0]
    command = f"outage-tui fidelity --seeds {seeds} --scenario {name}"
    return fidelity_of(
        MeasuredRun(first.scenario, first.seed, first.digest, runs[0]),
        staged=scenarios[0][1].staged,
        origin="just now",
        distribution=Distribution(first.scenario, seeds, "just now", command, spread_of(runs)),
    )


# -- as text --------------------------------------------------------------------------------------


def text(found: Fidelity) -> Iterator[str]:
    """The whole of it, as lines."""
    yield f"{found.scenario}, seed {found.seed} ({found.origin})"
    yield score_line(found)
    yield ""
    yield from text_table(milestone_rows(found.milestones))
    yield ""
    spread = found.distribution
    yield f"Over {spread.seeds} seeds of {spread.scenario} ({spread.date}, {spread.command}):"
    yield from text_table(seed_rows(spread.milestones))
    yield ""
    yield "Sets of parameters that fit; the timeline cannot tell them apart:"
    yield from text_table(set_rows(found.parameter_sets))
    yield ""
    yield assumed_line(found)


def score_line(found: Fidelity) -> str:
    """The score in one line."""
    score = found.score
    return (
        f"{score.within} of {score.of} emergent milestones within their tolerance, "
        f"{score.mean_error_min:.1f} min off on average"
    )


def assumed_line(found: Fidelity) -> str:
    """How much of it is assumed, in one line."""
    return (
        f"{len(found.assumed)} of {found.parameters} parameters are assumed, no source gives them;"
        " --json and docs/fidelity.md list them"
    )


def milestone_rows(milestones: Sequence[MilestoneFidelity]) -> list[tuple[str, ...]]:
    """Every published milestone."""
    rows = [("milestone", "published", "simulated", "error", "tolerance", "", "kind", "source")]
    return rows + [_milestone_row(one) for one in milestones]


def _milestone_row(one: MilestoneFidelity) -> tuple[str, ...]:
    verdict = {None: "", True: "ok", False: "OFF"}[one.within]
    return (
        one.id,
        clock(one.reference_min),
        NEVER if one.simulated_min is None else clock(one.simulated_min),
        "" if one.error_min is None else f"{one.error_min:+.1f}",
        "" if one.tolerance_min is None else f"{one.tolerance_min:g}",
        verdict,
        f"{one.kind}, staged" if one.staged else one.kind,
        f"{one.source} (reported)" if one.reported else one.source,
    )


def seed_rows(spreads: Sequence[SeedSpread]) -> list[tuple[str, ...]]:
    """The spread of each scored milestone."""
    rows: list[tuple[str, ...]] = [
        ("milestone", "tolerance", "within", "least", "median", "most"),
    ]
    for one in spreads:
        errors = (one.error_min, one.error_median_min, one.error_max_min)
        shown = (NEVER if error is None else f"{error:+.1f}" for error in errors)
        rows.append((one.id, f"{one.tolerance_min:g}", f"{one.within} of {one.of}", *shown))
    return rows


def set_rows(sets: Sequence[ParameterSet]) -> list[tuple[str, ...]]:
    """The sets of parameters that fit."""
    rows: list[tuple[str, ...]] = [("scenario", "within", "mean error", "differs in")]
    for one in sets:
        differs = [f"{name} {value}" for name, value in one.settings.items()]
        differs += one.actions
        score = one.score
        rows.append(
            (
                one.scenario,
                f"{score.within} of {score.of}",
                f"{score.mean_error_min:.1f} min",
                "; ".join(differs) or "the reference",
            )
        )
    return rows
