"""How close a run comes to the published night, milestone by milestone, and how sure that is.

Each published milestone has a source and, where the simulation has to produce it by itself
(*emergent*), a tolerance (`reference/timeline.toml`). One that an operator's action is, or that
people learned, is no merit of the simulation: it is listed and not scored. The first one is
emergent but *staged*: the delay that leads to it is put there, because its cause is unknown.

A good score does not show that the parameters are right. Most are *assumed*, no source publishes
them, and another set gives the published times as well (scenario `equivalent-leases`): the timeline
does not identify the parameters.

What has been simulated is kept in `reference/seeds.json` (the spread over many seeds) and
`reference/parameter-sets.json` (both sets), each with date and command; both are measured at full
scale by `benchmarks`, which the program cannot do while somebody waits.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import attrs
import msgspec

from outage_agents import parameter_table
from outage_agents import scenario_schema as schema
from outage_agents.scenario import Scenario, toml_value
from outage_agents.timeline import TimelineEvent, reference_milestones

SEEDS_FILE = "seeds.json"
SETS_FILE = "parameter-sets.json"
SECOND_SET = "equivalent-leases"
"""The scenario with other parameters that fit as well."""
STAGED = "dns_record_empty"


@attrs.frozen
class MilestoneFidelity:
    """One published milestone, and when it happened in a run."""

    id: str
    text: str
    kind: str
    """emergent, action or knowledge."""
    staged: bool
    """Brought about by staging."""
    source: str
    reported: bool
    """The source has not been read again."""
    at: str
    """Published moment, ISO time."""
    reference_min: float
    """The same, minutes after T0."""
    simulated_min: float | None
    """None: it did not happen."""
    error_min: float | None
    """How much later than published, minutes."""
    tolerance_min: float | None
    """None: not scored."""
    within: bool | None
    """Whether it is within the tolerance; None: not scored."""


@attrs.frozen
class Score:
    """How many of the scored milestones are within their tolerance."""

    within: int
    of: int
    mean_error_min: float
    """Mean distance from the published moment of those that happened, minutes."""


@attrs.frozen
class SeedSpread:
    """One milestone over many seeds; errors in minutes."""

    id: str
    tolerance_min: float
    within: int
    """Seeds in which it is within the tolerance."""
    of: int
    error_min: float | None
    """The smallest error; None: it happened in no seed."""
    error_median_min: float | None
    error_max_min: float | None


@attrs.frozen
class Distribution:
    """Every scored milestone over many seeds."""

    scenario: str
    seeds: int
    date: str
    """When it was measured."""
    command: str
    milestones: tuple[SeedSpread, ...]


@attrs.frozen
class MeasuredRun:
    """One run, as it was measured."""

    scenario: str
    seed: int
    digest: str
    milestones: dict[str, float | None]
    """Minutes after T0."""


@attrs.frozen
class MeasuredSets:
    """The reference scenario and the second set of parameters."""

    date: str
    command: str
    runs: tuple[MeasuredRun, ...]


@attrs.frozen
class ParameterSet:
    """A set of parameters that gives the published times, and its score."""

    scenario: str
    settings: dict[str, str]
    """Parameters that differ from the reference scenario, as TOML."""
    actions: tuple[str, ...]
    """Actions whose arguments differ, in words."""
    score: Score
    milestones: dict[str, float | None]


@attrs.frozen
class AssumedParameter:
    """A parameter of the reference scenario that no source gives, in whole or in part."""

    name: str
    value: str
    unit: str
    source: str


@attrs.frozen
class Fidelity:
    """Everything that can be said about how close one run comes."""

    scenario: str
    seed: int
    origin: str
    """Where the run comes from: a recording, a command and its date."""
    score: Score
    milestones: tuple[MilestoneFidelity, ...]
    distribution: Distribution
    parameter_sets: tuple[ParameterSet, ...]
    assumed: tuple[AssumedParameter, ...]
    parameters: int
    """How many parameters there are in all."""


def milestones_fidelity(
    simulated: Mapping[str, float | None], *, staged: bool
) -> tuple[MilestoneFidelity, ...]:
    """Every published milestone beside its simulated moment, minutes after T0 by id."""
    return tuple(_one(event, simulated.get(event.id), staged) for event in reference_milestones())


def _one(event: TimelineEvent, simulated_min: float | None, staged: bool) -> MilestoneFidelity:
    error = None if simulated_min is None else round(simulated_min - event.t_min, 3)
    scored = event.kind == "emergent" and event.tolerance_min is not None
    tolerance = event.tolerance_min if scored else None
    return MilestoneFidelity(
        id=event.id,
        text=event.text,
        kind=event.kind,
        staged=staged and event.id == STAGED,
        source=event.source,
        reported=event.reported,
        at=event.at,
        reference_min=event.t_min,
        simulated_min=simulated_min,
        error_min=error,
        tolerance_min=tolerance,
        within=None if tolerance is None else error is not None and abs(error) <= tolerance,
    )


def score_of(milestones: Sequence[MilestoneFidelity]) -> Score:
    """How many are within their tolerance."""
    scored = [one for one in milestones if one.within is not None]
    errors = [abs(one.error_min) for one in scored if one.error_min is not None]
    return Score(
        within=sum(one.within is True for one in scored),
        of=len(scored),
        mean_error_min=round(sum(errors) / len(errors), 2) if errors else 0.0,
    )


def spread_of(runs: Sequence[Mapping[str, float | None]]) -> tuple[SeedSpread, ...]:
    """The scored milestones of many runs, given as minutes after T0 by id."""
    columns = [milestones_fidelity(run, staged=False) for run in runs]
    return tuple(
        _spread([column[k] for column in columns])
        for k, first in enumerate(columns[0])
        if first.tolerance_min is not None
    )


def _spread(found: Sequence[MilestoneFidelity]) -> SeedSpread:
    errors = sorted(one.error_min for one in found if one.error_min is not None)
    tolerance = found[0].tolerance_min
    assert tolerance is not None
    return SeedSpread(
        id=found[0].id,
        tolerance_min=tolerance,
        within=sum(one.within is True for one in found),
        of=len(found),
        error_min=errors[0] if errors else None,
        error_median_min=_median(errors) if errors else None,
        error_max_min=errors[-1] if errors else None,
    )


def _median(ordered: Sequence[float]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return round((ordered[middle - 1] + ordered[middle]) / 2, 3)


def fidelity_of(
    simulated: MeasuredRun,
    *,
    staged: bool,
    origin: str,
    distribution: Distribution | None = None,
) -> Fidelity:
    """Everything about one run. `distribution`: None for the one that was measured."""
    milestones = milestones_fidelity(simulated.milestones, staged=staged)
    assumed = assumed_parameters()
    return Fidelity(
        scenario=simulated.scenario,
        seed=simulated.seed,
        origin=origin,
        score=score_of(milestones),
        milestones=milestones,
        distribution=distribution or measured_seeds(),
        parameter_sets=parameter_sets(),
        assumed=assumed,
        parameters=len(parameter_table.parameters()),
    )


def measured_fidelity() -> Fidelity:
    """The reference scenario as it was measured."""
    sets = measured_sets()
    return fidelity_of(sets.runs[0], staged=True, origin=f"{sets.date}, `{sets.command}`")


# -- what has been measured -----------------------------------------------------------------------


@cache
def measured_seeds() -> Distribution:
    """The spread over seeds that comes with the program."""
    return msgspec.json.decode(_text(SEEDS_FILE), type=Distribution)


@cache
def measured_sets() -> MeasuredSets:
    """Both sets of parameters, as they were measured; the reference scenario first."""
    return msgspec.json.decode(_text(SETS_FILE), type=MeasuredSets)


def _text(name: str) -> str:
    return (resources.files("outage_agents") / "reference" / name).read_text("utf-8")


def parameter_sets() -> tuple[ParameterSet, ...]:
    """The sets of parameters that give the published times, with their scores."""
    reference = Scenario.load()
    return tuple(_set(run, reference) for run in measured_sets().runs)


def _set(run: MeasuredRun, reference: Scenario) -> ParameterSet:
    scenario = Scenario.load(run.scenario)
    theirs, ours = _arguments(scenario), _arguments(reference)
    return ParameterSet(
        scenario=run.scenario,
        settings=_settings(scenario, reference),
        actions=tuple(words for words in theirs if words not in ours),
        score=score_of(milestones_fidelity(run.milestones, staged=scenario.staged)),
        milestones=run.milestones,
    )


def _settings(scenario: Scenario, reference: Scenario) -> dict[str, str]:
    found = {}
    for entry in parameter_table.parameters():
        value = schema.value_at(scenario, entry.path)
        if value != schema.value_at(reference, entry.path):
            found[entry.name] = toml_value(value)
    return found


def _arguments(scenario: Scenario) -> list[str]:
    """The actions of a script in words that tell different arguments apart."""
    return [
        f"{entry.id}: {', '.join(f'{name} {value}' for name, value in entry.args)}"
        for entry in scenario.script
    ]


def assumed_parameters() -> tuple[AssumedParameter, ...]:
    """The parameters that no source gives, in whole or in part."""
    found = []
    for entry in parameter_table.parameters():
        if parameter_table.is_assumed(entry):
            known = entry.known
            assert known is not None
            value = toml_value(entry.default)
            found.append(AssumedParameter(entry.name, value, known.unit, known.source))
    return tuple(found)
