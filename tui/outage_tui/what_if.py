"""`outage-tui what-if`: what people ask of the night, run and held against history.

Every table has the historical run of the same scenario and seed as its first row; a milestone that
happens when it did in that run is shown as `=`.
"""

import shlex
from collections.abc import Iterator, Sequence

import attrs

from outage_agents.result import ImpactResult, RunResult
from outage_agents.scenario import Scenario
from outage_agents.scenario_source import InputError
from outage_agents.timeline import reference_milestones
from outage_agents.what_ifs import CATALOGUE, HISTORY, WhatIf, find_what_ifs, history_run
from outage_tui.mishap import DONE, BadUsage
from outage_tui.output import write_json, write_out
from outage_tui.progress_line import ProgressLine
from outage_tui.recorder import program_version
from outage_tui.side_runs import Listener, default_jobs, run_beside
from outage_tui.text_table import (
    NEVER,
    clock_of,
    difference,
    shown_count,
    shown_share,
    text_table,
)

ALL = "all"
SAME = "="
SCENARIO = "small"
"""What is run unless told otherwise: the curves of the reference scenario in half the time."""

SHORT = {
    "dns_record_empty": "name empty",
    "dwfm_state_checks_fail": "checks fail",
    "sts_first_wave_over": "STS back",
    "iam_sign_in_recovered": "IAM back",
    "global_tables_caught_up": "replicas",
    "dynamodb_recovered": "DynamoDB",
    "dwfm_all_leased": "all leased",
    "nlb_errors_begin": "NLB errors",
    "lambda_sqs_backlog_done": "SQS done",
    "nm_latency_rises": "NM late",
    "second_wave_begins": "2nd wave",
    "sts_second_wave_over": "STS again",
    "nm_propagation_normal": "NM normal",
    "ec2_normal": "EC2 normal",
    "lambda_normal": "Lambda",
    "event_over": "all over",
}
"""Headings of the emergent milestones, in the order of the reference timeline."""


@attrs.frozen
class Answer:
    """What came of one what-if."""

    name: str
    question: str
    why: str
    command: str
    """The command line that makes the run."""
    expected: str
    as_expected: bool
    customer_minutes: float
    share_of_history: float
    """Customer-minutes relative to those of the historical run."""
    impact: ImpactResult
    milestones: dict[str, float | None]
    """Minutes after T0."""
    against_history: dict[str, float | None]
    """How much later each milestone is than in the historical run, minutes; None: it did not happen
    in one of the two."""
    actions: dict[str, int]
    """How many actions ended with each result."""
    digest: str
    events: int


@attrs.frozen
class Answers:
    """What-ifs beside the historical run; what `--json` prints."""

    scenario: str
    seed: int
    version: str
    history: Answer
    what_ifs: tuple[Answer, ...]


def list_what_ifs(*, as_json: bool) -> int:
    """Print the catalogue."""
    if as_json:
        write_json([_listed(what_if) for what_if in CATALOGUE])
        return DONE
    rows = [("name", "question"), *((one.name, one.question) for one in CATALOGUE)]
    write_out("\n".join(text_table(rows)) + "\n", None)
    return DONE


def _listed(what_if: WhatIf) -> dict[str, str]:
    return {
        "name": what_if.name,
        "question": what_if.question,
        "why": what_if.why,
        "expected": what_if.expected,
        "command": command_of(what_if, SCENARIO, None),
    }


def run_what_ifs(
    names: Sequence[str], *, scenario: str, seed: str | None, jobs: int | None, as_json: bool
) -> int:
    """Run what-ifs by name, or all, and print the table. Raises BadUsage for an unknown name."""
    number = _seed(seed)
    try:
        chosen = CATALOGUE if ALL in names else find_what_ifs(names)
        with ProgressLine() as line:
            answers = answers_of(chosen, scenario, number, jobs or default_jobs(), line)
    except InputError as error:
        raise BadUsage(*error.problems) from error
    if as_json:
        write_json(attrs.asdict(answers))
    else:
        write_out("\n".join(_text(answers, Scenario.load(scenario))) + "\n", None)
    return DONE


def _seed(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        raise BadUsage(f"--seed {text}: not a whole number, such as 7") from None


def answers_of(
    what_ifs: Sequence[WhatIf],
    base: str,
    seed: int | None,
    jobs: int,
    listen: Listener,
) -> Answers:
    """Run what-ifs and the historical run. Raises InputError when one does not fit the base."""
    history = history_run()
    asked = [history, *(one for one in what_ifs if one.name != HISTORY)]
    scenarios = [(one.name, one.scenario(base, seed)) for one in asked]
    results = run_beside(scenarios, jobs, listen)
    found = [
        _answer(one, base, seed, result, results[0])
        for one, result in zip(asked, results, strict=True)
    ]
    return Answers(
        scenario=results[0].scenario,
        seed=results[0].seed,
        version=program_version(),
        history=found[0],
        what_ifs=tuple(found[1:]),
    )


def _answer(
    what_if: WhatIf, base: str, seed: int | None, result: RunResult, history: RunResult
) -> Answer:
    ended: dict[str, int] = {}
    for action in result.actions:
        word = action.result.partition(":")[0]
        ended[word] = ended.get(word, 0) + 1
    lost = result.impact.customer_minutes
    return Answer(
        name=what_if.name,
        question=what_if.question,
        why=what_if.why,
        command=command_of(what_if, base, seed),
        expected=what_if.expected,
        as_expected=what_if.as_expected(result, history),
        customer_minutes=lost,
        share_of_history=round(lost / max(1.0, history.impact.customer_minutes), 4),
        impact=result.impact,
        milestones={name: one.t_min for name, one in result.milestones.items()},
        against_history={
            name: _later(one.t_min, history.milestones[name].t_min)
            for name, one in result.milestones.items()
        },
        actions=ended,
        digest=result.digest,
        events=result.events,
    )


def _later(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one - other, 3)


def command_of(what_if: WhatIf, base: str, seed: int | None) -> str:
    """The command line that makes a what-if's run."""
    words = ["outage-tui", "run", base, *([] if seed is None else ["--seed", str(seed)])]
    return shlex.join([*words, *what_if.words()])


# -- tables ---------------------------------------------------------------------------------------


def rows_of(answers: Answers, scenario: Scenario) -> list[tuple[str, ...]]:
    """One table of all: customer-minutes, and the time of each emergent milestone."""
    head = ("what if", "customer-minutes", "of history", *SHORT.values(), "as expected")
    rows = [head, _row(answers.history, scenario, answers.history)]
    rows += [_row(answer, scenario, answers.history) for answer in answers.what_ifs]
    return rows


def _row(answer: Answer, scenario: Scenario, history: Answer) -> tuple[str, ...]:
    moments = []
    for name in SHORT:
        at, then = answer.milestones[name], history.milestones[name]
        same = answer is not history and difference(then, at) in ("", "same")
        moments.append(SAME if same else clock_of(scenario, at))
    return (
        answer.name,
        shown_count(answer.customer_minutes),
        shown_share(answer.share_of_history),
        *moments,
        "yes" if answer.as_expected else "NO",
    )


def _text(answers: Answers, scenario: Scenario) -> Iterator[str]:
    yield (
        f"{answers.scenario}, seed {answers.seed}; {SAME} is the same as in {HISTORY},"
        f" {NEVER} did not happen"
    )
    yield ""
    if len(answers.what_ifs) == 1:
        yield from _one(answers.what_ifs[0], answers.history, scenario)
    else:
        yield from text_table(rows_of(answers, scenario))
    for answer in answers.what_ifs:
        if not answer.as_expected:
            yield f"{answer.name}: not as expected ({answer.expected})"


def _one(answer: Answer, history: Answer, scenario: Scenario) -> Iterator[str]:
    """One what-if in full: every milestone, and every figure of the impact."""
    yield answer.question
    yield f"Why people ask: {answer.why}{'' if answer.why.endswith('?') else '.'}"
    yield f"Expected: {answer.expected}."
    yield f"The run: {answer.command}"
    yield ""
    rows: list[tuple[str, ...]] = [("milestone", "real", HISTORY, answer.name, "later by")]
    for event in reference_milestones():
        then, at = history.milestones[event.id], answer.milestones[event.id]
        moments = (clock_of(scenario, t_min) for t_min in (event.t_min, then, at))
        later = difference(then, at).replace("only in A", "never").replace("only in B", "only here")
        rows.append((event.id, *moments, later))
    yield from text_table(rows)
    yield ""
    one, other = history.impact, answer.impact
    yield from text_table(
        [
            ("impact", HISTORY, answer.name),
            (
                "customer-minutes lost",
                shown_count(one.customer_minutes),
                f"{shown_count(other.customer_minutes)} ({shown_share(answer.share_of_history)})",
            ),
            ("requests failed", shown_count(one.failed), shown_count(other.failed)),
            ("requests refused on purpose", shown_count(one.refused), shown_count(other.refused)),
            (
                "most services down at once",
                shown_share(one.peak_services_down_share),
                shown_share(other.peak_services_down_share),
            ),
        ]
    )
