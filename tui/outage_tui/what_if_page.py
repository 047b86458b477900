"""docs/what-ifs.md, made from the answers of a full-scale run.

`python -m benchmarks.what_ifs --write` runs all what-ifs, keeps what came of them in
benchmarks/results/, and writes the page; `python -m outage_tui.what_if_page` writes it again from
what was kept. A test holds the page to it, and the questions to the catalogue.
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import msgspec

from outage_agents.scenario import Scenario
from outage_agents.what_ifs import HISTORY
from outage_tui.text_table import NEVER, markdown_table, shown_count, shown_share
from outage_tui.what_if import SAME, SHORT, Answer, Answers, rows_of

RESULTS = "benchmarks/results/what-ifs.json"
PAGE = "docs/what-ifs.md"


@attrs.frozen
class MeasuredAnswers:
    """Answers, with when and how they were found."""

    date: str
    command: str
    answers: Answers


def read_answers(path: Path) -> MeasuredAnswers:
    """What was kept of a run of all what-ifs. Raises msgspec.MsgspecError when it is none."""
    return msgspec.json.decode(path.read_bytes(), type=MeasuredAnswers)


def page(measured: MeasuredAnswers) -> str:
    """The page, as Markdown."""
    return "\n".join(_lines(measured)) + "\n"


def _lines(measured: MeasuredAnswers) -> Iterator[str]:
    answers = measured.answers
    yield from (
        "# What would have happened",
        "",
        "What people ask of the night, answered by the simulation. What is assumed in it",
        "([fidelity.md](fidelity.md)) is assumed here as well: the answers say how the mechanisms",
        "work together, not how large a number was in the real Region. In every run operators do",
        "what they did at the hour at which they did it, unless the question is about that. So",
        "where DWFM recovers by itself, launches stay limited until 13:50 all the same, and",
        "customers gain little.",
        "",
        "```",
        "outage-tui what-if list",
        "```",
        "",
        "names the questions, `what-if run` with a name or several answers them beside history,",
        "`what-if all` answers all of them; with `--json` every milestone is told.",
        "",
        f"Every row is a run of {answers.scenario}, seed {answers.seed}, the whole night.",
        f"{SAME} is the same as in `{HISTORY}`, *{NEVER}* did not happen. Times are PDT.",
        f"Made on {measured.date} by `{measured.command}`; outage-tui itself runs the small",
        "scenario unless told otherwise, which takes half the time and gives the same curves.",
        "",
    )
    yield from markdown_table(_marked(rows_of(answers, Scenario.load(answers.scenario))))
    yield from ("", "The headings are the emergent milestones in [milestones.md](milestones.md):")
    yield from _legend()
    for answer in answers.what_ifs:
        yield from _section(answer)


def _legend() -> Iterator[str]:
    named = [f"{short} `{name}`" for name, short in SHORT.items()]
    for k in range(0, len(named), 2):
        last = k + 2 >= len(named)
        yield ", ".join(named[k : k + 2]) + ("." if last else ",")


def _marked(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Names as code, and what did not happen so that it is seen."""
    marked = [list(rows[0])]
    for name, *cells in rows[1:]:
        marked.append([f"`{name}`", *(f"*{c}*" if c == NEVER else c for c in cells)])
    return marked


def _section(answer: Answer) -> Iterator[str]:
    verdict = "As expected" if answer.as_expected else "**Not as expected**"
    ended = ", ".join(f"{count} {word}" for word, count in sorted(answer.actions.items()))
    yield from (
        "",
        f"## {answer.name}",
        "",
        f"{answer.question} {_sentence('Why people ask: ' + answer.why)}",
        f"{_sentence('Expected: ' + answer.expected)}",
        "",
        f"{verdict}: {shown_count(answer.customer_minutes)} customer-minutes,"
        f" {shown_share(answer.share_of_history)} of history;"
        f" {shown_count(answer.impact.failed)} requests failed,"
        f" {shown_count(answer.impact.refused)} refused on purpose; at worst"
        f" {shown_share(answer.impact.peak_services_down_share)} of services down."
        f" {_sentence('Actions: ' + (ended or 'none'))}",
        "",
        f"The run: `{_options(answer)}`",
    )


def _options(answer: Answer) -> str:
    """What stands behind `outage-tui run SCENARIO` in the command that makes the run."""
    return shlex.join(shlex.split(answer.command)[3:])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def main(arguments: Sequence[str]) -> int:
    """Write the page again. Arguments: the answers, the page; those of a checkout unless given."""
    results, target = arguments or (RESULTS, PAGE)
    Path(target).write_text(page(read_answers(Path(results))), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
